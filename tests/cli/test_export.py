"""`rackwright export`: what it lists, makes, refuses, and that it writes all or nothing."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from functools import partial
from pathlib import Path

import pytest

from rackwright.cli import designs
from rackwright.cli.main import main
from rackwright.export import labels
from rackwright.export.only import Only
from rackwright.flow import handoff
from rackwright.flow.manifest import PackageError, load
from rackwright.schema import ends

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
    held = {r["receiver"]: r["built already"] for r in listed}
    assert held["labels"] == "1"
    assert held["label-sheets"] == ""
    assert held["bom-xlsx"] == "1"
    assert all(r["for"] for r in listed)


def test_listed_are_those_that_make_files_and_others_say_why_they_do_not(cli, hall: Path, package: Path, tmp_path: Path):
    for folder in (hall, package):
        listed = {r["receiver"] for r in rows(cli("export", folder, "--format", "csv").out)}
        tables, about = designs.open_package(str(folder)).tables, load(folder)
        for name, receiver in handoff.receivers().items():
            assert bool(receiver.lacks(tables)) == (name not in listed)
            if name in listed:
                assert handoff.files(tables, receiver, Only(), about, partial(handoff.designs, folder, about)), name
    for folder, name, why in (
        (hall, "containerlab", "it is made of switches that speak Ethernet, and this package has none"),
        (hall, "wireviz", "it is made of the package of a rack, and this is one of a hall"),
        (package, "netbox", "it is made of the package of a hall, and this is one of a rack"),
    ):
        ran = cli("export", folder, name, "-o", tmp_path / "x")
        assert ran.code == 2
        assert f"`{name}` has nothing to say of `{folder}`: {why}" in ran.err


def test_a_file_by_its_name_is_a_file_or_refused(cli, hall: Path, tmp_path: Path):
    for receiver, name in (("p2p", "w.xlsx"), ("graphml", "w.graphml"), ("ibsim", "w.net"), ("labels", "w.csv")):
        assert cli("export", hall, receiver, "-o", tmp_path / name).code == 0
        assert (tmp_path / name).is_file()
    for receiver, name, told in (
        ("p2p", "q.pdf", "`p2p` makes `p2p.xlsx`: give -o a name that ends in `.xlsx`, or a folder"),
        ("topo", "q.topo", "and `{}` is the name of one: name a folder with -o"),
        ("sonic", "q.json", "it is made of switches that speak Ethernet"),
    ):
        ran = cli("export", hall, receiver, "-o", tmp_path / name)
        assert ran.code == 2
        assert told.format(tmp_path / name) in ran.err
        assert not (tmp_path / name).exists()
    assert cli("export", hall, "topo", "-o", tmp_path / "rev-1.2").code == 0  # no ending of any file


@pytest.fixture(name="host_names", scope="module")
def _host_names(hall: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every device with a name of somebody's own."""
    path = tmp_path_factory.mktemp("names") / "names.csv"
    every = ends.devices(designs.open_package(str(hall)).tables)["end"]
    path.write_text("device,alias\n" + "".join(f"{end.lower()},host{i}.corp.example\n" for i, end in enumerate(every)), encoding="utf-8")
    return path


def test_host_names_stand_wherever_devices_are_named(cli, hall: Path, host_names: Path, tmp_path: Path):
    ours = re.compile(rb"H01\.A[A-Z]\d\d-[0-9a-z]")
    made = 0
    for name, receiver in handoff.receivers().items():
        out = tmp_path / name
        ran = cli("export", hall, name, "--names", host_names, "-o", out)
        if not receiver.names_devices:
            assert ran.code == 2
            continue
        if ran.code:
            assert "has nothing to say" in ran.err
            continue
        found = []
        for path in (p for p in out.rglob("*") if p.is_file()):
            packed = path.suffix == ".xlsx"
            found += [zipfile.ZipFile(path).read(n) for n in zipfile.ZipFile(path).namelist()] if packed else [path.read_bytes()]
        assert not any(ours.search(data) for data in found), name
        assert any(b"host0.corp.example" in data or b"host0_2ecorp" in data for data in found), name
        made += 1
    assert made >= 14


def test_what_has_host_names_is_verified_with_the_same_list(cli, hall: Path, host_names: Path, tmp_path: Path):
    for receiver, out in (("ibnetdiscover", "seen.ibnetdiscover"), ("p2p", "seen.xlsx"), ("cut-sheets", "seen.csv")):
        assert cli("export", hall, receiver, "--names", host_names, "-o", tmp_path / out).code == 0
        ran = cli("verify", hall, tmp_path / out, host_names)
        assert (ran.code, ran.out) == (0, "")
        assert "(100 %); links: 256 right" in ran.err or "no findings" in ran.err
    one = rows(cli("export", hall, "labels", "--names", host_names, "--device", "H01.AA01-03").out)
    assert one == rows(cli("export", hall, "labels", "--names", host_names, "--device", "host0.corp.example").out) != []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("host,name\n", ":1: the header wants `device,name`"),
        ("device,name\nH01.AA01-03,a\nH01.AA01-99,b\n", ":3: `H01.AA01-99` is no device"),
        ("device,name\nH01.AA01-03,a\nh01.aa01-03,b\n", ":3: `h01.aa01-03` has a name already, in line 2"),
        ("device,name\nH01.AA01-03,a\nH01.AA01-11,A\n", ":3: `A` is the name of another device already, in line 2"),
        ("device,name\ndgx-01,a\n", ":2: `dgx-01` is the name of 4 devices, such as `H01.AA01-03`"),
        ("device,name\nH01.AA01-03,a:b\n", ":2: `a:b` is no name"),
        ("device,name\nH01.AA01-03,\n", ":2: `` is no name"),
        ("device,name\nH01.AA01-03,H01.AA01-11\n", ":2: `H01.AA01-11` is what `H01.AA01-11` is called"),
        ('device,name\n"H01', ":2: is broken CSV"),
    ],
)
def test_bad_lists_of_host_names_are_refused_with_their_line(cli, hall: Path, tmp_path: Path, text: str, told: str):
    (tmp_path / "n.csv").write_text(text, encoding="utf-8")
    ran = cli("export", hall, "labels", "--names", tmp_path / "n.csv", "-o", tmp_path / "out.csv")
    assert ran.code == 2
    assert f"{tmp_path / 'n.csv'}{told}" in ran.err
    assert not (tmp_path / "out.csv").exists()


def test_names_in_any_capitals(cli, hall: Path):
    for option, name in (("--rack", "h01.aa01"), ("--row", "h01.aa"), ("--device", "h01.aa01-03"), ("--fabric", "COMPUTE")):
        right = cli("export", hall, "labels", option, name.upper() if option != "--fabric" else "compute")
        assert right.code == 0
        assert cli("export", hall, "labels", option, name).out == right.out
    label = rows(cli("export", hall, "cut-sheets").out)[5]["label"]
    far = label.split("--")[0]
    lower = far.split(":")[0].lower() + ":" + far.split(":")[1]
    assert [r["label"] for r in rows(cli("export", hall, "cut-sheets", "--cable", lower).out)] == [label]
    wrong = cli("export", hall, "labels", "--rack", "h01.aa1")
    assert "did you mean `H01.AA01`" in wrong.err
    wrong = cli("export", hall, "labels", "--cable", "nonsense")
    assert "has no cable `nonsense`; there are `H01.AA01-03:" in wrong.err


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
