"""Fixtures every test may use."""

from pathlib import Path

import pytest

from rackwright.flow.compile import compile_text
from rackwright.schema.tables import Tables

ROOT = Path(__file__).resolve().parents[1]
TORI = """\
hall: tori
designs: {block: rack.yaml}
floor: {rows: 1, places: 10, pitch: 700 mm}
racks:
  block: {design: block, count: 2}
unit: 1
fabrics:
  ici: {topology: torus, ports: [tray.ici], switch: generic/ocs-136, cube: [4, 4, 4]}
"""


@pytest.fixture(scope="session")
def examples() -> Path:
    """Folder of the example racks."""
    return ROOT / "examples" / "racks"


@pytest.fixture(scope="session")
def tori(examples: Path, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """Two blocks of 4 x 4 x 4 in a row: 4 x 4 x 8, 48 circuit switches of four ports in use."""
    folder = tmp_path_factory.mktemp("tori")
    (folder / "rack.yaml").write_text((examples / "torus-64.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    return compile_text(TORI, folder=folder).tables
