"""The two ends of a link have different numbers of lanes.

What: The port at one end of a link has more lanes than the port at the other, at the same speed (NET104 names a different speed).
Why: Lanes that have no partner carry nothing, and at equal speed the lane rates differ: the link does not come up.
Fix: Trays of one generation at both ends.
Source: Lanes of the ports as the parts give them.
Limits: Gearboxes in active cables are not modelled.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.net._links import both_ends
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "NET105",
    "lanes-mismatch",
    "error",
    "`{subject}` has {value} lanes, its other end `{other}` has {limit}",
    label="fabric here",
    help="take trays whose ports have the same lanes",
)
BAD = """\
rack: small
frame: ocp/orw
trays:
  compute: {part: broadcom/custom-compute-tray, count: 2}
  switch: {part: acme/switch-tray}
scale_up: {fabric: ethernet, cable: cable/ethernet-twinax-400g}  # error: NET105
power: {shelf: ocp/hpr-33kw-ou, busbar: ocp/orv3-hpr-busbar}
cooling: {manifold: manifold/rack-45mm}
parts: [own]
"""
GOOD = """\
rack: small
frame: ocp/orw
trays:
  compute: {part: broadcom/custom-compute-tray, count: 2}
  switch: {part: broadcom/th6-switch-tray}
scale_up: {fabric: ethernet, cable: cable/ethernet-twinax-400g}
power: {shelf: ocp/hpr-33kw-ou, busbar: ocp/orv3-hpr-busbar}
cooling: {manifold: manifold/rack-45mm}
parts: [own]
"""
FILES = {
    "own/acme/switch-tray.yaml": """\
part: acme/switch-tray
kind: switch-tray
title: Switch tray with four lanes a port
maker: Acme
sources: {us: {title: our data sheet, date: 2026-01-01, confidence: read}}
facts:
  height_units: {value: 1, from: us}
  unit_height: {value: 48 mm, from: us}
  power_max: {value: 2 kW, from: us}
  liquid_fraction: {value: 80 %, from: us}
  clip_current_rated: {value: 100 A, from: us}
  price: {value: 50000 USD, from: us}
contains:
  - {part: broadcom/tomahawk-6, count: 2, as: chip}
ports:
  - {kind: scale-up, of: chip, count: 64, name: eth, speed: 400 Gb/s, lanes: 4, connector: backplane-blind-mate, face: rear, x: [70 mm], z: 24 mm}
"""
}


@stage(reads=("ports", "links"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Lanes of both ends of every link of equal speed."""
    links = t.derived(both_ends).filter((pl.col("lanes") != pl.col("lanes_b")) & (pl.col("speed_gbps") == pl.col("speed_gbps_b")))
    if links.is_empty():
        return nothing()
    return rows(links, subject=pl.col("name"), value=pl.col("lanes"), limit=pl.col("lanes_b"), src=pl.col("src"), other=pl.col("name_b"))
