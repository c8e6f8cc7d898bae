"""DXF plans: the example's drawing read back, and what a drawing that is no plan is told."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from ezdxf.document import Drawing
from ezdxf.filemanagement import new

from rackwright.base.findings import DesignError
from rackwright.flow.hall import compile_document, compile_hall, read
from rackwright.spec.dxf import planned
from rackwright.spec.floor import Floor

ROOT = Path(__file__).resolve().parents[2]
SPEC = """\
hall: planned
designs: {{dgx: {rack}}}
floor: {{plan: hall.dxf{more}}}
racks:
  dgx: {{design: dgx, count: 2}}
fabrics: {{}}
"""


def floor_of(folder: Path, drawing: Drawing, more: str = "") -> Floor:
    """The floor that a spec beside this drawing has."""
    drawing.saveas(folder / "hall.dxf")
    rack = ROOT / "examples" / "racks" / "dgx-h100-x4.yaml"
    (folder / "hall.yaml").write_text(SPEC.format(rack=rack, more=more), encoding="utf-8")
    return planned(read(str(folder / "hall.yaml"))).spec.floor


def fault_of(folder: Path, drawing: Drawing, more: str = "") -> str:
    """The one message about it, with its help."""
    with pytest.raises(DesignError) as caught:
        floor_of(folder, drawing, more)
    (found,) = caught.value.findings
    assert found.code == "SPC130"
    assert found.span.line == 3
    return f"{found.message}\n{found.help}"


def sheet(*racks: tuple[float, float, float, float], units: int = 4, layer: str = "RACKS") -> Drawing:
    """A drawing with rectangles: low corner, extents."""
    drawing = new("R2000", units=units)
    for x, y, w, d in racks:
        drawing.modelspace().add_lwpolyline([(x, y), (x + w, y), (x + w, y + d), (x, y + d)], close=True, dxfattribs={"layer": layer})
    return drawing


def test_the_plan_of_the_example_is_what_its_script_draws(tmp_path: Path):
    spec = importlib.util.spec_from_file_location("plan", ROOT / "tools" / "plan.py")
    assert spec is not None
    assert spec.loader is not None
    plan = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plan)
    assert plan.main(["plan", str(tmp_path / "again.dxf")]) == 0
    assert (tmp_path / "again.dxf").read_bytes() == plan.PLAN.read_bytes()


def test_the_example_as_it_was_drawn():
    """`tools/plan.py`: rows at y 2000, 4400, 7400, 9800 from x 3000; place 4 of row 3 lost to a column; 15 x 13 m; corner at (100, 50) m."""
    document = planned(read(str(ROOT / "examples" / "halls" / "h100-on-a-plan.yaml")))
    f, p = document.spec.floor, document.spec.pathways
    assert isinstance(f.rows, list)
    assert [(r.x, r.y, r.places, r.depth, r.faces) for r in f.rows] == [
        (3000, 2000, 12, 1200, "up"), (3000, 4400, 12, 1200, "down"), (3000, 7400, 11, 1200, "up"), (3000, 9800, 12, 1200, "down"),
    ]  # fmt: skip
    assert f.rows[2].at == [0, 700, 1400, *range(2800, 8400, 700)]
    assert f.rows[2].width == [700.0] * 11
    assert [r.network for r in f.rows] == [[], [6, 7], [5, 6], []]
    assert f.size == [15_000, 13_000]
    assert [(k.x, k.y, k.width, k.depth, k.full_height) for k in f.keep_out] == [(5250, 7450, 400, 250, True), (13_200, 0, 1200, 1200, False)]
    assert [(s.level, s.start, s.end) for s in p.segments if s.start[0] != s.end[0]][:2] == [
        ("data", [2000, 2600], [12_400, 2600]), ("data", [2000, 5000], [12_400, 5000]),
    ]  # fmt: skip
    assert document.span("floor.rows.2.x") == document.span("floor.plan")


@pytest.mark.parametrize(("units", "size"), [(1, 1 / 25.4), (2, 1 / 304.8), (5, 0.1), (6, 0.001)])
def test_units_of_the_drawing(tmp_path: Path, units: int, size: float):
    drawing = sheet((0, 0, 700 * size, 1200 * size), (700 * size, 0, 700 * size, 1200 * size), units=units)
    f = floor_of(tmp_path, drawing)
    assert isinstance(f.rows, list)
    assert [(r.x, r.y, r.at, r.width, r.depth) for r in f.rows] == [(1800, 1800, [0, 700], [700, 700], 1200)]  # a margin from the hall's corner


def test_a_unit_that_only_the_spec_knows(tmp_path: Path):
    drawing = sheet((0, 0, 0.7, 1.2), units=0)
    assert "$INSUNITS is 0\nset the unit in the drawing (millimetres: 4), or give `floor.plan_unit: mm`" in fault_of(tmp_path, drawing)
    f = floor_of(tmp_path, drawing, ", plan_unit: m")
    assert isinstance(f.rows, list)
    assert f.rows[0].depth == 1200


def test_rows_along_y_and_fronts_by_lines(tmp_path: Path):
    """Two racks wide in x: a row along y, its front on the right; a row along x whose front is below, though its habit would be above."""
    drawing = sheet((0, 0, 1200, 600), (0, 600, 1200, 600), (4000, 0, 600, 1200), (4600, 0, 600, 1200))
    for a, b in (((1210, 0), (1210, 1200)), ((4000, -10), (5200, -10))):
        drawing.modelspace().add_line(a, b, {"layer": "FRONTS"})
    f = floor_of(tmp_path, drawing)
    assert isinstance(f.rows, list)
    assert [(r.x, r.y, r.faces, r.places) for r in f.rows] == [(5800, 1800, "down", 2), (1800, 1800, "right", 2)]


def test_trays_of_sides_and_levels(tmp_path: Path):
    drawing = sheet((0, 0, 700, 1200), (700, 0, 700, 1200))
    for n, layer in enumerate(("TRAYS", "trays-a", "TRAYS-B", "FIBRE-B", "POWER")):
        drawing.modelspace().add_line((0, 100 * n), (1400, 100 * n), {"layer": layer})
    document = planned(read(str(tmp_path / "hall.yaml"))) if floor_of(tmp_path, drawing) else None
    assert document is not None
    assert [(s.level, s.side, s.start[1]) for s in document.spec.pathways.segments] == [
        ("data", None, 1800), ("data", "a", 1900), ("data", "b", 2000), ("fibre", "b", 2100), ("power", None, 2200),
    ]  # fmt: skip


def faulty(case: str) -> Drawing:
    """A drawing with one fault."""
    good = (0, 0, 700, 1200)
    if case == "overlap":
        return sheet(good, (650, 0, 700, 1200))
    if case == "out of line":
        return sheet(good, (700, 0, 700, 1200), (1400, 130, 700, 1200))
    if case == "layer":
        return sheet(good, layer="A-EQPM")
    if case == "tiny":
        return sheet((0, 0, 0.7, 1.2))
    drawing = sheet(good)
    space = drawing.modelspace()
    if case == "leaning":
        space.add_lwpolyline([(2000, 0), (2700, 50), (2650, 1250), (1950, 1200)], close=True, dxfattribs={"layer": "RACKS"})
    elif case == "corners":
        space.add_lwpolyline([(2000, 0), (2700, 0), (2700, 1200)], close=True, dxfattribs={"layer": "RACKS"})
    elif case == "turned insert":
        drawing.blocks.new("R").add_lwpolyline([(0, 0), (700, 0), (700, 1200), (0, 1200)], close=True)
        space.add_blockref("R", (3000, 0), {"layer": "RACKS", "rotation": 30})
    else:
        space.add_line((0, 5000), (700, 5000), {"layer": "FRONTS"})
    return drawing


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("overlap", "the rack at (0, 0) mm (handle "),
        ("overlap", "overlap by 50 × 1,200 mm\nmove one of them"),
        ("out of line", "the rack at (1,400, 130) mm (handle "),
        ("out of line", "stands 130 mm out of line with its row of 3\nalign its front or its rear with the others"),
        (
            "layer",
            "there is nothing on layer `RACKS`\nname the layer of the racks in `floor.layers.racks`; layers with something on them: `A-EQPM`",
        ),
        ("tiny", "is 0.7 × 1.2 mm\na rack is larger than that: check the unit of the drawing"),
        ("leaning", "at (1,950, 0) mm leans by 4.1°"),
        ("corners", "is no rectangle: it has 3 corners"),
        ("turned insert", "is turned by 30°"),
        ("front", "no line on layer `FRONTS` marks the front of the row that begins with the rack at (0, 0) mm"),
    ],
)
def test_a_drawing_that_is_no_plan(tmp_path: Path, case: str, message: str):
    assert message in fault_of(tmp_path, faulty(case))


def test_a_plan_that_is_not_there(tmp_path: Path):
    drawing = sheet((0, 0, 700, 1200))
    floor_of(tmp_path, drawing)
    (tmp_path / "hall.dxf").unlink()
    with pytest.raises(DesignError, match="there is no such file"):
        planned(read(str(tmp_path / "hall.yaml")))


def test_plan_and_rows_together(tmp_path: Path):
    drawing = sheet((0, 0, 700, 1200))
    with pytest.raises(DesignError, match="`plan` and `rows` both say where the racks stand"):
        floor_of(tmp_path, drawing, ", rows: 2, places: 4")


def test_racks_stand_where_they_are_drawn(tmp_path: Path):
    """A plan without trays has them laid out: ladders over its rows."""
    drawing = sheet(*((700 * i, 0, 700, 1200) for i in range(3)))
    floor_of(tmp_path, drawing)
    t = compile_document(read(str(tmp_path / "hall.yaml")), as_of="2026-01-01").tables
    assert t["hall_racks"].select("name", "x_mm", "y_mm", "faces").rows() == [("H01.AA01", 2500, 3000, 1), ("H01.AA02", 3200, 3000, 1)]
    assert t["trays"].filter(t["trays"]["kind"] == "row").select("a_y_mm", "b_y_mm").rows() == [(2400, 2400)]
    assert t["hall_rows"].select("x_mm", "y_mm", "width_mm", "depth_mm", "places").rows() == [(1800, 1800, 2100, 1200, 3)]


def test_the_example_is_built_on_its_plan():
    """Rack 1 of row 1 has its front left corner at x = 3000 + 700, y = 2000 + 1200; compute cables lie on the fibre runners."""
    made = compile_hall(str(ROOT / "examples" / "halls" / "h100-on-a-plan.yaml"), as_of="2026-01-01")
    t = made.tables
    assert not [f for f in made.findings if f.severity != "info"]
    assert t["hall_racks"].row(0, named=True)["x_mm"] == 3700
    assert t["hall_racks"].row(0, named=True)["y_mm"] == 3200
    switches = t["hall_racks"].filter(t["hall_racks"]["design_id"].is_null())
    assert set(switches["name"]) <= {"H01.AB06", "H01.AB07", "H01.AC05", "H01.AC06"}
    assert t["floor_areas"].select("kind", "x_mm", "y_mm").rows() == [("column", 5250, 7450), ("keep-out", 13_200, 0)]
    assert not (t["hall_racks"]["length_reach_mm"] > 500).any()
    fibre = t["trays"].filter(t["trays"]["level"] == "fibre")
    assert set(fibre["a_x_mm"]) | set(fibre["b_x_mm"]) == {2200, 12_200}
    paths = t["fabric_cables"].filter(t["fabric_cables"]["fabric_id"] == 0)["path_id"].unique().to_list()
    used = t["path_segments"].filter(t["path_segments"]["path_id"].is_in(paths))["tray_id"].unique()
    assert set(used) <= set(fibre["tray_id"])
