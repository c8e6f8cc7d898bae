"""The power chain of a hall cannot carry its load at any voltage.

What: With everything in service the load flow has no solution: racks draw constant power, and through this much impedance there is less to be had.
Why: As the voltage falls the current of constant-power loads rises, until it collapses; no larger transformer behind a weak grid helps.
Fix: A stronger connection (`utility.fault_current`, `utility.voltage`, more `services`), shorter or larger feeders, or fewer racks on it.
Source: The load flow of the chain; the greatest power through an impedance is V^2/4R for a resistance.
Limits: Told for the node that fell first; ratings are not looked at then, as there are no currents.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR403",
    "supply-collapsed",
    "error",
    "the power chain cannot carry {value} to the racks: the voltage collapses at `{subject}`",
    unit="W",
    label="power chain here",
    help="a stronger utility, more services, or shorter feeders",
)
_HALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 4, places: 40, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 150}
"""
BAD = _HALL + "power: {redundancy: N, utility: {fault_current: 0.1 kA}}  # error: PWR403\n"
GOOD = _HALL + "power: {redundancy: N}\n"
FILES = {"rack.yaml": RACK}


@stage(reads=("supply_feeds", "supply_node_states", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The node that fell, if one did, and the load."""
    fallen = t["supply_node_states"].filter(pl.col("is_collapsed")).join(t["supply_nodes"], on="node_id")
    return rows(fallen, subject=pl.col("name"), value=float(t["supply_feeds"]["power_w"].sum()), limit=pl.lit(None), src=pl.col("src"))
