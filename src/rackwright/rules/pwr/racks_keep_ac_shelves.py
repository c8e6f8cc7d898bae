"""Racks behind sidecars still hold the AC shelves of their design.

What: Sidecars feed racks with DC, and the design of those racks has AC power shelves: the hall takes DC shelves in their place for power alone.
Why: Units, mass and cost of the rack are those of its AC design; a design with DC shelves, or none, has room and kilograms to spare.
Fix: A rack design for DC once its parts are known; until then the rack as told is the heavier and fuller one.
Source: Shelves of the designs whose racks hang on DC busways.
Limits: What the DC shelves weigh is not known. Sidecars stand on places of their own (`supply_cabinets`, PWR423).
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.pwr.sidecars_without_places import BAD as FEW
from rackwright.rules.pwr.sidecars_without_places import FILES as RACKS
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import first_of, line, others
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR424",
    "racks-keep-ac-shelves",
    "info",
    "racks `{subject}` behind sidecars keep {value} AC shelves of {units} units each{others}",
    label="sidecars here",
    help="nothing to mend in this spec: mass, units and cost of these racks are those with AC shelves",
)
BAD = FEW.replace("places: 11", "places: 20").replace("warning: PWR423", "info: PWR424")
GOOD = BAD.replace(", sidecar: ocp/diablo-400", "").replace("  # info: PWR424", "")
FILES = RACKS


@stage(reads=("design_devices", "designs", "hall_racks", "inputs", "supply_feeds", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The design with most shelves."""
    dc = t["supply_feeds"].join(t["supply_nodes"].filter(~pl.col("is_ac")).select("node_id"), on="node_id")["rack_id"].unique()
    fed = t["hall_racks"].filter(pl.col("rack_id").is_in(dc.implode()))["design_id"].drop_nulls().unique()
    shelves = t["design_devices"].filter((pl.col("role") == "power") & pl.col("design_id").is_in(fed.implode()))
    count = shelves.group_by("design_id").agg(shelves=pl.len(), units=pl.col("height_u").max()).sort("design_id")
    worst = first_of(count.join(t["designs"].select("design_id", "design"), on="design_id", maintain_order="left"), "shelves")
    text = {"units": pl.format("{}", pl.col("units").round(0).cast(pl.Int64)), "others": others(pl.col("n"), "most")}
    return rows(worst, subject=pl.col("design"), value=pl.col("shelves").cast(pl.Float64), limit=pl.lit(None), src=line(t, "sidecar"), **text)
