"""A group that is not among the trays.

What: `order`, `together`, `within`, `from`, `to` or `switches` names a group that `trays` does not have.
Why: The constraint would hold for nothing.
Fix: Correct the name, or add the group.
Source: The spec itself.
Limits: `power-shelf` and `battery` are known in `order` and `together`.
"""

from __future__ import annotations

from rackwright.rules.rule import Rule

RULE = Rule("SPC105", "unknown-group", "error", "there is no group `{subject}` in `trays`", help="correct the name, or add the group")
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
placement: {order: [dgx, mgmt]}  # error: SPC105
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
placement: {order: [dgx]}
"""
check = None
