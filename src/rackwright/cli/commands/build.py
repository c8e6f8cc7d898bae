"""`rackwright build SPEC -o DIR`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rackwright.cli import designs, formats, options, screen


def run(
    spec: options.Spec,
    out: Annotated[str, typer.Option("-o", "--out", metavar="DIR", help="Folder of the package; a package there is replaced.")],
    variant: options.Variant = None,
    sets: options.Sets = None,
    pictures: Annotated[bool, typer.Option("--pictures/--no-pictures", help="Whether report, drawings and viewer are made.")] = True,
    format: options.FindingsFormat = options.Format.TEXT,
    severity: options.Least = options.Severity.ERROR,
) -> int:
    """Compile a spec and write its package.

    The package holds tables, report, drawings, hand-off files and a manifest; it is written whole or not at all. Findings are printed as
    `check` prints them and do not keep the package from being written (they stand in its report); a spec that cannot be compiled does. What of a hall
    did not change since the package that is replaced is taken from there.
    """
    from rackwright.flow.store import check_target, kept

    changes = sets or []
    check_target(Path(out))
    design, findings = designs.judged(lambda: designs.compile_spec(spec, variant, changes, kept(Path(out).resolve())))
    shown = designs.loud(findings, format is options.Format.TEXT, severity.value)
    screen.out(formats.render(format.value, shown, designs.spec_sources(changes)))
    screen.flush()
    if design is None:
        screen.note(f"{spec}: {designs.tally(findings)}; nothing was written")
        return 1
    from rackwright.flow.package import build

    with screen.Progress() as progress:
        manifest = build(design, Path(out), variant=designs.split(spec, variant)[1] or "", sets=changes, pictures=pictures, progress=progress)
    screen.note(f"{spec}: {designs.tally(findings)}{designs.hidden(findings, shown)}")
    look = f"; open {Path(out) / 'report.html'}" if pictures else ""
    screen.note(f"wrote {len(manifest.files) + 1} files to {out}{look}")
    return options.exit_code(findings, severity)
