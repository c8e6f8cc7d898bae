"""Rows to stdout as text, CSV or JSON."""

from __future__ import annotations

import csv
import datetime
import difflib
import io
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal

from rackwright.cli import screen
from rackwright.cli.options import TableFormat


def write(names: Sequence[str], rows: Iterable[Sequence[object]], format: TableFormat) -> None:
    """Rows to stdout; on a terminal as many columns as fit, the others are named on stderr."""
    if format is TableFormat.CSV:
        _csv(names, rows)
    elif format is TableFormat.JSON:
        _json(names, rows)
    else:
        kept = [tuple(r) for r in rows]
        right = [all(isinstance(r[i], int | float | Decimal | None) and not isinstance(r[i], bool) for r in kept) for i in range(len(names))]
        text, hidden = screen.table(names, kept, screen.columns(), right)
        screen.out(text)
        screen.flush()
        screen.note(
            f"{len(kept):,} row{'' if len(kept) == 1 else 's'}"
            + (f"; no room for {', '.join(hidden)}: use --format csv or `query`" if hidden else "")
        )


def _csv(names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    piece = io.StringIO()
    writer = csv.writer(piece, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([("true" if v else "false") if isinstance(v, bool) else v for v in row])
        if piece.tell() > 1 << 16:
            screen.out(piece.getvalue())
            piece.seek(0)
            piece.truncate()
    screen.out(piece.getvalue())


def _json(names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    unique = [n if names.index(n) == i else f"{n}_{i + 1}" for i, n in enumerate(names)]
    glue = "[\n"
    for row in rows:
        screen.out(glue + json.dumps(dict(zip(unique, row, strict=True)), ensure_ascii=False, default=_plain))
        glue = ",\n"
    screen.out("[]\n" if glue == "[\n" else "\n]\n")


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def meant(word: str, known: Iterable[str], cutoff: float = 0.55) -> str:
    """`, did you mean ...?` with the nearest of the known words, whatever their capitals; empty where none is near."""
    folded: dict[str, str] = {}
    for name in known:
        folded.setdefault(name.casefold(), name)
    close = [folded[c] for c in difflib.get_close_matches(word.casefold(), folded, 3, cutoff)]
    return f"; did you mean {' or '.join(f'`{c}`' for c in close)}?" if close else ""
