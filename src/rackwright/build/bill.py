"""What the rack is made of: masses, the bill of materials, and everything that was assumed on the way.

Level 0 is what is bought for the rack and carries the cost; level 1 is what comes inside a level-0 part. The cable of a cartridge is level 1,
by the metre; a cartridge's own price is without it, so its line adds it.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.build.assume import assumptions
from rackwright.build.mass import coolant_m3, couplings, masses
from rackwright.schema.tables import Tables, frame
from rackwright.spec.rack import RackSpec

READS = (
    "cables",
    "coolant_branches",
    "coolant_loops",
    "coolant_nodes",
    "devices",
    "inputs",
    "part_contents",
    "part_facts",
    "parts",
    "pathways",
    "ports",
    "power_nodes",
    "racks",
    "spans",
)
LINE = {
    "part": pl.String,
    "parent": pl.String,
    "quantity": pl.Float64,
    "quantity_unit": pl.String,
    "suffix": pl.String,
    "unit_cost_usd": pl.Float64,
}
WEAKEST_FIRST = ("estimated", "secondary", "read", "user")


@stage(reads=READS, writes=("assumptions", "bom", "masses"))
def bill(spec: RackSpec, t: Tables) -> dict[str, pl.DataFrame]:
    """Tables masses, bom and assumptions."""
    return {"masses": masses(spec, t), "bom": bom(spec, t), "assumptions": assumptions(spec, t)}


def bom(spec: RackSpec, t: Tables) -> pl.DataFrame:
    """Table `bom`: each level-0 line is followed by the level-1 lines it contains."""
    cables = _priced(t)
    bought = pl.concat([_pieces(spec, t), _coolant(t), _cartridges(spec, t, cables), _loose(t, cables)], how="diagonal").with_row_index("order")
    bought = bought.with_columns(_costs(t, bought), level=pl.lit(0))
    inside = pl.concat([_contents(t), _bulk(spec, cables)], how="diagonal").with_columns(level=pl.lit(1))
    inside = inside.join(bought.group_by("part").agg(pl.col("order").min()), left_on="parent", right_on="part", maintain_order="left")
    inside = inside.with_columns(_costs(t, inside))
    rows = pl.concat([bought, inside], how="diagonal").sort("order", "level", maintain_order=True).with_row_index("line")
    rows = rows.join(_confidence(spec, t), on="part", how="left", maintain_order="left")
    rows = rows.join(t["parts"].select("part", "kind", "title", "origin_country", "src"), on="part", how="left", maintain_order="left")
    return frame(
        "bom",
        rows.select(
            "line",
            "part",
            "level",
            "parent",
            "kind",
            "quantity",
            "quantity_unit",
            "unit_cost_usd",
            "origin_country",
            "src",
            description=pl.concat_str("title", pl.col("suffix").fill_null("")),
            cost_usd=pl.when(pl.col("level") == 0).then(pl.col("quantity") * pl.col("unit_cost_usd")),
            price_confidence=pl.when(pl.col("unit_cost_usd").is_not_null()).then("price_confidence"),
        ),
    )


def _costs(t: Tables, lines: pl.DataFrame) -> pl.Series:
    """What one piece costs: as the line says, else the price of its part."""
    return lines["unit_cost_usd"].fill_null(t.fact_of(lines["part"], "price"))


def _pieces(spec: RackSpec, t: Tables) -> pl.DataFrame:
    """Frame, devices in spec order, busbar, manifold and couplings."""
    rows = [
        t["racks"].group_by("part", maintain_order=True).agg(quantity=pl.len()),
        t["devices"].sort("device_id").group_by("part", maintain_order=True).agg(quantity=pl.len()),
    ]
    single = [p for p in (spec.power.busbar, spec.cooling.manifold if t["coolant_loops"].height else None) if p]
    rows.append(pl.DataFrame({"part": single, "quantity": [1] * len(single)}, schema={"part": pl.String, "quantity": pl.UInt32}))
    counts = couplings(t, spec.cooling.manifold) if spec.cooling.manifold else None
    if counts:
        rows.append(pl.DataFrame({"part": [counts[0]], "quantity": [counts[1]]}, schema={"part": pl.String, "quantity": pl.UInt32}))
    return _lines(pl.concat(rows, how="vertical_relaxed").with_columns(quantity_unit=pl.lit("pcs")))


def _lines(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with every column of a line, typed."""
    return rows.select(pl.col(c).cast(d) if c in rows.columns else pl.lit(None, d).alias(c) for c, d in LINE.items())


def _coolant(t: Tables) -> pl.DataFrame:
    """Litres in hoses and risers; what the trays hold is not known."""
    litres = coolant_m3(t).group_by("loop_id", maintain_order=True).agg(quantity=1000 * pl.col("volume_m3").sum())
    rows = t["coolant_loops"].join(litres, on="loop_id", maintain_order="left")
    rows = rows.join(t.facts("price_per_l"), on="part", how="left", maintain_order="left")
    return _lines(
        rows.select("part", "quantity", quantity_unit=pl.lit("L"), unit_cost_usd="price_per_l", suffix=pl.lit(" (fill of hoses and manifold)"))
    )


def _priced(t: Tables) -> pl.DataFrame:
    """Cables with the length that is paid, `metres`, and what one costs: piece price plus price per metre, empty if neither is known."""
    rows = t["cables"]
    rows = rows.join(t.facts_of(rows["part"], "price", "price_per_m"), on="part", how="left", maintain_order="left")
    metres = pl.coalesce("length_stock_mm", "length_cut_mm") / 1000
    known = pl.col("price").is_not_null() | pl.col("price_per_m").is_not_null()
    return rows.with_columns(metres=metres).with_columns(
        cost=pl.when(known).then(pl.col("price").fill_null(0.0) + pl.col("price_per_m").fill_null(0.0) * pl.col("metres"))
    )


def _cartridges(spec: RackSpec, t: Tables, cables: pl.DataFrame) -> pl.DataFrame:
    """Cable assemblies: as many as `cables` names, each with its share of the cable it holds."""
    part = spec.scale_up.cartridge if spec.scale_up else None
    held = cables.filter(pl.col("assembly").is_not_null())
    if part is None or held.is_empty():
        return pl.DataFrame(schema=LINE)
    rows = held.select(part=pl.lit(part), quantity=pl.col("assembly").n_unique(), cable=pl.col("cost").sum())
    rows = rows.join(t.facts("price"), on="part", how="left").with_columns(unit_cost_usd=pl.col("price") + pl.col("cable") / pl.col("quantity"))
    return _lines(rows.with_columns(quantity_unit=pl.lit("pcs"), suffix=pl.lit(", with its cables")))


def _bulk(spec: RackSpec, cables: pl.DataFrame) -> pl.DataFrame:
    """Cable inside cartridges by the metre."""
    part = spec.scale_up.cartridge if spec.scale_up else None
    rows = (
        cables.filter(pl.col("assembly").is_not_null())
        .group_by("part", maintain_order=True)
        .agg(quantity=pl.col("length_cut_mm").cast(pl.Int64).sum() / 1000, pieces=pl.len(), unit_cost_usd=pl.col("price_per_m").first())
    )
    suffix = pl.format(" ({} pieces)", "pieces")
    return _lines(rows.with_columns(parent=pl.lit(part, pl.String), quantity_unit=pl.lit("m"), suffix=suffix))


def _loose(t: Tables, cables: pl.DataFrame) -> pl.DataFrame:
    """Loose cables in pieces: a line per part and stock length, or one per part where it is cut to length (unit cost is then the mean)."""
    stocked = t["part_facts"].filter(pl.col("fact") == "lengths").select("part", is_stocked=pl.lit(True))
    rows = cables.filter(pl.col("assembly").is_null()).join(stocked, on="part", how="left", maintain_order="left")
    rows = rows.with_columns(length=pl.when(pl.col("is_stocked")).then("length_stock_mm"))
    rows = rows.group_by("part", "is_stocked", "length", maintain_order=True).agg(
        quantity=pl.len(), unit_cost_usd=pl.col("cost").mean(), low=pl.col("metres").min(), high=pl.col("metres").max()
    )
    one = pl.format(", {} m", pl.col("high").round(2))
    suffix = (
        pl.when(pl.col("is_stocked") & pl.col("length").is_null())
        .then(pl.format(", longer than any stock length ({} m)", pl.col("high").round(2)))
        .when(pl.col("low") == pl.col("high"))
        .then(one)
        .otherwise(pl.format(", cut to {} to {} m", pl.col("low").round(2), pl.col("high").round(2)))
    )
    return _lines(rows.sort("part", "length", nulls_last=True).with_columns(quantity_unit=pl.lit("pcs"), suffix=suffix))


def _confidence(spec: RackSpec, t: Tables) -> pl.DataFrame:
    """Per part the confidence of its least certain price; a cartridge's price contains that of its cables."""
    prices = t["part_facts"].filter(pl.col("fact").is_in(["price", "price_per_m", "price_per_l"])).select("part", "confidence")
    held = t["cables"].filter(pl.col("assembly").is_not_null()).select("part").unique().join(prices, on="part")
    part = spec.scale_up.cartridge if spec.scale_up else None
    rows = pl.concat([prices, held.with_columns(part=pl.lit(part, pl.String))])
    rank = pl.col("confidence").replace_strict({c: i for i, c in enumerate(WEAKEST_FIRST)}, return_dtype=pl.Int32)
    return rows.sort(rank, maintain_order=True).group_by("part", maintain_order=True).agg(price_confidence=pl.col("confidence").first())


def _contents(t: Tables) -> pl.DataFrame:
    """What the devices contain: pieces in one times devices of that part, and the PSUs a shelf's facts name where its contents do not."""
    counts = t["devices"].group_by("part").agg(devices=pl.len())
    held = t["part_contents"].group_by("parent", "part", maintain_order=True).agg(pl.col("quantity").sum())
    named = t["part_facts"].filter(pl.col("fact") == "psu").select(parent="part", part="text")
    named = named.join(t.facts("psu_count"), left_on="parent", right_on="part").join(held.select("parent", "part"), on=["parent", "part"], how="anti")
    rows = pl.concat([held, named.select("parent", "part", quantity="psu_count")], how="vertical_relaxed")
    rows = rows.join(counts, left_on="parent", right_on="part", maintain_order="left")
    return _lines(rows.with_columns(quantity=pl.col("quantity") * pl.col("devices"), quantity_unit=pl.lit("pcs")))
