"""The lines of source files, read at the edge when a message shows them. A file that is not there any more, or is no
text, is shown without its lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

MAX_BYTES = 4_000_000


class Sources:
    """Lines by file name. `given` are texts that no file holds (`--set`), `folder` is where relative names start, `sheets` has lines by file and
    sheet of a workbook (sheet empty: of what came through a pipe, or is no text as it stands).
    """

    def __init__(
        self, given: Mapping[str, str] | None = None, folder: Path | None = None, sheets: Mapping[tuple[str, str], Sequence[str]] | None = None
    ) -> None:
        self._lines: dict[str, list[str]] = {name: text.split("\n") for name, text in (given or {}).items()}
        self._folder = folder or Path()
        self._sheets = sheets or {}

    def line(self, file: str, number: int, sheet: str = "") -> str | None:
        """Line `number` (from 1) of a file, or of a sheet of it, or None."""
        if (file, sheet) in self._sheets:
            given = self._sheets[file, sheet]
            return given[number - 1] if 1 <= number <= len(given) else None
        if file not in self._lines:
            self._lines[file] = self._read(file)
        lines = self._lines[file]
        return lines[number - 1].rstrip("\r") if 1 <= number <= len(lines) else None

    def shown(self, file: str) -> str:
        """The file's name as the reader can open it from here."""
        folder = str(self._folder)
        return file if folder == "." or file.startswith("--") else f"{folder}/{file}"

    def _read(self, file: str) -> list[str]:
        try:
            with (self._folder / file).open("rb") as handle:
                data = handle.read(MAX_BYTES)
                return [] if data.startswith(b"PK\x03\x04") else data.decode("utf-8-sig", errors="replace").split("\n")
        except (OSError, ValueError):
            return []
