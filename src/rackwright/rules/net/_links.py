"""Accelerators of the scale-up fabric and how their ports are linked."""

from __future__ import annotations

import polars as pl

from rackwright.schema.tables import Tables


def has_fabric(t: Tables) -> bool:
    """The spec asks for a scale-up fabric. Reads inputs."""
    return not t["inputs"].filter(pl.col("path") == "scale_up.fabric").is_empty()


def ends(t: Tables, group: str) -> pl.DataFrame:
    """Scale-up ports of the chips of the group that input `group` names, with chip, device, `src` and whether linked.

    Columns port_id, chip_id, chip, device_id, src, is_linked. Reads inputs, devices, chips, ports, links.
    """
    kind = {"scale_up.from": "accelerator", "scale_up.to": "switch-chip"}[group]
    devices = t["devices"].filter(pl.col("group") == t.input_text(group)).select("device_id", "src")
    chips = t["chips"].filter(pl.col("kind") == kind).select("chip_id", chip="name")
    ports = t["ports"].filter(pl.col("kind") == "scale-up").join(chips, on="chip_id").join(devices, on="device_id")
    linked = pl.concat([t["links"]["a_port_id"], t["links"]["b_port_id"]]).implode()
    return ports.select("port_id", "chip_id", "chip", "device_id", "src", is_linked=pl.col("port_id").is_in(linked))


def links_per_switch(t: Tables) -> pl.DataFrame:
    """A row per accelerator and switch chip (every pair) with the number of `links`; accelerators with an unlinked port left out.

    Columns chip, src, plane, links. Reads what `ends` reads.
    """
    accelerators = ends(t, "scale_up.from")
    whole = accelerators.group_by("chip_id", "chip", "src").agg(pl.col("is_linked").all()).filter("is_linked")
    fabric = t["links"].filter(pl.col("fabric") == t.input_text("scale_up.fabric"))
    switches = (
        t["chips"]
        .filter(pl.col("kind") == "switch-chip")
        .join(t["devices"].filter(pl.col("group") == t.input_text("scale_up.to")).select("device_id"), on="device_id", how="semi")
    )
    planes = pl.DataFrame({"plane": range(switches.height)}, schema={"plane": pl.Int32})
    count = fabric.join(accelerators.select("chip_id", a_port_id="port_id"), on="a_port_id").group_by("chip_id", "plane").len("links")
    pairs = whole.join(planes, how="cross").join(count, on=["chip_id", "plane"], how="left")
    return pairs.select("chip", "src", "plane", pl.col("links").fill_null(0).cast(pl.Int64))
