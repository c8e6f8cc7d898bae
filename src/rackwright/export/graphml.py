"""GraphML: devices as nodes, links as edges, for NetworkX, Gephi, yEd and whatever reads graphs.

One edge a link, as what a device sees; links of one cable have the same `cable`. Edges lead from the lower to the upper end, and the graph is not
directed. Only characters that XML has not (most control characters) become spaces.

Source: graphml.graphdrawing.org/specification (http://graphml.graphdrawing.org/xmlns).

Reads what `ends` and `only` read, fabrics, fabric_skus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export import only as choice
from rackwright.export.only import Only
from rackwright.schema import ends
from rackwright.schema.tables import Tables

TITLE = "GraphML"
FOR = "NetworkX, Gephi, yEd"
NEEDS = "links"
OF = ("hall",)
NODE = {"name": "string", "hall": "string", "rack": "string", "unit": "int", "device": "string", "part": "string"}
EDGE = {
    "link": "string",
    "cable": "string",
    "fabric": "string",
    "tier": "int",
    "plane": "int",
    "source_port": "string",
    "target_port": "string",
    "speed_gbps": "double",
    "part": "string",
    "medium": "string",
    "cut_mm": "int",
    "stock_mm": "int",
}
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
_CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`network.graphml`: the links chosen and what they join; all devices where nothing is chosen. Raises UnknownNameError."""
    if not t.height("fabric_cables"):
        return
    at = ends.devices(t)
    yield f"network{only.slug()}.graphml", partial(graph, t, at, choice.links(t, at, only), is_whole=not only)


def graph(t: Tables, at: pl.DataFrame, rows: pl.Series, *, is_whole: bool) -> bytes:
    """The document of some links (positions in `fabric_cables`); `at` is from `ends.devices`."""
    media = t["fabric_skus"].select("fabric_id", "sku", "part", "medium")
    links = ends.named(t, at, rows).join(media, on=["fabric_id", "sku"], how="left", maintain_order="left")
    links = links.join(t["fabrics"].select("fabric_id", "fabric"), on="fabric_id", how="left", maintain_order="left")
    nodes = at.select("hall", "rack", "device", "part", unit="u", name="end").with_row_index("id")
    if not is_whole:
        nodes = nodes.filter(pl.col("id").is_in(pl.concat([links["a_device_id"], links["b_device_id"]]).unique().implode()))
    keys = [("node", NODE, "n"), ("edge", EDGE, "e")]
    head = [f'<key id="{p}_{k}" for="{of}" attr.name="{k}" attr.type="{kind}"/>\n' for of, fields, p in keys for k, kind in fields.items()]
    drawn = nodes.select(pl.concat_str(pl.format('<node id="n{}">', "id"), *(_data("n", k, pl.col(k)) for k in NODE), pl.lit("</node>\n")).str.join())
    own = {"cable": "label", "source_port": "a_port", "target_port": "b_port", "cut_mm": "length_cut_mm", "stock_mm": "length_stock_mm"}
    values = {k: pl.col(own.get(k, k)) for k in EDGE}
    values |= {k: pl.when(v >= 0).then(v) for k, v in values.items() if k in {"cut_mm", "stock_mm"}}
    begin = pl.format('<edge id="e{}" source="n{}" target="n{}">', "link_id", "a_device_id", "b_device_id")
    joined = links.select(pl.concat_str(begin, *(_data("e", k, v) for k, v in values.items()), pl.lit("</edge>\n")).str.join())
    body = (str(drawn.item() or ""), str(joined.item() or ""))
    return "".join([_HEAD, *head, '<graph edgedefault="undirected">\n', *body, "</graph>\n</graphml>\n"]).encode()


def _data(kind: str, key: str, value: pl.Expr) -> pl.Expr:
    """A `data` element, nothing where there is no value."""
    text = value.cast(pl.String)
    if (NODE if kind == "n" else EDGE)[key] == "string":
        text = text.str.replace_all(_CONTROL, " ").str.replace_many(list(_ENTITIES), list(_ENTITIES.values()))
    return pl.concat_str(pl.lit(f'<data key="{kind}_{key}">'), text, pl.lit("</data>")).fill_null("")
