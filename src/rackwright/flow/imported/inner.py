"""Links inside racks, as NetBox has them beside those of fabrics: where a rack design has the same, they are its own and no network's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import polars as pl

from rackwright.schema.tables import Tables
from rackwright.verify.observed import Observed

_DEVICE = r"^(H\d+\.[A-Z]+\d+)-(.+)$"  # rack, and unit or name, as on labels of ours
_KEYS = ["near", "port", "far", "far_port"]


def without(observed: Observed, designs: Collection[Tables]) -> tuple[Observed, int]:
    """What was observed without links of two devices of one rack that a design joins by the same ports, and how many these were. Devices are known by
    their lowest unit, else by our names.
    """
    own = pl.concat([_cables(t) for t in designs])
    places = _places(observed)
    near = places.select("device", near_rack="rack", near="key")
    far = places.select(far_device="device", far_rack="rack", far="key")
    rows = observed.seen.select("device", "port", "far_device", "far_port").with_row_index("row")
    rows = rows.join(near, on="device").join(far, on="far_device").filter(pl.col("near_rack") == pl.col("far_rack"))
    inner = rows.join(own, on=_KEYS, how="semi")["row"]
    if inner.is_empty():
        return observed, 0
    return replace(observed, seen=observed.seen.with_row_index("row").filter(~pl.col("row").is_in(inner.implode())).drop("row")), inner.len()


def _cables(t: Tables) -> pl.DataFrame:
    """Both ends of the loose cables of a design, either first: unit of the device (its name where it has none) and port."""
    unit = pl.col("position_u").cast(pl.String)
    devices = t["devices"].select(of="name", key=pl.when(pl.col("height_u") > 0).then(unit).fill_null(pl.col("name")))
    rows = t["cables"].filter(pl.col("assembly").is_null() & pl.col("a_port_id").is_not_null() & pl.col("b_port_id").is_not_null())
    for s in "ab":
        end = pl.col(f"{s}_end").str.splitn("/", 2)
        rows = rows.with_columns(of=end.struct[0], **{f"{s}_port": end.struct[1]})
        rows = rows.join(devices.rename({"key": s}), on="of", how="inner")
    turned = [rows.select(near=a, port=f"{a}_port", far=b, far_port=f"{b}_port") for a, b in ("ab", "ba")]
    return pl.concat(turned).unique()


def _places(observed: Observed) -> pl.DataFrame:
    """Rack of each device that is known to stand in one, and the key of its place there: device, rack, key."""
    names = pl.concat([observed.seen["device"], observed.seen["far_device"]]).drop_nulls().unique().alias("device")
    told = observed.devices.group_by("device", maintain_order=True).agg(pl.col("rack", "u").drop_nulls().first())
    ours = pl.col("device").str.extract_groups(_DEVICE)
    unit = pl.coalesce(pl.col("u").cast(pl.String).cast(pl.Float64, strict=False), ours.struct[1].cast(pl.Float64, strict=False)).cast(pl.Int32)
    made = names.to_frame().join(told, on="device", how="left").with_columns(unit=unit, own=ours.struct[1], rack=pl.coalesce("rack", ours.struct[0]))
    key = pl.when(pl.col("unit") > 0).then(pl.col("unit").cast(pl.String)).otherwise("own")
    return made.select("device", "rack", key=key).drop_nulls()
