"""Switches stand above their rack.

What: `network.first_unit` and `network.units` name units that the frame of switch racks does not have, or a switch is taller than all of them.
Why: There is nothing to mount them on, and their cables are cut to ports in the air.
Fix: Fewer units, a lower first one, or a taller frame.
Source: Units of the frame and of the switches in the catalogue.
Limits: Panels and cable managers between switches are room that you leave: lower `network.units` by theirs.
"""

from __future__ import annotations

from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule

RULE = Rule(
    "MEC405",
    "switch-outside-frame",
    "error",
    "switches reach unit {value} of a frame of {limit}",
    unit="mm",
    help="lower `network.units` by {excess}",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
network: {units: 60}  # error: MEC405
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
network: {units: 46}
"""
FILES = {"rack.yaml": RACK}
check = None
