"""Where something was written: file, line, column. Every row of every table points at one by its integer `src`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source file; lines and columns start at 1, the end column is exclusive. In a workbook (`sheet`) lines are rows of that sheet."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    sheet: str = ""

    @property
    def at(self) -> str:
        """What stands after the file's name: `12:3`, or `Cables!A12` of a workbook."""
        if not self.sheet:
            return f"{self.line}:{self.column}"
        letters, n = "", self.column
        while n > 0:
            n, rest = divmod(n - 1, 26)
            letters = chr(65 + rest) + letters
        return f"{self.sheet}!{letters}{self.line}"

    def __str__(self) -> str:
        return f"{self.file}:{self.at}"


@dataclass(slots=True)
class SpanTable:
    """Spans by dense id. Id 0 is the document itself, for rows that no single line asked for."""

    rows: list[tuple[Span, str]] = field(default_factory=list)
    _ids: dict[tuple[Span, str], int] = field(default_factory=dict)

    def add(self, span: Span, path: str) -> int:
        """The id of `span` as the place of spec path `path` (`trays.compute.count`)."""
        key = (span, path)
        number = self._ids.setdefault(key, len(self.rows))
        if number == len(self.rows):
            self.rows.append(key)
        return number
