"""Floor plans and rack elevations as DXF: `render.dxf` over the tables of a package and of the rack designs in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from rackwright.export.only import Only
from rackwright.flow.identity import mark
from rackwright.flow.manifest import Manifest
from rackwright.schema.tables import Tables

TITLE = "Plans and elevations for CAD, DXF"
FOR = "AutoCAD and others that read DXF"
NEEDS = "racks"
ABOUT = "floor plan of each hall with layers and rack blocks, front and rear of each rack design: millimetres"
CHOICES = ()
DESIGNS = True


def files_of(t: Tables, only: Only, about: Manifest, designs: Mapping[str, Tables]) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """A plan for each hall, an elevation for each rack design that has devices with a place."""
    from rackwright.render import dxf

    words = f"{about.design}, {mark(about, t).words}"
    for i, name in t["halls"].sort("hall_id").select("hall_id", "name").iter_rows():
        yield f"halls/{name}.dxf", partial(dxf.plan, t, i, designs, words)
    racks = designs if t["halls"].height else {str(r): t for r in t["racks"]["name"]}
    for name, found in racks.items():
        if found["devices"]["z_mm"].is_not_null().any():
            yield f"racks/{name}.dxf", partial(_elevation, found, about, words)


def _elevation(t: Tables, about: Manifest, words: str) -> bytes:
    from rackwright.render import dxf, title_block
    from rackwright.render.drawings import elevation

    scene = elevation.draw(t)
    if scene is None:
        raise AssertionError("a rack with a placed device has an elevation")
    return dxf.of_scene(title_block.framed(scene, mark(about, t)), words)
