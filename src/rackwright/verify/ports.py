"""Ports that a device of the design has, by name: what is written like one of them and is none may be a slip of the pen, or another model."""

from __future__ import annotations

import difflib
import re
from functools import cached_property

import polars as pl

from rackwright.base.findings import meant, quoted
from rackwright.verify.designed import Designed

MOST = 60  # names for which one like them is looked for


class Ports:
    """Names of ports by part."""

    def __init__(self, d: Designed) -> None:
        self._d = d
        self._told: dict[tuple[str | None, str], str] = {}

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        """Of every part: what its ports and cages are called, in natural order."""
        made = self._d.printed.group_by("part", maintain_order=True).agg("name")
        return dict(made.iter_rows())

    def lacks(self, dev: int, word: str | None) -> str:
        """`DEVICE has no port X in the design; did you mean Y?`"""
        part, end = self._d.devices["part"][dev], self._d.devices["end"][dev]
        key = (part, str(word).lower())
        if key not in self._told and len(self._told) < MOST:
            every = {n.lower(): n for n in self._names.get(part, [])}
            like = [n for n in every if _form(n) == _form(key[1])]
            self._told[key] = meant([every[n] for n in difflib.get_close_matches(key[1], like or every, 1, 0.6)])
        hint = self._told.get(key, "")
        return f"{end} has no port {quoted(str(word))} in the design{f'; {hint}' if hint else '.'}"


def _form(name: str) -> str:
    return re.sub(r"\d+", "#", name)


def is_none(d: Designed, rows: pl.DataFrame, dev: str, word: str, is_free: str) -> pl.Series:
    """Whether the word of a row, written like ports of its device, is the name of no port of it."""
    asked = rows.with_row_index("ask").filter(pl.col(is_free) & (pl.col(dev) >= 0)).select("ask", dev=dev, name=pl.col(word).str.to_lowercase())
    lost = (
        asked.drop_nulls()
        .join(d.devices.select("dev", "part"), on="dev")
        .join(d.printed.with_columns(pl.col("name").str.to_lowercase()), on=["part", "name"], how="anti")
    )
    made = pl.Series("is_none", [False], dtype=pl.Boolean).new_from_index(0, rows.height)
    return made.scatter(lost["ask"], True) if lost.height else made
