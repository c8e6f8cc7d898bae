"""Both ends of links in words: hall, rack, unit, device and printed port, and the name of the link made of them.

For a selection of links (a row, a rack, a switch): what is named is as large as what was chosen, but for one row a device.

Reads halls, hall_racks, design_devices, fabric_switches, fabric_cables, nic_ports, switch_ports.
"""

from __future__ import annotations

import polars as pl

from rackwright.schema.tables import Tables

_COMMON = ["hall", "rack", "rack_id", "place", "name", "part", "position_u", "same"]
_READ = ["link_id", "fabric_id", "tier", "plane", "leg", "speed_gbps", "sku", "length_cut_mm", "length_stock_mm", "key"]


def devices(t: Tables) -> pl.DataFrame:
    """Every device of the campus by device id: hall, rack, rack_id, u, device, design_id and local id (null: a switch), part, `end` (rack and
    unit as in a label) and `order`, which sorts ends by place.
    """
    racks = t["hall_racks"].join(t["halls"].select("hall_id", hall="name"), on="hall_id", how="left", maintain_order="left").sort("rack_id")
    at = (pl.col("hall_id").cast(pl.Int64) * 2**28 + pl.col("row").cast(pl.Int64) * 2**14 + pl.col("position")) * 2**8
    racks = racks.select("rack_id", "hall", "design_id", rack="name", place=at)
    of = t["design_devices"].with_columns(same=(pl.len() > 1).over("design_id", "position_u"))
    stock = racks.join(of, on="design_id", how="inner", maintain_order="left").sort("rack_id", "device", maintain_order=True)
    switches = t["fabric_switches"].sort("device_id").join(racks.drop("design_id"), on="rack_id", how="left", maintain_order="left")
    both = pl.concat([stock, switches.with_columns(same=pl.lit(False)).select(pl.col(_COMMON))], how="diagonal")
    unit = pl.when(~pl.col("same") & pl.col("position_u").is_not_null()).then(pl.col("position_u").cast(pl.String).str.zfill(2)).otherwise("name")
    return both.select(
        "hall",
        "rack",
        "rack_id",
        "design_id",
        "part",
        local="device",
        u="position_u",
        device="name",
        end=pl.concat_str("rack", pl.lit("-"), unit),
        order=pl.col("place") + pl.col("position_u").fill_null(0),
    )


def named(t: Tables, at: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """Those rows of `fabric_cables` (by position), in their order: what is known of the link, `label`, and for each side (`a_`, `b_`) device_id,
    number of the port, hall, rack, u, device, port as printed, its cage on a switch, and `name` (`H01.AB07-12:E1/1`). `at` is from `devices`.
    """
    cables = t["fabric_cables"][rows]
    made = cables.select(*_READ, *(pl.col(f"{s}_{c}").alias(f"{s}_{n}") for s in "ab" for c, n in (("device_id", "device_id"), ("port", "number"))))
    made = pl.concat([made, *(_end(t, at, cables, s) for s in "ab")], how="horizontal")
    later = (pl.col("b_order") < pl.col("a_order")) | ((pl.col("b_order") == pl.col("a_order")) & (pl.col("b_number") < pl.col("a_number")))
    first, second = (pl.when(later).then(x).otherwise(y) for x, y in (("b_name", "a_name"), ("a_name", "b_name")))
    return made.with_columns(label=pl.concat_str(first, pl.lit("--"), second))


def _end(t: Tables, at: pl.DataFrame, cables: pl.DataFrame, side: str) -> pl.DataFrame:
    """Where one end of each link is, and the printed name of its port (its number where nobody knows one)."""
    found = at[cables[f"{side}_device_id"]]
    wanted = cables.select("fabric_id", "tier", "speed_gbps", port=f"{side}_port").hstack(found.select("design_id", "part", "local"))
    names = (
        wanted.join(nic_ports(t), on=["fabric_id", "design_id", "local", "port"], how="left", maintain_order="left")
        .join(switch_ports(t, side), on=["fabric_id", "tier", "part", "speed_gbps", "port"], how="left", maintain_order="left")
        .select(
            pl.coalesce("on_nic", "on_switch", pl.col("port").cast(pl.String)).alias("port"),
            cage=pl.when(is_fabric_port(side)).then("cage"),
        )
    )
    made = found.select("hall", "rack", "rack_id", "u", "device", "end", "order").hstack(names)
    return made.with_columns(name=pl.concat_str("end", pl.lit(":"), "port")).drop("end").select(pl.all().name.prefix(f"{side}_"))


def is_fabric_port(side: str) -> pl.Expr:
    """Whether a row of `switch_ports` or an end of a link is a port of the switch's own fabric: at the lower end of a host link stands an
    endpoint, and where that is a switch, its management port.
    """
    return pl.lit(side == "b") | (pl.col("tier") > 0)


def nic_ports(t: Tables) -> pl.DataFrame:
    """Printed names of endpoint ports: fabric_id, design_id, local, port, on_nic."""
    return t["nic_ports"].select("fabric_id", "design_id", "port", local="device", on_nic="name")


def switch_ports(t: Tables, side: str) -> pl.DataFrame:
    """Printed names of switch ports at one side of a link: fabric_id, tier, part, speed_gbps, port, cage, on_switch."""
    return t["switch_ports"].filter(pl.col("side") == side).select("fabric_id", "tier", "part", "speed_gbps", "port", "cage", on_switch="name")
