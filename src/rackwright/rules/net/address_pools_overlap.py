"""Two pools of an addressing plan have addresses in common.

What: Pools of loopbacks, links and hosts of one plan are prefixes of which one holds the other.
Why: Two things would be given the same address, and a route to one would catch the other.
Fix: Prefixes that lie apart.
Source: Prefixes of one routing domain; RFC 4632, 5.1: the longest match wins.
Limits: Addresses outside the plan are not known to it.
"""

from __future__ import annotations

from rackwright.rules.halls import ETHERNET, RACK
from rackwright.rules.rule import Rule

RULE = Rule("NET321", "address-pools-overlap", "error", "pool `{subject}` shares {value} addresses with another", help="take pools that lie apart")
BAD = ETHERNET + "addressing:\n  loopbacks: 10.127.0.0/16\n  links: 10.128.0.0/9\n  hosts:\n    compute: 10.192.0.0/12  # error: NET321\n"
GOOD = ETHERNET + "addressing:\n  loopbacks: 10.127.0.0/16\n  links: 10.128.0.0/9\n  hosts:\n    compute: 10.0.0.0/12\n"
FILES = {"rack.yaml": RACK}
check = None
