"""Published designs that no part of this program was written for, told as specs and planned; every switch count is derived.

Sources:
- Llama 3 24K cluster: "The Llama 3 Herd of Models" (arXiv 2407.21783), section 3.3.1: racks of 16 GPUs under one switch, pods of 192 racks with
  full bisection, eight pods joined at 1:7.
- Alibaba HPN: Qian et al., SIGCOMM 2024: each NIC of 2 x 200G on two planes, segments of 1,024 GPUs (and 64 for backup) under 16 switches, 15
  segments a pod, 60 x 400G up from each, 60 aggregation switches a plane that keep a fifteenth of their capacity for the core.
- Juniper AI validated design with queue pair pinning (jvd-ai-dc-qpp-bgp-dpf): two stripes of eight leaves, four spines, 400G; its table says that
  eight servers make the fabric 1:1 and four make it 1:2.
- DeepSeek-V3 "Insights" (arXiv 2505.09343), table 3: the eight-plane fat tree and the dragonfly of 511 groups, here from specs.
- Kim et al., ISCA 2008 (dragonfly) for a canonical one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.build.hall.planned import plans, server, switch

from rackwright.build.fabrics.plan import Plan
from rackwright.schema.links import GLOBAL, LEAF_SPINE, MESH, SPINE_CORE

pytestmark = pytest.mark.oracle


def counts(plan: Plan) -> tuple[int, ...]:
    return (*(plan.count(t) for t in range(3)), int(plan.first[-1]), plan.total(LEAF_SPINE), plan.total(SPINE_CORE))


def test_llama_3_cluster_of_24k(tmp_path: Path) -> None:
    """1,536 racks, a leaf each; 3,072 GPUs a pod without oversubscription; at most 1:7 above it, and not a port more than that takes."""
    server(tmp_path, nics=8, speed=400)
    switch(tmp_path, "minipack", cages=64, speed=400)
    switch(tmp_path, "chassis", cages=576, speed=400)
    fabric = (
        "{topology: node-local, ports: [box.nic], switch: own/minipack, spine: own/chassis, leaf_scope: rack, tiers: 3, spine_oversubscription: 7:1}"
    )
    (plan,) = plans(tmp_path, racks=8 * 192, servers=2, unit=192, fabrics={"backend": fabric})
    assert (plan.count(0), plan.cells, int(plan.first[1])) == (1536, 8, 3072)
    assert plan.total(LEAF_SPINE) == int(plan.first[-1]) == 24576
    down, up = plan.total(LEAF_SPINE) / plan.count(1), plan.total(SPINE_CORE) / plan.count(1)
    assert up == np.ceil(down / 7)


def test_alibaba_hpn_pod(tmp_path: Path) -> None:
    """15 segments of 136 hosts, 128 of them for work and 8 for backup: 240 leaves, 120 spines, one link from each leaf to each spine of its plane."""
    server(tmp_path, nics=8, speed=400)
    switch(tmp_path, "tor", cages=128, speed=400, breakouts="1 2")
    fabric = "{topology: rail-optimized, ports: [box.nic], switch: own/tor, planes: 2, tiers: 2, uplinks: 60, uplink_speed: 400 Gb/s}"
    (plan,) = plans(tmp_path, racks=15 * 34, servers=4, unit=34, fabrics={"backend": fabric})
    assert counts(plan) == (240, 120, 0, 15 * 136 * 8 * 2, 240 * 60, 0)
    # 120 of a spine's 128 ports lead down; the eight others are the fifteenth that the core gets
    assert plan.total(LEAF_SPINE) / plan.count(1) == 120


def test_alibaba_hpn_keeps_a_fifteenth_for_the_core(tmp_path: Path) -> None:
    """Two pods joined by a core at 15:1: 8 of a spine's 128 ports lead up, 120 down, as published."""
    server(tmp_path, nics=8, speed=400)
    switch(tmp_path, "tor", cages=128, speed=400, breakouts="1 2")
    fabric = (
        "{topology: rail-optimized, ports: [box.nic], switch: own/tor, planes: 2, tiers: 3, uplinks: 60, uplink_speed: 400 Gb/s, "
        "pods_per_group: 15, spine_oversubscription: 15:1}"
    )
    (plan,) = plans(tmp_path, racks=30 * 34, servers=4, unit=34, fabrics={"backend": fabric})
    assert counts(plan)[:2] == (480, 240)
    assert plan.total(SPINE_CORE) / plan.count(1) == 8


def test_juniper_stripes(tmp_path: Path) -> None:
    """Two stripes of eight leaves on four spines: 64 links of 400G, 25.6 Tb/s, which is 1:1 with eight servers and 1:2 with four."""
    server(tmp_path, nics=8, speed=400)
    switch(tmp_path, "qfx", cages=64, speed=800, breakouts="1 2")
    fabric = "{topology: rail-optimized, ports: [box.nic], switch: own/qfx, uplinks: 4, spines: 4}"
    for servers, share in ((4, 1), (2, 2)):
        (plan,) = plans(tmp_path, racks=2, servers=servers, unit=1, fabrics={"backend": fabric})
        assert counts(plan) == (16, 4, 0, 2 * servers * 8, 64, 0)
        assert plan.total(LEAF_SPINE) * 400 == 25_600 == share * 2 * servers * 8 * 400


def test_deepseek_eight_planes_from_a_spec(tmp_path: Path) -> None:
    """16,384 GPUs, one plane for each NIC of a server: 768 switches of 64 ports and 16,384 links between them."""
    server(tmp_path, nics=8, speed=400)
    switch(tmp_path, "k64", cages=64, speed=400)
    fabric = "{topology: rail-only, ports: [box.nic], switch: own/k64, tiers: 2}"
    (plan,) = plans(tmp_path, racks=512, servers=4, unit=8, fabrics={"mpft": fabric})
    assert counts(plan) == (512, 256, 0, 16384, 16384, 0)


def test_deepseek_dragonfly_from_a_spec(tmp_path: Path) -> None:
    """511 groups of 32 switches of 64 ports: 16,352 switches, 261,632 ends, 384,272 links between switches."""
    server(tmp_path, nics=8, speed=400)
    switch(tmp_path, "k64", cages=64, speed=400)
    (plan,) = plans(tmp_path, racks=511 * 16, servers=4, unit=16, fabrics={"df": "{topology: dragonfly, ports: [box.nic], switch: own/k64}"})
    assert (plan.count(0), int(plan.first[-1])) == (16352, 261632)
    assert plan.total(MESH) + plan.total(GLOBAL) == 384272


def test_dragonfly_of_a_wished_shape(tmp_path: Path) -> None:
    """p = 4, a = 8, h = 4: 33 groups of 32 ends are the most (a h + 1), 264 switches, one link between any two groups (Kim et al.)."""
    server(tmp_path, nics=8, speed=400)
    switch(tmp_path, "k16", cages=16, speed=400)
    wish = "{topology: dragonfly, ports: [box.nic], switch: own/k16, hosts: 4, routers: 8, global_links: 4}"
    (plan,) = plans(tmp_path, racks=33, servers=4, unit=1, fabrics={"df": wish})
    assert plan.count(0) == 264
    assert plan.total(GLOBAL) == 33 * 32 // 2
