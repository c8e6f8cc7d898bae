"""The power chain of a hall: what its racks take, from their compiled designs, and the chain expanded to tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import polars as pl

from rackwright.base.findings import DesignError
from rackwright.base.tree import spec_error
from rackwright.build.hall.site import Site
from rackwright.build.hall.supply import chain
from rackwright.build.hall.supply_cabinets import free
from rackwright.build.hall.supply_parts import KINDS, Market, SupplyFault
from rackwright.build.hall.supply_runs import Loss, Take
from rackwright.catalog.loader import Catalog
from rackwright.catalog.part import Part
from rackwright.flow.pipeline import Design
from rackwright.schema.supply import INLET_V
from rackwright.schema.tables import Tables
from rackwright.spec.document import Document
from rackwright.spec.hall import HallSpec
from rackwright.spec.supply import Supply

SWITCH_FEEDS = ("A", "B")
SWITCH_FACTOR = 0.98
LEAST_VOLTAGE = 0.95  # of nominal, with a path lost
SWITCH_WHIP = "cable/whip-60a-5w"
AC = ("iec", "nema", "cs8")  # how connectors of AC whips are named
BY_POWER = ("transformer", "substation-transformer", "generator")  # others by current


def take_of(t: Tables, name: str) -> Take:
    """What one rack of a compiled design takes; `name` is what the hall calls the design.

    It needs all feeds but one where its own load flow carries it with any one of them lost.
    """
    branches = t["power_branches"]
    whips, cords, shelves = (branches.filter(kind=kind) for kind in ("whip", "cord", "shelf"))
    wired = set(whips["feed"].to_list())
    feeds = [f for f in t["power_nodes"].filter(kind="feed")["feed"].to_list() if f in wired]
    by = whips.group_by("feed").agg(
        ohm=1 / (1 / pl.col("resistance_ohm")).sum(), amps=pl.col("current_rated_a").sum(), breaker=pl.col("breaker_a").sum(), n=pl.len()
    )
    rows = {feed: row for feed, *row in by.iter_rows()}
    cases = t["power_cases"].filter(kind="feed").join(t["power_case_states"], on="case_id")
    carried = cases.filter(pl.col("is_solved") & (pl.col("load_dark_w") == 0) & (pl.col("loading_max").fill_null(0.0) <= 1 + 1e-9))
    spare = len(feeds) > 1 and cases.height == carried.height == len(feeds)
    ohm, amps, breaker, count = ([rows[f][i] for f in feeds] for i in range(4))
    factor = float(whips["power_factor"].mean() or 1.0)  # type: ignore[arg-type]
    busbar = float(shelves["efficiency"].mean()) if shelves.height else float("nan")  # type: ignore[arg-type]
    normal = t["power_cases"].filter(kind="normal").join(t["power_case_states"], on="case_id")["ride_through_s"].drop_nulls()
    ride = float(normal[0]) if len(normal) else float("nan")
    plugged = t["ports"].filter((pl.col("kind") == "power") & pl.col("device_id").is_in(cords["device_id"].implode()))["connector"]
    each = round(cords.height / max(len(feeds), 1))
    return Take(feeds, len(feeds) - spare, factor, ohm, amps, breaker, count, each, busbar, ride, _losses(t, name), _inlet(plugged.unique()))


def _inlet(connectors: Iterable[str]) -> float:
    """The least rated voltage of these inlets; NaN where it is of none known."""
    return min((INLET_V[c] for c in connectors if c in INLET_V), default=float("nan"))


def _losses(t: Tables, name: str) -> list[Loss]:
    """Shelves or PDUs of a rack, and the PSUs of its shelves. Of these the design tries one in every shelf at once, which is worse than one alone."""
    cases = t["power_cases"].join(t["power_case_states"], on="case_id")
    fine = pl.col("is_solved") & (pl.col("load_dark_w") == 0) & (pl.col("loading_max").fill_null(0.0) <= 1 + 1e-9)
    units = cases.filter((pl.col("kind") == "shelf") & pl.col("lost_also_id").is_null()).join(
        t["devices"].select(lost_device_id="device_id", unit="kind", part="part"), on="lost_device_id", maintain_order="left"
    )
    found = []
    for (unit, part), own in units.group_by("unit", "part", maintain_order=True):
        kind = "pdu" if unit == "pdu" else "shelf"
        word = "PDU" if kind == "pdu" else "power shelf"
        found.append(Loss(kind, f"{name} {word} {part}", str(part), own.height, not own.select(fine.all()).item()))
    shelves = t["power_branches"].filter(kind="shelf")
    tried = cases.filter(kind="psu")
    if tried.height and shelves.height:
        found.append(Loss("psu", f"{name} PSU", None, int(shelves["psu_count"].sum()), not tried.select(fine.all()).item()))
    return found


def supply_tables(
    document: Document[HallSpec],
    designs: Mapping[str, Design],
    made: Mapping[str, pl.DataFrame],
    catalog: Catalog,
    part: Callable[[str, str], Part],
    src: int,
    site: Site,
) -> dict[str, pl.DataFrame]:
    """Tables supply_* of the chain. `part` gives a part of the catalogue by spec path and name.

    Raises:
        DesignError: SPC107, SPC108 or PWR408, at the line of the spec.
    """
    wish = document.spec.power
    assert wish is not None

    def fault(code: str, name: str, message: str, path: str, help: str) -> DesignError:
        return spec_error(code, name, message, document.span(f"power.{path}" if path else "power"), help)

    volts = _voltage(designs, fault)
    takes = [take_of(d.tables, name) for name, d in designs.items()]
    racks = made["hall_racks"]
    take = racks["design_id"].fill_null(-1).to_numpy().astype(np.int64)
    switches, of = _switches(racks, made["fabric_switches"], catalog, volts)
    take[take < 0] = len(takes) + of
    takes += switches
    fed = np.flatnonzero(np.array([len(t.feeds) for t in takes])[take] > 0)
    if not len(fed):
        help = "racks with a shelf or PDU and feeds, or no `power` in the hall"
        raise fault("SPC108", "contradiction", "no rack of this hall takes power from a feed, so there is nothing to make a chain for", "", help)
    market = _market(wish, catalog, part, fault)
    places = free(site.positions, site.at) if market.sidecar else pl.DataFrame()
    try:
        return chain(wish, market, racks[fed], takes, take[fed], volts, src, places)
    except SupplyFault as wrong:
        raise fault(wrong.code, wrong.name, wrong.message, wrong.path, wrong.help) from None


def _voltage(designs: Mapping[str, Design], fault: Callable[..., DesignError]) -> float:
    """V of the racks' feeds, which is that of the chain's low-voltage side; 415 where no design has a feed."""
    feeds = {name: d.tables["power_nodes"].filter(kind="feed")["voltage_nominal_v"].unique().sort().to_list() for name, d in designs.items()}
    own = {volts: name for name, several in reversed(feeds.items()) for volts in several}
    if len(own) > 1:
        text = " and ".join(f"design `{name}` of {volts:g} V" for volts, name in sorted(own.items()))
        raise fault("SPC108", "contradiction", f"one chain cannot feed {text}", "", "the same `power.supply` in every rack design of the hall")
    return next(iter(own), 415.0)


def _market(wish: Supply, catalog: Catalog, part: Callable[[str, str], Part], fault: Callable[..., DesignError]) -> Market:
    """Parts the spec names, each of its kind, and what the catalogue offers of the others."""

    def one(path: str, name: str | None, *kinds: str) -> Part | None:
        if name is None:
            return None
        found = part(f"power.{path}", name)
        if found.kind not in kinds:
            fits = ", ".join(f"`{p.name}`" for p in catalog.of_kinds(*kinds)[:4])
            text = f"`{name}` is a {found.kind}, and a {' or '.join(kinds)} is wanted here"
            raise fault("SPC107", "wrong-part-kind", text, path, f"such as {fits}" if fits else "`rackwright part` lists parts by kind")
        for rating in ("current_rated", "power_rated"):
            if found.number(rating) == 0:
                text = f"`{name}` has a `{rating}` of 0, so no number of them carries anything"
                raise fault("SPC102", "wrong-value", text, path, "correct the part file or `overrides`")
        return found

    def sure(path: str, name: str, kind: str) -> Part:
        found = one(path, name, kind)
        assert found is not None
        return found

    def size(p: Part) -> tuple[float, str]:
        return p.number("power_rated" if p.kind in BY_POWER else "current_rated") or 0.0, p.name

    offered = {kind: sorted(catalog.of_kinds(kind), key=size) for kind in KINDS}
    given = {"transformer": wish.transformer, "generator": wish.generator, "transfer-switch": wish.transfer_switch}
    for kind, name in given.items():
        if chosen := one(kind.replace("-", "_"), name, kind):
            offered[kind] = [chosen]
    if wish.substation and (chosen := one("substation.part", wish.substation.part, "substation-transformer")):
        offered["substation-transformer"] = [chosen]
    feeder, busway, ups = sure("feeder", wish.feeder, "feeder"), sure("busway", wish.busway, "busway"), one("ups", wish.ups, "ups", "bess")
    sidecar, row_ups = one("sidecar", wish.sidecar, "sidecar"), one("row_ups", wish.row_ups, "ups", "bess")
    if sidecar is None:
        return Market(feeder, busway, ups, None, None, None, None, row_ups, offered)
    bar, whip, shelf = (
        sure("dc_busway", wish.dc_busway, "dc-busway"),
        sure("dc_whip", wish.dc_whip, "cable"),
        sure("dc_shelf", wish.dc_shelf, "dc-shelf"),
    )
    ends = [whip.text(f"connector_{end}") or "" for end in "ab"]
    if whip.text("medium") != "power" or not whip.number("current_rated") or any(end.startswith(AC) for end in ends):
        text = f"`{whip.name}` is no whip for {(sidecar.number('voltage_output') or 0.0):g} V DC: it is a {whip.title[0].lower()}{whip.title[1:]}"
        raise fault("SPC107", "wrong-part-kind", text, "dc_whip", "such as `cable/whip-dc-125a`")
    return Market(feeder, busway, ups, sidecar, bar, whip, shelf, row_ups, offered)


def _switches(racks: pl.DataFrame, switches: pl.DataFrame, catalog: Catalog, volts: float) -> tuple[list[Take], np.ndarray]:
    """How racks of switches are fed: over two feeds of which one carries them, with a cord of every switch on each. And which of these each such rack
    is."""
    own = racks.filter(pl.col("design_id").is_null())
    parts = switches["part"].unique().sort()
    rated = [_inlet(g.connector for g in catalog.part(p).ports if g.kind == "power") for p in parts]
    inlets = pl.DataFrame({"part": parts, "inlet": rated}, schema={"part": switches.schema["part"], "inlet": pl.Float64}).fill_nan(None)
    count = switches.join(inlets, on="part").group_by("rack_id").agg(cords=pl.len(), inlet=pl.col("inlet").min())
    cords = own.select("rack_id").join(count, on="rack_id", how="left", maintain_order="left").fill_null(0)
    keys, of = np.unique(np.column_stack((own["power_w"].to_numpy(), cords["cords"], cords["inlet"])), axis=0, return_inverse=True)
    whip = catalog.part(SWITCH_WHIP)
    ohm, amps = 3 * (whip.number("resistance_per_m") or 0.0), whip.number("current_rated") or 0.0
    made = []
    for power, number, inlet in keys.tolist():
        n = max(1, int(np.ceil(power / SWITCH_FACTOR / (0.8 * LEAST_VOLTAGE * np.sqrt(3) * volts * amps))))
        columns = [ohm / n] * 2, [amps * n] * 2, [amps * n] * 2, [n] * 2
        made.append(Take(SWITCH_FEEDS, 1, SWITCH_FACTOR, *columns, int(number), inlet_v=inlet or float("nan")))
    return made, of.ravel()
