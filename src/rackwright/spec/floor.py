"""Floor and pathways of a hall as a spec says them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from rackwright.spec.fields import Dim, Distance, Many, Share, Text, Truth
from rackwright.spec.rack import Section

MOST_TRAYS = 100  # in parallel; table `trays` counts them in a byte
Extent = Annotated[float, Dim("mm", 1, 1e7)]
Fill = Annotated[float, Dim("1", 0.01, 1)]
Point = Annotated[list[Distance], Field(min_length=2, max_length=2)]
Size = Annotated[list[Extent], Field(min_length=2, max_length=2)]


class Obstacle(Section):
    """A rectangle of the floor where no rack may stand."""

    x: Distance = Field(description="Low side along the rows, from the hall's corner")
    y: Distance = Field(description="Low side across the rows")
    width: Extent = Field(description="Extent along the rows")
    depth: Extent = Field(description="Extent across the rows")
    full_height: Truth = Field(False, description="Stops overhead trays too, as a column does")
    because: Text = Field(description="What stands there")


class Door(Section):
    """A door; nothing may stand where it swings. `opens` says the way its leaf goes: up is towards higher y, right towards higher x."""

    x: Distance = Field(description="Low end of the doorway, from the hall's corner")
    y: Distance = Field(description="Low end of the doorway")
    width: Extent = Field("1.2 m", validate_default=True, description="Width of the doorway")
    opens: Literal["up", "down", "right", "left"] = Field(description="The way it swings; a door that swings out of the hall keeps nothing free")
    because: Text = Field("door", description="What it is")


class GivenRow(Section):
    """One row of rack places where it stands. Rows whose fronts look right or left run along y."""

    x: Distance = Field(description="Corner of lowest x and y, from the hall's corner")
    y: Distance = Field(description="Corner of lowest x and y")
    places: Many = Field(ge=1, description="Rack places")
    pitch: Extent | None = Field(None, description="Width of a place; that of the floor unless given")
    depth: Extent | None = Field(None, description="Depth of the row; that of the floor unless given")
    faces: Literal["up", "down", "right", "left"] = Field(description="The way its fronts look; up is towards higher y, right towards higher x")
    at: list[Distance] | None = Field(None, description="Low side of each place from the start of the row; one after the other unless given")
    width: list[Extent] | None = Field(None, description="Width of each place; `pitch` unless given")
    network: list[Many] = Field(default_factory=list, description="Places for switch racks, counted from 1; if any row names some, only these are")


class Layers(Section):
    """Layers of a DXF plan. One that the file does not have is empty, but for that of the racks."""

    racks: Text = Field("RACKS", description="Rectangles or inserts: rack places, grouped into rows by where they stand")
    network: Text = Field("NETWORK", description="Rack places for switch racks; `floor.network` decides unless there are any")
    fronts: Text = Field("FRONTS", description="Lines along the fronts of rows; fronts face cold aisles, the first of them, unless there are any")
    columns: Text = Field("COLUMNS", description="Rectangles or circles that stop racks and trays")
    doors: Text = Field("DOORS", description="Rectangles where doors swing")
    keep_out: Text = Field("KEEP-OUT", description="Rectangles that nothing may stand on")
    walls: Text = Field("WALLS", description="Lines around the hall: their extent is its size")
    trays: Text = Field(
        "TRAYS",
        description="Lines: trays; those along and over rows are ladders that racks reach. With -A or -B after the name: one side's, on all levels",
    )
    fibre: Text = Field("FIBRE", description="Lines: fibre runners")
    power: Text = Field("POWER", description="Lines: power pathways")


def _row_kind(value: Any) -> str:
    return "[rows]" if isinstance(value, list) and not (value and isinstance(value[0], int | str)) else "[count]"


# Tags stand in brackets, so that messages leave them out of the path.
Rows = Annotated[Annotated[list[GivenRow], Tag("[rows]")] | Annotated[Many, Tag("[count]")], Discriminator(_row_kind)]


class Floor(Section):
    """Rows and aisles of one hall. Fronts face cold aisles; a place keeps its number whatever stands beside it."""

    rows: Rows | None = Field(None, description="How many rows are laid out, or a list of rows where they stand")
    plan: Text = Field("", description="DXF file with the racks in it, relative to this file; instead of `rows`")
    plan_unit: Literal["mm", "cm", "m", "in", "ft"] | None = Field(None, description="Unit of the plan; as the drawing says unless given")
    layers: Layers = Field(default_factory=lambda: Layers(), description="Layers of the plan")
    places: Many | None = Field(None, description="Rack places in a row that is laid out")
    pitch: Extent = Field("600 mm", validate_default=True, description="Width of a place")
    depth: Extent = Field("1200 mm", validate_default=True, description="Depth of a row")
    cold: Distance = Field("1.2 m", validate_default=True, description="Cold aisle")
    hot: Distance = Field("1.8 m", validate_default=True, description="Hot aisle")
    front_min: Distance = Field("1.0 m", validate_default=True, description="Least room before fronts (TIA-942: 1.0 m, better 1.2 m)")
    rear_min: Distance = Field("600 mm", validate_default=True, description="Least room behind rears (TIA-942: 0.6 m, better 1.0 m)")
    margin: Distance = Field("1.8 m", validate_default=True, description="From the walls to the racks")
    size: Size | None = Field(None, description="Extent of the hall along x and y; from rows and margin unless given")
    network: Literal["start", "end", "middle", "rows"] = Field("middle", description="Where switch racks stand: in each row, or in rows of their own")
    network_racks: Many | None = Field(None, description="Places (or rows) kept for switch racks; derived from the switches unless given")
    keep_out: list[Obstacle] = Field(default_factory=list, description="Columns, ramps")
    doors: list[Door] = Field(default_factory=list, description="Doors")

    @property
    def row_count(self) -> int:
        """Rows of each hall."""
        return len(self.rows) if isinstance(self.rows, list) else self.rows or 0


class Level(Section):
    """Trays on a level of their own, laid out as those of the data level."""

    height: Distance = Field(description="Height above the floor")
    width: Extent = Field("300 mm", validate_default=True, description="Width of a tray over a row")
    depth: Extent = Field("100 mm", validate_default=True, description="Loading depth")


class GivenSegment(Section):
    """A straight run of trays. Runs join where they cross and where ends meet, on one level."""

    start: Point = Field(alias="from", description="x and y of one end, from the hall's corner")
    end: Point = Field(alias="to", description="x and y of the other end")
    kind: Literal["row", "cross", "trunk"] | None = Field(
        None, description="Racks reach only trays of kind row; row where it runs along and over a row of racks, else cross, unless given"
    )
    width: Extent | None = Field(None, description="Width; that of the level unless given")
    depth: Extent | None = Field(None, description="Loading depth; that of the level unless given")
    trays: Many = Field(1, ge=1, le=MOST_TRAYS, description="Trays in parallel")
    level: Literal["data", "fibre", "power"] = Field("data", description="Level it hangs on")
    side: Literal["a", "b"] | None = Field(None, description="Cables of the other side may not use it; both may unless given")


class GivenDuct(Section):
    """A way between two halls."""

    between: Annotated[list[Many], Field(min_length=2, max_length=2)] = Field(description="Numbers of the two halls, from 1")
    length: Extent | None = Field(None, description="Length; along x and y from entrance to entrance unless given")
    trays: Many = Field(1, ge=1, le=MOST_TRAYS, description="Ducts in parallel, each of the cross section of a tray across the rows")


class Pathways(Section):
    """Overhead trays: one ladder over every row, cross trays over the row ends, one of them the trunk; ducts between halls. Or as drawn."""

    height: Distance = Field("2.7 m", validate_default=True, description="Height of the trays above the floor")
    width: Extent = Field("600 mm", validate_default=True, description="Width of a row ladder")
    depth: Extent = Field("150 mm", validate_default=True, description="Loading depth")
    fill_max: Fill = Field("50 %", validate_default=True, description="Share of a tray's cross section that may be filled")
    cross_trays: Many = Field(2, ge=1, description="Parallel trays across the rows")
    every: Many = Field(0, description="A further cross tray after every so many places; 0: only at the row ends")
    fibre: Level | None = Field(None, description="Fibre runners; fabrics take them by `level: fibre`")
    power: Level | None = Field(None, description="Power pathways: drawn, and their room kept")
    diverse: Truth = Field(False, description="Two ladders over every row, sides A and B, without a tray in common; fabrics choose by `side`")
    segments: list[GivenSegment] = Field(default_factory=list, description="Trays as they hang, the same in every hall; laid out unless given")
    join: Distance = Field("50 mm", validate_default=True, description="Ends of given trays nearer than this to another one meet it")
    reach: Distance = Field("3 m", validate_default=True, description="Farthest that a rack's cables may go sideways to their tray")
    corner: Distance = Field("300 mm", validate_default=True, description="Inner radius of bends and tees of the trays")
    entrance: Point | None = Field(None, description="Where ducts leave a hall, from its corner; below the first row's end of the trunk unless given")
    ducts: list[GivenDuct] | None = Field(None, description="Ways between halls; from each to the next unless given")
    lead: Distance = Field(
        "0 mm", validate_default=True, description="Straight out of a connector to its first bend; square corners give back as much for 40 mm radii"
    )
    slack: Share = Field("3 %", validate_default=True, description="Share added to every route")
    service_loop: Distance = Field("500 mm", validate_default=True, description="Added at each end")
