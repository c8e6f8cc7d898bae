"""A fabric takes ports that a cable inside the rack already ends at.

What: A selector of a fabric names ports of a rack design that the rack's own scale-up or management network is plugged into.
Why: A port takes one cable; the second would be ordered, pulled through the hall and could not be plugged in.
Fix: Take the uplinks of the switch in the rack instead, or a rack design that leaves these ports free.
Source: Links of the rack design.
Limits: Ports that two fabrics of the hall take are told by NET305.
"""

from __future__ import annotations

from rackwright.rules.rule import Rule

RULE = Rule(
    "NET309",
    "port-already-cabled",
    "error",
    "fabric `{subject}` takes ports that are cabled inside the rack",
    help="take other ports, such as the uplinks of the switch in the rack, or a design that leaves these free",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  manage: {topology: tree, ports: [dgx.bmc], switch: nvidia/sn2201}  # error: NET309
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  manage: {topology: tree, ports: [mgmt.up], switch: nvidia/sn4600c, leaf_scope: all}
"""
FILES = {
    "rack.yaml": """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
  mgmt: {part: nvidia/sn2201}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
management: {switches: mgmt}
"""
}
check = None
