"""The page of shipped parts, with the sources of their facts."""

from __future__ import annotations

from collections import Counter, defaultdict

from rackwright.catalog.loader import Catalog
from rackwright.catalog.part import CONFIDENCES, Part
from reference.markdown import code, table

TITLE = "Catalogue"
ABOUT = "the parts that come with Rackwright and where their facts are from"
HEAD = """# Catalogue

Facts are counted by how well they are known: `read` in the named source, `secondary` (someone else's report), `estimated`.
`rackwright part NAME` shows each fact with its source. A value that you know better goes under `overrides` in the spec; parts of your own go
in a folder named under `parts`.
"""


def _row(part: Part) -> tuple[str, ...]:
    known = Counter(f.confidence for f in part.facts.values())
    sources = dict.fromkeys(f.source for f in part.facts.values() if f.confidence != "estimated" and f.source)
    counts = [str(known[c] or "") for c in CONFIDENCES if c != "user"]
    return (code(part.name), part.title, *counts, "; ".join(sources))


def pages() -> dict[str, str]:
    """`catalogue.md`: one heading per part kind."""
    catalog = Catalog()
    by_kind: dict[str, list[Part]] = defaultdict(list)
    for name in catalog.names():
        part = catalog.part(name)
        by_kind[part.kind].append(part)
    header = ("part", "title", "read", "secondary", "estimated", "sources")
    sections = [f"## {kind}\n\n{table(header, [_row(p) for p in parts])}\n" for kind, parts in sorted(by_kind.items())]
    return {"catalogue.md": "\n".join([HEAD, *sections])}
