"""A hall grown from one that stands: racks keep their places, switches their rack and unit, and links their ports, as far as the new plan has them.

What is the same thing is told by names: racks by hall, design and scalable unit in their order; switches by fabric, tier, unit, plane, rail and
index; devices of a rack by their number in the design. What is new goes to places that are free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.build import floor
from rackwright.build.fabrics.fabric import Switches
from rackwright.build.fabrics.standing import Old, relaid
from rackwright.build.hall.ends import host_side
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.site import Site
from rackwright.build.hall.stand import Stand
from rackwright.build.hall.units import count_dealt, units
from rackwright.build.hall.unlike import of_hall, pod_first
from rackwright.build.hall.wire import Wired
from rackwright.schema.links import HOST
from rackwright.schema.tables import Tables
from rackwright.spec.hall import HallSpec

I64: TypeAlias = NDArray[np.int64]
READS = (
    "halls", "hall_racks", "designs", "design_devices", "nic_ports", "fabrics", "fabric_switches", "fabric_cables", "inputs", "switch_addresses",
    "address_pools",
)  # fmt: skip
_PORTS = 20  # bits of a port number in keys of ends


@dataclass(frozen=True, slots=True)
class Gone:
    """A rack that stands at a place which the new floor does not have."""

    hall: int
    row: int
    place: int
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Grown:
    """What stands, in numbers of the new hall; -1 where a thing is gone. `rack`: new rack of each old one; `switch`: new switch (counted over all
    fabrics) of each old one; `pods`: old number of each new scalable unit, new ones after them.
    """

    old: Tables
    site: Site
    stand: Stand
    rack: I64
    switch: I64
    pods: I64


def grown(spec: HallSpec, old: Tables, wired: Sequence[Wired], site: Site, stand: Stand, tall: I64) -> Grown | list[Gone]:
    """Racks and switches where they stand, or those whose place is gone.

    Args:
        spec: the new hall.
        old: tables `READS` of the package of the hall as it stands.
        wired: new fabrics.
        site: new racks as they would be placed on an empty floor.
        stand: new switches as they would stand.
        tall: height of each new switch, units.
    """
    pods = _pods(spec, old)
    rack = _racks(spec, old, site, pods)
    switch = _switches(old, wired, pods)
    first_rack = _first_switch_rack(old)
    laid = _stood(spec, old, stand, switch, tall, first_rack)
    to = np.where(rack >= 0, rack, -1)
    to[first_rack:] = _switch_racks(old, first_rack, stand, laid, site.compute)
    placed = _placed(old, site, laid, to)
    if not isinstance(placed, Site):
        return placed
    back = np.full(int(max(pods.max(initial=-1) + 1, placed.pod.max(initial=-1) + 1)), -1, np.int64)
    known = np.flatnonzero(pods >= 0)
    back[pods[known]] = known
    fresh = back < 0
    back[fresh] = _after(old, pods) + np.arange(fresh.sum())
    return Grown(old, placed, laid, to, switch, back)


def _after(old: Tables, pods: I64) -> int:
    """First number for units that are new, after every number that was ever given."""
    given = old["switch_addresses"]["pod"].max() if old["switch_addresses"].height else -1
    return max(len(pods), int(given) + 1)  # type: ignore[arg-type]


def _pods(spec: HallSpec, old: Tables) -> I64:
    """New scalable unit of each old one. Units that racks are dealt to keep their number in the hall, a group's own unit goes with the group."""
    racks = old["hall_racks"].filter(pl.col("pod").is_not_null())
    hall_of = racks.group_by("pod").agg(pl.col("hall_id").first()).sort("pod")["hall_id"].to_numpy().astype(np.int64)
    first = pod_first(spec)
    made = np.full(len(hall_of), -1, np.int64)
    for hall in range(min(int(hall_of.max(initial=-1)) + 1, spec.halls)):
        here, one = np.flatnonzero(hall_of == hall), of_hall(spec, hall)
        was, mine = _own_units(old, hall), [g for g, r in one.racks.items() if r.unit == 0 and r.count]
        dealt, dealt_old = count_dealt(one), len(here) - len(was)
        local = [p if p < dealt or spec.unit else -1 for p in range(dealt_old)] + [dealt + mine.index(g) if g in mine else -1 for g in was]
        there = np.array(local, np.int64)
        made[here] = np.where((there >= 0) & (there < units(one).pods), first[hall] + there, -1)
    return made


def _own_units(old: Tables, hall: int) -> list[str]:
    """Groups of racks that are a unit of their own in a hall as it stands, in their order."""
    path = pl.col("path").str.split(".")
    asked: dict[str, dict[str, float | None]] = {}
    for text, value in old["inputs"].filter((path.list.len() == 3) & (path.list.first() == "racks")).select("path", "value").iter_rows():
        _, group, field = text.split(".")
        asked.setdefault(group, {})[field] = value
    unlike = dict(old["inputs"].filter(pl.col("path").str.starts_with(f"unlike.{hall + 1}.racks.")).select("path", "value").iter_rows())
    return [g for g, f in asked.items() if f.get("unit") == 0 and unlike.get(f"unlike.{hall + 1}.racks.{g}", f.get("count"))]


def _matched(old: Sequence[I64], new: Sequence[I64]) -> I64:
    """For each old thing the new one of equal keys, in their order; -1 where there is none. A key that is negative matches nothing."""
    n = len(old[0])
    joined = [np.r_[a, b].astype(np.int64) for a, b in zip(old, new, strict=True)]
    key = np.unique(np.stack(joined, axis=1), axis=0, return_inverse=True)[1].ravel() if len(joined[0]) else np.zeros(0, np.int64)
    one = pl.DataFrame({"key": key[:n], "at": np.arange(n), "is_known": np.all([np.asarray(k) >= 0 for k in old], axis=0)}).filter("is_known")
    two = pl.DataFrame({"key": key[n:], "to": np.arange(len(key) - n), "is_known": np.all([np.asarray(k) >= 0 for k in new], axis=0)}).filter(
        "is_known"
    )
    turn = pl.int_range(pl.len()).over("key").alias("turn")
    both = one.with_columns(turn).join(two.with_columns(turn), on=["key", "turn"])
    out = np.full(n, -1, np.int64)
    out[both["at"].to_numpy()] = both["to"].to_numpy()
    return out


def _racks(spec: HallSpec, old: Tables, site: Site, pods: I64) -> I64:
    """New rack of each old one (switch racks: -1): of the same hall, design and unit in their order, then of the same hall and design."""
    rows = old["hall_racks"].join(old["designs"].select("design_id", "design"), on="design_id", how="left", maintain_order="left")
    names = {name: i for i, name in enumerate(spec.designs)}
    design = np.array([names.get(d, -1) if d is not None else -1 for d in rows["design"].to_list()], np.int64)
    hall, pod = rows["hall_id"].to_numpy().astype(np.int64), rows["pod"].fill_null(-1).to_numpy()
    to_pod = np.where(pod >= 0, pods[np.maximum(pod, 0)], -1) if len(pods) else np.full(len(pod), -1)
    own = slice(0, site.compute)
    new_hall, new_design, new_pod = (v[own].astype(np.int64) for v in (site.positions.hall[site.at], site.design, site.pod))
    out = _matched((hall, design, to_pod), (new_hall, new_design, new_pod))
    left = np.setdiff1d(np.arange(site.compute), out)
    rest = np.flatnonzero(out < 0)
    more = _matched((hall[rest], design[rest]), (new_hall[left], new_design[left]))
    out[rest] = np.where(more >= 0, left[more] if len(left) else -1, -1)
    return out


def _switches(old: Tables, wired: Sequence[Wired], pods: I64) -> I64:
    """New switch of each old one: the same in name and part."""
    rows = old["fabric_switches"].join(old["fabrics"].select("fabric_id", "fabric"), on="fabric_id", how="left", maintain_order="left")
    names = {w.name: i for i, w in enumerate(wired)}
    parts = {p: i for i, p in enumerate(sorted({p.name for w in wired for p in w.parts}))}
    fabric = np.array([names.get(f, -1) for f in rows["fabric"].to_list()], np.int64)
    part = np.array([parts.get(p, -1) for p in rows["part"].to_list()], np.int64)
    pod = rows["pod"].to_numpy().astype(np.int64)
    to_pod = np.where(pod >= 0, pods[np.maximum(pod, 0)] + 1 if len(pods) else -1, 0)  # 0: a switch that serves all; a unit that is gone: 0 too
    fabric[(pod >= 0) & (to_pod == 0)] = -1
    theirs = [rows[c].to_numpy().astype(np.int64) for c in ("tier", "plane", "rail", "index")]
    theirs[2] = theirs[2] + 1
    s = [w.plan.switches for w in wired]

    def every(column: str) -> I64:
        return np.concatenate([*(getattr(x, column) for x in s), np.zeros(0, np.int64)]).astype(np.int64)

    mine = [
        np.repeat(np.arange(len(s)), [len(x) for x in s]),
        np.concatenate([*(_parts(w, x, parts) for w, x in zip(wired, s, strict=True)), np.zeros(0, np.int64)]),
    ]
    columns = [*mine, every("pod") + 1, every("tier"), every("plane"), every("rail") + 1, every("index")]
    return _matched((fabric, part, to_pod, *theirs), columns)


def _parts(wired: Wired, switches: Switches, parts: dict[str, int]) -> I64:
    number = np.array([parts[p.name] for p in wired.parts], np.int64)
    out: I64 = number[np.minimum(switches.tier, len(number) - 1)]
    return out


def _first_switch_rack(old: Tables) -> int:
    """Racks that hold no switches; those come first."""
    return old["hall_racks"]["design_id"].count()


def _stood(spec: HallSpec, old: Tables, stand: Stand, switch: I64, tall: I64, first_rack: int) -> Stand:
    """Switches that stand keep rack and unit; new ones take free units of the racks of their hall, and further racks where these are full."""
    hall_of = old["hall_racks"]["hall_id"].to_numpy().astype(np.int64)[first_rack:]
    halls = spec.halls
    own_hall = np.repeat(np.arange(halls), stand.per_hall)[stand.rack].astype(np.int64) if len(stand.rack) else np.zeros(0, np.int64)
    here = hall_of < halls
    have = np.bincount(hall_of[here], minlength=halls)
    number = np.arange(len(hall_of)) - np.searchsorted(hall_of, hall_of)  # of a rack in its hall
    rack, unit = np.full(len(own_hall), -1, np.int64), np.full(len(own_hall), -1, np.int64)
    at = old["fabric_switches"]["rack_id"].to_numpy().astype(np.int64) - first_rack
    kept = np.flatnonzero((switch >= 0) & here[at])
    rack[switch[kept]], own_hall[switch[kept]] = number[at[kept]], hall_of[at[kept]]
    unit[switch[kept]] = old["fabric_switches"]["position_u"].to_numpy()[kept]
    low, high = spec.network.first_unit, spec.network.first_unit + spec.network.units
    for h in range(halls):
        fresh = np.flatnonzero((own_hall == h) & (rack < 0))
        if not fresh.size:
            continue
        most = int(have[h]) + -(-int(tall[fresh].sum()) // max(spec.network.units // 2, 1)) + len(np.unique(tall[fresh]))
        taken = np.zeros((most, max(high, int((unit + tall).max(initial=0))) + 1), bool)
        for i in range(int(tall.max(initial=0))):
            full = np.flatnonzero((own_hall == h) & (rack >= 0) & (tall > i))
            taken[rack[full], unit[full] + i] = True
        for height in np.unique(tall[fresh])[::-1].tolist():
            mine = fresh[tall[fresh] == height]
            places = _slots(taken, height, low, high)[: len(mine)]
            rack[mine], unit[mine] = places[:, 0], places[:, 1]
            for i in range(height):
                taken[places[:, 0], places[:, 1] + i] = True
        have[h] = max(int(have[h]), int(rack[own_hall == h].max()) + 1)
    begin = np.cumsum(have) - have
    made = ((begin[own_hall] + rack).astype(np.int32), unit.astype(np.int32), have.astype(np.int32))
    return replace(stand, rack=made[0], unit=made[1], per_hall=made[2])


def _slots(taken: NDArray[np.bool_], height: int, low: int, high: int) -> I64:
    """Places (rack, lowest unit) for things of that height that are free, rack by rack from below."""
    free, found = ~taken, np.zeros(taken.shape, bool)
    for u in range(low, high - height + 1):
        fits = free[:, u : u + height].all(axis=1)
        found[fits, u] = True
        free[fits, u : u + height] = False
    return np.argwhere(found)


def _switch_racks(old: Tables, first_rack: int, was: Stand, laid: Stand, compute: int) -> I64:
    """New rack of each old switch rack: the same number in its hall."""
    hall = old["hall_racks"]["hall_id"].to_numpy().astype(np.int64)[first_rack:]
    number = np.arange(len(hall)) - np.searchsorted(hall, hall)
    begin = np.cumsum(laid.per_hall) - laid.per_hall
    inside = (hall < len(begin)) & (number < laid.per_hall[np.minimum(hall, len(begin) - 1)])
    return np.where(inside, compute + begin[np.minimum(hall, len(begin) - 1)] + number, -1)


def _placed(old: Tables, site: Site, laid: Stand, to: I64) -> Site | list[Gone]:
    """Racks at the places they stand at, new ones at free places: of their own role first, then of the other."""
    where = site.positions
    rows = old["hall_racks"]
    hall, row, place = (rows[c].to_numpy().astype(np.int64) for c in ("hall_id", "row", "position"))
    stay = np.flatnonzero(to >= 0)

    def key(hall: I64, row: I64, place: I64) -> I64:
        return (hall << 40) | (row << 20) | place

    spots = key(where.hall.astype(np.int64), where.row.astype(np.int64), where.place.astype(np.int64))
    wanted = key(hall[stay], row[stay], place[stay])
    at = np.minimum(np.searchsorted(spots, wanted), len(spots) - 1)
    lost = stay[spots[at] != wanted]
    if lost.size:
        return [Gone(int(hall[i]), int(row[i]), int(place[i]), rows["name"][int(i)]) for i in lost]
    count = site.compute + int(laid.per_hall.sum())
    made = np.full(count, -1, np.int64)
    made[to[stay]] = at
    is_free = np.ones(len(spots), bool)
    is_free[at] = False
    home = np.r_[where.hall[site.at[: site.compute]].astype(np.int64), np.repeat(np.arange(len(laid.per_hall)), laid.per_hall)]
    for role, own in ((floor.NETWORK, np.arange(site.compute, count)), (floor.COMPUTE, np.arange(site.compute))):
        for h in range(len(laid.per_hall)):
            fresh = own[(made[own] < 0) & (home[own] == h)]
            free = np.flatnonzero(is_free & (where.hall == h))
            free = free[np.argsort(where.role[free] != role, kind="stable")][: len(fresh)]
            made[fresh], is_free[free] = free, False
    switches = count - site.compute
    design = np.r_[site.design[: site.compute], np.full(switches, site.design.max(initial=0) if switches else 0)]
    design[site.compute :] = site.design[site.compute] if site.racks > site.compute else design[site.compute :]
    pod = np.r_[site.pod[: site.compute], np.full(switches, -1)]
    return replace(site, at=made.astype(np.int32), design=design.astype(np.int32), pod=pod.astype(np.int32))


def rewired(grown: Grown, ground: Ground, wired: Sequence[Wired]) -> list[Wired]:
    """Fabrics with the links that stand where they stand."""
    cables = grown.old["fabric_cables"]
    device = _devices(grown, ground)
    names = dict(grown.old["fabrics"].select("fabric", "fabric_id").iter_rows())
    out = []
    for which, each in enumerate(wired):
        if each.name not in names:
            out.append(each)
            continue
        rows = cables.filter(pl.col("fabric_id") == names[each.name])
        tier = rows["tier"].to_numpy()
        a, b = (device[rows[c].to_numpy()] for c in ("a_device_id", "b_device_id"))
        first = ground.switch_first + int(ground.stand.first[which])
        lower = np.where(tier == HOST, _endpoints(ground, each, which, a, rows["a_port"].to_numpy().astype(np.int64)), a - first)
        upper = b - first
        hosts = each.plan.hosts
        top = np.where(tier == HOST, hosts.leaves * hosts.planes if hosts else 0, len(each.plan.switches))
        known = np.flatnonzero((a >= 0) & (b >= 0) & (lower >= 0) & (upper >= 0) & (upper < top))
        ports = (rows[c].to_numpy().astype(np.int64) for c in ("a_port", "b_port"))
        a_port, b_port = ports
        old = Old(tier, lower, a_port, upper, b_port, rows["speed_gbps"].to_numpy(), rows["key"].to_numpy()).pick(known)
        out.append(replace(each, plan=relaid(each.plan, each.ends.endpoints, old)))
    return out


def _devices(grown: Grown, ground: Ground) -> I64:
    """New device id of each old one; -1 where it is gone."""
    rows = grown.old["hall_racks"]
    count = np.bincount(grown.old["design_devices"]["design_id"].to_numpy(), minlength=grown.old.height("designs"))
    compute = _first_switch_rack(grown.old)
    size = count[rows["design_id"][:compute].to_numpy()]
    first = np.cumsum(size) - size
    rack = np.repeat(np.arange(compute), size)
    local = np.arange(int(size.sum())) - first[rack]
    to = grown.rack[rack]
    inside = np.where(to >= 0, ground.device_first[np.maximum(to, 0)] + local, -1)
    switches = np.where(grown.switch >= 0, ground.switch_first + grown.switch, -1)
    return np.asarray(np.r_[inside, switches])


def _endpoints(ground: Ground, wired: Wired, which: int, device: I64, port: I64) -> I64:
    """Endpoint at a port of a device, -1 where there is none."""
    n = len(wired.ends.endpoints)
    side = host_side(ground, wired, which, np.arange(n, dtype=np.int32))
    key = side.device.astype(np.int64) << _PORTS | side.port
    order = np.argsort(key)
    wanted = np.where(device >= 0, device << _PORTS | port, -1)
    at = np.minimum(np.searchsorted(key[order], wanted), n - 1)
    out: I64 = np.where(key[order][at] == wanted, order[at], -1)
    return out
