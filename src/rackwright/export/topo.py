"""`.topo` files of ibdm (ibdiagnet, ibtopodiff, UFM): every system with its type and its cables, and the types as IBNL, which ibdm wants beside it.

A type is the part, of a host with the number of its adapters (`NVIDIA-DGX-H100-8`). Ports are `P1` and on: of a switch as the subnet manager counts
them, of a host its adapters in the order of their ports. Names are at most 60 characters long (see `net.safe`). Point `IBDM_IBNL_PATH` at the folder
`ibnl`.

Source: manuals ibdm-topo-file and ibdm-ibnl-file of ibutils 1.5.7.

Reads what `subnet` reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export import net, subnet
from rackwright.export.only import Only
from rackwright.schema.tables import Tables

TITLE = "InfiniBand topology for ibdm"
FOR = "ibdmchk, ibtopodiff, UFM"
NEEDS = "infiniband"
OF = ("hall",)
CHOICES = ("fabric",)


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`SUBNET.topo` of each subnet and `ibnl/TYPE.ibnl` of each type of system. Raises UnknownNameError, ChoiceError."""
    found: dict[str, tuple[bool, int]] = {}
    for name, links in subnet.subnets(t, only, "topo files").items():
        yield f"{name}.topo", partial(topology, links)
        every = systems(links)[0]
        for kind, is_switch, ports in every.select("kind", "is_switch", "ports").unique(maintain_order=True).iter_rows():
            found[kind] = (is_switch, max(ports, found.get(kind, (is_switch, 0))[1]))
    for kind, (is_switch, ports) in sorted(found.items()):
        yield f"ibnl/{kind}.ibnl", partial(netlist, kind, is_switch, ports)


def systems(links: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Systems (device_id, name, kind, is_switch, ports) of a subnet, switches first, and the panel port `panel` of each (node, number)."""
    every, ports = subnet.nodes(links)
    adapter = (pl.int_range(pl.len()).over("device_id") + 1).cast(pl.Int64)
    every = every.with_columns(adapter=adapter, ports=pl.when("is_switch").then("ports").otherwise(pl.len().over("device_id").cast(pl.Int64)))
    ports = ports.select("node", "number", "is_switch").join(every.select("node", "adapter"), on="node", maintain_order="left")
    panels = ports.select("node", "number", panel=pl.when("is_switch").then("number").otherwise("adapter"))
    own = every.unique("device_id", keep="first", maintain_order=True)
    kind = net.safe(own["part"].str.to_uppercase().str.replace_all("/", "-", literal=True))
    kind = pl.select(pl.when(own["is_switch"]).then(kind).otherwise(pl.format("{}-{}", kind, own["ports"]))).to_series()
    return own.select("device_id", "is_switch", "ports").with_columns(net.safe(own["host"]).alias("name"), kind.alias("kind")), panels


def topology(links: pl.DataFrame) -> bytes:
    """The topology file of the links of a subnet (see `subnet.subnets`)."""
    every, panels = systems(links)
    every = every.with_row_index("at")
    of = every.select("device_id", "at", "name", "kind")
    near = net.seen(links).join(panels, on=["node", "number"], how="left")
    near = near.join(panels.rename({"node": "far_node", "number": "far_number", "panel": "far_panel"}), on=["far_node", "far_number"], how="left")
    near = near.join(of, on="device_id").join(of.select(pl.all().name.prefix("far_")), on="far_device_id").sort("at", "panel")
    lines = near.select(index="at", line=pl.format("   P{} -> {} {} P{}", "panel", "far_kind", "far_name", "far_panel"))
    return subnet.blocks(every.select(index="at", head=pl.format("{} {}", "kind", "name")), lines, "\n\n")


def netlist(kind: str, is_switch: bool, ports: int) -> bytes:
    """A type of system: one switch with all its ports, or adapters of one port each."""
    if is_switch:
        body = [f"NODE SW {ports} {kind} U1", *(f"{p} -> P{p}" for p in range(1, ports + 1))]
    else:
        body = [line for p in range(1, ports + 1) for line in (f"NODE CA 1 ADAPTER H{p}", f"1 -> P{p}", "")]
    return ("\n".join([f"TOPSYSTEM {kind}", "", *body]).rstrip("\n") + "\n").encode()
