"""Cords by the inlets they go into."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from rackwright.flow.compile import compile_file

RACK = Path(__file__).resolve().parents[2] / "examples" / "racks" / "dgx-h100-x4.yaml"


def test_every_inlet_has_the_cord_that_fits():
    """Six supplies of four boxes take C19 (user guide: C20 inlets), two of the 1U switch C13."""
    t = compile_file(str(RACK), as_of="2026-01-01").tables
    cords = t["cables"].filter(kind="power-cord").join(t["ports"].select("port_id", "connector"), left_on="a_port_id", right_on="port_id")
    met = cords.group_by("connector", "part").len().sort("connector").rows()
    assert met == [("c14", "cable/cord-c13-c14", 2), ("c20", "cable/cord-c19-c20", 24)]
    amps = t["power_branches"].filter(kind="cord").group_by(pl.col("current_rated_a")).len().sort("current_rated_a").rows()
    assert amps == [(10.0, 2), (16.0, 24)]
