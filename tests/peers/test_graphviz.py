"""Our cabling plan for PTM as Graphviz reads it: the language PTM takes it in."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import polars as pl
import pytest

from rackwright.export import ptm_dot
from rackwright.export.only import Only
from rackwright.flow.hall import compile_hall
from rackwright.schema import ends
from rackwright.schema.tables import Tables

SPEC = Path(__file__).resolve().parents[2] / "examples" / "halls" / "dual-plane-512.yaml"

pytestmark = pytest.mark.peers


SAY = """
BEG_G { printf("G\\t%s\\t%s\\t%d\\n", $.hostnametype, $.LLDP, isDirect($)); }
N { printf("N\\t%s\\n", $.name); }
E { printf("E\\t%s\\t%s\\t%s\\t%s\\n", $.tail.name, $.tailport, $.head.name, $.headport); }
"""


def read(t: Tables) -> tuple[set[str], set[frozenset[str]], list[str]]:
    """Nodes, edges between ports and what is said of the graph (host names, LLDP, whether it is directed), as Graphviz read them."""
    assert shutil.which("gvpr"), "run `make peers`, which installs graphviz"
    ((_, make),) = ptm_dot.files_of(t, Only())
    done = subprocess.run(["gvpr", SAY], input=make(), capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
    edges = [frozenset([f"{a}:{p}", f"{b}:{q}"]) for kind, a, p, b, q in (r for r in rows if r[0] == "E")]
    assert len(set(edges)) == len(edges)
    return {r[1] for r in rows if r[0] == "N"}, set(edges), rows[0][1:]


def links(t: Tables) -> set[frozenset[str]]:
    """Both ends of every link, as on labels."""
    made = ends.named(t, ends.devices(t), pl.int_range(t.height("fabric_cables"), dtype=pl.UInt32, eager=True))
    return {frozenset(pair) for pair in zip(made["a_name"], made["b_name"], strict=True)}


def test_every_link_is_an_edge_between_its_ports():
    t = compile_hall(str(SPEC), as_of="2026-01-01").tables
    nodes, edges, told = read(t)
    assert edges == links(t)
    assert nodes == {end.split(":")[0] for edge in edges for end in edge}
    assert told == ["fqdn", "match_hostname=fqdn", "0"]


def test_names_with_quotes_commas_backslashes_and_formulas_come_back_as_they_are():
    t = compile_hall(str(SPEC), as_of="2026-01-01").tables
    names = ['=cmd|"x"', "a,b'c", "a\\b\\\\c", "Ünïcode-架", "x" * 200, '"]; evil [label="', "-- # //", "<b>", "a}b{c"]
    racks = pl.Series([f"{names[i % len(names)]}{i}" for i in range(t.height("hall_racks"))])
    t = t.put({"hall_racks": t["hall_racks"].with_columns(name=racks)})
    assert read(t)[1] == links(t)
