"""Cables of several links, modules of shared cages and trunks, recounted row by row from the tables of compiled halls."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest

from rackwright.base.findings import DesignError
from rackwright.build.hall.cable import cell_columns
from rackwright.build.hall.medium import Media
from rackwright.build.hall.sums import CellSums, Sums, in_cages, total
from rackwright.catalog.loader import Catalog
from rackwright.flow.compile import compile_text
from rackwright.flow.hall import compile_hall, laid_out, read
from rackwright.rules.halls import RACK
from rackwright.schema.tables import Tables

CATALOG = Catalog()
HALLS = Path(__file__).resolve().parents[3] / "examples" / "halls"
SMALL = ("racks.gpu.count=6", "halls=1", "floor.rows=2")
SHARED = """\
hall: shared
designs: {dgx: rack.yaml}
floor: {rows: 2, places: 10, pitch: 700 mm}
racks: {dgx: {design: dgx, count: 10}}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, leaf_scope: all}
  front: {topology: node-local, ports: [dgx.net/p0], switch: nvidia/sn5600, leaf_scope: all, speed: 200 Gb/s, breakout: 4}
"""
CASES = {
    "shared": (SHARED, ("unit=3",)),
    "twins": ("dual-plane-512", ()),
    "splitters": ("h100-superpod-4su", ()),
    "shuffles": ("eight-plane", SMALL),
    "trunks": ("h100-superpod-1su", ("fabrics.compute.cabling=trunks",)),
    "copper": ("h100-superpod-1su", ("fabrics.compute.media=[dac,aec,fibre]",)),
}


@cache
def tables(case: str) -> Tables:
    name, sets = CASES[case]
    return shared(*sets) if name == SHARED else compile_hall(str(HALLS / f"{name}.yaml"), as_of="2026-01-01", sets=sets).tables


def shared(*sets: str) -> Tables:
    """A hall whose cages have links of several units."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "rack.yaml").write_text(RACK)
        (file := Path(folder) / "hall.yaml").write_text(SHARED)
        return compile_hall(str(file), as_of="2026-01-01", sets=sets).tables


@pytest.mark.parametrize("unit", [1, 2, 3])
def test_units_change_no_cable_of_leaves_that_serve_all(unit: int) -> None:
    """Endpoints are dealt to the ports of a leaf in the order of their racks, whatever unit these belong to."""
    own, whole = shared(f"unit={unit}"), shared()
    columns = ("fabric_id", "tier", "a_device_id", "a_port", "b_port", "key", "leg", "length_stock_mm", "sku")
    down = [t["fabric_cables"].filter(pl.col("tier") == 0).select(columns).sort(columns) for t in (own, whole)]
    assert down[0].equals(down[1])
    assert down[0]["leg"].max() > 1
    assert own["fabric_skus"].equals(whole["fabric_skus"])
    assert own["hall_parts"].equals(whole["hall_parts"])


def laid(t: Tables) -> pl.DataFrame:
    """Links that have a medium, with what it is."""
    skus = t["fabric_skus"].select("fabric_id", "sku", "part", "medium", "a_module", "b_module", "pieces", per_cable="links")
    return t["fabric_cables"].filter(pl.col("sku") >= 0).join(skus, on=["fabric_id", "sku"], how="left")


@pytest.mark.parametrize("case", CASES)
def test_links_of_one_key_are_one_cable(case: str) -> None:
    """One part in one length that is long enough for the longest leg; legs numbered apart, the first of them always there."""
    t = tables(case)
    cables = laid(t).group_by("fabric_id", "key").agg(
        n=pl.len(), most=pl.col("per_cable").max(), skus=pl.col("sku").n_unique(), legs=pl.col("leg").n_unique(), first=pl.col("leg").min(),
        cut=pl.col("length_cut_mm").max(), stock=pl.col("length_stock_mm").min(), lengths=pl.col("length_stock_mm").n_unique(),
    )  # fmt: skip
    assert set(cables["skus"]) == set(cables["lengths"]) == {1}
    assert (cables["legs"] == cables["n"]).all()
    assert (cables["n"] <= cables["most"]).all()
    assert (cables["first"] == (cables["most"] > 1).cast(pl.UInt8)).all()
    assert (cables["stock"] >= cables["cut"]).all()
    assert cables["most"].max() > 1
    counted = dict(cables.group_by("fabric_id").len().iter_rows())
    fabrics = t["fabrics"].filter(pl.col("unreached") + pl.col("unrouted") == 0)
    assert {f: counted[f] for f in fabrics["fabric_id"]} == dict(fabrics.select("fabric_id", "cables").iter_rows())
    assert t["fabric_skus"]["cables"].sum() == cables.height


@pytest.mark.parametrize("case", CASES)
def test_parts_are_those_of_the_rows(case: str) -> None:
    """Cables once for each key; modules of switches once for each cage, which no two sorts are wanted for. A cage's links are told apart by
    the port number over the links of a cage, which is a power of two; plugged cables have no module.
    """
    t = tables(case)
    want: dict[tuple[int, str, str], float] = defaultdict(float)
    seen: dict[tuple[int, int, int], str] = {}
    keys = set[tuple[int, int]]()
    legs = {
        (n["fabric_id"], n["tier"], end, n[f"{end}_connector"]): n[f"{end}_ports"] for n in t["fabric_needs"].iter_rows(named=True) for end in "ab"
    }
    switches = t["fabric_switches"]["device_id"].min()
    for row in laid(t).iter_rows(named=True):
        if (row["fabric_id"], row["key"]) not in keys:
            keys.add((row["fabric_id"], row["key"]))
            want[row["fabric_id"], "cable", row["part"]] += row["pieces"]
        for end in "ab":
            device, module = row[f"{end}_device_id"], row[f"{end}_module"]
            if module is None:
                continue
            ports = legs[row["fabric_id"], row["tier"], end, CATALOG.part(module).text("connector")]
            if device >= switches:
                assert seen.setdefault((row["fabric_id"], device, row[f"{end}_port"] // ports), module) == module
            else:
                want[row["fabric_id"], "transceiver", module] += 1 / ports
    for (fabric, _, _), module in seen.items():
        want[fabric, "transceiver", module] += 1
    for fabric, module, share in t["outside_ports"].drop_nulls("module").select("fabric_id", "module", "module_share").iter_rows():
        want[fabric, "transceiver", module] += share
    parts = t["hall_parts"].filter(pl.col("kind").is_in(["cable", "transceiver"])).select("fabric_id", "kind", "part", "quantity")
    bought = {(f, k, p): q for f, k, p, q in parts.iter_rows()}
    if case == "trunks":
        jumpers = [(f, k, p) for f, k, p in bought if p == "cable/mfp7e10"]
        assert [bought.pop(j) for j in jumpers] == [2.0 * laid(t).height]
    assert bought == pytest.approx(dict(want), abs=1e-6)


def test_a_trunk_runs_between_two_racks() -> None:
    """Links of a trunk end in the same two racks; two cassettes of 12 ports for each trunk, and all but the last of a pair of racks are full."""
    t = tables("trunks")
    racks = dict(t["fabric_switches"].select("device_id", "rack_id").iter_rows())
    per_rack = t["design_devices"].height
    rows = laid(t).with_columns(
        a=pl.col("a_device_id").map_elements(lambda d: racks.get(d, d // per_rack), pl.Int64),
        b=pl.col("b_device_id").replace_strict(racks, return_dtype=pl.Int64),
    )
    trunks = rows.group_by("key").agg(pl.len(), pl.col("a", "b").n_unique(), ways=pl.col("path_id").n_unique())
    assert set(trunks["a"]) == set(trunks["b"]) == set(trunks["ways"]) == {1}
    assert int(trunks["len"].max()) <= 12  # type: ignore[arg-type]
    cassettes = t["hall_parts"].filter(pl.col("kind") == "panel")
    assert cassettes["quantity"].to_list() == [2.0 * trunks.height]


def test_fill_counts_a_trunk_once() -> None:
    """32 links from a rack to its leaves are 32 jackets of 7.07 mm2, or four trunks of 95 mm2 at most: the fullest tray tells."""
    direct = compile_hall(str(HALLS / "h100-superpod-1su.yaml"), as_of="2026-01-01").tables["trays"]["fill_total"].max()
    over = tables("trunks")["trays"]["fill_total"].max()
    links, trunks = laid(tables("trunks")), tables("trunks")["fabric_skus"]["cables"].sum()
    assert over <= 9504 * trunks < 9504 * links.height  # type: ignore[operator]
    assert over != direct


def summed(media: Media, cells: list[CellSums]) -> Sums:
    held = in_cages(len(media.modules), media.switches, media.span, [c.cage for c in cells], [c.module for c in cells])
    return total(media, cells, held)


def test_sums_of_cells_add_up_in_any_order() -> None:
    """Arrays of cells taken forwards and backwards, spine cages of two units among them, come to the same."""
    made = laid_out(read(str(HALLS / "gb200-superpod-2su.yaml")), as_of="2026-01-01")
    wired, media = made.wired[0], made.media[0]
    cells = [cell_columns(made.ground, wired, 0, c, media) for c in range(wired.plan.cells)]
    assert len(cells) > 1
    one, two = (summed(media, [c[1] for c in order if c]) for order in (cells, cells[::-1]))
    for name in (f.name for f in fields(one) if f.name not in ("media", "cages")):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name
    assert np.array_equal(one.cages.modules, two.cages.modules)
    assert one.cages.mixed == two.cages.mixed
    assert one.modules == two.modules
    assert int(one.by_tier.sum()) == sum(len(c[0]["key"]) for c in cells if c)


def test_a_class_breaks_its_ports_out_as_the_fabric_does_unless_it_says_otherwise() -> None:
    """At one speed it cannot: a port number would mean two ports."""
    text = SHARED.replace("breakout: 4}", "breakout: 2, tiers: 2, classes: {c: {ports: [dgx.net/p1]}}}")
    with TemporaryDirectory() as folder:
        (Path(folder) / "rack.yaml").write_text(RACK)
        design = compile_text(text, folder=Path(folder))
        with pytest.raises(DesignError, match="into 2 links of 200 Gb/s on some of its leaves and into 4 on others"):
            compile_text(text.replace("net/p1]", "net/p1], breakout: 4"), folder=Path(folder))
    assert not [f for f in design.findings if f.severity != "info"]
    assert set(design.tables["fabric_needs"].filter(fabric_id=1, tier=0)["b_ports"]) == {2}
