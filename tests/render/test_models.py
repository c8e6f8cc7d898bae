"""Halls and racks as glTF and DXF: opened by trimesh and ezdxf, counted and measured against the tables; a plan read back as a floor."""

from __future__ import annotations

import io
import json
import math
import struct
from pathlib import Path
from typing import Any

import ezdxf
import numpy as np
import polars as pl
import pytest
import trimesh
from ezdxf import bbox
from ezdxf.document import Drawing

from rackwright.flow.compile import compile_text
from rackwright.flow.hall import compile_hall, read
from rackwright.flow.pipeline import Design
from rackwright.render import dxf, gltf, rack, title_block
from rackwright.render.drawings import elevation
from rackwright.render.drawings.floor_plan import footprint
from rackwright.render.mark import Mark
from rackwright.schema.tables import Tables
from rackwright.spec.dxf import planned
from rackwright.spec.hall import HallSpec

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = 'ramp <b>"50 %%d" ^I \\U+0041 é 文'
SPEC = """\
hall: four-ways
halls: 2
designs: {{dgx: {rack}}}
floor:
  size: [20 m, 16 m]
  rows:
    - {{x: 3 m, y: 2 m, places: 3, pitch: 700 mm, faces: up}}
    - {{x: 3 m, y: 5 m, places: 3, pitch: 800 mm, faces: down}}
    - {{x: 8 m, y: 2 m, places: 3, pitch: 700 mm, faces: right, at: [0 mm, 700 mm, 1900 mm]}}
    - {{x: 11 m, y: 2 m, places: 4, pitch: 700 mm, faces: left, network: [3, 4]}}
  keep_out:
    - {{x: 15 m, y: 9 m, width: 400 mm, depth: 300 mm, full_height: true, because: column}}
    - {{x: 12 m, y: 9 m, width: 1 m, depth: 2 m, because: {because}}}
  doors: [{{x: 0 m, y: 10 m, opens: right}}]
racks:
  dgx: {{design: dgx, count: 10}}
unit: 10
pathways: {{fibre: {{height: 3 m}}}}
fabrics:
  compute: {{topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, level: fibre}}
"""
WORDS = "four-ways, revision draft"


@pytest.fixture(scope="module", name="made")
def _made() -> Design:
    spec = SPEC.format(rack=ROOT / "examples" / "racks" / "dgx-h100-x4.yaml", because=json.dumps(HOSTILE, ensure_ascii=False))
    return compile_text(spec, folder=ROOT)


@pytest.fixture(scope="module", name="t")
def _t(made: Design) -> Tables:
    return made.tables


@pytest.fixture(scope="module", name="model")
def _model(made: Design) -> bytes:
    return gltf.of_hall(made.tables, 1, made.racks, WORDS)


@pytest.fixture(scope="module", name="plan")
def _plan(made: Design) -> Drawing:
    return opened(dxf.plan(made.tables, 1, made.racks, WORDS))


def opened(data: bytes) -> Drawing:
    """The drawing by ezdxf, which finds nothing to mend."""
    drawing = ezdxf.read(io.StringIO(data.decode()))
    audit = drawing.audit()
    assert not audit.errors
    assert not audit.fixes
    assert drawing.units == 4
    return drawing


def parsed(data: bytes) -> tuple[dict[str, Any], bytes]:
    """JSON and buffer of a .glb, whose lengths are what its heads say."""
    magic, version, length, size, kind = struct.unpack_from("<4sIII4s", data)
    assert (magic, version, length, kind) == (b"glTF", 2, len(data), b"JSON")
    long, kind = struct.unpack_from("<I4s", data, 20 + size)
    assert (kind, 28 + size + long) == (b"BIN\0", length)
    assert size % 4 == long % 4 == 0
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def loaded(data: bytes) -> trimesh.Scene:
    """The file by a library that is not ours."""
    scene = trimesh.load(io.BytesIO(data), file_type="glb")
    assert isinstance(scene, trimesh.Scene)
    return scene


def box(scene: trimesh.Scene, name: str) -> list[float]:
    """Low and high x, y and z of a node's mesh in mm of the campus."""
    turned, mesh = scene.graph.get(name)
    spots = trimesh.transformations.transform_points(scene.geometry[mesh].vertices, turned) * 1000
    low, high = spots.min(0), spots.max(0)
    return [low[0], high[0], -high[2], -low[2], low[1], high[1]]


def test_a_model_keeps_the_rules_of_its_format(model: bytes):
    """What a validator asks first: aligned views inside the buffer, limits that are those of the data, indices of vertices, unit quaternions."""
    held, buffer = parsed(model)
    assert held["asset"]["version"] == "2.0"
    assert "extensionsRequired" not in held
    assert held["buffers"] == [{"byteLength": len(buffer)}]
    sizes, kinds = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}, {5121: np.uint8, 5125: np.uint32, 5126: np.float32}
    arrays = []
    for a in held["accessors"]:
        view = held["bufferViews"][a["bufferView"]]
        assert view["byteOffset"] % 4 == 0
        assert view["byteOffset"] + view["byteLength"] <= len(buffer)
        values = np.frombuffer(buffer, kinds[a["componentType"]], a["count"] * sizes[a["type"]], view["byteOffset"]).reshape(a["count"], -1)
        assert values.nbytes == view["byteLength"]
        if "min" in a:
            assert (values.min(0).tolist(), values.max(0).tolist()) == (a["min"], a["max"])
        arrays.append(values)
    for p in (p for m in held["meshes"] for p in m["primitives"]):
        spots, normals = (arrays[p["attributes"][k]] for k in ("POSITION", "NORMAL"))
        corners = spots[arrays[p["indices"]].reshape(-1, 3)]
        out = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        assert (np.einsum("ij,ij->i", out, normals[arrays[p["indices"]].reshape(-1, 3)[:, 0]]) > 0).all()
        assert 0 <= p["material"] < len(held["materials"])
    seen = [c for n in held["nodes"] for c in n.get("children", [])] + held["scenes"][0]["nodes"]
    assert sorted(seen) == list(range(len(held["nodes"])))
    assert all(math.isclose(sum(v * v for v in n["rotation"]), 1, abs_tol=1e-6) for n in held["nodes"] if "rotation" in n)
    assert min(v for n in held["nodes"] for v in n.get("scale", [1])) > 0


def test_racks_of_a_model_stand_where_the_tables_say(made: Design, t: Tables, model: bytes):
    """Every way a front may look. The frame is in the middle of its place, its front in line with that of the place."""
    scene, held = loaded(model), parsed(model)[0]
    own = t["hall_racks"].filter(pl.col("hall_id") == 1)
    assert set(own["faces"]) == {1, -1, 2, -2}
    assert {n["name"] for n in held["nodes"] if "design" in n.get("extras", {})} == set(own["name"])
    told = {n["name"]: n["extras"] for n in held["nodes"] if "extras" in n}
    frame, network = rack.frame_of(made.racks["dgx"]), {n: t.fact(t.input_text("network.frame"), n) for n in ("width", "depth", "height")}
    for r in own.iter_rows(named=True):
        x0, x1, y0, y1 = footprint(r)
        size = (frame.width, frame.depth, frame.height) if r["design_id"] is not None else tuple(network.values())
        found = box(scene, r["name"])
        across, along = (0, 2) if abs(r["faces"]) == 1 else (2, 0)
        assert found[across + 1] - found[across] == pytest.approx(size[0], abs=0.01)
        assert found[along + 1] - found[along] == pytest.approx(size[1], abs=0.01)
        place = (x0, x1) if across == 0 else (y0, y1)
        assert sum(found[across : across + 2]) == pytest.approx(sum(place), abs=0.01)
        front = {1: (3, y1), -1: (2, y0), 2: (1, x1), -2: (0, x0)}[r["faces"]]
        assert found[front[0]] == pytest.approx(front[1], abs=0.01)
        assert found[4:] == pytest.approx([0, size[2]], abs=0.01)
        assert told[r["name"]]["power_w"] == pytest.approx(r["power_w"], abs=0.001)


def test_switches_and_trays_of_a_model(t: Tables, model: bytes):
    scene, held = loaded(model), parsed(model)[0]
    racks = {r["name"]: r for r in t["hall_racks"].iter_rows(named=True)}
    children = {held["nodes"][c]["name"]: n["name"] for n in held["nodes"] if n["name"] in racks for c in n.get("children", [])}
    own = t["fabric_switches"].join(t["hall_racks"].filter(pl.col("hall_id") == 1).select("rack_id", rack="name"), on="rack_id")
    assert own.height
    assert children == dict(own.select("name", "rack").iter_rows())
    for name, in_rack in children.items():
        x0, x1, y0, y1 = footprint(racks[in_rack])
        found = box(scene, name)
        assert x0 <= found[0] < found[1] <= x1
        assert y0 <= found[2] < found[3] <= y1
    trays = t["trays"].filter(pl.col("hall_id") == 1)
    for r in trays.iter_rows(named=True):
        found = box(scene, f"tray {r['tray_id']}")
        x, y = sorted((r["a_x_mm"], r["b_x_mm"])), sorted((r["a_y_mm"], r["b_y_mm"]))
        along = 0 if y[0] == y[1] else 2
        assert found[along : along + 2] == pytest.approx(x if along == 0 else y, abs=0.01)
        assert sum(found[2 - along : 4 - along]) / 2 == pytest.approx((y if along == 0 else x)[0], abs=0.01)
        assert found[4] == pytest.approx(r["z_mm"], abs=0.01)
    assert sum("tray_id" in n.get("extras", {}) for n in held["nodes"]) == 3 * trays.height


def test_devices_of_a_rack_stand_where_the_tables_say(nvl72: Tables):
    data = gltf.of_rack(nvl72, WORDS)
    scene, frame = loaded(data), rack.frame_of(nvl72)
    told = {n["name"]: n.get("extras") for n in parsed(data)[0]["nodes"]}
    devices = nvl72["devices"].drop_nulls("z_mm")
    for d in devices.iter_rows(named=True):
        x, y, z = d["x_mm"], d["y_mm"] or 0.0, d["z_mm"]
        wanted = [x, x + d["width_mm"], y, y + d["depth_mm"], z, z + d["height_mm"]]
        assert box(scene, d["name"]) == pytest.approx(wanted, abs=0.01), d["name"]
        assert told[d["name"]]["part"] == d["part"]
    assert np.array(scene.extents) * 1000 == pytest.approx([frame.width, frame.height, frame.depth], abs=0.01)


def test_names_are_kept_as_they_are(model: bytes, plan: Drawing):
    assert any(n["name"] == HOSTILE for n in parsed(model)[0]["nodes"])
    words = [e.plain_text() for e in plan.modelspace().query("TEXT[layer=='LABELS']")]
    assert any(w.startswith("ramp <b>") for w in words)
    assert ("Design", WORDS) in plan.header.custom_vars.properties


def test_chosen_racks_alone(made: Design, t: Tables):
    chosen = t["hall_racks"].filter(pl.col("hall_id") == 1)["rack_id"].head(2)
    held = parsed(gltf.of_hall(t, 1, made.racks, WORDS, chosen))[0]
    assert [n["name"] for n in held["nodes"] if "design" in n.get("extras", {})] == t["hall_racks"].filter(
        pl.col("rack_id").is_in(chosen.implode())
    ).sort("row", "position")["name"].to_list()
    assert "trays" not in {n["name"] for n in held["nodes"]}


def test_a_plan_has_every_rack_at_its_place(t: Tables, plan: Drawing):
    own = {r["name"]: r for r in t["hall_racks"].filter(pl.col("hall_id") == 1).iter_rows(named=True)}
    inserts = list(plan.modelspace().query("INSERT"))
    named = {i.get_attrib_text("NAME"): i for i in inserts if i.attribs}
    assert set(named) == set(own)
    assert len(inserts) == t["floor_places"].filter(pl.col("hall_id") == 1).height
    for name, i in named.items():
        r = own[name]
        assert (i.dxf.insert.x, i.dxf.insert.y) == (r["x_mm"], r["y_mm"])
        found = bbox.extents([e for e in i.virtual_entities() if e.dxftype() == "LWPOLYLINE"])
        assert [found.extmin.x, found.extmax.x, found.extmin.y, found.extmax.y] == pytest.approx(footprint(r))
        assert i.dxf.layer == ("NETWORK" if r["design_id"] is None else "RACKS")
        assert float(i.get_attrib_text("POWER_KW")) == pytest.approx(r["power_w"] / 1000, abs=0.001)
        assert int(i.get_attrib_text("UNITS")) == 48
    layers = {e.dxf.layer for e in plan.modelspace()}
    assert {"WALLS", "COLUMNS", "DOORS", "DOOR-SWINGS", "KEEP-OUT", "RACKS", "NETWORK", "FRONTS", "TRAYS", "FIBRE", "LABELS", "ROWS"} <= layers
    (walls,) = plan.modelspace().query("LWPOLYLINE[layer=='WALLS']")
    h = t["halls"].row(1, named=True)
    assert walls.get_points("xy")[0] == (h["x_mm"], h["y_mm"])
    assert walls.get_points("xy")[2] == (h["x_mm"] + h["width_mm"], h["y_mm"] + h["depth_mm"])


def test_trays_of_a_plan_are_as_long_as_in_the_tables(t: Tables, plan: Drawing):
    for level, layer in dxf.TRAYS.items():
        drawn = sum((e.dxf.end - e.dxf.start).magnitude for e in plan.modelspace().query("LINE") if e.dxf.layer.split("-")[0] == layer)
        assert drawn == pytest.approx(t["trays"].filter((pl.col("hall_id") == 1) & (pl.col("level") == level))["length_mm"].sum(), abs=1)


def test_a_floor_drawn_and_read_is_the_same_floor(made: Design, t: Tables, tmp_path: Path):
    """Every place of every row with its front, the hall's size, what is kept free, and the trays."""
    floor = floor_of(tmp_path, dxf.plan(t, 1, made.racks, WORDS)).floor
    assert isinstance(floor.rows, list)
    places = t["floor_places"].filter(pl.col("hall_id") == 1)
    x, y = t["halls"].row(1, named=True)["x_mm"], t["halls"].row(1, named=True)["y_mm"]
    wanted = {(*(v - o for v, o in zip(footprint(p), (x, x, y, y), strict=True)), p["faces"]) for p in places.iter_rows(named=True)}
    found = set()
    for row in floor.rows:
        for at, wide in zip(row.at or [], row.width or [], strict=True):
            face = {"up": 1, "down": -1, "right": 2, "left": -2}[row.faces]
            deep = row.depth or 0
            found.add(
                (row.x, row.x + deep, row.y + at, row.y + at + wide, face)
                if abs(face) == 2
                else (row.x + at, row.x + at + wide, row.y, row.y + deep, face)
            )
    assert found == wanted
    assert floor.size == [20_000, 16_000]
    assert [(k.x, k.y, k.width, k.depth, k.full_height) for k in floor.keep_out] == [
        (15_000, 9000, 400, 300, True), (0, 10_000, 1200, 1200, False), (12_000, 9000, 1000, 2000, False),
    ]  # fmt: skip


def test_the_plan_of_an_example_drawn_again_and_read_again(tmp_path: Path):
    """Rows, keep-outs, size and trays are those of the drawing that the example was made from."""
    made = compile_hall(str(ROOT / "examples" / "halls" / "h100-on-a-plan.yaml"), as_of="2026-01-01")
    first = floor_of(tmp_path, (ROOT / "examples" / "halls" / "plans" / "training-hall.dxf").read_bytes())
    data = dxf.plan(made.tables, 0, made.racks, WORDS)
    again = floor_of(tmp_path, data)
    assert (again.floor.rows, again.floor.keep_out, again.floor.size) == (first.floor.rows, first.floor.keep_out, first.floor.size)
    assert trays(again) == trays(first)
    assert data == dxf.plan(made.tables, 0, made.racks, WORDS)


def floor_of(folder: Path, data: bytes) -> HallSpec:
    """What a spec has whose plan is this drawing."""
    (folder / "plan.dxf").write_bytes(data)
    rack = ROOT / "examples" / "racks" / "dgx-h100-x4.yaml"
    (folder / "hall.yaml").write_text(
        f"hall: p\ndesigns: {{d: {rack}}}\nfloor: {{plan: plan.dxf}}\nracks: {{d: {{design: d, count: 1}}}}\nfabrics: {{}}\n"
    )
    return planned(read(str(folder / "hall.yaml"))).spec


def trays(spec: HallSpec) -> list[tuple[object, ...]]:
    return sorted((s.level, s.side or "", *sorted((tuple(s.start), tuple(s.end)))) for s in spec.pathways.segments)


def test_an_elevation_is_true_to_the_tables(nvl72: Tables):
    """Devices of the front by corner and size in mm, origin at the lower left of the frame; every text of the scene."""
    scene = elevation.draw(nvl72)
    assert scene is not None
    framed = title_block.framed(scene, Mark("nvl72", "B", "0123456789abcdef", "0"))
    drawing = opened(dxf.of_scene(framed, WORDS))
    drawn = []
    for e in drawing.modelspace().query("LWPOLYLINE[layer=='FRONT']"):
        (x0, y0), _, (x1, y1), _ = e.get_points("xy")
        drawn.append(tuple(round(v, 2) for v in (x0, y0, x1 - x0, y1 - y0)))
    fronts = rack.placed(nvl72).filter(~pl.col("faces_rear"))
    assert sorted(drawn) == sorted(tuple(round(v, 2) for v in r) for r in fronts.select("x_mm", "z_mm", "width_mm", "height_mm").iter_rows())
    texts = [e.plain_text() for e in drawing.modelspace().query("TEXT")]
    assert len(texts) == framed.shapes.filter(pl.col("kind") == "text").height
    assert "0123456789ab" in texts
    for e in drawing.modelspace():  # index 7 turns against the ground; a colour of its own must not be too dark for a dark one
        assert max(e.rgb) >= dxf._DARK if e.rgb else e.dxf.color == 7
    assert {e.dxf.color for e in drawing.modelspace().query("TEXT")} == {7}


@pytest.mark.parametrize("value", [HOSTILE, "%%%", "100 %", "a^b^ c", "\n\tx\x00y", "文" * 300, "\\P\\S{;}", "%%u under"])
def test_texts_of_a_drawing_come_back(value: str):
    """As they are but for control characters, codes of the format that would become other characters, and what is over the limit."""
    drawing = dxf._drawing("")
    dxf._label(drawing.modelspace(), value, (0, 0), 100, {})
    (found,) = opened(dxf._bytes(drawing)).modelspace().query("TEXT")
    said = " ".join(value.replace("\x00", " ").split()) if "\x00" in value else value
    assert found.plain_text() == said[:250].replace("\\U+", "\\U +")
