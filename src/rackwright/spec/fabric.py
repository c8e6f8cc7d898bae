"""One fabric of a hall as a spec says it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rackwright.spec.fields import Many, Money, Name, PartName, Ratio, Speed, Text, Triple, Truth
from rackwright.spec.rack import Section


class EndpointClass(Section):
    """Endpoints of a fabric with leaves of their own, such as storage at 1:1 beside servers at 4:3."""

    ports: list[Text] = Field(min_length=1, description="Ports of this class, written as those of the fabric; they need not be listed there again")
    oversubscription: Ratio | None = Field(None, description="Host bandwidth to uplink bandwidth of its leaves; that of the fabric unless given")
    reserve: Many | None = Field(None, description="Ports kept free on each of its leaves; that of the fabric unless given")
    breakout: Many | None = Field(None, ge=1, description="Links of a cage of its leaves; that of the fabric unless given")
    leaves: Many | None = Field(None, ge=1, description="Its leaves, where more than the fewest are wanted")


class Outside(Section):
    """Ports of a fabric that lead out of the hall, such as uplinks to the customer's network. What is beyond the module or room is not ours."""

    at: Literal["leaf", "spine", "core"] = Field("spine", description="Tier of the switches; all of it keep these ports free")
    ports: Many = Field(ge=1, description="Ports on each switch")
    switches: Many | None = Field(None, ge=1, description="How many switches of the tier have them, the first ones; all unless given")
    speed: Speed | None = Field(None, description="Speed of a port; the most of a cage, or of one of its ports where it has several, unless given")
    breakout: Many | None = Field(None, ge=1, description="Ports of a cage; the most that carry their speed unless given")
    module: PartName | None = Field(None, description="Module in each cage, which is ours; none unless given")
    to: Name | None = Field(None, description="One of `meet_me_rooms`, to which a fibre of ours leads from each port; no cable of ours unless given")


class Fabric(Section):
    """One network: which ports it joins, through which switches, in which topology. Switch counts are derived."""

    topology: Name = Field(description="rail-optimized, rail-only, node-local, tree, collapsed-core, leaf-mesh, dragonfly, dragonfly-plus or torus")
    ports: list[Text] = Field(
        min_length=1,
        description="Ports it joins: `GROUP.ALIAS` of a rack design, such as compute.nic; dgx.net/p0 takes one port of each; `*.bmc` all groups; "
        "`fabrics.compute` the management ports of that fabric's switches, `fabrics.*` those of every fabric that joins none; `fabrics.oob/uplink` "
        "the uplinks of the leaves of fabric oob, a tree that then ends at them",
    )
    classes: dict[Name, EndpointClass] = Field(default_factory=dict, description="Endpoints with leaves of their own, by name")
    outside: dict[Name, Outside] = Field(default_factory=dict, description="Ports that lead out of the hall, by where they lead")
    speed: Speed | None = Field(None, description="Speed of the links to endpoints; that of their ports unless given")
    switch: PartName = Field(description="Leaf switch")
    spine: PartName | None = Field(None, description="Spine switch; the leaf's part unless given")
    core: PartName | None = Field(None, description="Core switch; the spine's part unless given")
    oversubscription: Ratio = Field("1:1", validate_default=True, description="Host bandwidth to uplink bandwidth of a leaf, such as 4:3")
    spine_oversubscription: Ratio = Field("1:1", validate_default=True, description="The same one tier up: spines to cores")
    uplink_speed: Speed | None = Field(None, description="Speed of links between switches; that of the links to endpoints unless given")
    core_speed: Speed | None = Field(None, description="Speed of links from spines to cores; `uplink_speed` unless given")
    planes: Many = Field(1, description="Independent copies; each NIC port is broken out over them")
    tiers: Many | None = Field(None, description="Tiers of switches; as few as carry the links unless given")
    rails_per_leaf: Many | None = Field(1, description="Rails that share a leaf; 0: as many as fit")
    leaf_scope: Literal["rack", "pod", "all"] = Field("pod", description="Servers that may share a leaf")
    spine_scope: Literal["pod", "rail"] = Field("pod", description="With three tiers: one set of spines a pod, or one per rail")
    pods_per_group: Many | None = Field(None, description="With three tiers: scalable units that share a set of spines; derived unless given")
    core_ready: Truth = Field(False, description="With two tiers: spines keep the ports free that a core will need")
    breakout: Many | None = Field(None, description="Links to endpoints of a leaf's cage; the most that carry their speed unless given")
    leaves: Many | None = Field(None, description="Leaves (of each unit and rail, or of a mesh), where more than the fewest are wanted")
    spines: Many | None = Field(None, description="Spines of a set, not of all sets together; the fewest that carry the links unless given")
    cores: Many | None = Field(
        None, description="Cores of a spine position, in all so many for each spine of a set; the fewest that carry the links unless given"
    )
    media: list[Literal["dac", "acc", "aec", "aoc", "fibre", "cat6"]] = Field(
        default_factory=list, description="Media its cables may be made of, such as [dac, fibre]; any unless given"
    )
    cabling: Literal["direct", "trunks"] = Field(
        "direct", description="Fibre between racks: a cable from port to port, or jumpers to a panel in each rack and trunks of many fibres between"
    )
    connections: Many = Field(2, description="Mated pairs of a channel over trunks: 2 for a panel in each rack, 2 more for each cross-connect")
    watt: Money | None = Field(None, description="What a watt of its modules and active cables costs over its life; `placement.watt` unless given")
    uplinks: Many | None = Field(None, description="Uplinks of a leaf; from the oversubscription unless given, in a tree one to each parent")
    homing: Many | None = Field(None, description="Leaves a server is tied to")
    peer_links: Many = Field(0, description="Links between the two leaves that a server is tied to")
    reserve: Many = Field(0, description="Ports kept free on every leaf")
    redundancy: Many = Field(1, description="In a tree: parents each switch is tied to")
    groups: Many | None = Field(None, description="In a dragonfly: groups; as few as take the ports unless given")
    routers: Many | None = Field(None, description="In a dragonfly: switches of a group; balanced unless given")
    hosts: Many | None = Field(None, description="In a dragonfly: ports of endpoints on a switch; balanced unless given")
    global_links: Many | None = Field(None, description="In a dragonfly: links of a switch to other groups; balanced unless given")
    cube: Triple = Field(default_factory=lambda: [4, 4, 4], description="In a torus: accelerators of a block, x, y, z")
    cubes: Triple | None = Field(None, description="In a torus: blocks along x, y, z; as even as can be unless given")
    circuits: Truth = Field(True, description="In a torus: faces of a block end on optical circuit switches, which join it to any other block")
    level: Literal["data", "fibre"] = Field("data", description="Level of trays its cables take")
    side: Literal["alternate", "a", "b"] = Field(
        "alternate", description="With `pathways.diverse`: the side its cables take; alternate: by plane, or by leaf where there is one plane"
    )
    apart: Truth = Field(False, description="Cables of a server to different sides may share no tray, and no tray may carry all of them")
