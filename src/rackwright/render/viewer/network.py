"""Fabrics, switches, printed ports, media and the cables between racks, cell by cell.

Reads fabrics, fabric_switches, part_facts, fabric_skus, fabric_offers, nic_ports, switch_ports, outside_ports, fabric_cells, fabric_cables,
path_segments.
"""

from __future__ import annotations

import polars as pl

from rackwright.render.hall import tier_name
from rackwright.render.viewer.pack import Chunk, Chunks
from rackwright.schema.tables import Tables

_CABLE = ["tier", "plane", "rail", "a_port", "b_port", "leg", "speed_gbps", "sku", "path_id", "length_route_mm"]
_ENDS = ("a_device_id", "b_device_id")
SWITCH = 1 << 30
_SKU = ["fabric_id", "sku", "part", "medium", "length_stock_mm", "a_module", "b_module", "links", "loss_db", "loss_budget_db"]


def chunks(t: Tables) -> Chunks:
    """By name: fabrics, switches, skus, offers, nic_ports, switch_ports, outside_ports, paths, path_steps. Cables have a chunk a cell (`cells`)."""
    return {
        "fabrics": lambda: Chunk(t["fabrics"].sort("fabric_id").drop("src"), {"tiers": [tier_name(i) for i in range(8)]}),
        "switches": lambda: Chunk(switches(t)),
        "skus": lambda: Chunk(t["fabric_skus"].select(_SKU)),
        "offers": lambda: Chunk(t["fabric_offers"].drop("cost_link_usd", "power_link_w")),
        "nic_ports": lambda: Chunk(t["nic_ports"].drop("run_mm")),
        "switch_ports": lambda: Chunk(t["switch_ports"]),
        "outside_ports": lambda: Chunk(t["outside_ports"].select("fabric_id", "device_id", "port", "leads_to", "name", "cage", "plug", "module")),
        "paths": lambda: Chunk(paths(t)),
        "path_steps": lambda: Chunk(t["path_segments"].sort("path_id", "step").select("tray_id", "is_reverse")),
    }


def switches(t: Tables) -> pl.DataFrame:
    """Switches by id with their height in units (1 where the catalogue says nothing)."""
    tall = t["part_facts"].filter(pl.col("fact") == "height_units").select("part", height_u=pl.col("value").cast(pl.Int32))
    return t["fabric_switches"].sort("device_id").drop("device_id").join(tall, on="part", how="left", maintain_order="left").with_columns(
        pl.col("height_u").fill_null(1)
    )  # fmt: skip


def paths(t: Tables) -> pl.DataFrame:
    """Paths by rising id: where their steps begin in `path_steps`, and how many there are."""
    own = t["path_segments"].group_by("path_id").agg(count=pl.len().cast(pl.Int64)).sort("path_id")
    return own.select("path_id", "count", first=pl.col("count").cum_sum() - pl.col("count"))


def cells(t: Tables) -> pl.DataFrame:
    """Chunks of cables: fabric_id, cell (scalable unit from 0), links, link_first, host_device_first, the name of the chunk and the file that it says
    the same as.
    """
    return t["fabric_cells"].select(
        *("fabric_id", "cell", "links", "link_first", "host_device_first", "file"), chunk=pl.format("cables-{}-{}", "fabric_id", "cell")
    )


def cables(rows: pl.DataFrame, host_first: int, switch_first: int) -> Chunk:
    """Links of one cell, a row a link in the order of `fabric_cables`.

    A host counts from the first device of the cell's unit, a switch from the first of all with `SWITCH` added, so that the chunk of a unit stays
    as it is when another changes. `cable` joins the legs of one cable, the first of its links in this cell; it is left out where there are none.
    Cut and ordered lengths are left out: the page finds them from the route and the line of the menu, which halves the time this takes.
    """
    local = [pl.when(pl.col(c) >= switch_first).then(pl.col(c) - switch_first + SWITCH).otherwise(pl.col(c) - host_first) for c in _ENDS]
    legs = [pl.col("cable").min().over("key")] if rows["leg"].max() else []
    return Chunk(rows.with_row_index("cable").select(*_CABLE, *local, *legs))
