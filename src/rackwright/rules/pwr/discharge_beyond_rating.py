"""A DC fuse limits a discharge whose peak is beyond its rated breaking current.

What: Right behind a fuse the capacitors of a converter discharge with a peak of more than the fuse is rated to break. By its pre-arcing I2t it melts
before that peak, and what it lets through by then is within its rating.
Why: The rating is one of prospective current. That a fuse which melts on the rise also breaks a discharge beyond it is likely and not proven: only a
test of its maker on capacitors tells.
Fix: A fuse rated for the peak, or the maker's word for this voltage, capacitance and inductance; more inductance before it, or less capacitance.
Source: IEC 60269-1: rated breaking capacity as prospective current; IEC 60269-4 annex on fuses for converters; discharge as a circuit of R, L and C
(IEC 61660-1), I2t from the fuse's own curve at its slowest.
Limits: The loop inside a sidecar is our estimate unless its part gives it. What is let through beyond the rating is PWR412's.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.pwr.sidecars_without_places import BAD as FEW
from rackwright.rules.pwr.sidecars_without_places import FILES as RACKS
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import device, first_of, line, others
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR427",
    "discharge-beyond-rating",
    "info",
    "{device} is rated to break {limit}, and capacitors discharge with a peak of {value} after {when} there: it melts after {melt} and lets "
    "{through} through{others}",
    unit="A",
    label="power chain here",
    help="a fuse rated for the peak, or its maker's word for this discharge; more inductance before it, or a sidecar of less `capacitance`",
)
BAD = (
    FEW.replace("places: 11", "places: 20").replace("warning: PWR423", "info: PWR427")
    + "overrides:\n  ocp/diablo-400: {capacitance: 0.02}\n  generic/fuse-dc-1000v-125a: {breaking_current: 50 kA}\n"
)
GOOD = BAD.replace("capacitance: 0.02", "capacitance: 0.001").replace("  # info: PWR427", "")
FILES = RACKS


@stage(reads=("fault_levels", "inputs", "supply_devices"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each part the fuse with the greatest peak."""
    when = t["fault_levels"].select("node_id", "time_peak_s")
    is_beyond = pl.col("fault_peak_a") > pl.col("interrupting_a")
    beyond = t["supply_devices"].filter(pl.col("is_interrupting") & pl.col("melt_s").is_not_null() & is_beyond)
    worst = first_of(beyond.join(when, on="node_id", maintain_order="left"), "fault_peak_a", "part")
    text = {"device": device(), "through": show(pl.col("let_through_a").round(0), "A"), "others": others(pl.col("n")),
            "when": _micro("time_peak_s"), "melt": _micro("melt_s")}  # fmt: skip
    return rows(worst, subject=pl.col("name"), value=pl.col("fault_peak_a").round(0), limit=pl.col("interrupting_a"), src=line(t, "sidecar"), **text)


def _micro(seconds: str) -> pl.Expr:
    return pl.concat_str([(pl.col(seconds) * 1e6).round(0).cast(pl.Int64).cast(pl.String), pl.lit(" us")])
