"""Halls made of lists of their links. What is exported and imported again has the same links under the same names; foreign names, a wrong cable and
files that say too little are tried too.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import polars as pl
import pytest

from rackwright.base.findings import DesignError
from rackwright.export import p2p
from rackwright.export.only import Only
from rackwright.flow.compile import compile_file, compile_text
from rackwright.flow.composed import netbox
from rackwright.flow.imported.hall import Asked
from rackwright.flow.imported.seen import natural
from rackwright.flow.imported.written import Written, written
from rackwright.flow.manifest import PackageError
from rackwright.flow.pipeline import Design
from rackwright.schema.tables import Tables
from rackwright.verify import reading
from rackwright.verify.check import check

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
BOX, DGX = f"{EXAMPLES}/racks/dgx-h100-x4.yaml@b300-pod", f"{EXAMPLES}/racks/dgx-h100-x4.yaml"
POD = f"""\
hall: pod
designs: {{box: "{BOX}"}}
floor: {{rows: 4, places: 6, pitch: 700 mm}}
racks: {{box: {{design: box, count: 14}}}}
unit: 7
fabrics:
  backend:  {{topology: rail-optimized, ports: [dgx.nic], switch: nvidia/sn5600, planes: 2, spines: 2}}
  frontend: {{topology: node-local, ports: [dgx.net/p0], switch: nvidia/sn5600, homing: 2, tiers: 2}}
  storage:  {{topology: node-local, ports: [dgx.net/p1], switch: nvidia/sn5600}}
  oob:      {{topology: tree, ports: [dgx.bmc, pdu.eth, "fabrics.*"], switch: nvidia/sn2201, spine: nvidia/sn4600c, redundancy: 2, leaf_scope: all}}
network: {{spread: 2}}
"""
INFINIBAND = f"""\
hall: ib
designs: {{dgx: "{DGX}"}}
floor: {{rows: 2, places: 6, pitch: 700 mm}}
racks: {{dgx: {{design: dgx, count: 4}}}}
fabrics:
  compute: {{topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}}
"""
ETHERNET = {
    "backend": "nvidia/sn5600",
    "frontend": "nvidia/sn5600",
    "storage": "nvidia/sn5600",
    "oob": "nvidia/sn2201",
    "oob.spine": "nvidia/sn4600c",
}
Row = tuple[str, str, str, str]


@pytest.fixture(scope="module")
def pod() -> Design:
    return compile_text(POD)


@pytest.fixture(scope="module")
def infiniband() -> Design:
    return compile_text(INFINIBAND)


def files(folder: Path, made: Iterable[tuple[str, Callable[[], bytes]]]) -> list[str]:
    """Writes the files of a receiver that say something of links or devices."""
    paths = []
    for name, make in made:
        if name.endswith((".xlsx", "cables.csv", "cables.json", "devices.csv")):
            path = folder / Path(name).name
            path.write_bytes(make())
            paths.append(str(path))
    return paths


def links(t: Tables) -> set[tuple[object, ...]]:
    """Rows of the P2P file, which names both ends of every link."""
    every = pl.Series("row", range(t.height("fabric_cables")), dtype=pl.UInt32)
    return {row for _, _, rows in p2p.pages(t, every) for row in rows.iter_rows()}


def ends(t: Tables) -> list[Row]:
    """Device and port of both ends."""
    every = pl.Series("row", range(t.height("fabric_cables")), dtype=pl.UInt32)
    return [
        (r[-8 + 2], r[-8 + 3], r[-2], r[-1]) if len(r) == 8 else (r[0], r[2], r[3], r[5]) for _, _, rows in p2p.pages(t, every) for r in rows.rows()
    ]


def table(path: Path, rows: Iterable[Row], head: str = "device,port,far_device,far_port") -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(head.split(","))
        writer.writerows(rows)
    return str(path)


def brought_in(tmp_path: Path, paths: list[str], **asked: object) -> Written:
    return written(paths, Asked(**asked), tmp_path / "hall", as_of="2026-01-01")  # type: ignore[arg-type]


def fabrics(w: Written) -> dict[str, dict[str, object]]:
    return w.made.wished.fabrics


def test_p2p_of_four_networks_comes_back(pod: Design, tmp_path: Path) -> None:
    w = brought_in(tmp_path, files(tmp_path, p2p.files_of(pod.tables, Only())), designs={"box": BOX}, switches=ETHERNET)
    assert links(w.design.tables) == links(pod.tables)
    assert fabrics(w)["backend"] | {"spines": 2} == {
        "topology": "rail-optimized", "ports": ["dgx.nic"], "switch": "nvidia/sn5600", "planes": 2, "spines": 2,
    }  # fmt: skip
    assert fabrics(w)["frontend"]["homing"] == 2
    assert fabrics(w)["oob"]["topology"] == "tree"
    assert w.made.wished.unit == 7
    assert "ASSUMED" not in (tmp_path / "hall" / "hall.yaml").read_text()
    again = compile_file(str(tmp_path / "hall" / "hall.yaml"), as_of="2026-01-01")
    assert links(again.tables) == links(pod.tables)


def test_netbox_comes_back(pod: Design, tmp_path: Path) -> None:
    """Bulk CSV with REST payloads for cables of several links; parts are those of the device types, so none need be named."""
    paths = files(tmp_path, netbox.files_of(pod.tables, Only(), None, pod.racks))
    assert {Path(p).suffix for p in paths} == {".csv", ".json"}
    w = brought_in(tmp_path, paths, designs={"box": BOX})
    assert set(ends(w.design.tables)) == set(ends(pod.tables))
    assert {w["topology"] for w in fabrics(w).values()} == {"rail-optimized", "node-local", "tree"}


def test_links_inside_racks_are_those_of_the_rack_designs(infiniband: Design, tmp_path: Path) -> None:
    """NetBox has the management cables of every rack too: they make no network, no job and no fault."""
    paths = files(tmp_path, netbox.files_of(infiniband.tables, Only(), None, infiniband.racks))
    assert "13-rack-cables.csv" in {Path(p).name for p in paths}
    w = brought_in(tmp_path, paths, designs={"dgx": DGX})
    assert set(ends(w.design.tables)) == set(ends(infiniband.tables))
    assert list(fabrics(w)) == ["nic"]
    assert not w.checked.findings
    (told,) = [f.message for f in w.made.findings if f.code == "IMP103"]
    assert told.startswith("28 links inside racks are those of the rack designs")


def test_netbox_rest_answer(infiniband: Design, tmp_path: Path) -> None:
    """The shape of `GET /api/dcim/cables/` (NetBox 4 REST: `results`, terminations with `object` and its `device`)."""
    cables = [
        {
            "id": i, "status": {"value": "connected", "label": "Connected"},
            **{f"{s}_terminations": [{"object_type": "dcim.interface", "object_id": i, "object": {"name": port, "device": {"name": device}}}]
               for s, device, port in (("a", a, ap), ("b", b, bp))},
        }
        for i, (a, ap, b, bp) in enumerate(ends(infiniband.tables))
    ]  # fmt: skip
    cables.append(
        {"id": 9999, "a_terminations": [{"object_type": "dcim.powerport", "object": {"name": "p", "device": {"name": "x"}}}], "b_terminations": []}
    )
    (tmp_path / "cables.json").write_text(json.dumps({"count": len(cables), "results": cables}), encoding="utf-8")
    w = brought_in(tmp_path, [str(tmp_path / "cables.json")], designs={"dgx": DGX})
    assert links(w.design.tables) == links(infiniband.tables)


@pytest.mark.parametrize("example", ["gb200-superpod-2su", "h100-superpod-3su"])
def test_superpods_come_back(example: str, tmp_path: Path) -> None:
    """Three tiers with spines for each rail; and storage leaves of their own, an out-of-band tree that ends in the in-band network, managers."""
    path = EXAMPLES / "halls" / f"{example}.yaml"
    made = compile_file(str(path), as_of="2026-01-01")
    spec = made.document.spec
    designs = {n: str((path.parent / d).resolve()) for n, d in spec.designs.items()}
    switches = {n: f.switch for n, f in spec.fabrics.items()}
    w = brought_in(tmp_path, files(tmp_path, p2p.files_of(made.tables, Only())), designs=designs, switches=switches)
    assert links(w.design.tables) == links(made.tables)
    assert w.made.wished.unit == spec.unit
    assert {n: f["topology"] for n, f in fabrics(w).items()} == {n: f.topology for n, f in spec.fabrics.items()}


def foreign(rows: list[Row], seed: int) -> tuple[list[Row], dict[str, str]]:
    """The same links under names of somebody else, in any order, either end first."""
    draw = random.Random(seed)
    hosts = sorted({a for a, ap, *_ in rows if ap.startswith("nic")})
    switches = sorted({d for a, _, b, _ in rows for d in (a, b)} - set(hosts))
    name = {h: f"su1-gpu{i + 1}.dc1.example" for i, h in enumerate(hosts)}
    name |= {s: f"ibsw{i:03d}" for i, s in enumerate(draw.sample(switches, len(switches)))}

    def port(device: str, text: str) -> str:
        return f"mlx5_{[0, 3, 4, 5, 6, 9, 10, 11][int(text[3])]}" if device in hosts else f"IB1/{text}"

    made = [(name[a], port(a, ap), name[b], port(b, bp)) for a, ap, b, bp in rows]
    draw.shuffle(made)
    return [r if draw.random() < 0.5 else (*r[2:], *r[:2]) for r in made], name


def test_foreign_names(infiniband: Design, tmp_path: Path) -> None:
    rows, _ = foreign(ends(infiniband.tables), 3)
    path = table(tmp_path / "list.csv", rows)
    w = brought_in(tmp_path, [path], designs={"dgx": DGX}, switches={"mlx": "nvidia/qm9700"})
    assert w.checked.coverage[0].links["right"] == len(rows)
    assert w.made.standing.assumed
    text = (tmp_path / "hall" / "hall.yaml").read_text()
    assert text.count("ASSUMED") == 3  # racks of hosts, floor, racks of switches
    # the names it wrote are all that `verify` needs
    seen = reading.read([path, str(tmp_path / "hall" / "names.csv")])
    assert check(w.design.tables, seen).coverage[0].links["right"] == len(rows)


def test_a_wrong_and_a_missing_cable_are_told(infiniband: Design, tmp_path: Path) -> None:
    rows, _ = foreign(ends(infiniband.tables), 5)
    (a, ap, b, bp), (c, cp, d, dp) = [r for r in rows if r[0].startswith("su1") or r[2].startswith("su1")][:2]
    spoilt = [r for r in rows if r not in ((a, ap, b, bp), (c, cp, d, dp))][:-1]
    spoilt += [(a, ap, d, dp), (c, cp, b, bp)] if a.startswith("su1") == c.startswith("su1") else [(a, ap, c, cp), (b, bp, d, dp)]
    w = brought_in(tmp_path, [table(tmp_path / "list.csv", spoilt)], designs={"dgx": DGX}, switches={"mlx": "nvidia/qm9700"})
    assert w.checked.coverage[0].links["right"] == len(rows) - 3
    assert w.checked.kinds["incorrect-cabling"] == 2
    assert f"{len(rows) - 3:,} of {len(rows) - 1:,} links are as it has them" in (tmp_path / "hall" / "hall.yaml").read_text()


def test_a_few_cables_in_the_wrong_place_change_no_network(pod: Design, tmp_path: Path) -> None:
    """Five pairs exchanged anywhere, also between networks and planes, and five links that nobody wrote down, in one list without sheets."""
    draw = random.Random(12)
    rows = draw.sample(sorted(ends(pod.tables)), len(ends(pod.tables)))
    spoilt = [(*a[:2], *b[2:]) for one, two in zip(rows[:10:2], rows[1:10:2], strict=True) for a, b in ((one, two), (two, one))]
    path = table(tmp_path / "list.csv", [*spoilt, *rows[15:]])
    switches = {
        "nic": "nvidia/sn5600",
        "net": "nvidia/sn5600",
        "net-2": "nvidia/sn5600",
        "management": "nvidia/sn2201",
        "management.spine": "nvidia/sn4600c",
    }
    w = brought_in(tmp_path, [path], designs={"box": BOX}, switches=switches)
    assert {n: f["topology"] for n, f in fabrics(w).items()} == {
        "nic": "rail-optimized", "net": "node-local", "net-2": "node-local", "management": "tree",
    }  # fmt: skip
    assert fabrics(w)["nic"]["planes"] == 2
    assert w.made.wished.unit == 7
    assert w.checked.coverage[0].links["right"] == len(rows) - 15


@pytest.mark.parametrize(
    ("spec", "fabric"),
    [
        ("halls: 1", "{topology: rail-only, ports: [dgx.nic], switch: nvidia/qm9700}"),
        ("halls: 1", "{topology: leaf-mesh, ports: [dgx.nic], switch: nvidia/qm9700, leaves: 6, uplinks: 10}"),
        ("halls: 2", "{topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 3}"),
        ("unit: 4", "{topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 3, oversubscription: '2:1'}"),
        ("unit: 4", "{topology: node-local, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 3}"),
    ],
)
def test_other_topologies_come_back(spec: str, fabric: str, tmp_path: Path) -> None:
    """All links right, and no switch more or fewer."""
    text = (
        f"hall: some\ndesigns: {{dgx: '{DGX}@superpod'}}\nfloor: {{rows: 4, places: 6, pitch: 700 mm}}\nracks: {{dgx: {{design: dgx, count: 8}}}}\n"
    )
    made = compile_text(f"{text}{spec}\nfabrics: {{compute: {fabric}}}\n")
    w = brought_in(tmp_path, files(tmp_path, p2p.files_of(made.tables, Only())), designs={"dgx": f"{DGX}@superpod"})
    assert links(w.design.tables) == links(made.tables)
    assert w.design.tables.height("fabric_switches") == made.tables.height("fabric_switches")


def test_it_grows(infiniband: Design, tmp_path: Path) -> None:
    """Two racks more: every link that was there keeps both its ports."""
    rows, _ = foreign(ends(infiniband.tables), 8)
    w = brought_in(tmp_path, [table(tmp_path / "list.csv", rows)], designs={"dgx": DGX}, switches={"mlx": "nvidia/qm9700"})
    spec = tmp_path / "hall" / "hall.yaml"
    spec.write_text(spec.read_text().replace("count: 4", "count: 6"))
    grown = compile_file(str(spec), as_of="2026-01-01")
    assert set(ends(w.design.tables)) < set(ends(grown.tables))
    assert grown.tables["fabric_cables"].filter(pl.col("tier") == 0).height == 6 * 32


def test_nothing_of_ours_is_written_over(infiniband: Design, tmp_path: Path) -> None:
    (tmp_path / "hall").mkdir()
    (tmp_path / "hall" / "hall.yaml").write_text("mine")
    with pytest.raises(PackageError, match="is there already"):
        brought_in(tmp_path, [table(tmp_path / "list.csv", ends(infiniband.tables))], designs={"dgx": DGX})
    assert (tmp_path / "hall" / "hall.yaml").read_text() == "mine"


def bad(name: str) -> tuple[str, dict[str, object], str]:
    """A file, what is asked, and what must be told."""
    plain = "device,port,far_device,far_port\n"
    one, ab = plain + "gpu1,mlx5_0,leaf1,swp1\n", '{"device": "x", "name": "y"}'
    return {
        "empty": ("", {}, "is empty"),
        "no links": (plain, {}, "has a header and no rows"),
        "half a link": (plain + "gpu1,mlx5_0,leaf1,\n", {}, "has a row without all its cells: line 2"),
        "no switch": (plain + "a,p1,b,q1\n", {}, "no device of 2 looks like a switch"),
        "unknown part": (one, {"switches": {"mlx": "nvidia/qm9701"}}, "there is no part `nvidia/qm9701`"),
        "no such design": (one, {"parts": {"gpu*": "nvidia/dgx-b300"}}, "no host .* has ports that a design given has"),
        "ambiguous switch": (one, {}, "nothing says which part the leaves of network `mlx` are: ports `swp1` to `swp1` fit"),
        "broken json": ('[{"a_terminations": [', {}, "is broken JSON"),
        "uneven": (f'[{{"a_terminations": [{ab}, {ab}], "b_terminations": [{ab}, {ab}, {ab}]}}]', {}, "which meets which"),
        "formula": (plain + '"=HYPERLINK(""x"")",mlx5_0,"<b>leaf</b>",swp1\n', {}, "nothing says which part"),
    }[name]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["empty", "no links", "half a link", "no switch", "unknown part", "no such design", "ambiguous switch", "broken json", "uneven", "formula"],
)
def test_bad_input_is_told_and_writes_nothing(name: str, tmp_path: Path) -> None:
    text, asked, told = bad(name)
    (tmp_path / "list.txt").write_text(text, encoding="utf-8")
    with pytest.raises(DesignError, match=told) as fault:
        brought_in(tmp_path, [str(tmp_path / "list.txt")], designs={"dgx": DGX}, **asked)
    assert all(f.code.startswith("IMP") and f.help for f in fault.value.findings)
    assert [p.name for p in tmp_path.iterdir()] == ["list.txt"]


def test_names_sort_as_people_count() -> None:
    names = pl.DataFrame({"name": ["leaf10", "leaf9", "leaf", "leaf09", "a2b10", "a2b9"]})
    assert names.sort(natural("name"))["name"].to_list() == ["a2b9", "a2b10", "leaf", "leaf09", "leaf9", "leaf10"]
