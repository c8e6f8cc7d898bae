"""A line of source with the place marked under it: `   2 |   limit: 12 kW` and carets. Safe with tabs, wide characters and long lines."""

from __future__ import annotations

import re

from rackwright.base.spans import Span
from rackwright.cli.screen import clean, width
from rackwright.cli.sources import Sources

ROOM = 110  # columns of source shown; a longer line is cut around the place
TAB = 4
_COMMENT = re.compile(r"\s*(\s#.*)?$")


def snippet(span: Span, sources: Sources, label: str = "") -> list[str]:
    """Source line and caret line of `span`, or nothing where the line cannot be read. Spans over several lines are marked on their first."""
    text = sources.line(span.file, span.line, span.sheet)
    if text is None:
        return []
    start = min(max(span.column - 1, 0), len(text))
    end = min(span.end_column - 1, len(text)) if span.end_line == span.line else len(_COMMENT.sub("", text))
    end = max(end, start + 1)
    text, start, end = _window(text, start, end)
    before, marked, after = _plain(text[:start]), _plain(text[start:end]), _plain(text[end:])
    carets = "^" * max(1, width(marked))
    gutter = " " * max(4, len(str(span.line)))
    marks = f"{gutter} | {' ' * width(before)}{carets} {clean(label)}".rstrip()
    return [f"{span.line:>4} | {before}{marked}{after}".rstrip(), marks]


def _window(text: str, start: int, end: int) -> tuple[str, int, int]:
    """At most `ROOM` characters of `text` around `start`, with `…` where something was cut, and the place inside it."""
    if len(text) <= ROOM:
        return text, start, end
    first = max(0, min(start - ROOM // 3, len(text) - ROOM))
    last = min(len(text), first + ROOM)
    head, tail = "…" if first else "", "…" if last < len(text) else ""
    end = min(end, last)
    shift = len(head) - first
    return head + text[first:last] + tail, start + shift, max(end + shift, start + shift + 1)


def _plain(text: str) -> str:
    return clean(text.replace("\t", " " * TAB))
