"""Cable list for the cable shop and the crew that pulls: one row a cable with the printed name of both ends, part and lengths.

One CSV a fabric; where a fabric has very many cables, one for each hall, by the hall of the lower end. Each is made when it is written.
A label is both ends, the smaller place first: `H01.AA05-03:1/1--H01.AB07-12:nic0/p0` is rack, lowest unit and port of each.

Reads halls, hall_racks, designs, design_devices, fabrics, fabric_switches, fabric_cables, fabric_skus, nic_ports, switch_ports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.schema.tables import Tables

TITLE = "Cut sheets"
WHOLE = 200_000  # cables up to which a fabric is one file
_SLICE = 100_000  # rows named at a time: columns of names are many times as large as the rows they are made from


def files(t: Tables) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`cut-sheets/FABRIC.csv`, or `cut-sheets/FABRIC-HALL.csv` for each hall that owns cables of a large fabric."""
    cables = t["fabric_cables"]
    if cables.is_empty():
        return
    ends = devices(t)
    for fabric_id, fabric in t["fabrics"].select("fabric_id", "fabric").iter_rows():
        rows = cables.select(pl.arg_where(pl.col("fabric_id") == fabric_id)).to_series()
        if not rows.len():
            continue
        if rows.len() <= WHOLE:
            yield f"cut-sheets/{fabric}.csv", partial(_csv, t, ends, rows)
            continue
        hall = ends["hall"].gather(cables["a_device_id"].gather(rows))
        for name in t["halls"]["name"]:
            own = rows.filter(hall == name)
            if own.len():
                yield f"cut-sheets/{fabric}-{name}.csv", partial(_csv, t, ends, own)


def _csv(t: Tables, ends: pl.DataFrame, rows: pl.Series) -> bytes:
    parts = [sheet(t, ends, rows.slice(k, _SLICE)).write_csv(include_header=k == 0, line_terminator="\n") for k in range(0, rows.len(), _SLICE)]
    return b"".join(p.encode() for p in parts)


def devices(t: Tables) -> pl.DataFrame:
    """Every device of the campus by device id: hall, rack, u, device, design_id and local id (null: a switch), part, `end` (rack and unit as in
    a label) and `order`, which sorts ends by place.
    """
    racks = t["hall_racks"].join(t["halls"].select("hall_id", hall="name"), on="hall_id", how="left", maintain_order="left").sort("rack_id")
    at = (pl.col("hall_id").cast(pl.Int64) * 2**28 + pl.col("row").cast(pl.Int64) * 2**14 + pl.col("position")) * 2**8
    racks = racks.select("rack_id", "hall", "design_id", rack="name", place=at)
    of = t["design_devices"].with_columns(same=(pl.len() > 1).over("design_id", "position_u"))
    stock = racks.join(of, on="design_id", how="inner", maintain_order="left").sort("rack_id", "device", maintain_order=True)
    switches = t["fabric_switches"].sort("device_id").join(racks.drop("design_id"), on="rack_id", how="left", maintain_order="left")
    both = pl.concat([stock.drop("rack_id"), switches.with_columns(same=pl.lit(False)).select(pl.col(_COMMON))], how="diagonal")
    unit = pl.when(~pl.col("same") & pl.col("position_u").is_not_null()).then(pl.col("position_u").cast(pl.String).str.zfill(2)).otherwise("name")
    return both.select(
        "hall",
        "rack",
        "design_id",
        "part",
        local="device",
        u="position_u",
        device="name",
        end=pl.concat_str("rack", pl.lit("-"), unit),
        order=pl.col("place") + pl.col("position_u").fill_null(0),
    )


_COMMON = ["hall", "rack", "place", "name", "part", "position_u", "same"]


def sheet(t: Tables, ends: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """Those rows of `fabric_cables` (by position), in their order, with both ends in words. Lengths in mm; empty where nothing reaches."""
    cables = t["fabric_cables"].select(_READ)[rows]
    media = t["fabric_skus"].select("fabric_id", "tier", "sku", "part", "medium", "a_module", "b_module")
    made = cables.rename({"a_port": "a_number", "b_port": "b_number"}).join(media, on=["fabric_id", "tier", "sku"], how="left", maintain_order="left")
    for side in "ab":
        made = pl.concat([made, _end(t, ends, cables, side)], how="horizontal")
    one, two = (pl.concat_str(f"{s}_end", pl.lit(":"), f"{s}_port") for s in "ab")
    later = (pl.col("b_order") < pl.col("a_order")) | ((pl.col("b_order") == pl.col("a_order")) & (pl.col("b_number") < pl.col("a_number")))
    label = pl.when(later).then(pl.concat_str(two, pl.lit("--"), one)).otherwise(pl.concat_str(one, pl.lit("--"), two))
    return made.select(
        label.alias("label"),
        *(f"{s}_{c}" for s in "ab" for c in ("hall", "rack", "u", "device", "port")),
        "part",
        "medium",
        "a_module",
        "b_module",
        cut_mm=pl.when(pl.col("length_cut_mm") >= 0).then("length_cut_mm"),
        stock_mm=pl.when(pl.col("length_stock_mm") >= 0).then("length_stock_mm"),
    )


_READ = ["fabric_id", "tier", "speed_gbps", "sku", "a_device_id", "a_port", "b_device_id", "b_port", "length_cut_mm", "length_stock_mm"]


def _end(t: Tables, ends: pl.DataFrame, cables: pl.DataFrame, side: str) -> pl.DataFrame:
    """Where one end of each cable is, and the printed name of its port (its number where nobody knows one)."""
    at = ends[cables[f"{side}_device_id"]]
    wanted = cables.select("fabric_id", "tier", "speed_gbps", port=f"{side}_port").hstack(at.select("design_id", "part", "local"))
    of_switch = t["switch_ports"].filter(pl.col("side") == side).select("fabric_id", "tier", "part", "speed_gbps", "port", on_switch="name")
    of_nic = t["nic_ports"].select("fabric_id", "design_id", "port", local="device", on_nic="name")
    if at["design_id"].null_count() < at.height:
        wanted = wanted.join(of_nic, on=["fabric_id", "design_id", "local", "port"], how="left", maintain_order="left")
    if at["design_id"].null_count() > 0:
        wanted = wanted.join(of_switch, on=["fabric_id", "tier", "part", "speed_gbps", "port"], how="left", maintain_order="left")
    known = [c for c in ("on_nic", "on_switch") if c in wanted.columns]
    names = wanted.select(pl.coalesce(*known, pl.col("port").cast(pl.String))).to_series()
    made = at.select("hall", "rack", "u", "device", "end", "order").hstack([names.alias("port")])
    return made.select(pl.all().name.prefix(f"{side}_"))
