"""Layout of a one-line diagram, left to right: the trunk of the chain as a tree, alike branches folded to one row, every node at its place.

Nodes of one kind and voltage share a column. A row belongs to one node alone, so that nothing written on it meets anything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from rackwright.render.chain import Array, Trunk

ROW, HEAD, GAP = 34.0, 9.0, 6.0
FULL, WIDE = 84, 40  # most busways drawn one by one; most transformers with one busway each
KEPT = 8  # busways of a board in a diagram that is folded
VERTICAL = ("line", "tie", "breaker")  # ways between two nodes of one column, as in a ring
BARE = ("busway", "ups")  # nodes without a line of text over their bar
SHAPE = ("kind", "path", "voltage_nominal_v")
SHAPE_WAY = ("kind", "part", "power_rated_va", "current_rated_a")


@dataclass(slots=True)
class Way:
    """An alternative (branch) into a node; `y` of its row. `other` is the item it comes from; None: a generator or the node's own parent.

    `is_closed`: it carries something, either way, or takes no time to carry.
    """

    branch: int
    a: int
    other: Item | None = None
    is_closed: bool = False
    y: float = 0.0


@dataclass(slots=True)
class Item:
    """A node with its normal way in. `alike`: nodes that this one row stands for (a folded row has no children). `y` is where its way enters."""

    node: int
    way: int
    parent: Item | None = None
    alike: Array | None = None
    group: dict[str, Any] | None = None
    children: list[Item] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    column: int = 0
    y: float = 0.0
    top: float = 0.0
    group_y: float = 0.0
    out_y: float | None = None
    link_y: float | None = None
    head: float = HEAD
    is_out_right: bool = False

    def walk(self) -> Iterator[Item]:
        """It and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def span(self) -> tuple[float, float]:
        """Low and high end of its bar."""
        ys = [self.y, *(c.y for c in self.children if c.alike is not None or c.column != self.column), *(w.y for w in self.ways)]
        ys += [w.y for c in self.children for w in c.ways if w.a == self.node and w.other is None]
        ys += [self.group_y] if self.group else []
        ys += [self.out_y] if self.out_y is not None else []
        return min(ys), max(ys)


@dataclass(frozen=True, slots=True)
class Tree:
    """Roots from top to bottom; sums below every trunk node (`racks` counts a rack once a path); `bottom` of the last row."""

    roots: list[Item]
    sums: dict[str, Array]
    bottom: float

    def items(self) -> list[Item]:
        """Every item."""
        return [i for root in self.roots for i in root.walk()]


def tree(trunk: Trunk, top: float) -> Tree:
    """The trunk laid out from `top` down."""
    depth = _depth(trunk.parent)
    sums = _sums(trunk, depth)
    leaves, transformers = trunk.groups.height, int(sums["transformers"][trunk.parent < 0].sum())
    fold = "none" if leaves <= FULL else "ends" if transformers <= WIDE else "blocks"
    roots = _items(trunk, _shapes(trunk, depth), sums["busways"] <= 1, fold)
    _ways(trunk, roots)
    _columns(trunk, roots)
    for item in (i for r in roots for i in r.walk()):
        for way in item.ways:
            if way.other is not None:
                way.other.is_out_right |= item.column > way.other.column
    y = top
    for root in roots:
        y = _place(root, y)
    return Tree(roots, sums, y)


def _depth(parent: Array) -> Array:
    """(n,) normal ways above each node."""
    depth, at = np.zeros(len(parent), np.int64), parent
    while (at >= 0).any():
        depth += at >= 0
        at = np.where(at >= 0, parent[at], -1)
    return depth


def _levels(trunk: Trunk, depth: Array) -> Iterator[Array]:
    """Trunk nodes with a parent, deepest level first."""
    own = trunk.is_trunk & (trunk.parent >= 0)
    for level in range(int(depth[own].max(initial=0)), 0, -1):
        yield np.flatnonzero(own & (depth == level))


def _sums(trunk: Trunk, depth: Array) -> dict[str, Array]:
    """What is behind each trunk node, itself included."""
    n = len(trunk.parent)
    at, made = trunk.groups["node_id"].to_numpy(), {k: np.zeros(n) for k in ("racks", "power_w", "busways", "transformers", "loading")}
    made["racks"][at], made["power_w"][at] = trunk.groups["racks"].to_numpy(), trunk.groups["power_w"].to_numpy()
    made["busways"][:] = trunk.nodes["kind"].to_numpy() == "busway"
    ways = np.flatnonzero(trunk.way >= 0)
    kind, loading = trunk.branches["kind"].to_numpy(), trunk.branches["loading"].fill_null(0.0).to_numpy()
    made["transformers"][ways] = kind[trunk.way[ways]] == "transformer"
    made["loading"][ways] = loading[trunk.way[ways]]
    for nodes in _levels(trunk, depth):
        for key, values in made.items():
            (np.maximum if key == "loading" else np.add).at(values, trunk.parent[nodes], values[nodes])
    return made


def _shapes(trunk: Trunk, depth: Array) -> Array:
    """(n,) equal where two subtrees have the same kinds of things in them, whatever their number and names."""
    way = trunk.branches.select(*SHAPE_WAY).rename({"kind": "way"})
    ways = way[pl.Series(np.maximum(trunk.way, 0))] if way.height else way
    own = pl.concat([trunk.nodes.select(*SHAPE), ways], how="horizontal").with_columns(is_root=pl.Series(trunk.way < 0))
    found: Array = own.hash_rows(1).to_numpy().copy()
    for nodes in _levels(trunk, depth):
        pairs = np.unique(np.stack([trunk.parent[nodes].astype(np.uint64), found[nodes]], axis=1), axis=0)
        np.add.at(found, pairs[:, 0].astype(np.int64), pairs[:, 1] * np.uint64(0x9E3779B97F4A7C15))
    return found


def _items(trunk: Trunk, shape: Array, ends: Array, fold: str) -> list[Item]:
    """Trees of items from the nodes without a normal way; alike children folded as told. `ends` (n,): no more than one busway is behind."""
    below = np.flatnonzero(trunk.is_trunk & (trunk.parent >= 0))
    below = below[np.argsort(trunk.parent[below], kind="stable")]
    start = np.searchsorted(trunk.parent[below], np.arange(len(trunk.parent) + 1))
    kinds = trunk.nodes["kind"]
    groups = {g["node_id"]: g for g in trunk.groups.iter_rows(named=True)}

    def made(node: int, parent: Item | None) -> Item:
        item = Item(node, int(trunk.way[node]), parent, group=groups.get(node), head=0.0 if kinds[node] in BARE else HEAD)
        own = below[start[node] : start[node + 1]]
        is_end = ends[own]
        for same in _alike(own, shape, is_end, fold):
            item.children.append(made(int(same[0]), item))
            kept = KEPT if fold == "blocks" and is_end[own == same[0]].all() else 1
            item.children += [made(int(n), item) for n in same[1:kept]]
            if len(same) > kept:
                item.children.append(Item(int(same[kept]), int(trunk.way[same[kept]]), item, alike=same[kept:]))
        return item

    alone = (kinds == "generator").to_numpy() & (start[1:] == start[:-1])
    return [made(int(n), None) for n in np.flatnonzero(trunk.is_trunk & (trunk.parent < 0) & ~alone)]


def _alike(own: Array, shape: Array, is_end: Array, fold: str) -> list[Array]:
    """Children in groups to be folded, in the order of their first."""
    if fold == "none":
        return [own[i : i + 1] for i in range(len(own))]
    key = shape[own] if fold == "blocks" else np.where(is_end, shape[own], np.arange(len(own), dtype=np.uint64))
    _, first, of = np.unique(key, return_index=True, return_inverse=True)
    return [own[of == k] for k in np.argsort(first, kind="stable")]


def _ways(trunk: Trunk, roots: list[Item]) -> None:
    """Alternatives between what is drawn; a tie that works both ways once."""
    drawn = {i.node: i for r in roots for i in r.walk() if i.alike is None}
    kind = trunk.nodes["kind"]
    seen: dict[tuple[int, ...], Way] = {}
    for r in trunk.branches.filter(pl.col("rank") > 0).sort("rank", "branch_id").iter_rows(named=True):
        a, b = r["a_node_id"], r["b_node_id"]
        if b not in drawn or _is_fewer(trunk.branches, r, drawn[b].way):
            continue
        item, pair = drawn[b], (r["component_id"], *sorted((a, b)))
        is_closed = bool(r["current_a"]) or r["transfer_s"] == 0
        if pair in seen:
            seen[pair].is_closed |= is_closed
        elif (kind[a] == "generator" and a not in drawn) or (item.parent is not None and item.parent.node == a):
            item.ways.append(Way(r["branch_id"], a, None, is_closed))
        elif a in drawn:
            seen[pair] = Way(r["branch_id"], a, drawn[a], is_closed)
            item.ways.append(seen[pair])
            drawn[a].out_y = 0.0


def _is_fewer(branches: pl.DataFrame, r: dict[str, Any], way: int) -> bool:
    """Whether an alternative is the normal way with modules lost: the same thing, not another one."""
    if way < 0:
        return False
    n = branches.row(way, named=True)
    return all(r[c] == n[c] for c in ("a_node_id", "b_node_id", "kind", "part")) and r["modules"] < n["modules"]


def _columns(trunk: Trunk, roots: list[Item]) -> None:
    """Columns by kind and voltage, each right of all that feed it; a chain of like nodes stays in one, what comes again further on has its own."""
    kinds, volts, way = trunk.nodes["kind"], trunk.nodes["voltage_nominal_v"], trunk.branches["kind"]
    sign: dict[int, tuple[Any, ...]] = {}
    edges: set[tuple[Any, ...]] = set()
    for item in (i for r in roots for i in r.walk()):
        own, above = (kinds[item.node], volts[item.node]), item.parent
        if above is not None and sign[above.node][:2] == own and _is_chain(item, above, own, kinds, volts, way):
            sign[item.node] = sign[above.node]
            continue
        again = 0
        while above is not None:
            again = max(again, sign[above.node][2] + 1) if sign[above.node][:2] == own else again
            above = above.parent
        sign[item.node] = (*own, again)
        if item.parent is not None:
            edges.add((sign[item.parent.node], sign[item.node]))
    column = dict.fromkeys(sign.values(), 0)
    for _ in column:
        for one, other in edges:
            column[other] = min(max(column[other], column[one] + 1), len(column))
    for item in (i for r in roots for i in r.walk()):
        item.column = column[sign[item.node]]


def _is_chain(item: Item, above: Item, own: tuple[Any, ...], kinds: pl.Series, volts: pl.Series, way: pl.Series) -> bool:
    """Whether an item follows the only like one before it, as in a ring."""
    alike = sum(1 for c in above.children if (kinds[c.node], volts[c.node]) == own)
    return alike == 1 and item.alike is None and way[item.way] in VERTICAL


def _place(item: Item, y: float) -> float:
    """Rows for an item and all below it from y on; returns where the next may begin."""
    item.top = y
    y += item.head
    ys = []
    beside = [c for c in item.children if c.column != item.column]
    for child in beside:
        y = _place(child, y) if child.alike is None else _row(child, y)
        ys.append(child.y)
    if item.group is not None or not ys:
        item.group_y = y + ROW / 2
        ys.append(item.group_y)
        y += ROW
    item.y = (ys[0] + ys[-1]) / 2
    aside = item.y  # left of the bar there is room beside the children
    for way in item.ways:
        aside += ROW
        way.y = aside
    if item.out_y is not None and not item.is_out_right:
        aside += ROW
        item.out_y = aside
    y = max(y, aside + ROW / 2)
    if item.is_out_right:
        item.out_y = y + ROW / 2
        y += ROW
    for child in (c for c in item.children if c.column == item.column):
        child.link_y = y + ROW / 2
        y = _place(child, y + ROW)
    return y + (GAP if item.children or item.ways else 0.0)


def _row(item: Item, y: float) -> float:
    item.top, item.y = y, y + ROW / 2
    return y + ROW
