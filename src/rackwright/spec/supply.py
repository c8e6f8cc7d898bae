"""The power chain of a hall as a spec says it: utility, transformers, UPS, generators, busways, and how much of it may be lost."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from rackwright.spec.fields import Count, Dim, Distance, Duration, EnergyPrice, Feed, PartName, Share, Text, Times
from rackwright.spec.rack import Section

FaultCurrent = Annotated[float, Dim("A", 1, 1e6)]
UsedShare = Annotated[float, Dim("1", 0.1, 1)]
GridVoltage = Annotated[float, Dim("V", 1000, 1e6)]
Way = Annotated[
    list[Text],
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}], "description": "name, or a list"}),
]
LargePower = Annotated[float, Dim("W", 1000, 1e12)]


class Utility(Section):
    """What the grid gives at the connection point. A fault current that is not known makes every fault level downstream a guess."""

    voltage: GridVoltage = Field("13.8 kV", validate_default=True, description="Nominal voltage, line to line; above 38 kV with a `substation`")
    fault_current: FaultCurrent = Field("25 kA", validate_default=True, description="Greatest three-phase fault current there")
    fault_current_min: FaultCurrent | None = Field(None, description="Least three-phase fault current there; the greatest unless given")
    x_r: Times = Field("10", validate_default=True, description="Reactance over resistance of the grid there")
    services: Count | None = Field(
        None,
        ge=1,
        description="Services from it, dealt to the paths in turn, of `block` the last one to the reserves; one for each transformer of a "
        "substation, else 2 where there are several paths, a reserve or a ring, else 1",
    )
    contract: LargePower | None = Field(None, description="Most that may be taken")
    power_factor: Share | None = Field(None, description="Least power factor that the contract allows")


class Substation(Section):
    """From the utility's voltage to that of the campus; each transformer ends at a bus of its own."""

    voltage: GridVoltage = Field("34.5 kV", validate_default=True, description="Medium voltage of the campus")
    transformers: Count = Field(2, ge=1, description="How many; each on a service of its own")
    part: PartName | None = Field(
        None, description="Transformer; of the catalogue's the smallest that carries its bus and a neighbour's unless given"
    )
    ties: Literal["none", "open", "closed"] = Field("open", description="Between each two of the buses")


class Supply(Section):
    """From the utility to the feeds of the racks. What is not given is sized from the load."""

    redundancy: Literal["N", "N+1", "2N", "3-to-make-2", "4-to-make-3", "block", "catcher"] = Field(
        description="One path; one path of modules in parallel with one to spare; two that each carry all; distributed over three or four, of which "
        "one may be lost; blocks with one reserve for all (`block` and `catcher` are two names of it)"
    )
    utility: Utility = Field(default_factory=lambda: Utility(), description="The grid")
    substation: Substation | None = Field(None, description="Transformers from the utility's voltage to the medium voltage; none unless given")
    medium: Literal["radial", "ring"] = Field(
        "radial", description="A feeder for each path of a hall; or a ring from service to service, open in its middle, with a section to each group"
    )
    feeder: PartName = Field(
        "generic/mv-feeder-240mm2",
        description="Cable of the medium-voltage feeders, of as many in parallel as their load needs",
    )
    feeder_length: Distance = Field("150 m", validate_default=True, description="Length of it")
    ring_section: Distance = Field("60 m", validate_default=True, description="From one switchgear of a ring to the next")
    switching: Duration = Field("30 s", validate_default=True, description="To find a faulty section of a ring and move its open point")
    transformer: PartName | None = Field(None, description="Unit transformer; of the catalogue's the smallest that carries its block unless given")
    modules: Count = Field(3, ge=2, description="With N+1: transformers in parallel in a block, one of them to spare")
    ties: Literal["none", "open", "closed"] = Field(
        "none", description="Between the switchboards of each two neighbouring paths, or groups of one path"
    )
    tie_transfer: Duration = Field("0.3 s", validate_default=True, description="To close an open tie")
    generators: Literal["block", "common", "none"] = Field(
        "block", description="At every switchboard; at the medium voltage of each hall, in parallel with one to spare; or none"
    )
    generator: PartName | None = Field(
        None, description="Generating set; of the catalogue's the smallest that carries a block, else the largest, as many in parallel as carry it"
    )
    start: Duration | None = Field(None, description="From loss of the utility to generators carrying load; that of the set unless given")
    ups: PartName | None = Field(
        None, description="UPS module, or battery storage in line, behind every switchboard, as many in parallel as carry it; none unless given"
    )
    row_ups: PartName | None = Field(
        None,
        description="UPS module, or battery storage in line, before each AC busway over racks, as many in parallel as carry it: with `sidecar` the "
        "racks of switches have no other; none unless given",
    )
    transfer: Literal["none", "board", "row"] = Field(
        "none", description="Transfer switches from the next block (of `block`: its reserve): none, where its busways begin, or at every run"
    )
    transfer_switch: PartName | None = Field(None, description="Static or automatic; of the catalogue's the smallest static one that carries it")
    busway: PartName = Field("generic/busway-800a", description="Busway over the racks; as many runs as the load needs")
    busway_feeder: Distance = Field(
        "30 m", validate_default=True, description="From the switchboard to the first rack of a run, made as the busway is"
    )
    sidecar: PartName | None = Field(None, description="Sidecar from AC to 800 V DC for each run of racks and path; racks take AC unless given")
    dc_busway: PartName = Field("generic/dc-busway-1600a", description="With `sidecar`: DC busway over the racks of its run")
    dc_whip: PartName = Field("cable/whip-dc-125a", description="With `sidecar`: whip from it to a rack, as many in parallel as the feed needs")
    dc_shelf: PartName = Field("generic/dc-shelf-800v-33kw", description="With `sidecar`: what stands in a rack where its design has AC shelves")
    rooms: dict[Feed, Text] = Field(
        default_factory=dict,
        description="Electrical room of the blocks of each path (`R`: the reserve; `G`: the generators), one in each hall; a name that begins with "
        "`/` is one for the campus. A room for each path, of `block` for each block, unless given",
    )
    trenches: dict[Feed, Way] = Field(
        default_factory=dict,
        description="Trench, or trenches in a row, of the medium-voltage cables of each path, named as rooms are; one for each path unless given",
    )
    risers: dict[Feed, Way] = Field(
        default_factory=dict,
        description="Riser or tray, or several in a row, of the feeders of each path from its room to the rows, named as rooms are; one for each "
        "path unless given",
    )
    energy_price: EnergyPrice | None = Field(None, description="Price of energy, such as `0.08 USD/kWh`; the cost of losses is told with it")
    load_max: UsedShare = Field(
        "90 %",
        validate_default=True,
        description="Share of a feeder, transformer or UPS that sizing uses when the worst one is lost; cables behind it count as 1 % more",
    )
    continuous: UsedShare = Field("80 %", validate_default=True, description="Share of a busway and its breaker that a continuous load may use")
