"""The bill against the instances it counts, the masses against their parts, and what was assumed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl
import pytest

from rackwright.build.assume import assumptions, ranges
from rackwright.flow.pipeline import compile_file, compile_text
from rackwright.schema.check import violations
from rackwright.schema.tables import Tables, frame

RACKS = Path(__file__).resolve().parents[2] / "examples" / "racks"
ALL = ("gb200-nvl72", "helios-72", "custom-128", "dgx-h100-x4")
each_rack = pytest.mark.parametrize("name", ALL)


@cache
def rack(name: str, *sets: str) -> Tables:
    return compile_file(str(RACKS / f"{name}.yaml"), sets=sets, as_of="2026-01-01").tables


def billed(t: Tables, level: int) -> dict[str, float]:
    rows = t["bom"].filter((pl.col("level") == level) & (pl.col("quantity_unit") == "pcs"))
    return dict(rows.group_by("part").agg(pl.col("quantity").sum()).iter_rows())


@each_rack
def test_bill_equals_instances(name: str) -> None:
    """Every device, chip, loose cable and assembly of the tables is on the bill exactly once, and nothing else but what they hang on."""
    t = rack(name)
    assert violations(t) == []
    counted = dict(t["devices"].group_by("part").len().iter_rows())
    counted |= dict(t["cables"].filter(pl.col("assembly").is_null()).group_by("part").len().iter_rows())
    bought = billed(t, 0)
    assert {p: bought.get(p) for p in counted} == counted
    single = set(bought) - set(counted)
    kinds = t["parts"].filter(pl.col("part").is_in(list(single)))["kind"]
    assert set(kinds) <= {"frame", "busbar", "manifold", "coupling", "cartridge"}
    cartridges = t["bom"].filter((pl.col("kind") == "cartridge") & (pl.col("level") == 0))["quantity"].sum()
    assert cartridges == t["cables"]["assembly"].drop_nulls().n_unique()
    chips = dict(t["chips"].group_by("part").len().iter_rows())
    inside = billed(t, 1)
    assert {p: inside.get(p) for p in chips} == chips


@each_rack
def test_power_supplies_are_counted(name: str) -> None:
    t = rack(name)
    shelves = t["devices"].filter(pl.col("kind") == "power-shelf").join(t.facts("psu_count"), on="part")
    assert t["bom"].filter(pl.col("kind") == "psu")["quantity"].sum() == shelves["psu_count"].sum()


@each_rack
def test_cable_metres_are_the_cut_lengths(name: str) -> None:
    t = rack(name)
    held = t["cables"].filter(pl.col("assembly").is_not_null())["length_cut_mm"].cast(pl.Int64).sum()
    assert t["bom"].filter(pl.col("quantity_unit") == "m")["quantity"].sum() == pytest.approx(held / 1000)


@each_rack
def test_cost_stands_at_level_0_only(name: str) -> None:
    rows = rack(name)["bom"]
    assert rows.filter(pl.col("level") == 1)["cost_usd"].null_count() == rows.filter(pl.col("level") == 1).height
    top = rows.filter((pl.col("level") == 0) & pl.col("unit_cost_usd").is_not_null())
    assert top["cost_usd"].to_list() == pytest.approx((top["quantity"] * top["unit_cost_usd"]).to_list())
    assert top["price_confidence"].null_count() == 0
    parents = rows.filter(pl.col("level") == 1)["parent"]
    assert parents.is_in(rows.filter(pl.col("level") == 0)["part"].implode()).all()


def test_a_cartridge_costs_its_price_and_its_cable() -> None:
    text = (RACKS / "gb200-nvl72.yaml").read_text(encoding="utf-8")
    text += "\noverrides: {nvidia/nvlink-cartridge: {price: 1000 USD}, cable/nvlink-twinax: {price_per_m: 2 USD}}\n"
    t = compile_text(text).tables
    metres = t["bom"].filter(pl.col("quantity_unit") == "m")["quantity"][0]
    line = t["bom"].filter(pl.col("kind") == "cartridge").row(0, named=True)
    assert line["cost_usd"] == pytest.approx(4 * 1000 + 2 * metres)
    assert line["price_confidence"] == "user"


@each_rack
def test_masses_are_those_of_the_parts(name: str) -> None:
    """Frame, devices, cables and the rest add up from the tables; the centre of mass lies inside the rack."""
    t = rack(name)
    masses = t["masses"]
    by_kind = dict(masses.group_by("kind").agg(pl.col("mass_kg").sum()).iter_rows())
    assert by_kind["device"] == pytest.approx(t["devices"]["mass_kg"].sum())
    assert by_kind["frame"] == t.fact(t["racks"]["part"][0], "mass")
    cartridges = t["bom"].filter(pl.col("kind") == "cartridge").join(t.facts("mass"), on="part")
    housing = cartridges.select((pl.col("quantity") * pl.col("mass")).sum()).item()
    assert 0 < by_kind["cables"] <= t["cables"]["mass_kg"].sum() + housing + 1e-9
    if t["coolant_loops"].height:
        litres = t["bom"].filter(pl.col("quantity_unit") == "L")["quantity"].sum()
        assert by_kind["coolant"] == pytest.approx(litres * t["coolant_loops"]["density_kg_m3"][0] / 1000)
    size = [t.fact(t["racks"]["part"][0], f) for f in ("width", "depth", "height")]
    total = masses["mass_kg"].sum()
    for axis, most in zip(("x_mm", "y_mm", "z_mm"), size):
        assert most is not None
        assert 0 < float(masses["mass_kg"].dot(masses[axis])) / total < most


def test_mass_of_nvl72_is_the_published_1360_kg() -> None:
    """Secondary sources: 1.36 t (3,000 lb). Tray, frame and cartridge masses are estimates made to add up to it, so this holds them together: 5 %."""
    assert rack("gb200-nvl72")["masses"]["mass_kg"].sum() == pytest.approx(1360, rel=0.05)


@each_rack
def test_every_uncertain_fact_is_told(name: str) -> None:
    t = rack(name)
    facts, told = t["part_facts"], t["assumptions"]
    spread = pl.col("low").is_not_null() & (pl.col("low") < pl.col("high"))
    for basis, rows in (
        ("user", facts.filter(pl.col("confidence") == "user")),
        ("estimated", facts.filter(pl.col("confidence") == "estimated")),
        ("conflict", facts.filter(spread & ~pl.col("confidence").is_in(["user", "estimated"]))),
    ):
        subjects = {f"{p} {f}" for p, f in rows.select("part", "fact").iter_rows()}
        assert subjects <= set(told.filter(pl.col("basis") == basis)["subject"]), basis
    derived = set(told.filter(pl.col("basis") == "derived")["subject"])
    assert set(t["inputs"].filter(pl.col("origin") == "derived")["path"]) <= derived
    assert {f"place of {g}" for g in t["devices"].filter(pl.col("is_derived"))["group"]} <= derived


def test_an_override_points_at_its_line() -> None:
    """The example gives its own price of Cat 6 cable: where the spans know the line, the row points at it."""
    design = compile_file(str(RACKS / "custom-128.yaml"), as_of="2026-01-01")
    place = {"src": design.tables["spans"].height, "file": "custom-128.yaml", "line": 7, "column": 3, "end_line": 7, "end_column": 9}
    spans = pl.concat([design.tables["spans"], frame("spans", [place | {"path": "overrides.cable/cat6.price"}])])
    told = assumptions(design.spec, design.tables.put({"spans": spans}))
    row = told.filter((pl.col("basis") == "user") & (pl.col("subject") == "cable/cat6 price")).row(0, named=True)
    assert row["statement"].startswith("2.40 USD is given by you")
    assert spans.filter(pl.col("src") == row["src"])["path"][0] == "overrides.cable/cat6.price"


def test_units_are_written_as_ranges() -> None:
    assert ranges([5, 6, 7, 9, 22, 23]) == "5..7, 9, 22..23"
