"""What holds for every drawing of every rack, and each drawing's figures against the tables."""

from __future__ import annotations

import polars as pl
import pytest

from rackwright.flow.pipeline import compile_text
from rackwright.render import gallery, trunk
from rackwright.render.drawings import busbar_profile, cable_lengths, coolant_profile, mass_side, power_one_line, scale_up_map
from rackwright.render.scene import KINDS, Scene, text_boxes
from rackwright.schema.tables import Tables

DC = {"elevation", "scale_up_map", "cable_lengths", "power_one_line", "busbar_profile", "coolant_profile", "mass_side"}


def test_drawings_are_found_by_scanning():
    assert {d.name for d in gallery.drawings()} >= DC


def test_what_does_not_apply_is_not_drawn(rack: str, drawings: dict[str, Scene]):
    is_air = rack in {"dgx-h100-x4", "storage-6x8", "superpod-managers", "torus-64"}
    expected = DC - {"scale_up_map", "busbar_profile", "coolant_profile"} if is_air else DC
    assert set(drawings) >= expected
    assert (set(drawings) & DC) == expected


def test_nothing_is_drawn_of_nothing():
    assert gallery.scenes(Tables()) == {}


def test_labels_do_not_overlap(drawings: dict[str, Scene]):
    """Boxes from upper bounds of the text widths; half a unit of tolerance for what merely touches."""
    for name, scene in drawings.items():
        boxes = text_boxes(scene.shapes).with_row_index("i")
        pairs = boxes.join(boxes, how="cross", suffix="_b").filter(
            (pl.col("i") < pl.col("i_b"))
            & (pl.min_horizontal("x1", "x1_b") - pl.max_horizontal("x0", "x0_b") > 0.5)
            & (pl.min_horizontal("y1", "y1_b") - pl.max_horizontal("y0", "y0_b") > 0.5)
        )
        assert pairs.is_empty(), f"{name}: {pairs.select('text', 'text_b').head(5).rows()}"


def test_everything_lies_on_the_sheet(drawings: dict[str, Scene]):
    for name, scene in drawings.items():
        boxes = text_boxes(scene.shapes)
        out = boxes.filter((pl.col("x0") < -0.5) | (pl.col("y0") < -0.5) | (pl.col("x1") > scene.width + 0.5) | (pl.col("y1") > scene.height + 0.5))
        assert out.is_empty(), f"{name}: {out.rows()[:3]}"
        rects = scene.shapes.filter(pl.col("kind") == "rect")
        assert rects.select(((pl.col("w") >= 0) & (pl.col("h") >= 0) & (pl.col("x") >= 0) & (pl.col("y") >= 0)).all()).item(), name
        assert rects.select(((pl.col("x") + pl.col("w")).max() <= scene.width) & ((pl.col("y") + pl.col("h")).max() <= scene.height)).item(), name
        points = scene.shapes["points"].drop_nulls().explode()
        assert not points.is_nan().any(), name


def test_shapes_are_of_known_kinds(drawings: dict[str, Scene]):
    for scene in drawings.values():
        assert set(scene.shapes["kind"]) <= set(KINDS)


def test_map_has_a_cell_per_pair_of_chips(nvl72: Tables):
    shapes = scale_up_map.draw(nvl72).shapes
    cells = shapes.filter(pl.col("css").str.starts_with("cell "))
    assert cells.height == 72 * 18
    assert cells.select(pl.struct("x", "y").n_unique()).item() == 72 * 18
    texts = shapes.filter(pl.col("layer") == "side")["text"].to_list()
    assert "1,296" in texts
    assert "5,184" in texts


def test_map_is_darkest_where_cables_are_longest(nvl72: Tables):
    links = scale_up_map.scale_up(nvl72)
    names = dict(nvl72["chips"].select("chip_id", "name").iter_rows())
    for value, css in ((links["length_cut_mm"].min(), "cell q0"), (links["length_cut_mm"].max(), "cell q7")):
        row = links.filter(pl.col("length_cut_mm") == value).row(0, named=True)
        start = f"{names[row['a_chip']]} → {names[row['b_chip']]}:"
        cell = scale_up_map.draw(nvl72).shapes.filter(pl.col("title").fill_null("").str.starts_with(start))
        assert cell["css"].to_list() == [css]
        assert f"{value:,} mm" in cell["title"][0]


def test_trunk_counts_cables_that_cross_a_height(nvl72: Tables):
    rows = trunk.crossings(nvl72)
    ends = trunk.cable_ends(nvl72).group_by("assembly", "cable_id").agg(low=pl.col("z_mm").min(), high=pl.col("z_mm").max())
    for row in rows.sample(25, seed=1).iter_rows(named=True):
        middle = (row["z0"] + row["z1"]) / 2
        true = ends.filter((pl.col("assembly") == row["assembly"]) & (pl.col("low") < middle) & (pl.col("high") > middle)).height
        assert row["cables"] == true


def test_histograms_hold_every_cable(tables: Tables):
    shapes = cable_lengths.draw(tables).shapes.filter(pl.col("layer") == "bars")
    counts = shapes["title"].str.extract(r": ([\d,]+) cables").str.replace_all(",", "").cast(pl.Int64)
    assert counts.sum() == tables["cables"].height


def test_busbar_profile_has_a_bar_per_section_as_wide_as_its_current(nvl72: Tables):
    shapes = busbar_profile.draw(nvl72).shapes.filter(pl.col("layer") == "sections")
    sections = nvl72["power_branches"].filter(pl.col("kind") == "busbar")
    amps = sections.join(nvl72["power_branch_states"].filter(pl.col("case_id") == 0), on="branch_id")
    drawn = shapes.with_columns(name=pl.col("ref").str.strip_prefix("power_branches:")).join(amps, on="name")
    assert drawn.height == sections.height
    scale = drawn.filter(pl.col("current_a").abs() > 1).select(pl.col("w") / pl.col("current_a").abs()).to_series()
    assert scale.max() == pytest.approx(scale.min())
    rating = busbar_profile.draw(nvl72).shapes.filter(pl.col("title").fill_null("").str.starts_with("rating "))
    assert rating.height == 2
    left, right = sorted(p[0] for p in rating["points"])
    assert (right - left) / 2 == pytest.approx(scale[0] * sections["current_rated_a"][0])


def test_coolant_profile_has_a_dot_per_tray(nvl72: Tables):
    shapes = coolant_profile.draw(nvl72).shapes
    trays = nvl72["coolant_branches"].filter(pl.col("kind") == "tray").height
    for layer in ("flow", "rise"):
        assert shapes.filter((pl.col("layer") == layer) & (pl.col("kind") == "circle")).height == trays


def test_one_line_names_every_shelf_and_adds_the_feeds_up(nvl72: Tables, air: Tables):
    texts = power_one_line.draw(nvl72).shapes["text"].drop_nulls().to_list()
    assert {f"power-shelf-{i:02d}" for i in range(1, 9)} <= set(texts)
    assert {"feed A", "feed B", "18 × compute", "50 V DC"} <= set(texts)
    assert {"pdu-01", "4 × dgx"} <= set(power_one_line.draw(air).shapes["text"].drop_nulls())


def test_centre_of_mass_is_marked_where_the_masses_balance(tables: Tables):
    scene, m = mass_side.draw(tables), tables["masses"]
    floor = scene.shapes.filter((pl.col("layer") == "frame") & (pl.col("kind") == "line"))["points"][0][1]
    marks = scene.shapes.filter(pl.col("css") == "com-half")
    height = m["mass_kg"].dot(m["z_mm"]) / m["mass_kg"].sum()
    assert marks.height == 2
    assert (floor - marks["y"]).to_list() == pytest.approx([height, height])


def test_a_bare_rack_is_drawn():
    """One box, one PDU, one feed: the drawings that apply come out, the others do not."""
    spec = "rack: bare\nframe: eia/310-48u\ntrays:\n  dgx: {part: nvidia/dgx-h100}\npower: {redundancy: N, feeds: [A], pdu: raritan/px3-5878}\n"
    drawn = gallery.scenes(compile_text(spec).tables)
    assert {"elevation", "mass_side"} <= set(drawn)
    assert not {"scale_up_map", "busbar_profile", "coolant_profile"} & set(drawn)
