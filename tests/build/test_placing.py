"""Halls placed by the cost of their cables: what may move and what not, what is reported, and that it is always the same."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from rackwright.flow.hall import compile_hall
from rackwright.flow.pipeline import Design
from rackwright.schema.check import violations

DAY = "2026-01-01"
BY_COST = ("placement.switches=cost", "placement.racks=cost")
FOUR_UNITS = ("racks.dgx.count=32", "floor.rows=6", "fabrics.compute.media=[dac, fibre]")  # 48 switches in two racks


def hall(examples, *sets: str, name: str = "h100-superpod-1su") -> Design:
    return compile_hall(str(examples.parent / "halls" / f"{name}.yaml"), as_of=DAY, sets=list(sets))


@pytest.fixture(scope="module")
def in_order(examples) -> Design:
    return hall(examples, *FOUR_UNITS)


@pytest.fixture(scope="module")
def switches(examples) -> Design:
    return hall(examples, *FOUR_UNITS, BY_COST[0])


@pytest.fixture(scope="module")
def both(examples) -> Design:
    return hall(examples, *FOUR_UNITS, *BY_COST)


def layouts(design: Design) -> dict[str, dict]:
    return {r["layout"]: r for r in design.tables["placements"].iter_rows(named=True)}


def total(design: Design, column: str) -> float:
    return float(design.tables["fabrics"][column].sum())


def test_by_order_unless_asked(in_order: Design) -> None:
    assert in_order.tables["placements"].is_empty()


def test_what_is_reported_is_what_is_built(in_order: Design, switches: Design, both: Design) -> None:
    """The order's figures are those of the hall compiled without placement, to the cent and the millimetre; so are those of the cost."""
    for placed in (switches, both):
        by = layouts(placed)
        assert by["order"]["cost_usd"] == pytest.approx(total(in_order, "cost_usd"), abs=0.005)
        assert by["order"]["length_mm"] == total(in_order, "length_mm")
        assert by["cost"]["cost_usd"] == pytest.approx(total(placed, "cost_usd"), abs=0.005)
        assert by["cost"]["length_mm"] == total(placed, "length_mm")
        assert by["cost"]["is_built"]
        assert violations(placed.tables) == []


def test_more_freedom_costs_no_more_and_less_than_the_order(in_order: Design, switches: Design, both: Design) -> None:
    costs = [layouts(d)["cost"]["weight_usd"] for d in (both, switches)] + [layouts(both)["order"]["weight_usd"]]
    assert costs == sorted(costs)
    assert costs[0] < 0.95 * costs[-1]
    for d in (both, switches):
        assert layouts(d)["bound"]["weight_usd"] <= layouts(d)["cost"]["weight_usd"]
    assert layouts(both)["bound"]["weight_usd"] <= layouts(switches)["bound"]["weight_usd"]


def places(design: Design) -> pl.DataFrame:
    return design.tables["hall_racks"].select("rack_id", "row", "position")


def test_compute_racks_stay_unless_they_may_move(in_order: Design, switches: Design, both: Design) -> None:
    compute = pl.col("design_id").is_not_null()
    rows = [d.tables["hall_racks"].filter(compute).select("rack_id", "row", "position").rows() for d in (in_order, switches, both)]
    assert rows[0] == rows[1]
    assert rows[1] != rows[2]


@pytest.mark.parametrize("name", ["switches", "both"])
def test_every_place_holds_one_rack_and_every_unit_one_switch(name: str, request: pytest.FixtureRequest) -> None:
    d = request.getfixturevalue(name)
    assert not places(d).select("row", "position").is_duplicated().any()
    s = d.tables["fabric_switches"]
    assert not s.select("rack_id", "position_u").is_duplicated().any()
    assert s["position_u"].min() >= 3
    assert s["position_u"].max() < 3 + 40  # 42 units given, cut to a multiple of 4; switches of one unit


def test_racks_that_are_alike_keep_their_order(both: Design) -> None:
    """All eight racks of a unit join every leaf alike, so their numbers rise along the rows wherever they stand."""
    racks = both.tables["hall_racks"].filter(pl.col("design_id").is_not_null())
    for (_,), unit in racks.group_by("pod"):
        assert (np.diff(unit["row"].to_numpy() * 1000 + unit["position"].to_numpy()) > 0).all()


def test_the_same_every_time(both: Design, examples) -> None:
    again = hall(examples, *FOUR_UNITS, *BY_COST)
    for name in ("hall_racks", "fabric_switches", "placements", "fabric_cables"):
        assert again.tables[name].equals(both.tables[name]), name


def test_keep_outs_hold(examples) -> None:
    """A column in the middle of both rows: no rack stands in it, whatever it would save."""
    d = hall(
        examples,
        *BY_COST,
        "floor.places=9",
        "floor.keep_out=[{x: 4.6 m, y: 1 m, width: 700 mm, depth: 9 m, because: column}]",
    )
    racks = d.tables["hall_racks"]
    x = racks["x_mm"] - pl.select(pl.when(racks["faces"] > 0).then(700).otherwise(0)).to_series()
    assert ((x + 700 <= 4600) | (x >= 5300)).all()


def test_a_price_of_power_counts(examples) -> None:
    """With 10 USD a watt the weight is cost and ten times the power."""
    d = hall(examples, *BY_COST, "placement.watt=10 USD")
    for layout in ("order", "cost"):
        row = layouts(d)[layout]
        assert row["weight_usd"] == pytest.approx(row["cost_usd"] + 10 * row["power_w"], rel=1e-6)


def test_halls_keep_their_racks(examples) -> None:
    """Two halls: racks and switches move inside their hall alone."""
    before, after = (hall(examples, "halls=2", "unit=8", *sets) for sets in ((), BY_COST))
    for table, key in (("hall_racks", "rack_id"),):
        assert before.tables[table].select(key, "hall_id").rows() == after.tables[table].select(key, "hall_id").rows()
    of = [
        d.tables["fabric_switches"].join(d.tables["hall_racks"].select("rack_id", "hall_id"), on="rack_id").sort("device_id")["hall_id"].to_list()
        for d in (before, after)
    ]
    assert of[0] == of[1]
    assert layouts(after)["cost"]["weight_usd"] < layouts(after)["order"]["weight_usd"]
