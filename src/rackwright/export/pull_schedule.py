"""Pull schedule: bundles in the order a crew lays them, waves with their crew-hours, and the assumptions behind the hours.

Reads bundles, fabrics, halls, hall_racks, inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export import only as choice
from rackwright.export.only import Only
from rackwright.export.sheets import Book, Sheet
from rackwright.schema.tables import Tables

TITLE = "Pull schedule"
FOR = "crews that pull; any spreadsheet"
NEEDS = "bundles"
OF = ("hall",)
CHOICES = ("row", "rack", "fabric")
ABOUT = "bundles in the order of pulling, with racks, length, diameter and crew time; waves; assumptions"
WORKBOOK = 3_000  # bundles up to which there is a workbook too
PACKED = 1_000  # the same in a package: each thousand takes as long to write as the whole of a rack
_TIERS = {0: "endpoint to leaf", 1: "leaf to spine", 2: "spine to core"}


def files(t: Tables) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`pull-schedule.csv` of a hall that pulls anything, and `.xlsx` where it is small; `rackwright export` makes larger ones."""
    if t["bundles"].height:
        yield from files_of(t, Only(), PACKED)


def files_of(t: Tables, only: Only, most: int = WORKBOOK) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The bundles with an end in the rows and racks chosen, of the fabrics chosen. Raises UnknownNameError."""
    if t["bundles"].is_empty():
        return
    rows = bundles(t, only)
    yield f"pull-schedule{only.slug()}.csv", partial(_csv, t, rows)
    if rows.height <= most:
        yield f"pull-schedule{only.slug()}.xlsx", partial(workbook, t, rows)


def bundles(t: Tables, only: Only) -> pl.DataFrame:
    """Rows of `bundles` chosen, in their order. Raises UnknownNameError."""
    rows = t["bundles"].sort("bundle_id")
    if only.device or only.cable:
        raise choice.ChoiceError(f"a pull schedule is made for rows, racks or fabrics, not for a {'device' if only.device else 'cable'}")
    if only.fabric:
        rows = rows.filter(pl.col("fabric_id").is_in(choice.fabric_ids(t, only)))
    if only.row or only.rack:
        racks = choice.racks(t, only)["rack_id"].implode()
        rows = rows.filter(pl.col("a_rack_id").is_in(racks) | pl.col("b_rack_id").is_in(racks))
    return rows


def _csv(t: Tables, rows: pl.DataFrame) -> bytes:
    return schedule(t, rows).write_csv(line_terminator="\n").encode()


def workbook(t: Tables, rows: pl.DataFrame) -> bytes:
    """The same as a workbook, with waves and assumptions; the same tables give the same bytes."""
    named = t["inputs"].filter(pl.col("path") == "hall")["text"]
    return Book("Pull schedule", str(named[0]) if named.len() else "").write(
        [Sheet("Bundles", schedule(t, rows)), Sheet("Waves", waves(t, rows)), Sheet("Assumptions", assumptions(t))]
    )


def schedule(t: Tables, rows: pl.DataFrame) -> pl.DataFrame:
    """One row a bundle, in the order of pulling; hours add up over the rows chosen."""
    rack, fabric = t["hall_racks"].sort("rack_id")["name"], t["fabrics"].sort("fabric_id")["fabric"]
    crew = float(t.input("pulling.crew"))
    seconds = pl.col("duration_s").cast(pl.Int64)
    return rows.select(
        pl.col("bundle_id").alias("Bundle"),
        _wave(t, rows).alias("Wave"),
        fabric.gather(rows["fabric_id"]).alias("Fabric"),
        pl.col("tier").replace_strict(_TIERS, default="other", return_dtype=pl.String).alias("Joins"),
        pl.col("part").alias("Part"),
        rack.gather(rows["a_rack_id"]).alias("From rack"),
        rack.gather(rows["b_rack_id"]).alias("To rack"),
        pl.col("path_id").alias("Path"),
        pl.col("cables").alias("Cables"),
        pl.col("plugs").alias("Plugs and labels"),
        (pl.col("length_cut_max_mm") / 1000).round(2).alias("Longest, m"),
        (pl.col("length_cut_mm") / 1000).round(1).alias("Together, m"),
        pl.col("diameter_mm").alias("Diameter, mm"),
        (seconds / 60).round(1).alias("Crew, min"),
        (seconds.cum_sum() / 3600).round(2).alias("Crew so far, h"),
        (seconds * crew / 3600).round(2).alias("Person-hours"),
    )


def waves(t: Tables, rows: pl.DataFrame) -> pl.DataFrame:
    """What each wave amounts to; waves of several halls and pods may run side by side, one crew each."""
    crew = float(t.input("pulling.crew"))
    hours = pl.col("duration_s").cast(pl.Int64).sum() / 3600
    return (
        rows.with_columns(_wave(t, rows).alias("Wave"))
        .group_by("wave", "Wave")
        .agg(
            pl.len().cast(pl.Int64).alias("Bundles"),
            pl.col("cables").sum().cast(pl.Int64).alias("Cables"),
            pl.col("plugs").sum().cast(pl.Int64).alias("Plugs and labels"),
            (pl.col("length_cut_mm").sum() / 1000).round(1).alias("Cable, m"),
            hours.round(2).alias("Crew-hours"),
            (hours * crew).round(2).alias("Person-hours"),
        )
        .sort("wave")
        .drop("wave")
    )


def assumptions(t: Tables) -> pl.DataFrame:
    """What the hours are made of: inputs under `pulling`, and whether the spec gives them or they are estimates of ours."""
    rows = t["inputs"].filter(pl.col("path").str.starts_with("pulling."))
    return rows.select(
        pl.col("path").alias("Input"),
        pl.col("text").alias("Value"),
        pl.when(pl.col("origin") == "default").then(pl.lit("estimate")).otherwise(pl.lit("given")).alias("From"),
        pl.col("description").alias("Meaning"),
    )


def _wave(t: Tables, rows: pl.DataFrame) -> pl.Series:
    """`between halls`, `H01 trunks`, `H01 pod 3`."""
    hall = t["halls"].sort("hall_id")["name"]
    a, b = (t["hall_racks"].sort("rack_id")["hall_id"].gather(rows[f"{s}_rack_id"]) for s in "ab")
    pod = pl.concat_str(pl.lit(" pod "), pl.col("pod") + 1)
    own = pl.concat_str("hall", pl.coalesce(pod, pl.lit(" trunks")))
    return rows.with_columns(hall=hall.gather(a), between=a != b).select(pl.when("between").then(pl.lit("between halls")).otherwise(own)).to_series()
