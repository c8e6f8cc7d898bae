"""`rackwright sim network` with failures, tables and a report; names that are not there."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "halls" / "h100-superpod-1su.yaml"


@pytest.fixture
def hall(cli, tmp_path):
    assert cli("build", str(EXAMPLE), "-o", str(tmp_path / "hall")).code == 0
    return tmp_path / "hall"


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
    """As text the chain, its outages and faults; as csv every outage; a hall without a chain says so."""
    text = cli("sim", "power", str(hall))
    assert text.code == 0, text.err
    assert all(words in text.out for words in ("from the utility", "Single outages, worst first", "Three-phase fault currents"))
    table = list(csv.DictReader(io.StringIO(cli("sim", "power", str(hall), "--format", "csv").out)))
    shown = json.loads(cli("show", str(hall), "supply_components", "--format", "json").out)
    assert len(table) == len(shown)
    assert {int(r["racks_dark"]) for r in table} == {0}
    refused = cli("sim", "power", str(hall), "--fail", "H01-1A board")
    assert refused.code == 2
    assert "`sim power` tells of every single outage" in refused.err
    bare = EXAMPLE.read_text(encoding="utf-8").split("power:")[0].replace("../racks", str(EXAMPLE.parents[1] / "racks"))
    (tmp_path / "bare.yaml").write_text(bare, encoding="utf-8")
    assert cli("build", str(tmp_path / "bare.yaml"), "-o", str(tmp_path / "bare")).code == 0
    refused = cli("sim", "power", str(tmp_path / "bare"))
    assert refused.code == 2
    assert "has no power chain" in refused.err
