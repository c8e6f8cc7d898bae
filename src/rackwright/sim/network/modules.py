"""Which links fail together: the legs of one cable, and the ports of one switch module.

Reads fabric_cables, fabric_skus, fabric_switches, switch_ports.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from rackwright.schema.tables import Tables
from rackwright.sim.network.graph import Ints
from rackwright.sim.network.planes import Plane

_CAGES = 4096  # more than a switch has


@dataclass(frozen=True, slots=True)
class Together:
    """Links (m,) and host ports (h,) of a plane by what they share, counted from 0; -1: not of this kind. `what` is cable or module, `side` the end
    of the links that a module is at: a, the lower one, or b.
    """

    what: str
    side: str
    link: Ints
    host: Ints


def together(t: Tables, p: Plane) -> Iterator[Together]:
    """Cables of the fabric and of endpoints, then modules in switches: at the lower end of links, then at the upper end.

    Modules at NICs are left out: they cost what their cable costs.
    """
    cables = t["fabric_cables"]
    rows = np.concatenate((p.link_row, p.host_row))
    m = p.link_row.size
    if rows.size and cables["leg"].max() == 0:
        group = np.arange(rows.size)
    else:
        group = np.unique(cables["key"].gather(rows).to_numpy(), return_inverse=True)[1]
    yield Together("cable", "", group[:m], group[m:])
    own = cables.select("fabric_id", "tier", "sku", "speed_gbps", "a_device_id", "a_port", "b_device_id", "b_port")[rows]
    fabric = own["fabric_id"].to_numpy()
    part = t["fabric_switches"].select("device_id", "part").sort("device_id")
    for side in ("a", "b"):
        group = np.full(rows.size, -1, np.int64)
        for which in np.unique(fabric).tolist():  # its own, and those that its uplinks end in
            at = np.flatnonzero(fabric == which)
            menu, ports = (t[name].filter(pl.col("fabric_id") == which) for name in ("fabric_skus", "switch_ports"))
            group[at] = _by_cage(own[at], side, menu, ports, part)
        if (group >= 0).any():
            dense = np.unique(group, return_inverse=True)[1] - int(group.min() < 0)
            yield Together("module", side, dense[:m], dense[m:])


def _by_cage(own: pl.DataFrame, side: str, menu: pl.DataFrame, ports: pl.DataFrame, part: pl.DataFrame) -> Ints:
    """Switch and cage of each row that has a module in a switch at that end, as one number; -1 for others."""
    tier, sku, speed, device, port = (own[c].to_numpy() for c in ("tier", "sku", "speed_gbps", f"{side}_device_id", f"{side}_port"))
    ids = part["device_id"].to_numpy()
    made = np.full(tier.size, -1, np.int64)
    fitted = menu.filter(pl.col(f"{side}_module").is_not_null())
    named = ports.filter(pl.col("side") == side)
    for (at, name, gbps), each in named.group_by("tier", "part", "speed_gbps", maintain_order=True):
        has = fitted.filter(pl.col("tier") == at)["sku"].to_numpy()
        which = np.flatnonzero((tier == at) & (speed == np.float32(str(gbps))) & np.isin(sku, has))
        place = np.searchsorted(ids, device[which])
        of_part = (part["part"] == name).to_numpy()
        place = np.minimum(place, ids.size - 1)
        which = which[of_part[place] & (ids[place] == device[which])]
        cage = np.full(int(each["port"].to_numpy().max()) + 1, -1, np.int64)
        cage[each["port"].to_numpy()] = each["cage"].to_numpy()
        made[which] = device[which].astype(np.int64) * _CAGES + cage[port[which]]
    return made
