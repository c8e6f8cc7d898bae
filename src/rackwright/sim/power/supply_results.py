"""The power chain of a hall in some thirty answers: table `supply_results`, one row a question, from the result tables of the study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from rackwright.base.stage import stage
from rackwright.base.units import J_PER_CAL, YEAR_H
from rackwright.schema.supply import PLACES
from rackwright.schema.tables import Tables, frame
from rackwright.sim.power.supply_carry import told

_READS = (
    *(
        "arc_flashes",
        "designs",
        "fault_levels",
        "hall_racks",
        "inputs",
        "supply_availabilities",
        "supply_branch_states",
        "supply_branches",
        "supply_components",
    ),
    *("supply_contributions", "supply_device_pairs", "supply_devices", "supply_feeds", "supply_node_states", "supply_nodes", "supply_outages"),
    "supply_phases",
)
Row = dict[str, Any]


@stage(reads=_READS, writes=("supply_results",))
def results(t: Tables) -> pl.DataFrame:
    """All answers."""
    rows = [*_flow(t), *_outages(t), *_faults(t), *_protection(t), *_arcs(t), *_availability(t)]
    return frame("supply_results", rows)


def _row(question: str, title: str, value: float | None, unit: str = "1", note: str | None = None, **about: int | None) -> Row:
    return {"question": question, "title": title, "value": value, "unit": unit, "note": note, **about}


def _count(question: str, title: str, value: float | None, note: str | None = None, **about: int | None) -> Row:
    return _row(question, title, value, "pcs", note, **about)


def _first(found: pl.DataFrame, by: str, *, descending: bool = True) -> Row:
    """The row with the greatest (least) of a column, or nothing."""
    held = found.filter(pl.col(by).is_not_null() & pl.col(by).is_finite())
    return held.sort(by, descending=descending, maintain_order=True).row(0, named=True) if held.height else {}


def _flow(t: Tables) -> list[Row]:
    states = t["supply_branches"].join(t["supply_branch_states"], on="branch_id", suffix="_state")
    grid, racks = float(states.filter(kind="source")["power_w"].sum()), float(t["supply_feeds"]["power_w"].sum())
    loss = float(states["loss_w"].sum())
    share = racks / grid if grid > 0 else None
    price = _input(t, "power.energy_price")
    annual = loss * YEAR_H / 1000
    rows = [
        _row("power_from_utility", "Power from the utility", grid, "W", "every rack at its design's greatest input"),
        _row("power_to_racks", "Power to racks", racks, "W"),
        _row("loss", "Loss between them", loss, "W"),
        _row("efficiency_grid_to_racks", "Efficiency, utility to racks", share),
        _row("loss_annual", "Energy lost in a year at that load", annual, "kWh", "8,760 h"),
    ]
    if price is not None:
        rows.append(_row("loss_annual_cost", "What it costs", annual * price, "USD", f"at {price:g} USD/kWh"))
    rows += _to_chip(t, share)
    contract = _input(t, "power.utility.contract")
    if contract:
        rows.append(_row("contract_share", "Share of what may be taken", grid / contract))
    low = _first(t["supply_node_states"].filter(pl.col("voltage_v") > 0), "voltage_share", descending=False)
    rows.append(_row("voltage_lowest", "Lowest voltage, of nominal", low.get("voltage_share"), node_id=low.get("node_id")))
    loaded = states.with_columns(loading=pl.max_horizontal("loading_power", "loading_current"))
    most = _first(loaded, "loading")
    rows.append(_row("loading_greatest", "Greatest loading, of rating", most.get("loading"), branch_id=most.get("branch_id")))
    uneven = _first(t["supply_phases"].filter(pl.col("unbalance") > 0), "unbalance")
    share, title = uneven.get("unbalance", 0.0), "Fullest phase over the mean of three, less 1, at the worst place"
    rows.append(_row("unbalance_greatest", title, share, node_id=uneven.get("node_id")))
    return rows


def _to_chip(t: Tables, share: float | None) -> list[Row]:
    """Chain times rack, where the designs tell their own efficiency."""
    if "efficiency" not in t["designs"].columns:
        return []
    own = t["designs"].filter(pl.col("efficiency").is_not_null()).select("design_id", "efficiency")
    racks = t["hall_racks"].select("rack_id", "design_id").join(own, on="design_id")
    feeds = t["supply_feeds"].join(racks, on="rack_id")
    watts = float(feeds["power_w"].sum())
    if not watts or share is None:
        return []
    # A design's efficiency is that with its AC shelves, and so of what these draw; trays draw the same behind DC shelves.
    inner = float((feeds["efficiency"] * feeds["power_design_w"]).sum()) / watts
    return [
        _row("efficiency_in_racks", "Efficiency inside racks", inner, note="feeds of a rack to its trays, mean by power"),
        _row("efficiency_grid_to_chip", "Efficiency, utility to trays", share * inner),
    ]


def _outages(t: Tables) -> list[Row]:
    every = t["supply_outages"].join(t["supply_components"].select("component_id", "kind"), on="component_id", maintain_order="left")
    out, places = every.filter(~pl.col("kind").is_in(list(PLACES))), every.filter(pl.col("kind").is_in(list(PLACES)))
    dark, over = _first(out, "load_dark_w"), _first(out.filter(pl.col("racks_dark") == 0), "loading_worst")
    low = _first(out, "voltage_share", descending=False)
    wait, carry = _first(out, "transfer_s"), _first(out, "carry_s", descending=False)
    counted = out["racks_dark_next"].is_not_null().any()
    after = _first(out.filter(pl.col("racks_dark") == 0), "racks_dark_next") if counted else {}
    which = dark["component_id"] if dark.get("racks_dark") else None
    mended = out.filter("is_maintainable").height
    return [
        _count("outages", "Single outages tried", float(out.height)),
        _count("outages_dark", "Of these leave racks dark", float(out.filter(pl.col("racks_dark") > 0).height)),
        _count("racks_dark_worst", "Most racks dark", float(dark.get("racks_dark", 0)), component_id=which),
        _row("load_dark_worst", "Most load dark", dark.get("load_dark_w", 0.0), "W", component_id=which),
        _count("outages_over", "Of these load something over its rating", float(out.filter(pl.col("branches_over") > 0).height)),
        _count("outages_collapsed", "Of these have no voltage that carries the load", float(out["collapsed_id"].count())),
        _row("loading_outage", "Greatest loading with one out, no rack dark", over.get("loading_worst"), component_id=over.get("component_id"),
             branch_id=over.get("branch_id")),
        _row("voltage_outage", "Lowest voltage of a feed with one out", low.get("voltage_share"), component_id=low.get("component_id")),
        _row("transfer_longest", "Longest transfer", wait.get("transfer_s"), "s", component_id=wait.get("component_id")),
        _row("carry_least", "Least that stores carry a feed that waits", carry.get("carry_s"), "s",
             carry.get("carried_by"), component_id=carry.get("component_id")),
        _count("outages_not_carried", "Outages whose transfer racks do not live through", float(out.filter(~pl.col("is_carried")).height)),
        _row("maintainable", "Components that can be taken out for maintenance", mended / out.height if out.height else None,
             note="no rack dark and nothing over its rating meanwhile"),
        *_places(places),
        _count("racks_dark_next", "Most racks dark when one more fails meanwhile", _float(after.get("racks_dark_next")) if counted else None,
             note=None if counted else "not counted: too many components", component_id=after.get("component_id")),
    ]  # fmt: skip


def _places(places: pl.DataFrame) -> list[Row]:
    """Rooms, trenches and risers with all that is in them out."""
    if places.is_empty():
        return []
    dark, over = _first(places, "racks_dark"), _first(places, "loading_worst")
    which = dark["component_id"] if dark["racks_dark"] else None
    return [
        _count("places", "Rooms, trenches and risers tried, all in them out", float(places.height)),
        _count("racks_dark_place", "Most racks dark with one of these out", float(dark["racks_dark"]), component_id=which),
        _count("places_over", "Of these load something over its rating", float(places.filter(pl.col("branches_over") > 0).height)),
        _row("loading_place", "Greatest loading with one of these out", over.get("loading_worst"), component_id=over.get("component_id"),
             branch_id=over.get("branch_id")),
    ]  # fmt: skip


def _faults(t: Tables) -> list[Row]:
    levels = t["fault_levels"]
    volts = levels.join(t["supply_nodes"].select("node_id", "voltage_nominal_v"), on="node_id")
    low = volts.filter(pl.col("voltage_nominal_v") <= 1000)
    most, least = _first(low, "current_max_a"), _first(low, "current_min_a", descending=False)
    return [
        _row("fault_greatest", "Greatest fault current up to 1 kV", most.get("current_max_a"), "A", node_id=most.get("node_id")),
        _row(
            "fault_least",
            "Least fault current up to 1 kV",
            least.get("current_min_a"),
            "A",
            "utility, generator or inverter alone",
            node_id=least.get("node_id"),
        ),
    ]  # fmt: skip


def _protection(t: Tables) -> list[Row]:
    every, pairs = t["supply_devices"], t["supply_device_pairs"]
    devices = every.filter(pl.col("kind") != "converter")
    slow = _first(every, "trip_s")
    weak = devices.filter(~pl.col("is_interrupting"))
    rated = devices.filter(pl.col("is_interrupting").is_not_null()).height
    return [
        _count("devices", "Breakers and fuses", float(devices.height)),
        _count("devices_over_rating", "Of these cannot break their greatest fault", float(weak.height),
             note=None if rated == devices.height else f"{devices.height - rated} have no rated breaking current",
             branch_id=weak["branch_id"][0] if weak.height else None),
        _count("devices_blind", "Of these may not trip on their least fault", float(every["trip_s"].null_count())),
        _row("trip_slowest", "Slowest to clear the least fault", slow.get("trip_s"), "s", branch_id=slow.get("branch_id")),
        _count("pairs", "Pairs of a device and the next above it", float(pairs.height)),
        _count("pairs_selective", "Of these selective in full", float(pairs["is_selective"].sum()),
               f"{pairs['is_unit'].sum():,} by line differential of ring sections" if pairs["is_unit"].any() else None),
    ]  # fmt: skip


def _arcs(t: Tables) -> list[Row]:
    arcs = t["arc_flashes"]
    worst = _first(arcs, "energy_j_cm2")
    energy, deadly = worst.get("energy_j_cm2"), arcs.filter(pl.col("category") == 5)
    line = deadly.join(t["supply_nodes"].filter(kind="bus"), on="node_id", how="semi").height
    return [
        _row("arc_worst", "Worst arc flash", None if energy is None else energy / J_PER_CAL, "cal/cm2", node_id=worst.get("node_id")),
        _row("arc_boundary", "Greatest arc-flash boundary", _first(arcs, "boundary_mm").get("boundary_mm"), "mm"),
        _count(
            "arcs_too_hot",
            "Places where no clothing suffices (over 40 cal/cm2)",
            float(deadly.height),
            f"{line} of them terminals of transformers, the line side of a main breaker" if line else None,
        ),
        _count("arcs_unknown", "Places without a figure (outside IEEE 1584)", float(arcs["energy_j_cm2"].null_count())),
    ]


def _availability(t: Tables) -> list[Row]:
    found = t["supply_availabilities"]
    whole = found.filter(pl.col("subject") != "design").row(-1, named=True)
    if not whole["is_exact"] and not whole["unavailability"]:
        note = f"too many ways to a rack for the closed form; none seen in {whole['simulated_years']:,.0f} simulated years"
        return [_row("downtime", "Minutes a year that a rack has no power, mean", None, "min", note)]
    worst, most = _first(found, "unavailability_worst"), _first(t["supply_contributions"], "minutes_per_year")
    often, minutes, cause = _transfers(t, whole["racks"])
    falls, low, where = _low(t, whole["racks"])
    of_battery = t["supply_branch_states"]["battery_s"].is_not_null().any()
    if of_battery:
        falls, off, why = 0.0, None, "not told: with everything in service converters run on their batteries"
    else:
        off, why = max(0.0, 1 - whole["unavailability"] - (minutes + low) / (YEAR_H * 60)), None
    error = 1.96 * whole["unavailability_error"] * YEAR_H * 60
    seen = whole["unavailability_simulated"] * YEAR_H * 60
    return [
        _row("downtime", "Minutes a year that a rack has no power, mean", whole["minutes_per_year"], "min",
             (f"closed form; simulated {seen:.3g}" if whole["is_exact"] else "simulated alone, too many ways to a rack for the closed form:")
             + f" +- {error:.2g} over {whole['simulated_years']:,.0f} years"),
        _row("downtime_transfers", "And while another way is taken, mean", minutes, "min",
             "nothing carries the racks so long" if often else None, component_id=cause),
        *([_row("downtime_low", "And while the voltage left is too low for converters, mean", low, "min", component_id=where)] if falls else []),
        _row("availability", "Availability of power at a rack, mean, both", off, note=why),
        _row("downtime_worst", "Of the worst rack", worst.get("unavailability_worst", 0.0) * YEAR_H * 60, "min"),
        _row("interruptions", "Interruptions of a rack in a year, both", whole["interruptions_per_year"] + often + falls, "1/year"),
        _row("downtime_cause", "Dark time that the worst component has part in", most.get("share"), component_id=most.get("component_id")),
    ]  # fmt: skip


def _transfers(t: Tables, racks: int) -> tuple[float, float, int | None]:
    """How often in a year a mean rack stops because nothing carries it until another way is taken, minutes a year of that, and the component that
    most of these come from."""
    own = (
        t["supply_outages"]
        .filter(pl.col("racks_stopped") > 0)
        .join(t["supply_contributions"].select("component_id", "failures_per_year"), on="component_id")
    )
    own = own.with_columns(often=pl.col("failures_per_year") * pl.col("racks_stopped") / racks).sort(
        "often", "component_id", descending=[True, False]
    )
    minutes = float((own["often"] * own["transfer_s"].fill_null(0.0)).sum()) / 60
    return float(own["often"].sum()), minutes, int(own["component_id"][0]) if own.height else None


def _low(t: Tables, racks: int) -> tuple[float, float, int | None]:
    """As `_transfers`, of racks that are dark because the voltage left is outside the window of their converters, or has collapsed: until it is
    mended."""
    failing = t["supply_contributions"].select("component_id", "failures_per_year", "unavailability")
    own = t["supply_outages"].filter(pl.col("racks_low") > 0).join(failing, on="component_id")
    share = pl.col("racks_low") / racks
    own = own.with_columns(often=pl.col("failures_per_year") * share, dark=pl.col("unavailability") * share * YEAR_H * 60)
    own = own.sort("dark", "component_id", descending=[True, False])
    return float(own["often"].sum()), float(own["dark"].sum()), int(own["component_id"][0]) if own.height else None


@stage(reads=_READS, writes=("supply_results",))
def case(t: Tables, found: Any, out: Sequence[int], dark: list[str]) -> pl.DataFrame:
    """Answers about the case of components `out`: `found` its `supply_outages.Outages`, `dark` the racks without power."""
    wait, load, volts = float(found.transfer_s[0]), float(found.loading[0]), float(found.voltage[0])
    fell = int(found.collapsed[0])
    names = t["supply_components"].filter(pl.col("component_id").is_in(list(out)))["name"].to_list()
    lives = "racks live through the transfer" if found.is_carried[0] else "racks do not live through the transfer"
    rows = [
        _count("out", "Out of service", float(len(names)), _listed(names)),
        _count("racks_dark", "Racks dark", float(found.racks_dark[0]), _listed(dark) or None),
        _row("load_dark", "Load dark", float(found.load_dark_w[0]), "W"),
        *_fallen(found),
        _count("branches_over", "Branches over their rating", float(found.over[0]) if fell < 0 else None),
        _row("loading_greatest", "Greatest loading, of rating", _known(load), branch_id=_place(found.branch[0])),
        _row("voltage_lowest", "Lowest voltage of a live feed, of nominal", _known(volts), node_id=_place(found.node[0])),
        _row("transfer_longest", "Longest transfer", _known(wait), "s", lives if wait == wait else None),
        _row(
            "carry_least", "Least that stores carry a feed that waits", _known(float(found.carry_s[0])), "s", told(int(found.carried_by[0])) or None
        ),
    ]
    if fell >= 0:
        rows.append(_count("collapsed", "Node whose voltage collapsed; nothing is told of the others", None, node_id=fell))
    return frame("supply_results", rows)


def _fallen(found: Any) -> list[Row]:
    """Racks that the voltage leaves dark, and when."""
    racks, seconds = float(found.racks_low[0]), _known(float(found.low_s[0]))
    note = "the voltage at UPS or sidecars is outside their window, or has collapsed"
    rows = [
        _count("racks_low", "Of these for want of voltage", racks, note),
        _row("low_after", "Until then batteries carry the first of them", seconds, "s"),
    ]
    return rows if racks else []


def _listed(names: list[str]) -> str:
    """The first 20 names."""
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")


def _known(value: float) -> float | None:
    return value if value == value else None


def _place(value: int) -> int | None:
    return int(value) if value >= 0 else None


def _input(t: Tables, path: str) -> float | None:
    """A number of the spec; None where it is left open or this spec has no such field."""
    found = t["inputs"].filter(pl.col("path") == path)["value"]
    return found[0] if len(found) else None


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
