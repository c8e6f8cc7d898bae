"""A breaker or fuse meets a fault that it cannot break.

What: The greatest short-circuit current right behind a device, or the peak it would close on to, is beyond its rated breaking or making capacity.
Why: A breaker that opens on more than it can break does not break: it bursts, and the board burns.
Fix: A device of a higher rated breaking capacity, a smaller transformer, or one of more impedance; closed ties and transformers in parallel add up.
Source: NEC 2023 110.9; IEC 60947-2: Icu, and making capacity as its multiple by table 2; faults by IEC 60909 with everything at its greatest.
Limits: Rated voltages are told by PWR436. Backup protection (cascading) by the device above, which makers may list, is not counted.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, first_of, line
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR412",
    "device-cannot-break-fault",
    "error",
    "{n} of part `{part}` may meet {value}, peak {peak}, and break {limit}; `{subject}` the worst",
    unit="A",
    label="power chain here",
    help="a device that breaks more, or a smaller transformer",
)
BAD = HALL + "power: {redundancy: 2N}  # error: PWR412\n"
GOOD = HALL + "power: {redundancy: 2N}\n"
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """Whips with breakers of 6 kA, as in a house: the chain takes those that break what they may meet."""
    whip = pl.col("current_rated_a") < 100
    able = (
        pl.when(whip).then(6000.0).otherwise(pl.col("interrupting_a")),
        pl.when(whip).then(pl.lit(value=False)).otherwise(pl.col("is_interrupting")),
    )
    return t.put({"supply_devices": t["supply_devices"].with_columns(interrupting_a=able[0], is_interrupting=able[1])})


@stage(reads=("inputs", "supply_devices"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each part the device that meets the greatest fault."""
    lacking = t["supply_devices"].filter(~pl.col("is_interrupting")).with_columns(part=pl.col("part").fill_null("by rule"))
    worst = first_of(lacking, "fault_max_a", "part")
    cure = pl.concat_str([pl.lit("a device that breaks "), show(pl.col("fault_max_a").ceil(), "A"), pl.lit(" or more, or a smaller transformer")])
    text = {"part": pl.col("part"), "peak": show(pl.col("fault_peak_a").round(0), "A"), "n": pl.col("n").cast(pl.String)}
    src = line(t, "transformer", "utility.fault_current")
    return rows(worst, subject=pl.col("name"), value=pl.col("fault_max_a"), limit=pl.col("interrupting_a"), src=src, help=cure, **text)
