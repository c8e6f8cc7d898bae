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
    manifold = t.fact(t.input_text("cooling.manifold"), "pressure_max")
    own = {("inlet", None): ("the manifold", manifold, t.input_src("cooling.manifold"))}
    for device, name, part, src in t["devices"].select("device_id", "name", "part", "src").iter_rows():
        own["supply", device] = f"`{name}`", t.fact(part, "coolant_pressure_max"), src
    nodes = t["coolant_nodes"].join(t["coolant_node_states"], on="node_id").select("kind", "device_id", "pressure_pa")
    seen = [(pressure, *own[kind, device]) for kind, device, pressure in nodes.iter_rows() if (kind, device) in own]
    over = [(subject, pressure, limit, src) for pressure, subject, limit, src in seen if limit is not None and pressure > limit]
    if not over:
        return nothing()
    names = ("subject", "value", "limit", "src")
    return rows(pl.DataFrame(over, names, orient="row"), **{name: pl.col(name) for name in names})
