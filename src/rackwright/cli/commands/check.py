"""`rackwright check SPEC`."""

from __future__ import annotations

from rackwright.cli import designs, formats, options, screen


def run(
    spec: options.Spec,
    variant: options.Variant = None,
    sets: options.Sets = None,
    format: options.FindingsFormat = options.Format.TEXT,
    severity: options.Least = options.Severity.ERROR,
) -> int:
    """Compile a spec and print its findings.

    Runs every rule; writes no file.
    """
    changes = sets or []
    _, findings = designs.judged(lambda: designs.compile_spec(spec, variant, changes))
    shown = designs.loud(findings, format is options.Format.TEXT, severity.value)
    screen.out(formats.render(format.value, shown, designs.spec_sources(changes)))
    screen.flush()
    screen.note(f"{spec}: {designs.tally(findings)}{designs.hidden(findings, shown)}")
    return options.exit_code(findings, severity)
