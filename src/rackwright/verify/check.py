"""The whole check on one page: tables and observations in; findings, coverage and the work list out."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import polars as pl

from rackwright.base.findings import Finding
from rackwright.schema.tables import Tables
from rackwright.verify.compare import IS_DOWN, NO_NEIGHBOUR, NOT_KNOWN, OK, SILENT, TWICE, UNSEEN, WRONG, Array, Compared, compared
from rackwright.verify.designed import Designed, designed
from rackwright.verify.jobs import jobs
from rackwright.verify.match import matched
from rackwright.verify.observed import Observed
from rackwright.verify.task import stable_id
from rackwright.verify.tell import told
from rackwright.verify.unjudged import thin
from rackwright.verify.walk import Floor
from rackwright.verify.work import Work, work

WORDS = {
    OK: "right", WRONG: "wrong", IS_DOWN: "down", NO_NEIGHBOUR: "no neighbour", SILENT: "silent", TWICE: "contradictory", NOT_KNOWN: "not known",
    UNSEEN: "not seen",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much was seen: ends, those of them known by their device alone, those more with a neighbour that nobody can name, and links by what became
    of them (`WORDS`).
    """

    fabric: str
    ends: int
    ends_seen: int
    by_device: int
    unknown: int
    links: dict[str, int]

    @property
    def share(self) -> float:
        """Ends seen, %."""
        return 100 * self.ends_seen / self.ends if self.ends else 100.0


@dataclass(frozen=True, slots=True)
class Checked:
    """What came out. `coverage` has a row a fabric, and one of all first (fabric empty). `likely`: devices and what are most likely other names of
    theirs.
    """

    findings: list[Finding]
    coverage: list[Coverage]
    work: Work
    strangers: list[tuple[str, int]]
    kinds: dict[str, int]
    likely: list[tuple[str, str]]


def check(t: Tables, seen: Observed, start: str = "", least: float = 0.0) -> Checked:
    """Holds observations against the tables; the walk starts at rack `start`. Fewer ends seen than `least` (%) are a finding."""
    with _unswept():
        return _checked(t, seen, start, least)


def _checked(t: Tables, seen: Observed, start: str, least: float) -> Checked:
    d = designed(t)
    m = matched(d, seen)
    c = compared(d, m)
    floor = Floor(t)
    found = jobs(d, c, _apart(d, floor))
    told_of = ~np.isin(c.status, (OK, UNSEEN, NOT_KNOWN)) | c.twice[0::2] | c.twice[1::2]
    ids = link_ids(d, told_of.nonzero()[0])
    strange_ids = [stable_id(*pair) for pair in c.strange.select("device", "port", "far_device", "far_port").iter_rows()]
    findings = told(d, m, c, found, seen, ids, strange_ids)
    listed = work(d, floor, found, ids, strange_ids, start)
    covered = coverage(d, c)
    if covered[0].share < least:
        findings.append(thin(covered[0].ends_seen, covered[0].ends, least, {r.fabric: r.share for r in covered[1:]}, seen))
    ends = d.devices["end"]
    likely = [(ends[dev], alias) for alias, dev in c.unknown.likely.select("stranger", "dev").iter_rows()]
    return Checked(findings, covered, listed, m.strangers, dict(Counter(f.name for f in findings)), likely)


@contextmanager
def _unswept() -> Iterator[None]:
    """Without the collector of cycles: what is made here has none and lives to the end (a fifth of the time where 100,000 links are wrong)."""
    is_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_on:
            gc.enable()


def link_ids(d: Designed, links: Array) -> dict[int, str]:
    """The stable ids of the designed end pairs of some links (rows), by link."""
    names, ends = d.devices["end"], d.ends.select("dev", "port")
    sides = [ends[2 * links + i].select(names.gather(ends["dev"].gather(2 * links + i)).alias("device"), "port") for i in (0, 1)]
    pairs = zip(*(side.iter_rows() for side in sides), strict=True)
    return {link: stable_id(*a, *b) for link, (a, b) in zip(links.tolist(), pairs, strict=True)}


def coverage(d: Designed, c: Compared) -> list[Coverage]:
    """What was seen of all and of each fabric."""
    links = d.links.select("fabric", status=pl.Series(c.status, dtype=pl.UInt8)).group_by("fabric", "status", maintain_order=True).len()
    ends = d.ends.select("fabric", seen=pl.Series(c.is_seen), alone=pl.Series(c.by_device), unknown=pl.Series(c.unknown.ends & ~c.is_seen))
    sums = ends.group_by("fabric", maintain_order=True).agg(pl.len(), pl.col("seen", "alone", "unknown").sum())
    rows = []
    for fabric, many, seen, alone, unknown in sums.iter_rows():
        own = dict(links.filter(pl.col("fabric") == fabric).select("status", "len").iter_rows())
        rows.append(Coverage(fabric, many, seen, alone, unknown, {w: own.get(code, 0) for code, w in WORDS.items()}))
    every = {w: sum(r.links[w] for r in rows) for w in WORDS.values()}
    many, seen, alone, unknown = (sum(getattr(r, f) for r in rows) for f in ("ends", "ends_seen", "by_device", "unknown"))
    return [Coverage("", many, seen, alone, unknown, every), *rows]


def _apart(d: Designed, floor: Floor) -> Callable[[int, int], int]:
    """Way between two devices along both axes, mm; a rack is nearer than any other, a device nearer still."""
    rack = d.devices["rack_id"].to_list()

    def apart(a: int, b: int) -> int:
        one, two = rack[a], rack[b]
        if a == b:
            return -2
        if one == two or one is None or two is None or floor.racks.is_empty():
            return -1
        return floor.straight(one, two)

    return apart
