"""Links between switches, by pattern. A stage holds O(switches) arrays of one plane and makes the links of one cell and plane on demand."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import Protocol

import numpy as np

from rackwright.build.fabrics.fabric import Array, LinkArrays, SwitchModel, link_arrays
from rackwright.schema.links import GLOBAL, MESH, PEER


@dataclass(frozen=True, slots=True)
class GroupIds:
    """Numbers for cable groups, unique over a fabric: `span` per switch, `legs` per cage."""

    span: int
    legs: int

    def of(self, switch: Array, cage: Array, leg: Array | int = 0) -> Array:
        """Id of a cage, or of one leg of it where every link is a cable of its own."""
        out: Array = switch * self.span + cage * self.legs + leg
        return out


def group_ids(models: tuple[SwitchModel, ...]) -> GroupIds:
    """Numbering wide enough for every model."""
    legs = max(max(m.breakouts) for m in models)
    return GroupIds(legs * max(m.cages + m.uplink_cages for m in models), legs)


@dataclass(frozen=True, slots=True)
class Side:
    """Switches at one end of a stage. Local switch i of plane p has the ordinal `first + p * count + i`; `port` is the first port used."""

    first: int
    count: int
    legs: int
    port: int = 0

    def ordinal(self, plane: int) -> int:
        """Ordinal of the first switch of that plane."""
        return self.first + plane * self.count


@dataclass(frozen=True, slots=True)
class Bundle:
    """Links that leave together through common cages: `links` of them between `a_cages` cages at the lower end and `b_cages` at the upper, as many
    between any two. The last of a switch may have fewer.
    """

    links: int = 1
    a_cages: int = 1
    b_cages: int = 1


ALONE = Bundle()  # every link goes its own way, or cages meet too unevenly for a cable of several links


class Stage(Protocol):
    """Links of one pattern."""

    @property
    def tier(self) -> int:
        """Tier of its links between switches (in a torus: between endpoints)."""

    def total(self) -> int:
        """Links per plane, all cells."""

    def links(self, plane: int, cell: int) -> LinkArrays:
        """Links of that plane whose lower end belongs to that cell."""

    def bundle(self) -> Bundle:
        """What its links leave in: the same all over the stage."""


def by_cell(cell: Array, cells: int) -> tuple[Array, Array]:
    """Order that sorts switches by cell, and where each cell begins in it (cells + 1)."""
    order = np.argsort(cell, kind="stable")
    return order, np.searchsorted(cell[order], np.arange(cells + 1))


@dataclass(frozen=True, slots=True, eq=False)
class Up:
    """Each lower switch is tied with `width` links to each of the `fan` upper switches that begin at `base`, and is number `slot` of theirs.

    Ports are taken in order of upper switch below, and in order of slot above, from `region` on. Links to one upper switch stand side by side,
    so that legs of a cage stay together; where they cannot, blocks of (slots x upper switches) that fill whole cages are one cable group.
    Arrays are sorted by cell, `begins` says where each cell starts.
    """

    tier: int
    low: Side
    high: Side
    lower: Array
    base: Array
    slot: Array
    region: Array
    rail: Array
    begins: Array
    fan: int
    width: int
    speed_gbps: float
    ids: GroupIds

    def total(self) -> int:
        """Links per plane, all cells."""
        return len(self.lower) * self.fan * self.width

    def links(self, plane: int, cell: int) -> LinkArrays:
        """Links of that plane whose lower end belongs to that cell."""
        own = slice(int(self.begins[cell]), int(self.begins[cell + 1]))
        lower, slot, region = self.lower[own], self.slot[own], self.region[own]
        each = self.fan * self.width
        number = np.arange(each, dtype=np.int32)
        upper, strand = np.divmod(number, np.int32(self.width))
        base = self.base[own][:, None] + np.int32(self.high.ordinal(plane))
        b_port = (region + slot * self.width)[:, None] + strand
        slots, uppers = self._block()
        if slots == uppers == 1:
            most = max(self.low.legs, self.high.legs)
            group = self.ids.of(base + upper, (b_port - strand % most) // self.high.legs)
        else:
            cage = (region + slot // slots * slots * self.width)[:, None] + (strand if slots == 1 else 0)
            group = self.ids.of(base + upper // uppers * uppers, cage // self.high.legs)
        return link_arrays(
            np.repeat(lower + np.int32(self.low.ordinal(plane)), each), a_port=np.tile(self.low.port + number, len(lower)), b=(base + upper).ravel(),
            b_port=b_port.ravel(), tier=self.tier, speed_gbps=self.speed_gbps, plane=plane, rail=np.repeat(self.rail[own], each), cell=cell,
            cable_group=group.ravel(), a_legs=self.low.legs, b_legs=self.high.legs,
        )  # fmt: skip

    def _block(self) -> tuple[int, int]:
        """Slots and upper switches whose links fill whole cages together."""
        return self.high.legs // gcd(self.width, self.high.legs), self.low.legs // gcd(self.width, self.low.legs)

    def bundle(self) -> Bundle:
        """Alone too where lower switches of two cells meet in one cage above: a cable would belong to both."""
        low, high, width = self.low.legs, self.high.legs, self.width
        slots, uppers = self._block()
        if slots == uppers == 1:
            most = max(low, high)
            return Bundle(most, most // low, most // high) if most % low == most % high == width % most == 0 else ALONE
        if slots > 1 and self.beside():
            return ALONE
        if slots == 1:
            return Bundle(low, 1, uppers) if width == high and low % width == 0 else ALONE
        if uppers == 1:
            return Bundle(high, high // low, 1) if high % width == 0 else ALONE
        return Bundle(slots * uppers * width, slots, uppers) if low % width == high % width == 0 else ALONE

    def beside(self) -> set[tuple[int, int]]:
        """Pairs of cells with lower switches whose links meet in a cage above (or in blocks of slots that fill whole cages)."""
        slots, _ = self._block()
        cell = np.searchsorted(self.begins, np.arange(len(self.lower)), side="right") - 1
        cage = (self.region + self.slot // slots * slots * self.width) // self.high.legs
        order = np.lexsort((cell, cage, self.base))
        cell, cage, base = cell[order], cage[order], self.base[order]
        found: set[tuple[int, int]] = set()
        for k in range(1, slots):
            meet = (cage[k:] == cage[:-k]) & (base[k:] == base[:-k]) & (cell[k:] != cell[:-k])
            found |= {(int(a), int(b)) for a, b in np.unique(np.stack([cell[:-k][meet], cell[k:][meet]], 1), axis=0)}
        return found | {(b, a) for a, b in found}


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Switches in groups of `size`; in a group each is tied to every other with `width` links. `begins` is the first switch of each cell."""

    side: Side
    begins: Array
    size: int
    width: int
    speed_gbps: float
    rail: Array
    ids: GroupIds
    tier: int = MESH

    def total(self) -> int:
        """Links per plane, all cells."""
        return self.side.count // self.size * (self.size * (self.size - 1) // 2) * self.width

    def links(self, plane: int, cell: int) -> LinkArrays:
        """Links of that plane whose lower end belongs to that cell."""
        low = np.arange(self.begins[cell], self.begins[cell + 1], dtype=np.int32)
        me = low % self.size
        strand = np.arange(self.width, dtype=np.int32)
        row, other = np.nonzero(np.arange(self.size) > me[:, None])
        low, me, other = low[row], me[row], other.astype(np.int32)
        # A switch numbers its peers in order, leaving itself out.
        a_port = ((other - 1) * self.width)[:, None] + strand + self.side.port
        b_port = (me * self.width)[:, None] + strand + self.side.port
        a = np.repeat(low + np.int32(self.side.ordinal(plane)), self.width)
        b = np.repeat(low - me + other + np.int32(self.side.ordinal(plane)), self.width)
        group = own_cable(self.ids, b, b_port.ravel(), self.side.legs, together=self.width % self.side.legs == 0)
        return link_arrays(
            a, a_port=a_port.ravel(), b=b, b_port=b_port.ravel(), tier=self.tier, speed_gbps=self.speed_gbps, plane=plane,
            rail=np.repeat(self.rail[low], self.width), cell=cell, cable_group=group, a_legs=self.side.legs, b_legs=self.side.legs,
        )  # fmt: skip

    def bundle(self) -> Bundle:
        """All legs of a cage lead to one cage where they come out even."""
        return Bundle(self.side.legs) if self.width % self.side.legs == self.side.port % self.side.legs == 0 else ALONE


def own_cable(ids: GroupIds, switch: Array, port: Array, legs: int, together: bool = False) -> Array:
    """Cable group of links that are a cable each; or share one per cage, where all legs of a cage lead to one cage."""
    return ids.of(switch, port // legs, 0 if together else port % legs)


@dataclass(frozen=True, slots=True, eq=False)
class Peers:
    """The two leaves of a dual-homed pair, local switches 2i and 2i + 1, tied with `width` links."""

    side: Side
    first: Array
    port: Array
    begins: Array
    width: int
    speed_gbps: float
    rail: Array
    ids: GroupIds
    tier: int = PEER

    def total(self) -> int:
        """Links per plane, all cells."""
        return len(self.first) * self.width

    def links(self, plane: int, cell: int) -> LinkArrays:
        """Links of that plane whose lower end belongs to that cell."""
        own = slice(int(self.begins[cell]), int(self.begins[cell + 1]))
        a = np.repeat(self.first[own] + np.int32(self.side.ordinal(plane)), self.width)
        port = (self.port[own][:, None] + np.arange(self.width, dtype=np.int32)).ravel()
        return link_arrays(
            a, a_port=port, b=a + 1, b_port=port, tier=self.tier, speed_gbps=self.speed_gbps, plane=plane, rail=np.repeat(self.rail[own], self.width),
            cell=cell, cable_group=own_cable(self.ids, a + 1, port, self.side.legs, together=True), a_legs=self.side.legs, b_legs=self.side.legs,
        )  # fmt: skip

    def bundle(self) -> Bundle:
        """Both leaves have the same ports, and so the same cages."""
        return Bundle(self.side.legs)


@dataclass(frozen=True, slots=True, eq=False)
class Global:
    """Groups of `routers` switches joined all to all: every switch has `each` global ports, spread evenly over the other groups.

    A group's global ports, in order, lead 1 group ahead, 1 back, 2 ahead, 2 back, ..., and around again. With an even number of groups the one
    opposite is met once a round, by the same port of both. Where ports and groups do not come out even, groups nearby get one link more; a last
    port without a partner stays free.
    """

    side: Side
    begins: Array
    router: Array
    groups: int
    routers: int
    each: int
    speed_gbps: float
    ids: GroupIds
    tier: int = GLOBAL

    def total(self) -> int:
        """Links per plane, all cells."""
        step, _ = self._round()
        opposite = (step * 2 == self.groups) if self.groups % 2 == 0 else np.zeros(len(step), bool)
        return self.groups * int(((step > 0) & ~opposite).sum()) + self.groups // 2 * int(opposite.sum())

    def _round(self) -> tuple[Array, Array]:
        """Groups ahead that each global port of a group leads to (0: free, negative: back), and the port there."""
        ports = self.routers * self.each
        if self.groups < 2:
            return np.zeros(ports, np.int32), np.zeros(ports, np.int32)
        number = np.arange(ports, dtype=np.int32)
        at = number % (self.groups - 1)
        ahead = at % 2 == 0
        step = np.where(ahead, at // 2 + 1, -(at // 2 + 1)).astype(np.int32)
        mate = np.where(ahead, number + 1, number - 1)
        if ahead[-1]:  # the last port begins a pair that does not fit
            step[-1] = self.groups // 2 if self.groups % 2 == 0 else 0
        opposite = step * 2 == self.groups
        return step, np.where(opposite, number, mate).astype(np.int32)

    def links(self, plane: int, cell: int) -> LinkArrays:
        """Links of that plane whose lower end belongs to that cell."""
        at = np.arange(self.begins[cell], self.begins[cell + 1])
        router = self.router[at]
        step, mate = self._round()
        group, inside = np.divmod(router, self.routers)
        port = inside[:, None] * self.each + np.arange(self.each, dtype=np.int32)
        leads = step[port]
        row, column = np.nonzero((leads > 0) & ((leads * 2 != self.groups) | (group[:, None] * 2 < self.groups)))
        number = port[row, column]
        far = mate[number]
        b = (group[row] + step[number]) % self.groups * self.routers + far // self.each + np.int32(self.side.ordinal(plane))
        b_port = self.side.port + far % self.each
        return link_arrays(
            router[row] + np.int32(self.side.ordinal(plane)), a_port=self.side.port + column, b=b, b_port=b_port, tier=self.tier,
            speed_gbps=self.speed_gbps, plane=plane, rail=-1, cell=cell, cable_group=own_cable(self.ids, b, b_port, self.side.legs),
            a_legs=self.side.legs, b_legs=self.side.legs,
        )  # fmt: skip

    def bundle(self) -> Bundle:
        """Every link leads elsewhere."""
        return ALONE
