"""The parts a spec names, looked up; and what a spec says that cannot be: SPC104 unknown part, SPC105 unknown group, SPC107 wrong part kind,
SPC108 contradiction (see `contradictions`), BOM001 part folder or file broken. All findings of a spec are raised together."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rackwright.base.findings import DesignError, Finding, Note, either, meant, quoted
from rackwright.build.contradictions import TRAY_KINDS, ZONES, contradictions
from rackwright.build.cords import cord_for
from rackwright.catalog.facts import apply_overrides, mismatched
from rackwright.catalog.loader import Catalog
from rackwright.catalog.part import Part
from rackwright.spec.document import Document
from rackwright.spec.rack import RackSpec

CHIP_KINDS = ("accelerator", "cpu", "nic", "dpu", "switch-chip")


@dataclass(slots=True)
class Parts:
    """Every part the design uses by name, with the spec path that first asked for it."""

    document: Document[RackSpec]
    catalog: Catalog
    by_name: dict[str, Part] = field(default_factory=dict)
    asked_by: dict[str, str] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)

    def want(self, path: str, name: str | None, kinds: tuple[str, ...]) -> Part | None:
        """The part a spec path names, if it exists and is of one of `kinds`; else a finding is kept and None returned."""
        if name is None:
            return None
        part = self._load(path, name)
        if part is not None and kinds and part.kind not in kinds:
            wanted = either(kinds)
            self.fault(
                "SPC107", "wrong-part-kind", f"`{name}` is {_a(part.kind)}; {wanted} is wanted here", path, "`rackwright part` lists parts by kind"
            )
            return None
        return part

    def fault(
        self, code: str, name: str, message: str, path: str, help: str = "", note: tuple[str, str] | None = None, *, is_name: bool = False
    ) -> None:
        """Keep a finding at a spec path (with `is_name` at its name, else at its value); `note` is a second path and why it matters."""
        notes = (Note(self.document.span(note[0]), note[1]),) if note else ()
        span = self.document.keys.get(path) if is_name else None
        self.found.append(Finding(code, name, "error", message, span or self.document.span(path), help=help, notes=notes))

    def _load(self, path: str, name: str, inside: tuple[str, ...] = ()) -> Part | None:
        """A part and all it contains; `inside` are the parts that contain it, outermost first."""
        if name in inside:
            way = ", ".join(f"`{n}`" for n in inside[inside.index(name) + 1 :])
            text = f"`{name}` contains itself" + (f", by way of {way}" if way else "")
            self.fault("BOM001", "part-file-broken", text, path, f"take it out of `contains` in {self.by_name[inside[-1]].file}")
            return None
        if name in self.by_name:
            return self.by_name[name]
        try:
            part = self.catalog.part(name)
        except KeyError:
            hint = meant(self.catalog.close(name)) or "`rackwright part` lists the parts there are; `parts:` names folders with your own"
            self.fault("SPC104", "unknown-part", f"there is no part {quoted(name)}", path, hint)
            return None
        except DesignError as fault:
            first, *rest = fault.findings
            first = replace(first, notes=(*first.notes, Note(self.document.span(path), "asked for here")))
            known = {(f.span, f.message) for f in self.found}
            self.found += [f for f in (first, *rest) if (f.span, f.message) not in known]
            return None
        overrides = self.document.spec.overrides.get(name)
        if overrides:
            part = self._override(part, overrides)
        self.by_name[name], self.asked_by[name] = part, path
        for content in part.contains:
            self._load(path, content.part, (*inside, name))
        for fact in ("psu", "coupling"):
            if part.text(fact):
                self._load(f"overrides.{name}.{fact}" if overrides and fact in overrides else path, part.text(fact), (*inside, name))
        return part

    def _override(self, part: Part, overrides: dict[str, str]) -> Part:
        part, wrong = overridden(part, overrides)
        for fact, message, hint in wrong:
            self.fault("SPC102", "wrong-value", message, f"overrides.{part.name}.{fact}", hint, is_name=is_unknown(fact, message))
        for fact, text in mismatched(part.facts) if part.kind == "coolant" else ():
            self.fault("SPC102", "wrong-value", text, f"overrides.{part.name}.{fact}", "give every property a value for each temperature")
        return part


def overridden(part: Part, facts: Mapping[str, str]) -> tuple[Part, list[tuple[str, str, str]]]:
    """`part` with the facts that a spec overrides; and of each that cannot be its name, what is wrong and what would do."""
    wrong = []
    for fact, text in facts.items():
        try:
            part = apply_overrides(part, {fact: text}, f"overrides.{part.name}.{fact}")
        except ValueError as fault:
            message, _, hint = str(fault).partition("; ")
            wrong.append((fact, message if f"`{fact}`" in message else f"`{fact}`: {message}", hint))
    return part, wrong


def is_unknown(fact: str, message: str) -> bool:
    """The message of `overridden` is about the name of the fact, not its value."""
    return message.startswith(f"`{fact}` is not")


def catalogue(document: Document[Any]) -> Catalog:
    """Shipped parts and those in the folders that the spec names. Raises DesignError (BOM001) where one of these is no folder."""
    found, folders = [], []
    for i, text in enumerate(document.spec.parts):
        folder = document.folder / text
        folders.append(folder)
        try:
            is_folder = folder.is_dir()
        except OSError:  # a name no file system takes
            is_folder = False
        if not text or not is_folder:
            message = f"there is no folder {quoted(text)} beside this file to take parts from"
            found.append(Finding("BOM001", "part-file-broken", "error", message, document.span(f"parts.{i}"), help="check the path, or remove it"))
    if found:
        raise DesignError(found)
    return Catalog(folders)


def resolve(document: Document[RackSpec], catalog: Catalog) -> Parts:
    """Every part of the spec. Raises DesignError with everything that cannot be built."""
    parts, spec = Parts(document, catalog), document.spec
    parts.want("frame", spec.frame, ("frame",))
    for name, group in spec.trays.items():
        parts.want(f"trays.{name}.part", group.part, TRAY_KINDS)
    if spec.scale_up:
        parts.want("scale_up.cable", spec.scale_up.cable, ("cable",))
        parts.want("scale_up.cartridge", spec.scale_up.cartridge, ("cartridge",))
    parts.want("power.shelf", spec.power.shelf, ("power-shelf",))
    parts.want("power.busbar", spec.power.busbar, ("busbar",))
    parts.want("power.battery", spec.power.battery, ("bbu",))
    parts.want("power.pdu", spec.power.pdu, ("pdu",))
    if spec.power.shelf or spec.power.pdu:
        parts.want("power.whip", spec.power.whip, ("cable",))
    if spec.power.pdu:
        own = [part for group in spec.trays.values() if (part := parts.by_name.get(group.part))]
        for cord in sorted({cord_for(spec, port.connector) for part in own for port in part.ports if port.kind == "power"} or {cord_for(spec, "")}):
            parts.want("power.cord", cord, ("cable",))
    parts.want("cooling.manifold", spec.cooling.manifold, ("manifold",))
    if is_liquid(parts):
        parts.want("cooling.coolant", spec.cooling.coolant, ("coolant",))
    if spec.management.switches:
        parts.want("management.cable", spec.management.cable, ("cable",))
    for name in spec.overrides:
        # while a part is unknown or its file broken, nobody can tell what the design uses
        if name not in parts.by_name and not any(f.code in ("SPC104", "BOM001") for f in parts.found):
            hint = meant(difflib.get_close_matches(name, list(parts.by_name), 2)) or "remove it, or use the part"
            parts.fault(
                "SPC104",
                "unknown-part",
                f"`overrides` changes {quoted(name)}, which this design does not use",
                f"overrides.{name}",
                hint,
                is_name=True,
            )
    _groups(parts)
    for c in contradictions(spec, parts.by_name):
        parts.fault("SPC108", "contradiction", c.message, c.path, c.help, c.note, is_name=c.is_name)
    if parts.found:
        raise DesignError(sorted(parts.found, key=lambda f: (f.span.file, f.span.line, f.span.column, f.code)))
    return parts


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} `{kind}`"


def is_liquid(parts: Parts) -> bool:
    """Any tray gives heat to the coolant."""
    return any((_part(parts, g.part, "liquid_fraction") or 0) > 0 for g in parts.document.spec.trays.values())


def _part(parts: Parts, name: str, fact: str) -> float | None:
    part = parts.by_name.get(name)
    return None if part is None else part.number(fact)


def _groups(parts: Parts) -> None:
    """SPC105: names of groups that are no groups."""
    spec = parts.document.spec
    known = set(spec.trays)
    asked = [(f"trays.{n}.within", g.within) for n, g in spec.trays.items()]
    asked += [("management.switches", spec.management.switches)]
    asked += [(f"placement.order.{i}", n) for i, n in enumerate(spec.placement.order or []) if n not in ZONES]
    asked += [(f"placement.together.{i}.{j}", n) for i, row in enumerate(spec.placement.together) for j, n in enumerate(row) if n not in ZONES]
    if spec.scale_up:
        asked += [("scale_up.from", spec.scale_up.accelerators), ("scale_up.to", spec.scale_up.switches)]
    for path, name in asked:
        field = path.rpartition(".")[2]
        if name is not None and name not in known and path not in parts.document.spans:
            text = f"`{field}` is `{name}` unless given, and there is no such group in `trays`"
            parts.fault(
                "SPC105", "unknown-group", text, path, f"write `{field}:`; groups here: {', '.join(f'`{n}`' for n in spec.trays)}", is_name=True
            )
        elif name is not None and name not in known:
            hint = meant(difflib.get_close_matches(name, sorted(known), 1)) or f"groups here: {', '.join(f'`{n}`' for n in spec.trays)}"
            parts.fault("SPC105", "unknown-group", f"there is no group {quoted(name)} in `trays`", path, hint)
