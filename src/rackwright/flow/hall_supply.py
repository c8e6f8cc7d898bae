"""The power chain of a hall: what its racks take, from their compiled designs, and the chain expanded to tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl

from rackwright.build.hall.supply import Chain, Chosen, Take
from rackwright.catalog.loader import Catalog
from rackwright.catalog.part import Part
from rackwright.flow.pipeline import Design
from rackwright.schema.tables import Tables
from rackwright.sim.power import supply_study
from rackwright.spec.supply import Supply

SWITCH_FEEDS = ("A", "B")
SWITCH_FACTOR = 0.98


def take_of(t: Tables, power_w: float) -> Take:
    """What one rack of a compiled design takes, `power_w` in all.

    It needs all feeds but one where its own load flow carries it with any one of them lost.
    """
    whips = t["power_branches"].filter(kind="whip")
    wired = set(whips["feed"].to_list())
    feeds = [f for f in t["power_nodes"].filter(kind="feed")["feed"].to_list() if f in wired]
    by = whips.group_by("feed").agg(
        ohm=1 / (1 / pl.col("resistance_ohm")).sum(), amps=pl.col("current_rated_a").sum(), breaker=pl.col("breaker_a").sum()
    )
    rows = {feed: row for feed, *row in by.iter_rows()}
    cases = t["power_cases"].filter(kind="feed").join(t["power_case_states"], on="case_id")
    carried = cases.filter(pl.col("is_solved") & (pl.col("load_dark_w") == 0) & (pl.col("loading_max").fill_null(0.0) <= 1 + 1e-9))
    spare = len(feeds) > 1 and cases.height == carried.height == len(feeds)
    ohm, amps, breaker = ([rows[f][i] for f in feeds] for i in range(3))
    return Take(power_w, float(whips["power_factor"].mean() or 1.0), feeds, len(feeds) - spare, ohm, amps, breaker)  # type: ignore[arg-type]


def supply_tables(
    wish: Supply, designs: Mapping[str, Design], made: Mapping[str, pl.DataFrame], catalog: Catalog, part: Callable[[str, str], Part], src: int
) -> dict[str, pl.DataFrame]:
    """Tables supply_* of the chain and its normal load flow. `part` gives a part of the catalogue by spec path and name."""
    takes = [take_of(d.tables, power) for d, power in zip(designs.values(), made["designs"]["power_w"].to_list(), strict=True)]
    racks = made["hall_racks"]
    take = racks["design_id"].fill_null(-1).to_numpy().astype(np.int64)
    switches, of = _switches(racks, made["fabric_switches"], catalog)
    take[take < 0] = len(takes) + of
    takes += switches
    given = wish.transformer
    offered = [part("power.transformer", given)] if given else sorted(catalog.of_kinds("transformer"), key=lambda p: p.number("power_rated") or 0.0)
    ups = part("power.ups", wish.ups) if wish.ups else None
    chosen = Chosen(part("power.feeder", wish.feeder), offered, ups, part("power.busway", wish.busway))
    fed = np.flatnonzero(np.array([len(t.feeds) for t in takes])[take] > 0)
    volts = next((v for d in designs.values() for v in d.tables["power_nodes"].filter(kind="feed")["voltage_nominal_v"].to_list()), 415.0)
    chain = Chain(wish, chosen, racks[fed], takes, take[fed], src).tables(volts)
    return chain | supply_study.normal(Tables(chain))


def _switches(racks: pl.DataFrame, switches: pl.DataFrame, catalog: Catalog) -> tuple[list[Take], np.ndarray]:
    """What racks of switches take: every switch at its greatest, over two feeds of which one carries it. And which of these each such rack is."""
    watts = {p: catalog.part(p).number("power_max") or 0.0 for p in switches["part"].unique().to_list()}
    total = switches.group_by("rack_id").agg(power=pl.col("part").replace_strict(watts, default=0.0, return_dtype=pl.Float64).sum())
    own = racks.filter(pl.col("design_id").is_null()).select("rack_id").join(total, on="rack_id", how="left", maintain_order="left")
    power = own["power"].fill_null(0.0).to_numpy()
    kinds, of = np.unique(power, return_inverse=True)
    whip = catalog.part("cable/whip-60a-5w")
    ohm, amps = 3 * (whip.number("resistance_per_m") or 0.0), whip.number("current_rated") or 0.0
    count = [max(1, int(np.ceil(p / (0.8 * np.sqrt(3) * 415 * amps)))) for p in kinds]
    made = [
        Take(float(p), SWITCH_FACTOR, SWITCH_FEEDS, 1, *([v] * 2 for v in (ohm / n, amps * n, amps * n))) for p, n in zip(kinds, count, strict=True)
    ]
    return made, of.ravel()
