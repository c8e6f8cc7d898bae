"""Arc-flash and shock labels of the equipment of a hall's power chain: A4 sheets of eight, and the same as rows for a label printer.

They hold what NFPA 70E 130.5(H) asks: nominal voltage, arc-flash boundary, incident energy with its working distance; clothing by its arc rating
and not by a category, which may not stand beside an energy. NEC 110.16 asks for the date the label was put on, which is written by hand. Where no
figure is known the label says so. Approach boundaries: NFPA 70E tables 130.4(E)(a) and (b), fixed parts; above 36 kV they are left to the table.

Reads arc_flashes, supply_nodes, supply_branches, supply_devices, supply_feeds, fault_levels, halls, hall_racks, inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from html import escape
from math import ceil

import numpy as np
import polars as pl

from rackwright.base.units import J_PER_CAL
from rackwright.export import cells, chain
from rackwright.export import only as choice
from rackwright.export.only import ChoiceError, Only
from rackwright.schema.supply import normal_ways
from rackwright.schema.tables import Tables

TITLE = "Arc-flash labels"
FOR = "electricians; any printer"
NEEDS = "power"
OF = ("hall",)
CHOICES = ("row", "rack")
ABOUT = "A4 pages of arc-flash and shock labels for switchgear, boards, UPS outputs and busways, and the same as rows"
MOST = 20_000  # labels of one file
NONE_HOLDS_CAL = 40.0
"""Incident energy above which no usual clothing is rated (NFPA 70E table 130.7(C)(15)(c))."""

COLUMNS, ROWS = 2, 4
WIDTH, HEIGHT = 99.1, 67.7  # mm; eight to a sheet of A4, as Avery L7165
_LEFT, _TOP, _STEP = 4.65, 13.1, 101.6
_PAGE = (210.0, 297.0)
_CHAR = 0.57  # mean advance of a bold sans face in em, on the wide side
_INCH = 25.4
# Greatest voltage, limited approach to fixed parts and restricted approach, inches; in feet and inches in the tables of NFPA 70E.
_AC = ((150.0, 42.0, None), (750.0, 42.0, 12.0), (15e3, 60.0, 26.0), (36e3, 72.0, 33.0))
_DC = ((300.0, 42.0, None), (1e3, 42.0, 12.0), (5e3, 60.0, 17.0))
_STYLE = """
@page { size: A4; margin: 0 }
body { margin: 0; background: #ddd; print-color-adjust: exact; -webkit-print-color-adjust: exact }
svg { display: block; width: 210mm; height: 297mm; margin: 4mm auto; background: #fff; break-after: page }
@media print { body { background: #fff } svg { margin: 0 } }
text { font-family: "DejaVu Sans", "Liberation Sans", Arial, sans-serif; fill: #000; font-size: 3px }
.word { font-size: 8px; font-weight: 700; text-anchor: middle } .risk { font-size: 3.3px; font-weight: 700; text-anchor: middle }
.name, .value { font-weight: 700 } .small { font-size: 2.2px; fill: #333 } .white { fill: #fff }
.cut { stroke: #999; stroke-width: .15; stroke-dasharray: 1.2 .8; fill: none } .line { stroke: #000; stroke-width: .2 }
.warning { fill: #f78f1e } .danger { fill: #c8102e } .sign { fill: #000; stroke: #000; stroke-width: .5; stroke-linejoin: round } .bolt { fill: #fff }
"""


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`arc-flash-labels.html` and `.csv` of all equipment, or of what feeds the rows and racks chosen. Raises UnknownNameError, ChoiceError."""
    if only.device or only.fabric or only.cable:
        raise ChoiceError("arc-flash labels are made for rows or racks, not for devices, fabrics or cables")
    chain.needed(t, "arc-flash-labels")
    rows = labels(t, only)
    if rows.height > MOST:
        raise ChoiceError(f"arc-flash labels of {rows.height:,} places are more than the {MOST:,} of one file; name a row or rack")
    yield f"arc-flash-labels{only.slug()}.html", partial(_made, t, rows)
    yield f"arc-flash-labels{only.slug()}.csv", lambda: cells.csv(rows)


def labels(t: Tables, only: Only = Only()) -> pl.DataFrame:  # noqa: B008  frozen
    """One row a label, as the chain goes from the utility to the racks. Raises UnknownNameError."""
    arcs = t["arc_flashes"]
    if only:
        arcs = arcs.filter(pl.col("node_id").is_in(_feeding(t, only).implode()))
    nodes = t["supply_nodes"].select("node_id", "name", "kind", "is_ac", "hall_id", "path", volts="voltage_nominal_v")
    ways = t["supply_devices"].join(t["supply_branches"].select("branch_id", way="name"), on="branch_id").select("device_id", "way")
    levels = t["fault_levels"].select("node_id", "current_max_a")
    halls = t["halls"].select("hall_id", hall="name")
    rows = arcs.sort("node_id")
    for frame, on in ((nodes, "node_id"), (ways, "device_id"), (levels, "node_id"), (halls, "hall_id")):
        rows = rows.join(frame, on=on, how="left", maintain_order="left")
    cal = pl.col("energy_j_cm2") / J_PER_CAL
    shock = [_boundary(rows, place) for place in (1, 2)]
    return rows.select(
        pl.when(cal.fill_null(np.inf) > NONE_HOLDS_CAL).then(pl.lit("DANGER")).otherwise(pl.lit("WARNING")).alias("Signal word"),
        pl.col("name").alias("Equipment"),
        pl.col("hall").alias("Hall"),
        pl.col("path").alias("Path"),
        pl.col("volts").alias("Nominal voltage, V"),
        pl.when("is_ac").then(pl.lit("AC, 3-phase")).otherwise(pl.lit("DC")).alias("System"),
        cal.round(4).alias("Incident energy, cal/cm2"),
        pl.when(pl.col("energy_j_cm2").is_not_null()).then("working_distance_mm").alias("Working distance, mm"),
        _least_rating(cal).alias("Arc rating of clothing at least, cal/cm2"),
        pl.col("boundary_mm").ceil().alias("Arc-flash boundary, mm"),
        shock[0].alias("Limited approach, mm"),
        shock[1].alias("Restricted approach, mm"),
        pl.col("current_max_a").round(0).alias("Greatest fault, A"),
        pl.col("clearing_s").round(3).alias("Arc burns, s"),
        pl.when(~pl.col("is_capped")).then("way").alias("Cleared by the device of"),
        pl.col("note").alias("Note"),
    )


def _feeding(t: Tables, only: Only) -> pl.Series:
    """Nodes that feed the racks chosen with everything in service."""
    feeds = t["supply_feeds"]
    racks = choice.racks(t, only)["rack_id"]
    parent, _ = normal_ways(t)
    on = feeds["rack_id"].is_in(racks.implode()).cast(pl.Float64).to_numpy()[:, None]
    return pl.Series(np.flatnonzero(chain.below(parent, feeds["node_id"].to_numpy(), on)[:, 0] > 0))


def _least_rating(cal: pl.Expr) -> pl.Expr:
    """Energy rounded up to a tenth; nothing where none is needed (1.2 cal/cm2 and less) or none holds it."""
    return pl.when((cal > 1.2) & (cal <= NONE_HOLDS_CAL)).then(((cal * 10 - 1e-9).ceil() / 10).round(1))


def _boundary(rows: pl.DataFrame, place: int) -> pl.Series:
    """Mm of the limited (1) or restricted (2) approach; null: none given."""

    def of(volts: float, is_ac: bool) -> int | None:
        found = next((x for x in (_AC if is_ac else _DC) if volts <= x[0]), None)
        inches = found[place] if found else None
        return None if inches is None else ceil(inches * _INCH)

    return pl.Series([of(v, ac) for v, ac in rows.select("volts", "is_ac").iter_rows()], dtype=pl.Int64)


def _made(t: Tables, rows: pl.DataFrame) -> bytes:
    return page(rows, t.input_text("hall"), t.input_text("revision") or "draft").encode()


def page(rows: pl.DataFrame, hall: str, revision: str) -> str:
    """All sheets of `labels` as one HTML page."""
    shown, each = rows.to_dicts(), COLUMNS * ROWS
    pages = []
    for first in range(0, len(shown), each):
        parts = [_label(r, f"{hall} · revision {revision}", i % COLUMNS, i // COLUMNS) for i, r in enumerate(shown[first : first + each])]
        number = f"{first // each + 1} of {-(-len(shown) // each)}"
        head = f'<text class="small" x="{_LEFT}" y="8">{escape(hall)} · arc-flash labels · sheet {number} · 99.1 × 67.7 mm · print at 100 %</text>'
        pages.append(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_PAGE[0]:g} {_PAGE[1]:g}">{head}{"".join(parts)}</svg>')
    title = escape(f"Arc-flash labels, {hall}")
    start = f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>\n'
    return start + "\n".join(pages) + "\n</html>\n"


def _label(row: dict[str, object], foot: str, column: int, line: int) -> str:
    """One label at its place: signal word, equipment, figures, what is behind them."""
    x, y = _LEFT + column * _STEP, _TOP + line * HEIGHT
    word, left, right, middle = str(row["Signal word"]), x + 4, x + WIDTH - 4, x + WIDTH / 2
    is_danger = word == "DANGER"
    white = " white" if is_danger else ""
    name = str(row["Equipment"])
    parts = [
        f'<rect class="cut" x="{x:g}" y="{y:g}" width="{WIDTH:g}" height="{HEIGHT:g}"/>',
        f'<rect class="{word.lower()}" x="{x + 2:g}" y="{y + 2:g}" width="{WIDTH - 4:g}" height="11"/>',
        f'<path class="sign" d="M{middle - 34:g} {y + 11.3:g}l4.6 -7.8l4.6 7.8z"/>',
        f'<path class="bolt" d="M{middle - 28.6:g} {y + 5.2:g}l-2.2 3h1.5l-.9 2.4l2.6 -3.2h-1.5z"/>',
        f'<text class="word{white}" x="{middle + 4:g}" y="{y + 10.4:g}">{word}</text>',
        f'<text class="risk" x="{middle:g}" y="{y + 17.2:g}">Arc flash and shock hazard</text>',
        f'<text class="name" x="{left:g}" y="{y + 22.6:g}" style="font-size:{_fitting(name, right - left, 4.2)}px">{escape(name)}</text>',
        f'<path class="line" d="M{left:g} {y + 24.2:g}H{right:g}"/>',
    ]
    for i, (what, value) in enumerate(_figures(row)):
        at = y + 28.2 + 4.0 * i
        size = _fitting(value, right - left - 37, 3.0)
        parts.append(f'<text x="{left:g}" y="{at:g}">{what}</text>')
        parts.append(f'<text class="value" x="{left + 37:g}" y="{at:g}" style="font-size:{size}px">{escape(value)}</text>')
    below = f"{foot} · IEEE 1584-2018" if row["System"] != "DC" else f"{foot} · DC by greatest arc power"
    parts.append(f'<path class="line" d="M{left:g} {y + 59.6:g}H{right:g}"/>')
    parts.append(f'<text class="small" x="{left:g}" y="{y + 62.4:g}" style="font-size:{_fitting(below, right - left, 2.2)}px">{escape(below)}</text>')
    parts.append(f'<text class="small" x="{left:g}" y="{y + 65.6:g}">Put on (date, by): ______________________________________</text>')
    return f"<g>{''.join(parts)}</g>"


def _figures(row: dict[str, object]) -> list[tuple[str, str]]:
    volts, energy, burns = row["Nominal voltage, V"], row["Incident energy, cal/cm2"], row["Arc burns, s"]
    assert isinstance(volts, float)
    found = [("Nominal voltage", f"{volts / 1e3:g} kV {row['System']}" if volts >= 1e3 else f"{volts:g} V {row['System']}")]
    if not isinstance(energy, float):
        found += [("Incident energy", "not known: do not work on it energized"), ("Why", str(row["Note"]))]
    else:
        rating = row["Arc rating of clothing at least, cal/cm2"]
        clothing = "none holds it: do not work energized" if energy > NONE_HOLDS_CAL else f"{rating} cal/cm² at least" if rating else "none asked for"
        found += [
            ("Incident energy", f"{_up(energy):.1f} cal/cm² at {_length(row['Working distance, mm'])}"),
            ("Arc rating of clothing", clothing),
            ("Arc-flash boundary", _length(row["Arc-flash boundary, mm"])),
        ]
    shock = [(what, _length(row[f"{what}, mm"])) for what in ("Limited approach", "Restricted approach") if row[f"{what}, mm"]]
    found += shock or [("Shock approach", "NFPA 70E table 130.4(E)")]
    fault = row["Greatest fault, A"]
    if isinstance(fault, float):
        found.append(("Greatest fault", f"{fault / 1e3:.1f} kA"))
    if isinstance(burns, float):
        by = row["Cleared by the device of"]
        found.append(("Arc ends", f"in {burns:.2g} s, by {by}" if by else f"not sooner than {burns:.2g} s"))
    return found


def _up(energy: float) -> float:
    """To the next tenth."""
    return ceil(energy * 10 - 1e-6) / 10


def _length(mm: object) -> str:
    """In the units of the label's reader, metres first."""
    assert isinstance(mm, int | float)
    return f"{mm / 1000:.2f} m ({ceil(mm / _INCH - 0.05)} in)"


def _fitting(text: str, room: float, most: float) -> str:
    """Size of a face in mm that holds the text in so many mm."""
    return f"{min(most, room / (_CHAR * 1.15 * max(len(text), 1))):.2f}"
