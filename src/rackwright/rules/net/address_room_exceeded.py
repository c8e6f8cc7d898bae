"""A fabric has more switches or links than the addressing plan keeps numbers for.

What: A tier has more numbers in one scalable unit and plane than `addressing.room.pod`, a fabric more than its share of `addressing.room.fabric`, or
    a switch a link farther from its last port than `addressing.room.links`.
Why: Numbers have fields of fixed width so that growth renumbers nothing; a value that does not fit its field would take somebody else's address.
Fix: The room that the message names. It renumbers every switch of the plan, so do it before anything is configured.
Source: The numbering of this plan (`build/hall/addressing.py`).
Limits: None.
"""

from __future__ import annotations

from rackwright.rules.halls import ETHERNET, RACK
from rackwright.rules.rule import Rule

RULE = Rule(
    "NET322",
    "address-room-exceeded",
    "error",
    "`{subject}` needs {value} numbers, room is kept for {limit}",
    help="keep the room that the message names",
)
BAD = ETHERNET + "addressing:\n  room:\n    pod: 4  # error: NET322\n"
GOOD = ETHERNET + "addressing:\n  room:\n    pod: 8\n"
FILES = {"rack.yaml": RACK}
check = None
