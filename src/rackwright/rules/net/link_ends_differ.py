"""A link does not fit the port at one of its ends.

What: A link is faster than the port of a device or switch at one end, or than its cable and modules drive; or the plug or module at an end is of
    another connector than the cage there.
Why: The plug cannot be pushed in, or the link does not come up at the speed that everything else counts on.
Fix: Build the hall again from its spec, or take a medium and ports of that speed and connector where the tables were edited or taken over.
Source: Speeds and connectors of the parts, as `nic_ports`, `switch_ports` and `fabric_skus` give them.
Limits: Links without a medium have their speed judged alone. Shapes of modules (flat or finned top) are not judged, nor adapters between connectors.
    A port that nobody named is passed over; in racks speed-mismatch (NET104) judges.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.link_kinds import LINK_KINDS, Sort, summed
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "NET311",
    "link-ends-differ",
    "error",
    "{value} links of fabric `{subject}` do not fit: {text}",
    label="fabric here",
    help="take ports and a medium of one speed and connector; `rackwright build` chooses them so",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2}  # error: NET311
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
    """Servers have ports of half the speed, and cables to the leaves end in another plug there."""
    nic = t["nic_ports"].with_columns(pl.col("speed_port_gbps") / 2)
    plug = pl.when(pl.col("tier") == 0).then(pl.lit("qsfp-dd")).otherwise("b_connector")
    return t.put({"nic_ports": nic, "fabric_skus": t["fabric_skus"].with_columns(b_connector=plug)})


@stage(
    reads=("fabrics", "fabric_cables", "fabric_skus", "fabric_switches", "hall_racks", "design_devices", "nic_ports", "switch_ports"),
    writes=("findings",),
)
def check(t: Tables) -> pl.DataFrame:
    """Every kind of link (tier, speed, medium, sort of port at both ends) of each fabric against its ends, with how many there are."""
    skus = t.columns("fabric_skus", "fabric_id", "sku", "speed_gbps", "part", "a_module", "b_module", "a_connector", "b_connector")
    media = {(m["fabric_id"], m["sku"]): m for m in skus.iter_rows(named=True)}
    found = []
    for (fabric, _, gbps, sku, a, b), links in sorted(summed(t.asked("fabric_cables", LINK_KINDS)).items(), key=repr):
        if text := _misfit(gbps, media.get((fabric, sku)), a, b):
            found.append({"fabric_id": fabric, "links": links, "text": text})
    if not found:
        return nothing()
    known = pl.DataFrame(found, schema={"fabric_id": pl.Int32, "links": pl.Int64, "text": pl.String})
    known = known.join(t.columns("fabrics", "fabric_id", "fabric", "src"), on="fabric_id", maintain_order="left")
    return rows(known, subject=pl.col("fabric"), value=pl.col("links"), limit=0, src=pl.col("src"), text=pl.col("text"))


def _misfit(gbps: float, medium: dict[str, Any] | None, a: Sort | None, b: Sort | None) -> str:
    """What does not fit at the ends of a kind of link, in words."""
    found = [f"{gbps:g} Gb/s on ports of `{end[0]}` that carry {end[1]:g} Gb/s" for end in (a, b) if end and gbps > end[1] * (1 + 1e-6)]
    if medium is None:
        return "; ".join(found)
    if gbps > medium["speed_gbps"] * (1 + 1e-6):
        found.append(f"{gbps:g} Gb/s over `{medium['part']}`, which drives {medium['speed_gbps']:g} Gb/s")
    for side, end in (("a", a), ("b", b)):
        if end and medium[f"{side}_connector"] != end[2]:
            plug = medium[f"{side}_module"] or medium["part"]
            found.append(f"`{plug}` ({medium[f'{side}_connector']}) does not go into `{end[0]}` ({end[2]})")
    return "; ".join(found)
