"""Two things in the spec cannot both hold.

What: For example `below` without `within`, `at` together with `within`, more `at` than members, `2N` on one feed, liquid-cooled trays without a
    manifold, DC trays without a shelf, AC devices without a PDU.
Why: There is no design that does both.
Fix: Change one of the two places that the message names.
Source: The spec itself.
Limits: None known.
"""

from __future__ import annotations

from rackwright.rules.rule import Rule

RULE = Rule("SPC108", "contradiction", "error", "this cannot hold together", help="change one of the two")
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100, below: 1}  # error: SPC108
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
"""
check = None
