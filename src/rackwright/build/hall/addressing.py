"""Addresses of a hall's networks from one plan: a switch number by formula, and AS number, loopback, links and subnets from that number.

A switch number has fields of fixed width, so that a pod, rack or spine more changes no number that was given:

    fabric | tier | pod | plane | number in pod and plane
             half for leaves, a quarter for spines, an eighth for cores, ...

and the last field counts rail within index, so that a further leaf of every rail comes after all that are there. Where a tier serves all pods
its numbers go on from one pod's share to the next. From the number n:

    AS number   first + n; switches of one upper set share that of their first, so that no path has an AS number twice (RFC 7938, 5.2.1)
    loopback    address n of the pool
    link        addresses 2k and 2k + 1, with k = n * links + ports between it and the last port of the lower switch (/31: RFC 3021, /127: RFC 6164)
    hosts       subnet n of the pool for each leaf: gateway first, then port by port; InfiniBand has a subnet for each plane and rail instead
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.schema.links import HOST, TORUS
from rackwright.schema.tables import frame
from rackwright.spec.addressing import PRIVATE_ASN, UNNUMBERED, Addressing

I64: TypeAlias = NDArray[np.int64]
Use: TypeAlias = tuple[str, str, int, int, int, int]  # of a pool: what for, pool, stride, used, needed, room
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
MOST = 1 << 62
_TIERS = ("leaves", "spines", "cores", "switches of the next tier")
_RENUMBERS = " is the smallest power of two that does; it renumbers every switch, so change it before anything is configured"
HOST_BITS_V6 = 64  # RFC 4291, 2.5.4: interface identifiers have 64 bits


@dataclass(frozen=True, slots=True)
class Fault:
    """What the plan cannot give: rule, message, the spec path it is about (and another that has to do with it), the smallest change that helps."""

    code: str
    name: str
    message: str
    path: str
    help: str
    other: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A fabric that wants addresses: its row in `fabrics`, its part of each pool, whether it is routed (Ethernet), and a number for each of its pods
    where those are not counted as they stand.
    """

    fabric_id: int
    name: str
    slot: int
    is_routed: bool
    pods: I64 | None = None


def numbers(tier: I64, pod: I64, plane: I64, rail: I64, index: I64, plan: Addressing, fabric: str) -> tuple[I64, I64] | Fault:
    """Number in its fabric of each switch, and of the first of those that it shares an AS number with; equal-length int64 arrays."""
    own, first = np.empty(len(tier), np.int64), np.empty(len(tier), np.int64)
    planes = int(plane.max(initial=0)) + 1
    top = int(tier.max(initial=0))
    short: list[tuple[int, str]] = []
    for t in range(top + 1):
        at = np.flatnonzero(tier == t)
        if not at.size:
            continue
        half = plan.room.fabric >> (t + 1)
        rails, of_rail = np.unique(rail[at], return_inverse=True)
        n, begin = index[at] * len(rails) + of_rail, of_rail
        if (pod[at] >= 0).any():
            if (most := int(n.max())) >= plan.room.pod:
                what, need = _TIERS[min(t, 3)], most + 1
                text = f"fabric `{fabric}` numbers {need:,} {what} in one unit and plane, {need - plan.room.pod:,} over the {plan.room.pod:,} it may"
                return Fault("NET322", "address-room-exceeded", text, "addressing.room.pod", f"`addressing.room.pod: {_power(need)}`{_RENUMBERS}")
            turn, begin_turn = pod[at] + (pod[at].min() < 0), pod[at] + (pod[at].min() < 0)
        else:
            turn, n = np.divmod(n, plan.room.pod)
            begin_turn, begin = np.divmod(begin, plan.room.pod)
        of_set = (turn * planes + plane[at]) * plan.room.pod + n
        if (most := int(of_set.max())) >= half:
            short.append((_power(most + 1) << (t + 1), _short(fabric, t, most + 1, half)))
        start = plan.room.fabric - (plan.room.fabric >> t)
        own[at] = start + of_set
        is_shared = (t > 0) & ((pod[at] >= 0) | (rail[at] >= 0) | (t == top))
        first[at] = np.where(is_shared, start + (begin_turn * planes + plane[at]) * plan.room.pod + begin, own[at])
    if short:
        room, text = max(short)
        return Fault("NET322", "address-room-exceeded", text, "addressing.room.fabric", f"`addressing.room.fabric: {room}`{_RENUMBERS}")
    return own, first


def _short(fabric: str, tier: int, need: int, room: int) -> str:
    """What is said of a tier that has more numbers than its part of `addressing.room.fabric`."""
    share = f"{_TIERS[min(tier, 3)]} have 1/{1 << (tier + 1)} of `addressing.room.fabric`, {room:,} numbers"
    return f"fabric `{fabric}` needs {need:,} numbers for its {_TIERS[min(tier, 3)]}, {need - room:,} too many: {share}"


def overlaps(plan: Addressing, is_routed: bool) -> Iterator[Fault]:
    """Pools that share addresses; those of switches count where any fabric is routed."""
    pools = [("addressing.loopbacks", plan.loopbacks), ("addressing.links", plan.links)] if is_routed else []
    pools = [p for p in pools if p[1] != UNNUMBERED]
    pools += [(f"addressing.hosts.{name}", text) for name, text in plan.hosts.items()]
    made = [(path, ipaddress.ip_network(text)) for path, text in pools]
    for i, (path, net) in enumerate(made):
        for other, of in made[:i]:
            if net.version == of.version and net.overlaps(of):
                text = f"pool `{net}` and pool `{of}` share {min(net.num_addresses, of.num_addresses):,} addresses"
                yield Fault("NET321", "address-pools-overlap", text, path, "take pools that lie apart", other)


def addressed(
    plan: Addressing, asked: Sequence[Asked], t: Mapping[str, pl.DataFrame], src: Mapping[str, int]
) -> dict[str, pl.DataFrame] | list[Fault]:
    """Tables switch_addresses, subnets and address_pools; or everything that stands in the way.

    Args:
        plan: the pools.
        asked: fabrics that take part, see `Asked`.
        t: fabric_switches, fabric_cables, switch_ports.
        src: rows of `spans` of the paths below `addressing` that pools are written at.
    """
    faults = list(overlaps(plan, any(each.is_routed for each in asked)))
    found: list[pl.DataFrame] = []
    subnets: list[pl.DataFrame] = []
    pools: list[dict[str, object]] = []
    for each in asked:
        made = _fabric(plan, each, t)
        if isinstance(made, Fault):
            faults.append(made)
            continue
        for use, pool, stride, used, needed, room in made.pools:
            path = f"addressing.hosts.{each.name}" if use == "hosts" else f"addressing.{use}"
            row = {"pool_id": len(pools), "use": use, "fabric_id": each.fabric_id, "pool": pool, "slot": each.slot, "src": src[path]}
            pools.append({**row, "stride": min(stride, MOST), "used": used, "needed": min(needed, MOST), "room": min(room, MOST)})
            if needed > room:
                faults.append(_exhausted(each, use, pool, needed, room, path))
        found.append(made.switches)
        subnets.append(made.subnets)
    if faults:
        return faults
    return {
        "switch_addresses": frame("switch_addresses", pl.concat(found) if found else []),
        "subnets": frame("subnets", pl.concat(subnets).with_row_index("subnet_id") if subnets else []),
        "address_pools": frame("address_pools", pools),
    }


@dataclass(frozen=True, slots=True)
class _Made:
    """Rows of one fabric."""

    switches: pl.DataFrame
    subnets: pl.DataFrame
    pools: list[Use]


def _fabric(plan: Addressing, each: Asked, t: Mapping[str, pl.DataFrame]) -> _Made | Fault:
    rows = t["fabric_switches"].filter(pl.col("fabric_id") == each.fabric_id)
    tier, pod, plane, rail, index = (rows[c].to_numpy().astype(np.int64) for c in ("tier", "pod", "plane", "rail", "index"))
    if each.pods is not None:
        pod = np.where(pod >= 0, each.pods[np.maximum(pod, 0)], -1)
    made = numbers(tier, pod, plane, rail, index, plan, each.name)
    if isinstance(made, Fault):
        return made
    number, first = (each.slot * plan.room.fabric + n for n in made)
    nothing = pl.Series([None] * rows.height)
    columns = {"device_id": rows["device_id"], "number": number, "pod": pod.astype(np.int32), "asn": nothing, "loopback": nothing}
    pools = []
    most = int(number.max(initial=-1)) + 1
    if each.is_routed:
        loopback = ipaddress.ip_network(plan.loopbacks)
        columns |= {"asn": plan.asn + first, "loopback": addresses(loopback, number)}
        last = next(high for low, high in PRIVATE_ASN if low <= plan.asn <= high)
        pools.append(("asn", f"{plan.asn}..{last}", 1, len(np.unique(first)), int(first.max(initial=-1)) + 1, last - plan.asn + 1))
        pools.append(("loopbacks", plan.loopbacks, 1, len(number), most, loopback.num_addresses))
        if plan.links != UNNUMBERED:
            links = _links(plan, each, rows, number, t)
            if isinstance(links, Fault):
                return links
            pools.append(links)
    switches = pl.DataFrame(columns).cast(dict(frame("switch_addresses", []).schema))  # type: ignore[arg-type]
    if each.name not in plan.hosts:
        return _Made(switches, pl.DataFrame(schema=frame("subnets", []).drop("subnet_id").schema), pools)
    is_leaf = tier == 0
    hosts, pool = _hosts(plan, each, rows.filter(pl.Series(is_leaf)), number[is_leaf], t)
    return _Made(switches, hosts, [*pools, pool])


def _links(
    plan: Addressing, each: Asked, rows: pl.DataFrame, number: I64, t: Mapping[str, pl.DataFrame]
) -> tuple[str, str, int, int, int, int] | Fault:
    """Use of the pool of links, or a switch with more of them than room is kept for."""
    mine = t["fabric_cables"].filter((pl.col("fabric_id") == each.fabric_id) & (pl.col("tier") > HOST) & (pl.col("tier") < TORUS))
    last = last_ports(t["switch_ports"], "a").filter(pl.col("fabric_id") == each.fabric_id)
    mine = mine.select("tier", "speed_gbps", "a_port", device_id="a_device_id").join(rows.select("device_id", "part"), on="device_id")
    mine = mine.join(last, on=["tier", "part", "speed_gbps"]).select("device_id", turn=pl.col("last") - pl.col("a_port"))
    pool = ipaddress.ip_network(plan.links)
    if mine.is_empty():
        return "links", plan.links, 2 * plan.room.links, 0, 0, pool.num_addresses
    most = int(mine["turn"].max() or 0) + 1  # type: ignore[arg-type]
    if most > plan.room.links:
        text = f"a switch of fabric `{each.name}` has links up to the {most}th port from its last, room is kept for {plan.room.links}"
        return Fault("NET322", "address-room-exceeded", text, "addressing.room.links", f"`addressing.room.links: {_power(most)}`")
    lower = np.isin(rows["device_id"].to_numpy(), mine["device_id"].to_numpy())
    needed = (int(number[lower].max()) + 1) * plan.room.links * 2
    return "links", plan.links, 2 * plan.room.links, 2 * mine.height, needed, pool.num_addresses


def last_ports(ports: pl.DataFrame, side: str) -> pl.DataFrame:
    """Highest port number by fabric, tier, part and speed at that end of a link, column `last`. Reads switch_ports."""
    return ports.filter(pl.col("side") == side).group_by("fabric_id", "tier", "part", "speed_gbps").agg(last=pl.col("port").max())


def _hosts(plan: Addressing, each: Asked, leaves: pl.DataFrame, number: I64, t: Mapping[str, pl.DataFrame]) -> tuple[pl.DataFrame, Use]:
    """Subnets of a fabric's NIC ports and their use of the pool: one a leaf, or one a plane and rail of an InfiniBand fabric."""
    pool = ipaddress.ip_network(plan.hosts[each.name])
    own = t["fabric_cables"].filter((pl.col("fabric_id") == each.fabric_id) & (pl.col("tier") == HOST))
    last = last_ports(t["switch_ports"], "b").filter((pl.col("fabric_id") == each.fabric_id) & (pl.col("tier") == HOST))["last"].max()
    ports = int(last or 0) + 1  # type: ignore[arg-type]
    ends = own.group_by(device_id="b_device_id").agg(ports=pl.len())
    if each.is_routed:
        size = 1 << HOST_BITS_V6 if pool.version == 6 else _power(ports + 3)  # network, gateway and broadcast are no NIC's
        local = number - each.slot * plan.room.fabric
        kept = leaves.select("fabric_id", "plane", "rail", "device_id").join(ends, on="device_id", how="left", maintain_order="left")
        gateway = pl.Series(addresses(pool, local, size, 1), dtype=pl.String)
        at, room = local, min(size - 3, MOST)
    else:
        rails = own.group_by("plane", "rail").agg(ports=pl.len()).sort("plane", "rail")
        size = 1 << HOST_BITS_V6 if pool.version == 6 else _power((plan.room.fabric >> 1) * ports + 2)
        kept = rails.select(pl.lit(each.fabric_id).alias("fabric_id"), "plane", "rail", pl.lit(None, pl.Int32).alias("device_id"), "ports")
        gateway = pl.Series([None] * kept.height, dtype=pl.String)
        names = rails["rail"].unique().sort()
        at = (rails["plane"].to_numpy().astype(np.int64) * len(names)) + np.searchsorted(names.to_numpy(), rails["rail"].to_numpy())
        room = min(size - 2, MOST)
    length = pool.max_prefixlen - (size.bit_length() - 1)
    prefix = pl.Series([f"{a}/{length}" for a in addresses(pool, at, size)], dtype=pl.String)
    made = kept.with_columns(prefix=prefix, gateway=gateway, ports=pl.col("ports").fill_null(0), ports_max=pl.lit(room, pl.Int64))
    types = frame("subnets", []).drop("subnet_id").schema
    made = made.select(pl.col(c).cast(d) for c, d in types.items())
    needed = (int(at.max(initial=-1)) + 1) * size
    return made, ("hosts", str(pool), size, int(made["ports"].sum()), needed, pool.num_addresses)


def addresses(pool: Network, number: I64, stride: int = 1, offset: int = 0) -> list[str]:
    """Address `number * stride + offset` of the pool for each number, as text; those that do not fit are empty."""
    base, most = int(pool.network_address), pool.num_addresses
    kind = ipaddress.IPv4Address if pool.version == 4 else ipaddress.IPv6Address
    return [str(kind(base + n * stride + offset)) if n * stride + offset < most else "" for n in number.tolist()]


def _exhausted(each: Asked, use: str, pool: str, needed: int, room: int, path: str) -> Fault:
    what = {"asn": "AS numbers", "loopbacks": "loopbacks", "links": "links", "hosts": "hosts"}[use]
    text = f"pool `{pool}` of {what} has {room:,} numbers, {needed:,} are needed up to the end of fabric `{each.name}`"
    if use == "asn":
        return Fault("NET320", "address-pool-exhausted", text, path, "begin at `asn: 4200000000`, the longest private range")
    net = ipaddress.ip_network(pool)
    length = net.max_prefixlen - (needed - 1).bit_length()
    return Fault("NET320", "address-pool-exhausted", text, path, f"a pool of length /{length}, or `addressing.room` closer to what stands here")


def _power(n: int) -> int:
    """The smallest power of two that is not below n."""
    return 1 << max(n - 1, 0).bit_length()
