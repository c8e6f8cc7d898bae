"""Changes of trays that messages name: each was tried, so a hall compiled with it is free of what it was told for."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from rackwright.flow.compile import compile_text
from rackwright.flow.hall import compile_document, laid_out, read
from rackwright.flow.pipeline import Design
from rackwright.flow.tray_cures import with_tray_cures
from rackwright.rules.halls import RACK

HALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 4, places: 14, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 40}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
  front: {topology: node-local, ports: [dgx.net], switch: nvidia/sn5600}
network: {spread: 2}
pathways: PATHWAYS
"""
WALLS = """[{x: 0 m, y: 3.1 m, width: 4 m, depth: 0.9 m, full_height: true, because: fire wall},
    {x: 4.35 m, y: 3.1 m, width: 12 m, depth: 0.9 m, full_height: true, because: fire wall}]"""
OVER = {
    "wider": ("{width: 150 mm, fill_max: 5 %}", "`pathways.width: 450 mm`", ["pathways.width=450 mm"]),
    "second level": (
        "{width: 900 mm, fill_max: 1.5 %, cross_trays: 2}",
        "a second level for fabric `front`: `pathways.fibre: {height: 3 m, width: 900 mm, depth: 150 mm}` and `level: fibre`",
        ["pathways.fibre={height: 3 m, width: 900 mm, depth: 150 mm}", "fabrics.front.level=fibre"],
    ),
    "none": ("{width: 900 mm, fill_max: 1 %, cross_trays: 6}", None, []),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("trays")
    (made / "rack.yaml").write_text(RACK, encoding="utf-8")
    return made


def told(design: Design, code: str) -> list[str]:
    return [f.help for f in design.findings if f.code == code]


@pytest.mark.parametrize("case", OVER)
def test_a_change_that_is_named_makes_room(case: str, folder: Path) -> None:
    pathways, change, sets = OVER[case]
    text = HALL.replace("PATHWAYS", pathways)
    full = compile_text(text, folder=folder)
    trays = full.tables["trays"].filter(pl.col("fill") > pl.col("capacity"))
    assert trays.height
    assert trays["change"].unique().to_list() == [change]
    assert full.tables["trays"].filter(pl.col("fill") <= pl.col("capacity"))["change"].null_count() == full.tables["trays"].height - trays.height
    assert all((change or "neither wider trays") in help for help in told(full, "CAB303"))
    if sets:
        assert told(compile_text(text, folder=folder, sets=sets), "CAB303") == []


def test_more_trays_across_where_the_ladders_have_room(folder: Path) -> None:
    """Half as much again in the trunk of two trays as it may hold, nothing else too full: three."""
    (folder / "hall.yaml").write_text(HALL.replace("PATHWAYS", "{width: 600 mm}"), encoding="utf-8")
    document = read(str(folder / "hall.yaml"))
    trays = compile_document(document, as_of="2026-01-01").tables["trays"]
    more = trays.with_columns(fill=pl.when(pl.col("kind") == "trunk").then(pl.col("capacity") * 3 // 2).otherwise("fill"))
    ground = laid_out(document, as_of="2026-01-01").ground
    cured = with_tray_cures(document.spec, ground, more, {})
    assert cured.filter(pl.col("kind") == "trunk")["change"].unique().to_list() == ["`pathways.cross_trays: 3`"]


def test_the_width_before_is_too_small(folder: Path) -> None:
    """The smallest change: trays of 300 mm, the size before 450, are still overfull."""
    assert told(compile_text(HALL.replace("PATHWAYS", OVER["wider"][0]), folder=folder, sets=["pathways.width=300 mm"]), "CAB303")


def test_a_narrower_tray_passes_between_walls(folder: Path) -> None:
    """A fire wall between rows 1 and 2 with an opening of 350 mm: none of 600 or 450 mm goes through, one of 300 does."""
    text = HALL.replace("pathways: PATHWAYS\n", "").replace("pitch: 700 mm}", "pitch: 700 mm, keep_out: " + WALLS + "}")
    cut = compile_text(text, folder=folder)
    assert told(cut, "CAB302") == ["the smallest change that helps: `pathways.width: 300 mm`"] * 2
    assert told(cut, "NET303") == []
    assert told(compile_text(text, folder=folder, sets=["pathways.width=300 mm"]), "CAB302") == []
    assert told(compile_text(text, folder=folder, sets=["pathways.width=450 mm"]), "CAB302")
