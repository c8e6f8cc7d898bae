"""Fabrics that grow: what stands stays. The least number of cables that move is counted here from switch names and multisets alone."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from tests.build.fabrics import measure

from rackwright.build.fabrics.fabric import Endpoints, FabricSpec, LinkArrays, SwitchModel, Wiring
from rackwright.build.fabrics.plan import Plan, links
from rackwright.build.fabrics.standing import Old, relaid
from rackwright.schema.links import HOST

TWIN = SwitchModel("twin", 32, 800.0, (2,))
SINGLE = SwitchModel("single", 64, 400.0, (1,))
BROKEN = SwitchModel("broken", 64, 800.0, (1, 2, 4))
Name = tuple[int, ...]


def whole(plan: Plan, e: Endpoints) -> LinkArrays:
    return LinkArrays.join([links(plan, c, e.pick(slice(int(plan.first[c]), int(plan.first[c + 1])))) for c in range(plan.cells)])


def switch_names(plan: Plan) -> list[Name]:
    s = plan.switches
    return list(zip(*(getattr(s, c).tolist() for c in ("tier", "pod", "plane", "rail", "index")), strict=True))


def end_names(e: Endpoints) -> list[Name]:
    """Pod, number of the server in it, rail, subport."""
    first: dict[int, int] = {}
    columns = (c.tolist() for c in (e.pod, e.server, e.rail, e.subport))
    return [(p, s - first.setdefault(p, s), r, u) for p, s, r, u in zip(*columns, strict=True)]


def named(plan: Plan, e: Endpoints, x: LinkArrays) -> list[tuple[int, Name, int, Name, int]]:
    switch, end = switch_names(plan), end_names(e)
    return [
        (t, end[a] if t == HOST else switch[a], p, switch[b], q)
        for t, a, p, b, q in zip(x.tier.tolist(), x.a.tolist(), x.a_port.tolist(), x.b.tolist(), x.b_port.tolist(), strict=True)
    ]


def grown(
    spec: FabricSpec, models: tuple[SwitchModel, ...], before: Endpoints, after: Endpoints, then: FabricSpec | None = None, is_single: bool = False
):
    """Links before, links after with what stands kept, and links of the new plan; all named. `is_single`: a cable a link, else a cable a group."""
    one, two = measure.planned(spec, models, before), measure.planned(then or spec, models, after)
    x = whole(one, before)
    switch, end = {n: i for i, n in enumerate(switch_names(two))}, {n: i for i, n in enumerate(end_names(after))}
    was, where = switch_names(one), end_names(before)
    a = np.array([end.get(where[i], -1) if t == HOST else switch.get(was[i], -1) for t, i in zip(x.tier.tolist(), x.a.tolist(), strict=True)])
    b = np.array([switch.get(was[i], -1) for i in x.b.tolist()])
    cable = np.arange(len(x)) if is_single else x.cable_group
    old = Old(x.tier, a, x.a_port, b, x.b_port, x.speed_gbps, cable).pick(np.flatnonzero((a >= 0) & (b >= 0)))
    made = relaid(two, after, old)
    y = whole(made, after)
    wiring = Wiring(made.switches, y)
    measure.check_ports(wiring, models, after)
    measure.check_switches(wiring)
    plain = whole(two, after)
    pairs = [Counter((t, a, b) for t, a, b in zip(v.tier.tolist(), v.a.tolist(), v.b.tolist(), strict=True) if t != HOST) for v in (y, plain)]
    assert pairs[0] == pairs[1], "as many links between each two switches as planned"
    on_leaf = [Counter(v.b[v.tier == HOST].tolist()) for v in (y, plain)]
    assert on_leaf[0] == on_leaf[1], "as many links on each leaf as planned"
    return set(named(one, before, x)), set(named(two, after, y)), set(named(two, after, plain))


def moved(before, after) -> int:
    """Cables that stood and do not stand as they did."""
    return len(before - after)


def surplus(before, after) -> int:
    """Sum over pairs of ends of max(0, old - new), for links between switches."""
    old, new = (Counter((t, a, b) for t, a, _, b, _ in v if t != HOST) for v in (before, after))
    return sum((old - new).values())


@pytest.mark.parametrize("model", [TWIN, SINGLE], ids=lambda m: m.part)
def test_twice_the_spines_move_half_of_the_uplinks(model: SwitchModel):
    """32 uplinks a leaf: 4 to each of 8 spines, then 2 to each of 16. Each leaf moves 8 * (4 - 2) = 16 of 32; nothing else moves."""
    e = Endpoints.uniform(1, 8, 4, 8)
    before, after, plain = grown(
        FabricSpec("f", "rail-optimized", spines=8, uplinks=32), (model,), e, e, FabricSpec("f", "rail-optimized", spines=16, uplinks=32)
    )
    assert moved(before, after) == 8 * 16 == surplus(before, after)
    assert moved(before, plain) > moved(before, after)
    at = {(t, a, p) for t, a, p, *_ in before}
    assert {(t, a, p) for t, a, p, *_ in after} == at, "the same ports of the leaves are in use"


@pytest.mark.parametrize(("spines", "then"), [(4, 8), (8, 4), (2, 8), (2, 4), (4, 16), (16, 8)])
def test_closed_form_of_a_changed_spine_layer(spines: int, then: int):
    """L leaves, u uplinks, S spines, then T: L max(S - T, 0) u/S are gone with their spine, and L min(S, T) max(0, u/S - u/T) move."""
    e = Endpoints.uniform(2, 4, 4, 4)
    before, after, _ = grown(
        FabricSpec("f", "rail-optimized", spines=spines, uplinks=16), (SINGLE,), e, e, FabricSpec("f", "rail-optimized", spines=then, uplinks=16)
    )
    leaves, u = 8, 16
    assert moved(before, after) == leaves * (max(spines - then, 0) * u // spines + min(spines, then) * max(0, u // spines - u // then))


CASES = [
    ("rail-optimized", {}, (1, 4, 4, 8), (2, 4, 4, 8)),
    ("rail-optimized", {"planes": 2}, (1, 4, 4, 4, 2), (3, 4, 4, 4, 2)),
    ("rail-optimized", {"tiers": 3}, (2, 4, 4, 8), (4, 4, 4, 8)),
    ("rail-optimized", {"tiers": 3, "spine_scope": "rail"}, (2, 4, 4, 8), (3, 4, 4, 8)),
    ("node-local", {"tiers": 2}, (2, 4, 2, 8), (3, 4, 2, 8)),
    ("node-local", {"tiers": 2, "homing": 2, "peer_links": 2}, (2, 4, 2, 4, 2), (5, 4, 2, 4, 2)),
    ("rail-only", {}, (1, 8, 4, 4), (1, 12, 4, 4)),
    ("tree", {"leaf_scope": "rack"}, (1, 12, 4, 1), (1, 20, 4, 1)),
    ("leaf-mesh", {}, (2, 4, 2, 8), (3, 4, 2, 8)),
    ("dragonfly", {}, (1, 3, 4, 4), (1, 9, 8, 4)),
    ("dragonfly-plus", {}, (1, 6, 4, 4), (2, 9, 8, 4)),
]


@pytest.mark.parametrize(("model", "is_single"), [(TWIN, False), (TWIN, True), (SINGLE, False), (BROKEN, False)])
@pytest.mark.parametrize(("topology", "wishes", "small", "large"), CASES)
def test_no_more_move_than_must(topology: str, wishes: dict, small: tuple, large: tuple, model: SwitchModel, is_single: bool):
    subports = small[4] if len(small) > 4 else 1
    before, after, plain = grown(
        FabricSpec("f", topology, **wishes),
        (model,),
        Endpoints.uniform(*small, speed_gbps=400.0 / (subports if wishes.get("planes") else 1)),
        Endpoints.uniform(*large, speed_gbps=400.0 / (subports if wishes.get("planes") else 1)),
        is_single=is_single,
    )
    between = {x for x in before if x[0] != HOST}
    assert len(between - after) <= len(between - plain)
    assert len(between - after) == surplus(before, after)
    hosts = {x for x in before if x[0] == HOST}
    old, new = (Counter(b for t, _, _, b, _ in v if t == HOST) for v in (before, after))
    assert len(hosts - after) == sum((old - new).values())


def test_a_unit_that_fills_up_moves_nobody():
    """6 servers on 2 leaves of 4 rails, then 8: the leaves have room, so all 6 stay where they are although equal parts are dealt otherwise."""
    before, after, plain = grown(
        FabricSpec("f", "node-local", leaves=2, tiers=2, uplinks=16), (SINGLE,), Endpoints.uniform(1, 6, 1, 4), Endpoints.uniform(1, 8, 1, 4)
    )
    hosts = {x for x in before if x[0] == HOST}
    assert hosts <= after
    assert not hosts <= plain


def test_servers_move_whole():
    """What goes to one leaf goes there together, whoever stays: 12 servers on 2 leaves, then on 3, and 2 of each leaf move."""
    wish = {"tiers": 2, "uplinks": 16}
    before, after, _ = grown(
        FabricSpec("f", "node-local", leaves=2, **wish),
        (SINGLE,),
        Endpoints.uniform(1, 12, 1, 4),
        Endpoints.uniform(1, 12, 1, 4),
        FabricSpec("f", "node-local", leaves=3, **wish),
    )
    leaf = {}
    for tier, a, _, b, _ in after:
        if tier == HOST:
            leaf.setdefault(a[:2], set()).add(b)
    assert {len(v) for v in leaf.values()} == {1}
    assert len({x for x in before if x[0] == HOST} - after) == 4 * 4


def test_least_by_assignment():
    """Any wiring that gives each leaf its shares is a matching of leaf ports to spine ports; the best of all keeps as many cables as ours does."""
    e = Endpoints.uniform(1, 3, 1, 2)
    before, after, _ = grown(
        FabricSpec("f", "node-local", leaves=2, tiers=2, spines=2, uplinks=6),
        (SINGLE,),
        e,
        e,
        FabricSpec("f", "node-local", leaves=2, tiers=2, spines=3, uplinks=6),
    )
    # rows: the cables that stood; columns: the seats of the new plan (a pair of switches, as often as planned); a cable stays in a seat of its pair
    old = [(a, b) for t, a, _, b, _ in sorted(before) if t != HOST]
    seats = [(a, b) for t, a, _, b, _ in sorted(after) if t != HOST]
    gain = np.array([[a == b for b in seats] for a in old], float)
    best = int(gain[linear_sum_assignment(gain, maximize=True)].sum())
    assert len(old) - best == len({x for x in before if x[0] != HOST} - after)
