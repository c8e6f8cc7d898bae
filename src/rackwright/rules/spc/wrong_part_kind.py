"""A part of the wrong kind.

What: A field names a part that exists but is of another kind, such as a cable where a PDU is wanted.
Why: It has none of the facts that this place needs.
Fix: Name a part of the kind wanted; `rackwright part` lists parts by kind.
Source: The catalogue.
Limits: None known.
"""

from __future__ import annotations

from rackwright.rules.rule import Rule

RULE = Rule("SPC107", "wrong-part-kind", "error", "`{subject}` is of another kind", help="`rackwright part` lists parts by kind")
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: cable/cord-c19-c20, feeds: [A], redundancy: N}  # error: SPC107
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
