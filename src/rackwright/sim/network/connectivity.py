"""Who reaches whom, and with how much less above than below: measured on the links that are there, not on counts that should be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rackwright.sim.network.clos import parts
from rackwright.sim.network.graph import Bools, Floats, Graph, Ints, sums

PEER, MESH = 4, 5  # tiers of `fabric_cables`


@dataclass(frozen=True, slots=True)
class Reach:
    """One row per group of hosts: group, hosts, parts (1 is whole), unreachable hosts. is_cut_off (h,): outside the largest part of its group."""

    group: Ints
    hosts: Ints
    parts: Ints
    unreachable: Ints
    is_cut_off: Bools


def reach(graph: Graph, group: NDArray[np.integer] | None = None) -> Reach:
    """Real connectivity of each plane, over links of that plane alone.

    `group` (h,) names hosts that must reach each other (a rail of a rail-only fabric); None: all of a plane. A host must reach the
    largest part of its group; a host on no switch reaches nothing. Equal parts: the one with the lowest switch counts as the largest.
    """
    of_group = (graph.host_plane if group is None else group).astype(np.int64)
    part = np.full(graph.host_leaf.size, -1, np.int64)
    for plane in np.unique(graph.host_plane):
        here, link = (graph.host_plane == plane) & (graph.host_leaf >= 0), graph.plane == plane
        part[here] = parts(graph.n, graph.a[link], graph.b[link])[graph.host_leaf[here]] * 256 + int(plane)
    group_id, of = np.unique(of_group, return_inverse=True)
    width = int(part.max(initial=-1)) + 2
    cell, in_cell, size = np.unique(of * width + part + 1, return_inverse=True, return_counts=True)
    size[cell % width == 0] = 0
    best = np.lexsort((cell, -size, cell // width))
    first = best[np.unique((cell // width)[best], return_index=True)[1]]
    is_cut_off = (in_cell != first[of]) | (part < 0)
    hosts = np.bincount(of, minlength=group_id.size)
    count = np.bincount((cell // width)[size > 0], minlength=group_id.size)
    return Reach(group_id, hosts, count, np.bincount(of[is_cut_off], minlength=group_id.size), is_cut_off)


@dataclass(frozen=True, slots=True)
class Oversubscription:
    """One row per tier: switches with something below, least, mean and greatest speed below over capacity above, and the switch of the greatest."""

    tier: NDArray[np.uint8]
    switches: Ints
    least: Floats
    mean: Floats
    greatest: Floats
    worst_switch: Ints


def oversubscription(graph: Graph) -> Oversubscription:
    """Tier 1: hosts of each switch over its tier-1 links. Tier t: tier t - 1 links of each switch over its tier-t links, for switches with both.

    1 is non-blocking, 2 is 2:1, infinity is a switch with hosts and no link. Spines and cores, with nothing above, are left out. Links of a mesh
    lead nowhere up, so above them hosts count again; links between peers are left out where there are others.
    """
    tiers = np.unique(graph.tier)
    tiers = tiers[tiers != PEER] if np.any(tiers != PEER) else tiers
    if not tiers.size:
        tiers = np.ones(1, np.uint8)
    below = graph.switch_gbps()
    rows = []
    for tier in tiers:
        chosen = graph.tier == tier
        end, speed = np.concatenate((graph.a[chosen], graph.b[chosen])), np.tile(graph.capacity_gbps[chosen].astype(np.float64), 2)
        above = sums(end, speed, graph.n)
        # Only the first tier may lack links: above it, whoever has none is the top.
        who = np.flatnonzero((below > 0) & ((above > 0) | (tier == tiers[0])))
        ratio = np.divide(below[who], above[who], out=np.full(who.size, np.inf), where=above[who] > 0)
        if who.size:
            rows.append((int(tier), who.size, ratio.min(), ratio.mean(), ratio.max(), int(who[np.argmax(ratio)])))
        if tier == MESH:
            continue
        hosts_here = graph.switch_gbps() > 0
        below = np.where(hosts_here & (above == 0), 0.0, above)
    tier, switches, least, mean, greatest, worst = (np.array(x) for x in zip(*rows, strict=True)) if rows else (np.zeros(0),) * 6
    return Oversubscription(tier.astype(np.uint8), switches.astype(np.int64), least, mean, greatest, worst.astype(np.int64))
