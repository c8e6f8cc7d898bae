"""`make demo`: build every example rack and two halls with the command line, then print what they amount to and where their reports are."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
HALLS = ("h100-superpod-1su", "gb200-superpod-2su")
CABLES = ("scale_up_links", "cables_loose", "fabric_cables")
HEAD = ("design", "accelerators", "power", "mass", "cables", "cost", "findings", "seconds")


def build(spec: Path, out: Path) -> float:
    """Build one example; the seconds it took from a cold start. Messages are shown only where it fails."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "rackwright", "build", str(spec.relative_to(ROOT)), "-o", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command[2:])} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return time.perf_counter() - start


def row(name: str, package: Path, seconds: float) -> tuple[str, ...]:
    """Key figures of one package as text, from its tables. Power of a rack is that of its trays, of a hall that at the feeds of its racks."""
    summary = pl.read_parquet(package / "tables" / "summary.parquet")
    figures = {r["key"]: r for r in summary.iter_rows(named=True)}
    text = {k: r["text"] for k, r in figures.items()}
    cables = sum(int(figures[k]["value"]) for k in CABLES if k in figures)
    table = pl.read_parquet(package / "tables" / "findings.parquet")
    found, waived = table.filter(pl.col("waiver").is_null())["severity"], table["waiver"].count()
    counts = [f"{(found == s).sum()} {s}{'s' if (found == s).sum() != 1 else ''}" for s in ("error", "warning", "info") if (found == s).any()]
    findings = ", ".join([*counts, f"{waived} waived"] if waived else counts) or "none"
    power = text.get("power_it_w") or text["power_w"]
    return name, text.get("accelerators", ""), power, text["mass_kg"], f"{cables:,}", text["cost_usd"], findings, f"{seconds:.1f}"


def main(argv: list[str]) -> int:
    """Build all examples into the folder named and print a table."""
    out = ROOT / (argv[0] if argv else "out/demo")
    out.mkdir(parents=True, exist_ok=True)
    rows: list[tuple[str, ...]] = [HEAD]
    specs = [*sorted(EXAMPLES.glob("racks/*.yaml")), *(EXAMPLES / "halls" / f"{name}.yaml" for name in HALLS)]
    for spec in specs:
        print(f"building {spec.relative_to(ROOT)} ...", file=sys.stderr, flush=True)
        rows.append(row(spec.stem, out / spec.stem, build(spec, out / spec.stem)))
    widths = [max(len(r[i]) for r in rows) for i in range(len(HEAD))]
    for r in rows:
        print("  ".join(v.ljust(w) if i in (0, 6) else v.rjust(w) for i, (v, w) in enumerate(zip(r, widths, strict=True))).rstrip())
    print("\nReports, one self-contained file each:")
    for spec in specs:
        print(f"  {(out / spec.stem / 'report.html').relative_to(ROOT)}")
    hall = (out / HALLS[0]).relative_to(ROOT)
    print("\nNext, after `. .venv/bin/activate`:")
    for command, what in (
        ("view {} --open", "plan, racks, cables and findings in the browser"),
        ("sim network {}", "reach, loads, bisection, what any loss costs"),
        ("sim power {}", "what flows, what any loss darkens or overloads, what breakers do"),
        ("export {} build-book -o book.pdf", "one PDF to build, check and sign from"),
    ):
        print(f"  rackwright {command.format(hall):<58}# {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
