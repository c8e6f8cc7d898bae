"""Neighbours as command lines of switches print them: JSON of Arista EOS (`show lldp neighbors [detail] | json`), of Cumulus Linux and NVOS (NVUE,
`nv show interface lldp -o json`; NCLU, `net show interface all json`), and the table of SONiC (`show lldp table`). What `net show lldp json` prints
is the JSON of lldpd.

Sources of the shapes: Arista Network Test Automation, data of its tests of VerifyLLDPNeighbors; napalm-cumulus, get_lldp_neighbors of its drivers for
NVUE and NCLU; sonic-utilities, scripts/lldpshow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rackwright.verify.observed import LLDP, MAC, UP, Found

_HEAD = re.compile(r"^ *LocalPort +RemoteDevice +RemotePortID\b", re.MULTILINE)
_PROMPT = re.compile(r"^\S+@([^\s:]+):\S*[$#] .*\blldp ?(?:show|table)\b")  # whose table it is, where one was pasted from a terminal
_RULE = re.compile(r"^ *-+(?: +-+)+ *$")
_AGAIN = "collect it again, and leave its lines as they are"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One neighbour at a port: names of its device and port, another name of that, MAC addresses of the port and of the device."""

    port: str
    host: str | None
    far_port: str | None
    alias: str | None = None
    mac: str | None = None
    chassis: str | None = None


def is_json(document: object) -> bool:
    """Whether a document is what one of these switches prints."""
    if not isinstance(document, dict):
        return False
    return isinstance(document.get("lldpNeighbors"), dict | list) or any(_by_port(part) is not None for part in document.values())


def neighbours(document: dict[str, Any]) -> Iterator[Neighbour]:
    """Every neighbour of such a document; parts of other shapes are passed over."""
    told = document.get("lldpNeighbors")
    if isinstance(told, list):
        for row in told:
            if isinstance(row, dict) and _text(row.get("port")):
                yield _named(row["port"], _text(row.get("neighborDevice")), _text(row.get("neighborPort")))
    elif isinstance(told, dict):
        for port, part in told.items():
            for row in _dicts(part.get("lldpNeighborInfo") if isinstance(part, dict) else None):
                own = row.get("neighborInterfaceInfo")
                own = own if isinstance(own, dict) else {}
                name = _text(own.get("interfaceId_v2")) or (_text(own.get("interfaceId")) or "").strip('"') or None
                yield _named(port, _text(row.get("systemName")), name, _text(own.get("interfaceDescription")), _text(row.get("chassisId")))
    else:
        for port, part in document.items():
            for host, row in _by_port(part) or ():
                far = row.get("port")
                chassis = row.get("chassis")
                far, chassis = far if isinstance(far, dict) else {}, chassis if isinstance(chassis, dict) else {}
                name = _text(chassis.get("system-name")) or host or _text(row.get("adj_hostname"))
                printed = _text(far.get("name")) or _text(row.get("adj_port"))
                yield _named(port, name, printed, _text(far.get("description")), _text(chassis.get("chassis-id")))


def _by_port(part: object) -> list[tuple[str | None, dict[str, Any]]] | None:
    """Neighbours of one port as NVUE (by name) and NCLU have them; None where it is neither."""
    if not isinstance(part, dict):
        return None
    told = part.get("lldp")
    if isinstance(told, dict) and isinstance(told.get("neighbor"), dict):
        return [(name, row) for name, row in told["neighbor"].items() if isinstance(row, dict)]
    own = part.get("iface_obj")
    if isinstance(own, dict) and "lldp" in own:
        return [(None, row) for row in _dicts(own["lldp"])]
    return None


def _named(port: str, host: str | None, name: str | None, alias: str | None = None, chassis: str | None = None) -> Neighbour:
    """A neighbour; a name that is a MAC address is one."""
    is_mac = name is not None and bool(MAC.fullmatch(name))
    own = chassis if chassis is not None and MAC.fullmatch(chassis) else None
    if host is not None and MAC.fullmatch(host):
        host, own = None, own or host
    return Neighbour(port, host, alias if is_mac else name, None if is_mac else alias, name if is_mac else None, own)


def _dicts(listed: object) -> list[dict[str, Any]]:
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def is_table(text: str) -> bool:
    """Whether a text has the header of SONiC's table near its beginning."""
    return bool(_HEAD.search(text[:20_000]))


def table(text: str, device: str) -> Found:
    """Every row of it; tables of several switches may follow each other where the prompt before each says whose it is."""
    found, own, columns = Found(), device, list[tuple[int, int | None]]()
    words: list[str] = []
    bad: list[int] = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r ").expandtabs()
        if prompt := _PROMPT.match(line):
            own, columns, words = prompt[1], [], []
        elif _HEAD.match(line):
            words = line.split()
        elif words and not columns and _RULE.match(line):
            at = [m.start() for m in re.finditer("-+", line)]
            columns = list(zip(at, [*at[1:], None], strict=True))
            found.whole.append((own, LLDP))
        elif columns and (not line.strip() or line.lstrip().startswith(("-----", "Total entries"))):
            columns, words = [], []
        elif columns and (n := _row(line, words, columns)) is not None:
            found.seen.append((number, 1, "", own, n.port, None, n.host, n.far_port, n.alias, n.mac, n.chassis, UP, LLDP))
        elif columns:
            bad.append(number)
    if bad:
        more = f" ({len(bad) - 1:,} more are like it)" if len(bad) > 1 else ""
        found.fault(bad[0], 1, f"has a row that is not in the columns of its header: line {bad[0]}{more}", _AGAIN)
    if not found.whole:
        found.fault(1, 1, "has the header of `show lldp table` and no line of dashes under it", _AGAIN)
    return found


def _row(line: str, words: list[str], columns: list[tuple[int, int | None]]) -> Neighbour | None:
    """The neighbour of a row; None where its cells are not under their heads, or it names none."""
    cells = dict(zip(words, (line[a:b].strip() or None for a, b in columns), strict=False))
    port, host, far = (cells.get(w) for w in ("LocalPort", "RemoteDevice", "RemotePortID"))
    is_whole = all(a == 0 or a >= len(line) or line[a - 1] == " " for a, _ in columns)
    return _named(port, host, far, cells.get("RemotePortDescr")) if is_whole and port and (host or far) else None
