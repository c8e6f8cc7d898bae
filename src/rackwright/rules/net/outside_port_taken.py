"""A port that leads out of the hall has a link of the fabric on it.

What: A cage that the spec keeps for ports to the outside holds a port that a link of the fabric ends on.
Why: Two plugs want one cage: the uplink or the link has none.
Fix: Add `outside` before the fabric is built, or in the growth of a standing hall give the fabric switches with cages to spare.
Source: One plug a cage.
Limits: A new hall keeps these cages free. In one that grows from a standing package, links keep their ports, which may be those.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import ETHERNET, RACK
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "NET330",
    "outside-port-taken",
    "error",
    "{value} cages of switches of fabric `{subject}` that lead to `{to}` have links of the fabric on them, {plug} of `{switch}` first",
    label="fabric here",
    help="`outside` on a tier with cages to spare, or fewer `ports`",
)
BAD = ETHERNET.replace("tiers: 2}", "tiers: 2, outside: {customer: {ports: 1}}}  # error: NET330")
GOOD = ETHERNET.replace("tiers: 2}", "tiers: 2, outside: {customer: {ports: 1}}}")
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """The port is that of a spine's first link, as where that link stood before."""
    taken = t["fabric_cables"].filter(tier=1).select("b_device_id", "b_port").row(0)
    ports = t["outside_ports"].filter(device_id=taken[0]).with_columns(port=pl.lit(taken[1], pl.Int32), cage=pl.lit(taken[1] // 2, pl.Int32))
    return t.put({"outside_ports": ports})


@stage(reads=("outside_ports", "fabric_cables", "fabric_switches", "switch_ports", "fabrics"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each fabric and place outside, cages with both; the first of them."""
    kept = t["outside_ports"].select("fabric_id", "device_id", "cage", "plug", to="leads_to").unique(maintain_order=True)
    if kept.is_empty():
        return nothing()
    switches = t["fabric_switches"].filter(pl.col("device_id").is_in(kept["device_id"].unique().implode()))
    ends = pl.concat([_ends(t, switches, side) for side in "ab"])
    found = kept.join(ends, on=["device_id", "cage"], how="semi").join(switches.select("device_id", switch="name"), on="device_id")
    heads = found.group_by("fabric_id", "to", maintain_order=True).agg(pl.len().alias("n"), pl.col("plug", "switch").first())
    heads = heads.join(t.columns("fabrics", "fabric_id", "fabric", "src"), on="fabric_id")
    texts = {name: pl.col(name) for name in ("to", "plug", "switch")}
    return rows(heads, subject=pl.col("fabric"), value=pl.col("n"), limit=0, src=pl.col("src"), **texts)


def _ends(t: Tables, switches: pl.DataFrame, side: str) -> pl.DataFrame:
    """Switch and cage of the links of those switches, at one side."""
    own = ["fabric_id", "tier", "speed_gbps"]
    links = t["fabric_cables"].lazy().select(*own, device_id=f"{side}_device_id", port=f"{side}_port")
    links = links.join(switches.lazy().select("device_id", "part"), on="device_id", how="inner")
    names = t["switch_ports"].lazy().filter(side=side).select(*own, "part", "port", "cage")
    return links.join(names, on=[*own, "part", "port"]).select("device_id", "cage").unique().collect()
