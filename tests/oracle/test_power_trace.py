"""Figures of a box of eight H100 and the way loads are added, held against a real log: DC power of 64 nodes of 8 x H100 that train GPT-3, two seconds
apart, as submitted to MLPerf Training v4.0 (`../shared/data`, from MLCommons training_results_v4.0, Supermicro, Apache-2.0).
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from rackwright.catalog.loader import Catalog

TRACE = Path(__file__).resolve().parents[3] / "shared" / "data" / "mlperf_v4.0_gpt3_64x8xH100_power.csv"
SUPPLY = 0.94  # AC to DC of a power supply at half load, 80 PLUS Titanium; DC power over it is what the nameplate counts

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def nodes() -> pl.DataFrame:
    """Power of each node in W, a column each."""
    return pl.read_csv(TRACE).drop("time_s")


def test_the_log_is_whole(nodes: pl.DataFrame) -> None:
    assert nodes.shape == (1707, 64)
    assert nodes.null_count().sum_horizontal()[0] == 0


def test_no_node_leaves_the_range_of_a_dgx_h100(nodes: pl.DataFrame) -> None:
    """Another maker's box of the same eight modules: between our estimate when idle and the nameplate, and above two thirds of it under load."""
    part = Catalog().part("nvidia/dgx-h100")
    idle, most = part.number("power_idle"), part.number("power_max")
    assert idle is not None
    assert most is not None
    assert nodes.min().min_horizontal()[0] / SUPPLY > idle
    assert 2 / 3 * most < nodes.max().max_horizontal()[0] / SUPPLY < most


def test_training_loads_peak_together(nodes: pl.DataFrame) -> None:
    """Racks are added up without a diversity factor: the peak of the sum is 97 % of the sum of the peaks, so at most 3 % is given away."""
    together = nodes.sum_horizontal().max() / nodes.max().sum_horizontal()[0]  # type: ignore[operator]
    assert together == pytest.approx(0.970, abs=0.001)
