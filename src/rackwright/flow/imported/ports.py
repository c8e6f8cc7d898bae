"""Ports of switches by what is printed on them: cage and branch, by the part's own way of writing or by the numbers in a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import gcd

from rackwright.catalog.loader import Catalog
from rackwright.catalog.part import Part


def _pattern(text: str) -> re.Pattern[str]:
    """A part's pattern such as `swp{cage}s{leg}` as an expression."""
    made = re.escape(text).replace(r"\{cage\}", r"(?P<cage>\d+)").replace(r"\{leg\}", r"(?P<leg>\d+)")
    return re.compile(made + r"\Z", re.IGNORECASE)


def own(names: Sequence[str], part: Part) -> dict[str, tuple[int, int]]:
    """Cage and branch, both from 0, of the names that are written as the part's maker does."""
    first, leg_first = (1 if number is None else int(number) for number in (part.number("cage_first"), part.number("leg_first")))
    cages = int(part.number("cages") or 0) + int(part.number("uplink_cages") or 0)
    legs = max([1, *map(int, part.text("breakouts").split())])
    patterns = [_pattern(t) for t in (part.text("port_pattern"), part.text("cage_pattern")) if t]
    found = {}
    for name in names:
        for pattern in patterns:
            if hit := pattern.match(name):
                cage, leg = int(hit["cage"]) - first, int(hit.groupdict().get("leg") or leg_first) - leg_first
                if 0 <= cage < cages and 0 <= leg < legs:
                    found[name] = cage, leg
                    break
    return found


def places(names: Sequence[str], part: Part, legs: int) -> dict[str, tuple[int, int]]:
    """Cage and branch of every name that can be read; `legs` are the branches of a cage where a name has one number alone.

    Names of another system are read by those of their numbers that differ from name to name: one is a port counted through, two are cage and branch.
    """
    found = own(names, part)
    if len(found) == len(names):
        return found
    numbers = {n: [int(x) for x in re.findall(r"\d+", n)] for n in names}
    wide = max((len(v) for v in numbers.values()), default=0)
    rows = {n: v for n, v in numbers.items() if len(v) == wide}
    varying = [i for i in range(wide) if len({v[i] for v in rows.values()}) > 1]
    if not varying or len(varying) > 2:
        return found
    step = gcd(*(v[varying[0]] - min(w[varying[0]] for w in rows.values()) for v in rows.values()))  # names count lanes, as `Ethernet0`, `Ethernet8`
    low = [min(min(v[i] for v in rows.values()), 1) for i in varying]
    for name, v in rows.items():
        at = [v[i] - least for i, least in zip(varying, low, strict=True)]
        found[name] = (at[0], at[1]) if len(at) == 2 else (at[0] // step, 0) if step > 1 else (at[0] // legs, at[0] % legs)
    return found


def fitting(names: Sequence[str], catalog: Catalog) -> list[str]:
    """Switches of the catalogue whose maker writes every one of those names."""
    made = [p for p in catalog.of_kinds("switch") if p.number("cages")]
    return [p.name for p in made if len(own(names, p)) == len(set(names))]


def unknown(parts: Iterable[str], catalog: Catalog) -> list[str]:
    """Parts named on the command line that the catalogue has not."""
    known = set(catalog.names())
    return [p for p in parts if p not in known]
