"""Findings with the rack, device, cable, tray, hall or fabric that they concern, where their subject names one.

Reads findings, halls, hall_racks, fabrics, trays, fabric_switches, devices, spans.
"""

from __future__ import annotations

import re

import polars as pl

from rackwright.render.viewer.pack import Chunk, Chunks
from rackwright.schema.tables import Tables

_TRAY = re.compile(r"\btray (\d+)\b")
_NAMED = re.compile(r"`([^`]+)`|\b(H\d+\.[A-Z]+\d+)(?:-[^\s,;:]+)?")
_COLUMNS = ["code", "name", "severity", "subject", "message", "help", "value", "limit", "unit", "waiver"]


def chunks(t: Tables) -> Chunks:
    """`findings`, in the order of the table."""
    return {"findings": lambda: Chunk(findings(t))}


def findings(t: Tables) -> pl.DataFrame:
    """Every finding with `kind` (rack, device, cable, tray, hall, fabric, node or empty), `at` (id of it, -1: none), `rack_id` and `hall_id`.

    Its subject names it; where that says nothing of a place, the first name in its message that does.
    """
    found = t["findings"].sort("finding_id")
    places = _Places(t)
    made = [places.of(subject, message) for subject, message in found.select("subject", "message").iter_rows()]
    places_of = pl.DataFrame(made, schema={"kind": pl.String, "at": pl.Int32, "rack_id": pl.Int32, "hall_id": pl.Int32}, orient="row")
    where = t["spans"].select("src", "line", file=pl.col("file").str.split("/").list.last()).unique("src", keep="first")
    spans = found.select("src").join(where, on="src", how="left", maintain_order="left").select("file", "line")
    return pl.concat([found.select(_COLUMNS), places_of, spans], how="horizontal")


_Place = tuple[str, int, int, int]
_NOWHERE: _Place = ("", -1, -1, -1)


class _Places:
    """Names of places; a name that several kinds share means the first of: rack, device, hall, fabric, node of the power chain."""

    def __init__(self, t: Tables) -> None:
        known: list[tuple[str, _Place]] = []
        known += [(n, ("node", i, r if r is not None else -1, h if h is not None else -1)) for n, i, r, h in _nodes(t).iter_rows()]
        known += [(n, ("fabric", i, -1, -1)) for n, i in t["fabrics"].select("fabric", "fabric_id").iter_rows()]
        known += [(n, ("hall", i, -1, i)) for n, i in t["halls"].select("name", "hall_id").iter_rows()]
        racks = t["hall_racks"].sort("rack_id")
        self.hall = racks["hall_id"].to_list()
        if not self.hall:
            known += [(n, ("device", i, 0, -1)) for n, i in t["devices"].select("name", "device_id").iter_rows()]
        known += [(n, ("device", i, r, self.hall[r])) for n, i, r in t["fabric_switches"].select("name", "device_id", "rack_id").iter_rows()]
        known += [(n, ("rack", i, i, self.hall[i])) for n, i in racks.select("name", "rack_id").iter_rows()]
        self.known = dict(known)
        self.trays = {i: -1 if h is None else h for i, h in t["trays"].select("tray_id", "hall_id").iter_rows()}

    def of(self, subject: str, message: str) -> _Place:
        """Where a finding is."""
        found = self._named(subject)
        if found[0] in ("", "fabric", "node") and found[3] < 0:
            for one, two in _NAMED.findall(message):
                other = self._named(one or two)
                if other[2] >= 0 or other[3] >= 0:
                    return other
        return found

    def _named(self, text: str) -> _Place:
        if text in self.known:
            return self.known[text]
        tray = _TRAY.search(text)
        if tray and int(tray[1]) in self.trays:
            return "tray", int(tray[1]), -1, self.trays[int(tray[1])]
        rack, _, rest = text.partition("-") if "/" not in text.partition("-")[0] else text.partition("/")
        if rest and rack in self.known and self.known[rack][0] == "rack":
            return ("cable" if "--" in rest else "device", -1, *self.known[rack][2:])
        return _NOWHERE


def _nodes(t: Tables) -> pl.DataFrame:
    """name, node_id, rack_id, hall_id of the power chain; its branches by the node that they feed."""
    nodes = t["supply_nodes"].select("name", "node_id", "rack_id", "hall_id")
    fed = t["supply_branches"].select("name", node_id="b_node_id").join(nodes.drop("name"), on="node_id", how="left", maintain_order="left")
    return pl.concat([fed, nodes])
