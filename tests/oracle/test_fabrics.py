"""Switch and cable counts of published designs. Every count is exact (no tolerance) and derived: no test states a switch count on the way in.

Sources: DGX H100 SuperPOD RA-11333-001 V11 (2023-09-22) tables 3 and 4; DGX B200 RA-11334-001 V08 (2025-04-24) tables 3 and 4; DGX GB200
RA-11338-001 V01 (2025-06-16); DeepSeek-V3 "Insights", ISCA 2025 (arXiv 2505.09343) table 3; Kim et al., ISCA 2008 (dragonfly); Jouppi et al.,
ISCA 2023 (TPU v4). Where a printed row cannot be built as it stands, the arithmetic is kept and the test says so.
"""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import shortest_path
from tests.build.fabrics import measure

from rackwright.build.fabrics.fabric import Endpoints, FabricSpec, SwitchModel
from rackwright.build.fabrics.plan import Plan, links
from rackwright.build.fabrics.torus import circuits
from rackwright.schema.links import GLOBAL, HOST, LEAF_SPINE, MESH, SPINE_CORE, TORUS

pytestmark = pytest.mark.oracle

QM9700 = (SwitchModel("nvidia/qm9700", 32, 800.0, (2, 4)),)  # 64 x 400G in 32 twin-port cages
K64 = (SwitchModel("64x400g", 64, 400.0),)
K128 = (SwitchModel("128x400g", 128, 400.0),)
K512 = (SwitchModel("64x800g", 64, 800.0, (1, 2, 4, 8)),)  # 512 x 100G

# SU, leaf, spine, core, node-leaf, leaf-spine, spine-core
H100_TABLE_3 = [
    (4, 32, 16, 0, 1024, 1024, 0), (8, 64, 32, 0, 2048, 2048, 0), (16, 128, 128, 64, 4096, 4096, 4096), (32, 256, 256, 128, 8192, 8192, 8192),
    (64, 512, 512, 256, 16384, 16384, 16384),
]  # fmt: skip
B200_TABLE_3 = [(2, 16, 8, 0, 512, 512, 0), *H100_TABLE_3]
# SU, nodes, leaf, spine, compute + UFM cables, spine-leaf cables
TABLE_4 = [(1, 31, 8, 4, 252, 256), (2, 63, 16, 8, 508, 512), (3, 95, 24, 16, 764, 768), (4, 127, 32, 16, 1020, 1024)]


def counts(plan: Plan) -> tuple[int, ...]:
    return (*(plan.count(t) for t in range(3)), int(plan.first[-1]), plan.total(LEAF_SPINE), plan.total(SPINE_CORE))


def superpod(units: int, ufm: bool) -> Endpoints:
    """Scalable units of 32 DGX; with UFM the last slot holds two appliances with two ports each, on rails 0 to 3."""
    e = Endpoints.uniform(units, 8, 4, 8)
    if not ufm:
        return e
    last = int(e.server.max())
    e = e.pick((e.server != last) | (e.rail < 4))
    return Endpoints(e.server, e.rack, e.pod, e.rail, e.subport, e.speed_gbps, np.where(e.server == last, 1, 0).astype(np.int8))


@pytest.mark.parametrize("row", [*H100_TABLE_3, B200_TABLE_3[0]], ids=lambda r: f"{r[0]}su")
def test_dgx_h100_and_b200_table_3(row: tuple[int, ...]):
    """Table 3 of both documents; three tiers begin at 16 SU by themselves. The B200 document adds the row of 2 SU and repeats the others."""
    plan = measure.planned(FabricSpec("compute", "rail-optimized"), QM9700, superpod(row[0], ufm=False))
    assert counts(plan) == row[1:]


@pytest.mark.parametrize("row", TABLE_4, ids=lambda r: f"{r[0]}su")
def test_dgx_h100_table_4(row: tuple[int, ...]):
    """With one DGX slot given to UFM. At 3 SU ports alone would ask for 12 spines; 32 uplinks of a leaf spread equally over 16 only."""
    units, nodes, leaf, spine, cables, trunk = row
    e = superpod(units, ufm=True)
    w = measure.built(FabricSpec("compute", "rail-optimized"), QM9700, e)
    host = w.links.tier == HOST
    assert len(np.unique(e.server[e.kind == 0])) == nodes
    assert [int((w.switches.tier == t).sum()) for t in (0, 1)] == [leaf, spine]
    assert (int(host.sum()), int((w.links.tier == LEAF_SPINE).sum())) == (cables, trunk)
    assert int((e.kind[w.links.a[host]] == 1).sum()) == 4
    assert set(measure.shares(w, LEAF_SPINE)) == {32 // spine}
    measure.check_ports(w, QM9700, e)
    measure.check_groups(w, e, 1, smallest=True)
    assert measure.components(w, e, 0) == 1


@pytest.mark.parametrize(("units", "leaf", "spine", "core"), [(2, 64, 48, 18), (4, 128, 96, 36)])
def test_dgx_gb200(units: int, leaf: int, spine: int, core: int):
    """SU of 8 NVL72 racks of 18 trays; a leaf per rack and rail, a spine-leaf group per rail and SU; core = GPUs / 64."""
    e = Endpoints.uniform(units, 8, 18, 4)
    spec = FabricSpec("compute", "rail-optimized", tiers=3, leaf_scope="rack", spine_scope="rail")
    w = measure.built(spec, QM9700, e)
    assert [int((w.switches.tier == t).sum()) for t in range(3)] == [leaf, spine, core]
    assert core == len(e) // 64
    low, mid = w.links.tier == LEAF_SPINE, w.links.tier == SPINE_CORE
    assert (np.bincount(w.links.a[low])[:leaf] == 18).all()
    assert set(measure.shares(w, LEAF_SPINE)) == {3}
    spines = slice(leaf, leaf + spine)
    assert (np.bincount(w.links.b[low])[spines] == 24).all()
    assert (np.bincount(w.links.a[mid])[spines] == 24).all()
    assert (np.bincount(w.links.b[mid])[leaf + spine :] == 64).all()
    measure.check_ports(w, QM9700, e)
    measure.check_shares(w, SPINE_CORE)
    assert measure.components(w, e, 0) == 1


def test_dgx_gb200_single_su():
    """32 leaves and 24 spines whose upper half waits for a core (the document gives 2 and 4 SU; this row is derived from its 6 spines per group)."""
    spec = FabricSpec("compute", "rail-optimized", tiers=2, core_ready=True, leaf_scope="rack", spine_scope="rail")
    assert counts(measure.planned(spec, QM9700, Endpoints.uniform(1, 8, 18, 4))) == (32, 24, 0, 576, 576, 0)


def test_deepseek_ft2():
    """Two tiers of k = 64: k^2 / 2 endpoints, 3k / 2 switches, k^2 / 2 links between switches."""
    plan = measure.planned(FabricSpec("ft2", "node-local"), K64, Endpoints.uniform(64, 1, 4, 8))
    assert counts(plan) == (64, 32, 0, 2048, 2048, 0)


def test_deepseek_mpft():
    """Eight FT2, one per NIC of a server: 16,384 endpoints, 768 switches, 16,384 links; the planes meet in the servers only."""
    e = Endpoints.uniform(64, 4, 8, 8)
    w = measure.built(FabricSpec("mpft", "rail-only", tiers=2), K64, e)
    assert len(e) == 16384
    assert len(w.switches) == 768
    assert int((w.links.tier == LEAF_SPINE).sum()) == 16384
    assert measure.components(w, e, 0) == 8
    assert measure.components(w, e, 0, servers=True) == 1


@pytest.mark.parametrize(("pods", "per_pod"), [(64, 128), (256, 32), (16, 512)], ids=["as wide as a core", "four to a group", "wider than a spine"])
def test_deepseek_ft3(pods: int, per_pod: int):
    """Three tiers of k = 64: k^3 / 4 endpoints, 5 k^2 / 4 switches, 2 k^3 / 4 links, whatever the size of a scalable unit, up to k^2 / 4 ports.

    Pods of more ports than that cannot share one set of spines: 512 servers are refused with the numbers.
    """
    e = Endpoints.uniform(pods, 1, per_pod, 8)
    if per_pod > 128:
        problem = measure.refused(FabricSpec("ft3", "node-local"), K64, e)
        assert (problem.value, problem.limit, problem.unit) == (128, 32, "ports")
        return
    plan = measure.planned(FabricSpec("ft3", "node-local"), K64, e)
    assert sum(counts(plan)[:3]) == 5120
    assert counts(plan)[3:] == (65536, 65536, 65536)


def dragonfly_of(groups: int) -> Plan:
    return measure.planned(FabricSpec("df", "dragonfly"), K64, Endpoints.uniform(groups, 1, 64, 8))


def test_deepseek_dragonfly():
    """p = h = 16, a = 32 follow from 64 ports. The paper counts 511 groups: 16,352 switches, 261,632 endpoints, 384,272 links."""
    plan = dragonfly_of(511)
    assert len(plan.switches) == 16352
    assert int(plan.first[-1]) == 261632
    assert plan.total(MESH) + plan.total(GLOBAL) == 511 * (32 * 31 // 2 + 32 * 16 // 2) == 384272


def test_canonical_dragonfly():
    """g = a h + 1 = 513 is what 64 ports allow; the paper's row stops at 511, which is allowed but not the largest. 514 do not go."""
    plan = dragonfly_of(513)
    assert len(plan.switches) == 16416
    assert int(plan.first[-1]) == 32 * 16 * 513 == 262656
    assert plan.total(GLOBAL) == 513 * 512 // 2
    problem = measure.refused(FabricSpec("df", "dragonfly"), K64, Endpoints.uniform(514, 1, 64, 8))
    assert (problem.value, problem.limit, problem.unit) == (514, 513, "groups")


def test_two_tiers_of_eight_planes():
    """512 x 100G switches: k^2 / 2 = 131,072 NICs of 800G in two tiers, 8 planes of 512 leaves and 256 spines."""
    e = Endpoints.uniform(64, 16, 16, 8, 8, 100.0)
    plan = measure.planned(FabricSpec("eight", "node-local", planes=8), K512, e)
    assert counts(plan) == (8 * 512, 8 * 256, 0, 8 * 131072, 8 * 131072, 0)
    more = Endpoints.uniform(65, 16, 16, 8, 8, 100.0)
    problem = measure.refused(FabricSpec("eight", "node-local", planes=8, tiers=2), K512, more)
    assert (problem.value, problem.limit) == (520, 512)
    assert problem.change == "`tiers: 3`"


def half_a_million() -> tuple[Plan, list[Endpoints]]:
    e = Endpoints.uniform(128, 64, 16, 4, 2)
    plan = measure.planned(FabricSpec("backend", "rail-optimized", planes=2), K128, e)
    return plan, [e.pick(slice(plan.first[c], plan.first[c + 1])) for c in range(plan.cells)]


def test_half_a_million_nics_on_two_planes():
    """k^3 / 4 = 524,288 NICs with k = 128; 5 k^2 / 4 switches per plane. 524,288 x 3 links per plane, cell by cell, under half a CPU second."""
    plan, cells = half_a_million()
    assert int(plan.first[-1]) == 2 * 128**3 // 4
    assert len(plan.switches) == 2 * 5 * 128**2 // 4
    started = time.process_time()
    made = sum(len(links(plan, c, e)) for c, e in enumerate(cells))
    assert time.process_time() - started < 0.5
    assert made == 2 * 3 * 524288


def test_half_a_million_nics_use_every_port_once():
    plan, cells = half_a_million()
    seen = np.zeros((len(plan.switches), 128), np.uint8)
    for c, e in enumerate(cells):
        x = links(plan, c, e)
        np.add.at(seen, (x.b, x.b_port), 1)
        np.add.at(seen, (x.a[x.tier != HOST], x.a_port[x.tier != HOST]), 1)
    assert (seen == 1).all()


def test_torus_of_64_cubes():
    """64 cubes of 4 x 4 x 4: 4,096 accelerators, 48 circuit switches of 136 ports with 128 in use, 96 fibre links per cube."""
    e = Endpoints.uniform(64, 1, 16, 4, 6, 400.0)
    w = measure.built(FabricSpec("ici", "torus"), (SwitchModel("ocs-136", 136, 800.0),), e)
    assert len(e) // 6 == 4096
    assert len(w.switches) == 48
    optical = w.links.tier == HOST
    assert int(optical.sum()) == 64 * 96
    assert (np.bincount(w.links.b[optical]) == 128).all()
    assert int((w.links.tier == TORUS).sum()) == 64 * 3 * 48


def test_torus_is_closed_by_its_circuits():
    """With the circuits in place every accelerator has six neighbours and the graph is the 16 x 16 x 16 torus: all distances from one point agree."""
    e = Endpoints.uniform(64, 1, 16, 4, 6, 400.0)
    plan = measure.planned(FabricSpec("ici", "torus"), (SwitchModel("ocs-136", 136, 800.0),), e)
    w = measure.built(FabricSpec("ici", "torus"), (SwitchModel("ocs-136", 136, 800.0),), e)
    optical = w.links.tier == HOST
    at = np.full((48, 136), -1)
    at[w.links.b[optical], w.links.b_port[optical]] = w.links.a[optical]
    switch, port, far = circuits(plan)
    a = np.concatenate([w.links.a[~optical], at[switch, port]]) // 6
    b = np.concatenate([w.links.b[~optical], at[switch, far]]) // 6
    assert min(a.min(), b.min()) >= 0
    assert (np.bincount(np.concatenate([a, b])) == 6).all()
    graph = coo_array((np.ones(2 * len(a)), (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(4096, 4096)).tocsr()
    found = shortest_path(graph, unweighted=True, indices=[0])[0]
    ring = np.minimum(np.arange(16), 16 - np.arange(16))
    expected = (ring[:, None, None] + ring[None, :, None] + ring[None, None, :]).ravel()
    assert np.array_equal(np.sort(found), np.sort(expected))
