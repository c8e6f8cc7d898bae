"""A hall's floor from a DXF plan: rack places grouped into rows, obstacles, walls and trays, as if they had been written in the spec.

Rows run along x or y. A rack is deeper than it is wide, so the long side of its rectangle says which way its row runs. Text is not read.

Importing this takes 0.4 s for ezdxf: whoever needs it does so late.

Finds (as `DesignError`): SPC130 a plan that cannot be used, SPC108 a plan beside rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

from ezdxf import bbox
from ezdxf.disassemble import recursive_decompose
from ezdxf.document import Drawing
from ezdxf.entities.dxfentity import DXFEntity
from ezdxf.entities.insert import Insert
from ezdxf.filemanagement import readfile
from ezdxf.lldxf.const import DXFError

from rackwright.base.findings import quoted
from rackwright.base.tree import spec_error
from rackwright.spec.document import Document
from rackwright.spec.floor import GivenRow, GivenSegment, Obstacle
from rackwright.spec.hall import HallSpec
from rackwright.spec.planrows import Box, Face, PlanError, grouped

UNITS = {1: 25.4, 2: 304.8, 4: 1.0, 5: 10.0, 6: 1000.0, 14: 100.0}  # $INSUNITS: mm of one unit
LEVELS: tuple[Literal["data", "fibre", "power"], ...] = ("data", "fibre", "power")
SIDES: tuple[Literal["a", "b"] | None, ...] = (None, "a", "b")
SQUARE_DEG = 0.5  # how far a side may lean
Line = tuple[float, float, float, float]


def planned(document: Document[HallSpec]) -> Document[HallSpec]:
    """The document with what its plan says of floor and trays; itself where it names no plan. Raises DesignError."""
    f = document.spec.floor
    if not f.plan:
        return document
    at = document.span("floor.plan")
    if f.rows is not None:
        raise spec_error("SPC108", "contradiction", "`plan` and `rows` both say where the racks stand", at, "keep one of the two")
    try:
        drawing = _opened(document)
        made = _read(drawing, document.spec)
    except PlanError as fault:
        raise spec_error("SPC130", "floor-plan-unusable", f"{quoted(f.plan)}: {fault}", at, fault.help) from None
    return _written(document, made)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a plan says, mm from the hall's corner."""

    rows: list[GivenRow]
    keep_out: list[Obstacle]
    size: list[float] | None
    segments: list[GivenSegment]


def _opened(document: Document[HallSpec]) -> Drawing:
    """The drawing. Raises PlanError."""
    path = document.folder / document.spec.floor.plan
    if not path.is_file():
        raise PlanError("there is no such file", f"the path counts from the folder of this spec, {quoted(document.folder.name or '.')}")
    try:
        return readfile(path)
    except (OSError, UnicodeError, DXFError) as fault:
        raise PlanError(f"this is no DXF file that can be read ({fault})", "save the plan as DXF, ASCII or binary, R12 or later") from None


def _read(drawing: Drawing, spec: HallSpec) -> _Plan:
    f, layers = spec.floor, spec.floor.layers
    unit = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4, "ft": 304.8}[f.plan_unit] if f.plan_unit else UNITS.get(drawing.units)
    if unit is None:
        raise PlanError(
            f"its unit is not known: $INSUNITS is {int(drawing.units)}", "set the unit in the drawing (millimetres: 4), or give `floor.plan_unit: mm`"
        )
    found: dict[str, list[DXFEntity]] = {}
    for entity in drawing.modelspace():
        found.setdefault(entity.dxf.layer.casefold(), []).append(entity)

    def on(name: str) -> list[DXFEntity]:
        return found.get(name.casefold(), [])

    def lines(name: str) -> list[Line]:
        return list(_lines(on(name), unit))

    if not on(layers.racks) and not on(layers.network):
        held = [f"{quoted(name)} ({len(found[name.casefold()])})" for name in sorted({e.dxf.layer for e in drawing.modelspace()})]
        known = f"layers with something on them: {', '.join(held)}" if held else "nothing stands in its model space"
        raise PlanError(f"there is nothing on layer {quoted(layers.racks)}", f"name the layer of the racks in `floor.layers.racks`; {known}")
    racks = [_box(e, unit, False) for e in on(layers.racks)] + [_box(e, unit, True) for e in on(layers.network)]
    trays = [
        (level, side, run)
        for level, name in zip(LEVELS, (layers.trays, layers.fibre, layers.power), strict=True)
        for side in SIDES
        for run in lines(f"{name}-{side}" if side else name)
    ]
    walls = lines(layers.walls)
    runs = [run for _, _, run in trays]
    x0 = min([b.x0 for b in racks] if not walls else [min(a, c) for a, _, c, _ in walls])
    y0 = min([b.y0 for b in racks] if not walls else [min(b, d) for _, b, _, d in walls])
    if not walls:
        x0, y0 = (min([low - f.margin, *(v for run in runs for v in run[i::2])]) for i, low in ((0, x0), (1, y0)))
    size = [max(max(a, c) for a, _, c, _ in walls) - x0, max(max(b, d) for _, b, _, d in walls) - y0] if walls else None
    moved = [b.moved(-x0, -y0) for b in racks]
    fronts = [(a - x0, b - y0, c - x0, d - y0) for a, b, c, d in lines(layers.fronts)]
    made = [_row(row) for row in grouped(moved, fronts, layers.fronts)]
    stops = ((layers.columns, "column"), (layers.doors, "door"), (layers.keep_out, "keep-out"))
    keep_out = [_obstacle(e, unit, x0, y0, what) for name, what in stops for e in on(name)]
    segments = [
        GivenSegment.model_construct(
            start=[float(round(a - x0)), float(round(b - y0))], end=[float(round(c - x0)), float(round(d - y0))],
            kind=None, width=None, depth=None, trays=1, level=level, side=side,
        )
        for level, side, (a, b, c, d) in trays
    ]  # fmt: skip
    return _Plan(made, keep_out, None if size is None else [float(round(v)) for v in size], segments)


def _row(row: tuple[list[Box], Face]) -> GivenRow:
    """A row of boxes, in order along it."""
    boxes, faces = row
    is_turned = faces in ("right", "left")
    low = [round(b.y0 if is_turned else b.x0) for b in boxes]
    high = [round(b.y1 if is_turned else b.x1) for b in boxes]
    across = [(round(b.x0), round(b.x1)) if is_turned else (round(b.y0), round(b.y1)) for b in boxes]
    under, over = min(a for a, _ in across), max(b for _, b in across)
    # Neighbours may overlap by what drawings are inexact by; a place ends where the next begins.
    wide = [float(min(h, n) - v) for v, h, n in zip(low, high, [*low[1:], high[-1]], strict=True)]
    return GivenRow.model_construct(
        x=float(under if is_turned else low[0]), y=float(low[0] if is_turned else under), places=len(boxes), pitch=None, depth=float(over - under),
        faces=faces, at=[float(v - low[0]) for v in low], width=wide, network=[i + 1 for i, b in enumerate(boxes) if b.is_network],
    )  # fmt: skip


def _extents(entity: DXFEntity) -> tuple[float, float, float, float]:
    box = bbox.extents(_shapes(entity))
    if not box.has_data:
        raise PlanError(f"{_what(entity)} has no extent", "take it off that layer")
    return float(box.extmin.x), float(box.extmin.y), float(box.extmax.x), float(box.extmax.y)


def _shapes(entity: DXFEntity) -> Iterable[DXFEntity]:
    """What has an extent: of an insert its lines, not the texts and attributes that may stand out of them."""
    if not isinstance(entity, Insert):
        return [entity]
    return [e for e in recursive_decompose([entity]) if e.dxftype() not in ("ATTRIB", "ATTDEF", "TEXT", "MTEXT")]


def _what(entity: DXFEntity) -> str:
    return f"{entity.dxftype()} {entity.dxf.handle} on layer {quoted(entity.dxf.layer)}"


def _box(entity: DXFEntity, unit: float, is_network: bool) -> Box:
    """The rectangle of a rack: of an insert, or of a closed polyline of four straight sides. Raises PlanError."""
    x0, y0, x1, y1 = (v * unit for v in _extents(entity))
    turn: int | None = None
    if entity.dxftype() == "INSERT":
        lean = entity.dxf.rotation % 90
        if min(lean, 90 - lean) > SQUARE_DEG:
            raise PlanError(f"{_what(entity)} at ({x0:,.0f}, {y0:,.0f}) mm is turned by {entity.dxf.rotation:g}°", "rows run along x or along y")
        turn = round(entity.dxf.rotation / 90) % 4
    else:
        corners = [(x * unit, y * unit) for x, y in _points(entity)]
        if len(corners) > 1 and math.dist(corners[0], corners[-1]) < 1:
            corners = corners[:-1]
        if len(corners) != 4:
            raise PlanError(
                f"{_what(entity)} at ({x0:,.0f}, {y0:,.0f}) mm is no rectangle: it has {len(corners)} corners", "draw racks as rectangles or inserts"
            )
        lean = max(_lean(corners[i], corners[(i + 1) % 4]) for i in range(4))
        if lean > SQUARE_DEG:
            raise PlanError(f"{_what(entity)} at ({x0:,.0f}, {y0:,.0f}) mm leans by {lean:.1f}°", "rows run along x or along y")
    if min(x1 - x0, y1 - y0) < 100:
        raise PlanError(
            f"{_what(entity)} is {x1 - x0:,.1f} × {y1 - y0:,.1f} mm",
            "a rack is larger than that: check the unit of the drawing, or `floor.plan_unit`",
        )
    return Box(x0, y0, x1, y1, is_network, turn, entity.dxf.handle or "", (x0, y0))


def _lean(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Degrees between a side and the nearest axis."""
    angle = math.degrees(math.atan2(b[1] - a[1], b[0] - a[0])) % 90
    return min(angle, 90 - angle)


def _points(entity: Any) -> list[tuple[float, float]]:
    """Corners of a line or polyline; of a closed one the first is repeated at the end. Empty for anything else."""
    kind = entity.dxftype()
    if kind == "LINE":
        return [(entity.dxf.start.x, entity.dxf.start.y), (entity.dxf.end.x, entity.dxf.end.y)]
    if kind == "LWPOLYLINE":
        points = [(float(p[0]), float(p[1])) for p in entity.get_points("xy")]
    elif kind == "POLYLINE":
        points = [(v.dxf.location.x, v.dxf.location.y) for v in entity.vertices]
    else:
        return []
    return [*points, points[0]] if entity.is_closed and points else points


def _lines(entities: list[DXFEntity], unit: float) -> Iterator[Line]:
    """Straight pieces of lines and polylines, mm. Other things on the layer are not lines and are left out."""
    for entity in entities:
        points = _points(entity)
        for (a, b), (c, d) in pairwise(points):
            if (a, b) != (c, d):
                yield a * unit, b * unit, c * unit, d * unit


def _obstacle(entity: DXFEntity, unit: float, x0: float, y0: float, what: str) -> Obstacle:
    a, b, c, d = (v * unit for v in _extents(entity))
    x, y = max(round(a - x0), 0), max(round(b - y0), 0)
    wide, deep = float(round(c - x0) - x), float(round(d - y0) - y)
    return Obstacle.model_construct(x=float(x), y=float(y), width=wide, depth=deep, full_height=what == "column", because=what)


def _written(document: Document[HallSpec], made: _Plan) -> Document[HallSpec]:
    """The document as if the plan had been written where it names it."""
    f, p = document.spec.floor, document.spec.pathways
    floor = f.model_copy(update={"rows": made.rows, "keep_out": [*f.keep_out, *made.keep_out], "size": f.size or made.size})
    ways = p.model_copy(update={"segments": [*p.segments, *made.segments]})
    at, spans = document.span("floor.plan"), dict(document.spans)
    lists = (("floor.rows", GivenRow, 0, made.rows), ("floor.keep_out", Obstacle, len(f.keep_out), made.keep_out),
             ("pathways.segments", GivenSegment, len(p.segments), made.segments))  # fmt: skip
    for path, model, first, items in lists:
        for i in range(first, first + len(items)):
            for name in ["", *(f".{field.alias or n}" for n, field in model.model_fields.items())]:
                spans[f"{path}.{i}{name}"] = at
    spec = document.spec.model_copy(update={"floor": floor, "pathways": ways})
    return replace(document, spec=spec, spans=spans)
