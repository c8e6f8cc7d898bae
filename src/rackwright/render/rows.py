"""Front elevations of a hall: the racks of a row side by side in true proportion, a few to a drawing so that names can be read.

Reads hall_racks, halls, designs, design_devices, fabric_switches, part_facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from rackwright.render.rack import ROLE_TITLES, ROLES, legend
from rackwright.render.scene import Canvas, Scene, fit
from rackwright.schema.tables import Tables

SIDE_BY_SIDE = 6  # racks of one drawing
_UNIT, _BASE, _SWITCH = 44.45, 80.0, 438.0  # mm where nothing in the rack tells them
_SIZE = 30.0  # mm of text
_RULER, _HEAD, _ABOVE = 110.0, 150.0, 60.0


def elevations(t: Tables, racks: Sequence[int] | None = None, most: int = 240) -> Iterator[Scene]:
    """A drawing for each few racks of a row, all of them or those by id. Of more than `most` racks one of each design is drawn, and one of switches
    for each set of parts.
    """
    found = t["hall_racks"].sort("hall_id", "row", "position", "rack_id")
    if racks is not None:
        found = found.filter(pl.col("rack_id").is_in(racks))
    stands = devices(t)
    if found.height > most:
        found = _one_of_each(found, stands)
    own = {rack: rows for (rack,), rows in stands.group_by(["rack_id"], maintain_order=True)} if found.height <= most else {}
    for (_, row), of_row in found.group_by(["hall_id", "row"], maintain_order=True):
        drawings = -(-of_row.height // SIDE_BY_SIDE)
        for i, part in enumerate(of_row.iter_slices(-(-of_row.height // drawings))):
            yield _scene(part, own, f"row-{row}-{i}")


def devices(t: Tables) -> pl.DataFrame:
    """What stands where in every rack: rack_id, name, part, role, position_u, height_u, is_rear, x_mm, z_mm, width_mm, height_mm (mm in the rack)."""
    racks = t["hall_racks"].select("rack_id", "design_id", place="width_mm")
    of_designs = racks.join(t["design_devices"].drop_nulls("z_mm"), on="design_id", how="inner").filter(pl.col("height_mm") > 0)
    facts = t["part_facts"].filter(pl.col("fact").is_in(["height_units", "unit_height", "width"]))
    known = facts.pivot("fact", index="part", values="value") if facts.height else pl.DataFrame(schema={"part": pl.String})
    missing = [pl.lit(None, pl.Float64).alias(c) for c in ("height_units", "unit_height", "width") if c not in known.columns]
    switches = t["fabric_switches"].join(known.with_columns(missing), on="part", how="left").join(racks, on="rack_id", how="inner")
    unit, units, wide = pl.col("unit_height").fill_null(_UNIT), pl.col("height_units").fill_null(1), pl.col("width").fill_null(_SWITCH)
    of_fabrics = switches.select(
        "rack_id", "name", "part", "position_u", role=pl.lit("switch"), height_u=units.cast(pl.Int32), is_rear=pl.lit(False),
        x_mm=(pl.col("place") - wide) / 2, z_mm=_BASE + (pl.col("position_u") - 1) * unit, width_mm=wide, height_mm=units * unit,
    )  # fmt: skip
    columns = ["rack_id", "name", "part", "role", "position_u", "height_u", "is_rear", "x_mm", "z_mm", "width_mm", "height_mm"]
    return pl.concat([of_designs.select(columns), of_fabrics.select(columns)], how="vertical_relaxed").sort("rack_id", "z_mm", "x_mm")


def _one_of_each(racks: pl.DataFrame, stands: pl.DataFrame) -> pl.DataFrame:
    made_of = stands.group_by("rack_id").agg(pl.struct("part", "position_u").sort().hash().implode().list.sum().alias("kind"))
    return (
        racks.join(made_of, on="rack_id", how="left", maintain_order="left")
        .unique(["design_id", "kind"], keep="first", maintain_order=True)
        .drop("kind")
    )


def _scene(racks: pl.DataFrame, own: dict[object, pl.DataFrame], name: str) -> Scene:
    """The fronts of a few racks."""
    canvas, x = Canvas(), _RULER
    none = pl.DataFrame(schema={"z_mm": pl.Float64, "height_mm": pl.Float64, "role": pl.String})
    each = [own.get(r, none) for r in racks["rack_id"]]
    tops = [float((d["z_mm"] + d["height_mm"]).max() or 0.0) for d in each]  # type: ignore[arg-type]
    floor = _HEAD + max([*tops, 1500.0]) + _ABOVE
    for r, found in zip(racks.iter_rows(named=True), each, strict=True):
        _rack(canvas, r, found, x, floor)
        x += float(r["width_mm"]) + _RULER
    roles = [r for r in ROLES if any(r in set(d["role"]) for d in each)]
    y = legend(canvas, _RULER, floor + 3 * _SIZE, [(f"dev {r}", ROLE_TITLES[r]) for r in roles], _SIZE, x - 2 * _RULER)
    first, last = racks["name"][0], racks["name"][-1]
    title = f"Racks {first} to {last}" if racks.height > 1 else f"Rack {first}"
    about = f"{title}: front elevation in true proportion, units at both sides"
    return Scene(name, title, about, x, y + _SIZE, "mm", 0.35, canvas.frame(), (("view", "front"), ("dimensions", "mm")))


def _rack(canvas: Canvas, rack: dict[str, object], found: pl.DataFrame, x: float, floor: float) -> None:
    width = float(str(rack["width_mm"]))
    top = min([_HEAD + _ABOVE / 2, *(floor - (found["z_mm"] + found["height_mm"]).to_numpy() - _ABOVE / 2)]) if found.height else _HEAD
    canvas.text("title", x, 40, fit(str(rack["name"]), width, 1.3 * _SIZE, True), 1.3 * _SIZE, "t strong")
    power = f"{float(str(rack['power_w'])) / 1000:,.1f} kW · {float(str(rack['mass_kg'])):,.0f} kg"
    canvas.text("title", x, 95, fit(power, width, _SIZE), _SIZE, "t soft")
    canvas.rect("frame", x, top, width, floor - top, "frame", str(rack["name"]), f"hall_racks:{rack['name']}")
    canvas.line("frame", x - 30, floor, x + width + 30, floor, "axis")
    if not found.height:
        canvas.text("frame", x + width / 2, (top + floor) / 2, "nothing placed", _SIZE, "t faint", "middle")
        return
    _units(canvas, found, x, width, floor)
    for d in found.filter(~pl.col("is_rear")).iter_rows(named=True):
        left, high, wide, tall = x + d["x_mm"], floor - d["z_mm"] - d["height_mm"], d["width_mm"], d["height_mm"]
        role = d["role"] if d["role"] in ROLES else "other"
        canvas.rect("device", left, high, wide, tall, f"dev {role}", f"{d['name']} · {d['part']}", f"design_devices:{d['name']}")
        canvas.rect("mark", left, high, 14, tall, f"mark {role}")
        if wide < 4 * _SIZE:
            canvas.text("text", left + wide / 2, high + tall - _SIZE, fit(d["name"], tall - 2 * _SIZE, 0.9 * _SIZE), 0.9 * _SIZE, "t", "start", 270)
        elif tall >= 1.05 * _SIZE:
            name = fit(d["name"], wide - 2 * _SIZE, _SIZE)
            canvas.text("text", left + 1.1 * _SIZE, high + tall / 2, name, _SIZE)


def _units(canvas: Canvas, found: pl.DataFrame, x: float, width: float, floor: float) -> None:
    """Numbers of units at both sides, every one that a device begins at or covers; the unit is told by where devices stand."""
    placed = found.filter((pl.col("position_u") > 0) & (pl.col("height_u") > 0)).sort("position_u")
    if placed.is_empty():
        return
    low, high = placed.row(0, named=True), placed.row(-1, named=True)
    steps = high["position_u"] - low["position_u"]
    unit = (high["z_mm"] - low["z_mm"]) / steps if steps else low["height_mm"] / low["height_u"]
    base = low["z_mm"] - (low["position_u"] - 1) * unit
    for u in range(1, high["position_u"] + high["height_u"]):
        y = floor - base - (u - 0.5) * unit
        css = "t soft" if u % 5 == 0 or u == 1 else "t faint"
        canvas.text("units", x - 12, y, str(u), 0.8 * _SIZE, css, "end")
        canvas.text("units", x + width + 12, y, str(u), 0.8 * _SIZE, css)
