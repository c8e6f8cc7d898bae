"""Rack rectangles of a plan as rows: which stand in line, in which order, and which way their fronts look."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import Literal, TypeAlias

Face: TypeAlias = Literal["up", "down", "right", "left"]
EXACT_MM = 20  # drawings are that exact
FRONT_MM = 250  # a line that marks fronts is that near to them
OF_TURN: tuple[Face, ...] = ("down", "right", "up", "left")  # a block is drawn with its front below; a quarter turn to the left each


class PlanError(Exception):
    """Why a plan cannot be used, and what to do."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True, slots=True)
class Box:
    """A rack's rectangle, mm. `turn`: quarter turns of the insert it came from, None for a plain rectangle; `drawn`: its corner in the drawing."""

    x0: float
    y0: float
    x1: float
    y1: float
    is_network: bool = False
    turn: int | None = None
    handle: str = ""
    drawn: tuple[float, float] = (0.0, 0.0)

    def moved(self, x: float, y: float) -> Box:
        """The same elsewhere."""
        return replace(self, x0=self.x0 + x, y0=self.y0 + y, x1=self.x1 + x, y1=self.y1 + y)

    @property
    def is_turned(self) -> bool:
        """Whether it stands in a row along y: a rack is deeper than it is wide."""
        return self.x1 - self.x0 > self.y1 - self.y0 + EXACT_MM

    def along(self) -> tuple[float, float]:
        """Low and high side along its row."""
        return (self.y0, self.y1) if self.is_turned else (self.x0, self.x1)

    def across(self) -> tuple[float, float]:
        """Low and high side across its row."""
        return (self.x0, self.x1) if self.is_turned else (self.y0, self.y1)

    def named(self) -> str:
        """The rack as a person finds it in the drawing."""
        return f"the rack at ({self.drawn[0]:,.0f}, {self.drawn[1]:,.0f}) mm (handle {self.handle})"


def grouped(boxes: list[Box], fronts: list[tuple[float, float, float, float]], layer: str) -> list[tuple[list[Box], Face]]:
    """Rows along x by rising y, then rows along y by rising x; each in order along itself, with the way its fronts look.

    Fronts are marked by lines, or by the turns of inserts where these differ, or else look into every second aisle, the first of them.

    Raises:
        PlanError: racks that overlap or stand out of line, a row whose front is not marked where others are.
    """
    _apart(boxes)
    rows = [row for is_turned in (False, True) for row in _in_line([b for b in boxes if b.is_turned == is_turned])]
    turns = {b.turn for b in boxes}
    made: list[tuple[list[Box], Face]] = []
    count = {False: 0, True: 0}
    for row in rows:
        is_turned = row[0].is_turned
        habit: Face = (("up", "down"), ("right", "left"))[int(is_turned)][count[is_turned] % 2]
        count[is_turned] += 1
        if fronts:
            made.append((row, _marked(row, fronts, layer)))
        else:
            made.append((row, _turned(row) if None not in turns and len(turns) > 1 else habit))
    return made


def _apart(boxes: list[Box]) -> None:
    """No two racks may overlap. Sorted by x, so that only neighbours are compared."""
    ordered = sorted(boxes, key=lambda b: (b.x0, b.y0))
    for i, b in enumerate(ordered):
        for other in ordered[i + 1 :]:
            if other.x0 >= b.x1 - EXACT_MM:
                break
            up = min(b.y1, other.y1) - max(b.y0, other.y0)
            if up > EXACT_MM:
                wide = min(b.x1, other.x1) - other.x0
                raise PlanError(f"{b.named()} and {other.named()} overlap by {wide:,.0f} × {up:,.0f} mm", "move one of them")


def _in_line(boxes: list[Box]) -> list[list[Box]]:
    """Racks that stand in one line, each line in order. Raises PlanError for one that is aligned with neither front nor rear of its row."""
    rows: list[list[Box]] = []
    for b in sorted(boxes, key=lambda b: (sum(b.across()), b.along())):
        low, high = rows[-1][0].across() if rows else (0.0, 0.0)
        if rows and abs(sum(b.across()) - low - high) / 2 < 0.4 * (high - low):
            rows[-1].append(b)
        else:
            rows.append([b])
    for row in rows:
        row.sort(key=Box.along)
        low, high = (median(b.across()[i] for b in row) for i in (0, 1))
        for b in row:
            off = min(abs(b.across()[0] - low), abs(b.across()[1] - high))
            if off > EXACT_MM:
                raise PlanError(
                    f"{b.named()} stands {off:,.0f} mm out of line with its row of {len(row)}", "align its front or its rear with the others"
                )
    return rows


def _marked(row: list[Box], fronts: list[tuple[float, float, float, float]], layer: str) -> Face:
    """The side of a row that a line marks."""
    is_turned = row[0].is_turned
    low, high = min(b.across()[0] for b in row), max(b.across()[1] for b in row)
    start, end = row[0].along()[0], row[-1].along()[1]
    best: dict[bool, float] = {}
    for x0, y0, x1, y1 in fronts:
        (a0, c0), (a1, c1) = ((y0, x0), (y1, x1)) if is_turned else ((x0, y0), (x1, y1))
        if abs(a1 - a0) <= abs(c1 - c0) or min(end, max(a0, a1)) <= max(start, min(a0, a1)):
            continue
        for is_high, edge in ((False, low), (True, high)):
            away = abs((c0 + c1) / 2 - edge)
            if away <= FRONT_MM:
                best[is_high] = min(away, best.get(is_high, away))
    if not best:
        text = f"no line on layer `{layer}` marks the front of the row that begins with {row[0].named()}"
        raise PlanError(text, f"draw a line within {FRONT_MM} mm of it, or leave that layer empty: fronts then face cold aisles")
    is_high = min(best, key=lambda k: best[k])
    return ("right" if is_high else "left") if is_turned else ("up" if is_high else "down")


def _turned(row: list[Box]) -> Face:
    """The way inserts are turned. Raises PlanError where those of one row differ, or look along it."""
    first = row[0]
    other = next((b for b in row if b.turn != first.turn), None)
    if other is not None:
        raise PlanError(f"{first.named()} and {other.named()} stand in one row and face different ways", "turn one of the inserts")
    face = OF_TURN[first.turn or 0]
    if (face in ("right", "left")) != first.is_turned:
        raise PlanError(f"{first.named()} faces along its row", "draw the block with its front below and its depth upwards, or mark fronts by lines")
    return face
