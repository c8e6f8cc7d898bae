"""A torus judged over cables and circuits: whole, without circuits, with cables that cannot be laid."""

from __future__ import annotations

import polars as pl

from rackwright.rules.circuits import parted
from rackwright.rules.net.endpoint_unreachable import check
from rackwright.schema.tables import Tables


def test_circuits_join_the_blocks(tori: Tables) -> None:
    assert parted(tori).rows() == [(0, 768, 0)]
    assert check(tori).is_empty()


def test_without_circuits_a_block_is_cut_off(tori: Tables) -> None:
    found = check(tori.put({"fabric_circuits": tori["fabric_circuits"].clear()}))
    assert found.select("value", "limit").rows() == [(384, 768)]


def test_an_accelerator_whose_cables_cannot_be_laid_is_cut_off(tori: Tables) -> None:
    """All six of one; with one left it is joined. One end of a circuit is enough to lose it."""
    device = int(tori["fabric_cables"]["a_device_id"].min())  # type: ignore[arg-type]
    mine = pl.any_horizontal((pl.col(f"{s}_device_id") == device) & (pl.col(f"{s}_port") < 6) for s in "ab")
    for lost, cut in ((mine, 6), (mine & ~((pl.col("a_port") == 1) & (pl.col("tier") == 0)), 0)):
        cables = tori["fabric_cables"].with_columns(length_stock_mm=pl.when(lost).then(-1).otherwise("length_stock_mm").cast(pl.Int32))
        assert parted(tori.put({"fabric_cables": cables}))["cut"].to_list() == [cut]
