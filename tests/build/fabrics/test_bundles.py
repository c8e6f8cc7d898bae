"""Links that leave together: what stages and hosts say of all their links, against every link of whole fabrics."""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations

import pytest

from rackwright.build.fabrics import topology
from rackwright.build.fabrics.fabric import Endpoints, FabricSpec, LinkArrays, SwitchModel
from rackwright.build.fabrics.plan import Plan, parts
from rackwright.build.fabrics.shape import tally
from rackwright.build.fabrics.stage import ALONE, Bundle

WIDE = SwitchModel("wide", 64, 800.0, (1, 2, 4, 8))
TWIN = SwitchModel("twin", 32, 800.0, (2,))
SINGLE = SwitchModel("single", 64, 400.0, (1,))
CASES = {
    "twin, two links to each spine": (FabricSpec("f", "rail-optimized"), [TWIN], (4, 32, 8, 1, 400.0), [Bundle(2, 2, 1), Bundle(2, 1, 1)]),
    "twin, one link to each spine": (FabricSpec("f", "rail-optimized", spines=32), [TWIN], (4, 32, 8, 1, 400.0), [Bundle(2, 2, 1), Bundle(4, 2, 2)]),
    "two planes": (FabricSpec("f", "rail-optimized", planes=2), [WIDE], (2, 32, 8, 2, 400.0), [Bundle(4, 2, 2), Bundle(2, 1, 1)]),
    "eight planes": (FabricSpec("f", "rail-optimized", planes=8, tiers=2), [WIDE], (4, 64, 8, 8, 100.0), [Bundle(64, 8, 8), None]),
    "units that share spine cages": (
        FabricSpec("f", "node-local", tiers=2, uplinks=5, spines=5), [TWIN], (3, 2, 8, 1, 400.0), [Bundle(2, 2, 1), ALONE],
    ),
    "leaf cages split, spine cages whole": (FabricSpec("f", "rail-optimized"), [TWIN, SINGLE], (4, 32, 8, 1, 400.0), [Bundle(2, 2, 1), None]),
    "leaves of all units": (FabricSpec("f", "rail-optimized", leaf_scope="all"), [TWIN], (3, 5, 8, 1, 400.0), [Bundle(2, 2, 1), None]),
    "mesh": (FabricSpec("f", "leaf-mesh"), [TWIN], (2, 12, 8, 1, 400.0), [None, None]),
}  # fmt: skip


def planned(spec: FabricSpec, models: list[SwitchModel], size: tuple[int, int, int, int, float]) -> tuple[Plan, Endpoints]:
    pods, servers, rails, legs, speed = size
    ends = Endpoints.uniform(pods, 1, servers, rails, legs, speed)
    plan = topology.plan(spec, models, tally(ends))
    assert isinstance(plan, Plan), plan
    return plan, ends


def held(bundle: Bundle, all_links: list[tuple[int, LinkArrays]], beside: set[tuple[int, int]]) -> None:
    """Groups of all links of a stage and plane (with planes: of hosts, all planes), each with the cell that made it, or cells `beside` each other."""
    groups, cages = defaultdict(list), defaultdict(set)
    for cell, made in all_links:
        for i in range(len(made)):
            a = ("a", int(made.a[i]) if made.tier[i] else int(made.a[i]) // int(made.a_legs[i]), int(made.a_port[i]) // int(made.a_legs[i]))
            b = ("b", int(made.b[i]), int(made.b_port[i]) // int(made.b_legs[i]))
            groups[int(made.cable_group[i])].append((cell, a, b))
            for cage in (a, b):
                cages[cage].add(int(made.cable_group[i]))
    assert all(len(g) == 1 for g in cages.values())
    assert max(map(len, groups.values())) == bundle.links
    for rows in groups.values():
        assert set(permutations({cell for cell, _, _ in rows}, 2)) <= beside
        assert len({a for _, a, _ in rows}) <= bundle.a_cages
        assert len({b for _, _, b in rows}) <= bundle.b_cages
        between = defaultdict(int)
        for _, a, b in rows:
            between[a, b] += 1
        assert max(between.values()) <= bundle.links // (bundle.a_cages * bundle.b_cages)


@pytest.mark.parametrize("case", CASES)
def test_bundles_hold_for_every_link(case: str) -> None:
    """A bundle of one link promises nothing; of others, every cage is in one group, and no group is larger than said."""
    spec, models, size, want = CASES[case]
    plan, ends = planned(spec, models, size)
    assert plan.hosts is not None
    cells = [(c, parts(plan, c, ends.pick(slice(int(plan.first[c]), int(plan.first[c + 1]))))) for c in range(plan.cells)]
    bundles = {-1: plan.hosts.bundle(plan.hosts.blocks[0])} | {i: s.bundle() for i, s in enumerate(plan.stages)}
    for said, bundle in zip(want, bundles.values(), strict=False):
        assert said is None or bundle == said
    for stage, bundle in bundles.items():
        if bundle != ALONE:
            made = [(c, m) for c, found in cells for s, m in found if s == stage]
            assert made
            held(bundle, made, plan.hosts.beside(plan.first, ends) if stage < 0 else set())


@pytest.mark.parametrize("servers", [1, 2, 5])
def test_units_with_endpoints_in_one_cage_are_told(servers: int) -> None:
    """Leaves of all units, cages of two: an odd number of servers leaves half a cage to the next unit."""
    plan, ends = planned(FabricSpec("f", "rail-optimized", leaf_scope="all"), [TWIN], (3, servers, 8, 1, 400.0))
    assert plan.hosts is not None
    seen = defaultdict(set)
    for c in range(plan.cells):
        begin, end = int(plan.first[c]), int(plan.first[c + 1])
        for group in plan.hosts.links(c, begin, ends.pick(slice(begin, end))).cable_group.tolist():
            seen[group].add(c)
    assert plan.hosts.beside(plan.first, ends) == {pair for cells in seen.values() for pair in permutations(cells, 2)}
    assert bool(plan.hosts.beside(plan.first, ends)) == (servers % 2 == 1)


def test_units_beside_each_other_are_those_that_share_cages() -> None:
    """Five leaves' worth of links a spine in cages of two: leaf 0 and 1 share one, 2 and 3 another, whatever the unit they are of."""
    spec, models, size, _ = CASES["units that share spine cages"]
    plan, ends = planned(spec, models, size)
    (stage,) = plan.stages
    found = set()
    links = [(c, m) for c in range(plan.cells) for s, m in parts(plan, c, ends.pick(slice(int(plan.first[c]), int(plan.first[c + 1])))) if s == 0]
    at = defaultdict(set)
    for cell, made in links:
        for b, port in zip(made.b.tolist(), (made.b_port // made.b_legs).tolist(), strict=True):
            at[b, port].add(cell)
    for shared in at.values():
        found |= {(x, y) for x in shared for y in shared if x != y}
    assert found
    assert stage.beside() == found  # type: ignore[attr-defined]
