"""Waivers of a spec as table `waivers`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from rackwright.schema.tables import frame
from rackwright.spec.rack import Waiver


def waivers(given: Sequence[Waiver], src: Callable[[str], int]) -> pl.DataFrame:
    """One row a waiver; `src` gives the id of a spec path's span."""
    return frame(
        "waivers",
        [
            {"line": i, "code": w.rule, "subject": w.subject, "until": w.until, "because": w.because, "src": src(f"waivers.{i}")}
            for i, w in enumerate(given)
        ],
    )
