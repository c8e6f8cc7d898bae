"""The power chain of a hall as a spec says it: utility, transformers, UPS, generators, busways, and how much of it may be lost."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rackwright.spec.fields import Count, Current, Dim, Distance, Duration, PartName, Power, Share, Truth
from rackwright.spec.rack import Section

MediumVoltage = Annotated[float, Dim("V", 1000, 1e6)]
Factor = Annotated[float, Dim("1", 0.1, 100)]


class Utility(Section):
    """What the grid gives at the connection point. A fault current that is not known makes every fault level downstream a guess."""

    voltage: MediumVoltage = Field("13.8 kV", validate_default=True, description="Nominal voltage, line to line")
    fault_current: Current = Field("25 kA", validate_default=True, description="Greatest three-phase fault current there")
    fault_current_min: Current | None = Field(None, description="Least three-phase fault current there; the greatest unless given")
    x_r: Factor = Field("10", validate_default=True, description="Reactance over resistance of the grid there")
    services: Count | None = Field(None, description="Services from it, dealt to the paths in turn; 2 where there are several paths, else 1")
    contract: Power | None = Field(None, description="Most that may be taken")


class Supply(Section):
    """From the utility to the feeds of the racks. What is not given is sized from the load."""

    redundancy: Literal["N", "2N", "3-to-make-2", "4-to-make-3", "block"] = Field(
        description="One path; two that each carry all; distributed over three or four, of which one may be lost; blocks with one reserve for all"
    )
    utility: Utility = Field(default_factory=lambda: Utility(), description="The grid")
    feeder: PartName = Field(
        "generic/mv-feeder-240mm2",
        description="Cable of the medium-voltage feeders, one feeder for each path of a hall, of as many in parallel as its blocks need",
    )
    feeder_length: Distance = Field("150 m", validate_default=True, description="Length of it")
    transformer: PartName | None = Field(None, description="Unit transformer; of the catalogue's the smallest that carries its block unless given")
    generators: Truth = Field(True, description="A generator at every switchboard, of the transformer's rating")
    start: Duration = Field("10 s", validate_default=True, description="From loss of the utility to generators carrying load")
    ups: PartName | None = Field(None, description="UPS module behind every switchboard, as many in parallel as carry it; none unless given")
    busway: PartName = Field("generic/busway-800a", description="Busway over the racks; as many runs as the load needs")
    busway_feeder: Distance = Field(
        "30 m", validate_default=True, description="From the switchboard to the first rack of a run, made as the busway is"
    )
    load_max: Share = Field(
        "90 %", validate_default=True, description="Share of a feeder, transformer or UPS that sizing uses when the worst one is lost"
    )
    continuous: Share = Field("80 %", validate_default=True, description="Share of a busway and its breaker that a continuous load may use")
