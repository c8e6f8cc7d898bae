"""Findings as one JSON document. Fields are only ever added."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from rackwright.base.findings import SEVERITIES, Finding
from rackwright.base.spans import Span
from rackwright.cli.sources import Sources


def render(findings: Sequence[Finding], sources: Sources) -> str:
    """`{"findings": [...], "counts": {...}}`; `more` of a finding counts further rows with the same code and place."""
    open_ones = Counter(f.severity for f in findings if not f.waiver)
    counts = {s: open_ones[s] for s in SEVERITIES} | {"waived": sum(1 for f in findings if f.waiver)}
    return json.dumps({"findings": [_finding(f, sources) for f in findings], "counts": counts}, indent=1, ensure_ascii=False) + "\n"


def _finding(f: Finding, sources: Sources) -> dict[str, object]:
    return {
        "code": f.code,
        "name": f.name,
        "severity": f.severity,
        "subject": f.subject,
        "message": f.message,
        "place": _span(f.span, sources),
        "label": f.label,
        "notes": [{"text": n.text, "place": _span(n.span, sources)} for n in f.notes],
        "help": f.help,
        "value": f.value,
        "limit": f.limit,
        "unit": f.unit,
        "waiver": f.waiver,
        "more": f.more,
    }


def _span(span: Span, sources: Sources) -> dict[str, object]:
    return ({"sheet": span.sheet} if span.sheet else {}) | {
        "file": sources.shown(span.file),
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
