"""Pieces of Markdown that the pages are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def cell(value: object) -> str:
    """Text that may stand in a table cell."""
    return str(value).replace("|", "\\|").replace("\n", " ").strip()


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with its header."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(cell(v) for v in row) + " |" for row in rows]
    return "\n".join(lines)


def code(text: object) -> str:
    """Text as inline code; nothing for nothing."""
    return f"`{text}`" if str(text) else ""


def block(text: str, language: str = "") -> str:
    """Text as a fenced block."""
    return f"```{language}\n{text.strip(chr(10))}\n```"


def bounds(low: float | None, high: float | None) -> str:
    """A range in words."""
    if low is None and high is None:
        return ""
    if high is None:
        return f"at least {low:g}"
    return f"at most {high:g}" if low is None else f"{low:g} to {high:g}"
