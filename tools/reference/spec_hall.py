"""The page of the hall spec and its JSON Schema, from the spec model."""

from __future__ import annotations

from rackwright.spec.hall import HallSpec
from reference.spec import page_and_schema

TITLE = "Hall spec"
ABOUT = "every section and field of a hall spec; [hall.schema.json](hall.schema.json) is the same for editors"
HEAD = """# Hall spec

Written as a [rack spec](spec.md), with `hall:` in place of `rack:`. [Halls and campuses](../halls.md) tells what its parts are for.
"""


def pages() -> dict[str, str]:
    """`hall.md` and `hall.schema.json`."""
    return page_and_schema(HallSpec, "hall.md", HEAD)
