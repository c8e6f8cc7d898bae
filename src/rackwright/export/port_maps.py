"""Port maps: every port of every device of the fabrics with what it goes to, free ones included; one table for each row of racks.

A switch has its ports as its maker prints them, cage by cage; an endpoint those that a fabric takes. A rack package has one map of all ports.

Reads what `ends` and `only` read, fabrics, fabric_skus, outside_ports, and racks, devices, ports, cables of a rack package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export import cells
from rackwright.export import only as choice
from rackwright.export.only import ChoiceError, Only
from rackwright.schema import ends
from rackwright.schema.tables import Tables

TITLE = "Port maps"
FOR = "network team; any spreadsheet"
NEEDS = "ports"
CHOICES = ("row", "rack", "device", "fabric")
ABOUT = "every port of switches and endpoints with its far end, cable and medium; free ports too"
WHOLE = 20_000  # links of a hall up to which `build` writes them
MOST = 500_000  # links of one call
_AT, _GOES = ["rack", "u", "device", "part", "fabric", "port", "cage", "leg", "state"], ["far", "far_device", "cable", "speed_gbps"]
_OUT = [*_AT, *_GOES, "cable_part", "medium", "cut_mm"]


def files(t: Tables) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`port-maps/ROW.csv` of a hall that is not too large, or `port-map.csv` of a rack."""
    if 0 < t.height("fabric_cables") <= WHOLE or t["ports"].height:
        yield from files_of(t, Only())


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The maps of the devices chosen. Raises UnknownNameError."""
    if not t.height("fabric_cables"):
        if t["ports"].height:
            yield "port-map.csv", lambda: cells.csv(in_rack(t))
        return
    choice.no_cable(only, "port maps")
    at = ends.devices(t)
    rows = choice.links(t, at, only)
    if rows.len() > MOST:
        raise ChoiceError(f"port maps of {rows.len():,} links are more than the {MOST:,} of one call; name a row, rack or device")
    every = ports(t, at, only)
    if only.device:
        yield f"port-maps{only.slug()}.csv", partial(_csv, every)
        return
    for (row,), own in every.with_columns(row=choice.rows_of(every["rack"])).group_by(["row"], maintain_order=True):
        named = f"-{'-'.join(only.rack)}" if only.rack and not only.row else ""
        yield f"port-maps/{row}{named}.csv", partial(_csv, own)


def _csv(rows: pl.DataFrame) -> bytes:
    return cells.csv(rows.select(_OUT))


def ports(t: Tables, at: pl.DataFrame, only: Only) -> pl.DataFrame:
    """Every port of the devices chosen, by device and port: device_id, number of the port and of its cage (from 0), tier and the columns of a map,
    in which `cage` is its name as printed.

    `state` is `used`, `outside` for one that leads out of the hall, or `free` for a printed port (a cage of a switch broken out as its others are)
    that no link takes.
    """
    return ports_of(t, at, choice.links(t, at, only), choice.devices(t, at, only))


def ports_of(t: Tables, at: pl.DataFrame, rows: pl.Series, devices: pl.Series) -> pl.DataFrame:
    """The same for devices by id; `rows` are all their links (positions in `fabric_cables`)."""
    links = ends.named(t, at, rows)
    media = t["fabric_skus"].select("fabric_id", "sku", "medium", cable_part="part")
    links = links.join(media, on=["fabric_id", "sku"], how="left", maintain_order="left")
    used = pl.concat([_side(links, near, far) for near, far in ("ab", "ba")])
    chosen = devices.implode()
    used = used.filter(pl.col("device_id").is_in(chosen))
    beyond = _outside(t, chosen)
    free = _free(t, used, chosen).join(beyond, on=["device_id", "cage_number"], how="anti")
    both = pl.concat([used, free, beyond], how="diagonal")
    names = t["fabrics"].sort("fabric_id")["fabric"]
    where = at.with_row_index("device_id").select(pl.col("device_id").cast(pl.Int32), "rack", "u", "device", "part", "order")
    return (
        both.join(where, on="device_id", how="left", maintain_order="left")
        .with_columns(fabric=pl.col("fabric_id").replace_strict(list(range(names.len())), names, return_dtype=pl.String))
        .sort("order", "device_id", "fabric_id", "number", "leg", "port")
        .select("device_id", "number", "cage_number", "tier", *_OUT)
    )


def _side(links: pl.DataFrame, near: str, far: str) -> pl.DataFrame:
    return links.select(
        pl.col(f"{near}_device_id").alias("device_id"),
        "fabric_id",
        pl.col(f"{near}_port").alias("port"),
        pl.col(f"{near}_number").alias("number"),
        pl.col(f"{near}_cage").alias("cage_number"),
        pl.col(f"{near}_slot").alias("cage"),
        "leg",
        "tier",
        pl.lit("used").alias("state"),
        pl.col(f"{far}_name").alias("far"),
        pl.col(f"{far}_device").alias("far_device"),
        pl.col("label").alias("cable"),
        "speed_gbps",
        "cable_part",
        "medium",
        pl.when(pl.col("length_cut_mm") >= 0).then("length_cut_mm").alias("cut_mm"),
    )


def _free(t: Tables, used: pl.DataFrame, chosen: pl.Series) -> pl.DataFrame:
    """Ports of the switches chosen that no link takes, named as the most of its ports of one speed are.

    A cage that a link of another speed takes whole has no free port.
    """
    names = (
        t["switch_ports"]
        .filter((pl.col("side") == "b") | ends.is_fabric_port("a"))
        .select("fabric_id", "part", "speed_gbps", "port", "name", cage_number="cage", cage="plug")
        .unique()
    )
    switches = t["fabric_switches"].filter(pl.col("device_id").is_in(chosen)).select("device_id", "fabric_id", "part")
    own = used.join(switches.select("device_id", "part"), on="device_id")
    own = own.join(names.rename({"port": "number"}), on=["fabric_id", "part", "speed_gbps", "number"])
    counts = own.group_by("device_id", "fabric_id", "speed_gbps").len()
    most = (
        counts.sort("device_id", "len", "speed_gbps", descending=[False, True, True]).group_by("device_id", maintain_order=True).first().drop("len")
    )
    every = switches.join(most, on=["device_id", "fabric_id"]).join(names, on=["fabric_id", "part", "speed_gbps"])
    every = every.join(own.select("device_id", "speed_gbps", port="number"), on=["device_id", "speed_gbps", "port"], how="anti")
    whole = own.join(most.select("device_id", most="speed_gbps"), on="device_id").filter(pl.col("speed_gbps") != pl.col("most"))
    every = every.join(whole.select("device_id", "cage_number"), on=["device_id", "cage_number"], how="anti")
    # uplinks that end in another fabric are that fabric's links
    every = every.join(used.select("device_id", name="port"), on=["device_id", "name"], how="anti")
    return every.select("device_id", "fabric_id", "cage_number", "cage", number="port", port="name", state=pl.lit("free"))


def _outside(t: Tables, chosen: pl.Series) -> pl.DataFrame:
    """Ports of the switches chosen that lead out of the hall; the far end has the name of where they lead."""
    own = t["outside_ports"].filter(pl.col("device_id").is_in(chosen))
    where = own.select("device_id", "fabric_id", "speed_gbps", number="port", port="name", cage_number="cage", cage="plug", far="leads_to")
    return where.with_columns(state=pl.lit("outside"))


def in_rack(t: Tables) -> pl.DataFrame:
    """Every port of a rack's devices with what its cable goes to."""
    racks = t["racks"].select("rack_id", rack="name")
    where = t["devices"].join(racks, on="rack_id", how="left").select("device_id", "rack", "part", device="name", u="position_u")
    sides = [
        t["cables"].select(
            pl.col(f"{near}_port_id").alias("port_id"),
            pl.col(f"{far}_end").alias("far"),
            pl.col("label").alias("cable"),
            pl.col("part").alias("cable_part"),
            "medium",
            pl.col("length_cut_mm").alias("cut_mm"),
        )
        for near, far in ("ab", "ba")
    ]
    return (
        t["ports"]
        .join(where, on="device_id", how="left")
        .join(pl.concat(sides).drop_nulls("port_id"), on="port_id", how="left")
        .sort("u", "device", "port_id", "cable", nulls_last=True)
        .select(
            "rack", "u", "device", "part", pl.col("name").alias("port"), "kind", "connector", "speed_gbps",
            pl.when(pl.col("cable").is_null()).then(pl.lit("free")).otherwise(pl.lit("used")).alias("state"),
            "far", "cable", "cable_part", "medium", "cut_mm",
        )
    )  # fmt: skip
