"""Times and memory of every hand-off of a network of 107,000 cables: all its files made in process, from tables that are in memory.

The hall has 2,048 servers of eight accelerators on two planes of three tiers, two more networks, a management tree and an address plan. A figure is
all files of one receiver, as `rackwright export` makes them, without writing them. The peer is the way of most DCIM: an object for each cable,
created over the ORM of NetBox, which makes about 12 cables a second of processor time (measured once with NetBox 4.6, not in this run). Each in a
process of its own; `peak_mb` counts the tables too. Exit 1 where a limit is missed: 10 s, 30 s for workbooks, and 2 GB.
"""

from __future__ import annotations

import importlib
import os
import resource
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when NumPy is imported

import numpy as np
import polars as pl

import figures
from figures import Figure, best_of
from rackwright.export import expected_neighbours, p2p
from rackwright.export.only import Only
from rackwright.flow.compile import compile_text
from rackwright.flow.imported.hall import Asked
from rackwright.flow.imported.written import written
from rackwright.schema.tables import Tables
from rackwright.verify import reading
from rackwright.verify.check import check
from rackwright.verify.designed import designed

HALLS = Path(__file__).resolve().parents[1] / "examples" / "halls"
SPEC = """\
hall: interop
designs: {box: ../racks/dgx-h100-x4.yaml@b300-pod}
floor: {rows: 100, places: 30, pitch: 700 mm}
racks: {box: {design: box, count: 1024}}
unit: 128
fabrics:
  backend:  {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/sn5600, planes: 2}
  frontend: {topology: node-local, ports: [dgx.net/p0], switch: nvidia/sn5600, homing: 2}
  storage:  {topology: node-local, ports: [dgx.net/p1], switch: nvidia/sn5600}
  oob:      {topology: tree, ports: [dgx.bmc, pdu.eth, "fabrics.*"], switch: nvidia/sn2201, spine: nvidia/sn4600c}
addressing: {hosts: {backend: 10.0.0.0/10, frontend: 10.64.0.0/12, storage: 10.80.0.0/12, oob: 10.96.0.0/12}}
"""
NETBOX = "NetBox objects, 12 cables a CPU second"
NETBOX_CABLES_S = 12.0
MOST_MB = 2000.0
LIMITS = {  # receiver: s
    "addresses": 10.0,
    "cables-xlsx": 30.0,
    "canu-paddle": 10.0,
    "containerlab": 10.0,
    "cut-sheets": 10.0,
    "expected-neighbours": 10.0,
    "frr": 10.0,
    "graphml": 10.0,
    "hedgehog": 10.0,
    "ibnetdiscover": 10.0,
    "ibsim": 10.0,
    "labels": 10.0,
    "netbox": 10.0,
    "p2p": 30.0,
    "port-maps": 10.0,
    "ptm-dot": 10.0,
    "redfish": 10.0,
    "sonic": 10.0,
    "topo": 10.0,
    "workbook": 30.0,
}
INFINIBAND = """\
hall: infiniband
designs: {box: ../racks/dgx-h100-x4.yaml@superpod}
floor: {rows: 80, places: 40, pitch: 700 mm}
racks: {box: {design: box, count: 1300}}
unit: 8
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
SUBNETS = ("ibnetdiscover", "ibsim", "topo")


def measured(receiver: str) -> Figure:
    """All files of a receiver."""
    made = compile_text(INFINIBAND if receiver in SUBNETS else SPEC, folder=HALLS)
    t, racks = made.tables, made.racks
    cables = t["fabric_cables"]["key"].n_unique()
    if cables < 100_000:
        sys.exit(f"the hall has {cables:,} cables, fewer than 100,000")
    room = "flow.composed" if receiver == "netbox" else "export"
    module = importlib.import_module(f"rackwright.{room}.{receiver.replace('-', '_')}")
    more = (None, racks) if receiver == "netbox" else ()

    def make() -> None:
        sizes = [len(file()) for _, file in module.files_of(t, Only(), *more)]
        if sum(sizes) < cables:
            sys.exit(f"{receiver}: {sum(sizes)} bytes are too few for {cables:,} cables")

    wall, cpu = best_of(make)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if peak > MOST_MB:
        sys.exit(f"{receiver}: {peak:,.0f} MB are over the {MOST_MB:,.0f} it may take")
    return Figure(f"interop.{receiver}", wall, "s", NETBOX, cables / NETBOX_CABLES_S / cpu, cpu, 0)


def verified(form: str) -> Figure:
    """The hall held against what was seen of it: a list of its links with a hundred pairs of cables exchanged (`csv`), its point-to-point file
    (`p2p`), LLDP of every device, so of both ends of every link, read from a file each (`lldp`), a list of its links whose far ends were shuffled
    (`wrong`), or ports that are all down (`down`). Reading counts.
    """
    t = compile_text(SPEC, folder=HALLS).tables
    with TemporaryDirectory() as folder:
        told = {"lldp": expected_neighbours, "p2p": p2p}
        for path, make in told[form].files_of(t, Only()) if form in told else ():
            (Path(folder) / Path(path).name).write_bytes(make())
        if form in LISTS:
            LISTS[form](t).write_csv(Path(folder) / "list.csv")
        wanted, status = WANTED.get(form, ({}, "right"))

        def run() -> None:
            made = check(t, reading.read([folder]))
            if made.kinds != wanted or made.coverage[0].links[status] < 100_000:
                sys.exit(f"verify: found {made.kinds}, not {wanted}; {made.coverage[0].links}")

        wall, cpu = best_of(run)
    return Figure(f"interop.verify-{form}", wall, "s", None, None, cpu, 0)


def _list(t: Tables) -> pl.DataFrame:
    """Both ends of every link; of the first 2,000 every twentieth goes where the seventh after it should."""
    far = np.arange(designed(t).links.height)
    far[0:2000:20], far[7:2007:20] = far[7:2007:20].copy(), far[0:2000:20].copy()
    return _joined(t, far)


def _shuffled(t: Tables) -> pl.DataFrame:
    """Near ends of all links, and their far ends in any order."""
    return _joined(t, np.random.default_rng(1).permutation(designed(t).links.height))


def _down(t: Tables) -> pl.DataFrame:
    """One port of every link, down."""
    d = designed(t)
    return d.links.select(device=d.devices["end"][d.links["a_dev"]], port="a_port", state=pl.lit("down"))


def _joined(t: Tables, far: np.ndarray) -> pl.DataFrame:
    """A point-to-point list whose rows have the far ends of links `far`."""
    d = designed(t)
    name, other = d.devices["end"], d.links[far]
    columns = {"A-Node Name": name[d.links["a_dev"]], "A-Port": d.links["a_port"], "Z-Node Name": name[other["b_dev"]], "Z-Port": other["b_port"]}
    return pl.DataFrame(columns)


WANTED: dict[str, tuple[dict[str, int], str]] = {  # findings by name, and what became of nearly all links
    "csv": ({"incorrect-cabling": 200}, "right"), "wrong": ({"does-not-match": 1}, "wrong"), "down": ({"link-down": 1}, "down"),
}  # fmt: skip
LISTS = {"csv": _list, "wrong": _shuffled, "down": _down}


def brought_in() -> Figure:
    """The hall made a spec again from its point-to-point file: read, topologies found, laid onto the plan, compiled as it stands and compared."""
    t = compile_text(SPEC, folder=HALLS).tables
    design = f"{HALLS.parent}/racks/dgx-h100-x4.yaml@b300-pod"
    switches = dict.fromkeys(("backend", "frontend", "storage"), "nvidia/sn5600") | {"oob": "nvidia/sn2201", "oob.spine": "nvidia/sn4600c"}
    with TemporaryDirectory() as folder:
        for path, make in p2p.files_of(t, Only()):
            (Path(folder) / Path(path).name).write_bytes(make())
        turn = count()

        def run() -> None:
            out = Path(folder) / f"hall-{next(turn)}"
            made = written([f"{folder}/p2p.xlsx"], Asked({"box": design}, switches=switches), out, as_of="2026-01-01")
            if made.checked.coverage[0].links["right"] != t.height("fabric_cables"):
                sys.exit(f"import: {made.checked.coverage[0].links} of {t.height('fabric_cables'):,} links")

        wall, cpu = best_of(run, rounds=1)
    return Figure("interop.import", wall, "s", None, None, cpu, 0)


WORK: dict[str, tuple[Callable[[], Figure], float | None]] = {name: (partial(measured, name), limit) for name, limit in LIMITS.items()}
VERIFY = {"csv": 5.0, "down": 5.0, "lldp": 10.0, "p2p": 5.0, "wrong": 5.0}
WORK |= {f"verify-{form}": (partial(verified, form), limit) for form, limit in VERIFY.items()}
WORK |= {"import": (brought_in, 30.0)}


if __name__ == "__main__":
    sys.exit(figures.main(__doc__, __file__, WORK, {}))
