"""Places under constraints, each spec small enough to see the answer."""

from __future__ import annotations

import pytest

from rackwright.base.findings import DesignError
from rackwright.flow.pipeline import compile_text
from rackwright.schema.tables import Tables

SPEC = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {{part: nvidia/gb200-compute-tray, count: {count}}}
  switch: {{part: nvidia/nvlink5-switch-tray, count: 2{switch}}}
  mgmt: {{part: nvidia/sn2201-dc{mgmt}}}
placement: {{{placement}}}
power: {{shelf: ocp/hpr-33kw, shelves: 2, busbar: ocp/mgx-busbar-1400a{power}}}
cooling: {{manifold: manifold/rack-45mm}}
"""

UP = "scale_up: {fabric: f, cable: cable/nvlink-twinax}\n"
ORDER = "order: [compute, power-shelf, mgmt]"


def compiled(placement: str = "", more: str = "", count: int = 4, **groups: str) -> Tables:
    fields = {"switch": "", "mgmt": "", "power": ""} | {k: f", {v}" for k, v in groups.items()}
    return compile_text(SPEC.format(placement=placement, count=count, **fields) + more).tables


def units(t: Tables) -> dict[str, list[int]]:
    rows = t["devices"].sort("position_u").group_by("group", maintain_order=True).agg("position_u")
    return {str(group): found for group, found in rows.iter_rows()}


def height(t: Tables) -> float:
    return float(t["summary"].filter(t["summary"]["key"] == "centre_of_mass_mm")["value"][0])


def codes(t: Tables) -> set[str]:
    return set(t["findings"].filter(t["findings"]["severity"] == "error")["code"])


def test_order_is_kept_from_the_bottom_up():
    assert units(compiled("order: [mgmt, switch, power-shelf, compute]")) == {
        "mgmt": [1],
        "switch": [2, 3],
        "power-shelf": [4, 5],
        "compute": [6, 7, 8, 9],
    }


def test_zones_stand_where_the_order_names_them():
    found = units(compiled("order: [power-shelf, compute, power-shelf, switch, mgmt]", power="zones: 2"))
    assert found["power-shelf"] == [1, 6]


def test_a_group_with_given_units_bounds_what_the_order_puts_above_and_below_it():
    found = units(compiled("order: [compute, mgmt, switch]", mgmt="at: 20"))
    assert max(found["compute"]) < 20 < min(found["switch"])


def test_given_units_that_contradict_the_order_are_refused():
    with pytest.raises(DesignError, match="the order puts `mgmt` below `switch`, and its `at` puts it in unit 9, above unit 4"):
        compiled("order: [mgmt, compute, switch]", mgmt="at: 9", switch="at: 4..5")


def test_no_room_below_a_given_unit_is_a_finding():
    t = compiled("order: [compute, mgmt]", mgmt="at: 3")
    assert units(t)["compute"][-2:] == [1, 2]
    assert "MEC101" in codes(t)


def test_neighbours_are_not_torn_by_a_given_unit():
    t = compiled("order: [compute, switch], together: [[compute, switch]], first_unit: 3", mgmt="at: 5")
    assert units(t)["compute"] + units(t)["switch"] == [6, 7, 8, 9, 10, 11]
    assert codes(t) == set()


def test_neighbours_that_fit_nowhere_in_one_piece_are_told():
    t = compiled("together: [[compute, switch]], keep_out: [{units: '4..9, 13..18, 22..48', because: a test}]")
    assert codes(t) == {"MEC110"}


def test_keep_outs_and_the_first_unit_stay_free():
    t = compiled("first_unit: 3, keep_out: [{units: '5..6', because: a test}]")
    assert not {1, 2, 5, 6} & {u for found in units(t).values() for u in found}


def test_within_stands_in_the_middle_unless_told():
    assert units(compiled(ORDER, UP, switch="within: compute"))["switch"] == [3, 4]
    assert units(compiled(ORDER, UP, switch="within: compute, below: 1"))["switch"] == [2, 3]


def test_within_an_empty_group_is_a_place_of_its_own():
    assert None not in units(compiled(switch="within: compute", count=0))["switch"]


def test_the_limit_of_the_centre_of_mass_weighs_more_than_short_cables():
    heavy = UP + "overrides:\n  nvidia/nvlink5-switch-tray: {mass: 300 kg}\n"
    free = compiled(ORDER, heavy, 8, switch="within: compute", power="redundancy: N")
    held = compiled(f"{ORDER}, centre_of_mass_max: 380 mm", heavy, 8, switch="within: compute", power="redundancy: N")
    assert units(free)["switch"] == [5, 6]
    assert height(free) > 380 > height(held)
    assert "MEC203" not in codes(held)


def test_cables_that_would_not_reach_decide_the_split():
    short = UP + "overrides:\n  cable/nvlink-twinax: {reach_max: 300 mm}\n"
    assert "CAB101" not in codes(compiled(ORDER, short, switch="within: compute"))
    assert "CAB101" in codes(compiled(ORDER, short, switch="within: compute, below: 0"))


def test_what_nothing_can_keep_is_refused():
    with pytest.raises(DesignError, match="no layout keeps both"):
        compiled("order: [compute, mgmt, switch], together: [[compute, switch]]")
