"""Where the power of one rack of each design goes: losses on the way, chips, and what boards take besides. From the compiled design's own tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from rackwright.flow.pipeline import Design
from rackwright.schema.tables import Tables, frame

LOSSES = (("whip", "whips"), ("shelf", "power shelves"), ("cord", "cords"), ("busbar", "busbar and clips"))


def design_loads(designs: Mapping[str, Design]) -> pl.DataFrame:
    """Table design_loads; in the order of designs."""
    rows: list[dict[str, Any]] = []
    for i, design in enumerate(designs.values()):
        rows += [{"design_id": i, "load": n, **row} for n, row in enumerate(loads(design.tables))]
    return frame("design_loads", rows)


def loads(t: Tables) -> list[dict[str, Any]]:
    """Rows of one design: kind, name, quantity, power_w. Chips count at their greatest power, and only where their devices can carry them all."""
    rows = _losses(t)
    chips = t["chips"].group_by("device_id", "kind", "part").len()
    power = {p: t.fact(p, "power_max") or 0.0 for p in chips["part"].unique().to_list()}
    chips = chips.with_columns(power_w=pl.col("len") * pl.col("part").replace_strict(power, default=0.0, return_dtype=pl.Float64))
    devices = t["devices"].filter(pl.col("power_max_w") > 0)
    own = devices.join(chips.group_by("device_id").agg(chips_w=pl.col("power_w").sum()), on="device_id", how="left")
    split = own.filter((pl.col("chips_w") > 0) & (pl.col("chips_w") <= pl.col("power_max_w")))
    inside = chips.join(split.select("device_id"), on="device_id").group_by("kind").agg(pl.col("len").sum(), pl.col("power_w").sum())
    for kind, count, watts in inside.filter(pl.col("power_w") > 0).sort("power_w", "kind", descending=[True, False]).iter_rows():
        rows.append({"kind": "chip", "name": kind, "quantity": count, "power_w": watts})
    rest = float((split["power_max_w"] - split["chips_w"]).sum())
    if rest > 0:
        rows.append({"kind": "board", "name": "boards and fans", "quantity": split.height, "power_w": rest})
    whole = own.join(split.select("device_id"), on="device_id", how="anti").group_by("role").agg(pl.len(), pl.col("power_max_w").sum())
    for role, count, watts in whole.sort("power_max_w", "role", descending=[True, False]).iter_rows():
        rows.append({"kind": "device", "name": role, "quantity": count, "power_w": watts})
    return rows


def _losses(t: Tables) -> list[dict[str, Any]]:
    """What is lost between the feeds and the devices in the normal case; clips count with the busbar."""
    cases = t["power_cases"].filter(kind="normal")["case_id"]
    if cases.is_empty():
        return []
    states = t["power_branch_states"].filter(pl.col("case_id") == cases[0])
    made = t["power_branches"].join(states, on="branch_id", suffix="_state")
    kind = pl.when(pl.col("kind") == "clip").then(pl.lit("busbar")).otherwise(pl.col("kind"))
    by = made.with_columns(kind=kind, loss=pl.col("power_a_w") - pl.col("power_b_w")).group_by("kind").agg(pl.len(), pl.col("loss").sum())
    found = {k: (n, w) for k, n, w in by.iter_rows()}
    return [{"kind": k, "name": name, "quantity": found[k][0], "power_w": found[k][1]} for k, name in LOSSES if k in found and found[k][1] > 0]
