"""Our InfiniBand fabric as another program routes it: OpenSM's fat-tree engine on Debian's ibsim, its tables walked here and judged by ibdmchk.

Source of the procedure: the manuals of ibsim, opensm and ibdmchk. A healthy fabric has every pair reachable and, at every leaf,
equal loads to all spines; two cables swapped at their spine ends leave everything reachable, and the loads unequal.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from rackwright.export import ibsim, subnet, topo
from rackwright.export.only import Only
from rackwright.flow.compile import compile_text
from rackwright.flow.hall import compile_hall
from rackwright.schema.tables import Tables

SPEC = Path(__file__).resolve().parents[2] / "examples" / "halls" / "h100-superpod-4su.yaml"
PORTS = 64  # of a QM9700
Wire = tuple[str, int, str, int]

pytestmark = pytest.mark.peers


HALL = """\
hall: whole
designs: {dgx: ../racks/dgx-h100-x4.yaml}
floor: {rows: 6, places: 8, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 32}
unit: 8
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""


def four_units() -> list[Wire]:
    """Cables of the four scalable units as published."""
    return wires(compile_hall(str(SPEC), as_of="2026-01-01").tables)


def whole() -> list[Wire]:
    """The same fabric with no place left free: 128 systems, 1,024 adapters."""
    return wires(compile_text(HALL, folder=SPEC.parent).tables)


def wires(t: Tables) -> list[Wire]:
    """Cables of the compute fabric: lower end and upper end, ports counted from 1. Every host port is an adapter of its own, as in the real thing."""
    links = subnet.subnets(t, Only(fabric=("compute",)), "")["compute"]
    return list(links.select("a_node", "a_number", "b_node", "b_number").iter_rows())


def hosts_of(found: list[Wire]) -> set[str]:
    """Adapters: what no cable leads up to."""
    return {a for a, *_ in found} - {b for _, _, b, _ in found}


def topology(found: list[Wire]) -> bytes:
    """The fabric as ibsim reads it, of exactly those cables."""
    hosts = hosts_of(found)
    number = {node: n for n, node in enumerate(sorted({n for a, _, b, _ in found for n in (a, b)}))}
    rows = []
    for a, p, b, q in found:
        sides = [(number[n], n, n, k, k, n not in hosts, 1 if n in hosts else PORTS) for n, k in ((a, p), (b, q))]
        rows.append((400.0, *sides[0], *sides[1]))
    columns = [f"{s}_{c}" for s in "ab" for c in ("device_id", "host", "node", "number", "counted", "is_switch", "ports")]
    links = pl.DataFrame(rows, ["speed_gbps", *columns], orient="row").with_columns(a_part=pl.lit(""), b_part=pl.lit(""))
    return ibsim.simulated(links)


@contextmanager
def simulated(found: list[Wire], folder: Path) -> Iterator[dict[str, str]]:
    """Environment in which programs see the simulated fabric; the socket has a name of its own, so no other run is met."""
    for program in ("ibsim", "ibsim-run", "opensm", "ibdmchk"):
        assert shutil.which(program), f"run `make peers`, which installs {program}"
    (folder / "net.txt").write_bytes(topology(found))
    host = ibsim.names(pl.Series([min(hosts_of(found))]))[0]
    env = os.environ | {"IBSIM_SOCKNAME": f"rw{os.getpid()}{folder.name}", "SIM_HOST": host, "OSM_TMP_DIR": str(folder), "OSM_CACHE_DIR": str(folder)}
    with (folder / "ibsim.log").open("w") as log:
        command = ["ibsim", "-s", "-n", "-N", "20000", "-S", "1000", "-P", "200000", "net.txt"]
        program = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            time.sleep(1)
            assert program.poll() is None, (folder / "ibsim.log").read_text()
            yield env
        finally:
            program.kill()
            program.wait()


@dataclass
class Routed:
    """What OpenSM made of it: switch of each LID's host, tables (switch, LID) -> port, and its log."""

    lids: dict[int, str]
    tables: dict[str, dict[int, int]]
    log: str
    judged: str


def routed(found: list[Wire], folder: Path) -> Routed:
    """Routes the fabric with the fat-tree engine."""
    folder.mkdir()
    with simulated(found, folder) as env:
        command = ["ibsim-run", "opensm", "-o", "-D", "0x43", "-s", "0", "-f", str(folder / "osm.log"), "-R", "ftree"]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    command = ["ibdmchk", "-s", "opensm-subnet.lst", "-f", "opensm.fdbs", "-m", "opensm.mcfdbs"]
    judged = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False).stdout  # may crash at its end: text counts
    lids: dict[int, str] = {}
    tables: dict[str, dict[int, int]] = {}
    nodes = pl.Series(sorted({n for a, _, b, _ in found for n in (a, b)}))
    called = dict(zip(ibsim.names(nodes), nodes, strict=True))
    for line in (folder / "opensm-lfts.dump").read_text().splitlines():
        if head := re.match(r"Unicast lids .*\('(.+)'\):", line):
            here = tables.setdefault(called[head[1]], {})
        elif row := re.match(r"0x([0-9a-f]+) (\d+) # (Channel Adapter|Switch) .*: '(.+)'", line):
            here[int(row[1], 16)] = int(row[2])
            if row[3] != "Switch":
                lids[int(row[1], 16)] = called[row[4]]
    return Routed(lids, tables, (folder / "osm.log").read_text(errors="replace"), judged)


def imbalance(found: list[Wire], made: Routed) -> float:
    """Destinations that the tables of a leaf send to one spine, the most over the mean of all spines; worst leaf.

    By spine and not by cable: the fat-tree engine loads every cable alike even where a leaf has three to one spine and one to another.
    """
    up: dict[str, dict[int, str]] = defaultdict(dict)
    hosts = hosts_of(found)
    for a, p, b, _ in found:
        if a not in hosts:
            up[a][p] = b
    spines = {b for of in up.values() for b in of.values()}
    worst = 0.0
    for leaf, of in up.items():
        load = Counter(of[port] for lid in made.lids if (port := made.tables[leaf][lid]) in of)
        worst = max(worst, max(load.values()) * len(spines) / sum(load.values()))
    return worst


def lost(found: list[Wire], made: Routed) -> int:
    """Pairs of a leaf and a host between which the tables lead nowhere, or round in circles."""
    ends = {(a, p): b for a, p, b, _ in found} | {(b, q): a for a, _, b, q in found}
    hosts = hosts_of(found)
    leaves = {b for a, _, b, _ in found if a in hosts}
    missed = 0
    for lid, host in made.lids.items():
        for leaf in leaves:
            at = leaf
            for _ in range(4):
                at = ends.get((at, made.tables[at].get(lid, -1)), "") if at and at != host else at
                if not at or at == host:
                    break
            missed += at != host
    return missed


def swapped(found: list[Wire]) -> list[Wire]:
    """Two cables pulled to each other's spine: one of the first leaf, and one of the last leaf to another spine."""
    hosts = hosts_of(found)
    up = [i for i, (a, *_) in enumerate(found) if a not in hosts]
    one = up[0]
    two = next(i for i in reversed(up) if found[i][0] != found[one][0] and found[i][2] != found[one][2])
    made = list(found)
    made[one], made[two] = (*found[one][:2], *found[two][2:]), (*found[two][:2], *found[one][2:])
    return made


def alternates(judged: str) -> dict[int, int]:
    """ibdmchk's own histogram: ports of a switch that lead to an adapter by as few hops, and pairs of switch and adapter that have so many."""
    table = judged.split("OUT-PORTS NUM-SW-LID-PAIRS\n", 1)[1].split("---", 1)[0]
    return {int(ports): int(pairs) for ports, pairs in (line.split() for line in table.splitlines())}


def is_healthy(found: list[Wire], made: Routed) -> None:
    """Routed by the fat-tree engine, every pair reachable and walked, nothing that ibdmchk minds."""
    hosts = len(hosts_of(found))
    assert (len(made.lids), len(made.tables)) == (hosts, 48)
    assert "ftree tables configured on all switches" in made.log
    assert "SUBNET UP" in made.log
    assert lost(found, made) == 0
    assert f"Scanned:{hosts * (hosts - 1)} CA to CA paths" in made.judged
    assert "no credit loops found" in made.judged
    assert "-E-" not in made.judged


def test_four_scalable_units_reach_everything_and_load_uplinks_alike(tmp_path: Path):
    """127 systems of eight adapters and four links of UFM; 1.00 to two decimals, as 1,020 hosts do not divide by the uplinks of a leaf."""
    found = four_units()
    assert len(hosts_of(found)) == 1020
    made = routed(found, tmp_path / "healthy")
    is_healthy(found, made)
    assert round(imbalance(found, made), 2) == 1.00


def test_the_topology_file_is_the_fabric_that_ibdm_knows_before_it_is_built(tmp_path: Path):
    """ibdmchk's cluster design: it reads our systems and their types, routes them and finds every pair."""
    t = compile_hall(str(SPEC.with_name("h100-superpod-1su.yaml")), as_of="2026-01-01").tables
    for name, made in topo.files_of(t, Only()):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(made())
    host = min(hosts_of(wires(t))).split()[0]
    command = ["ibdmchk", "-t", "compute.topo", "-n", f"{host}/H1", "-p", "1"]
    env = os.environ | {"IBDM_IBNL_PATH": str(tmp_path / "ibnl")}
    said = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False).stdout
    assert f"Scanned:{256 * 255} CA to CA paths" in said
    assert "no credit loops found" in said
    assert "-E-" not in said


def test_1024_hosts_load_uplinks_alike_and_two_swapped_cables_show(tmp_path: Path):
    """32 leaves with two links to each of 16 spines: exactly 1 where all is well. After the swap one leaf has three cables to one spine and one to
    another; all is reached still, and both the loads and ibdmchk's count of equal ways tell.
    """
    found = whole()
    assert len(hosts_of(found)) == 1024
    made = routed(found, tmp_path / "healthy")
    is_healthy(found, made)
    assert imbalance(found, made) == 1
    # down: one way from a leaf to its own host, two from a spine to a host's leaf; up: 32 from a leaf to all that hangs on others
    assert alternates(made.judged) == {1: 1024, 2: 16 * 1024, 32: 31 * 1024}
    crossed = swapped(found)
    broken = routed(crossed, tmp_path / "swapped")
    assert lost(crossed, broken) == 0
    assert imbalance(crossed, broken) > 1.25
    seen = alternates(broken.judged)
    assert seen[3] > 0
    assert seen[1] == 1024 + seen[3]
