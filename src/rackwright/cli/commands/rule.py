"""`rackwright rule [CODE]`."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from rackwright.cli import options, rows, screen

if TYPE_CHECKING:
    from rackwright.rules.rule import Rule
    from rackwright.verify.kinds import Kind


def run(
    code: Annotated[str | None, typer.Argument(metavar="[CODE]", help="Code such as PWR102, or name; all are listed without it.")] = None,
    format: options.RowsFormat = options.TableFormat.TEXT,
) -> int:
    """List the rules, or show one in full.

    What it finds, why that is bad, how to mend it, the source of its limit, a bad and a good spec; and the same of the findings of `verify` and
    `import`.
    """
    from rackwright.rules.rule import all_rules, find_rule
    from rackwright.verify import kinds

    every: list[Rule | Kind] = [*all_rules(), *kinds.KINDS]
    if code is None:
        rows.write(("code", "severity", "name", "what"), [(r.code, r.severity, r.name, r.title) for r in every], format)
        return 0
    if (kind := kinds.find(code)) is not None:
        _shown(kind, format)
        return 0
    rule = find_rule(code)
    if rule is None:
        known = [w for r in every for w in (r.code, r.name)]
        raise screen.UsageError(f"there is no rule `{code}`{rows.meant(code, known)}; `rackwright rule` lists them")
    if format is options.TableFormat.TEXT:
        screen.out(page(rule))
    else:
        facts = {
            "code": rule.code,
            "name": rule.name,
            "severity": rule.severity,
            "what": rule.title,
            **rule.sections,
            "bad": "\n".join(t for t in (rule.planted, rule.shown_bad) if t),
            "good": rule.good,
        }
        rows.write(tuple(facts), [tuple(facts.values())], format)
    return 0


def _shown(kind: Kind, format: options.TableFormat) -> None:
    """A kind of finding that no rule makes."""
    if format is options.TableFormat.TEXT:
        parts = [f"{screen.paint(f'{kind.code} {kind.name}', 'bold')}  ({kind.severity}, of `rackwright {kind.command}`)", "", *_wrap(kind.title)]
        for title, text in kind.sections.items():
            parts += ["", screen.paint(title, "bold"), *_wrap(text, "  ")]
        screen.out("\n".join(parts) + "\n")
        return
    facts = {"code": kind.code, "name": kind.name, "severity": kind.severity, "what": kind.title, "command": kind.command, **kind.sections}
    rows.write(tuple(facts), [tuple(facts.values())], format)


def page(rule: Rule) -> str:
    """Everything about one rule."""
    parts = [f"{screen.paint(f'{rule.code} {rule.name}', 'bold')}  ({rule.severity}, since {rule.since})", "", *_wrap(rule.title)]
    for title, text in rule.sections.items():
        parts += ["", screen.paint(title, "bold"), *_wrap(text, "  ")]
    for title, said, spec in (("Bad", rule.planted, rule.shown_bad), ("Good", "", rule.good)):
        if said or spec.strip():
            parts += ["", screen.paint(title, "bold"), *_wrap(said, "  ")]
        if spec.strip():
            parts += [""] * bool(said) + [textwrap.indent(spec.strip("\n"), "  ")]
    return "\n".join(parts) + "\n"


def _wrap(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, min(screen.columns() or 100, 100), initial_indent=indent, subsequent_indent=indent, break_long_words=False)
