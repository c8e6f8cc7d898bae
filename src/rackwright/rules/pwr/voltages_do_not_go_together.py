"""Two places of different voltage, or of AC and DC, are joined by something that converts neither.

What: A branch of the power chain that is no transformer and no rectifier has another nominal voltage at its upstream end than at its downstream
end, or AC at one end and DC at the other.
Why: Impedances count at one voltage and loads at another: fault currents come out hundreds of times too large and every figure behind it is nonsense.
Fix: Correct `voltage_nominal_v` or `is_ac` of the place, or the branch's `kind`, `a_node_id` and `b_node_id`.
Source: What stands at both ends of a conductor has one voltage but for what the conductor loses.
Limits: Nominal voltages within 5 % of one another (400 and 415 V) are not told. A chain made of the words of a spec has none; tables that were edited
or made elsewhere may.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR440",
    "voltages-do-not-go-together",
    "error",
    "`{subject}` is a {kind} from {above} to {below}{others}",
    label="power chain here",
    help="correct the voltage of the place, or the kind and ends of the branch",
)
BAD = HALL + "power: {redundancy: N}  # error: PWR440\n"
GOOD = HALL + "power: {redundancy: N}\n"
FILES = {"rack.yaml": RACK}
TRANSFORMS, RECTIFIES = ("transformer", "rectifier"), ("rectifier",)
APART = 1.05


def plant(t: Tables) -> Tables:
    """One place of a tenth more."""
    tap = int(t["supply_nodes"].filter(kind="tap")["node_id"][0])
    volts = pl.when(pl.col("node_id") == tap).then(pl.col("voltage_nominal_v") * 1.1).otherwise(pl.col("voltage_nominal_v"))
    return t.put({"supply_nodes": t["supply_nodes"].with_columns(volts)})


@stage(reads=("supply_branches", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The first such branch, and how many there are."""
    ends = t["supply_nodes"].select("node_id", "is_ac", volts="voltage_nominal_v")
    found = t["supply_branches"].select("name", "kind", "a_node_id", "b_node_id", "src")
    for end in "ab":
        own = ends.select(pl.col("node_id").alias(f"{end}_node_id"), pl.col("is_ac").alias(f"{end}_is_ac"), pl.col("volts").alias(f"{end}_volts"))
        found = found.join(own, on=f"{end}_node_id", maintain_order="left")
    high, low = pl.max_horizontal("a_volts", "b_volts"), pl.min_horizontal("a_volts", "b_volts")
    apart = ~pl.col("kind").is_in(list(TRANSFORMS)) & (high > low * APART)
    mixed = ~pl.col("kind").is_in(list(RECTIFIES)) & (pl.col("a_is_ac") != pl.col("b_is_ac"))
    bad = found.filter(apart | mixed)
    more = f" (first of {bad.height})" if bad.height > 1 else ""
    above, below = (_of(end) for end in "ab")
    return rows(bad.head(1), subject=pl.col("name"), value=float(bad.height), limit=0.0, src=pl.col("src"), kind=pl.col("kind"), above=above,
                below=below, others=more)  # fmt: skip


def _of(end: str) -> pl.Expr:
    """`415 V AC`."""
    return pl.concat_str([show(pl.col(f"{end}_volts"), "V"), pl.when(f"{end}_is_ac").then(pl.lit(" AC")).otherwise(pl.lit(" DC"))])
