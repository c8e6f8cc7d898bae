"""How many power shelves or PDUs a rack needs, from its load, one unit's rating and the redundancy asked for."""

from __future__ import annotations

from math import ceil

from rackwright.base.units import show

_SLACK = 1e-9
_SPARES = {"N": 0, "N+1": 1, "N+2": 2}


def shelves_needed(load_w: float, shelf_rated_w: float, feeds: int, redundancy: str, given: int | None = None) -> int:
    """Smallest number of equal shelves (or PDUs) whose rest carries `load_w` after the loss that `redundancy` names.

    N: nothing lost. N+1, N+2: any one or two units lost. 2N: any whole feed lost; the units are dealt evenly, so the answer is a
    multiple of `feeds`. With one feed 2N cannot be met by any number: the answer is then that of N
    and the required feed case fails in the load flow.

    Args:
        load_w: what the units must put out together, W.
        shelf_rated_w: rated output of one unit, W; of a shelf with PSU redundancy inside pass the rating you want to count on
            (all PSUs, or `psu_count - psu_redundant` of them).
        feeds: independent feeds the units are dealt over.
        redundancy: N, N+1, N+2 or 2N.
        given: the user's own count, which wins.

    Raises:
        ValueError: a rating that is not above zero, no feed, or a word that is no redundancy.

    Source of the check figure: 132 kW on 33 kW shelves, 2N over two feeds gives the 8 shelves of a GB200 NVL72 rack (BCM power-shelf manual,
    docs.nvidia.com; Lenovo LP2357).
    """
    if not shelf_rated_w > 0 or feeds < 1 or redundancy not in (*_SPARES, "2N"):
        raise ValueError(f"no sizing for a rating of {shelf_rated_w} W, {feeds} feeds and redundancy {redundancy!r}")
    if given is not None:
        return given
    if load_w <= 0:
        return 0
    if redundancy == "2N" and feeds > 1:
        return feeds * _carrying(load_w, shelf_rated_w * (feeds - 1))
    return _carrying(load_w, shelf_rated_w) + _SPARES.get(redundancy, 0)


def sizing_reason(load_w: float, shelf_rated_w: float, feeds: int, redundancy: str, given: int | None = None) -> str:
    """One sentence that says why the number of `shelves_needed` is what it is, what is spare, and whether a given one is enough."""
    need = shelves_needed(load_w, shelf_rated_w, feeds, redundancy)
    count = need if given is None else given
    left = count - _lost(count, feeds, redundancy)
    loss = {"N": "nothing lost", "N+1": "any one lost", "N+2": "any two lost", "2N": f"any of {feeds} feeds lost"}[redundancy]
    spare = left * shelf_rated_w - load_w
    balance = f"{show(spare, 'W')} spare" if spare >= -_SLACK * load_w else f"{show(-spare, 'W')} short"
    rest = show(left * shelf_rated_w, "W")
    text = f"{redundancy}: {count} x {show(shelf_rated_w, 'W')}, {loss} leaves {left} = {rest} for {show(load_w, 'W')}, {balance}"
    if redundancy == "2N" and feeds == 1:
        return f"{text}; one feed can never be 2N"
    return text if given is None or given == need else f"{text}; {need} would be the smallest number"


def _carrying(load_w: float, rated_w: float) -> int:
    return max(1, ceil(load_w / rated_w - _SLACK))


def _lost(count: int, feeds: int, redundancy: str) -> int:
    """Units gone in the worst loss that `redundancy` names; a feed holds `count / feeds` of them, rounded up."""
    lost = ceil(count / feeds) if redundancy == "2N" else _SPARES[redundancy]
    return min(lost, count)
