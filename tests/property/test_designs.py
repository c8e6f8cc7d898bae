"""What holds for every compiled design: the examples, and small racks of three families with random counts, parts, zones and redundancy."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rackwright.base.tree import parse
from rackwright.flow.diff import diff
from rackwright.flow.pipeline import Design, compile_document, compile_text
from rackwright.schema.check import violations
from rackwright.schema.tables import Tables
from rackwright.spec.document import read_yaml
from rackwright.spec.python import rack

DAY = "2026-06-01"
EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples" / "racks").glob("*.yaml"))
each_example = pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
REDUNDANCY = st.sampled_from(["N", "N+1", "N+2", "2N"])
LIQUID = ["nvidia/gb200-compute-tray", "nvidia/gb300-compute-tray"]


@st.composite
def racks(draw: st.DrawFn) -> dict[str, object]:
    """A rack that can be built: liquid-cooled with a scale-up fabric, air-cooled on PDUs, or a few switches on ORv3 with batteries."""
    feeds = draw(st.sampled_from([["A", "B"], ["A", "B", "C"]]))
    power: dict[str, object] = {"feeds": feeds, "redundancy": draw(REDUNDANCY)}
    kind = draw(st.sampled_from(["liquid", "air", "battery"]))
    if kind == "liquid":
        trays: dict[str, object] = {
            "compute": {"part": draw(st.sampled_from(LIQUID)), "count": draw(st.integers(1, 9))},
            "switch": {"part": "nvidia/nvlink5-switch-tray", "count": draw(st.sampled_from([1, 3, 9])), "within": "compute"},
            "mgmt": {"part": "nvidia/sn2201-dc", "count": draw(st.integers(1, 2))},
        }
        zones = draw(st.integers(1, 3))
        return {
            "rack": "liquid", "frame": "nvidia/mgx-48u", "trays": trays, "management": {"switches": "mgmt"},
            "power": power | {"shelf": "ocp/hpr-33kw", "busbar": "ocp/mgx-busbar-1400a", "zones": zones},
            "placement": {"order": ["power-shelf", "compute", "mgmt"]},
            "scale_up": {"fabric": "nvlink5", "from": "compute", "to": "switch", "cable": "cable/nvlink-twinax"}
            | draw(st.sampled_from([{}, {"cartridge": "nvidia/nvlink-cartridge"}])),
            "cooling": {"manifold": "manifold/rack-45mm", "rise": f"{draw(st.integers(6, 20))} K",
                        "piping": draw(st.sampled_from(["direct", "reverse"]))},
        }  # fmt: skip
    if kind == "air":
        trays = {
            "box": {"part": "nvidia/dgx-h100", "count": draw(st.integers(1, 4))},
            "tor": {"part": "nvidia/sn2201", "count": draw(st.integers(1, 3))},
        }
        return {
            "rack": "air",
            "frame": "eia/310-48u",
            "trays": trays,
            "power": power | {"pdu": "raritan/px3-5878"},
            "management": {"switches": "tor"},
        }
    trays = {"oob": {"part": "generic/oob-48x1g-dc", "count": draw(st.integers(1, 6))}}
    return {
        "rack": "battery", "frame": "ocp/orv3-hpr", "trays": trays,
        "power": power | {"shelf": "ocp/hpr-33kw-ou", "busbar": "ocp/orv3-hpr-busbar", "battery": "ocp/bbu-hpr", "shelves": draw(st.integers(1, 3))},
    }  # fmt: skip


def written(spec: object) -> str:
    return yaml.safe_dump(spec, sort_keys=False, allow_unicode=True)


def compiled(spec: object) -> Design:
    """The design; every rack of `racks` has room for what is in it."""
    design = compile_text(written(spec), as_of=DAY)
    assert design.tables["devices"].filter((pl.col("height_u") > 0) & pl.col("position_u").is_null()).is_empty()
    return design


@cache
def example(path: Path) -> Design:
    return compile_text(path.read_text(encoding="utf-8"), path.name, as_of=DAY)


def plain(path: Path) -> dict[str, object]:
    (root,) = parse(path.read_text(encoding="utf-8"), path.name)
    made = root.plain()
    assert isinstance(made, dict)
    return made


def shuffled(node: object, r: random.Random, *, keep: tuple[str, ...] = ()) -> object:
    """The same with the names of every mapping in another order; those under `keep` stay."""
    if isinstance(node, list):
        return [shuffled(v, r) for v in node]
    if not isinstance(node, dict):
        return node
    names = list(node)
    r.shuffle(names)
    return {k: node[k] if k in keep else shuffled(node[k], r) for k in names}


def same(a: Tables, b: Tables) -> None:
    """Identical tables but for where things were written."""
    assert set(a) == set(b)
    for name in a:
        if name != "spans":
            drop = [c for c in ("src", "related_src", "finding_id") if c in a[name].columns]
            one, two = a[name].drop(drop), b[name].drop(drop)
            if name == "findings":  # their order is that of the lines
                one, two = (f.sort(f.columns, nulls_last=True) for f in (one, two))
            assert one.equals(two, null_equal=True), f"table `{name}` differs"


def no_port_twice(t: Tables) -> None:
    links = t["links"]
    used = pl.concat([links["a_port_id"], links["b_port_id"]])
    assert used.n_unique() == used.len()
    assert links["cable_id"].null_count() == 0
    ends = t["cables"].select(pl.concat([pl.col("a_port_id"), pl.col("b_port_id")])).to_series().drop_nulls()
    assert ends.n_unique() == ends.len()
    assert t["cables"]["label"].n_unique() == t["cables"].height
    assert t["pairs"].height == 2 * int(t["cables"].join(links, on="cable_id").filter(pl.col("kind") == "scale-up")["lanes"].sum())


def lengths_hold(t: Tables) -> None:
    cables = t["cables"]
    assert (cables["length_cut_mm"] >= cables["length_route_mm"]).all()
    assert (cables["length_route_mm"] >= 0).all()
    assert (cables["length_stock_mm"].drop_nulls().len() == 0) or (cables["length_stock_mm"] >= cables["length_cut_mm"]).all()
    ports = t["ports"].select("port_id", "x_mm", "y_mm", "z_mm")
    both = cables.join(ports, left_on="a_port_id", right_on="port_id").join(ports, left_on="b_port_id", right_on="port_id", suffix="_b")
    # connectors of a cartridge mate in one plane, so the route is held against the distance within it
    across, up = pl.col("x_mm") - pl.col("x_mm_b"), pl.col("z_mm") - pl.col("z_mm_b")
    assert both.filter((across**2 + up**2).sqrt() > pl.col("length_route_mm") + 1).is_empty(), "a cable shorter than the straight line"


def bom_is_what_is_there(t: Tables) -> None:
    bom, devices, cables = t["bom"], t["devices"], t["cables"]
    bought = bom.filter(pl.col("level") == 0)
    assert dict(bought.filter(pl.col("part") == t["racks"]["part"][0]).select("part", "quantity").iter_rows()) == {t["racks"]["part"][0]: 1.0}
    counts = dict(devices.group_by("part").len().iter_rows())
    assert {p: q for p, q in bought.select("part", "quantity").iter_rows() if p in counts} == counts
    loose = dict(cables.filter(pl.col("assembly").is_null()).group_by("part").len().iter_rows())
    on_bill = bought.filter(pl.col("kind") == "cable").group_by("part").agg(pl.col("quantity").sum())
    assert dict(on_bill.iter_rows()) == loose
    cartridges = bought.filter(pl.col("kind") == "cartridge")["quantity"].sum()
    assert cartridges == cables["assembly"].drop_nulls().n_unique()
    inside = bom.filter((pl.col("level") == 1) & (pl.col("quantity_unit") == "pcs"))
    assert (inside.height > 0) == (t["part_contents"].height > 0)
    for part, parent, quantity in inside.select("part", "parent", "quantity").iter_rows():
        held = t["part_contents"].filter((pl.col("parent") == parent) & (pl.col("part") == part))["quantity"].sum()
        if held:
            assert quantity == held * counts[parent], f"{part} in {parent}"
    bulk = bom.filter((pl.col("level") == 1) & (pl.col("quantity_unit") == "m"))["quantity"].sum()
    assert bulk == pytest.approx(cables.filter(pl.col("assembly").is_not_null())["length_cut_mm"].sum() / 1000)
    priced = bought.filter(pl.col("unit_cost_usd").is_not_null())
    assert np.allclose(priced["cost_usd"], priced["quantity"] * priced["unit_cost_usd"])


def power_balances(t: Tables) -> None:
    """At every node, in every solved case: what the branches bring is what branches and load take; nothing is lost but in branches."""
    solved = t["power_case_states"].filter("is_solved")
    branches = (
        t["power_branch_states"]
        .join(t["power_branches"].select("branch_id", "a_node_id", "b_node_id"), on="branch_id")
        .join(solved.select("case_id"), on="case_id")
    )
    assert np.allclose(branches["power_a_w"], branches["power_b_w"] + branches["loss_w"], rtol=1e-9, atol=1e-6)
    assert (branches["loss_w"] > -1e-6).all()
    into = branches.group_by("case_id", node_id="b_node_id").agg(brought=pl.col("power_b_w").sum())
    out = branches.group_by("case_id", node_id="a_node_id").agg(taken=pl.col("power_a_w").sum())
    nodes = (
        t["power_node_states"].join(solved.select("case_id"), on="case_id").join(t["power_nodes"].select("node_id", "kind", "load_w"), on="node_id")
    )
    nodes = (
        nodes.join(into, on=["case_id", "node_id"], how="left")
        .join(out, on=["case_id", "node_id"], how="left")
        .with_columns(pl.col("brought", "taken").fill_null(0.0))
    )
    inner = nodes.filter(pl.col("kind") != "feed").with_columns(
        load=pl.when(pl.col("voltage_v").is_not_null() & pl.col("voltage_v").is_not_nan()).then("load_w").otherwise(0.0)
    )
    assert np.allclose(inner["brought"], inner["taken"] + inner["load"], rtol=1e-6, atol=0.05)
    assert np.allclose(nodes["power_in_w"], nodes["power_out_w"], rtol=1e-6, atol=0.05)
    assert np.allclose(solved["input_w"], solved["load_w"] - solved["load_dark_w"] + solved["loss_w"], rtol=1e-6, atol=0.05)


def heat_balances(t: Tables) -> None:
    """All power a device takes becomes heat, in coolant or air, and its coolant flow carries its heat away."""
    devices = t["devices"].filter(~pl.col("role").is_in(["power", "pdu", "battery"]))
    assert np.allclose(devices["heat_liquid_w"] + devices["heat_air_w"], devices["power_max_w"], rtol=1e-9, atol=1e-6)


LAWS = (no_port_twice, lengths_hold, bom_is_what_is_there, power_balances, heat_balances)


@each_example
@pytest.mark.parametrize("law", LAWS, ids=lambda f: f.__name__)
def test_examples_keep(law, path: Path):
    law(example(path).tables)


@settings(few, max_examples=25)
@given(racks())
def test_random_racks_keep(spec: dict[str, object]):
    t = compiled(spec).tables
    assert violations(t) == []
    for law in LAWS:
        law(t)


@few
@given(racks(), st.data())
def test_one_more_tray_never_lowers_mass_power_or_cost(spec: dict[str, object], data: st.DataObject):
    trays = spec["trays"]
    assert isinstance(trays, dict)
    group = data.draw(st.sampled_from([g for g in trays if g != "switch"]))
    more = {**spec, "trays": {**trays, group: trays[group] | {"count": trays[group]["count"] + 1}}}
    before, after = (compiled(s).tables for s in (spec, more))
    assume(before["power_case_states"]["is_solved"][0] and after["power_case_states"]["is_solved"][0])
    for name, figure in {
        "mass": lambda t: t["masses"]["mass_kg"].sum(), "load": lambda t: t["devices"]["power_max_w"].sum(),
        "input": lambda t: t["power_case_states"]["input_w"][0],
        "cost": lambda t: t["bom"].filter(pl.col("level") == 0)["cost_usd"].sum(),
        "ports": lambda t: t["ports"].height, "cables": lambda t: t["cables"].height,
    }.items():  # fmt: skip
        assert figure(after) >= figure(before), name


@each_example
@pytest.mark.parametrize("seed", [1, 2])
def test_order_of_lines_changes_nothing(path: Path, seed: int):
    """Sections and fields in any order give the same tables, byte for byte; `trays` keeps its order, which numbers the devices."""
    spec = shuffled(plain(path), random.Random(seed), keep=("trays",))
    same(example(path).tables, compile_text(written(spec), path.name, as_of=DAY).tables)


def differences(a: Tables, b: Tables) -> dict[str, object]:
    """What differs by stable names. A sum taken in another order may be off by some 1e-12, also where it should be zero."""
    found: dict[str, object] = {}
    for name, d in diff(a, b).tables.items():
        numbers = d.changed.with_columns(off=(pl.col("a").cast(pl.Float64, strict=False) - pl.col("b").cast(pl.Float64, strict=False)).abs())
        changed = numbers.filter(pl.col("off").is_null() | (pl.col("off") > 1e-6))
        if d.added.height or d.removed.height or changed.height:
            found[name] = (d.added.height, d.removed.height, changed.rows()[:3])
    return found


@each_example
def test_order_of_groups_changes_no_name_place_or_figure(path: Path):
    spec = shuffled(plain(path), random.Random(3))
    assert differences(example(path).tables, compile_text(written(spec), path.name, as_of=DAY).tables) == {}


@few
@given(racks(), st.randoms(use_true_random=False))
def test_order_of_groups_changes_nothing_in_random_racks(spec: dict[str, object], r: random.Random):
    assert differences(compiled(spec).tables, compiled(shuffled(spec, r)).tables) == {}


@each_example
def test_what_is_written_is_read(path: Path):
    """Written out by another YAML library and read again, a spec says the same."""
    text = path.read_text(encoding="utf-8")
    for again in (written(plain(path)), yaml.safe_dump(plain(path), default_flow_style=True, width=80), text.replace("\n", "\r\n")):
        assert read_yaml(again, path.name, Path()).spec == read_yaml(text, path.name, Path()).spec


@each_example
def test_python_and_yaml_make_the_same_rack(path: Path):
    fields = plain(path)
    name = fields.pop("rack")
    made = rack(str(name), **{"from_" if k == "from" else k: v for k, v in fields.items()}).document()
    assert made.spec == example(path).spec
    same(example(path).tables, compile_document(made, as_of=DAY).tables)


@each_example
def test_twice_is_the_same(path: Path):
    again = compile_text(path.read_text(encoding="utf-8"), path.name, as_of=DAY).tables
    assert {name: t.equals(again[name], null_equal=True) for name, t in example(path).tables.items()} == dict.fromkeys(again, True)
