"""Panel schedules: what hangs on every switchboard, UPS output and busway, circuit by circuit, and the panels with their totals.

Loads are what is connected, by phase, as racks draw it: losses of the chain are not in them. Currents and shares of rating are of the load flow
with everything in service, losses included; of a circuit at its panel (`current_in_a`), of a panel what comes in. A busway is one panel, its taps
in the order in which one walks it.

Reads supply_nodes, supply_branches, supply_feeds, supply_branch_states, supply_node_states, supply_devices, halls, hall_racks, inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import polars as pl

from rackwright.export import cells, chain
from rackwright.export import only as choice
from rackwright.export.chain import Array
from rackwright.export.only import ChoiceError, Only
from rackwright.export.sheets import Book, Sheet
from rackwright.schema.supply import CONVERTERS, normal_ways
from rackwright.schema.tables import Tables

TITLE = "Panel schedules"
FOR = "electricians; Excel, LibreOffice"
NEEDS = "power"
OF = ("hall",)
CHOICES = ("row", "rack")
ABOUT = "circuits of every switchboard, UPS output and busway with breaker, phase loads, tap and rack; panels with totals and share of rating"
WORKBOOK = 3_000  # circuits up to which there is a workbook too
_KINDS = {"bus": "switchgear", "board": "switchboard", "ups": "UPS output", "busway": "busway"}
_LOW_V = 1000.0  # IEC 60364: low voltage up to here
_POWER = ("l1", "l2", "l3", "all")


def files(t: Tables) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`panel-schedules.csv` and `panels.csv` of a hall with a power chain; `rackwright export` makes a workbook too."""
    if not t["supply_feeds"].is_empty():
        yield from _texts(t, Only())


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The circuits that lead to the rows and racks chosen, and their panels. Raises UnknownNameError, ChoiceError."""
    if only.device or only.fabric or only.cable:
        raise ChoiceError("panel schedules are made for rows or racks, not for devices, fabrics or cables")
    chain.needed(t, "panel-schedules")
    yield from _texts(t, only)
    if _circuits(t, only).height <= WORKBOOK:
        yield f"panel-schedules{only.slug()}.xlsx", partial(workbook, t, only)


def _texts(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    yield f"panel-schedules{only.slug()}.csv", lambda: cells.csv(circuits(t, only))
    yield f"panels{only.slug()}.csv", lambda: cells.csv(panels(t, only))


def workbook(t: Tables, only: Only) -> bytes:
    """Both as a workbook; the same tables give the same bytes."""
    return Book("Panel schedules", t.input_text("hall")).write([Sheet("Circuits", circuits(t, only)), Sheet("Panels", panels(t, only))])


def circuits(t: Tables, only: Only = Only()) -> pl.DataFrame:  # noqa: B008  frozen
    """One row a circuit, panel by panel from the utility to the racks. A way that is open in service has no load. Raises UnknownNameError."""
    rows = _circuits(t, only)
    is_ac, loaded = pl.col("is_ac"), [pl.when(pl.col(x) > 0).then(pl.lit(x.upper())) for x in _POWER[:3]]
    phases = pl.when(~is_ac).then(pl.lit("DC")).when(pl.col("all") > 0).then(pl.concat_str(loaded, separator=" ", ignore_nulls=True))
    return rows.select(
        pl.col("hall").alias("Hall"),
        pl.col("panel_name").alias("Panel"),
        pl.col("circuit").alias("Circuit"),
        pl.col("name").alias("Name"),
        pl.when(pl.col("rank") == 0).then(pl.lit("closed")).otherwise(pl.lit("standby")).alias("In service"),
        pl.col("device").alias("Breaker or fuse"),
        pl.col("device_a").alias("Rating of one, A"),
        pl.col("quantity").alias("In parallel"),
        pl.when(pl.col("device").is_null()).then(None).when(is_ac).then(3).otherwise(2).alias("Poles"),
        phases.alias("Phases"),
        *(pl.when(is_ac | (x == "all")).then(pl.col(x) / 1e3).round(3).alias(f"{_head(x)}, kW") for x in _POWER),
        pl.col("current_a").round(1).alias("Current, A"),
        pl.col("current_rated_a").round(1).alias("Rating of the circuit, A"),
        (pl.col("loading") * 100).round(1).alias("Of rating, %"),
        (pl.col("position_mm") / 1000).round(3).alias("Tap at, m"),
        pl.col("rack").alias("Rack"),
        pl.col("feed").alias("Feed"),
        pl.col("path").alias("Path"),
        pl.col("to").alias("To"),
        (pl.col("length_mm") / 1000).round(1).alias("Length, m"),
    )


def panels(t: Tables, only: Only = Only()) -> pl.DataFrame:  # noqa: B008  frozen
    """One row a panel: what feeds it, what is on it, and how much of its way in that takes. Raises UnknownNameError."""
    rows, ways = _circuits(t, only), _ways(t)
    nodes = t["supply_nodes"].sort("node_id")
    wanted = rows.select(pl.col("panel").unique(maintain_order=True))
    counted = _circuits(t, Only()).filter(pl.col("rank") == 0).group_by("panel").agg(pl.len().alias("circuits"), *(pl.col(x).sum() for x in _POWER))
    main = ways.filter(pl.col("rank") == 0).select("branch_id", pl.col("b_node_id").alias("panel"), "name", "device", "device_a", "quantity",
                                                   "current_rated_a", "current_a", "loading")  # fmt: skip
    other = ways.filter(pl.col("rank") > 0).sort("rank").group_by(pl.col("b_node_id").alias("panel")).agg(pl.col("name").str.join("; ").alias("also"))
    halls = t["halls"].select("hall_id", hall="name")
    at = nodes.select(pl.col("node_id").alias("panel"), "kind", "path", "is_ac", "hall_id", panel_name=_name(), volts="voltage_nominal_v")
    at = at.join(halls, on="hall_id", how="left")
    for frame in (at, counted, main, other):
        wanted = wanted.join(frame, on="panel", how="left", maintain_order="left")
    phases = [pl.col(x) for x in _POWER[:3]]
    mean = pl.sum_horizontal(phases) / 3
    return wanted.select(
        pl.col("hall").alias("Hall"),
        pl.col("panel_name").alias("Panel"),
        pl.when(pl.col("volts") > _LOW_V).then(pl.lit("switchgear")).otherwise(pl.col("kind").replace_strict(_KINDS)).alias("Kind"),
        pl.col("path").alias("Path"),
        pl.col("volts").alias("Voltage, V"),
        pl.when("is_ac").then(pl.lit("three-phase")).otherwise(pl.lit("DC")).alias("System"),
        pl.col("name").alias("Fed by"),
        pl.col("device").alias("Breaker or fuse"),
        pl.col("device_a").alias("Rating of one, A"),
        pl.col("quantity").alias("In parallel"),
        pl.col("also").alias("Standby ways"),
        pl.col("circuits").cast(pl.Int64).alias("Circuits in service"),
        *(pl.when(pl.col("is_ac") | (x == "all")).then(pl.col(x) / 1e3).round(3).alias(f"{_head(x)}, kW") for x in _POWER),
        pl.when(pl.col("is_ac") & (mean > 0)).then((pl.max_horizontal(phases) / mean - 1) * 100).round(2).alias("Phase over mean, %"),
        pl.col("current_a").round(1).alias("Current, A"),
        pl.col("current_rated_a").round(1).alias("Rating, A"),
        (pl.col("loading") * 100).round(1).alias("Of rating, %"),
    )


def _name() -> pl.Expr:
    """Name of a panel: of a busway not that of its head alone."""
    return pl.when(pl.col("kind") == "busway").then(pl.col("name").str.strip_suffix(" head")).otherwise("name")


def _head(phase: str) -> str:
    return "Connected" if phase == "all" else phase.upper()


def _ways(t: Tables) -> pl.DataFrame:
    """Branches with their breaker or fuse and their state; nothing of a load flow that has no solution."""
    states = t["supply_branch_states"]
    if t["supply_node_states"]["is_collapsed"].any():
        states = states.clear()
    loading = pl.max_horizontal("loading_power", "loading_current").alias("loading")
    states = states.select("branch_id", "current_a", "current_in_a", loading)
    device = (
        t["supply_devices"]
        .filter(pl.col("kind") != "converter")
        .select("branch_id", "quantity", device=pl.col("part").fill_null(pl.col("kind")), device_a="current_rated_a")
    )
    made = t["supply_branches"].sort("branch_id").join(device, on="branch_id", how="left", maintain_order="left")
    share = pl.when(pl.col("kind").is_in(["whip", "ups"])).then(1).otherwise("quantity")  # supply_devices tells of one only there
    return made.with_columns(pl.col("device_a") / share).join(states, on="branch_id", how="left", maintain_order="left")


def _circuits(t: Tables, only: Only) -> pl.DataFrame:
    """Ways out of panels, in order, with the panel's id and name, load behind them by phase, tap, rack and feed. Raises UnknownNameError."""
    nodes, branches = t["supply_nodes"].sort("node_id"), t["supply_branches"].sort("branch_id")
    parent, _ = normal_ways(t)
    root = _panel_of(nodes, branches, parent)
    behind = _behind(t, parent, choice.racks(t, only)["rack_id"])
    b = branches["b_node_id"].to_numpy()
    rack = t["hall_racks"].select("rack_id", rack="name")
    ends = nodes.select(pl.col("node_id").alias("b_node_id"), to="name", volts_b="voltage_nominal_v").join(
        t["supply_feeds"].select("rack_id", "feed", pl.col("node_id").alias("b_node_id")).join(rack, on="rack_id", how="left"),
        on="b_node_id", how="left", maintain_order="left",
    ).unique("b_node_id", maintain_order=True)  # fmt: skip
    at = nodes.select(pl.col("node_id").alias("a_node_id"), "position_mm", "is_ac", volts_a="voltage_nominal_v")
    panel = nodes.select(pl.col("node_id").alias("panel"), "path", "hall_id", panel_name=_name(), panel_kind="kind")
    panel = panel.join(t["halls"].select("hall_id", hall="name"), on="hall_id", how="left", maintain_order="left")
    load = {x: behind[b, i] for i, x in enumerate(_POWER)}
    rows = _ways(t).with_columns(panel=root[branches["a_node_id"].to_numpy()], chosen=behind[b, 4] > 0, **load)
    rows = rows.filter((pl.col("panel") >= 0) & (pl.col("kind") != "busway"))
    is_normal = pl.col("rank") == 0
    rows = rows.with_columns(
        pl.col("panel").cast(pl.Int32),
        *(pl.when(is_normal).then(x).otherwise(0.0).alias(x) for x in _POWER),
        *(pl.when(is_normal).then(x).alias(x) for x in ("current_in_a", "loading")),
    )
    for frame, on in ((ends, "b_node_id"), (at, "a_node_id"), (panel, "panel")):
        rows = rows.join(frame, on=on, how="left", maintain_order="left")
    rows = rows.with_columns(**_upstream())
    order = pl.col("panel_kind").replace_strict({k: i for i, k in enumerate(_KINDS)}, return_dtype=pl.Int32)
    rows = rows.sort("hall_id", order, "panel", pl.col("rank") > 0, "position_mm", "rank", "feed", "branch_id", nulls_last=False)
    rows = rows.with_columns(circuit=pl.int_range(1, pl.len() + 1).over("panel"))
    return rows.filter("chosen") if only else rows


def _upstream() -> dict[str, pl.Expr]:
    """Current and rating of a circuit at its panel; a converter is rated by what it gives."""
    ratio = pl.col("volts_b") / pl.col("volts_a")
    is_converter = pl.col("kind").is_in(CONVERTERS)
    return {
        "current_a": pl.col("current_in_a"),
        "current_rated_a": pl.when(~is_converter).then(pl.col("current_rated_a") * ratio),
    }


def _panel_of(nodes: pl.DataFrame, branches: pl.DataFrame, parent: Array) -> Array:
    """(n,) node of the panel that a way out of a node belongs to, -1: none. A bus is one at a service or where several normal ways leave it."""
    kind = nodes["kind"]
    normal = branches.filter(pl.col("rank") == 0)
    out = np.bincount(normal["a_node_id"].to_numpy(), minlength=nodes.height)
    is_service = np.zeros(nodes.height, dtype=bool)
    is_service[normal.filter(pl.col("kind") == "source")["b_node_id"].to_numpy()] = True
    is_panel = kind.is_in(["board", "ups", "busway"]).to_numpy() | ((kind == "bus").to_numpy() & (is_service | (out > 1)))
    is_tap = (kind == "tap").to_numpy()
    root = np.where(is_panel, np.arange(nodes.height), -1)
    head = chain.upstream(parent, ~is_tap)
    own = is_tap & (head >= 0)
    root[own] = np.where(is_panel[head[own]], head[own], -1)
    return root


def _behind(t: Tables, parent: Array, racks: pl.Series) -> Array:
    """(n, 5) connected power behind each node by phase and in all, and how many feeds of the racks chosen. DC draws alike from all phases."""
    feeds = t["supply_feeds"]
    phases = [pl.col(f"power_{x}_w").fill_null(pl.col("power_w") / 3) for x in _POWER[:3]]
    values = feeds.select(*phases, "power_w", pl.col("rack_id").is_in(racks.implode()).cast(pl.Float64)).to_numpy()
    return chain.below(parent, feeds["node_id"].to_numpy(), values)
