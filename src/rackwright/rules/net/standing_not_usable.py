"""The package that a hall shall grow from cannot be used.

What: `standing` names a folder that is no whole package of a hall, one whose racks are of other designs than those of this spec, or one with a rack
    at a place that the new floor does not have.
Why: What stands could not be told from what is new, and every cable would be pulled again.
Fix: The folder of the hall as it was built; changed racks as a design under another name; a floor that keeps the places in use free of keep-outs.
Source: The manifest of the package (hashes of its files), and names of designs and places.
Limits: Whether the hall was built as the package says is not known here; `rackwright verify` compares that.
"""

from __future__ import annotations

from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule

RULE = Rule("NET323", "standing-not-usable", "error", "`{subject}` cannot be grown from", help="name the folder of the hall as it was built")
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
BAD = GOOD + "standing: as-built  # error: NET323\n"
FILES = {"rack.yaml": RACK}
check = None
