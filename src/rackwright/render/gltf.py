"""Boxes as binary glTF 2.0: metres, y upwards, fronts of an unturned rack towards +z, as the format asks. Names and figures are nodes and `extras`.

Written by hand: a .glb is a JSON text and one buffer with a header each, less than what a library would want to be told.

Every rack is a node of its own; racks of one design share a mesh, so that a hall costs a few hundred bytes a rack. No extension is used.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.render import rack, solids
from rackwright.render.palette import rgb
from rackwright.render.scene import plain
from rackwright.schema.tables import Tables

F32 = NDArray[np.float32]
_FLOAT, _BYTE, _INT = 5126, 5121, 5125
_VERTICES, _INDICES = 34962, 34963
_HALF = np.sqrt(0.5)
_QUARTERS = ((0.0, 0.0, 0.0, 1.0), (0.0, _HALF, 0.0, _HALF), (0.0, 1.0, 0.0, 0.0), (0.0, -_HALF, 0.0, _HALF))  # to the left about y
Node = dict[str, Any]


class Glb:
    """Collects nodes, meshes, materials and the buffer of one file. Positions in mm of the campus or rack, z upwards; turned here."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.meshes: list[dict[str, Any]] = []
        self.materials: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []
        self.views: list[dict[str, Any]] = []
        self.buffer = bytearray()
        self._boxes: dict[str, int] = {}
        self._shape: dict[str, int] = {}

    def node(self, name: str, at: Sequence[float] = (), turn: Sequence[float] = (), scale: Sequence[float] = (), **more: Any) -> int:
        """Number of a new node. `at`: mm; `turn`: quaternion; `scale`: of the unit box, mm; `more`: mesh, children, extras, left out where empty."""
        made: Node = {"name": plain(name)}
        if at:
            x, y, z = at
            made["translation"] = [round(x / 1000, 6), round(z / 1000, 6), round(-y / 1000, 6) + 0.0]
        if turn and tuple(turn) != _QUARTERS[0]:
            made["rotation"] = [float(v) for v in turn]
        if scale:
            dx, dy, dz = scale
            made["scale"] = [round(dx / 1000, 6), round(dz / 1000, 6), round(dy / 1000, 6)]
        made |= {k: v for k, v in more.items() if v is not None and v not in ([], {})}
        self.nodes.append(made)
        return len(self.nodes) - 1

    def box(self, css: str) -> int:
        """Number of the mesh of a unit box in one colour: its corner at the origin, from there to +x, +y, -z."""
        if css not in self._boxes:
            if not self._shape:
                self._shape = self._arrays(*_corners(np.array([[0.0, 0, 0, 1000, 1000, 1000]])))
            red, green, blue = (_linear(v) for v in rgb(css))
            self.materials.append(
                {"name": css, "pbrMetallicRoughness": {"baseColorFactor": [red, green, blue, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.9}}
            )
            self._boxes[css] = self._mesh(css, self._shape, len(self.materials) - 1)
        return self._boxes[css]

    def merged(self, name: str, boxes: pl.DataFrame) -> int:
        """Number of one mesh of many boxes (columns of `solids.BOX`, not turned), coloured by vertex."""
        spots, normals, order = _corners(boxes.select("x", "y", "z", "dx", "dy", "dz").to_numpy())
        colours = np.array([[*(round(255 * _linear(v)) for v in rgb(css)), 255] for css in boxes["css"]], np.uint8).repeat(24, 0)
        parts = self._arrays(spots, normals, order) | {"COLOR_0": self._accessor(colours, "VEC4", _BYTE, _VERTICES, normalized=True)}
        self.materials.append({"name": name, "pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.9}})
        return self._mesh(name, parts, len(self.materials) - 1)

    def boxes(self, found: pl.DataFrame, extras: Sequence[dict[str, Any]] = ()) -> list[int]:
        """A node for each box."""
        half = np.radians(found["angle"].to_numpy() + 90.0 * found["turn"].to_numpy()) / 2
        return [
            self.node(
                r["name"], (r["x"], r["y"], r["z"]), (0.0, round(float(np.sin(a)), 9), 0.0, round(float(np.cos(a)), 9)), (r["dx"], r["dy"], r["dz"]),
                mesh=self.box(r["css"]), extras=extras[i] if extras else None,
            )
            for i, (r, a) in enumerate(zip(found.select(*solids.BOX).iter_rows(named=True), half, strict=True))
        ]  # fmt: skip

    def data(self, title: str, roots: list[int], extras: Mapping[str, Any]) -> bytes:
        """The file."""
        held: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": "rackwright", "extras": dict(extras)},
            "scene": 0,
            "scenes": [{"name": plain(title), "nodes": roots}],
            "nodes": self.nodes,
        }
        parts = {"meshes": self.meshes, "materials": self.materials, "accessors": self.accessors, "bufferViews": self.views}
        held |= {k: v for k, v in parts.items() if v}
        if self.buffer:
            held["buffers"] = [{"byteLength": len(self.buffer)}]
        text = json.dumps(held, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
        text += b" " * (-len(text) % 4)
        chunk = struct.pack("<I4s", len(self.buffer), b"BIN\0") + self.buffer if self.buffer else b""
        return struct.pack("<4sIII4s", b"glTF", 2, 12 + 8 + len(text) + len(chunk), len(text), b"JSON") + text + chunk

    def _arrays(self, spots: F32, normals: F32, order: NDArray[np.uint32]) -> dict[str, int]:
        limits = {"min": [float(v) for v in spots.min(0)], "max": [float(v) for v in spots.max(0)]}
        return {
            "POSITION": self._accessor(spots, "VEC3", _FLOAT, _VERTICES, **limits),
            "NORMAL": self._accessor(normals, "VEC3", _FLOAT, _VERTICES),
            "indices": self._accessor(order, "SCALAR", _INT, _INDICES),
        }

    def _accessor(self, values: NDArray[Any], shape: str, kind: int, target: int, **more: Any) -> int:
        self.views.append({"buffer": 0, "byteOffset": len(self.buffer), "byteLength": values.nbytes, "target": target})
        self.buffer += values.tobytes()
        self.accessors.append({"bufferView": len(self.views) - 1, "componentType": kind, "count": len(values), "type": shape, **more})
        return len(self.accessors) - 1

    def _mesh(self, name: str, parts: Mapping[str, int], material: int) -> int:
        attributes = {k: v for k, v in parts.items() if k != "indices"}
        self.meshes.append({"name": plain(name), "primitives": [{"attributes": attributes, "indices": parts["indices"], "material": material}]})
        return len(self.meshes) - 1


def _linear(value: int) -> float:
    """A part of an sRGB colour, 0 to 255, as light, 0 to 1."""
    v = value / 255
    return round(v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4, 4)


def _corners(boxes: NDArray[np.float64]) -> tuple[F32, F32, NDArray[np.uint32]]:
    """Positions and normals of 24 corners a box, and the three of each of its 12 triangles, to the left as seen from outside.

    `boxes` (n, 6): corner and extents in mm, z upwards.
    """
    low = boxes[:, :3] / 1000
    high = low + boxes[:, 3:] / 1000
    ends = np.stack([np.stack([low[:, 0], low[:, 2], -high[:, 1]], 1), np.stack([high[:, 0], high[:, 2], -low[:, 1]], 1)], 1)  # (n, 2, 3)
    spots, normals = [], []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for side in (0, 1):
            for a, b in ((0, 0), (1, 0), (1, 1), (0, 1)) if side else ((0, 0), (0, 1), (1, 1), (1, 0)):
                pick = [0, 0, 0]
                pick[axis], pick[u], pick[v] = side, a, b
                spots.append(np.stack([ends[:, pick[k], k] for k in range(3)], 1))
                normals.append([float(k == axis) * (2 * side - 1) for k in range(3)])
    made = np.stack(spots, 1).reshape(-1, 3).astype(np.float32)
    face = np.array([0, 1, 2, 0, 2, 3])
    order = (24 * np.arange(len(boxes))[:, None] + (4 * np.arange(6)[:, None] + face).reshape(-1)).reshape(-1).astype(np.uint32)
    return made, np.tile(np.array(normals, np.float32), (len(boxes), 1)), order


def of_rack(t: Tables, words: str) -> bytes:
    """A rack design: its frame, and a node for every device that has a place."""
    glb, frame = Glb(), rack.frame_of(t)
    found = solids.device_boxes(t)
    told = [
        _told(part=r["part"], role=r["role"], group=r["group"], feed=r["feed"], position_u=r["position_u"], height_u=r["height_u"],
              is_rear=r["is_rear"], power_max_w=r["power_max_w"], mass_kg=r["mass_kg"])
        for r in found.iter_rows(named=True)
    ]  # fmt: skip
    devices = glb.node("devices", children=glb.boxes(found, told))
    body = glb.node("frame", children=glb.boxes(solids.frame_boxes(frame)), extras={"part": frame.part, "title": frame.title})
    root = glb.node(frame.name, children=[body, devices], extras={"units": frame.units, "unit_mm": frame.unit_mm})
    return glb.data(frame.name, [root], {"design": words})


def of_hall(t: Tables, hall_id: int, designs: Mapping[str, Tables], words: str, chosen: pl.Series | None = None) -> bytes:
    """A hall where it stands on the campus: building, trays, racks with their switches. `chosen`: ids of racks, which are then shown alone.

    `designs`: tables of the rack designs by name; a design that is not among them stands as its frame.
    """
    glb, frames = Glb(), solids.sized(designs, t)
    hall = t["halls"].row(by_predicate=pl.col("hall_id") == hall_id, named=True)
    found = solids.racks(t, hall_id)
    parts = []
    if chosen is None:
        tall = max([2000.0, *(frames[_key(n, d, frames)].height for n, d in found.select("design_name", "design_id").unique().iter_rows())])
        parts += [glb.node("building", children=glb.boxes(solids.building(t, hall_id, tall))), _trays(glb, solids.trays(t, hall_id))]
    else:
        found = found.filter(pl.col("rack_id").is_in(chosen.implode()))
    parts.append(glb.node("racks", children=_racks(glb, t, found, designs, frames)))
    root = glb.node(hall["name"], children=parts, extras={"racks": found.height, "power_w": float(hall["power_w"])})
    return glb.data(hall["name"], [root], {"design": words})


def _key(name: str, design: int | None, frames: Mapping[str | None, rack.Frame]) -> str | None:
    return name if design is not None and name in frames else None


def _trays(glb: Glb, found: pl.DataFrame) -> int:
    """A node for each level."""
    levels = []
    for level in ("data", "fibre", "power"):
        own = found.filter(pl.col("level") == level)
        told = [
            _told(tray_id=i, kind=k, side=s, fill=round(f, 4), parallel=n)
            for i, k, s, f, n in own.select("tray_id", "kind", "side", "share", "trays").iter_rows()
        ]
        if own.height:
            levels.append(glb.node(f"trays {level}", children=glb.boxes(solids.tray_boxes(own), told * 3)))
    return glb.node("trays", children=levels)


def _racks(glb: Glb, t: Tables, found: pl.DataFrame, designs: Mapping[str, Tables], frames: Mapping[str | None, rack.Frame]) -> list[int]:
    """A node a rack, the switches of fabrics below it."""
    meshes: dict[str | None, int] = {}
    own = dict(solids.switches(t, found).partition_by("rack_id", as_dict=True))
    made = []
    for r in found.iter_rows(named=True):
        key = _key(r["design_name"], r["design_id"], frames)
        frame = frames[key]
        if r["design_id"] not in meshes:
            body = solids.frame_boxes(frame).with_columns(css=pl.lit(r["css"]))
            inside = [solids.device_boxes(designs[key]).select(*solids.BOX)] if key else []
            meshes[r["design_id"]] = glb.merged(r["design_name"], pl.concat([body, *inside], how="vertical_relaxed"))
        spare = (r["width_mm"] - frame.width) / 2
        held = [
            glb.node(s["name"], (s["x"] - spare, s["y"], s["z"]), (), (s["dx"], s["dy"], s["dz"]), mesh=glb.box("switch-fill"),
                     extras={"part": s["part"], "position_u": s["position_u"]})
            for s in (own[(r["rack_id"],)].iter_rows(named=True) if (r["rack_id"],) in own else ())
        ]  # fmt: skip
        ax, ay = ((1, 0), (0, 1), (-1, 0), (0, -1))[r["turn"]]
        told = _told(design=r["design_name"], power_w=r["power_w"], mass_kg=r["mass_kg"], units=frame.units, row=r["row"], position=r["position"],
                     unit=None if r["pod"] is None else r["pod"] + 1)  # fmt: skip
        at = (r["x_mm"] + ax * spare, r["y_mm"] + ay * spare, 0)
        made.append(glb.node(r["name"], at, _QUARTERS[r["turn"]], mesh=meshes[r["design_id"]], children=held, extras=told))
    return made


def _told(**values: Any) -> dict[str, Any]:
    """What is known of them; numbers without noise, texts on one line."""
    known = {k: round(v, 3) if isinstance(v, float) else plain(v) if isinstance(v, str) else v for k, v in values.items() if v is not None}
    return {k: v for k, v in known.items() if not (isinstance(v, float) and v != v)}
