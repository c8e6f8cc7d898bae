"""A name that the spec does not know.

What: A field stands in a section that has no field of that name.
Why: A slip of the pen would otherwise be ignored, and a default would be used in its place.
Fix: Correct the name; the message names the nearest known ones.
Source: The spec model, `rackwright schema`.
Limits: None known.
"""

from __future__ import annotations

from rackwright.rules.rule import Rule

RULE = Rule("SPC101", "unknown-field", "error", "`{subject}` is not known here", help="correct the name")
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100, cuont: 2}  # error: SPC101
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
