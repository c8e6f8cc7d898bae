"""`rackwright export`: what it lists, makes, refuses, and that it writes all or nothing."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from rackwright.cli.main import main
from rackwright.export import labels
from rackwright.flow import handoff
from rackwright.flow.manifest import PackageError

SPEC = Path(__file__).resolve().parents[2] / "examples" / "halls" / "h100-superpod-1su.yaml"


@pytest.fixture(name="hall", scope="module")
def _hall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("export") / "hall"
    assert main(["build", str(SPEC), "-o", str(out), "--set", "racks.dgx.count=4", "--set", "unit=4"]) == 0
    return out


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_receivers_are_the_files_of_the_room(cli, hall: Path):
    listed = rows(cli("export", hall, "--format", "csv").out)
    rooms = [Path(room.__path__[0]) for room in (handoff.export, handoff.composed)]
    modules = {p.stem.replace("_", "-") for room in rooms for p in room.glob("*.py") if "def files" in p.read_text(encoding="utf-8")}
    assert modules == set(handoff.receivers())
    assert {r["receiver"] for r in listed} == modules - {"wireviz"}  # of racks alone
    held = {r["receiver"]: int(r["files in the package"]) for r in listed}
    assert held["labels"] == 1
    assert held["label-sheets"] == 0
    assert held["bom-xlsx"] == 1


def test_a_rack_is_offered_what_is_made_of_racks(cli, package: Path):
    listed = {r["receiver"]: r["of one"] for r in rows(cli("export", package, "--format", "csv").out)}
    assert listed == dict.fromkeys(("bom-xlsx", "build-book", "cables-xlsx", "dxf", "gltf", "label-sheets", "labels", "port-maps", "wireviz"), "")


def test_a_cable_by_its_label(cli, hall: Path):
    label = rows(cli("export", hall, "cut-sheets").out)[5]["label"]
    for receiver, count in (("cut-sheets", 1), ("labels", 2)):
        made = rows(cli("export", hall, receiver, "--cable", label).out)
        assert [r["label"] for r in made] == [label] * count
    wrong = cli("export", hall, "labels", "--cable", f"{label}0")
    assert wrong.code == 2
    assert f"has no cable `{label}0`; did you mean `{label}`" in wrong.err


def test_one_text_file_goes_to_stdout(cli, hall: Path):
    ran = cli("export", hall, "labels", "--rack", "H01.AA01")
    assert (ran.code, ran.err) == (0, "")
    made = rows(ran.out)
    assert len(made) == 2 * 4 * 8
    assert all("H01.AA01-" in r["label"] for r in made)


def test_what_build_wrote_is_what_export_makes(cli, hall: Path, tmp_path: Path):
    for receiver in ("labels", "cut-sheets", "port-maps", "pull-schedule", "faceplates"):
        out = tmp_path / receiver
        assert cli("export", hall, receiver, "-o", out).code == 0
        for file in (p for p in out.rglob("*") if p.is_file()):
            built = hall / file.relative_to(out)
            if receiver == "cut-sheets":  # one file a fabric there, one file here
                built = hall / "cut-sheets" / "compute.csv"
            assert file.read_bytes() == built.read_bytes(), file.name


def test_a_row_of_racks(cli, hall: Path):
    whole = rows(cli("export", hall, "cut-sheets").out)
    for row in ("H01.AA", "H01.AB"):
        wanted = [r for r in whole if row in (r["a_rack"][:-2], r["b_rack"][:-2])]
        ran = cli("export", hall, "cut-sheets", "--row", row)
        if wanted:
            assert rows(ran.out) == wanted
        else:
            assert (ran.code, ran.out) == (2, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lables"], "there is no receiver `lables`; did you mean `labels`"),
        (["labels", "--row", "H01.ZZ"], "has no row `H01.ZZ`"),
        (["labels", "--rack", "H01.AA99"], "has no rack `H01.AA99`; did you mean `H01.AA0"),
        (["labels", "--device", "compute-spine-99"], "has no device `compute-spine-99`; did you mean `compute-spine-"),
        (["labels", "--fabric", "storage"], "has no fabric `storage`; there are `compute`"),
        (["bom-xlsx", "--fabric", "compute"], "`bom-xlsx` is made of a whole package; leave out --row"),
        (["bom-xlsx"], "such as `bom.xlsx`; name a folder with -o"),
        (["addresses"], "`addresses` has nothing to say of `"),
        (["faceplates", "--cable", "H01.AA01-03:nic0/p0"], "faceplates are made for rows, racks, devices or fabrics, not for a cable"),
        (["pull-schedule", "--device", "compute-spine-1"], "not for a device"),
        (["faceplates"], "such as `faceplates/compute-leaf-u1-r0-1.svg`; name a folder with -o"),
        (["--row", "H01.AA"], "name a receiver too"),
    ],
)
def test_messages(cli, hall: Path, arguments: list[str], message: str):
    ran = cli("export", hall, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert "bug" not in ran.err


def test_what_is_listed_is_what_is_taken(cli, hall: Path):
    """The line of a receiver names each choice that it takes, and no other."""
    listed = {line.split()[0]: line for line in cli("export", hall).out.splitlines() if line.strip()}
    choices = {"row": "H01.AA", "rack": "H01.AA01", "device": "compute-spine-1", "fabric": "compute", "cable": "H01.AA01-03:nic0/p0"}
    for receiver in ("pull-schedule", "faceplates", "port-maps", "labels"):
        for choice, name in choices.items():
            refused = "not for a" in cli("export", hall, receiver, f"--{choice}", name, "-o", "-").err
            assert (choice in listed[receiver]) != refused, (receiver, choice)


def test_too_much_for_one_file(cli, hall: Path, monkeypatch):
    monkeypatch.setattr(labels, "MOST", 10)
    ran = cli("export", hall, "labels")
    assert ran.code == 2
    assert "are more than the 10 of one file; name a row, rack, device or fabric" in ran.err


def test_no_package(cli, tmp_path: Path):
    ran = cli("export", tmp_path / "none", "labels")
    assert ran.code == 2
    assert "there is no folder" in ran.err


def test_files_of_its_own_are_replaced_and_others_are_not(cli, hall: Path, tmp_path: Path):
    out = tmp_path / "maps"
    for _ in range(2):
        assert cli("export", hall, "port-maps", "--row", "H01.AA", "-o", out).code == 0
    (out / "mine.txt").write_text("mine")
    ran = cli("export", hall, "port-maps", "--row", "H01.AA", "-o", out)
    assert ran.code == 2
    assert "holds `mine.txt`, which this export would not write" in ran.err
    assert (out / "mine.txt").read_text() == "mine"
    assert cli("export", hall, "labels", "-o", out / "mine.txt").code == 2


def test_it_is_whole_or_not_there(tmp_path: Path):
    def broken() -> bytes:
        raise OSError(28, "No space left on device")

    out = tmp_path / "out"
    with pytest.raises(PackageError, match="No space left"):
        handoff.write({"a.csv": lambda: b"1", "b.csv": broken}, out)
    assert list(tmp_path.iterdir()) == []
    handoff.write({"a.csv": lambda: b"1"}, out)
    with pytest.raises(PackageError):
        handoff.write({"a.csv": broken}, out)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert (out / "a.csv").read_bytes() == b"1"


def test_one_file_by_its_own_ending(cli, hall: Path, tmp_path: Path):
    book = tmp_path / "new" / "book.pdf"
    for _ in range(2):
        ran = cli("export", hall, "build-book", "--rack", "H01.AA01", "-o", book)
        assert (ran.code, ran.out) == (0, "")
        assert ran.err.strip() == f"wrote {book}"
    assert book.read_bytes()[:5] == b"%PDF-"
    assert [p.name for p in book.parent.iterdir()] == ["book.pdf"]
    ran = cli("export", hall, "build-book", "--rack", "H01.AA01")
    assert ran.code == 2
    assert "name a folder with -o" in ran.err
    ran = cli("export", hall, "build-book", "--device", "dgx-01")
    assert ran.code == 2
    assert "a build book is made for rows, racks or fabrics, not for a device" in ran.err
    ran = cli("export", hall, "labels", "-o", book / "labels.csv")
    assert ran.code == 2
    assert "cannot write" in ran.err


def test_labels_of_a_rack(cli, package: Path):
    ran = cli("export", package, "label-sheets")
    assert ran.code == 0
    assert ran.out.startswith("<!doctype html>")
    assert cli("export", package, "cut-sheets").code == 2


def test_models_and_plans(cli, hall: Path, package: Path, tmp_path: Path):
    """Of a hall its halls and rack designs, of a rack itself; of one rack its hall with it alone."""
    for receiver, ending in (("gltf", "glb"), ("dxf", "dxf")):
        out = tmp_path / receiver
        assert cli("export", hall, receiver, "-o", out).code == 0
        assert sorted(p.relative_to(out).as_posix() for p in out.rglob("*.*")) == [f"halls/H01.{ending}", f"racks/dgx.{ending}"]
        assert cli("export", package, receiver, "-o", tmp_path / f"rack.{ending}").code == 0
    assert cli("export", hall, "gltf", "--rack", "H01.AA01", "-o", tmp_path / "one.glb").code == 0
    assert b"H01.AA02" not in (tmp_path / "one.glb").read_bytes()
    assert (tmp_path / "rack.glb").read_bytes()[:4] == b"glTF"
    for words in (["dxf", "--rack", "H01.AA01"], ["gltf", "--fabric", "compute"], ["gltf", "--rack", "H01.ZZ01"]):
        ran = cli("export", hall, *words, "-o", tmp_path / "none")
        assert (ran.code, ran.out) == (2, "")
        assert "bug" not in ran.err
