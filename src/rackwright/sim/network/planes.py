"""Planes of a hall's fabrics as graphs, planes that are alike drawn together, and what has failed taken away.

Reads fabrics, fabric_switches, fabric_cables.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from rackwright.schema.links import HOST, MANAGEMENT, THIRD, TORUS
from rackwright.schema.tables import Tables
from rackwright.sim.network.graph import Graph, Ints
from rackwright.sim.network.traffic import Group


@dataclass(frozen=True, slots=True)
class Failed:
    """What is out of service: device ids (switches, or servers with all their ports) and positions of rows of `fabric_cables`."""

    devices: frozenset[int] = frozenset()
    rows: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.devices or self.rows)


@dataclass(frozen=True, slots=True)
class Plane:
    """One plane; `alike` planes of the fabric have the same graph, this one is the first of them.

    device (n,) id of each switch; level (n,) its tier: 0 leaf, 1 spine, 2 core; rail (h,) from 0; link_row (m,) and host_row (h,) positions in
    `fabric_cables`. group: hosts that are to reach each other, a rail where rails never meet; None is all.
    """

    fabric_id: int
    plane: int
    alike: int
    graph: Graph
    device: Ints
    level: Ints
    rail: Ints
    link_row: Ints
    host_row: Ints
    group: Group


def planes(t: Tables, fabric_id: int, failed: Failed | None = None) -> list[Plane]:
    """The different planes of a fabric, by first plane. Switches that failed keep their ordinals; their ports hang on nothing.

    Where its uplinks end in another fabric, switches and links of that one are tiers of each plane, without what else hangs on them.
    """
    rows = np.flatnonzero(t["fabric_cables"]["fabric_id"].to_numpy() == fabric_id)
    cables = t["fabric_cables"].select("plane", "tier", "rail", "a_device_id", "b_device_id", "speed_gbps")[rows]
    switches = t["fabric_switches"].filter(pl.col("fabric_id") == fabric_id).select("device_id", "tier", "plane").sort("device_id")
    over_rows, over, over_switches = _over(t, fabric_id)
    rails_apart = t["fabrics"].filter(pl.col("fabric_id") == fabric_id)["topology"][0] == "rail-only"
    found: list[Plane] = []
    counts: list[int] = []
    for plane in sorted(set(switches["plane"].to_list())):
        at = np.flatnonzero(cables["plane"].to_numpy() == plane)
        own = switches.filter(pl.col("plane") == plane)
        if over_rows.size:
            lifted = np.flatnonzero((over["tier"] > 1).to_numpy() | over["a_device_id"].is_in(own["device_id"].implode()).to_numpy())
            links, own = pl.concat([cables[at], over[lifted]]), pl.concat([own, over_switches]).sort("device_id")
            made = _plane(
                fabric_id, plane, links, np.concatenate((rows[at], over_rows[lifted])), own, is_apart=rails_apart, failed=failed or Failed()
            )
        else:
            made = _plane(fabric_id, plane, cables[at], rows[at], own, is_apart=rails_apart, failed=failed or Failed())
        twin = next((i for i, other in enumerate(found) if _same(made, other)), None)
        if twin is None:
            found.append(made)
            counts.append(1)
        else:
            counts[twin] += 1
    return [replace(p, alike=n) for p, n in zip(found, counts, strict=True)]


def _over(t: Tables, fabric_id: int) -> tuple[Ints, pl.DataFrame, pl.DataFrame]:
    """Uplinks of a fabric that end in another, as links of tier 1, and the links between switches there a tier higher: positions in `fabric_cables`,
    the links, and the switches. Uplinks of that fabric that end in a third follow likewise.
    """
    c = t["fabric_cables"].select("fabric_id", "plane", "tier", "rail", "a_device_id", "b_device_id", "speed_gbps")
    fabric, tier, low = (c[n].to_numpy() for n in ("fabric_id", "tier", "a_device_id"))
    every = t["fabric_switches"].select("device_id", "fabric_id", "tier", "plane").sort("device_id")
    first = int(every["device_id"].min()) if every.height else 0  # type: ignore[arg-type]
    ends = np.flatnonzero((tier == HOST) & (low >= first) & (t["fabric_cables"]["a_port"].to_numpy() < MANAGEMENT))
    belongs = every["fabric_id"].to_numpy()
    rows, tiers, known, below = [np.zeros(0, np.int64)], [np.zeros(0, np.uint8)], list[int](), [fabric_id]
    while below:
        up = ends[np.isin(belongs[low[ends] - first], below)]
        below = [f for f in np.unique(fabric[up]).tolist() if f not in known and f != fabric_id]
        known += below
        inside = np.flatnonzero(np.isin(fabric, below) & (tier > HOST) & (tier < TORUS))
        deep = np.where(tier[inside] <= THIRD, tier[inside] + len(known), tier[inside])
        rows += [up, inside]
        tiers += [np.full(up.size, len(known), np.uint8), deep.astype(np.uint8)]
    at = np.concatenate(rows)
    over = c[at].drop("fabric_id").with_columns(tier=pl.Series(np.concatenate(tiers)))
    return at, over, every.filter(pl.col("fabric_id").is_in(known)).select("device_id", tier=pl.col("tier") + 1, plane="plane")


def _plane(fabric_id: int, plane: int, own: pl.DataFrame, rows: Ints, switches: pl.DataFrame, *, is_apart: bool, failed: Failed) -> Plane:
    device = switches["device_id"].to_numpy().astype(np.int64)
    a, b, tier, speed = (own[c].to_numpy() for c in ("a_device_id", "b_device_id", "tier", "speed_gbps"))
    dead = np.isin(rows, list(failed.rows))
    gone = np.array(sorted(failed.devices), np.int64)
    lost_switch = np.flatnonzero(np.isin(device, gone))
    is_host = tier == HOST
    # a server that is out of service asks for nothing: its ports go, those of a dead cable or leaf stay and reach nothing
    host, link = np.flatnonzero(is_host & ~np.isin(a, gone)), np.flatnonzero(~is_host & ~dead)
    leaf = np.searchsorted(device, b[host]).astype(np.int32)
    leaf[dead[host]] = -1
    graph = Graph(
        n=device.size,
        a=np.searchsorted(device, a[link]).astype(np.int32),
        b=np.searchsorted(device, b[link]).astype(np.int32),
        capacity_gbps=speed[link],
        tier=tier[link],
        plane=np.zeros(link.size, np.uint8),
        host_leaf=leaf,
        host_gbps=speed[host],
        host_plane=np.zeros(host.size, np.uint8),
    )
    rail = own["rail"].to_numpy()[host].astype(np.int64)
    rail -= rail.min(initial=0)
    link_row, host_row = rows[link], rows[host]
    if lost_switch.size:
        alive = ~(np.isin(graph.a, lost_switch) | np.isin(graph.b, lost_switch))
        graph, link_row = graph.without(switches=lost_switch), link_row[alive]
    level = switches["tier"].to_numpy().astype(np.int64)
    return Plane(fabric_id, plane, 1, graph, device, level, rail, link_row, host_row, rail if is_apart else None)


def _same(x: Plane, y: Plane) -> bool:
    names = ("a", "b", "capacity_gbps", "tier", "host_leaf", "host_gbps")
    return (
        x.graph.n == y.graph.n
        and np.array_equal(x.level, y.level)
        and np.array_equal(x.rail, y.rail)
        and all(np.array_equal(getattr(x.graph, n), getattr(y.graph, n)) for n in names)
    )
