"""The power chain as a topology of NVIDIA DPS (Domain Power Service, later Dynamic Power Software): what feeds what, and what each may carry.

Entities are the utility (`PowerDomain`), boards, UPS outputs, busways and the feeds of racks (`PowerDistribution`), and the nodes that DPS steers
(`ComputerSystem`). What lies between two of them is not an entity: the least rating on the way is the limit of the lower one. Normal ways alone.

A node stands under every feed of its rack, as it is wired. The rest of a rack (switches, fans, losses) is the `StaticLoad` of its feeds: nodes
shared evenly over their feeds, and static loads, add up to what the racks take.

DPS 0.9 calls the limit of an entity `OperatingLimit`, 0.8 and before `Constraints`; there is a file for either. The third file has the device
specifications that both refer to; models of nodes that DPS itself ships are not in it.

Source: docs.nvidia.com/datacenter/dps, guides 0.7.2, 0.8 and 0.9 (topologies, entities, device specifications), read 2026-11-22.

Reads what `chain` and `ends.devices` read, and nic_ports, designs, design_loads, inputs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from rackwright.export import chain
from rackwright.export.chain import Array, Chain
from rackwright.export.only import Only
from rackwright.schema import ends
from rackwright.schema.tables import Tables

TITLE = "Power topology for NVIDIA DPS"
FOR = "NVIDIA DPS"
NEEDS = "power"
OF = ("hall",)
CHOICES = ()
_SHIPPED = {  # models that DPS has plug-ins for, by our part
    "nvidia/dgx-b200": "DGX_B200",
    "nvidia/dgx-b300": "DGX_B300",
    "nvidia/dgx-h100": "DGX_H100",
    "nvidia/gb200-compute-tray": "DGX_GB200",
    "nvidia/gb300-compute-tray": "DGX_GB300",
}
_NAMES = {"rack": "RackFeed", "busway": "Busway", "ups": "UPS", "board": "Board", "bus": "Bus"}
_LIMITS = {"dps-topology.json": "Constraints", "dps-topology-0.9.json": "OperatingLimit"}


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`dps-topology.json`, the same for DPS 0.9, and `dps-devices.yaml`. Raises ChoiceError."""
    chain.needed(t, "dps", only)
    for path, limit in _LIMITS.items():
        yield path, partial(topology, t, limit)
    yield "dps-devices.yaml", partial(devices, t)


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """`entities`: kept nodes (node_id, name, kind, path, above, capacity_w or null, limit_w, power_factor, efficiency, static_w, model); `nodes`: one
    row a node (rack_id, name, part, model, power_w); `feeds`: supply_feeds.
    """

    entities: pl.DataFrame
    nodes: pl.DataFrame
    feeds: pl.DataFrame


def topology(t: Tables, limit: str = "Constraints") -> bytes:
    """The topology, an entity a line; `limit` is what the field of a limit is called. Raises ChoiceError."""
    plan = _plan(t)
    entities = ",\n".join(_entities(plan, limit))
    links = ",\n".join(_links(plan))
    name = json.dumps(t.input_text("hall"), ensure_ascii=False)
    return f'{{"Entities": [\n{entities}\n],\n"Topology": {{"Name": {name}, "Entities": [\n{links}\n]}},\n"Policies": []}}\n'.encode()


def devices(t: Tables) -> bytes:
    """Device specifications of every model that DPS does not ship, as its YAML. Raises ChoiceError."""
    plan = _plan(t)
    lines = ["# For `dpsctl device upsert`. Efficiencies are those of the load flow with everything in service."]
    kept = plan.entities.filter(pl.col("kind") != "grid")
    own = kept.group_by("model").agg(pl.col("limit_w").max(), pl.col("efficiency").mean().fill_null(1.0).round(4)).sort("model")
    for model, most, efficiency in own.iter_rows():
        lines += ["- type: PowerDistribution", f"  model: {json.dumps(model)}", "  spec:", f"    maxLoadWatts: {most:.0f}"]
        lines += [f"    efficiencyFactor: {efficiency:g}"]
    nodes = plan.nodes.filter(~pl.col("model").is_in(list(_SHIPPED.values()))).group_by("model").agg(pl.col("power_w").max()).sort("model")
    for model, most in nodes.iter_rows():
        lines += ["- type: ComputerSystem", f"  model: {json.dumps(model)}", "  spec:", f"    maxLoadWatts: {most:.0f}"]
    return ("\n".join(lines) + "\n").encode()


def _plan(t: Tables) -> _Plan:
    c = chain.in_service(t)
    kind, n = c.nodes["kind"], c.nodes.height
    out = np.bincount(c.a[c.is_normal], minlength=n)
    is_kept = kind.is_in(["grid", "board", "ups", "busway", "rack"]).to_numpy() | ((kind == "bus").to_numpy() & (out > 1))
    above, capacity, efficiency = _ways(t, c, is_kept)
    nodes, feeds = _nodes(t), t["supply_feeds"].select("feed_id", "rack_id", "node_id", "power_w")
    count = nodes.group_by("rack_id").agg(pl.col("power_w").sum().alias("steered_w"))
    feeds = feeds.join(count, on="rack_id", how="left", maintain_order="left")
    rest = pl.col("power_w") - pl.col("steered_w").fill_null(0) / pl.len().over("rack_id")
    static = np.full(n, np.nan)
    static[feeds["node_id"].to_numpy()] = feeds.select(rest.clip(0).round(1)).to_series().to_numpy()
    factor = t["supply_branch_states"].sort("branch_id")["power_factor"].fill_null(1.0).to_numpy()
    contract = t["inputs"].filter(pl.col("path") == "power.utility.contract").drop_nulls("value")["value"]
    if contract.len():
        capacity[(kind == "grid").to_numpy()] = contract[0]
    rows = c.nodes.select("node_id", "name", "kind", "path").with_columns(
        above=pl.Series(above),
        capacity_w=pl.Series(np.where(np.isfinite(capacity), np.round(capacity), np.nan)).fill_nan(None),
        limit_w=pl.Series(np.round(_resolved(capacity, above, is_kept))),
        power_factor=pl.Series(np.where(c.way >= 0, factor[c.way], 1.0)).round(4),
        efficiency=pl.Series(efficiency).fill_nan(None),
        static_w=pl.Series(static).fill_nan(None),
    )
    rows = rows.filter(is_kept).with_columns(_unique("name", "node_id"))
    size = (pl.col("limit_w") / 1e3).round(0).cast(pl.Int64)
    model = pl.concat_str(pl.col("kind").replace_strict(_NAMES, default="Utility"), pl.lit("_"), size, pl.lit("kW"))
    return _Plan(rows.with_columns(model=model), nodes, feeds)


def _unique(name: str, number: str) -> pl.Expr:
    """Names, with a number after those that are not unique."""
    return pl.when(pl.len().over(name) > 1).then(pl.concat_str(name, pl.lit(" #"), number)).otherwise(name).alias(name)


def _ways(t: Tables, c: Chain, is_kept: Array) -> tuple[Array, Array, Array]:
    """(n,) nearest kept node upstream (-1: none), least rating in watt on the way from it (inf: none), and efficiency of that way (NaN: it
    feeds no rack in service, so that nothing but standing losses flows).
    """
    states = t["supply_branch_states"].sort("branch_id")
    given, lost = states["power_w"].to_numpy(), states["loss_w"].to_numpy()
    passed = np.where(given > 0, 1 - lost / np.where(given > 0, given, 1.0), 1.0)
    factor = states["power_factor"].fill_null(1.0).to_numpy()
    amps = np.fmin(c.number("current_rated_a"), c.number("breaker_a"))
    phases = np.where(c.is_ac[c.b], np.sqrt(3.0) * np.where(c.is_converter, 1.0, factor), 1.0)
    power = c.number("power_rated_va") * np.where(c.is_converter | ~c.is_ac[c.b], 1.0, factor)
    rated = np.fmin(np.fmin(amps * c.volts[c.b] * phases, power), np.inf)
    n = len(c.parent)
    capacity, efficiency, at = np.full(n, np.inf), np.ones(n), np.arange(n)
    while (at >= 0).any():
        own = np.flatnonzero((at >= 0) & (c.way[at] >= 0))
        way = c.way[at[own]]
        capacity[own] = np.minimum(capacity[own], rated[way])
        efficiency[own] *= passed[way]
        further = np.full(n, -1)
        up = c.parent[at[own]]
        further[own] = np.where((up >= 0) & ~is_kept[up], up, -1)
        at = further
    feeding = chain.below(c.parent, np.flatnonzero(c.load_va), np.abs(c.load_va[c.load_va != 0])[:, None])[:, 0] > 0
    return chain.upstream(c.parent, is_kept), capacity, np.where(feeding, efficiency, np.nan)


def _resolved(capacity: Array, above: Array, is_kept: Array) -> Array:
    """(n,) capacity; of what has none the sum of what hangs on it, which never binds."""
    made = np.where(is_kept, capacity, 0.0)
    own = np.flatnonzero(is_kept & (above >= 0))
    while np.isinf(made).any():
        open_ = np.isinf(made)
        below = np.zeros(len(made))
        np.add.at(below, above[own], made[own])
        ready = open_ & np.isfinite(below)
        made[ready] = below[ready]
        if not ready.any():
            raise ValueError("kept nodes without a rated way form a loop")
    return made


def _nodes(t: Tables) -> pl.DataFrame:
    """What DPS steers, one row each: rack_id, name, part, model, power_w. They are the devices with the fastest ports of a design with accelerators.

    The greatest power of one is that of its chips but switch chips, with its share of the boards.
    """
    fastest = pl.col("speed_port_gbps") == pl.col("speed_port_gbps").max().over("design_id")
    own = t["designs"].filter(pl.col("accelerators") > 0).select("design_id")
    found = t["nic_ports"].filter(fastest).select("design_id", local="device").unique().join(own, on="design_id")
    many = found.group_by("design_id").agg(pl.len().alias("many"))
    is_board, is_chip = pl.col("kind") == "board", (pl.col("kind") == "chip") & ~pl.col("name").str.starts_with("switch")
    each = t["design_loads"].join(many, on="design_id").group_by("design_id").agg(
        (pl.col("power_w").filter(is_chip).sum() / pl.col("many").first()
         + (pl.col("power_w") / pl.max_horizontal("quantity", "many")).filter(is_board).sum()).round(1).alias("power_w"),
    )  # fmt: skip
    slug = pl.col("part").str.replace_all(r"[^A-Za-z0-9]+", "_")
    found = found.join(each, on="design_id")
    at = ends.devices(t).join(found, on=["design_id", "local"], maintain_order="left")
    return at.select("rack_id", "part", "power_w", name="end", model=pl.col("part").replace_strict(_SHIPPED, default=slug, return_dtype=pl.String))


def _lines(rows: pl.DataFrame) -> list[str]:
    """Rows as JSON objects."""
    return rows.write_ndjson().splitlines() if rows.height else []


def _watts(column: str) -> pl.Expr:
    return pl.struct(pl.col(column).alias("Value"), pl.lit("W").alias("Type"))


def _entities(plan: _Plan, limit: str) -> Iterator[str]:
    rows = plan.entities
    bound = pl.struct(_watts("capacity_w").alias("PowerValue"), pl.col("power_factor").alias("PowerFactor")).alias(limit)
    is_grid, is_rated = pl.col("kind") == "grid", pl.col("capacity_w").is_not_null()
    domain = [pl.lit("PowerDomain").alias("Type"), pl.col("name").alias("Name")]
    panel = [pl.lit("PowerDistribution").alias("Type"), pl.col("model").alias("Model"), pl.col("name").alias("Name")]
    static = _watts("static_w").alias("StaticLoad")
    yield from _lines(rows.filter(is_grid & is_rated).select(*domain, bound))
    yield from _lines(rows.filter(is_grid & ~is_rated).select(*domain))
    for is_feed, more in ((pl.col("static_w").is_null(), []), (pl.col("static_w").is_not_null(), [static])):
        yield from _lines(rows.filter(~is_grid & is_rated & is_feed).select(*panel, bound, *more))
        yield from _lines(rows.filter(~is_grid & ~is_rated & is_feed).select(*panel, *more))
    host = pl.col("name").str.to_lowercase()
    url = pl.concat_str(pl.lit("https://"), host.str.replace_all(r"[^a-z0-9]+", "-"), pl.lit("-bmc"))
    redfish = pl.struct(url.alias("URL"), host.str.replace_all(r"[^a-z0-9.]+", "-").alias("SecretName")).alias("Redfish")
    cap = [pl.struct(_watts("power_w").alias("PowerValue")).alias(limit)] if limit == "Constraints" else []
    yield from _lines(plan.nodes.select(pl.lit("ComputerSystem").alias("Type"), pl.col("model").alias("Model"), pl.col("name").alias("Name"),
                                        *cap, redfish))  # fmt: skip


def _links(plan: _Plan) -> Iterator[str]:
    """Entities with what hangs on them; where a path begins it has a feed tag. Leaves are named as children alone."""
    rows = plan.entities
    names = rows.select(above="node_id", parent="name", path_above="path", kind_above="kind")
    under = rows.join(names, on="above", how="inner", maintain_order="left")
    nodes = plan.feeds.join(plan.nodes.select("rack_id", "name"), on="rack_id", maintain_order="left")
    both = pl.concat([under.select("above", "name"), nodes.select(pl.col("node_id").cast(pl.Int64).alias("above"), "name")])
    children = both.group_by("above", maintain_order=True).agg(pl.col("name").alias("Children"))
    begins = under.filter(pl.col("path").is_not_null() & pl.col("path_above").is_null())["node_id"]
    made = rows.join(children, left_on="node_id", right_on="above", maintain_order="left")
    is_tagged = pl.col("node_id").is_in(begins.implode())
    tag = pl.col("name").str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-").alias("FeedTag")
    yield from _lines(made.filter(~is_tagged).select(pl.col("name").alias("Name"), "Children"))
    yield from _lines(made.filter(is_tagged).select(pl.col("name").alias("Name"), tag, "Children"))
