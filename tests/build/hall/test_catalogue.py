"""Facts that a hall spec puts in place of the catalogue's: where they count, where they are told, and that they end with the hall."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from rackwright.base.tree import read_text
from rackwright.flow import explain
from rackwright.flow.compile import compile_text
from rackwright.flow.hall import Session
from rackwright.flow.pipeline import Design
from rackwright.rules.halls import RACK
from rackwright.schema.check import violations
from rackwright.spec.document import one_root, read_tree
from rackwright.spec.hall import HallSpec

HALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 2, places: 8, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
OVERRIDES = "overrides: {nvidia/qm9700: {price: 12345 USD}}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hall")
    (made / "rack.yaml").write_text(RACK, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def plain(folder: Path) -> Design:
    return compile_text(HALL, folder=folder)


def bought(made: Design, kind: str) -> pl.DataFrame:
    return made.tables["hall_parts"].filter(pl.col("kind") == kind)


def test_a_price_counts_in_the_bill_and_names_its_source(folder: Path) -> None:
    made = compile_text(HALL + OVERRIDES, folder=folder)
    switch = bought(made, "switch").row(0, named=True)
    assert (switch["part"], switch["unit_cost_usd"], switch["price_confidence"]) == ("nvidia/qm9700", 12345.0, "user")
    told = explain.explain(made.tables, "parts:nvidia/qm9700")
    assert (told.path, told.span.line) == ("overrides.nvidia/qm9700", 8)
    price = next(f for f in told.facts if f.fact == "price")
    assert (price.text, price.confidence, price.source) == ("12345 USD", "user", "your spec")
    assert price.note.startswith("set at overrides.nvidia/qm9700.price; the catalogue says ")
    assert violations(made.tables) == []


def test_every_part_of_the_bill_tells_its_facts(plain: Design) -> None:
    facts = plain.tables["part_facts"]
    assert set(plain.tables["hall_parts"]["part"]) <= set(facts["part"])
    assert "user" not in facts["confidence"].to_list()


def test_reach_decides_what_is_bought(folder: Path, plain: Design) -> None:
    """Every copper cable of the hall, its reach cut to a decimetre, is replaced by one of another part."""
    before = set(bought(plain, "cable")["part"])
    shorter = "overrides: {" + ", ".join(f"{part}: {{reach_max: 100 mm}}" for part in sorted(before)) + "}\n"
    after = set(bought(compile_text(HALL + shorter, folder=folder), "cable")["part"])
    assert before
    assert after
    assert not before & after


def test_designs_keep_their_own(folder: Path, plain: Design) -> None:
    """The switch in the rack is changed for the hall, where it manages others, and stays as it was inside the design."""
    oob = '  oob: {topology: tree, ports: ["fabrics.*"], switch: nvidia/sn2201}\n'
    own = compile_text(HALL + oob + "overrides: {nvidia/sn2201: {price: 1 USD}, eia/310-48u-600: {price: 1 USD}}\n", folder=folder)
    assert own.tables["designs"]["cost_usd"].to_list() == plain.tables["designs"]["cost_usd"].to_list()
    assert bought(own, "switch").filter(pl.col("part") == "nvidia/sn2201")["unit_cost_usd"].to_list() == [1.0]


def test_a_session_forgets_facts_with_the_lines_that_gave_them(folder: Path) -> None:
    session = Session()
    file = folder / "hall.yaml"
    for text in (HALL, HALL + OVERRIDES, HALL):
        file.write_text(text, encoding="utf-8")
        shown = read_text(file, "hall.yaml")
        document = read_tree(one_root(shown, "hall.yaml"), "hall.yaml", folder, shown, HallSpec)
        warm, fresh = session.compiled(document, as_of="2026-01-01").tables, compile_text(text, "hall.yaml", folder).tables
        assert [name for name in {*warm, *fresh} if not warm[name].equals(fresh[name])] == []
