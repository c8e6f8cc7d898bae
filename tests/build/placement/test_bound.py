"""The star bound of one hub and of many, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from rackwright.build.placement.bound import star_bound


def line(n: int) -> np.ndarray:
    """Places a metre apart."""
    return np.abs(np.arange(n)[:, None] - np.arange(n)[None, :])


def test_most_links_go_to_the_nearest_place():
    """On a line the hub stands in the middle: 5 and 3 links at distance 1, 1 at 2. Partners that may not share its place, one to a place."""
    assert star_bound(line(5), np.array([[1, 5, 3, 0]]), 0, 1).tolist() == [5 + 3 + 2]


def test_partners_may_share_places():
    """Two beside the hub, two to a place elsewhere: 4 + 4 links at distance 0, 2 + 2 at distance 1, 1 at distance 1 on the other side."""
    assert star_bound(line(3), np.array([[4, 2, 4, 2, 1]]), 2, 2).tolist() == [5]


def test_each_hub_by_itself():
    assert star_bound(line(4), np.array([[1, 1, 1], [7, 0, 0]]), 0, 1).tolist() == [4, 7]


def test_more_partners_than_places_is_told():
    with pytest.raises(ValueError, match="3 partners do not fit onto places for 2"):
        star_bound(line(3), np.array([[1, 1, 1]]), 0, 1)
