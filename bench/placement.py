"""What placement by cost saves: dollars, metres and watts of cables and modules next to naive rows, and a bound: three halls, two of them twice.

Naive rows: racks along the rows in the order of the spec, switches packed pod by pod into switch racks that stand at the start, in the middle, or
at the end of each row, or in rows of their own; whichever of these the hall has room for. Ours: the same racks with switches placed by cost, and
with all of them placed by cost. The bound is a cost that no placement undercuts; what lies between it and ours may or may not be there to gain.
HPL-2015-8 (Agarwal, Mudigonda, Yalagandula, Mogul: An Algorithmic Approach to Datacenter Cabling, 2015) reports up to 38 % less than the placements
known before it, on other topologies and on Ethernet cables of its day: a figure to hold ours against, not one we reproduce. Exit 1 where ours is
above naive.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from figures import Figure
from rackwright.base.findings import DesignError
from rackwright.flow.hall import compile_hall

HALLS = Path(__file__).resolve().parents[1] / "examples" / "halls"
DAY = "2026-01-01"
NAIVE = ("start", "middle", "end", "rows")
OURS = {"switches": ("placement.switches=cost",), "switches and racks": ("placement.switches=cost", "placement.racks=cost")}
ANY = "[dac, acc, aec, aoc, fibre]"  # the published bill of the H100 hall has no copper
ONE = ("network.spread=1",)  # racks of switches in one series: what naive rows are held against
SPECS: dict[str, tuple[str, tuple[str, ...]]] = {
    "h100-superpod-4su": ("h100-superpod-4su", ONE),
    "h100-superpod-4su, any media": ("h100-superpod-4su", (f"fabrics.compute.media={ANY}", f"fabrics.storage.media={ANY}", *ONE)),
    "gb200-superpod-2su": ("gb200-superpod-2su", ONE),
    "dual-plane-512": ("dual-plane-512", ONE),
    "dual-plane-512, one plane of 800G": ("dual-plane-512", ("fabrics.backend.planes=1", *ONE)),
}


@dataclass(frozen=True)
class Layout:
    """One layout of one hall. `below_pct`, `shorter_pct`: than the cheapest of the naive rows; `below_worst_pct`: than the dearest of them.
    `bound_usd` is what no layout of this freedom undercuts.
    """

    hall: str
    layout: str
    cost_usd: float
    length_m: float
    power_w: float
    unreached: int
    below_pct: float
    below_worst_pct: float
    shorter_pct: float
    bound_usd: float | None
    compile_s: float

    def figures(self) -> list[Figure]:
        """Cost, length and power as the other benchmarks tell theirs; `ratio` is what naive rows of the least cost take over this."""
        name, peak = f"placement.{self.hall}.{self.layout}", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        beside = (
            ("cost", self.cost_usd, "USD", self.below_pct),
            ("length", self.length_m, "m", self.shorter_pct),
            ("power", self.power_w, "W", None),
        )
        return [
            Figure(f"{name}.{what}", round(value, 1), unit, "naive rows" if less is not None else None,
                   round(1 / (1 - less / 100), 3) if less is not None else None, self.compile_s, round(peak, 1))
            for what, value, unit, less in beside
        ]  # fmt: skip


def layouts(name: str) -> list[Layout]:
    """All layouts of a hall, naive ones first."""
    spec, sets = SPECS[name]
    rows: list[tuple[str, dict[str, float], float | None, float]] = []
    for network in NAIVE:
        try:
            table, seconds = placed(spec, (*sets, f"floor.network={network}", *OURS["switches"]))
        except DesignError:
            continue  # no room for switches there
        rows.append((f"naive, switches at {network}" if network != "rows" else "naive, switches in rows of their own", table["order"], None, seconds))
    for layout, wish in OURS.items():
        table, seconds = placed(spec, (*sets, *wish))
        rows.append((layout, table["cost"], table["bound"]["weight_usd"], seconds))
    naive = [r[1] for r in rows if r[2] is None]
    best, worst = (pick(naive, key=lambda r: r["weight_usd"]) for pick in (min, max))
    return [
        Layout(
            name, layout, row["cost_usd"], row["length_mm"] / 1000, row["power_w"], int(row["unreached"]), below(row, best, "cost_usd"),
            below(row, worst, "cost_usd"), below(row, best, "length_mm"), bound, round(seconds, 2),
        )
        for layout, row, bound, seconds in rows
    ]  # fmt: skip


def placed(spec: str, sets: tuple[str, ...]) -> tuple[dict[str, dict[str, float]], float]:
    """Table `placements` of a hall by layout, and the processor time of its compilation."""
    start = time.process_time()
    design = compile_hall(str(HALLS / f"{spec}.yaml"), as_of=DAY, sets=list(sets))
    seconds = time.process_time() - start
    return {r["layout"]: r for r in design.tables["placements"].iter_rows(named=True)}, seconds


def below(row: dict[str, float], than: dict[str, float], column: str) -> float:
    """Percent."""
    return round(100 * (1 - row[column] / than[column]), 1)


def main() -> int:
    """Prints the figures; 1 where ours costs more than naive rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("halls", nargs="*", default=list(SPECS), help=f"some of: {', '.join(SPECS)}")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    found = []
    for f in (f for name in options.halls for f in layouts(name)):
        found.append(f)
        if options.json:
            for figure in f.figures():
                print(json.dumps(asdict(figure)), flush=True)
        else:
            bound = f"; bound {f.bound_usd:12,.0f} USD" if f.bound_usd is not None else ""
            print(
                f"{f.hall:34} {f.layout:36} {f.cost_usd:12,.0f} USD {f.below_pct:6.1f} % {f.length_m:9,.0f} m {f.shorter_pct:6.1f} % "
                f"{f.power_w:9,.0f} W{bound}"
            )
    return int(any(f.bound_usd is not None and f.below_pct < 0 for f in found))


if __name__ == "__main__":
    sys.exit(main())
