"""The rack spec: every section, field, default and its meaning. The JSON Schema for editors and the reference page come from here."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from rackwright.spec.fields import (
    Count,
    Day,
    Duration,
    Feed,
    FloorLoad,
    Length,
    Margin,
    Name,
    PartName,
    Revision,
    Rise,
    RuleCode,
    Scalar,
    Share,
    Temperature,
    Text,
    Truth,
    Units,
    Voltage,
)


class Section(BaseModel):
    """A mapping of the spec; a name it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


class Trays(Section):
    """A group of equal trays, boxes or switches. Members are numbered from the bottom up: `compute-01`, `compute-02`, ..."""

    part: PartName = Field(description="Part of the catalogue, as maker/model")
    count: Count = Field(1, description="How many")
    at: Units | None = Field(None, description="Lowest unit of each member, when given rather than derived")
    within: Name | None = Field(None, description="Group that this one stands in the middle of")
    below: Count | None = Field(None, description="With `within`: members of that group below this one; derived (shortest cables) unless given")
    rear: Truth = Field(False, description="Mounted from the rear")


class KeepOut(Section):
    """Units that must stay empty."""

    units: Units = Field(description="Units such as 1..2")
    because: Text = Field(description="Why they stay empty")


class Placement(Section):
    """Constraints of the layout. What they leave open is chosen: shortest scale-up cables first, then the lowest centre of mass."""

    order: list[Name] | None = Field(None, description="Groups from the bottom up; `power-shelf` may stand more than once, once per zone")
    keep_out: list[KeepOut] = Field(default_factory=list, description="Units that stay empty")
    together: list[list[Name]] = Field(default_factory=list, description="Groups that must be neighbours without anything between")
    first_unit: Count = Field(1, description="Lowest unit that may be used")
    centre_of_mass_max: Length | None = Field(None, description="Greatest height of the centre of mass above the floor")


class ScaleUp(Section):
    """The fabric inside the accelerator domain: every accelerator to every switch chip."""

    fabric: Name = Field(description="Name of the fabric")
    accelerators: Name = Field("compute", alias="from", description="Group with the accelerators")
    switches: Name = Field("switch", alias="to", description="Group with the switch chips")
    cable: PartName = Field(description="Cable of one link")
    cartridge: PartName | None = Field(None, description="Assembly that holds the cables of one connector block of every tray")
    channel: Length = Field("60 mm", validate_default=True, description="From the tray connector back to the vertical run")
    slack: Share = Field("2 %", validate_default=True, description="Share added to the route")
    termination: Length = Field("15 mm", validate_default=True, description="Added at each end for the termination")


class Power(Section):
    """From the feeds to the trays: shelves and a DC busbar, or rack PDUs and cords."""

    supply: Voltage = Field("415 V", validate_default=True, description="Supply, line to line, three phase")
    feeds: list[Feed] = Field(default_factory=lambda: ["A", "B"], description="Independent feeds, shelves and PDUs dealt out in turn")
    redundancy: Literal["N", "N+1", "N+2", "2N"] = Field("N+1", description="What may be lost: nothing, one or two shelves (PDUs), or a whole feed")
    shelf: PartName | None = Field(None, description="Power shelf; its PSUs come with it")
    shelves: Count | None = Field(None, description="Number of shelves; the smallest that keeps the redundancy unless given")
    zones: Count = Field(1, description="Stacks the shelves are split into")
    busbar: PartName | None = Field(None, description="DC busbar")
    battery: PartName | None = Field(None, description="Battery shelf (BBU)")
    batteries: Count | None = Field(None, description="Number of battery shelves; one per power shelf unless given")
    pdu: PartName | None = Field(None, description="Rack PDU for AC-fed devices")
    pdus: Count | None = Field(None, description="Number of PDUs; the smallest that keeps the redundancy unless given")
    cord: PartName | None = Field(None, description="Cord from PDU to every device; one that fits each inlet unless given")
    whip: PartName = Field("cable/whip-60a-5w", description="Whip from the supply to a shelf or PDU")
    whip_length: Length = Field("3 m", validate_default=True, description="Whip outside the rack, from its top to the tap-off")
    continuous: Share = Field("80 %", validate_default=True, description="Share of a breaker that a continuous load may use")
    ride_through: Duration | None = Field(None, description="How long batteries must carry the rack")


class Cooling(Section):
    """Coolant and air. Flow follows from heat and rise; there is no field to type it in."""

    coolant: PartName = Field("coolant/pg25", description="Coolant")
    supply: Temperature = Field("40 degC", validate_default=True, description="Coolant supply temperature")
    rise: Rise = Field("10 K", validate_default=True, description="Coolant temperature rise")
    manifold: PartName | None = Field(None, description="Rack manifold; needed as soon as a tray is liquid-cooled")
    piping: Literal["direct", "reverse"] = Field("direct", description="Direct or reverse return")
    room: Temperature = Field("27 degC", validate_default=True, description="Air at the rack inlet")
    humidity: Share = Field("40 %", validate_default=True, description="Relative humidity at the inlet")
    air_rise: Rise = Field("12 K", validate_default=True, description="Air temperature rise through the rack")
    dew_margin: Margin = Field("2 K", validate_default=True, description="Least distance of the coolant supply above the dew point")
    flow_spread_max: Share = Field("5 %", validate_default=True, description="Greatest deviation of a tray's flow from its design share")


class Management(Section):
    """The management network inside the rack."""

    switches: Name | None = Field(None, description="Group of management switches; none: the ports leave the rack uncabled")
    cable: PartName = Field("cable/cat6", description="Cable")


class Floor(Section):
    """What the rack stands on."""

    rating: FloorLoad = Field("2000 kg/m2", validate_default=True, description="Greatest load on the rack's own footprint")


class Cabling(Section):
    """Loose cables in the rack: management cables, cords and whips."""

    fill_max: Share = Field("50 %", validate_default=True, description="Greatest fill of a side channel")
    slack: Share = Field("5 %", validate_default=True, description="Share added to the route of a loose cable")
    dressing: Length = Field("150 mm", validate_default=True, description="Added at each end of a loose cable inside the rack")


class Waiver(Section):
    """A finding accepted for a time, with a reason."""

    rule: RuleCode = Field(description="Code of the rule")
    subject: Text | None = Field(None, alias="for", description="Name of the thing (may end in *); all unless given")
    until: Day = Field(description="Last day the waiver holds")
    because: Text = Field(min_length=10, description="Reason, at least ten characters")


class Spec(Section):
    """A whole spec. Messages call it `noun` and show a change of it by the path `example`, a count."""

    noun: ClassVar[str]
    example: ClassVar[str]


class RackSpec(Spec):
    """One rack design."""

    noun: ClassVar[str] = "a rack spec"
    example: ClassVar[str] = "trays.compute.count"

    rack: Name = Field(description="Name of the rack design")
    about: Text = Field("", description="What it is, in a sentence")
    revision: Revision = Field("", description="Revision of this design, as drawings and pages show it; a draft unless given")
    parts: list[Text] = Field(default_factory=list, description="Folders with your own parts, relative to this file")
    frame: PartName = Field(description="Frame that everything stands in, such as nvidia/mgx-48u")
    braced: Truth = Field(True, description="Cross brace fitted")
    trays: dict[Name, Trays] = Field(min_length=1, description="Groups of trays, boxes and switches")
    placement: Placement = Field(default_factory=lambda: Placement(), description="Constraints of the layout")
    scale_up: ScaleUp | None = Field(None, description="Scale-up fabric")
    power: Power = Field(default_factory=lambda: Power(), description="From the feeds to the trays")
    cooling: Cooling = Field(default_factory=lambda: Cooling(), description="Coolant and air")
    management: Management = Field(default_factory=lambda: Management(), description="Management network")
    cabling: Cabling = Field(default_factory=lambda: Cabling(), description="Loose cables")
    floor: Floor = Field(default_factory=lambda: Floor(), description="What the rack stands on")
    overrides: dict[PartName, dict[str, Scalar]] = Field(default_factory=dict, description="Your own facts and prices: part, then fact: value")
    variants: dict[Name, dict[str, Any]] = Field(default_factory=dict, description="Named changes: variant, then spec path: value")
    waivers: list[Waiver] = Field(default_factory=list, description="Findings accepted for a time")
