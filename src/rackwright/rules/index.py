"""The committed list of every rule code ever given out: `index.csv`. Codes that went stay in it as `retired` and are never used again."""

from __future__ import annotations

import csv
import io
from importlib import resources

from rackwright.rules.rule import all_rules

COLUMNS = ("code", "name", "severity", "status", "since", "reads")


def committed() -> str:
    """The text of `index.csv` as it lies beside this file; empty if it is not there."""
    path = resources.files("rackwright.rules").joinpath("index.csv")
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def index(before: str) -> str:
    """What `index.csv` must say now, given what it said before; a code that has no rule any more is kept as retired."""
    made = {r.code: dict(zip(COLUMNS, (r.code, r.name, r.severity, "stable", r.since, " ".join(r.reads)), strict=True)) for r in all_rules()}
    for row in csv.DictReader(io.StringIO(before)):
        made.setdefault(row["code"], {**row, "status": "retired"})
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(made[code] for code in sorted(made))
    return out.getvalue()
