"""Two cables go to one port of a device.

What: Two links of a fabric name the same port number of a switch or of a server.
Why: A port takes one plug; whoever pulls the second cable finds it taken.
Fix: Build the hall again from its spec, or give one of the links a free port where the table was edited or taken over from elsewhere.
Source: One plug fits one cage; each leg of a breakout is a port of its own.
Limits: Ports of one fabric; what two fabrics take of a server is told by port-used-twice (NET305).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK, worst
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.rules.tally import tally
from rackwright.schema.links import MANAGEMENT
from rackwright.schema.tables import Tables

RULE = Rule(
    "NET310",
    "switch-port-taken-twice",
    "error",
    "{where} of fabric `{subject}` take {value} links on ports that have one already",
    label="fabric here",
    help="give each link a port of its own; `rackwright build` deals them out once",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2}  # error: NET310
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2}
"""
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """The second uplink of the first leaf goes to the port of the first."""
    c = t["fabric_cables"]
    one, two = c.filter(pl.col("tier") == 1)["link_id"].head(2)
    port = c.filter(pl.col("link_id") == one)["a_port"][0]
    moved = pl.when(pl.col("link_id") == two).then(pl.lit(port, pl.Int32)).otherwise("a_port")
    return t.put({"fabric_cables": c.with_columns(a_port=moved)})


@stage(reads=("fabrics", "fabric_switches", "fabric_cables", "switch_ports"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Ends beyond the first on ports of switches, and of servers, by fabric."""
    c, mixed = tally(t), _mixed(t)
    fabric = t.columns("fabric_switches", "fabric_id")["fabric_id"]
    at = np.flatnonzero((c.over > 0) & ~fabric.is_in(mixed).to_numpy())
    plain = pl.DataFrame({"at": at, "fabric_id": fabric.gather(at), "links": c.over[at]})
    over = pl.concat([plain, *(_by_cage(t, f) for f in mixed)])
    found = [] if over.is_empty() else [worst(over, "links", t).select("fabric", "src", "links", where=pl.concat_str("switch", "others"))]
    if any(c.server_twice.values()):
        servers = t.columns("fabrics", "fabric_id", "fabric", "src").select(
            "fabric", "src", links=pl.col("fabric_id").replace_strict(c.server_twice, default=0, return_dtype=pl.Int64)
        )
        found.append(servers.filter(pl.col("links") > 0).with_columns(where=pl.lit("servers")))
    if not found:
        return nothing()
    return rows(pl.concat(found), subject=pl.col("fabric"), value=pl.col("links"), limit=0, src=pl.col("src"), where=pl.col("where"))


def _mixed(t: Tables) -> list[int]:
    """Fabrics whose cages are broken out in several ways, so that one port number means several ports."""
    ports = t["switch_ports"].group_by("fabric_id", "part", "port").agg(pl.col("name").n_unique())
    return sorted(ports.filter(pl.col("name") > 1)["fabric_id"].unique().to_list())


def _by_cage(t: Tables, fabric: int) -> pl.DataFrame:
    """Switches (`at`: counted from the first) of a fabric of which a port has several `links`, or a cage is broken out in several ways."""
    own = (
        t["fabric_switches"]
        .select("device_id", "part", at=pl.int_range(pl.len()))
        .filter(t.columns("fabric_switches", "fabric_id")["fabric_id"] == fabric)
    )
    links = t["fabric_cables"].lazy().filter(pl.col("fabric_id") == fabric)
    ends = [
        links.select("tier", "speed_gbps", side=pl.lit(s), device_id=f"{s}_device_id", port=f"{s}_port").filter(pl.col("port") < MANAGEMENT)
        for s in ("a", "b")
    ]
    known = t["switch_ports"].lazy().filter(pl.col("fabric_id") == fabric)
    key = ["tier", "side", "part", "speed_gbps", "port"]
    placed = pl.concat(ends).join(own.lazy(), on="device_id").join(known, on=key).select("at", "cage", "name", "speed_port_gbps")
    by_port = placed.group_by("at", "cage", "name", "speed_port_gbps").agg(links=pl.len() - 1)
    by_cage = by_port.group_by("at", "cage").agg(pl.col("links").sum() + pl.col("speed_port_gbps").n_unique() - 1)
    found = by_cage.group_by("at").agg(pl.col("links").sum().cast(pl.Int64)).filter(pl.col("links") > 0).sort("at")
    return found.select("at", pl.lit(fabric, pl.Int32).alias("fabric_id"), "links").collect()
