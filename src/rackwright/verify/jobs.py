"""What a technician has to do: faults put together into jobs by their likely cause, plug by plug.

Two links each of which ends where the other should are exchanged at one side; three or more in a ring, or a plug in a port that should be free,
are moved. Links of one cable make one job.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.verify.compare import IS_DOWN, NO_NEIGHBOUR, OK, SILENT, WRONG, Compared
from rackwright.verify.dark import dark
from rackwright.verify.designed import Designed
from rackwright.verify.ports import Ports
from rackwright.verify.swapped import swapped
from rackwright.verify.task import ASK, CROSSED, EXCHANGE, MOVE, REMOVE, RESEAT, ROTATE, Job, plain

Array: TypeAlias = NDArray[Any]
LONGEST_RING = 64  # cables in each other's ports that are told as one ring
MANY = 1000  # faults above which whole columns are made lists


@dataclass(slots=True)
class _Ends:
    """Columns by end; `ring` is the number of cables in the ring that starts at it (0: in none)."""

    plug: Sequence[str]
    name: Sequence[str]
    dev: Sequence[int]
    target: Sequence[int]
    ring: Sequence[int]
    status: Sequence[int]
    apart: Callable[[int, int], int]
    mates: dict[int, list[int]]
    far: dict[int, str]
    strangers: dict[int, str]
    none: dict[int, tuple[int, str]]
    ports: Ports


def jobs(d: Designed, c: Compared, apart: Callable[[int, int], int]) -> list[Job]:
    """Every job, in the order of the links. `apart` is the walk between two devices in mm, which chooses the side where two plugs are exchanged."""
    at = _ends(d, c, apart)
    found: dict[object, Job] = {job.subject: job for job in swapped(d, c)}
    done = {link for job in found.values() for link in job.links}
    for job in dark(d, c):
        found[job.subject, job.status] = job
        done.update(job.links)
    for link in (c.status == WRONG).nonzero()[0].tolist():
        if link not in done:
            _wrong(link, at, found, done)
    for code, kind in ((IS_DOWN, RESEAT), (NO_NEIGHBOUR, ASK), (SILENT, ASK)):
        found |= _quiet(d, [link for link in (c.status == code).nonzero()[0].tolist() if link not in done], code, kind, at)
    made = sorted(found.values(), key=lambda j: j.links[0])
    columns = ("device", "port", "near_dev", "far_dev", "far_device", "far_port", "near_is_none", "far_is_none")
    for i, (device, port, near, far, to, to_port, is_near_none, is_far_none) in enumerate(c.strange.select(columns).iter_rows()):
        here, there = (plain(f"{device}:{port}"), near), (plain(f"{to or '?'}:{to_port or '?'}"), far)
        mine, other = (here, there) if near >= 0 else (there, here)
        lacks = [at.ports.lacks(dev, word) for dev, word, is_none in ((near, port, is_near_none), (far, to_port, is_far_none)) if is_none]
        text = f"Take the cable out of {mine[0]}, which goes to {other[0]}, or add it to the design."
        if lacks:
            text = f"{' '.join(lacks)} See where this cable is: {mine[0]} to {other[0]}."
        made.append(Job(ASK if lacks else REMOVE, (mine,), text, strange=i))
    return made


def _ends(d: Designed, c: Compared, apart: Callable[[int, int], int]) -> _Ends:
    wrong = (c.status == WRONG).nonzero()[0]
    columns: list[Any] = [d.ends["plug"], d.ends["name"], d.ends["dev"], c.target]
    start = np.where(c.target[2 * wrong] != -1, 2 * wrong, 2 * wrong + 1)
    columns += [_rings(c.target, start), c.status]
    if np.isin(c.status, (WRONG, IS_DOWN, NO_NEIGHBOUR, SILENT)).sum() > MANY:
        columns = [column.to_list() if isinstance(column, pl.Series) else column.tolist() for column in columns]
    rows = c.claims.filter(pl.col("target") == -2).unique("end", keep="first", maintain_order=True)
    strangers = rows.drop_nulls("stranger").select("end", "stranger")
    none = {end: (host, word) for end, host, word in rows.filter("is_none").select("end", "host", "word").iter_rows()}
    far = {end: plain(text) for end, text in rows.select("end", "text").iter_rows()}
    plug, name, dev, target, ring, status = columns
    return _Ends(plug, name, dev, target, ring, status, apart, _mates(d, c), far, dict(strangers.iter_rows()), none, Ports(d))


def _rings(target: Array, starts: Array) -> Array:
    """Of every end at which one may start: how many cables are in the closed ring of wrong cables that begins there, each of which goes where the
    next but one should; 0 where none closes.
    """
    after = np.where(target >= 0, target ^ 1, -1)
    made = np.zeros(len(target), np.uint8)
    begin = starts
    at = starts
    for length in range(1, LONGEST_RING + 1):
        at = after[at]
        made[begin[at == begin]] = length
        goes_on = (at >= 0) & (at != begin)
        at, begin = at[goes_on], begin[goes_on]
        if not len(at):
            break
    return made


def _quiet(d: Designed, links: list[int], code: int, kind: str, at: _Ends) -> dict[object, Job]:
    """Links without a neighbour, or down: a job for each cable."""
    if not links:
        return {}
    labels = d.links["label"].gather(links).to_list()
    optical = d.links["is_optical"].gather(links).to_list()
    cables: dict[str, list[int]] = {}
    bright: set[str] = set()
    for link, label, is_optical in zip(links, labels, optical, strict=True):
        cables.setdefault(label, []).append(link)
        if is_optical:
            bright.add(label)
    made: dict[object, Job] = {}
    for label, own in cables.items():
        if len(own) == 1:
            a, b = 2 * own[0], 2 * own[0] + 1
            plugs: tuple[tuple[str, int], ...] = ((at.plug[a], at.dev[a]), (at.plug[b], at.dev[b]))
            one, two = at.plug[a], at.plug[b]
        else:
            sides = [list(dict.fromkeys((at.plug[2 * n + i], at.dev[2 * n + i]) for n in own)) for i in (0, 1)]
            plugs = (*sides[0], *sides[1])
            one, two = (" and ".join(p for p, _ in side) for side in sides)
        made[kind, code, label] = Job(kind, plugs, _text(kind, code, one, two, is_optical=label in bright), own)
    return made


def _text(kind: str, code: int, one: str, two: str, *, is_optical: bool) -> str:
    if kind == RESEAT:
        clean = " (optics cleaned)" if is_optical else ""
        return f"No link between {one} and {two}: see that the plugs are in, seat them again{clean}, else change the cable."
    why = "is up, but has no neighbour" if code == NO_NEIGHBOUR else "has no neighbour"
    return f"{one} to {two} {why}: see that the cable is in, and that LLDP runs at both ends."


def _wrong(link: int, at: _Ends, found: dict[object, Job], done: set[int]) -> None:
    """The job that mends this wrong link, and the others in its ring."""
    start = 2 * link if at.target[2 * link] != -1 else 2 * link + 1
    if not at.ring[start]:
        goes = int(at.target[start])
        should = start ^ 1
        if goes not in (-2, start) and at.target[goes ^ 1] == -1 and at.target[should] == -1:
            done.add(goes // 2)  # nobody saw the other half of what is most likely an exchange
            _exchange([start, goes ^ 1], at, found, is_sure=False)
        elif goes == start:
            text = f"{at.plug[start]} sees itself: take the loop out, and put the cable to {at.plug[should]} in."
            found.setdefault((REMOVE, start), Job(REMOVE, ((at.plug[start], at.dev[start]),), text)).links.append(link)
        else:
            _move(link, start, goes, at, found)
        return
    ring = [start]
    for _ in range(at.ring[start] - 1):
        ring.append(int(at.target[ring[-1]]) ^ 1)
    done.update(e // 2 for e in ring)
    if len(ring) == 2:
        _exchange(ring, at, found, is_sure=True)
        return
    plugs = tuple(dict.fromkeys((at.plug[e ^ 1], at.dev[e ^ 1]) for e in ring))
    steps = "; ".join(f"{at.plug[int(at.target[e])]} to {at.plug[e ^ 1]}" for e in ring)
    job = found.setdefault((ROTATE, plugs), Job(ROTATE, plugs, f"{len(ring)} cables are in each other's ports; move the plugs: {steps}."))
    job.links += [e // 2 for e in ring]


def _move(link: int, start: int, goes: int, at: _Ends, found: dict[object, Job]) -> None:
    """A plug in another port than its own, which may be none of the design, or none at all."""
    mine, own = at.plug[start], at.plug[start ^ 1]
    place = at.name[goes] if goes >= 0 else at.far.get(start, "a port that is not in the design")
    from_end = goes if goes >= 0 else start
    first, second = (own, at.dev[start ^ 1]), (at.plug[from_end], at.dev[from_end])
    kind, text = MOVE, f"Move the plug that goes from {mine} to {place} into {own}."
    if goes < 0 and start in at.none:
        kind, text = ASK, f"{at.ports.lacks(*at.none[start])} See where the cable from {mine} goes; it should go to {own}."
    if goes < 0 and (name := at.strangers.get(start)):
        text += f" If `{plain(name)}` is another name of what should be there, list it (`device,alias`)."
    key = (MOVE, mine, own, at.plug[goes] if goes >= 0 else place)
    if key not in found:
        found[key] = Job(kind, (first,) if first == second else (first, second), text)
    found[key].links.append(link)


def _mates(d: Designed, c: Compared) -> dict[int, list[int]]:
    """For ends of cables with a wrong link: all ends in the same plug."""
    labels = d.links["label"].gather((c.status == WRONG).nonzero()[0]).unique()
    own = d.ends.filter((pl.col("leg") > 0) & pl.col("label").is_in(labels.implode())).group_by("label", "plug").agg("end")
    return {end: ends for ends in own["end"].to_list() for end in ends}


def _is_whole(side: tuple[int, int], at: _Ends) -> bool:
    """Whether every link of either plug goes to the other one, as far as anybody saw."""
    for end, other in (side, side[::-1]):
        for mate in at.mates.get(end, [end]):
            goes = int(at.target[mate ^ 1])
            if at.status[mate // 2] == OK or goes == -2 or (goes >= 0 and at.plug[goes] != at.plug[other]):
                return False
    return True


def _exchange(two: list[int], at: _Ends, found: dict[object, Job], *, is_sure: bool) -> None:
    """Two links of which either pair of plugs may be exchanged: a pair all of whose links are where the other's should be, of those the one of more
    links, and then the one that stands closer together.
    """
    sides = [(min(s), max(s)) for s in (two, [e ^ 1 for e in two])]
    apart = [s for s in sides if at.plug[s[0]] != at.plug[s[1]]]
    links = [e // 2 for e in two]
    if not apart:
        plugs = tuple(dict.fromkeys((at.plug[e], at.dev[e]) for e in (two[0], two[0] ^ 1)))
        text = f"The branches of the cable from {plugs[0][0]} to {plugs[-1][0]} are crossed in it: change the cable."
        found.setdefault((CROSSED, plugs), Job(CROSSED, plugs, text)).links.extend(links)
        return
    one, other = min(apart, key=lambda s: (not _is_whole(s, at), -len(at.mates.get(s[0], s[:1])), at.apart(at.dev[s[0]], at.dev[s[1]]), s))
    plugs = tuple(sorted(((at.plug[one], at.dev[one]), (at.plug[other], at.dev[other]))))
    word = "These two ends are exchanged" if is_sure else "These two ends are probably exchanged (one of them was not seen)"
    job = found.setdefault(
        (EXCHANGE, plugs), Job(EXCHANGE, plugs, f"{word}: {plugs[0][0]} and {plugs[1][0]}. Put each plug where the other is.", is_sure=is_sure)
    )
    job.links += [n for n in links if n not in job.links]
