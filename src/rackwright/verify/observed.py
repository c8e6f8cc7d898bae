"""What observation files say, in one shape: who saw whom on which port, what state a port is in, and by which names ports and devices go."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

UNKNOWN, UP, DOWN = range(3)
MAC = re.compile(r"(?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}", re.IGNORECASE)
LLDP, INFINIBAND, LIST, SHEET = range(4)  # SHEET: a list whose rows are cables by the names of their plugs

SEEN: dict[str, type[pl.DataType]] = {
    "file": pl.Int32,  # number of the file
    "line": pl.Int32,  # line of text, row of a sheet; 0 where a path says more
    "column": pl.Int32,  # of the line, which may be the whole file
    "at": pl.String,  # path into JSON, or name of the sheet
    "device": pl.String,
    "port": pl.String,
    "mac": pl.String,  # of the near port, where it is told beside the neighbour
    "far_device": pl.String,  # null: no neighbour, or none by name
    "far_port": pl.String,
    "far_alias": pl.String,  # second name of the far port, such as its description
    "far_mac": pl.String,
    "far_chassis": pl.String,  # MAC of the far device
    "state": pl.UInt8,
    "reader": pl.UInt8,
}
LOCAL: dict[str, type[pl.DataType]] = {
    "file": pl.Int32,
    "line": pl.Int32,
    "column": pl.Int32,
    "at": pl.String,
    "device": pl.String,
    "port": pl.String,
    "alias": pl.String,  # another name of that port (null), or of the device where `port` is null
    "mac": pl.String,
    "state": pl.UInt8,
}
WHOLE: dict[str, type[pl.DataType]] = {"device": pl.String, "reader": pl.UInt8}
DEVICES: dict[str, type[pl.DataType]] = {
    "file": pl.Int32,
    "device": pl.String,
    "line": pl.Int32,
    "role": pl.String,  # as the file says: Host, Switch, a role of NetBox
    "rack": pl.String,
    "u": pl.String,  # lowest unit
    "maker": pl.String,
    "model": pl.String,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an observation file, where, and how to mend it."""

    file: str
    line: int
    column: int
    message: str
    help: str = ""
    sheet: str = ""


@dataclass(slots=True)
class Observed:
    """Everything read. `seen` are links and states that were observed (columns of SEEN), `local` what devices say of their own ports (LOCAL), `whole`
    the devices that told of every neighbour they have (WHOLE), `devices` what lists say of devices themselves (DEVICES), `adapters` a map from the
    number of a host's InfiniBand port to the name of its adapter, `lines` the rows of workbooks and of what came through a pipe, as they are
    shown, by file and sheet.
    """

    files: list[str] = field(default_factory=list)
    seen: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SEEN))
    local: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LOCAL))
    whole: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=WHOLE))
    devices: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=DEVICES))
    adapters: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    lines: dict[tuple[str, str], list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Found:
    """What one file gives, row by row in the order of the columns after `file`. Frames where a reader works in columns."""

    seen: list[tuple[object, ...]] = field(default_factory=list)
    local: list[tuple[object, ...]] = field(default_factory=list)
    whole: list[tuple[str, int]] = field(default_factory=list)
    devices: dict[str, tuple[object, ...]] = field(default_factory=dict)
    adapters: dict[str, str] = field(default_factory=dict)
    faults: list[tuple[int, int, str, str, str]] = field(default_factory=list)
    lines: dict[str, list[str]] = field(default_factory=dict)
    frame: pl.DataFrame | None = None

    def fault(self, line: int, column: int, message: str, help: str = "", sheet: str = "") -> None:
        """Notes what is wrong; the file's name is added by who reads it."""
        self.faults.append((line, column, message, help, sheet))


class BrokenError(Exception):
    """A file that cannot be read at all: line, column, what is wrong and how to mend it."""

    def __init__(self, line: int, column: int, message: str, help: str = "") -> None:
        super().__init__(message)
        self.line, self.column, self.message, self.help = line, column, message, help


def joined(files: Sequence[str], found: Sequence[Found]) -> Observed:
    """One shape of what several files gave."""
    made = Observed(files=list(files))
    seen: list[tuple[object, ...]] = []
    local: list[tuple[object, ...]] = []
    whole: list[tuple[str, int]] = []
    devices: list[tuple[object, ...]] = []
    frames = []
    for number, one in enumerate(found):
        seen += [(number, *row) for row in one.seen]
        local += [(number, *row) for row in one.local]
        if one.frame is not None:
            frames.append(one.frame.with_columns(pl.lit(number, pl.Int32).alias("file")).select(list(SEEN)))
        whole += one.whole
        devices += [(number, name, *rest) for name, rest in one.devices.items()]
        made.adapters |= one.adapters
        made.faults += [Fault(files[number], *fault) for fault in one.faults]
        made.lines |= {(files[number], sheet): lines for sheet, lines in one.lines.items()}
    made.seen = _plain(pl.concat([pl.DataFrame(seen, SEEN, orient="row"), *frames]), "mac", "far_mac", "far_chassis")
    made.local = _plain(pl.DataFrame(local, LOCAL, orient="row"), "mac")
    made.whole = pl.DataFrame(whole, WHOLE, orient="row").unique(maintain_order=True)
    made.devices = pl.DataFrame(devices, DEVICES, orient="row")
    return made


def _plain(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """MAC addresses as twelve hexadecimal digits; null where a text is none, or no address of one port (all zeros, all ones)."""
    made = [pl.col(c).str.to_lowercase().str.replace_all(r"[:.\-]", "").alias(c) for c in columns]
    rows = rows.with_columns(made)
    good = [pl.when(pl.col(c).str.contains(r"^[0-9a-f]{12}$") & ~pl.col(c).is_in(["0" * 12, "f" * 12])).then(c).alias(c) for c in columns]
    return rows.with_columns(good)
