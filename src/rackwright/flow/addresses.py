"""Addresses of a compiled hall: which fabrics take part and in which order, and what the plan cannot give told at its lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from rackwright.base.findings import DesignError, Finding, Note
from rackwright.build.hall.addressing import Asked, addressed
from rackwright.build.hall.wire import Wired
from rackwright.flow.standing import Standing
from rackwright.spec.document import Document
from rackwright.spec.hall import HallSpec

INFINIBAND = "infiniband"


def addresses(
    document: Document[HallSpec],
    wired: Sequence[Wired],
    made: Mapping[str, pl.DataFrame],
    src: Callable[[str], int],
    stands: Standing | None = None,
) -> dict[str, pl.DataFrame]:
    """Tables switch_addresses, subnets and address_pools; none where the spec has no `addressing`.

    What `stands` keeps its numbers: fabrics their parts of the pools, others come after them in the order of the spec; and so for scalable units.
    Raises DesignError with every fault.
    """
    order, pods = (stands.addressed(), stands.grown.pods) if stands and stands.grown else ([], None)
    plan = document.spec.addressing
    if plan is None:
        return {}
    routed = {w.name: w.parts[0].text("protocol") != INFINIBAND for w in wired}
    astray = [name for name in plan.hosts if name not in routed]
    if astray:
        known = ", ".join(f"`{name}`" for name in routed)
        raise DesignError(
            [
                _finding(document, "SPC105", "unknown-group", f"there is no fabric `{name}`", f"addressing.hosts.{name}", f"fabrics here: {known}")
                for name in astray
            ]
        )
    slots = {name: i for i, name in enumerate(dict.fromkeys([*order, *(n for n, is_routed in routed.items() if is_routed or n in plan.hosts)]))}
    asked = [Asked(i, w.name, slots[w.name], routed[w.name], pods) for i, w in enumerate(wired) if w.name in slots]
    paths = ["addressing.asn", "addressing.loopbacks", "addressing.links", *(f"addressing.hosts.{name}" for name in plan.hosts)]
    found = addressed(plan, asked, made, {path: src(path) for path in paths})
    if isinstance(found, dict):
        return found
    raise DesignError([_finding(document, f.code, f.name, f.message, f.path, f.help, f.other) for f in found])


def _finding(document: Document[HallSpec], code: str, name: str, message: str, path: str, help: str, other: str = "") -> Finding:
    notes = (Note(document.span(other), "the other one"),) if other else ()
    return Finding(code, name, "error", message, document.span(path), notes=notes, help=help)
