"""A pool has fewer addresses than the fabrics need that take theirs from it.

What: Switch numbers of a fabric, times the addresses that each takes, reach beyond the end of a pool of loopbacks, links, hosts or AS numbers.
Why: Addresses beyond the pool belong to somebody else. Numbers have fields of fixed width, so a pool can be too short while it is not full.
Fix: A shorter prefix, or `addressing.room` closer to what stands; the message says how long the pool must be.
Source: RFC 7938 (AS numbers and loopbacks of routed fabrics), RFC 3021 and RFC 6164 (two addresses a link).
Limits: Pools are judged up to the last number in use, not up to the room that is kept.
"""

from __future__ import annotations

from rackwright.rules.halls import ETHERNET, RACK
from rackwright.rules.rule import Rule

RULE = Rule(
    "NET320",
    "address-pool-exhausted",
    "error",
    "pool `{subject}` has {limit} numbers and {value} are needed",
    help="take a pool of the length that the message names",
)
BAD = ETHERNET + "addressing:\n  loopbacks: 10.127.0.0/28  # error: NET320\n"
GOOD = ETHERNET + "addressing:\n  loopbacks: 10.127.0.0/16\n"
FILES = {"rack.yaml": RACK}
check = None
