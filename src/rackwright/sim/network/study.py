"""Every fabric of a hall asked the usual questions: reads fabrics, fabric_switches, fabric_cables; writes network_results.

Questions per plane: are all endpoints joined, how oversubscribed is each tier as built, what share of line rate do permutation, all-to-all and
rail traffic get under ECMP, how wide is the bisection, what does the worst switch take along.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.schema.tables import Tables, frame
from rackwright.sim.network import articulation, bisection, connectivity, ecmp, traffic
from rackwright.sim.network.graph import Graph, Ints

Answer = tuple[str, str, float | None, str, str]
SEED = 1
SMALL = 2500  # switches of a plane up to which every switch is lost once


@stage(reads=("fabric_cables", "fabric_switches", "fabrics"), writes=("network_results",))
def run(t: Tables) -> dict[str, pl.DataFrame]:
    """One row per question, fabric and plane."""
    rows = []
    for fabric in t["fabrics"]["fabric_id"].to_list():
        for plane, (graph, rail) in enumerate(planes(t, fabric)):
            for question, title, value, unit, note in answers(graph, rail):
                known = None if value is None or not np.isfinite(value) else float(value)
                rows.append({"fabric_id": fabric, "plane": plane, "question": question, "title": title, "value": known, "unit": unit, "note": note})
    return {"network_results": frame("network_results", rows)}


def planes(t: Tables, fabric: int) -> Iterator[tuple[Graph, Ints]]:
    """Each plane of a fabric as a graph of its own, with the rail of every host."""
    switches = t["fabric_switches"].filter(pl.col("fabric_id") == fabric)
    cables = t["fabric_cables"].filter(pl.col("fabric_id") == fabric)
    for plane in sorted(cables["plane"].unique().to_list()):
        own = cables.filter(pl.col("plane") == plane)
        device = np.sort(switches.filter(pl.col("plane") == plane)["device_id"].to_numpy())
        a, b, tier = (own[c].to_numpy() for c in ("a_device_id", "b_device_id", "tier"))
        is_host = tier == 0
        place = np.searchsorted(device, b)
        up = ~is_host
        yield (
            Graph(
                n=device.size,
                a=np.searchsorted(device, a[up]).astype(np.int32),
                b=place[up].astype(np.int32),
                capacity_gbps=own["speed_gbps"].to_numpy()[up],
                tier=tier[up],
                plane=np.zeros(int(up.sum()), np.uint8),
                host_leaf=place[is_host].astype(np.int32),
                host_gbps=own["speed_gbps"].to_numpy()[is_host],
                host_plane=np.zeros(int(is_host.sum()), np.uint8),
            ),
            own["rail"].to_numpy()[is_host].astype(np.int64),
        )


def answers(graph: Graph, rail: Ints) -> Iterator[Answer]:
    """The questions that apply to one plane."""
    joined = connectivity.reach(graph)
    cut_off = int(joined.unreachable.sum())
    yield "unreachable", "Endpoints that cannot reach the others", cut_off, "ports", "real connectivity over the cables"
    over = connectivity.oversubscription(graph)
    for tier, least, most in zip(over.tier.tolist(), over.least.tolist(), over.greatest.tolist(), strict=True):
        yield f"oversubscription_{tier}", f"Oversubscription of tier {tier}", most, "1", f"speed below over speed above; least {least:.3g}"
    group = None if not cut_off else rail
    for name, title, asked in (
        ("permutation", "a random permutation", traffic.permutation(graph, SEED, group)),
        ("shift", "the hard permutation (half way round)", traffic.shift(graph, group)),
        ("all_to_all", "all-to-all", traffic.all_to_all(graph, group)),
        ("rail", "all-to-all on each rail", traffic.rail_wise(graph, rail)),
    ):
        worst = ecmp.link_loads(graph, asked).worst_utilisation(graph)
        share = min(1.0, 1 / worst) if worst > 0 else 1.0
        yield f"{name}_share", f"Share of line rate under {title}", share, "1", "equal split over shortest paths (ECMP), fluid"
    if cut_off:
        yield "bisection_gbps", "Bisection", None, "Gb/s", "the fabric is in parts"
    else:
        half = bisection.bisection(graph)
        yield "bisection_gbps", "Bisection", half.lower_gbps, "Gb/s", f"proved by: {half.lower}; a cut of {half.upper_gbps:,.0f} was found"
    if graph.n <= SMALL:
        points = articulation.single_points(graph)
        worst_switch = float(points.cut_by_switch.max(initial=0))
        yield "switch_loss", "Endpoints that the loss of one switch cuts off, at worst", worst_switch, "ports", "every switch lost alone"
        yield "cable_loss", "Cables whose loss parts the fabric", float(points.is_bridge.sum()), "pcs", "cables of endpoints left out"
