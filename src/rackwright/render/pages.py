"""Pages beside the report of a hall: one for each hall, with every rack and tray of it, and one for each rack design. The report leads to them by
plain links, so that it stays small, and they are read only when they are opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import polars as pl
from markupsafe import Markup

from rackwright.render.content import Content, Grid
from rackwright.render.drawings import elevation, floor_plan
from rackwright.render.mark import Mark
from rackwright.render.report import Page, part, rendered, sections
from rackwright.render.scene import Scene
from rackwright.render.sections import cables, findings, trays
from rackwright.render.viewer.files import PAGE
from rackwright.schema.tables import Tables

FOLDER = "report"
_OF_RACK = ("figures", "findings", "elevations", "power", "cooling", "cables", "bom")  # sections of the report that tell what stands in a rack


@dataclass(frozen=True, slots=True)
class Beside:
    """A page beside the report: its path in the package, its name, and what it is about in a few words."""

    path: str
    name: str
    about: str
    make: Callable[[], bytes]


def pages(t: Tables, designs: Mapping[str, Tables], mark: Mark, drawn: Mapping[str, Scene]) -> list[Beside]:
    """Pages of halls, then of rack designs; none for a rack, whose report holds all. `drawn`: drawings of the report; its plan is taken over."""
    return [*_halls(t, mark, drawn), *_racks(t, designs, mark)]


def _halls(t: Tables, mark: Mark, drawn: Mapping[str, Scene]) -> Iterator[Beside]:
    first = t["halls"]["hall_id"].min()
    for hall_id, name, racks in t["halls"].sort("hall_id").select("hall_id", "name", "racks").iter_rows():
        plan = drawn.get(floor_plan.NAME) if hall_id == first else None
        yield Beside(f"{FOLDER}/hall-{hall_id + 1:02d}.html", name, f"{racks:,} racks", partial(_hall, t, hall_id, name, mark, plan))


def _hall(t: Tables, hall_id: int, name: str, mark: Mark, plan: Scene | None) -> bytes:
    plan = plan or floor_plan.draw(t, hall_id)
    found = t["findings"].filter(_is_of(pl.col("subject"), name))
    parts = [part("findings", findings.TITLE, findings.content(t.put({"findings": found})))] if found.height else []
    parts += [part("floor", "Plan", None, [plan] if plan else []), part("racks", "Racks", _rack_rows(t, hall_id))]
    if of_trays := trays.of_hall(t, hall_id):
        parts.append(part("trays", trays.TITLE, of_trays))
    return rendered(Page(name, "hall", f"Hall of {mark.name}", up="../report.html"), mark, parts).encode()


def _is_of(subject: pl.Expr, hall: str) -> pl.Expr:
    """Whether a finding is about a hall or something in it: `H01`, `H01.AA03`."""
    return (subject == hall) | subject.str.starts_with(f"{hall}.")


def _racks(t: Tables, designs: Mapping[str, Tables], mark: Mark) -> Iterator[Beside]:
    for i, name, racks in t["designs"].sort("design_id").select("design_id", "design", "racks").iter_rows():
        if name in designs:
            yield Beside(_of_design(i), name, f"rack design, {racks:,} racks", partial(_rack, designs[name], name, mark))


def _of_design(design_id: int) -> str:
    return f"{FOLDER}/rack-{design_id + 1:02d}.html"


def _rack(t: Tables, name: str, mark: Mark) -> bytes:
    parts = []
    for section in sections():
        if section.name in _OF_RACK:
            drawing = elevation.draw(t) if section.name == elevation.SECTION else None
            content = section.content(t)
            if content is not None and section.name == cables.NAME:
                content = replace(content, lead=content.lead[:1])  # the rest is of files that a package of the rack has
            if content is not None or drawing is not None:
                parts.append(part(section.name, section.title, content, [drawing] if drawing else []))
    return rendered(Page(name, "rack", f"Rack design of {mark.name}", up="../report.html"), mark, parts).encode()


def _rack_rows(t: Tables, hall_id: int) -> Content:
    """Every rack of a hall as a row: made column by column, as a campus has ten thousand."""
    racks = t["hall_racks"].filter(pl.col("hall_id") == hall_id).sort("row", "position")
    designs = t["designs"].select("design_id", "design", path=pl.format("rack-{}.html", (pl.col("design_id") + 1).cast(pl.String).str.zfill(2)))
    inside = _switches(t["fabric_switches"].filter(pl.col("rack_id").is_in(racks["rack_id"].implode())))
    rows = racks.join(designs, on="design_id", how="left", maintain_order="left").join(inside, on="rack_id", how="left", maintain_order="left")
    link = pl.format('<a href="{}">{}</a>', "path", _safe("design"))
    what = pl.when(pl.col("design_id").is_null()).then(_safe(pl.col("switches").fill_null("switch rack"))).otherwise(link)
    unit = (pl.col("pod") + 1).cast(pl.String).fill_null("–")
    seen = pl.format('<a href="../{}#rack&amp;rack={}" aria-label="{} in the viewer">front, rear, cables</a>', pl.lit(PAGE), "rack_id", _safe("name"))
    numbers = [_number(pl.col(c) / 1000, 1) for c in ("power_w", "heat_liquid_w", "heat_air_w")] + [_number(pl.col("mass_kg"), 0)]
    cells = [
        pl.format('<th scope="row" class="code">{}</th><td class="num">{}</td><td class="wide">{}</td>', _safe("name"), unit, what),
        *(pl.format('<td class="num">{}</td>', n) for n in numbers),
        pl.format("<td>{}</td>", seen),
    ]
    made = rows.select(pl.concat_str(pl.format('<tr id="r-{}">', "rack_id"), *cells, pl.lit("</tr>")))
    switches = racks["design_id"].null_count()
    lead = [f"{racks.height - switches:,} racks and {switches:,} of switches, row by row. Cables stand in the sheets of their unit under cut-sheets."]
    numbered = [(h, "num") for h in ("Power, kW", "Liquid, kW", "Air, kW", "Mass, kg")]
    heads = [("Rack", "code"), ("Unit", "num"), ("What it is", "wide"), *numbered, ("In the viewer", "")]
    grid = Grid("racks", "Every rack", heads, (), is_searchable=True)
    return Content(lead, [grid], {"rows": Markup("\n".join(made.to_series()))})


def _switches(switches: pl.DataFrame) -> pl.DataFrame:
    """rack_id, and its switches in words: `32 × nvidia/q3400, 2 × nvidia/sn2201`."""
    counts = switches.group_by("rack_id", "part").len().sort("rack_id", "len", "part", descending=[False, True, False])
    words = pl.format("{} × {}", "len", "part").str.join(", ")
    return counts.group_by("rack_id", maintain_order=True).agg(words.alias("switches"))


def _number(value: pl.Expr, digits: int) -> pl.Expr:
    shown = value.round(digits)
    text = shown.cast(pl.Int64).cast(pl.String).str.replace_all(r"(\d)(\d{3})$", "$1,$2") if digits == 0 else shown.cast(pl.String)
    return pl.when(value.is_null() | (value == 0)).then(pl.lit("–")).otherwise(text)


def _safe(text: str | pl.Expr) -> pl.Expr:
    """Text that cannot leave its cell or attribute."""
    made = (pl.col(text) if isinstance(text, str) else text).str.replace_all(r"[\x00-\x1f\x7f]+", " ")
    for sign, name in (("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot"), ("'", "#39")):
        made = made.str.replace_all(sign, f"&{name};", literal=True)
    return made
