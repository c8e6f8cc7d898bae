"""What `--fail NAME` means in a package of a hall: a switch, a server, a rack or a cable by its label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rackwright.cli import screen
from rackwright.cli.rows import meant

if TYPE_CHECKING:
    from rackwright.schema.tables import Tables
    from rackwright.sim.network.naming import Names
    from rackwright.sim.network.planes import Failed

NEAR = 0.6  # how much alike a name that may have been meant is
_DASHES = "--"  # between the two ends of a cable's label


def failed(t: Tables, wanted: Sequence[str]) -> Failed:
    """Devices and cables of these names. Raises UsageError, with what was probably meant."""
    from rackwright.sim.network.naming import Names
    from rackwright.sim.network.planes import Failed

    devices: set[int] = set()
    cables: set[int] = set()
    names = Names(t)
    for name in wanted:
        if _DASHES in name:
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


def _cable(t: Tables, label: str) -> set[int]:
    """Rows of `fabric_cables` of the cable with that label, all its legs."""
    import polars as pl

    from rackwright.export.ends import devices, named

    ends = devices(t)
    at = [end.rpartition(":")[0] for end in label.split(_DASHES, 1)]
    ids = [ends.select(pl.arg_where(pl.col("end") == e)).to_series() for e in at]
    for end, found in zip(at, ids, strict=True):
        if not len(found):
            raise screen.UsageError(
                f"nothing stands at `{end}`{meant(end, ends['end'].to_list(), NEAR)}; a label is RACK-UNIT:PORT{_DASHES}RACK-UNIT:PORT"
            )
    cables = t["fabric_cables"]
    touching = [pl.col("a_device_id").is_in(i.implode()) | pl.col("b_device_id").is_in(i.implode()) for i in ids]
    near = cables.select(pl.arg_where(touching[0])).to_series()
    sheet = named(t, ends, near)
    own = near.filter(sheet["label"] == label)
    if not len(own):
        raise screen.UsageError(f"there is no cable `{label}`{meant(label, sheet['label'].to_list(), NEAR)}")
    keys = cables["key"].gather(own)
    return set(cables.select(pl.arg_where(pl.col("key").is_in(keys.implode()))).to_series().to_list())
