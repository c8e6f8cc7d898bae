"""Part kinds described by data: `kinds/<kind>.csv` lists the facts a part of that kind may or must have."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class FactSchema:
    """One fact of a part kind; `unit` is its base unit (a dimension of `base.units`) or empty for counts and text."""

    fact: str
    dtype: str
    unit: str
    is_required: bool
    minimum: float | None
    maximum: float | None
    description: str


@cache
def kind_names() -> tuple[str, ...]:
    """Every part kind there is, by scanning the folder."""
    folder = resources.files("rackwright.schema").joinpath("kinds")
    return tuple(sorted(p.name.removesuffix(".csv") for p in folder.iterdir() if p.name.endswith(".csv") and p.name != "common.csv"))


@cache
def kind_schema(kind: str) -> dict[str, FactSchema]:
    """Facts of one kind by name, the common ones included. Raises KeyError for a name that is no kind."""
    if kind not in kind_names():
        raise KeyError(kind)
    facts: dict[str, FactSchema] = {}
    for name in ("common", kind):
        text = resources.files("rackwright.schema").joinpath("kinds", f"{name}.csv").read_text(encoding="utf-8")
        for r in csv.DictReader(text.splitlines()):
            facts[r["fact"]] = FactSchema(
                r["fact"],
                r["dtype"],
                r["unit"],
                r["required"] == "1",
                float(r["min"]) if r["min"] else None,
                float(r["max"]) if r["max"] else None,
                r["description"],
            )
    return facts
