"""The page of part kinds, from `schema/kinds/*.csv`."""

from __future__ import annotations

import csv
from importlib import resources

from rackwright.schema.kinds import FactSchema, kind_names, kind_schema
from reference.markdown import bounds, code, table

TITLE = "Part kinds"
ABOUT = "the facts that a part of each kind may or must have"
HEAD = """# Part kinds

A part file gives a value with source, date and confidence for each fact. Facts marked R are required. Values are written with a unit and
held in the base unit named here.
"""


def _rows(facts: list[FactSchema]) -> str:
    rows = [(code(f.fact), f.dtype, f.unit, "R" if f.is_required else "", bounds(f.minimum, f.maximum), f.description) for f in facts]
    return table(("fact", "type", "unit", "", "range", "meaning"), rows)


def _own(kind: str) -> list[FactSchema]:
    text = resources.files("rackwright.schema").joinpath("kinds", f"{kind}.csv").read_text(encoding="utf-8")
    known = kind_schema(kind if kind != "common" else kind_names()[0])
    return [known[r["fact"]] for r in csv.DictReader(text.splitlines())]


def pages() -> dict[str, str]:
    """`kinds.md`: one heading per kind, `common` first."""
    sections = ["## common\n\nFacts that a part of any kind may have.\n\n" + _rows(_own("common")) + "\n"]
    sections += [f"## {kind}\n\n{_rows(_own(kind))}\n" for kind in kind_names()]
    return {"kinds.md": "\n".join([HEAD, *sections])}
