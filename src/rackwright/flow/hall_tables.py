"""Tables of a compiled hall: what the cells sum to, and where everything stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl

from rackwright.base.spans import SpanTable
from rackwright.build.fabrics.torus import circuits
from rackwright.build.fill import Fill
from rackwright.build.hall import bundles as pulling
from rackwright.build.hall import site as sites
from rackwright.build.hall import wire
from rackwright.build.hall.bundles import Kinds
from rackwright.build.hall.cheapest import Placed
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.needs import needs
from rackwright.build.hall.stand import Stand
from rackwright.build.hall.sums import Sums, bill
from rackwright.build.labels import rack_names
from rackwright.build.part_tables import part_tables
from rackwright.build.span_table import span_table
from rackwright.build.waivers import waivers
from rackwright.catalog.loader import Catalog
from rackwright.catalog.part import Part
from rackwright.flow import cells, hall_ports
from rackwright.flow.addresses import addresses
from rackwright.flow.cabling import Made, bases, rack_of
from rackwright.flow.hall_floor import floor_tables, tray_tables, with_bends
from rackwright.flow.hall_placement import placement_lines, placements
from rackwright.flow.pipeline import Design
from rackwright.flow.standing import Standing, hash_input
from rackwright.flow.summary import figures
from rackwright.schema.tables import Tables, empty, frame
from rackwright.spec.describe import inputs
from rackwright.spec.document import Document
from rackwright.spec.hall import HallSpec

Row = dict[str, Any]
SUPPLY = ("supply_nodes", "supply_branches", "supply_feeds", "supply_components", "supply_node_states", "supply_branch_states")


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
        placed: Placed | None,
        stands: Standing | None,
        part: Callable[[str, str], Part],
        offers: list[Part],
    ) -> None:
        self.document, self.spec, self.src, self.spans, self.catalog, self.designs = document, document.spec, src, spans, catalog, designs
        self.wired, self.stand, self.site, self.ground, self.sums, self.placed = wired, stand, site, ground, sums, placed
        self.stands, self.part, self.offers = stands, part, offers

    def tables(self, cabled: Mapping[tuple[int, int], Made], kinds: Kinds, filled: Fill) -> Tables:
        """All tables of the hall package. `cabled` is each fabric and cell, in order, `kinds` what its bundles are counted by."""
        links = {at: cell.rows for at, cell in cabled.items()}
        made = {"halls": self.halls(), "designs": self.design_rows(), "fabrics": self.fabrics(), "hall_racks": self.racks()}
        made["fabric_switches"] = self.switches()
        made |= self.supply(made)
        made["fabric_circuits"] = self.circuits()
        made["fabric_cells"] = self.cells(links)
        whole = pl.concat(links.values(), rechunk=False).with_row_index("link_id") if links else empty("fabric_cables")
        made["fabric_cables"] = frame("fabric_cables", whole)
        made |= floor_tables(self.spec, self.ground, self.src)
        made |= tray_tables(self.spec, self.ground, self.wired, cabled, filled, self.src)
        made["hall_parts"] = self.bom()
        made["design_devices"] = hall_ports.design_devices(self.designs)
        made["nic_ports"] = hall_ports.nic_ports(self.designs, self.wired, self.ground.templates)
        made["switch_ports"] = hall_ports.switch_ports(self.wired, speeds(made["fabric_cables"], len(self.wired)))
        made |= addresses(self.document, self.wired, made, self.src, self.stands)
        made["fabric_skus"] = with_bends(hall_ports.media(self.sums, self.catalog.part), self.catalog)
        asked = [row for f, (w, s) in enumerate(zip(self.wired, self.sums, strict=True)) for row in needs(f, w, s, self.offers)]
        made["fabric_needs"] = frame("fabric_needs", asked)
        made["bundles"] = self.bundles(cabled, kinds, made)
        made["placements"] = placements(self.placed, self.src)
        made["inputs"] = self.inputs()
        made["waivers"] = waivers(self.spec.waivers, self.src)
        made |= self.parts(made["hall_parts"])
        made["summary"] = key_figures(made)
        made["spans"] = span_table(self.spans)
        return Tables(made)

    def supply(self, made: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """The power chain; its tables are empty where the spec has none."""
        if self.spec.power is None:
            return {name: empty(name) for name in SUPPLY}
        from rackwright.flow.hall_supply import supply_tables

        return supply_tables(self.spec.power, self.designs, made, self.catalog, self.part, self.src("power"))

    def bundles(self, cabled: Mapping[tuple[int, int], Made], kinds: Kinds, made: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        """Bundles of all cells; made of all cables at once where those of two cells share one, or a cable's legs may be in several."""
        parts = [cell.told.bundles for cell in cabled.values() if cell.told]
        if any(cell.rows["leg"].max() for cell in cabled.values()) or not pulling.are_apart(parts):
            parts = [pulling.grouped(made["fabric_cables"], kinds, rack_of(self.ground))]
        return pulling.joined(parts, kinds, made["hall_racks"], self.spec.pulling)

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
            ]
            + hash_input(self.stands, self.src),
        )

    def parts(self, bought: pl.DataFrame) -> dict[str, pl.DataFrame]:
        """Frame, switches, cables and modules with their facts, and those whose facts the spec overrides; racks keep theirs in their designs."""
        asked = {self.spec.network.frame: "network.frame"}
        for which, part in bought.select("fabric_id", "part").sort("fabric_id", "part").iter_rows():
            asked.setdefault(part, f"fabrics.{self.wired[which].name}")
        asked |= {part: f"overrides.{part}" for part in self.spec.overrides}
        return part_tables({name: self.catalog.part(name) for name in asked}, lambda name: self.src(asked[name]))

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
            modules = sum(np.ceil(q) * (self.catalog.part(p).number("price") or 0.0) for p, q in s.modules().items())
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
                    "cables": int(s.cables.sum()) + s.unreached + int(s.lost.sum()),
                    "unreached": s.unreached,
                    "cages_mixed": s.mixed,
                    "unrouted": int(s.lost.sum()),
                    "length_longest_mm": int(s.longest_mm.max(initial=0)),
                    "length_mm": s.length_mm(),
                    "cost_usd": s.cable_cents() / 100 + modules,
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
                    "width_mm": where.width_mm[at],
                    "depth_mm": where.depth_mm[at],
                    "faces": where.faces[at].astype(np.int32),
                    "length_reach_mm": self.ground.paths.taps.reach_mm.reshape(len(self.ground.lanes), -1, 4).max((0, 2)),
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

    def circuits(self) -> pl.DataFrame:
        """Circuits that close each torus."""
        rows = [
            {
                "fabric_id": np.full(len(at), f, np.int32),
                "device_id": self.ground.switch_first + int(self.stand.first[f]) + at,
                "a_port": a,
                "b_port": b,
            }
            for f, w in enumerate(self.wired)
            for at, a, b in (circuits(w.plan),)
            if len(at)
        ]
        return frame("fabric_circuits", pl.concat([pl.DataFrame(r) for r in rows])) if rows else empty("fabric_circuits")

    def cells(self, links: Mapping[tuple[int, int], pl.DataFrame]) -> pl.DataFrame:
        """Where the links of each fabric and unit stand, and what the devices in their files are counted from."""
        rows, first = [], 0
        for (which, unit), columns in links.items():
            base = bases(self.ground, self.wired, which, unit)
            rows.append((which, unit, cells.file_name(self.wired[which].name, unit), first, columns.height, *base))
            first += columns.height
        names = ("fabric_id", "cell", "file", "link_first", "links", "host_device_first", "switch_device_first")
        return frame("fabric_cells", [dict(zip(names, row, strict=True)) for row in rows])

    def bom(self) -> pl.DataFrame:
        """Switches, cables and modules of each fabric."""
        rows: list[Row] = []
        for i, (w, s) in enumerate(zip(self.wired, self.sums, strict=True)):
            for t in range(3):
                n = w.plan.count(t)
                if n:
                    rows.append({"fabric_id": i, "kind": "switch", "part": w.parts[min(t, 2)].name, "quantity": float(n)})
            rows += [{"fabric_id": i, **r} for r in bill(s)]
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
    columns = [cables[c].to_numpy() for c in ("fabric_id", "tier", "speed_gbps")]
    # links of one kind follow each other, so that only where a run begins needs looking at
    starts = np.r_[True, np.any([c[1:] != c[:-1] for c in columns], axis=0)] if cables.height else np.zeros(0, bool)
    found = set(zip(*(c[starts].tolist() for c in columns), strict=True))
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
        ("fabric_cables", "Cabling", "Cables between racks", float(f["cables"].sum()), "pcs", "one of several links counts once"),
        ("fabric_length_mm", "Cabling", "Length ordered", float(f["length_mm"].sum()), "mm", ""),
        ("fabric_longest_mm", "Cabling", "Longest cable between racks", float(f.select(pl.col("length_longest_mm").max()).item() or 0), "mm", ""),
        ("bundles", "Cabling", "Bundles to pull", float(made["bundles"].height), "pcs", ""),
        ("pull_time_s", "Cabling", "Pulling, plugging, labelling", float(made["bundles"]["duration_s"].sum()), "s", "one crew, rates of `pulling`"),
        ("tray_fill_max", "Cabling", "Fullest tray", float(fullest or 0), "1", "of what it may hold"),
        ("rack_cables", "Cabling", "Cables inside racks", over("cables"), "pcs", "counted from the designs"),
        ("mass_kg", "Mass", "Mass of the racks", over("mass_kg"), "kg", ""),
        ("cost_racks_usd", "Cost", "Racks", over("cost_usd"), "USD", "prices of the designs"),
        ("cost_fabrics_usd", "Cost", "Cables and modules", float(f["cost_usd"].sum()), "USD", "switches left out"),
    ]
    lines += placement_lines(made["placements"])
    rows = [
        {"key": k, "topic": topic, "title": title, "value": v, "unit": unit, "text": figures(v, unit), "note": note}
        for k, topic, title, v, unit, note in lines
    ]
    return frame("summary", rows)
