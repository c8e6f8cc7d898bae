"""A value that its field cannot hold.

What: A quantity without or with a wrong unit, a count that is no whole number, a word that is not one of the known ones, a value out of range.
Why: Units are written so that nobody has to guess them.
Fix: Write the value as the message says.
Source: The spec model, `rackwright schema`.
Limits: None known.
"""

from __future__ import annotations

from rackwright.rules.rule import Rule

RULE = Rule("SPC102", "wrong-value", "error", "`{subject}` cannot hold this value", help="write the value as the message says")
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 degC}  # error: SPC102
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
