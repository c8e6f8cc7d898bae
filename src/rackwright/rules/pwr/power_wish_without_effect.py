"""A power chain asks for something that it has no use for.

What: A field of `power` is written that nothing of the chain takes notice of, such as `modules` with `2N` or `tie_transfer` without open ties.
Why: Its writer believes that it holds; a chain without it would be ordered.
Fix: Remove the field, or write what gives it a meaning; the message names that.
Source: What the chain is made of: its redundancy, ties, transfers, generators and sidecars.
Limits: A field that is used and changes nothing on this chain is not told, such as a number of services that would be derived anyway.
"""

from __future__ import annotations

from rackwright.rules.rule import Rule
from rackwright.rules.supply import HALL, RACK

RULE = Rule("PWR437", "power-wish-without-effect", "error", "`{wish}` says nothing here: {why}", help="remove it, or write what gives it a meaning")
BAD = (
    HALL
    + """\
power:
  redundancy: 2N
  modules: 4  # error: PWR437
"""
)
GOOD = HALL + "power: {redundancy: N+1, modules: 4}\n"
FILES = {"rack.yaml": RACK}
check = None
