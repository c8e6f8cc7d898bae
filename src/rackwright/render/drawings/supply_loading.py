"""How heavily the power of a hall is loaded, on its floor: every rack by its whips, every section of busway over it, racks that are dark.

Shows the hall that is worst off. Reads halls, hall_rows, hall_racks, designs, supply_nodes, supply_branches, supply_feeds and the supply states.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from rackwright.base import units
from rackwright.render import hall
from rackwright.render.chain import outage, percent, with_states
from rackwright.render.charts import ticks
from rackwright.render.drawings.floor_plan import footprint
from rackwright.render.scene import Canvas, Scene, text_width
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "supply_loading", "Loading on the floor", "supply", 2
STEPS = (0.25, 0.5, 0.7, 0.8, 0.9, 1.0)  # upper ends of the colours; over the last: overloaded
_STRIP = 0.13  # of the depth of a rack
_SHOWN_PX = 1100.0


def load_class(share: float | None) -> str:
    """CSS class of a loading: `load-0` .. by STEPS, `load-over` above the last."""
    step = next((i for i, top in enumerate(STEPS) if (share or 0.0) <= top + 1e-9), None)
    return "load-over" if step is None else f"load-{step}"


def feeds(t: Tables) -> pl.DataFrame:
    """One row a feed: rack_id, path, feed, voltage_v, whip (loading), section (loading of the busway section at its tap; null: none), run (of it)."""
    states = with_states(t).filter(pl.col("rank") == 0).select("a_node_id", "b_node_id", "kind", "loading", "branch_id", "name", "component_id")
    own = t["supply_components"].select("component_id", run=pl.coalesce(pl.col("name").str.extract(r"^(.*) busway section \d+$"), "name"))
    states = states.join(own, on="component_id", how="left", maintain_order="left")
    volts = t["supply_node_states"].select("node_id", "voltage_v")
    made = t["supply_feeds"].select("feed_id", "rack_id", "feed", "path", "node_id", "feeds_needed").join(volts, on="node_id", how="left")
    whips = states.filter(pl.col("kind") == "whip").select(node_id="b_node_id", tap="a_node_id", whip="loading")
    sections = states.filter(pl.col("kind") == "busway").select("run", tap="b_node_id", section="loading", section_name="name")
    return made.join(whips, on="node_id", how="left").join(sections, on="tap", how="left").sort("feed_id")


def racks(t: Tables) -> pl.DataFrame:
    """`hall_racks` with what feeds them: loading (null: no feed), feeds, live, is_dark, feeds_w."""
    own = feeds(t)
    by = own.group_by("rack_id").agg(
        loading=pl.col("whip").max(),
        feeds=pl.len(),
        live=(pl.col("voltage_v") > 0).sum(),
        needed=pl.col("feeds_needed").max(),
        told=pl.concat_str(
            "path", pl.lit(" "), (pl.col("whip") * 100).round(0).cast(pl.Int64).cast(pl.String), pl.lit(" %"), ignore_nulls=True
        ).str.join(", "),
    )
    power = t["supply_feeds"].group_by("rack_id").agg(feeds_w=pl.col("power_w").sum())
    made = t["hall_racks"].join(by, on="rack_id", how="left").join(power, on="rack_id", how="left")
    return made.with_columns(is_dark=(pl.col("live") < pl.max_horizontal("needed", 1)).fill_null(False)).sort("rack_id")


def draw(t: Tables) -> Scene | None:
    """From above. None without a power chain that was solved."""
    if t["supply_branch_states"].is_empty() or t["halls"].is_empty():
        return None
    sheet = _Sheet(t)
    sheet.places()
    sheet.strips()
    sheet.marks()
    bottom = sheet.legend()
    own, name = sheet.racks, str(sheet.hall["name"])
    dark, most = int(own["is_dark"].sum()), own["loading"].max()
    about = f"Hall {name}: {own.height} racks by the loading of their whips, with the busway sections over them; the highest is {percent(most)}"  # type: ignore[arg-type]
    about += f"; {dark} racks are dark" if dark else ""
    notes = [("hall", name), *outage(t), ("highest whip", percent(most)), ("highest busway", percent(sheet.feeds["section"].max()))]  # type: ignore[arg-type]
    notes += [("dark", f"{dark} racks")] if dark else []
    return Scene(NAME, TITLE, about, sheet.width, bottom, "mm", _SHOWN_PX / sheet.width, sheet.canvas.frame(), tuple(notes))


class _Sheet:
    """The hall on paper, as the floor plan lays it: y upwards, on its side where it is much deeper than wide."""

    def __init__(self, t: Tables) -> None:
        self.t, self.canvas = t, Canvas()
        every = racks(t)
        worst = every.group_by("hall_id").agg(dark=pl.col("is_dark").sum(), most=pl.col("loading").max().round(2))
        order = worst.sort("dark", "most", "hall_id", descending=[True, True, False], nulls_last=True)
        self.hall = t["halls"].filter(pl.col("hall_id") == order["hall_id"][0]).row(0, named=True)
        self.racks = every.filter(pl.col("hall_id") == self.hall["hall_id"])
        self.feeds = feeds(t).join(self.racks.select("rack_id"), on="rack_id", how="semi")
        self.rows = hall.rows(t, int(self.hall["hall_id"]))
        self.long, self.deep = float(self.hall["width_mm"]), float(self.hall["depth_mm"])
        self.is_turned = self.deep > 1.3 * self.long
        across, self.up = (self.deep, self.long) if self.is_turned else (self.long, self.deep)
        self.size = max(across / 84, 130.0)
        self.left, self.top = 4 * self.size, 2.2 * self.size
        self.lost: list[tuple[float, float, float, float]] = []
        self.width = across + self.left + 2 * self.size

    def box(self, layer: str, x0: float, x1: float, y0: float, y1: float, css: str, title: str = "", ref: str = "") -> tuple[float, float]:
        """A rectangle of the campus; returns its middle on paper."""
        ax, ay = self.at(x0, y0)
        bx, by = self.at(x1, y1)
        self.canvas.rect(layer, min(ax, bx), min(ay, by), abs(bx - ax), abs(by - ay), css, title, ref)
        return (ax + bx) / 2, (ay + by) / 2

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the campus is drawn."""
        x, y = x - float(self.hall["x_mm"]), y - float(self.hall["y_mm"])
        return (self.left + y, self.top + x) if self.is_turned else (self.left + x, self.top + self.deep - y)

    def places(self) -> None:
        """The hall, its aisles and every rack in the colour of its highest whip."""
        x, y = float(self.hall["x_mm"]), float(self.hall["y_mm"])
        self.box("ground", x, x + self.long, y, y + self.deep, "bay", f"hall {self.hall['name']}")
        for r in self.rows:
            self.box("row", r.x, r.x + r.width, r.y, r.y + r.depth, "ghost", f"row {r.row + 1}")
        label = 0.75 * self.size
        for place in self.racks.iter_rows(named=True):
            self.rack(place, label)

    def rack(self, r: dict[str, Any], label: float) -> None:
        """One rack with its figure."""
        ends = footprint(r)
        css = "load-dark" if r["is_dark"] else load_class(r["loading"]) if r["feeds"] else "ghost"
        part = f"{r['live']} of {r['feeds']} feeds live; whips {r['told']}" if r["feeds"] else "no feed"
        if r["feeds"] and r["live"] < r["feeds"] and not r["is_dark"]:
            self.lost.append(ends)
        tip = f"{r['name']}: {'dark; ' if r['is_dark'] else ''}{units.show(r['feeds_w'] or 0.0, 'W')}, {part}"
        mx, my = self.box("racks", *ends, f"place {css}", tip, f"hall_racks:{r['name']}")
        text = "dark" if r["is_dark"] else f"{100 * r['loading']:.0f}" if r["loading"] is not None else ""
        wide = ends[1] - ends[0] if not self.is_turned else ends[3] - ends[2]
        aside = _STRIP * float(r["depth_mm"]) * (r["feeds"] or 0) / 2
        dx, dy = {1: (0.0, aside), -1: (0.0, -aside), 2: (aside, 0.0), -2: (-aside, 0.0)}[r["faces"]]
        mx, my = (mx + dy, my + dx) if self.is_turned else (mx + dx, my - dy)
        if text and text_width(text, label) < 0.9 * wide:
            dark = r["is_dark"] or css in ("load-4", "load-5", "load-over")
            self.canvas.text("figures", mx, my, text, label, "t on-load" if dark else "t", "middle")

    def strips(self) -> None:
        """Sections of busway at the rear of the racks, one strip a feed; neighbours of one colour on one busway are one strip."""
        own = self.feeds.filter(pl.col("section").is_not_null()).join(self.racks, on="rack_id", suffix="_rack")
        own = own.with_columns(slot=pl.col("feed_id").rank("ordinal").over("rack_id").cast(pl.Int64) - 1)
        step = np.searchsorted(np.array(STEPS) + 1e-9, own["section"].to_numpy())
        colour = pl.Series([*(f"load-{i}" for i in range(len(STEPS))), "load-over"]).gather(step)
        own = own.with_columns(css=pl.when(pl.col("voltage_v") > 0).then(colour).otherwise(pl.lit("load-off")))
        own = own.sort("row", "slot", "path", "run", "position")
        run = ["row", "slot", "path", "css", "run"]
        own = own.with_columns(at=(pl.col("position").cast(pl.Int64) - pl.int_range(pl.len()).over(run)))
        for key, some in own.group_by([*run, "at"], maintain_order=True):
            slot, path, css = int(str(key[1])), str(key[2]), str(key[3])
            ends = [footprint(r) for r in (some.row(0, named=True), some.row(-1, named=True))]
            x0, x1, y0, y1 = (pick(e[i] for e in ends) for i, pick in enumerate((min, max, min, max)))
            faces = int(some["faces"][0])
            deep = _STRIP * float(some["depth_mm"][0])
            low, high = slot * deep, (slot + 1) * deep
            area = {
                1: (x0, x1, y0 + low, y0 + high),
                -1: (x0, x1, y1 - high, y1 - low),
                2: (x0 + low, x0 + high, y0, y1),
                -2: (x1 - high, x1 - low, y0, y1),
            }[faces]
            least, most = some["section"].min(), some["section"].max()
            names = f"{some['name'][0]} to {some['name'][-1]}" if some.height > 1 else str(some["name"][0])
            share = percent(most) if percent(least) == percent(most) else f"{percent(least)} to {percent(most)}"  # type: ignore[arg-type]
            share = "off" if css == "load-off" else share
            mx, my = self.box("strips", *area, f"strip {css}", f"{key[4]}, busway of path {path} over {names}: {share}", f"sections:{some.height}")
            size = 0.6 * self.size
            if size < 0.8 * deep:
                upright = self.is_turned != (abs(faces) == 2)
                room = 0.95 * (area[1] - area[0] if abs(faces) == 1 else area[3] - area[2])
                text = f"{path} · {share}" if text_width(f"{path} · {share}", size) < room else path
                dark = css in ("load-4", "load-5", "load-over")
                self.canvas.text("strip-text", mx, my, text, size, "t on-load" if dark else "t", "middle", 270 if upright else 0)

    def marks(self) -> None:
        """Row letters, and an outline of the racks that lost a feed."""
        for ends in self.lost:
            self.box("lost", *ends, "ghost lost")
        used = set(self.racks["row"].to_list())
        last: list[float] = []
        for r in self.rows:
            x, y = self.at(r.x, r.y + r.depth / 2) if not r.is_turned else self.at(r.x + r.width / 2, r.y)
            along = x if self.is_turned or r.is_turned else y
            if r.row not in used or any(abs(along - v) < 1.3 * self.size for v in last):
                continue
            last.append(along)
            on_top = self.is_turned != r.is_turned
            at = (x, self.top - 0.9 * self.size) if on_top else (x - 0.9 * self.size, y)
            self.canvas.text("letters", *at, r.name, self.size, "t strong", "middle" if on_top else "end", title=f"row {r.name}")

    def legend(self) -> float:
        """Colours and what they mean; returns the lower end."""
        size, y, x = self.size, self.top + self.up + 2.2 * self.size, self.left
        metres = max(1.0, next(v for v in ticks(0, self.width / 6000, 3) if v > 0))
        self.canvas.rect("scale", x, y - 0.2 * size, metres * 500, 0.4 * size, "front")
        self.canvas.rect("scale", x + metres * 500, y - 0.2 * size, metres * 500, 0.4 * size, "bay")
        self.canvas.text("scale", x + metres * 1000 + 0.6 * size, y, f"{metres:g} m", size, "t")
        x += metres * 1000 + 2.6 * size + text_width(f"{metres:g} m", size)
        lows = (0.0, *STEPS[:-1])
        entries = [(f"load-{i}", f"{100 * a:.0f}–{100 * b:.0f} %") for i, (a, b) in enumerate(zip(lows, STEPS, strict=True))]
        entries.append(("load-over", "over its rating"))
        if self.racks["is_dark"].any():
            entries.append(("load-dark", "dark"))
        if self.racks.filter((pl.col("live") < pl.col("feeds")) & ~pl.col("is_dark")).height:
            entries.append(("ghost lost", "a feed is lost"))
        for css, words in entries:
            room = 1.8 * size + text_width(words, size) + 1.2 * size
            if x + room > self.width:
                x, y = self.left, y + 1.8 * size
            self.canvas.rect("legend", x, y - 0.45 * size, 1.4 * size, 0.9 * size, css)
            self.canvas.text("legend", x + 1.8 * size, y, words, size, "t")
            x += room
        y += 1.8 * size
        note = "Racks by the highest loading of their whips; strips at their rears are the busway sections of their paths."
        self.canvas.text("legend", self.left, y, note, size, "t soft")
        return y + 1.4 * size
