"""Times and memory of whole campuses compiled in process, and the gain over an object-per-cable program.

Each size is compiled three times, every time in a process of its own, after its imports; the best wall time counts, with the processor time
and the peak memory of that run. It holds the rack design, the plan of the fabric, the floor, every cable routed and cut, the fill of the trays
and the rules. `cable` is the same work done by both programs in one process: trays, paths, every cable with its medium and key, fill, CSV. Both
must agree on every cut length and on the cost, or there is no figure. `ratio` is the peer's processor time over ours. Exit 1 where a limit is
missed.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

import campus_baseline as peer
from rackwright.build.hall import cable, wire
from rackwright.build.hall import site as sites
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.medium import Sums
from rackwright.build.hall.stand import Stand, stood
from rackwright.build.hall.template import Template
from rackwright.catalog.loader import Catalog
from rackwright.flow import hall
from rackwright.flow.pipeline import Design

SPEC = Path(__file__).resolve().parents[1] / "examples" / "halls" / "campus-1gw.yaml"
DAY = "2026-01-01"
ROUNDS = 3
# Racks of 72: 114 are 8,208 accelerators, 2 x 456 are 65,664, and the example as it is 516,096.
SIZES: dict[str, list[str]] = {
    "8k": ["halls=1", "racks.gpu.count=114", "unit=38"],
    "65k": ["halls=2", "racks.gpu.count=456", "unit=38"],
    "516k": [],
}
LIMITS = {"campus.8k": 0.5, "campus.65k": 1.5, "campus.516k": 8.0}
MOST_MB = 1500.0
LEAST_RATIO = 20.0
LEGS = 2  # of every switch cage in this campus


@dataclass(frozen=True)
class Figure:
    """One measured figure. `peer` names what `ratio` compares with."""

    name: str
    value: float
    unit: str
    peer: str | None
    ratio: float | None
    cpu_s: float
    peak_mb: float
    accelerators: int
    cables: int

    @property
    def missed(self) -> bool:
        """Whether a promise is broken."""
        late = self.value > LIMITS.get(self.name, float("inf"))
        return late or self.peak_mb > MOST_MB or (self.ratio is not None and self.ratio < LEAST_RATIO)


def clocks() -> tuple[float, float]:
    """Wall and processor time."""
    return time.perf_counter(), time.process_time()


def once(size: str) -> dict[str, Any]:
    """Compile one size in this process."""
    import scipy.sparse.csgraph  # noqa: F401, PLC0415  imports do not count, and this one comes late

    wall, cpu = clocks()
    tables = hall.compile_hall(str(SPEC), as_of=DAY, sets=SIZES[size]).tables
    took = [b - a for a, b in zip((wall, cpu), clocks())]
    value = dict(tables["summary"].select("key", "value").iter_rows())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"wall": took[0], "cpu": took[1], "peak": peak, "accelerators": int(value["accelerators"]), "cables": int(value["fabric_cables"])}


def measured(size: str) -> Figure:
    """The best of several processes."""
    runs = [json.loads(subprocess.run([sys.executable, __file__, "--once", size], check=True, capture_output=True).stdout) for _ in range(ROUNDS)]
    best = min(runs, key=lambda r: float(r["wall"]))
    return Figure(
        f"campus.{size}", round(best["wall"], 3), "s", None, None, round(best["cpu"], 3), round(best["peak"], 1), best["accelerators"], best["cables"]
    )


@dataclass(frozen=True)
class Campus:
    """A planned campus, ready to be cabled."""

    work: hall._Work
    designs: dict[str, Design]
    templates: list[list[Template]]
    wired: list[wire.Wired]
    stand: Stand
    site: sites.Site

    def cabled(self, out: Path) -> tuple[pl.DataFrame, Sums, Ground]:
        """What `campus_baseline.run` does, and who is wired to whom besides."""
        ground = self.work.ground(self.designs, self.templates, self.stand, self.site)
        links, sums, _ = self.work.cabled(ground, self.wired)
        assert links is not None
        links.write_csv(out)
        return links, sums[0], ground


def planned(size: str) -> Campus:
    """What both programs begin with."""
    work = hall._Work(hall.read(str(SPEC), sets=SIZES[size]), Catalog(), DAY, lambda stage: None)
    designs = work.designs()
    templates = work.templates(designs)
    wired = work.wired(templates)
    stand = stood(work.spec, wired, sites.pods_per_hall(work.spec))
    return Campus(work, designs, templates, wired, stand, work.site(stand))


def told(campus: Campus, links: pl.DataFrame, sums: Sums, ground: Ground) -> peer.Given:
    """The same campus as objects: trays, risers, boxes with their ports, who is wired to whom, media."""
    ways, paths = ground.paths.ways, ground.paths
    trays = list(zip(ways.a[paths.edge].tolist(), ways.b[paths.edge].tolist(), ways.length_mm[paths.edge].tolist()))
    tap = paths.taps
    risers = [
        peer.Riser(rack, edge, ends, off, z, reach)
        for rack, edge, ends, off, z, reach in zip(
            tap.rack.tolist(), tap.edge.tolist(), zip(ways.a[tap.edge].tolist(), ways.b[tap.edge].tolist()), zip(*paths.off_mm.tolist()),
            tap.z_mm.tolist(), tap.reach_mm.tolist(),
        )
    ]  # fmt: skip
    devices: dict[int, peer.Device] = {}
    (own,), planes = campus.templates[0], campus.wired[0].wish.planes
    for rack in range(campus.site.compute):
        for i in range(len(own)):
            number = int(ground.device_first[rack] + own.device[i])
            box = devices.setdefault(number, peer.Device(number, rack, int(own.device[i]), {}))
            for leg in range(planes):
                box.ports[int(own.port[i]) * planes + leg] = (4 * rack + int(own.riser[i]), int(own.z_mm[i]), int(own.run_mm[i]))
    cages = int(campus.wired[0].parts[0].number("cages") or 0)
    for at, (rack, unit) in enumerate(zip((campus.stand.rack + campus.site.compute).tolist(), campus.stand.unit.tolist())):
        z = round(ground.base_mm + (unit - 0.5) * ground.unit_mm)
        ports = {p: (4 * rack + (p // LEGS >= cages / 2), z, cable.SWITCH_RUN_MM) for p in range(cages * LEGS)}
        devices[ground.switch_first + at] = peer.Device(ground.switch_first + at, rack, unit, ports)
    media = {
        tier: [
            peer.Medium(int(upto), int(sku), int(menu.stock_mm[sku]), int(menu.area_mm2_100[sku]), int(menu.cost_cents[sku]))
            for upto, sku in zip(menu.upto_mm, menu.best)
        ]
        for tier, menu in sums.menus.items()
    }
    columns = ("tier", "plane", "rail", "a_device_id", "a_port", "b_device_id", "b_port", "speed_gbps")
    return peer.Given(trays, risers, devices, links.select(columns).rows(), media, ground.rule.slack_permille, ground.rule.loop_mm)


def cabled(size: str, folder: Path) -> Figure:
    """Both programs over the same campus, and whether they agree."""
    campus = planned(size)
    times, first = [], campus.cabled(folder / "ours.csv")
    for _ in range(ROUNDS):
        wall, cpu = clocks()
        campus.cabled(folder / "ours.csv")
        times.append([b - a for a, b in zip((wall, cpu), clocks())])
    links, sums, ground = first
    given = told(campus, links, sums, ground)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _, cpu = clocks()
    answer = peer.run(given, folder / "theirs.csv")
    theirs = clocks()[1] - cpu
    cost = sum(int(sums.pieces[t] @ m.cost_cents) for t, m in sums.menus.items())
    if answer.cut_mm != links["length_cut_mm"].to_list() or answer.cost_cents != cost:
        off = sum(a != b for a, b in zip(answer.cut_mm, links["length_cut_mm"].to_list()))
        sys.exit(f"{off} of {links.height} cut lengths differ; cost {cost} here, {answer.cost_cents} in the baseline")
    wall, cpu = min(times)
    ratio = round(theirs / min(t[1] for t in times), 1)
    racks = campus.site.compute
    return Figure(f"cable.{size}", round(wall, 3), "s", "object-per-cable", ratio, round(cpu, 3), round(peak, 1), racks * 72, links.height)


def main() -> int:
    """Print the figures, one a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--once", choices=SIZES, help="only compile this size, once (for its peak memory)")
    arguments = parser.parse_args()
    if arguments.once:
        print(json.dumps(once(arguments.once)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        made = [*map(measured, SIZES), cabled("65k", Path(folder))]
    if not arguments.json:
        print(f"{'figure':14} {'best':>8}  {'limit':>6}  {'cpu':>7}  {'peak':>8}  {'accelerators':>12}  {'cables':>9}  peer")
    for f in made:
        if arguments.json:
            print(json.dumps(asdict(f)))
            continue
        against = f"{f.ratio} x less processor time than {f.peer}" if f.ratio else ""
        limit = f"{LIMITS[f.name]:g} s" if f.name in LIMITS else ""
        size = f"{f.accelerators:12,}  {f.cables:9,}"
        print(f"{f.name:14} {f.value:6.3f} s  {limit:>6}  {f.cpu_s:5.2f} s  {f.peak_mb:5.0f} MB  {size}  {against}".rstrip())
    missed = [f.name for f in made if f.missed]
    if missed:
        print(f"missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
