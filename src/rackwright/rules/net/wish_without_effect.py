"""A fabric asks for something that its topology has no use for.

What: A field of a fabric is written that its topology takes no notice of, such as a torus block on a fat tree or `redundancy` outside a tree.
Why: Its writer believes that it holds; a fabric without it would be ordered.
Fix: Remove the field, or take a topology that knows it; the message names these.
Source: The fields that each topology reads, as its own file lists them.
Limits: A field that the topology knows and that changes nothing on this fabric is not told, such as a number of spines that would be derived anyway.
"""

from __future__ import annotations

from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule

RULE = Rule(
    "NET306",
    "wish-without-effect",
    "error",
    "`{wish}` says nothing to topology `{topology}`",
    help="remove it, or take a topology that knows it",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute:
    topology: rail-optimized
    ports: [dgx.nic]
    switch: nvidia/qm9700
    cube: [4, 4, 4]  # error: NET306
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, rails_per_leaf: 4}
"""
FILES = {"rack.yaml": RACK}
check = None
