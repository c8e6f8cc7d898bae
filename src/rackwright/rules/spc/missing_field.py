"""A field that must be there is missing.

What: A section lacks a field that has no default.
Why: There is no value that could be assumed.
Fix: Add it; `rackwright new FILE` writes a starter with every field.
Source: The spec model, `rackwright schema`.
Limits: None known.
"""

from __future__ import annotations

from rackwright.rules.rule import Rule

RULE = Rule("SPC103", "missing-field", "error", "`{subject}` is missing", help="add it")
BAD = """\
rack: small  # error: SPC103
trays:
  dgx: {part: nvidia/dgx-h100}
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
