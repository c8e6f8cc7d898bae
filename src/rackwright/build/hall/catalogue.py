"""Parts that a hall may use: the shipped ones, those of its folders, and the facts that its spec puts in place of theirs."""

from __future__ import annotations

from rackwright.base.findings import DesignError, Finding, meant, quoted
from rackwright.build.hall.supply_parts import KINDS
from rackwright.build.resolve import catalogue as of_folders
from rackwright.build.resolve import is_unknown, overridden
from rackwright.catalog.loader import Catalog
from rackwright.catalog.part import Part
from rackwright.spec.document import Document
from rackwright.spec.hall import HallSpec

OFFERED = ("cable", "transceiver", "panel")  # what a fabric may take without the spec naming it


def catalogue(document: Document[HallSpec]) -> Catalog:
    """The catalogue of a hall. Its rack designs keep their own.

    Raises:
        DesignError: BOM001 a folder that is none; SPC104 an override of a part there is not, or that no hall could use; SPC102 of a fact it has not.
    """
    catalog, found = of_folders(document), list[Finding]()

    def fault(code: str, name: str, message: str, path: str, help: str, *, is_name: bool = True) -> None:
        span = document.keys.get(path) if is_name else None
        found.append(Finding(code, name, "error", message, span or document.span(path), help=help))

    for name, facts in document.spec.overrides.items():
        path = f"overrides.{name}"
        try:
            part = catalog.part(name)
        except KeyError:
            fault("SPC104", "unknown-part", f"there is no part {quoted(name)}", path, meant(catalog.close(name)) or "`rackwright part` lists them")
            continue
        if name not in _named(document.spec) and not is_offered(part) and not (document.spec.power and part.kind in KINDS):
            text = f"`overrides` changes {quoted(name)}, which this hall does not use"
            fault("SPC104", "unknown-part", text, path, "remove it; facts of what stands in a rack belong into its rack spec")
        part, wrong = overridden(part, facts)
        for fact, message, hint in wrong:
            fault("SPC102", "wrong-value", message, f"{path}.{fact}", hint, is_name=is_unknown(fact, message))
        catalog.replace(part)
    if found:
        raise DesignError(sorted(found, key=lambda f: (f.span.line, f.span.column)))
    return catalog


def is_offered(part: Part) -> bool:
    """A fabric may take it without the spec naming it. Cables of power and of the inside of a rack are no offers."""
    return part.kind in OFFERED and part.text("medium") not in ("power", "twinax")


def _named(spec: HallSpec) -> set[str]:
    """Switches, frames and parts of the power chain that the spec names."""
    p = spec.power
    chain = {p.feeder, p.busway, p.ups, p.sidecar, p.dc_busway, p.dc_whip, p.dc_shelf} if p else set()
    return {spec.network.frame} | {n for f in spec.fabrics.values() for n in (f.switch, f.spine, f.core) if n} | {n for n in chain if n}
