"""A cable does not plug into the port it goes to.

What: Neither end of a cable part is the connector of the port that it runs to.
Why: It is found when the first rack is cabled.
Fix: A cable with the right ends, or another tray.
Source: Facts `connector_a` and `connector_b` of the cable and the connectors of the ports; an inlet C14 takes a C13, C20 a C19 (IEC 60320-1).
Limits: Links of the scale-up fabric and of management, and cords at their devices, not at the PDU. Cables without those facts are left out.
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

_INTO = {f"c{n}": f"c{n - 1}" for n in (14, 16, 18, 20, 22, 24)}  # what goes into an appliance inlet, IEC 60320-1


@stage(reads=("links", "cables", "ports", "part_facts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Connectors of both ends of every linked cable."""
    a, b = (dict(t["part_facts"].filter(pl.col("fact") == fact).select("part", "text").iter_rows()) for fact in ("connector_a", "connector_b"))
    ends = {part: (a[part], b[part]) for part in a if part in b}
    if not ends:
        return nothing()
    cords = t["cables"].filter(kind="power-cord").select("cable_id", port_id="a_port_id").drop_nulls()
    used = pl.concat([*(t["links"].select("cable_id", port_id=f"{side}_port_id") for side in "ab"), cords])
    takes = t["ports"].select("port_id", connector=pl.col("connector").replace(_INTO))
    plugged = used.join(t["cables"].select("cable_id", "part"), on="cable_id").join(takes, on="port_id")
    met = plugged.select("part", "connector").unique().drop_nulls().rows()
    unfit = [(part, connector, *ends[part]) for part, connector in met if part in ends and connector not in ends[part]]
    if not unfit:
        return nothing()
    wrong = plugged.join(pl.DataFrame(unfit, ["part", "connector", "end_a", "end_b"], orient="row"), on=["part", "connector"])
    wrong = wrong.join(t["cables"].select("cable_id", "kind"), on="cable_id").join(t["ports"].select("port_id", "name"), on="port_id")
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
