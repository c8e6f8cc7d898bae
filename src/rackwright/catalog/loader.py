"""The catalogue: parts by name, each read from its own file when it is asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import resources
from pathlib import Path

from rackwright.base.findings import DesignError, Finding
from rackwright.base.spans import Span
from rackwright.catalog.facts import apply_overrides
from rackwright.catalog.part import Part
from rackwright.catalog.partfile import load_part

__all__ = ["Catalog", "apply_overrides"]

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*/[a-z0-9][a-z0-9.+-]*")
_KIND = re.compile(rb"^kind:[ \t]*([a-z-]+)[ \t]*\r?$", re.MULTILINE)
SHIPPED = "rackwright/catalog/parts"


class Catalog:
    """Parts in folders of `<maker>/<model>.yaml`. A part in one of `folders` wins over a shipped part of the same name, earlier folders first."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        """Raises DesignError (BOM001) where one of `folders` is no folder."""
        lost = [f for f in folders if not f.is_dir()]
        if lost:
            text = "there is no folder `{}` to take parts from"
            raise DesignError(
                [
                    Finding("BOM001", "part-file-broken", "error", text.format(f), Span(str(f), 1, 1, 1, 1), help="check the path under `parts`")
                    for f in lost
                ]
            )
        shipped = Path(str(resources.files("rackwright.catalog").joinpath("parts")))
        self._folders = [*((f, str(f)) for f in folders), (shipped, SHIPPED)]
        self._parts: dict[str, Part] = {}
        self._listed: dict[str, tuple[Path, str]] | None = None

    def part(self, name: str) -> Part:
        """The part called `maker/model`; reads that one file, once.

        Raises:
            KeyError: no folder has it.
            DesignError: BOM001, its file is broken.
        """
        if name not in self._parts:
            found = self._file(name)
            if found is None:
                raise KeyError(name)
            path, shown = found
            self._parts[name] = load_part(path, shown, name, self._missing)
        return self._parts[name]

    def replace(self, part: Part) -> None:
        """Put `part` in place of the part of its name."""
        self._parts[part.name] = part

    def names(self) -> list[str]:
        """Every part there is, sorted; no file is read for it."""
        return list(self._files())

    def of_kinds(self, *kinds: str) -> list[Part]:
        """Every part of these kinds, by name. A file whose `kind` line plainly names another is not read further."""
        made, wanted = [], [kind.encode() for kind in kinds]
        for name, (path, _) in self._files().items():
            plain = None if name in self._parts else _KIND.search(path.read_bytes())
            if (plain is None or plain[1] in wanted) and self.part(name).kind in kinds:
                made.append(self._parts[name])
        return made

    def close(self, name: str) -> list[str]:
        """Up to three parts whose name is near `name`, nearest first; a right model with a wrong maker counts as near."""
        same = [n for n in self.names() if n.partition("/")[2] == name.rpartition("/")[2]]
        near = get_close_matches(name, self.names(), n=3, cutoff=0.6)
        return list(dict.fromkeys(same + near))[:3]

    def _files(self) -> dict[str, tuple[Path, str]]:
        """The file of every part there is, and what it is called in messages, by name; none is read."""
        if self._listed is None:
            listed: dict[str, tuple[Path, str]] = {}
            for folder, shown in self._folders:
                for path in folder.glob("*/*.yaml"):
                    name = f"{path.parent.name}/{path.stem}"
                    if _NAME.fullmatch(name):
                        listed.setdefault(name, (path, f"{shown}/{name}.yaml"))
            self._listed = dict(sorted(listed.items()))
        return self._listed

    def _file(self, name: str) -> tuple[Path, str] | None:
        if self._listed is not None:
            return self._listed.get(name)
        if not _NAME.fullmatch(name):
            return None
        for folder, shown in self._folders:
            path = folder / f"{name}.yaml"
            if path.is_file():
                return path, f"{shown}/{name}.yaml"
        return None

    def _missing(self, name: str) -> str | None:
        if self._file(name) is not None:
            return None
        near = self.close(name)
        return f"did you mean `{near[0]}`?" if near else "see `rackwright part` for the parts there are"
