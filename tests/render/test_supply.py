"""What people see of a hall's power: symbols and numbers against the tables, no text on another, folded branches counted, cases of failure shown."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from rackwright.flow.hall import compile_hall
from rackwright.render import one_line
from rackwright.render.chain import trunk, with_states
from rackwright.render.drawings import supply_loading, supply_one_line, supply_sankey, supply_time_current
from rackwright.render.report import report
from rackwright.render.scene import Scene, text_boxes
from rackwright.render.sections import supply
from rackwright.render.svg import svg
from rackwright.schema.tables import Tables
from rackwright.sim.power import supply_study

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
HALL = EXAMPLES / "halls" / "gb200-superpod-2su.yaml"
DRAWINGS = (supply_one_line, supply_loading, supply_sankey, supply_time_current)
CHAINS = {
    "distributed": {},
    "modules": {"redundancy": "N+1", "ties": "closed", "generators": "common"},
    "bypass": {"redundancy": "N", "ups": "generic/ups-module-250kw"},
    "ring": {"redundancy": "2N", "medium": "ring", "ties": "open"},
    "reserve": {"redundancy": "block", "transfer": "row", "substation.transformers": "2", "utility.voltage": "138 kV"},
    "sidecar": {"redundancy": "2N", "sidecar": "ocp/hpr-v4-sidecar"},
}


@cache
def compiled(chain: str) -> Tables:
    """The GB200 hall without its fabrics, on one of the chains."""
    sets = ["fabrics={}", *(f"power.{k}={v}" for k, v in CHAINS[chain].items())]
    return compile_hall(str(HALL), sets=sets, as_of="2026-01-01").tables


@cache
def simulated(chain: str) -> Tables:
    return compiled(chain).put(supply_study.run(compiled(chain)))


def failed(t: Tables, *names: str) -> Tables:
    out = [int(t["supply_components"].filter(name=n)["component_id"][0]) for n in names]
    return t.put(supply_study.run(t, out))


def drawn(module: object, t: Tables) -> Scene:
    scene = module.draw(t)  # type: ignore[attr-defined]
    assert scene is not None
    return scene


def above(t: Tables, node: int) -> set[int]:
    """A node and all above it on its normal way."""
    parent, found = trunk(t).parent, set[int]()
    while node >= 0:
        found.add(node)
        node = int(parent[node])
    return found


def overlaps(scene: Scene) -> list[tuple[str, str]]:
    """Texts that run into one another."""
    boxes = text_boxes(scene.shapes).with_row_index("i")
    pairs = boxes.join_where(
        boxes, pl.col("i") < pl.col("i_right"), pl.col("x0") < pl.col("x1_right"), pl.col("x0_right") < pl.col("x1"),
        pl.col("y0") < pl.col("y1_right"), pl.col("y0_right") < pl.col("y1"), suffix="_right",
    )  # fmt: skip
    return pairs.select("text", "text_right").rows()


@pytest.mark.parametrize("chain", CHAINS)
def test_no_text_runs_into_another_or_off_the_page(chain: str):
    t = simulated(chain) if chain == "distributed" else compiled(chain)
    for module in DRAWINGS:
        scene = drawn(module, t)
        assert overlaps(scene) == []
        assert text_boxes(scene.shapes).filter((pl.col("x0") < 0) | (pl.col("x1") > scene.width) | (pl.col("y1") > scene.height)).is_empty()


@pytest.mark.parametrize("chain", CHAINS)
def test_every_branch_of_the_trunk_has_its_symbol_once(chain: str):
    """Normal ways and alternatives down to the busway heads, but a tie's other direction and the same way with modules lost."""
    t = compiled(chain)
    own = trunk(t)
    refs = drawn(supply_one_line, t).shapes["ref"].drop_nulls().to_list()
    shown = [r.partition(":")[2] for r in refs if r.startswith("supply_branches:")]
    assert len(shown) == len(set(shown))
    branches = own.branches.filter(pl.col("b_node_id").is_in(own.is_trunk.nonzero()[0]))
    normal = branches.filter(pl.col("rank") == 0)
    assert set(normal["name"]) <= set(shown)
    fewer = branches.join(normal, on=["a_node_id", "b_node_id", "kind", "part"], how="semi", nulls_equal=True)
    wanted = set(branches.filter(~pl.col("branch_id").is_in(fewer.filter(pl.col("rank") > 0)["branch_id"].implode()))["name"])
    assert set(shown) == wanted
    busways = [r for r in refs if r.startswith("supply_nodes:") and r.endswith("head")]
    assert len(set(busways)) >= own.groups.filter(pl.col("node_id").is_in(t["supply_nodes"].filter(kind="busway")["node_id"].implode())).height


def test_figures_of_the_one_line_are_those_of_the_tables():
    t = simulated("distributed")
    texts = drawn(supply_one_line, t).shapes["text"].drop_nulls().to_list()
    for r in with_states(t).filter(kind="transformer").iter_rows(named=True):
        assert f"{r['power_rated_va'] / 1e6:.3g} MVA · {100 * r['loading']:.0f} %, worst {100 * r['loading_worst']:.0f} %" in texts
    racks = [int(m.group(1)) for x in texts if (m := re.match(r"(\d+) racks? · ", x))]
    assert sum(racks) == t["supply_feeds"].height


def test_alike_branches_are_folded_and_counted(monkeypatch: pytest.MonkeyPatch):
    """With room for less than there is: whatever is folded, transformers and busways behind all rows are still those of the tables."""
    t = compiled("ring")
    full = one_line.tree(trunk(t), 0.0)
    monkeypatch.setattr(one_line, "FULL", 3)
    for wide, kept in ((40, 1), (0, 2)):
        monkeypatch.setattr(one_line, "WIDE", wide)
        monkeypatch.setattr(one_line, "KEPT", kept)
        made = one_line.tree(trunk(t), 0.0)
        folded = [i for i in made.items() if i.alike is not None]
        ends = [i for i in made.items() if i.group is not None and i.alike is None]
        assert folded
        assert len(ends) == 2 * kept
        assert len(ends) + sum(int(made.sums["busways"][i.alike].sum()) for i in folded) == trunk(t).groups.height
        assert made.bottom < full.bottom
        scene = drawn(supply_one_line, t)
        assert overlaps(scene) == []
        texts = scene.shapes["text"].drop_nulls().to_list()
        for i in folded:
            assert f"+ {len(i.alike)} alike" in texts
            racks = sum(w for n, w in t["supply_feeds"].select("node_id", "power_w").iter_rows() if above(t, n) & set(i.alike.tolist()))
            assert made.sums["power_w"][i.alike].sum() == pytest.approx(racks, rel=1e-9)


def test_rows_of_the_one_line_belong_to_one_node():
    """What is drawn in one column never shares a row: the premise of a diagram without overlaps."""
    for chain in CHAINS:
        items = one_line.tree(trunk(compiled(chain)), 0.0).items()
        for column in {i.column for i in items}:
            ys = sorted([i.y for i in items if i.column == column and i.link_y is None] + [w.y for i in items if i.column == column for w in i.ways])
            assert all(b - a >= one_line.ROW - 1e-6 for a, b in pairwise(ys))


def test_what_stands_ready_for_a_block_is_drawn_as_the_reserve():
    """Its ways to the rows are of the path that they stand in for in the tables, and hang on the reserve."""
    t = compiled("reserve")
    found = trunk(t)
    drawn, of = found.nodes["path"].to_list(), t["supply_nodes"].sort("node_id")["path"].to_list()
    assert all(drawn[i] == "R" for i, up in enumerate(found.parent.tolist()) if up >= 0 and drawn[up] == "R")
    moved = {of[i] for i in range(len(of)) if of[i] != drawn[i]}
    assert moved == {"A"}
    assert all(drawn[i] == "A" for i in t["supply_nodes"].filter(kind="busway")["node_id"].to_list())


def test_a_lost_transformer_opens_its_breaker_and_closes_the_tie():
    t = compiled("ring")
    before, after = (drawn(supply_one_line, x).shapes for x in (t, failed(t, "H01-1A transformer")))

    def is_filled(shapes: pl.DataFrame, kind: str) -> list[bool]:
        names = t["supply_branches"].filter(kind=kind)["name"].to_list()
        own = shapes.filter(pl.col("ref").is_in([f"supply_branches:{n}" for n in names]) & (pl.col("kind") == "rect"))
        return own["css"].str.starts_with("sym-fill").to_list()

    boards = set(t["supply_nodes"].filter((pl.col("kind") == "board") & (pl.col("voltage_nominal_v") < 1000))["node_id"])
    ties = t["supply_branches"].filter((pl.col("kind") == "tie") & pl.col("a_node_id").is_in(boards))
    assert ties.height
    assert not any(is_filled(before, "tie"))
    assert any(is_filled(after, "tie"))


def test_the_floor_shows_every_rack_with_its_highest_whip():
    t = compiled("distributed")
    shapes = drawn(supply_loading, t).shapes
    racks = supply_loading.racks(t)
    boxes = shapes.filter(pl.col("layer") == "racks")
    assert set(boxes["ref"]) == {f"hall_racks:{n}" for n in racks["name"]}
    whips = with_states(t).filter(kind="whip")
    for r in racks.filter(pl.col("loading").is_not_null()).iter_rows(named=True):
        own = whips.filter(pl.col("name").str.starts_with(f"{r['name']} feed"))
        assert r["loading"] == pytest.approx(own["loading"].max(), rel=1e-12)
        assert supply_loading.load_class(r["loading"]) in boxes.filter(ref=f"hall_racks:{r['name']}")["css"][0]
    strips = shapes.filter(pl.col("layer") == "strips")
    assert strips["ref"].str.strip_prefix("sections:").cast(pl.Int64).sum() == t["supply_feeds"].height
    runs = supply_loading.feeds(t)["run"].unique()  # a strip is of one run
    assert set(strips["title"].str.extract(r"^(.*?), busway of path")) == set(runs)


def test_racks_are_dark_and_feeds_lost_as_the_case_says():
    t = compiled("ring")
    boards = t["supply_nodes"].filter((pl.col("kind") == "board") & (pl.col("voltage_nominal_v") < 1000))["name"].to_list()
    one = failed(t, boards[0])
    racks = supply_loading.racks(one).filter(pl.col("feeds").is_not_null())
    assert not racks["is_dark"].any()
    assert (racks["live"] == 1).all()
    shapes = drawn(supply_loading, one).shapes
    assert shapes.filter(pl.col("layer") == "lost").height == racks.height
    both = failed(t, *boards)
    assert supply_loading.racks(both).filter(pl.col("feeds").is_not_null())["is_dark"].all()
    assert "racks are dark" in drawn(supply_loading, both).description
    assert supply_sankey.draw(both) is None


@pytest.mark.parametrize("chain", CHAINS)
def test_the_flow_of_power_balances_and_is_to_scale(chain: str):
    t = compiled(chain)
    f = supply_sankey.flows(t)
    assert f.taken == pytest.approx(sum(w for _, w in f.losses) + sum(w for _, _, w in f.racks), rel=1e-9)
    for name, _, watts in f.racks:
        assert watts == pytest.approx(sum(w for n, _, w, _ in f.uses if n == name), rel=1e-9)
    shapes = drawn(supply_sankey, t).shapes
    scale = shapes.filter(ref="flow")["h"][0] / f.taken
    for r in shapes.filter(pl.col("ref").str.starts_with("node:")).iter_rows(named=True):
        watts = sum(w for _, use, w, _ in f.uses if use == r["ref"].removeprefix("node:"))
        assert r["h"] == pytest.approx(max(watts * scale, 0.5), rel=1e-6)
    for name, watts in f.losses:
        area = shapes.filter(ref=f"loss:{name}")["points"][0].to_list()
        assert max(area[::2]) - min(area[::2]) >= watts * scale


def test_chains_of_devices_are_distinct_and_cover_all_last_ones():
    t = compiled("distributed")
    found = supply_time_current.chains(t)
    devices, pairs = t["supply_devices"], t["supply_device_pairs"].filter("is_normal")
    last = devices.filter(~pl.col("device_id").is_in(pairs["a_device_id"].implode()))
    assert sum(c.count for c in found) == last.height
    for c in found:
        for below, above in pairwise(c.devices):
            assert pairs.filter((pl.col("a_device_id") == above) & (pl.col("b_device_id") == below)).height == 1
    scene = drawn(supply_time_current, t)
    bands = scene.shapes.filter(pl.col("layer") == "bands")["ref"].to_list()
    assert bands == [f"supply_devices:{d}" for c in found[: supply_time_current.MOST] for d in reversed(c.devices)]


def test_sections_of_a_ring_are_apart_by_line_differential_in_table_rule_and_picture():
    sets = ["fabrics={}", "power={redundancy: 2N, medium: ring, transformer: generic/transformer-dry-1000kva}"]
    t = compile_hall(str(HALL), sets=sets, as_of="2026-01-01").tables
    kinds = t["supply_branches"].select("branch_id", way="kind")
    lines = t["supply_devices"].join(kinds, on="branch_id").filter(way="line")["device_id"].to_list()
    both = t["supply_device_pairs"].filter(pl.col("a_device_id").is_in(lines) & pl.col("b_device_id").is_in(lines))
    assert both.height > 0
    assert both["is_unit"].all()
    assert both["is_selective"].all()
    assert not t["supply_device_pairs"].filter(~pl.col("b_device_id").is_in(lines) & ~pl.col("a_device_id").is_in(lines))["is_unit"].any()
    assert t["findings"].filter(pl.col("code") == "PWR415", pl.col("message").str.contains("ring")).is_empty()
    found = supply_time_current.chains(t)
    assert max(len(set(lines).intersection(c.devices)) for c in found) == 1
    for c in found:
        for below, above in zip(c.under, c.devices[1:], strict=False):
            assert t["supply_device_pairs"].filter(a_device_id=above, b_device_id=below).height == 1


def test_dc_fuses_are_drawn_with_the_sidecar_before_them():
    t = compiled("sidecar")
    kinds = dict(t["supply_devices"].select("device_id", "kind").iter_rows())
    assert ("fuse", "converter") in {tuple(kinds[d] for d in c.devices) for c in supply_time_current.chains(t)[: supply_time_current.MOST]}


def test_curves_and_faults_stand_where_the_tables_say():
    """Corners of the last device of the first chain and its greatest fault, back from paper to amperes and seconds."""
    t = compiled("distributed")
    scene = drawn(supply_time_current, t)
    device = t["supply_devices"].filter(device_id=supply_time_current.chains(t)[0].devices[0]).row(0, named=True)
    ticks = scene.shapes.filter((pl.col("layer") == "axis") & (pl.col("anchor") == "middle")).head(2)
    scales = {"": 1.0, "k": 1e3, "M": 1e6}
    amps = [float(x.split()[0]) * scales[x.split()[1][:-1]] for x in ticks["text"]]
    (x0, x1), decade = ticks["x"].to_list(), amps[1] / amps[0]

    def current(x: float) -> float:
        return float(amps[0] * decade ** ((x - x0) / (x1 - x0)))

    line = scene.shapes.filter(ref="fault:greatest")["points"][0].to_list()
    assert current(line[0]) == pytest.approx(device["fault_max_a"], rel=1e-6)
    early = t["supply_curves"].filter((pl.col("curve") == device["curve"]) & ~pl.col("is_late")).sort("point")["current_a"]
    band = scene.shapes.filter(ref=f"supply_devices:{device['device_id']}")["points"][0].to_list()
    drawn_amps = [current(x) for x in band[::2]]
    for a in early.filter(early <= device["fault_max_a"]):
        assert min(abs(x / a - 1) for x in drawn_amps) < 1e-6


def test_the_report_tells_what_the_build_knows_and_how_to_get_the_rest():
    built, full = supply.content(compiled("distributed")), supply.content(simulated("distributed"))
    assert built is not None
    assert full is not None
    assert any("sim power DIR --report" in x for x in built.lead)
    assert not any("sim power DIR --report" in x for x in full.lead)
    results = dict(simulated("distributed")["supply_results"].select("question", "value").iter_rows())
    for r in supply._known(compiled("distributed")).iter_rows(named=True):
        assert r["value"] == pytest.approx(results[r["question"]], rel=1e-9)
    grids = {g.name: g for g in full.grids}
    branches = compiled("distributed")["supply_branches"]
    assert sum(int(row[1].replace(",", "")) for row in grids["supply-chain"].rows) == branches.height
    assert sum(int(row[2]) for row in grids["supply-devices"].rows) == simulated("distributed")["supply_devices"].height
    page = report(simulated("distributed"))
    assert page == report(simulated("distributed"))
    assert 'id="supply"' in page


def test_nothing_is_drawn_without_a_chain(tables: Tables):
    assert all(module.draw(tables) is None for module in DRAWINGS)
    assert supply.content(tables) is None


def test_drawings_stay_small():
    for module in DRAWINGS:
        assert len(svg(drawn(module, simulated("distributed")))) < 150_000
