"""What stands on a hall's devices and ports in print: names of switches and of both ends of every link, and the media of each tier.

Tables that do not grow with the campus, but for one name a switch; cut sheets join them to `fabric_cables`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from rackwright.build.fabrics.fabric import HOST, TORUS, LinkArrays, Switches
from rackwright.build.fabrics.names import port_names
from rackwright.build.fabrics.plan import links
from rackwright.build.hall.managed import FIRST_PORT
from rackwright.build.hall.managed import port_names as management_names
from rackwright.build.hall.sums import Sums, pieces
from rackwright.build.hall.template import Template, chosen
from rackwright.build.hall.wire import Wired, model, selectors
from rackwright.flow.pipeline import Design
from rackwright.schema.tables import Tables, frame

TIERS = ("leaf", "spine", "core")


def switch_names(name: str, planes: int, switches: Switches) -> list[str]:
    """`compute-leaf-u1-r0-1`: fabric, tier, scalable unit, plane, rail and number; those that all switches of a fabric share stay out."""
    made = [np.array([f"{name}-{t}" for t in TIERS])[np.minimum(switches.tier, 2)].astype(object)]
    for letter, value, shift, is_said in (("u", switches.pod, 1, True), ("p", switches.plane, 1, planes > 1), ("r", switches.rail, 0, True)):
        if is_said:
            text = np.array(["", *(f"-{letter}{i + shift}" for i in range(int(value.astype(np.int64).max(initial=-1)) + 1))], dtype=object)
            made.append(text[value.astype(np.int64) + 1])
    text = np.array([f"-{i + 1}" for i in range(int(switches.index.max(initial=0)) + 1)], dtype=object)
    return list(np.sum([*made, text[switches.index]], axis=0)) if len(switches) else []


def design_devices(designs: Mapping[str, Design]) -> pl.DataFrame:
    """Devices of each rack design."""
    rows = [
        d.tables["devices"].select("name", "part", "position_u", design_id=pl.lit(i, pl.Int32), device="device_id").sort("device")
        for i, d in enumerate(designs.values())
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
    return pl.DataFrame(
        {
            "device": np.repeat(own.device, planes).astype(np.int32),
            "port": (np.repeat(own.port, planes) * planes + leg).astype(np.int32),
            "name": pl.Series([f"{n}/{k + 1}" if planes > 1 else n for n in names for k in range(planes)], dtype=pl.String),
        }
    )


def switch_ports(wired: Sequence[Wired], seen: Sequence[set[tuple[int, float]]]) -> pl.DataFrame:
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
            switch = model(next(p for p in w.parts if p.name == part))
            port = np.arange((switch.cages + switch.uplink_cages) * legs, dtype=np.int32)
            names = port_names(switch, port, np.full(len(port), legs))
            made_rows = pl.DataFrame({"port": port, "cage": port // legs, "name": pl.Series(names.tolist(), dtype=pl.String)})
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
    return frame("switch_ports", pl.concat(rows)) if rows else frame("switch_ports", [])


def _managed_ports(f: int, wired: Wired, others: Sequence[Wired]) -> list[pl.DataFrame]:
    """Management ports of the switch parts that a fabric joins, at the lower end of its host links."""
    places = np.unique(wired.ends.managed.fabric).tolist()
    speed = float(wired.ends.endpoints.speed_gbps.min()) if places else 0.0
    made = []
    for part in {p.name: p for place in places for p in others[place].parts}.values():
        names = management_names(part)
        port = pl.Series([FIRST_PORT - i for i in range(len(names))], dtype=pl.Int32)
        rows = pl.DataFrame({"port": port, "cage": port, "name": pl.Series(names, dtype=pl.String)})
        tail = {"fabric_id": pl.lit(f, pl.Int32), "tier": pl.lit(HOST, pl.UInt8), "side": pl.lit("a"), "part": pl.lit(part.name)}
        made.append(rows.with_columns(**tail, speed_gbps=pl.lit(speed, pl.Float32)))
    return made


def _legs(wired: Wired, made: LinkArrays) -> set[tuple[int, str, str, float, int]]:
    """(tier, end, part, speed, legs) of the switch ends of a cell's links."""
    found = set()
    for side, ordinal, legs, hosts in (("a", made.a, made.a_legs, (HOST, TORUS)), ("b", made.b, made.b_legs, (TORUS,))):
        own = np.flatnonzero(~np.isin(made.tier, hosts))
        level = np.minimum(wired.plan.switches.tier[ordinal[own]], len(wired.parts) - 1)
        columns = (made.tier[own].astype(float), level.astype(float), made.speed_gbps[own].astype(float), legs[own].astype(float))
        for tier, at, speed, n in np.unique(np.stack(columns, 1), axis=0).tolist():
            found.add((int(tier), side, wired.parts[int(at)].name, speed, max(int(n), 1)))
    return found


def media(sums: Sequence[Sums]) -> pl.DataFrame:
    """Lines of each fabric's menu that any cable uses."""
    return frame(
        "fabric_skus",
        [
            {
                "fabric_id": f,
                "sku": k.first + i,
                "tier": k.tier,
                "part": sku.part,
                "medium": sku.medium,
                "a_module": sku.a_module or None,
                "b_module": sku.b_module or None,
                "length_stock_mm": sku.stock_mm,
                "links": sku.ports or sku.links,
                "pieces": pieces(sku, k.need.links),
                "cables": int(s.cables[k.first + i]),
                "cost_usd": sku.cost_cents * (sku.ports or sku.links) / k.need.links / 100,
                "loss_db": sku.loss_db or None,
                "loss_budget_db": sku.budget_db or None,
            }
            for f, s in enumerate(sums)
            for k in s.media.kinds
            for i, sku in enumerate(k.menu.skus)
            if s.cables[k.first + i]
        ],
    )
