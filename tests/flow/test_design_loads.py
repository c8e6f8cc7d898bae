"""Where the power of a rack design goes: its rows against its own load flow and chips."""

from __future__ import annotations

from pathlib import Path

import pytest

from rackwright.flow.design_loads import loads
from rackwright.flow.pipeline import compile_file

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.parametrize("name", ["gb200-nvl72", "dgx-h100-x4"])
def test_loads_of_a_design_sum_to_what_it_takes(name: str):
    t = compile_file(str(EXAMPLES / "racks" / f"{name}.yaml"), as_of="2026-01-01").tables
    rows = loads(t)
    taken = t["summary"].filter(key="power_input_w")["value"][0]
    assert sum(r["power_w"] for r in rows) == pytest.approx(taken, rel=1e-9)
    gpus = next(r for r in rows if r["name"] == "accelerator")
    assert gpus["quantity"] == t["chips"].filter(kind="accelerator").height
