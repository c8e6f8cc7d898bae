"""What `--fail NAME` means in a package of a hall: a switch, a server, a rack or a cable by its label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rackwright.cli import screen
from rackwright.cli.rows import meant

if TYPE_CHECKING:
    from rackwright.export.only import UnknownNameError
    from rackwright.schema.tables import Tables
    from rackwright.sim.network.naming import Names
    from rackwright.sim.network.planes import Failed

NEAR = 0.6  # how much alike a name that may have been meant is


def failed(t: Tables, wanted: Sequence[str]) -> Failed:
    """Devices and cables of these names. Raises UsageError, with what was probably meant."""
    from rackwright.export.only import is_cable
    from rackwright.sim.network.naming import Names
    from rackwright.sim.network.planes import Failed

    devices: set[int] = set()
    cables: set[int] = set()
    names = Names(t)
    for name in wanted:
        if is_cable(name):
            cables |= _cable(t, name)
        else:
            devices |= set(_devices(names, name))
    return Failed(frozenset(devices), frozenset(cables))


def _devices(names: Names, name: str) -> list[int]:
    found = names.find(name)
    if not found:
        hint = (
            meant(name, names.known(name), NEAR) or "; `rackwright show DIR fabric_switches` lists switches, a server is RACK/NAME, a cable its label"
        )
        raise screen.UsageError(f"there is no switch, server or rack `{name}`{hint}")
    return found


def _cable(t: Tables, name: str) -> set[int]:
    """Rows of `fabric_cables` of the cable of that name, all its links."""
    from rackwright.export.only import UnknownNameError, cable
    from rackwright.schema.ends import devices

    try:
        return set(cable(t, devices(t), name).to_list())
    except UnknownNameError as fault:
        raise screen.UsageError(no_cable(fault)) from None


def no_cable(fault: UnknownNameError) -> str:
    """Why a name means no cable, with what was probably meant."""
    if fault.kind == "end":
        return f"nothing stands at `{fault.name}`{meant(fault.name, fault.known, NEAR)}; a label is RACK-UNIT:PORT--RACK-UNIT:PORT"
    return f"there is no cable `{fault.name}`{meant(fault.name, fault.known, NEAR)}"
