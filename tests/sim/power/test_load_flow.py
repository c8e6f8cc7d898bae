"""The load flow stage as a stage: what it reads, what it costs to import, and the arithmetic of its case states."""

from __future__ import annotations

import subprocess
import sys

from rackwright.schema.tables import Tables
from rackwright.sim.power.load_flow import run


def test_an_empty_design_gives_empty_states() -> None:
    assert [f.height for f in run(Tables()).values()] == [0, 0, 0]


def test_importing_the_load_flow_does_not_import_scipy() -> None:
    code = "import sys, rackwright.sim.power.load_flow; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
