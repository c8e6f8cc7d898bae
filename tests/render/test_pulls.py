"""Pulling in the report of a hall: waves and bars add up to the bundles."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl
import pytest

from rackwright.flow.hall import compile_hall
from rackwright.render import pulling
from rackwright.render.drawings import pull_hours
from rackwright.render.sections import pulls
from rackwright.schema.tables import Tables

SPEC = Path(__file__).resolve().parents[2] / "examples" / "halls" / "h100-superpod-1su.yaml"


@cache
def compiled(halls: int) -> Tables:
    return compile_hall(str(SPEC), sets=[f"halls={halls}"], as_of="2026-01-01").tables


@pytest.mark.parametrize("halls", [1, 2])
def test_waves_add_up_to_the_bundles(halls: int):
    t = compiled(halls)
    waves, b = pulling.waves(t), t["bundles"]
    assert [waves[c].sum() for c in ("bundles", "cables", "plugs")] == [b.height, b["cables"].sum(), b["plugs"].sum()]
    assert waves["crew_h"].sum() == pytest.approx(b["duration_s"].sum() / 3600)
    assert waves["lay_h"].min() > 0
    names = waves["name"].to_list()
    assert len(set(names)) == len(names)
    assert names[0] == ("between halls" if halls > 1 else "H01 trunks")
    found = pulls.content(t)
    assert found is not None
    assert [r[0] for r in found.grids[0].rows] == names
    assert {r[2] for r in found.grids[1].rows} == {"estimate"}


def test_bars_are_as_long_as_their_hours():
    t = compiled(2)
    scene = pull_hours.draw(t)
    assert scene is not None
    bars = scene.shapes.filter(pl.col("layer") == "bars")
    waves = pulling.waves(t)
    assert bars.height == 2 * waves.height
    drawn = bars.group_by("ref", maintain_order=True).agg(pl.col("w").sum())["w"]
    scale = drawn[0] / waves["crew_h"][0]
    assert drawn.to_list() == pytest.approx([h * scale for h in waves["crew_h"]])


def test_many_waves_are_drawn_hall_by_hall(monkeypatch):
    monkeypatch.setattr(pull_hours, "_MOST", 2)
    t = compiled(2)
    scene = pull_hours.draw(t)
    assert scene is not None
    names = scene.shapes.filter(pl.col("layer") == "names")["text"].to_list()
    assert names == ["between halls", "H01", "H02"]


def test_a_rack_pulls_nothing(tables: Tables):
    assert pulls.content(tables) is None
    assert pull_hours.draw(tables) is None
