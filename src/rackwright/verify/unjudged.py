"""Findings about what could not be read or judged: files, names of devices and of ports that nobody knows, and too little seen."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from rackwright.base.findings import Finding, Note, quoted
from rackwright.base.spans import Span
from rackwright.verify.designed import Designed
from rackwright.verify.match import Matched
from rackwright.verify.observed import Fault, Observed
from rackwright.verify.unknown import Unknown

BROKEN, STRANGER, OPEN, THIN = (f"VER{n}" for n in (101, 102, 103, 104))
NAMES = {BROKEN: "observation-not-read", STRANGER: "device-not-in-design", OPEN: "not-judged", THIN: "too-little-seen"}
MOST_CLOSE = 20_000  # devices among which a name like another is looked for
ALIKE = 4  # files with the same fault that are told as one


class Places:
    """Places of rows: of what was seen, of states, and of devices."""

    def __init__(self, m: Matched, seen: Observed, wanted: set[int]) -> None:
        self.files = seen.files or ["-"]
        self._sheets = seen.lines.keys()
        self._rows = m.rows.select("file", "line", "column", "at")
        first = m.rows.filter(pl.col("near_dev") >= 0).select("near_dev", "file").unique("near_dev", keep="first")
        self.devices: dict[int, int] = dict(first.iter_rows())
        self.states: dict[tuple[int, int], Span] = {}
        told = m.states.filter(pl.col("end").is_in(pl.Series(sorted(wanted), dtype=pl.Int32).implode()))
        for state, end, *where in told.select("state", "end", "file", "line", "column", "at").iter_rows():
            self.states.setdefault((end, state), self.span(*where))
        self._fetched: dict[int, tuple[Any, ...]] = {}

    def span(self, file: int, line: int, column: int = 1, at: str = "") -> Span:
        """A line of a file by its number, or from a place in it; `at` may be a sheet of a workbook."""
        name, line = self.files[file], max(line, 1)
        sheet = at if (name, at) in self._sheets else ""
        return Span(name, line, column, line, column + 1, sheet) if column > 1 else Span(name, line, 1, line + 1, 1, sheet)

    def fetch(self, rows: pl.Series) -> None:
        """Looks up rows that will be asked for, all at once."""
        own = rows.unique()
        self._fetched = dict(zip(own.to_list(), self._rows[own].iter_rows(), strict=True))

    def row(self, row: int) -> Span:
        """Where a row of what was seen stands."""
        return self.span(*(self._fetched.get(row) or self._rows.row(row)))

    def device(self, *devices: int) -> Span:
        """A file that tells of one of some devices."""
        return self.span(next((self.devices[d] for d in devices if d in self.devices), 0), 1)


def unjudged(d: Designed, m: Matched, u: Unknown, seen: Observed, places: Places) -> list[Finding]:
    """What was not read, and what was and says nothing."""
    made = _faults(seen.faults)
    made += _listed("gives one name to two devices:", BROKEN, m.names.double, places)
    made += _listed("gives a device that the design has not another name:", STRANGER, m.names.unknown, places)
    made += _strangers(d, m, u, places)
    if u.nameless.height:
        count = u.nameless["end"].n_unique()
        message = f"{_many(count, 'neighbour')} without a name, whose MAC addresses no file gives to a port: their links were not judged"
        help = "a list `device,port,mac`, or `ip -j link` of those devices, says whose they are"
        made.append(_finding(OPEN, "warning", message, places.row(u.nameless["row"][0]), help=help))
    if u.unread.height:
        row, a, p, b, q = u.unread.select("row", "device", "port", "far_device", "far_port").row(0)
        count = u.unread.height
        message = f"{_many(count, 'connection')} of devices that the design joins, by names of ports that it has not: they were not judged"
        help = f"a list `device,port,alias` says which ports {quoted(f'{a}:{p}')} and {quoted(f'{b}:{q}')} are"
        made.append(_finding(OPEN, "warning", message, places.row(row), help=help))
    if m.counted:
        dev, word, own = m.counted[0]
        of = f"{quoted(word)} of {d.devices['end'][dev]}, which has {own} here"
        message = f"{_many(len(m.counted), 'device')} with adapters counted beyond the ports they have ({of}): their names stand for no port"
        help = "an `hca_mapping` (`port,hca-name`) says which is which; without it two plugs exchanged on one device are not seen"
        made.append(_finding(OPEN, "warning", message, places.device(dev), help=help))
    return made


def thin(seen: int, ends: int, least: float, shares: Mapping[str, float], observed: Observed) -> Finding:
    """Fewer ends were seen than somebody wants."""
    low = ", ".join(f"{name} {share:.1f} %" for name, share in sorted(shares.items(), key=lambda s: s[1])[:4] if share < least)
    message = f"{seen:,} of {ends:,} ends were seen ({_floor(100 * seen / ends)} %), fewer than the {least:g} % wanted"
    return _finding(THIN, "error", message, Span((observed.files or ["-"])[0], 1, 1, 1, 2), help=f"give what more devices see ({low})")


def _floor(share: float) -> str:
    """A share that is not rounded up to what was wanted."""
    return f"{int(share * 100) / 100:g}"


def _finding(code: str, severity: str, message: str, span: Span, subject: str = "", help: str = "", notes: tuple[Note, ...] = ()) -> Finding:
    return Finding(code, NAMES[code], severity, message, span, subject=subject, help=help, notes=notes)


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' * (count != 1)}"


def _faults(faults: Iterable[Fault]) -> list[Finding]:
    """One finding a fault; one for all where many files have the same."""
    alike: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        alike.setdefault((fault.message, fault.help), []).append(fault)
    made = []
    for (message, help), same in alike.items():
        spans = [Span(f.file, f.line, f.column, f.line + bool(f.sheet), 1 if f.sheet else f.column + 1, f.sheet) for f in same]
        if len(same) < ALIKE:
            made += [_finding(BROKEN, "error", f"`{f.file}` {message}", span, help=help) for f, span in zip(same, spans, strict=True)]
        else:
            told = f"`{same[0].file}` and {len(same) - 1:,} more files: each {message}"
            made.append(_finding(BROKEN, "error", told, spans[0], help=help, notes=tuple(Note(s, "the same") for s in spans[1:3])))
    return made


def _listed(what: str, code: str, rows: Sequence[tuple[int, int, str, str]], places: Places) -> list[Finding]:
    """Rows of lists of names that are of no use, file by file."""
    made = []
    for file in dict.fromkeys(file for file, *_ in rows):
        own = [row for row in rows if row[0] == file]
        _, line, device, alias = own[0]
        more = f" ({len(own) - 1:,} more are like it)" if len(own) > 1 else ""
        message = f"`{places.files[file]}` {what} {quoted(alias)} for {quoted(device)}, line {line}{more}; it was not used"
        help = "mend the list `device,alias`, or take the row out"
        made.append(_finding(code, "error" if code == BROKEN else "warning", message, places.span(file, line), help=help))
    return made


def _strangers(d: Designed, m: Matched, u: Unknown, places: Places) -> list[Finding]:
    """Devices that told something or were told of, and that the design does not have: one finding for all."""
    where = {name: places.span(*m.places[name]) for name, _ in m.strangers}
    for name, row in u.foreign.select("stranger", "row").iter_rows():
        where.setdefault(name, places.row(row))
    if not where:
        return []
    names, known = list(where), d.devices["end"]
    ends, first = int(u.foreign["ends"].sum()), u.likely.select("stranger", "dev", "fits", "ends").head(2)
    many = f" ({_many(ends, 'end')})" if ends else ""
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    what = f"no such device in the design; what is told of {'it' if len(names) == 1 else 'them'} was not judged{many}"
    likely = [f"{quoted(n)} is most likely {known[dev]} ({fits} of its {of} ends fit)" for n, dev, fits, of in first.iter_rows()]
    close = difflib.get_close_matches(names[0], known.to_list(), 2, 0.8) if len(known) < MOST_CLOSE and not likely else []
    hint = f"{'; '.join(likely)}. " if likely else f"did you mean {' or '.join(f'`{c}`' for c in close)}? " if close else ""
    twins = d.devices.filter(pl.col("device") == names[0])
    if twins.height > 1:
        hint = f"{quoted(names[0])} is the name of {twins.height:,} devices: write the rack too, as in `{twins['rack'][0]}/{names[0]}`. "
    write = f" (-o DIR writes the {u.likely.height:,} likely ones as likely-names.csv)" if likely else ""
    help = f"{hint}{'A' if hint else 'a'} list `device,alias` gives devices other names{write}, and DEVICE=FILE says whose view a file is"
    message = f"{', '.join(quoted(n) for n in names[:3])}{more}: {what}"
    notes = tuple(Note(where[n], quoted(n)) for n in names[1:4])
    return [_finding(STRANGER, "warning", message, where[names[0]], names[0][:80], help, notes)]
