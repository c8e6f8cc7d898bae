"""Power network of one rack: reads racks, devices, ports, part_facts and inputs; writes power_nodes, power_branches and power_cases.

    feed --whip--> shelf (AC) --shelf--> shelf/dc --clip--> busbar@z --busbar--> busbar@z' --clip--> tray
    feed --whip--> pdu --cord (one per power supply)--> device

A device with a busbar connector (`clip_current_rated`) clips on; any other hangs on the PDUs. Where a rack has no PDU it clips on all the
same, with a connector of unknown rating; where it has neither, its node has no branch and the load flow reports it dark.

Limits: clips have no resistance (no published figure); the phases of a PDU are taken as balanced; PSUs of AC-fed devices have power factor 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from math import sqrt
from typing import Any

import polars as pl

from rackwright.base.stage import stage
from rackwright.build.cords import cord_for, inlets
from rackwright.schema.tables import Tables, frame
from rackwright.spec.rack import RackSpec

Row = dict[str, Any]

SUPPLIES = ("power", "battery", "pdu")
_OUTLET_MAX_V = 250.0


@stage(reads=("racks", "devices", "ports", "part_facts", "inputs"), writes=("power_nodes", "power_branches", "power_cases"))
def feed(spec: RackSpec, t: Tables) -> dict[str, pl.DataFrame]:
    """Nodes, branches and the cases of loss that the load flow goes through. Never raises: what cannot be fed stays without a branch."""
    devices = t["devices"].sort("device_id").with_columns(pl.col("z_mm").fill_null(0.0)).to_dicts()
    net = _Net(spec, t, {(r["part"], r["fact"]): (r["value"], r["text"]) for r in t["part_facts"].iter_rows(named=True)})
    shelves = [d for d in devices if d["role"] == "power"]
    pdus = [d for d in devices if d["role"] == "pdu"]
    loads = [d for d in devices if d["role"] not in SUPPLIES and d["power_max_w"] > 0]
    for name in spec.power.feeds:
        net.node(f"feed-{name}", "feed", spec.power.supply, net.t.input_src("power.feeds"), feed=name, is_ac=True)
    has_bar = bool(shelves) or spec.power.busbar is not None
    on_bar = [d for d in loads if has_bar and (not pdus or net.fact(d["part"], "clip_current_rated") is not None)]
    clipped = {d["device_id"] for d in on_bar}
    # dealt out from the bottom up, so that the order of groups in the spec plugs nothing elsewhere
    on_cord = sorted((d for d in loads if d["device_id"] not in clipped), key=lambda d: (d["z_mm"], d["name"]))
    _direct(net, shelves, on_bar, [d for d in devices if d["role"] == "battery"])
    _cords(net, pdus, on_cord)
    return {
        "power_nodes": frame("power_nodes", net.nodes),
        "power_branches": frame("power_branches", net.branches),
        "power_cases": frame("power_cases", _cases(net, shelves, pdus)),
    }


@dataclass(slots=True)
class _Net:
    """The network as it grows; ids are list positions."""

    spec: RackSpec
    t: Tables
    facts: dict[tuple[str, str], tuple[float | None, str]]
    nodes: list[Row] = field(default_factory=list)
    branches: list[Row] = field(default_factory=list)

    def node(self, name: str, kind: str, nominal_v: float, src: int, **more: Any) -> int:
        row = {"node_id": len(self.nodes), "name": name, "kind": kind, "voltage_nominal_v": nominal_v, "load_w": 0.0, "is_ac": False, "src": src}
        self.nodes.append(row | more)
        return len(self.nodes) - 1

    def branch(self, name: str, kind: str, a: int, b: int, src: int, **more: Any) -> None:
        row = {
            "branch_id": len(self.branches),
            "name": name,
            "kind": kind,
            "a_node_id": a,
            "b_node_id": b,
            "resistance_ohm": 0.0,
            "efficiency": 1.0,
            "power_factor": 1.0,
            "src": src,
        }
        self.branches.append(row | more)

    def fact(self, part: str, fact: str) -> float | None:
        return self.facts.get((part, fact), (None, ""))[0]

    def feed_of(self, device: Row) -> str:
        return str(device["feed"] or self.spec.power.feeds[0])


def _height(device: Row) -> float:
    """Where a device takes its power: the middle of its height, mm above the floor, to 0.1 mm."""
    return round(float(device["z_mm"] + device["height_mm"] / 2), 1)


def _direct(net: _Net, shelves: list[Row], loads: list[Row], batteries: list[Row]) -> None:
    """Shelves, busbar and the trays on it. Busbar nodes stand at every height where something clips on, sections between neighbours.

    Batteries lengthen the busbar to where they stand and carry nothing: every case is solved with the feeds that are left.
    """
    if not shelves and not loads:
        return
    bar = net.spec.power.busbar or ""
    src = net.t.input_src("power.busbar")
    nominal = net.fact(bar, "voltage_nominal") or (net.fact(shelves[0]["part"], "output_voltage") if shelves else None) or 0.0
    least = net.fact(bar, "voltage_min")
    heights = sorted({_height(d) for d in [*shelves, *loads, *batteries]})
    at = {z: net.node(f"busbar@{z:g}", "busbar", nominal, src, z_mm=z, voltage_min_v=least) for z in heights}
    for low, high in pairwise(at):
        net.branch(
            f"busbar {low:g}-{high:g}",
            "busbar",
            at[low],
            at[high],
            src,
            resistance_ohm=(net.fact(bar, "resistance_per_m") or 0.0) * (high - low) / 1000,
            current_rated_a=net.fact(bar, "current_rated"),
        )
    for shelf in shelves:
        _shelf(net, shelf, at[_height(shelf)], nominal, least)
    for tray in loads:
        z = _height(tray)
        least_here = max((v for v in (net.fact(tray["part"], "supply_voltage_min"), least) if v is not None), default=None)
        node = net.node(
            tray["name"], "load", nominal, tray["src"], device_id=tray["device_id"], z_mm=z, voltage_min_v=least_here, load_w=tray["power_max_w"]
        )
        net.branch(
            f"clip {tray['name']}",
            "clip",
            at[z],
            node,
            tray["src"],
            device_id=tray["device_id"],
            current_rated_a=net.fact(tray["part"], "clip_current_rated"),
        )


def _shelf(net: _Net, shelf: Row, bar_node: int, nominal_v: float, least_v: float | None) -> None:
    """One shelf from its whips to its clip. Rated current is rated power at the voltage the droop leaves at rated load."""
    name, part, z, who = shelf["name"], shelf["part"], _height(shelf), net.feed_of(shelf)
    count, rated = int(net.fact(part, "psu_count") or 0), net.fact(part, "psu_rated") or 0.0
    open_v, droop_v = net.fact(part, "output_voltage") or nominal_v, net.fact(part, "droop_voltage") or 0.0
    own = {"device_id": shelf["device_id"], "feed": who}
    ac = net.node(name, "shelf", net.spec.power.supply, shelf["src"], is_ac=True, z_mm=z, **own)
    dc = net.node(f"{name}/dc", "shelf", nominal_v, shelf["src"], z_mm=z, voltage_min_v=least_v, **own)
    _whips(net, shelf, ac, int(net.fact(part, "input_count") or 1), net.fact(part, "input_breaker"), net.fact(part, "power_factor") or 1.0)
    net.branch(
        name,
        "shelf",
        ac,
        dc,
        shelf["src"],
        power_rated_w=count * rated,
        psu_count=count,
        psu_rated_w=rated,
        source_v=open_v,
        resistance_ohm=droop_v * (open_v - droop_v) / (count * rated) if count * rated > 0 else 0.0,
        efficiency=net.fact(part, "efficiency") or 1.0,
        **own,
    )
    net.branch(f"clip {name}", "clip", dc, bar_node, shelf["src"], current_rated_a=net.fact(part, "clip_current_rated"), **own)


def _whips(net: _Net, device: Row, node: int, inputs: int, breaker_a: float | None, power_factor: float, rated_w: float | None = None) -> None:
    """One whip per AC input of a shelf or PDU, from its feed over the rack's top; several inputs share the power equally."""
    cable, feed_name = net.spec.power.whip, net.feed_of(device)
    start = next((n["node_id"] for n in net.nodes if n["kind"] == "feed" and n["feed"] == feed_name), None)
    if start is None:
        return
    metres = (net.spec.power.whip_length + _drop(net, device)) / 1000
    for i in range(inputs):
        net.branch(
            f"whip {feed_name} {device['name']}" + (f" input {i + 1}" if inputs > 1 else ""),
            "whip",
            start,
            node,
            device["src"],
            device_id=device["device_id"],
            feed=feed_name,
            resistance_ohm=(net.fact(cable, "resistance_per_m") or 0.0) * metres,
            current_rated_a=net.fact(cable, "current_rated"),
            breaker_a=breaker_a,
            power_factor=power_factor,
            power_rated_w=None if rated_w is None else rated_w / inputs,
        )


def _drop(net: _Net, device: Row) -> float:
    """From the rack's top down to a device, mm; a vertical PDU (no units) takes its whip at the top."""
    if not device["height_u"]:
        return 0.0
    rack = net.t["racks"].row(0, named=True)
    top = net.fact(rack["part"], "height") or rack["base_mm"] + rack["height_units"] * rack["unit_mm"]
    return max(0.0, top - _height(device))


def _cords(net: _Net, pdus: list[Row], loads: list[Row]) -> None:
    """PDUs and what is plugged into them: one cord per power supply, dealt over the PDUs in turn.

    `power_rated_w` of a cord is the device's `power_max_w` over the supplies it needs (`psu_needed`; else its PSU rating over its PSU
    efficiency), so that a loading above 1 says that too few supplies are left.
    """
    supply = net.spec.power.supply
    outlet = supply if supply <= _OUTLET_MAX_V else supply / sqrt(3)
    nodes = {}
    for pdu in pdus:
        nodes[pdu["name"]] = net.node(
            pdu["name"], "pdu", supply, pdu["src"], device_id=pdu["device_id"], feed=net.feed_of(pdu), is_ac=True, z_mm=_height(pdu)
        )
        _whips(net, pdu, nodes[pdu["name"]], 1, net.fact(pdu["part"], "breaker"), 1.0, net.fact(pdu["part"], "power_rated"))
    inlet_of = inlets(net.t)
    dealt = {pdu["name"]: 0.0 for pdu in pdus}
    alone = dict.fromkeys((net.feed_of(pdu) for pdu in pdus), 0)
    for load in loads:
        part, power = load["part"], load["power_max_w"]
        node = net.node(load["name"], "load", outlet, load["src"], device_id=load["device_id"], is_ac=True, z_mm=_height(load), load_w=power)
        count = max(1, int(net.fact(part, "psu_count") or 1))
        cord = cord_for(net.spec, inlet_of.get(load["device_id"], ""))
        for i, pdu in enumerate(_deal(net, count, power / count, pdus, dealt, alone)):
            net.branch(
                f"cord {pdu['name']} {load['name']}" + (f" psu {i + 1}" if count > 1 else ""),
                "cord",
                nodes[pdu["name"]],
                node,
                load["src"],
                device_id=load["device_id"],
                feed=net.feed_of(pdu),
                resistance_ohm=_cord_resistance(net, cord),
                current_rated_a=net.fact(cord, "current_rated"),
                psu_count=1,
                psu_rated_w=net.fact(part, "psu_rated"),
                power_rated_w=_cord_rated(net, part, power),
            )


def _cord_rated(net: _Net, part: str, power_w: float) -> float | None:
    needed, rated = net.fact(part, "psu_needed"), net.fact(part, "psu_rated")
    if needed:
        return power_w / needed
    return None if rated is None else rated / (net.fact(part, "psu_efficiency") or 1.0)


def _deal(net: _Net, count: int, power_w: float, pdus: list[Row], dealt: dict[str, float], alone: dict[str, int]) -> list[Row]:
    """The PDU of each of a device's `count` supplies: fewest supplies of this device, then its least used feed, then least power.

    Devices with a single supply alternate between the feeds first, so that no feed takes all of them along.
    """
    chosen: list[Row] = []
    for _ in range(count if pdus else 0):
        used = alone if count == 1 else Counter(net.feed_of(p) for p in chosen)
        pdu = _first(net, pdus, chosen, used, dealt)
        dealt[pdu["name"]] += power_w
        alone[net.feed_of(pdu)] += count == 1
        chosen.append(pdu)
    return chosen


def _first(net: _Net, pdus: list[Row], chosen: list[Row], used: Mapping[str, int], dealt: Mapping[str, float]) -> Row:
    return min(pdus, key=lambda p: (chosen.count(p), used[net.feed_of(p)], round(dealt[p["name"]], 6)))


def _cord_resistance(net: _Net, cord: str) -> float:
    """Loop resistance (both conductors) of a cord of the shortest stock length; 0 where the part gives no resistance or no length."""
    lengths = net.facts.get((cord, "lengths"), (None, ""))[1].split()
    return 2 * (net.fact(cord, "resistance_per_m") or 0.0) * min((float(x) for x in lengths), default=0.0)


def _cases(net: _Net, shelves: list[Row], pdus: list[Row]) -> list[Row]:
    """What is lost, case by case: nothing; each feed; each shelf or PDU; every pair of them for N+2; one PSU in every shelf.

    Required: 2N every feed and every single shelf or PDU; N+1 every single one; N+2 every pair as well; unless N, one PSU per shelf where the
    shelf says it has redundant ones (`psu_redundant`).
    """
    word = net.spec.power.redundancy
    fed = {net.feed_of(d) for d in [*shelves, *pdus]}
    rows: list[Row] = [{"name": "normal", "kind": "normal", "is_required": True}]
    rows += [{"name": f"feed {f} lost", "kind": "feed", "lost_feed": f, "is_required": word == "2N"} for f in net.spec.power.feeds if f in fed]
    one = [*((d, "shelf") for d in shelves), *((d, "PDU") for d in pdus)]
    rows += [{"name": f"{what} {d['name']} lost", "kind": "shelf", "lost_device_id": d["device_id"], "is_required": word != "N"} for d, what in one]
    if word == "N+2":
        rows += [
            {
                "name": f"{what} {d['name']} and {e['name']} lost",
                "kind": "shelf",
                "lost_device_id": d["device_id"],
                "lost_also_id": e["device_id"],
                "is_required": True,
            }
            for group, what in ((shelves, "shelves"), (pdus, "PDUs"))
            for d, e in combinations(group, 2)
        ]
    if shelves:
        redundant = all((net.fact(d["part"], "psu_redundant") or 0) >= 1 for d in shelves)
        rows.append({"name": "one PSU per shelf lost", "kind": "psu", "psu_lost": 1, "is_required": word != "N" and redundant})
    return [{"psu_lost": 0, **row, "case_id": i} for i, row in enumerate(rows)]
