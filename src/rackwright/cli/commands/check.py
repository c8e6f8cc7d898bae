"""`rackwright check SPEC` and `rackwright check DIR`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from rackwright.cli import designs, formats, options, screen
from rackwright.cli.sources import Sources


def run(
    spec: options.SpecOrPackage,
    variant: options.Variant = None,
    sets: options.Sets = None,
    format: options.FindingsFormat = options.Format.TEXT,
    severity: options.Least = options.Severity.ERROR,
) -> int:
    """Compile a spec and print its findings.

    Runs every rule; writes no file. Of a package (DIR) it judges the power chain as its tables stand: `tables/supply_*.csv` may be edited or
    come from elsewhere, are held against their schema, and solved anew where the chain is whole.
    """
    changes = sets or []
    if Path(spec).is_dir():
        if variant is not None or changes:
            raise screen.UsageError(f"`{spec}` is a package; --variant and --set change specs")
        return _package(spec, format, severity)
    _, findings = designs.judged(lambda: designs.compile_spec(spec, variant, changes))
    shown = designs.loud(findings, format is options.Format.TEXT, severity.value)
    screen.out(formats.render(format.value, shown, designs.spec_sources(changes)))
    screen.flush()
    screen.note(f"{spec}: {designs.tally(findings)}{designs.hidden(findings, shown)}")
    return options.exit_code(findings, severity)


def _package(folder: str, format: options.Format, severity: options.Severity) -> int:
    """The power chain of a package."""
    from rackwright.flow.edited import judged
    from rackwright.flow.edited_rows import placed
    from rackwright.rules.rule import grouped

    with screen.Progress() as progress:
        progress("read")
        found = judged(Path(folder), date.today().isoformat())  # noqa: DTZ011 - the user's own day
    findings = placed(grouped(found.tables), Path(folder), found.edited)
    sources = Sources({"--set": "\n".join(found.manifest.sets)}, Path(folder))
    shown = designs.loud(findings, format is options.Format.TEXT, severity.value)
    screen.out(formats.render(format.value, shown, sources))
    screen.flush()
    if found.edited:
        screen.note(f"{folder}: {', '.join(found.edited)} as edited, not as built")
    if not found.is_solved:
        screen.note(f"{folder}: not solved; mend the errors above first")
    screen.note(f"{folder}: {designs.tally(findings)} in the power chain{designs.hidden(findings, shown)}")
    return options.exit_code(findings, severity)
