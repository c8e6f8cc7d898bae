"""Host names of somebody's own for the devices of a hall: a list `device,name`, or `device,alias` as `verify` takes it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from rackwright.export.only import ChoiceError
from rackwright.schema import ends
from rackwright.schema.tables import Tables, frame

_HEADS = ("name", "alias")
_BAD = re.compile(r"[\x00-\x1f\x7f:]|--")  # what would end a name in a label
LONGEST = 200


def read(path: str, t: Tables) -> dict[str, str]:
    """Names by device as labels call it. A device is that, or its name in the design where one device alone has it, in any capitals.

    Raises:
        ChoiceError: no such file or list, a device that is not there or is named twice, a name of two devices or that no label can have, with
            file:line.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as fault:
        raise ChoiceError(f"cannot read `{path}`: {fault.strerror or fault}") from None
    except UnicodeDecodeError:
        raise ChoiceError(f"{path}:1: is no text in UTF-8; save the list as CSV") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as fault:
        raise ChoiceError(f"{path}:{reader.line_num}: is broken CSV: {fault}") from None
    head = [cell.lower() for cell in rows[0][1]] if rows else []
    column = next((head.index(h) for h in _HEADS if h in head), -1)
    if "device" not in head or column < 0:
        raise ChoiceError(f"{path}:1: the header wants `device,name` (or `device,alias`)")
    return _given(path, [(n, (row + [""] * len(head))) for n, row in rows[1:] if any(row)], (head.index("device"), column), t)


def put(t: Tables, names: Mapping[str, str]) -> Tables:
    """The same hall with the table `host_names`, so that labels and files call devices so."""
    return t.put({"host_names": frame("host_names", {"end": list(names), "name": list(names.values())})}) if names else t


def _given(path: str, rows: Iterable[tuple[int, list[str]]], at: tuple[int, int], t: Tables) -> dict[str, str]:
    known = _known(t)
    names: dict[str, str] = {}
    lines: dict[str, int] = {}
    taken: dict[str, int] = {}
    for line, row in rows:
        device, name = row[at[0]], row[at[1]]
        found = known.get(device.casefold(), [])
        if len(found) != 1:
            what = "is no device" if not found else f"is the name of {len(found)} devices, such as `{found[0]}`"
            raise ChoiceError(f"{path}:{line}: `{device}` {what}; a device is its rack and lowest unit, as on labels")
        if not name or _BAD.search(name) or len(name) > LONGEST:
            raise ChoiceError(f"{path}:{line}: `{name}` is no name: one to {LONGEST} characters without `:` and `--`")
        if found[0] in lines:
            raise ChoiceError(f"{path}:{line}: `{device}` has a name already, in line {lines[found[0]]}")
        if name.casefold() in taken:
            raise ChoiceError(f"{path}:{line}: `{name}` is the name of another device already, in line {taken[name.casefold()]}")
        names[found[0]], lines[found[0]], taken[name.casefold()] = name, line, line
    for name in names.values():
        for other in known.get(name.casefold(), []):
            if other not in names:
                raise ChoiceError(f"{path}:{taken[name.casefold()]}: `{name}` is what `{other}` is called, which has no name of its own here")
    return names


def _known(t: Tables) -> dict[str, list[str]]:
    """Devices as labels call them, by that and by their names in the design, without capitals."""
    known: dict[str, list[str]] = {}
    for end, device in ends.devices(t).select("end", "device").iter_rows():
        for word in dict.fromkeys((end.casefold(), device.casefold())):
            known.setdefault(word, []).append(end)
    return known
