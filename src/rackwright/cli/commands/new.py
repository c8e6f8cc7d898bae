"""`rackwright new [FILE]`."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from rackwright.cli import screen

_NAME = "my-rack"


def run(file: Annotated[str, typer.Argument(metavar="[FILE]", help="File to write; - prints the starter.")] = "rack.yaml") -> int:
    """Write a commented starter spec.

    It builds as it is. A file that is there is never overwritten.
    """
    text = starter(Path(file).stem)
    if file == "-":
        screen.out(text)
        return 0
    path = Path(file)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as handle:
            handle.write(text)
    except FileExistsError:
        raise screen.UsageError(f"`{file}` is there already and is left as it is; name another file") from None
    except OSError as fault:
        raise screen.UsageError(f"cannot write `{file}`: {fault.strerror}") from None
    screen.note(f"wrote {file}; next: rackwright check {file}")
    return 0


def starter(name: str) -> str:
    """The starter spec, its rack called after the file where that makes a name."""
    text = resources.files("rackwright.cli").joinpath("starter.yaml").read_text(encoding="utf-8")
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return text.replace(f"rack: {_NAME}", f"rack: {slug}", 1) if re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug) and slug != "rack" else text
