"""What `rackwright sim power` prints: the answers, then outages, devices, faults, arcs and downtime, worst first; and of `--fail` its one case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from rackwright.base.units import J_PER_CAL
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
    "carry_s",
    "carried_by",
    "is_carried",
    "racks_low",
    "low_s",
    "racks_dark_next",
    "next",
)


def components(t: Tables, names: Sequence[str]) -> list[int]:
    """Ids of components by name. Raises UsageError, with what was probably meant."""
    known = dict(t["supply_components"].select("name", "component_id").iter_rows())
    for name in names:
        if name not in known:
            hint = rows.meant(name, known, 0.6) or "; `rackwright show DIR supply_components` lists them"
            raise screen.UsageError(f"the power chain has no component `{name}`{hint}")
    return [int(known[name]) for name in names]


def show(t: Tables, format: options.TableFormat) -> None:
    """All of it as text; as csv or json every outage."""
    found = _outages(t)
    if format is not options.TableFormat.TEXT:
        rows.write(_OUTAGES, found.select(_OUTAGES).iter_rows(), format)
        return
    _answers(t, format)
    _kinds(t, format)
    screen.out(
        f"\nSingle outages, worst first ({min(WORST, found.height)} of {found.height}); dark after: stores at too low a voltage are empty; "
        "next: racks dark when one more fails meanwhile\n"
    )
    head = (
        "out",
        "kind",
        "racks dark",
        "load dark",
        "over rating",
        "worst",
        "where",
        "lowest V",
        "transfer",
        "carried for",
        "by",
        "dark after",
        "next",
        "with",
    )
    rows.write(head, (_outage(r) for r in found.head(WORST).select(_OUTAGES).iter_rows()), format)
    _faults(t, format)
    _devices(t, format)
    _arcs(t, format)
    _downtime(t, format)


def show_case(t: Tables, names: Sequence[str], format: options.TableFormat) -> None:
    """One case of components out: its answers, what is over its rating, loading by kind; as csv or json its answers."""
    if format is not options.TableFormat.TEXT:
        found = t["supply_results"].select("question", "title", "value", "unit", "note")
        rows.write(found.columns, found.iter_rows(), format)
        return
    screen.out(f"Out of service: {', '.join(names)}\n\n")
    _answers(t, format)
    over = _loaded(t).filter(pl.col("loading") > 1 + 1e-9).sort("loading", descending=True)
    if over.height:
        screen.out(f"\nOver rating, worst first ({min(WORST, over.height)} of {over.height})\n")
        shown = over.head(WORST).select("name", "kind", "loading", "current_a", "power_w")
        rows.write(
            ("branch", "kind", "loading", "current", "power"),
            ((n, k, _share(x), _amps(a), quantity(w, "W")) for n, k, x, a, w in shown.iter_rows()),
            format,
        )
    _kinds(t, format)


def _answers(t: Tables, format: options.TableFormat) -> None:
    """Table `supply_results`."""
    found = t["supply_results"]
    for table, key in (("supply_components", "component_id"), ("supply_branches", "branch_id"), ("supply_nodes", "node_id")):
        found = found.join(t[table].select(key, pl.col("name").alias(f"of_{key}")), on=key, how="left", maintain_order="left")
    shown = found.select("title", "value", "unit", "of_component_id", "of_branch_id", "of_node_id", "note")
    rows.write(
        ("question", "answer", "where", "how"),
        ((q, _answer(v, u), _where(c, b, n), note or "") for q, v, u, c, b, n, note in shown.iter_rows()),
        format,
    )


def _where(component: str | None, branch: str | None, node: str | None) -> str:
    """What is out, and where that shows."""
    place = branch or node
    return f"{place}, {component} out" if component and place else component or place or ""


def _answer(value: float | None, unit: str) -> str:
    if value is None:
        return "none"
    if unit == "1":
        return f"{100 * value:.7f}".rstrip("0").rstrip(".") + " %" if value > 0.9999 else f"{100 * value:.2f} %"
    if unit == "A":
        return _amps(value)
    if unit in ("kWh", "USD", "pcs"):
        return f"{value:,.0f}" + ("" if unit == "pcs" else f" {unit}")
    return quantity(value, unit)


def _outages(t: Tables) -> pl.DataFrame:
    names = t["supply_branches"].select("branch_id", worst_branch="name")
    out = t["supply_components"].select("component_id", "kind", component="name")
    made = t["supply_outages"].join(out, on="component_id").join(out.select(next_id="component_id", next="component"), on="next_id", how="left")
    order = [pl.col("load_dark_w"), ~pl.col("is_carried"), pl.col("branches_over"), pl.col("loading_worst").fill_null(float("inf"))]
    return made.join(names, on="branch_id", how="left").sort([*order, "component_id"], descending=[True, True, True, True, False])


def _outage(row: tuple[object, ...]) -> tuple[object, ...]:
    out, kind, dark, load, over, loading, branch, volts, wait, carry, by, is_carried, low, low_s, after, then = row
    held = "" if carry is None else _seconds(carry) + ("" if is_carried else ", too short")
    worst, lowest = _share(loading), _share(volts)
    return (
        out,
        kind,
        dark,
        quantity(_float(load), "W"),
        over,
        worst,
        branch or "",
        lowest,
        _seconds(wait),
        held,
        by or "",
        f"{_seconds(low_s)}: {low}" if low else "",
        "" if after is None else after,
        then or "",
    )


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def _share(value: object) -> str:
    return "" if value is None else f"{_float(value):.1%}".replace("%", " %")


def _seconds(value: object) -> str:
    return "" if value is None else f"{_float(value):.3g} s" if _float(value) < 120 else f"{_float(value) / 60:.3g} min"


def _amps(value: object) -> str:
    """Currents of faults and feeders; kA from 1 kA on."""
    amps = _float(value)
    return "" if value is None else f"{amps / 1000:,.2f} kA" if amps >= 1000 else f"{amps:.0f} A"


def _loaded(t: Tables) -> pl.DataFrame:
    states = t["supply_branches"].join(t["supply_branch_states"], on="branch_id", suffix="_state")
    return states.with_columns(loading=pl.max_horizontal("loading_power", "loading_current"))


def _kinds(t: Tables, format: options.TableFormat) -> None:
    screen.out("\nIn service by kind: loss, and greatest loading of rating\n")
    aggregates = [pl.len().alias("n"), pl.col("loss_w").sum(), pl.col("loading").max(), pl.col("loading_worst").max()]
    by = _loaded(t).group_by("kind", maintain_order=True).agg(aggregates)
    head = ("kind", "branches", "loss", "loading", "with one out")
    rows.write(head, ((k, n, quantity(w, "W"), _share(a), _share(b)) for k, n, w, a, b in by.iter_rows()), format)


def _faults(t: Tables, format: options.TableFormat) -> None:
    screen.out("\nThree-phase fault currents by kind of node (greatest at the worst place; least of utility, generator and inverter)\n")
    high = [pl.col(f"current_{c}_a").max().alias(c) for c in ("max", "peak", "thermal")]
    low = [pl.col(f"current_{c}_a").min().alias(c) for c in ("utility", "generator", "inverter")]
    found = t["supply_nodes"].join(t["fault_levels"], on="node_id")
    by = found.group_by("kind", "voltage_nominal_v", maintain_order=True).agg(pl.len(), *high, *low)
    head = ("kind", "voltage", "places", "greatest", "peak", "thermal 1 s", "least: utility", "generator", "inverter")
    rows.write(head, ((k, quantity(v, "V"), n, *(_amps(a) for a in amps)) for k, v, n, *amps in by.iter_rows()), format)


def _devices(t: Tables, format: options.TableFormat) -> None:
    """Alike devices as one line, and pairs that are not selective."""
    d = t["supply_devices"]
    screen.out("\nBreakers and fuses; trips: longest time at the least and at the greatest fault\n")
    slow = pl.when(pl.col("trip_s").null_count() == 0).then(pl.col("trip_s").max()).alias("slow")
    alike = d.group_by("curve", maintain_order=True).agg(
        pl.col("name").first(), pl.len(), pl.col("part").first(), pl.col("current_rated_a").first(), pl.col("interrupting_a").first(),
        pl.col("fault_max_a").max(), pl.col("fault_min_a").min(), slow,
        pl.col("trip_max_s").max(), pl.col("is_interrupting").all(),
    )  # fmt: skip
    head = ("first", "alike", "part", "rated", "breaks", "greatest fault", "least fault", "trips", "at greatest", "verdict")
    rows.write(head, (_device(r) for r in alike.drop("curve").iter_rows()), format)
    pairs = t["supply_device_pairs"].filter(~pl.col("is_selective"))
    if not pairs.height:
        return
    names = d.select("device_id", "name", "curve")
    both = pairs.join(names, left_on="a_device_id", right_on="device_id").join(names, left_on="b_device_id", right_on="device_id", suffix="_down")
    by = both.group_by("curve", "curve_down", maintain_order=True).agg(
        pl.col("name").first(), pl.col("name_down").first(), pl.len(), pl.col("limit_a").min(), pl.col("fault_a").max()
    )
    screen.out("\nNot selective: above the limit the upper device may open too\n")
    shown = by.select("name", "name_down", "len", "limit_a", "fault_a").iter_rows()
    rows.write(("upper", "lower", "alike", "limit", "greatest fault"), ((a, b, n, _amps(x), _amps(f)) for a, b, n, x, f in shown), format)


def _device(row: tuple[object, ...]) -> tuple[object, ...]:
    name, count, part, rated, breaks, most, least, slow, fast, is_able = row
    verdict = "may not trip" if slow is None else "breaks too little" if is_able is False else ""
    return (name, count, part or "by rule", _amps(rated), _amps(breaks), _amps(most), _amps(least), _seconds(slow), _seconds(fast), verdict)


def _arcs(t: Tables, format: options.TableFormat) -> None:
    arcs = t["arc_flashes"].join(t["supply_nodes"].select("node_id", "kind", "name", "voltage_nominal_v"), on="node_id")
    known = arcs.filter(pl.col("energy_j_cm2").is_not_null()).sort("energy_j_cm2", descending=True)
    if not known.height:
        return
    screen.out("\nArc flash, worst place of each kind (IEEE 1584-2018; clothing: category of NFPA 70E, 5: none suffices)\n")
    aggregates = [
        pl.col(c).first() for c in ("name", "energy_j_cm2", "boundary_mm", "working_distance_mm", "arcing_a", "clearing_s", "source", "category")
    ]
    by = known.group_by("kind", "voltage_nominal_v", maintain_order=True).agg(pl.len(), *aggregates)
    head = ("kind", "voltage", "places", "worst", "energy", "boundary", "at", "arc", "clears in", "fed by", "clothing")
    rows.write(head, _arc_rows(by), format)


def _arc_rows(by: pl.DataFrame) -> Iterable[tuple[object, ...]]:
    for kind, volts, count, name, energy, boundary, distance, arc, clears, source, category in by.iter_rows():
        heat = f"{energy / J_PER_CAL:.1f} cal/cm2"
        yield (
            kind,
            quantity(volts, "V"),
            count,
            name,
            heat,
            quantity(boundary, "mm"),
            quantity(distance, "mm"),
            _amps(arc),
            _seconds(clears),
            source,
            category,
        )


def _downtime(t: Tables, format: options.TableFormat) -> None:
    found = t["supply_availabilities"]
    if found.is_empty():
        return
    how = "closed form; simulated beside it" if found["is_exact"].all() else "simulated alone, too many ways to a rack for a closed form;"
    screen.out(f"\nTime without power in a year ({how} with its 95 % interval)\n")
    minutes = 365 * 24 * 60
    shown = found.select(
        "subject",
        "name",
        "racks",
        "minutes_per_year",
        "unavailability_worst",
        "interruptions_per_year",
        "unavailability_simulated",
        "unavailability_error",
    )
    values = (
        (s, n, r, f"{m:.3g} min", f"{w * minutes:.3g} min", f"{i:.3g}", f"{x * minutes:.3g} +- {1.96 * e * minutes:.2g} min")
        for s, n, r, m, w, i, x, e in shown.iter_rows()
    )
    rows.write(("of", "name", "racks", "mean rack", "worst rack", "interruptions", "simulated"), values, format)
    top = t["supply_contributions"].join(t["supply_components"].select("component_id", "name", "kind"), on="component_id")
    top = top.sort("minutes_per_year", "component_id", descending=[True, False]).filter(pl.col("minutes_per_year") > 0).head(5)
    screen.out("\nComponents that this comes from; dark: rack-minutes a year that would not be if it never failed\n")
    shown = top.select("name", "kind", "failures_per_year", "repair_h", "minutes_per_year", "share")
    head = ("component", "kind", "failures a year", "repair", "dark", "part in all")
    rows.write(head, ((n, k, f"{f:.3g}", f"{h:.3g} h", f"{m:.3g} min", _share(x)) for n, k, f, h, m, x in shown.iter_rows()), format)
