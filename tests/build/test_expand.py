"""What a spec asks for, before anything stands anywhere."""

from __future__ import annotations

import pytest

from rackwright.base.findings import DesignError
from rackwright.build.expand import MAX_SUPPLIES
from rackwright.flow.pipeline import compile_text

SPEC = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {{part: nvidia/dgx-h100}}
power: {{pdu: raritan/px3-5878, pdus: {pdus}, feeds: [A, B, C]}}
cooling: {{air_rise: 18 K}}
"""


def test_given_pdus_win_over_derived_ones_and_are_dealt_over_the_feeds():
    made = compile_text(SPEC.format(pdus=6)).tables["devices"]
    pdus = made.filter(made["role"] == "pdu")
    assert pdus["feed"].to_list() == ["A", "B", "C", "A", "B", "C"]


def test_more_supplies_than_any_rack_holds_are_refused_before_every_pair_of_them_is_lost():
    with pytest.raises(DesignError, match=f"^spec.yaml:5:38: .* {MAX_SUPPLIES + 1} PDUs are more than any rack holds"):
        compile_text(SPEC.format(pdus=MAX_SUPPLIES + 1))
