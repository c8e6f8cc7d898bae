"""One cable between racks in words: its ends, what it is made of and why, and what its length is made of; from the tables of a package alone."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rackwright.build.hall.ends import SWITCH_RUN_MM
from rackwright.build.paths import IN_RACK, NO_PATH
from rackwright.export.only import DASHES
from rackwright.export.only import cable as cable_rows
from rackwright.schema import ends as in_words
from rackwright.schema.tables import Tables

_CHEAPER, _DEARER = 3, 2  # offers told on either side of the one taken


@dataclass(frozen=True, slots=True)
class CableEnd:
    """One plug of a cable: side (`a` lower, `b` upper), name as on its label, device, hall, rack, lowest unit (None: it takes none), port or cage."""

    side: str
    name: str
    device: str
    hall: str
    rack: str
    unit: int | None
    port: str


@dataclass(frozen=True, slots=True)
class LengthPart:
    """A piece of a length, or (`is_sum`) what the pieces so far come to."""

    what: str
    length_mm: int
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class OfferLine:
    """A part with its modules that serves such links: the longest length it is sold in and works at, the price of one link (with its power over its
    life, which is what the choice goes by), and how it compares with the one taken.
    """

    part: str
    modules: str
    medium: str
    longest_mm: int
    weight_link_usd: float
    verdict: str


@dataclass(frozen=True, slots=True)
class CableStory:
    """`label` of the cable, `link` that the row is, how many `links` it carries, part with modules and medium, and the rest in lists."""

    label: str
    link: str
    links: int
    part: str
    modules: str
    medium: str
    ends: list[CableEnd]
    lengths: list[LengthPart]
    offers: list[OfferLine]


def row_of(t: Tables, name: str) -> int:
    """The row of `fabric_cables` that a label, a link, an end or a key means: of a cable of several links the longest, by which it is cut. Raises
    UnknownNameError.
    """
    at = in_words.devices(t)
    rows = cable_rows(t, at, name)
    named = in_words.named(t, at, rows).with_columns(row=rows, cut=t["fabric_cables"]["length_cut_mm"].gather(rows))
    both = [name, DASHES.join(reversed(name.split(DASHES)))]
    exact = named.filter(pl.any_horizontal(pl.col(c).is_in(both) for c in ("link", "a_name", "b_name")) & ~pl.col("label").is_in(both))
    return int(exact["row"][0] if exact.height == 1 else named.sort("cut", "leg", "row", descending=[True, False, False])["row"][0])


def story(t: Tables, number: int) -> CableStory:
    """The cable of one row of `fabric_cables`."""
    at, cables = in_words.devices(t), t["fabric_cables"]
    link = cables.row(number, named=True)
    own = cables.select(pl.arg_where(pl.col("key") == pl.lit(link["key"], pl.UInt64))).to_series()
    every = in_words.named(t, at, own).sort("leg", "link_id")
    named = every.row(by_predicate=pl.col("link_id") == link["link_id"], named=True)
    offers = t["fabric_offers"].filter(pl.col("fabric_id") == link["fabric_id"])
    taken = offers.filter(pl.col("sku") == link["sku"]).to_dicts()
    first = taken[0] if taken else None
    return CableStory(
        named["label"],
        named["link"],
        every.height,
        first["part"] if first else "",
        _modules(first) if first else "",
        first["medium"] if first else "",
        _ends(every),
        _lengths(t, at, link, named),
        _offers(t, at, offers, first, link, named) if first else [],
    )


def _ends(links: pl.DataFrame) -> list[CableEnd]:
    """Every plug once, those at the lower end first."""
    found = []
    for s in "ab":
        for r in links.unique(f"{s}_plug", keep="first", maintain_order=True).iter_rows(named=True):
            port = str(r[f"{s}_plug"]).partition(":")[2]
            found.append(CableEnd(s, r[f"{s}_plug"], r[f"{s}_device"], r[f"{s}_hall"], r[f"{s}_rack"], r[f"{s}_u"], port))
    return found


def _lengths(t: Tables, at: pl.DataFrame, link: dict[str, int], named: dict[str, object]) -> list[LengthPart]:
    """From connector to connector, then what is added, then what is ordered; each sum is that of the table."""
    if link["path_id"] == NO_PATH:
        return []
    sides = {s: _place(t, at, link, s) for s in "ab"}
    made = [LengthPart(f"{named[f'{s}_name']}: from the connector to the side of the rack", sides[s][1]) for s in "ab"]
    lead, slack, loop = (t.input(f"pathways.{n}") for n in ("lead", "slack", "service_loop"))
    if int(lead):
        made.append(LengthPart("to the first bend, at both ends", 2 * int(lead)))
    route = link["length_route_mm"]
    if link["path_id"] == IN_RACK:
        made.append(LengthPart("up or down between the connectors", abs(sides["a"][0] - sides["b"][0])))
        rest = "sideways between the sides of the rack"
    else:
        on = (
            t["path_segments"].filter(pl.col("path_id") == link["path_id"]).sort("step").join(t["trays"], on="tray_id", maintain_order="left")["z_mm"]
        )
        racks = [at["rack_id"][link[f"{s}_device_id"]] for s in "ab"]
        trays = (on[0], on[-1]) if racks[0] <= racks[1] else (on[-1], on[0])
        made += [LengthPart(f"{named[f'{s}_name']}: up to the tray", abs(z - sides[s][0])) for s, z in zip("ab", trays, strict=True)]
        rest = "along the trays, with the way onto them"
    made.append(LengthPart(rest, route - sum(p.length_mm for p in made)))
    made.append(LengthPart("route, from connector to connector", route, is_sum=True))
    spare = -(-route * round(1000 * slack) // 1000)
    made += [LengthPart(f"slack of {100 * slack:g} %", spare), LengthPart(f"service loops, two of {int(loop)} mm", 2 * int(loop))]
    made.append(LengthPart("cut length", link["length_cut_mm"], is_sum=True))
    if link["length_stock_mm"] >= 0:
        made.append(LengthPart("spare of the stock length", link["length_stock_mm"] - link["length_cut_mm"]))
        made.append(LengthPart("stock length, as ordered", link["length_stock_mm"], is_sum=True))
    return made


def _place(t: Tables, at: pl.DataFrame, link: dict[str, int], side: str) -> tuple[int, int]:
    """Height of a connector above the floor and the way from it to the side of its rack, mm."""
    device, port = at.row(link[f"{side}_device_id"], named=True), link[f"{side}_port"]
    of_fabric = pl.col("fabric_id") == link["fabric_id"]
    if device["local"] is not None:
        own = (pl.col("design_id") == device["design_id"]) & (pl.col("device") == device["local"]) & (pl.col("port") == port)
        found = t["nic_ports"].row(by_predicate=of_fabric & own, named=True)
        return found["z_mm"], found["run_mm"]
    frame = t.input_text("network.frame")
    unit, base = t.fact(frame, "unit_height") or 44.45, t.fact(frame, "base_height") or 0.0
    joined = (pl.col("part") == device["part"]) & (pl.col("port") == port) & (pl.col("side") == side) & (pl.col("tier") == link["tier"])
    height = t["switch_ports"].filter(of_fabric & joined)["z_mm"].drop_nulls()
    z = round(base + (device["u"] - 1) * unit) + height[0] if height.len() else round(base + (device["u"] - 0.5) * unit)
    return z, SWITCH_RUN_MM


def _modules(offer: dict[str, str | None]) -> str:
    """`a and b`, one name where both ends have the same."""
    return " and ".join(dict.fromkeys(m for m in (offer["a_module"], offer["b_module"]) if m))


def _offers(
    t: Tables, at: pl.DataFrame, offers: pl.DataFrame, taken: dict[str, object], link: dict[str, int], named: dict[str, object]
) -> list[OfferLine]:
    """The part taken between the next cheaper and the next dearer ones, by rising price, each with what speaks against it."""
    wanted = max(link["length_cut_mm"], _tied(t, at, named))
    family, price = ["part", "a_module", "b_module"], float(str(taken["weight_link_usd"]))
    rows = []
    for key, skus in offers.filter(pl.col("need") == taken["need"]).group_by(family, maintain_order=True):
        far, first = int(skus["length_stock_mm"].max()), skus.row(0, named=True)  # type: ignore[arg-type]
        long = skus.filter(pl.col("length_stock_mm") >= wanted)["weight_link_usd"]
        is_taken = key == tuple(taken[c] for c in family)
        weight = price if is_taken else float((long if long.len() else skus.sort("length_stock_mm")["weight_link_usd"].tail(1)).min())  # type: ignore[arg-type]
        if is_taken:
            verdict = "taken"
        elif not long.len():
            verdict = f"reaches {far:,} mm, {wanted:,} mm are needed"
        else:
            verdict = f"{weight - price:,.2f} USD dearer" if weight >= price else "not for the links that share its cages"
        rows.append(OfferLine(first["part"], _modules(first), first["medium"], far, weight, verdict))
    rows.sort(key=lambda r: (r.weight_link_usd, r.verdict != "taken", r.part))
    place = next(i for i, r in enumerate(rows) if r.verdict == "taken")
    dearer = [r for r in rows[place + 1 :] if r.verdict.endswith("dearer")]
    return [*rows[max(place - _CHEAPER, 0) : place + 1], *dearer[:_DEARER]]


def _tied(t: Tables, at: pl.DataFrame, named: dict[str, object]) -> int:
    """Longest cut length among the links of its cable and of its cages: they take modules and cables of one sort."""
    ids = [int(str(named[f"{s}_device_id"])) for s in "ab"]
    near = t["fabric_cables"].select(pl.arg_where((pl.col("fabric_id") == named["fabric_id"]) & _ends_at(ids))).to_series()
    links = in_words.named(t, at, near)
    same = [pl.col(f"{s}_cage_name") == named[f"{s}_cage_name"] for s in "ab"]
    return int(links.filter(pl.any_horizontal(pl.col("key") == pl.lit(named["key"], pl.UInt64), *same))["length_cut_mm"].max())  # type: ignore[arg-type]


def _ends_at(ids: list[int]) -> pl.Expr:
    return (pl.col("a_device_id") == ids[0]) | (pl.col("b_device_id") == ids[1])
