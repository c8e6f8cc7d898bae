"""Faults planted in a hall that is else wired as designed: those are found, named by both ends and put into one job, and nothing else is."""

from __future__ import annotations

import json
import random

import numpy as np
import polars as pl
import pytest
from tests.verify.conftest import Built

from rackwright.export import expected_neighbours, sonic
from rackwright.export.only import Only
from rackwright.flow.compile import compile_file
from rackwright.verify import reading
from rackwright.verify.check import Checked, check, stable_id
from rackwright.verify.compare import compared
from rackwright.verify.designed import Designed, designed
from rackwright.verify.jobs import _rings, jobs
from rackwright.verify.match import matched


def names(made: Checked) -> list[str]:
    return [f.name for f in made.findings]


def word(plug: tuple[str, str]) -> str:
    return ":".join(plug)


def test_a_hall_wired_as_designed_has_no_findings_and_is_seen_whole(pod: Built):
    made = pod.check(pod.lldp())
    every = made.coverage[0]
    assert (made.findings, made.work.jobs) == ([], 0)
    assert every.ends == every.ends_seen == 2 * len(pod.links)
    assert every.links["right"] == len(pod.links)


def test_two_exchanged_ends_are_named_and_make_one_job(pod: Built):
    hosts = pod.find(host=True)
    one, two = pod.links[hosts[0]], pod.links[hosts[37]]
    pod.swap(hosts[0], hosts[37])
    made = pod.check(pod.lldp())
    assert names(made) == ["incorrect-cabling"] * 2
    found = made.findings[0]
    assert found.message == (
        f"incorrect cabling: {word(one[0])} goes to {word(two[1])} and should go to {word(one[1])}, which goes to {word(two[0])}"
    )
    assert found.help.startswith("These two ends are exchanged: ")
    assert made.work.jobs == 1
    assert {s.plug for s in made.work.steps} in ({word(one[1]), word(two[1])}, {word(one[0]), word(two[0])})


def test_one_witness_is_enough_and_what_nobody_saw_is_no_fault(pod: Built):
    """Only one leaf tells anything: of its own ports and so of their far ends."""
    hosts = pod.find(host=True)
    leaf = pod.links[hosts[0]][1][0]
    own = [i for i in hosts if pod.links[i][1][0] == leaf]
    pod.swap(own[0], own[5])
    made = pod.check(pod.lldp([leaf]))
    assert names(made) == ["incorrect-cabling"] * 2
    every = made.coverage[0]
    mine = [link for link in pod.links if leaf in (link[0][0], link[1][0])]
    assert every.links["right"] == len(mine) - 2
    assert every.links["not seen"] == len(pod.links) - len(mine)


def test_half_an_exchange_is_told_as_probable(pod: Built):
    """Nobody saw the second cable."""
    hosts = pod.find(host=True)
    one, two = pod.links[hosts[3]], pod.links[hosts[50]]
    made = pod.check(pod.csv(links=[(one[0], two[1])]))
    assert names(made) == ["incorrect-cabling"] * 2
    assert all(f.help.startswith("These two ends are probably exchanged") for f in made.findings)
    assert made.work.jobs == 1


def test_three_cables_in_a_ring_are_one_job(pod: Built):
    hosts = pod.find(host=True)
    a, b, c = (hosts[i] for i in (2, 40, 90))
    (pa, qa), (pb, qb), (pc, qc) = (pod.links[i] for i in (a, b, c))
    pod.links[a], pod.links[b], pod.links[c] = (pa, qb), (pb, qc), (pc, qa)
    made = pod.check(pod.lldp())
    assert names(made) == ["incorrect-cabling"] * 3
    assert made.work.jobs == 1
    assert all("3 cables are in each other's ports" in f.help for f in made.findings)


def test_plugs_of_a_cable_of_two_links_are_exchanged_as_wholes(pod: Built):
    """A twin-port cable between leaf and spine has two links; its plug in the wrong cage makes two wrong links and, with the other cable, one job."""
    labels = pod.designed.links["label"]
    between = pod.find(host=False)
    first = between[0]
    twin = [i for i in between if labels[i] == labels[first]]
    other = next(
        [j for j in between if labels[j] == labels[i]] for i in between if labels[i] != labels[first] and pod.links[i][0][0] == pod.links[first][0][0]
    )
    assert len(twin) == len(other) == 2
    for i, j in zip(twin, other, strict=True):
        pod.swap(i, j)
    made = pod.check(pod.lldp())
    assert names(made) == ["incorrect-cabling"] * 4
    assert made.work.jobs == 1
    plugs = {s.plug for s in made.work.steps}
    assert len(plugs) == 2
    assert not any(p.endswith(("s0", "s1")) for p in plugs)


def test_branches_crossed_inside_a_cable_mean_another_cable(pod: Built):
    labels = pod.designed.links["label"]
    between = pod.find(host=False)
    i, j = (k for k in between if labels[k] == labels[between[0]])
    pod.swap(i, j)
    made = pod.check(pod.lldp())
    assert names(made) == ["incorrect-cabling"] * 2
    assert [s.kind for s in made.work.steps] == ["crossed", "crossed"]


def test_a_plug_in_a_port_that_is_free_in_the_design_is_moved(pod: Built):
    leaf = pod.links[pod.find(host=True)[0]][1][0]
    used = {p.removesuffix("s0").removesuffix("s1") for link in pod.links for d, p in link if d == leaf}
    free = next(f"swp{n}" for n in range(1, 65) if f"swp{n}" not in used)
    near, far = pod.links[pod.find(host=True)[0]]
    pod.links[pod.find(host=True)[0]] = (near, (leaf, f"{free}s0"))
    made = pod.check(pod.lldp())
    assert names(made) == ["incorrect-cabling"]
    assert f"{word(near)} goes to `{leaf}:{free}s0` and should go to {word(far)}" in made.findings[0].message
    assert made.findings[0].help == f"Move the plug that goes from {word(near)} to {leaf}:{free}s0 into {word(far)}."


def test_an_unexpected_connection_of_two_devices_of_ours_is_an_error(pod: Built):
    hosts = sorted({pod.links[i][0][0] for i in pod.find(host=True)})
    a, b = hosts[0], hosts[-1]
    made = pod.check(pod.csv(links=[((a, "usb0"), (b, "usb1"))]))
    assert [(f.name, f.severity) for f in made.findings] == [("unexpected-connection", "error")]
    assert made.findings[0].subject == stable_id(a, "usb0", b, "usb1")
    other = pod.check(pod.csv(links=[((a, "usb0"), ("printer", "1"))]))
    assert [(f.name, f.severity) for f in other.findings] == [("unexpected-connection", "warning")]


@pytest.mark.parametrize(
    ("state", "wanted"),
    [("down", "link-down"), ("no carrier", "link-down"), ("LowerLayerDown", "link-down"), ("up", "no-neighbour"), ("dormant", None)],
)
def test_a_port_without_a_neighbour_is_judged_by_its_state(pod: Built, state: str, wanted: str | None):
    near, _ = pod.links[0]
    made = pod.check(pod.file("ports.csv", f"device,port,state\n{near[0]},{near[1]},{state}\n"))
    assert names(made) == ([wanted] if wanted else [])


def test_a_switch_that_told_everything_tells_of_silent_ports_too(pod: Built):
    gone = pod.links.pop(pod.find(host=True)[0])
    made = pod.check(pod.lldp())
    assert [(f.name, f.severity) for f in made.findings] == [("no-neighbour", "warning")]
    assert word(gone[0]) in made.findings[0].message


def test_a_link_that_is_told_down_is_down_though_a_list_has_it(pod: Built):
    near, far = pod.links[4]
    made = pod.check(pod.csv(), pod.file("state.csv", f"device,port,state\n{far[0]},{far[1]},Down\n"))
    assert names(made) == ["link-down"]
    assert word(near) in made.findings[0].message


def test_what_netbox_calls_connected_hides_no_link_that_is_down(pod: Built):
    """Its status is what somebody wrote of the cable."""
    near, far = pod.links[4]
    state = pod.file("state.csv", f"device,port,state\n{near[0]},{near[1]},Down\n")
    kind = "dcim.interface"
    form = pod.file(
        "form.csv",
        "side_a_device,side_a_type,side_a_name,side_b_device,side_b_type,side_b_name,status\n"
        f"{near[0]},{kind},{near[1]},{far[0]},{kind},{far[1]},connected\n",
    )
    page = pod.file("page.csv", f"Device A,Termination A,Device B,Termination B,Status\n{','.join((*near, *far))},Retired\n")
    ended = {
        f"{s}_terminations": [{"object_type": kind, "object": {"device": {"name": d}, "name": p}}]
        for s, (d, p) in zip("ab", (near, far), strict=True)
    }
    rest = pod.file("rest.json", json.dumps([{"status": {"value": "connected"}, **ended}]))
    for seen in (form, page, rest):
        made = pod.check(seen, state)
        assert names(made) == ["link-down"]
        assert made.coverage[0].ends_seen == 2


def test_links_of_one_cable_that_are_down_are_one_job_with_every_plug(pod: Built):
    """Two branches of a splitter: one plug at the leaf, one at each server."""
    one = pod.find(host=True)[0]
    two = next(i for i in pod.find(host=True)[1:] if pod.links[i][1][0] == pod.links[one][1][0])
    same = pl.int_range(pl.len()).is_in([one, two])
    links = pod.designed.links
    links = links.with_columns(pl.when(same).then(pl.col(c).gather(one)).otherwise(c).alias(c) for c in ("label", "b_plug"))
    split = Designed(links, pod.designed.devices, pod.designed.tables)
    own = [pod.links[i][0] for i in (one, two)]
    state = pod.file("state.csv", "device,port,state\n" + "".join(f"{d},{p},down\n" for d, p in own))
    (job,) = jobs(split, compared(split, matched(split, reading.read([state]))), lambda *_: 0)
    plugs = [*(word(p) for p in own), links["b_plug"][one]]
    assert [p for p, _ in job.plugs] == plugs
    assert job.text.startswith(f"No link between {plugs[0]} and {plugs[1]} and {plugs[2]}: ")
    assert job.links == [one, two]


def test_the_id_of_an_end_pair_is_stable_and_the_same_from_both_ends(pod: Built):
    hosts = pod.find(host=True)
    pod.swap(hosts[0], hosts[9])
    one = pod.check(pod.lldp())
    backwards = pod.check(pod.csv(links=[link[::-1] for link in pod.links]))
    assert {f.subject for f in one.findings} == {f.subject for f in backwards.findings}
    assert stable_id("a", "1", "b", "2") == stable_id("b", "2", "a", "1")
    assert stable_id("a", "1", "b", "2") == "04813283b133"
    assert stable_id("a1", "", "b", "2") != stable_id("a", "1", "b", "2")


def test_a_neighbour_on_two_ports_is_one_message_with_both_places(pod: Built):
    hosts = pod.find(host=True)
    near, far = pod.links[hosts[0]]
    other = pod.links[hosts[1]][1]
    where = pod.csv(links=[(near, far), (near, other)])
    made = pod.check(where)
    assert names(made) == ["several-neighbours"]
    found = made.findings[0]
    assert found.severity == "warning"
    assert (found.span.file, found.span.line, found.notes[0].span.line) == (where, 2, 3)
    assert made.coverage[0].links["contradictory"] == 1


def test_names_by_domain_case_label_design_and_list_are_one_device(pod: Built):
    """A host may say its name with a domain, a switch by the design's name, and a list gives others."""
    leaf = pod.links[pod.find(host=True)[0]][1][0]
    name = pod.designed.devices.filter(pl.col("end") == leaf)["device"][0]
    host = pod.links[pod.find(host=True)[0]][0][0]
    says = {leaf: name, host: f"{host.lower()}.cluster.example.net"}
    links = [(((says.get(a[0], a[0])), a[1]), ((says.get(b[0], b[0])), b[1])) for a, b in pod.links]
    assert pod.check(pod.csv(links=links)).findings == []
    renamed = [((("node-1" if a[0] == host else a[0]), a[1]), b) for a, b in pod.links]
    assert names(pod.check(pod.csv(links=renamed)))
    listed = pod.csv(links=renamed)
    assert pod.check(listed, pod.file("names.csv", f"device,alias\n{host},node-1\n")).findings == []


def test_operating_system_names_come_from_a_list_or_from_sonic_lanes(pod: Built):
    """swp1s0 and swp1s1 are Ethernet0 and Ethernet4 where SONiC breaks a cage of eight lanes into two."""
    hosts = pod.find(host=True)
    near, far = pod.links[hosts[0]]
    assert far[1] == "swp1s0"
    second = next(link for link in pod.links if link[1] == (far[0], "swp1s1"))
    made = pod.check(pod.csv(links=[(near, (far[0], "Ethernet0")), (second[0], (far[0], "Ethernet4"))]))
    assert made.coverage[0].links["right"] == 2
    assert made.coverage[0].by_device == 0
    aliases = pod.file("ports.csv", f"device,port,alias\n{near[0]},{near[1]},enp3s0np0\n")
    wrong = pod.check(pod.csv(links=[((near[0], "enp3s0np0"), second[1])]), aliases)
    assert f"{word(near)} goes to {word(second[1])}" in wrong.findings[0].message


def test_a_port_known_by_its_mac_address_alone_is_found(pod: Built):
    """As lldpd tells it: the port's id is a MAC address and its description an interface nobody listed."""
    hosts = pod.find(host=True)
    near, _ = pod.links[hosts[0]]
    other = pod.links[hosts[20]]
    macs = pod.file("macs.csv", f"device,port,mac\n{near[0]},{near[1]},B8:CE:F6:00:00:01\n{other[0][0]},{other[0][1]},b8ce.f600.0002\n")
    pod.swap(hosts[0], hosts[20])

    def by_mac(far: tuple[str, str]) -> dict[str, object]:
        known = {near: "b8:ce:f6:00:00:01", other[0]: "b8:ce:f6:00:00:02"}
        return (
            {"id": [{"type": "mac", "value": known[far]}], "descr": [{"value": "eth9"}]}
            if far in known
            else {"id": [{"type": "ifname", "value": far[1]}]}
        )

    leaves = sorted({b[0] for _, b in pod.links})
    made = pod.check(pod.lldp(leaves, by_mac), macs)
    assert names(made) == ["incorrect-cabling"] * 2
    assert made.findings[0].help.startswith("These two ends are exchanged")


def test_an_adapter_that_speaks_beside_its_system_says_nothing_against_it(pod: Built):
    """Its firmware sends MAC addresses and no name; alone it would be a neighbour that cannot be judged."""
    (host, near), (leaf, far) = pod.links[0]
    mac = {"type": "mac", "value": "00:00:5e:00:53:01"}
    own = {far: {"via": "LLDP", "chassis": {"id": mac}, "port": {"id": mac}}}
    system = {far: {"via": "LLDP", "chassis": {host: {"id": mac}}, "port": _port(near)}}
    alone, both = (pod.check(pod.file(f"{leaf}.json", json.dumps({"lldp": {"interface": rows}}))).findings for rows in ([own], [system, own]))
    assert "not-judged" in [f.name for f in alone]
    assert {f.name for f in both} == {"no-neighbour"}  # the other ports of the leaf
    assert not [f for f in both if host in f.message and near in f.message]


def test_an_exchange_between_hosts_of_unknown_port_names_is_found(pod: Built):
    """The leaf sees another host; the one port of that host that nobody sees where it belongs must be the other end."""
    hosts = pod.find(host=True)
    one, two = pod.links[hosts[0]], pod.links[hosts[37]]
    pod.swap(hosts[0], hosts[37])
    for i in hosts:
        (host, _), far = pod.links[i]
        pod.links[i] = ((host, f"ens{i}"), far)
    for devices in (None, sorted({b[0] for _, b in pod.links})):
        made = pod.check(pod.lldp(devices))
        assert {f.subject for f in made.findings} == {stable_id(*a, *b) for a, b in (one, two)}
        assert made.findings[0].help.startswith("These two ends are exchanged")
        assert made.work.jobs == 1


def test_a_port_that_sees_itself_is_a_loop(pod: Built):
    near, far = pod.links[0]
    made = pod.check(pod.csv(links=[(near, near)]))
    assert names(made) == ["incorrect-cabling"]
    assert made.findings[0].help == f"{word(near)} sees itself: take the loop out, and put the cable to {word(far)} in."


def test_a_list_shifted_by_a_row_or_of_another_hall_ends_soon_and_tells_every_link(pod: Built):
    """Each link wrong, in one ring; or each going to a device nobody knows, which is told once and is no order to move a plug."""
    whole = list(pod.links)
    pod.links = [(a, whole[(i + 1) % len(whole)][1]) for i, (a, _) in enumerate(whole)]
    made = pod.check(pod.csv())
    assert (made.kinds, made.work.jobs, made.coverage[0].links["wrong"]) == ({"does-not-match": 1}, len(whole), len(whole))
    assert f"{len(whole):,} of {len(whole):,} links seen of backend go elsewhere than designed; is it the right hall?" in made.findings[0].message
    assert made.findings[0].help.startswith("Nearly all go where the link 1 further down should: cells of the list may have slipped.")
    pod.links = [(a, (f"{b[0]}x", b[1])) for a, b in whole]
    assert pod.check(pod.csv()).kinds == {"device-not-in-design": 1}
    pod.links = [((f"{a[0]}x", a[1]), (f"{b[0]}x", b[1])) for a, b in whole]
    assert pod.check(pod.csv()).kinds == {"device-not-in-design": 1}


def test_ports_of_a_host_by_unknown_names_count_by_their_device_and_are_told_so(pod: Built):
    hosts = pod.find(host=True)
    links = [((a[0], f"ens{i}"), b) if i in hosts else (a, b) for i, (a, b) in enumerate(pod.links)]
    made = pod.check(pod.csv(links=links))
    assert made.findings == []
    assert made.coverage[0].by_device == len(hosts)


@pytest.mark.parametrize("seed", range(6))
def test_any_mix_of_planted_exchanges_is_found_and_nothing_else(pod: Built, seed: int):
    """Exchanges of distinct cables, seen in either shape; the links told are those that were touched."""
    chance = random.Random(seed)
    touched = chance.sample(pod.find(host=True), 12)
    before = list(pod.links)
    for one, two in zip(touched[::2], touched[1::2], strict=True):
        pod.swap(one, two)
    made = pod.check(pod.lldp() if seed % 2 else pod.csv())
    wanted = {stable_id(*before[i][0], *before[i][1]) for i in touched}
    assert {f.subject for f in made.findings} == wanted
    assert made.work.jobs == 6
    assert made.coverage[0].links["right"] == len(before) - 12


def test_adapters_of_infiniband_hosts_go_by_number_by_hca_name_and_by_mapping(ib: Built):
    """A point-to-point sheet counts a host's ports from 1, as NVIDIA's default mapping does; a mapping of one's own gives other names."""
    ports: dict[str, list[str]] = {}
    for a, _ in ib.links:
        if a[1].startswith("nic"):
            ports.setdefault(a[0], []).append(a[1])
    order = {(h, p): i for h, own in ports.items() for i, p in enumerate(sorted(own, key=lambda p: int(p[3:].split("/")[0])))}
    numbered = [((a[0], str(order[a] + 1)) if a in order else a, b) for a, b in ib.links]
    assert ib.check(ib.csv(links=numbered)).findings == []
    named = [((a[0], f"ibp{order[a]}") if a in order else a, b) for a, b in ib.links]
    mapping = ib.file("hca_mapping.csv", "port,hca-name\n" + "".join(f"{i + 1},ibp{i}\n" for i in range(8)))
    made = ib.check(ib.csv(links=named), mapping)
    assert (made.findings, made.coverage[0].by_device) == ([], 0)


@pytest.mark.parametrize(("switch", "adapter"), [("{}", "{} mlx5_{}"), ("MF0;{}:MQM9700/U1", "{} HCA-{}"), ("{}", "{}:nic{}/p0")])
def test_nodes_of_a_subnet_by_what_they_say_of_themselves(ib: Built, switch: str, adapter: str):
    """The port report, with an exchange of two cables at a leaf; ports of switches counted from 1, two in each cage."""
    first = 1 if "HCA" in adapter else 0
    hosts = ib.find(host=True)
    leaf = ib.links[hosts[0]][1][0]
    own = [i for i in hosts if ib.links[i][1][0] == leaf]
    ib.swap(own[0], own[1])
    lines = []
    for a, b in ib.links:
        (da, pa), (db, pb) = (_node(*a, switch, adapter, first), _node(*b, switch, adapter, first))
        lines.append(f"SW     3 {pa:2} 0x{1:016x} 4x NDR - SW     2 {pb:2} 0x{2:016x} ( '{da}' - '{db}' )")
    made = ib.check(ib.file("ports.txt", "\n".join(lines) + "\n"))
    assert made.strangers == []
    assert names(made) == ["incorrect-cabling"] * 2
    assert made.coverage[0].links["right"] == len(ib.links) - 2


def _node(device: str, port: str, switch: str, adapter: str, first: int) -> tuple[str, int]:
    if port.startswith("nic"):
        return adapter.format(device, int(port[3:].split("/")[0]) + first), 1
    cage, leg = port.split("/")
    return switch.format(device), 2 * (int(cage) - 1) + int(leg)


def _port(name: str) -> dict[str, object]:
    return {"id": {"type": "ifname", "value": name}, "descr": name}


def test_findings_of_a_package_without_a_floor_are_found_too(examples, tmp_path):
    """A rack on its own: its management cables."""
    t = compile_file(str(examples / "gb200-nvl72.yaml"), as_of="2026-01-01").tables
    d = designed(t)
    own = d.links.filter(pl.col("fabric") == "management").head(2)
    names_of = d.devices["end"]
    (a, b), (c, e) = [((names_of[r["a_dev"]], r["a_port"]), (names_of[r["b_dev"]], r["b_port"])) for r in own.iter_rows(named=True)]
    path = tmp_path / "seen.json"
    seen = {
        near[0]: {
            "lldp": {"interface": {near[1]: {"via": "LLDP", "chassis": {far[0]: {"id": {"type": "local", "value": far[0]}}}, "port": _port(far[1])}}}
        }
        for near, far in ((b, c), (e, a))
    }
    path.write_text(json.dumps(seen))
    made = check(t, reading.read([str(path)]))
    assert [f.name for f in made.findings if f.severity == "error"] == ["incorrect-cabling"] * 2


def test_names_that_sonic_has_in_our_configurations_mean_the_ports_printed_beside_them(pod: Built):
    """`config_db.json` of every switch says which EthernetN is which port (`alias`)."""
    d = pod.designed
    meant = {(dev, alias): end for dev, alias, end in d.aliases.iter_rows()}
    number = dict(d.devices.select("end", "dev").iter_rows())
    counted = 0
    for path, make in sonic.files_of(d.tables, Only()):
        dev = number[path.split("/")[1]]
        for name, port in json.loads(make())["PORT"].items():
            if (dev, port["alias"]) in meant:
                assert meant[dev, name] == meant[dev, port["alias"]]
                counted += 1
    switches = d.devices.filter("is_switch").select("dev")
    assert counted == d.ends.join(switches, on="dev", how="semi").height


def test_names_of_sonic_do_not_hang_on_how_many_legs_of_a_cage_are_used(pod: Built):
    t = pod.designed.tables
    fewer = designed(t.put({"fabric_cables": t["fabric_cables"].gather_every(3)}))
    names = [
        {(dev, port): alias for dev, alias, port in d.aliases.join(d.ends.select("end", "port"), on="end").select("dev", "alias", "port").iter_rows()
         if alias.startswith("Ethernet")}
        for d in (pod.designed, fewer)
    ]  # fmt: skip
    assert len(names[1]) > 50
    assert names[1].items() <= names[0].items()


def test_neighbours_that_we_expect_are_what_we_find_right(pod: Built):
    """What `export expected-neighbours` writes is a hall wired as designed."""
    for path, make in expected_neighbours.files_of(pod.designed.tables, Only()):
        pod.file(path.rpartition("/")[2], make())
    made = pod.check(str(pod.folder))
    assert made.findings == []
    assert made.coverage[0].links["right"] == len(pod.links)


@pytest.mark.parametrize(("share", "kinds"), [(0.4, {"incorrect-cabling": 408}), (0.6, {"does-not-match": 1})])
def test_more_than_half_of_a_network_wrong_is_one_finding_and_every_link_a_job(pod: Built, share: float, kinds: dict[str, int]):
    whole, half = list(pod.links), len(pod.links) // 2
    pairs = int(half * share)
    for i in range(pairs):
        pod.swap(i, half + i + 3)
    made = pod.check(pod.csv())
    assert made.kinds == kinds
    assert made.coverage[0].links["wrong"] == 2 * pairs
    told = {key for step in made.work.steps for key in step.findings.split()}
    assert told == {stable_id(*a, *b) for i in range(pairs) for a, b in (whole[i], whole[half + i + 3])}


def test_most_links_of_a_network_down_or_silent_are_one_finding(pod: Built):
    rows = [f"{a},{p},{{}}" for (a, p), _ in pod.links]
    for state, kind, words in (("down", "link-down", "are down"), ("up", "no-neighbour", "have no neighbour")):
        for count in (len(rows) // 2 + 1, len(rows) // 2):
            told = pod.file("state.csv", "device,port,state\n" + "\n".join(rows[:count]).replace("{}", state) + "\n")
            made = pod.check(told)
            is_one = count > len(rows) // 2
            assert made.kinds == {kind: 1 if is_one else made.work.jobs}
            assert not is_one or f"{count:,} of {len(rows):,} links of backend {words}" in made.findings[0].message
            assert made.work.jobs >= len({b[0] for _, b in pod.links[: count // 2]}) // 2


def test_rings_are_found_up_to_their_longest(pod: Built):
    """Against a walk along each, link by link."""
    d = pod.designed
    chance = np.random.default_rng(5)
    target = np.full(2 * d.links.height, -1, np.int32)
    at = 0
    while at + 80 < d.links.height:
        size = int(chance.choice([2, 3, 5, 64, 65, 70]))
        target[2 * np.arange(at, at + size)] = 2 * np.roll(np.arange(at, at + size), 1) + 1
        if chance.random() < 0.3:
            target[2 * at] = chance.choice([-1, -2, 2 * at, 2 * at + 3])
        at += size
    starts = 2 * np.arange(at)
    made = _rings(target, starts)
    for start in starts.tolist():
        assert made[start] == _walked(target.tolist(), start)


def _walked(target: list[int], start: int) -> int:
    end, length = start, 1
    while length <= 64 and target[end] >= 0:
        if target[end] == start ^ 1:
            return length
        end, length = target[end] ^ 1, length + 1
    return 0


@pytest.mark.parametrize(("state", "kind"), [("down", "link-down"), ("up", "no-neighbour")])
def test_a_device_nearly_all_of_whose_links_are_dead_is_one_finding_and_one_job(pod: Built, state: str, kind: str):
    """Nothing else is told of its hosts, which have other links; below nine in ten the links are told."""
    leaf = pod.links[0][1][0]
    own = [i for i, (a, b) in enumerate(pod.links) if leaf in (a[0], b[0])]
    for gone in (own, own[: len(own) // 4]):
        rows = "".join(f"{a},{p},{state}\n" for a, p in (pod.links[i][0] for i in gone))
        alive = pod.csv(links=[link for i, link in enumerate(pod.links) if i not in gone])
        made = pod.check(alive, pod.file("state.csv", f"device,port,state\n{rows}"))
        if gone == own:
            assert made.kinds == {kind: 1}
            assert made.findings[0].message.startswith(f"all {len(own)} links of {leaf} are ")
            assert [(s.plug, s.findings) for s in made.work.steps] == [(leaf, made.findings[0].subject)]
        else:
            assert made.kinds == {kind: len(gone)}
