"""Numbers of shelves and PDUs, against the plain meaning of each redundancy word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackwright.build.sizing import shelves_needed, sizing_reason


def survives(count: int, load_w: float, rated_w: float, feeds: int, word: str) -> bool:
    """What is left after the loss `word` names carries the load; shelves dealt over the feeds in turn."""
    on_feed = [len(range(f, count, feeds)) for f in range(feeds)]
    lost = max(on_feed) if word == "2N" else {"N": 0, "N+1": 1, "N+2": 2}[word]
    return (count - lost) * rated_w >= load_w * (1 - 1e-9)


@pytest.mark.parametrize(
    ("load_w", "rated_w", "feeds", "word", "count"),
    [
        (132e3, 33e3, 2, "N", 4),
        (132e3, 33e3, 2, "N+1", 5),
        (132e3, 33e3, 2, "N+2", 6),
        (132e3, 33e3, 2, "2N", 8),
        (132_001, 33e3, 2, "2N", 10),
        (132e3, 33e3, 3, "2N", 6),
        (132e3, 33e3, 4, "2N", 8),
        (230e3, 110e3, 2, "N+1", 4),
        (1, 33e3, 2, "2N", 2),
        (0, 33e3, 2, "2N", 0),
        (132e3, 33e3, 1, "2N", 4),
    ],
)
def test_known_counts(load_w: float, rated_w: float, feeds: int, word: str, count: int) -> None:
    assert shelves_needed(load_w, rated_w, feeds, word) == count


@given(st.floats(1, 1e6), st.floats(1e3, 2e5), st.integers(1, 6), st.sampled_from(["N", "N+1", "N+2", "2N"]))
def test_the_count_survives_and_none_smaller_does(load_w: float, rated_w: float, feeds: int, word: str) -> None:
    if word == "2N" and feeds == 1:
        return
    count = shelves_needed(load_w, rated_w, feeds, word)
    assert survives(count, load_w, rated_w, feeds, word)
    smaller = range(feeds, count, feeds) if word == "2N" else range(1, count)
    assert not any(survives(n, load_w, rated_w, feeds, word) for n in smaller)


def test_a_given_count_wins_and_the_reason_says_what_it_lacks() -> None:
    assert shelves_needed(132e3, 33e3, 2, "2N", given=6) == 6
    reason = sizing_reason(132e3, 33e3, 2, "2N", given=6)
    assert reason == "2N: 6 x 33 kW, any of 2 feeds lost leaves 3 = 99 kW for 132 kW, 33 kW short; 8 would be the smallest number"


def test_the_reason_names_the_spare() -> None:
    assert sizing_reason(120e3, 33e3, 2, "N+1").endswith("any one lost leaves 4 = 132 kW for 120 kW, 12 kW spare")
    assert "one feed can never be 2N" in sizing_reason(120e3, 33e3, 1, "2N")


@pytest.mark.parametrize(("rated_w", "feeds", "word"), [(0.0, 2, "N"), (33e3, 0, "N"), (33e3, 2, "N+3")])
def test_nonsense_is_refused(rated_w: float, feeds: int, word: str) -> None:
    with pytest.raises(ValueError, match="no sizing"):
        shelves_needed(1.0, rated_w, feeds, word)
