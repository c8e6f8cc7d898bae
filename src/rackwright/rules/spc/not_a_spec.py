"""The file is not a spec.

What: The file cannot be read, is not YAML, is empty, holds several documents, or does not begin with a mapping.
Why: Nothing can be said about a design that cannot be read.
Fix: Mend the YAML at the place named or on the line above; `rackwright new FILE` writes a starter.
Source: YAML 1.2.
Limits: One fault is named at a time; what follows a broken line cannot be judged.
"""

from __future__ import annotations

from rackwright.rules.rule import Rule

RULE = Rule("SPC001", "not-a-spec", "error", "this is not a spec", help="`rackwright new FILE` writes a starter")
BAD = """\
rack: small
frame: eia: 310-42u  # error: SPC001
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
