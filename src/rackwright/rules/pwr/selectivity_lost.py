"""A fault behind one breaker may open the one above it too, which takes more racks along.

What: Above some current the bands of two devices in series overlap, so that the upper one may open first or with the lower one; more feeds hang on
it.
Why: A short in one whip then is the loss of a busway, and one in a busway that of a board.
Fix: Grade the settings: a longer short time upstream, no instantaneous part there, or a current-limiting device below.
Source: IEC 60947-2 annex A: selectivity by comparison of time-current bands, up to the greatest fault behind the lower device.
Limits: Comparison of bands alone: what makers list as selective by test, energy or zone interlocking is not counted, nor overloads below the least
fault. Pairs of which the upper one takes less than half as many feeds again along are not told, nor ways that only an alternative takes. Pairs with
the same two bands are told as one. Sections of a ring are taken to have line differential protection.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, device, first_of, line, tree
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR415",
    "selectivity-lost",
    "warning",
    "above {value} a fault behind {lower} may open {upper} too, and {limit} can flow: {up} feeds are lost in place of {down}{others}",
    unit="A",
    label="power chain here",
    help="a longer short time for the upper device, or a current-limiting lower one",
)
BAD = HALL + "power: {redundancy: 2N}  # warning: PWR415\noverrides:\n  generic/acb-800a: {instantaneous: 3}\n"
GOOD = HALL + "power: {redundancy: 2N}\n"
FILES = {"rack.yaml": RACK}
MORE = 1.5


@stage(reads=("inputs", "supply_branches", "supply_device_pairs", "supply_devices", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each pair of curves the pair that loses most, where the upper device carries more feeds than the lower one."""
    lost = t["supply_device_pairs"].filter(~pl.col("is_selective") & pl.col("is_normal"))
    hung = tree(t).below((t["supply_nodes"]["kind"] == "rack").to_numpy().astype(np.float64))
    ends = t["supply_branches"].select("branch_id", feeds=pl.Series(hung[t["supply_branches"]["b_node_id"].to_numpy()], dtype=pl.Int64))
    own = t["supply_devices"].join(ends, on="branch_id").select("device_id", "name", "kind", "curve", "feeds", "fault_min_a")
    pairs = lost.join(own, left_on="a_device_id", right_on="device_id").join(own, left_on="b_device_id", right_on="device_id", suffix="_low")
    # equal devices overlap on overloads; what counts is the range of faults
    overload = (pl.col("limit_a") < pl.col("fault_min_a_low")) & (pl.col("margin_s").fill_null(0.0) >= -1e-9)
    pairs = pairs.filter(~overload)
    worst = first_of(pairs.filter(pl.col("feeds") > MORE * pl.col("feeds_low")), "feeds", "curve", "curve_low")
    text = {
        "lower": device("kind_low", "name_low"),
        "upper": device(),
        "up": pl.col("feeds").cast(pl.String),
        "down": pl.col("feeds_low").cast(pl.String),
    }
    pairs_text = (
        pl.when(pl.col("n") > 1).then(pl.concat_str([pl.lit(" ("), pl.col("n").cast(pl.String), pl.lit(" such pairs)")])).otherwise(pl.lit(""))
    )
    return rows(worst, subject=pl.col("name"), value=pl.col("limit_a"), limit=pl.col("fault_a"), src=line(t), others=pairs_text, **text)
