"""A finding: one message that says what, where, by how much and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rackwright.base.spans import Span

SEVERITIES = ("error", "warning", "info")
_SHOWN = 60


def quoted(text: str) -> str:
    """What somebody wrote, in backticks, on one line and cut where it is long."""
    line = " ".join(text.split())
    return f"`{line if len(line) <= _SHOWN else line[: _SHOWN - 1] + '…'}`"


def either(words: Sequence[str]) -> str:
    """`W`, `kW` or `MW`, each in backticks."""
    named = [f"`{w}`" for w in words]
    return " or ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def meant(close: Sequence[str]) -> str:
    """`did you mean ...?` for the words that are near what was written, else the empty string."""
    return f"did you mean {either(close)}?" if close else ""


@dataclass(frozen=True, slots=True)
class Note:
    """A second place that has to do with a finding, and why it is shown."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One message, ready to be shown. `more` counts further rows with the same code and place."""

    code: str
    name: str
    severity: str
    message: str
    span: Span
    label: str = ""
    notes: tuple[Note, ...] = ()
    help: str = ""
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    subject: str = ""
    waiver: str = ""
    more: int = 0


@dataclass(slots=True)
class DesignError(Exception):
    """The user's input cannot be compiled; carries every finding that says why. Never empty."""

    findings: list[Finding] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(f"{f.span}: {f.severity}[{f.code}]: {f.message}" for f in self.findings)
