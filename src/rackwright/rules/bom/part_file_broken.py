"""A part file cannot be used.

What: A part file (yours, or an imported one) is not plain YAML, lacks facts its kind must have, or has a fact in a wrong unit or out of range.
Why: A part with a hole in it makes a design with a hole in it.
Fix: Mend the file at the place named; `rackwright schema` lists the facts of every kind.
Source: The kinds, `schema/kinds`.
Limits: None known.
"""

from __future__ import annotations

from rackwright.rules.rule import Rule

RULE = Rule("BOM001", "part-file-broken", "error", "the part file cannot be used", help="mend the file at the place named")
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: acme/box}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
parts: [own]
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
parts: [own]
"""
FILES = {
    "own/acme/box.yaml": """\
part: acme/box
kind: switch
title: Box whose height is no count
maker: Acme
sources: {us: {title: our data sheet, date: 2026-01-01, confidence: read}}
facts:
  height_units: {value: 1U, from: us}  # error: BOM001
  unit_height: {value: 44.45 mm, from: us}
  power_max: {value: 100 W, from: us}
  liquid_fraction: {value: 0 %, from: us}
"""
}
check = None
