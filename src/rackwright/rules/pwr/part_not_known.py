"""A branch of the power chain names a part that nothing is known of.

What: The `part` or `device_part` of a branch is none of those that the build knows the facts of.
Why: Its voltage, its breaking current, what it withstands and how often it fails are not looked at then, and silence looks like approval.
Fix: A part that the package holds (table `parts`), or its name in the spec, of which the package is then built anew.
Source: Table `parts` of the package.
Limits: A chain made of the words of a spec has none; tables that were edited or made elsewhere may. The first branch is told, with how
many there are.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR441",
    "part-not-known",
    "error",
    "`{part}` of `{subject}` is no part that this package knows, so none of its ratings is looked at{others}",
    label="power chain here",
    help="a part of table `parts`, or name it in the spec and build anew",
)
BAD = HALL + "power: {redundancy: N}  # error: PWR441\n"
GOOD = HALL + "power: {redundancy: N}\n"
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """A breaker of another name."""
    first = int(t["supply_branches"].filter(kind="transformer")["branch_id"][0])
    named = pl.when(pl.col("branch_id") == first).then(pl.lit("mine/breaker-9000a")).otherwise(pl.col("device_part"))
    return t.put({"supply_branches": t["supply_branches"].with_columns(device_part=named)})


@stage(reads=("parts", "supply_branches"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The first branch with such a part, and how many there are."""
    own = t["supply_branches"].select("name", "src", "device_part", "part")
    named = pl.concat([own.select("name", "src", part=c) for c in ("device_part", "part")])
    bad = named.drop_nulls("part").join(t["parts"], on="part", how="anti", maintain_order="left")
    more = f" (first of {bad.height})" if bad.height > 1 else ""
    return rows(bad.head(1), subject=pl.col("name"), value=float(bad.height), limit=0.0, src=pl.col("src"), part=pl.col("part"), others=more)
