"""What ibnetdiscover will print once everything is cabled as designed: to be compared with what it does print, and read by what reads that.

GUIDs, which nobody knows before delivery, are made of the numbers of devices and ports and begin with 02; LIDs are counted. Vendor and device ids
are 0.

Source: infiniband-diags, ibnetdiscover.c and its manual.

Reads what `subnet` reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export import net, subnet
from rackwright.export.only import Only
from rackwright.schema.tables import Tables

TITLE = "InfiniBand fabric as ibnetdiscover prints it"
FOR = "what reads ibnetdiscover; `rackwright verify`"
NEEDS = "infiniband"
OF = ("hall",)
CHOICES = ("fabric",)
_SPEEDS = {56.0: "4xFDR", 100.0: "4xEDR", 200.0: "4xHDR", 400.0: "4xNDR", 800.0: "4xXDR"}


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`SUBNET.ibnetdiscover` of each subnet. Raises UnknownNameError, ChoiceError."""
    for name, links in subnet.subnets(t, only, "ibnetdiscover files").items():
        yield f"{name}.ibnetdiscover", partial(discovered, links)


def discovered(links: pl.DataFrame) -> bytes:
    """The topology file of the links of a subnet (see `subnet.subnets`)."""
    every, ports = subnet.nodes(links)
    # the number of a port says which adapter of its host a node is
    adapter = pl.when("is_switch").then(0).otherwise(pl.int_range(pl.len()).over("device_id") + 1)
    every = every.with_columns(adapter=adapter, lid=pl.col("index") + 1, name=net.one_line(pl.col("node")))
    guids = [f"02{d:010x}{a:04x}" for d, a in every.select("device_id", pl.col("adapter") * 16).iter_rows()]
    every = every.with_columns(pl.Series("guid", guids, dtype=pl.String))
    of = every.select(
        "index", "lid", "name", "guid", port_guid=pl.col("guid").str.head(15) + pl.when("is_switch").then(pl.lit("0")).otherwise(pl.lit("1"))
    )
    ports = ports.join(of, on="index", maintain_order="left").join(of.select(pl.all().name.prefix("far_")), on="far_index", maintain_order="left")
    speed = pl.col("speed_gbps").cast(pl.Float64).replace_strict(_SPEEDS, default=None, return_dtype=pl.String)
    ports = ports.with_columns(
        speed=speed.fill_null(pl.format("{}G", pl.col("speed_gbps").cast(pl.Int64))),
        far_id=pl.format('"{}-{}"[{}]', pl.when("far_is_switch").then(pl.lit("S")).otherwise(pl.lit("H")), "far_guid", "far_number"),
    )
    told = pl.when("far_is_switch").then(pl.lit("")).otherwise(pl.format("({})", "far_port_guid"))
    own = pl.format('[{}]\t{}{} \t\t# "{}" lid {} {}', "number", "far_id", told, "far_name", "far_lid", "speed")
    host = pl.format('[{}]({}) \t{}\t\t# lid {} lmc 0 "{}" lid {} {}', "number", "port_guid", "far_id", "lid", "far_name", "far_lid", "speed")
    ports = ports.with_columns(line=pl.when("is_switch").then(own).otherwise(host))
    head = "vendid=0x0\ndevid=0x0\nsysimgguid=0x{}\n"
    switch = pl.format(head + 'switchguid=0x{}({})\nSwitch\t{} "S-{}"\t\t# "{}" enhanced port 0 lid {} lmc 0',
                       "guid", "guid", "guid", "ports", "guid", "name", "lid")  # fmt: skip
    adapter_head = pl.format(head + 'caguid=0x{}\nCa\t{} "H-{}"\t\t# "{}"', "guid", "guid", "ports", "guid", "name")
    heads = every.with_columns(head=pl.when("is_switch").then(switch).otherwise(adapter_head))
    return b"#\n# Topology file: as designed\n#\n\n" + subnet.blocks(heads, ports, "\n\n")
