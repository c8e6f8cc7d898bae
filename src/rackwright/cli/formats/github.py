"""Findings as GitHub workflow commands, one line each, so that they appear beside the changed lines of a pull request.

Source: docs.github.com, "Workflow commands for GitHub Actions", and the escaping of actions/toolkit `command.ts`.
"""

from __future__ import annotations

from collections.abc import Sequence

from rackwright.base.findings import Finding
from rackwright.cli.sources import Sources

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def render(findings: Sequence[Finding], sources: Sources) -> str:
    """`::error file=...,line=...::message`; waived findings are notices."""
    return "".join(_command(f, sources) for f in findings)


def _command(f: Finding, sources: Sources) -> str:
    place = {"file": sources.shown(f.span.file), "line": f.span.line}
    if f.span.end_line == f.span.line:  # GitHub refuses columns on a range of lines
        place |= {"col": f.span.column, "endColumn": max(f.span.column, f.span.end_column - 1)}
    else:
        place |= {"endLine": f.span.end_line}
    place["title"] = f"{f.code} {f.name}"
    text = f.message + (f" (and {f.more:,} more here)" if f.more else "") + (f"\nhelp: {f.help}" if f.help else "")
    command = "notice" if f.waiver else _COMMANDS[f.severity]
    fields = ",".join(f"{k}={_property(str(v))}" for k, v in place.items())
    return f"::{command} {fields}::{_data(text + (f' (waived: {f.waiver})' if f.waiver else ''))}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
