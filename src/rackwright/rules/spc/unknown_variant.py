"""A variant or a path that does not exist.

What: The chosen variant is not among `variants`, or a variant or `--set` changes a path that the spec does not have.
Why: A change that changes nothing would pass for a comparison.
Fix: Correct the path; `rackwright explain SPEC` lists every path.
Source: The spec itself.
Limits: The paths of a variant are judged when it is chosen.
"""

from __future__ import annotations

from rackwright.rules.rule import Rule

RULE = Rule("SPC106", "unknown-variant", "error", "`{subject}` is no path of this spec", help="`rackwright explain SPEC` lists every path")
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
variants:
  two: {trays.gpu.count: 2}  # error: SPC106
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
variants:
  two: {trays.dgx.count: 2}
"""
OPTIONS = {"variant": "two"}
check = None
