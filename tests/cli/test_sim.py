"""`rackwright sim network` with failures, tables and a report; names that are not there."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from rackwright.cli.main import main

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "halls" / "h100-superpod-1su.yaml"


@pytest.fixture(scope="module")
def hall(tmp_path_factory):
    """A package that nobody changes."""
    folder = tmp_path_factory.mktemp("hall") / "hall"
    assert main(["build", str(EXAMPLE), "-o", str(folder)]) == 0
    return folder


def value(text: str, question: str) -> float:
    row = next(r for r in csv.DictReader(io.StringIO(text)) if r["question"] == question)
    return float(row["value"])


def test_failures_by_name_and_by_label(cli, hall):
    """A leaf of 32 ports, a server's eight that are gone and not missed, one cable of a port."""
    with next((hall / "cut-sheets").glob("compute*.csv")).open() as sheet:
        label = next(csv.DictReader(sheet))["label"]
    for names, cut in ((["compute-leaf-u1-r7-1"], 32), (["H01.AA01/dgx-01"], 0), ([label], None), (["compute-leaf-u1-r7-1", label], None)):
        answer = cli("sim", "network", str(hall), "--format", "csv", *(x for n in names for x in ("--fail", n)))
        assert answer.code == 0, answer.err
        found = value(answer.out, "unreachable")
        assert found == cut if cut is not None else found in (1, 2, 33, 34)


def test_a_cable_of_several_links_fails_by_what_is_printed_on_it(cli, tmp_path):
    """Label and key cut both links of a splitter; so do the names of its ends."""
    small = ["--set", "racks.box.count=8", "--set", "unit=8"]
    assert cli("build", str(EXAMPLE.with_name("dual-plane-512.yaml")), "-o", str(tmp_path / "pod"), *small).code == 0
    every = [r for f in (tmp_path / "pod" / "cut-sheets").glob("*.csv") for r in csv.DictReader(io.StringIO(f.read_text()))]
    row = next(r for r in every if r["a_more"])
    shown = json.loads(cli("explain", str(tmp_path / "pod"), row["label"], "--format", "json").out)
    key = next(c["text"] for c in shown["cells"] if c["column"] == "key")
    answers = {name: cli("sim", "network", str(tmp_path / "pod"), "--fail", name, "--format", "csv") for name in (row["label"], key, row["a_more"])}
    assert {a.code for a in answers.values()} == {0}
    assert len({a.out for a in answers.values()}) == 1
    assert answers[key].out != cli("sim", "network", str(tmp_path / "pod"), "--format", "csv").out


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("compute-leaf-u1-r9-1", "did you mean `compute-leaf-u1-r"),
        ("H01.AA01/dgx-1", "did you mean `H01.AA01/dgx-01`"),
        ("zzz", "there is no switch, server or rack `zzz`; `rackwright show DIR fabric_switches` lists"),
        ("H01.ZZ01-03:x--H01.AA04-03:1/1", "nothing stands at `H01.ZZ01-03`"),
        ("H01.AA01-03:nope--H01.AA01-03:nope", "there is no cable"),
    ],
)
def test_names_that_are_not_there(cli, hall, name, words):
    refused = cli("sim", "network", str(hall), "--fail", name)
    assert refused.code == 2
    assert words in refused.err
    assert not refused.out


def test_tables_and_report(cli, hall, tmp_path):
    """As text all three tables, else the one asked for; the page holds them."""
    text = cli("sim", "network", str(hall), "--report", str(tmp_path / "made" / "network.html"))
    assert text.code == 0
    assert all(title in text.out for title in ("Answers", "Loads of the links", "What the loss of one costs"))
    assert "Network under load and loss" in (tmp_path / "made" / "network.html").read_text(encoding="utf-8")
    for table, column in (("results", "question"), ("loads", "utilisation"), ("failures", "endpoints_lost")):
        rows = json.loads(cli("sim", "network", str(hall), "--table", table, "--format", "json").out)
        assert rows
        assert column in rows[0]
    refused = cli("sim", "network", str(hall), "--report", str(hall))
    assert refused.code == 2
    assert "cannot write" in refused.err


def test_power_chain(cli, hall, tmp_path):
    """As text the answers, outages, faults, devices, arcs and downtime; as csv every outage; a hall without a chain says so."""
    text = cli("sim", "power", str(hall))
    assert text.code == 0, text.err
    titles = (
        "Power from the utility",
        "Single outages, worst first",
        "Three-phase fault currents",
        "Breakers and fuses",
        "Arc flash",
        "Time without power",
    )
    assert all(words in text.out for words in titles)
    every = cli("sim", "power", str(hall), "--severity", "info")
    assert ("shows all" in text.err, "shows all" in every.err) == (True, False)
    assert "info[" in every.err
    page = tmp_path / "power.html"
    table = list(csv.DictReader(io.StringIO(cli("sim", "power", str(hall), "--format", "csv", "--report", str(page)).out)))
    told = set(re.findall(r"info\[(\w+)\]", every.err))
    assert told
    assert all(code in page.read_text(encoding="utf-8").split("Findings", 1)[1] for code in told)
    shown = json.loads(cli("show", str(hall), "supply_components", "--format", "json").out)
    assert len(table) == len(shown)
    assert {int(r["racks_dark"]) for r in table} == {0}
    bare = EXAMPLE.read_text(encoding="utf-8").split("power:")[0].replace("../racks", str(EXAMPLE.parents[1] / "racks"))
    (tmp_path / "bare.yaml").write_text(bare, encoding="utf-8")
    assert cli("build", str(tmp_path / "bare.yaml"), "-o", str(tmp_path / "bare")).code == 0
    refused = cli("sim", "power", str(tmp_path / "bare"))
    assert refused.code == 2
    assert "has no power chain" in refused.err


def test_components_of_the_power_chain_out(cli, hall):
    """Two boards of three dark the racks on both; the answers name them. A name that is none is refused with the nearest."""
    one = cli("sim", "power", str(hall), "--fail", "H01-1A board")
    assert one.code == 0, one.err
    assert "Out of service: H01-1A board" in one.out
    both = cli("sim", "power", str(hall), "--fail", "H01-1A board", "--fail", "H01-1B board", "--format", "json")
    answers = {r["question"]: r for r in json.loads(both.out)}
    alone = json.loads(cli("sim", "power", str(hall), "--format", "json").out)
    assert answers["racks_dark"]["value"] == max(r["racks_dark_next"] for r in alone if r["component"] == "H01-1A board") > 0
    assert "H01.AA01" in answers["racks_dark"]["note"]
    refused = cli("sim", "power", str(hall), "--fail", "H01-1A bord")
    assert refused.code == 2
    assert "did you mean `H01-1A board`" in refused.err
    states = list(
        csv.DictReader(io.StringIO(cli("sim", "power", str(hall), "--fail", "H01-1A board", "--table", "node_states", "--format", "csv").out))
    )
    assert {r["node"]: float(r["voltage_v"]) for r in states}["H01-1A board"] == 0
    refused = cli("sim", "power", str(hall), "--table", "outage")
    assert refused.code == 2
    assert "did you mean `outages`" in refused.err
    refused = cli("sim", "power", str(hall), "--fail", "utility", "--table", "outages")
    assert refused.code == 2
    assert "with `--fail` there is no `supply_outages`; there are supply_branch_states" in refused.err


def test_what_a_simulation_makes_is_never_shown_as_an_empty_table(cli, hall, package):
    """A package has none of it: `show`, `explain` and `query` name the command that has; a rack has no chain, and its table is empty for good."""
    made = json.loads(cli("sim", "power", str(hall), "--table", "supply_contributions", "--format", "json").out)
    assert {"component", "failures_per_year"} <= set(made[0])
    told = f"`rackwright sim power {hall} --table supply_contributions` makes and prints it"
    for arguments in (("show", hall, "supply_contributions"), ("explain", hall, "supply_contributions:utility")):
        refused = cli(*arguments)
        assert (refused.code, refused.out) == (2, "")
        assert told in refused.err
    asked = cli("query", hall, "select count(*) n from supply_contributions", "--format", "csv")
    assert (asked.code, asked.out.split()) == (0, ["n", "0"])
    assert told in asked.err
    assert cli("show", package, "supply_contributions").code == 0
