"""A torus asked the usual questions: who reaches whom, how far, what traffic gets, how wide it is, what single losses cost.

Circuits stay as the design sets them: none is set anew after a loss, as the machine's own software may do. A share of 1 is an accelerator that sends
over all its sides at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rackwright.sim.network import bisection, clos, torus_loads
from rackwright.sim.network.answers import Answer, Progress, bisected
from rackwright.sim.network.articulation import single_points
from rackwright.sim.network.graph import Bools, Floats, Ints
from rackwright.sim.network.naming import Names, OfCable
from rackwright.sim.network.torus import Lattice, Torus
from rackwright.sim.network.torus_loads import Searched

Row = dict[str, object]
SEARCHED = 10_000  # accelerators: searches from all of them grow with the square
AXES = "xyz"
SPREAD = "equal split over shortest paths, fluid"
TITLES = {"opposite": "the hard permutation (each to the one half way round in every dimension)", "all_to_all": "all-to-all"}


@dataclass
class Judged:
    """A torus and what more than one question needs of it."""

    torus: Torus

    @cached_property
    def opposite(self) -> Ints:
        """(n,) who is half way round in every dimension; where the circuits make no torus, half way down the list."""
        t = self.torus
        if t.sizes is None:
            return (np.arange(t.whole.n) + t.whole.n // 2) % max(t.whole.n, 1)
        return self.moved(np.array(t.sizes) // 2)

    def moved(self, by: Ints) -> Ints:
        """(n,) who stands `by` (3,) steps along x, y, z from each; only where this is a torus."""
        assert self.torus.sizes is not None
        sizes = np.array(self.torus.sizes)
        stride = np.cumprod([1, *sizes[:2]])
        who = np.empty(self.torus.whole.n, np.int64)
        who[self.torus.at @ stride] = np.arange(who.size)
        out: Ints = who[(self.torus.at + by) % sizes @ stride]
        return out

    @cached_property
    def is_whole(self) -> bool:
        """Whether closed forms hold: a torus, and nothing lost."""
        return self.torus.sizes is not None and self.torus.left is self.torus.whole

    @cached_property
    def loads(self) -> dict[str, Floats]:
        """(6, n) what leaves each side, in parts of what an accelerator can send, by traffic; empty where it is too large to search."""
        t = self.torus
        if self.is_whole:
            assert t.sizes is not None
            made = {"opposite": torus_loads.opposite(t.sizes), "all_to_all": torus_loads.all_to_all(t.sizes)}
            return {k: np.where(t.whole.near >= 0, v[:, None], 0.0) for k, v in made.items()}
        if self.searched is None:
            return {}
        return {"opposite": self.searched.load[1], "all_to_all": self.searched.load[0]}

    @cached_property
    def searched(self) -> Searched | None:
        """Loads of all-to-all and of the hard permutation on what is left, and distances."""
        return None if self.torus.left.n > SEARCHED else self.search(self.torus.left)

    def search(self, net: Lattice) -> Searched:
        """The same on any part of it."""
        return torus_loads.searched(net, 1 / max(net.n - 1, 1), (self.opposite,))

    def share(self, load: Floats) -> float:
        """Part of the demand that fits everywhere at once; above 1 there is room."""
        worst = float(load.max(initial=0.0)) * self.torus.line_gbps / max(self.torus.gbps, 1e-9)
        return 1 / worst if worst > 0 else np.inf


def answers(judged: Judged, progress: Progress) -> Iterator[Answer]:
    """The questions about what is left (all, where nothing failed)."""
    t = judged.torus
    progress("connectivity")
    _, cut, homes = cut_off(t.left)
    form = "circuits closed as the design sets them"
    if t.sizes is None:
        form += "; they make no regular torus"
    elif judged.is_whole:
        form += f"; proved to be the {' x '.join(map(str, t.sizes))} torus"
    yield "unreachable", "Accelerators that cannot reach the others", float(cut), "pcs", form
    progress("loads")
    if judged.is_whole:
        assert t.sizes is not None
        hops = float(torus_loads.all_to_all(t.sizes).sum())
        yield "diameter", "Greatest distance", float(sum(s // 2 for s in t.sizes)), "hops", "closed form of a torus"
        yield "mean_hops", "Mean distance", hops, "hops", "between two accelerators, closed form of a torus"
    elif judged.searched is not None:
        pairs = judged.searched.pairs.astype(np.float64)
        yield "diameter", "Greatest distance", float(pairs.size - 1), "hops", "among those that reach each other"
        mean = float(pairs @ np.arange(pairs.size)) / max(float(pairs[1:].sum()), 1.0)
        yield "mean_hops", "Mean distance", mean, "hops", "between two accelerators that reach each other"
    yield from _rings(judged)
    for name in TITLES:
        load = judged.loads.get(name)
        value = None if load is None else min(1.0, judged.share(load))
        note = SPREAD if load is not None else f"not searched above {SEARCHED:,} accelerators"
        yield f"{name}_share", f"Share of line rate under {TITLES[name]}", value, "1", f"{note}; line rate is {t.line_gbps:,.0f} Gb/s an accelerator"
    progress("bisection")
    if homes == 1:
        yield _bisection(judged)
    else:
        yield "bisection_gbps", "Bisection", None, "Gb/s", f"the accelerators are in {homes} parts without a path between them"
    if judged.is_whole and t.sizes is not None and sum(t.sizes) > 3:
        title, note = "Share of line rate that no routing can exceed for the worst permutation", "capacity over demand x hops of the hard permutation"
        yield "bound_share", title, _bound(t), "1", note
        title = "Share of line rate that every traffic gets, however unlucky, by way of a random accelerator"
        valiant = min(1.0, judged.share(judged.loads["all_to_all"]) * t.whole.n / (t.whole.n - 1) / 2)
        yield "valiant_share", title, valiant, "1", "Valiant's routing: two all-to-alls over shortest paths, each at half the rate"


def _bound(t: Torus) -> float:
    assert t.sizes is not None
    ends = int((t.whole.near >= 0).sum())
    return min(1.0, t.gbps * ends / (t.whole.n * t.line_gbps * sum(s // 2 for s in t.sizes)))


def _rings(judged: Judged) -> Iterator[Answer]:
    """Everyone to the next along one dimension at the speed of a side: what a ring collective sends each way."""
    t = judged.torus
    if t.sizes is None or (judged.torus.left.n > SEARCHED and not judged.is_whole):
        return
    axes = [a for a in range(3) if t.sizes[a] > 1]
    steps = np.eye(3, dtype=np.int64)
    found = None if judged.is_whole else torus_loads.searched(t.left, 0.0, [judged.moved(steps[a]) for a in axes])
    for k, axis in enumerate(axes):
        # whole, every hop of a ring is a link of its own
        value = 1.0 if found is None else min(1.0, 1 / max(float(found.load[k].max(initial=0.0)), 1e-9))
        title = f"Share of a side's speed that rings along {AXES[axis]} get"
        yield f"ring_{AXES[axis]}_share", title, value, "1", f"{t.sizes[axis]} accelerators a ring, each to the next; {SPREAD}"


def _bisection(judged: Judged) -> Answer:
    """From below by all-to-all: halves exchange so much that fits. From above by exact minimum cuts of the orders along each dimension."""
    t = judged.torus
    graph = t.left.graph(t.gbps, t.line_gbps)
    orders = [np.arange(graph.n)]
    if t.sizes is not None:
        orders = [np.lexsort((*(t.at[:, b] for b in range(3) if b != a), t.at[:, a])) for a in range(3)]
    upper = min(bisection.cut(graph, o) for o in orders)
    half = int(t.left.alive.sum()) // 2
    pairs = half * (int(t.left.alive.sum()) - half)
    load = judged.loads.get("all_to_all")
    lower = 0.0 if load is None else min(1.0, judged.share(load)) * t.line_gbps / max(t.left.n - 1, 1) * pairs
    lower = min(lower, upper)
    return bisected(lower, upper, "all-to-all over shortest paths")


def cut_off(net: Lattice) -> tuple[Bools, int, int]:
    """(n,) those in service outside the largest part, how many, and how many parts there are."""
    low, high = _links(net)
    part = clos.parts(net.n, low, high)
    size = np.bincount(part[net.alive], minlength=1)
    outside = net.alive & (part != int(size.argmax()))
    return outside, int(outside.sum()), int(np.count_nonzero(size))


def _links(net: Lattice) -> tuple[Ints, Ints]:
    plus, low = np.nonzero(net.near[::2] >= 0)
    return low, net.near[2 * plus, low].astype(np.int64)


def loads(judged: Judged) -> Iterator[Row]:
    """Rows of `network_loads`: fixed links are of tier 7, those through circuit switches of tier 0."""
    t = judged.torus
    through = t.switch >= 0
    for name, load in judged.loads.items():
        for tier, chosen in ((0, through), (7, ~through)):
            some = load[chosen & (t.left.near >= 0)] * t.line_gbps
            if not some.size:
                continue
            most, mean = float(some.max()), float(some.mean())
            yield {
                "traffic": name, "tier": tier, "links": some.size // 2, "load_max_gbps": most, "load_mean_gbps": mean,
                "utilisation": most / t.gbps, "imbalance": most / mean if mean > 0 else 1.0,
            }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loss:
    """`count` things that look alike, and what the first of them takes along: ends (6, n) of links, accelerators."""

    what: str
    count: int
    ends: Bools
    nodes: Ints


def losses(judged: Judged) -> list[Loss]:
    """Circuit switches, cables, accelerators, servers and blocks, one of those that some symmetry of the torus maps to each other."""
    t = judged.torus
    if t.sizes is None:
        return []
    nobody, none = np.zeros(0, np.int64), np.zeros(t.whole.near.shape, np.bool_)
    made = [Loss("accelerator", t.whole.n, none, np.array([0]))] if t.whole.n else []
    joined = t.whole.near >= 0
    size = np.repeat(t.sizes, 2)[:, None] * 2 + (t.switch >= 0)
    for kind in np.unique(size[joined]):
        at = np.flatnonzero((size == kind) & joined)
        ends = none.copy()
        ends.flat[at[0]] = True
        # a link through a circuit switch is two cables, one fixed link is one
        is_circuit = bool(kind % 2)
        made.append(Loss("circuit cable" if is_circuit else "cable", at.size if is_circuit else at.size // 2, ends, nobody))
    nodes = np.arange(t.whole.n)
    for of, what in ((t.device, "server"), (_blocks(t), "block")):
        kinds = _alike(t, of, nodes, np.zeros_like(nodes))
        if 1 < np.unique(of).size < nodes.size:
            made += [Loss(what, count, none, np.flatnonzero(of == first)) for first, count in kinds]
    side, node = np.nonzero((t.switch >= 0) & joined)
    return made + [Loss("circuit switch", count, t.switch == first, nobody) for first, count in _alike(t, t.switch[side, node], node, side)]


def _blocks(t: Torus) -> Ints:
    """(n,) what fixed links join: all of it where there are no circuits."""
    fixed = t.whole.without(t.switch >= 0)
    return clos.parts(fixed.n, *_links(fixed))


def _alike(t: Torus, owner: Ints, node: Ints, side: Ints) -> list[tuple[int, int]]:
    """(first owner, how many) of each kind. Owners are alike whose nodes and sides, seen from the first of them, are the same up to an exchange of
    dimensions of equal size: shifting and such an exchange leave a torus what it is.
    """
    assert t.sizes is not None
    sizes = np.array(t.sizes)
    turns = [np.array(p) for p in itertools.permutations(range(3)) if np.array_equal(sizes[list(p)], sizes)]
    order = np.lexsort((side, node, owner))
    names, first = np.unique(owner[order], return_index=True)
    kinds: dict[bytes, list[int]] = {}
    for name, some in zip(names.tolist(), np.split(order, first[1:]), strict=True):
        seen = []
        away = (t.at[node[some]] - t.at[node[some[0]]]) % sizes
        for turn in turns:
            # `turn` puts dimension turn[i] in the place of i
            axis, back = np.divmod(side[some], 2)
            rows = np.column_stack((away[:, turn], np.argsort(turn)[axis] * 2 + back))
            seen.append(rows[np.lexsort(rows.T)].tobytes())
        kinds.setdefault(min(seen), []).append(name)
    return [(members[0], len(members)) for members in kinds.values()]


def costs(judged: Judged, names: Names, progress: Progress) -> list[Row]:
    """Rows of `network_failures`, those that cost most first; none above SEARCHED accelerators."""
    if judged.torus.whole.n > SEARCHED:
        return []
    before = judged.loads
    degree = (judged.torus.whole.near >= 0).sum(axis=0)
    made: list[Row] = []
    for loss in losses(judged):
        progress(f"loss of a {loss.what}")
        left = judged.torus.whole.without(loss.ends, loss.nodes)
        after = judged.search(left)
        kept = (left.near >= 0).sum(axis=0)[left.alive] / np.maximum(degree[left.alive], 1)
        share = {k: min(1.0, judged.share(after.load[i]) / judged.share(before[k])) for i, k in ((0, "all_to_all"), (1, "opposite"))}
        made.append(
            {
                "what": loss.what, "count": loss.count, "example": _example(judged.torus, names, loss), "endpoints": judged.torus.whole.n,
                "endpoints_lost": loss.nodes.size + cut_off(left)[1], "share_permutation": share["opposite"],
                "share_all_to_all": share["all_to_all"], "share_uplinks": float(kept.min(initial=1.0)),
            }
        )  # fmt: skip
    return sorted(made, key=lambda r: (-int(str(r["endpoints_lost"])), float(str(r["share_permutation"]))))


def _example(t: Torus, names: Names, loss: Loss) -> str | OfCable:
    """The first thing lost: what people call it, or the cable."""
    if loss.nodes.size:
        name = names.name(int(t.device[loss.nodes[0]]))
        one = f"{name} accelerator {int(t.number[loss.nodes[0]]) + 1}"
        return {"accelerator": one, "server": name}.get(loss.what, f"{loss.nodes.size} accelerators, the first in {name}")
    side, node = (int(i[0]) for i in np.nonzero(loss.ends))
    far = int(t.switch[side, node])
    if loss.what == "circuit switch":
        return names.name(far)
    return OfCable(int(t.row[side, node]))


def loss_answers(judged: Judged, rows: list[Row]) -> Iterator[Answer]:
    """The worst of what each kind of loss costs."""
    if not rows:
        reason = f"not searched above {SEARCHED:,} accelerators" if judged.torus.sizes else "told of a regular torus only"
        yield "switch_loss", "Accelerators that single losses cut off", None, "pcs", reason
        return
    for what in dict.fromkeys(str(r["what"]) for r in rows):
        some = [r for r in rows if r["what"] == what]
        count = sum(int(str(r["count"])) for r in some)
        key, note = what.replace(" ", "_"), f"all {count:,}, alike ones once; circuits stay as set"
        lost = max(float(str(r["endpoints_lost"])) for r in some)
        yield f"{key}_loss", f"Accelerators that the loss of one {what} cuts off, its own included", lost, "pcs", note
        for column, title in (("share_permutation", "the hard permutation"), ("share_all_to_all", "all-to-all")):
            least = min(float(str(r[column])) * (1 - float(str(r["endpoints_lost"])) / float(str(r["endpoints"]))) for r in some)
            count_as = f"{note}; accelerators cut off count as nothing"
            yield f"{key}_loss_{column}", f"Throughput of {title} left after the loss of one {what}, at worst", least, "1", count_as
    t = judged.torus
    bridges = int(single_points(t.whole.graph(t.gbps, t.line_gbps)).is_bridge.sum())
    yield "bridges", "Links whose loss parts the fabric", float(bridges), "pcs", "fixed links and circuits"
