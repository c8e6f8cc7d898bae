"""Cable lengths on floors and trays that a user gives, against geometry worked out by hand; diverse routes against networkx.

The hand-measured hall. Row 1 along x: corner (2000, 2000), places of 700 x 1200 mm, fronts up. Row 2 along y: corner (9000, 4000), depth 1200 along
x, fronts to the left. A DGX H100 stands in 8 units; four of them in a rack. Risers 25 mm from a side and 100 mm from front or rear.
Compute ports are at the rear of a DGX, ports of switches at the front.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from rackwright.build.floor import LEFT, RIGHT, UP, Campus, FloorPlan, Hall, Line, positions
from rackwright.build.layout import LevelPlan, PathwayPlan, lay_out
from rackwright.build.paths import LengthRule, cable_lengths, expand_paths, explain_path, lane_paths, route
from rackwright.build.pathways import ANY, DATA, FIBRE, ROW, SIDE_A, SIDE_B, taps
from rackwright.build.segments import Segment, joined
from rackwright.flow.hall import compile_document, read
from rackwright.schema.tables import Tables

pytestmark = pytest.mark.oracle

RACK = Path(__file__).resolve().parents[2] / "examples" / "racks" / "dgx-h100-x4.yaml"
REAR_LEFT = 2
ROWS = (
    Line(2000, 2000, (0, 700, 1400, 2100), (700,) * 4, 1200, UP),
    Line(9000, 4000, (0, 700, 1400), (700,) * 3, 1200, LEFT),
)


def test_risers_by_the_way_a_rack_faces():
    """A place of 700 x 1000 mm with its low corner at (0, 0); 25 mm from the side, 100 mm from front or rear.

    Fronts up: left is high x: front left (675, 900). Fronts right (the viewer looks towards lower x): left is low y: front left (900, 25),
    rear right (100, 675). Fronts left: left is high y: front left (100, 675), rear right (900, 25).
    """
    made = []
    for faces in (UP, RIGHT, LEFT):
        pos = positions(Campus((Hall(FloorPlan(1, 1, given=(Line(0, 0, (0,), (700,), 1000, faces),))),)))
        x, y = pos.risers()
        made.append(list(zip(x[0].tolist(), y[0].tolist(), strict=True)))
    assert made == [
        [(675, 900), (25, 900), (675, 100), (25, 100)],
        [(900, 25), (900, 675), (100, 25), (100, 675)],
        [(100, 675), (100, 25), (900, 675), (900, 25)],
    ]


def test_trays_as_given_measured_by_hand():
    """Trays: a ladder over row 1 at y = 2600 from x 1500 to 9600, one over row 2 at x = 9600 from y 2600 to 6500; they meet at (9600, 2600).

    Rack 0 of row 1 (place 1): rear left riser at x = 2000 + 700 - 25 = 2675, y = 2000 + 100 = 2100: 500 sideways from the ladder.
    Rack 6 of row 2 (place 3, low y = 5400, fronts to lower x): rear is at high x: x = 9000 + 1200 - 100 = 10100, 500 from its ladder;
    left seen from the front is high y: y = 5400 + 700 - 25 = 6075.
    In the trays: 9600 - 2675 = 6925 to the corner, 6075 - 2600 = 3475 up: 10400.
    Connectors at 600 and 1400 mm, trays at 2700: 2100 + 1300 down, 500 + 500 sideways, 100 + 150 inside the racks: 15050.
    Slack of 2 %: 301; loops of 2 x 300: cut 15951.
    """
    campus = Campus((Hall(FloorPlan(2, 4, given=ROWS)),))
    ways = joined([Segment(1500, 2600, 9600, 2600, ROW, 10**6, 2700), Segment(9600, 2600, 9600, 6500, ROW, 10**6, 2700)])
    pos = positions(campus)
    x, y = pos.risers()
    rack = np.arange(len(pos), dtype=np.int32)
    at = taps(ways, x[:, REAR_LEFT], y[:, REAR_LEFT], rack, pos.hall, pos.row)
    assert at.reach_mm.tolist() == [500] * 7
    paths = lane_paths(ways, [at], [(DATA, ANY)])
    one, other = np.array([0], np.int32), np.array([6], np.int32)
    length, path = route(paths, one, other)
    assert length.tolist() == [10_400]
    made, cut = cable_lengths(paths, one, other, length, path, *(np.array([v], np.int32) for v in (600, 1400, 100, 150)), LengthRule(0, 20, 300))
    assert (made.tolist(), cut.tolist()) == ([15_050], [15_951])


def test_laid_out_over_rows_that_run_both_ways():
    """Both rows laid out. Row 1: x 2000 to 4800, ladder at y = 2600, its cross trays 600 past it at x = 1400 (trunk) and 5400.

    Row 2: y 4000 to 6100, ladder at x = 9600, its cross trays at y = 3400 and 6700. As rows run both ways, cross trays go on 600 mm past the
    other rows: those of row 1 from y = 2000 - 600 = 1400 to 6100 + 600 = 6700, those of row 2 from x = 1400 to 10200 + 600 = 10800.
    From the riser of rack 0 (x = 2675) along row 1 to x = 5400: 2725; up the cross tray to y = 3400: 800; along row 2's cross tray to
    x = 9600: 4200; up its ladder to y = 6075: 2675. Together 10400, as by the corner: both ways run along x and y alone.
    """
    campus = Campus((Hall(FloorPlan(2, 4, given=ROWS)),))
    ways = lay_out(campus, PathwayPlan())
    pos = positions(campus)
    x, y = pos.risers()
    at = taps(ways, x[:, REAR_LEFT], y[:, REAR_LEFT], np.arange(len(pos), dtype=np.int32), pos.hall, pos.row)
    paths = lane_paths(ways, [at], [(DATA, ANY)])
    length, path = route(paths, np.array([0], np.int32), np.array([6], np.int32))
    assert length.tolist() == [10_400]
    assert [s.kind for s in explain_path(paths, int(path[0]), 0, 6)] == ["row", "cross", "trunk", "row"]


@pytest.mark.parametrize("plan", [PathwayPlan(is_diverse=True), PathwayPlan((LevelPlan(DATA), LevelPlan(FIBRE, 3000)), every=3)])
def test_lanes_are_what_each_would_be_alone(plan: PathwayPlan):
    """Paths of all lanes at once against networkx on each lane's own trays, and every path's segments against its length."""
    campus = Campus((Hall(FloorPlan(4, 8)), Hall(FloorPlan(4, 8), 20_000)))
    ways = lay_out(campus, plan)
    lanes = [(DATA, SIDE_A), (DATA, SIDE_B)] if plan.is_diverse else [(DATA, ANY), (FIBRE, ANY)]
    pos = positions(campus)
    x, y = pos.risers()
    rack = np.arange(len(pos), dtype=np.int32)
    tapped = [taps(ways, x[:, 2], y[:, 2], rack, pos.hall, pos.row, *lane) for lane in lanes]
    paths = lane_paths(ways, tapped, lanes)
    rng = np.random.default_rng(7)
    a, b = (rng.integers(0, len(pos), 40).astype(np.int32) for _ in range(2))
    for lane, (level, side) in enumerate(lanes):
        shift = np.int32(lane * len(pos))
        length, path = route(paths, a + shift, b + shift)
        g = nx.Graph()
        for e in np.flatnonzero((ways.level == level) & (ways.side == side)).tolist():
            g.add_edge(int(ways.a[e]), int(ways.b[e]), weight=int(ways.length_mm[e]))
        number, edges, _ = expand_paths(paths, path)
        for i in range(len(a)):
            if pos.hall[a[i]] != pos.hall[b[i]]:
                assert length[i] == -1  # no duct joins these halls
                continue
            if a[i] == b[i]:
                continue
            ends = []
            for rack_id in (a[i], b[i]):
                edge, off = int(tapped[lane].edge[rack_id]), int(tapped[lane].offset_mm[rack_id])
                ends.append([(int(ways.a[edge]), off), (int(ways.b[edge]), int(ways.length_mm[edge]) - off), edge, off])
            best = min(u + v + nx.shortest_path_length(g, m, n, weight="weight") for m, u in ends[0][:2] for n, v in ends[1][:2])
            if ends[0][2] == ends[1][2]:
                best = min(best, abs(ends[0][3] - ends[1][3]))
            assert length[i] == best
            own = edges[number == i].tolist()
            assert own == [s.edge for s in explain_path(paths, int(path[i]))]
            assert set(ways.level[own].tolist()) == {level}
            assert set(ways.side[own].tolist()) == {side}


SPEC = f"""\
hall: apart
designs: {{dgx: {RACK}}}
floor: {{rows: 3, places: 8, pitch: 700 mm}}
racks:
  dgx: {{design: dgx, count: 12}}
unit: 6
fabrics:
  compute: {{topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}}
  store: {{topology: node-local, ports: [dgx.net], switch: nvidia/sn5600, homing: 2, tiers: 2}}
"""


@cache
def built(sets: tuple[str, ...]) -> Tables:
    folder = Path(__file__).parent
    from rackwright.flow.compile import compile_text  # noqa: PLC0415  keeps the module's import short

    return compile_text(SPEC, "apart.yaml", folder, as_of="2026-01-01", sets=list(sets)).tables


def trays_of(t: Tables) -> dict[int, set[int]]:
    """Trays of every path id."""
    found: dict[int, set[int]] = {}
    for path, tray in t["path_segments"].select("path_id", "tray_id").iter_rows():
        found.setdefault(path, set()).add(tray)
    return found


@pytest.mark.parametrize("sets", [(), ("pathways.diverse=true",), ("pathways.diverse=true", "fabrics.compute.side=b")], ids=["one", "both", "b"])
def test_what_a_tray_takes_with_it(sets: tuple[str, ...]):
    """Table `tray_losses` against sets of trays taken cable by cable."""
    t = built(sets)
    trays = trays_of(t)
    expected: dict[tuple[int, int, int], int] = {}
    for fabric in (0, 1):
        for tier in (0, 1):
            own = t["fabric_cables"].filter((t["fabric_cables"]["fabric_id"] == fabric) & (t["fabric_cables"]["tier"] == tier))
            by_device: dict[int, list[int]] = {}
            for device, path in own.select("a_device_id", "path_id").iter_rows():
                by_device.setdefault(device, []).append(path)
            for paths in by_device.values():
                for tray in set.intersection(*(trays.get(p, set()) for p in paths)):
                    expected[fabric, tier, tray] = expected.get((fabric, tier, tray), 0) + 1
    found = t["tray_losses"].filter(t["tray_losses"]["devices"] > 0)
    assert {(f, k, tray): n for f, k, tray, n in found.select("fabric_id", "tier", "tray_id", "devices").iter_rows()} == expected
    if sets == ():
        assert any(tier == 0 for _, tier, _ in expected)
    if sets == ("pathways.diverse=true",):
        assert not any(tier == 0 for _, tier, _ in expected)
        assert t["tray_losses"]["shared"].sum() == 0


@pytest.mark.parametrize("fabric", ["compute", "store"])
def test_every_server_has_cables_on_both_sides_and_none_in_common(fabric: str):
    """Rails of a rail-optimised fabric, homes of a dual-homed one: with `diverse`, no tray carries cables of both sides."""
    t = built(("pathways.diverse=true",))
    which = t["fabrics"]["fabric"].to_list().index(fabric)
    trays, side = trays_of(t), dict(t["trays"].select("tray_id", "side").iter_rows())
    cables = t["fabric_cables"].filter((t["fabric_cables"]["fabric_id"] == which) & (t["fabric_cables"]["tier"] == 0))
    by_server: dict[int, set[str]] = {}
    for device, path in cables.select("a_device_id", "path_id").iter_rows():
        used = {side[tray] for tray in trays[path]}
        assert len(used) == 1
        by_server.setdefault(device, set()).update(used)
    assert len(by_server) == 48
    assert all(used == {"A", "B"} for used in by_server.values())


def test_fabrics_take_the_level_they_ask_for():
    t = built(("pathways.fibre={height: 3 m}", "pathways.power={height: 2.4 m}", "fabrics.compute.level=fibre"))
    level, trays = dict(t["trays"].select("tray_id", "level").iter_rows()), trays_of(t)
    for fabric, wanted in ((0, "fibre"), (1, "data")):
        paths = t["fabric_cables"].filter(t["fabric_cables"]["fabric_id"] == fabric)["path_id"].unique().to_list()
        assert {level[tray] for p in paths if p >= 0 for tray in trays[p]} == {wanted}
    assert t["trays"].filter(t["trays"]["level"] == "power")["fill_total"].sum() == 0
    assert t["trays"].filter(t["trays"]["level"] == "fibre")["z_mm"].unique().to_list() == [3000]


def test_a_higher_level_costs_its_height_twice():
    """The same hall, trays 300 mm higher: every cable between racks is 600 mm longer, those inside a rack as before."""
    low = built(("pathways.fibre={height: 2.9 m, width: 600 mm}", "fabrics.compute.level=fibre"))
    high = built(("pathways.fibre={height: 3.2 m, width: 600 mm}", "fabrics.compute.level=fibre"))
    a, b = (t["fabric_cables"].filter(t["fabric_cables"]["fabric_id"] == 0) for t in (low, high))
    more = (b["length_route_mm"] - a["length_route_mm"]).to_numpy()
    assert np.array_equal(more, np.where(a["path_id"].to_numpy() >= 0, 600, 0))


def test_shared_trays_of_both_sides(tmp_path: Path):
    """Given ladders A and B over one row and one tray between the rows that both sides may use: all cables of all servers meet there."""
    spec, small = tmp_path / "hall.yaml", SPEC.replace("rows: 3, places: 8", "rows: 2, places: 8").replace("count: 12", "count: 8")
    spec.write_text(
        small.replace("homing: 2, tiers: 2", "homing: 2, tiers: 2, apart: true")
        + """\
pathways:
  diverse: true
  segments:
    - {from: [1 m, 2.2 m], to: [8 m, 2.2 m], side: a}
    - {from: [1 m, 2.6 m], to: [8 m, 2.6 m], side: b}
    - {from: [1 m, 4.6 m], to: [8 m, 4.6 m], side: a}
    - {from: [1 m, 5 m], to: [8 m, 5 m], side: b}
    - {from: [1.5 m, 2.2 m], to: [1.5 m, 5 m]}
""",
        encoding="utf-8",
    )
    made = compile_document(read(str(spec)), as_of="2026-01-01")
    t = made.tables
    cross = t["trays"].filter(t["trays"]["kind"] == "cross")
    assert cross.filter(cross["side"].is_null()).height == cross.height == 3  # cut by the two ladders between its ends
    assert (t["tray_losses"]["shared"] > 0).sum() > 0
    assert {"RED310"} <= {f.code for f in made.findings}
    sides = dict(t["trays"].select("tray_id", "side").iter_rows())
    for used in trays_of(t).values():
        assert len({sides[tray] for tray in used} - {None}) == 1  # no way changes sides in the shared tray
