"""What the rack weighs and where: one row per thing with mass, in the rack's coordinates. Table `masses`, written by `bill`.

Where a place is not known exactly it is the plain guess: the frame's middle for the frame and for what has no position, behind the trays for
busbar and manifold (the manifold at 90 % of the width, beside busbar and cartridges). The part of a whip outside the rack hangs from above and is
not counted; coolant inside trays is not known and not counted.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.schema.tables import Tables, frame
from rackwright.spec.rack import RackSpec

PLACE = ("x_mm", "y_mm", "z_mm")
MANIFOLD_X = 0.9


def masses(spec: RackSpec, t: Tables) -> pl.DataFrame:
    """Table `masses`, in the order frame, devices, cables, busbar, manifold, coolant. A mass nobody knows counts as zero."""
    size = _size(t)
    made = [_frame(t, size), _devices(t, size), _cables(spec, t, size), _busbar(spec, t, size), _manifold(spec, t, size), _coolant(spec, t, size)]
    columns = ["item", "kind", "part", "mass_kg", *PLACE, "src"]
    rows = [m.select(columns) for m in made if m is not None and m.height]
    return frame("masses", pl.concat(rows, how="vertical_relaxed"))


def _size(t: Tables) -> tuple[float, float, float]:
    """Width, depth and height of the frame in mm; where its maker gives none, of what stands in it."""
    rack, devices = t["racks"].row(0, named=True), t["devices"]

    def span(fact: str, edge: str, extent: str) -> float:
        return t.fact(rack["part"], fact) or float(devices.select((pl.col(edge) + pl.col(extent)).max().fill_null(0.0)).item())

    height = t.fact(rack["part"], "height") or rack["base_mm"] + rack["height_units"] * rack["unit_mm"]
    return span("width", "x_mm", "width_mm"), span("depth", "y_mm", "depth_mm"), height


def _at(rows: pl.DataFrame, x: float, y: float, z: float) -> pl.DataFrame:
    """Rows whose place, where still empty, is (x, y, z)."""
    place = zip(PLACE, (x, y, z), strict=True)
    return rows.with_columns(pl.col(c).fill_null(v) if c in rows.columns else pl.lit(v, pl.Float64).alias(c) for c, v in place)


def _frame(t: Tables, size: tuple[float, float, float]) -> pl.DataFrame:
    mass = t.fact_of(t["racks"]["part"], "mass").fill_null(0.0)
    rows = t["racks"].select("part", "src", item=pl.lit("frame"), kind=pl.lit("frame"), mass_kg=mass)
    return _at(rows, size[0] / 2, size[1] / 2, size[2] / 2)


def _devices(t: Tables, size: tuple[float, float, float]) -> pl.DataFrame:
    rows = t["devices"].select(
        "part",
        "mass_kg",
        "src",
        item="name",
        kind=pl.lit("device"),
        x_mm=pl.col("x_mm") + pl.col("width_mm") / 2,
        y_mm=pl.col("y_mm") + pl.col("depth_mm") / 2,
        z_mm=pl.col("z_mm") + pl.col("height_mm") / 2,
    )
    return _at(rows, size[0] / 2, size[1] / 2, size[2] / 2)


def _cables(spec: RackSpec, t: Tables, size: tuple[float, float, float]) -> pl.DataFrame | None:
    """One row per assembly, with its housing, and one per channel for the loose cables in it; heights are the mean of the cable ends."""
    ports = t["ports"].select("port_id", *PLACE)
    outside = pl.when(pl.col("kind") == "power-whip").then(spec.power.whip_length).otherwise(0.0)
    inside = (1 - outside / pl.coalesce("length_stock_mm", "length_cut_mm").clip(1)).clip(0, 1)
    rows = t["cables"].join(ports, left_on="a_port_id", right_on="port_id", how="left", maintain_order="left")
    rows = rows.join(ports, left_on="b_port_id", right_on="port_id", how="left", suffix="_b", maintain_order="left")
    rows = rows.join(t["pathways"].select("segment_id", "segment", cx="x_mm", cy="y_mm"), on="segment_id", how="left", maintain_order="left")
    rows = rows.with_columns(
        pl.mean_horizontal("x_mm", "x_mm_b"),
        pl.mean_horizontal("y_mm", "y_mm_b"),
        pl.mean_horizontal("z_mm", "z_mm_b"),
        mass_kg=pl.col("mass_kg") * inside,
    ).with_columns(
        item=pl.coalesce("assembly", pl.concat_str(pl.lit("cables "), "segment"), pl.concat_str(pl.lit("cables "), "kind")),
        x_mm=pl.coalesce("cx", "x_mm"),
        y_mm=pl.coalesce("cy", "y_mm"),
    )
    place = [pl.col(c).mean() for c in PLACE]
    rows = rows.group_by("item", maintain_order=True).agg(pl.col("mass_kg").sum(), *place, pl.col("assembly", "src").first())
    cartridge = spec.scale_up.cartridge if spec.scale_up else None
    housing = (t.fact(cartridge, "mass") or 0.0) if cartridge else 0.0
    is_assembly = pl.col("assembly").is_not_null()
    rows = rows.with_columns(
        kind=pl.lit("cables"),
        part=pl.when(is_assembly).then(pl.lit(cartridge, pl.String)),
        mass_kg=pl.col("mass_kg") + pl.when(is_assembly).then(housing).otherwise(0.0),
    )
    return _at(rows.sort("item"), size[0] / 2, size[1], size[2] / 2)


def _behind(t: Tables, size: tuple[float, float, float]) -> float:
    """Depth at which the trays end."""
    back = t["devices"].filter(pl.col("height_u") > 0).select((pl.col("y_mm") + pl.col("depth_mm")).max()).item()
    return min(float(back), size[1]) if back is not None else size[1]


def _busbar(spec: RackSpec, t: Tables, size: tuple[float, float, float]) -> pl.DataFrame | None:
    part, nodes = spec.power.busbar, t["power_nodes"].filter(pl.col("kind") == "busbar")["z_mm"].drop_nulls()
    if part is None:
        return None
    low, high = (float(np.min(nodes.to_numpy())), float(np.max(nodes.to_numpy()))) if nodes.len() else (0.0, size[2])
    mass, src = t.fact(part, "mass") or 0.0, t.input_src("power.busbar")
    rows = pl.DataFrame([{"item": "busbar", "kind": "busbar", "part": part, "mass_kg": mass, "src": src}])
    return _at(rows, size[0] / 2 + (t.fact(part, "offset_x") or 0.0), _behind(t, size), (low + high) / 2)


def _manifold(spec: RackSpec, t: Tables, size: tuple[float, float, float]) -> pl.DataFrame | None:
    """The manifold with its hoses, and the couplings: two per tray."""
    part, nodes = spec.cooling.manifold, t["coolant_nodes"].filter(pl.col("kind").is_in(["supply", "return"]))
    if part is None or nodes.is_empty():
        return None
    rows, counts = [{"item": "manifold", "part": part, "mass_kg": t.fact(part, "mass") or 0.0}], couplings(t, part)
    if counts:
        rows.append({"item": "couplings", "part": counts[0], "mass_kg": counts[1] * (t.fact(counts[0], "mass") or 0.0)})
    made = pl.DataFrame(rows).with_columns(kind=pl.lit("manifold"), src=pl.lit(t.input_src("cooling.manifold")))
    low, high = nodes.select(low=pl.col("z_mm").min(), high=pl.col("z_mm").max()).row(0)
    return _at(made, MANIFOLD_X * size[0], _behind(t, size), (low + high) / 2)


def couplings(t: Tables, manifold: str) -> tuple[str, int] | None:
    """Coupling part and number of pieces: two per tray of the loop. None where the manifold names no coupling."""
    names = t["part_facts"].filter((pl.col("part") == manifold) & (pl.col("fact") == "coupling"))["text"]
    trays = t["coolant_branches"].filter(pl.col("kind") == "tray").height
    return (str(names[0]), 2 * trays) if names.len() and trays else None


def coolant_m3(t: Tables) -> pl.DataFrame:
    """Volume of coolant in each pipe of each loop: loop_id, branch_id, volume_m3. Trays have no bore and are left out."""
    volume = np.pi / 4 * pl.col("bore_mm").pow(2) * pl.col("length_mm") * 1e-9
    return t["coolant_branches"].filter(pl.col("bore_mm").is_not_null()).select("loop_id", "branch_id", volume_m3=volume)


def _coolant(spec: RackSpec, t: Tables, size: tuple[float, float, float]) -> pl.DataFrame | None:
    if t["coolant_loops"].is_empty():
        return None
    heights = t["coolant_nodes"].select("node_id", "z_mm")
    ends = t["coolant_branches"].select("branch_id", "a_node_id", "b_node_id")
    ends = ends.join(heights, left_on="a_node_id", right_on="node_id").join(heights, left_on="b_node_id", right_on="node_id", suffix="_b")
    middle = (pl.col("z_mm") + pl.col("z_mm_b")) / 2
    rows = (
        coolant_m3(t)
        .join(ends, on="branch_id", maintain_order="left")
        .group_by("loop_id", maintain_order=True)
        .agg(volume_m3=pl.col("volume_m3").sum(), z_mm=(middle * pl.col("volume_m3")).sum() / pl.col("volume_m3").sum())
    )
    rows = (
        t["coolant_loops"]
        .join(rows, on="loop_id", maintain_order="left")
        .select("part", "src", "z_mm", item=pl.lit("coolant"), kind=pl.lit("coolant"), mass_kg=pl.col("volume_m3") * pl.col("density_kg_m3"))
    )
    return _at(rows, MANIFOLD_X * size[0], _behind(t, size), size[2] / 2)
