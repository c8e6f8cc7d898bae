"""Findings as SARIF 2.1.0, for code-scanning dashboards and editors.

Source: OASIS "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections 3.13 to 3.52.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from rackwright.base.findings import Finding
from rackwright.base.spans import Span
from rackwright.cli.sources import Sources
from rackwright.flow.manifest import rackwright_version

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def render(findings: Sequence[Finding], sources: Sources) -> str:
    """One run with one result per finding; columns count Unicode code points; waived findings are suppressed."""
    rules = sorted({f.code: f for f in findings}.values(), key=lambda f: f.code)
    places = {f.code: i for i, f in enumerate(rules)}
    driver = {
        "name": "rackwright",
        "version": rackwright_version(),
        "rules": [{"id": f.code, "name": f.name, "shortDescription": {"text": f.name.replace("-", " ")}} for f in rules],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": [_result(f, places[f.code], sources) for f in findings]}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=False) + "\n"


def _result(f: Finding, rule: int, sources: Sources) -> dict[str, object]:
    text = f.message + (f" (and {f.more:,} more here)" if f.more else "") + (f"\nhelp: {f.help}" if f.help else "")
    made: dict[str, object] = {
        "ruleId": f.code,
        "ruleIndex": rule,
        "level": _LEVELS[f.severity],
        "message": {"text": text},
        "locations": [_location(f.span, sources, f.label)],
    }
    if f.notes:
        made["relatedLocations"] = [{"id": i, **_location(n.span, sources, n.text)} for i, n in enumerate(f.notes)]
    numbers = {k: v for k, v in (("value", f.value), ("limit", f.limit), ("unit", f.unit), ("subject", f.subject)) if v not in (None, "")}
    if numbers:
        made["properties"] = numbers
    if f.waiver:
        made["suppressions"] = [{"kind": "inSource", "justification": f.waiver}]
    return made


def _location(span: Span, sources: Sources, text: str) -> dict[str, object]:
    region = {"startLine": span.line, "startColumn": span.column, "endLine": span.end_line, "endColumn": max(span.end_column, 1)}
    made: dict[str, object] = {"physicalLocation": {"artifactLocation": {"uri": _uri(sources.shown(span.file))}, "region": region}}
    if text:
        made["message"] = {"text": text}
    return made


def _uri(file: str) -> str:
    return Path(file).as_uri() if Path(file).is_absolute() else quote(Path(file).as_posix())
