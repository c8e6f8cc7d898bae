"""What a tray takes with it: for every segment, whose links of a fabric all run through it, and whose links of both sides meet in it.

Devices whose links take the same paths are one group, so that nothing is walked per cable: a campus of three million has some thousand groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.build.hall.ground import Ground
from rackwright.build.hall.trays import side_of
from rackwright.build.hall.wire import Wired
from rackwright.build.paths import NO_PATH, expand_paths
from rackwright.schema.links import HOST, LEAF_SPINE

I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]
Rows: TypeAlias = tuple[I64, I64, I64]
LEAF = 1 << 30
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, eq=False)
class Lost:
    """What trays take with them of some links of a fabric, equal-length columns: `tier`, `tray`, `devices` that lose all links of that tier, and
    those whose links of sides A and B meet there (`shared`).

    `places`: racks of the endpoints that these links join, with `LEAF` added the leaves by their number in the hall, and with twice that the switches
    that are endpoints here, as of a management network. `paths`: path ids of the links. Both rising.
    """

    tier: NDArray[np.uint8]
    tray: I32
    devices: I64
    shared: I64
    places: I64
    paths: I32


def tray_losses(ground: Ground, wired: Wired, which: int, links: pl.DataFrame, rack_of: I32) -> Lost:
    """What a tray takes with it of those links of a fabric, of endpoints and of leaves; spines are many. `rack_of` each device."""
    tier, plane, path, device = (links[c].to_numpy() for c in ("tier", "plane", "path_id", "a_device_id"))
    lower, upper = (links[c].to_numpy() - (ground.switch_first + int(ground.stand.first[which])) for c in ("a_device_id", "b_device_id"))
    none = np.empty(0, np.int64)
    made, places = [(none, none, none, none)], [none]
    for level in (HOST, LEAF_SPINE):
        own = np.flatnonzero((tier == level) & (path != NO_PATH))
        if not len(own):
            continue
        ends = np.unique(device[own], return_index=True)[0].astype(np.int64)  # by runs, which is faster
        switch = ends - ground.switch_first + (2 * LEAF if level == HOST else LEAF)
        places.append(np.where(ends >= ground.switch_first, switch, rack_of[ends]))
        side = side_of(wired, plane[own], (upper if level == HOST else lower)[own])
        tray, lost, shared = losses(ground, device[own].astype(np.int64), path[own], side.astype(np.int64))
        told = np.flatnonzero((lost > 0) | (shared > 0))
        made.append((np.full(len(told), level, np.int64), tray[told], lost[told], shared[told]))
    level_of, tray, lost, shared = (np.concatenate([m[i] for m in made]) for i in range(4))
    heads = path[np.diff(path, prepend=np.int32(NO_PATH - 1)) != 0]  # cables of one path mostly stand together
    return Lost(level_of.astype(np.uint8), tray.astype(np.int32), lost, shared, np.unique(np.concatenate(places)), np.unique(heads))


def summed(parts: Sequence[Lost]) -> pl.DataFrame | None:
    """Rows of table `tray_losses` of a fabric from those of its cells; None where the links of a device may lie in two of them."""
    places = np.concatenate([p.places for p in parts]) if parts else np.empty(0, np.int64)
    if len(np.unique(places)) < len(places):
        return None
    names = {"tray_id": "tray", "tier": "tier", "devices": "devices", "shared": "shared"}
    whole = pl.DataFrame({new: np.concatenate([getattr(p, old) for p in parts]) for new, old in names.items()}) if parts else pl.DataFrame()
    return whole.group_by("tray_id", "tier").agg(pl.col("devices", "shared").sum()) if whole.height else whole


def losses(ground: Ground, device: I64, path: NDArray[np.int32], side: I64) -> Rows:
    """Of links from devices, each with a path and a side (0 or 1): trays, devices with all links in each, devices with both sides in it."""
    key = (path.astype(np.int64) << 1 | side).astype(np.uint64) * _MIX
    key ^= key >> np.uint64(29)
    key *= np.uint64(0xBF58476D1CE4E5B9)
    device = device - device.min()
    print_of = np.zeros(int(device.max()) + 1, np.uint64)
    np.add.at(print_of, device, key)
    is_here = np.zeros(len(print_of), bool)
    is_here[device] = True
    here = np.flatnonzero(is_here)
    _, first, size = np.unique(print_of[here], return_index=True, return_counts=True)
    group = np.full(len(print_of), -1, np.int64)
    group[here[first]] = np.arange(len(first))
    own = np.flatnonzero(group[device] >= 0)
    bit = ground.paths.bits * 2 + 3  # a path id, and those below zero
    told = np.unique(((group[device[own]] << bit) + path[own].astype(np.int64) + 2) * 2 + side[own])
    of_group, name, of_side = told >> (bit + 1), (told >> 1 & (1 << bit) - 1) - 2, told & 1
    ids, which = np.unique(name.astype(np.int32), return_inverse=True)
    number, edge, _ = expand_paths(ground.paths, ids)
    start = np.searchsorted(number, np.arange(len(ids) + 1))
    count = np.diff(start)[which]
    each = np.repeat(np.arange(len(told)), count)
    at = np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count) + start[which][each]
    edges = len(ground.paths.ways.a)
    cell, back = np.unique(of_group[each] * edges + edge[at], return_inverse=True)
    through = np.bincount(back, minlength=len(cell))
    second = np.bincount(back, weights=of_side[each], minlength=len(cell)).astype(np.int64)
    total = np.bincount(of_group, minlength=len(first))
    tray, whose = cell % edges, cell // edges
    trays, back = np.unique(tray, return_inverse=True)
    lost, shared = (
        np.bincount(back, weights=size[whose] * hit, minlength=len(trays)).astype(np.int64)
        for hit in (through == total[whose], (second > 0) & (second < through))
    )
    return trays, lost, shared


def path_segments(ground: Ground, paths: NDArray[np.int32]) -> pl.DataFrame:
    """Table `path_segments`: the trays of each of these path ids, in the order from the lower-numbered end. Ids may repeat."""
    ids = np.unique(paths)
    ids = ids[ids >= 0]
    number, edge, is_back = expand_paths(ground.paths, ids)
    start = np.searchsorted(number, np.arange(len(ids) + 1))
    step = np.arange(len(number)) - start[number]
    return pl.DataFrame({"path_id": ids[number], "step": step.astype(np.int32), "tray_id": edge, "is_reverse": is_back})
