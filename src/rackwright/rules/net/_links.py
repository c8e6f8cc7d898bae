"""Accelerators of the scale-up fabric and how their ports are linked."""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.schema.tables import Tables

_COUNTS = ("chips", "reached", "most", "least", "total")


def has_fabric(t: Tables) -> bool:
    """The spec asks for a scale-up fabric. Reads inputs."""
    return t.asks("scale_up.fabric")


def ends(t: Tables, group: str) -> pl.DataFrame:
    """Scale-up ports of the chips of the group that input `group` names, with chip, device, `src` and whether linked.

    Columns port_id, chip_id, chip, device_id, src, is_linked. Reads inputs, devices, chips, ports, links.
    """
    kind = {"scale_up.from": "accelerator", "scale_up.to": "switch-chip"}[group]
    devices = t["devices"].filter(pl.col("group") == t.input_text(group)).select("device_id", "src")
    chips = t["chips"].filter(pl.col("kind") == kind).select("chip_id", chip="name")
    ports = t["ports"].filter(pl.col("kind") == "scale-up").select("port_id", "chip_id", "device_id")
    made = ports.join(chips, on="chip_id").join(devices, on="device_id")
    linked = np.concatenate([t["links"][f"{side}_port_id"].to_numpy() for side in "ab"])
    return made.with_columns(pl.Series("is_linked", np.isin(made["port_id"].to_numpy(), linked)))


def both_ends(t: Tables) -> pl.DataFrame:
    """`src` of every link with name, lanes and speed_gbps of the ports at both ends, those of end b with `_b` after them. Reads ports, links."""
    ends = t["ports"].select("port_id", "name", "lanes", "speed_gbps")
    links = t["links"].select("src", "a_port_id", "b_port_id").join(ends, left_on="a_port_id", right_on="port_id")
    return links.join(ends, left_on="b_port_id", right_on="port_id", suffix="_b")


def accelerators(t: Tables) -> pl.DataFrame:
    """`ends` of the accelerators."""
    return ends(t, "scale_up.from")


def links_per_switch(t: Tables) -> pl.DataFrame:
    """Accelerators all of whose ports are linked: of `chips` switch chips, how many are `reached`, and the `most` and `least` links to one of them
    and `total` links to all. Columns chip, src and these; none where there is no switch chip. Reads what `ends` reads.
    """
    own = t.derived(accelerators)
    whole = own.group_by("chip_id", "chip", "src", maintain_order=True).agg(pl.col("is_linked").all()).filter("is_linked")
    trays = t["devices"].filter(pl.col("group") == t.input_text("scale_up.to"))["device_id"]
    switches = t["chips"].filter(pl.col("kind") == "switch-chip")["device_id"]
    count = int(np.isin(switches.to_numpy(), trays.to_numpy()).sum())
    if not count or whole.is_empty():
        return whole.select("chip", "src").clear().with_columns(pl.lit(None, pl.Int64).alias(c) for c in _COUNTS)
    fabric = t["links"].filter(pl.col("fabric") == t.input_text("scale_up.fabric"))
    used = fabric.select("plane", port_id="a_port_id").join(own.select("port_id", "chip_id"), on="port_id")
    links = np.zeros((whole.height, count), np.int64)
    at = whole["chip_id"].to_numpy()
    order = np.argsort(at)
    chip, plane = used["chip_id"].to_numpy(), used["plane"].to_numpy()
    known = np.isin(chip, at) & (plane >= 0) & (plane < count)
    np.add.at(links, (order[np.searchsorted(at, chip[known], sorter=order)], plane[known]), 1)
    told = np.full(len(links), count), (links > 0).sum(1), links.max(1), links.min(1), links.sum(1)
    return whole.select("chip", "src").with_columns(pl.Series(c, values) for c, values in zip(_COUNTS, told, strict=True))
