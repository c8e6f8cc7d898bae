"""What a technician has to do: faults put together into jobs by their likely cause, plug by plug.

Two links each of which ends where the other should are exchanged at one side; three or more in a ring, or a plug in a port that should be free,
are moved. Links of one cable make one job.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from rackwright.verify.compare import IS_DOWN, NO_NEIGHBOUR, OK, SILENT, WRONG, Compared
from rackwright.verify.designed import Designed

LONGEST = 120
EXCHANGE, ROTATE, MOVE, CROSSED, RESEAT, ASK, REMOVE = "exchange", "rotate", "move", "crossed", "reseat", "ask", "remove"


@dataclass
class Job:
    """One job: `kind`, the links it mends (rows), the `plugs` to be touched (name and device number), whether both ends were seen (`is_sure`),
    and what is to be done.
    """

    kind: str
    plugs: tuple[tuple[str, int], ...]
    text: str
    links: list[int] = field(default_factory=list)
    is_sure: bool = True
    strange: int = -1


@dataclass(slots=True)
class _Ends:
    """Columns of the ends as lists: those of faults alone are looked up."""

    plug: Callable[[int], str]
    name: Callable[[int], str]
    dev: Callable[[int], int]
    apart: Callable[[int, int], int]
    mates: dict[int, list[int]]
    far: dict[int, str]
    strangers: dict[int, str]


def jobs(d: Designed, c: Compared, apart: Callable[[int, int], int]) -> list[Job]:
    """Every job, in the order of the links. `apart` is the walk between two devices in mm, which chooses the side where two plugs are exchanged."""
    plug, name, dev = d.ends["plug"], d.ends["name"], d.ends["dev"]
    at = _Ends(lambda e: str(plug[e]), lambda e: str(name[e]), lambda e: int(dev[e]), apart, _mates(d, c), *_far(c))
    found: dict[object, Job] = {}
    done: set[int] = set()
    _machines(d, c, found, done)
    labels = d.links["label"]
    for link in (c.status == WRONG).nonzero()[0].tolist():
        if link not in done:
            _wrong(link, c, at, found, done)
    for code, kind in ((IS_DOWN, RESEAT), (NO_NEIGHBOUR, ASK), (SILENT, ASK)):
        cables: dict[str, list[int]] = {}
        for link in (c.status == code).nonzero()[0].tolist():
            if link not in done:
                cables.setdefault(labels[link], []).append(link)
        for label, links in cables.items():
            sides = [list(dict.fromkeys((at.plug(2 * n + i), at.dev(2 * n + i)) for n in links)) for i in (0, 1)]
            text = _text(kind, code, *(" and ".join(p for p, _ in side) for side in sides))
            found[kind, code, label] = Job(kind, (*sides[0], *sides[1]), text, links)
    made = sorted(found.values(), key=lambda j: j.links[0])
    for i, (device, port, near, far, to, to_port) in enumerate(
        c.strange.select("device", "port", "near_dev", "far_dev", "far_device", "far_port").iter_rows()
    ):
        here, there = (_plain(f"{device}:{port}"), near), (_plain(f"{to or '?'}:{to_port or '?'}"), far)
        mine, other = (here, there) if near >= 0 else (there, here)
        made.append(Job(REMOVE, (mine,), f"Take the cable out of {mine[0]}, which goes to {other[0]}, or add it to the design.", strange=i))
    return made


def _text(kind: str, code: int, one: str, two: str) -> str:
    if kind == RESEAT:
        return f"No link between {one} and {two}: see that the plugs are in, seat them again (optics cleaned), else change the cable."
    why = "is up, but has no neighbour" if code == NO_NEIGHBOUR else "has no neighbour"
    return f"{one} to {two} {why}: see that the cable is in, and that LLDP runs at both ends."


def _wrong(link: int, c: Compared, at: _Ends, found: dict[object, Job], done: set[int]) -> None:
    """The job that mends this wrong link, and the others in its ring."""
    start = 2 * link if c.target[2 * link] != -1 else 2 * link + 1
    ring = _ring(start, c)
    if ring is None:
        goes = int(c.target[start])
        should = start ^ 1
        if goes not in (-2, start) and c.target[goes ^ 1] == -1 and c.target[should] == -1:
            done.add(goes // 2)  # nobody saw the other half of what is most likely an exchange
            _exchange([start, goes ^ 1], c, at, found, is_sure=False)
            return
        if goes == start:
            text = f"{at.plug(start)} sees itself: take the loop out, and put the cable to {at.plug(should)} in."
            found.setdefault((REMOVE, start), Job(REMOVE, ((at.plug(start), at.dev(start)),), text)).links.append(link)
            return
        where = _goes(goes, start, at) if goes < 0 else at.plug(goes)
        text = f"Move the plug that goes from {at.plug(start)} to {_goes(goes, start, at)} into {at.plug(should)}."
        from_end = goes if goes >= 0 else start
        plugs = tuple(dict.fromkeys(((at.plug(should), at.dev(should)), (at.plug(from_end), at.dev(from_end)))))
        if name := at.strangers.get(start) if goes < 0 else None:
            text += f" If `{_plain(name)}` is another name of what should be there, list it (`device,alias`)."
        job = found.setdefault((MOVE, at.plug(start), at.plug(should), where), Job(MOVE, plugs, text))
        job.links.append(link)
        return
    done.update(e // 2 for e in ring)
    if len(ring) == 2:
        _exchange(ring, c, at, found, is_sure=True)
        return
    plugs = tuple(dict.fromkeys((at.plug(e ^ 1), at.dev(e ^ 1)) for e in ring))
    steps = "; ".join(f"{at.plug(int(c.target[e]))} to {at.plug(e ^ 1)}" for e in ring)
    job = found.setdefault((ROTATE, plugs), Job(ROTATE, plugs, f"{len(ring)} cables are in each other's ports; move the plugs: {steps}."))
    job.links += [e // 2 for e in ring]


def _goes(goes: int, start: int, at: _Ends) -> str:
    if goes >= 0:
        return at.name(goes)
    return at.far.get(start, "a port that is not in the design")


def _far(c: Compared) -> tuple[dict[int, str], dict[int, str]]:
    """What ends go to that is no end of the design, and the names of its device where nobody knows that one."""
    rows = c.claims.filter(pl.col("target") == -2).unique("end", keep="first", maintain_order=True)
    strangers = rows.drop_nulls("stranger").select("end", "stranger")
    return {end: _plain(text) for end, text in rows.select("end", "text").iter_rows()}, dict(strangers.iter_rows())


def _mates(d: Designed, c: Compared) -> dict[int, list[int]]:
    """For ends of cables with a wrong link: all ends in the same plug."""
    labels = d.links["label"].gather((c.status == WRONG).nonzero()[0]).unique()
    own = d.ends.filter((pl.col("leg") > 0) & pl.col("label").is_in(labels.implode())).group_by("label", "plug").agg("end")
    return {end: ends for ends in own["end"].to_list() for end in ends}


def _is_whole(side: tuple[int, int], c: Compared, at: _Ends) -> bool:
    """Whether every link of either plug goes to the other one, as far as anybody saw."""
    for end, other in (side, side[::-1]):
        for mate in at.mates.get(end, [end]):
            goes = int(c.target[mate ^ 1])
            if c.status[mate // 2] == OK or goes == -2 or (goes >= 0 and at.plug(goes) != at.plug(other)):
                return False
    return True


def _machines(d: Designed, c: Compared, found: dict[object, Job], done: set[int]) -> None:
    """Two devices each of whose cables, two or more, is at the port of that name of the other one: they are exchanged, or their names are."""
    wrong = (c.status == WRONG).nonzero()[0]
    ends = np.r_[2 * wrong, 2 * wrong + 1]
    ends = ends[c.target[ends] >= 0].astype(np.int32)
    port, dev = d.ends["port"], d.ends["dev"]
    should, goes = ends ^ 1, c.target[ends]
    frame = pl.DataFrame({"link": ends // 2, "dev": dev.gather(should), "other": dev.gather(goes), "same": port.gather(should) == port.gather(goes)})
    groups = frame.filter(pl.col("dev") != pl.col("other")).group_by("dev", "other").agg(pl.col("same").all(), pl.col("link").unique())
    groups = groups.filter("same").with_columns(n=pl.col("link").list.len())
    pairs = groups.join(groups, left_on=["dev", "other"], right_on=["other", "dev"]).filter((pl.col("dev") < pl.col("other")) & (pl.col("n") > 1))
    if pairs.is_empty():
        return
    ours = pl.concat([pairs["dev"], pairs["other"]]).unique().implode()
    told = d.ends.select("dev", status=pl.Series(np.repeat(c.status, 2))).filter(pl.col("dev").is_in(ours) & pl.col("status").is_in([OK, WRONG]))
    count: dict[int, int] = dict(told.group_by("dev").len().iter_rows())
    names = d.devices["end"]
    for one, two, mine, n, its in pairs.sort("dev").select("dev", "other", "link", "n", "link_right").iter_rows():
        if count[one] == n and count[two] == len(its):
            text = f"{names[one]} and {names[two]} are exchanged, or their names are: every cable seen of each is at the other one. "
            text += "Put each machine, or its name, where the other is."
            links = sorted({*mine, *its})
            found[EXCHANGE, one, two] = Job(EXCHANGE, ((names[one], one), (names[two], two)), text, links)
            done.update(links)


def _plain(text: str) -> str:
    """A name from outside as one line of printable characters, cut where it is long."""
    made = "".join(c if c.isprintable() else " " for c in text)
    return made if len(made) <= LONGEST else f"{made[: LONGEST - 1]}…"


def _ring(start: int, c: Compared) -> list[int] | None:
    """Ends from one side of each link of a closed ring of wrong cables: each goes where the next but one should; None where it does not close."""
    ring, end = [start], start
    while True:
        goes = int(c.target[end])
        if goes < 0:
            return None
        if goes == start ^ 1:
            return ring
        end = goes ^ 1
        if end in ring or len(ring) > 64:
            return None
        ring.append(end)


def _exchange(two: list[int], c: Compared, at: _Ends, found: dict[object, Job], *, is_sure: bool) -> None:
    """Two links of which either pair of plugs may be exchanged: a pair all of whose links are where the other's should be, of those the one of more
    links, and then the one that stands closer together.
    """
    sides = [(min(s), max(s)) for s in (two, [e ^ 1 for e in two])]
    apart = [s for s in sides if at.plug(s[0]) != at.plug(s[1])]
    links = [e // 2 for e in two]
    if not apart:
        plugs = tuple(dict.fromkeys((at.plug(e), at.dev(e)) for e in (two[0], two[0] ^ 1)))
        text = f"The branches of the cable from {plugs[0][0]} to {plugs[-1][0]} are crossed in it: change the cable."
        found.setdefault((CROSSED, plugs), Job(CROSSED, plugs, text)).links.extend(links)
        return
    one, other = min(apart, key=lambda s: (not _is_whole(s, c, at), -len(at.mates.get(s[0], s[:1])), at.apart(at.dev(s[0]), at.dev(s[1])), s))
    plugs = tuple(sorted(((at.plug(one), at.dev(one)), (at.plug(other), at.dev(other)))))
    word = "These two ends are exchanged" if is_sure else "These two ends are probably exchanged (one of them was not seen)"
    job = found.setdefault(
        (EXCHANGE, plugs), Job(EXCHANGE, plugs, f"{word}: {plugs[0][0]} and {plugs[1][0]}. Put each plug where the other is.", is_sure=is_sure)
    )
    job.links += [n for n in links if n not in job.links]
