"""The same spec written in Python, with the same messages: every `section(...)` and `rack(...)` remembers the line that called it.

    from rackwright.spec.python import rack, section

    design = rack(
        "edge-pod",
        frame="eia/310-48u",
        trays={f"box-{c}": section(part="nvidia/dgx-h100") for c in "ab"},
        power=section(pdu="raritan/px3-5878", pdus=3),
    )

`rackwright check design.py` runs the file and takes the one rack in it. `from` is a Python keyword: write `from_`.
"""

from __future__ import annotations

import runpy
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rackwright.base.spans import Span
from rackwright.base.tree import Node, spec_error
from rackwright.spec.document import Document, read_tree
from rackwright.spec.rack import RackSpec


class Section(dict[str, object]):
    """Fields of a section, and the line that wrote them."""

    span: Span


@dataclass(frozen=True, slots=True)
class Rack:
    """A rack spec made in Python; `document` validates it."""

    root: Node

    def document(self, *, variant: str | None = None, sets: Sequence[str] = ()) -> Document[RackSpec]:
        """The validated spec. Raises DesignError."""
        file = self.root.span.file
        return read_tree(self.root, file, Path(file).parent, "", RackSpec, variant=variant, sets=sets)


def section(**fields: object) -> Section:
    """A section of a spec. Values: text with units, whole numbers, booleans, lists, mappings and sections."""
    made = Section({name.removesuffix("_"): value for name, value in fields.items()})
    made.span = _caller()
    return made


def rack(name: str, **fields: object) -> Rack:
    """A rack spec of that name."""
    made = Section({"rack": name, **{k.removesuffix("_"): v for k, v in fields.items()}})
    made.span = _caller()
    return Rack(_node(made, made.span))


def load(path: Path, shown: str) -> Rack:
    """Run a Python file and give the one rack it defines.

    Raises:
        DesignError: SPC001 when the file fails, or defines no rack or several.
    """
    top = Span(shown, 1, 1, 1, 1)
    try:
        names = runpy.run_path(str(path))
    except (Exception, SystemExit) as fault:  # noqa: BLE001 - the user's program may raise anything
        line = next((f.lineno for f in reversed(traceback.extract_tb(fault.__traceback__)) if f.filename == str(path)), None)
        line = line or getattr(fault, "lineno", None) or 1
        raise spec_error("SPC001", "not-a-spec", f"the program fails: {type(fault).__name__}: {fault}", Span(shown, line, 1, line, 1)) from None
    racks = {id(v): v for v in names.values() if isinstance(v, Rack)}
    if len(racks) != 1:
        raise spec_error("SPC001", "not-a-spec", f"the program defines {len(racks)} racks, one is wanted", top, "assign one `rack(...)` to a name")
    return next(iter(racks.values()))


def _caller() -> Span:
    frame: FrameType | None = sys._getframe(2)
    assert frame is not None
    return Span(frame.f_code.co_filename, frame.f_lineno, 1, frame.f_lineno, 1)


def _node(value: object, span: Span) -> Node:
    """A plain value as a node; a section's own line holds for it and all below."""
    span = value.span if isinstance(value, Section) else span
    if isinstance(value, Mapping):
        return Node("map", {str(k): _node(v, span) for k, v in value.items() if v is not None}, span, span)
    if isinstance(value, list | tuple):
        return Node("list", [_node(v, span) for v in value], span, span)
    return Node("scalar", str(value).lower() if isinstance(value, bool) else str(value), span, span)
