"""Which cord goes into which inlet of a device that hangs on a PDU."""

from __future__ import annotations

import polars as pl

from rackwright.schema.tables import Tables
from rackwright.spec.rack import RackSpec

_BY_INLET = {"c14": "cable/cord-c13-c14", "c20": "cable/cord-c19-c20"}
"""Cords of the catalogue by appliance inlet, for connector C13 and C19 (IEC 60320-1)."""


def cord_for(spec: RackSpec, inlet: str) -> str:
    """The part of the cord into an inlet (`c14`; empty: not known): that of `power.cord`, else one that fits, else the larger."""
    return spec.power.cord or _BY_INLET.get(inlet, _BY_INLET["c20"])


def inlets(t: Tables) -> dict[int, str]:
    """The connector of each device's power inlets, by device id; of several kinds the first. Reads ports."""
    found = t["ports"].filter(kind="power").unique("device_id", keep="first", maintain_order=True)
    return dict(found.select("device_id", pl.col("connector").fill_null("")).iter_rows())
