"""What a process holds of the hall that it compiled last, each with the hash of what it was made from: an edit makes only what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from rackwright.flow.cabling import Made

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Memory:
    """Results by name, one of each, and the cells of cables by file. Not to be shared between threads."""

    cells: Mapping[str, Made] = field(default_factory=dict)
    _held: dict[str, tuple[str, Any]] = field(default_factory=dict)

    def made(self, name: str, made_from: str, make: Callable[[], T]) -> T:
        """What `make` gives, without a call where it was made from just that before. `made_from` is a hash, see `Fingerprint`."""
        held = self._held.get(name)
        if held is None or held[0] != made_from:
            held = self._held[name] = made_from, make()
        return cast(T, held[1])
