"""The file uses YAML that a spec does without.

What: Anchors, aliases, tags, merge keys, names that are no plain text, or nesting far deeper than any spec.
Why: With an alias a value has two places: no message could point at the one to change.
Fix: Write the values out, or use `variants`.
Source: A decision of this project; the spec is read as a node tree in which every value stands once.
Limits: None known.
"""

from __future__ import annotations

from rackwright.rules.rule import Rule

RULE = Rule("SPC003", "yaml-not-plain", "error", "this YAML is not used in a spec", help="write the values out")
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: &box {part: nvidia/dgx-h100}  # error: SPC003
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
