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
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from rackwright.base.findings import DesignError, Finding
from rackwright.base.spans import SpanTable
from rackwright.base.tree import read_text, spec_error
from rackwright.build.fabrics.fabric import Problem
from rackwright.build.fill import Fill, fill, no_flows
from rackwright.build.hall import cable, wire
from rackwright.build.hall import site as sites
from rackwright.build.hall.ground import Ground, laid
from rackwright.build.hall.medium import Sums
from rackwright.build.hall.stand import Stand, stood
from rackwright.build.hall.template import Template, meant, template
from rackwright.catalog.loader import Catalog
from rackwright.catalog.part import Part
from rackwright.flow import pipeline
from rackwright.flow.hall_tables import HallTables
from rackwright.flow.pipeline import Design, Progress
from rackwright.rules import rule
from rackwright.schema.tables import Tables
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


def compile_document(document: Document[HallSpec], *, as_of: str, progress: Progress = lambda stage: None) -> Design:
    """Tables and findings of a hall spec. Raises DesignError where it cannot be built, with the numbers."""
    work = _Work(document, Catalog([document.folder / p for p in document.spec.parts]), as_of, progress)
    tables = work.compiled()
    progress("rules")
    judged = tables.put(rule.run(tables, as_of))
    return Design(document.spec.hall, document, judged, rule.grouped(judged))


class _Work:
    """One compilation: the steps of the module's docstring, in order."""

    def __init__(self, document: Document[HallSpec], catalog: Catalog, as_of: str, progress: Progress) -> None:
        self.document, self.spec, self.catalog, self.as_of, self.progress = document, document.spec, catalog, as_of, progress
        self.spans = SpanTable()
        self.src("")
        self.used: dict[str, Part] = {}
        self.faults: list[Finding] = []

    def src(self, path: str) -> int:
        return self.spans.add(self.document.span(path), path)

    def fault(self, code: str, name: str, message: str, path: str, help: str = "") -> DesignError:
        return spec_error(code, name, message, self.document.span(path), help)

    def blame(self, code: str, name: str, message: str, path: str, help: str = "") -> None:
        """Keep a fault, so that those of one step are told together by `stop`."""
        self.faults += self.fault(code, name, message, path, help).findings

    def stop(self) -> None:
        """Raise what has been kept, in the order of lines."""
        if self.faults:
            raise DesignError(sorted(self.faults, key=lambda f: (f.span.file, f.span.line, f.span.column)))

    def part(self, path: str, name: str) -> Part:
        try:
            found = self.catalog.part(name)
        except KeyError:
            close = self.catalog.close(name)
            hint = f"did you mean {' or '.join(f'`{c}`' for c in close)}?" if close else "`rackwright part` lists them"
            raise self.fault("SPC104", "unknown-part", f"there is no part `{name}`", path, hint) from None
        self.used[name] = found
        return found

    def compiled(self) -> Tables:
        designs = self.designs()
        templates = self.templates(designs)
        self.stop()
        wired = self.wired(templates)
        stand = stood(self.spec, wired, sites.pods_per_hall(self.spec))
        site = self.site(stand)
        return self.tables(designs, templates, wired, stand, site)

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
            made[name] = pipeline.compile_file(str(path), variant=variant or None, as_of=self.as_of)
        for name, group in self.spec.racks.items():
            if group.design not in self.spec.designs:
                known = ", ".join(f"`{d}`" for d in self.spec.designs)
                self.blame("SPC121", "unknown-design", f"there is no design `{group.design}`", f"racks.{name}.design", f"designs here: {known}")
        if len(made) < len(self.spec.designs):
            self.stop()  # which ports there are is not known without every design
        return made

    def templates(self, designs: dict[str, Design]) -> list[list[Template]]:
        """For each fabric, the ports it takes of each design."""
        made = []
        for name, wish in self.spec.fabrics.items():
            own = [template(d.tables, wish.ports) for d in designs.values()]
            for i, text in enumerate(wish.ports):
                if not any(len(template(d.tables, [text])) for d in designs.values()):
                    close = [c for d in designs.values() for c in meant(d.tables, text)]
                    hint = (
                        f"did you mean {' or '.join(f'`{c}`' for c in dict.fromkeys(close))}?" if close else "write GROUP.ALIAS, such as compute.nic"
                    )
                    self.blame("SPC122", "unknown-ports", f"no design has ports `{text}`", f"fabrics.{name}.ports.{i}", hint)
            made.append(own)
        return made

    def wired(self, templates: list[list[Template]]) -> list[wire.Wired]:
        """Every fabric planned; a wish that cannot be met is told with what is short and the smallest change that helps."""
        sketch = self.sketch()
        made = []
        for (name, wish), own in zip(self.spec.fabrics.items(), templates, strict=True):
            self.progress(f"fabric {name}")
            leaf = self.part(f"fabrics.{name}.switch", wish.switch)
            spine = self.part(f"fabrics.{name}.spine", wish.spine) if wish.spine else leaf
            core = self.part(f"fabrics.{name}.core", wish.core) if wish.core else spine
            for p in (leaf, spine, core):
                if not p.number("cages"):
                    raise self.fault(
                        "SPC107", "wrong-part-kind", f"`{p.name}` has no `cages`; a switch of a fabric says how many", f"fabrics.{name}.switch"
                    )
            found = wire.planned(name, wish, wire.ends(own, *sketch, wish.planes), (leaf, spine, core))
            if isinstance(found, Problem):
                text = f"fabric `{name}`: {found.message}" + (
                    f", {found.value:,.0f} {found.unit} needed and {found.limit:,.0f} there" if found.unit and found.short > 0 else ""
                )
                hint = f"the smallest change that helps: {found.change}" if found.change else ""
                self.blame("NET301", "fabric-impossible", text, f"fabrics.{name}", hint)
            else:
                made.append(found)
        self.stop()
        return made

    def sketch(self) -> tuple[wire.I32, wire.I32]:
        """Design and pod of each compute rack, before anything stands anywhere."""
        per_hall = np.repeat([list(self.spec.designs).index(g.design) for g in self.spec.racks.values()], [g.count for g in self.spec.racks.values()])
        unit = self.spec.unit or max(len(per_hall), 1)
        pods = -(-len(per_hall) // unit)
        pod = np.concatenate([h * pods + np.arange(len(per_hall)) // unit for h in range(self.spec.halls)])
        return np.tile(per_hall, self.spec.halls).astype(np.int32), pod.astype(np.int32)

    def site(self, stand: Stand) -> sites.Site:
        """Racks at their places; a floor without room is told with the numbers."""
        halls, f = self.spec.halls, self.spec.floor
        needed, wanted = int(stand.per_hall.sum()), sum(g.count for g in self.spec.racks.values()) * halls
        most = int(stand.per_hall.max(initial=0))

        def places(rows: int) -> tuple[int, int]:
            return sites.free_places(self.spec.model_copy(update={"floor": f.model_copy(update={"rows": rows})}), most)

        def fits(rows: int) -> bool:
            free, network = places(rows)
            return free >= wanted and network >= most * halls

        if not f.rows or not f.places:
            raise self.fault("MEC401", "floor-too-small", f"{f.rows} rows of {f.places} places hold no rack", "floor", "give `rows` and `places`")
        if not fits(f.rows):
            free, network = places(f.rows)
            short = max(wanted - free, 0) + max(most * halls - network, 0)
            text = f"{wanted:,} racks and {needed:,} switch racks stand on {free + network:,} places, {short:,} too few"
            least = f.rows + max(1, -(-(wanted + needed - free - network) // (f.places * halls)))
            rows = next((r for r in range(least, least + 100) if fits(r)), 0)
            hint = f"`floor.rows: {rows}` is the smallest change that helps, or more places in a row" if rows else "make the rows longer"
            raise self.fault("MEC401", "floor-too-small", text, "floor", hint)
        return sites.site(self.spec, stand.per_hall)

    def tables(self, designs: dict[str, Design], templates: list[list[Template]], wired: list[wire.Wired], stand: Stand, site: sites.Site) -> Tables:
        """Cells routed and written as tables, then what they sum to."""
        ground = self.ground(designs, templates, stand, site)
        links, sums, filled = self.cabled(ground, wired)
        report = HallTables(self.document, self.src, self.spans, self.catalog, designs, wired, stand, site, ground, sums)
        return report.tables(links, filled)

    def cabled(self, ground: Ground, wired: list[wire.Wired]) -> tuple[pl.DataFrame | None, list[Sums], Fill]:
        """Every cable cell by cell, what they sum to by fabric, and the fill of the trays."""
        flows = no_flows(ground.paths)
        offers = self.offers()
        links, sums = [], []
        for which, each in enumerate(wired):
            own = Sums()
            for cell in range(each.plan.cells):
                self.progress(f"cables {each.name} {cell + 1}/{each.plan.cells}")
                columns = cable.cell_columns(ground, each, which, cell, offers, own, flows)
                if columns:
                    links.append(pl.DataFrame(columns).with_columns(fabric_id=pl.lit(which, pl.Int32)))
            sums.append(own)
        return pl.concat(links) if links else None, sums, fill(ground.paths, flows)

    def ground(self, designs: dict[str, Design], templates: list[list[Template]], stand: Stand, site: sites.Site) -> Ground:
        """Pathways over the floor and what stands under them."""
        self.progress("pathways")
        devices = [d.tables["devices"].height for d in designs.values()]
        return laid(self.spec, site, stand, templates, devices, self.part("network.frame", self.spec.network.frame))

    def offers(self) -> list[Part]:
        """Every cable and module of the catalogue that a fabric may use."""
        return self.catalog.of_kinds("cable", "transceiver")
