"""The halls take more reactive power than the contract allows.

What: With everything in service, a service draws at a power factor under `utility.power_factor`.
Why: Reactive power fills cables and transformers and is billed beyond a limit; lightly loaded transformers and weak feeders make it, not only racks.
Fix: Supplies or UPS of a better power factor, compensation at the medium voltage, or a contract that allows it.
Source: The spec's contract; the load flow of the chain, lagging reactive power at the connection point.
Limits: Fundamental power factor at design load. Leading power factor of lightly loaded supplies and of long cables is not modelled.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, first_of, line, others, solved
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR420",
    "power-factor-below-contract",
    "warning",
    "`{subject}` draws at a power factor of {factor}, and the contract wants {least}{others}",
    label="contract here",
    help="compensation at the medium voltage, or supplies and UPS of a better power factor",
)
BAD = HALL + "power: {redundancy: 2N, ups: generic/ups-module-250kw, utility: {power_factor: 99.5 %}}  # warning: PWR420\n"
GOOD = HALL + "power: {redundancy: 2N, ups: generic/ups-module-250kw, utility: {power_factor: 95 %}}\n"
FILES = {"rack.yaml": RACK}


@stage(reads=("inputs", "supply_branches", "supply_branch_states", "supply_node_states"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The service of the least power factor, where a contract has one."""
    wanted = t.inputs_of("power.utility.power_factor")["value"].drop_nulls()
    least = float(wanted[0]) if len(wanted) else 0.0
    services = t["supply_branches"].filter(kind="source").join(t["supply_branch_states"], on="branch_id", maintain_order="left")
    poor = services.filter((pl.col("power_factor") < least) & solved(t)).with_columns(by=1 - pl.col("power_factor"))
    worst, src = first_of(poor, "by"), line(t, "utility.power_factor")
    factor = pl.col("power_factor").round(3).cast(pl.String)
    text = {"factor": factor, "least": pl.lit(f"{least:.3g}"), "others": others(pl.col("n"))}
    return rows(worst, subject=pl.col("name"), value=pl.col("power_factor"), limit=least, src=src, **text)
