"""The questions asked of one plane of a fabric, each with its answer and how it was got."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from rackwright.sim.network import bisection, bounds, clos, concurrent, connectivity, ecmp, failures, maxmin, paths, traffic
from rackwright.sim.network.articulation import single_points
from rackwright.sim.network.graph import Floats, Graph, Ints, sums
from rackwright.sim.network.outages import Cost
from rackwright.sim.network.planes import Plane
from rackwright.sim.network.quotient import Quotient, quotient
from rackwright.sim.network.traffic import Group, Traffic

Answer = tuple[str, str, float | None, str, str]  # question, title, value, unit, note
Progress = Callable[[str], None]
SEED = 1
TUB_SWITCHES = 1024  # with endpoints: the matching is cubic
LP_VARIABLES = 20_000  # about half a second of interior point
RING_FLOWS = 200_000
LOST, DRAWS = 0.01, 100  # links that fail together, and how often that is drawn
FLUID = "every flow split evenly over its shortest paths (fluid ECMP); the slowest flow"


@dataclass
class Fabric:
    """One plane, and what more than one question needs of it. `group` keeps apart hosts that never meet."""

    graph: Graph
    rail: Ints
    group: Group

    @classmethod
    def of(cls, p: Plane) -> Fabric:
        """The plane as it is."""
        return cls(p.graph, p.rail, p.group)

    @cached_property
    def clos(self) -> clos.Clos | None:
        """Its structure, where it is a symmetric Clos."""
        return clos.recognise(self.graph)

    @cached_property
    def quotient(self) -> Quotient:
        """Its twins."""
        return quotient(self.graph)

    @cached_property
    def cut_off(self) -> int:
        """Endpoints outside the largest part of their group."""
        return int(connectivity.reach(self.graph, self.group).unreachable.sum())

    @property
    def endpoints(self) -> int:
        """Endpoints that have a cable."""
        return int((self.graph.host_leaf >= 0).sum())

    @cached_property
    def traffics(self) -> dict[str, tuple[str, Traffic]]:
        """What it is loaded with, by name: title, and who sends how much to whom."""
        g, group = self.graph, self.group
        found = {
            "permutation": ("a random permutation", traffic.permutation(g, SEED, group)),
            "shift": ("the hard permutation (half way round)", traffic.shift(g, group)),
            "ring": ("a ring on each rail", traffic.ring(g, self.rail)),
            "all_to_all": ("all-to-all", traffic.all_to_all(g, group)),
        }
        if self.rail.max(initial=0) > 0:
            found["rail"] = ("all-to-all on each rail", traffic.rail_wise(g, self.rail))
        return found

    @cached_property
    def loads(self) -> dict[str, ecmp.Loads]:
        """ECMP loads of each traffic: closed form on a symmetric Clos, else the kernel."""
        c = self.clos
        return {
            name: ecmp.link_loads(self.graph, asked, self.quotient) if c is None else clos.loads(self.graph, c, asked)
            for name, (_, asked) in self.traffics.items()
        }


def answers(fabric: Fabric, progress: Progress = lambda _: None) -> Iterator[Answer]:
    """The questions that need no failure."""
    progress("connectivity")
    yield "unreachable", "Endpoints that cannot reach the others", fabric.cut_off, "ports", "real connectivity over the cables"
    yield from _oversubscription(fabric.graph)
    progress("loads")
    for name, (title, _) in fabric.traffics.items():
        yield f"{name}_share", f"Even split, {title}: share of line rate of the slowest flow", *_slowest(fabric, name)
    yield from _hashed(fabric, progress)
    progress("bisection")
    yield from _bounds(fabric, progress)


def _slowest(fabric: Fabric, name: str) -> tuple[float | None, str, str]:
    """What the slowest flow of a traffic gets: nothing, where there is no path for it."""
    if not fabric.endpoints:
        return None, "1", "no endpoint has a link left"
    loads, total = fabric.loads[name], fabric.traffics[name][1].total_gbps()
    worst = loads.worst_utilisation(fabric.graph)
    share = min(1.0, 1 / worst) if worst > 0 else 1.0
    if loads.unrouted_gbps > 1e-6 * float(fabric.graph.host_gbps.sum()):
        return (
            0.0,
            "1",
            f"{loads.unrouted_gbps / total:.1%} of what passes between switches has no path; where there is one, {share:.1%}",
        )
    return share, "1", FLUID


def _oversubscription(graph: Graph) -> Iterator[Answer]:
    if not graph.m:
        return
    over = connectivity.oversubscription(graph)
    for tier, least, most in zip(over.tier.tolist(), over.least.tolist(), over.greatest.tolist(), strict=True):
        yield f"oversubscription_{tier}", f"Oversubscription of tier {tier}", most, "1", f"speed below over speed above; least {least:.3g}"


def _hashed(fabric: Fabric, progress: Progress) -> Iterator[Answer]:
    """Max-min fair rates where every flow is hashed to one path; the slowest flow first, to hold against that of the even split."""
    g = fabric.graph
    wanted = {"permutation": traffic.permutation_pairs(g, SEED, fabric.group)}
    if g.host_leaf.size <= RING_FLOWS:
        wanted["ring"] = traffic.ring_pairs(g, fabric.rail)
    for name, (source, target) in wanted.items():
        title = fabric.traffics[name][0]
        progress(f"rates of {title}, hashed")
        share = rates(g, fabric.quotient, source, target)
        if not share.size:
            continue
        worst = fabric.loads[name].worst_utilisation(g)
        ideal = 1.0 if worst <= 1 else 1 / worst
        note, what = f"max-min rates of {share.size:,} flows, one path each by hash", f"Hashed, {title}: share of line rate"
        yield f"hashed_{name}_min", f"{what} of the slowest flow", float(share.min()), "1", f"{note}; split evenly it gets {ideal:.1%}"
        yield f"hashed_{name}_p1", f"{what} that 99 % of the flows exceed", float(np.quantile(share, 0.01)), "1", note
        yield f"hashed_{name}_mean", f"{what} of the mean flow", float(share.mean()), "1", note


def rates(graph: Graph, known: Quotient, source: Ints, target: Ints) -> Floats:
    """(f,) share of its own line rate that each hashed flow gets; flows without a path are left out."""
    way = paths.hashed(graph, source, target, SEED, known)
    got = maxmin.max_min(way.start, way.links, way.capacity_gbps)
    line = np.minimum(graph.host_gbps[source], graph.host_gbps[target]).astype(np.float64)
    return (got / line)[way.is_routed]


def _bounds(fabric: Fabric, progress: Progress) -> Iterator[Answer]:
    g, c = fabric.graph, fabric.clos
    homes = np.unique(clos.parts(g.n, g.a, g.b)[g.host_leaf[g.host_leaf >= 0]])
    if homes.size != 1:
        why = f"the endpoints are in {homes.size} parts without a path between them" if homes.size else "no endpoint has a link left"
        yield "bisection_gbps", "Bisection", None, "Gb/s", why
        return
    half = bisection.bisection(g)
    uniform = _uniform(fabric)
    if c is None and uniform.between > half.lower_gbps:
        half = replace(half, lower_gbps=min(uniform.between, half.upper_gbps), lower="all-to-all over shortest paths")
    yield bisected(half.lower_gbps, half.upper_gbps, half.lower)
    leaves = int((g.switch_hosts() > 0).sum())
    if c is not None:
        title = "Share of line rate that every traffic gets, however unlucky"
        yield "guaranteed_share", title, bounds.clos_capacity(g, c), "1", "hose bound of a symmetric Clos, closed form"
    elif fabric.group is None:
        title = "Share of line rate that every traffic gets, however unlucky, by way of a random endpoint"
        yield "valiant_share", title, uniform.valiant, "1", "Valiant's routing: two all-to-alls over shortest paths, each at half the rate"
    if 1 < leaves <= TUB_SWITCHES:
        progress("throughput bound")
        bound = bounds.throughput_bound(g).share
        yield "bound_share", "Share of line rate that no routing can exceed for the worst permutation", bound, "1", "TUB (Namyar et al. 2021)"
    lean = _merged(g)
    if leaves > 1 and leaves * 2 * lean.m <= LP_VARIABLES and g.n <= concurrent.LP_SWITCHES:
        progress("best routing")
        best = concurrent.concurrent_flow(lean, fabric.traffics["all_to_all"][1])
        note = "linear programme, HiGHS interior point; above 1 is headroom in the fabric"
        yield "all_to_all_best", "All-to-all under the best imaginable routing, of line rate", best, "1", note


def bisected(lower: float, upper: float, proof: str) -> Answer:
    """What is known of the bisection, in Gb/s: `lower`, proved by `proof`, and the narrowest cut that was found; exact where both meet."""
    if upper <= lower * (1 + 1e-9):
        return "bisection_gbps", "Bisection", lower, "Gb/s", f"exact: a cut of so much was found, and no narrower one can be ({proof})"
    return "bisection_gbps", "Bisection, at least", lower, "Gb/s", f"lower bound ({proof}); the narrowest cut found has {upper:,.0f} Gb/s"


@dataclass(frozen=True, slots=True)
class Uniform:
    """What all-to-all over shortest paths proves. between: Gb/s one way between any two halves of the endpoints. valiant: share of line rate that any
    traffic gets by way of random endpoints, chosen by their speed: both ways there are an all-to-all of what the endpoints send (Valiant 1982).
    """

    between: float
    valiant: float


def _uniform(fabric: Fabric) -> Uniform:
    g = fabric.graph
    speed = g.host_gbps[g.host_leaf >= 0].astype(np.float64)
    worst = fabric.loads["all_to_all"].worst_utilisation(g)
    if fabric.group is not None or speed.size < 2 or speed.size < g.host_leaf.size or fabric.loads["all_to_all"].unrouted_gbps > 0 or worst <= 0:
        return Uniform(0.0, 0.0)
    half, rest = speed.size // 2, float(speed.sum() - speed.min())
    slow = float(speed.min()) ** 2 / rest
    return Uniform(min(1.0, 1 / worst) * slow * half * (speed.size - half), min(1.0, float(speed.sum()) / rest / worst / 2))


def _merged(graph: Graph) -> Graph:
    """Parallel links drawn together: the same for a routing that may split as it likes."""
    low, high = np.minimum(graph.a, graph.b).astype(np.int64), np.maximum(graph.a, graph.b).astype(np.int64)
    pair, first, of = np.unique(low * graph.n + high, return_index=True, return_inverse=True)
    speed = sums(of, graph.capacity_gbps.astype(np.float64), pair.size).astype(np.float32)
    keep = np.zeros(graph.m, np.bool_)
    keep[first] = True
    made = graph.keep(keep)
    made.capacity_gbps[:] = speed[of[keep]]
    return made


def loss_answers(fabric: Fabric, costs: Sequence[Cost]) -> Iterator[Answer]:
    """The worst and the mean of what single losses cost."""
    switches = [c for c in costs if c.outage.switches.size]
    cables = [c for c in costs if not c.outage.switches.size]
    for key, title, some in (("switch", "switch", switches), ("cable", "cable or module", cables)):
        if not some:
            continue
        worst = max(c.endpoints for c in some)
        example = "every one lost alone, alike ones once"
        yield f"{key}_loss", f"Endpoints that the loss of one {title} cuts off, at worst", worst, "ports", example
        known = [c for c in some if c.permutation == c.permutation]
        if known:
            left = [(1 - c.endpoints / max(fabric.endpoints, 1)) * c.permutation for c in known]
            count = sum(c.outage.count for c in known)
            mean = sum(share * c.outage.count for share, c in zip(left, known, strict=True)) / count
            note = f"hard permutation over before; ports cut off count as nothing; mean over {count:,}: {mean:.1%}"
            yield f"{key}_loss_share", f"Throughput left after the loss of one {title}, at worst", min(left), "1", note
    g = fabric.graph
    if g.m:
        draws = failures.random_failures(g, LOST, DRAWS, SEED)
        note = f"mean of {DRAWS} draws; leaves without any link left: {draws.leaves_cut.mean():.3g} in the mean, {draws.leaves_cut.max()} at most"
        title = f"Share of its uplinks that the worst leaf keeps when {LOST:.0%} of all links fail together"
        yield "random_loss_leaf", title, float(draws.leaf_least.mean()), "1", note
    bridges = int(single_points(fabric.graph).is_bridge.sum())
    yield "bridges", "Links whose loss parts the fabric", bridges, "pcs", "cables of endpoints left out"
