"""Electrical lanes of the cages of Ethernet switches, counted on from cage to cage, as SONiC and most port maps count them.

Reads part_facts, switch_ports.
"""

from __future__ import annotations

import polars as pl

from rackwright.schema.tables import Tables

_OF = {"osfp": 8, "osfp1600": 8, "osfp-xd": 16, "qsfp-dd": 8, "sfp28": 1, "sfp56": 1, "rj45": 1}  # each way, by connector; QSFP otherwise


def cages(t: Tables, parts: pl.Series) -> pl.DataFrame:
    """Cages of switch parts: part, cage (from 0), name as printed (`port`), speed of it whole (`cage_gbps`), its lanes (`cage_lanes`) and those of
    all cages before it (`cage_first`).
    """
    facts = t["part_facts"].filter(pl.col("part").is_in(parts.unique().implode()))
    rows = []
    for part in parts.unique().sort():
        text = dict(facts.filter(pl.col("part") == part).select("fact", "text").iter_rows())
        name, number, first = text.get("cage_pattern", "{cage}"), 0, 0
        for kind, count in (("cage", "cages"), ("uplink", "uplink_cages")):
            lanes = _OF.get(text.get(f"{kind}_connector", ""), 4)
            speed = float(text.get(f"{kind}_speed", "0").split()[0])
            for _ in range(int(text.get(count, "0"))):
                rows.append((part, number, name.format(cage=number + int(text.get("cage_first", "1"))), speed, lanes, first))
                number, first = number + 1, first + lanes
    wide = {"part": pl.String, "cage": pl.Int32, "port": pl.String, "cage_gbps": pl.Float32, "cage_lanes": pl.Int64, "cage_first": pl.Int64}
    return pl.DataFrame(rows, wide, orient="row")


def placed(t: Tables, ports: pl.DataFrame) -> pl.DataFrame:
    """Ports of switches (fabric_id, part, speed_gbps, `port` as printed, its number, its cage or null) that are of a cage, with what `cages` says of
    that, into how many `legs` it is broken out, the own `leg_at` among them from 0, and how many `lanes` the port has from which (`lane_first`) on.

    A cage has the legs of the port names of its speed, whether all of them are used or not.
    """
    every = cages(t, ports["part"])
    found = ports.join(every.select("part", "port", of="cage"), on=["part", "port"], how="left", maintain_order="left")
    found = found.with_columns(pl.coalesce("cage", "of").alias("cage")).drop("of").filter(pl.col("cage").is_not_null())
    here = ["fabric_id", "part", "speed_gbps", "cage"]
    split = t["switch_ports"].select(*here, number="port").unique()
    split = split.with_columns(leg_at=pl.col("number").rank("ordinal").over(here).cast(pl.Int64) - 1, legs=pl.len().over(here).cast(pl.Int64))
    found = found.join(split, on=[*here, "number"], how="left", maintain_order="left").with_columns(
        pl.col("leg_at").fill_null(0), pl.col("legs").fill_null(1)
    )
    found = found.join(every.drop("port"), on=["part", "cage"], how="left", maintain_order="left")
    size = (pl.col("cage_lanes") // pl.col("legs")).clip(1)
    return found.with_columns(lanes=size, lane_first=pl.col("cage_first") + pl.col("leg_at") * size)
