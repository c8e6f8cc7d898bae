"""Times of the command line from a cold start, and of the cabling of an NVL72-class rack next to an object-per-row program.

Each command runs five times as its own process; the best wall time counts, with the processor time and the peak memory of that run. `wire`
is the same work done by both programs, warm, in this process: spec and part files in; ports, links, cables and pairs out as CSV. Both must
agree on the number of links and pairs and on the sum of cut lengths, or there is no figure. `ratio` is the peer's time over ours. Exit 1 where
a limit is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

import baseline
import figures
from rackwright.build.connect import connect
from rackwright.build.expand import expand
from rackwright.build.place import place
from rackwright.build.resolve import resolve
from rackwright.build.route import route
from rackwright.catalog.loader import Catalog
from rackwright.schema.tables import Tables
from rackwright.spec.document import read_file

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples" / "racks").glob("*.yaml"))
PARTS = ROOT / "src" / "rackwright" / "catalog" / "parts"
WIRED = ROOT / "examples" / "racks" / "gb200-nvl72.yaml"
ROUNDS = 5
LIMITS = {"help": 0.3, "check": 1.0, "build": 5.0}


@dataclass(frozen=True)
class Figure(figures.Figure):
    """One measured figure and its promise."""

    @property
    def limit(self) -> float | None:
        """The most it may be, if anything was promised."""
        return LIMITS.get(self.name.partition(".")[0])


def cold(name: str, command: Sequence[str], allowed: Sequence[int] = (0,)) -> Figure:
    """The best of several runs of a command as its own process."""
    best: tuple[float, float, float] | None = None
    for _ in range(ROUNDS):
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert process.stderr is not None
        messages = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stderr.close()
        if process.returncode not in allowed:
            sys.exit(f"{' '.join(command)} ended with {process.returncode}\n{messages.decode()}")
        if best is None or wall < best[0]:
            best = (wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
    assert best is not None
    return Figure(name, round(best[0], 4), "s", None, None, round(best[1], 4), round(best[2], 1))


def wire(spec_file: Path, out: Path) -> tuple[int, int, int]:
    """What `baseline.run` does, with the passes of Rackwright."""
    document = read_file(spec_file, spec_file.name)
    t = Tables(expand(resolve(document, Catalog())))
    for stage in (place, connect, route):
        t = t.put(stage(document.spec, t))
    out.mkdir(parents=True, exist_ok=True)
    for name in ("ports", "links", "cables", "pairs"):
        t[name].write_csv(out / f"{name}.csv")
    up = t["cables"].filter(pl.col("kind") == "scale-up")
    return up.height, t["pairs"].height, int(up["length_cut_mm"].sum())


def best_of(work: Callable[[], tuple[int, int, int]]) -> tuple[float, float, tuple[int, int, int]]:
    """Best wall time, its processor time, and the answer (the first, unmeasured run warms caches for both programs)."""
    answer = work()
    times = []
    for _ in range(ROUNDS):
        start, cpu = time.perf_counter(), time.process_time()
        if work() != answer:
            sys.exit("two runs of the same work differ")
        times.append((time.perf_counter() - start, time.process_time() - cpu))
    return *min(times), answer


def wired(out: Path) -> Figure:
    """Rackwright's cabling of the NVL72-class rack against the object-per-row program."""
    ours, cpu, answer = best_of(lambda: wire(WIRED, out / "ours"))
    theirs, _, other = best_of(lambda: baseline.run(WIRED, PARTS, out / "theirs"))
    if answer != other:
        sys.exit(f"links, pairs and cut lengths differ: {answer} here, {other} in the baseline")
    peak = cold("wire", [sys.executable, __file__, "--wire-into", str(out / "one")]).peak_mb
    return Figure("wire.gb200-nvl72", round(ours, 4), "s", "object-per-row", round(theirs / ours, 2), round(cpu, 4), peak)


def figures() -> list[Figure]:
    """Everything there is to measure, in order."""
    command = [str(Path(sys.executable).with_name("rackwright"))]
    with tempfile.TemporaryDirectory() as folder:
        made = [cold("help", [*command, "--help"])]
        made += [cold(f"check.{p.stem}", [*command, "check", str(p)], (0, 1)) for p in EXAMPLES]
        made += [cold(f"build.{p.stem}", [*command, "build", str(p), "-o", str(Path(folder) / p.stem)], (0, 1)) for p in EXAMPLES]
        made.append(wired(Path(folder)))
    return made


def main() -> int:
    """Print the figures, one a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--wire-into", type=Path, metavar="DIR", help="only do the work of `wire`, once (for its peak memory)")
    arguments = parser.parse_args()
    if arguments.wire_into:
        wire(WIRED, arguments.wire_into)
        return 0
    made = figures()
    if not arguments.json:
        print(f"{'figure':34} {'best':>8}  {'limit':>6}  {'cpu':>7}  {'peak':>8}  peer")
    for f in made:
        if arguments.json:
            print(json.dumps(asdict(f)))
            continue
        peer = f"{f.ratio} x faster than {f.peer}" if f.ratio else ""
        limit = "" if f.limit is None else f"{f.limit:g} s"
        print(f"{f.name:34} {f.value:6.3f} s  {limit:>6}  {f.cpu_s:5.2f} s  {f.peak_mb:5.0f} MB  {peer}".rstrip())
    late = [f.name for f in made if f.limit is not None and f.value > f.limit]
    if late:
        print(f"over their limit: {', '.join(late)}", file=sys.stderr)
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
