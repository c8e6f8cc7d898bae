"""A rack of switches holds what the spec wants spread over several.

What: The spec asks for `network.spread`, and still one switch rack holds every leaf of servers that hang on several, every upper switch of leaves in
other racks, or all cores of a fabric.
Why: Who asks for switches in separate series of racks counts on no rack holding all that matters; this hall does not survive the loss of that one.
Fix: Build the switches anew in series, where a standing hall has them together; or waive it until they are moved.
Source: The spec's `network.spread`.
Limits: As for rack-is-single-point (RED304), which tells of halls that do not ask.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.red._racks import HALL, losses, spread
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED306",
    "spread-not-kept",
    "error",
    "`network.spread: {spread}` is not kept: switch rack {rack} holds {what} of fabric `{subject}`{others}",
    label="asked for here",
    help="switches of a standing hall stay in their racks: move these to another rack, or accept it with a waiver",
)
GOOD = (
    HALL
    + """\
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
network:
  spread: 2
"""
)
BAD = GOOD.replace("spread: 2", "spread: 2  # error: RED306")
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """All switches in the first of their racks, as a hall has them that was built before it asked."""
    switches = t["fabric_switches"]
    return t.put({"fabric_switches": switches.with_columns(rack_id=pl.lit(switches["rack_id"].min(), pl.Int32))})


@stage(reads=("fabrics", "fabric_switches", "fabric_cables", "hall_racks", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each fabric and kind of loss, the rack that most hangs on, where the spec wants it spread."""
    asked = spread(t)
    heads = losses(t, asked > 1)
    words = {name: pl.col(name) for name in ("rack", "what", "others")}
    at = pl.lit(t.input_src("network.spread") if asked > 1 else 0)
    found = rows(heads, subject=pl.col("fabric"), value=pl.col("n"), limit=0, src=at, related_src=pl.col("src"), spread=pl.lit(str(asked)), **words)
    return found.with_columns(related_note=pl.lit("fabric here"))
