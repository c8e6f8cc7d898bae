"""One-line diagram of the rack's power: feeds, whips with breakers, shelves or PDUs with their loading, busbar or cords, groups of loads.

Figures are those of the normal case. Reads power_nodes, power_branches, power_cases, the power states, devices, racks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from rackwright.base import units
from rackwright.render.charts import extent, heading
from rackwright.render.rack import ROLES, feed_classes
from rackwright.render.scene import Canvas, Scene, fit, text_width
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "power_one_line", "Power one-line", "power", 1
_Classes = Mapping[str | None, str]
_TOP, _PITCH, _BOX, _FEED_PITCH = 40.0, 54.0, 40.0, 124.0
_FEED, _SOURCE, _BUS, _LOAD = 64.0, 322.0, 640.0, 720.0
_WIDTH = 960.0


@dataclass(frozen=True, slots=True)
class _Source:
    """A shelf or PDU with what the normal case says of it; `y` is its middle."""

    row: dict[str, object]
    y: float
    whips: pl.DataFrame
    output_a: float
    output_w: float
    rated_w: float | None


@dataclass(frozen=True, slots=True)
class _Group:
    """Loads of one group: how many, what they draw together; `devices` are their ids. A note stands in place of the figures."""

    name: str
    count: int
    role: str
    devices: pl.Series
    power_w: float
    current_a: float
    note: str = ""


def draw(t: Tables) -> Scene | None:
    """Left to right from the feeds to the groups. None without shelves or PDUs."""
    supplies = t["devices"].filter(pl.col("role").is_in(["power", "pdu"]))
    if supplies.is_empty():
        return None
    states = t["power_branch_states"].filter(pl.col("case_id") == _normal(t)).select("branch_id", "current_a", "power_a_w", "power_b_w", "loading")
    branches = t["power_branches"].join(states, on="branch_id", how="left", maintain_order="left")
    feeds = t["power_nodes"].filter(pl.col("kind") == "feed").sort("feed")
    groups = _groups(t, branches)
    bottom = _TOP + max(supplies.height * _PITCH, len(groups) * _PITCH, feeds.height * _FEED_PITCH)
    sources = _sources(t, supplies, branches, bottom)
    is_dc = not branches.filter(pl.col("kind") == "shelf").is_empty()
    canvas, css_of = Canvas(), feed_classes(t)
    titles = ((12.0, "Feeds"), (_SOURCE, "Power shelves" if is_dc else "PDUs"), (_BUS - 40, "Busbar" if is_dc else "Cords"), (_LOAD, "Loads"))
    for x, title in titles:
        heading(canvas, x, 18, 230, title)
    _feeds(canvas, css_of, feeds, branches, sources, bottom)
    for source in sources:
        _source(canvas, css_of, source)
    ys = [_TOP + (bottom - _TOP) * (i + 0.5) / len(groups) for i in range(len(groups))]
    if is_dc:
        _bus(canvas, t, sources, ys)
    else:
        _cords(canvas, t, css_of, sources, groups, ys, branches)
    for group, y in zip(groups, ys, strict=True):
        _load(canvas, group, y)
    about = f"{feeds.height} feeds, {len(sources)} {'shelves' if is_dc else 'PDUs'}, {len(groups)} groups of loads; figures of the normal case"
    return Scene(NAME, TITLE, about, _WIDTH, bottom + 24, "px", 1.0, canvas.frame(), (("rack", str(t["racks"]["name"][0])), ("case", "normal")))


def _normal(t: Tables) -> int:
    rows = t["power_cases"].filter(pl.col("kind") == "normal")["case_id"]
    return int(rows[0]) if rows.len() else 0


def _sources(t: Tables, supplies: pl.DataFrame, branches: pl.DataFrame, bottom: float) -> list[_Source]:
    """Shelves or PDUs from the top of the rack down, spread over the height of the drawing."""
    devices = supplies.sort("z_mm", "device_id", descending=[True, False], nulls_last=True)
    found: list[_Source] = []
    pitch = (bottom - _TOP) / max(devices.height, 1)
    for row in devices.iter_rows(named=True):
        node = t["power_nodes"].filter((pl.col("device_id") == row["device_id"]) & pl.col("kind").is_in(["shelf", "pdu"]) & pl.col("is_ac"))[
            "node_id"
        ]
        whips = branches.filter((pl.col("kind") == "whip") & pl.col("b_node_id").is_in(node.implode()))
        made = branches.filter((pl.col("kind") == "shelf") & (pl.col("device_id") == row["device_id"]))
        cords = branches.filter((pl.col("kind") == "cord") & pl.col("a_node_id").is_in(node.implode()))
        out = made if made.height else cords
        rated = made["power_rated_w"].sum() if made.height else t.fact(str(row["part"]), "power_rated")
        column = "power_b_w" if made.height else "power_a_w"
        found.append(
            _Source(
                row,
                _TOP + (len(found) + 0.5) * pitch,
                whips,
                float(out["current_a"].sum() or 0.0),
                float(out[column].sum() or 0.0),
                float(rated) if rated else None,
            )
        )
    return found


def _groups(t: Tables, branches: pl.DataFrame) -> list[_Group]:
    """Loads by group, highest in the rack first; batteries last."""
    ends = branches.filter(pl.col("kind").is_in(["clip", "cord"])).group_by("device_id").agg(pl.col("current_a").abs().sum())
    loads = t["devices"].filter(~pl.col("role").is_in(["power", "pdu", "blank", "battery"]) & (pl.col("power_max_w") > 0))
    found = []
    for (name,), rows in (
        loads.join(ends, on="device_id", how="left").sort("z_mm", descending=True, nulls_last=True).group_by(["group"], maintain_order=True)
    ):
        power, amps = (float(rows[c].fill_null(0.0).sum()) for c in ("power_max_w", "current_a"))
        found.append(_Group(str(name), rows.height, str(rows["role"][0]), rows["device_id"], power, amps))
    cells = t["devices"].filter(pl.col("role") == "battery")
    if cells.height:
        found.append(_Group("battery", cells.height, "battery", cells["device_id"], 0.0, 0.0, _ride(t)))
    return found


def _ride(t: Tables) -> str:
    state = t["power_case_states"].filter((pl.col("case_id") == _normal(t)) & pl.col("ride_through_s").is_not_null())
    return f"ride-through {units.show(float(state['ride_through_s'][0]), 's')}" if state.height else "battery"


def _feeds(canvas: Canvas, css_of: _Classes, feeds: pl.DataFrame, branches: pl.DataFrame, sources: list[_Source], bottom: float) -> None:
    """A source symbol per feed, a trunk of its own, and one drop per shelf or PDU."""
    names = dict(feeds.select("node_id", "feed").iter_rows())
    gap = min(_FEED_PITCH, (bottom - _TOP) / max(len(names), 1))
    middle = (_TOP + bottom) / 2
    for i, row in enumerate(feeds.iter_rows(named=True)):
        css, y = css_of.get(row["feed"], "other"), middle + (i - (len(names) - 1) / 2) * gap
        mine = [s for s in sources if row["node_id"] in s.whips["a_node_id"].to_list()]
        trunk = _FEED + 52 + 13 * (len(names) - 1 - i)
        drawn = branches.filter((pl.col("kind") == "whip") & (pl.col("a_node_id") == row["node_id"]))["power_a_w"].sum() or 0.0
        canvas.text("feed", _FEED - 24, y - 31, f"feed {row['feed']}", 11, "t strong", "start")
        canvas.text("feed", _FEED - 24, y + 31, f"{row['voltage_nominal_v']:g} V AC", 10, "t soft", "start")
        canvas.text("feed", _FEED - 24, y + 44, units.show(float(drawn), "W"), 10, "t soft", "start")
        for s in mine:
            canvas.line("whips", trunk, s.y, _SOURCE, s.y, css, ref=f"power_nodes:{s.row['name']}")
            _breaker(canvas, s, css)
        if mine:
            ends = [s.y for s in mine] + [y]
            canvas.line("whips", _FEED + 16, y, trunk, y, css)
            canvas.line("whips", trunk, min(ends), trunk, max(ends), css)
        canvas.circle("feed", _FEED - 4, y, 18, "open", f"feed {row['feed']}", f"power_nodes:{row['name']}")
        canvas.path(
            "feed",
            [(_FEED - 14 + k, y + dy) for k, dy in ((0, 0), (2.5, -5), (5, -6.5), (7.5, -5), (10, 0), (12.5, 5), (15, 6.5), (17.5, 5), (20, 0))],
            css,
        )


def _breaker(canvas: Canvas, s: _Source, css: str) -> None:
    """The breaker of a whip: a crossed square on the line, its rating above and the current below."""
    x, amps = 216.0, s.whips["breaker_a"].drop_nulls()
    canvas.rect("breakers", x - 6, s.y - 6, 12, 12, "open", ", ".join(s.whips["name"].to_list()))
    canvas.line("breakers", x - 6, s.y - 6, x + 6, s.y + 6, "zero")
    many = f"{s.whips.height} × " if s.whips.height > 1 else ""
    if amps.len():
        canvas.text("breakers", x + 14, s.y - 9, f"{many}{amps[0]:g} A", 10, "t soft")
    if s.whips["current_a"].count():
        canvas.text("breakers", x + 14, s.y + 10, f"{many}{extent(s.whips['current_a'])[1]:,.1f} A", 10, "t")


def _source(canvas: Canvas, css_of: _Classes, s: _Source) -> None:
    """A box per shelf or PDU: name, output over rating, and a bar of its loading."""
    x, y, width, name = _SOURCE, s.y - _BOX / 2, 226.0, str(s.row["name"])
    canvas.rect("sources", x, y, width, _BOX, "dev power", f"{name} · {s.row['part']}", f"devices:{name}")
    canvas.rect("sources", x, y, 5, _BOX, css_of.get(str(s.row["feed"]), "other") if s.row["feed"] else "mark power")
    share = s.output_w / s.rated_w if s.rated_w else None
    right = f"{100 * share:.0f} %" if share is not None else ""
    canvas.text("sources", x + 14, s.y - 9, fit(name, width - 30 - text_width(right, 11), 11), 11, "t strong")
    canvas.text("sources", x + width - 10, s.y - 9, right, 11, "t strong", "end")
    rated = f" of {units.show(s.rated_w, 'W')}" if s.rated_w else ""
    canvas.text("sources", x + 14, s.y + 6, units.show(s.output_w, "W") + rated, 10, "t soft")
    if share is not None:
        canvas.rect("sources", x + 5, y + _BOX - 3, (width - 5) * min(share, 1.0), 3, "mark power")


def _bus(canvas: Canvas, t: Tables, sources: list[_Source], ys: list[float]) -> None:
    """Shelf outputs onto the busbar, groups off it."""
    for s in sources:
        canvas.line("bus", _SOURCE + 226, s.y, _BUS, s.y, "copper")
        canvas.text("bus", _BUS - 12, s.y - 9, f"{s.output_a:,.0f} A", 10, "t", "end")
    for y in ys:
        canvas.line("bus", _BUS, y, _LOAD, y, "copper")
    ends = [s.y for s in sources] + ys
    canvas.line("bus", _BUS, min(ends) - 16, _BUS, max(ends) + 16, "busbar", "DC busbar")
    nominal = t["power_nodes"].filter(pl.col("kind") == "busbar")["voltage_nominal_v"]
    if nominal.len():
        canvas.text("bus", _BUS + 10, min(ends) - 12, f"{nominal[0]:g} V DC", 10, "t soft")


def _cords(
    canvas: Canvas, t: Tables, css_of: _Classes, sources: list[_Source], groups: list[_Group], ys: list[float], branches: pl.DataFrame
) -> None:
    """Every PDU has a bar of its own in its feed's colour; a group taps the PDUs its cords go to, side by side."""
    cords = branches.filter(pl.col("kind") == "cord")
    pdus = t["power_nodes"].filter(pl.col("kind") == "pdu")
    step = min(12.0, (_BOX - 8) / max(len(sources), 1))
    for i, s in enumerate(sources):
        node = pdus.filter(pl.col("device_id") == s.row["device_id"])["node_id"]
        css, x = css_of.get(str(s.row["feed"]), "other") if s.row["feed"] else "axis", _BUS - 44 + 14 * i
        taps = []
        for group, y in zip(groups, ys, strict=True):
            loads = t["power_nodes"].filter(pl.col("device_id").is_in(group.devices.implode()))["node_id"]
            mine = cords.filter(pl.col("a_node_id").is_in(node.implode()) & pl.col("b_node_id").is_in(loads.implode()))
            if mine.height:
                at = y + (i - (len(sources) - 1) / 2) * step
                taps.append(at)
                canvas.line("cords", x, at, _LOAD, at, css, f"{mine.height} cords from {s.row['name']}")
        canvas.line("cords", _SOURCE + 226, s.y, x, s.y, css)
        canvas.line("cords", x, min([s.y, *taps]), x, max([s.y, *taps]), css)


def _load(canvas: Canvas, group: _Group, y: float) -> None:
    """A box per group of loads."""
    width, css = 226.0, group.role if group.role in ROLES else "other"
    canvas.rect("loads", _LOAD, y - _BOX / 2, width, _BOX, f"dev {css}", group.name, f"devices.group:{group.name}")
    canvas.rect("loads", _LOAD, y - _BOX / 2, 5, _BOX, f"mark {css}")
    canvas.text("loads", _LOAD + 14, y - 8, fit(f"{group.count} × {group.name}", width - 24, 11, True), 11, "t strong")
    text = group.note or units.show(group.power_w, "W") + (f" · {units.show(group.current_a, 'A')}" if group.current_a > 0 else "")
    canvas.text("loads", _LOAD + 14, y + 8, fit(text, width - 24, 10), 10, "t soft")
