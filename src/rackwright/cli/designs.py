"""What the arguments SPEC, SPEC@VARIANT and DIR stand for: compiled specs and packages that were read."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rackwright.base.findings import SEVERITIES, DesignError, Finding
from rackwright.cli import screen
from rackwright.cli.sources import Sources

if TYPE_CHECKING:
    from rackwright.flow.manifest import Manifest
    from rackwright.flow.pipeline import Design
    from rackwright.flow.store import Kept
    from rackwright.schema.tables import Tables


@dataclass(frozen=True, slots=True)
class Opened:
    """Tables from a package or a spec. `name` is the argument as it was given; a package has a manifest."""

    name: str
    tables: Tables
    sources: Sources
    manifest: Manifest | None = None


def split(argument: str, variant: str | None) -> tuple[str, str | None]:
    """`SPEC@VARIANT` as path and variant; an `@` that belongs to the file's name stays there.

    Raises:
        UsageError: two different variants are named.
    """
    path, at, named = argument.rpartition("@")
    if not at or not path or Path(argument).exists():
        return argument, variant
    if variant is not None and named != variant:
        raise screen.UsageError(f"`{argument}` names variant `{named}` and --variant names `{variant}`; give one of them")
    return path, named


def compile_spec(argument: str, variant: str | None, sets: Sequence[str], kept: Kept | None = None) -> Design:
    """A spec argument compiled, with its stages shown on a terminal; `kept` is an earlier package of it. Waivers are judged today.

    Raises DesignError, UsageError.
    """
    path, chosen = split(argument, variant)
    with screen.Progress() as progress:
        progress("read")
        from rackwright.flow.compile import compile_file

        if sys.platform != "win32":
            signal.siginterrupt(signal.SIGINT, True)  # Polars has the system restart what Ctrl-C interrupts, and a read from a pipe would wait on
        return compile_file(path, variant=chosen, sets=sets, as_of=date.today().isoformat(), progress=progress, kept=kept)  # noqa: DTZ011 - the user's own day


def spec_sources(sets: Sequence[str]) -> Sources:
    """Lines for messages about a spec compiled from here."""
    return Sources({"--set": "\n".join(sets)})


def open_package(folder: str, only: Sequence[str] | None = None) -> Opened:
    """A package argument. Raises PackageError."""
    from rackwright.flow.store import read

    package = read(Path(folder), only)
    return Opened(folder, package.tables, Sources({"--set": "\n".join(package.manifest.sets)}, Path(folder)), package.manifest)


def open_any(argument: str, variant: str | None = None, sets: Sequence[str] = ()) -> Opened:
    """A package folder or a spec. Raises PackageError, DesignError, UsageError."""
    if Path(argument).is_dir():
        if variant is not None or sets:
            raise screen.UsageError(f"`{argument}` is a package; --variant and --set change specs")
        return open_package(argument)
    design = compile_spec(argument, variant, sets)
    return Opened(argument, design.tables, spec_sources(sets))


def open_two(a: str, b: str) -> tuple[Opened, Opened]:
    """Two arguments to be compared: of two packages only what may differ is read. Raises PackageError, DesignError, UsageError."""
    if not (Path(a).is_dir() and Path(b).is_dir()):
        return open_any(a), open_any(b)
    from rackwright.flow.store import read_two

    one, two = (
        Opened(folder, package.tables, Sources({"--set": "\n".join(package.manifest.sets)}, Path(folder)))
        for folder, package in zip((a, b), read_two(Path(a), Path(b)), strict=True)
    )
    return one, two


def judged(run: Callable[[], Design]) -> tuple[Design | None, list[Finding]]:
    """The design and its findings, or no design and the findings that say why."""
    try:
        design = run()
    except DesignError as fault:
        return None, fault.findings
    return design, design.findings


def loud(findings: Sequence[Finding], is_text: bool, least: str) -> list[Finding]:
    """What a person is shown: notes and accepted findings only when asked for with `--severity info`; other programs get everything."""
    return [f for f in findings if not is_text or least == "info" or not (f.waiver or f.severity == "info")]


def hidden(findings: Sequence[Finding], shown: Sequence[Finding]) -> str:
    """How to see what `loud` left out."""
    return " (`--severity info` shows all)" if len(shown) < len(findings) else ""


def tally(findings: Sequence[Finding]) -> str:
    """`2 errors, 1 warning, 1 waived`; every row counts, also those shown as `more`."""
    counts = Counter(dict.fromkeys((*SEVERITIES, "waived"), 0))
    for f in findings:
        counts["waived" if f.waiver else f.severity] += 1 + f.more
    plural = {"error": "errors", "warning": "warnings", "info": "infos", "waived": "waived"}
    words = [f"{n:,} {word if n == 1 else plural[word]}" for word, n in counts.items() if n]
    return ", ".join(words) or "no findings"
