"""What iblinkinfo prints, with a heading for each node or (`-l`) on one line for each port: far ends and states of every port of a subnet.

Source: rdma-core, infiniband-diags/iblinkinfo.c (print_port, print_node_header). Ports are named as those of ibnetdiscover.
"""

from __future__ import annotations

import re

import polars as pl

from rackwright.verify.observed import DOWN, INFINIBAND, UNKNOWN, UP, BrokenError, Found
from rackwright.verify.reading.ibnetdiscover import shaped

_ANY = re.compile(r"\] ==\(.*\)==>  ")
_NODE = r"^(?:Switch|CA|Router|\?\?): (?:0x[0-9a-f]{16} )?(.*):$"
_PORT = r'^(?:0x[0-9a-f]{16} "(.*)" +| +(?:0x[0-9a-f]{16} +)?)(\d+) +(\d+)\[ *\d*\] ==\((.*?)\)==> +(.*)$'
_FAR = r'^(?:0x[0-9a-f]{16} +)?\d+ +(\d+)\[ *\d*\] "(.*)" \(.*\)$'
_NONE = r'^(?:\[ *\] "" \( \)|"Port not available")$'
_AGAIN = "run iblinkinfo again, and leave its lines as they are"


def is_it(text: str) -> bool:
    """Whether a text has a port as iblinkinfo prints it near its beginning."""
    return bool(_ANY.search(text[:20_000]))


def read(text: str) -> Found:
    """Every port it lists. Raises BrokenError."""
    lines = pl.Series(text.split("\n")).str.strip_chars_end("\r ")
    rows = pl.DataFrame({"text": lines}).with_row_index("line", 1).with_columns(pl.col("line").cast(pl.Int32))
    rows = rows.filter((pl.col("text") != "") & ~pl.col("text").str.contains(r"^#|[$#>] .*\biblinkinfo\b"))
    rows = rows.with_columns(node=pl.col("text").str.extract(_NODE), port=pl.col("text").str.extract_groups(_PORT)).with_columns(
        pl.when(pl.col("port").struct.field("3").is_null()).then("node").alias("node")
    )
    ports = rows.unnest("port").with_columns(far=pl.col("5").str.extract_groups(_FAR)).unnest("far", separator="_")
    is_port = pl.col("3").is_not_null() & (pl.col("far_1").is_not_null() | pl.col("5").str.contains(_NONE))
    found = Found()
    bad = ports.filter(pl.col("node").is_null() & ~is_port.fill_null(value=False))
    if bad.height:
        line, text = bad.select("line", "text").row(0)
        more = f" ({bad.height - 1:,} more lines are like it)" if bad.height > 1 else ""
        found.fault(line, 1, f"has a line that is no node and no port of iblinkinfo: `{text[:60]}`{more}", _AGAIN)
    ports = ports.with_columns(device=pl.coalesce(pl.col("1").str.strip_chars(), pl.col("node").forward_fill())).filter(is_port)
    lost = ports.filter(pl.col("device").is_null())
    if lost.height:
        raise BrokenError(lost["line"][0], 1, "lists ports of a node that it does not name (its beginning is missing)", _AGAIN)
    is_down = pl.col("4").str.contains(r"\bDown/")
    ports = ports.select(
        "line", "device", number=pl.col("3").cast(pl.Int32, strict=False), far_number="far_1", far_device="far_2",
        state=pl.when(is_down).then(DOWN).when(pl.col("far_1").is_not_null()).then(UP).otherwise(UNKNOWN),
    )  # fmt: skip
    found.frame = shaped(ports.drop_nulls("number"))
    found.whole = [(d, INFINIBAND) for d in found.frame["device"].unique(maintain_order=True)]
    return found
