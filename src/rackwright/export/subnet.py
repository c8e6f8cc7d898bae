"""InfiniBand subnets of a hall as a subnet manager sees them: switches and adapters with ports counted from 1, and the links between them.

Every fabric is a subnet of its own, every plane of one that has several. A host has an adapter for each port, as real ones have; its node is called
as the host and the printed port, `H01.AB07-12 nic0/p0`, a switch as on labels.

Reads what `ends` and `only` read, fabrics, fabric_switches, part_facts.
"""

from __future__ import annotations

import polars as pl

from rackwright.export import net
from rackwright.export import only as choice
from rackwright.export.only import ChoiceError, Only
from rackwright.schema import ends
from rackwright.schema.links import MANAGEMENT
from rackwright.schema.tables import Tables


def infiniband(t: Tables) -> list[int]:
    """Fabrics all whose switches speak InfiniBand, by id."""
    return net.speaking(t, "infiniband")


def subnets(t: Tables, only: Only, title: str) -> dict[str, pl.DataFrame]:
    """Links of each subnet chosen, by its name: the fabric's, with `.p2` for the second plane of several. Columns are speed_gbps and for each side
    device_id, host, part, is_switch, `node` (unique in the subnet), `number` of the port in its node from 1, how many `ports` the node has;
    `port` as printed and as `counted` in the tables.

    Raises:
        UnknownNameError, ChoiceError: fabrics the hall has not, links too many for one call, or less than a fabric: a port left out would be one
            without a cable.
    """
    if only.row or only.rack or only.device or only.cable:
        raise ChoiceError(f"{title} are made of whole fabrics; name a fabric, or nothing")
    wanted = set(choice.fabric_ids(t, only)) if only.fabric else None
    own = [i for i in infiniband(t) if wanted is None or i in wanted]
    named = dict(t["fabrics"].select("fabric_id", "fabric").iter_rows())
    found: dict[str, pl.DataFrame] = {}
    rows = t["fabric_cables"].select(pl.arg_where(pl.col("fabric_id").is_in(own))).to_series()
    if rows.len() > net.MOST:
        raise ChoiceError(f"{title} of {rows.len():,} links are more than the {net.MOST:,} of one call; name a fabric")
    if not rows.len():
        return found
    every = _links(t, rows)
    for fabric in own:
        mine = every.filter(pl.col("fabric_id") == fabric)
        planes = mine["plane"].unique().sort()
        for plane in planes:
            name = named[fabric] if planes.len() == 1 else f"{named[fabric]}.p{plane + 1}"
            found[name] = mine.filter(pl.col("plane") == plane).drop("fabric_id", "plane")
    return found


def _links(t: Tables, rows: pl.Series) -> pl.DataFrame:
    at = ends.devices(t)
    cables = ends.named(t, at, rows).filter((pl.col("a_number") < MANAGEMENT) & (pl.col("b_number") < MANAGEMENT))
    made = cables.select("fabric_id", "plane", "speed_gbps", *(f"{s}_{c}" for s in "ab" for c in ("device_id", "port", "number")))
    switches = t["fabric_switches"].select("device_id", is_switch=True)
    sizes = _sizes(t, made)
    for s in "ab":
        about = at[cables[f"{s}_device_id"]]
        own = pl.DataFrame({"device_id": made[f"{s}_device_id"], "host": about["end"], "part": about["part"], "fabric_id": made["fabric_id"]})
        own = own.join(switches.cast({"device_id": own["device_id"].dtype}), on="device_id", how="left", maintain_order="left")
        own = own.join(sizes, on=["fabric_id", "part"], how="left", maintain_order="left")
        is_switch = own["is_switch"].fill_null(value=False)
        made = made.with_columns(own["host"].alias(f"{s}_host"), own["part"].alias(f"{s}_part"), is_switch.alias(f"{s}_is_switch"))
        made = made.with_columns(
            pl.when(is_switch).then(f"{s}_host").otherwise(pl.concat_str(f"{s}_host", pl.lit(" "), f"{s}_port")).alias(f"{s}_node"),
            pl.when(is_switch).then(pl.col(f"{s}_number").cast(pl.Int64) + 1).otherwise(1).alias(f"{s}_number"),
            pl.col(f"{s}_number").alias(f"{s}_counted"),
            pl.when(is_switch).then(own["ports"].cast(pl.Int64)).otherwise(1).alias(f"{s}_ports"),
        )
    return made


def _sizes(t: Tables, made: pl.DataFrame) -> pl.DataFrame:
    """Ports of a switch by fabric and part: those of all cages at the speed of its fastest link, or as many as are counted."""
    facts = t["part_facts"].filter(pl.col("fact").is_in(["cages", "cage_speed"])).select("part", "fact", pl.col("text").str.extract(r"^([\d.]+)"))
    wide = (
        facts.with_columns(pl.col("text").cast(pl.Float64))
        .group_by("part")
        .agg(cages=pl.col("text").filter(pl.col("fact") == "cages").first(), speed=pl.col("text").filter(pl.col("fact") == "cage_speed").first())
    )
    parts = t["fabric_switches"].select("fabric_id", "device_id", "part")
    seen = pl.concat([made.select("speed_gbps", device_id=f"{s}_device_id", number=f"{s}_number") for s in "ab"])
    seen = seen.with_columns(pl.col("device_id").cast(parts["device_id"].dtype)).join(parts, on="device_id")
    most = seen.group_by("fabric_id", "part").agg(pl.col("number").max() + 1, pl.col("speed_gbps").max())
    made = most.join(wide, on="part", how="left")
    whole = pl.col("cages") * (pl.col("speed") / pl.col("speed_gbps")).floor().clip(1)
    return made.select("fabric_id", "part", ports=pl.max_horizontal(pl.col("number").cast(pl.Int64), whole.cast(pl.Int64)))


def nodes(links: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Nodes, switches first, and every port that leads somewhere, by node and number: both from either end (see `net.seen`)."""
    near = net.seen(links)
    own = ["node", "device_id", "host", "part", "is_switch", "ports"]
    every = (
        near.select(*own, "counted").sort(~pl.col("is_switch"), "device_id", "counted").unique("node", keep="first", maintain_order=True)
    ).with_row_index("index")
    order = every.select("node", "index")
    return every, near.join(order, on="node").join(order.rename({"node": "far_node", "index": "far_index"}), on="far_node").sort("index", "number")


def blocks(heads: pl.DataFrame, ports: pl.DataFrame, gap: str) -> bytes:
    """Text of records: the `head` of each node, its lines (`line`, by `index`) below it, `gap` between records."""
    lines = ports.group_by("index", maintain_order=True).agg(pl.col("line").str.join("\n"))
    made = heads.select("index", "head").join(lines, on="index", how="left", maintain_order="left")
    text = made.select(pl.concat_str("head", pl.lit("\n"), "line").str.join(gap)).item()
    return f"{text}\n".encode()
