"""Arguments and options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from rackwright.base.findings import SEVERITIES, Finding


class Format(StrEnum):
    """Formats of findings; a test holds this to the files of `formats/`."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


class TableFormat(StrEnum):
    """Formats of rows."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


class TextFormat(StrEnum):
    """Formats of everything that is neither findings nor rows."""

    TEXT = "text"
    JSON = "json"


class Severity(StrEnum):
    """Least severity that makes a command exit 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


Spec = Annotated[str, typer.Argument(metavar="SPEC", help="Spec of a rack or a hall (YAML); SPEC@VARIANT takes one of its variants.")]
SpecOrPackage = Annotated[
    str, typer.Argument(metavar="SPEC", help="Spec of a rack or a hall (YAML; SPEC@VARIANT takes a variant), or a package folder: its power chain.")
]
Source = Annotated[str, typer.Argument(metavar="DIR_OR_SPEC", help="Package folder, or spec (SPEC@VARIANT takes a variant).")]
PackageDir = Annotated[str, typer.Argument(metavar="DIR", help="Package folder, as `rackwright build` writes it.")]
Variant = Annotated[str | None, typer.Option("--variant", metavar="NAME", help="Take this variant of the spec.")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change one value of the spec; may be repeated.")]
FindingsFormat = Annotated[Format, typer.Option("--format", help="How findings are printed.")]
RowsFormat = Annotated[TableFormat, typer.Option("--format", help="How rows are printed.")]
PlainFormat = Annotated[TextFormat, typer.Option("--format", help="How the answer is printed.")]
Least = Annotated[
    Severity, typer.Option("--severity", help="Exit 1 for findings of this severity or above; `info` also prints notes and accepted findings.")
]


def exit_code(findings: list[Finding], least: Severity) -> int:
    """1 where a finding that is not waived reaches `least`, else 0."""
    counted = SEVERITIES[: SEVERITIES.index(least.value) + 1]
    return int(any(f.severity in counted and not f.waiver for f in findings))
