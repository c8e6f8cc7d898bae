"""Rows of a power chain as they are gathered: nodes, branches and components as columns, modules in parallel, ways in both directions."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.schema.tables import frame, table_schema

Array: TypeAlias = NDArray[Any]
ZERO = {"rank": 0, "resistance_ohm": 0.0, "reactance_ohm": 0.0}
SHARED = ("resistance_ohm", "reactance_ohm", "subtransient_ohm")  # of n in parallel: the nth part
OWN = ("room",)  # columns of rows that their table does not have
SUMMED = ("power_rated_va", "current_rated_a", "breaker_a", "loss_no_load_w")


class Rows:
    """Rows of one table; scalars are spread."""

    def __init__(self, key: str) -> None:
        self.key, self.count, self.parts = key, 0, list[pl.DataFrame]()

    def add(self, count: int, **columns: Any) -> Array:
        """Ids of `count` new rows."""
        ids = np.arange(self.count, self.count + count)
        spread = {k: np.broadcast_to(np.asarray(v), count) if not isinstance(v, pl.Series) else v for k, v in columns.items() if v is not None}
        self.parts.append(pl.DataFrame({self.key: ids.astype(np.int32), **{k: pl.Series(k, np.ascontiguousarray(v)) for k, v in spread.items()}}))
        self.count += count
        return ids

    def gathered(self) -> pl.DataFrame:
        """All rows so far, with the columns that any of them has."""
        return pl.concat(self.parts, how="diagonal_relaxed")

    def table(self, name: str) -> pl.DataFrame:
        """As table `name`; what rows leave open has the default of its column. Columns of OWN stay with the builder."""
        made = self.gathered().drop(OWN, strict=False)
        given = [c for c in table_schema(name).columns if c.default and c.name in made.columns]
        values = {c.name: c.default == "true" if c.dtype == "bool" else c.default if c.dtype == "str" else float(c.default) for c in given}
        return frame(name, made.with_columns(pl.col(n).fill_null(v) for n, v in values.items()))


class Book:
    """Nodes, branches and components of one chain; `src` is the line of the spec that all come from."""

    def __init__(self, src: int) -> None:
        self.src = src
        self.nodes, self.branches, self.components = Rows("node_id"), Rows("branch_id"), Rows("component_id")
        self._of_node = dict[int, int]()
        self.within = list[tuple[Array, Array]]()
        self.cabinets = list[pl.DataFrame]()

    def tables(self) -> dict[str, pl.DataFrame]:
        """The three tables."""
        made = {"supply_nodes": self.nodes, "supply_branches": self.branches, "supply_components": self.components}
        return {name: rows.table(name) for name, rows in made.items()}

    def node(self, kind: str, name: pl.Series, voltage: float, **columns: Any) -> Array:
        """Nodes that cannot fail by themselves."""
        return self.nodes.add(len(name), name=name, kind=kind, voltage_nominal_v=voltage, src=self.src, **columns)

    def bus(self, kind: str, name: pl.Series, voltage: float, **columns: Any) -> Array:
        """Nodes, each a component of its own."""
        made = self.node(kind, name, voltage, **columns)
        own = self.components.add(len(name), name=name, kind=kind, node_id=made, src=self.src)
        self._of_node.update(zip(made.tolist(), own.tolist(), strict=True))
        return made

    def component(self, kind: str, name: pl.Series, **columns: Any) -> Array:
        """Components that branches carry."""
        return self.components.add(len(name), name=name, kind=kind, src=self.src, **columns)

    def taps(self, name: pl.Series, whips: Array) -> None:
        """Tap-off units, components of their own: with each its whip is out, as nothing lies between the two."""
        self.within.append((self.component("tap", name), whips))

    def branch(self, kind: str, name: pl.Series, a: Array, b: Array, component: Array | None = None, /, **columns: Any) -> Array:
        """Branches; each a component of its own unless given. The ids of the components."""
        number = {"quantity": columns["modules"]} if "modules" in columns else {}
        own = self.component(kind, name, part=columns.get("part"), **number) if component is None else component
        self.branches.add(len(name), name=name, kind=kind, a_node_id=a, b_node_id=b, component_id=own, src=self.src, **(ZERO | columns))
        return own

    def parallel(self, kind: str, name: pl.Series, a: Array, b: Array, modules: int, *, is_spare: bool, **columns: Any) -> None:
        """`modules` equal branches in parallel, `columns` those of one.

        With `is_spare` any one may be out: their own rank (0 unless given) holds all, the one after it the rest when one is out, as late as all
        where these come late. A second one out is the loss of bus b.
        """

        def of(count: int) -> dict[str, Any]:
            many = {k: v / count for k, v in columns.items() if k in SHARED} | {k: v * count for k, v in columns.items() if k in SUMMED}
            return columns | many | {"modules": count}

        if not is_spare or modules < 2:
            self.branch(kind, name, a, b, **of(modules))
            return
        own = self.component(kind, name + f", one of {modules}", part=columns.get("part"), quantity=modules, spare=1)
        self.branch(kind, name, a, b, own, **of(modules))
        last = {"rank": columns.get("rank", 0) + 1, "transfer_s": columns.get("transfer_s", 0.0)}
        rest = np.array([self._of_node[n] for n in b.tolist()])
        self.branch(kind, name + f", {modules - 1} of {modules}", a, b, rest, **of(modules - 1) | last)

    def both_ways(self, kind: str, name: pl.Series, a: Array, b: Array, component: Array | None = None, /, **columns: Any) -> None:
        """Alternatives from either end to the other, one component each pair."""
        own = self.branch(kind, name, a, b, component, **columns)
        self.branch(kind, name, b, a, own, **columns)


def named(pattern: str, *columns: Any) -> pl.Series:
    """Names by the pattern, one for each row of the columns."""
    return pl.Series([pattern.format(*row) for row in zip(*(list(c) for c in columns), strict=True)], dtype=pl.String)
