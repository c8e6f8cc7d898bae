"""`rackwright verify` as a user meets it: exit codes, formats, the files of -o, and one clear message for whatever is wrong with an observation."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest

from rackwright.cli.main import main
from rackwright.flow.store import read
from rackwright.verify.designed import TABLES, designed

SPEC = Path(__file__).resolve().parents[2] / "examples" / "halls" / "h100-superpod-1su.yaml"
HEAD = "A-Node Name,A-Port,Z-Node Name,Z-Port"


@pytest.fixture(name="hall", scope="module")
def _hall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("verify") / "hall"
    assert main(["build", str(SPEC), "-o", str(out), "--no-pictures", "--set", "racks.dgx.count=2", "--set", "unit=2"]) == 0
    return out


@pytest.fixture(name="links", scope="module")
def _links(hall: Path) -> list[list[str]]:
    """Rows of a point-to-point list of the hall as designed."""
    d = designed(read(hall, TABLES).tables)
    name = d.devices["end"]
    return [[name[a], p, name[b], q] for a, p, b, q in d.links.select("a_dev", "a_port", "b_dev", "b_port").iter_rows()]


def listed(path: Path, rows: list[list[str]]) -> Path:
    path.write_text("\n".join([HEAD, *(",".join(r) for r in rows)]) + "\n")
    return path


@pytest.fixture(name="swapped")
def _swapped(tmp_path: Path, links: list[list[str]]) -> Path:
    rows = [list(r) for r in links]
    rows[0][2:], rows[9][2:] = links[9][2:], links[0][2:]
    return listed(tmp_path / "swapped.csv", rows)


def test_a_hall_as_designed_exits_0_and_tells_what_was_seen(cli, hall: Path, links: list[list[str]], tmp_path: Path):
    done = cli("verify", hall, "--observed", listed(tmp_path / "list.csv", links))
    assert (done.code, done.out) == (0, "")
    assert done.err == f"no findings\ncompute: {2 * len(links)} of {2 * len(links)} ends seen (100 %); links: {len(links)} right\n"
    part = cli("verify", hall, "--observed", listed(tmp_path / "part.csv", links[:5]))
    assert part.code == 0
    assert f"10 of {2 * len(links)} ends seen" in part.err


def test_links_inside_racks_are_held_against_the_rack_designs(cli, hall: Path, tmp_path: Path):
    """Ports are called as the SN2201 prints them, swp1 to swp48; two exchanged ends are told as ports that nobody joins."""
    assert cli("export", hall, "netbox", "-o", tmp_path / "netbox").code == 0
    with (tmp_path / "netbox" / "netbox" / "13-rack-cables.csv").open() as file:
        cables = [r for r in csv.DictReader(file) if r["side_b_name"].startswith("swp")]
    assert {r["side_b_name"] for r in cables} == {f"swp{i}" for i in range(1, 8)}  # 3 PDUs and 4 BMCs in each of two racks
    rows = [[r["side_a_device"], r["side_a_name"], r["side_b_device"], r["side_b_name"]] for r in cables]
    done = cli("verify", hall, listed(tmp_path / "right.csv", rows))
    assert (done.code, done.err.splitlines()[-1]) == (0, "inside racks: 14 neighbours as the rack designs have them")
    rows[0][3], rows[1][3] = rows[1][3], rows[0][3]
    wrong = cli("verify", hall, listed(tmp_path / "wrong.csv", rows))
    assert (wrong.code, wrong.out.count("error[VER204]")) == (1, 2)


def test_an_exchange_is_told_with_its_line_its_cure_and_exit_1(cli, hall: Path, links: list[list[str]], swapped: Path):
    done = cli("verify", hall, "--observed", swapped)
    assert done.code == 1
    assert f"incorrect cabling: {':'.join(links[0][:2])} goes to {':'.join(links[9][2:])} and should go to {':'.join(links[0][2:])}" in done.out
    assert f"{swapped}:2:1" in done.out
    assert "= help: These two ends are exchanged: " in done.out
    assert "rackwright rule VER202" in done.out
    assert "2 errors" in done.err
    assert "work: 1 job at " in done.err


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_findings_in_the_formats_of_other_commands(cli, hall: Path, swapped: Path, form: str):
    done = cli("verify", hall, "--observed", swapped, "--format", form)
    assert done.code == 1
    if form == "github":
        assert done.out.count("::error ") == 2
    else:
        made = json.loads(done.out)
        assert len(made["findings"] if form == "json" else made["runs"][0]["results"]) == 2


def test_the_work_list_in_three_forms(cli, hall: Path, swapped: Path):
    text = cli("verify", hall, "--observed", swapped, "--work-list", "text").out
    assert text.startswith("1 job at ")
    assert "[ ] U" in text
    rows = list(csv.DictReader(io.StringIO(cli("verify", hall, "--observed", swapped, "--work-list", "csv").out)))
    made = json.loads(cli("verify", hall, "--observed", swapped, "--work-list", "json").out)
    assert [r["plug"] for r in rows] == [s["plug"] for s in made["steps"]]
    assert (made["jobs"], len(rows)) == (1, 2)


def test_all_files_of_an_answer_and_again_when_the_work_is_done(cli, hall: Path, links: list[list[str]], swapped: Path, tmp_path: Path):
    out = tmp_path / "answer"
    assert cli("verify", hall, "--observed", swapped, "-o", out).code == 1
    names = {p.name for p in out.iterdir()}
    assert names == {"findings.csv", "findings.json", "coverage.csv", "work-list.txt", "work-list.csv", "work-list.json", "floor-H01.svg"}
    found = pl.read_csv(out / "findings.csv")
    assert found["code"].to_list() == ["VER202", "VER202"]
    assert found["id"].str.len_chars().to_list() == [12, 12]
    assert "stop 1" in (out / "floor-H01.svg").read_text()
    assert cli("verify", hall, "--observed", listed(tmp_path / "list.csv", links), "-o", out).code == 0
    assert {p.name for p in out.iterdir()} == names - {"floor-H01.svg"}


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "@SUM(1)", "+x", "-y", 'a"b', "Ω" * 200, "<b>"])
def test_strange_names_are_told_and_never_become_formulas(cli, hall: Path, links: list[list[str]], tmp_path: Path, name: str):
    path = tmp_path / "list.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEAD.split(","), [name, name, name, name], [*links[0][:2], name, name], *links[1:]])
    out = tmp_path / "answer"
    done = cli("verify", hall, "--observed", path, "-o", out)
    assert done.code == 1
    assert "no such device in the design" in done.out
    for file in ("findings.csv", "work-list.csv"):
        cells = [cell for row in csv.reader(io.StringIO((out / file).read_text())) for cell in row]
        assert not any(cell[:1] in ("=", "+", "-", "@") for cell in cells)


def test_a_broken_file_is_an_error_with_its_line_and_the_rest_is_judged(cli, hall: Path, swapped: Path, tmp_path: Path):
    (tmp_path / "cut.json").write_text('{"lldp": {\n "interface": ')
    done = cli("verify", hall, "--observed", tmp_path / "cut.json", "--observed", swapped)
    assert done.code == 1
    assert "error[VER101]" in done.out
    assert f"{tmp_path / 'cut.json'}:2:" in done.out
    assert "ends in the middle of its JSON" in done.out
    assert done.out.count("error[VER202]") == 2


def test_too_little_seen_is_an_error_where_somebody_wants_more(cli, hall: Path, links: list[list[str]], tmp_path: Path):
    path = listed(tmp_path / "part.csv", links[:-1])
    assert cli("verify", hall, path, "--coverage", "90%").code == 0
    done = cli("verify", hall, path, "--coverage", "100%")
    assert done.code == 1
    assert done.out.startswith(f"error[VER104]: {2 * len(links) - 2} of {2 * len(links)} ends were seen (99.21 %), fewer than the 100 % wanted\n")


def test_names_that_are_likely_are_written_and_read_back(cli, hall: Path, links: list[list[str]], tmp_path: Path):
    host = links[0][0]
    path = listed(tmp_path / "list.csv", [["=gpu,1" if host == a else a, p, b, q] for a, p, b, q in links])
    path.write_text(path.read_text().replace("=gpu,1", '"=gpu,1"'))
    out = tmp_path / "answer"
    assert cli("verify", hall, path, "-o", out, "--severity", "warning").code == 1
    assert (out / "likely-names.csv").read_text() == f'device,alias\n{host},"\'=gpu,1"\n'
    assert cli("verify", hall, path, out / "likely-names.csv", "-o", out, "--severity", "warning").code == 0
    assert not (out / "likely-names.csv").exists()


def test_bytes_of_a_workbook_are_not_shown_as_its_text(cli, hall: Path, tmp_path: Path):
    made = io.BytesIO()
    pl.DataFrame({"x": [1]}).write_excel(made)
    (tmp_path / "x.xlsx").write_bytes(made.getvalue())
    done = cli("verify", hall, "--observed", tmp_path / "x.xlsx")
    assert "has no sheet with a list of links" in done.out
    assert " | " not in done.out


def test_an_unknown_device_is_a_warning_with_what_may_have_been_meant(cli, hall: Path, links: list[list[str]], tmp_path: Path):
    near = links[0][0]
    done = cli(
        "verify", hall, "--observed", listed(tmp_path / "list.csv", [[near.replace("01-03", "01-04"), *links[0][1:]]]), "--severity", "warning"
    )
    assert "warning[VER102]" in done.out
    assert "did you mean `" in done.out
    assert done.code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--observed", "x.csv", "--start", "H01.ZZ99"], "has no rack `H01.ZZ99`"),
        ([], "Missing option '--observed'"),
        (["--observed", "x.csv", "--coverage", "most"], "`--coverage most` is no share of ends"),
        (["--observed", "x.csv", "--format", "csv"], "Invalid value for '--format'"),
    ],
)
def test_usage(cli, hall: Path, arguments: list[str], message: str):
    done = cli("verify", hall, *arguments)
    assert done.code == 2
    assert message in done.err


def test_a_folder_that_is_no_package(cli, tmp_path: Path):
    done = cli("verify", tmp_path, "--observed", "x.csv")
    assert done.code == 2
    assert "Traceback" not in done.err


def test_a_list_through_a_pipe_shows_its_lines(cli, hall: Path, swapped: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(swapped.read_bytes())))
    done = cli("verify", hall, "--observed", "-")
    assert done.code == 1
    assert "\n  --> -:2:1\n   2 | H01." in done.out


def test_a_finding_in_a_workbook_names_the_sheet_and_shows_its_row(cli, hall: Path, links: list[list[str]], tmp_path: Path):
    rows = [list(r) for r in links]
    rows[0][2:], rows[9][2:] = links[9][2:], links[0][2:]
    book = tmp_path / "as built.xlsx"
    pl.DataFrame(rows, HEAD.split(","), orient="row").write_excel(book, worksheet="Hall 1")
    done = cli("verify", hall, book)
    assert done.code == 1
    assert f"  --> {book}:Hall 1!A2\n   2 | {' | '.join(rows[0])}\n" in done.out
    place = json.loads(cli("verify", hall, book, "--format", "json").out)["findings"][0]["place"]
    assert (place["file"], place["sheet"], place["line"]) == (str(book), "Hall 1", 2)


def test_a_place_in_json_of_one_line_is_shown_and_not_its_beginning(cli, hall: Path, links: list[list[str]], tmp_path: Path):
    device = links[-1][2]
    own = [r for r in links if r[2] == device]
    swapped = [[*a[:3], b[3]] for a, b in zip(own, [*own[-1:], *own[1:-1], *own[:1]], strict=True)]
    view = [
        {"name": q, "via": "LLDP", "chassis": [{"name": [{"value": a}]}], "port": [{"id": [{"type": "ifname", "value": p}]}]}
        for a, p, _, q in [*swapped[1:], swapped[0]]
    ]
    path = tmp_path / f"{device}.json"
    path.write_text(json.dumps({"lldp": [{"interface": view}]}))
    done = cli("verify", hall, path)
    assert done.code == 1
    assert f'"name": "{own[-1][3]}"' in done.out.split("incorrect cabling")[1]
