"""What rules about a hall's power chain share: its normal ways, what hangs below a place, what an outage does, the line of the spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.base.units import show
from rackwright.schema.supply import normal_ways
from rackwright.schema.tables import Tables

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
LOW_V = 1000.0
"""AC up to here is low voltage (IEC 60038)."""
LARGE_VA = 100e6
"""Three-phase transformers above this are large power transformers (IEC 60076-7)."""
DEALT = ("2N", "3-to-make-2", "4-to-make-3")
"""Words for racks dealt to several paths."""
REDUNDANT = (*DEALT, "block", "catcher")
"""Words that promise that a block may be lost."""
HALL = """\
hall: small
designs: {s: rack.yaml}
floor: {rows: 1, places: 12, pitch: 700 mm}
racks:
  s: {design: s, count: 10}
"""
PHASES = ("current_l1_a", "current_l2_a", "current_l3_a")
"""Currents of the three phases in `supply_phases`."""
RACK = """\
rack: servers
frame: eia/310-42u
trays:
  node: {part: generic/server-1u-2x100g, count: 20}
power: {pdu: raritan/px3-5878, pdus: 2, feeds: [A, B], redundancy: 2N}
cooling: {air_rise: 18 K}
"""


@dataclass(frozen=True, slots=True)
class Tree:
    """Normal ways (rank 0): (n,) node above each node, -1 none; the row of the branch between; and how many branches there are to the source."""

    above: Ints
    way: Ints
    depth: Ints

    def below(self, weight: Floats) -> Floats:
        """(n,) sum of `weight` (n,) over each node and all below it."""
        found = weight.astype(np.float64)
        order = np.argsort(-self.depth, kind="stable")
        cuts = np.flatnonzero(np.diff(self.depth[order])) + 1
        for level in np.split(order, cuts):
            level = level[self.above[level] >= 0]
            np.add.at(found, self.above[level], found[level])
        return found

    def top(self, is_begin: NDArray[np.bool_]) -> Ints:
        """(n,) nearest node at or above each whose branch from above (or which itself) `is_begin` (n,); the source where there is none."""
        found = np.where(is_begin | (self.above < 0), np.arange(len(self.above)), self.above)
        for _ in range(len(found).bit_length()):
            found = found[found]
        return found


def tree(t: Tables) -> Tree:
    """Normal ways of the chain. Reads supply_branches and supply_nodes; a loop, which PWR406 tells of, is cut somewhere."""
    above, way = normal_ways(t)
    depth, further = (above >= 0).astype(np.int64), above.copy()
    for _ in range(len(above).bit_length()):
        on = further >= 0
        depth[on] += depth[further[on]]
        further[on] = further[further[on]]
    return Tree(above, way, depth)


def line(t: Tables, *paths: str) -> int:
    """Span of the first of these inputs that is written in the spec (`ups` is `power.ups`), else of `power`. Reads inputs."""
    found = t.inputs_of("power").filter((pl.col("origin") != "default") & (pl.col("path") != "power"))
    for path in (*paths, "redundancy"):
        own = found.filter(pl.col("path") == f"power.{path}")
        if own.height:
            return int(own["src"][0])
    return int(found["src"][0]) if found.height else 0


def lines(t: Tables, words: pl.Series, paths: Mapping[str, Sequence[str]]) -> pl.Series:
    """(k,) `line` of the paths that each of these words has. Reads inputs."""
    found = {w: line(t, *paths.get(w, ())) for w in words.unique().to_list()}
    return pl.Series([found[w] for w in words.to_list()], dtype=pl.Int32)


def number(t: Tables, path: str, otherwise: float) -> float:
    """An input of `power`. Reads inputs."""
    found = t.inputs_of(f"power.{path}")["value"].drop_nulls()
    return float(found[0]) if len(found) else otherwise


def word(t: Tables, path: str) -> str:
    """An input of `power` that is a word; empty: none. Reads inputs."""
    found = t.inputs_of(f"power.{path}")["text"].drop_nulls()
    return str(found[0]) if len(found) else ""


def others(count: pl.Expr, what: str = "worst") -> pl.Expr:
    """` (worst of 12)`, or nothing where there is one."""
    more = pl.concat_str([pl.lit(f" ({what} of "), count.cast(pl.String), pl.lit(")")])
    return pl.when(count > 1).then(more).otherwise(pl.lit(""))


def device(kind: str = "kind", name: str = "name") -> pl.Expr:
    """In words which device it is: `the fuse of `H01.AA01 feed A whip``, of rows of supply_devices."""
    quoted = pl.concat_str([pl.lit("`"), pl.col(name), pl.lit("`")])
    of = pl.concat_str([pl.lit("the "), pl.col(kind).replace({"converter": "output"}), pl.lit(" of "), quoted])
    return pl.when(pl.col(name).str.ends_with("breaker")).then(pl.concat_str([pl.lit("the "), quoted])).otherwise(of)


def first_of(found: pl.DataFrame, by: str, *groups: str) -> pl.DataFrame:
    """Of each group the row with the greatest `by`, with `n`, how many there are; groups in order of that."""
    order = found.sort(by, descending=True, maintain_order=True)
    counted = order.with_columns(n=pl.len().over(groups) if groups else pl.len())
    return counted.unique(groups, keep="first", maintain_order=True) if groups else counted.head(1)


def solved(t: Tables) -> bool:
    """The load flow with everything in service has a solution; PWR403 tells where it has none. Reads supply_node_states."""
    return not t["supply_node_states"]["is_collapsed"].any()


def carried(t: Tables) -> pl.DataFrame:
    """Low-voltage and DC devices with `amps`, what flows at their end with everything in service, and `rating`: of whips that of all breakers in
    parallel as the rack has them. Reads supply_branches, supply_branch_states, supply_devices and supply_nodes.
    """
    found = ends(t).filter(((pl.col("volts") <= LOW_V) | ~pl.col("is_ac")) & (pl.col("amps") > 0))
    whip = pl.coalesce("breaker_a", pl.col("rated") * pl.col("quantity"))
    return found.with_columns(rating=pl.when(pl.col("kind").is_in(["whip", "ups"])).then(whip).otherwise(pl.col("rated")))


def ends(t: Tables) -> pl.DataFrame:
    """Devices with `amps`, what flows at their end with everything in service; `amps_worst`, the most over all single outages; `nominal`, what of
    `amps` flows where they are at nominal voltage; and `each`, how many devices of the row share it. Reads supply_branches, supply_branch_states,
    supply_devices and supply_nodes.
    """
    node = t["supply_nodes"].select("is_ac", node_id="node_id", volts="voltage_nominal_v")
    own = (
        t["supply_devices"]
        .filter(pl.col("kind") != "converter")
        .select("branch_id", "node_id", "quantity", "curve", rated="current_rated_a")
        .join(node, on="node_id", maintain_order="left")
    )
    found = own.join(t["supply_branches"].select("branch_id", "name", "kind", "breaker_a"), on="branch_id", maintain_order="left")
    found = found.join(t["supply_branch_states"], on="branch_id", maintain_order="left")
    phases = pl.when(pl.col("is_ac")).then(np.sqrt(3.0)).otherwise(1.0)
    nominal = pl.col("power_w") / pl.col("power_factor") / phases / pl.col("volts")
    each = pl.when(pl.col("kind").is_in(["whip", "ups"])).then("quantity").otherwise(1)
    return found.with_columns(amps="current_in_a", amps_worst="current_in_worst_a", nominal=nominal, each=each)


def phases(t: Tables) -> pl.DataFrame:
    """Low-voltage places of `supply_phases` with their `name` and `current_rated_a` of the normal way into them. Reads supply_branches, supply_nodes
    and supply_phases.
    """
    own = t["supply_nodes"].filter(pl.col("voltage_nominal_v") <= LOW_V).select("node_id", "name")
    ways = t["supply_branches"].filter(pl.col("rank") == 0).select("current_rated_a", node_id="b_node_id")
    found = t["supply_phases"].join(own, on="node_id", maintain_order="left")
    return found.join(ways, on="node_id", how="left", maintain_order="left")


def after_loss(t: Tables) -> pl.DataFrame:
    """Branches with `loading_worst` over all single outages and `lost`, the name of the one that makes it; those that are within their rating in
    service. Reads supply_branches, supply_branch_states, supply_components and supply_outages (there are none before the study).
    """
    names = t["supply_components"].select("component_id", lost="name")
    now = pl.max_horizontal(pl.col("loading_power").fill_null(0.0), pl.col("loading_current").fill_null(0.0))
    states = t["supply_branch_states"].filter((now <= 1 + 1e-9) & pl.col("loading_worst").is_not_null() & (t["supply_outages"].height > 0))
    states = states.select("branch_id", "component_id", "loading_worst").join(names, on="component_id", maintain_order="left")
    return states.join(t["supply_branches"].drop("component_id"), on="branch_id", maintain_order="left")


def emergency() -> pl.Expr:
    """Share of its rating that a transformer may carry in an emergency: 1.3 of a large one, 1.5 of others (IEC 60076-7 and -12)."""
    return pl.when(pl.col("power_rated_va") / pl.col("modules") > LARGE_VA).then(1.3).otherwise(1.5)


def opens(t: Tables, curve: int | None, amps: float) -> str:
    """In words, when the one device of that curve opens at so many A. Reads supply_curves."""
    if curve is None:
        return "no device of its own ends it"
    own = t["supply_curves"].filter((pl.col("curve") == curve) & ~pl.col("is_late")).sort("point")
    at, seconds = own["current_a"].to_numpy(), own["time_s"].to_numpy()
    if not len(at) or amps < at[0]:
        return "its breaker does not open on that"
    after = float(np.exp(np.interp(np.log(amps), np.log(at), np.log(np.maximum(seconds, 1e-3)))))
    return f"its breaker opens after {show(after, 's')} at the earliest"
