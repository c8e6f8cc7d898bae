"""A hall or a rack as boxes in millimetres: what stands where, how large, which way round. The 3-D file and the plan for CAD are both made of them.

A box has a corner `x`, `y`, `z` and extents `dx`, `dy`, `dz` from there, along axes that are turned by `turn` quarters to the left about that corner,
seen from above. Racks and what is in them have their front on the side of low y before they are turned, and their corner at the left of it.

Reads halls, hall_racks, hall_rows, floor_places, floor_areas, trays, designs, fabric_switches, part_facts, inputs; of a rack racks and devices.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from rackwright.render import hall, rack
from rackwright.schema.tables import Tables

TURNS = {-1: 0, 2: 1, 1: 2, -2: 3}  # of `faces`: quarters to the left from a front that looks to lower y
BOX: dict[str, pl.DataType] = {
    **dict.fromkeys(("layer", "name", "css"), pl.String()),
    **dict.fromkeys(("x", "y", "z", "dx", "dy", "dz", "angle"), pl.Float64()),
    "turn": pl.Int8(),
}
"""Columns of a box; `css` names its colour in the style sheet. `angle`: degrees to the left, for what is turned by less than a quarter."""
_WALL, _SLAB, _PLATE, _CLEAR = 150.0, 200.0, 20.0, 600.0
_UNIT = 44.45


def racks(t: Tables, hall_id: int) -> pl.DataFrame:
    """Racks of a hall by row and place: those of `hall_racks`, with `turn`, `css` and the name of their `design_name`."""
    css = hall.design_classes(t)
    names = pl.DataFrame(
        {"design_id": list(css), "css": [c for c, _ in css.values()], "design_name": [n for _, n in css.values()]},
        schema={"design_id": pl.Int32, "css": pl.String, "design_name": pl.String},
    )
    own = t["hall_racks"].filter(pl.col("hall_id") == hall_id).sort("row", "position", "rack_id")
    return own.join(names, on="design_id", how="left", nulls_equal=True, maintain_order="left").with_columns(turn=_turn())


def places(t: Tables, hall_id: int) -> pl.DataFrame:
    """Places of a hall where no rack stands, with `turn`."""
    taken = t["hall_racks"].select("hall_id", "row", "position")
    own = t["floor_places"].filter(pl.col("hall_id") == hall_id).join(taken, on=["hall_id", "row", "position"], how="anti")
    return own.sort("row", "position").with_columns(turn=_turn())


def _turn() -> pl.Expr:
    return pl.col("faces").cast(pl.Int32).replace_strict(TURNS, return_dtype=pl.Int8)


def trays(t: Tables, hall_id: int) -> pl.DataFrame:
    """Trays of a hall with `share` of their fill and their `width` and `depth` in mm: what their cross section asks for."""
    own = hall.filled(t).filter(pl.col("hall_id") == hall_id).sort("tray_id")
    return own.with_columns(sizes(t, own))


def sizes(t: Tables, trays: pl.DataFrame) -> list[pl.Series]:
    """`width` and `depth` of trays, mm: the depth is that of their level, the width holds their capacity. Of those in parallel, which a design only
    counts, one is drawn.
    """
    depths = {level: _input(t, f"pathways.{level}.depth" if level != "data" else "pathways.depth", 100.0) for level in ("data", "fibre", "power")}
    most = _input(t, "pathways.fill_max", 0.5)
    depth = trays["level"].replace_strict(depths, return_dtype=pl.Float64)
    wide = {level: _input(t, f"pathways.{level}.width" if level != "data" else "pathways.width", 600.0) for level in depths}
    all_abreast = trays["capacity"] / 100 / most / depth  # those laid out across rows hold as much as all their parallel ones
    is_many = trays["kind"].is_in(["cross", "trunk"]) & (all_abreast > 1.01 * trays["level"].replace_strict(wide, return_dtype=pl.Float64))
    one = pl.select(pl.when(is_many).then(all_abreast / _input(t, "pathways.cross_trays", 1.0)).otherwise(all_abreast)).to_series()
    width = pl.select(pl.when(trays["capacity"] > 0).then(one).otherwise(300.0)).to_series()
    return [width.alias("width"), depth.alias("depth")]


def _input(t: Tables, path: str, default: float) -> float:
    value = t.input(path) if t.asks(path) else default
    return value if value > 0 else default


def building(t: Tables, hall_id: int, tall: float) -> pl.DataFrame:
    """Floor, walls up to knee height, rows, columns, doors and what is kept free. `tall`: mm of the tallest rack."""
    h = t["halls"].row(by_predicate=pl.col("hall_id") == hall_id, named=True)
    x, y, wide, deep = (float(h[c]) for c in ("x_mm", "y_mm", "width_mm", "depth_mm"))
    rows: list[dict[str, Any]] = [_box("floor", f"floor of {h['name']}", "paper", x, y, -_SLAB, wide, deep, _SLAB)]
    walls = ((x - _WALL, y - _WALL, wide + 2 * _WALL, _WALL), (x - _WALL, y + deep, wide + 2 * _WALL, _WALL),
             (x - _WALL, y, _WALL, deep), (x + wide, y, _WALL, deep))  # fmt: skip
    rows += [_box("walls", f"wall {i}", "steel-line", a, b, -_SLAB, c, d, _SLAB + 160) for i, (a, b, c, d) in enumerate(walls, 1)]
    rows += [_box("rows", f"row {r.name}", "grid", r.x, r.y, 0, r.width, r.depth, 15) for r in hall.rows(t, hall_id)]
    highest = t["trays"].filter(pl.col("hall_id") == hall_id)["z_mm"].max()
    top = max(tall, float(highest or 0)) + _CLEAR  # type: ignore[arg-type]
    kinds = {"column": (top, "steel-line"), "door": (180.0, "feed-c"), "keep-out": (25.0, "rule")}
    for a in t["floor_areas"].filter(pl.col("hall_id") == hall_id).sort("area").iter_rows(named=True):
        height, css = kinds[a["kind"]]
        rows.append(_box(f"{a['kind']}s", str(a["text"]), css, a["x_mm"], a["y_mm"], 0, a["width_mm"], a["depth_mm"], height))
    return pl.DataFrame(rows, schema=BOX)


def _box(layer: str, name: str, css: str, x: float, y: float, z: float, dx: float, dy: float, dz: float) -> dict[str, Any]:
    return {"layer": layer, "name": name, "css": css, "x": x, "y": y, "z": z, "dx": dx, "dy": dy, "dz": dz, "angle": 0.0, "turn": 0}


def tray_boxes(found: pl.DataFrame) -> pl.DataFrame:
    """Trays as flat boxes around their middle line: the bottom, and a rail at each side."""
    along = pl.arctan2(pl.col("b_y_mm") - pl.col("a_y_mm"), pl.col("b_x_mm") - pl.col("a_x_mm"))
    name = pl.format("tray {}", "tray_id")
    made = found.with_columns(along=along, dx=pl.col("length_mm").cast(pl.Float64), name=name)
    half = pl.col("width") / 2
    parts = ((-half, pl.col("width"), pl.lit(_PLATE)), (-half, pl.lit(_PLATE), pl.col("depth")), (half - _PLATE, pl.lit(_PLATE), pl.col("depth")))
    return pl.concat(
        [
            made.select(
                "name", layer=pl.concat_str(pl.lit("trays-"), "level"), css=fill_css(), x=pl.col("a_x_mm") - pl.col("along").sin() * off,
                y=pl.col("a_y_mm") + pl.col("along").cos() * off, z=pl.col("z_mm").cast(pl.Float64), dx="dx", dy=dy, dz=dz,
                angle=pl.col("along").degrees(), turn=pl.lit(0, pl.Int8),
            ).select(*BOX)
            for off, dy, dz in parts
        ]
    )  # fmt: skip


def fill_css() -> pl.Expr:
    """Colour of a tray, as on the plan: by its fill; that of a power pathway says nothing."""
    made = pl.lit("limit")
    for top, css in zip(reversed(hall.FILL_STEPS), ("q7", "q5", "q4", "q3", "q2"), strict=True):
        made = pl.when(pl.col("share") <= top).then(pl.lit(css)).otherwise(made)
    return pl.when(pl.col("level") == "power").then(pl.lit("feed-c")).otherwise(made)


def switches(t: Tables, found: pl.DataFrame) -> pl.DataFrame:
    """Switches of some racks: rack_id, name, part, position_u, and their box in the rack, mm; racks of switches have the frame of `network.frame`."""
    own = t["fabric_switches"].join(found.select("rack_id", place="width_mm"), on="rack_id", how="inner", maintain_order="left")
    facts = t.facts_of(own["part"], "width", "depth", "height_units", "height")
    own = own.join(facts, on="part", how="left", maintain_order="left")
    frame = network_frame(t)
    wide, tall = pl.col("width").fill_null(438.0), pl.col("height").fill_null(pl.col("height_units").fill_null(1) * _UNIT)
    return own.select(
        "rack_id", "name", "part", "position_u",
        x=(pl.col("place") - wide) / 2, y=pl.lit(0.0), z=frame.base + (pl.col("position_u") - 1) * frame.unit_mm,
        dx=wide, dy=pl.col("depth").fill_null(600.0).clip(1, frame.depth), dz=tall,
    )  # fmt: skip


def network_frame(t: Tables) -> rack.Frame:
    """The frame of switch racks."""
    part = t.input_text("network.frame") if t.asks("network.frame") else ""
    titles = t["parts"].filter(pl.col("part") == part)["title"]
    fact = {n: t.fact(part, n) for n in ("width", "height", "depth", "width_it", "height_units", "unit_height", "base_height")}
    unit, base, units = fact["unit_height"] or _UNIT, fact["base_height"] or 0.0, int(fact["height_units"] or 42)
    return rack.Frame(
        "switch rack", part, str(titles[0]) if titles.len() else part, fact["width"] or 600.0, fact["height"] or base + units * unit,
        fact["depth"] or 1200.0, fact["width_it"] or 450.0, units, unit, base,
    )  # fmt: skip


def frame_boxes(frame: rack.Frame) -> pl.DataFrame:
    """A rack without what is in it: sides, roof and bottom, open in front and behind; together they are as large as the frame."""
    thick = 10.0
    inner = frame.width - 2 * thick
    sides = [("left side", 0.0, 0.0, thick, frame.height), ("right side", frame.width - thick, 0.0, thick, frame.height)]
    flat = [("bottom", thick, 0.0, inner, thick), ("roof", thick, frame.height - thick, inner, thick)]
    return pl.DataFrame([_box("frame", n, "steel-line", x, 0, z, dx, frame.depth, dz) for n, x, z, dx, dz in (*sides, *flat)], schema=BOX)


def device_boxes(t: Tables) -> pl.DataFrame:
    """Devices of a rack that have a place, with all columns of `devices` and those of a box."""
    depth = rack.frame_of(t).depth
    return rack.placed(t).with_columns(
        layer=pl.lit("devices"), css=pl.when(pl.col("role") == "blank").then(pl.lit("rule")).otherwise(pl.col("css")), x=pl.col("x_mm"),
        y=pl.col("y_mm").fill_null(pl.when("is_rear").then(depth - pl.col("depth_mm")).otherwise(0.0)), z=pl.col("z_mm"),
        dx=pl.col("width_mm"), dy=pl.col("depth_mm"), dz=pl.col("height_mm"), angle=pl.lit(0.0), turn=pl.lit(0, pl.Int8),
    )  # fmt: skip


def sized(designs: Mapping[str, Tables], t: Tables) -> dict[str | None, rack.Frame]:
    """Frames by name of a design; None stands for racks of switches."""
    return {**{name: rack.frame_of(found) for name, found in designs.items()}, None: network_frame(t)}
