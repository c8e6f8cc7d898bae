"""Laws that hold for every Clos fabric, whatever is asked for: measured on the built graph."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.build.fabrics import measure

from rackwright.build.fabrics import shape, topology
from rackwright.build.fabrics.fabric import RAILLESS, ClassRule, Endpoints, FabricSpec, LinkArrays, Problem, SwitchModel, Wiring
from rackwright.schema.links import HOST, LEAF_SPINE, SPINE_CORE

MODELS = (
    SwitchModel("s16", 16, 400.0),
    SwitchModel("twin8", 8, 800.0, (2, 4)),
    SwitchModel("s12", 12, 800.0, (1, 2, 4, 8)),
    SwitchModel("edge", 16, 400.0, uplink_cages=6, uplink_gbps=800.0),
)

endpoints = st.builds(
    Endpoints.uniform,
    pods=st.integers(1, 4), racks=st.integers(1, 3), servers=st.integers(1, 4), rails=st.integers(1, 4), subports=st.sampled_from([1, 2, 4]),
    speed_gbps=st.sampled_from([100.0, 200.0, 400.0]),
)  # fmt: skip


@st.composite
def requests(draw: st.DrawFn) -> tuple[FabricSpec, tuple[SwitchModel, ...], Endpoints]:
    found = draw(endpoints)
    subports = int(found.subport.max()) + 1
    extra = draw(st.integers(0, 3))
    if extra:
        n = len(found)
        more = Endpoints.uniform(1, 1, extra, 1, subports, float(found.speed_gbps[0]), kind=1)
        last = (int(found.server[-1]) + 1, int(found.rack[-1]) + 1)
        more = Endpoints(more.server + last[0], more.rack + last[1], np.full(len(more), found.pod[-1], np.int32),
                         np.full(len(more), draw(st.sampled_from([RAILLESS, 0])), np.int16), more.subport, more.speed_gbps, more.kind)  # fmt: skip
        found = Endpoints.join([found, more])
        assert len(found) == n + len(more)
    spec = FabricSpec(
        "f", draw(st.sampled_from(["rail-optimized", "node-local", "rail-only"])),
        planes=draw(st.sampled_from([p for p in (1, 2, 4) if p <= subports])),
        oversubscription=draw(st.sampled_from([1.0, 1.5, 2.0, 3.0])), rails_per_leaf=draw(st.sampled_from([1, 2, None])),
        leaf_scope=draw(st.sampled_from(["rack", "pod", "all"])), spine_scope=draw(st.sampled_from(["pod", "rail"])),
        homing=draw(st.sampled_from([1, 1, 2])), peer_links=draw(st.sampled_from([0, 2])), reserve=draw(st.integers(0, 2)),
        tiers=draw(st.sampled_from([None, None, 2, 3])), classes=draw(st.sampled_from([(), (ClassRule((1,), 1.0, 0),)])),
    )  # fmt: skip
    return spec, draw(st.sampled_from([(m,) for m in MODELS[:3]] + [(MODELS[3], MODELS[2])])), found


@settings(max_examples=250, deadline=None)
@given(requests())
def test_every_clos_fabric(request_: tuple[FabricSpec, tuple[SwitchModel, ...], Endpoints]):
    spec, models, found = request_
    w = topology.wire(spec, models, found)
    if isinstance(w, Problem):
        assert w.short > 0
        assert bool(w.change) == bool(w.field)  # a change is named only where one was tried and helps
        return
    x = w.links
    measure.check_ports(w, models, found)
    measure.check_switches(w)
    measure.check_shares(w, LEAF_SPINE)
    measure.check_shares(w, SPINE_CORE)
    measure.check_groups(w, found, spec.planes, smallest=False)
    assert np.array_equal(x.cell[x.tier == HOST], found.pod[x.a[x.tier == HOST]])
    assert np.array_equal(x.plane[x.tier == HOST], found.subport[x.a[x.tier == HOST]] % spec.planes)
    block = measure.planned(spec, models, found).hosts.blocks[0]
    apart = block.groups if spec.topology == "rail-only" else 1
    # The two switches of a lone pair meet in the servers only, unless they have peer links.
    pair = 2 if spec.homing == 2 and not spec.peer_links and not w.switches.tier.max() else 1
    assert [measure.components(w, found, p) for p in range(spec.planes)] == [apart * pair] * spec.planes
    if w.switches.tier.max():
        ratio = spec.oversubscription if spec.topology != "rail-only" or not spec.classes else 1.0
        assert (measure.ratios(w) <= ratio + 1e-5).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 6), st.integers(1, 3), st.sampled_from([1.0, 2.0, 3.0]), st.sampled_from(["rail-optimized", "node-local"]))
def test_full_leaves_have_the_ratio_asked_for(pods: int, rails: int, ratio: float, name: str):
    """Leaves of 24 ports filled to the last one: down 12, 16 or 18 for 1:1, 2:1, 3:1."""
    down = int(24 * ratio / (ratio + 1))
    e = Endpoints.uniform(pods, 1, down, rails) if name == "rail-optimized" else Endpoints.uniform(pods, 1, down // 2, 2)
    w = measure.built(FabricSpec("f", name, oversubscription=ratio, tiers=2), (SwitchModel("s24", 24, 400.0),), e)
    assert measure.ratios(w) == pytest.approx(ratio)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("tiers", [2, 3])
def test_bisection_of_a_fat_tree(ratio: float, tiers: int):
    """By max-flow: half of the hosts can send at full speed to the other half, divided by the oversubscription."""
    down = 4 if ratio == 1.0 else 8
    e = Endpoints.uniform(4, 2, down, 1) if tiers == 3 else Endpoints.uniform(1, 4, down, 1)
    model = SwitchModel("s8", 8 if ratio == 1.0 else 12, 400.0)
    w = measure.built(FabricSpec("f", "node-local", oversubscription=ratio, tiers=tiers), (model, SwitchModel("s8", 8, 400.0)), e)
    half = e.server < e.server.max() / 2
    assert measure.bisection(w, e, half) == pytest.approx(half.sum() * 400 / ratio)
    alternating = e.server // down % 2 == 0
    assert measure.bisection(w, e, alternating) == pytest.approx(alternating.sum() * 400 / ratio)


@pytest.mark.parametrize("name", sorted(topology.topologies()))
def test_cells_make_what_one_pod_at_a_time_makes(name: str):
    """Links of all cells together do not depend on how endpoints are cut into pods, where pods mean nothing to the topology."""
    subports = 6 if name == "torus" else 2 if name == "collapsed-core" else 1
    spec = FabricSpec("f", name, leaf_scope="all", hosts=2 if name == "dragonfly" else None, cube=(2, 2, 2), tiers=2 if "only" in name else None)
    cut, whole = (Endpoints.uniform(pods, 4 // pods, 4, 2, subports) for pods in (4, 1))
    a, b = (measure.built(spec, (SwitchModel("s48", 48, 400.0), SwitchModel("s96", 96, 400.0)), e) for e in (cut, whole))
    keys = [np.stack([getattr(w.links, c) for c in ("a", "a_port", "b", "b_port", "tier", "cable_group")]).astype(np.int64) for w in (a, b)]
    first, second = (k[:, np.lexsort(k)] for k in keys)
    assert np.array_equal(first, second)
    assert len(np.unique(a.links.cell)) == 4


def test_rails_are_pure():
    e = Endpoints.uniform(2, 2, 8, 8)
    w = measure.built(FabricSpec("f", "rail-optimized", rails_per_leaf=2), (SwitchModel("s64", 64, 400.0),), e)
    host = w.links.tier == HOST
    assert np.array_equal(w.links.rail[host] // 2 * 2, w.switches.rail[w.links.b[host]])
    assert len(np.unique(w.switches.rail[w.switches.tier == 0])) == 4


def test_a_server_stays_on_its_leaf():
    e = Endpoints.uniform(3, 3, 5, 6, 2)
    w = measure.built(FabricSpec("f", "node-local", planes=2), (SwitchModel("s64", 64, 400.0),), e)
    host = w.links.tier == HOST
    leaf = w.links.b[host] % (w.switches.tier == 0).sum()
    for plane in (0, 1):
        own = w.links.plane[host] == plane
        pairs = np.unique(np.stack([e.server[w.links.a[host][own]], leaf[own]]), axis=1)
        assert len(pairs.T) == e.server.max() + 1


def test_dual_homed_servers_reach_two_leaves():
    e = Endpoints.uniform(2, 2, 8, 1, 2, 100.0)
    spec = FabricSpec("f", "node-local", homing=2, peer_links=2)
    w = measure.built(spec, (SwitchModel("s32", 32, 100.0),), e)
    host = w.links.tier == HOST
    leaves = np.unique(np.stack([e.server[w.links.a[host]], w.links.b[host]]), axis=1)[0]
    assert (np.bincount(leaves) == 2).all()
    pair = w.links.b[host] // 2
    assert len(np.unique(np.stack([e.server[w.links.a[host]], pair]), axis=1).T) == e.server.max() + 1
    assert (measure.shares(w, 4) == 2).all()
    single = measure.refused(spec, (SwitchModel("s32", 32, 100.0),), Endpoints.uniform(2, 2, 8, 1, 1, 100.0))
    assert (single.value, single.limit) == (2, 1)


def test_a_class_may_have_leaves_and_a_ratio_of_its_own():
    """Storage at 1:1 beside servers at 3:1, joined by the same spines."""
    gpu = Endpoints.uniform(2, 3, 4, 4)
    storage = Endpoints.uniform(1, 1, 6, 2, kind=1)
    shifted = Endpoints(storage.server + 24, storage.rack + 6, storage.pod + 1, storage.rail, storage.subport, storage.speed_gbps, storage.kind)
    e = Endpoints.join([gpu, shifted])
    w = measure.built(FabricSpec("f", "node-local", oversubscription=3.0, classes=(ClassRule((1,), 1.0),)), (SwitchModel("s32", 32, 400.0),), e)
    host = w.links.tier == HOST
    own = np.zeros(int((w.switches.tier == 0).sum()), bool)
    own[w.links.b[host][e.kind[w.links.a[host]] == 1]] = True
    assert not own[w.links.b[host][e.kind[w.links.a[host]] == 0]].any()
    ratio = measure.ratios(w)
    assert ratio[own] == pytest.approx(1.0)
    assert ratio[~own] == pytest.approx(3.0)
    assert measure.components(w, e, 0) == 1


def test_joined_shapes_are_the_shape_of_all():
    e = Endpoints.uniform(3, 2, 4, 2, 2)
    parts = [shape.tally(e.pick(e.pod == p)) for p in range(3)]
    from_parts, whole = shape.joined(parts), shape.tally(e)
    for name in ("pod", "rack", "rail", "subport", "kind", "ports", "servers", "rows", "first"):
        assert np.array_equal(getattr(from_parts, name), getattr(whole, name)), name


def test_wiring_is_the_same_twice():
    e = Endpoints.uniform(3, 2, 4, 2, 2)
    one, two = (measure.built(FabricSpec("f", "rail-optimized", planes=2), MODELS[:1], e).links for _ in range(2))
    for name in LinkArrays.__slots__:
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes()
    assert isinstance(topology.wire(FabricSpec("f", "rail-optimized", planes=2), MODELS[:1], e), Wiring)
