"""`rackwright check DIR`: a package whose power chain was edited or came from elsewhere gets findings with place and numbers, and no traceback."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from rackwright.flow.compile import compile_file
from rackwright.flow.package import build

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "halls" / "h100-superpod-1su.yaml"
Change = Callable[[pl.DataFrame], pl.DataFrame]
KIND, NAME = pl.col("kind"), pl.col("name")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("hall") / "hall"
    build(compile_file(str(EXAMPLE), as_of="2026-01-01"), out, pictures=False)
    return out


@pytest.fixture
def edited(built, tmp_path) -> Callable[[str, Change], Path]:
    def edit(table: str, change: Change) -> Path:
        shutil.copytree(built, tmp_path / "hall")
        file = tmp_path / "hall" / "tables" / f"{table}.csv"
        change(pl.read_csv(file, infer_schema_length=None)).write_csv(file)
        return tmp_path / "hall"

    return edit


def where(which: pl.Expr, column: str, value: object) -> pl.Expr:
    return pl.when(which).then(value if isinstance(value, pl.Expr) else pl.lit(value)).otherwise(column).alias(column)


CASES: dict[str, tuple[str, Change, str, bool]] = {
    "an island": (
        "supply_branches",
        lambda b: b.filter(~((NAME == "H01-1A main breaker") | (KIND == "generator"))),
        "error[PWR405]: 22 nodes of the power chain have no way to a source, `H01-1A board` the first",
        False,
    ),
    "two normal ways": (
        "supply_branches",
        lambda b: b.with_columns(where(KIND == "static-switch", "rank", 0)),
        "error[PWR406]: 3 nodes of the power chain have several normal ways in or lie on a loop of them, `H01-1A UPS output` the first",
        False,
    ),
    "a ring that nothing feeds": (
        "supply_branches",
        lambda b: b.with_columns(where(NAME == "H01-1A main breaker", "a_node_id", b.filter(NAME == "H01-1A UPS")["b_node_id"].item())),
        "error[PWR406]: 22 nodes of the power chain have several normal ways in or lie on a loop of them, `H01-1A board` the first",
        False,
    ),
    "nothing for impedance": (
        "supply_branches",
        lambda b: b.with_columns(where(KIND == "busway", c, 0.0) for c in ("resistance_ohm", "reactance_ohm")),
        "error[PWR407]: 26 branches of part `generic/busway-800a` have no impedance, `H01.AA01 A busway` the first",
        False,
    ),
    "a voltage that does not go together": (
        "supply_nodes",
        lambda n: n.with_columns(where(NAME == "H01-1A board", "voltage_nominal_v", 4150.0)),
        "error[PWR440]: `H01-1A main breaker` is a breaker from 415 V AC to 4,150 V AC",
        False,
    ),
    "a part that is not known": (
        "supply_branches",
        lambda b: b.with_columns(where(NAME == "H01-1A transformer", "device_part", "mine/nothing")),
        "error[PWR441]: `mine/nothing` of `H01-1A transformer` is no part that this package knows",
        True,
    ),
    "racks on no feed": (
        "supply_feeds",
        lambda f: f.filter(pl.col("rack_id") > 1),
        "error[PWR402]: 2 racks of design `dgx` hang on no feed of the power chain, `H01.AA01` the first",
        True,
    ),
    "both feeds on one busway": (
        "supply_feeds",
        lambda f: f.with_columns(pl.col("node_id").first().over("rack_id"), pl.col("tap_id").first().over("rack_id")),
        "error[RED329]: rack `H01.AA01` is left with 0 feeds of the 2 it needs when",
        True,
    ),
    "a voltage that falls": (
        "supply_feeds",
        lambda f: f.with_columns(pl.col("^power_(w|l._w)$") * 1000),
        "error[PWR403]: the power chain cannot carry 348.0 MW to the racks: the voltage collapses at `H01.AB01 feed A`",
        True,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_chain_that_is_none_is_told(cli, edited, name: str):
    table, change, told, is_solved = CASES[name]
    answer = cli("check", edited(table, change), "--severity", "info")
    assert answer.code == 1
    assert told in answer.out
    assert f"{table} as edited, not as built" in answer.err
    assert ("not solved" in answer.err) != is_solved
    if "`H01" in told and "_feeds" not in table:  # the row of the table, not a line of the spec
        assert "tables/supply_" in answer.out.split(told)[1].splitlines()[1]


def test_a_study_does_not_take_an_edited_package(cli, edited):
    """What it would read is what the build wrote, which the edited CSV no longer says."""
    refused = cli("sim", "power", edited("supply_feeds", lambda f: f.with_columns(pl.col("power_w") * 60)))
    assert refused.code == 2
    assert "tables/supply_feeds.csv` is not as built" in refused.err
    assert not refused.out


TABLES: dict[str, tuple[str, Change, str]] = {
    "a rating below 0": (
        "supply_branches",
        lambda b: b.with_columns(where(NAME == "H01-1A transformer", "power_rated_va", -630e3)),
        "supply_branches.csv:7`: `power_rated_va` is -630000.0, below 0",
    ),
    "a node that is not there": (
        "supply_branches",
        lambda b: b.with_columns(where(pl.col("branch_id") == 3, "b_node_id", 9999)),
        "supply_branches.csv:5`: `b_node_id` is 9999, and `supply_nodes` has no such row",
    ),
    "a word for a number": (
        "supply_feeds",
        lambda f: f.with_columns(pl.when(pl.col("feed_id") == 2).then(pl.lit("ten")).otherwise(pl.col("power_w").cast(pl.String)).alias("power_w")),
        "supply_feeds.csv:4`: `power_w` is `ten`, not a number",
    ),
    "no voltage": (
        "supply_nodes",
        lambda n: n.with_columns(where(pl.col("node_id") == 4, "voltage_nominal_v", 0.0)),
        "supply_nodes.csv:6`: `voltage_nominal_v` is 0.0, and must be above 0",
    ),
    "a column less": ("supply_nodes", lambda n: n.drop("path"), "supply_nodes.csv`: no column `path`"),
    "phases that are not the load": (
        "supply_feeds",
        lambda f: f.with_columns(where(pl.col("feed_id") == 2, "power_w", 2e4)),
        "supply_feeds.csv:4`: `power_l1_w` to `power_l3_w` add up to 13,640.8 W, and `power_w` is 20,000.0 W",
    ),
    "a feed less": (
        "supply_feeds",
        lambda f: f.filter(pl.col("feed_id") != 1),
        "supply_feeds.csv:2`: the 2 feeds of rack `H01.AA01` take 27,281.5 W (`power_design_w`), and the rack 40,922.3 W; is a feed missing?",
    ),
    "cells parted by semicolons": (
        "supply_nodes",
        lambda n: pl.DataFrame({";".join(n.columns): [";".join(map(str, row)) for row in n.iter_rows()]}),
        "supply_nodes.csv:1`: cells are parted by ';' where a comma is wanted",
    ),
    "a node less": ("supply_nodes", lambda n: n.head(-1), "and `supply_nodes` has no such row"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_is_none_is_told(cli, edited, name: str):
    table, change, told = TABLES[name]
    answer = cli("check", edited(table, change))
    assert answer.code == 2
    assert told in answer.err
    assert "Traceback" not in answer.err + answer.out


def test_a_package_as_built_has_the_findings_of_its_build(cli, built):
    answer = cli("check", built, "--format", "json")
    assert answer.code == 0
    assert "as edited" not in answer.err
    assert "PWR403" not in answer.out


def test_a_larger_rating_is_seen_by_the_solver(cli, edited):
    """A transformer of 100 kVA in the place of one of 630: told by how much it is over, which only a new load flow knows."""
    answer = cli("check", edited("supply_branches", lambda b: b.with_columns(where(NAME == "H01-1A transformer", "power_rated_va", 100e3))))
    assert answer.code == 1
    assert "error[PWR401]" in answer.out
    assert "H01-1A transformer" in answer.out


def test_what_is_not_for_a_package(cli, built, tmp_path):
    assert cli("check", built, "--variant", "x").code == 2
    (tmp_path / "empty").mkdir()
    answer = cli("check", tmp_path / "empty")
    assert answer.code == 2
    assert "is no package" in answer.err
