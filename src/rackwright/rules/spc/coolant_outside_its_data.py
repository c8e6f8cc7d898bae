"""The coolant is used at a temperature for which it has no data.

What: The mean coolant temperature (supply plus half the rise) is outside the property rows of the coolant part.
Why: Properties are never extrapolated: viscosity in the cold and boiling in the heat change faster than any line through the rows.
Fix: Change `supply` or `rise`, or give the coolant more property rows.
Source: Facts `temperature`, `density`, `cp`, `viscosity` of the coolant.
Limits: None known.
"""

from __future__ import annotations

from rackwright.rules.rule import Rule

RULE = Rule("SPC120", "coolant-outside-its-data", "error", "no coolant data at {value}", label="supply set here", help="change `supply` or `rise`")
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm, supply: 70 degC}  # error: SPC120
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm, supply: 45 degC}
"""
check = None
