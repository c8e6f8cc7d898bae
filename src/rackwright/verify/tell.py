"""Findings of a check, in words: what is wrong between which ends, where that was seen, and how it is mended."""

from __future__ import annotations

import polars as pl

from rackwright.base.findings import Finding, Note, quoted
from rackwright.base.spans import Span
from rackwright.verify.compare import IS_DOWN, NO_NEIGHBOUR, SILENT, WRONG, Compared
from rackwright.verify.designed import Designed
from rackwright.verify.jobs import Job
from rackwright.verify.match import Matched
from rackwright.verify.observed import Observed
from rackwright.verify.unjudged import Places, unjudged

DOWN, MISWIRED, QUIET, UNEXPECTED, SEVERAL = (f"VER{n}" for n in (201, 202, 203, 204, 205))
NAMES = {
    DOWN: "link-down",
    MISWIRED: "incorrect-cabling",
    QUIET: "no-neighbour",
    UNEXPECTED: "unexpected-connection",
    SEVERAL: "several-neighbours",
}


def told(d: Designed, m: Matched, c: Compared, found: list[Job], seen: Observed, ids: dict[int, str], strange_ids: list[str]) -> list[Finding]:
    """Every finding: files first, then links in their order, unexpected connections last."""
    wanted = {e for link in ids for e in (2 * link, 2 * link + 1)} | set(c.twice.nonzero()[0].tolist())
    places = Places(m, seen, wanted)
    made = unjudged(d, m, c.unknown, seen, places)
    helps = {link: job.text for job in found for link in job.links}
    name, dev = d.ends["name"], d.ends["dev"]
    claims: dict[int, list[tuple[int, int, str]]] = {}
    for end, target, row, text in c.claims.filter(pl.col("end").is_in(list(wanted))).select("end", "target", "row", "text").iter_rows():
        claims.setdefault(end, []).append((target, row, text))
    for link, key in ids.items():
        a, b = 2 * link, 2 * link + 1
        here, there, code = name[a], name[b], int(c.status[link])
        if code == IS_DOWN:
            at = next(s for e in (a, b) if (s := places.states.get((e, 2))))
            made.append(_finding(DOWN, "error", f"link is down between {here} and {there}", at, key, helps.get(link, "")))
        elif code in (NO_NEIGHBOUR, SILENT):
            at = next((s for e in (a, b) if (s := places.states.get((e, 1)))), None) or places.device(int(dev[a]), int(dev[b]))
            what = "is up, but no neighbour was found" if code == NO_NEIGHBOUR else "has no neighbour, and nobody told whether it is up"
            made.append(_finding(QUIET, "warning", f"{here} to {there} {what}", at, key, helps.get(link, "")))
        elif code == WRONG:
            made.append(_wrong(d, c, (a, b), claims, places, key, helps.get(link, "")))
    for end in c.twice.nonzero()[0].tolist():
        made.append(_several(d, end, claims.get(end, []), places, ids[end // 2]))
    return made + _unexpected(m, c, places, strange_ids)


def _finding(code: str, severity: str, message: str, span: Span, subject: str = "", help: str = "", notes: tuple[Note, ...] = ()) -> Finding:
    return Finding(code, NAMES[code], severity, message, span, subject=subject, help=help, notes=notes)


def _wrong(
    d: Designed, c: Compared, ends: tuple[int, int], claims: dict[int, list[tuple[int, int, str]]], places: Places, key: str, help: str
) -> Finding:
    """`A goes to X and should go to B`, with what is at B instead."""
    name = d.ends["name"]
    said = []
    for end in ends:
        found = [x for x in claims.get(end, []) if x[0] == c.target[end]]
        said += [(end, _goes(name, target, text), row) for target, row, text in found[:1]]
    (end, goes, row), *others = said
    message = f"incorrect cabling: {name[end]} goes to {goes} and should go to {name[end ^ 1]}"
    for other, where, _ in others:
        message += f", which goes to {where}" if other == end ^ 1 else ""
    notes = tuple(Note(places.row(r), f"{name[e]} goes to {w}") for e, w, r in others if r != row)
    if any(c.alike[e] for side in ends for e in (side, int(c.target[side])) if e >= 0):
        help += " Ports here are known by what most machines of the part call them; a list `device,port,alias` says otherwise."
    return _finding(MISWIRED, "error", message, places.row(row), key, help, notes)


def _goes(name: pl.Series, target: int, text: str) -> str:
    return str(name[target]) if target >= 0 else quoted(text)


def _several(d: Designed, end: int, said: list[tuple[int, int, str]], places: Places, key: str) -> Finding:
    name = d.ends["name"]
    every: dict[str, int] = {}
    for target, row, text in said:
        every.setdefault(_goes(name, target, text), row)
    shown = list(every.items())
    is_right = name[end ^ 1] in every
    message = f"{name[end]} is told to go to {len(shown)} ends: {', '.join(n for n, _ in shown[:4])}{', ...' if len(shown) > 4 else ''}"
    notes = tuple(Note(places.row(r), n) for n, r in shown[1:4])
    help = "two devices have one name, an entry is stale, a hub is between, or an adapter speaks for itself: collect both again, and name each"
    return _finding(SEVERAL, "warning" if is_right else "error", message, places.row(shown[0][1]), key, help, notes)


def _unexpected(m: Matched, c: Compared, places: Places, ids: list[str]) -> list[Finding]:
    made = []
    columns = ("row", "device", "port", "far_device", "far_port", "near_dev", "far_dev")
    for key, (row, device, port, far, far_port, near_dev, far_dev) in zip(ids, c.strange.select(columns).iter_rows(), strict=True):
        severity = "error" if near_dev >= 0 and far_dev >= 0 else "warning"
        there = f"{far or '?'}:{far_port or '?'}"
        message = f"unexpected connection: {quoted(f'{device}:{port}')} goes to {quoted(there)}; the design joins neither port"
        made.append(
            _finding(
                UNEXPECTED,
                severity,
                message,
                places.row(row),
                key,
                "take the cable out, add it to the design, or give a list of other names of ports",
            )
        )
    return made
