"""What people see of a hall: the plan against the tables, the report's size, cut sheets against both ends, racks untouched."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from rackwright.export import bom_xlsx, cables_xlsx, cut_sheets, lines
from rackwright.flow.compile import compile_text
from rackwright.flow.hall import compile_document, compile_hall, read
from rackwright.render import hall
from rackwright.render.drawings import campus_map, floor_plan, link_lengths
from rackwright.render.report import report
from rackwright.render.scene import Scene, text_boxes
from rackwright.render.sections import fabrics, floor, trays
from rackwright.render.svg import svg
from rackwright.schema import ends
from rackwright.schema.tables import Tables

SPEC = Path(__file__).resolve().parents[2] / "examples" / "halls" / "h100-superpod-1su.yaml"


@cache
def compiled(halls: int = 1) -> Tables:
    return compile_hall(str(SPEC), sets=[f"halls={halls}"], as_of="2026-01-01").tables


@cache
def large() -> Tables:
    """36 rows of 20 places: the floor of the campus example with its racks, no fabric."""
    sets = ["floor.rows=36", "floor.places=20", "racks.dgx.count=700", "unit=70", "fabrics={}"]
    return compile_document(read(str(SPEC), sets=sets), as_of="2026-01-01").tables


def plan(t: Tables) -> Scene:
    scene = floor_plan.draw(t)
    assert scene is not None
    return scene


def boxes(scene: Scene, t: Tables) -> pl.DataFrame:
    """Drawn racks by name with their corners."""
    shapes = scene.shapes.filter(pl.col("layer") == "racks").with_columns(name=pl.col("ref").str.strip_prefix("hall_racks:"))
    return shapes.join(t["hall_racks"], on="name", how="inner")


@pytest.mark.parametrize("make", [compiled, large])
def test_every_rack_of_the_hall_is_drawn_in_true_proportion(make: object):
    t = compiled() if make is compiled else large()
    scene = plan(t)
    drawn = boxes(scene, t)
    assert drawn.height == t["hall_racks"].height
    sizes = {(round(a), round(b)) for a, b in drawn.select("w", "h").iter_rows()}
    pitch, depth = round(t.input("floor.pitch")), round(t.input("floor.depth"))
    assert sizes == ({(depth, pitch)} if "quarter" in scene.description else {(pitch, depth)})
    assert scene.shapes.filter(pl.col("layer") == "trays").height == t["trays"].height
    assert len(svg(scene)) < 1_500_000


def test_fronts_look_into_the_cold_aisle():
    t = compiled()
    scene = plan(t)
    aisle = scene.shapes.filter(pl.col("css") == "aisle-cold").row(0, named=True)
    fronts = scene.shapes.filter(pl.col("layer") == "fronts")
    assert fronts.height == 2
    for f in fronts.iter_rows(named=True):
        assert min(abs(f["y"] - aisle["y"] - aisle["h"]), abs(f["y"] + f["h"] - aisle["y"])) < 1


@pytest.mark.parametrize("make", [compiled, large])
def test_text_of_the_plan_is_as_large_as_text_elsewhere(make: object):
    scene = plan(compiled() if make is compiled else large())
    sizes = scene.shapes.filter(pl.col("kind") == "text")["size"] * scene.px_per_unit
    assert sizes.min() >= 7.5
    marks = text_boxes(scene.shapes).filter(pl.col("layer").is_in(["letters", "places"]))
    for layer in ("letters", "places"):
        own = marks.filter(pl.col("layer") == layer)
        pairs = own.join(own, how="cross", suffix="_b").filter(pl.col("text") != pl.col("text_b"))
        apart = (
            (pl.col("x1") <= pl.col("x0_b")) | (pl.col("x1_b") <= pl.col("x0")) | (pl.col("y1") <= pl.col("y0_b")) | (pl.col("y1_b") <= pl.col("y0"))
        )
        assert pairs.filter(~apart).is_empty()


@pytest.mark.parametrize("make", [compiled, large])
def test_no_text_of_the_plan_is_cut_or_lies_on_another(make: object):
    scene = plan(compiled() if make is compiled else large())
    found = text_boxes(scene.shapes).with_row_index()
    inside = (pl.col("x0") >= 0) & (pl.col("y0") >= 0) & (pl.col("x1") <= scene.width) & (pl.col("y1") <= scene.height)
    assert found.filter(~inside).is_empty()
    pairs = found.join(found, how="cross", suffix="_b").filter(pl.col("index") < pl.col("index_b"))
    apart = (pl.col("x1") <= pl.col("x0_b")) | (pl.col("x1_b") <= pl.col("x0")) | (pl.col("y1") <= pl.col("y0_b")) | (pl.col("y1_b") <= pl.col("y0"))
    assert pairs.filter(~apart).is_empty()


def test_axes_are_metres_of_the_hall_and_every_row_has_its_letters():
    """The hall of the example is 9.2 x 7.2 m: 0 to 9 along x, 0 to 7 along y, drawn where they are; row AB stands though it is nearly empty."""
    t = compiled()
    scene = plan(t)
    axis = scene.shapes.filter((pl.col("layer") == "axis") & (pl.col("kind") == "text"))
    bay = scene.shapes.filter(pl.col("css") == "bay").row(0, named=True)
    across = axis.filter(pl.col("anchor") == "middle").sort("x")
    assert across["text"].to_list() == [str(n) for n in range(10)]
    assert [round(x - bay["x"]) for x in across["x"]] == [1000 * n for n in range(10)]
    up = axis.filter((pl.col("anchor") == "start") & pl.col("text").str.contains(r"^\d+$")).sort("y", descending=True)
    assert up["text"].to_list() == [str(n) for n in range(8)]
    assert [round(bay["y"] + bay["h"] - y) for y in up["y"]] == [1000 * n for n in range(8)]
    assert scene.shapes.filter(pl.col("layer") == "letters")["text"].to_list() == t["hall_rows"]["name"].to_list() == ["AA", "AB"]


def test_rows_without_racks_have_letters_too():
    t = compile_hall(str(SPEC), sets=["floor.rows=4"], as_of="2026-01-01").tables
    letters = plan(t).shapes.filter(pl.col("layer") == "letters")
    assert letters["text"].to_list() == ["AA", "AB", "AC", "AD"]
    assert letters["css"].to_list() == ["t strong", "t strong", "t soft", "t soft"]


def test_a_hall_has_a_map_only_among_others():
    assert campus_map.draw(compiled()) is None
    scene = campus_map.draw(compiled(halls=2))
    assert scene is not None
    assert scene.shapes.filter(pl.col("layer") == "halls").height == 2
    assert scene.shapes.filter(pl.col("layer") == "ducts").height == 1
    assert any("1 more halls" in value for _, value in plan(compiled(halls=2)).notes)


@pytest.mark.parametrize(("share", "css"), [(0.0, "fill-0"), (0.1, "fill-0"), (0.11, "fill-1"), (1.0, "fill-4"), (1.001, "fill-over")])
def test_fill_steps(share: float, css: str):
    assert hall.fill_class(share) == css


def test_histograms_hold_every_cable():
    scene = link_lengths.draw(compiled())
    assert scene is not None
    tips = scene.shapes.filter(pl.col("layer") == "bars")["title"]
    counts = tips.str.extract(r": ([\d,]+) cables").str.replace_all(",", "").cast(pl.Int64)
    assert counts.sum() == compiled()["fabric_cables"].height


def test_report_of_a_hall():
    page = report(compiled())
    assert "Hall design" in page
    assert "h100-superpod-1su" in page
    for section in ("figures", "findings", "floor", "fabrics", "trays", "inputs"):
        assert f'<section id="{section}"' in page
    for section in ("elevations", "power", "cooling", "mass", "cables", "bom", "scale-up"):
        assert f'<section id="{section}"' not in page
    assert len(page.encode()) < 1_000_000


def test_parts_of_the_report_add_up_to_the_fabric():
    t = compiled()
    assert t["fabric_skus"]["cables"].sum() == t["fabrics"]["cables"].sum()
    found = fabrics.content(t)
    assert found is not None
    quantities = {row[2]: row[3] for row in found.grids[1].rows}
    assert quantities["nvidia/qm9700"] == "12"


def test_sections_of_halls_say_nothing_of_a_rack(tables: Tables):
    assert [s.content(tables) for s in (floor, fabrics, trays)] == [None, None, None]
    assert [d.draw(tables) for d in (floor_plan, campus_map, link_lengths)] == [None, None, None]
    assert not list(cut_sheets.files(tables))
    assert [path for path, _ in (*bom_xlsx.files(tables), *cables_xlsx.files(tables))] == ["bom.xlsx", "cables.xlsx"]


def sheet(t: Tables) -> pl.DataFrame:
    ((path, make),) = cut_sheets.files(t)
    assert path == "cut-sheets/compute.csv"
    return pl.read_csv(io.BytesIO(make()))


@pytest.mark.parametrize("halls", [1, 2])
def test_cut_sheets_name_both_ends_of_every_cable(halls: int):
    t = compiled(halls)
    made = sheet(t)
    cables = t["fabric_cables"]
    assert made.height == cables.height == made["label"].n_unique()
    assert made["cut_mm"].to_list() == cables["length_cut_mm"].to_list()
    switches = {r["device_id"]: r for r in t["fabric_switches"].iter_rows(named=True)}
    racks = dict(t["hall_racks"].select("rack_id", "name").iter_rows())
    for c, row in zip(cables.iter_rows(named=True), made.iter_rows(named=True), strict=True):
        switch = switches[c["b_device_id"]]
        assert (row["b_rack"], row["b_u"], row["b_device"]) == (racks[switch["rack_id"]], switch["position_u"], switch["name"])
        assert row["b_port"] == f"{c['b_port'] // 2 + 1}/{c['b_port'] % 2 + 1}"  # 32 twin cages, as the QM9700 prints them
        ends = {f"{row[f'{s}_rack']}-{row[f'{s}_u']:02d}:{row[f'{s}_port']}" for s in "ab"}
        assert set(row["label"].split("--")) == ends
    for side in "ab":
        assert made.select(f"{side}_device", f"{side}_rack", f"{side}_port").is_unique().all()


@pytest.mark.parametrize("sets", [[], ["fabrics.compute.planes=2", "fabrics.compute.switch=nvidia/sn5600"], ["racks.dgx.count=7"]], ids=str)
def test_lines_say_what_ends_says(sets: list[str]):
    """The lines of bytes against the same columns joined by name; of cables of several links one row with the plugs of the first."""
    t = compile_hall(str(SPEC), sets=sets, as_of="2026-01-01").tables
    made, rows = sheet(t), pl.int_range(t["fabric_cables"].height, eager=True, dtype=pl.UInt32)
    named = ends.named(t, ends.devices(t), rows)
    named = named.with_columns(pl.col("length_cut_mm").max().over("key")).sort("leg", "link_id").unique("key", keep="first", maintain_order=True)
    named = named.sort("link_id")
    assert made["label"].to_list() == named["label"].to_list()
    assert made["cut_mm"].to_list() == named["length_cut_mm"].to_list()
    for side in "ab":
        for column in ("hall", "rack", "u", "device"):
            assert made[f"{side}_{column}"].to_list() == named[f"{side}_{column}"].to_list()
        assert made[f"{side}_port"].to_list() == named[f"{side}_plug"].str.splitn(":", 2).struct.field("field_1").to_list()


def test_names_that_csv_must_quote_and_letters_of_several_bytes():
    t = compiled()
    odd = pl.col("name").str.replace("nic0/p0", '5" nic, Ø0', literal=True)
    made = sheet(t.put({"nic_ports": t["nic_ports"].with_columns(odd)}))
    assert made.filter(pl.col("a_port") == '5" nic, Ø0').height == 32
    assert made["label"].to_list() == [x.replace("nic0/p0", '5" nic, Ø0') for x in sheet(t)["label"]]


def test_host_ends_are_the_nics_of_their_rack():
    t = compiled()
    made = sheet(t).head(256)
    assert set(made["a_rack"]) == set(t["hall_racks"].filter(pl.col("design_id") == 0)["name"])
    assert set(made["a_port"]) == {f"nic{i}/p0" for i in range(8)}
    assert set(made.select("a_device", "a_u").iter_rows()) == {("dgx-01", 3), ("dgx-02", 11), ("dgx-03", 19), ("dgx-04", 27)}


def test_slices_and_units_make_the_same_rows(monkeypatch: pytest.MonkeyPatch):
    t = compiled(halls=2)
    whole = sheet(t)
    monkeypatch.setattr(cut_sheets, "WHOLE", 100)
    monkeypatch.setattr(lines, "CHUNK", 77)
    files = dict(cut_sheets.files(t))
    assert sorted(files) == ["cut-sheets/compute-u0001.csv", "cut-sheets/compute-u0002.csv"]
    parts = [pl.read_csv(io.BytesIO(make())) for make in files.values()]
    assert pl.concat(parts).sort("label").equals(whole.sort("label"))
    assert [p["a_hall"].unique().to_list() for p in parts] == [["H01"], ["H02"]]


def test_planes_are_legs_of_a_port():
    t = compile_hall(str(SPEC), sets=["fabrics.compute.planes=2", "fabrics.compute.switch=nvidia/sn5600"], as_of="2026-01-01").tables
    made = sheet(t)
    assert {p.rpartition("/")[2] for p in made.filter(pl.col("a_device").str.starts_with("dgx"))["a_port"]} == {"1", "2"}
    assert made["label"].is_unique().all()


GIVEN = f"""\
hall: given
designs: {{dgx: {SPEC.parent.parent / "racks" / "dgx-h100-x4.yaml"}}}
floor:
  pitch: 700 mm
  size: [22 m, 14 m]
  rows:
    - {{x: 2 m, y: 2 m, places: 6, faces: up}}
    - {{x: 2 m, y: 4.4 m, places: 14, faces: down, network: [7]}}
    - {{x: 15 m, y: 2 m, places: 10, faces: right}}
    - {{x: 18 m, y: 2 m, places: 10, faces: left}}
  doors:
    - {{x: 12 m, y: 0 m, opens: up}}
    - {{x: 22 m, y: 11 m, opens: right}}
  keep_out:
    - {{x: 9 m, y: 8 m, width: 0.5 m, depth: 0.5 m, full_height: true, because: column}}
racks:
  dgx: {{design: dgx, count: 20}}
pathways: {{diverse: true, fibre: {{height: 3 m}}, power: {{height: 2.4 m}}}}
fabrics: {{}}
"""


@cache
def given() -> Tables:
    return compile_text(GIVEN, "given.yaml", SPEC.parent, as_of="2026-01-01").tables


def test_rows_that_run_along_y_are_drawn_as_they_stand():
    """Row 3 stands at x 15 to 16.2 m, fronts to the right: places are 700 mm along y, and its front line is at x = 16.2 m."""
    t = given()
    drawn = boxes(plan(t), t)
    assert drawn.height == t["hall_racks"].height
    sizes = drawn.group_by("row").agg(pl.col("w").round().unique(), pl.col("h").round().unique()).sort("row").rows()
    assert sizes[0] == (0, [700.0], [1200.0])
    assert sizes[2] == (2, [1200.0], [700.0])
    scene = plan(t)
    left = scene.shapes.filter(pl.col("layer") == "ground")["x"].item()
    fronts = scene.shapes.filter((pl.col("layer") == "fronts") & (pl.col("h") > pl.col("w")))
    assert (fronts["x"] + fronts["w"] - left).round().to_list() == [16_200.0]


def test_aisles_between_given_rows():
    """Rows 1 and 2 face one another over their common 4.2 m: cold. Rows 3 and 4, along y, as well."""
    found = hall.aisles(hall.rows(given(), 0))
    assert [(a.kind, a.x0, a.x1, a.y0, a.y1) for a in found] == [("cold", 2000, 6200, 3200, 4400), ("cold", 16_200, 18_000, 2000, 9000)]


def test_the_plan_shows_doors_columns_levels_and_sides():
    t = given()
    shapes = plan(t).shapes
    assert shapes.filter(pl.col("layer") == "doors").height == 2
    assert shapes.filter(pl.col("css") == "column").height == 2  # on the floor and in the legend
    lines = shapes.filter(pl.col("layer") == "trays")
    assert lines.height == t["trays"].filter(pl.col("hall_id") == 0).height
    for level in ("data", "fibre", "power"):
        own = t["trays"].filter(pl.col("level") == level).height
        assert lines.filter(pl.col("css").str.contains(f"level-{level}")).height == own > 0
    assert sorted(shapes.filter(pl.col("layer") == "sides")["text"].to_list()) == ["side A", "side B"]


def test_ducts_of_two_sides_are_drawn_apart():
    t = compile_hall(str(SPEC), sets=["halls=2", "pathways.diverse=true"], as_of="2026-01-01").tables
    scene = campus_map.draw(t)
    assert scene is not None
    ducts = scene.shapes.filter(pl.col("layer") == "ducts")
    assert ducts.height == 2
    assert ducts["points"].n_unique() == 2
