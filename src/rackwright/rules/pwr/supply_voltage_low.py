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
from rackwright.rules.supply import HALL, RACK, first_of, line, others, solved, tree
from rackwright.schema.supply import CONVERTERS
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


@stage(reads=("inputs", "supply_branches", "supply_node_states", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The rack end with the least voltage."""
    ends = t["supply_nodes"].filter(kind="rack").join(t["supply_node_states"], on="node_id", maintain_order="left")
    low = ends.filter((pl.col("voltage_share") < LEAST) & (pl.col("voltage_share") > 0) & solved(t)).with_columns(under=-pl.col("voltage_share"))
    worst = first_of(low, "under")
    fields, cure = WHERE[_most(t, int(worst["node_id"][0]))] if worst.height else ((), "")
    src = line(t, *fields)
    return rows(worst, subject=pl.col("name"), value=pl.col("voltage_share"), limit=LEAST, src=src, help=cure, others=others(pl.col("n")))


def _most(t: Tables, node: int) -> str:
    """The kind of branch that most of the voltage is lost in on the way to a node, from where it is made."""
    normal, kind = tree(t), t["supply_branches"]["kind"].to_list()
    share, by = t["supply_node_states"]["voltage_share"].to_list(), dict[str, float]()
    while normal.above[node] >= 0 and kind[normal.way[node]] not in CONVERTERS:
        own, above = kind[normal.way[node]], int(normal.above[node])
        by[own] = by.get(own, 0.0) + share[above] - share[node]
        node = above
    found = max(by, key=lambda k: by[k], default="source")
    return found if found in WHERE else "source"


WHERE = {
    "source": (("utility.fault_current", "utility.voltage"), "a stronger utility, or a higher voltage of it"),
    "line": (("feeder_length", "feeder", "ring_section"), "shorter or larger medium-voltage feeders, or a higher voltage of the utility"),
    "transformer": (("transformer", "substation.part"), "a larger transformer, or one of less impedance"),
    "breaker": (("busway_feeder", "busway"), "a shorter `busway_feeder`, or a larger `busway`"),
    "busway": (("busway", "dc_busway"), "a larger busway, or fewer racks on it"),
    "whip": (("dc_whip", "busway"), "shorter or larger whips in the rack's design"),
}
"""Of each kind of branch the fields of `power` that it comes from, and what helps."""
