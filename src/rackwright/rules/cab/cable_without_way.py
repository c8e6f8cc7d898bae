"""A cable has no way through the trays.

What: Two racks that a fabric joins stand over trays that are not connected: a keep-out of full height cuts them apart.
Why: The cable cannot be pulled, so its link does not exist.
Fix: The change of the pathways that the message names, which was tried; or a keep-out that is not of full height, or racks on one side of it.
Source: The graph of row ladders, cross trays and ducts that is laid over the floor.
Limits: Cables under a raised floor are not modelled.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import figure
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB302",
    "cable-without-way",
    "error",
    "{value} of {all} cables of fabric `{subject}` have no way through the trays: no tray leads on to the switches of {where}",
    label="fabric here",
    help="join the trays: runs of `pathways.segments` must meet, and ducts lead to every hall (`pathways.ducts`)",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor:
  rows: 2
  places: 4
  pitch: 700 mm
  network: start
  keep_out:
    - {x: 0 m, y: 3.1 m, width: 9 m, depth: 0.9 m, full_height: true, because: fire wall}
racks:
  dgx: {design: dgx, count: 5}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}  # error: CAB302
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor:
  rows: 2
  places: 4
  pitch: 700 mm
  network: start
  keep_out:
    - {x: 0 m, y: 3.1 m, width: 9 m, depth: 0.9 m, full_height: false, because: fire wall}
racks:
  dgx: {design: dgx, count: 5}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
FILES = {"rack.yaml": RACK}
_PAST = "no `pathways.every` or `width` leads past it: draw trays past it (`pathways.segments`), or say `full_height: false` if it is lower than they"


@stage(reads=("fabrics", "fabric_cables", "fabric_switches", "hall_racks", "floor_areas", "fabric_needs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Fabrics with unrouted cables: the rack where most of them end, and what of full height stands in the hall."""
    lost = t.columns("fabrics", "fabric_id", "fabric", "cables", "unrouted", "src").filter(pl.col("unrouted") > 0)
    if lost.is_empty():
        return nothing()
    ends = t["fabric_cables"].filter(pl.col("length_route_mm") < 0).group_by("fabric_id", device_id="b_device_id").len()
    stands = ends.join(t.columns("fabric_switches", "device_id", "rack_id"), on="device_id")
    stands = stands.join(t.columns("hall_racks", "rack_id", "name"), on="rack_id")
    named = stands.group_by("fabric_id", "name").agg(pl.col("len").sum()).sort("fabric_id", "len", "name", descending=[False, True, False])
    racks = named.group_by("fabric_id", maintain_order=True).agg(pl.col("name").first(), more=pl.len() - 1)
    rest = pl.when(pl.col("more") > 0).then(pl.concat_str([pl.lit(" and "), figure(pl.col("more")), pl.lit(" more racks")])).otherwise(pl.lit(""))
    lost = lost.join(racks, on="fabric_id", how="left", maintain_order="left")
    walls = t["floor_areas"].filter(pl.col("kind") == "column").sort("hall_id", "area")["src"]
    cut = {"related_src": walls[0], "related_note": "of full height: cuts trays apart"} if len(walls) else {}
    changes = t["fabric_needs"].filter(pl.col("unrouted") > 0).group_by("fabric_id").agg(pl.col("change").drop_nulls().first())
    lost = lost.join(changes, on="fabric_id", how="left", maintain_order="left")
    tried = pl.concat_str([pl.lit("the smallest change that helps: "), pl.col("change")])
    return rows(
        lost,
        subject=pl.col("fabric"),
        value=pl.col("unrouted"),
        limit=0,
        src=pl.col("src"),
        all=figure(pl.col("cables")),
        where=pl.concat_str([pl.lit("rack `"), pl.col("name"), pl.lit("`"), rest]).fill_null("other endpoints"),
        help=pl.coalesce(tried, pl.lit(_PAST if len(walls) else RULE.help)),
        **cut,
    )
