"""A part as data: what a part file says, with sources resolved."""

from __future__ import annotations

from dataclasses import dataclass

CONFIDENCES = ("read", "secondary", "estimated", "user")


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. `value` is in the base unit (None for text); `low` and `high` span conflicting sources."""

    name: str
    value: float | None
    text: str
    unit: str
    low: float | None
    high: float | None
    source: str
    date: str
    confidence: str
    note: str


@dataclass(frozen=True, slots=True)
class Content:
    """Parts inside a part: `count` pieces of `part`, called `alias` in names (`gpu` gives gpu0, gpu1, ...)."""

    part: str
    count: int
    alias: str


@dataclass(frozen=True, slots=True)
class PortGroup:
    """Equal ports of a part. With `of`, `count` ports on each chip of that alias; else `count` on the device.

    All ports of the group are numbered through (chip by chip) and split into equal consecutive blocks, one per entry of `x_mm`:
    a block is one physical connector, `x_mm` (from the part's left edge, seen from the front) and `z_mm` (from its bottom) say
    where it sits on `face` (front or rear). The device prints `prints` (`name` where empty) with a number that counts from `first`.
    """

    kind: str
    name: str
    of: str
    count: int
    speed_gbps: float
    lanes: int
    connector: str
    face: str
    x_mm: tuple[float, ...]
    z_mm: float
    prints: str = ""
    first: int = 0

    @property
    def printed(self) -> list[str]:
        """What is printed at each port, or at each on a chip."""
        return [f"{self.prints or self.name}{self.first + i}" for i in range(self.count)]

    @property
    def alias(self) -> str:
        """What selects these ports, as `nic` in `dgx.nic`: the alias of their chips; of scale-up and management ports, and of others, `name`."""
        return self.of if self.of and self.kind not in ("management", "scale-up") else self.name


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the catalogue. `file` is the part file as shown to people."""

    name: str
    kind: str
    title: str
    maker: str
    facts: dict[str, Fact]
    contains: tuple[Content, ...]
    ports: tuple[PortGroup, ...]
    file: str

    def number(self, fact: str) -> float | None:
        """A numeric fact in base units, or None where nobody knows it."""
        found = self.facts.get(fact)
        return None if found is None else found.value

    def text(self, fact: str) -> str:
        """A text fact, or the empty string."""
        found = self.facts.get(fact)
        return "" if found is None else found.text
