"""What is lost with a rack of switches, and what a spec promised about it: shared by rules RED304 to RED306."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from rackwright.rules.halls import Array, wishes
from rackwright.rules.tally import Tally, tally
from rackwright.schema.tables import Tables

HALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 2, places: 4, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
"""
SERVERS, LEAVES, CORES = "homing", "redundancy", "cores"
_ROWS = {"fabric_id": pl.Int32, "kind": pl.String, "rack_id": pl.Int32, "n": pl.Int64, "what": pl.String, "others": pl.String}


class Loss(NamedTuple):
    """Of one fabric: what hangs on each rack alone, by rack, and the words for it. `kind` is the field that asks for more than one, if any does."""

    fabric: int
    kind: str
    by_rack: Array
    one: str
    many: str


def losses(t: Tables, where: bool = True) -> pl.DataFrame:
    """Of each fabric and kind of loss the rack that most hangs on (`rack_id`, `rack`): `n` servers, leaves or cores, `what` in words, `others`
    (how many such racks), `kind`, `asked` (the number that the field of that name asks for, 1 unless given), fabric and src; a torus is left out.
    No row unless `where`: what nobody asks is not counted. Reads fabrics, fabric_switches, fabric_cables, hall_racks and inputs.
    """
    if not where:
        return pl.DataFrame(schema=_ROWS | {"asked": pl.Float64})
    switches = t.columns("fabric_switches", "fabric_id", "tier", "rack_id", "plane")
    c, rack, plane = tally(t), switches["rack_id"].to_numpy(), switches["plane"].to_numpy()
    fabrics = t.columns("fabrics", "fabric_id", "fabric", "topology", "src").filter(pl.col("topology") != "torus")
    above, found = _above(c), []
    for fabric in fabrics["fabric_id"].to_list():
        own = (switches["fabric_id"] == fabric).to_numpy()
        for loss in (_servers(c, fabric), _leaves(above, own, rack, plane, fabric), _cores(switches, fabric, rack)):
            if loss.by_rack.any():
                worst = int(loss.by_rack.argmax())
                n, others = int(loss.by_rack[worst]), int(np.count_nonzero(loss.by_rack))
                what = (loss.one if n == 1 else loss.many).format(n=f"{n:,}")
                found.append((fabric, loss.kind, worst, n, what, f" (worst of {others:,} such racks)" if others > 1 else ""))
    if not found:
        return pl.DataFrame(schema=_ROWS | {"asked": pl.Float64})
    heads = pl.DataFrame(found, schema=_ROWS, orient="row").join(fabrics.select("fabric_id", "fabric", "src"), on="fabric_id", maintain_order="left")
    heads = heads.join(t.columns("hall_racks", "rack_id", "name").rename({"name": "rack"}), on="rack_id", maintain_order="left")
    heads = heads.join(_asked(t), on=["fabric", "kind"], how="left", maintain_order="left")
    return heads.with_columns(pl.col("asked").fill_null(1.0))


def asks(t: Tables) -> bool:
    """Whether any fabric asks for several homes or parents. Reads inputs."""
    return bool((_asked(t)["asked"] > 1).any())


def spread(t: Tables) -> int:
    """Series of switch racks that the spec asks for. Reads inputs."""
    return int(t.input("network.spread")) if t.asks("network.spread") else 1


def _asked(t: Tables) -> pl.DataFrame:
    """`homing` and `redundancy` of each fabric that gives them, and the line."""
    asked = t.derived(wishes).filter(pl.col("field").is_in([SERVERS, LEAVES]))
    return asked.select("fabric", kind="field", asked="value", asked_src="src")


def _servers(c: Tally, fabric: int) -> Loss:
    """Servers that hang on several leaves, all in one rack."""
    none = np.zeros(0, np.int64)
    return Loss(fabric, SERVERS, c.near.get(fabric, none), "every leaf of a server", "every leaf of {n} servers")


def _above(c: Tally) -> Array:
    """By switch: the rack that all its upper switches stand in, where it has several and they are joined to endpoints; -1 otherwise."""
    return np.where((c.up_rack_low == c.up_rack_high) & (c.able > 1) & (c.hosts.sum(axis=1) > 0), c.up_rack_low, -1)


def _leaves(above: Array, own: Array, rack: Array, plane: Array, fabric: int) -> Loss:
    """Leaves with several upper switches, all in one rack that is not their own; of several planes only where that rack has those of each."""
    at = np.flatnonzero(own & (above >= 0) & (above != rack))
    planes = int(plane[own].max(initial=0)) + 1
    if planes > 1:
        held = np.bincount(np.unique(above[at] * np.int64(planes) + plane[at]) // planes, minlength=int(above.max(initial=0)) + 1)
        at = at[held[above[at]] == planes]
    return Loss(
        fabric, LEAVES, np.bincount(above[at]), "every upper switch of a leaf in another rack", "every upper switch of {n} leaves in other racks"
    )


def _cores(switches: pl.DataFrame, fabric: int, rack: Array) -> Loss:
    """Cores, where there are several and all stand in one rack."""
    own = (switches["fabric_id"] == fabric).to_numpy() & (switches["tier"] == 2).to_numpy()
    racks = np.bincount(rack[own])
    return Loss(fabric, CORES, racks if np.count_nonzero(racks) == 1 and racks.max() > 1 else np.zeros(0, np.int64), "", "all {n} cores")
