"""A management port finds no free port on a management switch.

What: The rack has management switches, and a management port of a device is not wired to any of them.
Why: The device cannot be reached when it hangs; someone drives to the site.
Fix: Another management switch, or one with more ports.
Source: Count of ports of the parts.
Limits: Racks without management switches leave these ports to the row; nothing is said then.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "NET201",
    "management-port-unconnected",
    "error",
    "`{subject}` is not wired: {value} management ports for {limit} on the switches",
    label="switches here",
    help="add a switch to `{group}`, or take one with more ports",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  mgmt: {part: nvidia/sn2201-dc}
  leaf: {part: nvidia/sn2201-dc, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
management: {switches: mgmt}  # error: NET201
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  mgmt: {part: nvidia/sn2201-dc, count: 3}
  leaf: {part: nvidia/sn2201-dc, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
management: {switches: mgmt}
"""


@stage(reads=("devices", "ports", "links", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Management ports outside the switches that no link ends at."""
    group = t.input_text("management.switches")
    ports = t["ports"].filter(pl.col("kind") == "management").join(t["devices"].select("device_id", "group", "src"), on="device_id")
    own, clients = ports.filter(pl.col("group") == group), ports.filter(pl.col("group") != group)
    lost = clients.join(t["links"], left_on="port_id", right_on="a_port_id", how="anti")
    if lost.is_empty() or own.is_empty():
        return nothing()
    return rows(
        lost,
        subject=pl.col("name"),
        value=clients.height,
        limit=own.height,
        group=group,
        src=t.input_src("management.switches"),
        related_src=pl.col("src"),
        related_note="device here",
    )
