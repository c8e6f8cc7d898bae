"""Power of a hall: what flows, what every loss does, faults, protection, arcs and downtime; short forms of the tables supply_*.

Reads supply_nodes, supply_branches, supply_components, supply_feeds, the supply states, supply_results, supply_outages, fault_levels,
supply_devices, supply_device_pairs, arc_flashes, supply_availabilities.
"""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from rackwright.render import supply_grids
from rackwright.render.chain import outage, with_states
from rackwright.render.content import Content, show, whole
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "supply", "Power", 39
_BANDS = (
    ("In service", ("power_from_utility", "loss", "efficiency_grid_to_racks", "efficiency_grid_to_chip", "loss_annual", "loss_annual_cost",
                    "contract_share", "voltage_lowest", "loading_greatest")),
    ("One out", ("outages", "racks_dark_worst", "load_dark_worst", "outages_over", "loading_outage", "voltage_outage", "transfer_longest",
                 "maintainable", "racks_dark_next", "racks_dark", "load_dark", "branches_over", "carry_least",
                 "racks_dark_place", "places_over", "loading_place")),
    ("Faults", ("fault_greatest", "fault_least", "devices", "devices_over_rating", "devices_blind", "pairs_selective", "arc_worst")),
    ("Downtime", ("availability", "downtime", "downtime_worst", "interruptions")),
)  # fmt: skip


def content(t: Tables) -> Content | None:
    """None without a power chain."""
    if t["supply_nodes"].is_empty():
        return None
    results = t["supply_results"] if t["supply_results"].height else _known(t)
    grids = [g for g in supply_grids.grids(t) if g.rows]
    return Content(_lead(t), grids, {"bands": _bands(t, results)})


def _lead(t: Tables) -> list[str]:
    """What the chain is made of, and how to learn the rest."""
    branch, racks = t["supply_branches"], t["supply_feeds"]["rack_id"].n_unique()
    normal = branch.filter(pl.col("rank") == 0)
    counts = dict(normal.group_by("kind").agg(pl.len()).iter_rows())
    heads = t["supply_nodes"].filter(kind="busway").height
    parts = [(counts.get("transformer", 0), "transformer"), (counts.get("ups", 0), "UPS"), (counts.get("bess", 0), "battery store"),
             (counts.get("rectifier", 0), "sidecar"), (heads, "busway")]  # fmt: skip
    plural = {"UPS": "UPS", "battery store": "battery stores"}
    said = ", ".join(f"{n:,} {name if n == 1 else plural.get(name, name + 's')}" for n, name in parts if n)
    lead = [f"{racks:,} racks on {said}. Every figure is solved from the chain of the spec, with each rack at its greatest power."]
    for _, names in outage(t):
        lead.append(f"This page shows the case with {names} out of service.")
    if t["supply_outages"].is_empty():
        lead.append("`rackwright sim power DIR --report FILE` writes this page with every single outage, what a second one adds, and downtime; "
                    "`--fail NAME` with one outage of your choice.")  # fmt: skip
    else:
        lead.append("`rackwright sim power DIR --fail NAME --report FILE` draws the same pictures with one outage of your choice.")
    lead.append("Loading is the greater of apparent power and of current over their ratings.")
    return lead


def _known(t: Tables) -> pl.DataFrame:
    """What the build knows, as rows of supply_results."""
    states, nodes = with_states(t), t["supply_node_states"].filter(pl.col("voltage_v") > 0).sort("voltage_share", "node_id")
    taken = float(states.filter(pl.col("kind").is_in(["source", "generator"]))["power_w"].sum())
    lost = float(states["loss_w"].sum())
    loaded = states.sort("loading", "branch_id", descending=[True, False], nulls_last=True)
    levels = (
        t["fault_levels"].join(t["supply_nodes"].select("node_id", "voltage_nominal_v"), on="node_id").filter(pl.col("voltage_nominal_v") <= 1000)
    )
    rows: list[dict[str, Any]] = [
        {"question": "power_from_utility", "title": "Power from the utility", "value": taken, "unit": "W"},
        {"question": "loss", "title": "Loss between it and racks", "value": lost, "unit": "W"},
        {"question": "efficiency_grid_to_racks", "title": "Efficiency, utility to racks", "value": 1 - lost / taken if taken else None, "unit": "1"},
    ]
    if nodes.height:
        low = {"value": nodes["voltage_share"][0], "unit": "1", "node_id": nodes["node_id"][0]}
        rows.append({"question": "voltage_lowest", "title": "Lowest voltage, of nominal", **low})
    if loaded.height:
        most = {"value": loaded["loading"][0], "unit": "1", "branch_id": loaded["branch_id"][0]}
        rows.append({"question": "loading_greatest", "title": "Greatest loading, of rating", **most})
    if levels.height:
        rows.append({"question": "fault_greatest", "title": "Greatest fault current up to 1 kV", "value": levels["current_max_a"].max(), "unit": "A"})
        rows.append({"question": "fault_least", "title": "Least fault current up to 1 kV", "value": levels["current_min_a"].min(), "unit": "A"})
    return pl.DataFrame(rows, schema=t["supply_results"].schema)


def _bands(t: Tables, results: pl.DataFrame) -> list[tuple[str, list[dict[str, str]]]]:
    """Tiles by topic; a tile names what its figure is about."""
    rows = {r["question"]: r for r in results.iter_rows(named=True)}
    made = []
    for topic, wanted in _BANDS:
        tiles = []
        for r in (rows[q] for q in wanted if q in rows):
            number, unit = _text(r["value"], r["unit"])
            about = supply_grids.about(t, r)
            note = "; ".join(x for x in (about, r["note"] or "") if x) if r["value"] or r["question"] == "out" else r["note"] or ""
            tiles.append({"title": r["title"], "number": number, "unit": unit, "note": note})
        if tiles:
            made.append((topic, tiles))
    return made


def _text(value: float | None, unit: str) -> tuple[str, str]:
    """Number and unit; shares in per cent, with as many nines as an availability needs."""
    if value is None:
        return "–", ""
    if unit == "1":
        nines = math.ceil(-math.log10(1 - value)) if 0.999 < value < 1 - 1e-12 else 0
        return (f"{100 * value:.{nines - 1}f}" if nines else f"{100 * value:.3g}", "%")
    if unit == "pcs":
        return whole(value), ""
    if unit in ("min", "1/year"):
        return f"{value:.3g}", "min" if unit == "min" else "a year"
    number, _, rest = show(value, unit).partition(" ")
    return number, rest
