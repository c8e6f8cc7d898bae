"""JSON of lldpd's client, `json` and `json0`, of `ip -j link`, and of switches that speak LLDP; several documents may follow each other in one file.

Source of the shapes: lldpd, src/client/display.c and json_writer.c. In `json` a list of one is collapsed, so one interface is an object and
several are a
list of objects with one key each; a chassis is named by its key only if the neighbour sent a name; values "yes", "no", "on" and "off" are booleans.
A document may also be an object of such documents by device, as collectors write them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard

from rackwright.verify.observed import DOWN, LLDP, UNKNOWN, UP, BrokenError, Found
from rackwright.verify.reading import switches

_KNOWN = ("lldp", "local-chassis")
_STATES = {"UP": UP, "DOWN": DOWN, "LOWERLAYERDOWN": DOWN, "NOTPRESENT": DOWN}


class _Lines:
    """Lines and columns at which keys and names stand, which are asked for in the order in which they stand."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._line, self._start = text, 0, 1, 0

    def of(self, quoted: str = "") -> tuple[int, int]:
        """Line and column of the next place of this text after the last one found; those again where there is none."""
        found = self._text.find(quoted, self._at) if quoted else -1
        if found >= 0:
            if passed := self._text.count("\n", self._at, found):
                self._line += passed
                self._start = self._text.rfind("\n", self._at, found) + 1
            self._at = found
        return self._line, self._at - self._start + 1


@dataclass(slots=True)
class _Into:
    """Where it all goes."""

    found: Found
    lines: _Lines

    def fault(self, message: str, help: str) -> None:
        self.found.fault(*self.lines.of(), message, help)


def read(text: str, device: str) -> Found:
    """What a device sees, or many. Raises BrokenError."""
    into = _Into(Found(), _Lines(text))
    documents = list(_documents(text))
    own = next((n for d in documents if (n := _own_name(d))), device)
    for document in documents:
        _document(document, own, "", into)
    return into.found


def _documents(text: str) -> Iterator[Any]:
    decoder, at, length = json.JSONDecoder(), 0, len(text)
    while at < length:
        if text[at] in " \t\r\n":
            at += 1
            continue
        try:
            made, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as fault:
            is_cut = fault.pos >= len(text.rstrip()) or fault.msg.startswith("Unterminated")
            why = "ends in the middle of its JSON" if is_cut else f"is broken JSON: {fault.msg[0].lower()}{fault.msg[1:]}"
            raise BrokenError(fault.lineno, fault.colno, why, "collect it again; nothing of this file was used") from None
        except (RecursionError, ValueError):
            raise BrokenError(1, 1, "is JSON that no tool of these writes (too deep, or a number too long)") from None
        yield made


def _own_name(document: object) -> str:
    """The name in `lldpcli show chassis`."""
    if not isinstance(document, dict) or "local-chassis" not in document:
        return ""
    chassis = [c for block in _items(document["local-chassis"]) if isinstance(block, dict) for c in _items(block.get("chassis"))]
    return _chassis(chassis)[0] or ""


def _document(document: object, device: str, path: str, into: _Into) -> None:
    if _is_links(document):
        _links(document, device, path, into)
    elif isinstance(document, dict) and any(k in document for k in _KNOWN):
        if "lldp" in document:
            _lldp(document["lldp"], device, f"{path}lldp", into)
        elif chassis := _chassis([c for b in _items(document["local-chassis"]) if isinstance(b, dict) for c in _items(b.get("chassis"))])[1]:
            into.found.local.append((1, 1, f"{path}local-chassis", device, None, None, chassis, UNKNOWN))
    elif isinstance(document, dict) and "jsonrpc" in document:  # as the interface of EOS wraps it
        for part in _items(document.get("result")):
            _document(part, device, path, into)
    elif document == {}:
        into.found.whole.append((device, LLDP))
    elif isinstance(document, dict) and switches.is_json(document):
        for n in switches.neighbours(document):
            line, column = into.lines.of(_quoted(n.port))
            into.found.seen.append((line, column, path, device, n.port, None, n.host, n.far_port, n.alias, n.mac, n.chassis, UP, LLDP))
        into.found.whole.append((device, LLDP))
    elif isinstance(document, dict) and not path and any(map(_is_known, document.values())):
        for name, part in document.items():
            _document(part, name, f"{name}.", into)
    elif isinstance(document, dict) and ("DEVICE_METADATA" in document or "PORT" in document):
        into.fault("is a configuration of SONiC, which says nothing that was seen", "give what `lldpctl -f json0` prints")
    else:
        into.fault(f"{f'at `{path[:-1]}` ' if path else ''}holds neither `lldp` nor a list of links", "give what `lldpctl -f json0` prints")


def _is_known(part: object) -> bool:
    """Whether a part of an object is a document that is read."""
    return _is_links(part) or part == {} or (isinstance(part, dict) and any(k in part for k in _KNOWN)) or switches.is_json(part)


def _is_links(document: object) -> TypeGuard[list[dict[str, Any]]]:
    """Whether it is what `ip -j link` prints; links that it was not asked for are empty objects there (iproute2 before 5)."""
    return isinstance(document, list) and all(isinstance(r, dict) and (not r or "ifname" in r) for r in document)


def _links(rows: list[dict[str, Any]], device: str, path: str, into: _Into) -> None:
    """`ip -j link`: names, MAC addresses and states."""
    for i, row in enumerate(rows):
        if row and row.get("link_type", "ether") == "ether":
            line, column = into.lines.of(json.dumps(row["ifname"]))
            state = _STATES.get(str(row.get("operstate", "")), UNKNOWN)
            names = [row.get("ifalias"), *_items(row.get("altnames"))]
            for name in [n for n in names if isinstance(n, str)] or [""]:
                mac = row.get("permaddr", row.get("address"))
                into.found.local.append(
                    (line, column, f"{path}[{i}]", device, str(row["ifname"]), name or None, mac if isinstance(mac, str) else None, state)
                )


def _lldp(content: object, device: str, path: str, into: _Into) -> None:
    """Neighbours (`show neighbors`) or own ports (`show interfaces`, which have a status and no protocol)."""
    if not isinstance(content, dict | list):
        into.fault(f"`{path}` is no object and no list", "give what `lldpctl -f json0` prints")
        return
    is_neighbours = True
    for name, fields, at in _interfaces(content, path, into):
        line, column = into.lines.of(_quoted(name))
        host, chassis = _chassis(_items(fields.get("chassis")))
        port = next((p for p in _items(fields.get("port")) if isinstance(p, dict)), {})
        kind, value = _id(port.get("id"))
        descr = _value(port.get("descr"))
        mac = value if kind == "mac" else None
        if "status" in fields and "via" not in fields:
            into.found.local.append((line, column, at, device, name, descr, mac, UNKNOWN))
            is_neighbours = False
        elif host is None and chassis is None and value is None and descr is None:
            into.fault(f"`{at}` names neither the chassis nor the port of its neighbour", "collect it again")
        else:
            printed, alias = (descr, None) if mac else (value, descr)
            into.found.seen.append((line, column, at, device, name, None, host, printed, alias, mac, chassis, UP, LLDP))
    if is_neighbours:
        into.found.whole.append((device, LLDP))


def _interfaces(content: object, path: str, into: _Into) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Name, fields and path of every interface, in both shapes."""
    for block in _items(content):
        listed = _items(block.get("interface")) if isinstance(block, dict) else [block]
        for i, entry in enumerate(listed):
            at = f"{path}.interface[{i}]"
            if not isinstance(entry, dict):
                into.fault(f"`{at}` is no object", "give what `lldpctl -f json0` prints")
            elif isinstance(entry.get("name"), str):
                yield entry["name"], entry, f"{at}.{entry['name']}"
            else:
                for name, content in entry.items():
                    for fields in _items(content):
                        if isinstance(fields, dict):
                            yield name, fields, f"{at}.{name}"
                        else:
                            into.fault(f"`{at}.{name}` is no object", "give what `lldpctl -f json0` prints")


def _quoted(name: str) -> str:
    return f'"{name}"' if name.isalnum() else json.dumps(name, ensure_ascii=False)


def _chassis(listed: list[Any]) -> tuple[str | None, str | None]:
    """Name and MAC of a chassis, either where it was not sent."""
    for one in listed:
        if isinstance(one, dict) and one:
            kind, value = _id(one.get("id"))
            if kind:
                return _value(one.get("name")), value if kind == "mac" else None
            name, fields = next(iter(one.items()))
            if isinstance(fields, dict):
                kind, value = _id(fields.get("id"))
                return name, value if kind == "mac" else None
            return _value(one.get("name")), None
    return None, None


def _id(content: object) -> tuple[str, str | None]:
    """Type and value of an identifier."""
    for one in _items(content):
        if isinstance(one, dict) and isinstance(one.get("type"), str):
            return one["type"], _value(one)
    return "", None


def _value(content: object) -> str | None:
    """A text in any of its shapes."""
    if type(content) is list and len(content) == 1:  # as json0 has nearly all of them
        content = content[0]
    if type(content) is dict and type(content.get("value")) is str:
        return content["value"] or None
    for one in _items(content):
        inner = one.get("value") if isinstance(one, dict) else one
        if isinstance(inner, bool):
            return "on" if inner else "off"
        if isinstance(inner, str | int | float) and str(inner):
            return str(inner)
    return None


def _items(content: object) -> list[Any]:
    """A list as it is, nothing as none, and anything else as a list of one."""
    return content if isinstance(content, list) else [] if content is None else [content]
