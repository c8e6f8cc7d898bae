"""The hall spec: racks on a floor, the fabrics between them, and the pathways their cables run in. Several equal halls make a campus."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rackwright.spec.fields import Distance, Many, Name, PartName, Ratio, Share, Text, Truth
from rackwright.spec.rack import Section


class Obstacle(Section):
    """A rectangle of the floor where no rack may stand."""

    x: Distance = Field(description="Low side along the rows, from the hall's corner")
    y: Distance = Field(description="Low side across the rows")
    width: Distance = Field(description="Extent along the rows")
    depth: Distance = Field(description="Extent across the rows")
    full_height: Truth = Field(False, description="Stops overhead trays too, as a column does")
    because: Text = Field(description="What stands there")


class Floor(Section):
    """Rows and aisles of one hall. Fronts face cold aisles; a place keeps its number whatever stands beside it."""

    rows: Many = Field(description="Rows")
    places: Many = Field(description="Rack places in a row")
    pitch: Distance = Field("600 mm", validate_default=True, description="Width of a place")
    depth: Distance = Field("1200 mm", validate_default=True, description="Depth of a row")
    cold: Distance = Field("1.2 m", validate_default=True, description="Cold aisle")
    hot: Distance = Field("1.8 m", validate_default=True, description="Hot aisle")
    margin: Distance = Field("1.8 m", validate_default=True, description="From the walls to the racks")
    network: Literal["start", "end", "middle", "rows"] = Field("middle", description="Where switch racks stand: in each row, or in rows of their own")
    network_racks: Many | None = Field(None, description="Places (or rows) kept for switch racks; derived from the switches unless given")
    keep_out: list[Obstacle] = Field(default_factory=list, description="Columns, ramps, doors")


class Racks(Section):
    """Equal racks of one design, placed one after the other along the rows."""

    design: Name = Field(description="One of `designs`")
    count: Many = Field(description="How many in each hall")


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


class Network(Section):
    """Racks that hold switches."""

    frame: PartName = Field("eia/310-48u", description="Frame of a switch rack")
    units: Many = Field(42, description="Units of it that switches may fill")
    first_unit: Many = Field(3, description="Lowest unit used")


class Pathways(Section):
    """Overhead trays: one ladder over every row, cross trays over the row ends, one of them the trunk; ducts between halls."""

    height: Distance = Field("2.7 m", validate_default=True, description="Height of the trays above the floor")
    width: Distance = Field("600 mm", validate_default=True, description="Width of a row ladder")
    depth: Distance = Field("150 mm", validate_default=True, description="Loading depth")
    fill_max: Share = Field("50 %", validate_default=True, description="Share of a tray's cross section that may be filled")
    cross_trays: Many = Field(2, description="Parallel trays across the rows")
    every: Many = Field(0, description="A further cross tray after every so many places; 0: only at the row ends")
    slack: Share = Field("3 %", validate_default=True, description="Share added to every route")
    service_loop: Distance = Field("500 mm", validate_default=True, description="Added at each end")


class HallSpec(Section):
    """One hall, or several equal ones."""

    hall: Name = Field(description="Name of the hall or campus")
    about: Text = Field("", description="What it is, in a sentence")
    parts: list[Text] = Field(default_factory=list, description="Folders with your own parts, relative to this file")
    halls: Many = Field(1, ge=1, description="Equal halls on the campus")
    gap: Distance = Field("20 m", validate_default=True, description="Between halls")
    designs: dict[Name, Text] = Field(min_length=1, description="Rack specs by name, relative to this file; SPEC@VARIANT takes a variant")
    floor: Floor = Field(description="Floor of each hall")
    racks: dict[Name, Racks] = Field(min_length=1, description="Groups of racks in the order they are placed")
    unit: Many | None = Field(None, description="Racks of a scalable unit (pod); all racks of a hall unless given")
    fabrics: dict[Name, Fabric] = Field(default_factory=dict, description="Networks")
    network: Network = Field(default_factory=lambda: Network(), description="Switch racks")
    pathways: Pathways = Field(default_factory=lambda: Pathways(), description="Overhead trays")
