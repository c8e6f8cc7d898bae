"""A torus judged over cables and circuits: whole, without circuits, with cables that cannot be laid."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from rackwright.flow.compile import compile_text
from rackwright.rules.circuits import parted
from rackwright.rules.net.endpoint_unreachable import check
from rackwright.schema.tables import Tables

RACK = Path(__file__).resolve().parents[2] / "examples" / "racks" / "torus-64.yaml"
HALL = """\
hall: tori
designs: {block: rack.yaml}
floor: {rows: 1, places: 10, pitch: 700 mm}
racks:
  block: {design: block, count: 2}
unit: 1
fabrics:
  ici: {topology: torus, ports: [tray.ici], switch: generic/ocs-136, cube: [4, 4, 4]}
"""


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    folder = tmp_path_factory.mktemp("tori")
    (folder / "rack.yaml").write_text(RACK.read_text(encoding="utf-8"), encoding="utf-8")
    return compile_text(HALL, folder=folder).tables


def test_circuits_join_the_blocks(hall: Tables) -> None:
    assert parted(hall).rows() == [(0, 768, 0)]
    assert check(hall).is_empty()


def test_without_circuits_a_block_is_cut_off(hall: Tables) -> None:
    found = check(hall.put({"fabric_circuits": hall["fabric_circuits"].clear()}))
    assert found.select("value", "limit").rows() == [(384, 768)]


def test_an_accelerator_whose_cables_cannot_be_laid_is_cut_off(hall: Tables) -> None:
    """All six of one; with one left it is joined. One end of a circuit is enough to lose it."""
    device = int(hall["fabric_cables"]["a_device_id"].min())  # type: ignore[arg-type]
    mine = pl.any_horizontal((pl.col(f"{s}_device_id") == device) & (pl.col(f"{s}_port") < 6) for s in "ab")
    for lost, cut in ((mine, 6), (mine & ~((pl.col("a_port") == 1) & (pl.col("tier") == 0)), 0)):
        cables = hall["fabric_cables"].with_columns(length_stock_mm=pl.when(lost).then(-1).otherwise("length_stock_mm").cast(pl.Int32))
        assert parted(hall.put({"fabric_cables": cables}))["cut"].to_list() == [cut]
