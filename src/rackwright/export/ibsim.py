"""The net file of ibsim, the simulator of InfiniBand fabrics: every switch and adapter with its ports, so that OpenSM routes the design before it
stands.

Names of nodes are at most 60 characters long, of letters, digits, `.` and `-` (see `net.safe`). Every link is told at both ends.

Source: the manual and net examples of ibsim 0.10.

Reads what `subnet` reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export import net, subnet
from rackwright.export.only import Only
from rackwright.schema.tables import Tables

TITLE = "InfiniBand fabric for ibsim"
FOR = "ibsim, then OpenSM"
NEEDS = "infiniband"
OF = ("hall",)
CHOICES = ("fabric",)


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`SUBNET.net` of each subnet. Raises UnknownNameError, ChoiceError."""
    for name, links in subnet.subnets(t, only, "ibsim files").items():
        yield f"{name}.net", partial(simulated, links)


def names(nodes: pl.Series) -> pl.Series:
    """Nodes of a subnet as ibsim takes them."""
    return net.safe(nodes.str.replace(" ", "/", literal=True))


def simulated(links: pl.DataFrame) -> bytes:
    """The net file of some links of a subnet (see `subnet.subnets`)."""
    every, ports = subnet.nodes(links)
    plain = every.select("index", plain=names(every["node"]))
    heads = every.join(plain, on="index", maintain_order="left").with_columns(
        head=pl.format('{} {} "{}"', pl.when("is_switch").then(pl.lit("Switch")).otherwise(pl.lit("Hca")), "ports", "plain")
    )
    ports = ports.join(plain.rename({"index": "far_index", "plain": "far"}), on="far_index", maintain_order="left")
    return subnet.blocks(heads, ports.with_columns(line=pl.format('[{}] "{}"[{}]', "number", "far", "far_number")), "\n\n")
