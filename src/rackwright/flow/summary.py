"""Key figures of a rack: what people compare first. Reads everything, writes `summary`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from rackwright.base.stage import stage
from rackwright.base.units import figure, show
from rackwright.schema.tables import Tables, frame

_LOADING = "of a shelf, PDU or power supply; supplies count as full when only those a box needs are left"
Line = tuple[str, str, Any, str, str]  # the value is whatever Polars reduces a numeric column to, or None
READS = (
    "inputs",
    "part_facts",
    "racks",
    "devices",
    "chips",
    "ports",
    "links",
    "cables",
    "pairs",
    "power_nodes",
    "power_branches",
    "power_cases",
    "power_case_states",
    "power_branch_states",
    "power_node_states",
    "coolant_loops",
    "coolant_nodes",
    "coolant_node_states",
    "coolant_branches",
    "coolant_branch_states",
    "masses",
    "bom",
)


@stage(reads=READS, writes=("summary",))
def summary(t: Tables) -> dict[str, pl.DataFrame]:
    """Table `summary`; a figure that does not apply to this rack is left out."""
    rows = []
    for topic, lines in {"Size": _size, "Power": _power, "Cooling": _cooling, "Cabling": _cabling, "Mass": _mass, "Cost": _cost}.items():
        for key, title, value, unit, note in lines(t):
            if value is not None:
                text = figures(value, unit)
                rows.append({"key": key, "topic": topic, "title": title, "value": float(value), "unit": unit, "text": text, "note": note})
    return {"summary": frame("summary", rows)}


def _size(t: Tables) -> Iterator[Line]:
    used = int(t["devices"].filter(pl.col("position_u").is_not_null())["height_u"].sum())
    yield "accelerators", "Accelerators", _count(t["chips"], "accelerator"), "pcs", ""
    yield "switch_chips", "Switch chips", _count(t["chips"], "switch-chip"), "pcs", ""
    yield "nics", "NICs", _count(t["chips"], "nic"), "pcs", ""
    yield "units_used", "Units used", used, "pcs", f"of {t['racks']['height_units'][0]} in the frame"


def _count(chips: pl.DataFrame, kind: str) -> int | None:
    return chips.filter(pl.col("kind") == kind).height or None


def _power(t: Tables) -> Iterator[Line]:
    d = t["devices"]
    yield "power_it_w", "IT power", d["power_max_w"].sum(), "W", "sum of power_max of all devices"
    peak = d.select(pl.coalesce("power_peak_w", "power_max_w").sum()).item()
    yield "power_peak_w", "Short peak (EDPp)", peak if d["power_peak_w"].count() else None, "W", "where a part gives no peak, its power_max"
    normal = t["power_case_states"].filter(pl.col("case_id") == 0)
    if not normal.is_empty() and normal["is_solved"][0]:
        n = normal.row(0, named=True)
        yield "power_input_w", "Power from the feeds", n["input_w"], "W", "converter, busbar and cable losses included"
        yield "power_loss_w", "Losses in the rack", n["loss_w"], "W", ""
        yield "power_capacity_w", "Installed shelf or PDU capacity", n["capacity_w"], "W", ""
        yield "voltage_min_v", "Lowest voltage at a load", n["voltage_min_v"], "V", ""
        bars = t["power_branches"].filter(pl.col("kind") == "busbar").join(t["power_branch_states"].filter(pl.col("case_id") == 0), on="branch_id")
        yield "busbar_current_a", "Greatest busbar section current", bars["current_a"].abs().max() if bars.height else None, "A", "normal operation"
    needed = t["power_case_states"].join(t["power_cases"].filter("is_required"), on="case_id")
    yield "loading_max", "Greatest loading in a case it must survive", needed["loading_max"].max() if needed.height else None, "1", _LOADING
    yield "ride_through_s", "Battery ride-through", normal["ride_through_s"][0] if normal.height else None, "s", ""


def _cooling(t: Tables) -> Iterator[Line]:
    d, loops = t["devices"], t["coolant_loops"]
    yield "heat_liquid_w", "Heat into the coolant", d["heat_liquid_w"].sum() or None, "W", ""
    yield "heat_air_w", "Heat into the air", d["heat_air_w"].sum(), "W", "converter losses included"
    yield "air_flow_m3_s", "Air flow", d["air_flow_m3_s"].sum(), "m3/s", "at the spec's air rise"
    if loops.height:
        yield "coolant_flow_m3_s", "Coolant flow", loops["flow_l_min"].sum() / 60000, "m3/s", "from heat and rise"
        inlet = t["coolant_nodes"].filter(pl.col("kind") == "inlet").join(t["coolant_node_states"], on="node_id")
        yield "coolant_drop_pa", "Rack pressure drop", inlet["pressure_pa"].max() if inlet.height else None, "Pa", "hoses, manifold and trays"
        trays = t["coolant_branches"].filter(pl.col("kind") == "tray").join(t["coolant_branch_states"], on="branch_id")
        yield "flow_ratio_min", "Lowest share of design flow at a tray", trays["flow_ratio"].min() if trays.height else None, "1", ""
        yield "rise_max_k", "Greatest temperature rise of a tray", trays["rise_k"].max() if trays.height else None, "K", ""


def _cabling(t: Tables) -> Iterator[Line]:
    up = t["cables"].filter(pl.col("kind") == "scale-up")
    loose = t["cables"].filter(pl.col("kind") != "scale-up")
    if up.height:
        yield "scale_up_links", "Scale-up links", up.height, "pcs", ""
        yield "scale_up_pairs", "Differential pairs", int(up["pairs"].sum()), "pcs", ""
        copper = (up["pairs"].cast(pl.Int64) * up["length_cut_mm"]).sum()
        yield "pair_length_mm", "Copper in scale-up pairs", copper, "mm", "pairs times cut length"
        yield "scale_up_longest_mm", "Longest scale-up cable", up["length_cut_mm"].max(), "mm", ""
        chips = t["chips"].filter(pl.col("kind") == "accelerator").select("chip_id")
        each = t["ports"].filter(pl.col("kind") == "scale-up").join(chips, on="chip_id")["speed_gbps"].sum() / max(chips.height, 1)
        yield "scale_up_gbps", "Scale-up bandwidth per accelerator, one way", each, "Gb/s", ""
    yield "cables_loose", "Loose cables", loose.height, "pcs", "management, cords and whips"


def _mass(t: Tables) -> Iterator[Line]:
    m = t["masses"]
    if m.height:
        total = float(m["mass_kg"].sum())
        frame_part = t["racks"]["part"][0]
        area = (t.fact(frame_part, "width") or 0) * (t.fact(frame_part, "depth") or 0) / 1e6
        yield "mass_kg", "Mass", total, "kg", "frame, devices, cables, busbar, manifold and coolant"
        yield "centre_of_mass_mm", "Height of the centre of mass", float((m["mass_kg"] * m["z_mm"]).sum()) / max(total, 1e-9), "mm", ""
        yield "floor_load_kg_m2", "Load on the footprint", total / area if area else None, "kg/m2", ""


def _cost(t: Tables) -> Iterator[Line]:
    bought = t["bom"].filter(pl.col("level") == 0)
    if bought.height:
        total = float(bought["cost_usd"].sum())
        guessed = float(bought.filter(pl.col("price_confidence") == "estimated")["cost_usd"].sum())
        yield "cost_usd", "Cost", total, "USD", f"{100 * guessed / total:.0f} % of it from estimated prices" if total else ""
        yield "lines_without_price", "Lines without a price", bought["cost_usd"].null_count(), "pcs", ""


def figures(value: float, unit: str) -> str:
    """A key figure as people read it."""
    return figure(value) if unit == "pcs" else f"${value:,.0f}" if unit == "USD" else show(value, unit)
