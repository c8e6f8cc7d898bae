"""Writing to the terminal: data to stdout, messages to stderr, colour only where a person looks, tables that fit."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TextIO

_COLOURS = {
    "error": "31;1",
    "warning": "33;1",
    "info": "36;1",
    "waived": "2",
    "bold": "1",
    "dim": "2",
    "place": "34",
    "added": "32",
    "removed": "31",
    "changed": "33",
}


class UsageError(Exception):
    """The command line asks for something that is not there; the message says what to write instead."""


class ReaderGoneError(Exception):
    """Whoever read our output has seen enough (`| head`)."""


def out(text: str) -> None:
    """Data. Raises ReaderGoneError."""
    _write(sys.stdout, text)


def note(text: str) -> None:
    """A message or a whole block of them, on stderr."""
    _write(sys.stderr, text if text.endswith("\n") or not text else f"{text}\n")


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except BrokenPipeError:
        raise ReaderGoneError from None


def error(text: str) -> None:
    """One message that ends the command."""
    note(f"{paint('error', 'error', sys.stderr)}: {clean(text)}")


def flush() -> None:
    """Everything written is on its way; a closed pipe shows here rather than at exit."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        raise ReaderGoneError from None


def tolerant() -> None:
    """A character that the terminal cannot show must not end a command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def is_colour(stream: TextIO | None = None) -> bool:
    """Whether a person looks at `stream` (stdout) and wants colour (NO_COLOR, TERM=dumb)."""
    return bool((stream or sys.stdout).isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, style: str, stream: TextIO | None = None) -> str:
    """`text` in the colour of `style`, or as it is."""
    return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if is_colour(stream) else text


def clean(text: str) -> str:
    """`text` without characters that move the cursor or turn the writing direction."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") else "\ufffd" for c in text)


def width(text: str) -> int:
    """Columns a text takes on a terminal: wide East Asian characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def columns() -> int | None:
    """Width of the terminal stdout goes to; None where it goes to a file or pipe."""
    return shutil.get_terminal_size((120, 40)).columns if sys.stdout.isatty() else None


def table(names: Sequence[str], rows: Iterable[Sequence[object]], room: int | None = None, right: Sequence[bool] = ()) -> tuple[str, list[str]]:
    """Rows as aligned text, and the names of the columns that `room` (terminal columns; None: as wide as it gets) has no place for."""
    cells = [[cell(v) for v in row] for row in rows]
    if room is not None:
        cells = [[v if width(v) <= 48 else v[:47] + "…" for v in row] for row in cells]
    widths = [max([width(n), *(width(row[i]) for row in cells)]) for i, n in enumerate(names)]
    shown = len(names)
    while room is not None and shown > 1 and sum(widths[:shown]) + 2 * (shown - 1) > room:
        shown -= 1
    is_right = [*right, *([False] * len(names))]

    def line(row: Sequence[str]) -> str:
        return "  ".join(_pad(v, widths[i], is_right[i]) for i, v in enumerate(row[:shown])).rstrip()

    head = [paint(line(list(names)), "bold")] if any(names) else []
    return "\n".join([*head, *(line(row) for row in cells)]) + "\n", list(names[shown:])


def _pad(text: str, wanted: int, is_right: bool) -> str:
    space = " " * (wanted - width(text))
    return space + text if is_right else text + space


def cell(value: object) -> str:
    """One value as text on one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.10g}"
    return clean(str(value)).replace("\n", " ")


class Progress:
    """The stage at work, on one line of stderr that is wiped at the end; silent where stderr is no terminal."""

    def __init__(self) -> None:
        self._is_on = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __call__(self, stage: str) -> None:
        """Show `stage`."""
        if self._is_on:
            sys.stderr.write(f"\r\x1b[K{stage} ...")
            sys.stderr.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_on:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
