"""A breaker or fuse of the power chain carries more than a continuous load may.

What: With everything in service, a low-voltage breaker or fuse carries more of its rating than `power.continuous` (80 % unless given).
Why: Racks load their breakers for days, not hours: at 40 degC a thermal trip in a full board opens below its rating, on a hot afternoon.
Fix: A larger busway and breaker, or fewer racks on it; `continuous: 100 %` where assemblies are listed for it.
Source: NEC 2023 210.20(A) and 215.3: overcurrent devices of 125 % of the continuous load, which is 80 % of their rating; 100 % for assemblies so
listed.
Limits: Currents are those of the load flow, of UPS and sidecars what they draw at their input. Counted at nominal voltage, as NEC 220.5(A) has it,
up to 1 % over, which losses make, is not told, nor what is over its rating or right behind such a part (PWR401). What charges batteries is not
counted. `rackwright sim power` tells of outages.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import RACK, carried, first_of, line, number, others, solved
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR409",
    "supply-breaker-over-continuous",
    "error",
    "the breaker of `{subject}` carries {value} of its rating all day, and {limit} is allowed{others}",
    unit="1",
    label="power chain here",
    help="a larger busway and breaker, or fewer racks behind it",
)
BAD = """\
hall: small
designs: {s: rack.yaml}
floor: {rows: 1, places: 44, pitch: 700 mm}
racks:
  s: {design: s, count: 42}
power: {redundancy: N, load_max: 100 %, continuous: 60 %, transformer: generic/transformer-dry-630kva}  # error: PWR409
"""
GOOD = """\
hall: small
designs: {s: rack.yaml}
floor: {rows: 1, places: 44, pitch: 700 mm}
racks:
  s: {design: s, count: 42}
power: {redundancy: N, load_max: 100 %, continuous: 60 %, transformer: generic/transformer-dry-1000kva}
"""
FILES = {"rack.yaml": RACK}


@stage(reads=("inputs", "supply_branches", "supply_branch_states", "supply_devices", "supply_node_states", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each kind of branch the low-voltage device with the most current over its rating, and the rating that would do."""
    limit = number(t, "continuous", 0.8)
    loading = pl.max_horizontal("loading_power", "loading_current")
    full = t["supply_branch_states"].filter(loading > 1 + 1e-9).select("branch_id")
    told = t["supply_branches"].select("branch_id", "b_node_id").join(full, on="branch_id").select(node_id="b_node_id")
    loaded = carried(t).join(full, on="branch_id", how="anti").join(told, on="node_id", how="anti")
    loaded = loaded.with_columns(value=pl.col("amps") / pl.col("rating"))
    over = (pl.col("value") > limit) & (pl.col("nominal") > 1.01 * limit * pl.col("rating"))
    worst = first_of(loaded.filter(over & solved(t)), "value", "kind")
    cure = pl.concat_str([pl.lit("a breaker of "), show((pl.col("amps") / limit).ceil(), "A"), pl.lit(" or more here, or fewer racks behind it")])
    src = line(t, "busway", "transformer", "ups")
    return rows(worst, subject=pl.col("name"), value=pl.col("value"), limit=limit, src=src, others=others(pl.col("n")), help=cure)
