"""Tables of a compiled hall: what the cells sum to, and where everything stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl

from rackwright.base.spans import SpanTable
from rackwright.build.fill import Fill
from rackwright.build.hall import site as sites
from rackwright.build.hall import wire
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.medium import Sums, bill
from rackwright.build.hall.stand import Stand
from rackwright.build.labels import rack_names
from rackwright.build.pathways import KINDS
from rackwright.catalog.loader import Catalog
from rackwright.flow import hall_ports
from rackwright.flow.pipeline import Design
from rackwright.flow.summary import figures
from rackwright.schema.tables import Tables, frame
from rackwright.spec.describe import inputs
from rackwright.spec.document import Document
from rackwright.spec.hall import HallSpec

Row = dict[str, Any]


class HallTables:
    """Tables of a compiled hall."""

    def __init__(
        self,
        document: Document[HallSpec],
        src: Callable[[str], int],
        spans: SpanTable,
        catalog: Catalog,
        designs: dict[str, Design],
        wired: list[wire.Wired],
        stand: Stand,
        site: sites.Site,
        ground: Ground,
        sums: list[Sums],
    ) -> None:
        self.document, self.spec, self.src, self.spans, self.catalog, self.designs = document, document.spec, src, spans, catalog, designs
        self.wired, self.stand, self.site, self.ground, self.sums = wired, stand, site, ground, sums

    def tables(self, links: pl.DataFrame | None, filled: Fill) -> Tables:
        """All tables of the hall package."""
        made = {"halls": self.halls(), "designs": self.design_rows(), "fabrics": self.fabrics(), "hall_racks": self.racks()}
        made["fabric_switches"] = self.switches()
        made["fabric_cables"] = frame("fabric_cables", links.with_row_index("link_id")) if links is not None else frame("fabric_cables", [])
        made["trays"] = self.trays(filled)
        made["hall_parts"] = self.bom()
        made["design_devices"] = hall_ports.design_devices(self.designs)
        made["nic_ports"] = hall_ports.nic_ports(self.designs, self.wired, self.ground.templates)
        made["switch_ports"] = hall_ports.switch_ports(self.wired, speeds(made["fabric_cables"], len(self.wired)))
        made["fabric_skus"] = hall_ports.media(self.sums)
        made["inputs"] = self.inputs()
        made["summary"] = key_figures(made)
        made["spans"] = frame(
            "spans",
            [
                {"src": i, "file": s.file, "line": s.line, "column": s.column, "end_line": s.end_line, "end_column": s.end_column, "path": p}
                for i, (s, p) in enumerate(self.spans.rows)
            ],
        )
        return Tables(made)

    def inputs(self) -> pl.DataFrame:
        """Every input of the hall spec."""
        document = self.document
        return frame(
            "inputs",
            [
                {
                    "path": path,
                    "value": value,
                    "text": text,
                    "unit": unit,
                    "origin": document.origins.get(path) or ("written" if path in document.spans else "default"),
                    "description": description,
                    "src": self.src(path),
                }
                for path, value, text, unit, description in inputs(self.spec)
            ],
        )

    def halls(self) -> pl.DataFrame:
        """Halls and their extent."""
        width, depth = self.site.campus.halls[0].floor.size()
        where = self.site.positions
        return frame(
            "halls",
            [
                {
                    "hall_id": i,
                    "name": f"H{i + 1:02d}",
                    "x_mm": h.x_mm,
                    "y_mm": h.y_mm,
                    "width_mm": width,
                    "depth_mm": depth,
                    "places": int((where.hall == i).sum()),
                    "src": self.src("floor"),
                }
                for i, h in enumerate(self.site.campus.halls)
            ],
        )

    def design_rows(self) -> pl.DataFrame:
        """Rack designs with what one rack of each amounts to."""
        rows = []
        for i, (name, design) in enumerate(self.designs.items()):
            value = dict(design.tables["summary"].select("key", "value").iter_rows())
            rows.append(
                {
                    "design_id": i,
                    "design": name,
                    "spec": self.spec.designs[name],
                    "racks": int((self.site.design == i).sum()),
                    "accelerators": int(value.get("accelerators") or 0),
                    "power_w": value.get("power_input_w") or value.get("power_it_w") or 0.0,
                    "heat_liquid_w": value.get("heat_liquid_w") or 0.0,
                    "heat_air_w": value.get("heat_air_w") or 0.0,
                    "mass_kg": value.get("mass_kg") or 0.0,
                    "cost_usd": value.get("cost_usd") or 0.0,
                    "cables": design.tables["cables"].height,
                    "findings": sum(1 + f.more for f in design.findings if f.severity != "info" and not f.waiver),
                    "src": self.src(f"designs.{name}"),
                }
            )
        return frame("designs", rows)

    def fabrics(self) -> pl.DataFrame:
        """Fabrics with switch, link and cable counts."""
        rows = []
        for i, (w, s) in enumerate(zip(self.wired, self.sums, strict=True)):
            cents = sum(int(s.pieces[t] @ m.cost_cents) for t, m in s.menus.items())
            rows.append(
                {
                    "fabric_id": i,
                    "fabric": w.name,
                    "topology": w.wish.topology,
                    "planes": w.wish.planes,
                    "endpoints": len(w.ends.endpoints),
                    "leaves": w.plan.count(0),
                    "spines": w.plan.count(1),
                    "cores": w.plan.count(2),
                    "links_host": int(s.by_tier[0]),
                    "links_spine": int(s.by_tier[1]),
                    "links_core": int(s.by_tier[2]),
                    "cables": int(s.by_tier.sum()),
                    "unreached": s.unreached,
                    "unrouted": s.lost,
                    "length_longest_mm": s.longest_mm,
                    "length_mm": sum(int(s.pieces[t] @ m.stock_mm.astype(np.int64)) for t, m in s.menus.items()),
                    "cost_usd": cents / 100,
                    "src": self.src(f"fabrics.{w.name}"),
                }
            )
        return frame("fabrics", rows)

    def racks(self) -> pl.DataFrame:
        """Every rack at its place."""
        where, at = self.site.positions, self.site.at
        x, y = where.front_left()
        names = rack_names(where.hall[at], where.row[at], where.place[at])
        return frame(
            "hall_racks",
            pl.DataFrame(
                {
                    "rack_id": np.arange(len(at), dtype=np.int32),
                    "name": pl.Series(names.astype(str)),
                    "hall_id": where.hall[at].astype(np.int32),
                    "row": where.row[at].astype(np.int32),
                    "position": where.place[at].astype(np.int32),
                    "x_mm": x[at],
                    "y_mm": y[at],
                    "faces": where.faces[at].astype(np.int32),
                    "design_id": np.where(self.site.design < len(self.designs), self.site.design, -1).astype(np.int32),
                    "pod": self.site.pod,
                    "src": np.full(len(at), self.src("racks"), np.int32),
                }
            ).with_columns(design_id=pl.when(pl.col("design_id") >= 0).then("design_id"), pod=pl.when(pl.col("pod") >= 0).then("pod")),
        )

    def switches(self) -> pl.DataFrame:
        """Every switch in its rack."""
        s = self.stand
        part = [[w.parts[min(t, len(w.parts) - 1)].name for t in range(3)] for w in self.wired]
        names = np.array(part or [["", "", ""]])[s.fabric, np.minimum(s.tier, 2)] if len(s.fabric) else np.empty(0, str)
        cat = {
            c: np.concatenate([getattr(w.plan.switches, c) for w in self.wired] or [np.empty(0, int)]).astype(np.int32)
            for c in ("pod", "plane", "rail", "index")
        }
        return frame(
            "fabric_switches",
            pl.DataFrame(
                {
                    "device_id": np.arange(len(s.fabric), dtype=np.int32) + self.ground.switch_first,
                    "name": pl.Series(
                        [n for w in self.wired for n in hall_ports.switch_names(w.name, w.wish.planes, w.plan.switches)], dtype=pl.String
                    ),
                    "fabric_id": s.fabric,
                    "tier": s.tier,
                    "pod": cat["pod"],
                    "plane": cat["plane"],
                    "rail": cat["rail"],
                    "index": cat["index"],
                    "part": pl.Series(names.astype(str)),
                    "rack_id": s.rack + self.site.compute,
                    "position_u": s.unit,
                }
            ),
        )

    def trays(self, filled: Fill) -> pl.DataFrame:
        """Every tray segment with its fill."""
        ways, edge = self.ground.paths.ways, filled.edge
        return frame(
            "trays",
            pl.DataFrame(
                {
                    "tray_id": edge.astype(np.int32),
                    "hall_id": ways.hall[edge].astype(np.int32),
                    "row": ways.row[edge].astype(np.int32),
                    "kind": pl.Series([KINDS[k] for k in ways.kind[edge].tolist()], dtype=pl.String),
                    "a_x_mm": ways.x_mm[ways.a[edge]],
                    "a_y_mm": ways.y_mm[ways.a[edge]],
                    "b_x_mm": ways.x_mm[ways.b[edge]],
                    "b_y_mm": ways.y_mm[ways.b[edge]],
                    "length_mm": ways.length_mm[edge],
                    "trays": ways.trays[edge].astype(np.int32),
                    "capacity": ways.capacity[edge],
                    "fill": filled.fullest,
                    "fill_total": filled.total,
                    "src": np.full(len(edge), self.src("pathways"), np.int32),
                }
            ).with_columns(pl.when(pl.col("hall_id") >= 0).then("hall_id").alias("hall_id"), pl.when(pl.col("row") >= 0).then("row").alias("row")),
        )

    def bom(self) -> pl.DataFrame:
        """Switches, cables and modules of each fabric."""
        rows: list[Row] = []
        for i, (w, s) in enumerate(zip(self.wired, self.sums, strict=True)):
            for t in range(3):
                n = w.plan.count(t)
                if n:
                    rows.append({"fabric_id": i, "kind": "switch", "part": w.parts[min(t, 2)].name, "quantity": float(n)})
            rows += [{"fabric_id": i, **r} for r in bill(w, s)]
        merged: dict[tuple[int, str, str], float] = {}
        for r in rows:
            key = (r["fabric_id"], r["kind"], r["part"])
            merged[key] = merged.get(key, 0.0) + r["quantity"]
        price = {part: self.catalog.part(part).facts.get("price") for _, _, part in merged}
        return frame(
            "hall_parts",
            [
                {
                    "line": n,
                    "fabric_id": f,
                    "kind": k,
                    "part": p,
                    "quantity": float(np.ceil(q)),
                    "unit_cost_usd": fact.value if fact else None,
                    "price_confidence": fact.confidence if fact else None,
                }
                for n, ((f, k, p), q) in enumerate(sorted(merged.items()))
                for fact in (price[p],)
            ],
        )


def speeds(cables: pl.DataFrame, fabrics: int) -> list[set[tuple[int, float]]]:
    """Tier and speed of the links of each fabric."""
    found = cables.select("fabric_id", "tier", "speed_gbps").unique().rows()
    return [{(tier, speed) for f, tier, speed in found if f == i} for i in range(fabrics)]


def key_figures(made: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Table `summary` of a hall: sums over racks by design, and over fabrics."""
    d, f = made["designs"], made["fabrics"]

    def over(column: str) -> float:
        return float((d["racks"] * d[column]).sum())

    fullest = made["trays"].filter(pl.col("capacity") > 0).select((pl.col("fill") / pl.col("capacity")).max()).item()
    switches = f.select(pl.sum_horizontal("leaves", "spines", "cores").sum()).item()
    lines = [
        ("accelerators", "Size", "Accelerators", over("accelerators"), "pcs", ""),
        ("racks", "Size", "Racks", float(d["racks"].sum()), "pcs", "without switch racks"),
        ("switch_racks", "Size", "Switch racks", float(made["hall_racks"]["design_id"].null_count()), "pcs", ""),
        ("switches", "Size", "Switches", float(switches), "pcs", ""),
        ("power_racks_w", "Power", "Power of the racks", over("power_w"), "W", "from their feeds; switches left out"),
        ("heat_liquid_w", "Cooling", "Heat into the coolant", over("heat_liquid_w"), "W", ""),
        ("heat_air_w", "Cooling", "Heat into the air", over("heat_air_w"), "W", "racks only"),
        ("fabric_cables", "Cabling", "Cables between racks", float(f["cables"].sum()), "pcs", "one a link"),
        ("fabric_length_mm", "Cabling", "Length ordered", float(f["length_mm"].sum()), "mm", ""),
        ("fabric_longest_mm", "Cabling", "Longest cable between racks", float(f.select(pl.col("length_longest_mm").max()).item() or 0), "mm", ""),
        ("tray_fill_max", "Cabling", "Fullest tray", float(fullest or 0), "1", "of what it may hold"),
        ("rack_cables", "Cabling", "Cables inside racks", over("cables"), "pcs", "counted from the designs"),
        ("mass_kg", "Mass", "Mass of the racks", over("mass_kg"), "kg", ""),
        ("cost_racks_usd", "Cost", "Racks", over("cost_usd"), "USD", "prices of the designs"),
        ("cost_fabrics_usd", "Cost", "Cables and modules", float(f["cost_usd"].sum()), "USD", "switches left out"),
    ]
    rows = [
        {"key": k, "topic": topic, "title": title, "value": v, "unit": unit, "text": figures(v, unit), "note": note}
        for k, topic, title, v, unit, note in lines
    ]
    return frame("summary", rows)
