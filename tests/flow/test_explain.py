"""`flow.explain` on a design made by hand: every row leads back to its line and facts."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from rackwright.flow.explain import explain, inputs
from rackwright.flow.explain_cable import story
from rackwright.flow.hall import compile_hall
from rackwright.flow.manifest import PackageError
from rackwright.flow.names import KEY, named, named_tables
from rackwright.schema import ends as in_words
from rackwright.schema.tables import Tables


def test_every_input_says_who_decided_it_and_where(make):
    assert [(i.path, i.text, i.origin, str(i.span)) for i in inputs(make())] == [
        ("trays.compute.count", "3", "written", "spec/demo.yaml:3:12"),
        ("scale_up.from", "compute", "written", "spec/demo.yaml:1:1"),
        ("cooling.rise", "10 K", "default", "spec/demo.yaml:1:1"),
    ]


def test_a_device_leads_to_its_line_stage_inputs_and_facts(make):
    found = explain(make(), "devices:compute-02")
    assert (found.table, found.key, str(found.span), found.path) == ("devices", "compute-02", "spec/demo.yaml:3:12", "trays.compute")
    cells = {c.column: c for c in found.cells}
    assert (cells["power_max_w"].text, cells["power_max_w"].unit, cells["power_max_w"].stage) == ("1000", "W", "build.expand")
    assert (cells["rack"].text, cells["position_u"].stage) == ("demo", "build.place")
    assert [i.path for i in found.inputs] == ["trays.compute.count"]
    assert [(f.fact, f.confidence, f.source) for f in found.facts] == [("power_max", "read", "Acme data sheet")]
    assert dict(found.users) == {"devices": 3, "links": 3, "cables": 3, "parts": 4, "bom": 1}


def test_a_cable_is_found_by_its_ends_in_either_order(make):
    one, two = explain(make(), "cables:compute-01/p0--switch-01/p0"), explain(make(), "cables:switch-01/p0--compute-01/p0")
    assert one == two
    assert {c.column: c.text for c in one.cells}["a_port"] == "compute-01/p0"


def test_a_row_without_a_line_of_its_own_takes_that_of_what_it_belongs_to(make):
    found = explain(make(), "ports:switch-01/p2")
    assert (str(found.span), found.path) == ("spec/demo.yaml:4:11", "trays.switch")


def test_bare_paths_sections_and_names_will_do(make):
    assert explain(make(), "cooling.rise").table == "inputs"
    assert explain(make(), "trays.compute").key == "trays.compute.count"
    assert explain(make(), "compute-03").table == "devices"
    assert explain(make(), "power_it_w").table == "summary"


def test_every_row_of_every_table_can_be_explained(make):
    for table in named_tables():
        for key in named(make(), table)[KEY]:
            assert explain(make(), f"{table}:{key}").key == key


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("devices:compute-99", "`devices` has no row `compute-99`; did you mean `compute-0"),
        ("device:compute-01", "there is no table `device`; did you mean `devices`"),
        ("cooling.ris", "did you mean `cooling.rise`?"),
        ("spans:0", "rows of `spans` have no names"),
        ("", "neither a spec path nor a name"),
    ],
)
def test_a_row_that_is_not_there_is_one_clear_message(make, row, said):
    with pytest.raises(PackageError) as fault:
        explain(make(), row)
    assert said in str(fault.value)


def test_the_route_of_a_cable(examples: Path):
    """Segments in order, each beginning where the last one ends, on the level and side of their trays."""
    spec = str(examples.parent / "halls" / "h100-superpod-1su.yaml")
    t = compile_hall(spec, as_of="2026-01-01", sets=["pathways.diverse=true"]).tables
    cables = t["fabric_cables"].with_row_index("at").filter(pl.col("path_id") >= 0)
    longest = cables.sort("length_route_mm", descending=True).row(0, named=True)
    found = explain(t, f"fabric_cables:{longest['at']}")
    assert len(found.route) == 3
    assert all("data, side " in step.what for step in found.route)
    for step, after in pairwise(found.route):
        assert step.end == after.start
    assert sum(s.length_mm for s in found.route) >= longest["length_route_mm"] - 2 * 3500  # drops at both ends are no tray
    inside = t["fabric_cables"].with_row_index("at").filter(pl.col("path_id") < 0)
    assert not inside.height or explain(t, f"fabric_cables:{inside['at'][0]}").route == []


@cache
def pod() -> Tables:
    spec = Path(__file__).resolve().parents[2] / "examples" / "halls" / "dual-plane-512.yaml"
    return compile_hall(str(spec), as_of="2026-01-01", sets=["racks.box.count=8", "unit=8"]).tables


def test_the_length_of_every_cable_is_made_of_its_pieces():
    """No piece is negative, and pieces up to a sum come to it: route, cut and stock length of the table. Some of each fabric and tier."""
    t = pod()
    chosen = (
        t["fabric_cables"].with_row_index("at").group_by("fabric_id", "tier", "sku", maintain_order=True).agg(pl.col("at").first().cast(pl.Int64))
    )
    assert chosen.height > 10
    for at in chosen["at"]:
        cable, row = story(t, at), t["fabric_cables"].row(at, named=True)
        total, sums = 0, []
        for piece in cable.lengths:
            assert piece.length_mm >= 0, (cable.label, piece)
            if piece.is_sum:
                assert piece.length_mm == total
                sums.append(piece.length_mm)
            else:
                total += piece.length_mm
        assert sums == [row[f"length_{c}_mm"] for c in ("route", "cut", "stock")]


def test_the_way_inside_a_rack_is_height_and_breadth():
    """Sideways is what lies between the four sides of a cabinet, or nothing: heights and ways to the side are those of the length."""
    t = pod()
    racks = t["fabric_switches"].select("device_id", "rack_id")
    inside = t["fabric_cables"].with_row_index("at").filter(pl.col("path_id") == -1)
    inside = inside.join(racks, left_on="b_device_id", right_on="device_id").unique(["fabric_id", "tier", "a_device_id"], keep="first")
    assert inside.height > 10
    wide = t["hall_racks"]["width_mm"].max()
    deep = t["hall_racks"]["depth_mm"].max()
    sideways = {next(p for p in story(t, at).lengths if p.what.startswith("sideways")).length_mm for at in inside["at"].to_list()}
    assert 0 in sideways
    assert max(sideways) <= wide + deep
    assert len(sideways) <= 6


def test_why_a_cable_is_made_of_its_part():
    """What is cheaper does not reach or is not for its cage; what is dearer would do; the part taken stands between."""
    t = pod()
    for at in t["fabric_cables"].with_row_index("at").unique("sku", keep="first")["at"].to_list():
        cable, row = story(t, at), t["fabric_cables"].row(at, named=True)
        place = [o.verdict for o in cable.offers].index("taken")
        taken = t["fabric_skus"].row(by_predicate=(pl.col("fabric_id") == row["fabric_id"]) & (pl.col("sku") == row["sku"]), named=True)
        assert (cable.part, cable.medium) == (taken["part"], taken["medium"]) == (cable.offers[place].part, cable.offers[place].medium)
        assert [o.weight_link_usd for o in cable.offers] == sorted(o.weight_link_usd for o in cable.offers)
        assert all("reaches" in o.verdict or "not for the links" in o.verdict for o in cable.offers[:place])
        needed = {o.longest_mm: int(o.verdict.replace(",", "").split()[3]) for o in cable.offers[:place] if "reaches" in o.verdict}
        assert all(longest < wanted >= row["length_cut_mm"] for longest, wanted in needed.items())
        assert all(o.verdict.endswith("dearer") and o.longest_mm >= row["length_cut_mm"] for o in cable.offers[place + 1 :])


def test_a_cable_is_explained_by_any_of_its_names():
    t = pod()
    at = in_words.devices(t)
    split = t["fabric_cables"].with_row_index("at").filter((pl.col("leg") == 2) & (pl.col("tier") == 0))["at"][0]
    named = in_words.named(t, at, pl.Series([split], dtype=pl.UInt32)).row(0, named=True)
    found = explain(t, f"fabric_cables:{split}")
    assert found.cable is not None
    assert (found.cable.label, found.cable.link, found.cable.links) == (named["label"], named["link"], 2)
    assert {e.name for e in found.cable.ends} >= set(named["label"].split("--"))
    assert len(found.cable.ends) >= 3
    assert found.facts
    assert explain(t, named["link"]) == explain(t, f"fabric_cables:{found.key}") == found
    for name in (named["label"], f"fabric_cables:{named['label']}", str(named["key"])):
        other = explain(t, f"fabric_cables:{name}" if name.isdigit() else name)
        assert (other.table, other.cable and other.cable.label) == ("fabric_cables", named["label"])
    with pytest.raises(PackageError, match=r"there is no cable .*did you mean"):
        explain(t, f"{named['label']}9")
    with pytest.raises(PackageError, match=r"nothing stands at `H09.AA01-03`"):
        explain(t, f"{named['label'].split('--')[0]}--H09.AA01-03:swp1")
