"""The elevation against the tables: what stands where, at what size."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest

from rackwright.render import rack as helper
from rackwright.render.drawings import elevation
from rackwright.render.scene import Scene
from rackwright.schema.tables import Tables


def faces(scene: Scene, layer: str) -> pl.DataFrame:
    """Rects of the devices of one face, with the device's name."""
    rows = scene.shapes.filter((pl.col("layer") == layer) & pl.col("ref").str.starts_with("devices:"))
    return rows.with_columns(name=pl.col("ref").str.strip_prefix("devices:")).select("name", "x", "y", "w", "h")


def body(scene: Scene, face: int) -> dict[str, object]:
    """Outline of the frame: 0 front, 1 rear."""
    return scene.shapes.filter((pl.col("layer") == "frame") & (pl.col("css") == "frame")).row(face, named=True)


def test_every_placed_device_is_drawn_once_per_face(tables: Tables, drawings: dict[str, Scene]):
    scene, placed = drawings["elevation"], helper.placed(tables)
    assert sorted(faces(scene, "rear")["name"]) == sorted(placed["name"])
    assert sorted(faces(scene, "front")["name"]) == sorted(placed.filter(~pl.col("faces_rear"))["name"])


@pytest.mark.parametrize("layer", ["front", "rear"])
def test_devices_stand_at_their_height_in_true_proportion(tables: Tables, drawings: dict[str, Scene], layer: str):
    """1 mm is 1 unit: size, height above the floor, and the side (mirrored from behind) are those of the tables."""
    scene = drawings["elevation"]
    frame = body(scene, 0 if layer == "front" else 1)
    rows = faces(scene, layer).join(tables["devices"], on="name")
    assert rows.height
    floor = frame["y"] + frame["h"]
    assert (rows["h"] - rows["height_mm"]).abs().max() == pytest.approx(0)
    assert (rows["w"] - rows["width_mm"]).abs().max() == pytest.approx(0)
    assert (floor - rows["y"] - rows["h"] - rows["z_mm"]).abs().max() == pytest.approx(0, abs=1e-9)
    left = rows["x"] - frame["x"] if layer == "front" else frame["x"] + frame["w"] - rows["x"] - rows["w"]
    assert (left - rows["x_mm"]).abs().max() == pytest.approx(0, abs=1e-9)


def test_units_are_numbered_on_both_sides_of_both_faces(tables: Tables, drawings: dict[str, Scene]):
    frame = helper.frame_of(tables)
    numbers = drawings["elevation"].shapes.filter((pl.col("layer") == "units") & pl.col("text").str.contains(r"^\d+$"))
    assert numbers["text"].value_counts().filter(pl.col("count") != 4).is_empty()
    assert sorted(numbers["text"].unique().cast(int)) == list(range(1, frame.units + 1))
    outline = body(drawings["elevation"], 0)
    low = numbers.filter(pl.col("text") == "1")["y"].unique()
    assert low.to_list() == pytest.approx([outline["y"] + outline["h"] - frame.base - frame.unit_mm / 2])


def test_open_units_are_hatched_and_counted(tables: Tables, drawings: dict[str, Scene]):
    frame = helper.frame_of(tables)
    hatched = drawings["elevation"].shapes.filter((pl.col("layer") == "open") & (pl.col("css") == "hatched"))
    used = helper.placed(tables).filter(~pl.col("faces_rear") & (pl.col("height_u") > 0))["height_u"].sum()
    assert hatched["h"].sum() == pytest.approx((frame.units - used) * frame.unit_mm)


def test_shelves_wear_their_feed(nvl72: Tables, air: Tables):
    assert helper.feed_classes(nvl72) == {None: "other", "A": "feed-a", "B": "feed-b"}
    assert helper.feed_classes(air) == {None: "other", "A": "feed-a", "B": "feed-b", "C": "feed-c"}


def test_rear_of_nvl72_shows_cartridges_plugs_busbar_and_couplings(nvl72: Tables):
    shapes = elevation.draw(nvl72).shapes
    bands = shapes.filter((pl.col("css") == "cartridge") & (pl.col("layer") == "cartridge"))
    assert bands.height == nvl72["cables"]["assembly"].drop_nulls().n_unique() == 4
    trays = nvl72["devices"].filter(pl.col("role").is_in(["compute", "switch"])).height
    assert shapes.filter((pl.col("css") == "plug") & (pl.col("layer") == "cartridge")).height == 4 * trays
    assert shapes.filter(pl.col("css") == "clip").height == nvl72["power_nodes"].filter(pl.col("kind") == "busbar").height
    assert shapes.filter((pl.col("kind") == "circle") & (pl.col("css") == "supply")).height == trays


def test_cartridges_and_risers_do_not_cover_each_other(tables: Tables, drawings: dict[str, Scene]):
    is_band = pl.col("layer").is_in(["cartridge", "riser"]) & (pl.col("kind") == "rect") & (pl.col("css") != "plug")
    spans = drawings["elevation"].shapes.filter(is_band).select("x", right=pl.col("x") + pl.col("w")).sort("x").rows()
    assert all(a[1] < b[0] for a, b in pairwise(spans))


def test_rear_of_the_air_rack_has_no_busbar_manifold_or_cartridge(air: Tables):
    assert not {"cartridge", "riser", "busbar"} & set(elevation.draw(air).shapes["layer"])


def test_a_device_without_room_is_named(nvl72: Tables):
    lost = pl.col("name") == "mgmt-02"
    devices = nvl72["devices"].with_columns(position_u=pl.when(~lost).then("position_u"), z_mm=pl.when(~lost).then("z_mm"))
    scene = elevation.draw(nvl72.put({"devices": devices}))
    assert "Not placed: mgmt-02" in scene.shapes["text"].to_list()
    assert "mgmt-02" not in faces(scene, "front")["name"]


def test_runs_count_neighbours(nvl72: Tables):
    made = [(r["group"], r["count"]) for r in helper.runs(helper.placed(nvl72))]
    assert sum(int(str(n)) for _, n in made) == nvl72["devices"].height
    assert ("compute", 10) in made
    assert ("switch", 9) in made
    assert ("compute", 8) in made
