"""Arc-flash labels against the tables they are made of."""

from __future__ import annotations

import math
import re
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from rackwright.export import arc_flash_labels
from rackwright.export.only import ChoiceError, Only, UnknownNameError
from rackwright.flow.hall import compile_hall
from rackwright.flow.pipeline import compile_file
from rackwright.schema.tables import Tables

CALORIE = 4.184
SLOW = ["overrides={ocp/diablo-400: {fault_hold: 3 s}}"]  # sidecars that feed an arc for longer than anybody stays


@pytest.fixture(scope="module")
def hall(examples: Path) -> Tables:
    """AC up to the rows, 800 V DC from there."""
    return compile_hall(str(examples.parent / "halls" / "gb200-superpod-2su.yaml"), variant="dc-800v", sets=SLOW, as_of="2026-01-01").tables


def made(t: Tables, only: Only = Only()) -> tuple[str, pl.DataFrame]:  # noqa: B008  frozen
    (name, page), (text, rows) = arc_flash_labels.files_of(t, only)
    assert (name.rpartition(".")[2], text.rpartition(".")[2]) == ("html", "csv")
    return page().decode(), pl.read_csv(rows())


def words(label: ElementTree.Element) -> list[str]:
    return ["".join(x.itertext()) for x in label.iter("{http://www.w3.org/2000/svg}text")]


def drawn(page: str) -> list[list[str]]:
    """Texts of every label, sheet by sheet."""
    sheets = [ElementTree.fromstring(x) for x in re.findall(r"<svg.*?</svg>", page, re.S)]
    return [words(g) for sheet in sheets for g in sheet.findall("{http://www.w3.org/2000/svg}g")]


def test_every_place_has_a_label_with_its_figures(hall: Tables):
    page, rows = made(hall)
    arcs = hall["arc_flashes"].join(hall["supply_nodes"].select("node_id", "name", volts="voltage_nominal_v"), on="node_id").sort("node_id")
    assert rows["Equipment"].to_list() == arcs["name"].to_list()
    labels = drawn(page)
    assert len(labels) == arcs.height > 20
    for texts, arc in zip(labels, arcs.iter_rows(named=True), strict=True):
        value = dict(zip(texts[3::2], texts[4::2], strict=False))
        energy = arc["energy_j_cm2"] / CALORIE
        assert texts[2] == arc["name"]
        assert texts[0] == ("DANGER" if energy > 40 else "WARNING")
        assert value["Nominal voltage"].startswith(f"{arc['volts'] / 1000:g} kV" if arc["volts"] >= 1000 else f"{arc['volts']:g} V")
        assert value["Incident energy"].startswith(f"{math.ceil(energy * 10) / 10:.1f} cal/cm² at {arc['working_distance_mm'] / 1000:.2f} m")
        assert float(value["Arc-flash boundary"].split()[0]) == pytest.approx(arc["boundary_mm"] / 1000, abs=0.006)
        rating = value["Arc rating of clothing"]
        assert "do not work" in rating if energy > 40 else float(rating.split()[0]) == pytest.approx(math.ceil(energy * 10) / 10)
    assert {t[0] for t in labels} == {"DANGER", "WARNING"}


def test_boundaries_to_live_parts_are_those_of_nfpa_70e(hall: Tables):
    """Fixed parts: 480 V 3 ft 6 in and 1 ft, 13.8 kV 5 ft and 2 ft 2 in, 800 V DC 3 ft 6 in and 1 ft (tables 130.4(E)(a) and (b))."""
    rows = arc_flash_labels.labels(hall)
    found = rows.select("Nominal voltage, V", "Limited approach, mm", "Restricted approach, mm").unique()
    assert set(found.iter_rows()) == {(13800.0, 1524, 661), (415.0, 1067, 305), (800.0, 1067, 305)}


def test_without_a_figure_nobody_is_told_to_work_there(hall: Tables):
    arcs = hall["arc_flashes"].with_columns(
        *(pl.lit(None, pl.Float64).alias(x) for x in ("energy_j_cm2", "boundary_mm", "clearing_s")), note=pl.lit("above 15 kV, outside IEEE 1584")
    )
    page, rows = made(hall.put({"arc_flashes": arcs}))
    assert set(rows["Signal word"]) == {"DANGER"}
    assert rows["Arc rating of clothing at least, cal/cm2"].null_count() == rows.height
    for texts in drawn(page):
        assert "not known: do not work on it energized" in texts
        assert "above 15 kV, outside IEEE 1584" in texts


def test_names_are_text_and_no_markup(hall: Tables):
    nodes = hall["supply_nodes"].with_columns(name=pl.lit("<script>&\"'"))
    page, rows = made(hall.put({"supply_nodes": nodes}))
    assert "<script>" not in page
    assert {t[2] for t in drawn(page)} == set(rows["Equipment"]) == {"<script>&\"'"}


def test_labels_of_what_feeds_a_rack(hall: Tables):
    name = hall["hall_racks"].join(hall["supply_feeds"], on="rack_id", how="semi")["name"][0]
    _, rows = made(hall, Only(rack=(name,)))
    whole = arc_flash_labels.labels(hall)
    assert 4 < rows.height < whole.height
    runs = {r for r in rows["Equipment"] if r.endswith("head")}
    nodes, branches = hall["supply_nodes"], hall["supply_branches"].filter(rank=0)
    into = dict(branches.select("b_node_id", "a_node_id").iter_rows())
    rack = hall["hall_racks"].filter(name=name)["rack_id"].item()
    heads = set()
    for at in hall["supply_feeds"].filter(rack_id=rack)["node_id"].to_list():
        while at in into:
            heads |= {nodes["name"][at]} if nodes["name"][at].endswith("head") else set()
            at = into[at]
    assert runs == heads


def test_a_choice_that_cannot_be_made(hall: Tables, examples: Path):
    with pytest.raises(UnknownNameError):
        made(hall, Only(rack=("H09.AA02",)))
    with pytest.raises(ChoiceError, match="rows or racks"):
        made(hall, Only(cable=("x",)))
    rack = compile_file(str(examples / "dgx-h100-x4.yaml"), as_of="2026-01-01").tables
    with pytest.raises(ChoiceError, match="`arc-flash-labels` is made of the power chain of a hall, and this is a package of one rack"):
        made(rack)
