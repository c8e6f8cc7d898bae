"""Port budgets: how a switch's cages are shared between links down, links up and ports kept free, and how links are spread over switches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackwright.build.fabrics.fabric import Array, FabricSpec, Problem, SwitchModel

_ROUND = 1e-6
# A leaf takes more uplinks than its ratio asks for only where the exact number needs over this many times the spines that the ports alone do.
_WASTE = 1.5


def legs_for(spec: FabricSpec, model: SwitchModel, speed_gbps: float, upwards: bool = False) -> int | Problem:
    """Most legs a cage of `model` can be broken into that still carry `speed_gbps`; `upwards` for the cages that carry uplinks."""
    cage_gbps, breakouts = (model.uplink_gbps, (1,)) if upwards and model.uplink_cages else (model.cage_gbps, model.breakouts)
    fitting = [legs for legs in breakouts if cage_gbps / legs >= speed_gbps - _ROUND]
    if fitting:
        return max(fitting)
    best = cage_gbps / min(breakouts)
    return Problem(
        spec.name, f"links of {speed_gbps:g} Gb/s do not fit the ports of `{model.part}`, {best:g} Gb/s at most", speed_gbps, best, "Gb/s"
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Budget:
    """Ports of one switch. `down` is the most links down, `up` the uplinks then needed, `up_most` the uplinks that can be had with `used` links down.

    Attributes:
        down: links down that fit.
        down_legs, up_legs: legs of a cage that carries them.
        ratio: uplinks needed per link down (0 where there are no uplinks).
        fixed: uplinks, where they are given.
        reserve: ports down kept free.
        peers: links to the other leaf of a pair.
        model: the switch.
    """

    model: SwitchModel
    down: int
    down_legs: int
    up_legs: int
    ratio: float
    fixed: int | None
    reserve: int
    peers: int

    def up(self, used: int) -> int:
        """Uplinks that `used` links down ask for."""
        if self.fixed is not None:
            return self.fixed
        return int(np.ceil((used + self.reserve) * self.ratio - _ROUND))

    def up_most(self, used: int) -> int:
        """Uplinks that fit beside `used` links down, the reserve and the peer links; no others than those given."""
        if self.fixed:
            return self.fixed
        return (self._up_cages(used) - -(-self.peers // self.up_legs)) * self.up_legs

    def _up_cages(self, used: int) -> int:
        own = self.model.uplink_cages
        return own or self.model.cages - -(-(used + self.reserve) // self.down_legs)

    def up_port(self, up: int) -> int:
        """Number of the first uplink port. Uplinks take the last cages, so that a leaf that grows keeps its numbers."""
        return (self.model.cages + self.model.uplink_cages - -(-up // self.up_legs)) * self.up_legs

    def peer_port(self, up: int) -> int:
        """Number of the first peer port; the cages below the uplinks."""
        return self.up_port(up) - -(-self.peers // self.up_legs) * self.up_legs


def budget(
    spec: FabricSpec, model: SwitchModel, down_gbps: float, up_gbps: float, oversubscription: float | None, reserve: int = 0,
    fixed: int | None = None, peers: int = 0, legs: int | None = None,
) -> Budget | Problem:  # fmt: skip
    """The most links down a switch takes at that ratio; `oversubscription` None for a switch without uplinks. Peer links run at `up_gbps`.
    `legs` are the links down of a cage, where they are given.
    """
    down_legs = legs_for(spec, model, down_gbps)
    if legs is not None and not isinstance(down_legs, Problem):
        if legs not in model.breakouts or legs > down_legs:
            able = [b for b in model.breakouts if b <= down_legs]
            text = f"a cage of `{model.part}` gives {' or '.join(map(str, able))} links of {down_gbps:g} Gb/s, not {legs}"
            near = min(able, key=lambda b: abs(b - legs))
            return Problem(spec.name, text, legs, down_legs, "", fix=(("breakout", near),) if legs == spec.breakout else ())
        down_legs = legs
    up_legs = legs_for(spec, model, up_gbps, upwards=True)
    if isinstance(down_legs, Problem):
        return down_legs
    if isinstance(up_legs, Problem):
        return up_legs
    ratio = down_gbps / (oversubscription * up_gbps) if oversubscription else 0.0
    whole = Budget(model, 0, down_legs, up_legs, ratio, fixed if oversubscription else 0, reserve, peers)
    down = np.arange(1, model.cages * down_legs + 1)
    up = np.full(len(down), whole.fixed) if whole.fixed is not None else np.ceil((down + reserve) * ratio - _ROUND).astype(np.int64)
    taken = -(-(down + reserve) // down_legs)
    wanted = -(-up // up_legs) + -(-peers // up_legs)
    fits = (taken <= model.cages) & (wanted <= model.uplink_cages) if model.uplink_cages else taken + wanted <= model.cages
    if not fits.any():
        return _no_room(spec, model, int(taken[0]), int(wanted[0]))
    return Budget(model, int(down[fits].max()), down_legs, up_legs, ratio, whole.fixed, reserve, peers)


def _no_room(spec: FabricSpec, model: SwitchModel, down: int, up: int) -> Problem:
    """What is short of a switch that has no room for one link down: cages for uplinks, or cages at all."""
    if model.uplink_cages and up > model.uplink_cages:
        text = f"`{model.part}` has {model.uplink_cages} cages for uplinks, and every switch needs {up}"
        return Problem(spec.name, text, up, model.uplink_cages, "cages")
    need, have = down + (0 if model.uplink_cages else up), model.cages
    return Problem(spec.name, f"`{model.part}` has no cage left for a single link down: {need} cages needed, {have} there", need, have, "cages")


@dataclass(frozen=True, slots=True)
class Spread:
    """How switches of a lower tier are tied to a set of `count` upper ones: `width[k]` links from each lower switch of sort k to each upper one."""

    count: int
    width: tuple[int, ...]


def _aligned(links: Array, legs: int) -> Array:
    return -(-links // legs) * legs


@dataclass(frozen=True, slots=True, eq=False)
class _Shares:
    """Equal shares of the uplinks of every sort; fields as `spread` has them, `present` are the sorts that have uplinks."""

    lower: Array
    up: list[int]
    up_most: list[int]
    cap: int
    legs: int
    present: list[int]

    def load(self, widths: list[int]) -> int:
        """Ports down of the upper switch that has most to carry."""
        return int(_aligned(self.lower * np.array(widths), self.legs).sum(axis=1).max())

    def widths(self, count: int) -> list[int]:
        return [-(-self.up[k] // count) if k in self.present else 0 for k in range(len(self.up))]

    def carries(self, count: int) -> bool:
        widths = self.widths(count)
        return self.load(widths) <= self.cap and all(widths[k] * count <= self.up_most[k] for k in self.present)

    def tightest(self, count: int) -> tuple[int, int]:
        """Uplinks that `count` upper switches need of the sort that lacks most, and those it could have."""
        widths = self.widths(count)
        k = max(self.present, key=lambda k: widths[k] * count - self.up_most[k])
        return widths[k] * count, self.up_most[k]

    def derived(self, carried: list[int]) -> int:
        """The count that is taken where none is given; 0 where none carries the links."""
        exact = [c for c in carried if all(self.up[k] % c == 0 for k in self.present)]
        floor = max(1, -(-self.load(self.up) // self.cap))
        return exact[0] if exact and exact[0] <= _WASTE * floor else carried[0] if carried else 0


def spread(
    spec: FabricSpec, what: str, lower: Array, up: list[int], up_most: list[int], cap: int, legs: int, model: SwitchModel, fixed: int | None,
    sets: int = 1, per: str = "set",
) -> Spread | Problem:  # fmt: skip
    """The smallest set of upper switches that carries the links and over which every lower switch spreads its uplinks equally.

    Args:
        spec: for names in messages.
        what: name of the upper tier in messages.
        lower: lower switches per set of upper ones (rows) and sort (columns), int.
        up: uplinks wanted of each sort.
        up_most: uplinks each sort could have.
        cap: ports down of an upper switch, which has cages of `legs` legs.
        legs: see `cap`; links of one sort start on a cage of their own.
        model: upper switch, for messages.
        fixed: number of upper switches of a set, if given.
        sets: how many such sets there are; for messages, and for a number that is meant of all together.
        per: what such a set belongs to, in messages.
    """
    present = [k for k in range(len(up)) if lower[:, k].any() and up[k] > 0]
    if not present:
        return Spread(0, tuple(0 for _ in up))
    shares = _Shares(np.unique(lower, axis=0), up, up_most, cap, legs, present)
    most = max(up_most[k] for k in present)
    carried = [c for c in range(1, most + 1) if shares.carries(c)]
    if fixed and fixed not in carried:
        fix = ((f"{what}s", near),) if (near := _nearest(carried, fixed, shares.derived(carried), sets)) else ()
        said = f"{fixed} {what}{'s' if fixed > 1 else ''}" + (f" per {per}, {fixed * sets:,} in all," if sets > 1 else "")
        if (needed := shares.load(shares.widths(fixed))) > cap:
            text = f"{said} cannot carry the uplinks below them in equal shares"
            return Problem(spec.name, text, needed, cap, f"ports per {what}", fix=fix)
        needed, have = shares.tightest(fixed)
        text = f"{said} need {needed} uplinks of every switch below for equal shares, and one has room for {have}"
        return Problem(spec.name, text, needed, have, "uplinks", fix=fix)
    if not carried:
        needed = shares.load([1 if k in present else 0 for k in range(len(up))])
        if needed > cap:
            text = f"each {what} must reach {needed} switches below it, `{model.part}` has {cap} ports for that"
            return Problem(spec.name, text, needed, cap, "ports")
        fewest = next(c for c in range(1, most + 1) if shares.load(shares.widths(c)) <= cap)
        needed, have = shares.tightest(fewest)
        return Problem(
            spec.name, f"{fewest} {what}s need {needed} uplinks from every switch below, one sort of them has {have}", needed, have, "uplinks"
        )
    best = fixed or shares.derived(carried)
    return Spread(best, tuple(shares.widths(best)))


def _nearest(able: list[int], asked: int, derived: int, sets: int) -> int:
    """Of the counts per set that are possible, the one nearest to what was asked for; 0 where there is none.

    What was asked for may be meant of all sets together: it is where that is nearer to what is derived.
    """
    each = sets if abs(asked - derived * sets) < abs(asked - derived) * sets else 1
    return min(able, key=lambda c: abs(c * each - asked), default=0)
