"""What differs between two packages as the viewer shows it in place: racks, devices, cables and findings that come, go and change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import polars as pl

from rackwright.flow.diff import Diff, TableDiff
from rackwright.flow.names import KEY
from rackwright.schema.tables import Tables

MOST = 2000  # rows of a kind that are listed one by one; all are counted
_RACK = ["name", "hall_id", "row", "position", "x_mm", "y_mm", "width_mm", "depth_mm", "faces", "power_w"]
_DASHES = "--"


def changes(found: Diff, before: Tables, name: str) -> dict[str, Any]:
    """Plain data for JSON: from `before`, the package called `name`, to the package that is viewed."""
    tables = found.tables
    return {
        "name": name,
        "figures": [[f.topic, f.title, f.a, f.b, f.delta] for f in found.figures],
        "counts": [[n, d.added.height, d.removed.height, d.rows_changed] for n, d in tables.items() if not d.is_empty],
        "rewiring": str(found.rewiring) if found.rewiring else "",
        "renames": [str(r) for r in found.renames][:MOST],
        "racks": {**_listed(tables.get("hall_racks")), "gone": _racks_gone(tables.get("hall_racks"), before)},
        "designs": _listed(tables.get("designs")),
        "switches": _listed(tables.get("fabric_switches")),
        "devices": _listed(tables.get("devices")),
        "cables": _listed(tables.get("fabric_cables") or tables.get("cables")),
        "cabled": _cabled(tables.get("fabric_cables")),
        "findings": {side: _findings(found, which) for side, which in (("new", "added"), ("gone", "removed"))},
    }


def _listed(of: TableDiff | None) -> dict[str, Any]:
    """Names that are new and gone, cells that changed by name, and how many of each."""
    if of is None:
        return {"new": [], "gone": [], "changed": [], "total": [0, 0, 0]}
    cells = of.changed.select(KEY, "column", "a", "b").head(MOST).rows()
    return {
        "new": of.added[KEY].head(MOST).to_list(),
        "gone": of.removed[KEY].head(MOST).to_list(),
        "changed": [list(c) for c in cells],
        "total": [of.added.height, of.removed.height, of.rows_changed],
    }


def _racks_gone(of: TableDiff | None, before: Tables) -> list[dict[str, Any]]:
    """Racks that only the earlier package has, with their place."""
    if of is None or of.removed.is_empty():
        return []
    names = of.removed[KEY].head(MOST).to_list()
    return before["hall_racks"].filter(pl.col("name").is_in(names)).select(_RACK).to_dicts()


def _cabled(of: TableDiff | None) -> list[list[Any]]:
    """Racks at which cables come, go or change, with how many ends."""
    if of is None:
        return []
    keys = pl.concat([of.added[KEY], of.removed[KEY], of.changed[KEY].unique()])
    count = Counter(_racks(keys))
    return [[rack, n] for rack, n in sorted(count.items())]


def _racks(labels: Iterable[str]) -> Iterable[str]:
    for label in labels:
        for end in label.split(_DASHES, 1):
            yield end.partition("-")[0]


def _findings(found: Diff, side: str) -> list[list[Any]]:
    """severity, code, rows and message, a row for each code."""
    return [list(r) for r in found.findings(side).select("severity", "code", "rows", "message").rows()]
