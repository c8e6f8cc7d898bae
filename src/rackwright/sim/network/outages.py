"""What the loss of any one switch, cable or module costs, one row for all that are alike, measured on the first of them.

Alike is what colour refinement cannot tell apart (`failures.kinds`): in Clos fabrics exactly what is interchangeable. Each class loses one member,
and the traffics are routed over what is left (exact ECMP).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rackwright.sim.network import clos, connectivity, ecmp, traffic
from rackwright.sim.network.articulation import single_points
from rackwright.sim.network.failures import kinds, link_keys, mixed
from rackwright.sim.network.graph import Floats, Graph, Ints, sums
from rackwright.sim.network.quotient import Quotient, quotient
from rackwright.sim.network.traffic import Group, Traffic

# Above so many links a symmetric Clos is tried on KEPT of its pods: what a loss costs the hard permutation does not depend on the pods beyond two.
WHOLE = 300_000
KEPT = 4
# Classes routed anew, those with most members first; irregular fabrics have as many classes as switches.
LINKS_ROUTED = 2_000_000
LEAST_ROUTED = 4

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outage:
    """`count` switches, cables or modules that look alike, and what the first of them takes along: ordinals of switches, links and host ports.

    `side`: the end of the links that a module is at, a or b.
    """

    what: str
    count: int
    switches: Ints
    links: Ints
    hosts: Ints
    side: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one loss costs. endpoints: ports cut off from the others. permutation, all_to_all: throughput after over before under ECMP, for ports that
    still reach each other; NaN where not computed. uplinks: least share of its uplink speed that any (other) leaf keeps.
    """

    outage: Outage
    endpoints: int
    permutation: float
    all_to_all: float
    uplinks: float


def switches(graph: Graph, level: Ints) -> Iterator[Outage]:
    """Every switch that has a cable, by level (0 leaf, 1 spine, 2 core) and kind."""
    used = (np.bincount(np.concatenate((graph.a, graph.b)), minlength=graph.n) > 0) | (graph.switch_hosts() > 0)
    kind = kinds(graph) * 8 + np.minimum(level, 7)
    for k, first, count in _classes(kind, np.flatnonzero(used)):
        name = ("leaf", "spine", "core")[min(int(k) % 8, 2)]
        yield Outage(name, count, np.array([first]), np.zeros(0, np.int64), np.zeros(0, np.int64))


def groups(graph: Graph, what: str, link: Ints, host: Ints, side: str = "") -> Iterator[Outage]:
    """Every set of links and host ports that fails together: dense group of each link (m,) and host (h,), -1 for none.

    Sets are alike that hold as many links of each kind, from one switch or several to one or several, and as many hosts of switches of each kind.
    """
    size = int(max(link.max(initial=-1), host.max(initial=-1))) + 1
    has_link, has_host = link >= 0, (host >= 0) & (graph.host_leaf >= 0)
    of_link, of_host = link[has_link], host[has_host]
    kind = kinds(graph)
    colour = np.zeros(size, np.uint64)
    np.add.at(colour, of_link, mixed(link_keys(graph, kind)[has_link].astype(np.uint64)))
    np.add.at(colour, of_host, mixed((kind[graph.host_leaf[has_host]] + 1).astype(np.uint64) << np.uint64(32)))
    if of_link.size > size or np.bincount(of_link, minlength=1).max() > 1:
        for turn, end in enumerate((graph.a[has_link], graph.b[has_link])):
            low, high = np.full(size, graph.n, np.int32), np.zeros(size, np.int32)
            np.minimum.at(low, of_link, end)
            np.maximum.at(high, of_link, end)
            colour += (low < high).astype(np.uint64) << np.uint64(turn)
    at = np.unique(np.concatenate((of_link, of_host))) if of_link.size + of_host.size < size else np.arange(size)
    by_link, by_host = np.argsort(link, kind="stable"), np.argsort(host, kind="stable")
    for _, first, count in _classes(colour, at):
        links, hosts = (order[slice(*np.searchsorted(g, (first, first + 1), sorter=order))] for g, order in ((link, by_link), (host, by_host)))
        name = what if links.size else f"endpoint {what}"
        yield Outage(name, count, np.zeros(0, np.int64), links, hosts, side)


def _classes(kind: NDArray[np.integer], at: Ints) -> Iterator[tuple[int, int, int]]:
    """(kind, first member, members) of those chosen."""
    found, first, count = np.unique(kind[at], return_index=True, return_counts=True)
    yield from zip(found.tolist(), at[first].tolist(), count.tolist(), strict=True)


def costs(graph: Graph, outages: Iterable[Outage], seed: int, group: Group, progress: Progress = lambda _: None) -> list[Cost]:
    """Costs in the order of `outages`. `seed` draws the random permutation, `group` as in `traffic`.

    Where a fabric is so irregular that there are more classes than can be routed, the others are told by connectivity alone.
    """
    found = list(outages)
    c = clos.recognise(graph) if graph.m > WHOLE else None
    pairs = _pairs(graph, seed, group) if c is None else ()
    whole = _State.of(graph, group, pairs) if c is None else None
    inside = [i for i, o in enumerate(found) if o.links.size or o.switches.size]
    routed = set(sorted(inside, key=lambda i: -found[i].count)[: max(LEAST_ROUTED, LINKS_ROUTED // (graph.m + 1)) if c is None else None])
    points = single_points(graph) if len(routed) < len(inside) else None
    leaf_gbps = np.where(graph.switch_hosts() > 0, _link_gbps(graph, np.ones(graph.m, np.bool_)), 0.0)
    made = []
    for i, outage in enumerate(found):
        progress(f"loss of a {outage.what}")
        kept = _kept(graph, outage, leaf_gbps)
        if not (outage.links.size or outage.switches.size):
            made.append(Cost(outage, outage.hosts.size, 1.0, 1.0, kept))
        elif i not in routed:
            assert points is not None
            cut = points.cut_by_switch[outage.switches].sum() + points.cut_by_link[outage.links].max(initial=0) + outage.hosts.size
            made.append(Cost(outage, int(cut), np.nan, np.nan, kept))
        elif c is None:
            assert whole is not None
            made.append(whole.cost(outage, _State.of(lose(graph, outage), group, pairs), kept))
        else:
            some, own = _reduced(graph, c, outage)
            few = _pairs(some, seed, None)
            before, after = (_State.of(g, None, few, has_all_to_all=False) for g in (some, lose(some, own)))
            made.append(before.cost(outage, after, kept))
    return made


def _pairs(graph: Graph, seed: int, group: Group) -> tuple[tuple[Ints, Ints], ...]:
    """Permutations that are tried, as (source, target) hosts: the half-way shift and a random one."""
    return traffic.shift_pairs(graph, group), traffic.permutation_pairs(graph, seed, group)


@dataclass(frozen=True, slots=True)
class _State:
    """A fabric before or after a loss: ports cut off, and the share of line rate of the hard permutation and of all-to-all."""

    cut: int
    permutation: float
    all_to_all: float

    @classmethod
    def of(cls, graph: Graph, group: Group, pairs: Sequence[tuple[Ints, Ints]], *, has_all_to_all: bool = True) -> _State:
        cut = int(connectivity.reach(graph, group).unreachable.sum())
        c = clos.recognise(graph)
        known = quotient(graph) if c is None else None
        hard = min(throughput(graph, traffic.flows(graph, source, target), c, known) for source, target in pairs)
        return cls(cut, hard, throughput(graph, traffic.all_to_all(graph, group), c, known) if has_all_to_all else np.nan)

    def cost(self, outage: Outage, after: _State, kept: float) -> Cost:
        # numpy's minimum keeps NaN, Python's min does not
        permutation, all_to_all = np.minimum(1.0, after.permutation / self.permutation), np.minimum(1.0, after.all_to_all / self.all_to_all)
        return Cost(outage, after.cut - self.cut, float(permutation), float(all_to_all), kept)


def _link_gbps(graph: Graph, chosen: NDArray[np.bool_]) -> Floats:
    """(n,) speed of the chosen links of each switch."""
    speed = graph.capacity_gbps[chosen].astype(np.float64)
    return sums(graph.a[chosen], speed, graph.n) + sums(graph.b[chosen], speed, graph.n)


def _kept(graph: Graph, outage: Outage, leaf_gbps: Floats) -> float:
    """Least share of the speed of its links (`leaf_gbps`, 0 where no leaf) that any leaf but the lost ones keeps."""
    gone = np.zeros(graph.m, np.bool_)
    gone[outage.links] = True
    for switch in outage.switches:
        gone |= (graph.a == switch) | (graph.b == switch)
    at = np.flatnonzero(gone)
    ends = np.setdiff1d(np.concatenate((graph.a[at], graph.b[at])), outage.switches)
    ends = ends[leaf_gbps[ends] > 0]
    if not ends.size:
        return 1.0
    return float(1 - (_link_gbps(graph, gone)[ends] / leaf_gbps[ends]).max())


def lose(graph: Graph, outage: Outage) -> Graph:
    """The graph without what an outage takes along; host ports that go hang on nothing."""
    leaf = graph.host_leaf.copy()
    leaf[outage.hosts] = -1
    return replace(graph, host_leaf=leaf).without(outage.links, outage.switches)


def throughput(graph: Graph, asked: Traffic, c: clos.Clos | None, known: Quotient | None = None) -> float:
    """Share of line rate that a traffic gets under ECMP, at most 1; in closed form where the fabric is a symmetric Clos `c`."""
    loads = ecmp.link_loads(graph, asked, known) if c is None else clos.loads(graph, c, asked)
    return 1 / max(1.0, loads.worst_utilisation(graph))


def _reduced(graph: Graph, c: clos.Clos, outage: Outage) -> tuple[Graph, Outage]:
    """KEPT pods of a symmetric Clos, those an outage touches and others of their part and size, with all switches above; and the outage in it."""
    touched = np.concatenate((outage.switches, graph.a[outage.links], graph.b[outage.links])).astype(np.int64)
    part, pod = np.zeros(c.pods, np.int64), c.pod >= 0
    part[c.pod[pod]] = c.part[pod]
    of_host = np.where(graph.host_leaf >= 0, c.pod[graph.host_leaf], -1)
    size = np.bincount(of_host[of_host >= 0], minlength=c.pods)
    own = np.unique(c.pod[touched])
    own = own[own >= 0]
    like = np.flatnonzero(part == c.part[touched[0]])
    wanted = size[own[0]] if own.size else size[like].max()
    like = like[np.argsort(size[like] != wanted, kind="stable")]
    chosen = np.concatenate((own, like[~np.isin(like, own)]))[: max(KEPT, own.size)]
    keep = np.zeros(c.pods + 1, np.bool_)
    keep[chosen] = True
    stays = (keep[c.pod] | ~pod) & (c.part == c.part[touched[0]])
    links, hosts = stays[graph.a] & stays[graph.b], keep[of_host]
    some = replace(graph.keep(links), host_leaf=graph.host_leaf[hosts], host_gbps=graph.host_gbps[hosts], host_plane=graph.host_plane[hosts])
    return some, replace(outage, links=(np.cumsum(links) - 1)[outage.links], hosts=(np.cumsum(hosts) - 1)[outage.hosts])
