"""`make demo`: build every example rack with the command line, then print what they amount to and where their reports are."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples" / "racks"
COLUMNS = ("accelerators", "power_it_w", "mass_kg", "cables_loose", "scale_up_links", "cost_usd")
HEAD = ("rack", "accelerators", "IT power", "mass", "cables", "cost", "findings", "seconds")


def build(spec: Path, out: Path) -> float:
    """Build one example; the seconds it took from a cold start. Messages are shown only where it fails."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "rackwright", "build", str(spec.relative_to(ROOT)), "-o", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command[2:])} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return time.perf_counter() - start


def row(name: str, package: Path, seconds: float) -> tuple[str, ...]:
    """Key figures of one package as text, from its tables."""
    summary = pl.read_parquet(package / "tables" / "summary.parquet")
    figures = {r["key"]: r for r in summary.iter_rows(named=True)}
    text = {k: figures[k]["text"] if k in figures else "" for k in COLUMNS}
    cables = sum(int(figures[k]["value"]) for k in ("scale_up_links", "cables_loose") if k in figures)
    table = pl.read_parquet(package / "tables" / "findings.parquet")
    found, waived = table.filter(pl.col("waiver").is_null())["severity"], table["waiver"].count()
    counts = [f"{(found == s).sum()} {s}{'s' if (found == s).sum() != 1 else ''}" for s in ("error", "warning", "info") if (found == s).any()]
    findings = ", ".join([*counts, f"{waived} waived"] if waived else counts) or "none"
    return name, text["accelerators"], text["power_it_w"], text["mass_kg"], f"{cables:,}", text["cost_usd"], findings, f"{seconds:.1f}"


def main(argv: list[str]) -> int:
    """Build all examples into the folder named and print a table."""
    out = ROOT / (argv[0] if argv else "out/demo")
    out.mkdir(parents=True, exist_ok=True)
    rows: list[tuple[str, ...]] = [HEAD]
    specs = sorted(EXAMPLES.glob("*.yaml"))
    for spec in specs:
        print(f"building {spec.relative_to(ROOT)} ...", file=sys.stderr, flush=True)
        rows.append(row(spec.stem, out / spec.stem, build(spec, out / spec.stem)))
    widths = [max(len(r[i]) for r in rows) for i in range(len(HEAD))]
    for r in rows:
        print("  ".join(v.ljust(w) if i in (0, 6) else v.rjust(w) for i, (v, w) in enumerate(zip(r, widths, strict=True))).rstrip())
    print("\nReports, one self-contained file each:")
    for spec in specs:
        print(f"  {(out / spec.stem / 'report.html').relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
