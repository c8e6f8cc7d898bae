"""What `rackwright sim power` prints: the chain in service kind by kind, the outages that cost most, fault levels by kind of node."""

from __future__ import annotations

import polars as pl

from rackwright.base.units import show as quantity
from rackwright.cli import options, rows, screen
from rackwright.schema.tables import Tables

WORST = 20
_OUTAGES = (
    "component",
    "kind",
    "racks_dark",
    "load_dark_w",
    "branches_over",
    "loading_worst",
    "worst_branch",
    "voltage_share",
    "transfer_s",
    "racks_dark_next",
)


def show(t: Tables, format: options.TableFormat) -> None:
    """All of it as text; as csv or json every outage."""
    found = _outages(t)
    if format is not options.TableFormat.TEXT:
        rows.write(_OUTAGES, found.select(_OUTAGES).iter_rows(), format)
        return
    _normal(t, format)
    screen.out(f"\nSingle outages, worst first ({min(WORST, found.height)} of {found.height}); next: racks dark when one more fails\n")
    shown = found.head(WORST)
    head = ("out", "kind", "racks dark", "load dark", "over rating", "worst", "where", "lowest V", "transfer", "next")
    rows.write(head, (_outage(r) for r in shown.select(_OUTAGES).iter_rows()), format)
    _faults(t, format)


def _outages(t: Tables) -> pl.DataFrame:
    names = t["supply_branches"].select("branch_id", worst_branch="name")
    made = t["supply_outages"].join(t["supply_components"].select("component_id", "kind", component="name"), on="component_id")
    order = [pl.col("load_dark_w"), pl.col("branches_over"), pl.col("loading_worst").fill_null(float("inf"))]
    return made.join(names, on="branch_id", how="left").sort([*order, "component_id"], descending=[True, True, True, False])


def _outage(row: tuple[object, ...]) -> tuple[object, ...]:
    out, kind, dark, load, over, loading, branch, volts, wait, after = row
    return (
        out,
        kind,
        dark,
        quantity(_float(load), "W"),
        over,
        _share(loading),
        branch or "",
        _share(volts),
        _seconds(wait),
        "" if after is None else after,
    )


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def _share(value: object) -> str:
    return "" if value is None else f"{_float(value):.1%}"


def _seconds(value: object) -> str:
    return "" if value is None else f"{_float(value):g} s"


def _normal(t: Tables, format: options.TableFormat) -> None:
    states = t["supply_branches"].join(t["supply_branch_states"], on="branch_id", suffix="_state")
    loading = pl.max_horizontal("loading_power", "loading_current")
    by = (
        states.with_columns(loading=loading)
        .group_by("kind", maintain_order=True)
        .agg(branches=pl.len(), loss=pl.col("loss_w").sum(), normal=pl.col("loading").max(), outage=pl.col("loading_worst").max())
    )
    grid = float(states.filter(kind="source")["power_w"].sum())
    racks = float(t["supply_feeds"]["power_w"].sum())
    share = f"{racks / grid:.2%}" if grid else "no load"
    screen.out(f"In service: {quantity(grid, 'W')} from the utility, {quantity(racks, 'W')} to racks, efficiency {share}; greatest loading by kind\n")
    head = ("kind", "branches", "loss", "loading", "with one out")
    rows.write(head, ((k, n, quantity(w, "W"), _share(a), _share(b)) for k, n, w, a, b in by.iter_rows()), format)


def _faults(t: Tables, format: options.TableFormat) -> None:
    screen.out("\nThree-phase fault currents by kind of node, kA\n")
    by = (
        t["supply_nodes"]
        .join(t["fault_levels"], on="node_id")
        .group_by("kind", maintain_order=True)
        .agg(*(pl.col(f"current_{c}_a").max().alias(c) for c in ("max", "peak", "thermal")), least=pl.col("current_min_a").min())
    )
    values = (
        (k, *(f"{v / 1000:.2f}" for v in (a, p, th, low))) for k, a, p, th, low in by.select("kind", "max", "peak", "thermal", "least").iter_rows()
    )
    rows.write(("kind", "greatest", "peak", "thermal 1 s", "least"), values, format)
