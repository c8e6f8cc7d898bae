"""What rules ask of a torus: accelerators joined by cables and by the circuits between them. Reads fabrics, fabric_cables, fabric_circuits."""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.rules.halls import components
from rackwright.schema.links import HOST, TORUS
from rackwright.schema.tables import Tables

SIDES = 6  # ports of an accelerator, one after the other in its device


def parted(t: Tables) -> pl.DataFrame:
    """Tori with fabric_id, `all` (their ports) and `cut` (those of accelerators outside the largest part), over cables that can be laid."""
    schema = {"fabric_id": pl.Int32, "all": pl.UInt32, "cut": pl.UInt32}
    circuits = t["fabric_circuits"]
    made = [
        _parted(t, circuits, fabric) for fabric in t.columns("fabrics", "fabric_id", "topology").filter(pl.col("topology") == "torus")["fabric_id"]
    ]
    return pl.DataFrame(made, schema, orient="row")


def _parted(t: Tables, circuits: pl.DataFrame, fabric: int) -> tuple[int, int, int]:
    own = t["fabric_cables"].filter(pl.col("fabric_id") == fabric)
    node = {s: pl.struct(pl.col(f"{s}_device_id").alias("device"), (pl.col(f"{s}_port") // SIDES).alias("unit")) for s in "ab"}
    out, fixed = own.filter(pl.col("tier") == HOST), own.filter(pl.col("tier") == TORUS)
    ends = pl.concat([own.select(node["a"].alias("node")), fixed.select(node["b"].alias("node"))])["node"]
    laid = pl.col("length_stock_mm") >= 0
    plugged = out.filter(laid).select("b_device_id", "b_port", node=node["a"])
    closed = circuits.filter(pl.col("fabric_id") == fabric)
    for side in "ab":
        closed = closed.join(
            plugged.rename({"node": f"node_{side}"}), left_on=["device_id", f"{side}_port"], right_on=["b_device_id", "b_port"], coalesce=True
        )
    links = pl.concat([fixed.filter(laid).select(node_a=node["a"], node_b=node["b"]), closed.select("node_a", "node_b")])
    nodes = ends.value_counts(name="ports").with_row_index("at")
    at = [links.join(nodes, left_on=f"node_{s}", right_on="node", maintain_order="left")["at"].cast(pl.Int32).to_numpy() for s in "ab"]
    part = components(at[0], at[1], nodes.height)
    size = np.bincount(part, nodes["ports"].to_numpy(), nodes.height)
    return fabric, ends.len(), ends.len() - int(size.max(initial=0))
