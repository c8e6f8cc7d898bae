"""Cables of a hall in cells: kept where nothing changed with the same bytes as made anew, in any number of threads, and harm to them is told."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import polars as pl
import pytest

from rackwright.base.findings import DesignError
from rackwright.export import cut_sheets, faceplates, labels, port_maps
from rackwright.flow import cabling, cells, kept_cells, store
from rackwright.flow.compile import compile_text
from rackwright.flow.diff import diff
from rackwright.flow.hall import Session
from rackwright.flow.manifest import Manifest, PackageError, load
from rackwright.flow.package import build
from rackwright.flow.pipeline import Design
from rackwright.flow.query import query
from rackwright.rules import link_kinds
from rackwright.spec.document import Document, one_root, read_tree
from rackwright.spec.hall import HallSpec

DAY = "2026-01-01"
RACK = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100, count: 2}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
placement: {first_unit: 3}
variants:
  lone: {trays.dgx.count: 1}
  high: {placement.first_unit: 7}
"""
MORE = RACK.replace("{part: nvidia/dgx-h100, count: 2}", "{part: nvidia/dgx-h100, count: 2}\n  extra: {part: generic/server-1u-2x100g}")
HALL = """\
hall: cells
designs: {dgx: rack.yaml, other: OTHER}
floor: {rows: 4, places: 10, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 12}
unit: 4
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
  oob: {topology: tree, ports: [dgx.bmc, fabrics.compute], switch: nvidia/sn2201, spine: nvidia/sn4600c}
"""


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cells")
    (folder / "rack.yaml").write_text(RACK)
    (folder / "more.yaml").write_text(MORE)
    return folder


def text(*changes: tuple[str, str]) -> str:
    made = HALL.replace("OTHER", "rack.yaml@lone")
    for old, new in changes:
        assert old in made
        made = made.replace(old, new)
    return made


def compiled(folder: Path, spec: str, kept: store.Kept | None = None) -> Design:
    return compile_text(spec, "cells.yaml", folder, as_of=DAY, kept=kept)


def read_text_as_hall(folder: Path, spec: str) -> Document[HallSpec]:
    return read_tree(one_root(spec, "cells.yaml"), "cells.yaml", folder, spec, HallSpec)


def built(folder: Path, spec: str, out: Path, *, afresh: bool = False) -> Manifest:
    return build(compiled(folder, spec, None if afresh else store.kept(out)), out)


def tree(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(name="first", scope="module")
def _first(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("first") / "out"
    built(folder, text(), out, afresh=True)
    return out


def copied(first: Path, tmp_path: Path) -> Path:
    shutil.copytree(first, tmp_path / "out", copy_function=shutil.copy2)
    return tmp_path / "out"


def test_each_unit_of_each_fabric_is_a_file(first: Path):
    t = store.read(first).tables
    assert t[cells.CELLS]["file"].to_list() == [f"tables/fabric_cables/{f}-u{u:04d}.parquet" for f in ("compute", "oob") for u in (1, 2, 3)]
    assert not (first / "tables" / "fabric_cables.csv").exists()
    assert t[cells.CELLS]["links"].sum() == t[cells.TABLE].height


def test_what_is_read_is_what_was_compiled(folder: Path, first: Path):
    made, read = compiled(folder, text()).tables, store.read(first).tables
    assert read[cells.TABLE].equals(made[cells.TABLE])
    asked = query(first, "SELECT * FROM fabric_cables")
    assert asked.names == made[cells.TABLE].columns
    assert list(asked.rows()) == made[cells.TABLE].rows()


EDITS = {
    "nothing": [],
    "one unit of another design with fewer servers": [("unit: 4", "unit: 4\nunits: {2: {design: other}}")],
    "all racks elsewhere": [("pitch: 700 mm", "pitch: 800 mm")],
    "one rack fewer": [("count: 12", "count: 11")],
    "slack": [("unit: 4", "unit: 4\npathways: {slack: 5 %}")],
    "another switch": [("spine: nvidia/sn4600c", "spine: nvidia/sn5600")],
    "a fabric fewer": [("  oob: {topology: tree, ports: [dgx.bmc, fabrics.compute], switch: nvidia/sn2201, spine: nvidia/sn4600c}\n", "")],
}


@pytest.mark.parametrize("edit", EDITS, ids=str)
def test_a_rebuild_has_the_bytes_of_a_fresh_build(folder: Path, first: Path, tmp_path: Path, edit: str):
    out = copied(first, tmp_path)
    built(folder, text(*EDITS[edit]), out)
    built(folder, text(*EDITS[edit]), tmp_path / "fresh", afresh=True)
    assert tree(out) == tree(tmp_path / "fresh")


def test_a_session_gives_what_a_fresh_compilation_gives_edit_after_edit(folder: Path, tmp_path: Path):
    """Every edit in turn in one session; among them those that move the ids of devices in units that stay as they are."""
    session = Session()
    more = [("rack.yaml@lone", "more.yaml"), ("unit: 4", "unit: 4\nunits: {2: {design: other}}")]
    for turn, changes in enumerate([[], *EDITS.values(), more, []]):
        spec = text(*changes)
        document = read_text_as_hall(folder, spec)
        made, fresh = session.compiled(document, as_of=DAY), compiled(folder, spec)
        assert set(made.tables) == set(fresh.tables)
        for name in fresh.tables:
            assert made.tables[name].equals(fresh.tables[name]), (turn, name)
        build(made, tmp_path / "out", pictures=False)
        build(fresh, tmp_path / "fresh", pictures=False)
        assert tree(tmp_path / "out") == tree(tmp_path / "fresh")


def test_a_session_makes_only_the_cells_of_a_changed_unit(folder: Path, monkeypatch: pytest.MonkeyPatch):
    spec, session, made = text(("rack.yaml@lone", "rack.yaml@high")), Session(), []
    monkeypatch.setattr(cabling.cable, "cell_columns", lambda *a, whole=cabling.cable.cell_columns: (made.append(a[2:4]), whole(*a))[1])
    session.compiled(read_text_as_hall(folder, spec), as_of=DAY)
    made.clear()
    edited = spec.replace("unit: 4", "unit: 4\nunits: {2: {design: other}}")
    session.compiled(read_text_as_hall(folder, edited), as_of=DAY)
    assert sorted(made) == [(0, 1), (1, 1)]


def test_a_session_sees_a_rack_design_that_changed_on_disk(tmp_path: Path):
    (tmp_path / "rack.yaml").write_text(RACK)
    session = Session()
    before = session.compiled(read_text_as_hall(tmp_path, text()), as_of=DAY).tables
    (tmp_path / "rack.yaml").write_text(RACK.replace("placement: {first_unit: 3}", "placement: {first_unit: 9}"))
    after = session.compiled(read_text_as_hall(tmp_path, text()), as_of=DAY).tables
    assert not after[cells.TABLE]["length_cut_mm"].equals(before[cells.TABLE]["length_cut_mm"])
    assert after[cells.TABLE].equals(compiled(tmp_path, text()).tables[cells.TABLE])


def test_a_session_outlives_a_spec_that_cannot_be_built(folder: Path):
    session = Session()
    session.compiled(read_text_as_hall(folder, text()), as_of=DAY)
    with pytest.raises(DesignError):
        session.compiled(read_text_as_hall(folder, text(("rows: 4", "rows: 1"))), as_of=DAY)
    made = session.compiled(read_text_as_hall(folder, text()), as_of=DAY)
    assert made.tables[cells.TABLE].equals(compiled(folder, text()).tables[cells.TABLE])


def test_long_tables_of_equal_content_are_equal_and_others_are_not():
    """What a table's files are taken over by: every value counts, and so do empty text and none."""
    one = pl.DataFrame({"a": [1, 2, None], "b": ["x", "", None], "c": [True, None, False], "d": [0.5, None, 2.0]})
    changed = [
        one.with_columns(a=pl.Series([1, 2, 0])),
        one.with_columns(b=pl.Series(["x", None, ""])),
        one.with_columns(b=pl.Series(["", "x", None])),
        one.with_columns(c=pl.Series([True, False, False])),
        one.with_columns(d=pl.Series([0.5, 0.0, 2.0])),
        one.with_columns(a=pl.col("a").cast(pl.Int32)),
        one.rename({"a": "e"}),
        one.head(2),
    ]
    assert store.content(one) == store.content(one.clone())
    assert len({store.content(t) for t in [one, *changed]}) == 1 + len(changed)


def test_only_the_cells_of_a_changed_unit_are_made_again(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The other design has its servers higher, which the plan of no fabric sees."""
    spec = text(("rack.yaml@lone", "rack.yaml@high"))
    built(folder, spec, tmp_path / "out", afresh=True)
    made = []
    monkeypatch.setattr(cabling.cable, "cell_columns", lambda *a, whole=cabling.cable.cell_columns: (made.append(a[2:4]), whole(*a))[1])
    built(folder, spec.replace("unit: 4", "unit: 4\nunits: {2: {design: other}}"), tmp_path / "out")
    assert sorted(made) == [(0, 1), (1, 1)]


def test_a_rebuild_looks_at_no_cell_that_did_not_change(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What rules, drawings and sheets ask of it is known; its files get a second name. No bundle has cables of two
    cells, and no cable several links: these would have to be counted together.
    """
    alone = (
        "topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700",
        "topology: rail-only, leaf_scope: pod, ports: [dgx.nic], switch: nvidia/qm9700, media: [fibre]",
    )
    spec = text(("rack.yaml@lone", "rack.yaml@high"), alone, *EDITS["a fabric fewer"])
    edited = spec.replace("unit: 4", "unit: 4\nunits: {2: {design: other}}")
    built(folder, edited, tmp_path / "fresh", afresh=True)
    built(folder, spec, tmp_path / "out", afresh=True)
    monkeypatch.setattr(cut_sheets, "WHOLE", 0)
    for module in (labels, port_maps, faceplates):
        monkeypatch.setattr(module, "WHOLE", 0)
    built(folder, spec, tmp_path / "out", afresh=True)
    monkeypatch.setattr(kept_cells, "cell", refuse)
    built(folder, edited, tmp_path / "out")
    monkeypatch.undo()
    made, wanted = tree(tmp_path / "out"), tree(tmp_path / "fresh")
    for path, sha256 in wanted.items():
        if path.startswith(("tables", "cells", "drawings")):
            assert made[path] == sha256, path


def refuse(*_: object) -> None:
    raise AssertionError("a cell that did not change was read")


def test_a_kept_cell_that_cannot_be_read_is_made_again_when_it_is_looked_at(folder: Path, first: Path, tmp_path: Path):
    """It was harmed without a change of size or time, so that it is taken for good."""
    out = copied(first, tmp_path)
    file = out / "tables" / "fabric_cables" / "compute-u0002.parquet"
    told, data = file.stat(), bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    os.utime(file, ns=(told.st_atime_ns, told.st_mtime_ns))
    made = compiled(folder, text(), store.kept(out))
    assert made.tables[cells.TABLE].equals(store.read(first).tables[cells.TABLE])


def test_kinds_of_links_are_asked_again_when_names_of_switch_ports_change(folder: Path, first: Path, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(link_kinds.Devices, "sort_of", lambda *a, whole=link_kinds.Devices.sort_of: (asked.append(a[1]), whole(*a))[1])
    kept = store.kept(first)
    compiled(folder, text(), kept)
    assert not asked
    monkeypatch.setattr(cabling, "content", lambda rows: "others")
    compiled(folder, text(), kept)
    assert set(asked) == {0, 1}


def test_a_device_more_in_one_unit_moves_the_ids_of_others_and_no_file(folder: Path, tmp_path: Path):
    spec = text(("rack.yaml@lone", "more.yaml"))
    built(folder, spec, tmp_path / "a", afresh=True)
    built(folder, spec.replace("unit: 4", "unit: 4\nunits: {2: {design: other}}"), tmp_path / "b", afresh=True)
    a, b = (store.read(tmp_path / x) for x in "ab")
    file = "tables/fabric_cables/compute-u0003.parquet"
    one, two = (x.manifest.entry(file) for x in (a, b))
    assert one is not None
    assert one == two
    first = [int(x.tables[cells.CELLS].filter(pl.col("file") == file)["link_first"][0]) for x in (a, b)]
    ids = [int(x.tables[cells.TABLE]["a_device_id"][row]) for x, row in zip((a, b), first, strict=True)]
    assert ids[1] == ids[0] + 4


@pytest.mark.parametrize("count", [1, 3])
def test_threads_change_no_byte(folder: Path, first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int):
    monkeypatch.setattr(store, "threads", lambda: count)
    monkeypatch.setattr(cabling, "threads", lambda: count)
    built(folder, text(), tmp_path / "out", afresh=True)
    assert tree(tmp_path / "out") == tree(first)


def test_harm_to_a_cell_is_told_and_a_rebuild_mends_it(folder: Path, first: Path, tmp_path: Path):
    out = copied(first, tmp_path)
    file = out / "tables" / "fabric_cables" / "compute-u0002.parquet"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    for read in (lambda: store.read(out, ["fabric_cables"]), lambda: query(out, "SELECT 1")):
        with pytest.raises(PackageError, match=r"`tables/fabric_cables/compute-u0002.parquet` is not what was built"):
            read()
    assert store.read(out, ["fabrics"]).tables["fabrics"].height == 2
    built(folder, text(), out)
    assert tree(out) == tree(first)


def test_a_harmed_file_of_the_same_size_and_time_that_was_kept_is_told(folder: Path, first: Path, tmp_path: Path):
    """A file older than the manifest is not hashed when it is kept; who reads it is told all the same."""
    out = copied(first, tmp_path)
    file = out / "cut-sheets" / "compute.csv"
    told, data = file.stat(), bytearray(file.read_bytes())
    data[-2] ^= 1
    file.write_bytes(data)
    os.utime(file, ns=(told.st_atime_ns, told.st_mtime_ns))
    built(folder, text(), out)
    with pytest.raises(PackageError, match="is not what was built"):
        store.man.read_file(out, load(out), "cut-sheets/compute.csv")


def test_a_package_says_nothing_about_where_it_was_built(folder: Path, first: Path, tmp_path: Path):
    shutil.copytree(folder, tmp_path / "elsewhere")
    built(tmp_path / "elsewhere", text(), tmp_path / "out", afresh=True)
    assert tree(tmp_path / "out") == tree(first)


def test_a_missing_sum_is_no_reason_to_fail(folder: Path, first: Path, tmp_path: Path):
    out = copied(first, tmp_path)
    (out / kept_cells.SUMS).write_bytes(b"PAR1")
    built(folder, text(), out)
    assert tree(out) == tree(first)


def test_diff_of_packages_reads_little_and_finds_all(folder: Path, first: Path, tmp_path: Path):
    """Against the same comparison of everything."""
    built(folder, text(("unit: 4", "unit: 4\nunits: {2: {design: other}}")), tmp_path / "b", afresh=True)
    a, b = store.read_two(first, tmp_path / "b")
    assert a.tables[cells.TABLE].height < store.read(first).tables[cells.TABLE].height
    part = diff(a.tables, b.tables)
    whole = diff(store.read(first).tables, store.read(tmp_path / "b").tables)
    assert not part.tables[cells.TABLE].removed.is_empty()
    for name, rows in whole.tables.items():
        for side in ("added", "removed", "changed"):
            mine = getattr(part.tables[name], side) if name in part.tables else getattr(rows, side).clear()
            assert mine.equals(getattr(rows, side)), (name, side)


def test_diff_of_a_package_with_itself_reads_no_cell(first: Path):
    a, b = store.read_two(first, first)
    assert a.tables[cells.TABLE].is_empty()
    assert diff(a.tables, b.tables).is_empty


@pytest.mark.parametrize(
    ("units", "column", "code", "said"),
    [
        ("{4: {design: other}}", 12, "SPC105", "there is no scalable unit 4; there are 3, counted from 1"),
        ("{0: {design: other}}", 12, "SPC105", "there is no scalable unit 0; there are 3, counted from 1"),
        ("{2: {design: othr}}", 21, "SPC121", "there is no design `othr`"),
        ("{second: {design: other}}", 9, "SPC102", "a whole number is wanted here, not `second`"),
    ],
)
def test_units_that_cannot_differ_are_told_at_their_place(folder: Path, units: str, column: int, code: str, said: str):
    with pytest.raises(DesignError) as fault:
        compiled(folder, text(("unit: 4", f"unit: 4\nunits: {units}")))
    (found,) = fault.value.findings
    assert (found.code, found.message, found.span.line, found.span.column) == (code, said, 7, column)


def test_a_unit_that_differs_has_the_other_design_in_all_its_racks(first: Path, folder: Path):
    t = compiled(folder, text(("unit: 4", "unit: 4\nunits: {2: {design: other}}"))).tables
    racks = t["hall_racks"].filter(pl.col("pod").is_not_null())
    assert racks.filter(pl.col("design_id") == 1)["pod"].to_list() == [1] * 4
    assert t["designs"]["racks"].to_list() == [8, 4]
    lower = t[cells.TABLE].filter((pl.col("tier") == 0) & (pl.col("fabric_id") == 0))
    assert lower.height == (8 * 2 + 4 * 1) * 8
