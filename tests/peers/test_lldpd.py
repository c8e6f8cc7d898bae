"""What real programs tell of a wired fabric, read by `rackwright verify`: lldpd in a namespace for each device with a veth pair for each cable,
and ibnetdiscover on a fabric that ibsim plays and OpenSM brings up.

Which ends are joined comes from the tables of the design; each test plants faults of its own and looks whether those, and only those, are told.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest

from rackwright.cli.main import main
from rackwright.flow.store import read
from rackwright.schema import ends
from rackwright.schema.tables import Tables

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # s
HALL = """\
hall: sample
designs: {{dgx: {design}@superpod}}
floor: {{rows: 2, places: 6, pitch: 700 mm}}
racks: {{dgx: {{design: dgx, count: 1}}}}
fabrics:
  front: {{topology: node-local, ports: [dgx.net], switch: nvidia/sn5600, homing: 2, tiers: 2, leaves: 2, spines: 2, uplinks: 4, leaf_scope: all}}
"""
Plug = tuple[str, str]  # host and port

pytestmark = pytest.mark.peers


def sh(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return done.stdout


def links(t: Tables, fabric: str) -> list[tuple[int, Plug, Plug]]:
    """Tier and both ends of the links of a fabric, the lower first."""
    at, fabrics = ends.devices(t), t["fabrics"].filter(pl.col("fabric") == fabric)["fabric_id"].to_list()
    made = ends.named(t, at, t["fabric_cables"].select(pl.arg_where(pl.col("fabric_id").is_in(fabrics))).to_series())
    host = {s: at[made[f"{s}_device_id"]]["end"] for s in "ab"}
    tiers = t["fabric_cables"].filter(pl.col("fabric_id").is_in(fabrics))["tier"]
    return [(tier, (a, p), (b, q)) for tier, a, p, b, q in zip(tiers, host["a"], made["a_port"], host["b"], made["b_port"], strict=True)]


def interface(port: str) -> str:
    """A port as the kernel may call it (no slash)."""
    return port.replace("/", "_2f")


@dataclass
class Lab:
    """Devices that speak LLDP: namespace and daemon of each."""

    folder: Path
    spaces: dict[str, str] = field(default_factory=dict)
    pids: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def add(self, device: str) -> None:
        space = f"rwl{os.getpid()}-{len(self.spaces)}"
        sh("ip", "netns", "add", space)
        self.spaces[device] = space
        (self.folder / space).mkdir()
        named = ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', device]  # lldpd tells its neighbours what the kernel says
        daemon = ["lldpd", "-d", "-u", str(self.folder / space / "sock"), "-O", "/dev/null"]
        log = (self.folder / space / "log").open("wb")
        self.pids.append(subprocess.Popen(["ip", "netns", "exec", space, *named, *daemon], stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        log.close()

    def ask(self, device: str, *command: str) -> str:
        return sh("lldpcli", "-u", str(self.folder / self.spaces[device] / "sock"), *command)

    def plug(self, a: Plug, b: Plug) -> None:
        one, two = interface(a[1]), interface(b[1])
        sh("ip", "link", "add", one, "netns", self.spaces[a[0]], "type", "veth", "peer", "name", two, "netns", self.spaces[b[0]])
        for device, port in ((a[0], one), (b[0], two)):
            sh("ip", "-n", self.spaces[device], "link", "set", port, "up")

    def pull(self, a: Plug) -> None:
        sh("ip", "-n", self.spaces[a[0]], "link", "del", interface(a[1]))

    def neighbours(self) -> dict[Plug, Plug]:
        """Who sees whom now, as lldpd tells it in `keyvalue`, a form that `verify` does not read."""
        found: dict[Plug, dict[str, str]] = {}
        for device in self.spaces:
            for line in self.ask(device, "-f", "keyvalue", "show", "neighbors").splitlines():
                name, _, value = line.partition("=")
                if name.startswith("lldp."):
                    port, _, key = name.removeprefix("lldp.").partition(".")
                    own = found.setdefault((device, port), {})
                    own[key] = f"{own[key]} and {value}" if key in own else value  # a neighbour of before that has not aged out yet
        return {p: (f["chassis.name"], f["port.descr"]) for p, f in found.items() if "chassis.name" in f and "port.descr" in f}

    def settled(self, wanted: dict[Plug, Plug]) -> None:
        late = time.monotonic() + PATIENCE
        while (seen := self.neighbours()) != wanted:
            assert time.monotonic() < late, f"{len(seen)} of {len(wanted)} neighbours: {set(wanted.items()) ^ set(seen.items())}"
            time.sleep(0.3)

    def observed(self, folder: Path, form: str) -> Path:
        """A file for each device: who it is, its neighbours, and its links."""
        folder.mkdir()
        for i, (device, space) in enumerate(self.spaces.items()):
            parts = [
                self.ask(device, "-f", form, "show", "chassis"),
                self.ask(device, "-f", form, "show", "neighbors"),
                sh("ip", "-n", space, "-j", "link"),
            ]
            (folder / f"view-{i}.json").write_text("\n".join(parts))
        return folder

    def end(self) -> None:
        """Ends every daemon, waits until it is gone, and deletes every namespace."""
        for program in self.pids:
            with suppress(ProcessLookupError):
                program.send_signal(signal.SIGTERM)
        for program in self.pids:
            try:
                program.wait(10)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()
        for space in self.spaces.values():
            subprocess.run(["ip", "netns", "del", space], capture_output=True, check=False)


@contextmanager
def lab(devices: list[str], wired: list[tuple[Plug, Plug]]) -> Iterator[Lab]:
    assert shutil.which("lldpd"), "run `make peers`, which installs lldpd"
    assert os.geteuid() == 0, "namespaces want root"
    folder = Path(tempfile.mkdtemp(prefix="rw-lldp-"))
    folder.chmod(0o755)  # lldpd drops its rights
    made = Lab(folder)
    try:
        for device in devices:
            made.add(device)
        late = time.monotonic() + PATIENCE
        while not all((folder / s / "sock").exists() for s in made.spaces.values()):
            assert time.monotonic() < late, "lldpd did not come up"
            time.sleep(0.05)
        for device in devices:
            made.ask(device, "configure", "lldp", "tx-interval", "1")
        for a, b in wired:
            made.plug(a, b)
        yield made
    finally:
        made.end()
        shutil.rmtree(folder)


def package(spec: str, folder: Path) -> tuple[Path, Tables]:
    (folder / "hall.yaml").write_text(spec)
    assert main(["build", str(folder / "hall.yaml"), "-o", str(folder / "package")]) == 0
    return folder / "package", read(folder / "package").tables


def verified(capsys: pytest.CaptureFixture[str], where: Path, seen: Path) -> tuple[int, list[dict[str, object]], str]:
    """Exit code, findings, and what was told of coverage."""
    capsys.readouterr()
    code = main(["verify", str(where), "--observed", str(seen), "--format", "json", "--severity", "warning"])
    out, err = capsys.readouterr()
    return code, json.loads(out)["findings"], err


def both(wired: list[tuple[Plug, Plug]]) -> dict[Plug, Plug]:
    near = [((a, interface(p)), (b, interface(q))) for (a, p), (b, q) in wired]
    return dict([*near, *((b, a) for a, b in near)])


def test_lldpd_of_a_wired_fabric_is_clean_and_an_exchange_and_a_dead_link_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Two leaves, a spine and a server; the other spine is not there, so half of the uplinks are told as not seen."""
    where, t = package(HALL.format(design=ROOT / "examples" / "racks" / "dgx-h100-x4.yaml"), tmp_path)
    every = links(t, "front")
    spine = next(b[0] for tier, _, b in every if tier == 1)
    host = every[0][1][0]
    leaves = list(dict.fromkeys(b[0] for tier, a, b in every if tier == 0 and a[0] == host))
    wired = [(a, b) for tier, a, b in every if b[0] == spine or a[0] == host]
    assert len(leaves) == 2
    assert len(wired) >= 6
    with lab([*leaves, spine, host], wired) as made:
        made.settled(both(wired))
        for form in ("json", "json0"):
            code, found, told = verified(capsys, where, made.observed(tmp_path / form, form))
            told_right = f"{len(wired)} right"
            assert told_right in told, told
            assert {f["name"] for f in found} <= {"no-neighbour"}  # towards the spine and the servers that are not there
            assert not any(spine in str(f["message"]) for f in found)
            assert code == bool(found)
        # a twin-port cable of two links goes to the spine from either leaf: its plug is exchanged as a whole
        one, two = ([w for w in wired if w[0][0] == leaf and w[1][0] == spine] for leaf in leaves)
        assert [len(one), len(two)] == [2, 2]
        crossed = [w for w in wired if w not in (*one, *two)]
        for v, w in zip(one, two, strict=True):
            made.pull(v[0])
            made.pull(w[0])
            crossed += [(v[0], w[1]), (w[0], v[1])]
        for a, b in crossed[-4:]:
            made.plug(a, b)
        dead = next(w for w in wired if w[0][0] == host)
        sh("ip", "-n", made.spaces[host], "link", "set", interface(dead[0][1]), "down")
        made.settled(both([w for w in crossed if w != dead]))
        for form in ("json", "json0"):
            code, found, _ = verified(capsys, where, made.observed(tmp_path / f"crossed-{form}", form))
            assert code == 1
            wrong = [f for f in found if f["name"] == "incorrect-cabling"]
            assert len(wrong) == 4
            cages = [":".join(side[0][1]).removesuffix("s0") for side in (one, two)]
            for f in wrong:
                assert f["help"] == f"These two ends are exchanged: {cages[0]} and {cages[1]}. Put each plug where the other is."
            down = [f["message"] for f in found if f["name"] == "link-down"]
            assert down == [f"link is down between {':'.join(dead[0])} and {':'.join(dead[1])}"]


SUPERPOD = """\
hall: quarter
designs: {{dgx: {design}}}
floor: {{rows: 2, places: 6, pitch: 700 mm}}
racks: {{dgx: {{design: dgx, count: 2}}}}
unit: 2
fabrics:
  compute: {{topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, spines: 2}}
"""
Wire = tuple[str, int, str, int]


def wires(t: Tables) -> list[Wire]:
    """The fabric as a subnet manager sees it: an adapter for each port of a server, ports of switches counted from 1."""
    at = ends.devices(t)["end"]
    rank: dict[int, list[int]] = {}
    for a, p in t["fabric_cables"].filter(pl.col("tier") == 0).sort("a_device_id", "a_port").select("a_device_id", "a_port").iter_rows():
        rank.setdefault(a, []).append(p)
    return [
        (f"{at[a]} mlx5_{rank[a].index(p)}", 1, at[b], q + 1) if tier == 0 else (at[a], p + 1, at[b], q + 1)
        for tier, a, p, b, q in t["fabric_cables"].select("tier", "a_device_id", "a_port", "b_device_id", "b_port").iter_rows()
    ]


def discovered(found: list[Wire], folder: Path) -> list[Path]:
    """Topology and port report of ibnetdiscover, and both forms of iblinkinfo, on a fabric that ibsim plays."""
    for program in ("ibsim", "ibsim-run", "opensm", "ibnetdiscover", "iblinkinfo"):
        assert shutil.which(program), f"run `make peers`, which installs {program}"
    folder.mkdir()
    joined: dict[str, dict[int, tuple[str, int]]] = {}
    for a, p, b, q in found:
        joined.setdefault(a, {})[p], joined.setdefault(b, {})[q] = (b, q), (a, p)
    heads = {n: f'Hca 1 "{n}"' if " mlx5_" in n else f'Switch 64 "{n}"' for n in joined}
    records = [
        "\n".join([heads[n], *(f'[{p}] "{o}"[{q}]' for p, (o, q) in sorted(joined[n].items()))]) for n in sorted(joined, key=lambda n: (" " in n, n))
    ]
    (folder / "net.txt").write_text("\n\n".join(records) + "\n")
    host = next(n for n in joined if " mlx5_" in n)
    env = os.environ | {
        "IBSIM_SOCKNAME": f"rwv{os.getpid()}{folder.name}",
        "SIM_HOST": host,
        "OSM_TMP_DIR": str(folder),
        "OSM_CACHE_DIR": str(folder),
    }
    with (folder / "ibsim.log").open("w") as log:
        command = ["ibsim", "-s", "-n", "-N", "20000", "-S", "1000", "-P", "200000", "net.txt"]
        program = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            time.sleep(1)
            assert program.poll() is None, (folder / "ibsim.log").read_text()
            made = []
            for name, command in (
                ("osm", ["ibsim-run", "opensm", "-o", "-D", "0x43", "-s", "0", "-f", "osm.log", "-R", "minhop"]),
                ("topology", ["ibsim-run", "ibnetdiscover"]),
                ("report", ["ibsim-run", "ibnetdiscover", "-p"]),
                ("links", ["ibsim-run", "iblinkinfo"]),
                ("lines", ["ibsim-run", "iblinkinfo", "-l"]),
            ):
                done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)
                assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
                made.append(folder / f"{name}.txt")
                made[-1].write_text(done.stdout)
        finally:
            program.kill()
            program.wait()
    return made[1:]


def test_ibnetdiscover_of_our_fabric_is_clean_and_an_exchange_and_a_missing_cable_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    where, t = package(SUPERPOD.format(design=ROOT / "examples" / "racks" / "dgx-h100-x4.yaml"), tmp_path)
    found = wires(t)
    for seen in discovered(found, tmp_path / "clean"):
        code, said, told = verified(capsys, where, seen)
        assert (code, said) == (0, [])
        assert f"links: {len(found)} right" in told
        assert "(100 %)" in told
    up = [i for i, w in enumerate(found) if " mlx5_" not in w[0]]
    one = up[0]
    two = next(i for i in reversed(up) if found[i][0] != found[one][0] and found[i][2] != found[one][2])
    crossed = list(found)
    crossed[one], crossed[two] = (*found[one][:2], *found[two][2:]), (*found[two][:2], *found[one][2:])
    gone = crossed.pop(up[5])
    for seen in discovered(crossed, tmp_path / "crossed"):
        code, said, _ = verified(capsys, where, seen)
        assert code == 1
        assert sorted(str(f["name"]) for f in said) == ["incorrect-cabling", "incorrect-cabling", "link-down"]
        wrong = next(str(f["message"]) for f in said if f["name"] == "incorrect-cabling")
        assert found[one][0] in wrong
        assert found[two][2] in wrong
        assert all("These two ends are exchanged" in str(f["help"]) for f in said if f["name"] == "incorrect-cabling")
        assert gone[0] in next(str(f["message"]) for f in said if f["name"] == "link-down")
