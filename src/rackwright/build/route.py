"""Every cable with its path: route, cut and stock length from the geometry of both ends, the channel it runs in, and how full that gets.

     rear view                     scale-up: out of the tray `channel` mm to the vertical run, |dz|, |dx|, `channel` mm back in
left |  tray  | right              loose:    sideways to the nearer side channel, |dz|, sideways to the port, through the depth if the
 ch. |--------|  ch.                         faces differ
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.build.cords import cord_for, inlets
from rackwright.schema.tables import Tables, frame
from rackwright.spec.rack import RackSpec

CHANNEL_INSET_MM = 25.0  # centre of a side channel from the outer side of the frame
SIDES = ("front-left", "front-right", "rear-left", "rear-right")
ENDS = ("ax", "ay", "az", "bx", "by", "bz")
Ends = pl.DataFrame


@stage(reads=("links", "ports", "devices", "racks", "part_facts", "power_nodes", "power_branches"), writes=("links", "cables", "pairs", "pathways"))
def route(spec: RackSpec, t: Tables) -> dict[str, pl.DataFrame]:
    """Tables `cables`, `pairs` and `pathways`; scale-up and management cables carry one link each and keep its id."""
    made = [f for f in (_scale_up(spec, t), _management(spec, t), _cords(spec, t), _whips(spec, t)) if f is not None and f.height]
    if not made:
        return {"links": t["links"], "cables": frame("cables", []), "pairs": frame("pairs", []), "pathways": _pathways(t, frame("cables", []))}
    rows = pl.concat([pl.DataFrame(schema={"link_id": pl.Int32}), *made], how="diagonal").with_row_index("cable_id")
    rows = _sections(t, _cut(t, rows))
    cables = frame("cables", rows.select([c for c in rows.columns if c not in (*ENDS, "link_id", "lanes", "slack", "ends_mm", "face")]))
    links = t["links"].drop("cable_id").join(rows.select("link_id", "cable_id").drop_nulls(), on="link_id", how="left", maintain_order="left")
    return {"links": frame("links", links), "cables": cables, "pairs": _pairs(links, cables), "pathways": _pathways(t, rows)}


def _ends(t: Tables, links: pl.DataFrame) -> pl.DataFrame:
    """Links with both ends' names and positions."""
    where = {"name": "name", "block": "block", "x": "x_mm", "y": "y_mm", "z": "z_mm", "rear": "is_rear"}
    ends = [t["ports"].select(pl.col(c).alias(f"{side}{n}") for n, c in where.items())[links[f"{side}_port_id"]] for side in "ab"]
    return pl.concat([links, *ends], how="horizontal")


def _label() -> pl.Expr:
    """A cable's name: its two ends, the smaller first, so that nothing else can change it."""
    return pl.concat_str(pl.min_horizontal("aname", "bname"), pl.lit("--"), pl.max_horizontal("aname", "bname"))


def _scale_up(spec: RackSpec, t: Tables) -> pl.DataFrame | None:
    up = spec.scale_up
    if up is None:
        return None
    rows = _ends(t, t["links"].filter(pl.col("fabric") == up.fabric))
    run = (pl.col("az") - pl.col("bz")).abs() + (pl.col("ax") - pl.col("bx")).abs() + 2 * up.channel
    assembly = pl.concat_str(pl.lit("cartridge-"), pl.col("ablock") + 1) if up.cartridge else pl.lit(None, pl.String)
    return rows.select(
        "link_id",
        "lanes",
        *ENDS,
        "a_port_id",
        "b_port_id",
        "src",
        label=_label(),
        a_end="aname",
        b_end="bname",
        kind=pl.lit("scale-up"),
        part=pl.lit(up.cable),
        assembly=assembly,
        pairs=2 * pl.col("lanes"),
        length_route_mm=run,
        slack=pl.lit(up.slack),
        ends_mm=pl.lit(2 * up.termination),
        face=pl.lit(None if up.cartridge else "rear", pl.String),
    )


def _management(spec: RackSpec, t: Tables) -> pl.DataFrame | None:
    m = spec.management
    if m.switches is None:
        return None
    rows = _ends(t, t["links"].filter(pl.col("fabric") == "management"))
    return _loose(t, rows).select(
        "link_id",
        "lanes",
        *ENDS,
        "a_port_id",
        "b_port_id",
        "src",
        "face",
        "length_route_mm",
        label=_label(),
        a_end="aname",
        b_end="bname",
        kind=pl.lit("management"),
        part=pl.lit(m.cable),
        pairs=pl.lit(0),
        slack=pl.lit(spec.cabling.slack),
        ends_mm=pl.lit(2 * spec.cabling.dressing),
    )


def _loose(t: Tables, rows: pl.DataFrame) -> pl.DataFrame:
    """Adds length_route_mm and the channel (face) of cables that run loose in a side channel."""
    width = t.fact(t["racks"]["part"][0], "width") or 0.0
    left = (pl.col("ax") - CHANNEL_INSET_MM).abs() + (pl.col("bx") - CHANNEL_INSET_MM).abs()
    right = (pl.col("ax") - (width - CHANNEL_INSET_MM)).abs() + (pl.col("bx") - (width - CHANNEL_INSET_MM)).abs()
    return rows.with_columns(
        length_route_mm=pl.min_horizontal(left, right) + (pl.col("az") - pl.col("bz")).abs() + (pl.col("ay") - pl.col("by")).abs(),
        face=pl.concat_str(
            pl.when("arear").then(pl.lit("rear-")).otherwise(pl.lit("front-")), pl.when(left <= right).then(pl.lit("left")).otherwise(pl.lit("right"))
        ),
    )


def _cords(spec: RackSpec, t: Tables) -> pl.DataFrame | None:
    """One cord per `cord` branch, from inlet i of the device to the nearest height of its PDU, along which the outlets stand."""
    cords = t["power_branches"].filter(pl.col("kind") == "cord")
    if cords.is_empty():
        return None
    node = t["power_nodes"].select("node_id", pdu="device_id")
    d = t["devices"]
    where = d.select(
        pdu="device_id", bname="name", bx=pl.col("x_mm") + pl.col("width_mm") / 2, by="y_mm", low="z_mm", high=pl.col("z_mm") + pl.col("height_mm")
    )
    inlet = t["ports"].filter(pl.col("kind") == "power").select("device_id", "index", a_port_id="port_id", px="x_mm", py="y_mm", pz="z_mm")
    back = d.select(
        "device_id",
        device="name",
        dx=pl.col("x_mm") + pl.col("width_mm") / 2,
        dy=pl.col("y_mm") + pl.col("depth_mm"),
        dz=pl.col("z_mm") + pl.col("height_mm") / 2,
    )
    cord_of = {device: cord_for(spec, connector) for device, connector in inlets(t).items()}
    rows = cords.select("device_id", "src", node_id="a_node_id", index=pl.int_range(pl.len(), dtype=pl.Int32).over("device_id"))
    rows = rows.join(node, on="node_id", maintain_order="left").join(where, on="pdu", maintain_order="left")
    rows = rows.join(back, on="device_id", maintain_order="left").join(inlet, on=["device_id", "index"], how="left", maintain_order="left")
    rows = rows.with_columns(
        aname=pl.concat_str("device", pl.lit("/psu"), "index"), ax=pl.coalesce("px", "dx"), ay=pl.coalesce("py", "dy"), az=pl.coalesce("pz", "dz")
    ).with_columns(bz=pl.col("az").clip("low", "high"), arear=pl.lit(True))
    return _loose(t, rows).select(
        *ENDS,
        "a_port_id",
        "src",
        "face",
        "length_route_mm",
        label=_label(),
        a_end="aname",
        b_end="bname",
        kind=pl.lit("power-cord"),
        part=pl.col("device_id").replace_strict(cord_of, default=cord_for(spec, ""), return_dtype=pl.String),
        pairs=pl.lit(0),
        slack=pl.lit(spec.cabling.slack),
        ends_mm=pl.lit(2 * spec.cabling.dressing),
    )


def _whips(spec: RackSpec, t: Tables) -> pl.DataFrame | None:
    """One whip per `whip` branch: up a rear channel, out of the top, then `whip_length` to the tap-off.

    From the middle of the rack both channels are equally near: feeds take left and right in turn, so that A and B do not share one.
    """
    whips = t["power_branches"].filter(pl.col("kind") == "whip")
    if whips.is_empty():
        return None
    rack = t["racks"].row(0, named=True)
    top = float(t.fact(rack["part"], "height") or rack["base_mm"] + rack["height_units"] * rack["unit_mm"])
    d = t["devices"].with_columns(x=pl.col("x_mm") + pl.col("width_mm") / 2, y=pl.col("y_mm") + pl.col("depth_mm"))
    middle = pl.col("z_mm") + pl.when(pl.col("height_u") == 0).then("height_mm").otherwise(pl.col("height_mm") / 2)
    rows = whips.select("device_id", "feed", "src", inlet=pl.int_range(pl.len()).over("device_id"), inlets=pl.len().over("device_id")).join(
        d.select("device_id", "name", ax="x", ay="y", az=middle, bx="x", by="y"), on="device_id", maintain_order="left"
    )
    rows = rows.with_columns(
        aname=pl.when(pl.col("inlets") > 1).then(pl.concat_str("name", pl.lit("/ac"), "inlet")).otherwise("name"),
        bname=pl.concat_str(pl.lit("feed-"), "feed"),
        bz=pl.lit(top),
        arear=pl.lit(True),
    )
    is_central = (pl.col("ax") - float(t.fact(rack["part"], "width") or 0.0) / 2).abs() < 1
    turned = is_central & (pl.col("feed").rank("dense") % 2 == 0)
    rows = _loose(t, rows).with_columns(face=pl.when(turned).then(pl.lit("rear-right")).otherwise("face"))
    return rows.select(
        *ENDS,
        "src",
        "face",
        label=_label(),
        a_end="aname",
        b_end="bname",
        kind=pl.lit("power-whip"),
        part=pl.lit(spec.power.whip),
        pairs=pl.lit(0),
        length_route_mm=pl.col("length_route_mm") + spec.power.whip_length,
        slack=pl.lit(spec.cabling.slack),
        ends_mm=pl.lit(spec.cabling.dressing),
    )


def _cut(t: Tables, rows: pl.DataFrame) -> pl.DataFrame:
    """Route rounded up to a millimetre, cut length with slack and ends rounded up to the part's step, the stock length that holds it."""
    text = t["part_facts"].filter(pl.col("fact").is_in(["medium", "lengths"])).select("part", "fact", "text").rows()
    medium, lengths = ({part: found for part, fact, found in text if fact == wanted} for wanted in ("medium", "lengths"))
    sold = {part: sorted(float(x) * 1000 for x in found.split()) for part, found in lengths.items()}
    facts = t.facts_of(rows["part"], "cut_step", "diameter", "mass_per_m")
    known = facts.with_columns(pl.Series("medium", [medium.get(p) for p in facts["part"]], dtype=pl.String))
    step = pl.col("cut_step").fill_null(1.0).clip(lower_bound=1.0)
    raw = pl.col("length_route_mm") * (1 + pl.col("slack")) + pl.col("ends_mm")
    rows = rows.join(known, on="part", how="left", maintain_order="left").with_columns(
        pl.col("length_route_mm").ceil().cast(pl.Int32),
        length_cut_mm=((raw / step).round(9).ceil() * step).ceil().cast(pl.Int32),
        area_mm2_100=(pl.col("diameter").fill_null(0.0).pow(2) * (np.pi / 4) * 100).round().cast(pl.Int32),
        medium=pl.col("medium").fill_null("copper"),
    )
    cuts = zip(rows["part"].to_list(), rows["length_cut_mm"].to_list(), strict=True)
    stock = pl.Series([next((int(mm) for mm in sold[part] if mm >= cut), None) if part in sold else cut for part, cut in cuts], dtype=pl.Int32)
    mass = pl.col("mass_per_m").fill_null(0.0) * stock.fill_null(rows["length_cut_mm"]) / 1000
    return rows.with_columns(length_stock_mm=stock, mass_kg=mass).drop("cut_step", "diameter", "mass_per_m")


def _sections(t: Tables, rows: pl.DataFrame) -> pl.DataFrame:
    """The channel of each loose cable as a segment id; bundles of scale-up cables without a cartridge take the rear left one."""
    order = pl.DataFrame({"face": [*SIDES, "rear"], "segment_id": [0, 1, 2, 3, 2]}, schema_overrides={"segment_id": pl.Int32})
    return rows.join(order, on="face", how="left", maintain_order="left")


def _pathways(t: Tables, rows: pl.DataFrame) -> pl.DataFrame:
    """Side channels with capacity and the largest fill at any height (0.01 mm2): a sweep over cable ends from the bottom up."""
    rack = t["racks"]["part"][0]
    width, depth = t.fact(rack, "width") or 0.0, t.fact(rack, "depth") or 0.0
    area = round(100 * (t.fact(rack, "cable_channel_area") or 0.0))
    made, columns = [], ("segment_id", "az", "bz", "area_mm2_100")
    side, za, zb, areas = (rows[c].to_numpy() for c in columns) if rows.height else (np.empty(0),) * 4
    for i, name in enumerate(SIDES):
        own = side == i
        low, high, size = np.minimum(za, zb)[own], np.maximum(za, zb)[own], areas[own]
        z = np.concatenate([low, high])
        change = np.concatenate([size, -size])
        order = np.lexsort((-change, z))
        fill = np.cumsum(change[order]) if len(z) else np.zeros(1)
        peak = int(np.argmax(fill))
        made.append(
            {
                "segment_id": i,
                "segment": name,
                "x_mm": CHANNEL_INSET_MM if "left" in name else width - CHANNEL_INSET_MM,
                "y_mm": 0.0 if "front" in name else depth,
                "capacity": area,
                "fill": int(fill[peak]),
                "peak_z_mm": float(z[order][peak]) if len(z) else None,
                "src": t["racks"]["src"][0],
            }
        )
    return frame("pathways", made)


def _pairs(links: pl.DataFrame, cables: pl.DataFrame) -> pl.DataFrame:
    """Differential pairs of scale-up cables: one per lane and direction."""
    rows = links.join(cables.filter(pl.col("kind") == "scale-up").select("cable_id", "length_cut_mm"), on="cable_id", maintain_order="left")
    count = 2 * rows["lanes"].to_numpy()
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    made = rows.select("link_id", "cable_id", "length_cut_mm")[np.repeat(np.arange(rows.height), count)]
    direction = pl.Series(["a-to-b", "b-to-a"], dtype=pl.String).gather(within % 2)
    return frame("pairs", made.with_columns(pair_id=np.arange(made.height), lane=within // 2, direction=direction))
