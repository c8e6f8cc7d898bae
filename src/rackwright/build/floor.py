"""Rack positions on the floors of a campus: rows, aisles, keep-outs, network positions. Pure arrays, mm, deterministic.

y
|   row 3  [ ][ ][ ][ ]   front down     x runs along the rows, y across them; z is up from the floor.
|   ---- cold aisle ----                 A place keeps its number whatever stands beside it: a column that removes
|   row 2  [ ][ ][ ][ ]   front up       place 3 leaves a gap between 2 and 4, it renumbers nothing.
|   ---- hot aisle  ----
|   row 1  [ ][#][ ][ ]   front down     # keep-out
|   ---- cold aisle ----
|   row 0  [ ][ ][ ][ ]   front up
+------------------------------ x

Rows that a user gives (`FloorPlan.given`) may stand anywhere, differ in pitch and depth, and run along y.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

I32 = NDArray[np.int32]

COMPUTE, NETWORK = 0, 1  # Positions.role
UP, DOWN, RIGHT, LEFT = 1, -1, 2, -2  # Positions.faces: the way fronts look, towards higher y, lower y, higher x, lower x
RISERS = ("front-left", "front-right", "rear-left", "rear-right")  # as a rack's side channels: seen from its front


@dataclass(frozen=True, slots=True)
class KeepOut:
    """A rectangle where no rack may stand: a column, a door's swing, a ramp. One that `is_full_height` stops overhead trays too."""

    x_mm: int
    y_mm: int
    width_mm: int
    depth_mm: int
    is_full_height: bool = False
    what: str = "column"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of places, mm from the hall's corner: `x_mm`, `y_mm` is its corner of lowest x and y, `at_mm` the low side of each place from
    there along the row, `width_mm` the width of each, `faces` one of UP, DOWN (rows along x), RIGHT, LEFT (rows along y). `network` are the
    places kept for switches.
    """

    x_mm: int
    y_mm: int
    at_mm: tuple[int, ...]
    width_mm: tuple[int, ...]
    depth_mm: int
    faces: int
    network: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Raises ValueError where it is no row: no place, or places that overlap or run backwards."""
        if not self.at_mm or len(self.at_mm) != len(self.width_mm):
            raise ValueError("a row wants at least one place, and a width for each")
        if self.depth_mm < 1 or min(self.width_mm) < 1 or self.faces not in (UP, DOWN, RIGHT, LEFT):
            raise ValueError("width and depth of a place must be positive, and its front looks one of four ways")
        for i in range(1, len(self.at_mm)):
            over = self.at_mm[i - 1] + self.width_mm[i - 1] - self.at_mm[i]
            if over > 0:
                raise ValueError(f"places {i} and {i + 1} overlap by {over} mm")

    @property
    def is_turned(self) -> bool:
        """Whether the row runs along y."""
        return self.faces in (RIGHT, LEFT)

    @property
    def length_mm(self) -> int:
        """From the low side of its first place to the high side of its last."""
        return self.at_mm[-1] + self.width_mm[-1]

    def box(self) -> tuple[int, int, int, int]:
        """X low, x high, y low, y high."""
        along, across = (self.depth_mm, self.length_mm) if self.is_turned else (self.length_mm, self.depth_mm)
        return self.x_mm, self.x_mm + along, self.y_mm, self.y_mm + across

    def footprints(self) -> NDArray[np.int64]:
        """X low, y low, extent along x, extent along y of each place, shape (4, n)."""
        at, wide = np.array(self.at_mm, np.int64), np.array(self.width_mm, np.int64)
        deep = np.full(len(at), self.depth_mm)
        if self.is_turned:
            return np.stack([np.full(len(at), self.x_mm), self.y_mm + at, deep, wide])
        return np.stack([self.x_mm + at, np.full(len(at), self.y_mm), wide, deep])


@dataclass(frozen=True, slots=True)
class FloorPlan:
    """One hall as parameters; lengths in mm from the hall's own corner. With `given`, these are its rows, and what would lay them out is unused.

    `network` says where `network_count` racks of each row stand for switches (`end`, `start`, `middle`), or that
    `network_count` rows in the middle of the hall are theirs (`rows`). With `walk_every`, a gap of `walk_mm` for people
    follows every so many places. `row_pitch_mm` gives each row its own pitch where they differ.
    """

    rows: int
    racks: int
    pitch_mm: int = 600
    depth_mm: int = 1200
    cold_mm: int = 1200
    hot_mm: int = 1800
    first_aisle: Literal["cold", "hot"] = "cold"
    margin_x_mm: int = 1800
    margin_y_mm: int = 1800
    walk_every: int = 0
    walk_mm: int = 1200
    network: Literal["none", "start", "end", "middle", "rows"] = "none"
    network_count: int = 0
    keep_outs: tuple[KeepOut, ...] = ()
    row_pitch_mm: tuple[int, ...] = ()
    given: tuple[Line, ...] = ()
    size_mm: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        """Raises ValueError where the numbers describe no floor."""
        if self.rows < 1 or self.racks < 1:
            raise ValueError(f"a floor wants at least 1 row of 1 rack, not {self.rows} of {self.racks}")
        if min(self.pitch_mm, self.depth_mm, *self.row_pitch_mm) < 1 or min(self.cold_mm, self.hot_mm, self.walk_every, self.walk_mm) < 0:
            raise ValueError("pitch and depth of a rack must be positive, aisles and gaps not negative")
        if self.row_pitch_mm and len(self.row_pitch_mm) != self.rows:
            raise ValueError(f"`row_pitch_mm` has {len(self.row_pitch_mm)} values for {self.rows} rows")
        if self.given and len(self.given) != self.rows:
            raise ValueError(f"{len(self.given)} rows are given, `rows` says {self.rows}")
        most = self.rows if self.network == "rows" else self.racks
        if not 0 <= self.network_count <= most:
            raise ValueError(f"{self.network_count} network {'rows' if self.network == 'rows' else 'racks a row'} do not fit into {most}")

    def row_y(self) -> I32:
        """Low side of each row, shape (rows,)."""
        aisle = np.where(self._is_cold(np.arange(self.rows - 1)), self.cold_mm, self.hot_mm)
        return np.asarray(self.margin_y_mm + np.arange(self.rows) * self.depth_mm + np.concatenate([[0], np.cumsum(aisle)]), np.int32)

    def row_faces(self) -> NDArray[np.int8]:
        """+1 where the fronts of a row look towards higher y, -1 where they look down: always into a cold aisle; shape (rows,)."""
        return np.where(self._is_cold(np.arange(self.rows)), 1, -1).astype(np.int8)

    def place_x(self, row: int) -> I32:
        """Low side of each place of a row, shape (racks,)."""
        place = np.arange(self.racks)
        gaps = place // self.walk_every * self.walk_mm if self.walk_every else 0
        return (self.margin_x_mm + place * self.pitch(row) + gaps).astype(np.int32)

    def lines(self) -> tuple[Line, ...]:
        """Every row: those given, or laid out from the numbers."""
        return self.given or _laid_out(self)

    def extent(self) -> tuple[int, int, int, int]:
        """Smallest rectangle around every place: x low, x high, y low, y high."""
        low_x, high_x, low_y, high_y = zip(*(line.box() for line in self.lines()), strict=True)
        return min(low_x), max(high_x), min(low_y), max(high_y)

    def size(self) -> tuple[int, int]:
        """Width and depth of the hall with its margins."""
        if self.size_mm:
            return self.size_mm
        _, x, _, y = self.extent()
        return x + self.margin_x_mm, y + self.margin_y_mm

    def _is_cold(self, aisle: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Aisle i lies between rows i and i + 1."""
        return np.asarray((aisle % 2 == 0) == (self.first_aisle == "cold"))

    def pitch(self, row: int) -> int:
        """That of a row."""
        return self.row_pitch_mm[row] if self.row_pitch_mm else self.pitch_mm


@lru_cache(maxsize=16)
def _laid_out(plan: FloorPlan) -> tuple[Line, ...]:
    """Rows from the numbers of a floor; halls of a campus mostly share them."""
    y, faces = plan.row_y().tolist(), plan.row_faces().tolist()
    made = []
    for r in range(plan.rows):
        x = plan.place_x(r)
        at = tuple((x - x[0]).tolist())
        made.append(Line(int(x[0]), y[r], at, (plan.pitch(r),) * plan.racks, plan.depth_mm, faces[r]))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Hall:
    """A floor on the campus: its corner there, and where its ducts leave it (campus mm; None: below the middle of its first row)."""

    floor: FloorPlan
    x_mm: int = 0
    y_mm: int = 0
    entrance_mm: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Duct:
    """A way between two halls, by index. Length None: along x and y between their entrances. Capacity in 0.01 mm2 of each of `trays`."""

    a_hall: int
    b_hall: int
    capacity: int
    length_mm: int | None = None
    trays: int = 1


@dataclass(frozen=True, slots=True)
class Campus:
    """Halls and the ducts between them."""

    halls: tuple[Hall, ...]
    ducts: tuple[Duct, ...] = ()

    def __post_init__(self) -> None:
        """Raises ValueError for a duct to a hall that is not there."""
        for d in self.ducts:
            if not (0 <= d.a_hall < len(self.halls) and 0 <= d.b_hall < len(self.halls)) or d.a_hall == d.b_hall:
                raise ValueError(
                    f"a duct joins halls {d.a_hall} and {d.b_hall}; there are halls 0 to {len(self.halls) - 1}, and it wants two of them"
                )


@dataclass(frozen=True, slots=True)
class Positions:
    """Where a rack may stand, one element each, sorted by hall, row, place. `x_mm`, `y_mm` is the corner of lowest x and y of its
    footprint on the campus, `width_mm` and `depth_mm` the rack's own, `faces` one of UP, DOWN, RIGHT, LEFT.
    """

    hall: NDArray[np.int16]
    row: NDArray[np.int16]
    place: NDArray[np.int16]
    x_mm: I32
    y_mm: I32
    width_mm: I32
    depth_mm: I32
    faces: NDArray[np.int8]
    role: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.hall)

    def front_left(self) -> tuple[I32, I32]:
        """The front left corner of each position, seen from its front: what table `racks` calls x_mm and y_mm."""
        x = self.x_mm + np.select([self.faces == UP, self.faces == RIGHT], [self.width_mm, self.depth_mm], 0)
        y = self.y_mm + np.select([self.faces == UP, self.faces == LEFT], [self.depth_mm, self.width_mm], 0)
        return x.astype(np.int32), y.astype(np.int32)

    def risers(self, inset_mm: int = 25, depth_mm: int = 100) -> tuple[I32, I32]:
        """Plan positions of the four side channels of each rack, shape (n, 4) each, in the order of RISERS.

        `inset_mm` from the rack's side, `depth_mm` behind its front or before its rear.
        """
        x, y = self.front_left()
        right = np.stack([np.full_like(self.width_mm, inset_mm), self.width_mm - inset_mm] * 2, 1)
        back = np.stack([np.full_like(self.depth_mm, depth_mm)] * 2 + [self.depth_mm - depth_mm] * 2, 1)
        # Unit vectors from left to right and from front to rear, by the way a rack faces.
        rx, ry = (np.select([self.faces == f for f in (UP, DOWN, RIGHT, LEFT)], v)[:, None] for v in ([-1, 1, 0, 0], [0, 0, 1, -1]))
        bx, by = (np.select([self.faces == f for f in (UP, DOWN, RIGHT, LEFT)], v)[:, None] for v in ([0, 0, -1, 1], [-1, 1, 0, 0]))
        return (x[:, None] + rx * right + bx * back).astype(np.int32), (y[:, None] + ry * right + by * back).astype(np.int32)


def positions(campus: Campus) -> Positions:
    """Every rack position of a campus that no keep-out takes."""
    of = {plan: _of_floor(plan) for plan in {hall.floor for hall in campus.halls}}
    halls = [of[hall.floor] for hall in campus.halls]
    sizes = [len(own) for own in halls]

    def on_campus(values: list[int]) -> I32:
        return np.repeat(np.array(values, np.int32), sizes)

    column = {name: np.concatenate([getattr(own, name) for own in halls]) for name in Positions.__slots__}
    column["hall"] = on_campus([*range(len(halls))]).astype(np.int16)
    column["x_mm"] += on_campus([hall.x_mm for hall in campus.halls])
    column["y_mm"] += on_campus([hall.y_mm for hall in campus.halls])
    return Positions(**column)


def _of_floor(floor: FloorPlan) -> Positions:
    """Those of the first of halls, its corner at 0."""
    lines = floor.lines()
    counts = [len(line.at_mm) for line in lines]
    row = np.repeat(np.arange(len(lines)), counts)
    place = np.concatenate([np.arange(n) for n in counts])
    x, y, along, across = np.concatenate([line.footprints() for line in lines], 1)
    free = np.ones(len(row), bool)
    for k in floor.keep_outs:
        free &= (x >= k.x_mm + k.width_mm) | (x + along <= k.x_mm) | (y >= k.y_mm + k.depth_mm) | (y + across <= k.y_mm)
    at = np.flatnonzero(free)
    faces = np.array([line.faces for line in lines], np.int8)[row]
    turned = np.abs(faces) == RIGHT
    return Positions(
        np.zeros(len(at), np.int16),
        row[at].astype(np.int16),
        place[at].astype(np.int16),
        x[at].astype(np.int32),
        y[at].astype(np.int32),
        np.where(turned, across, along)[at].astype(np.int32),
        np.where(turned, along, across)[at].astype(np.int32),
        faces[at],
        _roles(floor, lines, row[at], place[at]),
    )


def _roles(floor: FloorPlan, lines: tuple[Line, ...], row: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int8]:
    """NETWORK for the places the switches take: those that rows name, or counted over those that are left, so that a column at the end of a row
    moves them inwards.
    """
    if any(line.network for line in lines):
        kept = np.array([r << 16 | p for r, line in enumerate(lines) for p in line.network])
        return np.isin(row << 16 | place, kept).astype(np.int8)
    n = floor.network_count
    if floor.network == "none" or not n:
        return np.zeros(len(row), np.int8)
    if floor.network == "rows":
        first = (floor.rows - n) // 2
        return ((row >= first) & (row < first + n)).astype(np.int8)
    count = np.bincount(row, minlength=floor.rows)
    rank = np.arange(len(row)) - (np.cumsum(count) - count)[row]
    first_of_row = {"start": np.zeros_like(count), "end": count - n, "middle": (count - n) // 2}[floor.network]
    first_in = np.maximum(first_of_row, 0)[row]
    return np.asarray((rank >= first_in) & (rank < first_in + n), np.int8)
