"""A cartridge holds more pairs than it is made for.

What: The cables that mate with one connector block of every tray have more differential pairs than the cartridge part holds.
Why: A cartridge is one piece with a fixed number of contacts; the rest has no place to plug in.
Fix: Trays with more connector blocks, fewer trays, or a larger cartridge.
Source: Fact `pairs` of the cartridge; NVL72: 5,184 pairs in 4 cartridges of 1,296.
Limits: Contacts per tray position are not modelled, the total is.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB104",
    "cartridge-overfull",
    "error",
    "`{subject}` holds {value} pairs, {excess} more than `{part}` is made for ({limit})",
    label="cartridge here",
    help="take a larger cartridge, or fewer trays",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  switch: {part: nvidia/nvlink5-switch-tray, count: 3, within: compute}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
scale_up: {fabric: nvlink5, cable: cable/nvlink-twinax, cartridge: nvidia/nvlink-cartridge}  # error: CAB104
overrides:
  nvidia/nvlink-cartridge: {pairs: 100}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  switch: {part: nvidia/nvlink5-switch-tray, count: 3, within: compute}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
scale_up: {fabric: nvlink5, cable: cable/nvlink-twinax, cartridge: nvidia/nvlink-cartridge}
overrides:
  nvidia/nvlink-cartridge: {pairs: 144}
"""


@stage(reads=("cables", "part_facts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Pairs per assembly against the cartridge part."""
    if not t.asks("scale_up.cartridge"):
        return nothing()
    part = t.input_text("scale_up.cartridge")
    most = t.fact(part, "pairs")
    if most is None:
        return nothing()
    held = t["cables"].filter(pl.col("assembly").is_not_null()).group_by("assembly").agg(pl.col("pairs").sum())
    over = held.filter(pl.col("pairs") > most)
    return rows(over, subject=pl.col("assembly"), value=pl.col("pairs"), limit=most, src=t.input_src("scale_up.cartridge"), part=part)
