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
    chips = t["chips"].filter(pl.col("kind") == kind).select("chip_id", "device_id", chip="name").join(devices, on="device_id")
    made = t["ports"].filter(pl.col("kind") == "scale-up").select("port_id", "chip_id").join(chips, on="chip_id", maintain_order="left")
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
    trays = t["devices"].filter(pl.col("group") == t.input_text("scale_up.to"))["device_id"]
    switches = t["chips"].filter(pl.col("kind") == "switch-chip")["device_id"]
    count = int(np.isin(switches.to_numpy(), trays.to_numpy()).sum())
    _, first, chip = np.unique(own["chip_id"].to_numpy(), return_index=True, return_inverse=True)
    fabric = t["links"].filter(pl.col("fabric") == t.input_text("scale_up.fabric")).select("plane", port_id="a_port_id")
    used = own.select("port_id", chip=pl.Series(chip, dtype=pl.Int64)).join(fabric, on="port_id")
    links, plane = np.zeros((first.size, count), np.int64), used["plane"].to_numpy()
    known = (plane >= 0) & (plane < count)
    np.add.at(links, (used["chip"].to_numpy()[known], plane[known]), 1)
    whole = np.flatnonzero(np.bincount(chip, ~own["is_linked"].to_numpy(), first.size) == 0) if count else np.zeros(0, np.int64)
    whole = whole[np.argsort(first[whole])]
    links = links[whole]
    told = np.full(whole.size, count), (links > 0).sum(1), links.max(1, initial=0), links.min(1, initial=own.height), links.sum(1)
    return own[first[whole]].select("chip", "src", *(pl.Series(c, values) for c, values in zip(_COUNTS, told, strict=True)))
