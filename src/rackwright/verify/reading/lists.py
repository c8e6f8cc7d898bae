"""Lists with a header line, as CSV or as the sheets of a workbook: links as built (NVIDIA's point-to-point file among them), states of ports,
MAC addresses, other names of ports and devices, and NVIDIA's `hca_mapping`.

Source of the point-to-point columns: NVIDIA UFM Cable Validation Tool, "P2P File" and "Optional Files".
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rackwright.verify.observed import DOWN, LIST, UNKNOWN, UP, BrokenError, Found

_NEAR = {
    "device": "anodename anode adevice ahost device devicename switch host hostname localdevice localhost node nodename sideadevice "
    "startdevice fromdevice",
    "port": "aport ainterface port interface localport localinterface ifname sideaname startport fromport portname",
    "mac": "amac mac macaddress address localmac hwaddr",
    "state": "state linkstate operstate oper status portstate linkstatus",
    "alias": "alias ifalias description osname othername",
}
_FAR = {
    "device": "znodename znode zdevice bdevice bnodename bhost fardevice remotedevice neighbor neighbour neighbordevice sidebdevice "
    "enddevice todevice peer peerdevice",
    "port": "zport bport farport remoteport neighborport neighbourport remoteinterface sidebname endport toport peerport",
    "mac": "zmac bmac farmac remotemac neighbormac",
    "alias": "zalias balias remotedescription remoteportdescr farportdescription",
}
_STATES = {
    **dict.fromkeys(("up", "linkup", "active", "connected", "1", "true", "yes", "ok"), UP),
    **dict.fromkeys(
        ("down", "linkdown", "nolink", "inactive", "disconnected", "notconnect", "notconnected", "0", "false", "no", "polling", "disabled"), DOWN
    ),
}
HEADER_ROWS = 12
_WANTED = (
    "the header wants `device,port,far_device,far_port`, `A-Node Name,A-Port,Z-Node Name,Z-Port`, `device,port,state`, `device,port,mac` or "
    "`device,port,alias`"
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns are (None: there is none), near and far."""

    near: dict[str, int | None]
    far: dict[str, int | None]
    width: int


def read(text: str, kinds: str) -> Found:
    """A CSV. Raises BrokenError."""
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=mark, strict=True)
    found, rows = Found(), []
    try:
        for row in reader:
            rows.append((reader.line_num, row))
    except csv.Error as fault:
        raise BrokenError(reader.line_num, 1, f"is broken CSV: {fault}", "quote cells that hold commas, quotes or ends of lines") from None
    if not _sheet(rows, "", found):
        raise BrokenError(1, 1, f"is nothing that is known here; {kinds}", _WANTED)
    return found


def sheet(name: str, rows: Iterable[tuple[int, Sequence[str]]], found: Found) -> bool:
    """Adds one sheet of a workbook; false where no header of a list is in its first rows."""
    return _sheet(list(rows), name, found)


def _sheet(rows: Sequence[tuple[int, Sequence[str]]], name: str, found: Found) -> bool:
    for at, (_, row) in enumerate(rows[:HEADER_ROWS]):
        words = [re.sub(r"[^a-z0-9/]", "", cell.lower()) for cell in row]
        if words[:2] == ["port", "hcaname"]:
            found.adapters |= {r[0].strip(): r[1].strip() for _, r in rows[at + 1 :] if len(r) > 1}
            return True
        columns = _columns(words)
        if columns is not None:
            _rows(rows[at + 1 :], columns, name, found)
            return True
    return False


def _columns(words: list[str]) -> Columns | None:
    """The columns of a header; None where it is none."""
    near, far = ({k: next((i for i, w in enumerate(words) if w in names.split()), None) for k, names in side.items()} for side in (_NEAR, _FAR))
    ports = [i for i, w in enumerate(words) if w in ("port", "hca/port")]
    if len(ports) == 2 and far["device"] is None and all(words[i - 1] == "name" for i in ports if i):
        # InfiniBand sheets have the same names on both sides: the name stands before its port
        near |= {"device": ports[0] - 1, "port": ports[0]}
        far |= {"device": ports[1] - 1, "port": ports[1]}
    is_alias = near["alias"] is not None and far["device"] is None
    if near["device"] is None or (near["port"] is None and not is_alias):
        return None
    if far["device"] is None and all(near[k] is None for k in ("mac", "state", "alias")):
        return None
    places = [i for side in (near, far) for i in side.values() if i is not None]
    needed = [i for i in (near["device"], near["port"], far["device"], far["port"]) if i is not None]
    return Columns(near, far, max(needed or places) + 1)


def _rows(rows: Sequence[tuple[int, Sequence[str]]], c: Columns, name: str, found: Found) -> None:
    short: list[int] = []
    is_link = c.far["device"] is not None
    near, far_side = ([side[k] for k in ("device", "port", "mac", "alias")] for side in (c.near, c.far))
    for line, row in rows:
        if not any(map(str.strip, row)):
            continue
        device, port, mac, alias = [None if at is None else _cell(row, at) for at in near]
        if len(row) < c.width or device is None:
            short.append(line)
            continue
        how = UNKNOWN if c.near["state"] is None else _state(_cell(row, c.near["state"]))
        if is_link:
            far, far_port, far_mac, far_alias = [None if at is None else _cell(row, at) for at in far_side]
            found.seen.append((line, name, device, port, mac, far, far_port, far_alias, far_mac, None, how, LIST))
        else:
            found.local.append((line, name, device, port, alias, mac, how))
    if short:
        where = f"sheet `{name}` row {short[0]}" if name else f"line {short[0]}"
        more = f" ({len(short) - 1:,} more are like it)" if len(short) > 1 else ""
        found.fault(short[0], 1, f"has a row without all its cells: {where}{more}", "fill device and port, or take the row out")


def _state(text: str | None) -> int:
    return _STATES.get(re.sub(r"[^a-z0-9]", "", (text or "").lower()), UNKNOWN)


def _cell(row: Sequence[str], at: int) -> str | None:
    """A cell as text; the apostrophe with which spreadsheets are kept from reading a formula is no part of it."""
    text = row[at].strip() if at < len(row) else ""
    if text.startswith(("'=", "'+", "'-", "'@", "'\t", "'\r")):
        text = text[1:].strip()
    return text or None
