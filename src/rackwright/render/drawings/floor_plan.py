"""Plan of one hall in millimetres, true proportions: racks, fronts, aisles, trays by fill. Reads halls, hall_racks, designs, trays, inputs."""

from __future__ import annotations

import math

import polars as pl

from rackwright.base import units
from rackwright.render import hall
from rackwright.render.charts import ticks
from rackwright.render.scene import Canvas, Scene, fit, text_width
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "floor_plan", "Floor plan", "floor", 1
_SHOWN_PX = 1100.0


def draw(t: Tables) -> Scene | None:
    """The first hall from above; the others stand the same way. None without a hall."""
    if t["halls"].is_empty() or t["hall_racks"].is_empty():
        return None
    sheet = _Sheet(t)
    canvas = Canvas()
    sheet.ground(canvas)
    sheet.aisles(canvas)
    sheet.racks(canvas)
    sheet.trays(canvas)
    sheet.marks(canvas)
    bottom = sheet.legend(canvas)
    first, count = str(sheet.hall["name"]), t["halls"].height
    turned = "; turned a quarter: rows run up the page" if sheet.is_turned else ""
    about = f"Hall {first} from above: {sheet.own.height} racks in {len(sheet.rows)} rows, fronts marked, trays coloured by fill{turned}"
    notes = [("hall", first), ("size", f"{sheet.long / 1000:.1f} × {sheet.deep / 1000:.1f} m")]
    notes += [("also", sheet.others())] if count > 1 else []
    return Scene(NAME, TITLE, about, sheet.width, bottom, "mm", _SHOWN_PX / sheet.width, canvas.frame(), tuple(notes))


class _Sheet:
    """The hall on paper: campus mm to drawing mm, y upwards; a hall much deeper than wide lies on its side."""

    def __init__(self, t: Tables) -> None:
        self.t = t
        self.hall = t["halls"].sort("hall_id").row(0, named=True)
        self.long, self.deep = float(self.hall["width_mm"]), float(self.hall["depth_mm"])
        self.is_turned = self.deep > 1.3 * self.long
        across, up = (self.deep, self.long) if self.is_turned else (self.long, self.deep)
        self.size = max(across / 84, 130.0)  # of the text: the same on the page for any hall
        self.left, self.top = 4 * self.size, 3.2 * self.size
        self.width, self.height = across + self.left + 2 * self.size, up
        self.own = t["hall_racks"].filter(pl.col("hall_id") == self.hall["hall_id"]).sort("row", "position")
        self.rows = hall.rows(t, int(self.hall["hall_id"]))
        self.pitch, self.depth, self.margin = t.input("floor.pitch"), t.input("floor.depth"), t.input("floor.margin")
        self.places = int(t.input("floor.places"))
        self.css = hall.design_classes(t)

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
        for left, low, width, depth, because in _keep_outs(self.t):
            self.box(canvas, "keep-out", x + left, x + left + width, y + low, y + low + depth, "hatched", because)

    def aisles(self, canvas: Canvas) -> None:
        """Bands between the rows, cold where fronts look into them; their names where there is room."""
        x0 = float(self.hall["x_mm"]) + self.margin
        x1 = x0 + self.places * self.pitch
        edges = [(r.y - self.depth / 2, r.y + self.depth / 2) for r in self.rows]
        for i, r in enumerate(self.rows):
            low, high = edges[i]
            self.box(canvas, "row", x0, x1, low, high, "ghost", f"row {i + 1}")
            if i + 1 == len(self.rows):
                break
            kind, above = "cold" if r.faces > 0 else "hot", edges[i + 1][0]
            self.box(canvas, "aisle", x0, x1, high, above, f"aisle-{kind}", f"{kind} aisle, {units.show(above - high, 'mm')}")
            if above - high > 0.95 * self.size:
                x, y = self.at((x0 + x1) / 2, (high + above) / 2)
                canvas.text("aisle-text", x, y, f"{kind} aisle", 0.8 * self.size, f"t t-{kind}", "middle", 270 if self.is_turned else 0)

    def racks(self, canvas: Canvas) -> None:
        """Every rack at its place; its number where it fits; one front line for each run of neighbours."""
        line, label = self.depth * 0.08, min(0.8 * self.size, 0.36 * self.depth)
        for r in self.own.iter_rows(named=True):
            x0, x1, y0, y1 = self.footprint(r)
            css, name = self.css[r["design_id"]]
            pod = "" if r["pod"] is None else f", scalable unit {r['pod'] + 1}"
            self.box(canvas, "racks", x0, x1, y0, y1, f"dev {css}", f"{r['name']} · {name}{pod}", f"hall_racks:{r['name']}")
            front = (y1 - line, y1) if r["faces"] > 0 else (y0, y0 + line)
            if text_width("88", label) < 0.9 * self.pitch and not self.is_turned:
                x, y = self.at((x0 + x1) / 2, front[0] - label if r["faces"] > 0 else front[1] + label)
                canvas.text("numbers", x, y, str(r["position"] + 1), label, "t", "middle")
        runs = self.own.with_columns(run=(pl.col("position").cast(pl.Int64) - pl.int_range(pl.len())).rle_id().over("row"))
        for _, some in runs.group_by("row", "run", maintain_order=True):
            boxes = [self.footprint(r) for r in (some.row(0, named=True), some.row(-1, named=True))]
            x0, x1, y0, y1 = min(b[0] for b in boxes), max(b[1] for b in boxes), boxes[0][2], boxes[0][3]
            front = (y1 - line, y1) if some["faces"][0] > 0 else (y0, y0 + line)
            self.box(canvas, "fronts", x0, x1, *front, "front", "front")

    def footprint(self, r: dict[str, object]) -> tuple[float, float, float, float]:
        """Low and high x, low and high y of a rack; `x_mm`, `y_mm` is its front left corner seen from its front."""
        x, y, up = float(str(r["x_mm"])), float(str(r["y_mm"])), int(str(r["faces"])) > 0
        return (x - self.pitch, x, y - self.depth, y) if up else (x, x + self.pitch, y, y + self.depth)

    def trays(self, canvas: Canvas) -> None:
        """Overhead trays by fill."""
        for r in hall.filled(self.t).filter(pl.col("hall_id") == self.hall["hall_id"]).iter_rows(named=True):
            a, b = self.at(r["a_x_mm"], r["a_y_mm"]), self.at(r["b_x_mm"], r["b_y_mm"])
            many = f", {r['trays']} in parallel" if r["trays"] > 1 else ""
            tip = f"{r['kind']} tray {r['tray_id']}: {100 * r['share']:.0f} % of what it may hold{many}"
            canvas.line("trays", *a, *b, f"tray {hall.fill_class(r['share'])}", tip, f"trays:{r['tray_id']}")

    def marks(self, canvas: Canvas) -> None:
        """Row letters, place numbers along the first row, hall name."""
        names = {int(r): hall.letters(str(n)) for r, n in self.own.group_by("row").agg(pl.col("name").first()).iter_rows()}
        x0 = float(self.hall["x_mm"])
        room = min((b.y - a.y for a, b in zip(self.rows, self.rows[1:], strict=False)), default=self.deep)
        step = 1 if text_width("WW", self.size) < room or not self.is_turned else 2
        for r in self.rows[::step]:
            x, y = self.at(x0, r.y)
            at = (x, self.top - 0.9 * self.size) if self.is_turned else (self.left - 0.9 * self.size, y)
            name = names.get(r.row, "·")
            canvas.text("letters", *at, name, self.size, "t strong", "middle" if self.is_turned else "end", title=f"row {name}")
        every = next(n for n in (1, 2, 5, 10, 20, 50) if n * self.pitch > 1.9 * self.size or n == 50)
        for place in [p for p in range(1, self.places + 1) if p % every == 0 or p == 1]:
            x, y = self.at(x0 + self.margin + (place - 0.5) * self.pitch, float(self.hall["y_mm"]))
            at = (self.left - 0.7 * self.size, y) if self.is_turned else (x, self.top + self.deep + 0.9 * self.size)
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
        entries += [("front", "front of the racks"), ("aisle-cold", "cold aisle"), ("aisle-hot", "hot aisle")]
        y = _swatches(canvas, entries, x, y, self.left, self.width, size) + 1.9 * size
        lows = (0.0, *hall.FILL_STEPS[:-1])
        steps = [(f"tray fill-{i}", f"{100 * a:.0f}–{100 * b:.0f} %") for i, (a, b) in enumerate(zip(lows, hall.FILL_STEPS, strict=True))]
        title = "Trays, fill of what they may hold:"
        canvas.text("legend", self.left, y, title, size, "t soft")
        steps.append(("tray fill-over", "too full"))
        start = self.left + text_width(title, size) + size
        return _swatches(canvas, steps, start, y, self.left, self.width, size) + 1.6 * size

    def others(self) -> str:
        """What is said of the other halls: whether their racks stand at the same places."""
        where = self.t["hall_racks"].select("hall_id", "row", "position", "design_id")
        mine = where.filter(pl.col("hall_id") == self.hall["hall_id"]).drop("hall_id")
        count = self.t["halls"].height
        same = where.join(mine, on=["row", "position", "design_id"], how="inner", nulls_equal=True).height == where.height == mine.height * count
        return f"{count - 1} more halls, " + ("racks at the same places" if same else "same floor, other racks for switches")


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


def _keep_outs(t: Tables) -> list[tuple[float, float, float, float, str]]:
    """Obstacles of the spec: x, y, width and depth in mm from the hall's corner, and what stands there."""
    found: dict[str, dict[str, float]] = {}
    words: dict[str, str] = {}
    own = t["inputs"].filter(pl.col("path").str.starts_with("floor.keep_out."))
    for path, value, text in own.select("path", "value", "text").iter_rows():
        _, _, number, name = path.split(".", 3)
        found.setdefault(number, {})[name] = value if value is not None and math.isfinite(value) else 0.0
        if name == "because":
            words[number] = text
    return [(k["x"], k["y"], k["width"], k["depth"], words.get(n, "")) for n, k in found.items()]
