"""Two fabrics take the same ports.

What: A selector of one fabric names ports that a selector of another names too.
Why: A port takes one cable; the second fabric would be ordered and could not be plugged in.
Fix: Take the ports out of one of the two.
Source: One plug fits one cage.
Limits: Ports of switches, and those of one fabric, are dealt out once by construction; a property test holds that.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "NET305",
    "port-used-twice",
    "error",
    "fabric `{subject}` takes ports `{ports}`, which fabric `{other}` takes as well",
    label="ports here",
    help="take them out of one of the two fabrics",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
  storage: {topology: rail-optimized, ports: ["*.nic"], switch: nvidia/qm9700}  # error: NET305
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
  manage: {topology: tree, ports: ["*.bmc"], switch: nvidia/sn2201}
"""
FILES = {"rack.yaml": RACK}


@stage(reads=("inputs",), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Pairs of selectors of different fabrics with one alias and one group, or `*` on either side."""
    path = pl.col("path").str.split(".")
    asked = t["inputs"].filter((path.list.len() == 3) & (path.list.first() == "fabrics") & (path.list.last() == "ports"))
    asked = asked.with_row_index("turn").select("turn", "src", fabric=path.list.get(1), ports=pl.col("text").str.split(", ")).explode("ports")
    asked = asked.with_columns(group=pl.col("ports").str.split(".").list.first(), alias=pl.col("ports").str.split(".").list.slice(1).list.join("."))
    both = asked.join(asked, on="alias", suffix="_other").filter(pl.col("turn_other") < pl.col("turn"))
    same = both.filter((pl.col("group") == pl.col("group_other")) | (pl.col("group") == "*") | (pl.col("group_other") == "*"))
    return rows(
        same,
        subject=pl.col("fabric"),
        value=2,
        limit=1,
        src=pl.col("src"),
        related_src=pl.col("src_other"),
        related_note="and here",
        ports=pl.col("ports"),
        other=pl.col("fabric_other"),
    )
