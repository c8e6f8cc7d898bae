"""What the rules of fabrics ask of the links of a hall, counted by switch and by server.

Links are counted part by part of `fabric_cables` (`AtSwitches` and `AtServers`, ids counted from the first host and switch of the part), and what
was counted is put together for the hall (`Tally`): parts that did not change need not be counted again. Tables read: fabric_switches, fabric_cables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.rules.halls import Array, components
from rackwright.schema.links import HOST, LEAF_SPINE, MANAGEMENT, TORUS
from rackwright.schema.parts import Ask, First
from rackwright.schema.tables import Tables

U64: TypeAlias = NDArray[np.uint64]
I16: TypeAlias = NDArray[np.int16]
I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]
F64: TypeAlias = NDArray[np.float64]
PLANES = 256  # a fabric and plane in one number
SWITCH = 1 << 30  # added to a server that is a switch, as hosts of another part may lie before the first of this one


@dataclass(frozen=True, slots=True, eq=False)
class AtSwitches:
    """What is counted of some links by switch; groups of equal-length columns. Torus links are left out.

    Ends by switch (`node`) and `code` of fabric and plane, -1 for uplinks that end in another fabric: how many, `port`, where there is one, -1 where
    there are more, and for these `used`, a bit for each port, the same number of words for all; `root`, the lowest switch that this one is joined
    to over links that can be laid.
    Endpoints by switch and rail (`leaf`, `rail`, `hosts`), those whose cable cannot be laid (`bare`), and their speed (`down_gbps`). Uplinks of a
    switch (`low`): their speed, other switches that they lead to, how many of these can be reached, links that can be laid, fewest and most of
    these to one switch, lowest and highest rack of those that can be reached, counted from the first rack with a switch.
    """

    node: I32
    code: I32
    root: I32
    ends: I32
    port: I32
    used: U64
    leaf: I32
    rail: I16
    hosts: I32
    bare: I32
    down_gbps: F64
    low: I32
    up_gbps: F64
    above: I32
    able: I32
    laid: I32
    least: I32
    most: I32
    up_rack_low: I32
    up_rack_high: I32


@dataclass(frozen=True, slots=True, eq=False)
class AtServers:
    """What is counted of some links by server; groups of equal-length columns.

    Servers of these links (`fabric`, `server`, both rising). Of a fabric, how many of them (`lones`) hang on one leaf alone (`lone_of`, `lone`), and
    how many (`nears`) on several that all stand in one rack (`near_of`, `near`), counted from the first rack with a switch. Ends on a port of a
    server beyond the first (`twice_of`, `twice`).
    """

    fabric: I32
    server: I32
    lone_of: I32
    lone: I32
    lones: I32
    near_of: I32
    near: I32
    nears: I32
    twice_of: I32
    twice: I32


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Columns by switch, counted from the first (`n` of them), where nothing else is said. Torus links are left out, and what hangs on circuits.

    down_gbps, up_gbps: speed of the links to its endpoints, and to the tier above (or into another fabric) where it is a leaf. part: lowest switch
    it is joined to over links that can be laid. alien: ends on it of links of another fabric or plane. over: ends on its ports beyond the first on
    each. hosts, bare (n, rails + 1): endpoints by rail, first those without one; and those of them whose cable cannot be laid. above: other
    switches that a leaf has links to; able: those with a link that can be laid; laid: such links; least, most: fewest and most of them to one;
    up_rack_low, up_rack_high: lowest and highest rack of those that are able (-1: none). For each fabric by id that has
    any: lone, how many servers have a leaf as their only one, by leaf; near, how many have several, all in one rack, by rack; server_twice, ends on a
    port of a server beyond the first.
    """

    n: int
    down_gbps: F64
    up_gbps: F64
    part: I32
    alien: I64
    over: I64
    hosts: I64
    bare: I64
    above: I64
    able: I64
    laid: I64
    least: I64
    most: I64
    up_rack_low: I64
    up_rack_high: I64
    lone: dict[int, I64]
    near: dict[int, I64]
    server_twice: dict[int, int]


_READ = ("fabric_id", "plane", "rail", "a_device_id", "a_port", "b_device_id", "b_port", "speed_gbps", "length_stock_mm")


def first_switch(switches: pl.DataFrame) -> int:
    """The lowest device id of switches; beyond all devices where there is none."""
    return int(switches["device_id"].to_numpy().min()) if switches.height else np.iinfo(np.int32).max


def racks_of(switches: pl.DataFrame) -> tuple[int, I32]:
    """The first switch, and the rack of each, counted from the first rack with a switch."""
    rack = switches["rack_id"].to_numpy().astype(np.int32)[np.argsort(switches["device_id"].to_numpy(), kind="stable")]
    return first_switch(switches), rack - rack.min(initial=np.iinfo(np.int32).max)


def at_switches(cables: pl.DataFrame, ids: First, at: tuple[int, I32]) -> AtSwitches:
    """Counts of some links (rows of `fabric_cables`), switches counted from the first of all; `at` is from `racks_of`."""
    first, rack = at
    tier = cables["tier"].to_numpy()
    c = {name: cables[name].to_numpy() for name in _READ}
    low, up = np.flatnonzero(tier == HOST), np.flatnonzero((tier > HOST) & (tier < TORUS))
    laid = c["length_stock_mm"] >= 0
    a, b = c["a_device_id"], c["b_device_id"] - first
    lifts = low[(a[low] >= first) & (c["a_port"][low] < MANAGEMENT)]
    up_a, up_b, down, lift = a[up] - first, b[up], b[low], a[lifts] - first
    code = c["fabric_id"] * np.int32(PLANES) + c["plane"]
    node, of_node, of = _grouped(
        np.concatenate((up_a, up_b, down, lift)), np.concatenate((code[up], code[up], code[low], np.full(len(lifts), -1, np.int32)))
    )
    ends, port, used = _used(of, np.concatenate((c["a_port"][up], c["b_port"][up], c["b_port"][low], c["a_port"][lifts])), len(node))
    rising, gbps, steps = _uplinks(a - first, b, up[tier[up] == LEAF_SPINE], lifts, laid, c["speed_gbps"], rack)
    joined = np.concatenate((up, lifts))
    own = joined[laid[joined]]
    root = components(a[own] - first, b[own], int(node.max(initial=-1)) + 1)[node]
    hosts = _hosts(down, c["rail"][low], laid[low], c["speed_gbps"][low])
    return AtSwitches(node.astype(np.int32), of_node.astype(np.int32), root, ends, port, used, *hosts, rising, gbps, *steps)


def at_servers(cables: pl.DataFrame, ids: First, at: tuple[int, I32]) -> AtServers:
    """Counts of some links (rows of `fabric_cables`), hosts counted from the first of `ids` and switches from the first of all; `at` is from
    `racks_of`.
    """
    first, rack = at
    low = np.flatnonzero(cables["tier"].to_numpy() == HOST)
    fabric, a, port, leaf = (cables[name].to_numpy()[low] for name in ("fabric_id", "a_device_id", "a_port", "b_device_id"))
    return _homes(fabric, np.where(a >= first, a - first + SWITCH, a - ids[0]), leaf - first, port, rack)


def _stands(t: Tables) -> tuple[int, I32]:
    return racks_of(t.columns("fabric_switches", "device_id", "rack_id"))


SWITCHES = Ask("tally of switches", ("fabric_switches",), AtSwitches, _stands, at_switches)
SERVERS = Ask("tally of servers", ("fabric_switches",), AtServers, _stands, at_servers)


def _grouped(major: Array, minor: Array) -> tuple[I64, I64, I64]:
    """Pairs of numbers that occur, sorted, and the place of each pair given among them."""
    if not major.size:
        return (np.zeros(0, np.int64),) * 3
    least, base = int(major.min()), int(minor.min())
    wide = int(minor.max()) - base + 1
    key = (major - least) * np.int64(wide) + (minor - base)
    size = (int(major.max()) - least + 1) * wide
    if size > 16 * key.size:
        there, of = np.unique(key, return_inverse=True)
    else:  # numbers stand close together in all that this program lays out
        is_there = np.zeros(size, np.bool_)
        is_there[key] = True
        there, of = np.flatnonzero(is_there), (np.cumsum(is_there) - 1)[key]
    return there // wide + least, there % wide + base, of


def _used(place: I64, port: Array, size: int) -> tuple[I32, I32, U64]:
    """Ends at each of `size` places; the port of those with one end, -1 for others; ports of these others as bits, row after row."""
    ends, lone = np.bincount(place, minlength=size).astype(np.int32), np.full(size, -1, np.int32)
    lone[place] = port
    lone[ends > 1] = -1
    row, many = np.cumsum(ends > 1) - 1, np.flatnonzero(ends[place] > 1)
    seen = np.zeros((int((ends > 1).sum()), -(-(int(port.max(initial=0)) + 1) // 64) * 64), np.bool_)
    seen[row[place[many]], port[many]] = True
    return ends, lone, np.packbits(seen, axis=1, bitorder="little").view(np.uint64).ravel()


def _hosts(leaf: I32, rail: Array, laid: Array, speed: Array) -> tuple[I32, I16, I32, I32, F64]:
    """Endpoints by leaf and rail, those that cannot be laid, and their speed."""
    at, of_rail, of = _grouped(leaf, rail)
    hosts, bare, gbps = (np.bincount(of, weights, len(at)) for weights in (None, ~laid, speed))
    return at.astype(np.int32), of_rail.astype(np.int16), hosts.astype(np.int32), bare.astype(np.int32), gbps.astype(np.float64)


def _uplinks(a: I32, b: I32, up: I64, lifts: I64, laid: Array, speed: Array, rack: I32) -> tuple[I32, F64, Array]:
    """By lower switch: speed upwards, and switches above, those that can be reached, links that can be laid, fewest and most of these to one, lowest
    and highest rack of those that can be reached.
    """
    rising = np.concatenate((up, lifts))
    gbps = np.bincount(a[rising], speed[rising]).astype(np.float64)
    low = np.flatnonzero(np.bincount(a[rising]))
    leaf, above, of = _grouped(a[up], b[up])
    links = np.bincount(of, laid[up], len(leaf)).astype(np.int32)
    start = np.flatnonzero(np.r_[True, leaf[1:] != leaf[:-1]]) if len(leaf) else np.zeros(0, np.int64)
    at, made = np.searchsorted(low, leaf[start]), np.zeros((7, len(low)), np.int32)
    made[5:] = -1
    if len(leaf):
        made[0, at] = np.diff(np.append(start, len(leaf)))
        made[5:, at] = _racks(leaf, rack[above], start, links > 0)
        for row, (ufunc, values) in enumerate(((np.add, links > 0), (np.add, links), (np.minimum, links), (np.maximum, links)), 1):
            made[row, at] = ufunc.reduceat(values.astype(np.int32), start)
    return low.astype(np.int32), gbps[low], made


def _racks(leaf: I64, rack: I32, start: I64, is_able: Array) -> Array:
    """Lowest and highest rack of the pairs of each leaf that are able, (2, leaves); -1 where none is."""
    most = np.iinfo(np.int32).max
    low, high = np.minimum.reduceat(np.where(is_able, rack, most), start), np.maximum.reduceat(np.where(is_able, rack, -1), start)
    return np.stack([np.where(high >= 0, low, -1), high])


def _homes(fabric: I32, server: I32, leaf: I32, port: Array, rack: I32) -> AtServers:
    """Of ends on servers, each with its leaf; `rack` of each leaf."""
    of_fabric, own, of = _grouped(fabric, server)
    ends = []
    for at in (leaf, rack[leaf]):
        low, high = np.full(len(own), np.iinfo(np.int32).max, np.int32), np.full(len(own), -1, np.int32)
        np.minimum.at(low, of, at)
        np.maximum.at(high, of, at)
        ends.append((low, high))
    (low, high), (rack_low, rack_high) = ends
    made: list[Array] = [of_fabric, own]
    for chosen, place in ((low == high, low), ((low != high) & (rack_low == rack_high), rack_low)):
        fabrics, places, pair = _grouped(of_fabric[chosen], place[chosen])
        made += [fabrics, places, np.bincount(pair, minlength=len(fabrics))]
    once, _, _ = _grouped(of, port)
    twice = np.bincount(fabric) - np.bincount(of_fabric[once], minlength=int(fabric.max(initial=-1)) + 1)
    some = np.flatnonzero(twice)
    return AtServers(*(column.astype(np.int32) for column in (*made, some, twice[some])))


def summed(by_switch: Sequence[AtSwitches], by_server: Sequence[AtServers], hosts_first: Sequence[int], switches: pl.DataFrame) -> Tally | None:
    """The tally of all links from the counts of parts of them, each with the id that its hosts are counted from; None where the uplinks of a switch,
    or the links of a server in a fabric, lie in two of them.
    """
    standing = _standing_of(switches)
    of_switches, of_servers = _by_switch(by_switch, standing), _by_server(by_server, hosts_first, standing)
    return None if of_switches is None or of_servers is None else Tally(**of_switches, **of_servers)


_OF_SWITCHES = tuple(f.name for f in fields(AtSwitches))
_OF_SERVERS = tuple(f.name for f in fields(AtServers)[2:])
_switches_of: Callable[[AtSwitches], tuple[Array, ...]] = attrgetter(*_OF_SWITCHES)
_servers_of: Callable[[AtServers], tuple[Array, ...]] = attrgetter(*_OF_SERVERS)


@dataclass(frozen=True, slots=True, eq=False)
class _Standing:
    """Switches in the order of their ids: fabric and plane of each in one number; the lowest rack of all, and the first id, 0 where there is none."""

    own: I32
    rack: int
    first: int


def _standing_of(switches: pl.DataFrame) -> _Standing:
    own, first = np.zeros(switches.height, np.int32), first_switch(switches) if switches.height else 0
    own[switches["device_id"].to_numpy() - first] = switches["fabric_id"].to_numpy() * PLANES + switches["plane"].to_numpy()
    return _Standing(own, int(switches["rack_id"].min() or 0), first)  # type: ignore[arg-type]


def _by_switch(counts: Sequence[AtSwitches], standing: _Standing) -> dict[str, Any] | None:
    """Columns of a tally by switch."""
    parts = [_switches_of(p) for p in counts]
    own, n, c = standing.own, len(standing.own), {name: np.concatenate([p[i] for p in parts]) for i, name in enumerate(_OF_SWITCHES)}
    if np.bincount(c["low"], minlength=1).max() > 1:
        return None
    alien = np.flatnonzero((c["code"] >= 0) & (own.take(c["node"]) != c["code"]))
    width = int(c["rail"].max(initial=-1)) + 2
    key, size = c["leaf"].astype(np.int64) * width + (c["rail"] + 1), n * width
    hosts, bare = (np.bincount(key, c[name], size).astype(np.int64).reshape(n, width) for name in ("hosts", "bare"))
    rack = standing.rack + 1
    return {
        "n": n,
        "down_gbps": np.bincount(c["leaf"], c["down_gbps"], n).astype(np.float64),
        "part": components(c["node"], c["root"], n),
        "alien": np.bincount(c["node"][alien], c["ends"][alien], n).astype(np.int64),
        "over": np.bincount(c["node"], c["ends"], n).astype(np.int64) - _taken(parts, c, n),
        "hosts": hosts,
        "bare": bare,
        **{name: _at(c["low"], c[name], n) for name in ("up_gbps", "above", "able", "laid", "least", "most")},
        **{name: _at(c["low"], np.where(c[name] >= 0, c[name] + rack, 0), n) - 1 for name in ("up_rack_low", "up_rack_high")},
    }


def _by_server(parts: Sequence[AtServers], hosts_first: Sequence[int], standing: _Standing) -> dict[str, Any] | None:
    """Columns of a tally by server."""
    own = [(p, first) for p, first in zip(parts, hosts_first, strict=True) if p.server.size]
    heads = np.array([(p.fabric[0], p.fabric[-1], p.server[0], p.server[-1], first) for p, first in own], np.int64).reshape(-1, 5).T
    begins, ends = _server_keys(heads[:2], heads[2:4], heads[4], standing)
    if (begins[1:] <= ends[:-1]).any():  # units do not stand in the order of their hosts
        key = np.concatenate([_server_keys(p.fabric, p.server, np.int64(first), standing) for p, first in own])
        if np.unique(key).size < key.size:
            return None
    c = {name: np.concatenate(column) for name, column in zip(_OF_SERVERS, zip(*map(_servers_of, parts), strict=True), strict=True)}
    return {
        "lone": _of_fabrics(c["lone_of"], c["lone"], c["lones"]),
        "near": _of_fabrics(c["near_of"], c["near"] + np.int32(standing.rack), c["nears"]),
        "server_twice": {f: int(n.sum()) for f, n in _of_fabrics(c["twice_of"], np.zeros_like(c["twice_of"]), c["twice"]).items()},
    }


def _of_fabrics(fabric: I32, place: I32, count: I32) -> dict[int, I64]:
    """Counts by place, for each fabric that has any."""
    each = np.flatnonzero(np.bincount(fabric)).tolist() if fabric.size else []
    return {f: np.bincount(place[fabric == f], count[fabric == f]).astype(np.int64) for f in each}


def _server_keys(fabric: Array, server: Array, hosts_first: Array | np.int64, standing: _Standing) -> I64:
    """Fabric and device id of servers of a part in one number, which rises along the part: switches have ids beyond all hosts."""
    device = np.where(server >= SWITCH // 2, server - SWITCH + standing.first, server + hosts_first)
    return fabric.astype(np.int64) << 32 | device.astype(np.int64)


def _at(place: I32, values: Array, n: int) -> Array:
    """Values at their places, which are all different, and nothing between."""
    made = np.zeros(n, np.float64 if values.dtype.kind == "f" else np.int64)
    made[place] = values
    return made


def _taken(parts: Sequence[Sequence[Array]], c: dict[str, Array], n: int) -> I64:
    """Ports in use of each switch."""
    node, port, used_bits = (_OF_SWITCHES.index(name) for name in ("node", "port", "used"))
    many = [p[node][p[port] < 0] for p in parts]
    wide = [p[used_bits].size // max(own.size, 1) for p, own in zip(parts, many, strict=True)]
    words = max(int(c["port"].max(initial=0)) // 64 + 1, *wide)
    used = np.zeros((words, n), np.uint64)
    for each, own, count in zip(parts, many, wide, strict=True):
        for word, bits in enumerate(each[used_bits].reshape(own.size, count).T):
            np.bitwise_or.at(used[word], own, bits)
    lone = np.zeros((n, words * 64), np.bool_)
    lone[c["node"][c["port"] >= 0], c["port"][c["port"] >= 0]] = True
    used |= np.packbits(lone, axis=1, bitorder="little").view(np.uint64).T
    return np.asarray(np.bitwise_count(used).sum(axis=0, dtype=np.int64))


def tally(t: Tables) -> Tally:
    """That of all links; rules that ask for it share it."""
    return t.derived(_tallied)


def _tallied(t: Tables) -> Tally:
    of_switches, of_servers = t.derived(_switch_sums), t.derived(_server_sums)
    if of_switches is not None and of_servers is not None:
        return Tally(**of_switches, **of_servers)
    switches = t["fabric_switches"]  # a leaf or a server has links in several parts
    cables, stands = t["fabric_cables"], racks_of(switches)
    made = summed([at_switches(cables, (0, 0), stands)], [at_servers(cables, (0, 0), stands)], [0], switches)
    assert made is not None
    return made


# In steps of their own, as what is counted by switch stays when ids move and when servers change.
def _switch_sums(t: Tables) -> dict[str, Any] | None:
    return _by_switch(t.asked("fabric_cables", SWITCHES), t.derived(_standing))


def _server_sums(t: Tables) -> dict[str, Any] | None:
    first = [p.first[0] for p in t.parts("fabric_cables").each]
    return _by_server(t.asked("fabric_cables", SERVERS), first, replace(t.derived(_standing), first=first_switch(t["fabric_switches"])))


def _standing(t: Tables) -> _Standing:
    return replace(_standing_of(t["fabric_switches"]), first=0)
