"""Findings of a check, in words: what is wrong between which ends, where that was seen, and how it is mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from rackwright.base.findings import Finding, Note, quoted
from rackwright.base.spans import Span
from rackwright.verify.compare import IS_DOWN, NO_NEIGHBOUR, SILENT, WRONG, Compared
from rackwright.verify.designed import Designed
from rackwright.verify.match import Matched
from rackwright.verify.mismatch import Flood, floods
from rackwright.verify.observed import Observed
from rackwright.verify.task import ASK, Job, stable_id
from rackwright.verify.unjudged import Places, unjudged

OTHER, DOWN, MISWIRED, QUIET, UNEXPECTED, SEVERAL = (f"VER{n}" for n in (105, 201, 202, 203, 204, 205))
MANY = 1000  # links above which whole columns are made lists
Claim: TypeAlias = tuple[int, int, str]  # target, row, text
NAMES = {
    OTHER: "does-not-match",
    DOWN: "link-down",
    MISWIRED: "incorrect-cabling",
    QUIET: "no-neighbour",
    UNEXPECTED: "unexpected-connection",
    SEVERAL: "several-neighbours",
}


@dataclass(slots=True)
class _Say:
    """What a message about a link is made of: names and devices by end, and the claims on each."""

    name: Any
    dev: Any
    c: Compared
    claims: dict[int, list[Claim]]
    places: Places


def told(d: Designed, m: Matched, c: Compared, found: list[Job], seen: Observed, ids: dict[int, str], strange_ids: list[str]) -> list[Finding]:
    """Every finding: files first, then what is told as one, links in their order, unexpected connections last."""
    whole = [job for job in found if job.message]
    apart = np.zeros(len(c.status), np.bool_)
    apart[[link for job in whole if job.status < 0 for link in job.links]] = True
    many = floods(d, c, apart)
    flooded = np.any([flood.links for flood in many], axis=0) if many else np.zeros(len(apart), np.bool_)
    whole = [job for job in whole if not flooded[job.links].all()]
    told_as_one = apart | flooded
    told_as_one[[link for job in whole for link in job.links]] = True
    single = {link: key for link, key in ids.items() if not told_as_one[link]}
    first = [job.links[0] for job in whole] + [flood.first for flood in many]
    wanted = {e for link in (*single, *first) for e in (2 * link, 2 * link + 1)} | set(c.twice.nonzero()[0].tolist())
    places = Places(m, seen, wanted)
    claims: dict[int, list[Claim]] = {}
    evidence = c.claims.filter(pl.col("end").is_in(pl.Series(sorted(wanted), dtype=pl.Int32).implode())).select("end", "target", "row", "text")
    places.fetch(evidence["row"])
    for end, target, row, text in evidence.iter_rows():
        claims.setdefault(end, []).append((target, row, text))
    made = unjudged(d, m, c.unknown, seen, places)
    made += [_flooded(flood, claims, places, d) for flood in many]
    made += [_whole(job, claims, places) for job in whole]
    helps = {link: job.text for job in found if not job.message for link in job.links}
    say = _Say(d.ends["name"], d.ends["dev"], c, claims, places)
    if len(single) > MANY:
        say.name, say.dev = say.name.to_list(), say.dev.to_list()
    made += [one for link, key in single.items() if (one := _link(link, say, key, helps.get(link, ""))) is not None]
    for end in (c.twice & ~np.repeat(flooded, 2)).nonzero()[0].tolist():
        made.append(_several(d, end, claims.get(end, []), places, ids[end // 2]))
    return made + _unexpected(m, c, places, strange_ids, found)


def _link(link: int, say: _Say, key: str, help: str) -> Finding | None:
    """The finding of one link; None where it is only one of several neighbours."""
    a, b = 2 * link, 2 * link + 1
    here, there, code = say.name[a], say.name[b], int(say.c.status[link])
    places = say.places
    if code == IS_DOWN:
        at = next(s for e in (a, b) if (s := places.states.get((e, 2))))
        return _finding(DOWN, "error", f"link is down between {here} and {there}", at, key, help)
    if code in (NO_NEIGHBOUR, SILENT):
        at = next((s for e in (a, b) if (s := places.states.get((e, 1)))), None) or places.device(int(say.dev[a]), int(say.dev[b]))
        what = "is up, but no neighbour was found" if code == NO_NEIGHBOUR else "has no neighbour, and nobody told whether it is up"
        return _finding(QUIET, "warning", f"{here} to {there} {what}", at, key, help)
    return _wrong(say, (a, b), key, help) if code == WRONG else None


def _whole(job: Job, claims: dict[int, list[Claim]], places: Places) -> Finding:
    """Machines or adapters that are exchanged as wholes, and devices nearly all of whose links are down or silent."""
    if job.status >= 0:
        ends = [e for link in job.links[:3] for e in (2 * link, 2 * link + 1)]
        told = next((s for e in ends for state in (2, 1) if (s := places.states.get((e, state)))), None)
        code, severity = (DOWN, "error") if job.status == IS_DOWN else (QUIET, "warning")
        return _finding(code, severity, job.message, told or places.device(job.plugs[0][1]), stable_id(*job.subject), job.text.partition(". ")[2])
    rows = [row for link in job.links[:3] for e in (2 * link, 2 * link + 1) for _, row, _ in claims.get(e, [])[:1]]
    message = f"incorrect cabling: {job.message}"
    return _finding(MISWIRED, "error", message, places.row(rows[0]), stable_id(*job.subject), job.text)


def _flooded(flood: Flood, claims: dict[int, list[Claim]], places: Places, d: Designed) -> Finding:
    """Most links of a network."""
    ends = (2 * flood.first, 2 * flood.first + 1)
    more = "They are not told one by one: -o DIR writes a work list of all (work-list.csv)."
    share = f"{flood.count:,} of {flood.of:,} links"
    if flood.status == WRONG:
        at = next(places.row(row) for e in ends for _, row, _ in claims.get(e, []))
        message = f"the observation and the design do not match: {share} seen of {flood.where} go elsewhere than designed; is it the right hall?"
        way = f"{abs(flood.slip):,} further {'down' if flood.slip > 0 else 'up'}"
        slip = f"Nearly all go where the link {way} should: cells of the list may have slipped. " if flood.slip else ""
        help = f"{slip}See that these files are of this hall, and the package of the revision that was built. {more}"
        return _finding(OTHER, "error", message, at, help=help)
    at = next((s for e in ends for state in (2, 1) if (s := places.states.get((e, state)))), None) or places.device(
        *(int(d.ends["dev"][e]) for e in ends)
    )
    if flood.status == IS_DOWN:
        help = f"See first whether switches have power, and their ports are enabled. {more}"
        return _finding(DOWN, "error", f"{share} of {flood.where} are down", at, help=help)
    help = f"See first whether LLDP runs on hosts and switches. {more}"
    return _finding(QUIET, "warning", f"{share} of {flood.where} have no neighbour", at, help=help)


def _finding(code: str, severity: str, message: str, span: Span, subject: str = "", help: str = "", notes: tuple[Note, ...] = ()) -> Finding:
    return Finding(code, NAMES[code], severity, message, span, subject=subject, help=help, notes=notes)


def _wrong(say: _Say, ends: tuple[int, int], key: str, help: str) -> Finding:
    """`A goes to X and should go to B`, with what is at B instead."""
    name, c = say.name, say.c
    said = []
    for end in ends:
        found = [x for x in say.claims.get(end, []) if x[0] == c.target[end]]
        said += [(end, _goes(name, target, text), row) for target, row, text in found[:1]]
    (end, goes, row), *others = said
    message = f"incorrect cabling: {name[end]} goes to {goes} and should go to {name[end ^ 1]}"
    for other, where, _ in others:
        message += f", which goes to {where}" if other == end ^ 1 else ""
    notes = tuple(Note(say.places.row(r), f"{name[e]} goes to {w}") for e, w, r in others if r != row)
    if any(c.alike[e] for side in ends for e in (side, int(c.target[side])) if e >= 0):
        help += " Ports here are known by what most machines of the part call them; a list `device,port,alias` says otherwise."
    return _finding(MISWIRED, "error", message, say.places.row(row), key, help, notes)


def _goes(name: Any, target: int, text: str) -> str:
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


def _unexpected(m: Matched, c: Compared, places: Places, ids: list[str], found: list[Job]) -> list[Finding]:
    made = []
    helps = {job.strange: job.text for job in found if job.kind == ASK and job.strange >= 0}
    places.fetch(c.strange["row"])
    columns = ("row", "device", "port", "far_device", "far_port", "near_dev", "far_dev")
    for i, (key, (row, device, port, far, far_port, near_dev, far_dev)) in enumerate(zip(ids, c.strange.select(columns).iter_rows(), strict=True)):
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
                helps.get(i, "take the cable out, add it to the design, or give a list of other names of ports"),
            )
        )
    return made
