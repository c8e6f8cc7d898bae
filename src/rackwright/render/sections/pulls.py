"""Pulling: waves of bundles with their crew-hours, and what the hours assume. Reads bundles, halls, hall_racks, inputs."""

from __future__ import annotations

import polars as pl

from rackwright.render import pulling
from rackwright.render.content import Content, Grid, whole
from rackwright.render.hall import metres
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "pulls", "Pulling", 45
_HEADS = (
    ("Wave", ""),
    ("Bundles", "num"),
    ("Cables", "num"),
    ("Cable", "num"),
    ("Longest", "num"),
    ("Plugs and labels", "num"),
    ("Crew-hours", "num"),
    ("Person-hours", "num"),
)
_FOLD = 24


def content(t: Tables) -> Content | None:
    """None where nothing is pulled."""
    if t["bundles"].is_empty():
        return None
    waves, crew = pulling.waves(t), t.input("pulling.crew")
    hours = float(waves["crew_h"].sum())
    longest = float(waves.select("crew_h").max().item())
    lead = [
        f"{t['bundles'].height:,} bundles in {waves.height} waves: {whole(hours)} crew-hours, {whole(hours * crew)} person-hours.",
        "In each wave the longest bundle is laid first, so that trunks lie under what comes later; trunks of a hall come before its pods.",
    ]
    if waves.height > 1:
        lead.append(f"Waves may run side by side, one crew each: the longest takes {whole(longest)} h.")
    return Content(lead, [_waves(waves, crew), _assumptions(t)])


def _waves(waves: pl.DataFrame, crew: float) -> Grid:
    rows = [
        (
            w["name"],
            whole(w["bundles"]),
            whole(w["cables"]),
            metres(float(w["length_mm"])),
            metres(float(w["longest_mm"])),
            whole(w["plugs"]),
            f"{w['crew_h']:,.1f}",
            f"{w['crew_h'] * crew:,.0f}",
        )
        for w in waves.iter_rows(named=True)
    ]
    note = "Every bundle stands in pull-schedule.csv and in the table `bundles`; `rackwright export DIR pull-schedule --row H01.AA` takes a row."
    return Grid("waves", "Waves in their order", _HEADS, rows, note, is_folded=len(rows) > _FOLD, is_searchable=len(rows) > _FOLD)


def _assumptions(t: Tables) -> Grid:
    given = t["inputs"].filter(pl.col("path").str.starts_with("pulling.")).sort("src", "path")
    rows = [
        (i["path"].removeprefix("pulling."), i["text"], "estimate" if i["origin"] == "default" else "given", i["description"])
        for i in given.iter_rows(named=True)
    ]
    heads = (("Input", "code"), ("Value", "num"), ("It is", ""), ("Meaning", "wide"))
    return Grid("pull-assumptions", "What the hours assume", heads, rows, "Measure your own crew and write its rates under `pulling` in the spec.")
