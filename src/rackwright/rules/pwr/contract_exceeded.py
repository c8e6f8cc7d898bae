"""The halls take more from the utility than the contract allows.

What: With everything in service and every rack at its design's greatest input, the services together draw more than `utility.contract`.
Why: Beyond the contract a utility charges penalties or trips the connection, and losses of the chain count too: the sum of nameplates is too low.
Fix: A larger contract, fewer racks, or parts with less loss.
Source: The spec's contract; the load flow of the chain.
Limits: Active power; without cooling and other loads of the site, and not as an average over the interval that the utility bills.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR404",
    "contract-exceeded",
    "error",
    "the halls take {value} from the utility, without cooling, {excess} more than the contract",
    unit="W",
    label="contract here",
    help="a larger `utility.contract`, or fewer racks",
)
_HALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
"""
BAD = _HALL + "power: {redundancy: N, utility: {contract: 40 kW}}  # error: PWR404\n"
GOOD = _HALL + "power: {redundancy: N, utility: {contract: 60 kW}}\n"
FILES = {"rack.yaml": RACK}


@stage(reads=("inputs", "supply_branches", "supply_branch_states"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Power of all services over the contract, where there is one."""
    contract = t.inputs_of("power.utility.contract").drop_nulls("value")
    services = t["supply_branches"].filter(kind="source").join(t["supply_branch_states"], on="branch_id")
    taken = float(services["power_w"].sum())
    over = contract.filter(pl.col("value") < taken)
    return rows(over, subject=pl.lit("utility"), value=taken, limit=pl.col("value"), src=pl.col("src"))
