"""InfiniBand files and the point-to-point workbook: read back they are the links of the tables, whatever devices are called."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from types import ModuleType

import openpyxl
import polars as pl
import pytest

from rackwright.export import ibnetdiscover, ibsim, p2p, subnet, topo
from rackwright.export.only import ChoiceError, Only, UnknownNameError
from rackwright.flow.compile import compile_text
from rackwright.schema import ends
from rackwright.schema.tables import Tables
from rackwright.verify import reading
from rackwright.verify.check import check

HALLS = Path(__file__).resolve().parents[2] / "examples" / "halls"
SPEC = """\
hall: both
designs: {dgx: ../racks/dgx-h100-x4.yaml@superpod}
floor: {rows: 2, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 2}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, spines: 2}
  oob: {topology: tree, ports: [dgx.bmc, "fabrics.*"], switch: nvidia/sn2201}
"""
NASTY = ["=cmd|' /C calc'!A0", 'a,b"c\\', "+1 {x: [1]}", "line\nhostname evil\r\n!", "x" * 200, "Ünïcode-架", "-4x-> # none", "tab\there"]
Ends = frozenset[tuple[str, str]]


@cache
def hall() -> Tables:
    """Eight systems on two InfiniBand tiers, and a management tree of Ethernet."""
    return compile_text(SPEC, folder=HALLS).tables


@cache
def nasty() -> Tables:
    """The same with names that nobody gives and files must bear."""
    frames = {n: hall()[n] for n in ("halls", "fabrics", "fabric_cables", "fabric_skus", "nic_ports", "switch_ports", "part_facts", "outside_ports")}
    racks, switches, own = hall()["hall_racks"], hall()["fabric_switches"], hall()["design_devices"]
    frames |= {
        "hall_racks": racks.with_columns(name=pl.Series([f"{NASTY[i % len(NASTY)]}{i}" for i in range(racks.height)])),
        "fabric_switches": switches.with_columns(
            name=pl.Series([f"{NASTY[i % len(NASTY)]}{i}" for i in range(switches.height)]), position_u=pl.lit(None, pl.Int32)
        ),
        "design_devices": own,
    }
    return Tables(frames)


def read_back(made: bytes, name: str, folder: Path) -> set[Ends]:
    """Links that a file tells, as `verify` reads it."""
    (folder / name).write_bytes(made)
    seen = reading.read([str(folder / name)])
    assert not seen.faults
    up = seen.seen.drop_nulls("far_device")
    return {frozenset([(a, p), (b, q)]) for a, p, b, q in up.select("device", "port", "far_device", "far_port").iter_rows()}


def links_of(t: Tables) -> dict[str, pl.DataFrame]:
    return subnet.subnets(t, Only(), "")


def designed(links: pl.DataFrame) -> set[Ends]:
    """Links of a subnet, ports as a subnet manager counts them."""
    plain = links.with_columns(pl.col(f"{s}_node").str.replace_all(r"[\n\r\t]", " ") for s in "ab")
    return {frozenset([(a, f"#{p}"), (b, f"#{q}")]) for a, p, b, q in plain.select("a_node", "a_number", "b_node", "b_number").iter_rows()}


@pytest.mark.parametrize("tables", [hall, nasty])
def test_ibnetdiscover_is_read_back_as_it_was_designed(tables: Callable[[], Tables], tmp_path: Path):
    links = links_of(tables())["compute"]
    assert links.height > 64
    assert read_back(ibnetdiscover.discovered(links), "x.txt", tmp_path) == designed(links)


def test_a_fabric_that_is_discovered_as_designed_has_no_finding(tmp_path: Path):
    ((name, made),) = ibnetdiscover.files_of(hall(), Only())
    assert name == "compute.ibnetdiscover"
    (tmp_path / name).write_bytes(made())
    found = check(hall(), reading.read([str(tmp_path / name)]))
    assert not found.findings
    assert not found.strangers
    assert {c.fabric: c.links["right"] for c in found.coverage}["compute"] == links_of(hall())["compute"].height


@pytest.mark.parametrize("tables", [hall, nasty])
def test_ibsim_tells_every_link_at_both_ends_in_names_it_takes(tables: Callable[[], Tables]):
    links = links_of(tables())["compute"]
    told = []
    for record in ibsim.simulated(links).decode("ascii").strip().split("\n\n"):
        head, *lines = record.split("\n")
        kind, ports, node = re.fullmatch(r'(Switch|Hca) (\d+) "([A-Za-z0-9._-]{1,60})"', head).groups()  # type: ignore[union-attr]
        for line in lines:
            number, far, far_number = re.fullmatch(r'\[(\d+)\] "([A-Za-z0-9._-]{1,60})"\[(\d+)\]', line).groups()  # type: ignore[union-attr]
            assert int(number) <= int(ports) == (64 if kind == "Switch" else 1)
            told.append((node, number, far, far_number))
    assert len(told) == len(set(told)) == 2 * links.height
    assert {(b, q, a, p) for a, p, b, q in told} == set(told)


@pytest.mark.parametrize("tables", [hall, nasty])
def test_topo_joins_ports_that_its_types_have(tables: Callable[[], Tables]):
    made = {name: file().decode("ascii") for name, file in topo.files_of(tables(), Only())}
    panels = {Path(n).stem: set(re.findall(r"-> (P\d+)", text)) for n, text in made.items() if n.startswith("ibnl/")}
    told = set()
    for record in made["compute.topo"].strip().split("\n\n"):
        (kind, name), *cables = [line.split() for line in record.split("\n")]
        for port, arrow, far_kind, far, far_port in cables:
            assert arrow == "->"
            assert port in panels[kind]
            assert far_port in panels[far_kind]
            told.add((name, port, far, far_port))
    assert len(told) == 2 * links_of(tables())["compute"].height
    assert {(b, q, a, p) for a, p, b, q in told} == told


def printed(t: Tables) -> set[Ends]:
    """Every link by host and printed port, on one line."""
    at = ends.devices(t)
    named = ends.named(t, at, pl.Series(range(t["fabric_cables"].height), dtype=pl.UInt32))
    both = named.select(*(at[named[f"{s}_device_id"]]["end"].alias(f"{s}_host") for s in "ab"), "a_port", "b_port")
    both = both.with_columns(pl.col("a_host", "b_host").str.replace_all(r"[\n\r\t]", " "))
    return {frozenset([(a, p), (b, q)]) for a, p, b, q in both.select("a_host", "a_port", "b_host", "b_port").iter_rows()}


@pytest.mark.parametrize("tables", [hall, nasty])
def test_the_point_to_point_file_is_read_back_as_it_was_designed(tables: Callable[[], Tables], tmp_path: Path):
    ((name, made),) = p2p.files_of(tables(), Only())
    assert read_back(made(), name, tmp_path) == printed(tables())


def test_the_point_to_point_file_has_nvidias_columns_and_no_formula():
    ((_, made),) = p2p.files_of(nasty(), Only())
    book = openpyxl.load_workbook(BytesIO(made()))
    assert [c.value for c in book["oob"][1]] == ["A-Node Name", "A-Type", "A-Port", "Z-Node Name", "Z-Type", "Z-Port"]
    assert [c.value for c in book["compute"][1]] == ["Rack", "U", "Name", "HCA/Port", "Rack", "U", "Name", "Port"]
    assert {c.value for c in book["oob"]["B"][1:]} == {"Host", "Switch"}
    kinds = {c.data_type for page in book for row in page.iter_rows() for c in row}
    assert kinds <= {"s", "n"}
    assert any(str(c.value).startswith("=cmd") for page in book for row in page.iter_rows() for c in row)


@pytest.mark.parametrize("receiver", [ibnetdiscover, ibsim, topo, p2p])
def test_same_bytes_twice_and_an_unknown_fabric_is_told(receiver: ModuleType):
    one, two = ({n: f() for n, f in receiver.files_of(hall(), Only(fabric=("compute",)))} for _ in range(2))
    assert one == two != {}
    with pytest.raises(UnknownNameError, match="there is no fabric `nowhere`"):
        list(receiver.files_of(hall(), Only(fabric=("nowhere",))))


@pytest.mark.parametrize("receiver", [ibnetdiscover, ibsim, topo])
def test_ethernet_has_no_subnet(receiver: ModuleType):
    assert not list(receiver.files_of(hall(), Only(fabric=("oob",))))


@pytest.mark.parametrize("receiver", [ibnetdiscover, ibsim, topo])
def test_less_than_a_fabric_is_refused(receiver: ModuleType):
    with pytest.raises(ChoiceError, match="files are made of whole fabrics; name a fabric, or nothing"):
        list(receiver.files_of(hall(), Only(row=("H01.AA",))))
