"""What keeps racks and switches from standing where a hall spec wants them: frames too low or too wide, places too few, trays too low."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rackwright.build import floor
from rackwright.build.hall.floor_faults import FloorFault
from rackwright.build.hall.floorplan import campus
from rackwright.build.hall.site import I32, Site
from rackwright.build.hall.stand import heights
from rackwright.build.hall.unlike import of_hall, told
from rackwright.build.hall.wire import Wired
from rackwright.catalog.part import Part
from rackwright.spec.floor import GivenRow
from rackwright.spec.hall import HallSpec

TIERS = ("switch", "spine", "core")


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of a design, mm where the catalogue knows it, and the spec path that it comes from."""

    name: str
    part: str
    width_mm: float | None
    depth_mm: float | None
    height_mm: float | None
    path: str

    @staticmethod
    def of(name: str, part: str, fact: Callable[[str], float | None], path: str) -> Frame:
        """The frame of a design with the facts of its part."""
        return Frame(name, part, fact("width"), fact("depth"), fact("height"), path)


def switch_rack_fault(spec: HallSpec, frame: Part, wired: Sequence[Wired]) -> FloorFault | None:
    """Units that switches may fill and the frame does not have, or a switch that is taller than all of them."""
    if frame.kind != "frame":
        return FloorFault(
            "SPC107",
            "wrong-part-kind",
            f"`{frame.name}` is a {frame.kind}; a frame is wanted here",
            "network.frame",
            "`rackwright part` lists parts by kind",
        )
    n, written = spec.network, spec.network.model_fields_set
    has, last = int(frame.number("height_units") or 0), n.first_unit + n.units - 1
    if last > has:
        text = f"switches may fill units {n.first_unit} to {last} of a switch rack, and its frame `{frame.name}` has {has}: {last - has} too many"
        if n.first_unit <= has and ("units" in written or "first_unit" not in written):
            path, help = "network.units", f"`network.units: {has - n.first_unit + 1}` at most from unit {n.first_unit} on"
        else:
            units = min(n.units, has)
            path, help = "network.first_unit", f"`network.first_unit: {has - units + 1}` at most"
            help += f", with `network.units: {units}`" if units < n.units else f" for {units} units"
        other = ("network.frame", "frame here") if "frame" in written else ("", "")
        return FloorFault("MEC405", "switch-outside-frame", text, path, f"{help}, or a taller `network.frame`", other)
    for w, tall in zip(wired, heights(list(wired)), strict=False):
        for tier in range(len(w.parts)):
            if w.plan.count(tier) and tall[tier] > n.units:
                name = w.parts[tier].name
                text = f"`{name}` is {tall[tier]} units tall, and switches may fill {n.units} of a switch rack: {tall[tier] - n.units} too few"
                field = TIERS[tier] if getattr(w.wish, TIERS[tier]) else "switch"
                other = ("network.units", "units here") if "units" in written else ("", "")
                help = f"`network.units: {tall[tier]}` at least, in a frame that has them from unit {n.first_unit} on"
                return FloorFault("MEC405", "switch-outside-frame", text, f"fabrics.{w.name}.{field}", help, other)
    return None


def room_faults(spec: HallSpec, per_hall: I32) -> Iterator[tuple[int, FloorFault]]:
    """Racks or switch racks (`per_hall`: of each hall) that find no place, with the arithmetic; the spec is one that `floor_fault` lets pass. Each
    with its hall, -1 where halls are equal.
    """
    for hall in range(spec.halls) if spec.unlike else (-1,):
        own, racks = (spec, per_hall) if hall < 0 else (of_hall(spec, hall), per_hall[hall : hall + 1])
        yield from ((hall, fault) for fault in _room_faults(own, racks))


def _room_faults(spec: HallSpec, per_hall: I32) -> Iterator[FloorFault]:
    f = spec.floor
    most, wanted = int(per_hall.max(initial=0)), sum(g.count for g in spec.racks.values())
    free, kept = _places(spec, most)
    if wanted <= free and most <= kept:
        return
    lines = campus(spec, most).halls[0].floor.lines()
    places = sum(len(line.at_mm) for line in lines)
    taken, named = places - free - kept, sum(len(line.network) for line in lines)
    of_hall = " of each hall" if spec.halls > 1 else ""
    short = []
    if wanted > free:
        short.append(f"{_wants(wanted, 'rack', of_hall)} and {free:,} {_are(free)} free, {wanted - free:,} too few")
    if most > kept:
        short.append(f"{_wants(most, 'switch rack', of_hall)} and {kept:,} {_are(kept)} kept for that, {most - kept:,} too few")
    less = [f"{taken:,} that columns, doors and keep-outs take"] if taken else []
    if kept:
        less.append(f"{kept:,} kept for {_count(most, 'switch rack')}{_in_each(spec, most)}")
    if named > kept:
        less[0] += f", {named - kept:,} of them named in `network`"
    text = f"{'; '.join(short)}: {', less '.join([_count(places, 'place'), *less])}"
    if isinstance(f.rows, list):
        help = _longer(spec, wanted, most, free, kept, bool(named))
    else:
        help = _rows_that_do(spec, wanted, most)
    path = "floor.network_racks" if help.startswith("`floor.network_racks") else "floor.rows" if isinstance(f.rows, list) else "floor"
    yield FloorFault("MEC401", "floor-too-small", text, path, help)


def _in_each(spec: HallSpec, most: int) -> str:
    """How places for switches are kept, where rows do not name them."""
    plan = campus(spec, most).halls[0].floor
    if plan.network == "none" or any(line.network for line in plan.given):
        return ""
    return f", {_count(plan.network_count, 'row')} of them" if plan.network == "rows" else f", {plan.network_count} in each row"


def _wants(n: int, what: str, of_hall: str) -> str:
    return f"{_count(n, what)}{of_hall} {'wants' if n == 1 else 'want'} a place"


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _places(spec: HallSpec, network_racks: int) -> tuple[int, int]:
    """Places of one hall that are free for racks, and those kept for switch racks."""
    one = spec.model_copy(update={"halls": 1, "pathways": spec.pathways.model_copy(update={"ducts": None})})
    made = floor.positions(campus(one, network_racks))
    switch = int((made.role == floor.NETWORK).sum())
    return len(made) - switch, switch


def _fits(spec: HallSpec, wanted: int, most: int, **change: object) -> bool:
    free, kept = _places(spec.model_copy(update={"floor": spec.floor.model_copy(update=change)}), most)
    return free >= wanted and kept >= most


def _kept_that_does(spec: HallSpec, wanted: int, most: int) -> int | None:
    """The least `network_racks` that leaves room for all; None where none does."""
    f = spec.floor
    limit = f.row_count if f.network == "rows" else max([r.places for r in f.rows] if isinstance(f.rows, list) else [f.places or 0])
    return next((n for n in range(1, min(limit, 200) + 1) if _fits(spec, wanted, most, network_racks=n)), None)


def _rows_that_do(spec: HallSpec, wanted: int, most: int) -> str:
    """The smallest change of a floor that is laid out."""
    f = spec.floor
    assert isinstance(f.rows, int)
    if f.network_racks is not None and (n := _kept_that_does(spec, wanted, most)) is not None:
        return f"`floor.network_racks: {n}` is the smallest change that helps, or leave it out"
    for change in ({}, {"network_racks": None}) if f.network_racks is not None else ({},):
        least = f.rows + 1
        rows = next((r for r in range(least, least + 100) if _fits(spec, wanted, most, rows=r, **change)), 0)
        if rows:
            without = ", without `floor.network_racks`," if change else ""
            return f"`floor.rows: {rows}`{without} is the smallest change that helps, or more places in a row"
    return "make the rows longer"


def _longer(spec: HallSpec, wanted: int, most: int, free: int, kept: int, is_named: bool) -> str:
    """What helps where rows are given one by one."""
    short = max(wanted - free, 0) + max(most - kept, 0)
    if is_named:
        if wanted + most <= free + kept:
            return f"name {most - kept:,} more in `network` of a row" if most > kept else f"name {wanted - free:,} fewer in `network` of a row"
        return f"give rows with {short:,} more places" + (f", {most - kept:,} of them named in `network`" if most > kept else "")
    if spec.floor.network_racks is not None and (n := _kept_that_does(spec, wanted, most)) is not None:
        return f"`floor.network_racks: {n}` is the smallest change that helps, or leave it out"
    return f"give rows with {short:,} more places"


def place_faults(spec: HallSpec, site: Site, frames: Sequence[Frame]) -> Iterator[FloorFault]:
    """Racks that are wider or deeper than the places they stand at, the largest of those that stand in places of one description. `frames` are those
    of the designs, and last that of switch racks.
    """
    found: dict[str, tuple[float, FloorFault]] = {}
    for number, frame in enumerate(frames):
        at = site.at[site.design == number]
        for name, own, has in (("width", frame.width_mm, site.positions.width_mm[at]), ("depth", frame.depth_mm, site.positions.depth_mm[at])):
            if own is None or not len(at) or own <= has.min():
                continue
            worst = int(at[np.argmin(has)])
            row, room, hall = int(site.positions.row[worst]), int(has.min()), int(site.positions.hall[worst])
            path, field = (told(spec, hall, p) for p in _of_place(of_hall(spec, hall), name, row))
            what = f"racks of design `{frame.name}`" if number < len(spec.designs) else "switch racks"
            text = f"{what} are {own:,.0f} mm {'wide' if name == 'width' else 'deep'}, {own - room:,.0f} mm more than their places"
            text += f" of {room:,} mm ({int((has < own).sum()):,} of {len(at):,})"
            help = f"`{field}: {own:.0f} mm`" + (", or a smaller `network.frame`" if number == len(spec.designs) else "")
            fault = FloorFault("MEC404", "rack-larger-than-place", text, path, help, (frame.path, f"frame `{frame.part}`"))
            if path not in found or own > found[path][0]:
                found[path] = own, fault
    yield from (fault for _, fault in found.values())


def _of_place(spec: HallSpec, name: str, row: int) -> tuple[str, str]:
    """Where a spec says how wide or deep the places of a row are: path, and the field to change."""
    f = spec.floor
    own: GivenRow | None = f.rows[row] if isinstance(f.rows, list) else None
    if own is not None and name == "width" and own.width is not None:
        return f"floor.rows.{row}.width", "width"
    field = "pitch" if name == "width" else "depth"
    if own is not None and getattr(own, field) is not None:
        return f"floor.rows.{row}.{field}", field
    return f"floor.{field}", f"floor.{field}"


def low_tray_faults(spec: HallSpec, site: Site, frames: Sequence[Frame]) -> Iterator[FloorFault]:
    """Levels of trays that hang lower than the racks under them are tall."""
    tall = [f for n, f in enumerate(frames) if f.height_mm and (site.design == n).any()]
    if not tall:
        return
    top = max(tall, key=lambda f: f.height_mm or 0)
    high, p = top.height_mm or 0, spec.pathways
    levels = [("pathways.height", p.height)] + [
        (f"pathways.{n}.height", own.height) for n in ("fibre", "power") if (own := getattr(p, n)) is not None
    ]
    for path, height in levels:
        if height < high:
            text = f"trays hang at {height / 1000:g} m in racks of `{top.name}`, which are {high:,.0f} mm tall: {high - height:,.0f} mm too low"
            yield FloorFault("MEC409", "tray-in-the-way", text, path, f"`{path}: {high / 1000:g} m` at least", (top.path, f"frame `{top.part}`"))
