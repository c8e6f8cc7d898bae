"""Busbar along the height: current in every section, voltage at every clip, loading of every connector; normal and worst required case.

Reads power_nodes, power_branches, power_cases, the power states, devices, racks, parts, part_facts.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rackwright.base import units
from rackwright.render import rack
from rackwright.render.charts import Scale, across, extent, heading, ticks
from rackwright.render.scene import Canvas, Scene
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "busbar_profile", "Busbar along the height", "power", 2
_TOP, _HEIGHT = 62.0, 640.0


@dataclass(frozen=True, slots=True)
class _Cases:
    """Ids of the normal case and of the solved cases the rack must survive; what the latter are called."""

    normal: int
    worst: list[int]

    @property
    def title(self) -> str:
        """Words for the envelope of the required cases."""
        return f"worst of {len(self.worst)} required case{'s' * (len(self.worst) != 1)}"


def draw(t: Tables) -> Scene | None:
    """Three panels beside a strip of the rack. None without busbar sections or load flow."""
    sections = _sections(t)
    states = t["power_branch_states"]
    if sections.is_empty() or states.is_empty():
        return None
    frame = rack.frame_of(t)
    y_of = Scale(0, frame.height, _TOP + _HEIGHT, _TOP)
    cases = _cases(t)
    canvas = Canvas()
    rack.strip(canvas, t, 34, y_of)
    _currents(canvas, sections, states, cases, y_of, 174, 272)
    _voltages(canvas, t, cases, y_of, 492, 192)
    _clips(canvas, t, cases, y_of, 728, 200)
    entries = [("bar", "normal")] + ([("dot-worst", cases.title)] if cases.worst else [])
    bottom = _legend(canvas, entries, 174, _TOP + _HEIGHT + 54)
    normal = states.filter((pl.col("case_id") == cases.normal) & pl.col("branch_id").is_in(sections["branch_id"].implode()))
    peak = extent(normal["current_a"].abs())[1]
    about = f"{sections.height} busbar sections, greatest current {peak:,.0f} A in normal operation"
    notes = (("rack", frame.name), ("sections", str(sections.height)), ("current", "up positive"))
    return Scene(NAME, TITLE, about, 940, bottom, "px", 1.0, canvas.frame(), notes)


def _sections(t: Tables) -> pl.DataFrame:
    """Busbar sections with the heights of their ends, bottom up."""
    z = t["power_nodes"].filter(pl.col("z_mm").is_not_null()).select("node_id", "z_mm")
    return (
        t["power_branches"]
        .filter(pl.col("kind") == "busbar")
        .join(z.rename({"node_id": "a_node_id", "z_mm": "z0"}), on="a_node_id")
        .join(z.rename({"node_id": "b_node_id", "z_mm": "z1"}), on="b_node_id")
        .sort("z0", "branch_id")
    )


def _cases(t: Tables) -> _Cases:
    solved = t["power_case_states"].filter("is_solved")["case_id"].to_list()
    cases = t["power_cases"].filter(pl.col("case_id").is_in(solved))
    normal = cases.filter(pl.col("kind") == "normal")["case_id"].to_list() or [0]
    return _Cases(normal[0], cases.filter(pl.col("is_required") & (pl.col("kind") != "normal"))["case_id"].to_list())


def _legend(canvas: Canvas, entries: list[tuple[str, str]], x: float, y: float) -> float:
    for css, text in entries:
        if css == "bar":
            canvas.rect("legend", x, y - 5, 10, 10, css)
        else:
            canvas.line("legend", x - 4, y, x + 14, y, "worst")
        canvas.text("legend", x + 18, y, text, 10, "t soft")
        x += 90
    return y + 18


def _currents(canvas: Canvas, sections: pl.DataFrame, states: pl.DataFrame, cases: _Cases, y_of: Scale, x: float, width: float) -> None:
    rows = sections.join(
        states.filter(pl.col("case_id") == cases.normal).select("branch_id", "current_a"), on="branch_id", how="left", maintain_order="left"
    )
    worst = (
        states.filter(pl.col("case_id").is_in(cases.worst)).group_by("branch_id").agg(least=pl.col("current_a").min(), most=pl.col("current_a").max())
    )
    rows = rows.join(worst, on="branch_id", how="left", maintain_order="left").with_columns(pl.col("current_a").fill_null(0.0))
    peak = max(float(rows.select(pl.max_horizontal(pl.col("current_a", "least", "most").abs().max())).item() or 1.0), 1.0)
    rating = rows["current_rated_a"].max()
    limit = float(rating) if isinstance(rating, (int, float)) else None
    note = "no rating known" if limit is None else f"rating {units.show(limit, 'A')}" + ("" if limit <= 3 * peak else ", beyond the scale")
    reach = max(peak, limit if limit is not None and limit <= 3 * peak else 0.0) * 1.02
    heading(canvas, x, 20, width, "Section current", f"up positive; {note}")
    scale = across(canvas, x, width, y_of.end, y_of.start, ticks(-reach, reach, 7), "A")
    for row in rows.iter_rows(named=True):
        y, at = y_of(row["z1"]), scale(row["current_a"])
        tip = f"{row['name']}: {row['current_a']:,.0f} A" + (f" of {row['current_rated_a']:,.0f} A" if row["current_rated_a"] else "")
        if row["most"] is not None:
            tip += f"; {row['least']:,.0f} to {row['most']:,.0f} A in required cases"
        height = max(y_of(row["z0"]) - y, 0.5)
        canvas.rect("sections", min(at, scale(0)), y, abs(at - scale(0)), height, "bar", tip, f"power_branches:{row['name']}")
    for column in ("least", "most"):
        known = rows.filter(pl.col(column).is_not_null())
        points = [(scale(row[column]), y_of(row[z])) for row in known.iter_rows(named=True) for z in ("z0", "z1")]
        if points:
            canvas.path("worst", points, "worst")
    if limit is not None and limit <= 3 * peak:
        for at in (-limit, limit):
            canvas.line("limits", scale(at), y_of.end, scale(at), y_of.start, "limit", f"rating {limit:,.0f} A")


def _voltages(canvas: Canvas, t: Tables, cases: _Cases, y_of: Scale, x: float, width: float) -> None:
    nodes = t["power_nodes"].filter((pl.col("kind") == "busbar") & pl.col("z_mm").is_not_null()).select("node_id", "name", "z_mm", "voltage_min_v")
    rows = nodes.join(t["power_node_states"], on="node_id").filter(pl.col("voltage_v").is_not_null())
    normal = rows.filter(pl.col("case_id") == cases.normal).sort("z_mm")
    worst = rows.filter(pl.col("case_id").is_in(cases.worst)).group_by("node_id", "name", "z_mm").agg(pl.col("voltage_v").min()).sort("z_mm")
    both = pl.concat([normal["voltage_v"], worst["voltage_v"]])
    if both.is_empty():
        return
    low, high = extent(both)
    least = nodes["voltage_min_v"].max()
    limit = float(least) if isinstance(least, (int, float)) else None
    is_near = limit is not None and low - limit < 4 * max(high - low, 0.05)
    note = "" if limit is None else f"least allowed {units.show(limit, 'V')}" + ("" if is_near else ", off the scale")
    heading(canvas, x, 20, width + 20, "Busbar voltage", note)
    start = min(low, limit) if limit is not None and is_near else low
    scale = across(canvas, x, width, y_of.end, y_of.start, ticks(start - 0.005, high + 0.005, 5), "V")
    for frame, css in ((worst, "worst"), (normal, "normal")):
        points = [(scale(v), y_of(z)) for v, z in frame.select("voltage_v", "z_mm").iter_rows()]
        if len(points) > 1:
            canvas.path("voltage", points, css)
    for row in normal.iter_rows(named=True):
        canvas.circle(
            "voltage",
            scale(row["voltage_v"]),
            y_of(row["z_mm"]),
            2.6,
            "dot",
            f"{row['name']}: {row['voltage_v']:.3f} V",
            f"power_nodes:{row['name']}",
        )
    if limit is not None and is_near:
        canvas.line("limits", scale(limit), y_of.end, scale(limit), y_of.start, "limit", f"least allowed {limit:g} V")


def _clips(canvas: Canvas, t: Tables, cases: _Cases, y_of: Scale, x: float, width: float) -> None:
    z = t["devices"].filter(pl.col("z_mm").is_not_null()).select("device_id", device="name", z_mm=pl.col("z_mm") + pl.col("height_mm") / 2)
    clips = t["power_branches"].filter(pl.col("kind") == "clip").select("branch_id", "device_id", "current_rated_a").join(z, on="device_id")
    rows = clips.join(t["power_branch_states"], on="branch_id").filter(pl.col("loading").is_not_null())
    if rows.is_empty():
        heading(canvas, x, 20, width, "Connector loading", "no rating known")
        return
    heading(canvas, x, 20, width, "Connector loading", "current over continuous rating")
    normal = rows.filter(pl.col("case_id") == cases.normal).sort("z_mm")
    worst = rows.filter(pl.col("case_id").is_in(cases.worst)).group_by("branch_id", "device", "z_mm").agg(pl.col("loading").max()).sort("z_mm")
    top = max(1.0, extent(pl.concat([normal["loading"], worst["loading"]]))[1])
    scale = across(canvas, x, width, y_of.end, y_of.start, [100 * m for m in ticks(0, top * 1.02, 6)], "% of rating")
    canvas.line("limits", scale(100), y_of.end, scale(100), y_of.start, "limit", "continuous rating")
    for row in worst.iter_rows(named=True):
        canvas.line(
            "clips",
            scale(100 * row["loading"]),
            y_of(row["z_mm"]) - 4,
            scale(100 * row["loading"]),
            y_of(row["z_mm"]) + 4,
            "worst",
            f"{row['device']}: {100 * row['loading']:.0f} % in the worst required case",
        )
    for row in normal.iter_rows(named=True):
        tip = (
            f"{row['device']}: {row['current_a']:,.0f} A of {row['current_rated_a']:,.0f} A"
            if row["current_rated_a"]
            else f"{row['device']}: {row['current_a']:,.0f} A"
        )
        y = y_of(row["z_mm"])
        canvas.rect("clips", x, y - 2, max(scale(100 * row["loading"]) - x, 0.5), 4, "bar", tip, f"devices:{row['device']}")
