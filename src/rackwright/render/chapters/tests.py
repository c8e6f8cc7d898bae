"""Test plan: what is measured, what the design expects and what it may be, each with the table it comes from and room for the result.

Limits are facts of parts or of the spec; where they are in no table the standard is named. Reads devices, masses, racks, part_facts, links, ports,
power_cases, power_nodes, power_node_states, power_branches, power_branch_states, coolant_loops, coolant_branches, coolant_branch_states, summary,
fabrics, fabric_skus, fabric_switches, nic_ports, supply_nodes, supply_node_states, supply_devices, halls, hall_racks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from rackwright.render import hall
from rackwright.render.blocks import Block, Given, Prose, Table
from rackwright.render.content import names, show, whole
from rackwright.render.hall import metres
from rackwright.render.scene import Scene
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "tests", "Test plan", 75
WIDE, OF_CHOICE = True, False
_HEADS = (
    ("No.", "num"),
    ("Measure", "wide main"),
    ("Where", "wide"),
    ("Expected", ""),
    ("Limit", ""),
    ("From", "wide"),
    ("Result", ""),
    ("Pass", ""),
    ("By, date", ""),
)
_INSULATION = "IEC 60364-6, insulation resistance"
# Nominal voltage up to which (AC, DC), test voltage, least resistance: values of IEC 60364-6, the first for extra-low voltage (SELV, PELV).
_STEPS = ((50.0, 120.0, "250 V DC", "0.5 MΩ"), (500.0, 500.0, "500 V DC", "1.0 MΩ"), (1000.0, 1500.0, "1,000 V DC", "1.0 MΩ"))
_Row = tuple[str, str, str, str, str]


def chapter(t: Tables, given: Given, drawn: Sequence[Scene]) -> Sequence[Block] | None:
    """None where nothing can be measured."""
    groups = (
        ("Mechanical", _mechanical(t)),
        ("Power, before it is switched on", _insulation(t)),
        ("Power", _power(t)),
        ("Losses that must be survived", _cases(t)),
        ("Coolant", _coolant(t)),
        ("Links", _links(t)),
        ("Optical channels", _optics(t)),
    )
    made, number = list[Table](), 0
    for title, found in groups:
        rows = []
        for row in found:
            number += 1
            rows.append((str(number), *row, "", "☐", ""))
        if rows:
            made.append(Table(title, _HEADS, rows, is_listed=True))
    lead = (
        "Expected values are solved from the design at its greatest load. Where the limit is a dash no source gives one: record, and judge by hand."
    )
    return [Prose([f"{number} tests follow from the tables of this design.", lead]), *made] if made else None


def _fact(t: Tables, part: str, fact: str) -> tuple[float | None, str]:
    rows = t["part_facts"].filter((pl.col("part") == part) & (pl.col("fact") == fact))
    return (rows["value"][0], rows["unit"][0] or "1") if rows.height else (None, "1")


def _mechanical(t: Tables) -> Iterator[_Row]:
    if t["racks"].height:
        frame = str(t["racks"]["part"][0])
        mass = float(t["masses"]["mass_kg"].sum())
        own = float(t["masses"].filter(pl.col("kind") == "frame")["mass_kg"].sum())
        most, unit = _fact(t, frame, "payload_max")
        yield (
            "Mass on scales",
            "whole rack",
            show(mass, "kg"),
            "–" if most is None else f"≤ {show(most + own, unit)}",
            "masses, payload_max of the frame",
        )
        yield "Devices in their places", "every unit", f"{t['devices'].height} devices", "each as in the elevation", "devices"
    for h in t["halls"].iter_rows(named=True):
        yield (
            "Racks in their places",
            f"hall {h['name']}",
            f"{h['racks']:,} racks, {h['switch_racks']:,} of switches",
            "each as in the floor plan",
            "hall_racks",
        )
    worst = t["hall_racks"].sort("mass_kg", "rack_id", descending=[True, False]).head(1)
    for r in worst.iter_rows(named=True):
        yield "Mass of the heaviest rack", r["name"], show(r["mass_kg"], "kg"), "–", "hall_racks"


def _insulation(t: Tables) -> Iterator[_Row]:
    nodes = [("power_nodes", t["power_nodes"]), ("supply_nodes", t["supply_nodes"])]
    for table, rows in nodes:
        levels = (
            rows.filter(pl.col("voltage_nominal_v") <= 1000)
            .group_by("voltage_nominal_v", "is_ac")
            .len()
            .sort("voltage_nominal_v", "is_ac", descending=True)
        )
        for volts, is_ac, n in levels.iter_rows():
            test, least = next(x[2:] for x in _STEPS if volts <= x[0 if is_ac else 1])
            where = f"every circuit of {show(volts, 'V')} {'AC' if is_ac else 'DC'} ({n:,} nodes), equipment unplugged"
            yield f"Insulation, live conductors to earth, at {test}", where, "no fault", f"≥ {least}", f"{_INSULATION}; {table}"


def _power(t: Tables) -> Iterator[_Row]:
    normal = t["power_cases"].filter(pl.col("kind") == "normal")["case_id"]
    if normal.len():
        case = int(normal[0])
        states = t["power_node_states"].filter(pl.col("case_id") == case).join(t["power_nodes"], on="node_id").drop_nulls("voltage_v")
        for (kind,), own in states.filter(pl.col("kind").is_in(["feed", "busbar", "load"])).group_by(["kind"], maintain_order=True):
            low, high, least = own["voltage_v"].min(), own["voltage_v"].max(), own["voltage_min_v"].max()
            where = {"feed": "at the feeds", "busbar": "along the busbar, at every clip", "load": "at the load"}[str(kind)]
            yield (
                "Voltage at full load",
                where,
                _range(low, high, "V"),
                "–" if least is None else f"≥ {show(float(str(least)), 'V')}",
                "power_node_states",
            )
        flows = t["power_branch_states"].filter(pl.col("case_id") == case).join(t["power_branches"], on="branch_id")
        for (kind,), own in flows.group_by(["kind"], maintain_order=True):
            rated = own["current_rated_a"].min()
            where = f"every {kind} ({own.height:,})"
            limit = "–" if rated is None else f"≤ {show(float(str(rated)), 'A')}"
            yield (
                "Current at full load",
                where,
                _range(own["current_a"].min(), own["current_a"].max(), "A"),
                limit,
                "power_branch_states, power_branches",
            )
    levels = t["supply_nodes"].join(t["supply_node_states"], on="node_id").filter(pl.col("voltage_v") > 0)
    for (kind, volts), own in levels.group_by(["kind", "voltage_nominal_v"], maintain_order=True):
        expected = _range(own["voltage_v"].min(), own["voltage_v"].max(), "V")
        yield "Voltage at full load", f"{kind} of {show(float(str(volts)), 'V')} ({own.height:,})", expected, "–", "supply_node_states"
    for (part,), own in t["supply_devices"].drop_nulls("part").group_by(["part"], maintain_order=True):
        setting = _range(own["long_pickup_a"].min(), own["long_pickup_a"].max(), "A")
        yield "Long-time pickup as set", f"{part} ({own.height:,})", setting, "as in the panel schedule", "supply_devices"


def _cases(t: Tables) -> Iterator[_Row]:
    cases = t["power_cases"].filter(pl.col("is_required") & (pl.col("kind") != "normal"))
    states = t["power_node_states"].join(t["power_nodes"].filter(pl.col("kind") == "load"), on="node_id")
    for c in cases.iter_rows(named=True):
        own = states.filter(pl.col("case_id") == c["case_id"]).drop_nulls("voltage_v")
        low, least = own["voltage_v"].min(), own["voltage_min_v"].max()
        expected = "every load fed" if low is None else f"every load fed, {show(float(str(low)), 'V')} at least"
        limit = "nothing dark" if least is None else f"nothing dark, ≥ {show(float(str(least)), 'V')}"
        yield f"Switch off: {c['name']}", "whole rack at full load", expected, limit, "power_cases, power_node_states"


def _coolant(t: Tables) -> Iterator[_Row]:
    for loop in t["coolant_loops"].iter_rows(named=True):
        flow = show(loop["flow_l_min"], "L/min")
        yield "Coolant flow of the rack", f"loop {loop['name']}, at the supply hose", flow, "–", "coolant_loops"
        total = t["summary"].filter(pl.col("key") == "coolant_drop_pa")
        if total.height and total["value"][0] is not None:
            yield "Pressure drop of the rack", "supply to return, hoses included", show(total["value"][0], "Pa"), "–", "summary"
    parts = dict(t["devices"].select("device_id", "part").iter_rows())
    device = names(t)
    most = t["part_facts"].filter((pl.col("fact") == "pressure_max") | (pl.col("fact") == "coolant_pressure_max"))
    if most.height and t["coolant_loops"].height:
        weakest = most.sort("value", "part").row(0, named=True)
        yield (
            "Leak test, filled",
            "whole loop",
            "no drop of pressure, no drop of liquid",
            f"≤ {show(weakest['value'], 'Pa')} ({weakest['part']})",
            "part_facts",
        )
    trays = t["coolant_branches"].filter(pl.col("kind") == "tray").join(t["coolant_branch_states"], on="branch_id").sort("branch_id")
    for b in trays.iter_rows(named=True):
        per_kw, _ = _fact(t, parts.get(b["device_id"], ""), "coolant_flow_min_lpm_kw")
        least = "–" if per_kw is None else f"≥ {show(per_kw * b['heat_w'] / 1000, 'L/min')}"
        expected = f"{show(b['flow_l_min'], 'L/min')}, {show(b['drop_pa'], 'Pa')}, rise {show(b['rise_k'], 'K')}"
        yield "Flow, pressure drop, rise", device.get(b["device_id"], b["name"]), expected, least, "coolant_branch_states, coolant_flow_min_lpm_kw"


def _links(t: Tables) -> Iterator[_Row]:
    for (fabric, speed), own in t["links"].group_by(["fabric", "speed_gbps"], maintain_order=True):
        yield "Links up, at speed", f"fabric {fabric}", f"{own.height:,} at {show(float(str(speed)), 'Gb/s')}", "all of them", "links"
    ports = t["ports"].filter(pl.col("kind").is_in(["scale-out", "frontend", "management"])).group_by("kind", "connector", "speed_gbps").len()
    for kind, connector, speed, n in ports.sort("kind", "connector", "speed_gbps").iter_rows():
        yield "Port answers, at speed", f"{kind}, {connector}", f"{n:,} at {show(speed, 'Gb/s')}", "all of them", "ports"
    fabric_of = dict(t["fabrics"].select("fabric_id", "fabric").iter_rows())
    for f in t["fabrics"].sort("fabric_id").iter_rows(named=True):
        for column, where in (("links_host", "endpoint to leaf"), ("links_spine", "leaf to spine"), ("links_core", "spine to core")):
            if f[column]:
                yield (
                    "Links up, and joined as in the cable schedule",
                    f"{f['fabric']}, {where}",
                    f"{f[column]:,} links",
                    "all of them",
                    "fabrics, fabric_cables",
                )
        n = t["fabric_switches"].filter(pl.col("fabric_id") == f["fabric_id"]).height
        yield "Switches answer", str(f["fabric"]), f"{n:,} switches", "all of them", "fabric_switches"
    racks = t["hall_racks"].drop_nulls("design_id").group_by("design_id").len("racks")
    nics = t["nic_ports"].join(racks, on="design_id").group_by("fabric_id", "connector", "speed_port_gbps").agg(pl.col("racks").cast(pl.Int64).sum())
    for fabric, connector, speed, n in nics.sort("fabric_id", "connector", "speed_port_gbps").iter_rows():
        yield "Endpoint ports able to", f"{fabric_of.get(fabric, '')}, {connector}", f"{n:,} at {show(speed, 'Gb/s')}", "all of them", "nic_ports"


def _optics(t: Tables) -> Iterator[_Row]:
    fabric_of = dict(t["fabrics"].select("fabric_id", "fabric").iter_rows())
    for s in t["fabric_skus"].drop_nulls("loss_db").sort("fabric_id", "tier", "length_stock_mm", "sku").iter_rows(named=True):
        where = f"{fabric_of[s['fabric_id']]}, {hall.tier_name(s['tier'])}: {s['part']}, {metres(s['length_stock_mm'])} ({whole(s['cables'])} cables)"
        limit = "–" if s["loss_budget_db"] is None else f"≤ {s['loss_budget_db']:.2f} dB"
        yield "Insertion loss of the channel", where, f"{s['loss_db']:.2f} dB", limit, "fabric_skus"


def _range(low: object, high: object, unit: str) -> str:
    if low is None or high is None:
        return "–"
    a, b = show(float(str(low)), unit), show(float(str(high)), unit)
    return a if a == b else f"{a} to {b}"
