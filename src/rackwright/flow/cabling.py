"""Every cable of a hall, cell by cell: made in threads, or taken over from the package that is built anew where nothing it depends on changed.

A cell depends on what all cells share (plan of its fabric, floor, places, trays, media) and on the racks of its own unit: their designs and the
endpoints on them. Both are hashed; equal hashes make equal cables, so a kept cell has the same bytes as one made again. Sums and flows of cells
are plain arrays that add up in any order; `kept_cells` keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import pairwise
from typing import Any, TypeAlias, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.build.fill import CellFlows, Flows, carried, joined, no_flows
from rackwright.build.hall import cable
from rackwright.build.hall.bundles import Groups, Kinds, grouped
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.losses import Lost, tray_losses
from rackwright.build.hall.medium import Media
from rackwright.build.hall.plugged import Plugged, plugged
from rackwright.build.hall.sums import CellSums, Sums, in_cages, total
from rackwright.build.hall.wire import Ends, Wired
from rackwright.build.paths import Paths
from rackwright.flow import cells
from rackwright.flow.fingerprint import Fingerprint, program
from rackwright.flow.memory import Memory
from rackwright.flow.store import content, threads
from rackwright.rules.link_kinds import LINK_KINDS
from rackwright.rules.tally import SERVERS, SWITCHES
from rackwright.schema.alike import alike
from rackwright.schema.lengths import LENGTHS
from rackwright.schema.parts import Ask, Part
from rackwright.schema.served import SERVED
from rackwright.schema.tables import Tables

S = TypeVar("S")
T = TypeVar("T")
I64: TypeAlias = NDArray[np.int64]
ASKS: tuple[Ask[Any], ...] = (LENGTHS, SERVED, SWITCHES, SERVERS, LINK_KINDS)
_OF_DESIGN = ("racks", "devices", "chips", "ports", "links")  # tables of a rack design that its ends and their names come from
# Fields of `Ground` that other units change, and the paths, whose hash is given.
_SHARED = ("site", "templates", "device_first", "switch_first", "paths")


@dataclass(frozen=True, slots=True)
class Told:
    """What tables of the hall ask of a cell: its bundles, what trays take with it, and what is plugged in where."""

    bundles: Groups
    lost: Lost
    plugged: Plugged


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What cells need besides for what they are asked (`Told`): kinds of cable that share bundles, and whether the figures of devices hold the
    modules in them: of each design, and of every device of the hall.
    """

    kinds: Kinds
    covers: list[NDArray[np.bool_]]
    covered: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Made:
    """One cell: its links with ids of the campus, sums, flows, what else is asked of it, the hash of what it was made from, and
    what its ids are counted from: fabric, first host, first switch. `leg`: the highest of a cable of several links. `ports`: the hash of the names
    of switch ports that answers of `links` go by. `origin`: links as they were made, with their bases, of a cell that moved since."""

    links: Part
    leg: int
    sums: CellSums
    flows: CellFlows
    told: Told | None
    inputs: str
    bases: tuple[int, int, int]
    ports: str = ""
    origin: tuple[Part, tuple[int, int, int]] | None = None


# Finds a cell of an earlier package by its file, the hash of what it is made from, and its bases; the last makes its links where they cannot be read.
Find: TypeAlias = Callable[[str, str, tuple[int, int, int], Callable[[], pl.DataFrame]], Made | None]


def nothing_kept(file: str, inputs: str, first: tuple[int, int, int], again: Callable[[], pl.DataFrame]) -> Made | None:
    """Finds none."""
    return None


@dataclass(slots=True, eq=False)
class Run:
    """What runs in the trays: flows of these cells, their sum, and the area on each edge (`fill.carried`). It is kept up as cells change."""

    paths: Paths
    cells: dict[tuple[int, int], CellFlows]
    flows: Flows
    through: I64

    def change(self, cells: dict[tuple[int, int], CellFlows]) -> None:
        """Other cells in place of those from before."""
        new = [flows for at, flows in cells.items() if self.cells.get(at) is not flows]
        gone = [flows for at, flows in self.cells.items() if cells.get(at) is not flows]
        more = joined([*((flows, 1) for flows in new), *((flows, -1) for flows in gone)])
        self.flows.add(more)
        self.through += carried(self.paths, more)
        self.cells = cells


def run(paths: Paths) -> Run:
    """Empty trays."""
    none = no_flows(paths)
    return Run(paths, {}, none, np.zeros((len(none.pair), len(paths.edge)), np.int64))


@dataclass(frozen=True, slots=True)
class Cabled:
    """All cells by fabric and unit, what they sum to by fabric, and what runs in the trays."""

    made: dict[tuple[int, int], Made]
    sums: list[Sums]
    run: Run

    def files(self, wired: list[Wired]) -> dict[str, Made]:
        """Cells by their file."""
        return {cells.file_name(wired[which].name, unit): made for (which, unit), made in self.made.items()}


def cabled(
    ground: Ground,
    wired: list[Wired],
    media: list[Media],
    inputs: Mapping[tuple[int, int], str],
    progress: Callable[[str], None],
    shared: Shared | None = None,
    memory: Memory | None = None,
    kept: Find = nothing_kept,
) -> Cabled:
    """Every cable of the hall. `inputs`: the hash of what each cell is made from (see `hashed`), or nothing where no cell is kept. `shared` is
    None where nobody asks what is `Told`. `memory` has cells of an earlier run of this process; `kept` finds those of a package.
    """
    every = [(which, unit) for which, each in enumerate(wired) for unit in range(each.plan.cells)]
    memory = memory or Memory()
    before, first = memory.cells, [bases(ground, each) for each in wired]

    def there(at: tuple[int, int]) -> Made | None:
        which, unit = at
        file, begin = cells.file_name(wired[which].name, unit), (which, *first[which][unit])
        if file in before and before[file].inputs == inputs[at]:
            return _moved(before[file], begin)
        return kept(file, inputs[at], begin, partial(_rows, ground, wired, at, media[which]))

    def one(at: tuple[int, int]) -> Made | None:
        old = before.get(cells.file_name(wired[at[0]].name, at[1]))
        made = _made(ground, wired, at, media[at[0]], inputs.get(at, ""), first[at[0]][at[1]], shared, old)
        if made is None or old is None:
            return made
        return replace(made, sums=alike(old.sums, made.sums), flows=alike(old.flows, made.flows), told=alike(old.told, made.told))

    made = {at: there(at) for at in every} if inputs else {}
    new = [at for at in every if made.get(at) is None]
    for at, found in zip(new, side_by_side(one, new), strict=True):
        progress(f"cables {wired[at[0]].name} {at[1] + 1}/{wired[at[0]].plan.cells}")
        made[at] = found
    whole = {at: cell for at in every if (cell := made[at]) is not None}
    sums = []
    for which, m in enumerate(media):
        own = [cell.sums for (f, _), cell in whole.items() if f == which]
        held = memory.step(f"cages {which}", in_cages, len(m.modules), m.switches, m.span, [c.cage for c in own], [c.module for c in own])
        sums.append(total(m, own, held))
    found_run = memory.step("run", run, ground.paths)
    found_run.change({at: cell.flows for at, cell in whole.items()})
    return Cabled(whole, sums, found_run)


def bases(ground: Ground, wired: Wired) -> list[tuple[int, int]]:
    """Of each unit of a fabric the device ids of its first host and of the hall's first switch (of any fabric: a management network has other ones'
    as hosts).
    """
    first, rack = wired.plan.first, wired.ends.rack
    host = ground.device_first[np.maximum(np.append(rack, 0)[np.minimum(first[:-1], rack.size)], 0)] if ground.device_first.size else 0
    return [(h, ground.switch_first) for h in np.where(np.diff(first) > 0, host, 0).tolist()]


def side_by_side(do: Callable[[S], T], each: Sequence[S]) -> Iterator[T]:
    """As `map`, in threads where there are several to do."""
    if len(each) < 2:
        yield from map(do, each)
        return
    with ThreadPoolExecutor(threads()) as pool:
        yield from pool.map(do, each)


def _made(
    ground: Ground,
    wired: list[Wired],
    at: tuple[int, int],
    media: Media,
    inputs: str,
    first: tuple[int, int],
    shared: Shared | None,
    old: Made | None,
) -> Made | None:
    found = cable.cell_columns(ground, wired[at[0]], *at, media)
    if found is None:
        return None
    columns, sums, flows = found
    rows, racks = _frame(columns), ground.rack_of
    links, of = Part(rows, rows.height, first, old.links.answers() if old else {}), None
    if shared:
        lost = tray_losses(ground, wired[at[0]], at[0], rows, racks)
        of = Told(grouped(rows, shared.kinds, racks), lost, plugged(rows, racks, shared.covered, first[0], ground.site.compute))
        links.tell(LENGTHS, (), LENGTHS.make(rows, first, None))
    return Made(links, int(columns["leg"].max()), sums, flows, of, inputs, (at[0], *first))


def _rows(ground: Ground, wired: list[Wired], at: tuple[int, int], media: Media) -> pl.DataFrame:
    """The links of a cell alone."""
    found = cable.cell_columns(ground, wired[at[0]], *at, media)
    assert found is not None
    return _frame(found[0])


def _frame(columns: Mapping[str, NDArray[Any]]) -> pl.DataFrame:
    """A table of columns; given arrays, Polars would start threads of its own for each."""
    return pl.DataFrame([pl.Series(name, values) for name, values in columns.items()])


def _moved(made: Made, to: tuple[int, int, int]) -> Made:
    """The same cell where other units and fabrics come before it. Rows are shifted from where they were made, however often they moved since."""
    if made.bases == to:
        return made
    origin, (_, host, switch) = made.origin or (made.links, made.bases)
    fabric, new_host, new_switch = to

    def rows() -> pl.DataFrame:
        found = cells.shifted(origin.rows, new_host - host, new_switch - switch, switch)
        return found.with_columns(fabric_id=pl.lit(fabric, pl.Int32))

    links, first = made.links.moved(rows, to[1:]), made.origin or (made.links, made.bases)
    return Made(links, made.leg, made.sums, made.flows, made.told, made.inputs, to, made.ports, first)  # `replace` takes longer than all else here


def answering(links: Part, answers: Iterable[tuple[Ask[Any], Any]]) -> Part:
    """A part that knows answers, if not yet for which tables."""
    for ask, answer in answers:
        if answer is not None:
            links.tell(ask, None if ask.of else (), answer)
    return links


def asked(made: Mapping[str, Made], t: Tables, memory: Memory) -> dict[str, Made]:
    """The cells with what rules and drawings ask of them, for the tables of a hall; what they knew by names of switch ports that are others now is
    asked again."""
    ports = memory.step("content of switch_ports", content, t["switch_ports"])
    by_others = {cell.links for cell in made.values() if cell.ports != ports}
    for ask in ASKS:
        stale = by_others if "switch_ports" in ask.of else ()
        t.parts(cells.TABLE).ask(ask, tuple(t[name] for name in ask.of), partial(t.derived, ask.context), side_by_side, stale)
    return {file: cell if cell.ports == ports else replace(cell, ports=ports) for file, cell in made.items()}


def hashed(
    ground: Ground, wired: list[Wired], media: list[Media], designs: Mapping[str, Tables], shared: Shared, of_paths: str, memory: Memory
) -> Iterator[tuple[tuple[int, int], str]]:
    """For each cell of each fabric the hash of everything it is made from. `designs` are the tables of each rack design, `of_paths` the hash of
    the paths of `ground`. What was hashed before in this process (`memory`) is not hashed again.
    """

    def once(name: str, *of: Any) -> str:
        return memory.step(f"hash {name}", lambda *of: Fingerprint(*of).hex(), *of)

    own = [[t[name] for name in _OF_DESIGN] for t in designs.values()]
    of_design = [once(f"of design {i}", rows, covers) for i, (rows, covers) in enumerate(zip(own, shared.covers, strict=True))]
    all_of = [_fields(ground, _SHARED), _fields(ground.site, ("design",)), shared.covered[ground.switch_first :]]
    floor = once("of floor", program(), memory.known("kinds of bundles", shared.kinds), of_paths, all_of)
    for which, each in enumerate(wired):
        templates, m = ground.templates[which], media[which]
        start = np.cumsum([0, *(len(x) for x in templates)])
        kinds = [m.of_row[a:b] for a, b in pairwise(start.tolist())]
        texts = zip(templates, [*of_design, "switches"], kinds, strict=True)
        by_design = [once(f"of ports {which} {i}", *of) for i, of in enumerate(texts)]
        plain = _fields(m, ("first", "of_row", "cage"))
        asked = (which, each.name, each.wish, each.plan, each.parts, each.ends.managed, by_design[-1], int(m.cage.max(initial=0)))
        fabric = Fingerprint(once(f"of fabric {which}", floor, asked, plain))
        if each.plan.hosts is None or m.beside[-1]:  # links from endpoint to endpoint may end in another unit, or share a cage with those of one
            first = ground.device_first - ground.device_first[0]
            fabric.add((by_design, ground.site.design, first, each.ends.endpoints, each.ends.rack, each.ends.row))
        said = np.array([text.encode() for text in by_design])  # by racks, as a hash of what stands in each
        for unit, (text, racks) in enumerate(memory.step(f"hash of ends {which}", _of_units, each.plan.first, each.ends)):
            first = ground.device_first[racks]
            yield (which, unit), fabric.copy().bytes(text.encode(), said[ground.site.design[racks]].tobytes(), (first - first[:1]).tobytes()).hex()


def _of_units(first: NDArray[Any], ends: Ends) -> list[tuple[str, NDArray[np.int32]]]:
    """Of each unit the hash of its endpoints, and the racks they are in. Units that begin elsewhere and are alike otherwise are hashed once."""
    made, e = list[tuple[str, NDArray[np.int32]]](), ends.endpoints
    shifted, plain = (e.server, e.rack, e.pod, ends.rack), (e.rail, e.subport, e.speed_gbps, e.kind, ends.row)
    before, text = list[NDArray[Any]](), ""
    for unit, (begin, end) in enumerate(pairwise(first.tolist())):
        starts = [int(c[begin]) if end > begin else 0 for c in shifted]
        own = [*(c[begin:end] - start for c, start in zip(shifted, starts, strict=True)), *(c[begin:end] for c in plain)]
        if not before or not all(map(np.array_equal, own, before)):
            before, text = own, Fingerprint(own).hex()
        rack = ends.rack[begin:end]
        racks = np.flatnonzero(np.bincount(rack[rack >= 0])).astype(rack.dtype)
        made.append((Fingerprint((unit, text, *starts)).hex(), racks))
    return made


def _fields(thing: Any, left_out: Collection[str]) -> dict[str, Any]:
    return {f.name: getattr(thing, f.name) for f in fields(thing) if f.name not in left_out}
