"""What LLDP shall say on every device: `lldpctl -f json0` of a hall that is wired as designed, a file for each device.

The shape is that of lldpd with arrays everywhere (json0), whose other form collapses what is single. Chassis and port are named as on labels;
`local-chassis`, which lldpd tells apart, says whose view it is; `cable` is the one field that it has not. Only ports that shall have a neighbour
are listed; what is seen beyond them is unexpected.

Source: lldpd (src/client/display.c, json_writer.c), formats read 2026-11-22.

Reads what `net` reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial

import polars as pl

from rackwright.export import net
from rackwright.export import only as choice
from rackwright.export.only import Only
from rackwright.schema import ends
from rackwright.schema.tables import Tables

TITLE = "Expected LLDP neighbours"
FOR = "scripts that compare what lldpctl says"
NEEDS = "ethernet"
OF = ("hall",)
CHOICES = ("row", "rack", "device", "fabric")


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`neighbours/DEVICE.json`. Raises UnknownNameError, ChoiceError."""
    if t["fabric_cables"].is_empty() or not net.ethernet(t):
        return
    choice.no_cable(only, "expected neighbours")
    at = ends.devices(t)
    near = net.seen(net.links(t, only, "expected neighbours"))
    if only.row or only.rack or only.device:
        near = near.filter(pl.col("device_id").is_in(choice.devices(t, at, only).implode()))
    hosts = near.unique("device_id", keep="first", maintain_order=True).sort("device_id")
    made = cache(lambda: neighbours(near))
    for row, host in enumerate(net.safe(hosts["host"])):
        yield f"neighbours/{host}.json", partial(_text, made, row)


def _text(made: Callable[[], pl.Series], row: int) -> bytes:
    return str(made()[row]).encode()


def neighbours(near: pl.DataFrame) -> pl.Series:
    """The file of every device of the near ends (see `net.seen`), by device id."""
    value = pl.concat_list(pl.struct(pl.col("far_host").alias("value")))
    chassis = pl.concat_list(pl.struct(
        pl.concat_list(pl.struct(pl.lit("local").alias("type"), pl.col("far_host").alias("value"))).alias("id"),
        value.alias("name"), pl.concat_list(pl.struct(pl.col("far_part").alias("value"))).alias("descr"),
    ))  # fmt: skip
    port = pl.concat_list(pl.struct(
        pl.concat_list(pl.struct(pl.lit("ifname").alias("type"), pl.col("far_port").alias("value"))).alias("id"),
        pl.concat_list(pl.struct(pl.col("far_port").alias("value"))).alias("descr"),
    ))  # fmt: skip
    told = [pl.col("port").alias("name"), pl.lit("LLDP").alias("via"), chassis.alias("chassis"), port.alias("port"), pl.col("label").alias("cable")]
    line = pl.struct(told).struct.json_encode()
    own = near.sort("device_id", "fabric_id", "number", maintain_order=True).group_by("device_id", maintain_order=True)
    local = pl.concat_str(pl.lit('{"local-chassis":[{"chassis":[{"name":[{"value":'), net.quoted(pl.col("host").first()), pl.lit("}]}]}],"))
    whole = pl.concat_str(local, pl.lit('\n"lldp":[{"interface":[\n'), line.str.join(",\n"), pl.lit("\n]}]}\n"))
    return own.agg(whole.alias("text"))["text"]
