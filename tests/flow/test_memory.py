"""Steps of a compilation are taken over where they are made from the same, and ask for places in the order that a fresh one asks in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from rackwright.flow.memory import Memory, is_same
from rackwright.spec.pulling import Pulling


def test_a_step_is_made_again_where_it_is_made_from_other_things() -> None:
    memory, calls = Memory(), list[object]()

    def make(a: object, b: object) -> tuple[object, object]:
        calls.append((a, b))
        return a, b

    held = np.arange(3)
    one = memory.step("x", make, held, [1, "a"])
    assert memory.step("x", make, held.copy(), [1, "a"]) is one
    two = memory.step("x", make, held, [1, "b"])
    assert len(calls) == 2
    assert two[0] is one[0]
    assert two[1] == [1, "b"]


def test_of_many_results_those_are_made_again_whose_own_or_shared_things_are_others() -> None:
    memory, asked = Memory(), list[list[str]]()

    def made(of: dict[str, list[int]], shared: int) -> dict[str, list[int]]:
        def make(new: dict[str, list[int]]) -> dict[str, list[int]]:
            asked.append(list(new))
            return {key: [shared * sum(value)] for key, value in new.items()}

        return memory.each("x", of, make, shared)

    first = made({"a": [1], "b": [2]}, 10)
    second = made({"b": [2], "a": [1, 0], "c": [3]}, 10)
    assert second == {"b": [20], "a": [10], "c": [30]}
    assert list(second) == ["b", "a", "c"]
    assert second["a"] is first["a"]  # made again, and the same
    assert made({"a": [1, 0]}, 10) == {"a": [10]}
    assert made({"a": [1, 0], "b": [2]}, 20) == {"a": [20], "b": [40]}
    assert asked == [["a", "b"], ["a", "c"], ["a", "b"]]
    with pytest.raises(ZeroDivisionError):
        memory.each("x", {"a": [0]}, lambda new: {"a": [1 // 0]}, 20)
    assert made({"a": [1, 0], "b": [2]}, 20) == {"a": [20], "b": [40]}
    assert len(asked) == 3


def test_a_step_that_fails_leaves_what_was_held() -> None:
    memory = Memory()
    one = memory.step("x", lambda n: [n], 1)
    with pytest.raises(ZeroDivisionError):
        memory.step("x", lambda n: [1 // n], 0)
    assert memory.step("x", lambda n: [n], 1) is one


SAME = [(1, 1), ("a", "a"), ([1, (2,)], [1, (2,)]), ({"a": 1}, {"a": 1}), (np.arange(2), np.arange(2)), (Pulling(crew="3"), Pulling(crew="3"))]
OTHER = [(1, 1.0), (1, True), ((1,), [1]), ({"a": 1, "b": 2}, {"b": 2, "a": 1}), (Pulling(crew="3"), Pulling(crew="4")), (object(), object())]


@pytest.mark.parametrize(("old", "new"), SAME, ids=str)
def test_what_is_the_same(old: object, new: object) -> None:
    assert is_same(old, new)


@pytest.mark.parametrize(("old", "new"), OTHER, ids=["float", "bool", "list", "order", "spec", "objects"])
def test_what_is_not(old: object, new: object) -> None:
    assert not is_same(old, new)


def numbering(*first: str) -> Callable[[str], int]:
    """Numbers paths in the order that they are asked for."""
    known = {path: i for i, path in enumerate(first)}
    return lambda path: known.setdefault(path, len(known))


def test_places_are_asked_for_again_and_must_have_the_same_numbers() -> None:
    memory, calls = Memory(), []

    def make(src: Callable[[str], int], what: str) -> list[int]:
        calls.append(what)
        return [src("a"), src("b"), src("a")]

    one = memory.told("x", numbering(), make, "n")
    again = numbering()
    assert memory.told("x", again, make, "n") is one
    assert again("c") == 2  # a and b were asked for, so what comes later is numbered as it would be without a memory
    assert memory.told("x", numbering("b"), make, "n") == [1, 0, 1]
    assert len(calls) == 2
