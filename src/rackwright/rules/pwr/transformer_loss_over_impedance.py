"""A transformer whose load loss asks for more resistance than its whole impedance.

What: Load loss over rated power is the resistance of a transformer in per unit, and it is above the impedance that the part states.
Why: No reactance is left: fault currents behind it are those of a resistance that does not exist, and one of the two figures is wrong.
Fix: Correct `loss_load` or `impedance` of the part; a transformer of 2,500 kVA loses some 20 kW at full load.
Source: z^2 = r^2 + x^2 of the series impedance (IEC 60076-1): r = P_load / S_rated.
Limits: Values that are unusual but possible are not judged.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, line
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR442",
    "transformer-loss-over-impedance",
    "error",
    "`{subject}` loses {loss} at full load, which is a resistance of {value}, and its whole impedance is {limit}",
    unit="1",
    label="power chain here",
    help="correct `loss_load` or `impedance` of the part",
)
BAD = (
    HALL
    + """\
power: {redundancy: N, transformer: generic/transformer-dry-1000kva}  # error: PWR442
overrides: {generic/transformer-dry-1000kva: {loss_load: 100 kW}}
"""
)
GOOD = BAD.replace("100 kW", "10 kW").replace("  # error: PWR442", "")
FILES = {"rack.yaml": RACK}


@stage(reads=("inputs", "part_facts", "supply_branches"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Every such part of a transformer of the chain."""
    parts = t["supply_branches"].filter(kind="transformer")["part"].drop_nulls().unique().sort().to_list()
    own = [(p, *(t.fact(p, f) or 0.0 for f in ("loss_load", "power_rated", "impedance"))) for p in parts]
    columns = {"part": pl.String, "loss": pl.Float64, "rated": pl.Float64, "z": pl.Float64}
    found = pl.DataFrame(own, schema=columns, orient="row").with_columns(r=pl.col("loss") / pl.col("rated"))
    bad = found.filter((pl.col("rated") > 0) & (pl.col("z") > 0) & (pl.col("r") > pl.col("z")))
    src = line(t, "transformer", "substation.part")
    return rows(bad, subject=pl.col("part"), value=pl.col("r"), limit=pl.col("z"), src=src, loss=show(pl.col("loss"), "W"))
