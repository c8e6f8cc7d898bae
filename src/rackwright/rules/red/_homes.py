"""Servers that hang on one leaf alone: shared by rules RED301 and RED302."""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.rules.halls import wishes
from rackwright.rules.tally import tally
from rackwright.schema.tables import Tables


def single_homed(t: Tables, homes: int) -> pl.DataFrame:
    """Leaves (`at`: counted from the first; fabric_id) that are the only one of some servers, and how many `servers`; of the fabrics that ask for
    so many homes of a server, 1 where they ask for none; a torus, where circuits come and go, is left out. Reads inputs, too.
    """
    asked = t.derived(wishes).filter((pl.col("field") == "homing") & (pl.col("value").fill_null(1) == homes)).select("fabric")
    c = tally(t)
    made = [pl.DataFrame(schema={"fabric_id": pl.Int32, "at": pl.Int64, "servers": pl.Int64})]
    for fabric in (
        t.columns("fabrics", "fabric_id", "fabric", "topology").filter(pl.col("topology") != "torus").join(asked, on="fabric")["fabric_id"].to_list()
    ):
        if fabric in c.lone:
            count = c.lone[fabric]
            at = np.flatnonzero(count)
            made.append(pl.DataFrame({"fabric_id": np.full(at.size, fabric, np.int32), "at": at, "servers": count[at]}))
    return pl.concat(made)
