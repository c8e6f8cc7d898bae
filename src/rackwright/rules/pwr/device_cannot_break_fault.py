"""A breaker or fuse meets a fault that it cannot break.

What: The greatest short-circuit current right behind a device, the peak it would close on to, or what flows through it in the discharge of DC
capacitors is beyond its rated breaking or making capacity.
Why: A breaker that opens on more than it can break does not break: it bursts, and the board burns.
Fix: A device of a higher rated breaking capacity, a smaller transformer, or one of more impedance; closed ties and transformers in parallel add up.
For a discharge a fuse that melts sooner, more inductance before it, or less capacitance.
Source: NEC 2023 110.9; IEC 60947-2: Icu, and making capacity as its multiple by table 2, of DC breakers Icu itself (4.3.6.3); faults by IEC 60909
with everything at its greatest, discharges as a circuit of R, L and C (IEC 61660-1).
Limits: Rated voltages are told by PWR436. Backup protection (cascading) by the device above, which makers may list, is not counted.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, device, first_of, line
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR412",
    "device-cannot-break-fault",
    "error",
    "{n} of part `{part}` may {meet} {value}, and {can} {limit}; {device} the worst",
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
        pl.when(whip).then(pl.lit("breaking")).otherwise(pl.col("lacks")),
    )
    return t.put({"supply_devices": t["supply_devices"].with_columns(interrupting_a=able[0], is_interrupting=able[1], lacks=able[2])})


@stage(reads=("inputs", "supply_devices"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each part the device that meets the greatest fault."""
    lacking = t["supply_devices"].filter(~pl.col("is_interrupting")).with_columns(part=pl.col("part").fill_null("by rule"))
    worst = first_of(lacking, "fault_peak_a", "part", "lacks")
    breaks, makes = show(pl.col("fault_max_a").ceil(), "A"), show(pl.col("fault_peak_a").ceil(), "A")
    more = [pl.lit("a device that breaks "), breaks, pl.lit(" or more, or a smaller transformer")]
    peak = [pl.lit("a device that makes "), makes, pl.lit(" or more, which goes with a higher breaking capacity, or a smaller transformer")]
    shot = [pl.lit("a fuse that melts sooner or breaks more, more inductance before it, or a sidecar of less `capacitance`")]
    told = pl.when(pl.col("lacks") == "making").then(pl.concat_str(peak)).when(pl.col("lacks") == "breaking").then(pl.concat_str(more))
    cure = told.otherwise(pl.concat_str(shot))
    is_peak, is_shot = pl.col("lacks") == "making", pl.col("lacks") == "discharge"
    value = pl.when(is_peak).then("fault_peak_a").when(is_shot).then(pl.coalesce("let_through_a", "fault_peak_a")).otherwise("fault_max_a")
    limit = pl.when(is_peak).then("making_a").otherwise("interrupting_a")
    lets = "let through, as capacitors discharge before it has opened,"
    meet = pl.when(is_peak).then(pl.lit("close on to a peak of")).when(is_shot).then(pl.lit(lets)).otherwise(pl.lit("meet a fault of"))
    text = {"part": pl.col("part"), "n": pl.col("n").cast(pl.String), "meet": meet, "device": device(), "help": cure,
            "can": pl.when(is_peak).then(pl.lit("make")).otherwise(pl.lit("break"))}  # fmt: skip
    src = line(t, "transformer", "sidecar", "utility.fault_current")
    return rows(worst, subject=pl.col("name"), value=value.round(0), limit=limit, src=src, **text)
