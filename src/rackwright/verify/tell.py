"""Findings of a check, in words: what is wrong between which ends, where that was seen, and how it is mended."""

from __future__ import annotations

import difflib

import polars as pl

from rackwright.base.findings import Finding, Note, quoted
from rackwright.base.spans import Span
from rackwright.verify.compare import IS_DOWN, NO_NEIGHBOUR, OK, SILENT, TWICE, UNSEEN, Compared
from rackwright.verify.designed import Designed
from rackwright.verify.jobs import Job
from rackwright.verify.match import Matched
from rackwright.verify.observed import Observed

BROKEN, STRANGER, DOWN, WRONG, QUIET, UNEXPECTED, SEVERAL = (f"VER{n}" for n in (101, 102, 201, 202, 203, 204, 205))
NAMES = {
    BROKEN: "observation-not-read",
    STRANGER: "device-not-in-design",
    DOWN: "link-down",
    WRONG: "incorrect-cabling",
    QUIET: "no-neighbour",
    UNEXPECTED: "unexpected-connection",
    SEVERAL: "several-neighbours",
}


class _Places:
    """Places of rows: of what was seen, of states, and of devices."""

    def __init__(self, m: Matched, seen: Observed, wanted: set[int]) -> None:
        self.files = seen.files or ["-"]
        self._rows = m.rows.select("file", "line")
        first = m.rows.filter(pl.col("near_dev") >= 0).select("near_dev", "file").unique("near_dev", keep="first")
        self.devices: dict[int, int] = dict(first.iter_rows())
        self.states: dict[tuple[int, int], Span] = {}
        for state, file, line, _, end in m.states.filter(pl.col("end").is_in(list(wanted))).select("state", "file", "line", "at", "end").iter_rows():
            self.states.setdefault((end, state), self._span(file, line))

    def _span(self, file: int, line: int) -> Span:
        at = max(line, 1)
        return Span(self.files[file], at, 1, at + 1, 1)

    def row(self, row: int) -> Span:
        """Where a row of what was seen stands."""
        return self._span(*self._rows.row(row))

    def device(self, *devices: int) -> Span:
        """A file that tells of one of some devices."""
        return self._span(next((self.devices[d] for d in devices if d in self.devices), 0), 1)


def told(d: Designed, m: Matched, c: Compared, found: list[Job], seen: Observed, ids: dict[int, str], strange_ids: list[str]) -> list[Finding]:
    """Every finding: files first, then links in their order, unexpected connections last."""
    wanted = {e for link in ids for e in (2 * link, 2 * link + 1)} | set(c.twice.nonzero()[0].tolist())
    places = _Places(m, seen, wanted)
    made = [
        _finding(BROKEN, "error", f"`{f.file}` {f.message}", Span(f.file, f.line, f.column, f.line, f.column + 1), help=f.help) for f in seen.faults
    ]
    made += _strangers(d, m, places)
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
        elif code not in (OK, UNSEEN, TWICE):
            made.append(_wrong(d, c, (a, b), claims, places, key, helps.get(link, "")))
    for end in c.twice.nonzero()[0].tolist():
        made.append(_several(d, end, claims.get(end, []), places))
    return made + _unexpected(m, c, places, strange_ids)


def _finding(code: str, severity: str, message: str, span: Span, subject: str = "", help: str = "", notes: tuple[Note, ...] = ()) -> Finding:
    return Finding(code, NAMES[code], severity, message, span, subject=subject, help=help, notes=notes)


def _wrong(
    d: Designed, c: Compared, ends: tuple[int, int], claims: dict[int, list[tuple[int, int, str]]], places: _Places, key: str, help: str
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
    return _finding(WRONG, "error", message, places.row(row), key, help, notes)


def _goes(name: pl.Series, target: int, text: str) -> str:
    return str(name[target]) if target >= 0 else _shown(text)


def _shown(text: str) -> str:
    """A name from outside, on one line and cut where it is long."""
    return quoted(text)


def _several(d: Designed, end: int, said: list[tuple[int, int, str]], places: _Places) -> Finding:
    name = d.ends["name"]
    every: dict[str, int] = {}
    for target, row, text in said:
        every.setdefault(_goes(name, target, text), row)
    shown = list(every.items())
    is_right = name[end ^ 1] in every
    message = f"{name[end]} is told to go to {len(shown)} ends: {', '.join(n for n, _ in shown[:4])}{', ...' if len(shown) > 4 else ''}"
    notes = tuple(Note(places.row(r), n) for n, r in shown[1:4])
    help = "two devices have one name, an entry is stale, or a hub is between: collect both again, and give each device its own name"
    return _finding(SEVERAL, "warning" if is_right else "error", message, places.row(shown[0][1]), str(name[end]), help, notes)


def _unexpected(m: Matched, c: Compared, places: _Places, ids: list[str]) -> list[Finding]:
    made = []
    columns = ("row", "device", "port", "far_device", "far_port", "near_dev", "far_dev")
    for key, (row, device, port, far, far_port, near_dev, far_dev) in zip(ids, c.strange.select(columns).iter_rows(), strict=True):
        severity = "error" if near_dev >= 0 and far_dev >= 0 else "warning"
        there = f"{far or '?'}:{far_port or '?'}"
        message = f"unexpected connection: {_shown(f'{device}:{port}')} goes to {_shown(there)}; the design joins neither port"
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


def _strangers(d: Designed, m: Matched, places: _Places) -> list[Finding]:
    """Devices that told something and that the design does not have: one finding a file."""
    if not m.strangers:
        return []
    names = pl.DataFrame({"device": [n for n, _ in m.strangers]})
    own = m.rows.with_row_index("row").join(names, on="device", how="semi").group_by("file", maintain_order=True)
    found = own.agg(pl.col("row").first(), names=pl.col("device").unique(maintain_order=True))
    known = d.devices["end"].to_list()
    made = []
    for _, row, told_names in found.iter_rows():
        close = difflib.get_close_matches(told_names[0], known, 2, 0.8) if len(known) < 20_000 else []
        more = f" and {len(told_names) - 3:,} more" if len(told_names) > 3 else ""
        message = f"{', '.join(_shown(n) for n in told_names[:3])}{more}: no such device in the design; what is told of it was not judged"
        hint = f"did you mean {' or '.join(f'`{c}`' for c in close)}? " if close else ""
        help = f"{hint}a list `device,alias` gives devices other names, and DEVICE=FILE says whose view a file is"
        made.append(_finding(STRANGER, "warning", message, places.row(row), str(told_names[0])[:80], help))
    return made
