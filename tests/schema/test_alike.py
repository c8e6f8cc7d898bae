"""What stayed the same is the same object, and nothing else is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pytest

from rackwright.schema.alike import alike, is_alike


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    a: Any
    b: Any


@dataclass(slots=True)
class Loose:
    a: int


def made() -> list[Any]:
    """One of each kind that is looked into."""
    table = pl.DataFrame({"n": [1, None, 3], "x": [0.5, None, -0.0], "s": ["a", "", None]})
    array = np.arange(5, dtype=np.int32)
    return [3, 0.0, "x", b"x", None, True, array, np.float32([0.0, np.nan]), table, (1, array), [array, table], {"k": table}, Pair(array, (1, 2))]


@pytest.mark.parametrize("i", range(len(made())))
def test_what_says_the_same_is_taken_over(i: int) -> None:
    old, new = made()[i], made()[i]
    assert alike(old, new) is old


OTHERS = [
    (1, 1.0),
    (1, True),
    (0.0, -0.0),
    ((1, 2), [1, 2]),
    ((1, 2), (1, 2, 3)),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    (np.arange(3, dtype=np.int32), np.arange(3, dtype=np.int64)),
    (np.arange(4), np.arange(4).reshape(2, 2)),
    (np.array([0.0]), np.array([-0.0])),
    (pl.DataFrame({"x": [0.0]}), pl.DataFrame({"x": [-0.0]})),
    (pl.DataFrame({"x": [1]}), pl.DataFrame({"y": [1]})),
    (pl.DataFrame({"x": [1, None]}), pl.DataFrame({"x": [1, 0]})),
    (pl.DataFrame({"s": ["", None]}), pl.DataFrame({"s": [None, ""]})),
    (Pair(1, 2), Pair(1, 3)),
    (Loose(1), Loose(1)),
]


@pytest.mark.parametrize(("old", "new"), OTHERS, ids=str)
def test_what_says_another_thing_is_not(old: Any, new: Any) -> None:
    assert not is_alike(old, new)
    assert alike(old, new) is not old


def test_parts_that_stayed_are_taken_over_alone() -> None:
    kept, old_n, new_n = np.arange(4), np.arange(3), np.arange(1, 4)
    old = Pair({"kept": kept, "other": old_n}, (kept, 1))
    new = alike(old, Pair({"kept": kept.copy(), "other": new_n}, (kept.copy(), 2)))
    assert new is not old
    assert new.a["kept"] is kept
    assert new.a["other"] is new_n
    assert new.b[0] is kept
    assert new.b[1] == 2
    assert old.a["other"] is old_n
