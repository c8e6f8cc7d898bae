"""Names as the field has them: of adapters, ports, plugs and devices; what nobody can name is told once and is no order to touch a cable."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from tests.verify.conftest import HALLS, Built, Link, Plug, built

from rackwright.export import cables_xlsx, cut_sheets, port_maps, sonic, workbook
from rackwright.export.only import Only
from rackwright.flow.compile import compile_text
from rackwright.verify import reading
from rackwright.verify.check import Checked, check, stable_id
from rackwright.verify.designed import Designed, designed

# NVIDIA UFM Cable Validation Tool 1.4 and 1.5: "P2P File" (numbers of ports, split ports, `sw1p1`), "Topo File" (`mlx5_0/P1`, `P62`), "Optional
# Files" (`mlx5_0` for port 1 and on, `HCA-X`); NVIDIA MLNX-OS, "InfiniBand Interface" (slot, cage and port)
ADAPTERS = ["mlx5_{0}", "HCA-{1}", "HCA-{1}/1", "mlx5_{0}/1", "mlx5_{0}/P1", "hca-{1}", "{1}"]
SWITCHES = ["{c}/{p}", "{n}", "P{n}", "sw{c}p{p}", "IB1/{c}/{p}"]
GAPS = [0, 3, 4, 5, 6, 9, 10, 11]  # numbers of eight adapters where those of other networks are counted in between


def names(made: Checked) -> list[str]:
    return [f.name for f in made.findings]


def rails(ib: Built) -> dict[Plug, int]:
    """Number from 0 of each adapter of each host."""
    found: dict[str, set[str]] = {}
    for (host, port), _ in ib.links:
        if port.startswith("nic"):
            found.setdefault(host, set()).add(port)
    return {(h, p): i for h, own in found.items() for i, p in enumerate(sorted(own, key=lambda p: int(p[3:].split("/")[0])))}


def renamed(links: list[Link], call: dict[str, str]) -> list[Link]:
    return [((call.get(a, a), p), (call.get(b, b), q)) for (a, p), (b, q) in links]


def swapped_rails(ib: Built) -> list[int]:
    hosts = ib.find(host=True)
    own = [i for i in hosts if ib.links[i][0][0] == ib.links[hosts[0]][0][0]]
    ib.swap(own[0], own[5])
    return [own[0], own[5]]


@pytest.mark.parametrize(("adapter", "switch"), [*((a, SWITCHES[0]) for a in ADAPTERS), *((ADAPTERS[0], s) for s in SWITCHES[1:])])
def test_two_rails_of_a_host_exchanged_are_found_by_every_name_of_adapters_and_ports(ib: Built, adapter: str, switch: str):
    whole, order = list(ib.links), rails(ib)
    touched = swapped_rails(ib)

    def say(plug: Plug) -> Plug:
        if plug in order:
            return (plug[0], adapter.format(order[plug], order[plug] + 1))
        c, p = map(int, plug[1].split("/"))
        return (plug[0], switch.format(c=c, p=p, n=2 * (c - 1) + p))

    made = ib.check(ib.csv("Rack,U,Name,HCA/Port,Rack,U,Name,Port", links=[]), ib.csv(links=[(say(a), say(b)) for a, b in ib.links]))
    assert {f.subject for f in made.findings} == {stable_id(*whole[i][0], *whole[i][1]) for i in touched}
    assert made.findings[0].help.startswith("These two ends are exchanged")
    assert (made.work.jobs, made.coverage[0].by_device) == (1, 0)
    assert made.coverage[0].links["right"] == len(whole) - 2


def test_adapters_counted_beyond_those_of_the_design_want_a_map(ib: Built):
    """Without one they stand for no port where too few machines tell, which is told; with one an exchange is found."""
    order, host = rails(ib), ib.links[ib.find(host=True)[0]][0][0]
    swapped_rails(ib)
    calls = [((a[0], f"mlx5_{GAPS[order[a]]}") if a in order else a, b) for a, b in ib.links]
    own = [link for link in calls if link[0][0] == host]
    blind = ib.check(ib.csv(links=own))
    assert names(blind) == ["not-judged"]
    assert "which has 8 here" in blind.findings[0].message
    assert blind.coverage[0].by_device == len(own)
    table = ib.file("hca.csv", "port,hca-name\n" + "".join(f"{i + 1},mlx5_{n}\n" for i, n in enumerate(GAPS)))
    assert names(ib.check(ib.csv(links=own), table)) == ["incorrect-cabling"] * 2
    assert names(ib.check(ib.csv(links=calls))) == ["incorrect-cabling"] * 2


def test_a_machine_whose_ports_are_cabled_unlike_those_of_its_kind_is_found(pod: Built):
    """Names of the operating system, the same on all hosts; nothing where they are on many hosts another way round."""
    order = rails(pod)
    whole, touched = list(pod.links), swapped_rails(pod)
    made = pod.check(pod.csv(links=[((a[0], f"ens{order[a]}np0") if a in order else a, b) for a, b in pod.links]))
    assert {f.subject for f in made.findings} == {stable_id(*whole[i][0], *whole[i][1]) for i in touched}
    assert made.findings[0].help.endswith("a list `device,port,alias` says otherwise.")
    assert (made.work.jobs, made.coverage[0].by_device) == (1, 0)
    turn = {host: 3 * (i % 2) for i, host in enumerate(sorted({h for h, _ in order}))}
    mixed = pod.check(pod.csv(links=[((a[0], f"ens{order[a] + turn[a[0]]}np0") if a in order else a, b) for a, b in whole]))
    assert mixed.findings == []
    assert mixed.coverage[0].by_device > len(order) // 2


def test_neighbours_that_send_mac_addresses_alone_are_not_known(pod: Built):
    """As adapters do whose firmware speaks LLDP. With a table of addresses they are judged."""
    hosts = pod.find(host=True)
    macs = {pod.links[i][0]: f"00005e{i:06x}" for i in hosts}
    pod.swap(hosts[0], hosts[37])
    view: dict[str, list[dict[str, object]]] = {}
    for near, far in ((b, a) for a, b in pod.links if a in macs):
        told = [{"id": [{"type": "mac", "value": macs[far]}]}]
        view.setdefault(near[0], []).append({"name": near[1], "via": "LLDP", "chassis": told, "port": told})
    seen = pod.file("macs.json", json.dumps({d: {"lldp": [{"interface": rows}]} for d, rows in view.items()}))
    made = pod.check(seen)
    assert [(f.name, f.severity) for f in made.findings if f.code != "VER203"] == [("not-judged", "warning")]
    assert "`device,port,mac`" in made.findings[0].help
    assert made.coverage[0].links["not known"] == made.coverage[0].unknown == len(hosts)
    assert not any(s.kind == "move" for s in made.work.steps)
    table = pod.file("table.csv", "device,port,mac\n" + "".join(f"{d},{p},{mac}\n" for (d, p), mac in macs.items()))
    assert [n for n in names(pod.check(seen, table)) if n != "no-neighbour"] == ["incorrect-cabling"] * 2


def test_names_of_hosts_that_nobody_knows_are_told_once_with_what_they_likely_are(pod: Built):
    """The likely names, given back as a list, let the exchange of two plugs be seen."""
    hosts = pod.find(host=True)
    call = {h: f"gpu-{h[4:].lower()}.corp" for h in {pod.links[i][0][0] for i in hosts}}
    pod.swap(hosts[0], hosts[37])
    listed = pod.csv(links=renamed(pod.links, call))
    for files in ([listed], [pod.csv(links=[(b, a) for a, b in renamed(pod.links, call)])]):
        made = pod.check(*files)
        assert [(f.name, f.severity) for f in made.findings] == [("device-not-in-design", "warning")]
        assert made.work.jobs == 0
        assert made.coverage[0].links["not known"] == len(hosts)
        assert dict(made.likely) == call
        assert "`device,alias`" in made.findings[0].help
    known = pod.check(listed, pod.file("names.csv", "device,alias\n" + "".join(f"{d},{a}\n" for d, a in made.likely)))
    assert names(known) == ["incorrect-cabling"] * 2


def test_another_machine_where_one_that_is_met_elsewhere_should_be_is_wrong(pod: Built):
    near, far = pod.links[0]
    made = pod.check(pod.csv(links=[(("old-7", "eth0"), far), *pod.links[1:]]))
    assert set(names(made)) == {"incorrect-cabling", "device-not-in-design"}
    wrong = next(f for f in made.findings if f.name == "incorrect-cabling")
    assert wrong.subject == stable_id(*near, *far)
    assert "If `old-7` is another name of what should be there, list it (`device,alias`)." in wrong.help


def test_a_name_that_many_devices_of_the_design_have_wants_its_rack(pod: Built):
    called = dict(pod.designed.devices.select("end", "device").iter_rows())
    hosts = {pod.links[i][0][0] for i in pod.find(host=True)}
    made = pod.check(pod.csv(links=renamed(pod.links, {h: called[h] for h in hosts})))
    assert names(made) == ["device-not-in-design"]
    assert re.match(r"`dgx-\d+` is the name of \d+ devices: write the rack too, as in `[^`]+/dgx-\d+`\. A list", made.findings[0].help)


def test_ports_that_have_names_of_their_own_on_every_machine_are_not_judged(pod: Built):
    """As management controllers have: one name for one link, and the machine is met by its own name at all its others."""
    near = {i for i, (a, _) in enumerate(pod.links) if a[1] == "nic7/p0/2"}
    made = pod.check(pod.csv(links=[((f"bmc-{i}", "eth0"), b) if i in near else (a, b) for i, (a, b) in enumerate(pod.links)]))
    assert names(made) == ["device-not-in-design"]
    assert (made.work.jobs, made.coverage[0].links["not known"]) == (0, len(near))


def test_where_a_sheet_says_that_a_device_stands_is_a_name_too(ib: Built):
    """NVIDIA's InfiniBand sheet: rack and unit right, names the customer's."""
    swapped_rails(ib)
    at = {end: (rack, u) for end, rack, u in ib.designed.devices.select("end", "rack", "u").iter_rows()}
    rows = [",".join(f"{at[d][0]},{at[d][1]},x{d[-5:]},{p}" for d, p in link) for link in ib.links]
    made = ib.check(ib.file("p2p.csv", "\n".join(["Rack,U,Name,HCA/Port,Rack,U,Name,Port", *rows]) + "\n"))
    assert names(made) == ["incorrect-cabling"] * 2
    assert made.coverage[0].share == 100


@pytest.mark.parametrize("export", [cut_sheets, port_maps, cables_xlsx, workbook])
def test_our_own_sheets_given_back_are_the_hall_as_designed(pod: Built, export: object):
    for path, make in export.files_of(pod.designed.tables, Only()):
        pod.file(path.rpartition("/")[2], make())
    made = pod.check(str(pod.folder))
    assert made.findings == []
    assert made.coverage[0].links["right"] == len(pod.links)


def sheet(pod: Built) -> Iterator[list[str]]:
    for _, make in cut_sheets.files_of(pod.designed.tables, Only()):
        yield from (line.split(",") for line in make().decode().splitlines())


def test_a_cut_sheet_that_comes_back_with_two_cables_exchanged_says_which(pod: Built):
    """Plugs of two links, as sheet and labels name them, make wrong links of both and one job."""
    rows = list(sheet(pod))
    head = rows[0]
    b = slice(head.index("b_hall"), head.index("b_port") + 1)
    is_cage = re.compile(r"swp\d+")
    cage = [r for r in rows[1:] if all(is_cage.fullmatch(r[head.index(c)]) for c in ("a_port", "b_port"))]
    one = cage[0]
    two = next(r for r in cage if r[head.index("a_device")] == one[head.index("a_device")] and r[b] != one[b])
    one[b], two[b] = two[b], one[b]
    made = pod.check(pod.file("cut.csv", "\n".join(map(",".join, rows)) + "\n"))
    assert names(made) == ["incorrect-cabling"] * 4
    assert made.work.jobs == 1
    assert {s.plug.rpartition(":")[2] for s in made.work.steps} <= {r[head.index(c)] for r in (one, two) for c in ("a_port", "b_port")}


def test_plugs_by_the_names_of_labels_stand_for_their_links(pod: Built):
    labels = pod.designed.links["label"].unique(maintain_order=True)
    rows = [tuple(tuple(end.split(":")) for end in label.split("--")) for label in labels]
    made = pod.check(pod.csv(links=rows))
    assert made.findings == []
    assert made.coverage[0].links["right"] == len(pod.links)


def test_two_machines_in_each_others_place_are_one_job(pod: Built):
    one, two = sorted({pod.links[i][0][0] for i in pod.find(host=True)})[:2]
    pod.links = renamed(pod.links, {one: two, two: one})
    made = pod.check(pod.lldp())
    assert names(made) == ["incorrect-cabling"]
    n = sum(link[0][0] == one for link in pod.links)
    assert f"{one} and {two} are exchanged, or their names are: all {n} cables seen of {one} are at the ports of {two}" in made.findings[0].message
    assert made.findings[0].help.startswith(f"{one} and {two} are exchanged, or their names are")
    assert made.work.jobs == 1
    assert {s.findings for s in made.work.steps} == {made.findings[0].subject} == {stable_id(one, "", two, "")}
    assert made.coverage[0].links["wrong"] == 2 * n
    pod.links = renamed(pod.links, {one: two, two: one})
    own = [i for i in pod.find(host=True) if pod.links[i][0][0] == one]
    other = [i for i in pod.find(host=True) if pod.links[i][0][0] == two]
    for i, j in zip(own[:2], other[:2], strict=True):
        pod.swap(i, j)
    assert "their names" not in pod.check(pod.lldp()).findings[0].help


def test_a_device_by_any_of_its_names_is_one_at_free_ports_too(pod: Built):
    """In small letters, with a domain, from both sides: one finding with the id of the plain names."""
    hosts = sorted({pod.links[i][0][0] for i in pod.find(host=True)})
    a, b = (hosts[0], "nic99/p0"), (hosts[-1], "nic98/p0")
    plain = pod.check(pod.csv(links=[(a, b)]))
    says = {a[0]: f"{a[0].lower()}.corp.example", b[0]: f"{b[0]}.corp.example"}
    made = pod.check(pod.csv(links=[*renamed([(a, b)], says), *renamed([(b, a)], {b[0]: b[0].lower()})]))
    assert names(plain) == names(made) == ["unexpected-connection"]
    assert plain.findings[0].subject == made.findings[0].subject == stable_id(*a, *b)


def test_ports_in_any_case_are_the_same(pod: Built):
    made = pod.check(pod.csv(links=[((a, p.upper()), (b, q.upper())) for (a, p), (b, q) in pod.links]))
    assert made.findings == []
    assert made.coverage[0].by_device == 0


def test_connections_of_devices_that_the_design_joins_by_names_nobody_knows_are_no_orders(ib: Built):
    made = ib.check(ib.csv(links=[((a, f"port-{i}"), (b, f"Eth-{i}")) for i, ((a, _), (b, _)) in enumerate(ib.links)]))
    assert names(made) == ["not-judged"]
    assert "`device,port,alias`" in made.findings[0].help
    assert (made.work.jobs, made.coverage[0].ends_seen) == (0, 0)


HEAD = "device,port,far_device,far_port\n"
TOLD = {
    "no near port": (HEAD + "{a},,{b},{q}\n", "VER101", "a row without all its cells: line 2"),
    "no far port": (HEAD + "{a},{p},{b},\n", "VER101", "a row without all its cells: line 2"),
    "no port": (HEAD + "{a},,{b},\n", "VER101", "a row without all its cells: line 2"),
    "header": (HEAD, "VER101", "a header and no rows"),
    "state": ("device,port,state\n{a},{p},\n{a},{p},dwn\n{a},{p},broken\n", "VER101", "not known, `dwn`: line 3 (1 more are like it)"),
    "mac": ("device,port,mac\n{a},{p},zz:zz\n", "VER101", "MAC address that is none, `zz:zz`: line 2"),
    "alias twice": ("device,alias\n{a},h\n{b},h\n", "VER101", "one name to two devices: `h` for `{b}`, line 3"),
    "alias of none": ("device,alias\nnope,h\n", "VER102", "`h` for `nope`, line 2"),
    "state of none": ("device,port,state\nnope,1,up\n", "VER102", "`nope`: no such device"),
    "labels": ("label,end,near,far,qr,hall,rack,u,device,port\nx,a,y,z,x,1,2,3,{a},{p}\n", "VER101", "no links with both their ends"),
    "binary": ("\0\1\2", "VER101", "is no text"),
}


@pytest.mark.parametrize("case", TOLD)
def test_what_says_nothing_is_one_message_and_never_silence(pod: Built, case: str):
    content, code, message = TOLD[case]
    (a, p), (b, q) = pod.links[0]
    made = pod.check(pod.file("x.csv", content.format(a=a, b=b, p=p, q=q)))
    assert [f.code for f in made.findings] == [code]
    assert message.format(a=a, b=b) in made.findings[0].message
    assert made.coverage[0].ends_seen == 0


def test_a_folder_without_files_and_one_of_configurations_are_one_message_each(pod: Built):
    folder = pod.folder / "none"
    folder.mkdir()
    assert [f.code for f in pod.check(str(folder)).findings] == ["VER101"]
    for i, (_, make) in enumerate(sonic.files_of(pod.designed.tables, Only())):
        (folder / f"{i}.json").write_bytes(make())
    made = pod.check(str(folder))
    assert [f.code for f in made.findings] == ["VER101"]
    assert "more files: each is a configuration of SONiC" in made.findings[0].message


def test_several_neighbours_have_the_id_of_their_link(pod: Built):
    near, far = pod.links[0]
    made = pod.check(pod.csv(links=[(near, far), (near, pod.links[1][1])]))
    assert [(f.code, f.subject) for f in made.findings] == [("VER205", stable_id(*near, *far))]


def test_fewer_ends_than_wanted_are_an_error_and_shares_are_not_rounded_up(pod: Built):
    seen = reading.read([pod.csv(links=pod.links[1:])])
    made = check(pod.designed.tables, seen, least=100.0)
    assert [(f.code, f.severity) for f in made.findings] == [("VER104", "error")]
    assert f"{2 * len(pod.links) - 2:,} of {2 * len(pod.links):,} ends were seen (99.9 %)" in made.findings[0].message
    assert check(pod.designed.tables, seen, least=99.0).findings == []


SPLIT = """\
hall: split
designs: {storage: ../racks/storage-6x8.yaml}
floor: {rows: 1, places: 4, pitch: 700 mm}
racks: {storage: {design: storage, count: 1}}
fabrics:
  storage: {topology: node-local, ports: [storage.hca], switch: nvidia/qm9700, spines: 1, breakout: 2}
"""


@pytest.mark.parametrize("legs", [1, 2])
def test_plugs_of_splitters_are_exchanged_at_the_side_that_mends_what_is_wrong(tmp_path: Path, legs: int):
    """Both legs of two cables: their plugs at the switch, one each. One leg of either: plugs at the hosts, as the other legs are right."""
    d = designed(compile_text(SPLIT, folder=HALLS).tables)
    name = d.devices["end"]
    links = [((name[a], p), (name[b], q)) for a, p, b, q in d.links.select("a_dev", "a_port", "b_dev", "b_port").iter_rows()]
    split = Built(d, links, tmp_path)
    cables = list(dict.fromkeys(d.links.filter((pl.col("leg") > 0) & pl.col("a_port").str.starts_with("hca"))["label"]))
    one, two = ([i for i, label in enumerate(d.links["label"]) if label == cable] for cable in (cables[0], cables[-1]))
    for i, j in list(zip(one, two, strict=True))[:legs]:
        split.swap(i, j)
    made = split.check(split.csv())
    assert len(made.findings) == 2 * legs
    assert made.work.jobs == 1
    plugs = {s.plug for s in made.work.steps}
    assert plugs == set(d.links["a_plug"].gather([one[0], two[0]]) if legs == 1 else d.links["b_plug"].gather([one[0], two[0]]))


TWO = """\
hall: two
designs: {box: ../racks/dgx-h100-x4.yaml@b300-pod}
floor: {rows: 2, places: 6, pitch: 700 mm}
racks: {box: {design: box, count: 2}}
fabrics:
  backend: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/sn5600, planes: 2, spines: 1}
  oob: {topology: tree, ports: [dgx.bmc], switch: nvidia/sn2201, spine: nvidia/sn4600c}
"""


@pytest.fixture(name="two")
def _two(two_networks: Designed, tmp_path: Path) -> Built:
    return built(two_networks, tmp_path)


@pytest.fixture(name="two_networks", scope="module")
def _two_networks() -> Designed:
    """A hall of two networks, one of them copper."""
    return designed(compile_text(TWO, folder=HALLS).tables)


def test_machines_exchanged_in_one_of_their_networks_are_one_finding(two: Built):
    """All cables of the one network, and none of the other: it is not their names."""
    is_data = {(a[0], a[1]) for a, _ in two.links if a[1].startswith("nic")}
    one, other = sorted({a for a, _ in is_data})[:2]
    call = {one: other, other: one}
    two.links = [((call.get(a[0], a[0]), a[1]) if a in is_data else a, b) for a, b in two.links]
    made = two.check(two.csv())
    assert names(made) == ["incorrect-cabling"]
    assert f"{one} and {other} are exchanged in backend: all 16 cables" in made.findings[0].message
    assert made.findings[0].help == (
        f"{one} and {other} are exchanged in backend, and not in oob. Exchange their plugs of backend, each with that of the same name."
    )
    assert made.work.jobs == 1


@pytest.mark.parametrize("says", ["{}", "ens{}np0"])
def test_adapters_exchanged_as_wholes_are_one_finding(pod: Built, says: str):
    """Both planes of two adapters, by our names and by those of the operating system."""
    near = [a for a, _ in pod.links if a[1].startswith("nic")]
    host = near[0][0]
    ports = sorted({p for h, p in near if h == host})
    turn = {(host, p): (host, p.replace("nic0", "nic5") if p.startswith("nic0/") else p.replace("nic5", "nic0")) for p in ports if p[3] in "05"}
    order = {p: i for i, p in enumerate(ports)}
    wired = [(turn.get(a, a), b) for a, b in pod.links]
    made = pod.check(pod.csv(links=[((a[0], says.format(a[1] if says == "{}" else order[a[1]])) if a[1] in order else a, b) for a, b in wired]))
    assert names(made) == ["incorrect-cabling"]
    assert f"nic0 and nic5 of {host} are exchanged, or the names are others" in made.findings[0].message
    assert made.findings[0].help.endswith("says otherwise.") is (says != "{}")
    assert (made.work.jobs, made.findings[0].subject) == (1, stable_id(host, "nic0/p0/1", host, "nic5/p0/2"))
    assert {s.plug for s in made.work.steps} == {f"{host}:{p}" for _, p in turn}


def test_a_link_of_copper_is_mended_without_cleaning_optics(two: Built):
    rows = [next(a for a, _ in two.links if a[1].startswith(word)) for word in ("nic", "bmc")]
    made = two.check(two.file("s.csv", "device,port,state\n" + "".join(f"{d},{p},down\n" for d, p in rows)))
    assert sorted("optics" in f.help for f in made.findings) == [False, True]


def test_ports_that_a_device_does_not_have_are_told_with_what_was_meant(pod: Built):
    """At one end of a cable, and at both; nobody is told to move a plug there."""
    (near, far), other = pod.links[0], pod.links[-1][1][0]
    made = pod.check(pod.csv(links=[(near, (far[0], "swp1s7")), ((far[0], "swp99"), (other, "swp98s0"))]))
    assert [f.code for f in made.findings] == ["VER202", "VER204"]
    assert made.findings[0].help == (
        f"{far[0]} has no port `swp1s7` in the design; did you mean `swp1s1`? "
        f"See where the cable from {':'.join(near)} goes; it should go to {':'.join(far)}."
    )
    assert f"{far[0]} has no port `swp99` in the design" in made.findings[1].help
    assert f"{other} has no port `swp98s0` in the design; did you mean `swp9s0`?" in made.findings[1].help
    assert {s.kind for s in made.work.steps} == {"ask"}


def test_adapters_turned_by_one_on_a_machine_are_one_finding_that_says_where_each_is(ib: Built):
    """One link each, by names of the operating system that its siblings have too."""
    order = rails(ib)
    host = ib.links[ib.find(host=True)[0]][0][0]

    def say(plug: Plug) -> Plug:
        return (plug[0], f"ibs{(order[plug] + (plug[0] == host)) % 8}") if plug in order else plug

    made = ib.check(ib.csv(links=[(say(a), say(b)) for a, b in ib.links]))
    assert names(made) == ["incorrect-cabling"]
    assert f"at {host} the cables of nic0 are at nic1, nic1 are at nic2" in made.findings[0].message
    assert (made.work.jobs, made.coverage[0].links["wrong"]) == (1, 8)
