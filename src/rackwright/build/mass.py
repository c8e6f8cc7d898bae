"""What the rack weighs and where: one row per thing with mass, in the rack's coordinates. Table `masses`, written by `bill`.

Where a place is not known exactly it is the plain guess: the frame's middle for the frame and for what has no position, behind the trays for
busbar and manifold (the manifold at 90 % of the width, beside busbar and cartridges). The part of a whip outside the rack hangs from above and is
not counted; coolant inside trays is not known and not counted.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import polars as pl

from rackwright.schema.tables import Tables, frame
from rackwright.spec.rack import RackSpec

PLACE = ("x_mm", "y_mm", "z_mm")
MANIFOLD_X = 0.9
Row: TypeAlias = dict[str, Any]
Size: TypeAlias = tuple[float, float, float, float]  # width, depth and height of the frame and the depth at which the trays end, mm


def masses(spec: RackSpec, t: Tables) -> pl.DataFrame:
    """Table `masses`, in the order frame, devices, cables, busbar, manifold, coolant. A mass nobody knows counts as zero."""
    size = _size(t)
    made = (_frame(t, size), _devices(t, size), _cables(spec, t, size), _busbar(spec, t, size), _manifold(spec, t, size), _coolant(t, size))
    return pl.concat([frame("masses", rows) for rows in made if rows])


def _size(t: Tables) -> Size:
    """What the frame's maker does not give is taken from what stands in it."""
    rack, devices = t["racks"].row(0, named=True), t["devices"]
    wide, deep, back = devices.select(
        (pl.col("x_mm") + pl.col("width_mm")).max().fill_null(0.0),
        deep=(pl.col("y_mm") + pl.col("depth_mm")).max().fill_null(0.0),
        back=(pl.col("y_mm") + pl.col("depth_mm")).filter(pl.col("height_u") > 0).max(),
    ).row(0)
    depth = t.fact(rack["part"], "depth") or deep
    height = t.fact(rack["part"], "height") or rack["base_mm"] + rack["height_units"] * rack["unit_mm"]
    return t.fact(rack["part"], "width") or wide, depth, height, depth if back is None else min(back, depth)


def _at(row: Row, x: float, y: float, z: float) -> Row:
    """A row whose place, where still empty, is (x, y, z)."""
    return row | {c: v if row.get(c) is None else row[c] for c, v in zip(PLACE, (x, y, z), strict=True)}


def _frame(t: Tables, size: Size) -> list[Row]:
    middle = (size[0] / 2, size[1] / 2, size[2] / 2)
    rows = t["racks"].select("part", "src").iter_rows(named=True)
    return [_at(row | {"item": "frame", "kind": "frame", "mass_kg": t.fact(row["part"], "mass") or 0.0}, *middle) for row in rows]


def _devices(t: Tables, size: Size) -> list[Row]:
    rows = t["devices"].select(
        "part",
        "mass_kg",
        "src",
        item="name",
        x_mm=pl.col("x_mm") + pl.col("width_mm") / 2,
        y_mm=pl.col("y_mm") + pl.col("depth_mm") / 2,
        z_mm=pl.col("z_mm") + pl.col("height_mm") / 2,
    )
    return [_at(row | {"kind": "device"}, size[0] / 2, size[1] / 2, size[2] / 2) for row in rows.iter_rows(named=True)]


def _cables(spec: RackSpec, t: Tables, size: Size) -> list[Row]:
    """One row per assembly, with its housing, and one per channel for the loose cables in it; heights are the mean of the cable ends."""
    cables, ports = t["cables"], t["ports"].select(PLACE)
    outside = pl.when(pl.col("kind") == "power-whip").then(spec.power.whip_length).otherwise(0.0)
    inside = (1 - outside / pl.coalesce("length_stock_mm", "length_cut_mm").clip(1)).clip(0, 1)
    ends = [pl.DataFrame([ports[c].gather(cables[f"{side}_port_id"]).alias(f"{c}_{side}") for c in PLACE]) for side in "ab"]
    rows = pl.concat([cables, *ends], how="horizontal")
    rows = rows.join(t["pathways"].select("segment_id", "segment", cx="x_mm", cy="y_mm"), on="segment_id", how="left", maintain_order="left")
    rows = rows.select(
        "assembly",
        "src",
        item=pl.coalesce("assembly", pl.concat_str(pl.lit("cables "), "segment"), pl.concat_str(pl.lit("cables "), "kind")),
        mass_kg=pl.col("mass_kg") * inside,
        x_mm=pl.coalesce("cx", pl.mean_horizontal("x_mm_a", "x_mm_b")),
        y_mm=pl.coalesce("cy", pl.mean_horizontal("y_mm_a", "y_mm_b")),
        z_mm=pl.mean_horizontal("z_mm_a", "z_mm_b"),
    )
    rows = rows.group_by("item", maintain_order=True).agg(pl.col("mass_kg").sum(), pl.col(PLACE).mean(), pl.col("assembly", "src").first())
    part = spec.scale_up.cartridge if spec.scale_up else None
    housing = (t.fact(part, "mass") or 0.0) if part else 0.0
    made = []
    for row in sorted(rows.iter_rows(named=True), key=lambda r: str(r["item"])):
        is_held = row.pop("assembly") is not None
        own = {"kind": "cables", "part": part if is_held else None, "mass_kg": row["mass_kg"] + (housing if is_held else 0.0)}
        made.append(_at(row | own, size[0] / 2, size[1], size[2] / 2))
    return made


def _busbar(spec: RackSpec, t: Tables, size: Size) -> list[Row]:
    part, nodes = spec.power.busbar, t["power_nodes"].filter(pl.col("kind") == "busbar")["z_mm"].drop_nulls().to_list()
    if part is None:
        return []
    low, high = (min(nodes), max(nodes)) if nodes else (0.0, size[2])
    row = {"item": "busbar", "kind": "busbar", "part": part, "mass_kg": t.fact(part, "mass") or 0.0, "src": t.input_src("power.busbar")}
    return [_at(row, size[0] / 2 + (t.fact(part, "offset_x") or 0.0), size[3], (low + high) / 2)]


def _manifold(spec: RackSpec, t: Tables, size: Size) -> list[Row]:
    """The manifold with its hoses, and the couplings: two per tray."""
    part, nodes = spec.cooling.manifold, t["coolant_nodes"].filter(pl.col("kind").is_in(["supply", "return"]))["z_mm"].to_list()
    if part is None or not nodes:
        return []
    rows, counts = [{"item": "manifold", "part": part, "mass_kg": t.fact(part, "mass") or 0.0}], couplings(t, part)
    if counts:
        rows.append({"item": "couplings", "part": counts[0], "mass_kg": counts[1] * (t.fact(counts[0], "mass") or 0.0)})
    own = {"kind": "manifold", "src": t.input_src("cooling.manifold")}
    return [_at(row | own, MANIFOLD_X * size[0], size[3], (min(nodes) + max(nodes)) / 2) for row in rows]


def couplings(t: Tables, manifold: str) -> tuple[str, int] | None:
    """Coupling part and number of pieces: two per tray of the loop. None where the manifold names no coupling."""
    names = t["part_facts"].filter((pl.col("part") == manifold) & (pl.col("fact") == "coupling"))["text"]
    trays = int((t["coolant_branches"]["kind"] == "tray").sum())
    return (str(names[0]), 2 * trays) if names.len() and trays else None


def coolant(t: Tables) -> list[Row]:
    """Columns of each loop with `volume_m3` in its pipes and `z_mm`, the mean height of that. Trays have no bore and are left out."""
    pipes, heights = t["coolant_branches"].filter(pl.col("bore_mm").is_not_null()), t["coolant_nodes"].select("node_id", "z_mm")
    if pipes.is_empty():
        return []
    ends = pipes.join(heights, left_on="a_node_id", right_on="node_id", maintain_order="left")
    ends = ends.join(heights, left_on="b_node_id", right_on="node_id", suffix="_b", maintain_order="left")
    volume, middle = np.pi / 4 * pl.col("bore_mm").pow(2) * pl.col("length_mm") * 1e-9, (pl.col("z_mm") + pl.col("z_mm_b")) / 2
    sums = ends.group_by("loop_id", maintain_order=True).agg(volume_m3=volume.sum(), z_mm=(middle * volume).sum() / volume.sum())
    return list(t["coolant_loops"].join(sums, on="loop_id", maintain_order="left").iter_rows(named=True))


def _coolant(t: Tables, size: Size) -> list[Row]:
    made = []
    for loop in t.derived(coolant):
        row = {"item": "coolant", "kind": "coolant", "part": loop["part"], "mass_kg": loop["volume_m3"] * loop["density_kg_m3"], "src": loop["src"]}
        made.append(_at(row | {"z_mm": loop["z_mm"]}, MANIFOLD_X * size[0], size[3], size[2] / 2))
    return made
