"""A containerlab topology of the Ethernet fabrics: a node for each switch and host, a veth link for each cable or leg of one.

Nodes and interfaces are named by `net.safe`, which leaves most names as on labels; `vars` of each link has both ends as printed, the label of its
cable and its cut length, so that a lab's inventory leads back to the floor. Switches run FRR, hosts a bare Linux; other images are set under
`kinds` and `groups`. With the files of receiver `frr` beside it, and `frr/NODE/frr.conf` bound, the lab routes as the hall does.

Source: schemas/clab.schema.json of srl-labs/containerlab, read 2026-11-23.

Reads what `net` reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export import net
from rackwright.export.only import Only
from rackwright.schema import ends
from rackwright.schema.tables import Tables

TITLE = "containerlab topology"
FOR = "containerlab"
NEEDS = "ethernet"
OF = ("hall",)
GROUPS = """\
  kinds:
    linux: {image: "quay.io/frrouting/frr:9.1.0"}
  groups:
    switch: {kind: linux}
    host: {kind: linux, image: "alpine:3.20"}
"""


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`HALL.clab.yml`. Raises UnknownNameError, ChoiceError."""
    if t["fabric_cables"].is_empty() or not net.ethernet(t):
        return
    links = net.links(t, only, "containerlab topologies")
    if links.height:
        name = net.safe(pl.Series([t.input_text("hall")]))[0]
        yield f"{name}{only.slug()}.clab.yml", partial(topology, t, links, name)


def topology(t: Tables, links: pl.DataFrame, name: str) -> bytes:
    """The topology of some links (see `net.links`)."""
    at = ends.devices(t)
    ids = pl.concat([links["a_device_id"], links["b_device_id"]]).unique().sort()
    switches = t["fabric_switches"].select("device_id", "name", "tier")
    nodes = (
        at[ids].select(host="end", part="part").with_columns(ids.alias("device_id")).join(switches, on="device_id", how="left", maintain_order="left")
    )
    nodes = nodes.with_columns(net.safe(nodes["host"]).alias("node"))
    group = pl.when(pl.col("tier").is_null()).then(pl.lit("host")).otherwise(pl.lit("switch"))
    told = {"name": pl.col("host"), "part": pl.col("part"), "role": pl.col("name").fill_null("host")}
    shown = pl.concat_str([x for n, text in told.items() for x in (pl.lit(f"{n}: "), net.quoted(text), pl.lit(", "))][:-1])
    node = pl.concat_str(pl.lit("    "), net.quoted(pl.col("node")), pl.lit(": {group: "), group, pl.lit(", labels: {"), shown, pl.lit("}}"))
    for s in "ab":
        safe = net.safe(links[f"{s}_host"]) + ":" + net.safe(links[f"{s}_port"], net.INTERFACE)
        links = links.with_columns(safe.alias(f"{s}_end"))
    names = [net.quoted(pl.concat_str(f"{s}_host", pl.lit(":"), f"{s}_port")) for s in "ab"]
    length = pl.when(pl.col("cut_mm").is_not_null()).then(pl.format(", length_mm: {}", "cut_mm")).otherwise(pl.lit(""))
    more = pl.concat_str(pl.lit("cable: "), net.quoted(pl.col("label")), length, pl.lit(", a: "), names[0], pl.lit(", b: "), names[1])
    both = [net.quoted(pl.col(f"{s}_end")) for s in "ab"]
    link = pl.concat_str(pl.lit("    - {endpoints: ["), both[0], pl.lit(", "), both[1], pl.lit("], vars: {"), more, pl.lit("}}"))
    parts = [
        f'name: "{name}"\ntopology:\n{GROUPS}  nodes:',
        nodes.select(node.str.join("\n")).item(),
        "  links:",
        links.select(link.str.join("\n")).item(),
    ]
    return ("\n".join(parts) + "\n").encode()
