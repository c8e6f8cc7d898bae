"""A cable to a room outside cannot be laid.

What: Ports lead to a room (`to`), and their cable finds no way through the trays, or the module in them lights no fibre that far.
Why: The uplink is ordered up to the module and ends there: the hall has no way out on the day it is switched on.
Fix: A module of longer reach, a room nearer to the switches, or trays that lead to its hall.
Source: The graph of the trays; reach of the module over the fibres of the catalogue, the far end being a module of the same sort.
Limits: Without `module` the fibre is not ours to choose: its length stands in `outside_ports`, and nothing is told.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.halls import ETHERNET, RACK
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "NET331",
    "outside-cable-missing",
    "error",
    "{value} cables of fabric `{subject}` to room `{room}` {why}",
    label="fabric here",
    help="a `module` of longer reach, a room nearer to these switches, or trays that lead to its hall",
)
_MODULE = "outside: {customer: {ports: 1, to: mmr, module: nvidia/mma4z00-ns}}}"
BAD = ETHERNET.replace("tiers: 2}", f"tiers: 2, {_MODULE}  # error: NET331") + "meet_me_rooms: {mmr: {x: 0 m, y: 3 m, inside: 90 m}}\n"
GOOD = BAD.replace("inside: 90 m", "inside: 9 m").replace("  # error: NET331", "")
FILES = {"rack.yaml": RACK}


@stage(reads=("fabrics", "outside_ports"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each fabric, room and module the ports without a cable, and the longest of these."""
    ports = t["outside_ports"].filter(pl.col("room").is_not_null())
    cut = pl.col("length_cut_mm") < 0
    lost = ports.filter(cut | (pl.col("module").is_not_null() & pl.col("cable").is_null()))
    if lost.is_empty():
        return nothing()
    found = lost.group_by("fabric_id", "room", "module", cut=cut, maintain_order=True).agg(n=pl.len(), far=pl.col("length_cut_mm").max())
    found = found.join(t["fabrics"].select("fabric_id", "fabric", "src"), on="fabric_id", maintain_order="left")
    short = pl.concat_str(
        [pl.lit("find no fibre that module `"), "module", pl.lit("` lights so far: the longest has "), show(pl.col("far") / 1000, "m")]
    )
    why = pl.when("cut").then(pl.lit("have no way through the trays")).otherwise(short)
    return rows(found, subject=pl.col("fabric"), value=pl.col("n"), limit=0, src=pl.col("src"), room=pl.col("room"), why=why)
