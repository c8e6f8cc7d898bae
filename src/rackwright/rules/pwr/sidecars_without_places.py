"""A hall has more sidecars than it has free places.

What: Sidecars stand in the rows beside the racks that they feed, and the hall has fewer places left than sidecars.
Why: A sidecar is a rack of its own, of some 600 mm and more than a ton. Racks and switches placed without it leave no room when it comes.
Fix: More rows or places (`floor`), or fewer racks in the hall.
Source: Places of the floor less those of racks and switch racks, against the sidecars of the power chain.
Limits: One place each, whatever its width: most sidecars have none in their part files. Cable lengths do not have them. They stand on the free places
nearest to their runs (`supply_cabinets`), in the floor plan too.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import first_of, line, others
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR423",
    "sidecars-without-places",
    "warning",
    "{value} sidecars of hall `{subject}` want places, and {limit} of its {places} are free{others}",
    label="sidecars here",
    help="more `floor.rows` or `floor.places`",
)
BAD = """\
hall: small
designs: {g: rack.yaml}
floor: {rows: 1, places: 11, pitch: 700 mm}
racks:
  g: {design: g, count: 10}
power: {redundancy: 2N, busway: generic/busway-1600a, generators: none, sidecar: ocp/diablo-400}  # warning: PWR423
"""
GOOD = BAD.replace("places: 11", "places: 20").replace("  # warning: PWR423", "")
FILES = {
    "rack.yaml": """\
rack: small
frame: ocp/orv3-hpr
trays:
  compute: {part: broadcom/custom-compute-tray, count: 4}
power: {shelf: ocp/hpr-33kw-ou, busbar: ocp/orv3-hpr-busbar, feeds: [A, B]}
cooling: {manifold: manifold/rack-45mm}
"""
}


def sidecars(t: Tables) -> pl.DataFrame:
    """Halls with sidecars: name, places, free places, and how many. Reads halls and supply_cabinets."""
    count = t["supply_cabinets"].group_by("hall_id").agg(sidecars=pl.len().cast(pl.Int32))
    free = pl.col("places") - pl.col("racks") - pl.col("switch_racks")
    return t["halls"].select("hall_id", "name", "places", free=free).join(count, on="hall_id", maintain_order="left")


@stage(reads=("halls", "inputs", "supply_cabinets"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The hall with most sidecars over its free places."""
    short = sidecars(t).with_columns(over=pl.col("sidecars") - pl.col("free")).filter(pl.col("over") > 0)
    worst = first_of(short, "over")
    text = {"places": pl.col("places").cast(pl.String), "others": others(pl.col("n"))}
    value, limit = (pl.col(c).cast(pl.Float64) for c in ("sidecars", "free"))
    return rows(worst, subject=pl.col("name"), value=value, limit=limit, src=line(t, "sidecar"), **text)
