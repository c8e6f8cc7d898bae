"""Halls and rack designs as binary glTF: `render.gltf` over the tables of a package and of the rack designs in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from rackwright.export import only as choice
from rackwright.export.only import ChoiceError, Only
from rackwright.flow.identity import mark
from rackwright.flow.manifest import Manifest
from rackwright.schema.tables import Tables

TITLE = "3-D model, binary glTF"
FOR = "Blender, three.js, Omniverse"
NEEDS = "racks"
ABOUT = "halls and rack designs as boxes with names and figures: metres, y upwards"
CHOICES = ("row", "rack")
DESIGNS = True


def files_of(t: Tables, only: Only, about: Manifest, designs: Mapping[str, Tables]) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """A file for each hall and rack design, or for each hall that holds racks of the choice. Raises UnknownNameError, ChoiceError."""
    from rackwright.render import gltf

    if only.device or only.fabric or only.cable:
        raise ChoiceError("a 3-D model is made for rows or racks, not for a device, fabric or cable")
    words = f"{about.design}, {mark(about, t).words}"
    if t["halls"].is_empty():
        if t["devices"].height:
            yield f"{t['racks']['name'][0]}.glb", partial(gltf.of_rack, t, words)
        return
    chosen = choice.racks(t, only) if only else None
    for i, name in t["halls"].sort("hall_id").select("hall_id", "name").iter_rows():
        if chosen is None or i in chosen["hall_id"]:
            yield f"halls/{name}{only.slug()}.glb", partial(gltf.of_hall, t, i, designs, words, None if chosen is None else chosen["rack_id"])
    if not only:
        yield from ((f"racks/{name}.glb", partial(gltf.of_rack, found, words)) for name, found in designs.items())
