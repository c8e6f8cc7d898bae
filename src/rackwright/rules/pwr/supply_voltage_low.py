"""Racks get less voltage than they are made for.

What: With everything in service, the voltage where a feed of a rack begins is under 90 % of the nominal one.
Why: Power supplies are specified to 10 % below nominal; under it they drop out or shut down, and all of them at once.
Fix: A stronger utility, a larger transformer, shorter feeders, or a higher nominal voltage of the utility.
Source: IEC 60038: supply within 10 % of nominal at the terminals; Open Rack V3 rectifiers work at 200 to 277 V, +-10 %.
Limits: The utility counts at its nominal voltage, although it may be 5 or 10 % below; taps of transformers are not modelled.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, first_of, line, others, solved
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR411",
    "supply-voltage-low",
    "error",
    "`{subject}` gets {value} of its nominal voltage with everything in service{others}",
    unit="1",
    label="power chain here",
    help="a stronger utility, a larger transformer, or shorter feeders",
)
BAD = HALL + "power: {redundancy: N, utility: {fault_current: 16 A}}  # error: PWR411 # error: PWR413\n"
GOOD = HALL + "power: {redundancy: N, utility: {fault_current: 5 kA}}\n"
FILES = {"rack.yaml": RACK}
ALONG = ("PWR413",)
LEAST = 0.9


@stage(reads=("inputs", "supply_node_states", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The rack end with the least voltage."""
    ends = t["supply_nodes"].filter(kind="rack").join(t["supply_node_states"], on="node_id", maintain_order="left")
    low = ends.filter((pl.col("voltage_share") < LEAST) & (pl.col("voltage_share") > 0) & solved(t)).with_columns(under=-pl.col("voltage_share"))
    worst, src = first_of(low, "under"), line(t, "utility.fault_current", "transformer", "busway_feeder")
    return rows(worst, subject=pl.col("name"), value=pl.col("voltage_share"), limit=LEAST, src=src, others=others(pl.col("n")))
