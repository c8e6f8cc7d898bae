"""What stands on a hall's devices and ports in print: names of switches and of both ends of every link, and the media of each tier.

Tables that do not grow with the campus, but for one name a switch; cut sheets join them to `fabric_cables`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from rackwright.build.fabrics.fabric import Array, LinkArrays, Switches, SwitchModel
from rackwright.build.fabrics.names import plug_names, port_names
from rackwright.build.fabrics.plan import links
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.managed import FIRST_PORT
from rackwright.build.hall.managed import port_names as management_names
from rackwright.build.hall.medium import Media
from rackwright.build.hall.outside import Exit, exits
from rackwright.build.hall.rooms import Lead, leads
from rackwright.build.hall.sums import Sums, pieces
from rackwright.build.hall.template import Template, chosen
from rackwright.build.hall.wire import Wired, model, selectors
from rackwright.build.labels import rack_names
from rackwright.build.media import Need, Sku
from rackwright.catalog.part import Part
from rackwright.flow.pipeline import Design
from rackwright.schema.links import HOST, TORUS
from rackwright.schema.tables import Tables, frame, table_schema
from rackwright.spec.hall import HallSpec

TIERS = ("leaf", "spine", "core")


def switch_names(name: str, planes: int, switches: Switches) -> pl.Series:
    """`compute-leaf-u1-r0-1`: fabric, tier, scalable unit, plane, rail and number; those that all switches of a fabric share stay out."""
    tiers = np.minimum(switches.tier, len(TIERS) - 1)
    made = [pl.Series([f"{name}-{t}" for t in TIERS]).gather(tiers).alias("tier")]
    for letter, value, shift, is_said in (("u", switches.pod, 1, True), ("p", switches.plane, 1, planes > 1), ("r", switches.rail, 0, True)):
        if is_said:
            at = value.astype(np.int64) + 1
            text = pl.Series(letter, ["", *(f"-{letter}{i + shift}" for i in range(at.max(initial=0)))])
            made.append(text.gather(at))
    numbers = pl.Series("number", [f"-{i + 1}" for i in range(int(switches.index.max(initial=0)) + 1)])
    return pl.DataFrame([*made, numbers.gather(switches.index)]).select(pl.concat_str(pl.all())).to_series()


_STANDS = ("name", "part", "position_u", "role", "height_u", "is_rear", "x_mm", "z_mm", "width_mm", "height_mm")


def design_devices(designs: Mapping[str, Design]) -> pl.DataFrame:
    """Devices of each rack design, and where in it they stand."""
    rows = [
        d.tables["devices"].select(*_STANDS, design_id=pl.lit(i, pl.Int32), device="device_id").sort("device") for i, d in enumerate(designs.values())
    ]
    return frame("design_devices", pl.concat(rows)) if rows else frame("design_devices", [])


def nic_ports(designs: Mapping[str, Design], wired: Sequence[Wired], templates: Sequence[Sequence[Template]]) -> pl.DataFrame:
    """Printed names of the ports that each fabric takes of each design; broken out over planes, with the leg from 1."""
    rows = [
        _nic_ports(d.tables, w, own).with_columns(fabric_id=pl.lit(f, pl.Int32), design_id=pl.lit(i, pl.Int32))
        for f, (w, each) in enumerate(zip(wired, templates, strict=True))
        for i, (d, own) in enumerate(zip(designs.values(), each[: len(designs)], strict=True))
    ]
    return frame("nic_ports", pl.concat(rows)) if rows else frame("nic_ports", [])


def _nic_ports(t: Tables, wired: Wired, own: Template) -> pl.DataFrame:
    """Ports of one template in its order: the ports that the selectors name, device by device as `template` sorts them."""
    rows = chosen(t, selectors(wired.wish))
    if rows["device_id"].to_list() != own.device.tolist():
        raise AssertionError(f"fabric `{wired.name}`: names of ports and template differ")
    planes = wired.wish.planes
    names = [n.removeprefix(f"{d}/") for n, d in zip(rows["name"].to_list(), rows["device"].to_list(), strict=True)]
    leg = np.tile(np.arange(planes), len(names))
    plugs = pl.DataFrame({"cage": own.cage, "name": names}, schema_overrides={"name": pl.String}).select(pl.col("name").first().over("cage"))["name"]
    return pl.DataFrame(
        {
            "device": np.repeat(own.device, planes).astype(np.int32),
            "port": (np.repeat(own.port, planes) * planes + leg).astype(np.int32),
            "name": pl.Series([f"{n}/{k + 1}" if planes > 1 else n for n in names for k in range(planes)], dtype=pl.String),
            "plug": plugs.gather(np.repeat(np.arange(len(names)), planes)),
            "z_mm": np.repeat(own.z_mm, planes),
            "run_mm": np.repeat(own.run_mm, planes),
            "speed_port_gbps": np.repeat(own.speed_gbps / planes, planes).astype(np.float32),
            "connector": pl.Series(np.repeat(np.array(own.connector, dtype=object), planes).tolist(), dtype=pl.String),
        }
    )


def switch_ports(wired: Sequence[Wired], seen: Sequence[Collection[tuple[int, float]]]) -> pl.DataFrame:
    """Printed names of switch ports; a number means another name where cages are broken out otherwise, so by tier, end, part and speed.

    `seen` are the tiers and speeds of each fabric's links: cells are made again until each was met.
    """
    rows = []
    for f, (w, wanted) in enumerate(zip(wired, seen, strict=True)):
        left, known = set(wanted), set[tuple[int, str, str, float, int]]()
        for cell in range(w.plan.cells):
            if not left:
                break
            first = w.plan.first
            made = links(w.plan, cell, w.ends.endpoints.pick(slice(int(first[cell]), int(first[cell + 1]))))
            known |= _legs(w, made)
            left -= set(zip(made.tier.tolist(), made.speed_gbps.tolist(), strict=True))
        for tier, side, part, speed, legs in sorted(known):
            own = next(p for p in w.parts if p.name == part)
            switch = model(own)
            port = np.arange((switch.cages + switch.uplink_cages) * legs, dtype=np.int32)
            names = port_names(switch, port, np.full(len(port), legs))
            is_up = port // legs >= switch.cages
            connectors = np.where(is_up, own.text("uplink_connector"), own.text("cage_connector"))
            made_rows = pl.DataFrame(
                {
                    "port": port,
                    "cage": port // legs,
                    "name": pl.Series(names.tolist(), dtype=pl.String),
                    "plug": pl.Series(plug_names(switch, port, np.full(len(port), legs)).tolist(), dtype=pl.String),
                    "speed_port_gbps": (np.where(is_up, switch.uplink_gbps, switch.cage_gbps) / legs).astype(np.float32),
                    "connector": pl.Series(connectors.tolist(), dtype=pl.String),
                }
            )
            rows.append(
                made_rows.with_columns(
                    fabric_id=pl.lit(f, pl.Int32),
                    tier=pl.lit(tier, pl.UInt8),
                    side=pl.lit(side),
                    part=pl.lit(part),
                    speed_gbps=pl.lit(speed, pl.Float32),
                )
            )
        rows += _managed_ports(f, w, wired)
    return frame("switch_ports", pl.concat(rows, how="diagonal")) if rows else frame("switch_ports", [])


def outside_ports(spec: HallSpec, ground: Ground, wired: Sequence[Wired], first: Sequence[int], offers: Sequence[Part]) -> pl.DataFrame:
    """Every port that leads out of the hall, with its cable where that ends in a room of ours; `first` is the device id of the first switch of each
    fabric.
    """
    rows = []
    for f, w in enumerate(wired):
        found = list(exits(w.name, w.wish, w.plan, w.parts, [model(p) for p in w.parts]))
        rows += [
            {
                "fabric_id": f,
                "leads_to": e.to,
                "device_id": first[f] + e.switch,
                "port": e.port,
                "name": e.name,
                "cage": e.cage,
                "plug": e.plug,
                "connector": e.connector,
                "speed_gbps": e.speed_gbps,
                "module": e.module or None,
                "module_share": e.module_share if e.module else None,
                **(_lead(ground, f, e, lead) if lead else {}),
            }
            for e, lead in zip(found, leads(spec, ground, wired, f, found, offers), strict=True)
        ]
    return frame("outside_ports", rows)


def _lead(ground: Ground, which: int, e: Exit, lead: Lead) -> dict[str, Any]:
    """Columns of the cable from a port to its room."""
    at = int(ground.stand.first[which]) + e.switch
    where, rack = ground.site.positions, int(ground.site.at[ground.site.compute + int(ground.stand.rack[at])])
    name = str(rack_names(where.hall[[rack]], where.row[[rack]], where.place[[rack]]).astype(str)[0])
    return {
        "room": lead.room,
        "label": f"{name}-{int(ground.stand.unit[at]):02d}:{e.name}--{lead.room}",
        "length_route_mm": lead.route_mm,
        "length_cut_mm": lead.cut_mm,
        "trays": " ".join(map(str, lead.trays)),
        "cable": lead.part or None,
        "length_stock_mm": lead.stock_mm,
        "cost_usd": lead.cost_cents / 100,
    }


def _managed_ports(f: int, wired: Wired, others: Sequence[Wired]) -> list[pl.DataFrame]:
    """Management ports and uplinks of the switch parts that a fabric joins, at the lower end of its host links."""
    m, made = wired.ends.managed, list[tuple[str, float, int, int, str, str, float, str, int]]()
    for place in np.unique(m.fabric).tolist():
        own, parts = np.flatnonzero(m.fabric == place), others[place].parts
        level = np.minimum(others[place].plan.switches.tier[m.ordinal[own]], len(parts) - 1)
        mbps = np.rint(1000 * m.speed_gbps[own]).astype(np.int64)
        keys = np.unique(np.stack([level, m.number[own], m.legs[own], mbps, m.connector[own], m.z_mm[own]], axis=1), axis=0)
        for at, number, legs, speed, connector, z_mm in keys.tolist():
            names = management_names(parts[at])
            is_management = FIRST_PORT - number < len(names)
            text = names[FIRST_PORT - number] if is_management else _printed(port_names, parts[at], number, legs)
            plug = text if is_management else _printed(plug_names, parts[at], number, legs)
            gbps = speed / 1000
            made.append((parts[at].name, wired.wish.speed or gbps, number, number // legs, text, plug, gbps, m.connectors[connector], z_mm))
    types = {"part": pl.String, "speed_gbps": pl.Float32, "port": pl.Int32, "cage": pl.Int32, "name": pl.String, "plug": pl.String}
    types |= {"speed_port_gbps": pl.Float32, "connector": pl.String, "z_mm": pl.Int32}
    rows = pl.DataFrame(made, schema=types, orient="row").unique(maintain_order=True)
    return [rows.with_columns(fabric_id=pl.lit(f, pl.Int32), tier=pl.lit(HOST, pl.UInt8), side=pl.lit("a"))] if made else []


def _printed(names: Callable[[SwitchModel, Array, Array], Array], part: Part, port: int, legs: int) -> str:
    """Name of one port of a switch, or of its cage."""
    return str(names(model(part), np.array([port]), np.array([legs]))[0])


def _legs(wired: Wired, made: LinkArrays) -> set[tuple[int, str, str, float, int]]:
    """(tier, end, part, speed, legs) of the switch ends of a cell's links."""
    found = set()
    for side, ordinal, legs, hosts in (("a", made.a, made.a_legs, (HOST, TORUS)), ("b", made.b, made.b_legs, (TORUS,))):
        own = np.flatnonzero(~np.isin(made.tier, hosts))
        level = np.minimum(wired.plan.switches.tier[ordinal[own]], len(wired.parts) - 1)
        columns = {"tier": made.tier[own], "part": level, "speed": made.speed_gbps[own], "legs": legs[own]}
        for tier, at, speed, n in pl.DataFrame(columns).unique().iter_rows():
            found.add((tier, side, wired.parts[at].name, speed, max(n, 1)))
    return found


def menus(offered: Sequence[Media]) -> pl.DataFrame:
    """Every line of each fabric's menu: fabric_id, sku, tier, part, pieces."""
    rows = [
        (f, k.first + i, k.tier, sku.part, pieces(sku, k.need.links))
        for f, m in enumerate(offered)
        for k in m.kinds
        for i, sku in enumerate(k.menu.skus)
    ]
    types = {name: table_schema("fabric_skus").dtypes()[name] for name in ("fabric_id", "sku", "tier", "part", "pieces")}
    return pl.DataFrame(rows, schema=types, orient="row")


def media(sums: Sequence[Sums], part: Callable[[str], Part]) -> pl.DataFrame:
    """Lines of each fabric's menu that any cable uses. `part` finds a part of the catalogue by name."""
    return frame(
        "fabric_skus",
        [
            {
                "fabric_id": f,
                "sku": k.first + i,
                "tier": k.tier,
                **_made_of(sku),
                "pieces": pieces(sku, k.need.links),
                "cables": int(s.cables[k.first + i]),
                "cost_usd": sku.cost_cents * (sku.ports or sku.links) / k.need.links / 100,
                "loss_db": sku.loss_db or None,
                "loss_budget_db": sku.budget_db or None,
                "speed_gbps": k.need.speed_gbps,
                **dict(zip(("a_connector", "b_connector"), plugs(sku, k.need, part), strict=True)),
            }
            for f, s in enumerate(sums)
            for k in s.media.kinds
            for i, sku in enumerate(k.menu.skus)
            if s.cables[k.first + i]
        ],
    )


def offers(sums: Sequence[Sums], watts: Sequence[float]) -> pl.DataFrame:
    """Every line of each fabric's menu with what a link made of it costs. `watts`: US dollars of a watt over its life, by fabric."""
    return frame(
        "fabric_offers",
        [
            {
                "fabric_id": f,
                "sku": k.first + i,
                "need": n,
                **_made_of(sku),
                "cost_link_usd": sku.cost_cents / k.need.links / 100,
                "power_link_w": sku.power_w / k.need.links,
                "weight_link_usd": (sku.cost_cents / 100 + watt * sku.power_w) / k.need.links,
            }
            for f, (s, watt) in enumerate(zip(sums, watts, strict=True))
            for n, k in enumerate(s.media.kinds)
            for i, sku in enumerate(k.menu.skus)
        ],
    )


def _made_of(sku: Sku) -> dict[str, Any]:
    """Columns that tell what a line of a menu is."""
    return {
        "part": sku.part,
        "medium": sku.medium,
        "a_module": sku.a_module or None,
        "b_module": sku.b_module or None,
        "length_stock_mm": sku.stock_mm,
        "links": sku.ports or sku.links,
    }


def plugs(sku: Sku, need: Need, part: Callable[[str], Part]) -> tuple[str, str]:
    """What goes into the cages at both ends: the module, or the plug of a cable that has them on, the way round that it is laid."""
    cable = part(sku.part)
    near, far = cable.text("connector_a"), cable.text("connector_b")
    if near != far and need.a.connector != near and need.a.connector == far:
        near, far = far, near
    return part(sku.a_module).text("connector") if sku.a_module else near, part(sku.b_module).text("connector") if sku.b_module else far
