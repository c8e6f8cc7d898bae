"""One pass over the links of a hall: what the rules of fabrics ask, counted by switch, by pair of switches and by server.

A tally is small beside its links, and those of two sets of links add up to that of both (`plus`), so that a pod that did not change need not be
counted again. Tables it reads: fabrics, fabric_switches, fabric_cables.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.rules.halls import Array, components
from rackwright.schema.links import HOST, LEAF_SPINE, MANAGEMENT, TORUS
from rackwright.schema.tables import Tables

I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]
F64: TypeAlias = NDArray[np.float64]
# Above so many runs of one tier, rows are picked one by one.
_RUNS = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Columns by switch, counted from the first (`n` of them), where nothing else is said. Torus links are left out, and what hangs on circuits.

    down_gbps, up_gbps: speed of the links to its endpoints, and to the tier above (or into another fabric) where it is a leaf. part: lowest switch
    it is joined to over links that can be laid. alien: ends on it of links of another fabric or plane. used (n, ports): ends on each port, 255
    for more. hosts, bare
    (n, rails + 1): endpoints by rail, first those without one; and those of them whose cable cannot be laid. pair: lower switch x n + upper one,
    sorted, for pairs of leaf and spine; links, laid: their links, and those that can be laid. server, low, high: for each fabric by id, its servers,
    sorted, and lowest and highest leaf of each. server_twice: for each fabric, ends on a port of a server beyond the first.
    """

    n: int
    down_gbps: F64
    up_gbps: F64
    part: I32
    alien: I64
    used: NDArray[np.uint8]
    hosts: I64
    bare: I64
    pair: I64
    links: I64
    laid: I64
    server: dict[int, I32]
    low: dict[int, I32]
    high: dict[int, I32]
    server_twice: dict[int, int]

    def plus(self, other: Tally) -> Tally:
        """The tally of the links of both; no link may be in both, and each server's links of a fabric must be in one of them."""
        pair, of = np.unique(np.concatenate((self.pair, other.pair)), return_inverse=True)
        links, laid = (np.bincount(of, np.concatenate((getattr(self, c), getattr(other, c))), pair.size).astype(np.int64) for c in ("links", "laid"))
        nodes = np.arange(self.n, dtype=np.int32)
        part = components(np.concatenate((nodes, nodes)), np.concatenate((self.part, other.part)), self.n)
        used = np.minimum(_wide(self.used, other.used).astype(np.int64) + _wide(other.used, self.used), 255).astype(np.uint8)
        hosts, bare = (_wide(getattr(self, c), getattr(other, c)) + _wide(getattr(other, c), getattr(self, c)) for c in ("hosts", "bare"))
        down, up, alien = self.down_gbps + other.down_gbps, self.up_gbps + other.up_gbps, self.alien + other.alien
        fabrics = sorted({*self.server, *other.server})
        order = {f: np.argsort(_both(self.server, other.server, f), kind="stable") for f in fabrics}
        server, low, high = ({f: _both(getattr(self, c), getattr(other, c), f)[order[f]] for f in fabrics} for c in ("server", "low", "high"))
        twice = {f: self.server_twice.get(f, 0) + other.server_twice.get(f, 0) for f in fabrics}
        return Tally(self.n, down, up, part, alien, used, hosts, bare, pair, links, laid, server, low, high, twice)


def _wide(a: Array, b: Array) -> Array:
    """`a` with as many columns as the wider of both."""
    return np.pad(a, ((0, 0), (0, max(0, b.shape[1] - a.shape[1]))))


def _both(a: dict[int, I32], b: dict[int, I32], fabric: int) -> I32:
    return np.concatenate([x[fabric] for x in (a, b) if fabric in x])


_last: tuple[weakref.ref[pl.DataFrame], weakref.ref[pl.DataFrame], Tally] | None = None


def tally(t: Tables) -> Tally:
    """That of all links. Rules that ask one after the other about the same frames share it."""
    global _last
    cables, switches = t["fabric_cables"], t["fabric_switches"]
    is_whole = t["fabrics"].filter((pl.col("unreached") > 0) | (pl.col("unrouted") > 0)).is_empty()
    if _last is not None and _last[0]() is cables and _last[1]() is switches:
        return _last[2]
    made = counted(cables, switches, is_whole=is_whole)
    _last = weakref.ref(cables), weakref.ref(switches), made
    return made


def counted(cables: pl.DataFrame, switches: pl.DataFrame, *, is_whole: bool = False) -> Tally:
    """Tally of some links (rows of `fabric_cables`) of a hall with these switches. `is_whole`: all can be laid."""
    n = switches.height
    first = int(switches["device_id"].to_numpy().min()) if n else 0
    take = _Taker(cables)
    b, up_b, tiers = take("b_device_id", HOST) - first, take("b_device_id", HOST + 1, TORUS) - first, take("tier", HOST + 1, TORUS)
    up_a = take("a_device_id", HOST + 1, TORUS) - first
    laid = None if is_whole else take("length_stock_mm", HOST + 1, TORUS) >= 0
    speed, up_speed = take("speed_gbps", HOST), take("speed_gbps", HOST + 1, TORUS)
    low = tiers == LEAF_SPINE
    pair, links, laid_links = _pairs(up_a[low], up_b[low], None if laid is None else laid[low], n)
    joined = (up_a, up_b) if laid is None else (up_a[laid], up_b[laid])
    laid_low = None if is_whole else take("length_stock_mm", HOST) >= 0
    hosts, bare = _hosts(b, take("rail", HOST), laid_low, n)
    fabric, a, a_port = take("fabric_id", HOST), take("a_device_id", HOST), take("a_port", HOST)
    lifts = np.flatnonzero((a >= first) & (a_port < MANAGEMENT)) if n else np.zeros(0, np.int64)
    there = lifts if laid_low is None else lifts[laid_low[lifts]]
    joined = np.concatenate((joined[0], a[there] - first)), np.concatenate((joined[1], b[there]))
    homes = {f: _homes(own, a, b, a_port) for f in range(int(fabric.max(initial=-1)) + 1) if (own := fabric == f).any()}
    return Tally(
        n,
        _gbps(b, speed, n),
        _gbps(up_a[low], up_speed[low], n) + _gbps(a[lifts] - first, speed[lifts], n),
        components(*joined, n),
        _aliens(take, switches, first, (up_a, up_b, b)),
        _used(take, (up_a, up_b, b), n, (a[lifts] - first, a_port[lifts])),
        hosts,
        bare,
        pair,
        links,
        laid_links,
        {f: h[0] for f, h in homes.items()},
        {f: h[1] for f, h in homes.items()},
        {f: h[2] for f, h in homes.items()},
        {f: h[3] for f, h in homes.items()},
    )


class _Taker:
    """Columns of the rows of some tiers. Rows of a tier stand together cell by cell, and runs are copied faster than rows."""

    def __init__(self, cables: pl.DataFrame) -> None:
        self.cables = cables
        tier = cables["tier"].to_numpy()
        edges = np.flatnonzero(tier[1:] != tier[:-1]) + 1
        self.starts, self.ends = np.concatenate(([0], edges)), np.concatenate((edges, [tier.size]))
        self.tier = tier[self.starts] if tier.size else tier
        self.all = tier

    def __call__(self, column: str, low: int, high: int | None = None) -> Array:
        """Of tiers `low` up to, without, `high` (None: `low` alone)."""
        end = low + 1 if high is None else high
        values = self.cables[column].to_numpy()
        if self.starts.size > _RUNS:
            return values[np.flatnonzero((self.all >= low) & (self.all < end))]
        own = np.flatnonzero((self.tier >= low) & (self.tier < end)).tolist() if self.all.size else []
        return np.concatenate([values[:0], *(values[self.starts[i] : self.ends[i]] for i in own)])


def _gbps(at: Array, speed: Array, n: int) -> F64:
    """Speed summed by switch; counted where all speeds are one."""
    if speed.size and speed.min() == speed.max():
        return np.asarray(np.bincount(at, minlength=n) * float(speed[0]), np.float64)
    return np.bincount(at, weights=speed, minlength=n).astype(np.float64)


def _pairs(a: Array, b: Array, laid: Array | None, n: int) -> tuple[I64, I64, I64]:
    """Pairs of switches, sorted, with their links and those that can be laid."""
    if not a.size:
        return (np.zeros(0, np.int64),) * 3
    low = np.full(n, np.iinfo(np.int32).max, np.int32)
    np.minimum.at(low, a, b)
    beyond = b - low[a]
    width = int(beyond.max()) + 1
    # the upper switches of a leaf stand close together in all that this program lays out: a table of counts is then smaller than the links
    if n * width <= 8 * a.size:
        cell = a * np.int64(width) + beyond
        count = np.bincount(cell, minlength=n * width)
        at = np.flatnonzero(count)
        pair, links = at // width * n + low[at // width] + at % width, count[at]
    else:
        pair, cell, links = np.unique(a.astype(np.int64) * n + b, return_inverse=True, return_counts=True)
        at = np.arange(pair.size)
    return pair, links, links if laid is None else np.bincount(cell[laid], minlength=int(at[-1]) + 1)[at]


def _hosts(b: Array, rail: Array, laid: Array | None, n: int) -> tuple[I64, I64]:
    """Endpoints of each switch by rail, and those that cannot be laid."""
    width = int(rail.max(initial=-1)) + 2
    key = b * np.int32(width) + (rail + 1)
    hosts = np.bincount(key, minlength=n * width).reshape(n, width)
    return hosts, np.zeros_like(hosts) if laid is None else np.bincount(key[~laid], minlength=n * width).reshape(n, width)


def _homes(own: Array, device: Array, leaf: Array, port: Array) -> tuple[I32, I32, I32, int]:
    """Servers of a fabric, sorted; lowest and highest leaf of each; ends beyond the first on one port."""
    if not own.all():
        device, leaf, port = device[own], leaf[own], port[own]
    base, size = int(device.min()), int(device.max()) - int(device.min()) + 1
    low, high = np.full(size, np.iinfo(np.int32).max, np.int32), np.full(size, -1, np.int32)
    at = device - base
    np.minimum.at(low, at, leaf)
    np.maximum.at(high, at, leaf)
    width = int(port.max()) + 1
    seen = np.zeros(size * width, np.bool_)
    seen[at.astype(np.int64) * width + port] = True
    server = np.flatnonzero(high >= 0)
    return (server + base).astype(np.int32), low[server], high[server], int(device.size - np.count_nonzero(seen))


def _aliens(take: _Taker, switches: pl.DataFrame, first: int, ends: tuple[Array, Array, Array]) -> I64:
    """Ends on each switch of links that are not of its fabric and plane."""
    n = switches.height
    own = np.zeros(n, np.int32)
    own[switches["device_id"].to_numpy() - first] = switches["fabric_id"].to_numpy() * 256 + switches["plane"].to_numpy()
    found = np.zeros(n, np.int64)
    if n and own.min() == own.max():
        return found
    above = take("fabric_id", HOST + 1, TORUS) * np.int32(256) + take("plane", HOST + 1, TORUS)
    below = take("fabric_id", HOST) * np.int32(256) + take("plane", HOST)
    for at, code in zip(ends, (above, above, below), strict=True):
        other = np.flatnonzero(own[at] != code)
        if other.size:
            found += np.bincount(at[other], minlength=n)
    return found


def _used(take: _Taker, ends: tuple[Array, Array, Array], n: int, lifts: tuple[Array, Array]) -> NDArray[np.uint8]:
    """Ends on each port of each switch; `lifts`: switch and port of the uplinks that end in another fabric."""
    ports = (take("a_port", HOST + 1, TORUS), take("b_port", HOST + 1, TORUS), take("b_port", HOST), lifts[1])
    width = max(int(p.max(initial=-1)) + 1 for p in ports)
    keys = [at * np.int32(width) + port for at, port in zip((*ends, lifts[0]), ports, strict=True)]
    seen = np.zeros(n * width, np.uint8)
    for key in keys:
        seen[key] = 1
    if np.count_nonzero(seen) < sum(k.size for k in keys):
        seen = np.minimum(sum(np.bincount(k, minlength=n * width) for k in keys), 255).astype(np.uint8)
    return seen.reshape(n, width)


def single_homed(t: Tables, homes: int) -> pl.DataFrame:
    """Leaves (`at`: counted from the first; fabric_id) that are the only one of some servers, and how many `servers`; of the fabrics that ask for
    so many homes of a server, 1 where they ask for none; a torus, where circuits come and go, is left out. Reads inputs, too.
    """
    path = pl.col("path").str.split(".")
    asked = t["inputs"].filter((path.list.len() == 3) & (path.list.first() == "fabrics") & (path.list.last() == "homing"))
    asked = asked.filter(pl.col("value").fill_null(1) == homes).select(fabric=path.list.get(1))
    c = tally(t)
    made = [pl.DataFrame(schema={"fabric_id": pl.Int32, "at": pl.Int64, "servers": pl.Int64})]
    for fabric in t["fabrics"].filter(pl.col("topology") != "torus").join(asked, on="fabric")["fabric_id"].to_list():
        if fabric in c.server:
            count = np.bincount(c.low[fabric][c.low[fabric] == c.high[fabric]])
            at = np.flatnonzero(count)
            made.append(pl.DataFrame({"fabric_id": np.full(at.size, fabric, np.int32), "at": at, "servers": count[at]}))
    return pl.concat(made)
