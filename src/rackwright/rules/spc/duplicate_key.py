"""A name is given twice in one mapping.

What: The same name stands twice in one mapping of the spec.
Why: YAML readers keep the last one silently; the reader of the spec believes the first.
Fix: Keep one of the two.
Source: YAML 1.2, section 3.2.1.1: keys of a mapping are unique.
Limits: None known.
"""

from __future__ import annotations

from rackwright.rules.rule import Rule

RULE = Rule("SPC002", "duplicate-key", "error", "`{subject}` is given twice", label="second time here", help="keep one of the two")
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100, count: 1, count: 2}  # error: SPC002
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100, count: 2}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
"""
check = None
