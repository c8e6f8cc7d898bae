"""Ports of a fabric cannot reach the others.

What: In a plane of the fabric (in rail-only fabrics, of a rail in it), NIC ports outside the largest connected part, unless their own part
    reaches every server as well, as each of two leaves does that all servers have a port on. In a torus, ports of accelerators outside the
    largest part.
Why: Traffic between the parts has no path at all.
Fix: Join the parts: more spines or uplinks, or one set of switches for them all.
Source: Connected parts of the graph of all links; in a torus with the circuits that the design sets.
Limits: Whether routing uses every path is not judged. Where cables have no way, medium or loss budget, CAB301, CAB302 and CAB304 tell it; their links
    count as laid here, so that this rule tells only of parts that stay apart once they are. A torus with such cables is left out.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.circuits import parted
from rackwright.rules.halls import RACK, components
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.rules.tally import tally
from rackwright.schema.links import HOST, MANAGEMENT, TORUS
from rackwright.schema.tables import Tables

RULE = Rule(
    "NET303",
    "endpoint-unreachable",
    "error",
    "{value} of {limit} ports of fabric `{subject}` cannot reach the others{where}",
    label="fabric here",
    help="join the parts: more spines or uplinks, or one set of switches for them all",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
unit: 2
fabrics:
  compute: {topology: node-local, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2, spines: 2}  # error: NET303
"""
GOOD = BAD.replace("  # error: NET303", "")
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """Half the leaves change their ends on the second of two spines for those of the others on the first, as in a hall cabled in two parts."""
    cables, switches = t["fabric_cables"].with_row_index("_at"), t["fabric_switches"].sort("device_id")
    leaves, spines = (switches.filter(pl.col("tier") == tier)["device_id"] for tier in (0, 1))
    is_low, up = pl.col("a_device_id").is_in(leaves[: len(leaves) // 2].implode()), cables.filter(pl.col("tier") == 1)
    one, two = up.filter(is_low & (pl.col("b_device_id") == spines[1])), up.filter(~is_low & (pl.col("b_device_id") == spines[0]))
    ends = [x.select("_at").hstack(y.select("b_device_id", "b_port")) for x, y in ((one, two), (two, one))]
    return t.put({"fabric_cables": cables.update(pl.concat(ends), on="_at").drop("_at")})


@stage(reads=("fabrics", "fabric_switches", "fabric_cables", "fabric_circuits"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Ports outside the largest part and outside parts that reach every server, for each plane (and rail, where rails never meet)."""
    tori, is_joined = parted(t).filter(pl.col("cut") > 0), _is_joined(t)
    if tori.is_empty() and is_joined:
        return nothing()
    tori = tori.filter(~pl.col("fabric_id").is_in(_told_of(t).implode()))
    tori = tori.join(t.columns("fabrics", "fabric_id", "fabric", "planes", "src"), on="fabric_id")
    tori = tori.with_columns(plane=pl.lit(0, pl.UInt8), group=pl.lit(-1, pl.Int32))
    return _told(tori if is_joined else pl.concat([tori, _switched(t).select(tori.columns)], how="vertical_relaxed"))


def _switched(t: Tables) -> pl.DataFrame:
    """Planes (and rails) of fabrics of switches with ports `cut` off, of `all`."""
    ends = _parts(t)
    fabrics = t.columns("fabrics", "fabric_id", "fabric", "topology", "planes", "src").filter(pl.col("topology") != "torus")
    groups = ends.group_by("fabric_id", "plane", "rail", "part").agg(ports=pl.len()).join(fabrics, on="fabric_id")
    groups = groups.with_columns(group=pl.when(pl.col("topology") == "rail-only").then("rail").otherwise(-1))
    whole = ["fabric_id", "fabric", "planes", "src", "plane", "group"]
    split = groups.group_by(whole).agg(parts=pl.col("part").n_unique(), low=pl.col("part").min()).filter((pl.col("parts") > 1) | (pl.col("low") < 0))
    # few fabrics fall into parts; only in these are servers counted
    inside = groups.join(split, on=whole, how="semi").join(ends, on=["fabric_id", "plane", "rail", "part"])
    servers = inside.group_by(whole).agg(servers=pl.col("a_device_id").n_unique())
    parts = inside.group_by(*whole, "part").agg(ports=pl.len(), own=pl.col("a_device_id").n_unique()).join(servers, on=whole)
    # ports without a cable (part -1) are not joined to each other
    size = pl.when(pl.col("part") >= 0).then("ports").otherwise(0)
    largest = pl.col("part").sort_by([size, "part"], descending=[True, False]).first().over(whole)
    reach = (pl.col("part") >= 0) & ((pl.col("own") == pl.col("servers")) | (pl.col("part") == largest))
    cut = parts.with_columns(reach=reach).group_by(whole).agg(all=pl.col("ports").sum(), cut=pl.col("ports").filter(~pl.col("reach")).sum())
    return cut.filter(pl.col("cut") > 0)


def _told(cut: pl.DataFrame) -> pl.DataFrame:
    cut = cut.sort("fabric_id", "plane", "group")
    plane = pl.when(pl.col("planes") > 1).then(pl.concat_str([pl.lit(" in plane "), pl.col("plane").cast(pl.Int32) + 1])).otherwise(pl.lit(""))
    rail = pl.when(pl.col("group") >= 0).then(pl.concat_str([pl.lit(" on rail "), pl.col("group") + 1])).otherwise(pl.lit(""))
    return rows(
        cut,
        subject=pl.col("fabric"),
        value=pl.col("cut"),
        limit=pl.col("all"),
        src=pl.col("src"),
        where=pl.concat_str([plane, rail]),
    )


def _is_joined(t: Tables) -> bool:
    """No endpoint is without a cable, and those of each plane (of each rail of it, where rails never meet) are in one part; told from the tally, tori
    left out."""
    c = tally(t)
    if c.bare.any():
        return False
    switches = t.columns("fabric_switches", "fabric_id", "plane").join(
        t.columns("fabrics", "fabric_id", "topology"), on="fabric_id", maintain_order="left"
    )
    at, rail = np.nonzero(c.hosts * (switches["topology"] != "torus").to_numpy()[:, None])
    apart = (switches["topology"] == "rail-only").to_numpy()[at]
    width = np.int64(c.hosts.shape[1] + 1)
    group = (switches["fabric_id"].to_numpy()[at] * np.int64(256) + switches["plane"].to_numpy()[at]) * width + np.where(apart, rail + 1, 0)
    _, of = np.unique(group, return_inverse=True)
    low, high = np.full(of.max(initial=-1) + 1, c.n), np.full(of.max(initial=-1) + 1, -1)
    np.minimum.at(low, of, c.part[at])
    np.maximum.at(high, of, c.part[at])
    return bool(np.all((low == high) | (high < 0)))


def _told_of(t: Tables) -> pl.Series:
    """Fabrics with cables that cannot be laid, which other rules tell."""
    return t.columns("fabrics", "fabric_id", "unreached", "unrouted").filter(pl.col("unreached") + pl.col("unrouted") > 0)["fabric_id"]


def _parts(t: Tables) -> pl.DataFrame:
    """Every host link with fabric_id, plane, rail, a_device_id and the connected `part` it leads to; -1 where it cannot be laid and nobody tells."""
    part, switches, told = tally(t).part, t["fabric_switches"], _told_of(t).implode()
    first = switches["device_id"].min() or 0
    if len(told[0]):
        up = (pl.col("tier") != HOST) | ((pl.col("a_device_id") >= first) & (pl.col("a_port") < MANAGEMENT))
        lost = t["fabric_cables"].filter(pl.col("fabric_id").is_in(told) & up & (pl.col("length_stock_mm") < 0) & (pl.col("tier") != TORUS))
        a, b = (lost[f"{end}_device_id"].to_numpy() - first for end in "ab")
        part = components(np.concatenate([np.arange(len(part)), a]), np.concatenate([part, b]), len(part))
    hosts = t["fabric_cables"].filter(pl.col("tier") == HOST)
    is_joined = (hosts["length_stock_mm"] >= 0) | hosts["fabric_id"].is_in(told)
    joined = np.where(is_joined.to_numpy(), part[hosts["b_device_id"].to_numpy() - first], -1)
    return hosts.select("fabric_id", "plane", "rail", "a_device_id", part=pl.Series(joined))
