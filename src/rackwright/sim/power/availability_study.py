"""How often and how long racks are dark: in closed form through the real topology, by Monte Carlo beside it, and which components it comes from.

Failure and repair are those of the part (`failures_per_year`, `repair`), else of its kind below. Components fail on their own; what several feeds
share (a utility, a board, a busway) stands on all their ways and is the common cause. Transfers always succeed and what carries the load meanwhile
lasts: `supply_outages` says where it does not. A set of modules with one to spare is out while two of it are.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.base.units import YEAR_H
from rackwright.schema.tables import Tables, frame
from rackwright.sim.power import supply_tables
from rackwright.sim.power.availability import importance, out_of_service, sets_as_one, simulate
from rackwright.sim.power.supply import Bools, Floats, Ints, Supply
from rackwright.sim.power.supply_paths import paths
from rackwright.sim.power.supply_tables import CHAIN, facts, supply_of

RATES = {
    "grid": (2.0, 1.3),
    "source": (0.1, 4.0),
    "line": (0.006, 26.0),
    "transformer": (0.005, 150.0),
    "board": (0.003, 25.0),
    "bus": (0.001, 25.0),
    "breaker": (0.003, 8.0),
    "tie": (0.003, 8.0),
    "ups": (0.035, 8.0),
    "bess": (0.05, 24.0),
    "static-switch": (0.009, 4.0),
    "transfer-switch": (0.01, 6.0),
    "rectifier": (0.035, 8.0),
    "generator": (0.6, 150.0),
    "busway": (0.0012, 24.0),
    "tap": (0.002, 4.0),
    "whip": (0.001, 4.0),
    "shelf": (0.005, 4.0),
    "pdu": (0.005, 4.0),
    "psu": (0.02, 4.0),
    **dict.fromkeys(("room", "trench", "riser"), (0.0, 0.0)),
}
"""Failures a year in service and hours to repair by kind: our estimates, of the order that surveys such as IEEE 493 and TM 5-698-5 give, whose tables
were not read. A busway's is that of a section. A generator's stands for a set that is out or does not start when wanted, 1 % of the time."""

OTHER = (0.002, 8.0)
HISTORIES = 20
SEED = 4
_EVENTS = 40_000
_MINUTES = YEAR_H * 60


def rates(t: Tables) -> tuple[Floats, Floats]:
    """(k,) failures a year in service, and hours to repair, of each component; of several alike any one failing counts, of a set with some to spare
    these are those of one. Rooms, trenches and risers do not fail."""
    components = t["supply_components"]
    bar = pl.col("node_id").is_not_null() & pl.col("kind").is_in(["ups", "bess", "busway"])  # what the output of such a thing is joined to
    kinds = components.select(pl.when(bar).then(pl.lit("bus")).otherwise("kind")).to_series()
    own = np.array([RATES.get(k, OTHER) for k in kinds.to_list()]).reshape(-1, 2)
    parts = components["part"].to_list()
    failures, repair = facts(t, parts, "failures_per_year"), facts(t, parts, "repair") / 3600
    quantity = np.where(components["spare"].to_numpy() > 0, 1, components["quantity"].fill_null(1).to_numpy())
    return np.where(np.isnan(failures), own[:, 0], failures) * quantity, np.where(np.isnan(repair), own[:, 1], repair)


@stage(reads=("designs", "hall_racks", "halls", "part_facts", *CHAIN), writes=("supply_availabilities", "supply_contributions"))
def availability(t: Tables) -> dict[str, pl.DataFrame]:
    """Both tables."""
    s = supply_of(t)
    return tables(t, s)


def sets(t: Tables) -> tuple[Ints, Ints]:
    """(k,) modules of each component that is a set with some to spare, else 1; and how many it has to spare."""
    spare = t["supply_components"]["spare"].to_numpy().astype(np.int64)
    return np.where(spare > 0, t["supply_components"]["quantity"].to_numpy(), 1), spare


def tables(t: Tables, s: Supply) -> dict[str, pl.DataFrame]:
    """Both tables."""
    p = paths(supply_tables.sets_as_one(t, s))
    single, (modules, spare) = rates(t), sets(t)
    listed = sets_as_one(*single, modules, spare)
    (same, is_own), k = supply_tables.alike(t, s), s.component_count
    each = _in_series(*single, same, is_own)
    failures, repair = sets_as_one(*each, modules, spare)
    exact = importance(p, failures, repair)
    total = float((each[0] * modules).sum())
    years = float(np.clip(_EVENTS / max(total, 1e-9) / HISTORIES, 1.0, 1e5))
    seen = simulate(p, *each, years, HISTORIES, SEED, modules, spare)
    subjects = _subjects(t)
    rows = []
    for subject, name, design, hall, racks in subjects:
        drawn, is_exact = seen.dark[:, racks].mean(axis=1), not np.isnan(exact.unavailability[racks]).any()
        own, often = (getattr(exact if is_exact else seen, x)[racks] for x in ("unavailability", "interruptions_per_year"))
        often = float(often.mean())
        # Few interruptions scatter more than the histories show: of n with exponential lengths the sum has a relative deviation of sqrt(2 / n).
        scatter = float(own.mean()) * np.sqrt(2 / (often * years * HISTORIES)) if often else 0.0
        rows.append({
            "subject": subject, "name": name, "design_id": design, "hall_id": hall, "racks": racks.size,
            "unavailability": float(own.mean()), "unavailability_worst": float(own.max()), "minutes_per_year": float(own.mean() * _MINUTES),
            "interruptions_per_year": often, "is_exact": is_exact, "unavailability_simulated": float(drawn.mean()),
            "unavailability_error": max(float(drawn.std(ddof=1) / np.sqrt(HISTORIES)), scatter), "simulated_years": years * HISTORIES,
        })  # fmt: skip
    dark = float(np.nansum(exact.unavailability))
    lost = listed[0] * listed[1]
    within = np.bincount(same, lost, k)[same]
    comes = exact.component_share[same] * np.divide(lost, within, out=np.zeros(k), where=within > 0)
    contributions = {
        "component_id": np.arange(s.component_count),
        "failures_per_year": listed[0],
        "repair_h": listed[1],
        "unavailability": out_of_service(*listed),
        "minutes_per_year": comes * _MINUTES,
        "share": np.clip(comes / dark if dark else np.zeros(k), 0.0, 1.0),
    }
    return {
        "supply_availabilities": frame("supply_availabilities", pl.DataFrame(rows).with_row_index("availability_id")),
        "supply_contributions": frame("supply_contributions", contributions),
    }


def _in_series(failures: Floats, repair: Floats, same: Ints, is_own: Bools) -> tuple[Floats, Floats]:
    """(k,) rates with those of tap-off units in their whips; what stands in racks, whose redundancy is that of their own design, fails not here."""
    failures = np.where(is_own, 0.0, failures)
    often = np.bincount(same, failures, len(same))
    up = np.bincount(same, np.log1p(-out_of_service(failures, repair)), len(same))
    joined = np.bincount(same, minlength=len(same)) > 1
    mean = np.divide(np.expm1(-up) * YEAR_H, often, out=repair.copy(), where=joined & (often > 0))
    return np.where(same == np.arange(len(same)), often, 0.0), mean


def _subjects(t: Tables) -> list[tuple[str, str, int | None, int | None, Ints]]:
    """Kind, name, design, hall and places of the racks, as `supply_of` numbers them: each design, each hall, and all where halls are several."""
    own = pl.DataFrame({"rack_id": np.unique(t["supply_feeds"]["rack_id"].to_numpy())}).with_row_index("place")
    racks = own.join(t["hall_racks"].select("rack_id", "design_id", "hall_id"), on="rack_id", how="left", maintain_order="left")
    designs = dict(t["designs"].select("design_id", "design").iter_rows())
    halls = dict(t["halls"].select("hall_id", "name").iter_rows())
    found: list[tuple[str, str, int | None, int | None, Ints]] = []
    for (design,), group in racks.group_by(["design_id"], maintain_order=True):
        which = None if design is None else int(str(design))
        found.append(("design", designs.get(which, "switch racks"), which, None, group["place"].to_numpy().astype(np.int64)))
    for (hall,), group in racks.group_by(["hall_id"], maintain_order=True):
        found.append(("hall", halls[int(str(hall))], None, int(str(hall)), group["place"].to_numpy().astype(np.int64)))
    if len(halls) > 1:
        found.append(("campus", "all racks", None, None, racks["place"].to_numpy().astype(np.int64)))
    return found
