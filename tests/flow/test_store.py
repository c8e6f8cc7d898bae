"""The package store: whole or absent, the same bytes again, and nothing of anybody else's is touched."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from rackwright.flow import manifest as man
from rackwright.flow.manifest import Manifest, PackageError
from rackwright.flow.store import Artefact, read, write
from rackwright.schema.tables import table_names

ABOUT = Manifest("demo", "", (), {"rackwright": "0.1.0", "schema": man.schema_version()}, "0" * 64, ())
FILES = {"spec/demo.yaml": Artefact(b"rack: demo\n", "spec"), "report.html": Artefact(b"<html>" + b"x" * 200_000, "render.report")}


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_what_is_written_is_read_again(make, tmp_path):
    write(make(), tmp_path / "out", FILES, ABOUT)
    package = read(tmp_path / "out")
    assert package.manifest.design == "demo"
    for name in table_names():
        assert package.tables[name].equals(make()[name]), name
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_the_manifest_lists_every_file_with_its_hash(make, tmp_path):
    write(make(), tmp_path / "out", FILES, ABOUT)
    files = tree(tmp_path / "out")
    listed = json.loads(files.pop("manifest.json"))["files"]
    assert {f["path"]: (f["sha256"], f["size"]) for f in listed} == {p: (man.digest(b), len(b)) for p, b in files.items()}
    assert [f["path"] for f in listed] == sorted(files)
    assert {f["path"]: f["stage"] for f in listed}["tables/cables.csv"] == "build.route"


def test_a_rebuild_has_the_same_bytes(make, tmp_path):
    write(make(), tmp_path / "one", FILES, ABOUT)
    write(make(), tmp_path / "other" / "deep" / "two", FILES, ABOUT)
    assert tree(tmp_path / "one") == tree(tmp_path / "other" / "deep" / "two")


def test_a_package_is_replaced_and_nothing_is_left_beside_it(make, tmp_path):
    write(make(), tmp_path / "out", {**FILES, "old.txt": Artefact(b"old", "x")}, ABOUT)
    write(make(count=4), tmp_path / "out", FILES, ABOUT)
    assert not (tmp_path / "out" / "old.txt").exists()
    assert read(tmp_path / "out", ["devices"]).tables["devices"].height == 5
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_an_empty_folder_and_a_link_to_a_folder_will_do(make, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    write(make(), tmp_path / "link", FILES, ABOUT)
    assert read(tmp_path / "empty", ["devices"]).tables["devices"].height == 4
    assert (tmp_path / "link").is_symlink()


def _refusal(make, out: Path) -> str:
    before = tree(out) if out.is_dir() else None
    with pytest.raises(PackageError) as fault:
        write(make(), out, FILES, ABOUT)
    assert before is None or tree(out) == before
    return str(fault.value)


def test_a_folder_with_other_files_is_refused(make, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("years of work")
    assert "holds files and is no package" in _refusal(make, tmp_path / "out")


def test_a_package_with_a_file_of_the_users_is_refused(make, tmp_path):
    write(make(), tmp_path / "out", FILES, ABOUT)
    (tmp_path / "out" / "tables" / "notes.txt").write_text("mine")
    assert "`tables/notes.txt` in it is not part of it" in _refusal(make, tmp_path / "out")


def test_a_file_the_working_folder_and_a_newer_package_are_refused(make, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    assert "is a file; name a folder" in _refusal(make, tmp_path / "file")
    (tmp_path / "here" / "below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here" / "below")
    assert "the folder you stand in" in _refusal(make, Path())
    assert "the folder you stand in" in _refusal(make, Path(".."))
    write(make(), tmp_path / "new", FILES, ABOUT)
    path = tmp_path / "new" / "manifest.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    assert "newer than 1" in _refusal(make, tmp_path / "new")


def test_a_folder_that_may_not_be_written_is_one_message(make, tmp_path):
    (tmp_path / "file").write_text("x")
    assert _refusal(make, tmp_path / "file" / "out").startswith("cannot write `")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda d: (d / "manifest.json").unlink(), "has no manifest.json"),
        (lambda d: (d / "manifest.json").write_text("{"), "is not JSON"),
        (lambda d: (d / "manifest.json").write_text("[" * 100_000), "is not JSON"),
        (lambda d: (d / "manifest.json").write_text('{"kind": "npm"}'), "belongs to something else"),
        (lambda d: (d / "manifest.json").write_text('{"kind": "rackwright-package", "format": 1}'), "an entry is missing"),
        (lambda d: (d / "manifest.json").write_text('{"kind": "rackwright-package", "format": 7, "versions": 3}'), "format 7, newer than 1"),
        (lambda d: (d / "tables" / "devices.parquet").unlink(), "`tables/devices.parquet` is missing"),
        (lambda d: (d / "tables" / "devices.parquet").write_bytes(b"PAR1"), "its hash differs"),
    ],
)
def test_a_damaged_package_says_what_is_wrong(make, tmp_path, harm, said):
    write(make(), tmp_path / "out", FILES, ABOUT)
    harm(tmp_path / "out")
    with pytest.raises(PackageError) as fault:
        read(tmp_path / "out")
    assert said in str(fault.value)
    assert "\n" not in str(fault.value)


def test_a_table_with_other_columns_says_who_wrote_it(make, tmp_path):
    write(make(), tmp_path / "out", FILES, ABOUT)
    path, listing = tmp_path / "out" / "tables" / "devices.parquet", tmp_path / "out" / "manifest.json"
    before = man.digest(path.read_bytes())
    make()["devices"].with_columns(pl.lit(1).alias("colour")).write_parquet(path)
    listing.write_text(listing.read_text().replace(before, man.digest(path.read_bytes())))
    with pytest.raises(PackageError, match=r"written by rackwright 0\.1\.0 with other columns in `devices`"):
        read(tmp_path / "out")


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_build_that_is_interrupted_or_finds_the_disk_full_cleans_up(make, tmp_path, monkeypatch, fault):
    write(make(), tmp_path / "out", FILES, ABOUT)
    before, real = tree(tmp_path / "out"), Path.write_bytes

    def failing(self: Path, data: bytes) -> int:
        if self.name == "links.csv":
            raise fault
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", failing)
    with pytest.raises(KeyboardInterrupt if isinstance(fault, KeyboardInterrupt) else PackageError):
        write(make(count=4), tmp_path / "out", FILES, ABOUT)
    assert tree(tmp_path / "out") == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


CHILD = """
import os, pickle, signal, sys, time
from pathlib import Path
import polars
from rackwright.flow import manifest as man
from rackwright.flow.store import Artefact, read, write
tables = read(Path(sys.argv[1])).tables
about = man.Manifest("demo", "", (), {"rackwright": "0.1.0", "schema": man.schema_version()}, "0" * 64, ())
files = {"spec/demo.yaml": Artefact(b"rack: demo", "spec"), "report.html": Artefact(os.urandom(1) * 3_000_000, "render.report")}
deaths, renames, real = sys.argv[3], [0], Path.rename
def dying(a, b):
    renames[0] += 1
    if deaths == f"before {renames[0]}":
        os.kill(os.getpid(), signal.SIGKILL)
    real(a, b)
    if deaths == f"after {renames[0]}":
        os.kill(os.getpid(), signal.SIGKILL)
Path.rename = dying
print("ready", flush=True)
while True:
    write(tables, Path(sys.argv[2]), files, about)
    if deaths != "random":
        break
"""


def _kill_once(source: Path, out: Path, deaths: str, delay: float) -> int:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    with subprocess.Popen([sys.executable, "-c", CHILD, source, out, deaths], stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdout is not None
        child.stdout.readline()
        if deaths == "random":
            time.sleep(delay)
            child.kill()
        return child.wait(60)


def test_a_build_that_is_killed_leaves_a_whole_package_or_none(make, tmp_path):
    source, out = tmp_path / "source", tmp_path / "work" / "out"
    write(make(), source, FILES, ABOUT)
    dice = random.Random(20260801)
    seen = set()
    for deaths in ("before 1", "after 1", "before 1", "before 2", "after 1", "after 2", *["random"] * 6):
        assert _kill_once(source, out, deaths, dice.uniform(0.0, 0.12)) == -signal.SIGKILL
        seen.add(out.exists())
        if out.exists():
            package = read(out)
            for entry in package.manifest.files:
                man.read_file(out, package.manifest, entry.path)
    assert seen == {True, False}
    write(make(), out, FILES, ABOUT)
    assert [p.name for p in out.parent.iterdir()] == ["out"], "what killed builds left is swept by the next one"


def test_two_builds_of_one_package_at_once_both_succeed(make, tmp_path):
    source, out = tmp_path / "source", tmp_path / "out"
    write(make(), source, FILES, ABOUT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    with subprocess.Popen([sys.executable, "-c", CHILD, source, out, "random"], stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdout is not None
        child.stdout.readline()
        for _ in range(15):
            write(make(), out, FILES, ABOUT)
            assert child.poll() is None, "the other build failed"
        child.kill()
    write(make(), out, FILES, ABOUT)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "source"]
