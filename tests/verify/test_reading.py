"""Observation files in every shape their writers give them, written from the descriptions of the formats; and broken ones, which are told by line."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from rackwright.export import cells
from rackwright.verify import reading
from rackwright.verify.observed import DOWN, UNKNOWN, UP, Observed
from rackwright.verify.work import guarded

# lldpd, src/client/json_writer.c: in `json` lists of one collapse, "yes" and "on" are booleans; the second neighbour of three sent no name
ONE = {"lldp": {"interface": {"eth0": {"via": "LLDP", "rid": "1", "age": "0 day, 00:00:08",
    "chassis": {"leaf1": {"id": {"type": "mac", "value": "00:00:5e:00:53:01"}, "mgmt-ip": "192.0.2.1", "capability": {"type": "Bridge"}}},
    "port": {"id": {"type": "ifname", "value": "swp1"}, "descr": "to eth0", "ttl": "120"}}}}}  # fmt: skip
SEVERAL = {"lldp": {"interface": [
    {"eth0": {"via": "LLDP", "chassis": {"leaf1": {"id": {"type": "mac", "value": "00:00:5e:00:53:01"}, "mgmt-ip": ["192.0.2.1", "2001:db8::1"]}},
              "port": {"id": {"type": "mac", "value": "00:00:5E:00:53:02"}, "descr": "swp1"}}},
    {"eth0": {"via": "LLDP", "chassis": {"id": {"type": "mac", "value": "00:00:5e:00:53:03"}}, "port": {"id": {"type": "local", "value": "17"}}}},
    {"eth1": {"via": "LLDP", "chassis": {"on": {"id": {"type": "local", "value": "x"}}},
              "port": {"id": {"type": "ifname", "value": "swp2"}, "descr": True}}},
]}}  # fmt: skip
ZERO = {"lldp": [{"interface": [{"name": "eth0", "via": "LLDP", "rid": "1",
    "chassis": [{"id": [{"type": "mac", "value": "00:00:5e:00:53:01"}], "name": [{"value": "leaf1"}], "descr": [{"value": "Linux"}]}],
    "port": [{"id": [{"type": "ifname", "value": "swp1"}], "descr": [{"value": "to eth0"}], "ttl": [{"value": "120"}]}]}]}]}  # fmt: skip
CHASSIS = {"local-chassis": {"chassis": {"node7": {"id": {"type": "mac", "value": "00:00:5e:00:53:07"}, "descr": "Linux"}}}}
# infiniband-diags, manual of ibnetdiscover, "TOPOLOGY FILE FORMAT"
TOPOLOGY = """\
#
# Topology file: generated on Tue Jun  5 14:15:10 2007
#
# Max of 3 hops discovered
# Initiated from node 0008f10403960558 port 0008f10403960559

vendid=0x8f1
devid=0x5a06
sysimgguid=0x5442ba00003000
switchguid=0x5442ba00003080(5442ba00003080)
Switch  24 "S-005442ba00003080"         # "ISR9024 Voltaire" base port 0 lid 6 lmc 0
[22]    "H-0008f10403961354"[1](8f10403961355)         # "MT23108 InfiniHost Mellanox Technologies" lid 4 4xSDR
[10]    "S-0008f10400410015"[1]         # "SW-6IB4 Voltaire" lid 3 4xSDR
[8]     "H-0008f10403960558"[2](8f1040396055a)         # "MT23108 InfiniHost Mellanox Technologies" lid 14 4xSDR

vendid=0x8f1
devid=0x5a05
switchguid=0x8f10400410015(8f10400410015)
Switch  8 "S-0008f10400410015"          # "SW-6IB4 Voltaire" base port 0 lid 3 lmc 0
[1]     "S-005442ba00003080"[10]        # "ISR9024 Voltaire" lid 6 4xSDR

vendid=0x2c9
devid=0x5a44
caguid=0x8f10403960984
Ca      2 "H-0008f10403960984"          # "MT23108 InfiniHost Mellanox Technologies"
[1](8f10403960985)     "S-005442ba00003080"[22]         # lid 16 lmc 1 "ISR9024 Voltaire" lid 6 4xSDR
"""
REPORT = """\
SW     3  3 0x0000000000200001 4x SDR - SW     2  4 0x0000000000200000 ( 'leaf 1' - 'spine, "2"' )
SW     3  2 0x0000000000200001 4x SDR                                    'leaf 1'
SW     3  0 0x0000000000200001 4x SDR                                    'leaf 1'
CA     1  1 0x0000000000100001 4x NDR - SW     2  1 0x0000000000200000 ( 'node mlx5_0' - 'spine, "2"' )
"""


def observed(folder: Path, name: str, content: object) -> Observed:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content, indent=1)).encode())
    return reading.read([str(path)])


def rows(seen: Observed, *columns: str) -> list[tuple[object, ...]]:
    return seen.seen.select(columns or ["device", "port", "far_device", "far_port", "far_alias"]).rows()


def test_one_interface_is_an_object_and_several_are_a_list(tmp_path: Path):
    assert rows(observed(tmp_path, "node1.json", ONE)) == [("node1", "eth0", "leaf1", "swp1", "to eth0")]
    seen = observed(tmp_path, "node2.json", SEVERAL)
    assert rows(seen) == [("node2", "eth0", "leaf1", "swp1", None), ("node2", "eth0", None, "17", None), ("node2", "eth1", "on", "swp2", "on")]
    assert rows(seen, "far_mac", "far_chassis") == [("00005e005302", "00005e005301"), (None, "00005e005303"), (None, None)]


def test_json0_says_the_same_in_one_shape(tmp_path: Path):
    assert rows(observed(tmp_path, "node1.json", ZERO)) == rows(observed(tmp_path, "node1.json", ONE))


def test_a_file_may_say_whose_it_is_and_hold_links_too(tmp_path: Path):
    links = [{"ifname": "lo", "link_type": "loopback", "operstate": "UNKNOWN"}, {},
             {"ifname": "eth0", "link_type": "ether", "operstate": "UP", "address": "00:00:5e:00:53:70", "ifalias": "nic0/p0"},
             {"ifname": "eth1", "link_type": "ether", "operstate": "DOWN", "address": "00:00:5e:00:53:71"}]  # fmt: skip
    seen = observed(tmp_path, "view-3.json", "\n".join(json.dumps(d) for d in (CHASSIS, ONE, links)))
    assert rows(seen, "device", "port") == [("node7", "eth0")]
    assert seen.local.select("device", "port", "alias", "mac", "state").rows() == [
        ("node7", None, None, "00005e005307", UNKNOWN),
        ("node7", "eth0", "nic0/p0", "00005e005370", UP),
        ("node7", "eth1", None, "00005e005371", DOWN),
    ]


def test_own_ports_of_lldpd_are_no_neighbours(tmp_path: Path):
    """`lldpcli show interfaces` has the shape of neighbours, with the own chassis in it."""
    own = {"lldp": {"interface": {"eth0": {"status": "RX and TX", "chassis": CHASSIS["local-chassis"]["chassis"],
           "port": {"id": {"type": "mac", "value": "00:00:5e:00:53:70"}, "descr": "eth0"}, "ttl": {"ttl": "120"}}}}}  # fmt: skip
    seen = observed(tmp_path, "node7.json", own)
    assert seen.seen.is_empty()
    assert seen.local.select("device", "port", "mac").rows() == [("node7", "eth0", "00005e005370")]
    assert seen.whole.is_empty()


def test_collected_documents_by_device_and_names_given_on_the_command_line(tmp_path: Path):
    seen = observed(tmp_path, "all.json", {"node1": ONE, "node2": ZERO, "node3": {"lldp": {}}, "node4": {}})
    assert rows(seen, "device") == [("node1",), ("node2",)]
    assert seen.whole["device"].to_list() == ["node1", "node2", "node3", "node4"]
    (tmp_path / "x.json").write_text(json.dumps(ONE))
    assert rows(reading.read([f"H01.AA01-03={tmp_path / 'x.json'}"]), "device") == [("H01.AA01-03",)]
    folder = tmp_path / "views"
    folder.mkdir()
    for name in ("b.json", "a.json", ".hidden.json"):
        (folder / name).write_text(json.dumps(ONE))
    assert rows(reading.read([str(folder)]), "device") == [("a",), ("b",)]


def test_ibnetdiscover_as_its_manual_shows_it(tmp_path: Path):
    seen = observed(tmp_path, "topology.txt", TOPOLOGY)
    assert seen.faults == []
    joined = [r for r in rows(seen, "line", "device", "port", "far_device", "far_port") if r[3]]
    assert joined == [
        (12, "ISR9024 Voltaire", "#22", "MT23108 InfiniHost Mellanox Technologies", "#1"),
        (13, "ISR9024 Voltaire", "#10", "SW-6IB4 Voltaire", "#1"),
        (14, "ISR9024 Voltaire", "#8", "MT23108 InfiniHost Mellanox Technologies", "#2"),
        (20, "SW-6IB4 Voltaire", "#1", "ISR9024 Voltaire", "#10"),
        (26, "MT23108 InfiniHost Mellanox Technologies", "#1", "ISR9024 Voltaire", "#22"),
    ]
    down = seen.seen.filter(pl.col("state") == DOWN).group_by("device").len()
    assert dict(down.iter_rows()) == {"ISR9024 Voltaire": 21, "SW-6IB4 Voltaire": 7, "MT23108 InfiniHost Mellanox Technologies": 1}


def test_the_port_report_of_ibnetdiscover(tmp_path: Path):
    """Names hold quotes, commas and spaces; port 0 of a switch is its own."""
    seen = observed(tmp_path, "report.txt", REPORT)
    assert seen.faults == []
    assert rows(seen, "device", "port", "far_device", "far_port", "state") == [
        ("leaf 1", "#3", 'spine, "2"', "#4", UP), ("leaf 1", "#2", None, None, DOWN), ("node mlx5_0", "#1", 'spine, "2"', "#1", UP),
    ]  # fmt: skip


# rdma-core, infiniband-diags/iblinkinfo.c: headings of nodes, then ports; of a switch without the GUID of each; `[  ]` has a port's outer number
LINKS = """\
CA: mgt mlx5_0:
      0x248a070300928186      3    1[  ] ==( 4X      25.78125 Gbps Active/  LinkUp)==>       2   36[  ] "MF0;SB7700:MSB7700/U1" ( )
Switch: 0x248a0703006d1f90 MF0;SB7700:MSB7700/U1:
           2    1[  ] ==(                Down/ Polling)==>             [  ] "" ( )
           2   17[  ] ==( 4X      25.78125 Gbps Active/  LinkUp)==>       4    1[  ] "n02 HCA-1" ( )
           2   18[  ] ==( 2X  10.0 Gbps (FDR10)   Init/  LinkUp) (HOQ:17 VL_Stall:7)==>       1    1[ 1] "n,01 \"x\" HCA-1" (Could be 4X )
           2   19[  ] ==( 4X      25.78125 Gbps Active/  LinkUp)==>      "Port not available"
           2   37[  ] ==( 4X      25.78125 Gbps Active/  LinkUp)==>       9    1[  ] "Mellanox Technologies Aggregation Node" ( )
"""
# sonic-utilities, scripts/lldpshow and its tests: a table as tabulate draws it; a port is told by its name or its MAC address
TABLE = """\
Capability codes: (R) Router, (B) Bridge, (O) Other
LocalPort    RemoteDevice    RemotePortID       Capability    RemotePortDescr
-----------  --------------  -----------------  ------------  -----------------
Ethernet0    dummy 1         00:00:00:00:00:01  BR            First MAC
Ethernet4    sonic3          fortyGigE0/4       BR            Ethernet4
Ethernet8                    Ethernet1/1        B
--------------------------------------------------
Total entries displayed:  3
"""


def packed() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("leaf1.json", json.dumps(ONE))
    return made.getvalue()


def workbook(**sheets: list[list[object]]) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False}) as book:
        for name, content in sheets.items():
            page = book.add_worksheet(name)
            for i, row in enumerate(content):
                page.write_row(i, 0, row)
    return made.getvalue()


def test_point_to_point_workbooks_of_ethernet_and_infiniband(tmp_path: Path):
    """NVIDIA UFM Cable Validation Tool, "P2P File": columns by name for Ethernet, by place for InfiniBand; sheets of other things are passed over."""
    ethernet = [["A-Node Name", "A-Type", "A-Port", "Z-Node Name", "Z-Type", "Z-Port"], ["node1", "Host", "enp1s0", "leaf1", "Switch", "swp1s0"]]
    infiniband = [["Site A"], ["Rack", "U", "Name", "HCA/Port", "Rack", "U", "Name", "Port"], [316, 22, "node1", 1, "R113", 22, "leaf2", "1/2"]]
    seen = observed(tmp_path, "p2p.xlsx", workbook(Notes=[["by", "me"]], Ethernet=ethernet, Compute=infiniband))
    assert seen.faults == []
    assert rows(seen, "at", "line", "device", "port", "far_device", "far_port") == [
        ("Ethernet", 2, "node1", "enp1s0", "leaf1", "swp1s0"), ("Compute", 3, "node1", "1", "leaf2", "1/2"),
    ]  # fmt: skip


NAMES = ['a,b"c', "=cmd|' /C calc'!A0", "+1", "-2", "@x", "Münchén-Ω-機", "n" * 200, "<script>alert(1)</script>", "a\tb", "'quoted'"]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_read_as_it_is_from_every_format(tmp_path: Path, name: str):
    quoted = '"' + name.replace('"', '""') + '"'
    assert rows(observed(tmp_path, "l.csv", f"device,port,far_device,far_port\n{quoted},p,{quoted},q\n"), "device", "far_device") == [(name, name)]
    made = workbook(P2P=[["A-Node Name", "A-Port", "Z-Node Name", "Z-Port"], [name, "p", name, "q"]])
    assert rows(observed(tmp_path, "l.xlsx", made), "device", "far_device") == [(name, name)]
    document = {
        name: {"lldp": {"interface": {name: {"via": "LLDP", "chassis": {name: {"id": {"type": "local", "value": name}}}, "port": {"descr": name}}}}}
    }
    assert rows(observed(tmp_path, "l.json", document)) == [(name, name, name, None, name)]


def test_only_ends_of_lines_end_a_row(tmp_path: Path):
    """Python takes U+2028, U+0085 and vertical tabs for ends of lines too; CSV does not."""
    seen = observed(tmp_path, "l.csv", "device,port,far_device,far_port\r\na\u2028b,1,c,2\r\nd\x85e,1,f\x0bg,2\r\nh\n")
    assert rows(seen, "device", "far_device") == [("a\u2028b", "c"), ("d\x85e", "f\x0bg")]
    assert [f.line for f in seen.faults] == [4]


def test_an_aggregation_node_inside_a_switch_has_no_cable(tmp_path: Path):
    """SHARP on Quantum switches: an adapter at the port after the last cage, in the topology and in the report of ports."""
    inside = "Mellanox Technologies Aggregation Node"
    port = f'[9]     "H-0008f10403960558"[1](8f1040396055a)         # "{inside}" lid 14 4xHDR'
    made = TOPOLOGY.replace("Switch  8", "Switch  9").replace("\n[1]     ", f"\n{port}\n[1]     ")
    seen = observed(tmp_path, "t.txt", f'{made}\ncaguid=0x8f10403960558\nCa      1 "H-0008f10403960558"          # "{inside}"\n')
    assert seen.faults == []
    assert seen.seen.drop_nulls("far_device").height == 5
    assert inside not in {*seen.seen["device"], *seen.seen["far_device"]}
    report = f"SW     3 41 0x0000000000200001 4x HDR - CA     9  1 0x0000000000100009 ( 'leaf 1' - '{inside}' )\n"
    assert rows(observed(tmp_path, "r.txt", REPORT + report)) == rows(observed(tmp_path, "p.txt", REPORT))


@pytest.mark.parametrize("name", ["=a", "'=a", "''@b", "'quoted'", "-1", "it's"])
def test_what_is_guarded_as_no_formula_comes_back(tmp_path: Path, name: str):
    """As our CSV has it (`export.cells`), and the lists that `verify` writes."""
    cell = cells.csv(pl.DataFrame({"x": [name]})).decode().splitlines()[1]
    assert cell == guarded(name)
    assert cell[0] not in "=+-@"
    assert rows(observed(tmp_path, "l.csv", f"device,port,far_device,far_port\n{cell},p,b,q\n"), "device") == [(name,)]
    assert pl.select(cells.plain(pl.lit(cell))).item() == name


def test_an_apostrophe_before_a_formula_is_no_part_of_the_name(tmp_path: Path):
    assert rows(observed(tmp_path, "l.csv", "device,port,far_device,far_port\n'=a,p,'-b,q\n"), "device", "far_device") == [("=a", "-b")]


BROKEN = {
    "cut": (json.dumps(SEVERAL, indent=1)[:600], 39, "ends in the middle of its JSON"),
    "json": ('{"lldp":\n {"interface": [}]}', 2, "broken JSON"),
    "deep": ("[" * 100_000, 1, "JSON that no tool"),
    "shape": ('{"lldp": {"interface": {"eth0": 7}}}', 1, "`lldp.interface[0].eth0` is no object"),
    "list": ('{"lldp": 5}', 1, "`lldp` is no object and no list"),
    "nameless": ('{"lldp": {"interface": {"eth0": {"via": "LLDP"}}}}', 1, "names neither the chassis nor the port"),
    "other": ('{"foo": 1}', 1, "neither `lldp` nor a list of links"),
    "empty": (" \n", 1, "is empty"),
    "bytes": (b"device,port\nn\xfcrnberg,1\n", 2, "a byte that is not UTF-8 (0xfc)"),
    "quote": ('device,port,far_device,far_port\na,1,b,2\n"c,1,d,2\n', 3, "broken CSV"),
    "header": ("name,colour\na,red\n", 1, "nothing that is known here"),
    "short": ("device,port,far_device,far_port\na,1,b,2\nc,1\nd\n", 3, "row without all its cells: line 3 (1 more"),
    "topology": (TOPOLOGY.replace("[10]    ", "[ten] "), 13, "no node and no port of ibnetdiscover"),
    "cut topology": (TOPOLOGY[: TOPOLOGY.index("(8f10403960985)") + 4], 26, "no node and no port of ibnetdiscover"),
    "headless": ("\n".join(["switchguid=0x1(1)", *TOPOLOGY.split("\n")[11:]]), 2, "lists ports of a node that it does not name"),
    "report": (REPORT + "SW nonsense\n", 5, "none of a port report"),
    "xlsx": (workbook(A=[["x"]])[:-200], 1, "no whole workbook"),
    "zip": (packed(), 1, "is an archive (ZIP) and no workbook"),
    "png": (b"\x89PNG\r\n\x1a\n", 1, "is a picture (PNG)"),
    "pdf": (b"%PDF-1.7\n", 1, "is a document for print (PDF)"),
    "gzip": (b"\x1f\x8b\x08\0", 1, "is packed (gzip)"),
    "links": (LINKS.replace("2   17[  ] ==(", "2   17    =="), 5, "no node and no port of iblinkinfo"),
    "headless links": (LINKS.split("\n", 1)[1], 1, "lists ports of a node that it does not name"),
    "table": (TABLE.replace("Ethernet4    sonic", "Ethernet4 sonic"), 5, "a row that is not in the columns of its header"),
    "netbox": ("ID,Label,Termination A,Termination B\n1,,swp1,nic0\n", 1, "without its columns `Device A` and `Device B`"),
    "sheet": (workbook(Cover=[["Cables", "of"], ["hall", 1]]), 1, "no sheet with a list of links (sheets: `Cover`)"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_one_message_with_its_line_and_the_others_are_read(tmp_path: Path, case: str):
    content, line, message = BROKEN[case]
    (tmp_path / "good.json").write_text(json.dumps(ONE))
    (tmp_path / "bad").write_bytes(content if isinstance(content, bytes) else content.encode())
    seen = reading.read([str(tmp_path / "bad"), str(tmp_path / "good.json")])
    assert [(f.file, f.line) for f in seen.faults] == [(str(tmp_path / "bad"), line)]
    assert message in seen.faults[0].message
    assert "good" in seen.seen["device"].to_list()


def test_a_node_whose_ports_are_cut_off_has_no_dead_ports(tmp_path: Path):
    """What stood after the cut is not down but unknown."""
    seen = observed(tmp_path, "cut.txt", TOPOLOGY[: TOPOLOGY.index("[10] ") + 9])
    assert len(seen.faults) == 1
    assert rows(seen, "device", "port", "state") == [("ISR9024 Voltaire", "#22", UP)]


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    seen = reading.read([str(tmp_path / "none.json")])
    assert [f.message for f in seen.faults] == ["cannot be read: No such file or directory"]


def test_a_cut_file_is_told_at_any_length(tmp_path: Path):
    """Whatever of a file is left, nothing but a message comes of it: no traceback, no half of a neighbour that was not sent whole."""
    whole = rows(observed(tmp_path, "w.json", SEVERAL), "device", "port", "far_device")
    text = json.dumps(SEVERAL)
    for length in range(1, len(text), 37):
        seen = observed(tmp_path, "w.json", text[:length])
        assert len(seen.faults) == 1
        assert seen.seen.is_empty()
    links = set(rows(observed(tmp_path, "t.txt", TOPOLOGY), "device", "port", "far_device", "far_port"))
    for length in range(1, len(TOPOLOGY), 53):
        cut = observed(tmp_path, "t.txt", TOPOLOGY[:length]).seen.drop_nulls("far_device")
        assert set(cut.select("device", "port", "far_device", "far_port").rows()) <= links
    assert len(whole) == 3


def test_iblinkinfo_tells_far_ends_and_states_of_every_port(tmp_path: Path):
    seen = observed(tmp_path, "links.txt", "[root@n01 ~]# iblinkinfo\n" + LINKS)
    assert seen.faults == []
    switch = "MF0;SB7700:MSB7700/U1"
    assert rows(seen, "line", "device", "port", "far_device", "far_port", "state") == [
        (3, "mgt mlx5_0", "#1", switch, "#36", UP), (5, switch, "#1", None, None, DOWN), (6, switch, "#17", "n02 HCA-1", "#1", UP),
        (7, switch, "#18", 'n,01 "x" HCA-1', "#1", UP), (8, switch, "#19", None, None, UNKNOWN),
    ]  # fmt: skip
    lines = [
        '0x248a0703006d1f90 "         MF0;SB7700:MSB7700/U1"      2   17[  ] ==( 4X      25.78125 Gbps Active/  LinkUp)==>  0xec0d9a03003d62be '
        '     4    1[  ] "n02 HCA-1" ( )',
        '0x248a0703006d1f90 "         MF0;SB7700:MSB7700/U1"      2   18[  ] ==(                Down/ Polling)==>             [  ] "" ( )',
    ]
    flat = observed(tmp_path, "flat.txt", "\n".join(lines) + "\n")
    assert flat.faults == []
    assert rows(flat, "device", "port", "far_device", "far_port", "state") == [
        (switch, "#17", "n02 HCA-1", "#1", UP),
        (switch, "#18", None, None, DOWN),
    ]


def test_the_table_of_sonic(tmp_path: Path):
    """One switch a file, or several after their prompts."""
    columns = ("device", "port", "far_device", "far_port", "far_alias", "far_mac")
    made = rows(observed(tmp_path, "leaf1.txt", TABLE), *columns)
    assert made == [
        ("leaf1", "Ethernet0", "dummy 1", "First MAC", None, "000000000001"),
        ("leaf1", "Ethernet4", "sonic3", "fortyGigE0/4", "Ethernet4", None),
        ("leaf1", "Ethernet8", None, "Ethernet1/1", None, None),
    ]
    both = observed(tmp_path, "all.txt", f"admin@leaf1:~$ show lldp table\n{TABLE}admin@leaf2:~$ lldpshow\n{TABLE}")
    assert both.whole["device"].to_list() == ["leaf1", "leaf2"]
    assert both.seen["device"].to_list() == ["leaf1"] * 3 + ["leaf2"] * 3
    assert both.faults == []


# Arista Network Test Automation, data of its tests of VerifyLLDPNeighbors; without `detail` the list of its tests' devices
EOS = {"lldpNeighbors": {"Ethernet1": {"lldpNeighborInfo": [{"chassisIdType": "macAddress", "chassisId": "001c.73a0.fc18", "systemName": "spine1.lab",
    "neighborInterfaceInfo": {"interfaceIdType": "interfaceName", "interfaceId": '"Ethernet7"', "interfaceDescription": "to leaf1"}}]},
    "Ethernet2": {"lldpNeighborInfo": [{"chassisIdType": "macAddress", "chassisId": "0000.5e00.5301", "systemName": "node1",
    "neighborInterfaceInfo": {"interfaceIdType": "macAddress", "interfaceId": "0000.5e00.5302", "interfaceId_v2": "0000.5e00.5302"}}]},
    "Ethernet3": {"lldpNeighborInfo": []}}}  # fmt: skip
BRIEF = {"lldpNeighbors": [{"port": "Ethernet1", "neighborDevice": "spine1.lab", "neighborPort": "Ethernet7", "ttl": 120}]}
# napalm-cumulus, get_lldp_neighbors of its drivers for NVUE and for NCLU
NVUE = {"swp1": {"lldp": {"neighbor": {"spine1": {"chassis": {"chassis-id": "44:38:39:22:01:7a", "system-name": "spine1"},
    "port": {"name": "swp7", "description": "to leaf1", "ttl": 120}}}}}, "swp2": {"lldp": {"neighbor": {"node1": {"chassis": {"system-name": "node1"},
    "port": {"name": "48:b0:2d:76:ee:8e"}}}}}, "eth0": {"link": {}}}  # fmt: skip
NCLU = {"swp1": {"iface_obj": {"lldp": [{"adj_hostname": "spine1", "adj_port": "swp7"}]}}, "swp2": {"iface_obj": {"lldp": None}}}
FAR = ("port", "far_device", "far_port", "far_alias", "far_mac", "far_chassis")
SWITCHES = {
    "eos": (
        EOS,
        [
            ("Ethernet1", "spine1.lab", "Ethernet7", "to leaf1", None, "001c73a0fc18"),
            ("Ethernet2", "node1", None, None, "00005e005302", "00005e005301"),
        ],
    ),
    "eapi": ({"jsonrpc": "2.0", "result": [BRIEF]}, [("Ethernet1", "spine1.lab", "Ethernet7", None, None, None)]),
    "nvue": (NVUE, [("swp1", "spine1", "swp7", "to leaf1", None, "44383922017a"), ("swp2", "node1", None, None, "48b02d76ee8e", None)]),
    "nclu": (NCLU, [("swp1", "spine1", "swp7", None, None, None)]),
}


@pytest.mark.parametrize("case", SWITCHES)
def test_json_of_switches(tmp_path: Path, case: str):
    """A file each, or one object of many by device."""
    content, wanted = SWITCHES[case]
    seen = observed(tmp_path, "leaf1.json", content)
    assert seen.faults == []
    assert rows(seen, *FAR) == wanted
    assert seen.whole["device"].to_list() == ["leaf1"]
    both = observed(tmp_path, "all.json", {"leaf1": content, "leaf2": ONE})
    assert both.faults == []
    assert both.seen["device"].to_list() == ["leaf1"] * len(wanted) + ["leaf2"]


def test_places_are_columns_of_one_line_and_rows_of_sheets(tmp_path: Path):
    """JSON without ends of lines; a workbook keeps its rows, as they are shown."""
    text = json.dumps(SEVERAL)
    seen = observed(tmp_path, "one.json", text)
    assert [text[c - 1 :].startswith(f'"{p}"') for c, p in seen.seen.select("column", "port").rows()] == [True] * 3
    assert seen.seen["line"].to_list() == [1, 1, 1]
    pretty = observed(tmp_path, "more.json", SEVERAL)
    lines = json.dumps(SEVERAL, indent=1).split("\n")
    assert all(lines[n - 1][c - 1 :].startswith(f'"{p}"') for n, c, p in pretty.seen.select("line", "column", "port").rows())
    book = observed(tmp_path, "l.xlsx", workbook(Cables=[["Device", "Port", "Far device", "Far port"], ["a", "1", "b", "2"], ["c", "", "d", 4]]))
    assert book.lines[str(tmp_path / "l.xlsx"), "Cables"][1:] == ["a | 1 | b | 2", "c |  | d | 4"]
    assert [(f.line, f.sheet) for f in book.faults] == [(3, "Cables")]


def test_what_comes_through_a_pipe_is_read_like_a_file(tmp_path: Path):
    seen = reading.read(["leaf7=-", str(tmp_path / "none")], json.dumps(ONE).encode())
    assert rows(seen, "device", "port") == [("leaf7", "eth0")]
    listed = reading.read(["-"], b"device,port,far_device,far_port\r\na,1,b,2\r\n")
    assert rows(listed, "device", "far_device") == [("a", "b")]
    assert listed.lines["-", ""][1] == "a,1,b,2"
    assert [f.message for f in reading.read(["-"], b"").faults] == ["is empty"]


def test_the_table_of_cables_that_netbox_exports(tmp_path: Path):
    """NetBox 4, dcim/tables/cables.py: a cell has the ends of a side with commas between them, in no order, and each of their devices once."""
    head = "ID,Label,Termination A,Termination B,Device A,Device B,Rack A,Rack B,Location A,Location B,Site A,Site B,Status,Profile,Type,Length\n"
    cables = [
        '1,x,nic0/p0,swp1,h1,leaf1,R1,R2,,,s,s,Connected,,AOC,"3.0 Meters"',
        '2,x,"nic1/p0,nic1/p0",swp2,"h1,h2",leaf1,"R1,R3",R2,,,s,s,Planned,,,',
        '3,x,"nic2/p0,nic3/p0",swp3,h1,leaf1,R1,R2,,,s,s,Connected,,,',
        '4,x,"swp4s0,swp4s1","swp5s0,swp5s1",leaf1,leaf2,R2,R2,,,s,s,Connected,,,',
        '5,x,"nic2/p0,nic3/p0",swp3,"h1,h2",leaf1,R1,R2,,,s,s,Connected,,,',
    ]
    seen = observed(tmp_path, "cables.csv", head + "\n".join(cables) + "\n")
    assert rows(seen, "line", "device", "port", "far_device", "far_port") == [
        (2, "h1", "nic0/p0", "leaf1", "swp1"), (3, "h1", "nic1/p0", "leaf1", "swp2"), (3, "h2", "nic1/p0", "leaf1", "swp2"),
        (4, "h1", "nic2/p0", "leaf1", "swp3"), (4, "h1", "nic3/p0", "leaf1", "swp3"),
    ]  # fmt: skip
    assert [f.message for f in seen.faults] == [
        "has a cable of several ends at both sides, of which it does not say which meets which: line 5 (1 more are like it)"
    ]
    assert seen.seen["state"].unique().to_list() == [UNKNOWN]


def test_cables_of_power_alone_are_no_links_and_no_fault(tmp_path: Path):
    """NetBox' form for import, as rack cables are exported where racks have cords alone."""
    head = "side_a_device,side_a_type,side_a_name,side_b_device,side_b_type,side_b_name,type,status"
    seen = observed(tmp_path, "cords.csv", f"{head}\nh1,dcim.powerport,psu0,pdu-01,dcim.poweroutlet,outlet1,power,planned\n")
    assert (seen.seen.height, seen.faults) == (0, [])


def test_cables_of_netbox_have_their_places(tmp_path: Path):
    """Its REST interface, on one line and on many."""
    sides = [{f"{s}_terminations": [{"object": {"device": {"name": f"{s}{i}"}, "name": "p"}}] for s in "ab"} for i in range(3)]
    for indent in (None, 1):
        text = json.dumps({"results": sides}, indent=indent)
        seen = observed(tmp_path, f"rest-{indent}.json", text).seen
        lines = text.split("\n")
        assert seen["device"].to_list() == ["a0", "a1", "a2"]
        assert [lines[n - 1][c - 1 :].startswith('"a_terminations"') for n, c in seen.select("line", "column").rows()] == [True] * 3
        assert seen.select("line", "column").n_unique() == 3
