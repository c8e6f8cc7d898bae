"""Tables of a compiled hall: what the cells sum to, and where everything stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import polars as pl

from rackwright.base.spans import SpanTable
from rackwright.build.fabrics.torus import circuits
from rackwright.build.fill import Fill
from rackwright.build.hall import site as sites
from rackwright.build.hall import wire
from rackwright.build.hall.amounts import Amounts, amounts, of_switches
from rackwright.build.hall.bundles import Kinds
from rackwright.build.hall.cheapest import Placed
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.needs import needs
from rackwright.build.hall.stand import Stand
from rackwright.build.hall.sums import Sums
from rackwright.build.hall.unlike import told
from rackwright.build.labels import rack_names
from rackwright.build.part_tables import part_tables
from rackwright.build.span_table import span_table
from rackwright.build.waivers import waivers
from rackwright.catalog.loader import Catalog
from rackwright.catalog.part import Part
from rackwright.flow import cells, hall_ports
from rackwright.flow.addresses import addresses
from rackwright.flow.cabling import Made
from rackwright.flow.design_loads import design_loads
from rackwright.flow.hall_amounts import efficiency, geared, of_one, outside, take, with_amounts, with_sums
from rackwright.flow.hall_bill import Bought, beyond, bill_of, to_rooms
from rackwright.flow.hall_bundles import PULLING_S, bundle_parts
from rackwright.flow.hall_cures import with_cures
from rackwright.flow.hall_floor import Segments, floor_tables, leads, tray_tables, with_bends, with_leads
from rackwright.flow.hall_placement import placements
from rackwright.flow.hall_summary import key_figures
from rackwright.flow.memory import Memory
from rackwright.flow.pipeline import Design
from rackwright.flow.standing import Standing, hash_input
from rackwright.flow.supply_bill import with_chain
from rackwright.flow.tray_cures import with_tray_cures
from rackwright.schema.lengths import LENGTHS, Lengths
from rackwright.schema.tables import Tables, empty, frame
from rackwright.spec.describe import field_inputs
from rackwright.spec.document import Document
from rackwright.spec.hall import HallSpec

Row = dict[str, Any]
SUPPLY = ("supply_nodes", "supply_branches", "supply_feeds", "supply_components", "supply_places", "supply_cabinets", "supply_node_states",
          "supply_branch_states")  # fmt: skip


class HallTables:
    """Tables of a compiled hall."""

    def __init__(
        self,
        document: Document[HallSpec],
        plain: HallSpec,
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
        segments: Segments,
        memory: Memory,
    ) -> None:
        self.document, self.spec, self.src, self.spans, self.catalog, self.designs = document, document.spec, src, spans, catalog, designs
        self.plain = plain
        self.wired, self.stand, self.site, self.ground, self.sums, self.placed = wired, stand, site, ground, sums, placed
        self.stands, self.part, self.offers, self.segments, self.memory = stands, part, offers, segments, memory

    def tables(self, cabled: Mapping[tuple[int, int], Made], kinds: Kinds, filled: Fill) -> Tables:
        """All tables of the hall package. `cabled` is each fabric and cell, in order, `kinds` what its bundles are counted by."""
        cables = cells.parts([cell.links for cell in cabled.values()])
        exits, switches, first = self.exits(), self.switches(), pl.lit(self.ground.switch_first, pl.Int32)
        bought = self.memory.step("bought outside", lambda of: Bought(beyond(of), to_rooms(of)), exits)
        made = {
            "designs": self.design_rows(),
            "outside_ports": exits.with_columns(pl.col("device_id") + first),
            "fabrics": self.fabrics(bought),
            "fabric_switches": switches.with_columns(pl.col("device_id") + first),
            "fabric_circuits": self.circuits(),
        }
        made["fabric_cells"] = self.cells(cabled)
        step, told, own, part = self.memory.step, self.memory.told, [d.tables for d in self.designs.values()], self.catalog.part
        made["hall_racks"] = with_amounts(self.racks(), self.amounts(cabled, exits, switches))
        made["halls"] = with_sums(told("halls", self.src, self.halls, self.plain, self.site.positions, self.site.campus), made["hall_racks"])
        made |= self.supply(made)
        made |= told("floor tables", self.src, lambda src, *_: floor_tables(self.spec, self.ground, src), self.plain, self.site.campus)
        made |= tray_tables(self.plain, self.ground, self.wired, cabled, filled, self.src, self.segments, self.memory)
        led = step("leads in trays", lambda *_: leads(exits, part), exits, self.catalog)
        made["trays"] = with_tray_cures(self.spec, self.ground, with_leads(made["trays"], led), cabled)
        frames = self.site.racks - self.site.compute, self.spec.network.frame
        made["hall_parts"] = bill_of(self.wired, self.sums, bought, frames, self.catalog)
        made["design_devices"] = step("design_devices", lambda *_: hall_ports.design_devices(self.designs), own)
        made["design_loads"] = step("design_loads", lambda *_: design_loads(self.designs), own)
        wishes, ports = [w.wish for w in self.wired], self.ground.templates
        made["nic_ports"] = step("nic_ports", lambda *_: hall_ports.nic_ports(self.designs, self.wired, ports), own, wishes, ports)
        seen = speeds(cables.ask(LENGTHS, ()), len(self.wired), self.memory)
        made["switch_ports"] = step("switch_ports", hall_ports.switch_ports, self.wired, seen)
        made |= addresses(self.document, self.wired, Tables({**made, "fabric_cables": cables}), self.src, self.stands)
        made["fabric_skus"] = self.skus()
        watts = [self.spec.placement.watt if w.wish.watt is None else w.wish.watt for w in self.wired]
        kinds_of = [s.media.kinds for s in self.sums]
        made["fabric_offers"] = step("fabric_offers", lambda *_: hall_ports.offers(self.sums, watts), kinds_of, watts)
        asked = [needs(f, w, s, self.offers) for f, (w, s) in enumerate(zip(self.wired, self.sums, strict=True))]
        cured = zip(self.wired, self.ground.templates, asked, strict=True)
        found = [row for w, own, rows in cured for row in with_cures(self.spec, self.catalog, w, own, rows, self.ground)]
        made["fabric_needs"] = frame("fabric_needs", found)
        bundles = bundle_parts(cabled, kinds, cables, self.ground, made["hall_racks"], self.spec.pulling, self.memory)
        made["placements"] = placements(self.placed, self.src)
        made["inputs"] = self.inputs()
        made["waivers"] = waivers(self.spec.waivers, self.src)
        made |= self.parts(made["hall_parts"], made["supply_branches"])
        made |= self.supply_states(made)
        made["hall_parts"] = with_chain(made["hall_parts"], made, self.catalog)
        made["summary"] = key_figures(made, bundles.height, sum(bundles.ask(PULLING_S, ())))
        made["spans"] = span_table(self.spans)
        return Tables({**made, "bundles": bundles, "fabric_cables": cables})

    def exits(self) -> pl.DataFrame:
        """Ports that lead out of the hall, switches counted from the first."""
        g = self.ground
        of = (
            self.plain,
            self.wired,
            g.stand,
            g.paths,
            g.lanes,
            g.rule,
            g.unit_mm,
            g.base_mm,
            g.site.positions,
            g.site.at,
            g.site.compute,
            self.offers,
        )
        first = self.stand.first.tolist()
        return self.memory.step("outside_ports", lambda *_: hall_ports.outside_ports(self.plain, g, self.wired, first, self.offers), *of)

    def amounts(self, cabled: Mapping[tuple[int, int], Made], exits: pl.DataFrame, switches: pl.DataFrame) -> Amounts:
        """What every rack takes, heats and weighs."""
        step, part, site, network = self.memory.step, self.catalog.part, self.site, self.spec.network.frame
        takes = [step(f"take of {name}", lambda t, _: take(t, part), d.tables, self.catalog) for name, d in self.designs.items()]
        beside = step("taken outside", lambda ports, stand, n, _: outside(ports, stand, n, part), exits, switches, site.racks, self.catalog)
        cages = [(s.cages, s.media.modules) for s in self.sums]
        of = (self.wired, self.stand, site.racks, site.compute, cages, network, self.catalog)
        own = step("amounts of switches", lambda *_: of_switches(self.ground, self.wired, self.sums, part, network), *of)
        return amounts(self.ground, takes, own, geared(cabled, self.ground, self.sums, self.catalog, self.memory), beside)

    def supply(self, made: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """The power chain; its tables are empty where the spec has none."""
        if self.spec.power is None:
            return {name: empty(name) for name in SUPPLY}
        from rackwright.flow.hall_supply import supply_tables

        return supply_tables(self.document, self.designs, made, self.catalog, self.part, self.src("power"), self.site)

    def supply_states(self, made: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """What flows in the power chain, and what protects it."""
        if self.spec.power is None:
            return {}
        from rackwright.sim.power import supply_study

        return supply_study.built(Tables(made))

    def inputs(self) -> pl.DataFrame:
        """Every input of the hall spec."""
        document, sections = self.document, {name: getattr(self.spec, name) for name in type(self.spec).model_fields}
        of = self.memory.each("described", sections, lambda new: {name: list(field_inputs(self.spec, name)) for name in new})
        found = list(chain.from_iterable(of.values()))
        # What units say of their own comes last, so that an edit of one leaves the places of all else as they are.
        places = dict.fromkeys(path for path, *_ in found)
        for path in sorted(places, key=lambda p: p.partition(".")[0] == "units"):
            places[path] = self.src(path)
        names = ("path", "value", "text", "unit", "description")
        known: dict[str, list[Any]] = {name: [row[i] for row in found] for i, name in enumerate(names)}
        known["origin"] = [document.origins.get(p) or ("written" if p in document.spans else "default") for p in known["path"]]
        known["src"] = [places[p] for p in known["path"]]
        rows, of_standing = frame("inputs", known), hash_input(self.stands, self.src)
        return pl.concat([rows, frame("inputs", of_standing)]) if of_standing else rows

    def parts(self, bought: pl.DataFrame, supply: pl.DataFrame) -> dict[str, pl.DataFrame]:
        """Frame, switches, cables, modules, the power chain with what protects it, and parts whose facts the spec overrides; racks keep theirs in
        their designs.
        """
        asked = {self.spec.network.frame: "network.frame"}
        for which, part in sorted((f, p) for f, p in zip(bought["fabric_id"].to_list(), bought["part"].to_list(), strict=True) if f is not None):
            asked.setdefault(part, f"fabrics.{self.wired[which].name}")
        of_chain = pl.concat([supply["part"], supply["device_part"]]).drop_nulls().unique().sort().to_list() if supply.height else []
        if self.spec.power and self.spec.power.sidecar:
            asked.setdefault(self.spec.power.dc_shelf, "power")
        asked |= dict.fromkeys(of_chain, "power") | {part: f"overrides.{part}" for part in self.spec.overrides}

        def made(src: Callable[[str], int], *_: object) -> dict[str, pl.DataFrame]:
            return part_tables({name: self.catalog.part(name) for name in asked}, lambda name: src(asked[name]))

        return self.memory.told("tables of parts", self.src, made, asked, self.catalog)

    def halls(self, src: Callable[[str], int], *_: object) -> pl.DataFrame:
        """Halls and their extent."""
        places = np.bincount(self.site.positions.hall, minlength=len(self.site.campus.halls)).tolist()
        return pl.DataFrame(
            [
                {
                    "hall_id": i,
                    "name": f"H{i + 1:02d}",
                    "x_mm": h.x_mm,
                    "y_mm": h.y_mm,
                    "width_mm": h.floor.size()[0],
                    "depth_mm": h.floor.size()[1],
                    "places": places[i],
                    "src": src(told(self.plain, i, "floor")),
                }
                for i, h in enumerate(self.site.campus.halls)
            ],
        )

    def design_rows(self) -> pl.DataFrame:
        """Rack designs with what one rack of each amounts to."""
        rows = []
        for i, (name, design) in enumerate(self.designs.items()):
            rows.append(
                {
                    "design_id": i,
                    "design": name,
                    "spec": self.spec.designs[name],
                    "racks": int((self.site.design == i).sum()),
                    **self.memory.step(f"design {name}", of_design, design.tables),
                    "findings": sum(1 + f.more for f in design.findings if f.severity != "info" and not f.waiver),
                    "src": self.src(f"designs.{name}"),
                }
            )
        return frame("designs", rows)

    def skus(self) -> pl.DataFrame:
        """Table fabric_skus: all but how many cables there are follows from which lines of the menus are used."""

        def lines(*_: object) -> pl.DataFrame:
            return with_bends(hall_ports.media(self.sums, self.catalog.part), self.catalog)

        used = [np.flatnonzero(s.cables) for s in self.sums]
        rows = self.memory.step("lines of menus", lines, [s.media.kinds for s in self.sums], used, self.catalog)
        count = np.concatenate([np.zeros(0, np.int64), *(s.cables[own] for s, own in zip(self.sums, used, strict=True))])
        return rows.with_columns(cables=pl.Series(count, dtype=rows.schema["cables"]))

    def fabrics(self, bought: Bought) -> pl.DataFrame:
        """Fabrics with switch, link and cable counts, and what is bought for ports to the outside."""
        rows = []
        for i, (w, s) in enumerate(zip(self.wired, self.sums, strict=True)):
            beside = [(p, q) for f, p, q in bought.modules if f == i]
            modules = sum(np.ceil(q) * (self.catalog.part(p).number("price") or 0.0) for p, q in [*s.modules.items(), *beside])
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
                    "cages_mixed": s.cages.mixed,
                    "unrouted": int(s.lost.sum()),
                    "length_longest_mm": int(s.longest_mm.max(initial=0)),
                    "length_mm": s.length_mm(),
                    "cost_usd": s.cable_cents() / 100 + modules + sum(usd for f, *_, usd in bought.cables if f == i),
                    "src": self.src(f"fabrics.{w.name}"),
                }
            )
        return frame("fabrics", rows)

    def racks(self) -> pl.DataFrame:
        """Every rack at its place."""
        reach = self.ground.paths.taps.reach_mm
        places = self.memory.told("hall_racks", self.src, self.places, self.site.positions, self.site.at, self.site.pod, reach, self.ground.lanes)
        design = pl.Series(np.where(self.site.design < len(self.designs), self.site.design, -1).astype(np.int32))
        return places.with_columns(design_id=design.set(design < 0, None))

    def places(self, src: Callable[[str], int], *_: object) -> pl.DataFrame:
        """Racks without what stands there."""
        where, at = self.site.positions, self.site.at
        x, y = where.front_left()
        names = rack_names(where.hall[at], where.row[at], where.place[at])
        made = pl.DataFrame(
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
                "pod": self.site.pod,
                "src": np.full(len(at), src("racks"), np.int32),
            }
        )
        return made.with_columns(pod=pl.when(pl.col("pod") >= 0).then("pod"))

    def switches(self) -> pl.DataFrame:
        """Every switch in its rack, counted from the first."""
        return self.memory.step("fabric_switches", self.standing_switches, self.wired, self.stand, self.site.compute)

    def standing_switches(self, *_: object) -> pl.DataFrame:
        """Table fabric_switches with ids from 0."""
        s = self.stand
        names_of = [hall_ports.switch_names(w.name, w.wish.planes, w.plan.switches) for w in self.wired]
        part = pl.Series([w.parts[min(t, len(w.parts) - 1)].name for w in self.wired for t in range(3)], dtype=pl.String)
        cat = {
            c: np.concatenate([getattr(w.plan.switches, c) for w in self.wired] or [np.empty(0, int)]).astype(np.int32)
            for c in ("pod", "plane", "rail", "index")
        }
        return frame(
            "fabric_switches",
            pl.DataFrame(
                {
                    "device_id": np.arange(len(s.fabric), dtype=np.int32),
                    "name": pl.concat([pl.Series([], dtype=pl.String), *names_of]),
                    "fabric_id": s.fabric,
                    "tier": s.tier,
                    "pod": cat["pod"],
                    "plane": cat["plane"],
                    "rail": cat["rail"],
                    "index": cat["index"],
                    "part": part.gather(3 * s.fabric.astype(np.int64) + np.minimum(s.tier, 2)),
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

    def cells(self, cabled: Mapping[tuple[int, int], Made]) -> pl.DataFrame:
        """Where the links of each fabric and unit stand, and what the devices in their files are counted from."""
        links = np.array([cell.links.height for cell in cabled.values()], np.int64)
        columns = {
            "fabric_id": [which for which, _ in cabled],
            "cell": [unit for _, unit in cabled],
            "file": [cells.file_name(self.wired[which].name, unit) for which, unit in cabled],
            "link_first": np.cumsum(links) - links,
            "links": links,
            "host_device_first": [cell.bases[1] for cell in cabled.values()],
            "switch_device_first": [cell.bases[2] for cell in cabled.values()],
        }
        return frame("fabric_cells", columns)


def of_design(t: Tables) -> Row:
    """What one rack of a compiled design has, takes, weighs and costs: columns of table designs."""
    chips = t["summary"].filter(pl.col("key") == "accelerators")["value"]
    return {"accelerators": int(chips[0]) if len(chips) else 0, **of_one(t), "efficiency": efficiency(t), "cables": t["cables"].height}


def speeds(told: Sequence[Lengths], fabrics: int, memory: Memory) -> list[list[tuple[int, float]]]:
    """Tier and speed of the links of each fabric."""

    def of(new: Mapping[int, Lengths]) -> dict[int, set[tuple[int, int, float]]]:
        return {i: set(zip(part.fabric_id.tolist(), part.tier.tolist(), part.speed_gbps.tolist(), strict=True)) for i, part in new.items()}

    found = set[tuple[int, int, float]]().union(*memory.each("speeds", dict(enumerate(told)), of).values())
    return [sorted((tier, speed) for f, tier, speed in found if f == i) for i in range(fabrics)]
