"""The hall spec: racks on a floor, the fabrics between them, and the pathways their cables run in. Several equal halls make a campus."""

from __future__ import annotations

from pydantic import Field

from rackwright.spec.fabric import Fabric
from rackwright.spec.fields import Distance, Many, Name, PartName, Text
from rackwright.spec.floor import Floor, Pathways
from rackwright.spec.rack import Section


class Racks(Section):
    """Equal racks of one design, placed one after the other along the rows."""

    design: Name = Field(description="One of `designs`")
    count: Many = Field(description="How many in each hall")


class Network(Section):
    """Racks that hold switches."""

    frame: PartName = Field("eia/310-48u", description="Frame of a switch rack")
    units: Many = Field(42, description="Units of it that switches may fill")
    first_unit: Many = Field(3, description="Lowest unit used")


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
