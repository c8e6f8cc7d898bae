"""Parts that a design uses as tables `parts`, `part_facts` and `part_contents`, each fact with its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from rackwright.catalog.part import Part
from rackwright.schema.tables import frame


def part_tables(parts: Mapping[str, Part], src: Callable[[str], int]) -> dict[str, pl.DataFrame]:
    """Rows of parts by name; `src` gives the id of the span that asked for a part. Contents that are not among them are left out."""
    names = sorted(parts)
    facts = [(name, fact) for name in names for fact in parts[name].facts.values()]
    contents = [(name, c) for name in names for c in parts[name].contains if c.part in parts]
    return {
        "parts": frame(
            "parts",
            [
                {
                    "part": n,
                    "kind": p.kind,
                    "title": p.title,
                    "maker": p.maker,
                    "origin_country": p.text("origin_country") or None,
                    "src": src(n),
                }
                for n in names
                for p in (parts[n],)
            ],
        ),
        "part_facts": frame(
            "part_facts",
            [
                {
                    "part": n,
                    "fact": f.name,
                    "value": f.value,
                    "text": f.text,
                    "low": f.low,
                    "high": f.high,
                    "unit": f.unit,
                    "source": f.source,
                    "source_date": f.date,
                    "confidence": f.confidence,
                    "note": f.note or None,
                }
                for n, f in facts
            ],
        ),
        "part_contents": frame("part_contents", [{"parent": n, "part": c.part, "alias": c.alias, "quantity": c.count} for n, c in contents]),
    }
