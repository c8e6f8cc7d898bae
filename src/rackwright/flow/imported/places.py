"""Rows and places of racks by their names, and the floor that has them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rackwright.flow.imported.seen import natural

_MOST_PLACES = 100  # of a row; a greater number is no place
_PER_ROW = 10  # one of them for a rack of switches


@dataclass(frozen=True, slots=True)
class Floor:
    """Halls, rows of each and places of a row; `at`: name, hall, row, place (from 0) of racks whose names say so, none where `is_told` is false."""

    halls: int
    rows: int
    places: int
    at: pl.DataFrame
    is_told: bool


def floor(names: pl.Series, racks: int) -> Floor:
    """The floor of racks of those names. What stands before the last number is the row, `H01.` before it the hall.

    Args:
        names: racks that are told, of hosts and of switches.
        racks: how many places are wanted where names tell none.
    """
    text = pl.col("name").str.extract_groups(r"^(?:(H\d+)\.)?(.*?)(\d+)$")
    rows = pl.DataFrame({"name": names.drop_nulls().unique()}).with_columns(text=text).unnest("text").rename({"1": "h", "2": "r", "3": "p"})
    rows = rows.with_columns(p=pl.col("p").cast(pl.Int64, strict=False), h=pl.col("h").fill_null(""), r=pl.col("r").fill_null(""))
    places = rows["p"].drop_nulls().to_numpy()
    is_told = len(places) == rows.height >= max(racks, 1) and places.max() <= _MOST_PLACES and rows.select("h", "r", "p").is_unique().all()
    if not is_told:
        return Floor(1, max(2, -(-racks // (_PER_ROW - 1))), _PER_ROW, rows.clear().select("name", hall="p", row="p", place="p"), is_told=False)
    first = min(int(places.min()), 1)
    made = rows.with_columns(nature=natural("r")).with_columns(
        hall=pl.col("h").rank("dense").cast(pl.Int64) - 1, row=pl.col("nature").rank("dense").over("h").cast(pl.Int64) - 1, place=pl.col("p") - first
    )
    halls, deep, wide = made.select(pl.col("hall", "row", "place").max() + 1).row(0)
    return Floor(halls, deep, wide, made.select("name", "hall", "row", "place"), is_told=True)
