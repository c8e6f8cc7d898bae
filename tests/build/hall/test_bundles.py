"""Bundles of a hall small enough to work out by hand, and of an example: what they hold, in which order, in what time."""

from __future__ import annotations

from functools import cache
from math import ceil, pi, sqrt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from rackwright.build.hall.bundles import Make, bundles
from rackwright.flow.hall import compile_hall
from rackwright.schema.tables import Tables
from rackwright.spec.pulling import Pulling

SPEC = Path(__file__).resolve().parents[3] / "examples" / "halls" / "h100-superpod-1su.yaml"
RULE = Pulling.model_validate({"crew": "2", "bundle": "4", "per_bundle": "5 min", "per_metre": "10 s", "per_plug": "40 s", "per_label": "20 s"})
# Two compute racks (pods 0 and 1) and a switch rack in hall 0, a switch rack in hall 1; one device in each.
RACKS = pl.DataFrame({"rack_id": [0, 1, 2, 3], "hall_id": [0, 0, 0, 1], "pod": [0, 1, None, None]})
RACK_OF = np.arange(4, dtype=np.int32)
SKUS = pl.DataFrame({"fabric_id": [0, 0], "sku": [0, 1], "tier": [0, 1], "part": ["a/dac", "b/aoc"], "pieces": [1, 1]})
MAKES = {"a/dac": Make(5000), "b/aoc": Make(700)}


def cables(*rows: tuple[int, int, int, int, int, int]) -> pl.DataFrame:
    """Rows of sku, device at a, device at b, path, cut length in mm, leg; legs of one cable follow each other."""
    names = ("sku", "a_device_id", "b_device_id", "path_id", "length_cut_mm", "leg")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Int32), orient="row")
    key = ((frame["leg"] <= 1).cast(pl.Int64).cum_sum()).cast(pl.UInt64)
    return frame.with_columns(key=key, fabric_id=pl.lit(0, pl.Int32))


def made(table: pl.DataFrame, tray_mm: int = 150) -> pl.DataFrame:
    return bundles(table, SKUS, RACKS, RACK_OF, MAKES, RULE, tray_mm)


def test_a_bundle_by_hand():
    """Three cables of 12, 10 and 11 m: 5 min, 12 m x 10 s, and six plugs and six labels of 40 s and 20 s shared by two: 300 + 120 + 180 s."""
    one = made(cables((0, 0, 2, 7, 12_000, 0), (0, 0, 2, 7, 10_000, 0), (0, 0, 2, 7, 11_000, 0))).row(0, named=True)
    assert (one["cables"], one["plugs"], one["length_cut_max_mm"], one["length_cut_mm"]) == (3, 6, 12_000, 33_000)
    assert one["duration_s"] == 600
    assert one["area_mm2_100"] == 15_000
    assert one["diameter_mm"] == pytest.approx(1.2 * sqrt(3) * sqrt(4 * 50 / pi), abs=0.06)  # d * 1.2 * sqrt(n)
    assert (one["part"], one["tier"], one["hall_id"], one["pod"], one["path_id"]) == ("a/dac", 0, 0, 0, 7)


def test_cables_inside_a_rack_are_not_laid():
    one = made(cables((1, 2, 2, -1, 2_500, 0))).row(0, named=True)
    assert one["duration_s"] == 300 + 60  # no metres; two plugs and labels of a minute, shared by two
    assert one["pod"] is None


@pytest.mark.parametrize(("n", "sizes"), [(4, [4]), (5, [3, 2]), (9, [3, 3, 3]), (11, [4, 4, 3])])
def test_no_bundle_is_too_large_and_sizes_differ_by_one_at_most(n: int, sizes: list[int]):
    table = made(cables(*((0, 0, 2, 7, 10_000 + i, 0) for i in range(n)))).sort("number")
    assert table["cables"].to_list() == sizes
    assert table["number"].to_list() == list(range(len(sizes)))
    # the cables of a bundle are the next in the order of links
    ends = np.cumsum(sizes)
    assert table["length_cut_max_mm"].to_list() == [10_000 + e - 1 for e in ends]


def test_no_bundle_is_thicker_than_its_tray():
    """Cables of 50 mm2 are 8.0 mm thick: two make 1.2 * 8.0 * 1.41 = 13.5 mm, three 16.6 mm."""
    table = cables(*((0, 0, 2, 7, 10_000, 0) for _ in range(6)))
    assert made(table, tray_mm=15)["cables"].to_list() == [2, 2, 2]
    assert made(table, tray_mm=17)["cables"].to_list() == [3, 3]
    assert made(table, tray_mm=5)["cables"].to_list() == [1] * 6  # thicker than the tray as it is; fill tells that


def test_what_cannot_be_pulled_is_left_out():
    assert made(cables((-1, 0, 2, 7, 10_000, 0), (0, 0, 2, -2, -1, 0))).is_empty()
    assert made(cables()).is_empty()


def test_a_breakout_cable_counts_once_and_has_a_plug_for_each_leg():
    skus = SKUS.with_columns(part=pl.lit("c/splitter"))
    table = cables((0, 0, 2, 7, 10_000, 1), (0, 0, 2, 7, 10_000, 2), (0, 0, 2, 7, 10_000, 1), (0, 0, 2, 7, 10_000, 2))
    one = bundles(table, skus, RACKS, RACK_OF, {"c/splitter": Make(5000, 3)}, RULE, 150).row(0, named=True)
    assert (one["cables"], one["plugs"], one["length_cut_mm"]) == (2, 6, 20_000)


def test_order_of_waves():
    """Between halls, trunks of the hall, pod 0, pod 1; in pod 0 the longer bundle first."""
    table = made(cables((0, 1, 2, 7, 50_000, 0), (0, 0, 2, 7, 9_000, 0), (0, 0, 2, 8, 14_000, 0), (1, 2, 2, -1, 3_000, 0), (1, 2, 3, 9, 70_000, 0)))
    assert table["bundle_id"].to_list() == [0, 1, 2, 3, 4]
    assert table["wave"].to_list() == [0, 1, 2, 2, 3]
    assert table["length_cut_max_mm"].to_list() == [70_000, 3_000, 14_000, 9_000, 50_000]


def test_keys_too_wide_for_an_integer_are_counted_instead():
    """Path ids and racks so large that they do not fit side by side give the same bundles."""
    rows = [(0, 0, 2, 7, 9_000, 0), (0, 0, 2, 2**30, 14_000, 0), (1, 2, 3, 9, 70_000, 0), (0, 0, 2, 7, 8_000, 0)]
    far = np.array([0, 1, 2, 3], np.int32)
    wide = np.append(far, np.int32(2**20))  # a device more, in a rack of a high number
    narrow, table = (bundles(cables(*rows), SKUS, RACKS, of, MAKES, RULE, 150) for of in (far, wide))
    assert table.equals(narrow)
    assert table["path_id"].to_list() == [9, 2**30, 7]


@cache
def hall(halls: int = 2) -> Tables:
    return compile_hall(str(SPEC), sets=[f"halls={halls}"], as_of="2026-01-01").tables


def test_bundles_hold_every_cable_of_an_example_once():
    t = hall()
    first = t["fabric_cables"].filter((pl.col("leg") == 0) | pl.col("key").is_first_distinct())
    b = t["bundles"]
    assert b["cables"].sum() == first.height == t["fabric_cables"]["key"].n_unique()
    assert b["length_cut_mm"].sum() == first["length_cut_mm"].cast(pl.Int64).sum()
    assert b["length_cut_max_mm"].max() == first["length_cut_mm"].max()
    assert b["cables"].max() <= t.input("pulling.bundle")


def test_order_of_an_example_lays_long_ones_below():
    """Nothing is pulled over a shorter one of its wave, trunks of a hall before its pods, and what leaves the hall before both."""
    t = hall()
    b = t["bundles"].sort("bundle_id").with_columns(is_pod=pl.col("pod").is_not_null())
    assert b["wave"].is_sorted()
    for _, wave in b.group_by("wave", maintain_order=True):
        assert wave["length_cut_max_mm"].is_sorted(descending=True)
    of = dict(t["hall_racks"].select("rack_id", "hall_id").iter_rows())
    between = [of[a] != of[c] for a, c in b.select("a_rack_id", "b_rack_id").iter_rows()]
    assert any(between)
    assert between == sorted(between, reverse=True)
    for _, own in b.filter(~pl.Series(between)).group_by("hall_id"):
        assert own["is_pod"].is_sorted()


def test_hours_are_those_of_the_rates():
    t = hall()
    rate = {k: t.input(f"pulling.{k}") for k in ("crew", "per_bundle", "per_metre", "per_plug", "per_label")}
    for b in t["bundles"].iter_rows(named=True):
        laid = b["length_cut_max_mm"] / 1000 * rate["per_metre"] if b["path_id"] >= 0 else 0
        expected = rate["per_bundle"] + laid + b["plugs"] * (rate["per_plug"] + rate["per_label"]) / rate["crew"]
        assert b["duration_s"] == ceil(round(expected, 6))
    value = dict(t["summary"].select("key", "value").iter_rows())
    assert value["pull_time_s"] == t["bundles"]["duration_s"].sum()
    assert value["bundles"] == t["bundles"].height
