"""Two fabrics take the same ports.

What: A selector of one fabric, or of one of its classes, names ports that a selector of another names too.
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
    """Pairs of selectors of different fabrics with one alias and one group, or `*` on either side; `nic` covers `nic/p0`."""
    path = pl.col("path").str.split(".")
    depth = path.list.len()
    asked = t.inputs_of("fabrics").filter((path.list.first() == "fabrics") & (path.list.last() == "ports") & ((depth == 3) | (depth == 5)))
    asked = asked.with_row_index("turn").select("turn", "src", fabric=path.list.get(1), ports=pl.col("text").str.split(", ")).explode("ports")
    alias = pl.col("ports").str.split(".").list.slice(1).list.join(".").str.split("/")
    asked = asked.with_columns(
        group=pl.col("ports").str.split(".").list.first(), alias=alias.list.first(), port=pl.when(alias.list.len() > 1).then(alias.list.last())
    )
    both = asked.join(asked, how="cross", suffix="_other")
    both = both.filter((pl.col("turn_other") < pl.col("turn")) & (pl.col("fabric_other") != pl.col("fabric")))
    # the switches of a fabric (`fabrics.NAME`) are no rack's ports, so a `*` for groups does not mean them
    managed = (pl.col("group") == "fabrics", pl.col("group_other") == "fabrics")
    groups = (pl.col("group") == pl.col("group_other")) | ((pl.col("group") == "*") | (pl.col("group_other") == "*")) & ~managed[0] & ~managed[1]
    names = (pl.col("alias") == pl.col("alias_other")) | (managed[0] & managed[1] & ((pl.col("alias") == "*") | (pl.col("alias_other") == "*")))
    # `fabrics.NAME` are management ports and `fabrics.NAME/uplink` others
    ports = pl.when(managed[0]).then(pl.col("port").eq_missing("port_other")).otherwise((pl.col("port") == pl.col("port_other")).fill_null(True))
    same = both.filter(groups & names & ports)
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
