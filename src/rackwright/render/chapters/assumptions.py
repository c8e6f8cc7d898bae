"""What the design rests on that nobody published or typed: the report's section, and every fact of a part that is an estimate or disputed.

Reads assumptions, part_facts, spans.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from rackwright.render.blocks import Block, Given, Prose, Table, of_content
from rackwright.render.content import spoken
from rackwright.render.scene import Scene
from rackwright.render.sections import assumptions as section
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "assumptions", "Assumptions and estimates", 15
OF_CHOICE = False
_HEADS = (("Part", "code"), ("Fact", "code"), ("Value", ""), ("Source", "wide main"), ("Why", "wide"))


def chapter(t: Tables, given: Given, drawn: Sequence[Scene]) -> Sequence[Block] | None:
    """None where everything was published or typed."""
    content = section.content(t)
    if content is not None:
        return of_content(content, drawn)
    facts = t["part_facts"].filter(pl.col("confidence") == "estimated").sort("part", "fact")
    if facts.is_empty():
        return None
    rows = [(f["part"], f["fact"], spoken(f["text"]), f["source"], f["note"] or "") for f in facts.iter_rows(named=True)]
    lead = f"{facts.height} of {t['part_facts'].height} facts that this design uses are estimates; replace them under `overrides` in the spec."
    return [Prose([lead]), Table("Estimated facts", _HEADS, rows, is_listed=True)]
