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
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

I32 = NDArray[np.int32]

COMPUTE, NETWORK = 0, 1  # Positions.role
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
class FloorPlan:
    """One hall as parameters; lengths in mm from the hall's own corner.

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

    def __post_init__(self) -> None:
        """Raises ValueError where the numbers describe no floor."""
        if self.rows < 1 or self.racks < 1:
            raise ValueError(f"a floor wants at least 1 row of 1 rack, not {self.rows} of {self.racks}")
        if min(self.pitch_mm, self.depth_mm, *self.row_pitch_mm) < 1 or min(self.cold_mm, self.hot_mm, self.walk_every, self.walk_mm) < 0:
            raise ValueError("pitch and depth of a rack must be positive, aisles and gaps not negative")
        if self.row_pitch_mm and len(self.row_pitch_mm) != self.rows:
            raise ValueError(f"`row_pitch_mm` has {len(self.row_pitch_mm)} values for {self.rows} rows")
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
        return (self.margin_x_mm + place * self._pitch(row) + gaps).astype(np.int32)

    def extent(self) -> tuple[int, int, int, int]:
        """Smallest rectangle around every place: x low, x high, y low, y high."""
        high = max(int(self.place_x(r)[-1]) + self._pitch(r) for r in range(self.rows))
        return self.margin_x_mm, high, self.margin_y_mm, int(self.row_y()[-1]) + self.depth_mm

    def size(self) -> tuple[int, int]:
        """Width and depth of the hall with its margins."""
        _, x, _, y = self.extent()
        return x + self.margin_x_mm, y + self.margin_y_mm

    def _is_cold(self, aisle: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Aisle i lies between rows i and i + 1."""
        return np.asarray((aisle % 2 == 0) == (self.first_aisle == "cold"))

    def _pitch(self, row: int) -> int:
        return self.row_pitch_mm[row] if self.row_pitch_mm else self.pitch_mm


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
    footprint on the campus, `faces` as in `FloorPlan.row_faces`.
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
        up = self.faces > 0
        return (self.x_mm + np.where(up, self.width_mm, 0)).astype(np.int32), (self.y_mm + np.where(up, self.depth_mm, 0)).astype(np.int32)

    def risers(self, inset_mm: int = 25, depth_mm: int = 100) -> tuple[I32, I32]:
        """Plan positions of the four side channels of each rack, shape (n, 4) each, in the order of RISERS.

        `inset_mm` from the rack's side, `depth_mm` behind its front or before its rear.
        """
        up = self.faces > 0
        low_x, high_x = self.x_mm + inset_mm, self.x_mm + self.width_mm - inset_mm
        low_y, high_y = self.y_mm + depth_mm, self.y_mm + self.depth_mm - depth_mm
        left, right = np.where(up, high_x, low_x), np.where(up, low_x, high_x)
        front, rear = np.where(up, high_y, low_y), np.where(up, low_y, high_y)
        return np.stack([left, right, left, right], 1).astype(np.int32), np.stack([front, front, rear, rear], 1).astype(np.int32)


def positions(campus: Campus) -> Positions:
    """Every rack position of a campus that no keep-out takes."""
    made = [_hall_positions(i, hall) for i, hall in enumerate(campus.halls)]
    return Positions(*(np.concatenate([getattr(m, name) for m in made]) for name in Positions.__slots__))


def _hall_positions(index: int, hall: Hall) -> Positions:
    floor = hall.floor
    row = np.repeat(np.arange(floor.rows), floor.racks)
    place = np.tile(np.arange(floor.racks), floor.rows)
    x = np.concatenate([floor.place_x(r) for r in range(floor.rows)])
    width = np.repeat([floor.row_pitch_mm[r] if floor.row_pitch_mm else floor.pitch_mm for r in range(floor.rows)], floor.racks)
    y = floor.row_y()[row]
    free = np.ones(len(row), bool)
    for k in floor.keep_outs:
        free &= (x >= k.x_mm + k.width_mm) | (x + width <= k.x_mm) | (y >= k.y_mm + k.depth_mm) | (y + floor.depth_mm <= k.y_mm)
    at = np.flatnonzero(free)
    return Positions(
        np.full(len(at), index, np.int16),
        row[at].astype(np.int16),
        place[at].astype(np.int16),
        (x[at] + hall.x_mm).astype(np.int32),
        (y[at] + hall.y_mm).astype(np.int32),
        width[at].astype(np.int32),
        np.full(len(at), floor.depth_mm, np.int32),
        floor.row_faces()[row[at]],
        _roles(floor, row[at]),
    )


def _roles(floor: FloorPlan, row: NDArray[np.int64]) -> NDArray[np.int8]:
    """NETWORK for the places the switches take, counted over those that are left: a column at the end of a row moves them inwards."""
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
