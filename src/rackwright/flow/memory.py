"""What a process holds of the hall that it compiled last, each with what it was made from: an edit makes only what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import numpy as np
from pydantic import BaseModel

from rackwright.schema.alike import alike, is_alike
from rackwright.schema.remembered import Remembered

T = TypeVar("T")
K = TypeVar("K")
_BY_VALUE = (bool, int, float, str, bytes, np.ndarray)


@dataclass(slots=True, eq=False)
class Memory:
    """Results by name, one of each, the cells of cables by file, rack designs by name with what they were made from, and tables with what was
    derived from them. Not to be shared between threads.
    `is_kept`: there is going to be another compilation.
    """

    is_kept: bool = False
    cells: Mapping[str, Any] = field(default_factory=dict)
    racks: dict[str, tuple[Any, Any, Any]] = field(default_factory=dict)
    tables: Remembered | None = None
    _held: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def made(self, name: str, made_from: str, make: Callable[[], T]) -> T:
        """What `make` gives, without a call where it was made from just that before. `made_from` is a hash, see `Fingerprint`."""
        held = self._held.get(name)
        if held is None or held[0] != made_from:
            held = self._held[name] = made_from, make()
        return cast(T, held[1])

    def step(self, name: str, make: Callable[..., T], *of: Any) -> T:
        """`make(*of)`, without a call where it was made from the same before (`is_same`), which must be all that it depends on. A result
        that comes out as it was before is the same object, and so are the parts of it that do.
        """
        held = self._held.get(name)
        if held is None or not is_same(held[0], of):
            made = make(*of)
            held = self._held[name] = of, alike(held[1], made) if held else made
        return cast(T, held[1])

    def each(self, name: str, of: Mapping[K, Any], make: Callable[[dict[K, Any]], Mapping[K, T]], *shared: Any) -> dict[K, T]:
        """A result for each key: `make` gives those of the keys whose value in `of` is another than before, or of all where what they share is."""
        (before, held_shared), old = self._held.get(name, (({}, None), {}))
        if not is_same(held_shared, shared):
            before = {}
        new = {key: value for key, value in of.items() if key not in before or not is_same(before[key], value)}
        made = make(new) if new else {}
        found = {key: alike(old.get(key), made[key]) if key in new else old[key] for key in of}
        self._held[name] = (dict(of), shared), found
        return found

    def told(self, name: str, src: Callable[[str], int], make: Callable[..., T], *of: Any) -> T:
        """As `step` for what asks `src` where the spec says a thing (`make(src, *of)`): taken over only where it would be told the same numbers,
        which it is by the way, in the same order.
        """
        held, asked = self._held.get(name), dict[str, int]()
        if held is not None and is_same(held[0][0], of) and all(src(path) == number for path, number in held[0][1].items()):
            return cast(T, held[1])

        def ask(path: str) -> int:
            if path not in asked:
                asked[path] = src(path)
            return asked[path]

        made = make(ask, *of)
        made = alike(held[1], made) if held else made
        self._held[name] = (of, asked), made
        return made

    def known(self, name: str, thing: T) -> T:
        """The thing, in so far as it says the same the one held by that name."""
        held = self._held.get(name)
        made = alike(held[1], thing) if held else thing
        self._held[name] = None, made
        return made


def is_same(old: Any, new: Any) -> bool:
    """Whether two are one object, or say the same: plain values, arrays, parts of a spec, and collections of what is the same."""
    if old is new:
        return True
    if type(old) is not type(new):
        return False
    if isinstance(new, (tuple, list)):
        return len(old) == len(new) and all(map(is_same, old, new))
    if isinstance(new, dict):
        return list(old) == list(new) and all(is_same(old[key], value) for key, value in new.items())
    if isinstance(new, BaseModel):
        return bool(old == new)
    return isinstance(new, _BY_VALUE) and is_alike(old, new)
