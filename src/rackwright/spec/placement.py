"""What the places of racks and switches are chosen by, as a hall spec says it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rackwright.spec.fields import Money
from rackwright.spec.rack import Section


class Placement(Section):
    """By the order of the spec, or by what the cables cost. Places chosen by cost are an output: read them in `hall_racks` and `fabric_switches`."""

    switches: Literal["order", "cost"] = Field(
        "order",
        description="Switches: packed into switch racks pod by pod, or where cables are cheapest; then switch racks choose among their places",
    )
    racks: Literal["order", "cost"] = Field(
        "order", description="Racks, switch racks among them: along the rows in the order of the spec, or on any place where cables are cheapest"
    )

    watt: Money = Field(
        "0 USD", validate_default=True, description="What a watt of modules and active cables costs over its life; sways media and places"
    )

    @property
    def is_by_cost(self) -> bool:
        """Whether anything is placed by cost."""
        return "cost" in (self.switches, self.racks)
