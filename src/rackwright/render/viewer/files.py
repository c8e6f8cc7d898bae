"""Every file of the viewer: the page as it is shipped, its index, and a script for each chunk of data."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from importlib import resources
from typing import Any

from rackwright.render import gallery, solids
from rackwright.render.viewer import findings, hall, network, rack, supply
from rackwright.render.viewer.pack import Chunk, Chunks, call, script
from rackwright.schema.tables import Tables

FOLDER = "viewer"
PAGE = f"{FOLDER}/index.html"
FORMAT = 1
_PATHWAYS = (
    *("pathways.lead", "pathways.slack", "pathways.service_loop"),
    *("pathways.depth", "pathways.fibre.depth", "pathways.power.depth", "pathways.fill_max"),
)
_HALL_ONLY = ("hall3d", "three")  # how files of the 3-D hall begin


def files(
    t: Tables, designs: Mapping[str, Tables], about: Mapping[str, Any], drawn: Collection[str]
) -> Iterator[tuple[str, bytes | Callable[[], bytes]]]:
    """Path and bytes of every file.

    `designs`: tables of the rack designs of a hall, by name; `about`: name, version and so on of the package; `drawn`: names of its drawings.
    """
    made = chunks(t, designs)
    made |= cell_chunks(t)
    yield from ((f"{FOLDER}/{name}", data) for name, data in app(bool(t["halls"].height)).items())
    yield data_path("index"), call("index", index(t, designs, about, drawn, list(made)))
    yield data_path("live"), call("live", {"served": False})
    for name, make in made.items():
        yield data_path(name), partial(_script, name, make)


def _script(name: str, make: Callable[[], Chunk]) -> bytes:
    return script(name, make())


def data_path(chunk: str) -> str:
    """Where a chunk lies in a package."""
    return f"{FOLDER}/data/{chunk}.js"


def app(is_hall: bool) -> dict[str, bytes]:
    """The page, its style and its scripts, as they are shipped."""
    folder = resources.files("rackwright.render").joinpath("templates", "viewer")
    kept = [f for f in sorted(folder.iterdir(), key=lambda f: f.name) if f.is_file() and (is_hall or not f.name.startswith(_HALL_ONLY))]
    return {f.name: f.read_bytes() for f in kept}


def chunks(t: Tables, designs: Mapping[str, Tables]) -> Chunks:
    """Everything but cables between racks, by name."""
    if t["halls"].is_empty():
        return {**(rack.chunks(t, "design-0") if t["devices"].height else {}), **findings.chunks(t)}
    made = {**hall.chunks(t), **network.chunks(t), **supply.chunks(t), **findings.chunks(t)}
    for i, name in t["designs"].select("design_id", "design").iter_rows():
        if name in designs:
            made |= rack.chunks(designs[name], f"design-{i}")
    return made


def cell_chunks(t: Tables) -> Chunks:
    """Cables between racks: a chunk for each fabric and scalable unit."""
    first = hall.switch_first(t)
    rows = network.cells(t).select("chunk", "link_first", "links", "host_device_first")
    return {name: partial(_cables, t, at, links, host, first) for name, at, links, host in rows.iter_rows()}


def _cables(t: Tables, at: int, links: int, host_first: int, switch_first: int) -> Chunk:
    return network.cables(t.parts("fabric_cables").slice(at, links), host_first, switch_first)


def cells(t: Tables) -> dict[str, list[str]]:
    """The cells of cables that a file says the same as, by path: it need not be made again where they did not change."""
    return {data_path(chunk): [file] for chunk, file in network.cells(t).select("chunk", "file").iter_rows()}


def index(t: Tables, designs: Mapping[str, Tables], about: Mapping[str, Any], drawn: Collection[str], chunk_names: list[str]) -> dict[str, Any]:
    """What the page reads first: what the package holds, and under which names."""
    is_hall = bool(t["halls"].height)
    first = hall.switch_first(t) if is_hall else 0
    shipped = set(app(is_hall))
    order = [d for d in gallery.drawings() if d.name in drawn]
    return {
        **about,
        "format": FORMAT,
        "kind": "hall" if is_hall else "rack",
        "has3d": {"three.js", "hall3d.js"} <= shipped,
        "scripts3d": ["three.js", *sorted(n for n in shipped if n.startswith("hall3d-") and n.endswith(".js")), "hall3d.js"],
        "halls": t["halls"].height,
        "racks": t["hall_racks"].height if is_hall else t["racks"].height,
        "links": t.height("fabric_cables"),
        "switch_first": first,
        "chunks": chunk_names,
        "cells": network.cells(t).drop("file").to_dict(as_series=False),
        "has_inside": {str(i): name in designs for i, name in t["designs"].select("design_id", "design").iter_rows()},
        "network_frame": rack.frame_words(solids.network_frame(t)) if is_hall else None,
        "drawings": [{"name": d.name, "title": d.title, "section": d.section, "path": f"../drawings/{d.name}.svg"} for d in order],
        "inputs": {p: t.input(p) for p in _PATHWAYS if t.asks(p)} if is_hall else {},
        "summary": t["summary"].select("topic", "title", "text", "note").to_dicts(),
    }
