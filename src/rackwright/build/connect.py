"""Who is wired to whom: every accelerator link to a port of its switch chip, every management port to a management switch."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.base.stage import stage
from rackwright.schema.tables import Tables, frame
from rackwright.spec.rack import RackSpec

Ints: TypeAlias = NDArray[np.int64]


@stage(reads=("devices", "chips", "ports", "inputs"), writes=("links",))
def connect(spec: RackSpec, t: Tables) -> dict[str, pl.DataFrame]:
    """Table `links`. A port without a partner gets no link; a rule says so. `cable_id` equals `link_id`: one cable a link inside a rack."""
    found = [f for f in (_scale_up(spec, t), _management(spec, t)) if f is not None]
    if not found:
        return {"links": frame("links", [])}
    rows = pl.concat(found).with_row_index("link_id")
    return {"links": frame("links", rows.with_columns(cable_id="link_id"))}


def _chips(t: Tables, group: str, kind: str) -> pl.DataFrame:
    """Chips of that kind in a group, from the lowest device up."""
    devices = t["devices"].filter(pl.col("group") == group).select("device_id", "z_mm")
    return t["chips"].filter(pl.col("kind") == kind).join(devices, on="device_id").sort("z_mm", "device_id", "index")


def _dealt(asks: Ints, offers: Ints) -> Ints:
    """Place in `offers` of what each of `asks` gets, -1 for nothing: the nth that asks for a number gets the nth that offers it."""
    by, of = np.argsort(asks, kind="stable"), np.argsort(offers, kind="stable")
    asked, offered = asks[by], offers[of]
    at = np.searchsorted(offered, asked) + np.arange(asks.size) - np.searchsorted(asked, asked)
    is_met = at < np.searchsorted(offered, asked, "right")
    made = np.full(asks.size, -1)
    made[by[is_met]] = of[at[is_met]]
    return made


def _links(fabric: str, a: pl.DataFrame, plane: Ints, rail: Ints, b: pl.DataFrame, got: Ints, src: int) -> pl.DataFrame:
    """Links from ports `a` to those of `b` that they got."""
    own = np.flatnonzero(got >= 0)
    return a[own].select(
        fabric=pl.lit(fabric),
        plane=pl.Series(plane[own], dtype=pl.Int32),
        rail=pl.Series(rail[own], dtype=pl.Int32),
        a_port_id="port_id",
        b_port_id=b["port_id"].gather(got[own]),
        speed_gbps="speed_gbps",
        lanes="lanes",
        src=pl.lit(src, pl.Int32),
    )


def _scale_up(spec: RackSpec, t: Tables) -> pl.DataFrame | None:
    """Link j of an accelerator goes to switch chip j mod S, on a port of the connector block that faces its own.

    Ports of a block are dealt from the lowest tray up; links that find their block full take what is left on the chip.
    """
    up = spec.scale_up
    if up is None:
        return None
    accelerators, switches = _chips(t, up.accelerators, "accelerator"), _chips(t, up.switches, "switch-chip")
    if switches.is_empty() or accelerators.is_empty():
        return None
    ports = t["ports"].filter(pl.col("kind") == "scale-up").select("port_id", "chip_id", "index", "block", "speed_gbps", "lanes")
    a = accelerators.select("chip_id", rail="index").with_row_index("order").join(ports, on="chip_id").sort("order", "index")
    b = switches.select("chip_id").with_row_index("plane").join(ports, on="chip_id").sort("plane", "block", "index")
    plane, rail, facing = a["index"].to_numpy() % switches.height, a["rail"].to_numpy(), a["block"].to_numpy()
    of_switch, block = b["plane"].to_numpy().astype(np.int64), b["block"].to_numpy()
    wide = 1 + int(max(facing.max(initial=0), block.max(initial=0)))
    got = _dealt(plane * wide + facing, of_switch * wide + block)
    late, spare = np.flatnonzero(got < 0), np.delete(np.arange(b.height), got[got >= 0])
    taken = _dealt(plane[late], of_switch[spare])
    got[late[taken >= 0]] = spare[taken[taken >= 0]]
    return _links(up.fabric, a, plane, rail, b, got, t.input_src("scale_up.fabric"))


def _management(spec: RackSpec, t: Tables) -> pl.DataFrame | None:
    """Management ports from the lowest device up, dealt to the management switches in turn; each switch fills its ports in order."""
    if spec.management.switches is None:
        return None
    ports = t["ports"].filter(pl.col("kind") == "management").join(t["devices"].select("device_id", "group", dz="z_mm"), on="device_id")
    is_switch = pl.col("group") == spec.management.switches
    clients = ports.filter(~is_switch).sort("dz", "device_id", "port_id", nulls_last=True)
    own = ports.filter(is_switch).sort("device_id", "index")
    switches, of_switch = np.unique(own["device_id"].to_numpy(), return_inverse=True)
    if not switches.size or clients.is_empty():
        return None
    plane = np.arange(clients.height) % switches.size
    got = _dealt(plane, of_switch)
    return _links("management", clients, plane, np.zeros_like(plane), own, got, t.input_src("management.switches"))
