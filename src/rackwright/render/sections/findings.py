"""Findings by severity and rule; accepted ones (waivers) last. Reads findings, spans."""

from __future__ import annotations

import polars as pl

from rackwright.render.content import Content, places
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "findings", "Findings", 10
_SEVERITIES = ("error", "warning", "info")
_WORDS = {"error": ("error", "errors"), "warning": ("warning", "warnings"), "info": ("note", "notes"), "accepted": ("accepted", "accepted")}


def content(t: Tables) -> Content:
    """Always there: a design without findings says so."""
    found = t["findings"].with_columns(state=pl.when(pl.col("waiver").fill_null("") != "").then(pl.lit("accepted")).otherwise("severity"))
    counts = {s: int((found["state"] == s).sum()) for s in (*_SEVERITIES, "accepted")}
    tallies = [{"css": s, "count": f"{n:,}", "word": _WORDS[s][n != 1]} for s, n in counts.items() if n or s in ("error", "warning")]
    where = places(t)
    groups = []
    for state in counts:
        rows = found.filter(pl.col("state") == state)
        for (code, name), same in rows.group_by("code", "name", maintain_order=True):
            helps = same["help"].fill_null("").unique(maintain_order=True).to_list()
            groups.append(
                {
                    "state": state,
                    "word": _WORDS[state][0],
                    "severity": same["severity"][0],
                    "code": code,
                    "name": name,
                    "count": same.height,
                    "help": helps[0] if len(helps) == 1 else "",
                    "waiver": same["waiver"][0] or "",
                    "rows": [_row(r, where, len(helps) > 1) for r in same.head(200).iter_rows(named=True)],
                    "more": max(same.height - 200, 0),
                }
            )
    return Content(more={"tallies": tallies, "groups": groups})


def _row(row: dict[str, object], where: dict[int, str], has_help: bool) -> dict[str, str]:
    related = f"{where.get(int(str(row['related_src'])), '')} {row['related_note'] or ''}".strip() if row["related_src"] is not None else ""
    return {
        "message": str(row["message"]),
        "place": where.get(int(str(row["src"])), ""),
        "related": related,
        "help": str(row["help"] or "") if has_help else "",
    }
