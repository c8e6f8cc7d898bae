"""Halls grown from a package of the hall as it stands, and what `diff` says about it. Cables are compared here as sets of printed end names."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from rackwright.base.findings import DesignError
from rackwright.flow import package, store
from rackwright.flow.compile import compile_text
from rackwright.flow.diff import diff
from rackwright.flow.pipeline import Design
from rackwright.rules.halls import RACK
from rackwright.schema.check import violations
from rackwright.schema.tables import Tables

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "halls" / "h100-superpod-1su.yaml"
SMALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 2, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 6}
unit: 4
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/sn5600, tiers: 2, uplinks: 8}
addressing:
  hosts: {compute: 10.0.0.0/12}
"""
End = tuple[str, str, int]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the rack, and the package `as-built` of the small hall."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "rack.yaml").write_text(RACK, encoding="utf-8")
    package.build(compile_text(SMALL, "hall.yaml", folder), folder / "as-built", pictures=False)
    return folder


@pytest.fixture(scope="module")
def pod(tmp_path_factory: pytest.TempPathFactory) -> tuple[Design, Path]:
    """The SuperPOD of one scalable unit, and its package."""
    design = compile_text(EXAMPLE.read_text(encoding="utf-8"), str(EXAMPLE), EXAMPLE.parent)
    folder = tmp_path_factory.mktemp("pod") / "as-built"
    package.build(design, folder)
    return design, folder


def larger(text: str, standing: Path | str | None, **changes: tuple[str, str]) -> str:
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    return text + (f"\nstanding: {standing}\n" if standing else "")


def grown_pod(pod: tuple[Design, Path], racks: int, rows: int, is_standing: bool = True) -> Design:
    text = EXAMPLE.read_text(encoding="utf-8")
    text = larger(text, pod[1] if is_standing else None, racks=("count: 8", f"count: {racks}"), rows=("rows: 2", f"rows: {rows}"))
    return compile_text(text, str(EXAMPLE), EXAMPLE.parent)


def ends(t: Tables) -> dict[int, set[tuple[End, End]]]:
    """Links of each cable by key, both ends as rack, device and port."""
    rack = dict(t["hall_racks"].select("rack_id", "name").iter_rows())
    of = {d: rows["name"].to_list() for (d,), rows in t["design_devices"].sort("device").group_by("design_id", maintain_order=True)}
    devices = [(rack[r], n) for r, d in t["hall_racks"].sort("rack_id").select("rack_id", "design_id").iter_rows() if d is not None for n in of[d]]
    devices += [(rack[r], n) for n, r in t["fabric_switches"].sort("device_id").select("name", "rack_id").iter_rows()]
    out: dict[int, set[tuple[End, End]]] = {}
    for key, a, p, b, q in t["fabric_cables"].select("key", "a_device_id", "a_port", "b_device_id", "b_port").iter_rows():
        out.setdefault(key, set()).add(((*devices[a], p), (*devices[b], q)))
    return out


def compared(a: Tables, b: Tables) -> tuple[int, int, int, int]:
    """New, removed and moved cables, and the fewest that can have moved; by names alone."""
    before, after = ({frozenset(v) for v in ends(t).values()} for t in (a, b))
    gone, fresh = before - after, after - before
    lower = Counter(frozenset(x for x, _ in cable) for cable in gone) & Counter(frozenset(x for x, _ in cable) for cable in fresh)
    moved = sum(lower.values())
    pairs = [Counter(frozenset((x[:2], y[:2]) for x, y in cable) for cable in cables) for cables in (before, after)]
    return len(fresh) - moved, len(gone) - moved, moved, sum((pairs[0] - pairs[1]).values()) - (len(gone) - moved)


def stands(t: Tables) -> tuple[set[tuple[object, ...]], set[tuple[object, ...]]]:
    """Racks with their design, switches with rack and unit."""
    racks = t["hall_racks"].join(t["designs"].select("design_id", "design"), on="design_id", how="left")
    switches = t["fabric_switches"].join(t["hall_racks"].select("rack_id", rack="name"), on="rack_id")
    return set(racks.select("name", "design").iter_rows()), set(switches.select("name", "rack", "position_u").iter_rows())


def errors(design: Design) -> list[str]:
    return [f.message for f in design.findings if f.severity == "error"]


def test_twice_the_units_move_half_of_the_uplinks(pod: tuple[Design, Path]) -> None:
    """32 uplinks of each leaf go to 4 spines, then to 8: of 8 x 32 links half move, 128, which are 64 cables between twin-port cages."""
    before, after = pod[0].tables, grown_pod(pod, 16, 4)
    assert errors(after) == []
    assert violations(after.tables) == []
    row = after.tables["fabrics"].row(0, named=True)
    assert (row["leaves"], row["spines"], row["links_host"], row["links_spine"]) == (16, 8, 512, 512)
    found = diff(before, after.tables).rewiring
    assert found is not None
    assert (found.new, found.removed, found.moved, found.least) == compared(before, after.tables)
    links = {link for cable in ends(before).values() for link in cable} - {link for cable in ends(after.tables).values() for link in cable}
    assert len(links) == 8 * 32 // 2
    assert found.moved == found.least
    assert found.removed == 0
    for old, new in zip(stands(before), stands(after.tables), strict=True):
        assert old <= new


def test_without_what_stands_more_moves(pod: tuple[Design, Path]) -> None:
    kept, anew = (diff(pod[0].tables, grown_pod(pod, 16, 4, is_standing).tables).rewiring for is_standing in (True, False))
    assert kept is not None
    assert anew is not None
    assert kept.moved + kept.removed < anew.moved + anew.removed


def test_one_row_more_is_told_cable_by_cable(pod: tuple[Design, Path]) -> None:
    """Four racks in a third row: a second scalable unit, half full."""
    before, after = pod[0].tables, grown_pod(pod, 12, 3)
    assert errors(after) == []
    found = diff(before, after.tables).rewiring
    assert found is not None
    assert (found.new, found.removed, found.moved, found.least) == compared(before, after.tables)
    assert found.moved == found.least
    assert found.removed == 0
    hosts = {link for cable in ends(before).values() for link in cable if "spine" not in link[1][1]}
    assert hosts <= {link for cable in ends(after.tables).values() for link in cable}, "no server that stands moves"
    for old, new in zip(stands(before), stands(after.tables), strict=True):
        assert old <= new


def test_the_same_hall_again_changes_nothing(pod: tuple[Design, Path]) -> None:
    found = diff(pod[0].tables, grown_pod(pod, 8, 2).tables).rewiring
    assert found is not None
    assert (found.new, found.removed, found.moved, found.recut) == (0, 0, 0, 0)
    assert str(found) == "0 new, 0 removed, 0 moved, 0 re-cut"


def test_planes_pairs_of_leaves_and_management_ports_stay(tmp_path: Path) -> None:
    """A hall with breakouts over two planes, dual homing and a tree that reaches the switches of the others, as it stands."""
    file = EXAMPLE.parent / "dual-plane-512.yaml"
    text = file.read_text(encoding="utf-8")
    before = compile_text(text, str(file), file.parent)
    package.build(before, tmp_path / "as-built", pictures=False)
    after = compile_text(larger(text, tmp_path / "as-built"), str(file), file.parent)
    found = diff(before.tables, after.tables).rewiring
    assert found is not None
    assert (found.new, found.removed, found.moved, found.recut) == (0, 0, 0, 0)
    assert after.tables["switch_addresses"].equals(before.tables["switch_addresses"])


def test_other_cables_on_the_same_ends_are_cut_anew(pod: tuple[Design, Path]) -> None:
    """Ends stay and the way is longer: a higher tray."""
    text = EXAMPLE.read_text(encoding="utf-8") + "\npathways: {height: 3.7 m}\n"
    found = diff(pod[0].tables, compile_text(text, str(EXAMPLE), EXAMPLE.parent).tables).rewiring
    assert found is not None
    assert (found.new, found.removed, found.moved) == (0, 0, 0)
    assert found.recut > 0


def test_addresses_of_what_stands_stay(small: Path) -> None:
    before = compile_text(SMALL, "hall.yaml", small).tables
    after = compile_text(larger(SMALL, "as-built", a=("count: 6", "count: 14"), b=("rows: 2", "rows: 4")), "hall.yaml", small).tables
    for t in (before, after):
        assert t["switch_addresses"]["loopback"].is_unique().all()
    both = before["fabric_switches"].join(before["switch_addresses"], on="device_id").join(
        after["fabric_switches"].join(after["switch_addresses"], on="device_id"), on="name", suffix="_b"
    )  # fmt: skip
    assert both.height == before["fabric_switches"].height < after["fabric_switches"].height
    assert both.filter((pl.col("loopback") != pl.col("loopback_b")) | (pl.col("asn") != pl.col("asn_b"))).is_empty()


def test_a_unit_that_fills_up_moves_no_server(small: Path) -> None:
    """6 racks are a unit and a half: two more fill it."""
    before = compile_text(SMALL, "hall.yaml", small).tables
    after = compile_text(larger(SMALL, "as-built", a=("count: 6", "count: 8")), "hall.yaml", small).tables
    found = diff(before, after).rewiring
    assert found is not None
    assert (found.removed, found.moved) == (0, 0)
    assert found.new == 2 * 8


def test_a_design_that_no_rack_was_of_harms_nothing(small: Path, tmp_path: Path) -> None:
    text = SMALL.replace("designs: {dgx: rack.yaml}", "designs: {dgx: rack.yaml, spare: rack.yaml}")
    assert text != SMALL
    package.build(compile_text(text, "hall.yaml", small), tmp_path / "out", pictures=False)
    after = compile_text(larger(text, tmp_path / "out", a=("count: 6", "count: 8")), "hall.yaml", small)
    assert diff(store.read(tmp_path / "out").tables, after.tables).rewiring.moved == 0  # type: ignore[union-attr]


def test_what_is_taken_away_is_listed(small: Path) -> None:
    before = compile_text(SMALL, "hall.yaml", small).tables
    design = compile_text(larger(SMALL, "as-built", a=("count: 6", "count: 5")), "hall.yaml", small)
    found = diff(before, design.tables).rewiring
    assert found is not None
    assert errors(design) == []
    assert (found.new, found.moved) == (0, 0)
    assert found.removed == 8


def test_hash_of_the_package_is_recorded(small: Path) -> None:
    made = compile_text(larger(SMALL, "as-built"), "hall.yaml", small).tables
    text = made["inputs"].filter(pl.col("path") == "standing.sha256")["text"].to_list()
    assert len(text) == 1
    assert len(text[0]) == 64


def refused(text: str, folder: Path) -> tuple[str, str, int]:
    with pytest.raises(DesignError) as caught:
        compile_text(text, "hall.yaml", folder)
    (found,) = caught.value.findings
    assert found.help
    return found.code, found.message, found.span.line


def test_bad_packages_are_refused_at_their_line(small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    shutil.copytree(small, folder)
    line = len(SMALL.splitlines()) + 2
    code, message, at = refused(larger(SMALL, "nowhere"), folder)
    assert (code, at) == ("NET323", line)
    assert "there is no folder `nowhere`" in message
    table = folder / "as-built" / "tables" / "hall_racks.parquet"
    table.write_bytes(table.read_bytes()[:-1])
    code, message, at = refused(larger(SMALL, "as-built"), folder)
    assert (code, at) == ("NET323", line)
    assert "is damaged" in message
    package.build(compile_text(RACK, "rack.yaml", folder), folder / "rack")
    code, message, at = refused(larger(SMALL, "rack"), folder)
    assert (code, at) == ("NET323", line)
    assert "is the package of a rack" in message


def test_another_hall_is_refused(small: Path) -> None:
    code, message, _ = refused(larger(SMALL, "as-built", a=("designs: {dgx:", "designs: {box:"), b=("design: dgx", "design: box")), small)
    assert code == "NET323"
    assert "of designs `dgx`, none of which is here" in message
    (small / "other.yaml").write_text(RACK.replace("dgx: {part: nvidia/dgx-h100}", "dgx: {part: nvidia/dgx-h100, count: 2}"), encoding="utf-8")
    code, message, _ = refused(larger(SMALL, "as-built", a=("rack.yaml", "other.yaml")), small)
    assert code == "NET323"
    assert "design `dgx` has" in message


def test_a_place_in_use_cannot_be_kept_out(small: Path) -> None:
    out = "floor: {rows: 4, places: 6, pitch: 700 mm, keep_out: [{x: 1.9 m, y: 1.9 m, width: 200 mm, depth: 200 mm, because: column}]}"
    code, message, line = refused(larger(SMALL, "as-built", a=("floor: {rows: 2, places: 6, pitch: 700 mm}", out)), small)
    assert code == "NET323"
    assert "stands at place 1 of row AA in hall 1, which is no place of the new floor" in message
    assert line == 3


def test_halls_whose_units_are_counted_anew_keep_what_stands(small: Path, tmp_path: Path) -> None:
    """Two halls of two units each become three halls of three: the units of the second hall are numbers 3 and 4, then 4 and 5."""
    text = SMALL + "halls: 2\n"
    before = compile_text(text, "hall.yaml", small)
    package.build(before, tmp_path / "as-built", pictures=False)
    changes = {"a": ("count: 6", "count: 10"), "b": ("rows: 2", "rows: 3"), "c": ("halls: 2", "halls: 3")}
    after = compile_text(larger(text, tmp_path / "as-built", **changes), "hall.yaml", small)
    assert errors(after) == []
    found = diff(before.tables, after.tables).rewiring
    assert found is not None
    assert (found.removed, found.moved) == (0, found.least)
    hosts = [host_links(t) for t in (before.tables, after.tables)]
    assert hosts[0] <= hosts[1], "no server that stands moves"
    loopbacks = [loopbacks_by_place(t) for t in (before.tables, after.tables)]
    assert loopbacks[0].items() <= loopbacks[1].items(), "addresses stay although units are counted anew"


def test_halls_that_differ_keep_what_stands(small: Path, tmp_path: Path) -> None:
    """Hall 1 has 6 racks in two units and no storage, hall 2 on a floor of its own 10 in three, and two of storage in a unit of their own, the sixth.
    Then hall 1 fills up and gets storage, hall 2 gets two racks more, and a third hall is like the first.
    """
    text = SMALL.replace("racks:\n", "racks:\n  store: {design: dgx, count: 0, unit: 0}\n") + "halls: 2\n"
    before = text + "unlike: {2: {floor: {rows: 3, places: 7, pitch: 700 mm}, racks: {dgx: 10, store: 2}}}\n"
    old = compile_text(before, "hall.yaml", small)
    package.build(old, tmp_path / "as-built")
    changes = {"a": ("count: 6", "count: 8"), "b": ("count: 0", "count: 1"), "c": ("dgx: 10", "dgx: 12"), "d": ("halls: 2", "halls: 3")}
    new = compile_text(larger(before, tmp_path / "as-built", **changes, e=("rows: 2", "rows: 3")), "hall.yaml", small)
    assert errors(new) == []
    found = diff(old.tables, new.tables).rewiring
    assert found is not None
    assert (found.removed, found.moved) == (0, found.least)
    hosts = [host_links(t.tables) for t in (old, new)]
    assert hosts[0] <= hosts[1], "no server that stands moves"
    racks = [set(stands(t.tables)[0]) for t in (old, new)]
    assert sum(design is not None for _, design in racks[0]) == 6 + 12
    assert racks[0] <= racks[1]


def switches_by_place(t: Tables) -> pl.DataFrame:
    racks = t["hall_racks"].select("rack_id", rack="name")
    return t["fabric_switches"].join(racks, on="rack_id").join(t["switch_addresses"].select("device_id", "loopback"), on="device_id")


def loopbacks_by_place(t: Tables) -> dict[tuple[str, int], str]:
    return {(rack, unit): address for rack, unit, address in switches_by_place(t).select("rack", "position_u", "loopback").iter_rows()}


def host_links(t: Tables) -> set[tuple[object, ...]]:
    """Rack, device and port of the lower end; rack, unit and port of the leaf. Switches are renamed where units are counted anew."""
    at = {name: (rack, unit) for name, rack, unit in switches_by_place(t).select("name", "rack", "position_u").iter_rows()}
    return {(*a, *at[b[1]], b[2]) for cable in ends(t).values() for a, b in cable if a[1] not in at}
