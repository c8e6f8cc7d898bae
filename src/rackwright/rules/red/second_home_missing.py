"""A server of a dual-homed fabric has one home.

What: The fabric asks for `homing: 2`, and all links of a server end on one leaf.
Why: The loss of that leaf cuts off a server that was meant to survive it.
Fix: A second port on that server, or a fabric of its own for servers with one port.
Source: The spec's `homing`.
Limits: As for switch-is-single-point (RED301), which tells the same of fabrics that ask for one home.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK, worst
from rackwright.rules.red._homes import single_homed
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED302",
    "second-home-missing",
    "error",
    "{switch} of fabric `{subject}`, which asks for two homes, is the only one for {value} servers{others}",
    label="fabric here",
    help="give these servers a second port, or a fabric of their own",
)
BAD = """\
hall: small
parts: [own]
designs: {dgx: rack.yaml, store: store.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 2}
  store: {design: store, count: 1}
fabrics:
  compute: {topology: node-local, ports: [dgx.nic, store.nic], switch: nvidia/qm9700, homing: 2, tiers: 2}  # error: RED302
network: {spread: 2}
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: node-local, ports: [dgx.nic], switch: nvidia/qm9700, homing: 2, tiers: 2}
network: {spread: 2}
"""
FILES = {
    "rack.yaml": RACK,
    "store.yaml": RACK.replace("dgx: {part: nvidia/dgx-h100}", "store: {part: acme/store}") + "parts: [own]\n",
    "own/acme/store.yaml": """\
part: acme/store
kind: server
title: Storage server with one network port
maker: Acme
sources: {us: {title: our data sheet, date: 2026-01-01, confidence: read}}
facts:
  height_units: {value: 2, from: us}
  unit_height: {value: 44.45 mm, from: us}
  mass: {value: 30 kg, from: us}
  price: {value: 20000 USD, from: us}
  power_max: {value: 1 kW, from: us}
  liquid_fraction: {value: 0 %, from: us}
  psu_count: {value: 2, from: us}
  psu_needed: {value: 1, from: us}
  psu_rated: {value: 1.2 kW, from: us}
contains:
  - {part: nvidia/connectx-7, count: 1, as: nic}
ports:
  - {kind: scale-out, of: nic, count: 1, name: p, speed: 400 Gb/s, lanes: 4, connector: osfp, face: rear, x: [120 mm], z: 60 mm}
  - {kind: power, count: 2, name: psu, connector: c20, face: rear, x: [190 mm, 260 mm], z: 40 mm}
""",
}


@stage(reads=("fabrics", "fabric_switches", "fabric_cables", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Servers of dual-homed fabrics all of whose links meet one leaf, and the leaf with the most of them."""
    found = single_homed(t, 2)
    if found.is_empty():
        return nothing()
    return rows(
        worst(found, "servers", t),
        subject=pl.col("fabric"),
        value=pl.col("servers"),
        limit=0,
        src=pl.col("src"),
        switch=pl.col("switch"),
        others=pl.col("others"),
    )
