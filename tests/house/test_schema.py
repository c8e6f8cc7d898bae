"""The grammar of the table and kind CSVs: header, types, names that carry their unit, references."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from rackwright.base import units
from rackwright.schema.kinds import kind_names
from rackwright.schema.tables import DTYPES, table_names, table_schema

SCHEMA = Path(__file__).resolve().parents[2] / "src" / "rackwright" / "schema"
TABLE_HEADER = ["column", "dtype", "unit", "key", "required", "default", "min", "max", "enum", "ref", "origin", "description"]
KIND_HEADER = ["fact", "dtype", "unit", "required", "min", "max", "description"]

# A column of a unit ends in the unit's suffix, and a number that ends in a suffix has that unit.
SUFFIXES = {
    "_db": "dB",
    "_mm": "mm", "_um": "um", "_w": "W", "_v": "V", "_a": "A", "_ohm": "ohm", "_kg": "kg", "_s": "s", "_degc": "degC", "_k": "K", "_pa": "Pa",
    "_gbps": "Gb/s", "_usd": "USD", "_m_s": "m/s", "_kg_s": "kg/s", "_l_min": "L/min", "_m3_s": "m3/s", "_kg_m3": "kg/m3", "_j_kgk": "J/(kg K)",
    "_pa_s": "Pa s", "_mm2_100": "0.01 mm2", "_kg_m2": "kg/m2", "_j": "J", "_j_cm2": "J/cm2", "_hz": "Hz", "_m3": "m3",
}  # fmt: skip
NAMED_BY_DESIGN = {"pathways.capacity", "pathways.fill", "trays.capacity", "trays.fill", "trays.fill_total"}
SINGULAR_BY_DESIGN = {"bom", "summary"}

each_table = pytest.mark.parametrize("name", table_names())


def rows(folder: str, name: str) -> tuple[list[str], list[dict[str, str]]]:
    with (SCHEMA / folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        return list(reader.fieldnames or []), list(reader)


def suffix_of(column: str) -> str | None:
    return max((s for s in SUFFIXES if column.endswith(s)), key=len, default=None)


@each_table
def test_table_file(name: str):
    header, columns = rows("tables", name)
    assert header == TABLE_HEADER
    names = [c["column"] for c in columns]
    assert len(names) == len(set(names))
    for c in columns:
        where = f"{name}.{c['column']}"
        assert None not in c, f"{where}: a comma too many"
        assert None not in c.values(), f"{where}: a comma too few"
        assert c["dtype"] in DTYPES, where
        assert c["key"] in ("", "1"), where
        assert c["required"] in ("", "1"), where
        assert not c["key"] or c["required"], f"{where}: a key is required"
        assert c["description"], where
        assert c["origin"], where
    assert any(c["key"] for c in columns), f"{name} has no key"
    assert name.endswith("s") or name in SINGULAR_BY_DESIGN, f"{name} is not plural"


@each_table
def test_column_names_carry_their_unit(name: str):
    for c in table_schema(name).columns:
        where, suffix = f"{name}.{c.name}", suffix_of(c.name)
        if where in NAMED_BY_DESIGN or c.dtype not in ("f64", "i32", "i64"):
            continue
        expected = SUFFIXES[suffix] if suffix else ""
        assert c.unit == expected, f"{where} has unit `{c.unit}`, its name says `{expected}`"


@each_table
def test_booleans_and_ids(name: str):
    for c in table_schema(name).columns:
        where = f"{name}.{c.name}"
        assert (c.dtype == "bool") == c.name.startswith(("is_", "has_")), where
        if c.name.endswith("_id") or c.name == "src":
            assert c.dtype == "i32", where
            if not c.ref and not c.is_key:
                owner = c.name.removesuffix("_id") + "s"
                assert owner not in table_names(), f"{where} should refer to {owner}"


@each_table
def test_rows_know_their_origin(name: str):
    """Every table but results by id and the span table itself points at the spec with `src`, or at a row that does."""
    columns = table_schema(name).columns
    refers = {c.ref.split(".")[0] for c in columns if c.ref} - {name}
    assert name in ("spans", "summary") or any(c.name == "src" for c in columns) or refers


@each_table
def test_references_exist(name: str):
    for c in table_schema(name).columns:
        if c.ref:
            table, key = c.ref.split(".")
            target = {o.name: o for o in table_schema(table).columns}[key]
            assert target.is_key, f"{name}.{c.name} refers to {c.ref}, which is no key"
            assert target.dtype == c.dtype, f"{name}.{c.name} and {c.ref} differ in type"


@pytest.mark.parametrize("name", ["common", *kind_names()])
def test_kind_file(name: str):
    header, facts = rows("kinds", name)
    assert header == KIND_HEADER
    assert len({f["fact"] for f in facts}) == len(facts)
    for f in facts:
        where = f"{name}.{f['fact']}"
        assert f["dtype"] in ("f64", "i32", "str", "bool", "list"), where
        assert f["unit"] == "" or f["unit"] in units.DIMENSIONS, f"{where}: unit `{f['unit']}` is no base unit"
        assert f["required"] in ("", "1"), where
        assert f["description"], where
        if f["min"] and f["max"]:
            assert float(f["min"]) <= float(f["max"]), where
