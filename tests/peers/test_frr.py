"""Our FRR configurations run by FRR: a namespace for each switch, a veth pair for each cable, the files as `export` writes them, loaded by `vtysh
-b`.

What is expected comes from the tables of the design, never from the files: a session on every link between switches, with the host at its other end;
as many next hops as there are uplinks; another way when a cable is pulled; and ends that were exchanged told by sessions or host names.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest

from rackwright.export import addresses, frr
from rackwright.export.only import Only
from rackwright.flow.compile import compile_text
from rackwright.schema import ends
from rackwright.schema.tables import Tables

ROOT = Path(__file__).resolve().parents[2]
DAEMONS = Path("/usr/lib/frr")
NUMBER = itertools.count()
PATIENCE = 60.0  # s
SPEC = """\
hall: sample
designs: {{dgx: ../racks/dgx-h100-x4.yaml@superpod}}
floor: {{rows: 2, places: 6, pitch: 700 mm}}
racks:
  dgx: {{design: dgx, count: {racks}}}
unit: {unit}
fabrics:
  front:
    topology: node-local
    ports: [dgx.net]
    switch: nvidia/sn5600
    homing: 2
    leaves: {leaves}
    spines: 2
    {more}
    uplinks: {uplinks}
addressing: {{links: {links}, loopbacks: {loopbacks}, hosts: {{front: {hosts}}}}}
"""
Plug = tuple[str, str]  # host and port

pytestmark = pytest.mark.peers


def design(racks: int, leaves: int, uplinks: int, links: str, loopbacks: str = "10.127.0.0/16", hosts: str = "10.64.0.0/12") -> Tables:
    given = {"racks": racks, "unit": racks, "leaves": leaves, "uplinks": uplinks, "more": "tiers: 2\n    leaf_scope: all", "links": links}
    return compile_text(SPEC.format(**given, loopbacks=loopbacks, hosts=hosts), folder=ROOT / "examples" / "halls").tables


def tall() -> Tables:
    """Two units of two leaves and two spines, under two cores."""
    more = "tiers: 3\n    pods_per_group: 1\n    spine_oversubscription: 2:1"
    given = {"racks": 2, "unit": 1, "leaves": 2, "uplinks": 2, "more": more, "links": "10.128.0.0/9"}
    text = SPEC.format(**given, loopbacks="10.127.0.0/16", hosts="10.64.0.0/12")
    return compile_text(text, folder=ROOT / "examples" / "halls").tables


def cables(t: Tables) -> list[tuple[Plug, Plug]]:
    """Both ends of the links between switches, the lower first."""
    at = ends.devices(t)
    rows = t["fabric_cables"].select(pl.arg_where(pl.col("tier") > 0)).to_series()
    made = ends.named(t, at, rows)
    host = {s: at[made[f"{s}_device_id"]]["end"] for s in "ab"}
    return [((a, p), (b, q)) for a, p, b, q in zip(host["a"], made["a_port"], host["b"], made["b_port"], strict=True)]


def sh(*command: str, text: str | None = None) -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return done.stdout


def awaited(what: str, ask: Callable[[], object], wanted: object) -> None:
    """Asks until the answer is the wanted one."""
    late = time.monotonic() + PATIENCE
    while (seen := ask()) != wanted:
        assert time.monotonic() < late, f"{what}: {seen} after {PATIENCE:.0f} s, wanted {wanted}"
        time.sleep(0.2)


@dataclass
class Lab:
    """A running fabric. `spaces`: namespace of each host; `wired`: which plug is joined to which now, both ways."""

    folder: Path
    spaces: dict[str, str] = field(default_factory=dict)
    wired: dict[Plug, Plug] = field(default_factory=dict)

    def add(self, host: str) -> None:
        name = f"rw{os.getpid()}-{next(NUMBER)}"
        sh("ip", "netns", "add", name)
        self.spaces[host] = name

    def ip(self, host: str, *command: str) -> str:
        return sh("ip", "-n", self.spaces[host], *command)

    def plug(self, a: Plug, b: Plug) -> None:
        """Joins two ports."""
        sh("ip", "link", "add", a[1], "netns", self.spaces[a[0]], "type", "veth", "peer", "name", b[1], "netns", self.spaces[b[0]])
        for host, port in (a, b):
            self.ip(host, "link", "set", port, "up")
        self.wired |= {a: b, b: a}

    def pull(self, a: Plug) -> None:
        """Takes the cable out at both ends."""
        self.ip(a[0], "link", "del", a[1])
        del self.wired[self.wired.pop(a)]

    def exchange(self, a: Plug, b: Plug) -> None:
        """Two cables get each other's far end."""
        far_a, far_b = self.wired[a], self.wired[b]
        for plug in (a, b):
            self.pull(plug)
        self.plug(a, far_b)
        self.plug(b, far_a)

    def start(self, host: str, conf: bytes) -> None:
        """zebra and bgpd with sockets of their own on a system of that host name, and the file as `frr.service` would load it."""
        here = self.folder / self.spaces[host]
        here.mkdir()
        (here / "frr.conf").write_bytes(conf)
        (here / "none").touch()
        for path in (here, here / "frr.conf", here / "none"):
            shutil.chown(path, "frr", "frr")
        for daemon, more in (("zebra", []), ("bgpd", ["-p", "179"])):
            own = [
                "-d",
                "-f",
                str(here / "none"),
                "-i",
                str(here / f"{daemon}.pid"),
                "-z",
                str(here / "z"),
                "--vty_socket",
                str(here),
                "--log",
                f"file:{here}/log",
            ]
            named = ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', host]  # FRR tells its neighbours what the kernel says
            sh("ip", "netns", "exec", self.spaces[host], *named, str(DAEMONS / daemon), *own, *more)
        sh("ip", "netns", "exec", self.spaces[host], "vtysh", "--vty_socket", str(here), "--config_dir", str(here), "-b")

    def ask(self, host: str, command: str) -> dict[str, dict[str, object]]:
        here = str(self.folder / self.spaces[host])
        answer: dict[str, dict[str, object]] = json.loads(sh("vtysh", "--vty_socket", here, "-c", f"{command} json"))
        return answer

    def sessions(self, host: str) -> dict[str, str]:
        """Far host of every session that is up, by the interface or the address it is configured for."""
        peers = self.ask(host, "show bgp neighbors")
        return {name: str(p.get("hostname", "")) for name, p in peers.items() if p["bgpState"] == "Established"}

    def paths(self, host: str, prefix: str) -> int:
        """Next hops that the kernel has for a prefix."""
        version = "-6" if ":" in prefix else "-4"
        routes = json.loads(self.ip(host, version, "-j", "route", "show", prefix) or "[]")
        return sum(len(r.get("nexthops", [r])) for r in routes)

    def pings(self, host: str, address: str) -> bool:
        command = ["ip", "netns", "exec", self.spaces[host], "ping", "-c", "1", "-W", "1", address]
        return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0

    def end(self) -> None:
        """Ends every process in the namespaces by its id, waits until it is gone, and deletes the namespaces."""
        asked = [subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=False) for name in self.spaces.values()]
        pids = [int(pid) for done in asked for pid in done.stdout.split()]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        late = time.monotonic() + 10
        for pid in pids:
            while Path(f"/proc/{pid}").exists():
                if time.monotonic() > late:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                time.sleep(0.02)
        for name in self.spaces.values():
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


@contextmanager
def lab(t: Tables) -> Iterator[Lab]:
    """The fabric of a design: every switch, every cable between them, and on each leaf one host with its address."""
    assert (DAEMONS / "bgpd").exists(), "run `make peers`, which installs frr"
    assert os.geteuid() == 0, "namespaces want root"
    files = dict(frr.files_of(t, Only()))
    folder = Path(tempfile.mkdtemp(prefix="rw-frr-"))
    shutil.chown(folder, "frr", "frr")
    made = Lab(folder)
    try:
        confs = {path.split("/")[1]: make for path, make in files.items() if path.endswith("frr.conf")}
        for switch in confs:
            made.add(switch)
            made.ip(switch, "link", "set", "lo", "up")
        for a, b in cables(t):
            made.plug(a, b)
        for name, ((leaf, port), address, gate) in hosts(t).items():
            made.add(name)
            made.plug((name, "eth0"), (leaf, port))
            made.ip(leaf, "link", "add", frr.BRIDGE, "type", "bridge")
            made.ip(leaf, "link", "set", frr.BRIDGE, "up")
            made.ip(leaf, "link", "set", port, "master", frr.BRIDGE)
            is_six = ":" in address
            made.ip(name, "address", "add", address, "dev", "eth0", *(["nodad"] if is_six else []))
            made.ip(name, *(["-6"] if is_six else []), "route", "add", "default", "via", gate)
        for switch, make in confs.items():
            made.start(switch, make())
        yield made
    finally:
        made.end()
        shutil.rmtree(folder)


def hosts(t: Tables) -> dict[str, tuple[Plug, str, str]]:
    """One host of each leaf: plug at the leaf, address with length, and gateway, as the address plan lists them."""
    at = ends.devices(t)
    leaf = dict(zip(at["device"], at["end"], strict=True))
    rows = addresses.hosts(t, 0).unique("leaf", keep="first", maintain_order=True)
    return {
        f"h{i}": ((leaf[row["leaf"]], row["leaf_port"]), row["address"], row["gateway"])
        for i, row in enumerate(rows.select("leaf", "leaf_port", "address", "gateway").iter_rows(named=True))
    }


def designed(t: Tables) -> dict[Plug, Plug]:
    """The other end of every plug between switches."""
    return {near: far for a, b in cables(t) for near, far in ((a, b), (b, a))}


def numbered(t: Tables) -> dict[tuple[str, str], Plug]:
    """The plug of a session by the switch and the address of its neighbour, from the address plan."""
    at = ends.devices(t)
    end = dict(zip(at["device"], at["end"], strict=True))
    found: dict[tuple[str, str], Plug] = {}
    for row in addresses.links(t, 0).iter_rows(named=True):
        for near, far in ("ab", "ba"):
            host = end[row[f"{near}_device"]]
            found[host, row[f"{far}_address"].split("/")[0]] = (host, row[f"{near}_port"])
    return found


def subnets(t: Tables) -> dict[str, str]:
    """Prefix of each leaf."""
    at = ends.devices(t)
    return dict(zip(at[t["subnets"]["device_id"]]["end"], t["subnets"]["prefix"], strict=True))


@pytest.fixture(scope="module")
def four() -> Tables:
    """Four leaves with two cables to each of two spines, a /31 on each."""
    return design(racks=4, leaves=4, uplinks=4, links="10.128.0.0/9")


@pytest.fixture(scope="module")
def running(four: Tables) -> Iterator[Lab]:
    with lab(four) as made:
        yield made


def up(made: Lab, t: Tables) -> dict[Plug, str]:
    """Plugs whose session is up, with the host that answers."""
    plug = numbered(t)
    return {plug[host, peer]: far for host in {h for h, _ in plug} for peer, far in made.sessions(host).items()}


def test_a_session_is_up_on_every_designed_link_and_ecmp_is_as_wide_as_designed(four: Tables, running: Lab):
    wanted = {near: far[0] for near, far in designed(four).items()}
    assert len(wanted) == 32
    awaited("sessions", lambda: up(running, four), wanted)
    uplinks = {leaf: sum(h == leaf for h, _ in wanted) for leaf in subnets(four)}
    assert set(uplinks.values()) == {4}
    for leaf, own in subnets(four).items():
        for host in {h for h, _ in wanted} - {leaf}:
            ways = uplinks[host] if host in uplinks else sum(a == host and b == leaf for (a, _), b in wanted.items())
            awaited(f"next hops of {host} to {own}", lambda h=host, p=own: running.paths(h, p), ways)  # type: ignore[misc]
    addresses_of = {name: address.split("/")[0] for name, (_, address, _) in hosts(four).items()}
    for name, (other, address) in itertools.product(addresses_of, addresses_of.items()):
        assert name == other or running.pings(name, address), (name, address)


def test_traffic_takes_the_other_cables_when_some_are_pulled_and_comes_back(four: Tables, running: Lab):
    leaf, own = next(iter(subnets(four).items()))
    other = [x for x in subnets(four) if x != leaf][-1]
    plugs = [p for p in designed(four) if p[0] == leaf]
    _, target, _ = list(hosts(four).values())[-1]
    awaited("next hops", lambda: running.paths(leaf, subnets(four)[other]), 4)
    for pulled in (1, 2, 3):
        running.ip(leaf, "link", "set", plugs[pulled - 1][1], "down")
        awaited(f"next hops with {pulled} pulled", lambda left=4 - pulled: running.paths(leaf, subnets(four)[other]), 4 - pulled)
        awaited("ping", lambda: running.pings("h0", target.split("/")[0]), wanted=True)
    assert running.paths(other, own) > 0
    for _, port in plugs[:3]:
        running.ip(leaf, "link", "set", port, "up")
    awaited("next hops with all back", lambda: running.paths(leaf, subnets(four)[other]), 4)
    awaited("sessions", lambda: len(up(running, four)), 32)


def test_exchanged_ends_are_the_sessions_that_are_down(four: Tables, running: Lab):
    """A /31 of its own on every link: neither end finds its neighbour, so four sessions of 32 are down and name the two cables."""
    wired = designed(four)
    leaves = list(subnets(four))
    one = next(p for p in wired if p[0] == leaves[0])
    two = next(p for p in wired if p[0] == leaves[1] and wired[p][0] != wired[one][0])
    wanted = {near: far[0] for near, far in wired.items()}
    awaited("sessions", lambda: up(running, four), wanted)
    touched = {one, two, wired[one], wired[two]}
    running.exchange(one, two)
    awaited("sessions with two cables exchanged", lambda: set(wired) - set(up(running, four)), touched)
    running.exchange(one, two)
    awaited("sessions", lambda: up(running, four), wanted)


@pytest.mark.parametrize(("loopbacks", "pool"), [("10.127.0.0/16", "10.64.0.0/12"), ("fd00:1::/48", "fd00:2::/32")], ids=["v4", "v6"])
def test_unnumbered_links_converge_and_host_names_tell_exchanged_ends(loopbacks: str, pool: str):
    """Both cables of a leaf go to switches of one AS number, so with link-local addresses every session comes up; the host at its end is another
    one.
    """
    t = design(racks=1, leaves=2, uplinks=2, links="unnumbered", loopbacks=loopbacks, hosts=pool)
    wired = designed(t)
    wanted = {near: far[0] for near, far in wired.items()}
    with lab(t) as made:

        def seen() -> dict[Plug, str]:
            return {(host, port): far for host in {h for h, _ in wired} for port, far in made.sessions(host).items()}

        awaited("sessions", seen, wanted)
        for leaf, prefix in subnets(t).items():
            for host in set(subnets(t)) - {leaf}:
                awaited(f"next hops of {host}", lambda h=host, p=prefix: made.paths(h, p), 2)  # type: ignore[misc]
        _, target, _ = list(hosts(t).values())[-1]
        awaited("ping", lambda: made.pings("h0", target.split("/")[0]), wanted=True)
        leaf = next(iter(subnets(t)))
        one, two = (p for p in wired if p[0] == leaf)
        made.exchange(one, two)
        crossed = {**wanted, one: wanted[two], two: wanted[one]}
        awaited("sessions with two cables exchanged", seen, crossed)
        assert {p for p in wanted if crossed[p] != wanted[p]} == {one, two}


def test_three_tiers_converge_and_outlive_a_core():
    """Four leaves in two units, four spines, two cores; a leaf has two ways to the other unit, one over each core, and one when a core is dead."""
    t = tall()
    wired = designed(t)
    assert (t["fabrics"]["leaves"][0], t["fabrics"]["spines"][0], t["fabrics"]["cores"][0], len(wired)) == (4, 4, 2, 24)
    core = ends.devices(t)["end"][t["fabric_switches"].filter(pl.col("tier") == 2)["device_id"][0]]
    near, *_, far = subnets(t).items()
    _, target, _ = list(hosts(t).values())[-1]
    with lab(t) as made:
        awaited("sessions", lambda: up(made, t), {plug: other[0] for plug, other in wired.items()})
        awaited("next hops between units", lambda: (made.paths(near[0], far[1]), made.paths(far[0], near[1])), (2, 2))
        awaited("ping", lambda: made.pings("h0", target.split("/")[0]), wanted=True)
        for host, port in wired:
            made.ip(host, "link", "set", port, "down") if host == core else None
        awaited("next hops with a core dead", lambda: (made.paths(near[0], far[1]), made.paths(far[0], near[1])), (1, 1))
        awaited("ping", lambda: made.pings("h0", target.split("/")[0]), wanted=True)


NASTY = ["=cmd|' /C calc'!A0", "a,b\"c'd", "line\nhostname evil\n!", "x" * 200, "Ünïcode-架", "# none", "tab\there"]


def test_names_of_any_kind_are_read_by_vtysh_as_what_they_are(tmp_path: Path):
    """Racks and ports with commas, quotes, formulas, line ends and 200 letters: the dry run of `vtysh` minds nothing, and there is no line that was a
    name.
    """
    t = design(racks=1, leaves=2, uplinks=2, links="10.128.0.0/9")
    names = pl.Series([f"{NASTY[i % len(NASTY)]}{i}" for i in range(t.height("hall_racks"))])
    ports = pl.col("name") + pl.lit(NASTY[2])
    t = t.put({"hall_racks": t["hall_racks"].with_columns(name=names), "switch_ports": t["switch_ports"].with_columns(name=ports)})
    files = [make() for path, make in frr.files_of(t, Only()) if path.endswith("frr.conf")]
    assert len(files) == 4
    for i, conf in enumerate(files):
        (here := tmp_path / str(i)).mkdir()
        (here / "frr.conf").write_bytes(conf)
        (here / "vtysh.conf").touch()
        done = subprocess.run(["vtysh", "--config_dir", str(here), "-C"], capture_output=True, text=True, timeout=30, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done
        assert not [line for line in conf.decode().splitlines() if "evil" in line.split("description")[0]]
