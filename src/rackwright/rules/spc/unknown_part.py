"""A part that is not in the catalogue.

What: A part is named that is neither shipped nor in one of the folders under `parts`, or `overrides` changes a part that the design does not use.
Why: Nothing is known about it.
Fix: Correct the name, or write a part file and name its folder under `parts`.
Source: The catalogue, `rackwright part`.
Limits: None known.
"""

from __future__ import annotations

from rackwright.rules.rule import Rule

RULE = Rule("SPC104", "unknown-part", "error", "there is no part `{subject}`", help="`rackwright part` lists them; add your own with `parts:`")
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h10}  # error: SPC104
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
