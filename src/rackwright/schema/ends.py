"""Both ends of links in words: hall, rack, unit, device and printed port, and the names of the link and of its cable made of them.

For a selection of links (a row, a rack, a switch): what is named is as large as what was chosen, but for one row a device.

Reads halls, hall_racks, design_devices, fabric_switches, fabric_cables, nic_ports, switch_ports, and host_names, where somebody gave some.
"""

from __future__ import annotations

import polars as pl

from rackwright.schema import plugs
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
    made = both.select(
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
    if (names := t["host_names"]).is_empty():
        return made
    named = made.join(names.select("end", host="name"), on="end", how="left", maintain_order="left")
    return named.with_columns(device=pl.coalesce("host", "device"), end=pl.coalesce("host", "end")).drop("host")


def named(t: Tables, at: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """Those rows of `fabric_cables` (by position), in their order: what is known of the link, its name `link`, the `label` of its cable, and for each
    side (`a_`, `b_`) device_id, number of the port, hall, rack, u, device, port as printed, of a switch its cage by number and as printed (`slot`),
    `name` (`H01.AB07-12:E1/1`), the same of its cage (`cage_name`) and of the plug there (`plug`, see `plugs`). `at` is from `devices`.
    """
    every = plugs.whole(t, rows)
    made = plugs.plugged(_apart(t, _ends(t, at, every)))
    swapped = plugs.first("is_b_first") if made["leg"].max() else pl.col("is_b_first")
    one, two = (plugs.first(f"{s}_plug") if made["leg"].max() else pl.col(f"{s}_plug") for s in "ab")
    made = made.with_columns(link=_both(pl.col("is_b_first"), pl.col("a_name"), pl.col("b_name")), label=_both(swapped, one, two))
    made = made.drop("is_b_first")
    return made if every.len() == rows.len() else made[every.search_sorted(rows)]


def _apart(t: Tables, links: pl.DataFrame) -> pl.DataFrame:
    """Links over trunks have a jumper each, so that none meet in a plug."""
    trunks = t["fabric_skus"].filter(pl.col("medium") == "trunk").select("fabric_id", "sku", is_trunk=pl.lit(True))
    if trunks.is_empty():
        return links
    made = links.join(trunks, on=["fabric_id", "sku"], how="left", maintain_order="left")
    own = [pl.when(pl.col("is_trunk")).then(f"{s}_name").otherwise(f"{s}_cage_name").alias(f"{s}_cage_name") for s in "ab"]
    return made.with_columns(own).drop("is_trunk")


def _both(swapped: pl.Expr, a: pl.Expr, b: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.when(swapped).then(b).otherwise(a), pl.lit("--"), pl.when(swapped).then(a).otherwise(b))


def _ends(t: Tables, at: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """Links with both ends, and whether end b has the smaller place."""
    cables = t["fabric_cables"][rows]
    made = cables.select(*_READ, *(pl.col(f"{s}_{c}").alias(f"{s}_{n}") for s in "ab" for c, n in (("device_id", "device_id"), ("port", "number"))))
    made = pl.concat([made, *(_end(t, at, cables, s) for s in "ab")], how="horizontal")
    later = (pl.col("b_order") < pl.col("a_order")) | ((pl.col("b_order") == pl.col("a_order")) & (pl.col("b_number") < pl.col("a_number")))
    return made.with_columns(is_b_first=later)


def _end(t: Tables, at: pl.DataFrame, cables: pl.DataFrame, side: str) -> pl.DataFrame:
    """Where one end of each link is, and the printed name of its port (its number where nobody knows one)."""
    found = at[cables[f"{side}_device_id"]]
    wanted = cables.select("fabric_id", "tier", "speed_gbps", port=f"{side}_port").hstack(found.select("design_id", "part", "local"))
    names = (
        wanted.join(nic_ports(t), on=["fabric_id", "design_id", "local", "port"], how="left", maintain_order="left")
        .join(switch_ports(t, side), on=["fabric_id", "tier", "part", "speed_gbps", "port"], how="left", maintain_order="left")
        .select(
            pl.coalesce("on_nic", "on_switch", pl.col("port").cast(pl.String)).alias("port"),
            pl.coalesce("nic_plug", "switch_plug", pl.col("port").cast(pl.String)).alias("plug"),
            pl.coalesce("nic_plug_ports", "switch_plug_ports", pl.lit(1, pl.UInt32)).alias("cage_ports"),
            cage=pl.when(is_fabric_port(side)).then("cage"),
            slot=pl.when(is_fabric_port(side)).then("switch_plug"),
        )
    )
    made = found.select("hall", "rack", "rack_id", "u", "device", "end", "order").hstack(names)
    made = made.with_columns(name=pl.concat_str("end", pl.lit(":"), "port"), cage_name=pl.concat_str("end", pl.lit(":"), "plug"))
    return made.drop("end", "plug").select(pl.all().name.prefix(f"{side}_"))


def is_fabric_port(side: str) -> pl.Expr:
    """Whether a row of `switch_ports` or an end of a link is a port of the switch's own fabric: at the lower end of a host link stands an
    endpoint, and where that is a switch, its management port.
    """
    return pl.lit(side == "b") | (pl.col("tier") > 0)


def nic_ports(t: Tables) -> pl.DataFrame:
    """Printed names of endpoint ports: fabric_id, design_id, local, port, on_nic, nic_plug, nic_plug_ports."""
    size = pl.len().over("fabric_id", "design_id", "device", "plug")
    return t["nic_ports"].select("fabric_id", "design_id", "port", local="device", on_nic="name", nic_plug="plug", nic_plug_ports=size)


def switch_ports(t: Tables, side: str) -> pl.DataFrame:
    """Printed names of switch ports at one side of a link: fabric_id, tier, part, speed_gbps, port, cage, on_switch, switch_plug and how many ports
    that cage has (switch_plug_ports).
    """
    own = t["switch_ports"].filter(pl.col("side") == side)
    keys = ["fabric_id", "tier", "part", "speed_gbps"]
    return own.select(*keys, "port", "cage", on_switch="name", switch_plug="plug", switch_plug_ports=pl.len().over(*keys, "plug"))
