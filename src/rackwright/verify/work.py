"""The technician's work list: jobs stop by stop, in an order that is short to walk, beside the way that the order of the findings would take."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from rackwright.verify.designed import Designed
from rackwright.verify.task import Job, stable_id
from rackwright.verify.walk import Floor, length, tour

_FORMULA = re.compile(r"'*[=+\-@\t\r]")  # after apostrophes too, so that every text comes back
MANY = 1000  # jobs above which all labels are made a list


class Step(NamedTuple):
    """One plug to be touched, at one stop. `walk_m` is the way from the stop before, on the first line of a stop."""

    stop: int
    rack: str
    walk_m: float | None
    job: int
    kind: str
    unit: int | None
    plug: str
    do: str
    cables: str
    findings: str


COLUMNS = Step._fields


@dataclass(frozen=True, slots=True)
class Work:
    """The list, its walk and that of the order in which the findings are told, in mm (0 where there is no floor); `halls` passed."""

    steps: tuple[Step, ...]
    jobs: int
    stops: int
    walk_mm: int
    naive_mm: int
    halls: int


def work(d: Designed, floor: Floor, found: list[Job], ids: dict[int, str], strange_ids: list[str], start: str = "") -> Work:
    """Orders the jobs. `ids` are those of the findings by link, `strange_ids` those of unexpected connections; `start` is the rack to start at."""
    of = d.devices.select("rack", "rack_id", "u")
    rack, rack_id, unit = of["rack"].to_list(), of["rack_id"].to_list(), of["u"].to_list()
    visits: dict[int, list[tuple[int, int]]] = {}  # rack: (job, plug)
    naive: list[int] = []
    names: dict[int, str] = {}
    for number, job in enumerate(found):
        for p, (_, dev) in enumerate(job.plugs):
            here = int(rack_id[dev]) if dev >= 0 and rack_id[dev] is not None else -1
            names.setdefault(here, str(rack[dev]) if here >= 0 else "elsewhere")
            visits.setdefault(here, []).append((number, p))
            if here >= 0 and (not naive or naive[-1] != here):
                naive.append(here)
    begin = next((i for i, n in enumerate(floor.racks["name"]) if n == start), -1)
    order, walks, walked, naive_mm = _way(floor, [r for r in visits if r >= 0], naive, begin)
    order += [-1] * (-1 in visits)
    labels: Any = d.links["label"].to_list() if len(found) > MANY else d.links["label"]
    about = [_about(job, labels, ids, strange_ids) for job in found]
    steps = []
    for stop, here in enumerate(order, 1):
        walk = round(walks[stop - 1] / 1000, 1) if stop <= len(walks) else None
        for _, number, p in sorted((-(unit[dev] or 0) if (dev := found[n].plugs[p][1]) >= 0 else 0, n, p) for n, p in visits[here]):
            job, (plug, dev) = found[number], found[number].plugs[p]
            steps.append(Step(stop, names[here], walk, number + 1, job.kind, unit[dev] if dev >= 0 else None, plug, job.text, *about[number]))
            walk = None
    return Work(tuple(steps), len(found), len(order), walked, naive_mm, len({int(floor.hall[r]) for r in order if r >= 0 and len(floor.hall)}))


def _about(job: Job, labels: Any, ids: dict[int, str], strange_ids: list[str]) -> tuple[str, str]:
    """Cables of a job, and the ids of its findings."""
    if job.strange >= 0:
        return "", strange_ids[job.strange]
    if len(job.links) == 1:
        return labels[job.links[0]], ids[job.links[0]]
    cables = " ".join(sorted({labels[n] for n in job.links}))
    return cables, stable_id(*job.subject) if job.message else " ".join(ids[n] for n in job.links)


def _way(floor: Floor, racks: list[int], naive: list[int], begin: int) -> tuple[list[int], list[int], int, int]:
    """Racks in the order of the visit, the way to each, all of it, and all of it in the order `naive`. One hall is finished before the next."""
    if not racks or floor.racks.is_empty():
        return sorted(racks), [], 0, 0
    halls: dict[int, list[int]] = {}
    for r in sorted(racks):
        halls.setdefault(int(floor.hall[r]), []).append(r)
    at = begin if begin >= 0 else min(racks)
    every = sorted({*racks, *naive, at})
    between, place = floor.between(every), {r: i for i, r in enumerate(every)}

    def toured(own: list[int]) -> list[int]:
        where = [place[r] for r in own]
        return [own[i] for i in tour(between[np.ix_(where, where)])]

    made: list[int] = []
    left = dict(sorted(halls.items()))
    while left:
        hall = min(left, key=lambda h: (h != int(floor.hall[at]), min(floor.straight(at, r) for r in left[h]), h))
        own = left.pop(hall)
        if at not in own and int(floor.hall[at]) == hall:
            made += toured([at, *own])[1:]
        else:
            near = at if at in own else min(own, key=lambda r: (floor.straight(at, r), r))
            own.remove(near)
            made += toured([near, *own])
        at = made[-1]
    first = [] if begin < 0 else [begin]
    one, two = ([place[r] for r in w] for w in ([*first, *made], [*first, *naive]))
    legs = [0, *between[one[:-1], one[1:]].tolist()]
    return made, legs[len(first) :], length(one, between), length(two, between)


def as_csv(w: Work) -> str:
    """The list as CSV; what a spreadsheet would take for a formula has an apostrophe before it."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(COLUMNS)
    for step in w.steps:
        writer.writerow(["" if v is None else guarded(v) for v in step])
    return made.getvalue()


def guarded(value: object) -> object:
    """A cell that a spreadsheet would take for a formula has an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def as_json(w: Work) -> str:
    """The list as one JSON document."""
    steps = (step._asdict() | {"findings": step.findings.split(), "cables": step.cables.split(" ")} for step in w.steps)
    about = {"jobs": w.jobs, "stops": w.stops, "walk_m": round(w.walk_mm / 1000, 1), "naive_walk_m": round(w.naive_mm / 1000, 1)}
    head = json.dumps(about, indent=1).removesuffix("\n}")
    return f'{head},\n "steps": [' + ",".join(f"\n  {json.dumps(step, ensure_ascii=False)}" for step in steps) + "\n ]\n}\n"


def as_text(w: Work) -> str:
    """The list for paper: a heading for each stop, a box for each plug."""
    lines = [summary(w)]
    done: set[int] = set()
    last, told = 0, dict[int, int]()
    for step in w.steps:
        if step.stop != last:
            walk = f"   {step.walk_m:g} m on" if step.walk_m else ""
            lines += ["", f"{step.stop}. {step.rack}{walk}"]
            last = step.stop
        first = told.setdefault(step.job, step.stop)
        again = "" if first == step.stop else f"  (see stop {first})"
        where = f"U{step.unit}  " if step.unit is not None else ""
        lines.append(f"   [ ] {where}job {step.job}: {step.plug}{again}")
        if step.job not in done:
            lines.append(f"       {step.do}")
        done.add(step.job)
    return "\n".join(lines) + "\n"


def summary(w: Work) -> str:
    """Jobs, stops and walk on one line."""
    if not w.jobs:
        return "nothing to do"
    made = f"{w.jobs:,} job{'s' * (w.jobs != 1)} at {w.stops:,} rack{'s' * (w.stops != 1)}"
    if w.naive_mm:
        made += f"; walk {w.walk_mm / 1000:,.0f} m, in the order of the findings {w.naive_mm / 1000:,.0f} m"
    return made
