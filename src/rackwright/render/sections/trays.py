"""Overhead trays of a hall: how full the fullest are, and each kind. What each takes with it. Reads trays, halls, tray_losses, fabrics."""

from __future__ import annotations

import polars as pl

from rackwright.render import hall
from rackwright.render.content import Content, Grid, show, whole
from rackwright.render.hall import metres
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "trays", "Trays", 40
_WORST = 20
_LOST = 10


def content(t: Tables) -> Content | None:
    """None without trays."""
    trays = hall.filled(t)
    if trays.is_empty():
        return None
    over = trays.filter(pl.col("share") > 1).height
    lead = [f"{trays.height:,} tray segments, {metres(float(trays['length_mm'].cast(pl.Int64).sum()))} together."]
    lead.append(f"{over:,} of them hold more than they may." if over else "None holds more than it may.")
    return Content(lead, [_kinds(trays), _worst(t, trays), *_losses(t)])


def of_hall(t: Tables, hall_id: int) -> Content | None:
    """Trays of one hall; None where it has none."""
    own = hall.filled(t).filter(pl.col("hall_id") == hall_id)
    return None if own.is_empty() else Content(grids=[_kinds(own), _worst(t, own)])


def _kinds(trays: pl.DataFrame) -> Grid:
    kinds = trays.group_by("kind").agg(
        pl.len().alias("n"),
        pl.col("length_mm").cast(pl.Int64).sum(),
        pl.col("share").mean().alias("mean"),
        pl.col("share").max().alias("most"),
        (pl.col("share") > 1).sum().alias("over"),
    )
    rows = [
        (k["kind"], whole(k["n"]), metres(float(k["length_mm"])), show(k["mean"], "1"), show(k["most"], "1"), whole(k["over"]))
        for k in kinds.sort("most", "kind", descending=[True, False]).iter_rows(named=True)
    ]
    heads = (("Kind", ""), ("Segments", "num"), ("Length", "num"), ("Mean fill", "num"), ("Fullest", "num"), ("Over full", "num"))
    return Grid("tray-kinds", "By kind", heads, rows, "Fill is of the cross section that a tray may hold, at its fullest point.")


def _losses(t: Tables) -> list[Grid]:
    """The segments with most servers whose links of a fabric all run through them; none where there are none."""
    lost = t["tray_losses"].filter((pl.col("tier") == 0) & (pl.col("devices") > 0))
    if lost.is_empty():
        return []
    worst = lost.sort(["devices", "fabric_id", "tray_id"], descending=[True, False, False]).head(_LOST)
    worst = worst.join(t["trays"], on="tray_id").join(t["fabrics"].select("fabric_id", "fabric"), on="fabric_id")
    halls = dict(t["halls"].select("hall_id", "name").iter_rows())
    rows = [
        (r["fabric"], str(r["tray_id"]), r["kind"], r["level"], r["side"] or "both", halls.get(r["hall_id"], "between halls"), whole(r["devices"]))
        for r in worst.sort(["devices", "fabric_id", "tray_id"], descending=[True, False, False]).iter_rows(named=True)
    ]
    heads = (("Fabric", ""), ("Tray", "num"), ("Kind", ""), ("Level", ""), ("Side", ""), ("Hall", ""), ("Servers cut off", "num"))
    note = f"Servers all of whose cables to a fabric run through one segment: the first of {lost.height:,} rows of table `tray_losses`."
    return [Grid("tray-losses", "What a tray takes with it", heads, rows, note)]


def _worst(t: Tables, trays: pl.DataFrame) -> Grid:
    halls = dict(t["halls"].select("hall_id", "name").iter_rows())
    row_of = {(h, r): n for h, r, n in t["hall_rows"].select("hall_id", "row", "name").iter_rows()}
    rows, marks = [], []
    for r in trays.sort("share", "tray_id", descending=[True, False]).head(_WORST).iter_rows(named=True):
        marks.append("bad" if r["share"] > 1 else "")
        where = halls.get(r["hall_id"], "between halls")
        along = row_of.get((r["hall_id"], r["row"]), "–")
        ends = f"{_point(r['a_x_mm'], r['a_y_mm'])} → {_point(r['b_x_mm'], r['b_y_mm'])}"
        areas = (f"{r['fill'] / 100:,.0f}", f"{r['capacity'] / 100:,.0f}")
        rows.append((str(r["tray_id"]), r["kind"], where, along, ends, whole(r["trays"]), *areas, show(r["share"], "1")))
    heads = (
        ("Tray", "num"),
        ("Kind", ""),
        ("Hall", ""),
        ("Row", ""),
        ("From → to, m", "code"),
        ("In parallel", "num"),
        ("Fill, mm²", "num"),
        ("May hold, mm²", "num"),
        ("Filled", "num"),
    )
    return Grid("fullest", f"The {len(rows)} fullest", heads, rows, marks=marks)


def _point(x: float, y: float) -> str:
    return f"{x / 1000:.1f}, {y / 1000:.1f}"
