"""Heat, flow and manifold of real racks: what the cool pass and the thermal simulation make of the examples."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from rackwright.base.findings import DesignError
from rackwright.flow.pipeline import compile_file, compile_text
from rackwright.schema.tables import Tables

RACKS = Path(__file__).resolve().parents[2] / "examples" / "racks"
LIQUID = ("gb200-nvl72", "helios-72", "custom-128")


@cache
def rack(name: str, *sets: str) -> Tables:
    return compile_file(str(RACKS / f"{name}.yaml"), sets=sets, as_of="2026-01-01").tables


def branches(t: Tables) -> pl.DataFrame:
    return t["coolant_branches"].join(t["coolant_branch_states"], on="branch_id", maintain_order="left")


@pytest.mark.parametrize("name", [*LIQUID, "dgx-h100-x4"])
def test_all_power_becomes_heat(name: str) -> None:
    """Heat into liquid and air is the devices' power plus the shelves' conversion loss."""
    t = rack(name)
    devices = t["devices"].join(t.facts("efficiency"), on="part", how="left")
    load = t["power_nodes"].filter(~pl.col("is_ac"))["load_w"].sum()
    shelves = devices.filter(pl.col("kind") == "power-shelf")
    loss = load * (1 / shelves["efficiency"][0] - 1) if shelves.height else 0
    assert devices["heat_liquid_w"].sum() + devices["heat_air_w"].sum() == pytest.approx(devices["power_max_w"].sum() + loss, rel=1e-12)
    assert shelves["heat_air_w"].n_unique() <= 1


@pytest.mark.parametrize("name", LIQUID)
@pytest.mark.parametrize("piping", ["direct", "reverse"])
def test_manifold_balances(name: str, piping: str) -> None:
    """Mass at every node, heat over the loop, and the flow of the trays adds up to that of the loop."""
    t = rack(name, f"cooling.piping={piping}")
    loop, rows = t["coolant_loops"].row(0, named=True), branches(t)
    net = np.zeros(t["coolant_nodes"].height)
    np.add.at(net, rows["a_node_id"].to_numpy(), -rows["flow_kg_s"].to_numpy())
    np.add.at(net, rows["b_node_id"].to_numpy(), rows["flow_kg_s"].to_numpy())
    kinds = t["coolant_nodes"]["kind"]
    net[kinds.index_of("inlet")] += loop["flow_kg_s"]
    net[kinds.index_of("outlet")] -= loop["flow_kg_s"]
    assert net == pytest.approx(0, abs=1e-9)
    trays = rows.filter(pl.col("kind") == "tray")
    assert trays["flow_kg_s"].sum() == pytest.approx(loop["flow_kg_s"])
    assert trays["heat_w"].sum() == pytest.approx(loop["heat_w"])
    assert (rows["flow_kg_s"] > 0).all()
    outlet = t["coolant_nodes"].join(t["coolant_node_states"], on="node_id").filter(pl.col("kind") == "outlet")
    assert outlet["temperature_degc"][0] == pytest.approx(loop["supply_degc"] + loop["rise_k"])
    assert trays.height == t["devices"].filter(pl.col("heat_liquid_w") > 0).height


@pytest.mark.parametrize("name", LIQUID)
def test_reverse_return_evens_the_flow(name: str) -> None:
    spread = []
    for piping in ("direct", "reverse"):
        ratio = branches(rack(name, f"cooling.piping={piping}"))["flow_ratio"].drop_nulls()
        spread.append(float(ratio.max() - ratio.min()))
    assert spread[1] < spread[0]


def test_more_drop_at_the_trays_evens_the_flow() -> None:
    spread = []
    for drop in (10, 35, 120):
        text = (RACKS / "gb200-nvl72.yaml").read_text(encoding="utf-8") + "\noverrides:\n"
        text += "".join(f"  nvidia/{p}: {{coolant_drop_design: {drop} kPa}}\n" for p in ("gb200-compute-tray", "nvlink5-switch-tray"))
        ratio = branches(compile_text(text).tables)["flow_ratio"].drop_nulls()
        spread.append(float(ratio.max() - ratio.min()))
    assert spread[0] > spread[1] > spread[2]


def test_less_flow_means_less_drop_at_the_trays() -> None:
    """Twice the rise is half the flow; the trays' drop, quadratic, falls to a quarter of what their maker gives for 10 K."""
    rows = branches(rack("gb200-nvl72", "cooling.rise=20 K")).filter(pl.col("kind") == "tray")
    assert rows["drop_design_pa"].to_list() == pytest.approx([35_000 / 4] * rows.height)


def test_an_air_cooled_rack_has_no_loop() -> None:
    t = rack("dgx-h100-x4")
    assert t["coolant_loops"].is_empty()
    assert t["coolant_branches"].is_empty()
    assert t["coolant_branch_states"].is_empty()
    assert t["air_states"]["heat_w"][0] == pytest.approx(t["devices"]["power_max_w"].sum())


def test_coolant_outside_its_property_rows_is_refused() -> None:
    with pytest.raises(DesignError) as caught:
        rack("gb200-nvl72", "cooling.supply=85 degC")
    finding = caught.value.findings[0]
    assert finding.code == "SPC120"
    assert finding.message == "coolant is 90 degC in the mean, but `coolant/pg25` has properties from 10 to 70 degC only"
    assert (finding.value, finding.limit) == (90.0, 70.0)
