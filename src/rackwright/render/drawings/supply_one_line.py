"""One-line diagram of a hall's or campus's power: from the utility to the racks behind each busway, with loading, ties and what stands by.

Where there is more than a page holds, like branches are folded to one row with their number. Reads supply_nodes, supply_branches, supply_feeds,
hall_racks, the supply states, fault_levels.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from rackwright.base import units
from rackwright.render import symbols
from rackwright.render.chain import Trunk, amount, outage, path_class, percent, trunk
from rackwright.render.content import text_input
from rackwright.render.one_line import Item, Tree, Way, tree
from rackwright.render.scene import Canvas, Scene, fit, text_boxes, text_width
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "supply_one_line", "One-line diagram", "supply", 1
_SIZE, _UP, _LANE, _STUB, _BUSWAY = 10.0, 8.5, 12.0, 46.0, 72.0
_LEFT, _ROOT, _TOP, _DEVICE = 28.0, 74.0, 14.0, 14.0
_TEXT_MOST = 220.0
_LAYERS = ("wires", "busways", "bars", "joints", "symbols", "symbol-text", "names", "figures")
_LEGEND = {"grid": "utility", "transformer": "transformer", "breaker": "breaker or tie, closed", "ups": "UPS", "static-switch": "static switch",
           "transfer-switch": "transfer switch", "bess": "battery storage",
           "generator": "generator", "rectifier": "rectifier"}  # fmt: skip


def draw(t: Tables) -> Scene | None:
    """Left to right, a row a busway. None without a power chain."""
    if t["supply_nodes"].is_empty():
        return None
    sheet = _Sheet(t)
    sheet.draw()
    bottom = sheet.legend()
    nodes, made = sheet.trunk.nodes, sheet.tree
    count = {k: int(made.sums[k][sheet.trunk.parent < 0].sum()) for k in ("transformers", "busways")}
    folded = sum(len(i.alike) for i in made.items() if i.alike is not None)
    about = f"{count['transformers']} transformers and {count['busways']} busways from {nodes.filter(kind='grid').height} utility"
    about += f"; {folded} branches like the one beside them are folded" if folded else ""
    about += ". Loading is the greater of that by power and by current; at racks, the highest of their busway and whips"
    about += "; after it, that of the worst single outage" if sheet.has_worst else ""
    width = max(float(text_boxes(sheet.canvas.frame())["x1"].max() or 0.0), sheet.right) + 16  # type: ignore[arg-type]
    racks = t["supply_feeds"]["rack_id"].n_unique()
    notes = (("hall", text_input(t, "hall")), *outage(t), ("transformers", f"{count['transformers']:,}"), ("racks", f"{racks:,}"))
    return Scene(NAME, TITLE, about, width, bottom, "px", 1.0, sheet.canvas.frame(), notes)


class _Sheet:
    """The diagram on paper: where columns are, and everything drawn into `canvas`."""

    def __init__(self, t: Tables) -> None:
        self.t, self.canvas = t, Canvas()
        self.trunk: Trunk = trunk(t)
        self.tree: Tree = tree(self.trunk, _TOP)
        self.items = self.tree.items()
        self.branches = {r["branch_id"]: r for r in self._used().iter_rows(named=True)}
        self.faults = dict(t["fault_levels"].select("node_id", "current_max_a").iter_rows())
        self.has_worst = self.trunk.branches["loading_worst"].count() > 0
        self.is_single = t["halls"].height == 1
        carried = self.trunk.branches.filter((pl.col("rank") > 0) & (pl.col("current_a") > 0))
        self.carried = set(carried["b_node_id"].to_list())
        self._columns()

    def _used(self) -> pl.DataFrame:
        ids = [i.way for i in self.items] + [w.branch for i in self.items for w in i.ways]
        return self.trunk.branches.filter(pl.col("branch_id").is_in(ids))

    def node(self, item: Item) -> dict[str, Any]:
        return self.trunk.nodes.row(item.node, named=True)

    def short(self, name: str) -> str:
        """A name without what all of them share."""
        name = name.replace("medium-voltage", "MV")
        return name[4:] if self.is_single and name[:1] == "H" and name[3:4] in ("-", " ") else name

    def _columns(self) -> None:
        """Where bars stand: each gap holds its widest symbol and text, lanes of ties, and the stubs of ties and generators."""
        count = max(i.column for i in self.items) + 1
        self.has_device = [False] * count
        room, self.half, self.lanes, stub = [0.0] * count, [0.0] * count, [dict[int, int]() for _ in range(count)], [8.0] * count
        for item in self.items:
            k = item.column
            if item.way >= 0 and item.link_y is None:
                self.half[k] = max(self.half[k], symbols.half(self.branches[item.way]["kind"]))
                self.has_device[k] |= self.is_guarded(item.way)
                room[k] = max(room[k], *(text_width(x, _SIZE) for x in self.words(item)))
            if k + 1 < count and item.head and item.alike is None:
                room[k + 1] = max(room[k + 1], text_width(self.title(item), _SIZE, True) - 2 * self.half[k + 1])
            for way in item.ways:
                if way.other is not None:
                    self.lanes[k].setdefault(way.a, len(self.lanes[k]))
                    stub[k] = _STUB
                    continue
                self.half[k] = max(self.half[k], symbols.half(self.branches[way.branch]["kind"]))
                self.has_device[k] |= self.is_guarded(way.branch)
                room[k] = max(room[k], *(text_width(x, _SIZE) for x in self.of_branch(way.branch)))
                stub[k] = max(stub[k], 26.0)
        self.at, self.stub = [_ROOT], stub
        for k in range(1, count):
            gap = 10 + _DEVICE * self.has_device[k] + 2 * self.half[k] + 6 + min(room[k], _TEXT_MOST) + 10 + _LANE * len(self.lanes[k]) + stub[k]
            self.at.append(self.at[-1] + gap)
        self.right = self.at[-1]

    def symbol_x(self, k: int) -> float:
        """Middle of the symbols in the gap left of column k."""
        return self.at[k - 1] + 10 + _DEVICE * self.has_device[k] + self.half[k]

    def is_guarded(self, branch: int) -> bool:
        """Whether a breaker or fuse stands at its upstream end that is not the symbol itself."""
        r = self.branches[branch]
        return r["device_part"] is not None and r["kind"] not in ("breaker", "tie", "generator")

    def of_branch(self, branch: int) -> tuple[str, str]:
        """Name; rating and loading."""
        r = self.branches[branch]
        many = f"{r['modules']} × " if r["modules"] > 1 else ""
        if r["power_rated_va"] is not None:
            rated = many + amount(r["power_rated_va"] / r["modules"], "VA")
        else:
            rated = amount(r["current_rated_a"], "A") if r["current_rated_a"] is not None else ""
        load = percent(r["loading"]) if r["loading"] is not None else ""
        if r["rank"] > 0 and not r["current_a"]:
            load = f"after {units.show(r['transfer_s'], 's')}" if r["transfer_s"] else "open" if r["transfer_s"] is None else "closed"
        elif r["loading_worst"] is not None and load:
            load += f", worst {percent(r['loading_worst'])}"
        if not rated and not load and r["power_w"]:
            load = units.show(r["power_w"], "W")
        return self.short(r["name"]), " · ".join(x for x in (rated, load) if x)

    def words(self, item: Item) -> tuple[str, str]:
        """Both lines at the way into an item; those of a folded row say how many there are."""
        if item.alike is None:
            return self.of_branch(item.way)
        sums = self.tree.sums
        most, power = float(sums["loading"][item.alike].max()), float(sums["power_w"][item.alike].sum())
        return f"+ {len(item.alike):,} alike", f"to {percent(most)} · {units.show(power, 'W')}"

    def title(self, item: Item) -> str:
        """What stands over the bar of a node."""
        r = self.node(item)
        return f"{self.short(r['name'])} · {amount(r['voltage_nominal_v'], 'V')}" + ("" if r["is_ac"] else " DC")

    def draw(self) -> None:
        """Bars first to last; ways over them; racks at the ends."""
        for item in self.items:
            if item.way >= 0:
                self.way_in(item)
            if item.alike is None:
                self.bar(item)
                for way in item.ways:
                    self.other_way(item, way)
            if item.group is not None:
                self.racks(item)
        self.ties()
        self.canvas.rows.sort(key=lambda r: _LAYERS.index(str(r["layer"])))

    def wire(self, x0: float, y0: float, x1: float, y1: float, path: str | None, is_dead: bool = False) -> None:
        css = f"wire {path_class(path)}" + (" dead" if is_dead else "")
        self.canvas.line("wires", x0, y0, x1, y1, css)

    def label(self, x: float, y: float, words: tuple[str, str], css: str = "t") -> None:
        name, figures = words
        self.canvas.text("names", x, y - _UP, fit(name, _TEXT_MOST, _SIZE), _SIZE, css)
        self.canvas.text("figures", x, y + _UP, fit(figures, _TEXT_MOST, _SIZE), _SIZE, "t soft" if "over" not in css else "t t-limit")

    def way_in(self, item: Item) -> None:
        """The normal way into an item, or the row of many like it."""
        r, node = self.branches[item.way], self.node(item)
        path, is_dead, css = node["path"], node["voltage_v"] == 0, path_class(node["path"])
        words, over = self.words(item), (r["loading"] or 0.0) > 1 + 1e-9
        if item.link_y is not None:
            self.link(item, r, path)
            return
        k = item.column
        x, start = self.symbol_x(k), self.at[(item.parent.column if item.parent else k - 1)]
        end = x + symbols.half(r["kind"]) if item.alike is not None else self.at[k]
        self.wire(start, item.y, end, item.y, path, is_dead)
        if item.alike is None:
            title, ref = f"{r['name']} · {r['part'] or r['kind']}", f"supply_branches:{r['name']}"
        else:
            names = self.trunk.branches["name"][pl.Series(self.trunk.way[item.alike[[0, -1]]])].to_list()
            title, ref = f"{len(item.alike)} alike: {names[0]} to {names[1]}", f"folded:{len(item.alike)}"
            over = float(self.tree.sums["loading"][item.alike].max()) > 1 + 1e-9
        is_closed = item.node not in self.carried
        if self.is_guarded(item.way):
            symbols.device(self.canvas, start + 10, item.y, css, str(r["device_part"]), is_closed)
        above = self.trunk.nodes["kind"][item.parent.node] if item.parent else None
        kind = "source" if above == r["kind"] else r["kind"]  # a generating set whose node is drawn already
        symbols.draw(self.canvas, kind, x, item.y, css, title, ref, is_closed)
        self.label(x + self.half[k] + 6, item.y, words, "t over" if over else "t")

    def link(self, item: Item, r: dict[str, Any], path: str | None) -> None:
        """A way between two bars of one column, one over the other."""
        assert item.parent is not None
        assert item.link_y is not None
        x = self.at[item.column]
        self.wire(x, item.parent.span()[1], x, item.span()[0], path)
        symbols.draw(self.canvas, r["kind"], x, item.link_y, path_class(path), r["name"], f"supply_branches:{r['name']}")
        self.label(x + 12, item.link_y, self.of_branch(item.way))

    def bar(self, item: Item) -> None:
        """The node itself: a bar with its name over it, or the symbol of a utility."""
        r, x, (low, high) = self.node(item), self.at[item.column], item.span()
        css, tip = path_class(r["path"]), f"{r['name']} · {amount(r['voltage_nominal_v'], 'V')}"
        if item.node in self.faults:
            tip += f" · greatest fault {amount(self.faults[item.node], 'A')}"
        if item.way < 0:
            symbols.draw(self.canvas, r["kind"], _LEFT, item.y, css, tip, f"supply_nodes:{r['name']}")
            self.canvas.text("names", _LEFT - 14, item.y - 20, self.short(r["name"]), _SIZE, "t strong")
            self.canvas.text("figures", _LEFT - 14, item.y + 20, amount(r["voltage_nominal_v"], "V"), _SIZE, "t soft")
            self.wire(_LEFT + 11, item.y, x, item.y, r["path"])
            if high > low:
                self.canvas.line("bars", x, low, x, high, f"bus {css}", tip)
            return
        if r["kind"] == "busway" and not item.ways:
            return
        grown = 7.0 if item.head else 2.0
        self.canvas.line("bars", x, low - grown, x, high + grown, f"bus {css}", tip, f"supply_nodes:{r['name']}")
        if item.head:
            self.canvas.text("names", x - 2, low - grown - 13, fit(self.title(item), _TEXT_MOST, _SIZE, True), _SIZE, "t strong")

    def other_way(self, item: Item, way: Way) -> None:
        """A generator or a second way past the first; ties are drawn together."""
        if way.other is not None:
            return
        r, k, path = self.branches[way.branch], item.column, self.node(item)["path"]
        x, css, is_closed = self.symbol_x(k), path_class(path), way.is_closed
        is_source = self.trunk.nodes["kind"][way.a] == "generator"
        self.wire(x if is_source or item.parent is None else self.at[item.parent.column], way.y, self.at[k], way.y, path)
        symbols.draw(self.canvas, r["kind"], x, way.y, css, f"{r['name']} · {r['part'] or r['kind']}", f"supply_branches:{r['name']}", True)
        symbols.draw(self.canvas, "breaker", self.at[k] - 14, way.y, css, "closed" if is_closed else "open", "", is_closed)
        self.label(x + self.half[k] + 6, way.y, self.of_branch(way.branch))

    def ties(self) -> None:
        """Ways from elsewhere in the chain: a lane for each node they come from, a symbol at each node they lead to."""
        by: dict[tuple[int, int], list[tuple[Item, Way]]] = {}
        for item in self.items:
            for way in item.ways:
                if way.other is not None:
                    by.setdefault((item.column, way.a), []).append((item, way))
        for (k, a), ends in by.items():
            source = ends[0][1].other
            assert source is not None
            assert source.out_y is not None
            lane = self.at[k] - self.stub[k] - _LANE * (self.lanes[k][a] + 0.5)
            path = self.node(source)["path"]
            ys = [source.out_y, *(w.y for _, w in ends)]
            self.wire(lane, min(ys), lane, max(ys), path)
            self.wire(self.at[source.column], source.out_y, lane, source.out_y, path)
            for _, way in ends:
                r, x = self.branches[way.branch], self.at[k]
                self.wire(lane, way.y, x, way.y, path)
                is_closed = way.is_closed
                tip, ref = f"{r['name']}, {'closed' if is_closed else 'open'}", f"supply_branches:{r['name']}"
                kind = r["kind"] if symbols.half(r["kind"]) else "breaker"
                symbols.draw(self.canvas, kind, x - self.stub[k] / 2, way.y, path_class(path), tip, ref, is_closed)
                if way.y not in (min(ys), max(ys)):
                    self.canvas.circle("joints", lane, way.y, 2.5, f"joint {path_class(path)}")

    def racks(self, item: Item) -> None:
        """The busway with a tick a tap, and what it feeds."""
        g, r, x, y = item.group or {}, self.node(item), self.at[item.column], item.group_y
        css, is_dead = path_class(r["path"]), r["voltage_v"] == 0
        tip = f"{r['name']}: {g['racks']} racks, {g['first']} to {g['last']}"
        self.canvas.line("busways", x, y, x + _BUSWAY, y, f"duct {css}" + (" dead" if is_dead else ""), tip, f"supply_nodes:{r['name']}")
        ticks = min(int(g["racks"]), 12)
        for i in range(ticks):
            at = x + _BUSWAY * (i + 0.5) / ticks
            self.canvas.line("busways", at, y, at, y + 8, f"tick {css}")
        first, last = (self.short(str(g[c])) if not self.is_single else str(g[c]).partition(".")[2] for c in ("first", "last"))
        what = f"{g['racks']} rack{'s' * (g['racks'] != 1)} · {first}" + (f" to {last}" if last != first else "")
        if not r["is_ac"]:
            what += f" · {amount(r['voltage_nominal_v'], 'V')} DC"
        if g["rectifiers"]:
            what += f" · {g['rectifiers']} rectifiers"
        drawn = "dark" if is_dead else f"{units.show(g['drawn_w'] or 0.0, 'W')} · to {percent(g['loading'])}"
        over = is_dead or (g["loading"] or 0.0) > 1 + 1e-9
        self.canvas.text("names", x + _BUSWAY + 10, y - _UP, what, _SIZE, "t")
        self.canvas.text("figures", x + _BUSWAY + 10, y + _UP, drawn, _SIZE, "t t-limit" if over else "t soft")

    def legend(self) -> float:
        """Paths and symbols; returns the lower end of the drawing."""
        x, y = 14.0, self.tree.bottom + 24
        right = self.right + 300
        entries = [(p, f"path {p}" if p != "R" else "reserve") for p in self.trunk.nodes["path"].drop_nulls().unique().sort().to_list()]
        kinds = {str(r["kind"]) for r in self.branches.values()} | {str(self.trunk.nodes["kind"][i.node]) for i in self.items if i.way < 0}
        shown: list[tuple[str, str, bool]] = [(k, words, True) for k, words in _LEGEND.items() if k in kinds]
        if any(i.ways for i in self.items):
            shown.append(("breaker", "open, stands by", False))
        for path, words in entries:
            self.canvas.line("legend", x, y, x + 34, y, f"wire {path_class(path)}")
            self.canvas.text("legend", x + 40, y, words, _SIZE, "t soft")
            x += 40 + text_width(words, _SIZE) + 18
        for kind, words, is_closed in shown:
            if x + 34 + text_width(words, _SIZE) > right:
                x, y = 14.0, y + 26
            symbols.draw(self.canvas, kind, x + 13, y, "path-o", words, "", is_closed)
            self.canvas.text("legend", x + 32, y, words, _SIZE, "t soft")
            x += 32 + text_width(words, _SIZE) + 18
        return y + 22
