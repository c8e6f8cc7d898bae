"""How long the links of a hall are: links of each fabric, tier, speed and cut length, counted part by part of `fabric_cables`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.schema.parts import Ask, First

BANDS = np.array([10_000, 100_000], np.int32)  # mm at which a length has five digits, and six
STEPS = np.array([10, 100, 1000], np.int32)  # mm of the third digit below, between and above them


@dataclass(frozen=True, slots=True, eq=False)
class Lengths:
    """Equal-length columns: links whose cut length begins with the three digits of `length_mm` (-1: no way), sorted by the columns before, and the
    longest of them.
    """

    fabric_id: NDArray[np.int32]
    tier: NDArray[np.uint8]
    speed_gbps: NDArray[np.float32]
    length_mm: NDArray[np.int32]
    longest_mm: NDArray[np.int32]
    links: NDArray[np.int32]


def counted(cables: pl.DataFrame, ids: First, context: None) -> Lengths:
    """Lengths of some links (rows of `fabric_cables`)."""
    fabric, tier, gbps, cut = (cables[name].to_numpy() for name in ("fabric_id", "tier", "speed_gbps", "length_cut_mm"))
    changes = (fabric[1:] != fabric[:-1]) | (tier[1:] != tier[:-1]) | (gbps[1:] != gbps[:-1])
    head = np.flatnonzero(np.r_[True, changes])[: cut.size]  # links of a kind stand in runs
    places, bits = fabric[head].astype(np.int64) << 8 | tier[head], gbps[head].view(np.int32)  # bits rise as positive numbers do
    _, first, of_run = np.unique(places << 32 | bits, return_index=True, return_inverse=True)
    band = (cut >= BANDS[0]).astype(np.int64) + (cut >= BANDS[1])
    step = np.where(cut >= 0, 1000 * band + cut // STEPS[band], -1) + 1
    wide = int(step.max(initial=0)) + 1
    code = np.repeat(of_run, np.diff(head, append=cut.size)) * wide + step
    count, longest = np.bincount(code), np.full(int(code.max(initial=-1)) + 1, -1, np.int32)
    np.maximum.at(longest, code, cut)
    at = np.flatnonzero(count)
    of, most = head[first][at // wide], longest[at]
    digits = np.where(most >= 0, most - most % STEPS[np.searchsorted(BANDS, most, "right")], -1)
    return Lengths(
        fabric[of].astype(np.int32, copy=False),
        tier[of].astype(np.uint8, copy=False),
        gbps[of].astype(np.float32, copy=False),
        digits.astype(np.int32),
        most,
        count[at].astype(np.int32),
    )


LENGTHS = Ask("lengths", (), Lengths, lambda t: None, counted)
