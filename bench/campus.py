"""Times and memory of whole campuses built in process, of one unit edited, of two campuses compared, and the gain over an object-per-cable program.

`campus` is a whole build: rack design, plan of the fabric, floor, every cable routed and cut, fill of the trays, rules, and the package with every
table, cable list, label and cut sheet written to a temporary folder (`build --no-pictures`); `pictured` is the same with report, drawings and viewer.
`edit` is the same campus with one of its units of another rack design. `edit.cold` and `edit.session` compile and check it: a process that has
imported what it needs and finds the package of the first on disk, and a session that holds the first, in which whatever follows from the edit is made
again, down to single tables and rules. `edit.process` and `edit.cli` write the package as well: the session, and the command with its imports. `diff`
reads two such packages and compares them. `cable` is what both programs do in one process: every cable routed, with its medium, key and fill, as CSV.
They must agree on every cut length, or there is no figure; the other one chooses the medium of each link by itself, which is less than ours does.
`ratio` is the peer's processor time over ours.

Every figure is the best of three, all but `cable` in processes of their own, after imports (but for `edit.cli`). Exit 1 where a limit is missed.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when NumPy is imported, by this process and those it starts

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from math import log
from pathlib import Path

import polars as pl

import campus_baseline as peer
from figures import ROUNDS, Figure
from rackwright.build.hall.ends import SWITCH_RUN_MM
from rackwright.flow import hall, package, store
from rackwright.flow.compile import compile_file
from rackwright.flow.diff import diff
from rackwright.flow.hall_laid import Laid

SPEC = Path(__file__).resolve().parents[1] / "examples" / "halls" / "campus-1gw.yaml"
RACK = "../racks/gb200-nvl72.yaml@gb300"
DAY = "2026-01-01"
# Racks of 72: 114 are 8,208 accelerators, 2 x 456 are 65,664, and the example as it is 516,096.
SIZES: dict[str, list[str]] = {
    "8k": ["halls=1", "racks.gpu.count=114", "unit=38"],
    "65k": ["halls=2", "racks.gpu.count=456", "unit=38"],
    "516k": [],
}
TWO = [f"designs={{gpu: ../racks/gb200-nvl72.yaml@gb300-hpr, other: {RACK}}}"]
EDIT = ["units={2: {design: other}}"]
LIMITS = {"campus.8k": 0.5, "campus.65k": 1.5, "campus.516k": 8.0, "edit.cold.516k": 0.6, "edit.session.516k": 0.05, "diff.516k": 0.2}
MOST_MB = 1500.0
MOST_EXPONENT = 1.0
LEAST_RATIO = 20.0
EDITS = 12  # of a session; the first is not counted
LEGS = 2  # of every switch cage in this campus


def is_missed(f: Figure) -> bool:
    """Whether a promise is broken."""
    late = f.value > (MOST_EXPONENT if f.unit == "1" else LIMITS.get(f.name, float("inf")))
    return late or f.peak_mb > MOST_MB or (f.ratio is not None and f.ratio < LEAST_RATIO)


def timed(run: Callable[[], object]) -> dict[str, float]:
    """Wall and processor time of a call, and the peak memory of the process after it."""
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    return took | {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def built(sets: list[str], out: Path, session: hall.Session | None = None, *, pictures: bool = True) -> None:
    """Compile the campus and write its package over what stands there."""
    kept = store.kept(out)
    if session:
        package.build(session.compiled(hall.read(str(SPEC), sets=sets), as_of=DAY, kept=kept), out, sets=sets, pictures=pictures)
    else:
        package.build(compile_file(str(SPEC), as_of=DAY, sets=sets, kept=kept), out, sets=sets, pictures=pictures)


def once(what: str, size: str) -> dict[str, float]:
    """Measure one thing in this process."""
    import scipy.sparse.csgraph  # noqa: F401, PLC0415  imports do not count, and this one comes late

    with tempfile.TemporaryDirectory() as folder:
        a, b = Path(folder) / "a", Path(folder) / "b"
        small = compile_file(str(SPEC.with_name("gb200-superpod-2su.yaml")), as_of=DAY)  # whatever else is imported late
        package.build(small, b)
        if what in {"campus", "pictured"}:
            return timed(lambda: built(SIZES[size], a, pictures=what == "pictured"))
        if what == "edit.session":
            return warm([*SIZES[size], *TWO])
        if what == "edit.cold":
            subprocess.run(command(size, a), check=False, capture_output=True)
            day, sets = str(datetime.now(tz=UTC).date()), [*SIZES[size], *TWO, *EDIT]
            return timed(lambda: compile_file(str(SPEC), as_of=day, sets=sets, kept=store.kept(a)))
        session = hall.Session() if what == "edit.process" else None
        built([*SIZES[size], *TWO], a, session)
        if session:
            return timed(lambda: built([*SIZES[size], *TWO, *EDIT], a, session))
        shutil.rmtree(b)
        shutil.copytree(a, b, copy_function=os.link)
        built([*SIZES[size], *TWO, *EDIT], b)
        return min((timed(lambda: compared(a, b)) for _ in range(ROUNDS)), key=lambda t: t["wall"])


def warm(sets: list[str]) -> dict[str, float]:
    """One unit edited there and back in a session, the edit timed."""
    session, took = hall.Session(), []
    for _ in range(EDITS):
        session.compiled(hall.read(str(SPEC), sets=sets), as_of=DAY)
        took.append(timed(lambda: session.compiled(hall.read(str(SPEC), sets=[*sets, *EDIT]), as_of=DAY)))
    return min(took[1:], key=lambda t: t["wall"])


def compared(a: Path, b: Path) -> None:
    """What changes from one package to the other."""
    one, two = store.read_two(a, b)
    diff(one.tables, two.tables)


def cold(size: str) -> dict[str, float]:
    """One unit edited, by the command: a new process, with everything it imports; compiled modules are there, as after an installation."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        first = command(size, Path(folder) / "out")
        subprocess.run(first, check=False, capture_output=True, env=env)
        wall = time.perf_counter()
        edit = subprocess.Popen([*first, "--set", EDIT[0]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
        own = os.wait4(edit.pid, 0)[2]
        return {"wall": time.perf_counter() - wall, "cpu": own.ru_utime + own.ru_stime, "peak": own.ru_maxrss / 1024}


def command(size: str, out: Path) -> list[str]:
    """What builds the first campus."""
    words = [word for change in [*SIZES[size], *TWO] for word in ("--set", change)]
    return [sys.executable, "-m", "rackwright", "build", str(SPEC), "-o", str(out), *words]


def measured(what: str, size: str) -> Figure:
    """The best of several processes."""
    this = [sys.executable, __file__, "--once", what, size]
    runs = [cold(size) if what == "edit.cli" else json.loads(subprocess.run(this, check=True, capture_output=True).stdout) for _ in range(ROUNDS)]
    best = min(runs, key=lambda r: float(r["wall"]))
    return Figure(f"{what}.{size}", round(best["wall"], 3), "s", None, None, round(best["cpu"], 3), round(best["peak"], 1))


def exponent(small: Figure, large: Figure) -> Figure:
    """By which power of the size the processor time grows."""
    ratio = 516_096 / 65_664
    return Figure("campus.exponent", round(log(large.cpu_s / small.cpu_s) / log(ratio), 3), "1", None, None, large.cpu_s, large.peak_mb)


def cabled(laid: Laid, out: Path) -> pl.DataFrame:
    """What `campus_baseline.run` does, and who is wired to whom besides."""
    links = pl.concat([m.links.rows for m in laid.cabled({}).made.values()])
    links.drop("leg", "fabric_id").write_csv(out)  # the other one has neither
    return links


def told(laid: Laid, links: pl.DataFrame) -> peer.Given:
    """The same campus as objects: trays, risers, boxes with their ports, who is wired to whom, media."""
    ground = laid.ground
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
    (own,), planes = ground.templates[0][:1], laid.wired[0].wish.planes
    for rack in range(laid.site.compute):
        for i in range(len(own)):
            number = int(ground.device_first[rack] + own.device[i])
            box = devices.setdefault(number, peer.Device(number, rack, int(own.device[i]), {}))
            for leg in range(planes):
                box.ports[int(own.port[i]) * planes + leg] = (4 * rack + int(own.riser[i]), int(own.z_mm[i]), int(own.run_mm[i]))
    cages = int(laid.wired[0].parts[0].number("cages") or 0)
    for at, (rack, unit) in enumerate(zip((laid.stand.rack + laid.site.compute).tolist(), laid.stand.unit.tolist())):
        z = round(ground.base_mm + (unit - 0.5) * ground.unit_mm)
        ports = {p: (4 * rack + (p // LEGS >= cages / 2), z, SWITCH_RUN_MM) for p in range(cages * LEGS)}
        devices[ground.switch_first + at] = peer.Device(ground.switch_first + at, rack, unit, ports)
    media = {
        kind.tier: [
            peer.Medium(int(upto), int(sku), int(m.stock_mm[sku]), int(m.area_mm2_100[sku]), int(m.cost_cents[sku]))
            for m in (kind.menu,)
            for upto, sku in zip(m.stairs.upto_mm, m.stairs.best)
        ]
        for kind in laid.media[0].kinds
    }
    columns = ("tier", "plane", "rail", "a_device_id", "a_port", "b_device_id", "b_port", "speed_gbps")
    return peer.Given(trays, risers, devices, links.select(columns).rows(), media, ground.rule.slack_permille, ground.rule.loop_mm)


def against_objects(size: str, folder: Path) -> Figure:
    """Both programs over the same campus, and whether they agree."""
    laid = hall.laid_out(hall.read(str(SPEC), sets=SIZES[size]), as_of=DAY)
    links = cabled(laid, folder / "ours.csv")
    ours = min((timed(lambda: cabled(laid, folder / "ours.csv")) for _ in range(ROUNDS)), key=lambda t: t["cpu"])
    given = told(laid, links)
    answer, theirs = peer.run(given, folder / "theirs.csv"), float("inf")
    for _ in range(ROUNDS):
        cpu = time.process_time()
        peer.run(given, folder / "theirs.csv")
        theirs = min(theirs, time.process_time() - cpu)
    if answer.cut_mm != links["length_cut_mm"].to_list():
        off = sum(a != b for a, b in zip(answer.cut_mm, links["length_cut_mm"].to_list()))
        sys.exit(f"{off} of {links.height} cut lengths differ")
    ratio = round(theirs / ours["cpu"], 1)
    return Figure(f"cable.{size}", round(ours["wall"], 3), "s", "object-per-cable", ratio, round(ours["cpu"], 3), round(ours["peak"], 1))


def figures(sizes: list[str]) -> list[Figure]:
    """Everything that is measured."""
    made = [measured("campus", size) for size in sizes]
    if {"65k", "516k"} <= set(sizes):
        made.append(exponent(made[sizes.index("65k")], made[sizes.index("516k")]))
    made += [measured("pictured", size) for size in sizes]
    made += [measured(what, sizes[-1]) for what in ("edit.cold", "edit.session", "edit.process", "edit.cli", "diff")]
    with tempfile.TemporaryDirectory() as folder:
        return [*made, against_objects("65k", Path(folder))]


def main() -> int:
    """Print the figures, one a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES), help="only these; the last is edited and compared")
    parser.add_argument("--once", nargs=2, metavar=("WHAT", "SIZE"), help="only measure this, once, in this process")
    arguments = parser.parse_args()
    if arguments.once:
        print(json.dumps(once(*arguments.once)))
        return 0
    made = figures(arguments.sizes)
    if not arguments.json:
        print(f"{'figure':18} {'best':>8}  {'limit':>7}  {'cpu':>7}  {'peak':>8}  peer")
    for f in made:
        if arguments.json:
            print(json.dumps(asdict(f)))
            continue
        against = f"{f.ratio} x less processor time than {f.peer}" if f.ratio else ""
        limit = f"{LIMITS[f.name]:g} s" if f.name in LIMITS else ""
        print(f"{f.name:18} {f.value:6.3f} {f.unit}  {limit:>7}  {f.cpu_s:5.2f} s  {f.peak_mb:5.0f} MB  {against}".rstrip())
    missed = [f.name for f in made if is_missed(f)]
    if missed:
        print(f"missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
