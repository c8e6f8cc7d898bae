"""Cables as NetBox' REST interface gives them (`GET /api/dcim/cables/`) and as `export netbox` writes them for it: each side has a list of
terminations. Those of equal lists meet in their order; one port that meets several meets each of them. A status
(`connected`) is what somebody wrote, and no state of a link.

Source: NetBox 4, `dcim/api/serializers_/cables.py`.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from rackwright.verify.observed import LIST, UNKNOWN, BrokenError, Found

_AGAIN = "export it again from /api/dcim/cables/"


def is_it(head: str) -> bool:
    """Whether the beginning of a text is that of such a list."""
    return head[:1] in ("{", "[") and '"a_terminations"' in head


def read(text: str) -> Found:
    """Every pair of ports that a cable joins; other terminations (power, circuits) are left out. Raises BrokenError."""
    try:
        content = json.loads(text)
    except json.JSONDecodeError as fault:
        raise BrokenError(fault.lineno, fault.colno, f"is broken JSON: {fault.msg[0].lower()}{fault.msg[1:]}", _AGAIN) from None
    except (RecursionError, ValueError):
        raise BrokenError(1, 1, "is JSON that NetBox does not write (too deep, or a number too long)", _AGAIN) from None
    cables = content.get("results") if isinstance(content, dict) else content
    if not isinstance(cables, list):
        raise BrokenError(1, 1, "has no list of cables under `results`", _AGAIN)
    found, places = Found(), _places(text)
    is_told = len(places) == len(cables)
    for number, cable in enumerate(cables):
        at, (line, column) = f"[{number}]", places[number] if is_told else (1, 1)
        one, two = (_ends(cable.get(f"{s}_terminations")) if isinstance(cable, dict) else None for s in "ab")
        if one is None or two is None:
            found.fault(line, column, f"has a cable at `{at}` without lists of terminations", _AGAIN)
            continue
        if len(one) != len(two) and min(len(one), len(two)) > 1:
            found.fault(
                line,
                column,
                f"has a cable at `{at}` of {len(one)} ends on one side and {len(two)} on the other: which meets which is not said",
                _AGAIN,
            )
            continue
        size = max(len(one), len(two)) if one and two else 0
        for i in range(size):
            (a, a_port), (b, b_port) = one[i % len(one)], two[i % len(two)]
            found.seen.append((line, column, at, a, a_port, None, b, b_port, None, None, None, UNKNOWN, LIST))
    return found


def _places(text: str) -> list[tuple[int, int]]:
    """Line and column of the terminations of each cable."""
    lines = [0, *(m.end() for m in re.finditer("\n", text))]
    starts = [m.start() for m in re.finditer('"a_terminations"', text)]
    return [(n, start - lines[n - 1] + 1) for start in starts for n in [bisect_right(lines, start)]]


def _ends(listed: object) -> list[tuple[str, str]] | None:
    """Device and port of each termination that is an interface; None where it is no list of terminations."""
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        return None
    return list(_ports(listed))


def _ports(listed: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for one in listed:
        inner = one.get("object")
        own = inner if isinstance(inner, dict) else one
        device, name = _text(own.get("device")), _text(own.get("name"))
        if device and name and one.get("object_type", "dcim.interface") == "dcim.interface":
            yield device, name


def _text(value: object) -> str:
    """A text, or that of an object that has a name or a value."""
    if isinstance(value, dict):
        value = value.get("name", value.get("value"))
    return value if isinstance(value, str) else ""
