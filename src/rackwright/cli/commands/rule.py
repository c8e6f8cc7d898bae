"""`rackwright rule [CODE]`."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from rackwright.cli import options, rows, screen

if TYPE_CHECKING:
    from rackwright.rules.rule import Rule


def run(
    code: Annotated[str | None, typer.Argument(metavar="[CODE]", help="Code such as PWR102, or name; all are listed without it.")] = None,
    format: options.RowsFormat = options.TableFormat.TEXT,
) -> int:
    """List the rules, or show one in full.

    What it finds, why that is bad, how to mend it, the source of its limit, a bad and a good spec.
    """
    from rackwright.rules.rule import all_rules, find_rule

    if code is None:
        rows.write(("code", "severity", "name", "what"), [(r.code, r.severity, r.name, r.title) for r in all_rules()], format)
        return 0
    rule = find_rule(code)
    if rule is None:
        known = [w for r in all_rules() for w in (r.code, r.name)]
        raise screen.UsageError(
            f"there is no rule `{code}`{rows.meant(code, known) or rows.meant(code.upper(), known)}; `rackwright rule` lists them"
        )
    if format is options.TableFormat.TEXT:
        screen.out(page(rule))
    else:
        facts = {
            "code": rule.code,
            "name": rule.name,
            "severity": rule.severity,
            "what": rule.title,
            **rule.sections,
            "bad": rule.bad,
            "good": rule.good,
        }
        rows.write(tuple(facts), [tuple(facts.values())], format)
    return 0


def page(rule: Rule) -> str:
    """Everything about one rule."""
    parts = [f"{screen.paint(f'{rule.code} {rule.name}', 'bold')}  ({rule.severity}, since {rule.since})", "", *_wrap(rule.title)]
    for title, text in rule.sections.items():
        parts += ["", screen.paint(title, "bold"), *_wrap(text, "  ")]
    for title, spec in (("Bad", rule.bad), ("Good", rule.good)):
        if spec.strip():
            parts += ["", screen.paint(title, "bold"), textwrap.indent(spec.strip("\n"), "  ")]
    return "\n".join(parts) + "\n"


def _wrap(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, min(screen.columns() or 100, 100), initial_indent=indent, subsequent_indent=indent, break_long_words=False)
