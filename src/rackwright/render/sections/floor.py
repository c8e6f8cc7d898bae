"""Floor of a hall: racks by design and what they amount to. Reads halls, hall_racks, hall_parts, designs, inputs,
supply_cabinets."""

from __future__ import annotations

from typing import Any

import polars as pl

from rackwright.render.content import Content, Grid, money, show, whole
from rackwright.schema.supply import of_chain
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "floor", "Floor and racks", 20
_HEADS = (
    ("Design", "code"),
    ("Rack spec", "code"),
    ("Racks", "num"),
    ("Accelerators", "num"),
    ("Power", "num"),
    ("Heat, liquid", "num"),
    ("Heat, air", "num"),
    ("Mass", "num"),
    ("Cost, USD", "num"),
    ("Cables inside", "num"),
    ("Findings", "num"),
)
_UNITS = (("power_w", "W"), ("heat_liquid_w", "W"), ("heat_air_w", "W"), ("mass_kg", "kg"))


def content(t: Tables) -> Content | None:
    """None without a hall."""
    halls, racks = t["halls"], t["hall_racks"]
    if halls.is_empty():
        return None
    first = halls.row(0, named=True)
    switch_racks = racks["design_id"].null_count()
    each = f"{first['width_mm'] / 1000:.1f} × {first['depth_mm'] / 1000:.1f} m with {first['places']:,} places"
    is_one_floor = halls.select(pl.struct("width_mm", "depth_mm", "places").n_unique()).item() == 1
    what = (
        f"One hall, {each}" if halls.height == 1 else f"{halls.height} halls, each {each}" if is_one_floor else f"{halls.height} halls, which differ"
    )
    lead = [f"{what}: {racks.height - switch_racks:,} racks and {switch_racks:,} for switches stand on {int(halls['places'].sum()):,} places."]
    if halls.height > 1:
        lead.append(f"The plan shows {first['name']} and the fill of its own trays.")
    return Content(lead, [_designs(t), *([_halls(halls)] if halls.height > 1 else [])])


def _designs(t: Tables) -> Grid:
    """Two rows a design: one rack, and all of them; then what the fabrics add, and all of it."""
    designs = t["designs"]
    rows: list[tuple[str, ...]] = []
    marks = []
    for d in designs.iter_rows(named=True):
        rows.append((d["design"], d["spec"] or "–", "1", *_amounts(d, 1), whole(d["findings"])))
        rows.append(("", "", whole(d["racks"]), *_amounts(d, d["racks"]), ""))
        marks += ["bad" if d["findings"] else "", "inner"]
    more, total = _beyond(t)
    note = (
        "One rack, and under it all racks of the design. `rackwright build` of a rack spec makes the full package of one rack. "
        "Modules and active cables are those in racks of designs whose own figures leave them out; those of switches stand with these."
    )
    return Grid("designs", "Rack designs", _HEADS, [*rows, *more], note, marks=[*marks, *([""] * len(more))], total=total)


def _beyond(t: Tables) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    """Rows of switch racks and of modules in the others, and the sum of everything."""
    racks, designs, parts = t["hall_racks"], t["designs"], t["hall_parts"]
    of_switches = pl.col("design_id").is_null()
    stands = pl.col("kind").is_in(["switch", "frame"])
    every = {c: float(racks[c].sum()) for c, _ in _UNITS}
    switches = {c: float(racks.filter(of_switches)[c].sum()) for c, _ in _UNITS}
    own = {c: float((designs["racks"] * designs[c]).sum()) for c in (*every, "cost_usd")}
    rest = {c: max(round(every[c] - switches[c] - own[c], 3), 0.0) for c in every}
    cost = [float(parts.filter(which)["cost_usd"].sum()) for which in (stands & ~of_chain(), ~stands & ~of_chain(), of_chain())]

    def row(name: str, count: str, values: dict[str, float], usd: float) -> tuple[str, ...]:
        return (name, "", count, "", *(show(values[c] or None, unit) for c, unit in _UNITS), money(usd or None), "", "")

    n = racks["design_id"].null_count()
    made = [row("switch racks", whole(n), switches, cost[0])] if n else []
    sidecars = t["supply_cabinets"]
    if sidecars.height:
        weight = {c: float(sidecars["mass_kg"].sum()) if c == "mass_kg" else 0.0 for c in every}
        made.append(row("sidecars", whole(sidecars.height), weight, 0.0))
        every = {c: v + weight[c] for c, v in every.items()}
    made += [row("modules and cables", "", rest, cost[1])] if any(rest.values()) or cost[1] else []
    made += [row("power chain", "", dict.fromkeys(every, 0.0), cost[2])] if cost[2] else []
    return made, row("Together", whole(racks.height), every, own["cost_usd"] + sum(cost))


def _halls(halls: pl.DataFrame) -> Grid:
    """A row a hall."""
    counts = ("Places", "Racks", "Switch racks", "Power", "Heat, liquid", "Heat, air", "Mass")
    heads = (("Hall", "code"), *((name, "num") for name in counts))
    rows = [
        (h["name"], whole(h["places"]), whole(h["racks"]), whole(h["switch_racks"]), *(show(h[c] or None, unit) for c, unit in _UNITS))
        for h in halls.iter_rows(named=True)
    ]
    note = "Switches and modules included; cables between racks are in no rack's mass."
    return Grid("halls", "Halls", heads, rows, note)


def _amounts(design: dict[str, Any], racks: int) -> tuple[str, ...]:
    shown = [show(racks * design[c] or None, unit) for c, unit in _UNITS]
    return (whole(racks * design["accelerators"]), *shown, money(racks * design["cost_usd"] or None), whole(racks * design["cables"]))
