"""What benchmarks with a process for each figure share: the figure, the best of several rounds, and the command line."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

ROUNDS = 3


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


def best_of(work: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Best wall time and its processor time, after one unmeasured round."""
    if rounds > 1:
        work()
    times = []
    for _ in range(rounds):
        start, cpu = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - start, time.process_time() - cpu))
    return min(times)


def main(about: str | None, file: str, work: Mapping[str, tuple[Callable[[], Figure], float | None]], least: Mapping[str, float]) -> int:
    """Print the figures, one a line, each measured by `file` in a process of its own; 1 where one is over its limit or its ratio under `least`."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--only", choices=list(work), help="this figure alone, in this process")
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps(asdict(_measured(arguments.only, work[arguments.only][0]))))
        return 0
    late = []
    for name, (_, limit) in work.items():
        done = subprocess.run([sys.executable, file, "--only", name], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{name}: {done.stderr}")
        f = Figure(**json.loads(done.stdout))
        peer = f"{f.ratio} x faster than {f.peer}" if f.ratio else ""
        line = f"{f.name:38} {f.value * 1000:9.1f} ms  {f.cpu_s:6.3f} s  {f.peak_mb:5.0f} MB  {peer}".rstrip()
        print(json.dumps(asdict(f)) if arguments.json else line, flush=True)
        if (limit is not None and f.value > limit) or (f.ratio or least.get(name, 0.0)) < least.get(name, 0.0):
            late.append(name)
    if late:
        print(f"over their limit: {', '.join(late)}", file=sys.stderr)
    return 1 if late else 0


def _measured(name: str, work: Callable[[], Figure]) -> Figure:
    made = work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ratio = made.ratio and round(made.ratio, 1)
    return Figure(name, round(made.value, 5), made.unit, made.peer, ratio, round(made.cpu_s, 5), round(peak, 1))
