"""Findings that stand, findings that a waiver accepts, and the waivers with reason and end date. Reads findings, waivers, spans."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from rackwright.render.blocks import Block, Given, Prose, Table
from rackwright.render.content import places
from rackwright.render.scene import Scene
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "findings", "Findings and waivers", 10
OF_CHOICE = False
_SEVERITIES = ("error", "warning", "info")
_HEADS = (("Severity", ""), ("Rule", "code"), ("What is wrong", "wide main"), ("How to mend it", "wide"), ("Place", "code"))


def chapter(t: Tables, given: Given, drawn: Sequence[Scene]) -> Sequence[Block]:
    """Always there: a design without findings says so."""
    found = t["findings"].with_columns(accepted=pl.col("waiver").fill_null("") != "")
    where = places(t)
    stands, accepted = found.filter(~pl.col("accepted")), found.filter("accepted")
    counts = [f"{int((stands['severity'] == s).sum())} {s}{'s' * (int((stands['severity'] == s).sum()) != 1)}" for s in _SEVERITIES]
    lead = f"{', '.join(counts)} stand; {accepted.height} more {'is' if accepted.height == 1 else 'are'} accepted by a waiver."
    made: list[Block] = [Prose([lead if found.height else "No rule found anything wrong with this design."])]
    if stands.height:
        made.append(_table("Findings", stands, where))
    if accepted.height:
        made.append(_table("Accepted by a waiver", accepted, where))
    if t["waivers"].height:
        made.append(_waivers(t, where))
    return made


def _table(title: str, found: pl.DataFrame, where: dict[int, str]) -> Table:
    order = pl.col("severity").replace_strict(list(_SEVERITIES), list(range(3)), return_dtype=pl.Int32)
    rows, marks = [], []
    for f in found.sort(order, "code", "finding_id").iter_rows(named=True):
        rows.append((f["severity"], f["code"], f["message"], f["waiver"] or f["help"] or "", where.get(f["src"], "")))
        marks.append("bad" if f["severity"] == "error" and not f["waiver"] else "")
    heads = _HEADS if title == "Findings" else (*_HEADS[:3], ("Accepted because", "wide"), _HEADS[4])
    return Table(title, heads, rows, marks=marks, is_listed=True)


def _waivers(t: Tables, where: dict[int, str]) -> Table:
    rows = [
        (w["code"], w["subject"] or "every subject", w["because"], w["until"], where.get(w["src"], "")) for w in t["waivers"].iter_rows(named=True)
    ]
    heads = (("Rule", "code"), ("Of", "code"), ("Reason", "wide main"), ("Until and including", ""), ("Place", "code"))
    return Table("Waivers", heads, rows, "A waiver ends on its date; after it the finding stands again.", is_listed=True)
