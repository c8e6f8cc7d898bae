"""A hall from its spec: rack designs compiled once, racks placed, fabrics planned, every cable routed cell by cell.

document = spec.read(...)                       what is wanted, with lines
designs  = compile(each rack spec)              once per design, with its own findings
ends     = templates -> endpoints               which ports each fabric joins
wired    = plan(each fabric)                    switch counts, derived
site     = racks and switches on the floor
cells    = links -> routes -> lengths -> media  pod by pod
tables   = sums of the cells, fill of the trays, findings
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.base.findings import DesignError, Finding, Note, meant
from rackwright.base.spans import SpanTable
from rackwright.base.tree import read_text, spec_error
from rackwright.build.fill import fill
from rackwright.build.hall import site as sites
from rackwright.build.hall import wire
from rackwright.build.hall.catalogue import OFFERED, catalogue
from rackwright.build.hall.cheapest import Placed, cheapest
from rackwright.build.hall.floor_faults import FloorFault, floor_fault, floor_faults
from rackwright.build.hall.ground import Ground, laid, paths_of
from rackwright.build.hall.losses import path_segments
from rackwright.build.hall.medium import Media, first_rows, media
from rackwright.build.hall.rack_faults import Frame, low_tray_faults, place_faults, room_faults, switch_rack_fault
from rackwright.build.hall.settle import settled
from rackwright.build.hall.stand import Stand, stood
from rackwright.build.hall.template import Template
from rackwright.build.hall.trays import drawn, way_fault
from rackwright.build.hall.unlike import across, pod_first, separate, told
from rackwright.build.paths import Paths
from rackwright.catalog.loader import Catalog
from rackwright.catalog.part import Part
from rackwright.flow import cabling, rack_designs, standing
from rackwright.flow.cabling import Made
from rackwright.flow.fingerprint import Fingerprint, folder, program
from rackwright.flow.hall_cures import Cures
from rackwright.flow.hall_fabrics import Fabrics
from rackwright.flow.hall_floor import Segments
from rackwright.flow.hall_laid import Laid
from rackwright.flow.hall_tables import HallTables
from rackwright.flow.kept_cells import PATHS, SUMS, KeptCells, packed, paths_kept, paths_packed
from rackwright.flow.memory import Memory
from rackwright.flow.pipeline import Design, Progress
from rackwright.flow.rack_designs import Rack
from rackwright.flow.store import Artefact, Kept, table
from rackwright.rules import rule
from rackwright.schema.remembered import Remembered
from rackwright.schema.tables import Tables, frame
from rackwright.spec.document import Document, one_root, read_tree
from rackwright.spec.hall import HallSpec

Row = dict[str, Any]


def read(path: str, *, variant: str | None = None, sets: Sequence[str] = ()) -> Document[HallSpec]:
    """The hall spec in a YAML file. Raises DesignError."""
    text = read_text(Path(path), path)
    return read_tree(one_root(text, path), path, Path(path).parent, text, HallSpec, variant=variant, sets=sets)


def compile_hall(path: str, *, variant: str | None = None, sets: Sequence[str] = (), as_of: str, progress: Progress = lambda stage: None) -> Design:
    """The hall of a spec file. Raises DesignError where it cannot be built, with the numbers."""
    return compile_document(read(path, variant=variant, sets=sets), as_of=as_of, progress=progress)


class Session:
    """Compiles a hall again and again in one process, as its spec is edited: what an edit leaves as it was stays in memory.

    What comes out equals a fresh compilation, byte by byte once it is written. One thread at a time; memory is that of one compiled hall.
    """

    def __init__(self) -> None:
        self._memory = Memory(is_kept=True)

    def compiled(self, document: Document[HallSpec], *, as_of: str, progress: Progress = lambda stage: None, kept: Kept | None = None) -> Design:
        """As `compile_document`. Raises DesignError where the hall cannot be built; what was held before still is."""
        return compile_document(document, as_of=as_of, progress=progress, kept=kept, memory=self._memory)


def compile_document(
    document: Document[HallSpec],
    *,
    as_of: str,
    progress: Progress = lambda stage: None,
    kept: Kept | None = None,
    memory: Memory | None = None,
) -> Design:
    """Tables and findings of a hall spec; what did not change since an earlier package comes from it (`kept`), or from an earlier compilation of
    this process (`memory`, see `Session`).

    Raises DesignError where it cannot be built, with the numbers.
    """
    if document.spec.floor.plan:
        from rackwright.spec.dxf import planned

        document = planned(document)
    memory, folders = memory or Memory(), [document.folder / p for p in document.spec.parts]
    of_parts = Fingerprint([(str(f), folder(f)) for f in folders], document.spec.overrides).hex()
    catalog = memory.made("catalog", of_parts, lambda: catalogue(document))
    work = _Work(document, catalog, as_of, progress, kept, memory, of_parts)
    tables = work.tables(work.laid_out())
    progress("rules")
    judged = tables.put(rule.run(tables, as_of))
    inputs = work.inputs | {file: cell.inputs for file, cell in work.cells.items()}
    return Design(
        document.spec.hall, document, judged, rule.grouped(judged), inputs, work.files(), {name: r.design.tables for name, r in work.racks.items()}
    )


def laid_out(document: Document[HallSpec], *, as_of: str) -> Laid:
    """What cables are made from. Raises DesignError where the hall cannot be built, with the numbers."""
    return _Work(document, catalogue(document), as_of, lambda stage: None).laid_out()


class _Work:
    """One compilation: the steps of the module's docstring, in order."""

    def __init__(
        self,
        document: Document[HallSpec],
        catalog: Catalog,
        as_of: str,
        progress: Progress,
        kept: Kept | None = None,
        memory: Memory | None = None,
        of_parts: str = "",
    ) -> None:
        self.memory, self.of_parts, self.shape = memory or Memory(), of_parts, ""
        self.paths: Paths | None = None
        self.kept, self.cells, self.racks, self.inputs = kept, dict[str, Made](), dict[str, Rack](), dict[str, str]()
        self.document, self.spec, self.catalog, self.as_of, self.progress = document, document.spec, catalog, as_of, progress
        # All that floor, trays and plans depend on: units that differ from the rest do so by their design alone.
        self.plain = self.memory.step("plain", lambda spec: spec, document.spec.model_copy(update={"units": {}}))
        self.spans = SpanTable()
        self.src("")
        reader = ThreadPoolExecutor(1)  # reads while fabrics are planned
        self.kept_cells = reader.submit(KeptCells, kept)
        reader.shutdown(wait=False)
        self.stands: standing.Standing | None = None
        self.faults: list[Finding] = []

    def src(self, path: str) -> int:
        return self.spans.add(self.document.span(self.document.changed(path)), path)

    def fault(self, code: str, name: str, message: str, path: str, help: str = "", notes: tuple[Note, ...] = ()) -> DesignError:
        return spec_error(code, name, message, self.document.span(self.document.changed(path)), help, notes)

    def of_floor(self, fault: FloorFault, hall: int = -1) -> DesignError:
        """A fault of the floors of all halls (-1), or of one that differs from the rest."""
        path, text = fault.other
        path = told(self.spec, hall, path)
        note = (Note(self.document.span(path), text),) if path and path in self.document.spans else ()
        own = f"hall {hall + 1}: " if hall >= 0 else ""
        help = fault.help.replace("`floor.", f"`{told(self.spec, hall, 'floor')}.")
        return self.fault(fault.code, fault.name, own + fault.message, told(self.spec, hall, fault.path), help, note)

    def blame(self, code: str, name: str, message: str, path: str, help: str = "", notes: tuple[Note, ...] = ()) -> None:
        """Keep a fault, so that those of one step are told together by `stop`."""
        self.faults += self.fault(code, name, message, path, help, notes).findings

    def stop(self) -> None:
        """Raise what has been kept, in the order of lines."""
        if self.faults:
            raise DesignError(sorted(self.faults, key=lambda f: (f.span.file, f.span.line, f.span.column)))

    def part(self, path: str, name: str) -> Part:
        try:
            return self.catalog.part(name)
        except KeyError:
            close = self.catalog.close(name)
            hint = meant(close) or "`rackwright part` lists them"
            raise self.fault("SPC104", "unknown-part", f"there is no part `{name}`", path, hint) from None

    def laid_out(self) -> Laid:
        """Everything but the cables."""
        designs = self.designs()
        self.stands = standing.read(self.document, designs)
        templates, wired = self.fabrics(designs)
        if fault := switch_rack_fault(self.spec, self.part("network.frame", self.spec.network.frame), wired):
            raise self.of_floor(fault)
        stand = self.memory.step("stand", stood, self.plain, wired, pod_first(self.spec))
        site = self.site(stand)
        placed = None if self.stands else self.placed(designs, templates, wired, stand, site)
        if placed:
            stand, site = placed.stand, placed.site
        if self.stands:
            self.stands, stand, site = standing.grown(self.document, self.stands, wired, site, stand)
        self.racks_fit(designs, site)
        wired, templates = self.memory.known("settled", self.settled(templates, wired, stand, site))
        ground = self.ground(designs, templates, stand, site)
        wired = standing.rewired(self.stands, ground, wired)
        offered = [self.media(ground, each, which) for which, each in enumerate(wired)]
        return Laid(designs, wired, stand, site, placed, ground, offered)

    def fabrics(self, designs: dict[str, Design]) -> tuple[list[list[Template]], list[wire.Wired]]:
        """Which ports each fabric joins, and its plan."""
        made = Fabrics(self.document, self.part, self.blame, self.stop, self.progress, Cures(self.spec, self.catalog))

        def templates(*_: object) -> list[list[Template]]:
            found = made.templates(designs)
            self.stop()
            return found

        tables = [d.tables for d in designs.values()]
        joined = self.memory.step("templates", templates, self.plain, tables, self.catalog)
        design, pod = across(self.spec)
        seen = [wire.seen(own, design) for own in joined]
        return joined, self.memory.step("fabrics", lambda *_: made.wired(joined), self.plain, self.catalog, pod, seen)

    def media(self, ground: Ground, wired: wire.Wired, which: int) -> Media:
        """What the cables of a fabric may be made of."""
        offers, watt = self.offers(), self.spec.placement.watt
        made = self.memory.step(f"media {which}", lambda *_: media(ground, wired, which, offers, watt), wired, ground.templates, offers, watt)
        return replace(made, first=first_rows(ground, which))

    def settled(
        self, templates: list[list[Template]], wired: list[wire.Wired], stand: Stand, site: sites.Site
    ) -> tuple[list[wire.Wired], list[list[Template]]]:
        """Fabrics and templates with the management ports of switches where these stand."""
        made = [settled(w, stand, site.compute, self.part("network.frame", self.spec.network.frame)) for w in wired]
        return [w for w, _ in made], [[*own, of_switches] for own, (_, of_switches) in zip(templates, made, strict=True)]

    def placed(
        self, designs: dict[str, Design], templates: list[list[Template]], wired: list[wire.Wired], stand: Stand, site: sites.Site
    ) -> Placed | None:
        """Racks and switches moved to where their cables are cheapest; None where the spec places them in order."""
        if not self.spec.placement.is_by_cost:
            return None
        self.progress("placement")
        settled, templates = self.settled(templates, wired, stand, site)
        return cheapest(self.spec, self.ground(designs, templates, stand, site), settled, self.offers())

    def designs(self) -> dict[str, Design]:
        """Each rack design, compiled once."""
        made = {}
        for name, text in self.spec.designs.items():
            self.progress(f"design {name}")
            file, _, variant = text.partition("@")
            path = self.document.folder / file
            if not path.is_file():
                self.blame("SPC121", "unknown-design", f"there is no rack spec `{file}` beside this file", f"designs.{name}", "check the path")
                continue
            self.racks[name] = self.rack(name, path, variant)
            made[name] = self.racks[name].design
        for name, group in self.spec.racks.items():
            if group.design not in self.spec.designs:
                known = ", ".join(f"`{d}`" for d in self.spec.designs)
                self.blame("SPC121", "unknown-design", f"there is no design `{group.design}`", f"racks.{name}.design", f"designs here: {known}")
        self.units()
        if len(made) < len(self.spec.designs):
            self.stop()  # which ports there are is not known without every design
        return made

    def rack(self, name: str, path: Path, variant: str) -> Rack:
        """A compiled rack design; that of the last compilation without a look into its file where the bytes of that and of its parts are the same."""
        made_from = (str(path), path.read_bytes(), variant, self.as_of)
        held = self.memory.racks.get(name)
        if held is None or held[0] != made_from or held[1] is None or held[1] != _part_files(held[2]):
            made = rack_designs.compiled(name, path, variant, self.as_of, self.kept, self.memory)
            held = self.memory.racks[name] = made_from, _part_files(made), made
        return held[2]

    def units(self) -> None:
        """Units that differ from the rest: is there such a unit, and such a design?"""
        count, known = int(pod_first(self.spec)[-1]), ", ".join(f"`{d}`" for d in self.spec.designs)
        for number, unit in self.spec.units.items():
            if not 1 <= number <= count:
                message = f"there is no scalable unit {number}; there are {count}, counted from 1"
                self.blame("SPC105", "unknown-group", message, f"units.{number}", "correct the number")
            if unit.design not in self.spec.designs:
                message = f"there is no design `{unit.design}`"
                self.blame("SPC121", "unknown-design", message, f"units.{number}.design", f"designs here: {known}")

    def site(self, stand: Stand) -> sites.Site:
        """Racks at their places; a floor without room is told with the numbers."""
        for hall, own in separate(self.spec):
            if fault := floor_fault(own):
                raise self.of_floor(fault, hall)
        for hall, fault in self.memory.step("faults of floor", lambda *_: self.floor_faults(stand), self.plain, stand.per_hall):
            self.faults += self.of_floor(fault, hall).findings
        self.stop()
        floor = self.memory.step("floor", sites.floor_of, self.plain, stand.per_hall)
        return self.memory.known("site", sites.site(self.spec, stand.per_hall, floor))

    def floor_faults(self, stand: Stand) -> list[tuple[int, FloorFault]]:
        """What is wrong with the floors, and only then whether they have room; with the hall it is about, -1 for all."""
        found = [(hall, fault) for hall, own in separate(self.spec) for fault in floor_faults(own)]
        return found or list(room_faults(self.spec, stand.per_hall))

    def racks_fit(self, designs: dict[str, Design], site: sites.Site) -> None:
        """Whether places are as large as the racks that stand there, and trays hang over them."""
        tables = {name: d.tables for name, d in designs.items()}
        frames = [Frame.of(name, t["racks"]["part"][0], partial(t.fact, t["racks"]["part"][0]), f"designs.{name}") for name, t in tables.items()]
        own = self.part("network.frame", self.spec.network.frame)
        sized = [*frames, Frame.of("network", own.name, own.number, "network.frame")]
        for fault in (*place_faults(self.spec, site, sized), *low_tray_faults(self.spec, site, sized)):
            self.faults += self.of_floor(fault).findings
        self.stop()

    def tables(self, laid: Laid) -> Tables:
        """Cells routed and written as tables, then what they sum to."""
        shared = laid.shared(self.spec, self.catalog.part, self.memory)
        of_paths = self.memory.made("hash of paths", self.shape, lambda: Fingerprint(laid.ground.paths).hex())
        cabled = laid.cabled(laid.inputs(shared, of_paths, self.memory), self.kept_cells.result().cell, self.progress, shared, self.memory)
        self.cells = cabled.files(laid.wired)
        where = (laid.designs, laid.wired, laid.stand, laid.site, laid.ground, cabled.sums, laid.placed)
        report = HallTables(
            self.document,
            self.plain,
            self.src,
            self.spans,
            self.catalog,
            *where,
            self.stands,
            self.part,
            self.offers(),
            self.segments(laid.ground),
            self.memory,
        )
        made = report.tables(cabled.made, shared.kinds, fill(laid.ground.paths, cabled.run.flows, cabled.run.through))
        if self.memory.is_kept:
            made = self.memory.tables = Remembered(made.frames(), self.memory.tables)
        self.progress("links counted")
        self.memory.cells = self.cells = cabling.asked(self.cells, made, self.memory)
        return made

    def segments(self, ground: Ground) -> Segments:
        """Gives the trays of paths, those of the last compilation or of an earlier package where they are the same."""

        def made(paths: NDArray[np.int32]) -> pl.DataFrame:
            made_from = self.inputs["tables/path_segments.parquet"] = Fingerprint(self.shape, paths).hex()

            def rows() -> pl.DataFrame:
                found = table(self.kept, "path_segments", made_from) if self.kept else None
                return frame("path_segments", path_segments(ground, paths)) if found is None else found

            return self.memory.made("path segments", made_from, rows)

        return made

    def ground(self, designs: dict[str, Design], templates: list[list[Template]], stand: Stand, site: sites.Site) -> Ground:
        """Pathways over the floor and what stands under them."""
        self.progress("pathways")
        self.shape = self.memory.step("shape", lambda *of: Fingerprint(program(), *of).hex(), self.plain, site.at, site.positions, site.compute)
        paths = self.memory.made("paths", self.shape, lambda: paths_kept(self.kept, self.shape) or self.found(site))
        self.paths = paths
        devices = [d.tables["devices"].height for d in designs.values()]
        frame = self.part("network.frame", self.spec.network.frame)
        return self.memory.known("ground", laid(self.spec, site, stand, templates, devices, frame, paths))

    def found(self, site: sites.Site) -> Paths:
        """Shortest paths over the pathways."""
        ways = drawn(self.spec, site.campus)
        if fault := way_fault(self.spec, ways):
            raise self.of_floor(fault)
        return paths_of(self.spec, site, ways)

    def files(self) -> dict[str, Artefact]:
        """What a later build may take over: sums of the cells, paths, and the tables of the rack designs."""
        made = {SUMS: Artefact(partial(packed, self.cells), "build.hall")} if self.cells else {}
        if self.paths is not None and self.paths.via.size and self.cells:
            made[PATHS] = Artefact(partial(paths_packed, self.paths), "build.hall", self.shape)
        return made | {path: file for rack in self.racks.values() for path, file in rack.files.items()}

    def offers(self) -> list[Part]:
        """Every cable and module of the catalogue that a fabric may use."""
        return self.memory.made("offers", self.of_parts, lambda: self.catalog.of_kinds(*OFFERED))


def _part_files(rack: Rack) -> list[str] | None:
    """Hashes of the folders of parts of a rack design; None where it is a program, of which nobody knows what it reads."""
    document = rack.design.document
    return [folder(document.folder / p) for p in document.spec.parts] if document.text else None
