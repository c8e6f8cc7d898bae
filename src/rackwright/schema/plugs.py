"""What is plugged in where: a cable of several links (twin, splitter, fan-out, shuffle) is one object with a plug wherever its links meet.

A plug where all ports of a cage meet is named by the cage, one where some do (a connector of a twin-port module) by the first of them, another by its
port. A cable is named by the plugs of its first link, the end of the smaller place first; so one name stands on its labels and in cut sheets,
schedules and port maps, and commands take it.

Reads fabric_cables.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.schema.tables import Tables

Array: TypeAlias = NDArray[Any]


def whole(t: Tables, rows: pl.Series) -> pl.Series:
    """Those rows of `fabric_cables` (by position) and the other links of their cables, so that no cable is cut in two."""
    cables = t["fabric_cables"]
    if cables["leg"].gather(rows).max() in (None, 0):
        return rows
    return cables.select(pl.arg_where(pl.col("key").is_in(cables["key"].gather(rows).unique().implode()))).to_series()


def plugged(links: pl.DataFrame) -> pl.DataFrame:
    """Links with `a_plug` and `b_plug`, of whole cables. Columns key, leg, link_id, and for each side `a_name` of the port, `a_cage_name` and
    `a_cage_ports`, how many ports that cage has.
    """
    for s in "ab":
        here = ["key", f"{s}_cage_name"]
        meet, port = pl.len().over(here), pl.col(f"{s}_name").sort_by("leg", "link_id").first().over(here)
        plug = pl.when(meet >= pl.col(f"{s}_cage_ports")).then(f"{s}_cage_name").otherwise(port)
        links = links.with_columns(pl.when((pl.col("leg") > 0) & (meet > 1)).then(plug).otherwise(f"{s}_name").alias(f"{s}_plug"))
    return links


def numbered(cable: Array, name: Array, cage: Array, ports: Array) -> Array:
    """As `plugged` for one side of links that lie cable by cable, by leg: numbers of their plugs. `cable` counts cables, `name` and `cage` stand for
    names of ports and cages (each alike for links of a cable that have the same), `ports` is how many ports a cage has; equal-length whole numbers.
    """
    order, is_new = _alike(cable, cage)
    group, first = np.cumsum(is_new) - 1, order[is_new]
    meet, made = np.bincount(group)[group], name.copy()
    made[order] = np.where(meet == 1, name[order], np.where(meet >= ports[order], cage[order], name[first][group]))
    return made


def is_first(cable: Array, plug: Array) -> Array:
    """Whether no earlier link of the cable has that plug; links lie cable by cable."""
    order, is_new = _alike(cable, plug)
    made = np.zeros(len(cable), np.bool_)
    made[order[is_new]] = True
    return made


def _alike(cable: Array, number: Array) -> tuple[Array, Array]:
    """An order in which links of a cable with the same number follow each other, the earlier before the later, and where another begins."""
    code = cable * (int(number.max(initial=0)) + 1) + number
    order = np.argsort(code, kind="stable")
    return order, np.r_[True, np.diff(code[order]) != 0][: len(order)]


def first(column: str) -> pl.Expr:
    """The value of a column for the first link of each cable."""
    return pl.col(column).sort_by("leg", "link_id").first().over("key")


def others(side: str) -> pl.Expr:
    """In an aggregation over the links of a cable, sorted by leg: its plugs at one side but the first."""
    return pl.col(f"{side}_plug").unique(maintain_order=True).slice(1)
