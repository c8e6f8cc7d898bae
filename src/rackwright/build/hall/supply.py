"""The power chain of a hall written out: every node, branch, feed and component from the utility to the racks.

utility -> services -> substation -> medium-voltage boards or rings -> blocks (transformer, main breaker, switchboard, generator, UPS with its bypass,
what takes over) -> runs of busway, one for each path that a run of racks uses, behind sidecars where racks take DC -> a tap and whip for each feed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from rackwright.build.hall import supply_cabinets, supply_places
from rackwright.build.hall.power_wishes import CODE
from rackwright.build.hall.supply_blocks import Blocks, size
from rackwright.build.hall.supply_medium import Medium
from rackwright.build.hall.supply_parts import BEHIND, Market, SupplyFault, drawn_va, fact, fits, least_efficiency
from rackwright.build.hall.supply_plan import PATHS, Array, Plan, Racks, letters, plan
from rackwright.build.hall.supply_rows import Book
from rackwright.build.hall.supply_runs import Runs, Take, shelved
from rackwright.catalog.part import Part
from rackwright.schema.supply import peak_factor
from rackwright.schema.tables import frame
from rackwright.spec.supply import Supply

DRY_V = 38e3  # medium voltage ends here; dry-type transformers are not made for more


def chain(
    wish: Supply, market: Market, racks: pl.DataFrame, takes: Sequence[Take], take: Array, low_v: float, src: int, places: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Tables supply_nodes, supply_branches, supply_components, supply_feeds, supply_places and supply_cabinets.

    Args:
        wish: the spec's `power`.
        market: parts to make it of.
        racks: (n,) those fed: rack_id, name, hall_id, row, position, x_mm, y_mm, width_mm, power_w.
        takes: kinds of racks.
        take: (n,) which of them each rack is.
        low_v: voltage that the racks want, V.
        src: line of the spec.
        places: free ones of the floor, as `supply_cabinets.free`.

    Raises:
        SupplyFault: a wish that cannot be, or a size that no part has.
    """
    check(wish, takes, take, market)
    supply_places.check(wish, letters(PATHS[wish.redundancy]))
    share = shares(market, takes, take)
    takes = shelved(market, racks, takes, take, share)
    market, made = _bearable(wish, market, lambda m: _plan(wish, m, racks, takes, take, share, low_v), low_v)
    sizes = size(wish, market, made.block_va)
    market = replace(market, fault_a=endless(wish, sizes.transformer, low_v))
    book, halls = Book(src), int(racks["hall_id"].max() or 0) + 1  # type: ignore[arg-type]
    above = least_efficiency(market.ups)
    worst = np.full((halls, made.paths), made.block_va * made.groups / above)
    boards, spare = Medium(wish, market, book, worst, made.normal_va / above, made.groups).boards()
    blocks = Blocks(wish, market, sizes, book, made, boards, spare, low_v)
    out, reserve = blocks.made()
    whole = Runs(wish, market, book, made, racks, takes, take, share, low_v, blocks.switch)
    feeds = pl.concat([whole.made(out, reserve, is_ac=is_ac) for is_ac in (True, False)], how="diagonal_relaxed").with_row_index("feed_id")
    whole.own()
    _used(wish, book, share)
    standing = supply_places.stand(wish, book)
    cabinets = supply_cabinets.stood(book.cabinets, places, market.sidecar, src)
    return book.tables() | {"supply_feeds": frame("supply_feeds", feeds), "supply_places": standing, "supply_cabinets": cabinets}


def check(wish: Supply, takes: Sequence[Take], take: Array, market: Market) -> None:
    """Wishes that exclude one another.

    Raises:
        SupplyFault: SPC108, with the two places.
    """
    u, s = wish.utility, wish.substation

    def clash(message: str, path: str, help: str) -> SupplyFault:
        return SupplyFault("SPC108", "contradiction", message, path, help)

    if u.fault_current_min is not None and u.fault_current_min > u.fault_current:
        text = f"the least fault current of the utility, {u.fault_current_min / 1e3:,.4g} kA, is above its greatest, {u.fault_current / 1e3:,.4g} kA"
        raise clash(text, "utility.fault_current_min", "exchange the two")
    if s is None and u.voltage > DRY_V:
        text = f"the utility gives {u.voltage / 1e3:,.4g} kV, and unit transformers take {DRY_V / 1e3:,.4g} kV at most"
        raise clash(text, "utility.voltage", "add `substation: {voltage: 34.5 kV}`")
    if s is not None and s.voltage >= u.voltage:
        text = f"the substation steps down from {u.voltage / 1e3:,.4g} kV to {s.voltage / 1e3:,.4g} kV"
        raise clash(text, "substation.voltage", "give a lower voltage, or the utility's higher one")
    if s is not None and s.voltage > DRY_V:
        text = f"the substation gives {s.voltage / 1e3:,.4g} kV, and unit transformers take {DRY_V / 1e3:,.4g} kV at most"
        raise clash(text, "substation.voltage", "give 34.5 kV or less")
    if s is not None and u.services is not None and u.services != s.transformers:
        text = f"{u.services} services cannot feed {s.transformers} transformers, each on a service of its own"
        raise clash(text, "utility.services", f"leave it out, or write `transformers: {u.services}`")
    if market.sidecar is not None:
        bare = np.flatnonzero(np.isnan([takes[k].busbar for k in np.unique(take).tolist()]))
        if len(bare) == len(np.unique(take)):
            raise clash("no rack has a busbar with shelves, so none can take DC", "sidecar", "leave it out, or give the rack designs a `power.shelf`")


def _used(wish: Supply, book: Book, share: Array) -> None:
    """Parts that are named and stand nowhere in the chain.

    Raises:
        SupplyFault: PWR437.
    """

    def idle(field: str, why: str, cure: str) -> SupplyFault:
        return SupplyFault(*CODE, f"`{field}` says nothing here: {why}", field, f"remove it; it has a meaning with {cure}")

    if wish.transfer_switch is not None and wish.transfer_switch not in book.branches.gathered()["part"]:
        raise idle("transfer_switch", "nothing is transferred", "`transfer: board` or `row`")
    if wish.row_ups is not None and not np.isnan(share).any():
        raise idle("row_ups", "no busway over racks is of AC, for every rack takes DC", "racks of switches, or without `sidecar`")


def parallel(wish: Supply) -> int:
    """Transformers that feed a fault at a switchboard: modules, and those of both boards of a closed tie."""
    return (wish.modules if wish.redundancy == "N+1" else 1) * (2 if wish.ties == "closed" else 1)


def endless(wish: Supply, part: Part, low_v: float) -> float:
    """A fault at a switchboard behind such transformers and an endless grid, A: with c of 1.1."""
    return float(1.1 * parallel(wish) * fact(part, "power_rated") / np.sqrt(3) / low_v / fact(part, "impedance"))


def _bearable(wish: Supply, market: Market, dealt: Callable[[Market], Plan], low_v: float) -> tuple[Market, Plan]:
    """Where transformers work in parallel the racks dealt to blocks of those whose joint fault, with the grid's impedance before them, the breakers
    at the switchboard break and the busways withstand; as the market has them where they are given, all are such, or no such block carries a run."""
    offered, busway = market.offered["transformer"], fact(market.busway, "withstand_current")
    breaks = max((fact(p, "breaking_current") for p in market.offered["breaker"] if fits(p, low_v)), default=0.0)
    grid = 1.1 * wish.utility.voltage * wish.utility.fault_current / low_v

    def bears(part: Part) -> bool:
        behind = endless(wish, part, low_v)
        fault = behind * grid / (behind + grid)
        r, z = fact(part, "loss_load") / fact(part, "power_rated"), fact(part, "impedance")
        peak = np.sqrt(2) * (1.02 + 0.98 * np.exp(-3 * r / np.sqrt(max(z**2 - r**2, 1e-12))))  # IEC 60909 equation 57
        return bool(fault <= (breaks or np.inf) and (not busway or fault * peak <= busway * peak_factor(busway)))

    able = [p for p in offered if bears(p)]
    if wish.transformer is None and parallel(wish) > 1 and 0 < len(able) < len(offered):
        smaller = replace(market, offered={**market.offered, "transformer": able})
        made = dealt(smaller)
        if made.block_va <= _block(wish, smaller):
            return smaller, made
    return market, dealt(market)


def _block(wish: Supply, market: Market) -> float:
    """VA of the largest block, at its output."""
    spare = wish.modules - 1 if wish.redundancy == "N+1" else 1
    return fact(market.offered["transformer"][-1], "power_rated") * spare * wish.load_max / drawn_va(market.ups, BEHIND)


def shares(market: Market, takes: Sequence[Take], take: Array) -> Array:
    """(n,) what a rack takes of its AC power where sidecars feed it: what its busbar needs, through DC shelves; NaN: it has none and takes AC."""
    if market.dc_shelf is None or market.sidecar is None:
        return np.full(len(take), np.nan)
    return np.array([t.busbar for t in takes])[take] / fact(market.dc_shelf, "efficiency")


def _plan(wish: Supply, market: Market, racks: pl.DataFrame, takes: Sequence[Take], take: Array, share: Array, low_v: float) -> Plan:
    """Racks dealt. Loads are VA at the output of a block."""
    power = racks["power_w"].to_numpy()
    factor, feeds, needed = (np.array(list(map(f, takes)))[take] for f in (lambda t: t.power_factor, lambda t: len(t.feeds), lambda t: t.needed))
    load = power / factor
    busway, most = np.full(len(take), wish.continuous * np.sqrt(3) * low_v * fact(market.busway, "current_rated")), np.zeros(len(take), np.int64)
    if market.row_ups is not None:  # the feeder before it carries what it draws
        busway /= np.maximum(factor * drawn_va(market.row_ups, 1.0), 1.0)
    if market.sidecar is not None and market.dc_busway is not None:
        s, dc = market.sidecar, ~np.isnan(share)
        up = drawn_va(s, 1.0)
        bar = wish.continuous * fact(s, "voltage_output") * fact(market.dc_busway, "current_rated")
        load = np.where(dc, power * np.nan_to_num(share) * up, load)
        busway[dc], most[dc] = min(fact(s, "power_rated") * wish.load_max, bar) * up, int(fact(s, "racks_max"))
    hall, row, place = (racks[c].to_numpy() for c in ("hall_id", "row", "position"))
    moves = "tie" if wish.ties != "none" else "none"
    if wish.transfer != "none" and wish.redundancy not in ("block", "catcher"):
        moves = "next"
    made = plan(Racks(hall, row, place, load, feeds, needed, most * 0 + ~np.isnan(share), busway, most), wish.redundancy, _block(wish, market), moves)
    if moves != "none" and made.paths == 1 and made.groups < 2:
        word = "ties" if moves == "tie" else "transfer"
        text = "one path with one run of racks makes one block, and there is no other to take over"
        raise SupplyFault("SPC108", "contradiction", text, word, "a smaller busway makes more runs, or take `2N`")
    return made
