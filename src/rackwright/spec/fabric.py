"""One fabric of a hall as a spec says it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rackwright.spec.fields import Many, Name, PartName, Ratio, Text
from rackwright.spec.rack import Section


class Fabric(Section):
    """One network: which ports it joins, through which switches, in which topology. Switch counts are derived."""

    topology: Name = Field(description="Topology, such as rail-optimized, rail-only, node-local, clos, tree; see the reference")
    ports: list[Text] = Field(
        min_length=1,
        description="Ports it joins: `GROUP.ALIAS` of a rack design, such as compute.nic; dgx.net/p0 takes one port of each; `*.bmc` all groups",
    )
    switch: PartName = Field(description="Leaf switch")
    spine: PartName | None = Field(None, description="Spine switch; the leaf's part unless given")
    core: PartName | None = Field(None, description="Core switch; the spine's part unless given")
    oversubscription: Ratio = Field("1:1", validate_default=True, description="Host bandwidth to uplink bandwidth of a leaf, such as 4:3")
    planes: Many = Field(1, description="Independent copies; each NIC port is broken out over them")
    tiers: Many | None = Field(None, description="Tiers of switches; as few as carry the links unless given")
    rails_per_leaf: Many | None = Field(1, description="Rails that share a leaf")
    leaf_scope: Literal["rack", "pod", "all"] = Field("pod", description="Servers that may share a leaf")
    spine_scope: Literal["pod", "rail"] = Field("pod", description="With three tiers: one set of spines a pod, or one per rail")
    uplinks: Many | None = Field(None, description="Uplinks of a leaf; from the oversubscription unless given")
    homing: Many | None = Field(None, description="Leaves a server is tied to")
    reserve: Many = Field(0, description="Ports kept free on every leaf")
    redundancy: Many = Field(1, description="In a tree: parents each switch is tied to")
