"""Who is wired to whom: every accelerator link to a port of its switch chip, every management port to a management switch."""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.schema.tables import Tables, frame
from rackwright.spec.rack import RackSpec


@stage(reads=("devices", "chips", "ports", "inputs"), writes=("links",))
def connect(spec: RackSpec, t: Tables) -> dict[str, pl.DataFrame]:
    """Table `links`. A port without a partner gets no link; a rule says so. `cable_id` equals `link_id`: one cable a link inside a rack."""
    found = [_scale_up(spec, t), _management(spec, t)]
    rows = pl.concat([f for f in found if f is not None], how="vertical") if any(f is not None for f in found) else None
    if rows is None:
        return {"links": frame("links", [])}
    rows = rows.with_row_index("link_id")
    return {"links": frame("links", rows.with_columns(cable_id="link_id"))}


def _scale_up(spec: RackSpec, t: Tables) -> pl.DataFrame | None:
    """Link j of an accelerator goes to switch chip j mod S, on a port of the connector block that faces its own.

    Ports of a block are dealt from the lowest tray up; links that find their block full take what is left on the chip.
    """
    up = spec.scale_up
    if up is None:
        return None
    chips = t["chips"].join(t["devices"].select("device_id", "group", "z_mm"), on="device_id")
    ports = t["ports"].filter(pl.col("kind") == "scale-up").select("port_id", "chip_id", "index", "block", "speed_gbps", "lanes")
    switches = (
        chips.filter((pl.col("group") == up.switches) & (pl.col("kind") == "switch-chip")).sort("z_mm", "device_id", "index").with_row_index("plane")
    )
    accelerators = chips.filter((pl.col("group") == up.accelerators) & (pl.col("kind") == "accelerator")).sort("z_mm", "device_id", "index")
    if switches.is_empty() or accelerators.is_empty():
        return None
    a = (
        accelerators.select("chip_id", rail="index")
        .with_row_index("order")
        .join(ports, on="chip_id")
        .with_columns(plane=(pl.col("index") % switches.height).cast(pl.UInt32))
        .sort("plane", "block", "order", "index")
        .with_columns(rank=pl.int_range(pl.len()).over("plane", "block"))
    )
    b = (
        switches.select("chip_id", "plane")
        .join(ports.select("chip_id", "index", "block", b_port_id="port_id"), on="chip_id")
        .sort("plane", "block", "index")
        .with_columns(rank=pl.int_range(pl.len()).over("plane", "block"))
        .drop("chip_id", "index")
    )
    facing = a.join(b, on=["plane", "block", "rank"], how="left", maintain_order="left")
    rest = facing.filter(pl.col("b_port_id").is_null()).drop("b_port_id", "rank").sort("plane", "order", "index")
    spare = b.filter(~pl.col("b_port_id").is_in(facing["b_port_id"].drop_nulls().implode()))
    rest = rest.with_columns(rank=pl.int_range(pl.len()).over("plane")).join(
        spare.select("plane", "b_port_id", rank=pl.int_range(pl.len()).over("plane")), on=["plane", "rank"], how="left", maintain_order="left"
    )
    rows = pl.concat([facing.drop_nulls("b_port_id").select(rest.columns), rest.drop_nulls("b_port_id")]).sort("order", "index")
    return rows.select(
        fabric=pl.lit(up.fabric),
        plane=pl.col("plane").cast(pl.Int32),
        rail=pl.col("rail").cast(pl.Int32),
        a_port_id="port_id",
        b_port_id="b_port_id",
        speed_gbps="speed_gbps",
        lanes="lanes",
        src=pl.lit(t.input_src("scale_up.fabric"), pl.Int32),
    )


def _management(spec: RackSpec, t: Tables) -> pl.DataFrame | None:
    """Management ports from the lowest device up, dealt to the management switches in turn; each switch fills its ports in order."""
    if spec.management.switches is None:
        return None
    ports = t["ports"].filter(pl.col("kind") == "management").join(t["devices"].select("device_id", "group", "role", dz="z_mm"), on="device_id")
    is_switch = pl.col("group") == spec.management.switches
    clients = ports.filter(~is_switch).sort("dz", "device_id", "port_id", nulls_last=True).with_row_index("turn")
    count = ports.filter(is_switch)["device_id"].n_unique()
    if not count or clients.is_empty():
        return None
    a = clients.with_columns(plane=(pl.col("turn") % count).cast(pl.Int32), rank=(pl.col("turn") // count).cast(pl.Int64))
    b = (
        ports.filter(is_switch)
        .sort("dz", "device_id", "index")
        .select(b_port_id="port_id", plane=pl.col("device_id").rank("dense").cast(pl.Int32) - 1, rank=pl.int_range(pl.len()).over("device_id"))
    )
    rows = a.join(b, on=["plane", "rank"], how="inner", maintain_order="left")
    return rows.select(
        fabric=pl.lit("management"),
        plane="plane",
        rail=pl.lit(0, pl.Int32),
        a_port_id="port_id",
        b_port_id="b_port_id",
        speed_gbps="speed_gbps",
        lanes="lanes",
        src=pl.lit(t.input_src("management.switches"), pl.Int32),
    )
