"""What a reader must know before trusting the design: estimates, conflicting sources, choices of ours, facts of the user. Table `assumptions`."""

from __future__ import annotations

from itertools import groupby

import polars as pl

from rackwright.base.units import figure, show
from rackwright.build.cool import DROP_DESIGN_PA, RISE_DESIGN_K
from rackwright.schema.tables import Tables, frame
from rackwright.spec.rack import RackSpec

OURS = "Rackwright"


def assumptions(spec: RackSpec, t: Tables) -> pl.DataFrame:
    """One row per estimated, conflicting or user-given fact of a part in the design, per derived count, placed group and gap we filled."""
    rows = _facts(t) + _gaps(t) + _liquid(t) + _derived(t)
    order = ("user", "conflict", "derived", "estimated")
    rows.sort(key=lambda r: order.index(str(r["basis"])))
    return frame("assumptions", [{"line": i, **row} for i, row in enumerate(rows)])


def _facts(t: Tables) -> list[dict[str, object]]:
    spread = pl.col("low").is_not_null() & pl.col("high").is_not_null() & (pl.col("low") < pl.col("high"))
    written: dict[str, int] = {}
    for path, src in t["spans"].select("path", "src").iter_rows():
        written.setdefault(path, src)
    asked = dict(t["parts"].select("part", "src").iter_rows())
    rows = t["part_facts"].with_columns(is_spread=spread).filter(pl.col("is_spread") | pl.col("confidence").is_in(["estimated", "user"]))
    made: list[dict[str, object]] = []
    for f in rows.iter_rows(named=True):
        basis = f["confidence"] if f["confidence"] in ("user", "estimated") else "conflict"
        word = {"user": "given by you", "estimated": "an estimate", "conflict": "used"}[basis]
        text = f"{f['text']} is {word}"
        if f["is_spread"]:
            between = f"{_figure(f['low'], f)} to {_figure(f['high'], f)}"
            text += f"; sources give {between}" if basis != "estimated" else f" within {between}"
        if f["note"]:
            text += f" ({f['note']})"
        made.append(
            {
                "basis": basis,
                "subject": f"{f['part']} {f['fact']}",
                "statement": text,
                "source": f"{f['source']}, {f['source_date']}",
                "src": written.get(f"overrides.{f['part']}.{f['fact']}", asked[f["part"]]),
            }
        )
    return made


def _figure(value: float, fact: dict[str, str]) -> str:
    """A bound in the way its fact is written: a ratio in per cent only where the fact is."""
    unit = fact["unit"] or ""
    return figure(value) if unit in ("", "1") and "%" not in fact["text"] else show(value, unit)


def _gaps(t: Tables) -> list[dict[str, object]]:
    """Facts nobody gave, and what stood in for them."""
    frames: dict[str, int] = {}
    others: dict[str, int] = {}
    for used, table in ((frames, "racks"), (others, "devices")):
        for part, src in t[table].select("part", "src").iter_rows():
            used.setdefault(part, src)
    trays = {part: src for part, src in others.items() if part not in frames}
    return [
        {"basis": "estimated", "subject": f"{part} {fact}", "statement": text, "source": OURS, "src": src}
        for fact, text, parts in (
            ("mass", "mass is not known and counts as 0 kg", frames | trays),
            ("width", "width is not known; the frame's usable width is used", trays),
            ("depth", "depth is not known; 80 % of the frame's depth is used", trays),
        )
        for part, src in parts.items()
        if t.fact(part, fact) is None
    ]


def _liquid(t: Tables) -> list[dict[str, object]]:
    trays: dict[str, int] = {}
    for part, src in t["devices"].filter(pl.col("heat_liquid_w") > 0).select("part", "src").iter_rows():
        trays.setdefault(part, src)
    if not trays or t["coolant_loops"].is_empty():
        return []
    made: list[dict[str, object]] = []
    unknown = {part: src for part, src in trays.items() if t.fact(part, "coolant_drop_design") is None}
    for part, src in unknown.items():
        text = f"pressure drop of the tray is not known; {show(DROP_DESIGN_PA, 'Pa')} at a rise of {show(RISE_DESIGN_K, 'K')} is used"
        made.append({"basis": "estimated", "subject": f"{part} coolant_drop_design", "statement": text, "source": OURS, "src": src})
    for part, src in ((p, s) for p, s in trays.items() if p not in unknown and t.fact(p, "coolant_rise_design") is None):
        text = f"the rise at which the tray's pressure drop holds is not known; {show(RISE_DESIGN_K, 'K')} is used"
        made.append({"basis": "estimated", "subject": f"{part} coolant_rise_design", "statement": text, "source": OURS, "src": src})
    loop = t["coolant_loops"].row(0, named=True)
    made.append(
        {
            "basis": "estimated",
            "subject": "coolant inside the trays",
            "source": OURS,
            "src": loop["src"],
            "statement": "its volume is not known; mass and bill hold the coolant of hoses and manifold only",
        }
    )
    made.append(
        {
            "basis": "derived",
            "subject": "manifold",
            "source": OURS,
            "src": t.input_src("cooling.manifold"),
            "statement": "stands behind the trays at the right; hoses attach where unit 1 begins"
            + (", the return hose above the last unit" if loop["is_reverse_return"] else ""),
        }
    )
    return made


def _derived(t: Tables) -> list[dict[str, object]]:
    made: list[dict[str, object]] = [
        {
            "basis": "derived",
            "subject": row["path"],
            "source": OURS,
            "src": row["src"],
            "statement": f"{row['text']}: {row['description'].removeprefix('Derived: ')}",
        }
        for row in t["inputs"].filter(pl.col("origin") == "derived").iter_rows(named=True)
    ]
    chosen = t["devices"].filter(pl.col("is_derived") & pl.col("position_u").is_not_null())
    stands: dict[str, tuple[list[int], int]] = {}
    for group, unit, src in chosen.select("group", "position_u", "src").iter_rows():
        stands.setdefault(group, ([], src))[0].append(unit)
    for group, (units, src) in stands.items():
        text = f"lowest units {ranges(sorted(units))} chosen by Rackwright; the spec gives none"
        made.append({"basis": "derived", "subject": f"place of {group}", "statement": text, "source": OURS, "src": src})
    shelves = t["devices"].filter(pl.col("kind") == "power-shelf")["src"]
    if shelves.len():
        text = "conversion loss, load x (1 / efficiency - 1), is shared equally among the shelves and goes into the air"
        made.append({"basis": "derived", "subject": "heat of power-shelf", "statement": text, "source": OURS, "src": shelves[0]})
    return made


def ranges(units: list[int]) -> str:
    """Sorted whole numbers as people write them: `1..4, 9`."""
    runs = [[u for _, u in g] for _, g in groupby(enumerate(units), lambda p: p[1] - p[0])]
    return ", ".join(f"{r[0]}..{r[-1]}" if len(r) > 1 else f"{r[0]}" for r in runs)
