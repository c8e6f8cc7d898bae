"""What ibnetdiscover prints: the topology file, and with `-p` the report of ports. A port of a switch or adapter that it lists without a far end
is down. Aggregation nodes of SHARP, which have no cables, are left out.

Source: infiniband-diags, ibnetdiscover.c (out_switch, out_switch_port, out_ca_port, dump_ports_report) and its manual. A port is named by its number
(`#3`), that of an adapter by the rest of its description too (`mlx5_0 #1`); which device that is, only the design can tell.
"""

from __future__ import annotations

import re

import polars as pl

from rackwright.verify.observed import DOWN, INFINIBAND, SEEN, UP, BrokenError, Found

_REPORT = re.compile(r"^(SW|CA|RT) +\d+ +\d+ 0x[0-9a-f]{16} ", re.MULTILINE)
_GUID = re.compile(r"^(?:switch|ca|rt)guid=0x[0-9a-f]+", re.MULTILINE)
_HEAD = r'^(Switch|Ca|Rt)\s+(\d+)\s+"[SHR?]-([0-9a-f]{16})"\s+# "(.*)"(?: (?:base|enhanced) port 0 .*| \(scp\))?$'
_PORT = (
    r'^\[(\d+)\](?:\[ext \d+\])?(?:\([0-9a-f]+\))?\s+"[SHR?]-([0-9a-f]{16})"\[(\d+)\](?:\[ext \d+\])?'
    r'\s*(?:\([0-9a-f]+\))?\s*# (?:lid \d+ lmc \d+ )?"(.*)" lid '
)
_ROW = (
    r"^(SW|CA|RT|\?\?) +\d+ +(\d+) 0x([0-9a-f]{16}) \S+ \S+"
    r"(?: - (SW|CA|RT|\?\?) +\d+ +(\d+) 0x([0-9a-f]{16}) \( '(.*)' - '(.*)' \)| +'(.*)')$"
)
_INSIDE = "Aggregation Node"  # of SHARP: an adapter inside each switch chip, at a port beyond its cages, where no cable is
MOST_PORTS = 1024  # of a node; a number beyond it is a broken one
_AGAIN = "run ibnetdiscover again, and leave its lines as they are"


def is_it(text: str) -> bool:
    """Whether a text is a topology or a port report."""
    return text.startswith("#\n# Topology file:") or bool(_GUID.search(text[:20_000])) or bool(_REPORT.search(text[:20_000]))


def read(text: str) -> Found:
    """Every port it lists. Raises BrokenError."""
    lines = pl.Series(text.split("\n")).str.strip_chars_end("\r ")
    rows = pl.DataFrame({"text": lines}).with_row_index("line", 1).with_columns(pl.col("line").cast(pl.Int32)).filter(pl.col("text") != "")
    found = Found()
    is_report = not _GUID.search(text) and bool(_REPORT.search(text))
    found.frame = _report(rows, found) if is_report else _topology(rows, found)
    found.whole = [(d, INFINIBAND) for d in found.frame["device"].unique(maintain_order=True)]
    return found


def _topology(rows: pl.DataFrame, found: Found) -> pl.DataFrame:
    noise = r"^(#|vendid=|devid=|sysimgguid=|(switch|ca|rt)guid=|Chassis |Hostname: )"
    rows = rows.filter(~pl.col("text").str.contains(noise))
    head, port = pl.col("text").str.extract_groups(_HEAD), pl.col("text").str.extract_groups(_PORT)
    rows = rows.with_columns(head=head, port=port)
    is_head, is_port = pl.col("head").struct.field("1").is_not_null(), pl.col("port").struct.field("1").is_not_null()
    bad = rows.filter(~is_head & ~is_port)
    if bad.height:
        line, text = bad.row(0)[:2]
        more = f" ({bad.height - 1:,} more lines are like it)" if bad.height > 1 else ""
        found.fault(line, 1, f"has a line that is no node and no port of ibnetdiscover: `{text[:60]}`{more}", _AGAIN)
    if rows.is_empty() or not rows.select(is_head.any()).item():
        raise BrokenError(1, 1, "lists no switch and no adapter", _AGAIN)
    heads = rows.filter(is_head).unnest("head").select("line", kind="1", ports=pl.col("2").cast(pl.Int32, strict=False), device="4")
    ports = rows.filter(is_port).unnest("port").select("line", number=pl.col("1").cast(pl.Int32, strict=False), far_number="3", far_device="4")
    if ports.height and ports["line"][0] < heads["line"][0]:
        raise BrokenError(ports["line"][0], 1, "lists ports of a node that it does not name (its beginning is missing)", _AGAIN)
    heads = heads.with_columns(head="line")
    ports = ports.join_asof(heads, on="line", strategy="backward", check_sortedness=False).drop_nulls("number")
    # of a node with a line that was not read, or that is cut off, nobody knows which ports are down
    spoilt = bad.select("line").join_asof(heads, on="line", strategy="backward", check_sortedness=False)
    every = heads.filter(pl.col("ports") <= MOST_PORTS).join(spoilt, on="head", how="anti")
    every = every.select("line", "head", "device", number=pl.int_ranges(1, pl.col("ports") + 1, dtype=pl.Int32)).explode("number")
    free = every.drop_nulls("number").join(ports, on=["head", "number"], how="anti").drop("head")
    return shaped(pl.concat([ports.select("line", "device", "number", "far_number", "far_device"), free], how="diagonal"))


def _report(rows: pl.DataFrame, found: Found) -> pl.DataFrame:
    rows = rows.with_columns(row=pl.col("text").str.extract_groups(_ROW))
    bad = rows.filter(pl.col("row").struct.field("1").is_null() & ~pl.col("text").str.starts_with("#"))
    if bad.height:
        line, text = bad.row(0)[:2]
        more = f" ({bad.height - 1:,} more lines are like it)" if bad.height > 1 else ""
        found.fault(line, 1, f"has a line that is none of a port report: `{text[:60]}`{more}", _AGAIN)
    good = rows.filter(pl.col("row").struct.field("1").is_not_null()).unnest("row")
    return shaped(
        good.select("line", device=pl.coalesce("7", "9"), number=pl.col("2").cast(pl.Int32, strict=False), far_number="5", far_device="8").filter(
            pl.col("number") > 0
        )
    )


def shaped(ports: pl.DataFrame) -> pl.DataFrame:
    """Columns of SEEN but the file; the number of a port is the name it has here. Without a `state` a port is down that has no far end."""
    if "state" not in ports.columns:
        ports = ports.with_columns(state=pl.when(pl.col("far_device").is_null()).then(DOWN).otherwise(UP))
    return (
        ports.filter(~pl.any_horizontal(pl.col("device", "far_device").str.ends_with(_INSIDE).fill_null(value=False)))
        .sort("line", "number")
        .select(
            pl.lit(0, pl.Int32).alias("file"),
            pl.col("line").cast(pl.Int32),
            pl.lit(1, pl.Int32).alias("column"),
            pl.lit("").alias("at"),
            "device",
            pl.concat_str(pl.lit("#"), "number").alias("port"),
            pl.lit(None, pl.String).alias("mac"),
            "far_device",
            pl.concat_str(pl.lit("#"), "far_number").alias("far_port"),
            *(pl.lit(None, pl.String).alias(c) for c in ("far_alias", "far_mac", "far_chassis")),
            pl.col("state").cast(pl.UInt8),
            pl.lit(INFINIBAND, pl.UInt8).alias("reader"),
        )
        .select(list(SEEN))
    )
