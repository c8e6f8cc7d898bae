"""A rack of switches takes with it what no single switch would.

What: One switch rack holds every leaf of servers that hang on several, every upper switch of leaves in other racks that have several, or all
cores of a fabric. Its loss cuts off those servers, those leaves, or the units from each other.
Why: A rack is lost as a whole: by its supply, by water, by an extinguisher, by work on it. Two switches in one rack survive each other's loss and not
that of their rack.
Fix: `network: {spread: 2}` deals planes, homes of a server and spines of a set to two series of switch racks.
Source: Judgement of this project, as for switch-is-single-point (RED301); TIA-942 speaks of diverse distribution areas from rated level 3 on.
Limits: Per fabric. Servers and leaves that hang on one switch alone are told by RED301 and RED303. Links that can be laid; a torus, and leaves
that are joined to other leaves, are left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import Array
from rackwright.rules.rule import Rule, rows
from rackwright.rules.tally import Tally, tally
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED304",
    "rack-is-single-point",
    "info",
    "switch rack {rack} holds {what} of fabric `{subject}`{others}",
    label="fabric here",
    help="`network: {{spread: 2}}` deals planes, homes and spines to two series of switch racks",
)
_HALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 2, places: 4, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
"""
BAD = _HALL + "  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}  # info: RED304\n"
GOOD = BAD.replace("  # info: RED304", "") + "network: {spread: 2}\n"
FILES = {
    "rack.yaml": """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
"""
}


class _Loss(NamedTuple):
    """Of one fabric: what hangs on each rack alone, by rack, and the words for it."""

    fabric: int
    by_rack: Array
    one: str
    many: str


@stage(reads=("fabrics", "fabric_switches", "fabric_cables", "hall_racks"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each fabric and kind of loss, the rack that most hangs on."""
    switches = t["fabric_switches"]
    c, rack = tally(t), switches["rack_id"].to_numpy()
    fabrics = t["fabrics"].filter(pl.col("topology") != "torus")
    above, found = _above(c), []
    for fabric in fabrics["fabric_id"].to_list():
        own = (switches["fabric_id"] == fabric).to_numpy()
        for loss in (_servers(c, fabric), _leaves(above, own, rack, fabric), _cores(switches, fabric, rack)):
            if loss.by_rack.any():
                worst = int(loss.by_rack.argmax())
                n, others = int(loss.by_rack[worst]), int(np.count_nonzero(loss.by_rack))
                what = (loss.one if n == 1 else loss.many).format(n=f"{n:,}")
                found.append((fabric, worst, n, what, f" (worst of {others:,} such racks)" if others > 1 else ""))
    types = {"fabric_id": pl.Int32, "rack_id": pl.Int32, "n": pl.Int64, "what": pl.String, "others": pl.String}
    heads = pl.DataFrame(found, schema=types, orient="row").join(fabrics.select("fabric_id", "fabric", "src"), on="fabric_id", maintain_order="left")
    heads = heads.join(t["hall_racks"].select("rack_id", rack="name"), on="rack_id", maintain_order="left")
    texts = {name: pl.col(name) for name in ("rack", "what", "others")}
    return rows(heads, subject=pl.col("fabric"), value=pl.col("n"), limit=0, src=pl.col("src"), **texts)


def _servers(c: Tally, fabric: int) -> _Loss:
    """Servers that hang on several leaves, all in one rack."""
    words = ("every leaf of a server", "every leaf of {n} servers")
    if fabric not in c.server:
        return _Loss(fabric, np.zeros(0, np.int64), *words)
    own = (c.low[fabric] != c.high[fabric]) & (c.rack_low[fabric] == c.rack_high[fabric])
    return _Loss(fabric, np.bincount(c.rack_low[fabric][own]), *words)


def _above(c: Tally) -> Array:
    """By switch: the rack that all its upper switches stand in, where it has several and they are joined to endpoints; -1 otherwise."""
    return np.where((c.up_rack_low == c.up_rack_high) & (c.able > 1) & (c.hosts.sum(axis=1) > 0), c.up_rack_low, -1)


def _leaves(above: Array, own: Array, rack: Array, fabric: int) -> _Loss:
    """Leaves with several upper switches, all in one rack that is not their own."""
    at = np.flatnonzero(own & (above >= 0) & (above != rack))
    return _Loss(fabric, np.bincount(above[at]), "every upper switch of a leaf in another rack", "every upper switch of {n} leaves in other racks")


def _cores(switches: pl.DataFrame, fabric: int, rack: Array) -> _Loss:
    """Cores, where there are several and all stand in one rack."""
    own = (switches["fabric_id"] == fabric).to_numpy() & (switches["tier"] == 2).to_numpy()
    racks = np.bincount(rack[own])
    return _Loss(fabric, racks if np.count_nonzero(racks) == 1 and racks.max() > 1 else np.zeros(0, np.int64), "", "all {n} cores")
