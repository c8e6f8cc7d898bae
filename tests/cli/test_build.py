"""`rackwright build` with the real pipeline: the package, the same bytes again, refusals."""

from __future__ import annotations

import json
import os
from pathlib import Path

from rackwright.flow import manifest as man
from rackwright.flow.store import read
from rackwright.schema.check import violations
from rackwright.schema.tables import table_names


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_package_holds_what_a_plant_needs(package):
    files = tree(package)
    for name in table_names():
        assert {f"tables/{name}.parquet", f"tables/{name}.csv"} <= files.keys()
    assert {"report.html", "cables.xlsx", "bom.xlsx", "spec/rack.yaml", "manifest.json"} <= files.keys()
    assert any(p.startswith("drawings/") and p.endswith(".svg") for p in files)
    data = json.loads(files["manifest.json"])
    assert data["design"] == "rack" or data["design"] == "my-rack"
    assert set(data["versions"]) == {"rackwright", "schema"}
    assert {f["path"] for f in data["files"]} == files.keys() - {"manifest.json"}
    assert all(man.digest(files[f["path"]]) == f["sha256"] and f["stage"] for f in data["files"])
    assert violations(read(package).tables) == []


def test_stdout_is_for_findings_and_stderr_for_the_rest(cli, spec):
    ran = cli("build", spec, "-o", "out")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("rack.yaml: no findings\nwrote ")
    assert ran.err.endswith(f" files to out; open {Path('out') / 'report.html'}\n")


def test_without_pictures_the_tables_and_hand_off_files_are_the_same(cli, spec):
    assert cli("build", spec, "-o", "whole").code == 0
    ran = cli("build", spec, "-o", "bare", "--no-pictures")
    assert (ran.code, ran.err.splitlines()[-1][-len(" files to bare") :]) == (0, " files to bare")
    whole, bare = tree(Path("whole")), tree(Path("bare"))
    pictures = {p for p in whole if p == "report.html" or p.startswith(("drawings/", "viewer/"))}
    assert pictures
    assert whole.keys() - bare.keys() == pictures
    assert [p for p in bare if bare[p] != whole[p] and p != "manifest.json"] == []
    assert "has no viewer; build it again, with pictures" in cli("view", "bare").err


def test_a_rebuild_elsewhere_has_the_same_bytes_and_says_nothing_of_the_machine(cli, spec, tmp_path, monkeypatch):
    assert cli("build", spec, "-o", "one").code == 0
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert cli("build", tmp_path / spec, "-o", "two").code == 0
    one, two = tree(tmp_path / "one"), tree(tmp_path / "below" / "two")
    assert one.keys() == two.keys()
    assert [p for p in one if one[p] != two[p]] == []
    assert [p for p in two if os.fsencode(tmp_path) in two[p]] == []


def test_a_spec_that_cannot_be_compiled_writes_nothing_and_keeps_what_was_there(cli, spec):
    assert cli("build", spec, "-o", "out").code == 0
    before = tree(Path("out"))
    Path(spec).write_text("rack: demo\n")
    ran = cli("build", spec, "-o", "out")
    assert ran.code == 1
    assert "error[SPC103]" in ran.out
    assert "nothing was written" in ran.err
    assert tree(Path("out")) == before
    assert cli("build", spec, "-o", "new").code == 1
    assert sorted(p.name for p in Path().iterdir()) == ["out", "rack.yaml"]


def test_variant_and_set_are_in_the_manifest_and_explain_finds_the_set(cli, spec):
    assert cli("build", f"{spec}@small", "--set", "cooling.room=20 degC", "-o", "out").code == 0
    data = json.loads(Path("out/manifest.json").read_text())
    assert (data["variant"], data["sets"]) == ("small", ["cooling.room=20 degC"])
    shown = cli("explain", "out", "cooling.room").out
    assert "  --> --set:1:1\n   1 | cooling.room=20 degC\n" in shown


def test_findings_do_not_keep_a_package_from_being_written(cli, spec):
    text = Path(spec).read_text()
    Path(spec).write_text(text.replace("rating: 2000 kg/m2", "rating: 20 kg/m2"))
    ran = cli("build", spec, "-o", "out", "--format", "json")
    assert ran.code == 1
    codes = {f["code"] for f in json.loads(ran.out)["findings"]}
    assert codes
    assert set(read(Path("out"), ["findings"]).tables["findings"]["code"]) == codes


def test_a_folder_of_the_users_is_refused_before_anything_is_compiled(cli, spec):
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("x")
    ran = cli("build", spec, "-o", "mine")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: `mine` holds files and is no package of rackwright; name an empty or new folder\n"
    assert [p.name for p in Path("mine").iterdir()] == ["notes.txt"]
