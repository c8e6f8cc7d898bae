"""Every fabric of a hall asked the usual questions, plane by plane; planes that are alike are asked once.

Are all endpoints joined; how oversubscribed is each tier as built; what do permutation, ring, all-to-all and rail traffic load and get, spread as a
fluid and hashed flow by flow; how wide is the bisection and what can any routing reach; what does the loss of any switch, cable or module cost.
Writes network_results, network_loads, network_failures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.schema.tables import Tables, frame
from rackwright.sim.network import ecmp, outages, torus_study
from rackwright.sim.network.answers import SEED, Answer, Fabric, answers, loss_answers
from rackwright.sim.network.modules import together
from rackwright.sim.network.naming import Names, OfCable, with_cables
from rackwright.sim.network.outages import Cost, Outage
from rackwright.sim.network.planes import Failed, Plane, planes
from rackwright.sim.network.torus import torus

Progress = Callable[[str], None]
Row = dict[str, object]


READS = (
    "design_devices",
    "fabric_cables",
    "fabric_circuits",
    "fabric_skus",
    "fabric_switches",
    "fabrics",
    "hall_racks",
    "halls",
    "nic_ports",
    "switch_ports",
)


@stage(reads=READS, writes=("network_failures", "network_loads", "network_results"))
def run(t: Tables, failed: Failed | None = None, progress: Progress = lambda _: None) -> dict[str, pl.DataFrame]:
    """All answers, loads of all tiers and the costs of all losses. Where something has `failed`: answers and loads of what is left."""
    results: list[Row] = []
    loads: list[Row] = []
    failures: list[Row] = []
    names = Names(t)
    for fabric, name, topology in t["fabrics"].select("fabric_id", "fabric", "topology").sort("fabric_id").iter_rows():
        if topology == "torus":
            judged = torus_study.Judged(torus(t, fabric, failed))
            said = partial(_say, progress, name)
            results += [_row(fabric, 0, 1, a) for a in torus_study.answers(judged, said)]
            loads += [r | {"fabric_id": fabric, "plane": 0} for r in torus_study.loads(judged)]
            if not failed:
                rows = torus_study.costs(judged, names, said)
                results += [_row(fabric, 0, 1, a) for a in torus_study.loss_answers(judged, rows)]
                failures += [r | {"fabric_id": fabric, "plane": 0} for r in rows]
            continue
        for p in planes(t, fabric, failed):
            said = partial(_say, progress, f"{name} plane {p.plane + 1}")
            made = Fabric.of(p)
            results += [_row(fabric, p.plane, p.alike, a) for a in answers(made, said)]
            loads += [r | {"fabric_id": fabric, "plane": p.plane} for r in _loads(made)]
            if failed:
                continue
            costs = _costs(t, p, said)
            results += [_row(fabric, p.plane, p.alike, a) for a in loss_answers(made, costs)]
            failures += [_failure(names, p, c) for c in costs]
    for i, (row, example) in enumerate(zip(failures, with_cables(t, [r["example"] for r in failures]), strict=True)):
        row |= {"failure_id": i, "example": example}
    return {
        "network_results": frame("network_results", results),
        "network_loads": frame("network_loads", loads),
        "network_failures": frame("network_failures", failures),
    }


def _say(progress: Progress, where: str, step: str) -> None:
    progress(f"{where}: {step}")


def _row(fabric: int, plane: int, alike: int, answer: Answer) -> Row:
    question, title, value, unit, note = answer
    known = None if value is None or not np.isfinite(value) else float(value)
    return {"fabric_id": fabric, "plane": plane, "planes": alike, "question": question, "title": title, "value": known, "unit": unit, "note": note}


def _loads(made: Fabric) -> Iterator[Row]:
    for name, loads in made.loads.items():
        by_tier = ecmp.by_tier(made.graph, loads)
        columns = (by_tier.tier, by_tier.links, by_tier.max_gbps, by_tier.mean_gbps, by_tier.utilisation, by_tier.imbalance)
        names = ("tier", "links", "load_max_gbps", "load_mean_gbps", "utilisation", "imbalance")
        for values in zip(*(c.tolist() for c in columns), strict=True):
            yield {"traffic": name, **dict(zip(names, values, strict=True))}


def _costs(t: Tables, p: Plane, progress: Progress) -> list[Cost]:
    """Every switch, cable and module lost alone; those that cost most first."""
    found = list(outages.switches(p.graph, p.level))
    for each in together(t, p):
        found += outages.groups(p.graph, each.what, each.link, each.host, each.side)
    made = outages.costs(p.graph, found, SEED, p.group, progress)
    return sorted(made, key=lambda c: (-c.endpoints, c.permutation if c.permutation == c.permutation else 2.0, c.outage.what))


def _failure(names: Names, p: Plane, cost: Cost) -> Row:
    known = {name: value if value == value else None for name, value in (("permutation", cost.permutation), ("all_to_all", cost.all_to_all))}
    return {
        "fabric_id": p.fabric_id,
        "plane": p.plane,
        "what": cost.outage.what,
        "example": _example(names, p, cost.outage),
        "count": cost.outage.count,
        "endpoints": int((p.graph.host_leaf >= 0).sum()),
        "endpoints_lost": cost.endpoints,
        "share_permutation": known["permutation"],
        "share_all_to_all": known["all_to_all"],
        "share_uplinks": cost.uplinks,
    }


def _example(names: Names, p: Plane, outage: Outage) -> str | OfCable:
    """The switch, the cable, or the plug of the module that an outage begins with."""
    if outage.switches.size:
        return names.name(int(p.device[outage.switches[0]]))
    return OfCable(int(p.link_row[outage.links[0]] if outage.links.size else p.host_row[outage.hosts[0]]), outage.side)
