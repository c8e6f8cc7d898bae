"""Cable schedule: of a hall every cable by row of racks, with boxes to tick; of a rack its loose cables, then every cartridge cable by cable.

Reads labels (given), and cables, pathways, fabric_skus.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from rackwright.render.blocks import Block, Given, Prose, Table, of_content
from rackwright.render.content import whole
from rackwright.render.scene import Scene
from rackwright.render.sections import cables as section
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "cables", "Cable schedule", 60
WIDE = True
_BOX = "☐"
_HEADS = (
    ("Label", "code main"),
    ("From", "wide"),
    ("To", "wide"),
    ("Fabric", ""),
    ("Part", "code"),
    ("Medium", ""),
    ("Cut, m", "num"),
    ("Stock, m", "num"),
    ("Bundle", "num"),
    ("Laid", ""),
    ("Plugged", ""),
    ("Tested", ""),
)
_RACK = (
    ("Label", "code main"),
    ("Use", ""),
    ("From", "code"),
    ("To", "code"),
    ("Part", "code"),
    ("Route, mm", "num"),
    ("Cut, mm", "num"),
    ("Stock, mm", "num"),
    ("Channel", ""),
    ("Laid", ""),
    ("Tested", ""),
)
_UP = (("Label", "code main"), ("Pairs", "num"), ("Cut, mm", "num"), ("Tested", ""))


def chapter(t: Tables, given: Given, drawn: Sequence[Scene]) -> Sequence[Block] | None:
    """None without cables."""
    if t["halls"].is_empty():
        return _rack(t, drawn)
    if given.labels.is_empty():
        return None
    cables = schedule(given.labels)
    lead = f"{cables.height:,} cables by the row of racks of their lower end, in the order of pulling. A label says both ends: rack, unit and port."
    made: list[Block] = [Prose([lead])]
    beyond = cables.filter(pl.col("row") != pl.col("to_row"))
    rows_of = cables["row"].unique().sort().to_list()
    for row in rows_of:
        own = cables.filter(pl.col("row") == row)
        made.append(_row(row, own, beyond.filter(pl.col("to_row") == row), is_first=row == rows_of[0]))
    return made


def schedule(labels: pl.DataFrame) -> pl.DataFrame:
    """One row a cable of labels, in their order: label, row, to_row, from and to (device with its port; of several plugs all), and what it is."""
    at = pl.concat_str("device", pl.lit(" "), "port")
    ends = (
        labels.with_columns(at=at)
        .group_by("label", "end", maintain_order=True)
        .agg(pl.col("at").str.join(" + "), pl.col("row").first(), pl.col("fabric", "part", "medium", "cut_mm", "stock_mm", "bundle").first())
    )
    a = ends.filter(end="a").drop("end").rename({"at": "from"})
    b = ends.filter(end="b").select("label", pl.col("at").alias("to"), pl.col("row").alias("to_row"))
    return a.join(b, on="label", how="left", maintain_order="left")


def _row(row: str, own: pl.DataFrame, coming: pl.DataFrame, is_first: bool) -> Table:
    rows = [
        (
            c["label"],
            c["from"],
            c["to"] or "",
            c["fabric"],
            c["part"] or "–",
            c["medium"] or "–",
            _metres(c["cut_mm"]),
            _metres(c["stock_mm"]),
            "–" if c["bundle"] is None else str(c["bundle"]),
            _BOX,
            _BOX,
            _BOX,
        )
        for c in own.iter_rows(named=True)
    ]
    others = coming.group_by("row").len().sort("row")
    note = f"{own.height:,} cables begin here."
    if others.height:
        note += (
            f" {coming.height:,} more end here and are listed where they begin: "
            + ", ".join(f"{n:,} in row {r}" for r, n in others.iter_rows())
            + "."
        )
    return Table(f"Row {row}", _HEADS, rows, note, is_listed=True, has_own_page=not is_first)


def _metres(value: int | None) -> str:
    return "–" if value is None or value < 0 else f"{value / 1000:,.2f}"


def _rack(t: Tables, drawn: Sequence[Scene]) -> Sequence[Block] | None:
    content = section.content(t)
    if content is None:
        return None
    made = of_content(content, drawn, skipped=("loose-cables", "scale-up-cables"))
    segments = dict(t["pathways"].select("segment_id", "segment").iter_rows())
    every = t["cables"].sort("cable_id")
    loose = [
        (
            c["label"],
            c["kind"],
            c["a_end"],
            c["b_end"],
            c["part"],
            whole(c["length_route_mm"]),
            whole(c["length_cut_mm"]),
            whole(c["length_stock_mm"]),
            segments.get(c["segment_id"], "–"),
            _BOX,
            _BOX,
        )
        for c in every.filter(pl.col("assembly").is_null()).iter_rows(named=True)
    ]
    if loose:
        made.append(Table("Loose cables", _RACK, loose, is_listed=True))
    for (assembly,), own in every.drop_nulls("assembly").group_by(["assembly"], maintain_order=True):
        rows = [(c["label"], whole(c["pairs"]), whole(c["length_cut_mm"]), _BOX) for c in own.iter_rows(named=True)]
        half = -(-len(rows) // 2)
        pairs = [(*a, *b) for a, b in zip(rows[:half], [*rows[half:], *[("",) * len(_UP)] * (2 * half - len(rows))], strict=True)]
        note = f"{own.height:,} cables of {int(own['pairs'].sum()):,} pairs, of {', '.join(f'`{p}`' for p in own['part'].unique().sort())}; "
        note += "the right half goes on where the left half ends."
        made.append(Table(str(assembly), (*_UP, *_UP), pairs, note, is_listed=True))
    return made
