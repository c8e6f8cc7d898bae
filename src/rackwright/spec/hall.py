"""The hall spec: racks on a floor, the fabrics between them, and the pathways their cables run in. Several equal halls make a campus."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from rackwright.spec.addressing import Addressing
from rackwright.spec.fabric import Fabric
from rackwright.spec.fields import Distance, Many, Name, PartName, Revision, Scalar, Text
from rackwright.spec.floor import Floor, Pathways
from rackwright.spec.placement import Placement
from rackwright.spec.pulling import Pulling
from rackwright.spec.rack import Section, Spec, Waiver
from rackwright.spec.supply import Supply


class Racks(Section):
    """Equal racks of one design, placed one after the other along the rows."""

    design: Name = Field(description="One of `designs`")
    count: Many = Field(description="How many in each hall")
    unit: Many | None = Field(
        None, description="Scalable unit of the hall that they belong to, from 1; 0: one of their own. Dealt to the units in their order unless given"
    )


class Unit(Section):
    """A scalable unit that differs from the rest."""

    design: Name = Field(description="Design of all its racks, one of `designs`")


class Unlike(Section):
    """A hall that differs from the rest."""

    floor: Floor | None = Field(None, description="Its floor; that of the others unless given")
    racks: dict[Name, Many] = Field(default_factory=dict, description="Racks of it by group, where they are not as many as in the others; 0: none")


class Network(Section):
    """Racks that hold switches."""

    frame: PartName = Field("eia/310-48u-600", description="Frame of a switch rack")
    units: Many = Field(42, ge=1, description="Units of it that switches may fill")
    first_unit: Many = Field(3, ge=1, description="Lowest unit used")
    spread: Many = Field(
        1,
        ge=1,
        description="Series of switch racks that planes, or else switches of a tier, are dealt to in turn, so that no rack holds all that matters",
    )


class Room(Section):
    """A room at the edge of a hall that cables to the outside end in, such as a meet-me room."""

    x: Distance = Field(description="Where cables enter it, from the hall's corner")
    y: Distance = Field(description="Where cables enter it")
    hall: Many = Field(1, ge=1, description="Number of the hall it is at")
    inside: Distance = Field("5 m", validate_default=True, description="Way from there to its panel, added to every cable")


class HallSpec(Spec):
    """One hall, or several equal ones."""

    noun: ClassVar[str] = "a hall spec"
    example: ClassVar[str] = "racks.compute.count"

    hall: Name = Field(description="Name of the hall or campus")
    about: Text = Field("", description="What it is, in a sentence")
    revision: Revision = Field("", description="Revision of this design, as drawings and pages show it; a draft unless given")
    parts: list[Text] = Field(default_factory=list, description="Folders with your own parts, relative to this file")
    halls: Many = Field(1, ge=1, description="Halls on the campus, equal but for those in `unlike`")
    unlike: dict[Many, Unlike] = Field(default_factory=dict, description="Halls that differ from the rest, by number from 1")
    gap: Distance = Field("20 m", validate_default=True, description="Between halls")
    designs: dict[Name, Text] = Field(min_length=1, description="Rack specs by name, relative to this file; SPEC@VARIANT takes a variant")
    floor: Floor = Field(description="Floor of each hall")
    racks: dict[Name, Racks] = Field(min_length=1, description="Groups of racks in the order they are placed")
    unit: Many | None = Field(None, ge=1, description="Racks of a scalable unit (pod); all racks of a hall unless given")
    units: dict[Many, Unit] = Field(
        default_factory=dict, description="Scalable units that differ from the rest, by number: counted from 1 through all halls"
    )
    fabrics: dict[Name, Fabric] = Field(default_factory=dict, description="Networks")
    network: Network = Field(default_factory=lambda: Network(), description="Switch racks")
    meet_me_rooms: dict[Name, Room] = Field(default_factory=dict, description="Meet-me rooms, by name; `to` of a fabric's `outside` says which one")
    placement: Placement = Field(default_factory=lambda: Placement(), description="What the places of racks and switches are chosen by")
    pathways: Pathways = Field(default_factory=lambda: Pathways(), description="Overhead trays")
    addressing: Addressing | None = Field(None, description="AS numbers, loopbacks, links and subnets of the networks; none unless given")
    power: Supply | None = Field(None, description="Power chain from the utility to the racks' feeds; none unless given")
    standing: Text = Field("", description="Package of this hall as it stands, relative to this file: what stands there stays as far as it can")
    pulling: Pulling = Field(default_factory=lambda: Pulling(), description="Crew that pulls the cables, and its rates")
    overrides: dict[PartName, dict[str, Scalar]] = Field(
        default_factory=dict, description="Your own facts and prices of switches, cables and modules: part, then fact: value; racks keep their own"
    )
    variants: dict[Name, dict[str, Any]] = Field(default_factory=dict, description="Named changes: variant, then spec path: value")
    waivers: list[Waiver] = Field(default_factory=list, description="Findings accepted for a time")
