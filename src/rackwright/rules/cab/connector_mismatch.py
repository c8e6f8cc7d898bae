"""A cable does not plug into the port it goes to.

What: Neither end of a cable part is the connector of the port that it runs to.
Why: It is found when the first rack is cabled.
Fix: A cable with the right ends, or another tray.
Source: Facts `connector_a` and `connector_b` of the cable and the connectors of the ports.
Limits: Links of the scale-up fabric and of management; power connectors are not judged. Cables without those facts are left out.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.cab._fields import asked_for
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB107",
    "connector-mismatch",
    "error",
    "`{part}` ends in {ends}, port `{subject}` takes {connector}",
    label="cable here",
    help="take a cable with {connector} ends",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  mgmt: {part: nvidia/sn2201-dc}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
management: {switches: mgmt, cable: cable/mcp4y10}  # error: CAB107
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  mgmt: {part: nvidia/sn2201-dc}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
management: {switches: mgmt}
"""


@stage(reads=("links", "cables", "ports", "part_facts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Connectors of both ends of every linked cable."""
    text = t["part_facts"].filter(pl.col("fact").is_in(["connector_a", "connector_b"])).select("part", "fact", "text")
    ends = text.filter(pl.col("fact") == "connector_a").join(text.filter(pl.col("fact") == "connector_b"), on="part", suffix="_b")
    if ends.is_empty():
        return nothing()
    cables = t["cables"].join(ends.select("part", end_a="text", end_b="text_b"), on="part").select("cable_id", "kind", "part", "end_a", "end_b")
    used = t["links"].select("cable_id", port_id=pl.concat_list("a_port_id", "b_port_id")).explode("port_id", empty_as_null=True)
    plugged = used.join(cables, on="cable_id").join(t["ports"].select("port_id", "name", "connector"), on="port_id")
    wrong = plugged.filter((pl.col("connector") != pl.col("end_a")) & (pl.col("connector") != pl.col("end_b")))
    if wrong.is_empty():
        return nothing()
    wrong = wrong.join(asked_for(t), on="kind")
    return rows(
        wrong,
        subject=pl.col("name"),
        value=pl.lit(None),
        limit=pl.lit(None),
        src=pl.col("field_src"),
        part=pl.col("part"),
        ends=pl.format("`{}` and `{}`", "end_a", "end_b"),
        connector=pl.format("`{}`", "connector"),
    )
