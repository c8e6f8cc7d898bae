"""Findings and coverage as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from rackwright.base.findings import Finding
from rackwright.verify.check import Coverage
from rackwright.verify.work import guarded


def findings_csv(findings: Sequence[Finding]) -> str:
    """One row a finding; `id` is the stable id of its end pair."""
    head = ("id", "code", "name", "severity", "message", "file", "line", "help")
    return _csv(head, ((f.subject, f.code, f.name, f.severity, f.message, f.span.file, f.span.line, f.help) for f in findings))


def coverage_csv(coverage: Sequence[Coverage]) -> str:
    """One row a fabric, all of them first."""
    words = list(coverage[0].links)
    head = ("fabric", "ends", "ends_seen", "ends_by_device", "ends_unknown", *(f"links_{w.replace(' ', '_')}" for w in words))
    return _csv(head, ((c.fabric or "all", c.ends, c.ends_seen, c.by_device, c.unknown, *(c.links[w] for w in words)) for c in coverage))


def names_csv(likely: Sequence[tuple[str, str]]) -> str:
    """A list `device,alias` of names that devices most likely have, as `verify` reads it."""
    return _csv(("device", "alias"), likely)


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([guarded(v) for v in row] for row in rows)
    return made.getvalue()
