"""Floor and pathways of a hall as a spec says them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rackwright.spec.fields import Distance, Many, Share, Text, Truth
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
