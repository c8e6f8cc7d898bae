"""What racks, halls and the campus amount to: power, heat and mass with switches, modules and active cables, each summed once and read from the
columns of `hall_racks` from then on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.build.hall.amounts import F64, Amounts, Find, Gear, Take, covers, gear, shares
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.plugged import Plugged
from rackwright.build.hall.plugged import racks as places
from rackwright.build.hall.sums import Sums
from rackwright.catalog.loader import Catalog
from rackwright.flow.cabling import Made
from rackwright.flow.memory import Memory
from rackwright.schema.tables import Tables, frame

COLUMNS = ("power_w", "power_modules_w", "heat_liquid_w", "heat_air_w", "mass_kg")


def of_one(t: Tables) -> dict[str, float]:
    """What one rack of a compiled design takes from its feeds, heats, weighs and costs, without modules of the hall's fabrics."""
    value = dict(t["summary"].select("key", "value").iter_rows())
    power = value.get("power_input_w") or value.get("power_it_w")
    named = {name: value.get(name) for name in ("heat_liquid_w", "heat_air_w", "mass_kg", "cost_usd")}
    return {"power_w": power or 0.0} | {name: v or 0.0 for name, v in named.items()}


def efficiency(t: Tables) -> float | None:
    """Share of a rack's input that reaches its trays in its normal case; None: it has no shelves, and what boxes lose in their own is not known."""
    shelves = t["power_branches"].filter(kind="shelf").height
    normal = t["power_cases"].filter(kind="normal").join(t["power_case_states"].filter(pl.col("is_solved") & (pl.col("input_w") > 0)), on="case_id")
    if not shelves or not normal.height:
        return None
    return float(((normal["load_w"] - normal["load_dark_w"]) / normal["input_w"])[0])


def with_amounts(racks: pl.DataFrame, found: Amounts) -> pl.DataFrame:
    """Table `hall_racks` with its amounts."""
    return frame("hall_racks", racks.with_columns(**_columns(found)))


def geared(cabled: Mapping[tuple[int, int], Made], ground: Ground, sums: Sequence[Sums], catalog: Catalog, memory: Memory) -> list[Gear]:
    """What is plugged in of each fabric beside the cages of switches, by rack of the campus, from each fabric and cell."""
    made = []
    for which, s in enumerate(sums):
        own = {unit: cell for (fabric, unit), cell in cabled.items() if fabric == which}
        runs = {unit: cell.told.plugged for unit, cell in own.items() if cell.told}
        share = memory.step(f"shares {which}", partial(_shares, s), s.media.kinds, np.flatnonzero(s.links), catalog)
        cells = memory.each(f"gear {which}", runs, partial(_gear, share), share)
        rack, watts, mass = map(np.concatenate, zip(*((c.rack, c.watts, c.mass) for c in (_NONE, *cells.values())), strict=True))
        first = ground.rack_of[np.array([0, *(own[unit].bases[1] for unit in cells)])] if cells else np.zeros(1, np.int32)
        size = [0, *(c.rack.size for c in cells.values())]
        made.append(Gear(places(rack, np.repeat(first, size), ground.site.compute), watts, mass))
    return made


def _shares(sums: Sums, kinds: object, used: object, catalog: Catalog) -> F64:
    return shares(sums, catalog.part)


def _gear(share: F64, runs: Mapping[int, Plugged]) -> dict[int, Gear]:
    return {unit: gear(run, share) for unit, run in runs.items()}


_NONE = Gear(np.zeros(0, np.int32), np.zeros(0), np.zeros(0))


def _columns(found: Amounts) -> dict[str, pl.Series]:
    by = (found.power_w, found.modules_w, found.heat_liquid_w, found.heat_air_w, found.mass_kg)
    return {name: pl.Series(values) for name, values in zip(COLUMNS, by, strict=True)}


def take(t: Tables, part: Find) -> Take:
    """Of one rack of a design; a watt more at a device costs as much more at the feeds as the others do."""
    one, devices = of_one(t), t["devices"].sort("device_id")
    it, own = float(devices["power_max_w"].sum()), covered(t, part)
    return Take(one["power_w"], one["heat_liquid_w"], one["heat_air_w"], one["mass_kg"], max(one["power_w"] / it, 1.0) if it else 1.0, own)


def covered(t: Tables, part: Find) -> NDArray[np.bool_]:
    """Of each device of a compiled design, whether its own figures hold the modules in it."""
    devices = t["devices"].sort("device_id")
    known = {name: covers(part(name)) for name in devices["part"].unique().to_list()}
    return np.array([known[name] for name in devices["part"].to_list()], np.bool_)


def outside(ports: pl.DataFrame, standing: pl.DataFrame, racks: int, part: Find) -> tuple[F64, F64]:
    """Watts that no figure of a switch holds, and mass, by rack, of modules in ports that lead out of the hall: of tables outside_ports and
    fabric_switches.
    """
    own = ports.drop_nulls("module").join(standing.select("device_id", "rack_id", "part"), on="device_id")
    modules, switches = ({p: part(p) for p in own[c].unique().to_list()} for c in ("module", "part"))
    rows = list(own.select("rack_id", "part", "module", "module_share").iter_rows())
    at = [rack for rack, *_ in rows]
    watts = [share * (modules[m].number("power_max") or 0.0) * (not covers(switches[p])) for _, p, m, share in rows]
    kg = [share * (modules[m].number("mass") or 0.0) for *_, m, share in rows]
    return np.bincount(at, watts, racks).astype(np.float64), np.bincount(at, kg, racks).astype(np.float64)


def with_sums(halls: pl.DataFrame, racks: pl.DataFrame) -> pl.DataFrame:
    """Table `halls` with the sums of its racks."""
    hall, of_switches = racks["hall_id"].to_numpy(), racks["design_id"].is_null().to_numpy()
    switches = np.bincount(hall, of_switches, halls.height)
    sums = {c: np.bincount(hall, racks[c].to_numpy(), halls.height) for c in COLUMNS}
    counts = {"racks": np.bincount(hall, minlength=halls.height) - switches, "switch_racks": switches}
    return frame("halls", halls.with_columns([pl.Series(name, values) for name, values in (counts | sums).items()]))
