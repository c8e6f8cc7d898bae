"""The example racks, compiled once, and what is drawn of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from rackwright.flow.pipeline import compile_file
from rackwright.render.gallery import scenes
from rackwright.render.scene import Scene
from rackwright.schema.tables import Tables

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "racks"
RACKS = sorted(p.stem for p in EXAMPLES.glob("*.yaml"))


@cache
def compiled(name: str) -> Tables:
    return compile_file(str(EXAMPLES / f"{name}.yaml"), as_of="2026-01-01").tables


@cache
def drawn(name: str) -> dict[str, Scene]:
    return scenes(compiled(name))


@pytest.fixture(params=RACKS)
def rack(request: pytest.FixtureRequest) -> str:
    """Name of an example rack."""
    return str(request.param)


@pytest.fixture
def tables(rack: str) -> Tables:
    """Its tables."""
    return compiled(rack)


@pytest.fixture
def drawings(rack: str) -> dict[str, Scene]:
    """Its drawings by name."""
    return drawn(rack)


@pytest.fixture
def nvl72() -> Tables:
    """Tables of the NVL72 rack."""
    return compiled("gb200-nvl72")


@pytest.fixture
def air() -> Tables:
    """Tables of the air-cooled AC rack."""
    return compiled("dgx-h100-x4")
