"""Power and mass of every rack, recounted row by row from the tables of compiled halls."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from rackwright.catalog.loader import Catalog
from rackwright.flow.hall import compile_hall
from rackwright.flow.pipeline import Design
from rackwright.schema.supply import of_chain
from rackwright.schema.tables import Tables

CATALOG = Catalog()
HALLS = Path(__file__).resolve().parents[3] / "examples" / "halls"
# Twin-port modules and splitters, active copper, active optics, legs of planes, direct current racks, circuit switches without modules.
CASES = {
    "splitters": ("h100-superpod-4su", ()),
    "copper": ("h100-superpod-1su", ("fabrics.compute.media=[dac,aec,fibre]", "overrides.nvidia/qm9700={has_module_power: false}")),
    "planes": ("dual-plane-512", ()),
    "direct current": ("gb200-superpod-2su", ()),
    "torus": ("torus-4096", ()),
    "torus without switches": ("torus-4096", ("fabrics.ici.circuits=false",)),
}


@cache
def hall(case: str) -> Design:
    name, sets = CASES[case]
    return compile_hall(str(HALLS / f"{name}.yaml"), as_of="2026-01-01", sets=sets)


def number(part: str, fact: str) -> float:
    return CATALOG.part(part).number(fact) or 0.0


def covers(t: Tables, part: str) -> bool:
    """Whether the power of a part holds its modules, as the hall has it."""
    told = t["part_facts"].filter(part=part)
    own = told.filter(fact="has_module_power")["value"]
    return bool(own[0] if len(own) else 0.0 if told.height else number(part, "has_module_power"))


def devices(t: Tables) -> dict[int, tuple[int, str]]:
    """Rack and part of every device."""
    stock = t["hall_racks"].join(t["design_devices"], on="design_id").sort("rack_id", "device")
    at = dict(enumerate(stock.select("rack_id", "part").iter_rows()))
    return at | {d: (r, p) for d, r, p in t["fabric_switches"].select("device_id", "rack_id", "part").iter_rows()}


def gear(t: Tables) -> tuple[dict[int, float], dict[int, float]]:
    """Watts that no figure of a device holds, and kilograms, of modules and plugs by rack: a switch cage once, an endpoint's by its ports."""
    at, watts, kg = devices(t), defaultdict[int, float](float), defaultdict[int, float](float)
    skus = t["fabric_skus"].select("fabric_id", "sku", "part", "a_module", "b_module", at_a="a_connector", at_b="b_connector")
    ports = {
        (n["fabric_id"], n["tier"], end, n["speed_gbps"], n[f"{end}_connector"]): n[f"{end}_ports"]
        for n in t["fabric_needs"].to_dicts()
        for end in "ab"
    }
    known = dict[str, bool]()
    first, seen = t["fabric_switches"]["device_id"].min(), set[tuple[int, int, int, bool]]()
    for row in t["fabric_cables"].join(skus, on=["fabric_id", "sku"]).to_dicts():
        for end in "ab":
            device, module = row[f"{end}_device_id"], row[f"{end}_module"]
            each = ports.get((row["fabric_id"], row["tier"], end, row["speed_gbps"], row[f"at_{end}"]), 1)
            rack, part = at[device]
            cage = (row["fabric_id"], device, row[f"{end}_port"] // each, row["tier"] > 0 or end == "b")
            share = 1.0 if cage not in seen else 0.0
            if module and device < first:
                share = 1 / each
            elif not module and not number(row["part"], "power_end"):
                continue
            seen.add(cage)
            if not known.setdefault(part, covers(t, part)):
                watts[rack] += share * (number(module, "power_max") if module else number(row["part"], "power_end"))
            kg[rack] += share * (number(module, "mass") if module else 0.0)
    for device, module, share in t["outside_ports"].drop_nulls("module").select("device_id", "module", "module_share").iter_rows():
        rack, part = at[device]
        watts[rack] += share * number(module, "power_max") * (not covers(t, part))
        kg[rack] += share * number(module, "mass")
    return watts, kg


@pytest.mark.parametrize("case", CASES)
def test_every_rack_is_the_sum_of_what_is_in_it(case: str) -> None:
    """Its design or its frame and switches; modules and plugs; a watt in a rack of power shelves costs what the others do."""
    made = hall(case)
    t = made.tables
    watts, kg = gear(t)
    designs = {d["design_id"]: d for d in t["designs"].to_dicts()}
    frame = t["inputs"].row(by_predicate=pl.col("path") == "network.frame", named=True)["text"]
    own: dict[int, list[str]] = defaultdict(list)
    for rack, part in t["fabric_switches"].select("rack_id", "part").iter_rows():
        own[rack].append(part)
    assert any(watts.values())
    for rack in t["hall_racks"].to_dicts():
        i, d = rack["rack_id"], designs.get(rack["design_id"])
        loss = rack["power_modules_w"] / watts[i] if watts[i] else 1.0
        power = d["power_w"] if d else sum(number(p, "power_max") for p in own[i])
        mass = d["mass_kg"] if d else number(frame, "mass") + sum(number(p, "mass") for p in own[i])
        assert 1 - 1e-9 < loss < 1.06
        assert loss == pytest.approx(1) or d
        assert rack["power_w"] == pytest.approx(power + rack["power_modules_w"])
        assert rack["power_modules_w"] == pytest.approx(watts[i] * loss, abs=1e-6)
        assert rack["mass_kg"] == pytest.approx(mass + kg[i])
        if not d:
            assert rack["heat_air_w"] + rack["heat_liquid_w"] == pytest.approx(rack["power_w"])


@pytest.mark.parametrize("case", CASES)
def test_halls_and_summary_add_up_the_racks(case: str) -> None:
    t = hall(case).tables
    value = dict(t["summary"].select("key", "value").iter_rows())
    for column in ("power_w", "heat_liquid_w", "heat_air_w", "mass_kg"):
        assert value[column] == pytest.approx(t["halls"][column].sum()) == pytest.approx(t["hall_racks"][column].sum())
    assert value["power_w"] == pytest.approx(value["power_racks_w"] + value["power_switches_w"] + value["power_modules_w"])
    assert t["halls"]["racks"].sum() + t["halls"]["switch_racks"].sum() == t["hall_racks"].height


@pytest.mark.parametrize("case", [*CASES, "trunks"])
def test_the_bill_adds_up_to_the_costs_of_the_fabrics(case: str) -> None:
    """Cables by length, modules and panels of a fabric are what table `fabrics` says; all of it with racks, switches and frames is the total."""
    path, sets = str(HALLS / "h100-superpod-1su.yaml"), ["fabrics.compute.cabling=trunks"]
    t = compile_hall(path, as_of="2026-01-01", sets=sets).tables if case == "trunks" else hall(case).tables
    parts = t["hall_parts"].filter(~of_chain())
    laid = dict(parts.filter(~pl.col("kind").is_in(["switch", "frame"])).group_by("fabric_id").agg(pl.col("cost_usd").sum()).iter_rows())
    assert laid == pytest.approx(dict(t["fabrics"].select("fabric_id", "cost_usd").iter_rows()))
    value = dict(t["summary"].select("key", "value").iter_rows())
    racks = float((t["designs"]["racks"] * t["designs"]["cost_usd"]).sum())
    assert value["cost_usd"] == pytest.approx(racks + parts["cost_usd"].sum())
    assert value["cost_usd"] == pytest.approx(sum(value[f"cost_{k}_usd"] for k in ("racks", "switches", "fabrics")))
    chips = float((t["designs"]["racks"] * t["designs"]["accelerators"]).sum())
    assert value["cost_network_accelerator_usd"] * chips == pytest.approx(parts["cost_usd"].sum())
    assert value["cost_accelerator_usd"] * chips == pytest.approx(value["cost_usd"])
    for name, each in t["designs"].select("design", "cost_usd").iter_rows():
        assert value[f"cost_rack_{name}_usd"] == each
    frames = parts.filter(kind="frame")
    assert frames["fabric_id"].null_count() == 1
    assert frames["quantity"].to_list() == [t["hall_racks"]["design_id"].null_count()]
