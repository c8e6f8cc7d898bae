"""Lists with a header line, as CSV or as the sheets of a workbook: links as built (NVIDIA's point-to-point file among them), states of ports,
MAC addresses, other names of ports and devices, and NVIDIA's `hca_mapping`.

Source of the point-to-point columns: NVIDIA UFM Cable Validation Tool, "P2P File" and "Optional Files".
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rackwright.base.findings import quoted
from rackwright.verify.observed import DOWN, LIST, MAC, SHEET, UNKNOWN, UP, BrokenError, Found

_NEAR = {
    "device": "anodename anode adevice ahost device devicename switch host hostname localdevice localhost node nodename sideadevice "
    "startdevice fromdevice devicea",
    "port": "aport ainterface port interface localport localinterface ifname sideaname startport fromport portname terminationa",
    "mac": "amac mac macaddress address localmac hwaddr",
    "state": "state linkstate operstate oper status portstate linkstatus",
    "alias": "alias ifalias description osname othername",
    "role": "atype",
    "end": "sideatype",
    "rack": "arack racka",
    "u": "au aunit",
    "more": "amore afurtherends",
}
_FAR = {
    "device": "znodename znode zdevice bdevice bnodename bhost fardevice remotedevice neighbor neighbour neighbordevice sidebdevice "
    "enddevice todevice peer peerdevice deviceb",
    "port": "zport bport farport remoteport neighborport neighbourport remoteinterface sidebname endport toport peerport terminationb",
    "mac": "zmac bmac farmac remotemac neighbormac",
    "alias": "zalias balias remotedescription remoteportdescr farportdescription",
    "role": "ztype btype",
    "end": "sidebtype",
    "rack": "zrack brack rackb",
    "u": "zu bu bunit",
    "more": "bmore bfurtherends",
}
_DEVICES = {"device": "name", "role": "role devicerole", "rack": "rack", "u": "position", "maker": "manufacturer", "model": "devicetype type"}
_STATES = {
    **dict.fromkeys(("up", "linkup", "active", "connected", "1", "true", "yes", "ok"), UP),
    **dict.fromkeys(
        ("down", "linkdown", "nolink", "inactive", "disconnected", "notconnect", "notconnected", "0", "false", "no", "polling", "disabled",
         "nocarrier", "lowerlayerdown", "notpresent", "absent", "errdisabled"),
        DOWN,
    ),
    **dict.fromkeys(("", "unknown", "testing", "dormant", "na", "none", "planned", "decommissioning"), UNKNOWN),
}  # fmt: skip
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_SHEET = {"label", "arack", "adevice", "aport", "brack", "bdevice", "bport"}  # our cut sheets, and their workbooks
_MAP = {"rack", "device", "port", "state", "far", "cable"}  # our port maps
_NETBOX = {"sideaname", "terminationa"}  # of its import form, and of the table that its pages export
_TERMS = {"terminationa", "terminationb"}  # of that table
_OWN = ({"label", "end", "near", "far", "qr"}, {"bundle", "wave", "joins"}, {"panel", "pole"})
_MANY = "a cable of several ends at both sides, of which it does not say which meets which"
End: TypeAlias = tuple[str | None, str | None]
HEADER_ROWS = 12
NOTHING = "is nothing that is known here"
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
    reader: int = LIST
    is_terms: bool = False  # a cell may have several ports, as NetBox' table has


def read(text: str, kinds: str) -> Found:
    """A CSV. Raises BrokenError."""
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    found, rows = Found(), []
    try:
        for row in reader:
            rows.append((reader.line_num, row))
    except csv.Error as fault:
        raise BrokenError(reader.line_num, 1, f"is broken CSV: {fault}", "quote cells that hold commas, quotes or ends of lines") from None
    if not _sheet(rows, "", found):
        words = {re.sub(r"[^a-z]", "", cell.lower()) for _, row in rows[:1] for cell in row}
        if words >= _TERMS:
            help = "export all data of the table, or add both columns to it (Configure Table), and export that"
            raise BrokenError(1, 1, "is a table of cables of NetBox without its columns `Device A` and `Device B`", help)
        if any(own <= words for own in _OWN):
            raise BrokenError(1, 1, "has no links with both their ends", "give cut-sheets.csv, cables.xlsx, hall.xlsx, p2p.xlsx or port maps instead")
        raise BrokenError(1, 1, f"{NOTHING}; {kinds}", _WANTED)
    is_bare = sum(any(cell.strip() for cell in row) for _, row in rows) < 2  # cables of power alone are rows of nothing that is read
    if is_bare and not (found.seen or found.local or found.devices or found.adapters or found.faults):
        found.fault(1, 1, "has a header and no rows", "collect it again, or leave it out")
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
        if set(words) >= _MAP:
            _port_map(words, rows[at + 1 :], name, found)
            return True
        columns = _columns(words)
        if columns is not None:
            _rows(rows[at + 1 :], columns, name, found)
            return True
        if words.count("name") == 1 and "rack" in words and not _NETBOX & set(words):
            _inventory(words, rows[at + 1 :], found)
            return True
    return False


def _port_map(words: list[str], rows: Sequence[tuple[int, Sequence[str]]], name: str, found: Found) -> None:
    """Our own port maps: ports with a far end as `device:port` (`device/port` in a rack). Beside a sheet of cables they say nothing new."""
    if any(row[-1] == SHEET for row in found.seen):
        return
    rack, device, port, far = (words.index(w) for w in ("rack", "device", "port", "far"))
    for line, row in rows:
        place, host, own, other = (_cell(row, at) for at in (rack, device, port, far))
        if host and own and other and (_cell(row, words.index("cable")) or ":" in other):
            there, _, far_port = other.partition(":" if ":" in other else "/")
            near = f"{place}/{host}" if place else host
            found.seen.append((line, 1, name, near, own.removeprefix(f"{host}/"), None, there, far_port, None, None, None, UNKNOWN, LIST))


def _inventory(words: list[str], rows: Sequence[tuple[int, Sequence[str]]], found: Found) -> None:
    """Devices as NetBox lists them: its import form and the table that its pages export."""
    at = [next((words.index(n) for n in names.split() if n in words), None) for names in _DEVICES.values()]
    for line, row in rows:
        name, *rest = (None if i is None else _cell(row, i) for i in at)
        if name is not None:
            found.devices.setdefault(name, (line, *rest))


def _columns(words: list[str]) -> Columns | None:
    """The columns of a header; None where it is none."""
    near, far = ({k: next((i for i, w in enumerate(words) if w in names.split()), None) for k, names in side.items()} for side in (_NEAR, _FAR))
    ports = [i for i, w in enumerate(words) if w in ("port", "hca/port")]
    if len(ports) == 2 and far["device"] is None and all(words[i - 1] == "name" for i in ports if i):
        # InfiniBand sheets have the same names on both sides: the name stands before its port
        for side, at in ((near, ports[0]), (far, ports[1])):
            side |= {"device": at - 1, "port": at}
            if words[max(at - 3, 0) : at - 1] == ["rack", "u"]:
                side |= {"rack": at - 3, "u": at - 2}
    if _NETBOX & set(words):
        near["state"] = None  # `connected` is what somebody wrote of the cable, not what its ports say
    is_alias = near["alias"] is not None and far["device"] is None
    if near["device"] is None or (near["port"] is None and not is_alias):
        return None
    if far["device"] is None and all(near[k] is None for k in ("mac", "state", "alias")):
        return None
    places = [i for side in (near, far) for i in side.values() if i is not None]
    needed = [i for i in (near["device"], near["port"], far["device"], far["port"]) if i is not None]
    return Columns(near, far, max(needed or places) + 1, SHEET if set(words) >= _SHEET else LIST, set(words) >= _TERMS)


class _Faults:
    """Rows of a list that are not right: for each kind the first line and word, and how many there are."""

    def __init__(self) -> None:
        self._met: dict[tuple[str, str], tuple[int, str, int]] = {}

    def add(self, line: int, what: str, help: str, word: str = "") -> None:
        first, shown, count = self._met.get((what, help), (line, word, 0))
        self._met[what, help] = (first, shown, count + 1)

    def into(self, found: Found, sheet: str) -> None:
        for (what, help), (line, word, count) in self._met.items():
            where = f"sheet `{sheet}` row {line}" if sheet else f"line {line}"
            more = f" ({count - 1:,} more are like it)" if count > 1 else ""
            found.fault(line, 1, f"has {what}{f' {quoted(word)}' if word else ''}: {where}{more}", help, sheet)


def _rows(rows: Sequence[tuple[int, Sequence[str]]], c: Columns, name: str, found: Found) -> None:
    faults, is_link = _Faults(), c.far["device"] is not None
    wanted = [side[k] for side in (c.near, c.far) for k in ("device", "port", "mac", "alias")]
    stands = [[side[k] for k in ("device", "role", "rack", "u")] for side in (c.near, c.far) if side["role"] is not None or side["rack"] is not None]
    several = _several(rows, stands)
    ends = [at for at in (c.near["end"], c.far["end"]) if at is not None]  # NetBox' cables to outlets, feeds and circuits are none of a network
    for line, row in rows:
        device, port, mac, alias, far, far_port, far_mac, far_alias = [None if at is None else _cell(row, at) for at in wanted]
        is_empty = device is None and not any(map(str.strip, row))
        if is_empty or (ends and any((_cell(row, at) or "").rpartition(".")[2] not in ("interface", "") for at in ends)):
            continue
        for address in {mac, far_mac} - {None}:
            if not MAC.fullmatch(address or ""):
                faults.add(line, "a MAC address that is none,", "write twelve hexadecimal digits, as in 00:00:5e:00:53:01", address or "")
        if c.reader == SHEET and (device == port or far == far_port):
            continue  # a cable to a feed, which has no port
        if c.is_terms and "," in f"{port}{far_port}":
            pairs = _terms(device, port, far, far_port)
            found.seen += [(line, 1, name, *a, None, *b, None, None, None, UNKNOWN, c.reader) for a, b in pairs]
            if not pairs:
                faults.add(line, _MANY, "give `/api/dcim/cables/` of NetBox, which says it")
            continue
        is_half = is_link and (port is None or (far_mac is None and far_alias is None and _is_half(far, far_port, c)))
        if len(row) < c.width or device is None or is_half:
            faults.add(line, "a row without all its cells", "fill device and port, or take the row out")
            continue
        told = UNKNOWN if c.near["state"] is None else _state(_cell(row, c.near["state"]))
        if told is None:
            faults.add(line, "a state that is not known,", "write `up` or `down`, or leave it empty", _cell(row, c.near["state"] or 0) or "")
        how = told or UNKNOWN
        if is_link:
            if several:
                device, far = (_placed(row, n, side["rack"], several) for n, side in ((device, c.near), (far, c.far)))
            found.seen.append((line, 1, name, device, port, mac, far, far_port, far_alias, far_mac, None, how, c.reader))
            if c.near["more"] is not None and c.far["more"] is not None:
                _further(row, (c.near["more"], c.far["more"]), (line, name, c.reader), (device, port), (far, far_port), found)
        else:
            found.local.append((line, 1, name, device, port, alias, mac, how))
        for side in stands:
            host = None if side[0] is None else _placed(row, _cell(row, side[0]), side[2], several)
            if host is not None and is_link and host not in found.devices:
                found.devices[host] = (line, *(None if at is None else _cell(row, at) for at in side[1:]), None, None)
    faults.into(found, name)


def _terms(device: str | None, port: str | None, far: str | None, far_port: str | None) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Pairs of ends of a cable of NetBox' table, where it says which they are: it has ends of a side in any order, and each of their devices once."""
    sides = []
    for hosts, ports in ((device or "", port or ""), (far or "", far_port or "")):
        own, names = hosts.split(","), [p.strip() for p in ports.split(",")]
        if len(own) > 1 and len(set(names)) > 1:
            return []
        sides.append([(h.strip(), p) for h, p in (zip(own * len(names), names, strict=False) if len(own) == 1 else zip(own, names, strict=False))])
    one, two = sides
    return [(a, b) for a in one for b in two] if min(len(one), len(two)) == 1 and all(map(all, [*one, *two])) else []


def _is_half(far: str | None, far_port: str | None, c: Columns) -> bool:
    """Whether a far end has a device or a port alone, where the list has both; one that has neither is none."""
    return (far is None) != (far_port is None) and c.far["port"] is not None


def _several(rows: Sequence[tuple[int, Sequence[str]]], sides: list[list[int | None]]) -> set[str]:
    """Names that a sheet has at several places, such as those of devices in their racks."""
    at: dict[str, tuple[str | None, str | None]] = {}
    found: set[str] = set()
    for device, _, rack, u in sides:
        if device is not None and rack is not None:
            for _, row in rows:
                name, place = _cell(row, device), (_cell(row, rack), None if u is None else _cell(row, u))
                if name is not None and at.setdefault(name, place) != place:
                    found.add(name)
    return found


def _placed(row: Sequence[str], name: str | None, rack: int | None, several: set[str]) -> str | None:
    """A device's name, with its rack before it where the name alone would not do."""
    place = None if rack is None or name not in several else _cell(row, rack)
    return f"{place}/{name}" if place else name


def _further(row: Sequence[str], more: tuple[int, int], at: tuple[int, str, int], near: End, far: End, found: Found) -> None:
    """Ends of a cable of several plugs beyond the first of each side, as `device:port`; `at` is line, sheet and reader."""
    line, name, reader = at
    for other, is_near in zip(more, (True, False), strict=True):
        for word in (_cell(row, other) or "").split():
            device, _, port = word.partition(":")
            (a, p), (b, q) = ((device, port), far) if is_near else (near, (device, port))
            found.seen.append((line, 1, name, a, p, None, b, q, None, None, None, UNKNOWN, reader))


def _state(text: str | None) -> int | None:
    return _STATES.get(re.sub(r"[^a-z0-9]", "", (text or "").lower()))


def _cell(row: Sequence[str], at: int) -> str | None:
    """A cell as text; the apostrophe with which spreadsheets are kept from reading a formula is no part of it."""
    text = row[at].strip() if at < len(row) else ""
    if text[:1] == "'" and _GUARDED.match(text):
        text = text[1:].strip()
    return text or None
