"""What is plugged in where: a cable of several links (twin, splitter, fan-out, shuffle) is one object with a plug wherever its links meet.

A plug where all ports of a cage meet is named by the cage, one where some do (a connector of a twin-port module) by the first of them, another by its
port. A cable is named by the plugs of its first link, the end of the smaller place first; so one name stands on its labels and in cut sheets,
schedules and port maps, and commands take it.

Reads fabric_cables.
"""

from __future__ import annotations

import polars as pl

from rackwright.schema.tables import Tables


def whole(t: Tables, rows: pl.Series) -> pl.Series:
    """Those rows of `fabric_cables` (by position) and the other links of their cables, so that no cable is cut in two."""
    cables = t["fabric_cables"]
    if cables["leg"].gather(rows).max() in (None, 0):
        return rows
    return cables.select(pl.arg_where(pl.col("key").is_in(cables["key"].gather(rows).unique().implode()))).to_series()


def plugged(links: pl.DataFrame) -> pl.DataFrame:
    """Links with `a_plug` and `b_plug`, of whole cables. Columns key, leg, link_id, and for each side `a_name` of the port, `a_cage_name` and
    `a_cage_ports`, how many ports that cage has; names are texts, or numbers that stand for them.
    """
    for s in "ab":
        here = ["key", f"{s}_cage_name"]
        meet, port = pl.len().over(here), pl.col(f"{s}_name").sort_by("leg", "link_id").first().over(here)
        plug = pl.when(meet >= pl.col(f"{s}_cage_ports")).then(f"{s}_cage_name").otherwise(port)
        links = links.with_columns(pl.when((pl.col("leg") > 0) & (meet > 1)).then(plug).otherwise(f"{s}_name").alias(f"{s}_plug"))
    return links


def first(column: str) -> pl.Expr:
    """The value of a column for the first link of each cable."""
    return pl.col(column).sort_by("leg", "link_id").first().over("key")


def others(side: str) -> pl.Expr:
    """In an aggregation over the links of a cable, sorted by leg: its plugs at one side but the first."""
    return pl.col(f"{side}_plug").unique(maintain_order=True).slice(1)
