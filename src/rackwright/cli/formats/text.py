"""Findings for people: message, source line with the place marked, second places, help, and where to read more."""

from __future__ import annotations

from collections.abc import Sequence

from rackwright.base.findings import Finding
from rackwright.cli.screen import clean, paint
from rackwright.cli.snippet import snippet
from rackwright.cli.sources import Sources


def render(findings: Sequence[Finding], sources: Sources) -> str:
    """Blocks with an empty line between them; empty without findings."""
    return "\n".join(_block(f, sources) for f in findings)


def _block(f: Finding, sources: Sources) -> str:
    word = "waived" if f.waiver else f.severity
    lines = [f"{paint(f'{word}[{f.code}]', word)}: {paint(clean(_one_line(f.message)), 'bold')}", _place(f, sources)]
    lines += snippet(f.span, sources, f.label)
    for note in f.notes:
        lines.append(f"  --> {clean(sources.shown(note.span.file))}:{clean(note.span.at)}   {clean(_one_line(note.text))}".rstrip())
    if f.more:
        lines.append(f"  = and {f.more:,} more here")
    if f.help:
        lines.append(f"  = help: {clean(_one_line(f.help))}")
    if f.waiver:
        lines.append(f"  = waived: {clean(_one_line(f.waiver))}")
    lines.append(f"  = docs: rackwright rule {f.code}")
    return "\n".join(lines) + "\n"


def _place(f: Finding, sources: Sources) -> str:
    return f"  --> {clean(sources.shown(f.span.file))}:{clean(f.span.at)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
