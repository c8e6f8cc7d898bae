"""The spec field that names the part of each kind of cable."""

from __future__ import annotations

import polars as pl

from rackwright.schema.tables import Tables

_FIELDS = {"scale-up": "scale_up.cable", "management": "management.cable", "power-cord": "power.cord", "power-whip": "power.whip"}


def asked_for(t: Tables) -> pl.DataFrame:
    """`kind` of cable and `field_src`, where its part is named. Reads inputs."""
    fields = pl.DataFrame({"kind": list(_FIELDS), "path": list(_FIELDS.values())})
    return fields.join(t["inputs"].select("path", field_src="src"), on="path").drop("path")
