"""`rackwright new [FILE]`."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from rackwright.cli import screen

RACK = "rack.yaml"  # the rack spec that the starter of a hall names


def run(
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="File to write (rack.yaml or hall.yaml); - prints the starter.")] = None,
    hall: Annotated[bool, typer.Option("--hall", help="A hall of racks; writes rack.yaml beside it unless it is there.")] = False,
) -> int:
    """Write a commented starter spec.

    It builds as it is. A file that is there is never overwritten.
    """
    path = Path(file or ("hall.yaml" if hall else RACK))
    text = starter(path.stem, "hall" if hall else "rack")
    if file == "-":
        screen.out(text)
        return 0
    beside = path.with_name(RACK)
    if hall and path == beside:
        raise screen.UsageError(f"a hall names the racks of `{RACK}`, so it cannot be that file; name another")
    if not _written(path, text):
        raise screen.UsageError(f"`{path}` is there already and is left as it is; name another file")
    if hall and _written(beside, starter(beside.stem)):
        screen.note(f"wrote {beside}, the racks of the hall")
    elif hall:
        screen.note(f"{beside} was there and is left as it is; see that the ports in {path} are those of its groups")
    screen.note(f"wrote {path}; next: rackwright check {path}")
    return 0


def _written(path: Path, text: str) -> bool:
    """Write a new file; False where one is there. Raises UsageError."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as handle:
            handle.write(text)
    except FileExistsError:
        return False
    except OSError as fault:
        raise screen.UsageError(f"cannot write `{path}`: {fault.strerror}") from None
    return True


def starter(name: str, kind: str = "rack") -> str:
    """The starter spec of a `rack` or a `hall`, called after the file where that makes a name."""
    text = resources.files("rackwright.cli").joinpath(f"starter_{kind}.yaml").read_text(encoding="utf-8")
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    is_name = re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug) and slug != kind
    return text.replace(f"{kind}: my-{kind}", f"{kind}: {slug}", 1) if is_name else text
