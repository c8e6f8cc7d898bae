"""Places in a spec as table `spans`."""

from __future__ import annotations

import polars as pl

from rackwright.base.spans import SpanTable
from rackwright.schema.tables import frame


def span_table(spans: SpanTable) -> pl.DataFrame:
    """One row a place, by its id."""
    return frame(
        "spans",
        [
            {"src": i, "file": s.file, "line": s.line, "column": s.column, "end_line": s.end_line, "end_column": s.end_column, "path": p}
            for i, (s, p) in enumerate(spans.rows)
        ],
    )
