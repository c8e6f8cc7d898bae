"""Coolant pressure is above what manifold or trays stand.

What: Pressure at the rack inlet is above the limit of the manifold, or pressure at a tray's coupling is above the limit of the tray.
Why: Couplings leak first, above the trays they feed.
Fix: A wider manifold or hose, a greater temperature rise, or trays of a lower pressure drop.
Source: Facts `pressure_max` of the manifold and `coolant_pressure_max` of the tray (30 psi static at the quick disconnects).
Limits: Pressure above the rack outlet, the least there can be: static head and fill pressure of the loop come on top.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "THM108",
    "coolant-pressure-over-limit",
    "error",
    "{subject} sees {value} above the rack outlet, {excess} over the {limit} it stands",
    unit="Pa",
    label="here",
    help="take a wider manifold, or raise `cooling.rise`",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}  # error: THM108
overrides:
  manifold/rack-45mm: {pressure_max: 20 kPa}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
overrides:
  manifold/rack-45mm: {pressure_max: 2 bar}
"""


@stage(reads=("coolant_nodes", "coolant_node_states", "devices", "part_facts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Solved pressure at the inlet against the manifold, at every supply node against the tray on it."""
    if t["coolant_nodes"].is_empty():
        return nothing()
    nodes = t["coolant_nodes"].join(t["coolant_node_states"], on="node_id")
    manifold = t.fact(t.input_text("cooling.manifold"), "pressure_max")
    inlet = nodes.filter(pl.col("kind") == "inlet").select(
        subject=pl.lit("the manifold"), value="pressure_pa", limit=pl.lit(manifold, pl.Float64), src=pl.lit(t.input_src("cooling.manifold"), pl.Int32)
    )
    trays = t["devices"].join(t.facts("coolant_pressure_max"), on="part").select("device_id", "name", "src", "coolant_pressure_max")
    at = (
        nodes.filter(pl.col("kind") == "supply")
        .join(trays, on="device_id", suffix="_tray")
        .select(subject=pl.format("`{}`", "name_tray"), value="pressure_pa", limit="coolant_pressure_max", src="src")
    )
    over = pl.concat([inlet, at]).filter(pl.col("value") > pl.col("limit"))
    if over.is_empty():
        return nothing()
    return rows(over, subject=pl.col("subject"), value=pl.col("value"), limit=pl.col("limit"), src=pl.col("src"))
