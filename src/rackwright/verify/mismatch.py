"""Where most links of a network are wrong, down or without a neighbour, one finding that says so: the whole is to be looked at, and no link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.verify.compare import IS_DOWN, NO_NEIGHBOUR, OK, SILENT, TWICE, WRONG, Compared
from rackwright.verify.designed import Designed
from rackwright.verify.task import together

Array: TypeAlias = NDArray[Any]
SHARE = 0.5  # of the links of a network above which they are told as one
LEAST = 100  # links of it that are so
SLIPPED = 0.9  # share of the wrong links that go where the same number of links further down should


@dataclass(frozen=True, slots=True)
class Flood:
    """`status` that the `links` (bool of each) of some `fabrics` have; `of` how many of their links were seen, of those that are wrong, else how many
    there are; `slip` by how many links the wrong ones are off.
    """

    status: int
    links: Array
    fabrics: tuple[str, ...]
    of: int
    slip: int

    @property
    def count(self) -> int:
        """How many links."""
        return int(self.links.sum())

    @property
    def first(self) -> int:
        """The first link."""
        return int(self.links.argmax())

    @property
    def where(self) -> str:
        """The networks."""
        return together(self.fabrics)


def floods(d: Designed, c: Compared, apart: Array) -> list[Flood]:
    """What is told as one; `apart` (bool of every link) has a finding of its own."""
    rows = d.links.select("fabric", status=pl.Series(c.status, dtype=pl.UInt8), apart=pl.Series(apart))
    status = pl.col("status")
    kinds = (
        (WRONG, status.is_in([OK, WRONG, TWICE])),
        (IS_DOWN, status.is_not_null()),
        (NO_NEIGHBOUR, status.is_not_null()),
        (SILENT, status.is_not_null()),
    )
    made = []
    for code, whole in kinds:
        sums = rows.group_by("fabric", maintain_order=True).agg(n=((status == code) & ~pl.col("apart")).sum(), of=whole.sum())
        many = sums.filter((pl.col("n") >= LEAST) & (pl.col("n") > SHARE * pl.col("of")))
        if many.height:
            links = (c.status == code) & ~apart & rows["fabric"].is_in(many["fabric"].implode()).to_numpy()
            made.append(Flood(code, links, tuple(many["fabric"]), int(many["of"].sum()), _slip(c, links) if code == WRONG else 0))
    return made


def _slip(c: Compared, links: Array) -> int:
    """By how many links most of the wrong ones are off, as where cells of a list were moved up or down; 0 where they are not."""
    own = np.flatnonzero(links)
    goes = c.target[2 * own]
    off = (goes[goes >= 0] // 2) - own[goes >= 0]
    if not len(off):
        return 0
    found, count = np.unique(off, return_counts=True)
    return int(found[count.argmax()]) if count.max() > SLIPPED * len(own) else 0
