"""Key figures of a hall or campus: sums of the columns that its other tables have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np
import polars as pl

from rackwright.flow.hall_placement import placement_lines
from rackwright.flow.summary import figures
from rackwright.schema.supply import of_chain
from rackwright.schema.tables import frame

Line: TypeAlias = tuple[str, str, str, float, str, str]  # key, topic, title, value, unit, note
Made: TypeAlias = Mapping[str, pl.DataFrame]


def key_figures(made: Made, bundles: int, pulling_s: float) -> pl.DataFrame:
    """Table `summary` of a hall; how many `bundles` there are, and how long it takes to pull them."""
    lines = [*_size(made), *_power(made), *_cabling(made, bundles, pulling_s), *_mass_and_cost(made), *placement_lines(made["placements"])]
    rows = [
        {"key": k, "topic": topic, "title": title, "value": v, "unit": unit, "text": figures(v, unit), "note": note}
        for k, topic, title, v, unit, note in lines
    ]
    return frame("summary", rows)


def _over(made: Made, column: str) -> float:
    """A column of the designs, over all their racks."""
    return float((made["designs"]["racks"] * made["designs"][column]).sum())


def _size(made: Made) -> Iterator[Line]:
    switches = sum(made["fabrics"][c].sum() for c in ("leaves", "spines", "cores"))
    yield "accelerators", "Size", "Accelerators", _over(made, "accelerators"), "pcs", ""
    yield "racks", "Size", "Racks", float(made["designs"]["racks"].sum()), "pcs", "without switch racks"
    yield "switch_racks", "Size", "Switch racks", float(made["hall_racks"]["design_id"].null_count()), "pcs", ""
    yield "switches", "Size", "Switches", float(switches), "pcs", ""


def _power(made: Made) -> Iterator[Line]:
    racks = made["hall_racks"]
    is_switches = racks["design_id"].is_null()
    modules, all_modules = float(racks["power_modules_w"].filter(is_switches).sum()), float(racks["power_modules_w"].sum())
    yield "power_w", "Power", "Power of all racks", float(racks["power_w"].sum()), "W", "from their feeds, switches and modules included"
    yield "power_racks_w", "Power", "Of it racks of the designs", _over(made, "power_w"), "W", "without modules"
    yield "power_switches_w", "Power", "Of it switches", float(racks["power_w"].filter(is_switches).sum()) - modules, "W", "at their greatest"
    note = "of switches and servers whose own figures leave them out; at the feeds"
    yield "power_modules_w", "Power", "Of it modules and active cables", all_modules, "W", note
    yield "power_rack_max_w", "Power", "Most that a rack takes", float(racks["power_w"].max() or 0), "W", ""  # type: ignore[arg-type]
    yield "heat_liquid_w", "Cooling", "Heat into the coolant", float(racks["heat_liquid_w"].sum()), "W", ""
    yield "heat_air_w", "Cooling", "Heat into the air", float(racks["heat_air_w"].sum()), "W", "switches and modules included"


def _cabling(made: Made, bundles: int, pulling_s: float) -> Iterator[Line]:
    f = made["fabrics"]
    fill, capacity = (made["trays"][c].to_numpy() for c in ("fill", "capacity"))
    fullest = np.divide(fill, capacity, out=np.zeros(fill.size), where=capacity > 0).max(initial=0)
    yield "fabric_cables", "Cabling", "Cables between racks", float(f["cables"].sum()), "pcs", "one of several links counts once"
    yield "fabric_length_mm", "Cabling", "Length ordered", float(f["length_mm"].sum()), "mm", ""
    yield "fabric_longest_mm", "Cabling", "Longest cable between racks", float(f["length_longest_mm"].to_numpy().max(initial=0)), "mm", ""
    yield "bundles", "Cabling", "Bundles to pull", float(bundles), "pcs", ""
    yield "pull_time_s", "Cabling", "Pulling, plugging, labelling", pulling_s, "s", "one crew, rates of `pulling`"
    yield "tray_fill_max", "Cabling", "Fullest tray", float(fullest), "1", "of what it may hold"
    yield "rack_cables", "Cabling", "Cables inside racks", _over(made, "cables"), "pcs", "counted from the designs"


def _mass_and_cost(made: Made) -> Iterator[Line]:
    racks, parts = made["hall_racks"], made["hall_parts"]
    cost, is_bare = parts["cost_usd"].fill_null(0.0).to_numpy(), parts["cost_usd"].is_null().to_numpy()
    is_chain = parts.select(of_chain()).to_series().to_numpy()
    is_hardware = np.array([kind in ("switch", "frame") for kind in parts["kind"].to_list()], np.bool_)
    switches, fabrics, power = (float(cost[own].sum()) for own in (~is_chain & is_hardware, ~is_chain & ~is_hardware, is_chain))
    own = _over(made, "cost_usd")
    unknown, chain = int(is_bare.sum()), int(is_chain.sum())
    yield "mass_kg", "Mass", "Mass of all racks", float(racks["mass_kg"].sum()), "kg", "with switches and modules, without cables between racks"
    yield "mass_rack_max_kg", "Mass", "Heaviest rack", float(racks["mass_kg"].max() or 0), "kg", ""  # type: ignore[arg-type]
    bare = int((is_bare & is_chain).sum())
    note = f"{unknown} lines have no price" + (f", {bare} of them of the power chain" if bare else "") if unknown else ""
    yield "cost_usd", "Cost", "All of it", own + switches + fabrics + power, "USD", note
    yield "cost_racks_usd", "Cost", "Of it racks", own, "USD", "prices of the designs"
    yield "cost_switches_usd", "Cost", "Of it switches", switches, "USD", "with the frames of their racks"
    yield "cost_fabrics_usd", "Cost", "Of it cables and modules", fabrics, "USD", ""
    if bare < chain:
        note = f"{bare} of its {chain} lines have no price" if bare else ""
        yield "cost_power_usd", "Cost", "Of it the power chain", power, "USD", note
    for name, each, racks_of in made["designs"].select("design", "cost_usd", "racks").iter_rows():
        yield f"cost_rack_{name}_usd", "Cost", f"One rack of `{name}`", each, "USD", f"{racks_of:,} of them"
    if chips := _over(made, "accelerators"):
        bought = switches + fabrics
        is_guess = (parts["price_confidence"] == "estimated").fill_null(value=False).to_numpy()
        guessed = float(cost[~is_chain & is_guess].sum())
        note = "switches with their racks, cables, modules" + (f"; {100 * guessed / bought:.0f} % of it from estimated prices" if bought else "")
        yield "cost_network_accelerator_usd", "Cost", "Network per accelerator", bought / chips, "USD", note
        yield "cost_accelerator_usd", "Cost", "All of it per accelerator", (own + bought + power) / chips, "USD", ""
