"""`topology.dot` for the Prescriptive Topology Manager of Cumulus Linux, and for NVIDIA's cable validation: every Ethernet link as host and port.

One file serves every switch. Hosts are named as on labels, `H01.AB07-12`; as that has a dot, PTM is told to compare whole names, or it would take
what follows for a domain and know only halls. Ports are compared with the port id of LLDP; where hosts tell another one, set it as the port's
description.

Source: the DOT language of Graphviz (quoted strings), PTM in the guide of Cumulus Linux 5.15 and the manual ptmd(8) (`match_hostname`,
`hostnametype`), read 2026-11-23.

Reads what `net` reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export import net
from rackwright.export.only import Only
from rackwright.schema.tables import Tables

TITLE = "Cabling plan for Cumulus PTM (DOT)"
FOR = "PTM of Cumulus Linux, Graphviz"
NEEDS = "ethernet"
OF = ("hall",)


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`topology.dot`. Raises UnknownNameError, ChoiceError."""
    if t["fabric_cables"].is_empty() or not net.ethernet(t):
        return
    links = net.links(t, only, "cabling plans")
    if links.height:
        yield f"topology{only.slug()}.dot", partial(dot, t, links)


def quoted(text: pl.Expr) -> pl.Expr:
    """A name in DOT on one line: quotes escaped, and backslashes doubled that stand before a quote or the end, which they would escape. Others
    stay, as DOT reads two as two.
    """
    made = net.one_line(text).str.replace_all(r'(\\+)("|$)', "${1}${1}${2}").str.replace_all('"', '\\"', literal=True)
    return pl.concat_str(pl.lit('"'), made, pl.lit('"'))


def dot(t: Tables, links: pl.DataFrame) -> bytes:
    """The plan of some links (see `net.links`)."""
    roles = t["fabric_switches"].select("device_id", tier=pl.col("tier").replace_strict([0, 1, 2], ["leaf", "spine", "core"], default="core"))
    near = net.seen(links).unique("device_id", keep="first", maintain_order=True).sort("device_id")
    nodes = near.select("device_id", "host").join(roles, on="device_id", how="left", maintain_order="left")
    name = quoted(pl.col("host"))
    node = pl.concat_str(pl.lit("  "), name, pl.lit(" [label="), name, pl.lit(' role="'), pl.col("tier").fill_null("host"), pl.lit('"]\n'))
    ends = [pl.concat_str(quoted(pl.col(f"{s}_host")), pl.lit(":"), quoted(pl.col(f"{s}_port"))) for s in "ab"]
    edge = pl.concat_str(pl.lit("  "), ends[0], pl.lit(" -- "), ends[1], pl.lit("\n"))
    head = 'graph G {\n  hostnametype="fqdn"\n  LLDP="match_hostname=fqdn"\n'
    return (head + str(nodes.select(node.str.join()).item()) + str(links.select(edge.str.join()).item()) + "}\n").encode()
