"""Plans and elevations as DXF, R2010, millimetres: what a planner's CAD opens and, of a plan, what `floor.plan` reads back.

A plan stands in the coordinates of the campus. A place for a rack is an insert on layer RACKS or NETWORK; one where a rack stands has its name and
figures as attributes, one that is free is dashed. Blocks have their front below. Trays lie at height 0, so that distances on the plan are true;
height, size and fill are told as XDATA of application RACKWRIGHT.

Importing this takes 0.4 s for ezdxf: whoever needs it does so late.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

import ezdxf
import polars as pl
from ezdxf.document import Drawing
from ezdxf.enums import TextEntityAlignment
from ezdxf.filemanagement import new
from ezdxf.layouts.blocklayout import BlockLayout
from ezdxf.layouts.layout import Modelspace

from rackwright.render import hall, solids
from rackwright.render.palette import palette, rgb
from rackwright.render.scene import Scene, fit, plain
from rackwright.schema.tables import Tables

APP, STYLE, DASHED = "RACKWRIGHT", "RACKWRIGHT", "RW-DASHED"
TRAYS = {"data": "TRAYS", "fibre": "FIBRE", "power": "POWER"}
LAYERS = {
    "WALLS": "steel-line", "COLUMNS": "ink", "DOORS": "feed-c", "DOOR-SWINGS": "feed-c", "KEEP-OUT": "limit", "ROWS": "rule",
    "AISLES-COLD": "cold-ink", "AISLES-HOT": "hot-ink", "AISLES-MIXED": "soft", "RACKS": "compute", "NETWORK": "switch", "FRONTS": "ink",
    "TRAYS": "q5", "FIBRE": "host", "POWER": "feed-c", "LABELS": "soft",
}  # fmt: skip
"""Layers of a plan and their colours; trays of one side lie on a layer of their own, `TRAYS-A`."""
TAGS = ("NAME", "DESIGN", "UNITS", "POWER_KW", "MASS_KG", "UNIT")
_LINES = {"frame": "steel-line", "axis": "steel-line", "busbar": "copper", "clip": "copper", "pdu": "power", "plug": "switch", "cartridge": "switch",
          **dict.fromkeys(("bay", "back", "hatched", "panel", "blank"), "rule"), "riser-supply": "supply", "riser-return": "return"}  # fmt: skip
"""Colours of lines by class, where the class is no colour of the palette, or that of an area which would be pale as a line."""
_GROUND, _DARK = 7, 96  # colour that a reader turns against its ground; greatest part of a colour that is too dark for a dark one
_TEXT = 250  # characters of one value: what every reader takes
_ANCHOR = {"start": TextEntityAlignment.MIDDLE_LEFT, "middle": TextEntityAlignment.MIDDLE_CENTER, "end": TextEntityAlignment.MIDDLE_RIGHT}
_CAPITAL = 0.73  # height of a capital over the size of a font


def text(value: str) -> str:
    """A name as a value of the format: on one line, with what the format would read as a code written so that it stays what it is."""
    return plain(value)[:_TEXT].replace("\\U+", "\\U +").replace("\\M+", "\\M +").replace("^", "^ ").replace("%%", "%%%%%%")


def plan(t: Tables, hall_id: int, designs: Mapping[str, Tables], words: str) -> bytes:
    """The floor plan of a hall. `designs`: tables of the rack designs by name; `words` say which design and revision it is."""
    drawing = _drawing(words)
    for name, css in LAYERS.items():
        layer = drawing.layers.add(name)
        if max(rgb(css)) < _DARK or name == "LABELS":
            layer.color = _GROUND
        else:
            layer.rgb = rgb(css)
    space = drawing.modelspace()
    _ground(space, t, hall_id)
    _places(drawing, space, t, hall_id, {name: frame.units for name, frame in solids.sized(designs, t).items()})
    _trays(drawing, space, t, hall_id)
    return _bytes(drawing)


def of_scene(scene: Scene, words: str) -> bytes:
    """A drawing in mm, y upwards, its origin at the lower left of its first frame (an elevation: of the front). A layer for each of the scene."""
    drawing = _drawing(words)
    space = drawing.modelspace()
    frames = scene.shapes.filter((pl.col("layer") == "frame") & (pl.col("kind") == "rect"))
    x0, y0 = (frames["x"][0], frames["y"][0] + frames["h"][0]) if frames.height else (0.0, scene.height)
    known = set(palette())
    for shape in scene.shapes.iter_rows(named=True):
        layer = shape["layer"].upper()
        if layer not in drawing.layers:
            drawing.layers.add(layer)
        attributes: dict[str, Any] = {"layer": layer}
        named = [_LINES.get(c, c) for c in str(shape["css"]).split() if c in _LINES or c in known]
        red, green, blue = rgb(named[-1] if named else "ink")
        # the darkest ink would vanish on the dark ground of CAD: index 7 is black on light ground and white on dark
        is_dark = shape["kind"] == "text" or max(red, green, blue) < _DARK
        attributes |= {"color": _GROUND} if is_dark else {"true_color": red << 16 | green << 8 | blue}
        _shape(space, shape, attributes, x0, y0)
    return _bytes(drawing)


def _shape(space: Modelspace, s: dict[str, Any], attributes: dict[str, Any], x0: float, y0: float) -> None:
    kind = s["kind"]
    points = [(a - x0, y0 - b) for a, b in zip(s["points"][::2], s["points"][1::2], strict=True)] if s["points"] else []
    x, y = (s["x"] - x0, y0 - s["y"]) if s["x"] is not None else (0.0, 0.0)
    if kind == "rect":
        space.add_lwpolyline(_ring(x, x + s["w"], y - s["h"], y), close=True, dxfattribs=attributes)
    elif kind == "circle":
        space.add_circle((x, y), s["w"], attributes)
    elif kind == "line":
        space.add_line(points[0], points[1], attributes)
    elif kind == "text":
        _label(space, s["text"], (x, y), s["size"], attributes, s["anchor"], (360 - round(s["turn"])) % 360)
    else:
        space.add_lwpolyline(points, close=kind == "area", dxfattribs=attributes)


def _drawing(words: str) -> Drawing:
    """An empty drawing in mm. The same content gives the same bytes: no dates, no random ids."""
    ezdxf.options.write_fixed_meta_data_for_testing = True  # type: ignore[attr-defined]  # it is there, but not in their __all__
    drawing = new("R2010", units=4)
    drawing.header["$MEASUREMENT"] = 1
    drawing.header.custom_vars.append("Design", text(words))
    drawing.appids.add(APP)
    drawing.styles.add(STYLE, font="arial.ttf")
    drawing.linetypes.add(DASHED, pattern=[300.0, 200.0, -100.0], description="free place")
    return drawing


def _bytes(drawing: Drawing) -> bytes:
    stream = io.StringIO()
    drawing.write(stream)
    return stream.getvalue().encode(drawing.output_encoding, "surrogateescape")


def _ring(x0: float, x1: float, y0: float, y1: float) -> list[tuple[float, float]]:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def _label(
    space: Modelspace, value: str, at: tuple[float, float], size: float, attributes: dict[str, Any], anchor: str = "middle", turn: float = 0
) -> None:
    made = space.add_text(text(value), height=_CAPITAL * size, rotation=turn, dxfattribs={**attributes, "style": STYLE})
    made.set_placement(at, align=_ANCHOR[anchor])


def _ground(space: Modelspace, t: Tables, hall_id: int) -> None:
    """Walls, columns, doors and what is kept free, rows with their letters, aisles."""
    h = t["halls"].row(by_predicate=pl.col("hall_id") == hall_id, named=True)
    x, y, wide, deep = (h[c] for c in ("x_mm", "y_mm", "width_mm", "depth_mm"))
    space.add_lwpolyline(_ring(x, x + wide, y, y + deep), close=True, dxfattribs={"layer": "WALLS"})
    _label(space, f"Hall {h['name']}", (x, y + deep + 600), 500, {"layer": "LABELS"}, "start")
    for a in t["floor_areas"].filter(pl.col("hall_id") == hall_id).sort("area").iter_rows(named=True):
        low, high, left, right = a["y_mm"], a["y_mm"] + a["depth_mm"], a["x_mm"], a["x_mm"] + a["width_mm"]
        is_door = a["kind"] == "door" or a["text"] == "door"  # one that came from a plan is only known by its word
        layer = "COLUMNS" if a["kind"] == "column" else "DOORS" if is_door else "KEEP-OUT"
        space.add_lwpolyline(_ring(left, right, low, high), close=True, dxfattribs={"layer": layer})
        size = min(150.0, a["depth_mm"] / 2)
        _label(space, fit(a["text"], a["width_mm"], size), ((left + right) / 2, (low + high) / 2), size, {"layer": "LABELS"})
        if a["opens"]:
            hinge, start = {"up": ((left, low), 0), "right": ((left, low), 0), "down": ((left, high), 270), "left": ((right, low), 90)}[a["opens"]]
            space.add_arc(hinge, a["width_mm"], start, start + 90, dxfattribs={"layer": "DOOR-SWINGS"})
    rows = hall.rows(t, hall_id)
    for r in rows:
        space.add_lwpolyline(_ring(r.x, r.x + r.width, r.y, r.y + r.depth), close=True, dxfattribs={"layer": "ROWS"})
        at = (r.x + r.width / 2, r.y - 300) if r.is_turned else (r.x - 300, r.y + r.depth / 2)
        _label(space, r.name, at, 300, {"layer": "LABELS"}, "middle" if r.is_turned else "end")
        edge = {1: (r.x, r.y + r.depth, r.x + r.width, r.y + r.depth), -1: (r.x, r.y, r.x + r.width, r.y),
                2: (r.x + r.width, r.y, r.x + r.width, r.y + r.depth), -2: (r.x, r.y, r.x, r.y + r.depth)}[r.faces]  # fmt: skip
        space.add_line(edge[:2], edge[2:], {"layer": "FRONTS"})
    for band in hall.aisles(rows):
        layer, middle = f"AISLES-{band.kind.upper()}", ((band.x0 + band.x1) / 2, (band.y0 + band.y1) / 2)
        space.add_lwpolyline(_ring(band.x0, band.x1, band.y0, band.y1), close=True, dxfattribs={"layer": layer})
        is_upright = band.x1 - band.x0 < band.y1 - band.y0
        _label(space, f"{band.kind} aisle {hall.metres(band.width)}", middle, 250, {"layer": layer}, turn=90 * is_upright)


def _places(drawing: Drawing, space: Modelspace, t: Tables, hall_id: int, units: Mapping[str | None, int]) -> None:
    """Racks with their attributes, then places that are free. `units`: of a rack by design, None for racks of switches."""
    for r in solids.racks(t, hall_id).iter_rows(named=True):
        is_network = r["design_id"] is None
        name = f"RACK {'NETWORK' if is_network else r['design_id']} {r['design_name']}"
        block = _block(drawing, name, r["width_mm"], r["depth_mm"], r["css"])
        at = {"layer": "NETWORK" if is_network else "RACKS", "rotation": 90 * r["turn"]}
        told = (
            r["name"],
            r["design_name"],
            str(units.get(None if is_network else r["design_name"], "")),
            f"{r['power_w'] / 1000:.3f}",
            f"{r['mass_kg']:.1f}",
            "" if r["pod"] is None else str(r["pod"] + 1),
        )
        space.add_blockref(block.name, (r["x_mm"], r["y_mm"]), at).add_auto_attribs(dict(zip(TAGS, map(text, told), strict=True)))
    for p in solids.places(t, hall_id).iter_rows(named=True):
        block = _block(drawing, "FREE PLACE", p["width_mm"], p["depth_mm"], "")
        layer = "NETWORK" if p["use"] == "network" else "RACKS"
        space.add_blockref(block.name, (p["x_mm"], p["y_mm"]), {"layer": layer, "rotation": 90 * p["turn"], "linetype": DASHED})


def _block(drawing: Drawing, name: str, width: int, depth: int, css: str) -> BlockLayout:
    """The block of a kind of rack of a size: outline, a line behind its front, and where attributes of a rack are written. Front below."""
    safe = re.sub(r"[^A-Za-z0-9 _.-]", "_", f"{name} {width}x{depth}")[:_TEXT]
    if safe in drawing.blocks:
        return drawing.blocks.get(safe)
    block = drawing.blocks.new(safe)
    inherited = {"layer": "0", "linetype": "BYBLOCK"}
    block.add_lwpolyline(_ring(0, width, 0, depth), close=True, dxfattribs=inherited)
    block.add_line((0, 0.08 * depth), (width, 0.08 * depth), inherited)
    if css:
        red, green, blue = rgb(css)
        inner = _ring(0.06 * width, 0.94 * width, 0.11 * depth, 0.95 * depth)
        block.add_lwpolyline(inner, close=True, dxfattribs={"layer": "0", "true_color": red << 16 | green << 8 | blue})
        for i, tag in enumerate(TAGS):
            made = block.add_attdef(tag, text="", height=0.09 * width, rotation=90, dxfattribs={"style": STYLE, "layer": "0", "flags": int(i > 0)})
            made.set_placement((width * (0.3 + 0.1 * i), 0.15 * depth), align=TextEntityAlignment.MIDDLE_LEFT)
    return block


def _trays(drawing: Drawing, space: Modelspace, t: Tables, hall_id: int) -> None:
    """Middle lines of trays, one for pieces that run on in a line and are alike but for their fill."""
    for level, side, pieces in _runs(solids.trays(t, hall_id)):
        layer = TRAYS[level] + (f"-{side}" if side else "")
        if layer not in drawing.layers:
            drawing.layers.add(layer).rgb = rgb(LAYERS[TRAYS[level]])
        first, last = pieces[0], pieces[-1]
        line = space.add_line(first[:2], last[2:4], {"layer": layer})
        r = max((p[4] for p in pieces), key=lambda p: p["share"])
        size = f"{r['trays']} x {r['width']:.0f} x {r['depth']:.0f} mm"
        told = f"{r['kind']} tray {r['tray_id']}, {size}, height {r['z_mm']} mm, fill {r['share']:.1%}"
        line.set_xdata(APP, [(1000, told), (1040, float(r["z_mm"])), (1040, float(r["width"])), (1070, r["trays"])])


Piece = tuple[int, int, int, int, dict[str, Any]]


def _runs(found: pl.DataFrame) -> list[tuple[str, str | None, list[Piece]]]:
    """Trays of one level, side, height, count and size that follow one another in a straight line along x or y, and single others."""
    alike = ["level", "side", "z_mm", "trays", "capacity"]
    made: list[tuple[str, str | None, list[Piece]]] = []
    lines: dict[tuple[Any, ...], list[Piece]] = {}
    for r in found.iter_rows(named=True):
        a, b = sorted(((r["a_x_mm"], r["a_y_mm"]), (r["b_x_mm"], r["b_y_mm"])))
        piece = (*a, *b, r)
        is_along_x, is_along_y = a[1] == b[1], a[0] == b[0]
        if is_along_x or is_along_y:
            lines.setdefault((*(r[c] for c in alike), is_along_x, a[1] if is_along_x else a[0]), []).append(piece)
        else:
            made.append((r["level"], r["side"], [piece]))
    for key, pieces in lines.items():
        pieces.sort(key=lambda p: p[:4])
        run = [pieces[0]]
        for piece in pieces[1:]:
            if piece[:2] == run[-1][2:4]:
                run.append(piece)
            else:
                made.append((key[0], key[1], run))
                run = [piece]
        made.append((key[0], key[1], run))
    return made
