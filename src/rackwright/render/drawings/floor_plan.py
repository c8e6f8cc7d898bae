"""Plan of one hall in millimetres, true proportions: racks, fronts, aisles, columns, doors, trays of all levels by fill.

Reads halls, hall_racks, hall_rows, floor_areas, designs, supply_cabinets, trays.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import polars as pl

from rackwright.render import hall
from rackwright.render.charts import tick_text, ticks
from rackwright.render.scene import Canvas, Scene, fit, text_width
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "floor_plan", "Floor plan", "floor", 1
_SHOWN_PX = 1100.0
_NAMED = 8  # aisles whose kind is written into them; of more the colours tell


def draw(t: Tables, hall_id: int | None = None) -> Scene | None:
    """One hall from above, the first unless given. None without a hall."""
    if t["halls"].is_empty() or t["hall_racks"].is_empty():
        return None
    sheet = _Sheet(t, int(t["halls"].select(pl.col("hall_id").min()).item()) if hall_id is None else hall_id)
    canvas = Canvas()
    sheet.head(canvas)
    sheet.ground(canvas)
    sheet.aisles(canvas)
    sheet.racks(canvas)
    sheet.cabinets(canvas)
    sheet.trays(canvas)
    sheet.marks(canvas)
    sheet.axes(canvas)
    bottom = sheet.legend(canvas)
    first, count = str(sheet.hall["name"]), t["halls"].height
    turned = "; turned a quarter: rows run up the page" if sheet.is_turned else ""
    about = f"Hall {first} from above: {sheet.own.height} racks in {len(sheet.rows)} rows, fronts marked, trays coloured by fill{turned}"
    notes = [("hall", first), ("size", f"{sheet.long / 1000:.1f} × {sheet.deep / 1000:.1f} m")]
    notes += [("also", sheet.others())] if count > 1 and hall_id is None else []
    return Scene(NAME, TITLE, about, sheet.width, bottom, "mm", _SHOWN_PX / sheet.width, canvas.frame(), tuple(notes))


def onto(t: Tables, hall_id: int) -> Callable[[float, float], tuple[float, float]]:
    """Where a point of the campus, mm, is drawn on the plan of a hall."""
    return _Sheet(t, hall_id).at


class _Sheet:
    """The hall on paper: campus mm to drawing mm, y upwards; a hall much deeper than wide lies on its side."""

    def __init__(self, t: Tables, hall_id: int) -> None:
        self.t = t
        self.hall = t["halls"].row(by_predicate=pl.col("hall_id") == hall_id, named=True)
        self.long, self.deep = float(self.hall["width_mm"]), float(self.hall["depth_mm"])
        self.is_turned = self.deep > 1.3 * self.long
        across, up = (self.deep, self.long) if self.is_turned else (self.long, self.deep)
        self.size = max(across / 84, 130.0)  # of the text: the same on the page for any hall
        self.left, self.top = 4 * self.size, 6.4 * self.size
        areas = t["floor_areas"].filter(pl.col("hall_id") == self.hall["hall_id"])
        low, extent, end = ("y_mm", "depth_mm", self.deep) if self.is_turned else ("x_mm", "width_mm", self.long)
        out = areas.select((pl.col(low) + pl.col(extent) - float(self.hall[low]) - end).max()).item() or 0.0  # a door that swings out
        self.width, self.height = across + self.left + max(4.6 * self.size, out + self.size), up
        self.own = t["hall_racks"].filter(pl.col("hall_id") == self.hall["hall_id"]).sort("row", "position")
        self.sidecars = t["supply_cabinets"].filter((pl.col("hall_id") == self.hall["hall_id"]) & pl.col("row").is_not_null())
        self.rows = hall.rows(t, int(self.hall["hall_id"]))
        self.bands = hall.aisles(self.rows)
        self.depth = float(self.own.select(pl.col("depth_mm").min()).item())
        self.css = hall.design_classes(t)

    def head(self, canvas: Canvas) -> None:
        """What is shown, and how to read the margins."""
        name, count = self.hall["name"], self.t["halls"].height
        switches = self.own["design_id"].null_count()
        what = f"{self.own.height - switches:,} racks" + (f", {switches:,} switch rack{'s' * (switches != 1)}" if switches else "")
        title = f"Hall {name}" + (f" of {count}" if count > 1 else "") + f": {what} in {len(self.rows)} row{'s' * (len(self.rows) != 1)}"
        room = self.width - self.left - self.size
        canvas.text("title", self.left, 1.4 * self.size, fit(title, room, 1.25 * self.size, True), 1.25 * self.size, "t strong")
        note = "rows by letter, places by number; axes in metres from the corner of the hall; thick edges are fronts"
        canvas.text("title", self.left, 3.1 * self.size, fit(note, room, 0.9 * self.size), 0.9 * self.size, "t soft")

    def axes(self, canvas: Canvas) -> None:
        """Metres along the lower and the right wall."""
        right, low = self.left + (self.deep if self.is_turned else self.long), self.top + self.height
        along, up = ("y", "x") if self.is_turned else ("x", "y")
        for extent, is_across in ((right - self.left, True), (self.height, False)):
            marks = [m for m in ticks(0, extent / 1000, max(3, min(12, int(extent / (5 * self.size))))) if m <= extent / 1000 + 1e-9]
            step = marks[1] - marks[0] if len(marks) > 1 else 1.0
            for m in marks:
                at, text = 1000 * m, tick_text(m, step)
                if is_across:
                    canvas.line("axis", self.left + at, low, self.left + at, low + 0.35 * self.size, "axis")
                    canvas.text("axis", self.left + at, low + 1.1 * self.size, text, 0.85 * self.size, "t soft", "middle")
                else:
                    y = self.top + at if self.is_turned else low - at
                    canvas.line("axis", right, y, right + 0.35 * self.size, y, "axis")
                    canvas.text("axis", right + 0.7 * self.size, y, text, 0.85 * self.size, "t soft")
        canvas.text("axis", self.left - 0.9 * self.size, low + 1.1 * self.size, f"{along}, m", 0.85 * self.size, "t soft", "end")
        canvas.text("axis", right + 0.7 * self.size, self.top - 1.1 * self.size, f"{up}, m", 0.85 * self.size, "t soft")

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the campus is drawn."""
        x, y = x - float(self.hall["x_mm"]), y - float(self.hall["y_mm"])
        return (self.left + y, self.top + x) if self.is_turned else (self.left + x, self.top + self.deep - y)

    def box(self, canvas: Canvas, layer: str, x0: float, x1: float, y0: float, y1: float, css: str, title: str = "", ref: str = "") -> None:
        """A rectangle of the campus."""
        (ax, ay), (bx, by) = self.at(x0, y0), self.at(x1, y1)
        canvas.rect(layer, min(ax, bx), min(ay, by), abs(bx - ax), abs(by - ay), css, title, ref)

    def ground(self, canvas: Canvas) -> None:
        """Walls, and what may stand in the way."""
        x, y = float(self.hall["x_mm"]), float(self.hall["y_mm"])
        self.box(canvas, "ground", x, x + self.long, y, y + self.deep, "bay", f"hall {self.hall['name']}")
        for a in self.t["floor_areas"].filter(pl.col("hall_id") == self.hall["hall_id"]).iter_rows(named=True):
            css = "column" if a["kind"] == "column" else "hatched"
            x0, y0, wide, deep = (float(a[c]) for c in ("x_mm", "y_mm", "width_mm", "depth_mm"))
            if a["kind"] == "door" and a["opens"]:
                self.door(canvas, x0, y0, wide, a["opens"], a["text"])
            else:
                self.box(canvas, "keep-out", x0, x0 + wide, y0, y0 + deep, css, a["text"])

    def door(self, canvas: Canvas, x: float, y: float, width: float, opens: str, title: str) -> None:
        """A door leaf and the quarter circle it sweeps, hinged at the low end of its doorway."""
        hinge = (x + (width if opens == "left" else 0), y + (width if opens == "down" else 0))
        leaf, shut = {"up": ((0, 1), (1, 0)), "down": ((0, -1), (1, 0)), "right": ((1, 0), (0, 1)), "left": ((-1, 0), (0, 1))}[opens]
        turn = [math.pi / 2 * i / 12 for i in range(13)]
        sweep = [tuple(h + width * (math.cos(w) * s + math.sin(w) * o) for h, s, o in zip(hinge, shut, leaf, strict=True)) for w in turn]
        canvas.path("doors", [self.at(px, py) for px, py in (*sweep, hinge)], "door", title)

    def aisles(self, canvas: Canvas) -> None:
        """Rows, and the bands between them, cold where fronts look into them; their names where there is room."""
        for r in self.rows:
            self.box(canvas, "row", r.x, r.x + r.width, r.y, r.y + r.depth, "ghost", f"row {r.row + 1}")
        for a in self.bands:
            self.box(canvas, "aisle", a.x0, a.x1, a.y0, a.y1, f"aisle-{a.kind}", f"{a.kind} aisle, {hall.metres(a.width)}")
            if a.width > 0.95 * self.size and len(self.bands) <= _NAMED:
                x, y = self.at((a.x0 + a.x1) / 2, (a.y0 + a.y1) / 2)
                upright = self.is_turned != (a.x1 - a.x0 < a.y1 - a.y0)
                canvas.text("aisle-text", x, y, f"{a.kind} aisle", 0.8 * self.size, f"t t-{a.kind}", "middle", 270 if upright else 0)

    def racks(self, canvas: Canvas) -> None:
        """Every rack at its place; its number where it fits; one front line for each run of neighbours."""
        line = self.depth * 0.08
        for r in self.own.iter_rows(named=True):
            x0, x1, y0, y1 = footprint(r)
            css, name = self.css[r["design_id"]]
            pod = "" if r["pod"] is None else f", scalable unit {r['pod'] + 1}"
            self.box(canvas, "racks", x0, x1, y0, y1, f"dev {css}", f"{r['name']} · {name}{pod}", f"hall_racks:{r['name']}")
            label = min(0.8 * self.size, 0.36 * r["depth_mm"])
            if text_width("88", label) < 0.9 * (x1 - x0) and label < 0.5 * (y1 - y0) and not self.is_turned:
                up = {1: (0.0, -label - line), -1: (0.0, label + line)}.get(r["faces"], (0.0, 0.0))
                x, y = self.at((x0 + x1) / 2 + up[0], {1: y1, -1: y0}.get(r["faces"], (y0 + y1) / 2) + up[1])
                canvas.text("numbers", x, y, str(r["position"] + 1), label, "t", "middle")
        runs = self.own.with_columns(run=(pl.col("position").cast(pl.Int64) - pl.int_range(pl.len())).rle_id().over("row"))
        for _, some in runs.group_by("row", "run", maintain_order=True):
            boxes = [footprint(r) for r in (some.row(0, named=True), some.row(-1, named=True))]
            x0, x1, y0, y1 = (pick(b[i] for b in boxes) for i, pick in enumerate((min, max, min, max)))
            front = {1: (x0, x1, y1 - line, y1), -1: (x0, x1, y0, y0 + line), 2: (x1 - line, x1, y0, y1), -2: (x0, x0 + line, y0, y1)}
            self.box(canvas, "fronts", *front[some["faces"][0]], "front", "front")

    def cabinets(self, canvas: Canvas) -> None:
        """Sidecars on their places."""
        for r in self.sidecars.iter_rows(named=True):
            weight = "" if r["mass_kg"] is None else f", {r['mass_kg']:,.0f} kg"
            self.box(canvas, "sidecars", *footprint(r), "ghost sidecar", f"{r['name']} · {r['part']}{weight}", f"supply_cabinets:{r['name']}")
            x0, x1, y0, y1 = footprint(r)
            label = min(0.7 * self.size, 0.3 * (x1 - x0), 0.3 * (y1 - y0))
            place = (0.25 * x0 + 0.75 * x1, (y0 + y1) / 2) if abs(r["faces"]) == 2 else ((x0 + x1) / 2, 0.25 * y0 + 0.75 * y1)
            canvas.text("sidecars", *self.at(*place), "DC", label, "t soft", "middle")  # beside the tray over its middle

    def trays(self, canvas: Canvas) -> None:
        """Overhead trays by fill; those of other levels a little aside, as they hang over one another."""
        own = hall.filled(self.t).filter(pl.col("hall_id") == self.hall["hall_id"])
        for level, aside in (("power", -0.08), ("fibre", 0.08), ("data", 0.0)):
            for r in own.filter(pl.col("level") == level).iter_rows(named=True):
                ends = [float(r[c]) for c in ("a_x_mm", "a_y_mm", "b_x_mm", "b_y_mm")]
                off = aside * self.depth
                a, b = self.at(ends[0] + off, ends[1] + off), self.at(ends[2] + off, ends[3] + off)
                many = f", {r['trays']} in parallel" if r["trays"] > 1 else ""
                side = f", side {r['side']}" if r["side"] else ""
                what = f"{r['kind']} tray {r['tray_id']}, {level}{side}, {hall.metres(r['z_mm'])} up"
                tip = f"{what}: {100 * r['share']:.0f} % of what it may hold{many}"
                css = f"tray level-{level} {hall.fill_class(r['share'])}" if level != "power" else "tray level-power"
                canvas.line("trays", *a, *b, css, tip, f"trays:{r['tray_id']}")
        sides = own.filter((pl.col("level") == "data") & pl.col("side").is_not_null() & (pl.col("kind") != "row")).sort("length_mm", descending=True)
        for r in sides.unique("side", keep="first", maintain_order=True).iter_rows(named=True):
            x, y = self.at((r["a_x_mm"] + r["b_x_mm"]) / 2, (r["a_y_mm"] + r["b_y_mm"]) / 2)
            canvas.text("sides", x, y - 0.7 * self.size, f"side {r['side']}", 0.85 * self.size, "t strong", "middle")

    def marks(self, canvas: Canvas) -> None:
        """Row letters, and place numbers along the rows where these are alike."""
        used = set(self.own["row"].unique().to_list())
        x0, flat = float(self.hall["x_mm"]), [r for r in self.rows if not r.is_turned]
        steps = [b.y - a.y for a, b in pairwise(flat) if b.y > a.y]
        room = min(steps, default=self.deep)
        step = 1 if text_width("WW", self.size) < room or not self.is_turned else 2
        lines = {r.y for r in flat}
        for r in flat[::step]:
            x, y = self.at(x0 if len(lines) == len(flat) else r.x, r.y + r.depth / 2)
            at = (x, self.top - 0.9 * self.size) if self.is_turned else (x - 0.9 * self.size, y)
            self.letter(canvas, r, at, "middle" if self.is_turned else "end", r.row in used)
        for r in (r for r in self.rows if r.is_turned):
            x, y = self.at(r.x + r.width / 2, r.y)
            at = (x - 0.9 * self.size, y) if self.is_turned else (x, y + 0.9 * self.size)
            self.letter(canvas, r, at, "end" if self.is_turned else "middle", r.row in used)
        if len({(r.x, r.width, r.places) for r in self.rows}) == 1 and flat:
            self.places(canvas, flat[0])

    def letter(self, canvas: Canvas, row: hall.Row, at: tuple[float, float], anchor: str, is_used: bool) -> None:
        """Name of a row; of one without racks, softly."""
        canvas.text("letters", *at, row.name, self.size, "t strong" if is_used else "t soft", anchor, title=f"row {row.name}")

    def places(self, canvas: Canvas, row: hall.Row) -> None:
        """Place numbers along the wall, for rows that all stand alike."""
        pitch = row.width / row.places
        every = next(n for n in (1, 2, 5, 10, 20, 50) if n * pitch > 1.9 * self.size or n == 50)
        for place in [p for p in range(1, row.places + 1) if p % every == 0 or p == 1]:
            x, y = self.at(row.x + (place - 0.5) * pitch, float(self.hall["y_mm"]))
            at = (self.left - 0.7 * self.size, y) if self.is_turned else (x, self.top - 0.9 * self.size)
            canvas.text("places", *at, str(place), 0.85 * self.size, "t soft", "end" if self.is_turned else "middle")

    def legend(self, canvas: Canvas) -> float:
        """Scale bar, designs, fronts, fill of the trays; the lower end of the drawing."""
        size, y = self.size, self.top + self.height + 3.2 * self.size
        metres = max(1.0, next(v for v in ticks(0, self.width / 6000, 3) if v > 0))
        x = self.left
        canvas.rect("scale", x, y - 0.2 * size, metres * 500, 0.4 * size, "front")
        canvas.rect("scale", x + metres * 500, y - 0.2 * size, metres * 500, 0.4 * size, "bay")
        canvas.text("scale", x + metres * 1000 + 0.6 * size, y, f"{metres:g} m", size, "t")
        x += metres * 1000 + 2.6 * size + text_width(f"{metres:g} m", size)
        counts = self.own.group_by("design_id").len().sort("design_id", nulls_last=True)
        entries = [(f"dev {self.css[d][0]}", f"{self.css[d][1]} · {n}") for d, n in counts.iter_rows()]
        entries += [("ghost sidecar", f"sidecar · {self.sidecars.height}")] if self.sidecars.height else []
        kinds = {a.kind for a in self.bands}
        entries += [("front", "front of the racks"), *((f"aisle-{k}", f"{k} aisle") for k in ("cold", "hot", "mixed") if k in kinds)]
        areas = self.t["floor_areas"].filter(pl.col("hall_id") == self.hall["hall_id"])["kind"].unique().sort().to_list()
        entries += [("column" if k == "column" else "hatched", k) for k in areas if k != "door"]
        y = _swatches(canvas, entries, x, y, self.left, self.width, size) + 1.9 * size
        lows = (0.0, *hall.FILL_STEPS[:-1])
        steps = [(f"tray fill-{i}", f"{100 * a:.0f}–{100 * b:.0f} %") for i, (a, b) in enumerate(zip(lows, hall.FILL_STEPS, strict=True))]
        title = "Trays, fill of what they may hold:"
        canvas.text("legend", self.left, y, title, size, "t soft")
        steps.append(("tray fill-over", "too full"))
        levels = set(self.t["trays"]["level"].unique().to_list())
        steps += [(f"tray level-{k} fill-2", words) for k, words in (("fibre", "fibre runner"), ("power", "power pathway")) if k in levels]
        start = self.left + text_width(title, size) + size
        return _swatches(canvas, steps, start, y, self.left, self.width, size) + 1.6 * size

    def others(self) -> str:
        """What is said of the other halls: whether their racks stand at the same places."""
        where = self.t["hall_racks"].select("hall_id", "row", "position", "design_id")
        mine = where.filter(pl.col("hall_id") == self.hall["hall_id"]).drop("hall_id")
        count = self.t["halls"].height
        same = where.join(mine, on=["row", "position", "design_id"], how="inner", nulls_equal=True).height == where.height == mine.height * count
        return f"{count - 1} more halls, " + ("racks at the same places" if same else "same floor, other racks for switches")


def footprint(r: dict[str, Any]) -> tuple[float, float, float, float]:
    """Low and high x, low and high y of a rack; `x_mm`, `y_mm` is its front left corner seen from its front."""
    x, y, wide, deep = (float(r[c]) for c in ("x_mm", "y_mm", "width_mm", "depth_mm"))
    return {1: (x - wide, x, y - deep, y), -1: (x, x + wide, y, y + deep), 2: (x - deep, x, y, y + wide), -2: (x, x + deep, y - wide, y)}[r["faces"]]


def _swatches(canvas: Canvas, entries: list[tuple[str, str]], x: float, y: float, left: float, width: float, size: float) -> float:
    """Swatch and label of each entry, wrapped at the width; returns the last line."""
    for css, label in entries:
        label = fit(label, width / 3, size)
        room = 1.8 * size + text_width(label, size) + 1.4 * size
        if x + room > width and x > left:
            x, y = left, y + 1.7 * size
        if css.startswith("tray"):
            canvas.line("legend", x, y, x + 1.4 * size, y, css)
        else:
            canvas.rect("legend", x, y - 0.45 * size, 1.4 * size, 0.9 * size, css)
        canvas.text("legend", x + 1.8 * size, y, label, size, "t")
        x += room
    return y
