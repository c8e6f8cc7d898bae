"""CANU paddle: nodes with their ports and where these lead, as `canu` reads cabling.

`slot` is the port as printed, `port` its number in the fabric from 1, as broken-out ports have no number of their own on the device.

Source: network_modeling/schema/paddle-schema.json of Cray-HPE/canu, read 2026-11-23.

Reads what `ends` and `only` read, inputs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export import only as choice
from rackwright.export.only import Only
from rackwright.schema import ends
from rackwright.schema.tables import Tables

TITLE = "CANU paddle"
FOR = "CANU of HPE Cray"
NEEDS = "links"
OF = ("hall",)


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`paddle.json`: the links chosen and the devices they join. Raises UnknownNameError."""
    if t.height("fabric_cables"):
        at = ends.devices(t)
        yield f"paddle{only.slug()}.json", partial(paddle, t, at, choice.links(t, at, only))


def paddle(t: Tables, at: pl.DataFrame, rows: pl.Series) -> bytes:
    """The document of some links (positions in `fabric_cables`); ids count the devices that they join. `at` is from `ends.devices`."""
    links = ends.named(t, at, rows)
    speed = pl.col("speed_gbps").round().cast(pl.Int64).clip(1).alias("speed")
    sides = [links.select(speed, *(x for s, p in ((near, ""), (far, "far_")) for x in _end(s, p))) for near, far in ("ab", "ba")]
    both = pl.concat(sides)
    ids = both["device_id"].unique().sort()
    nodes = pl.DataFrame({"device_id": ids, "id": range(ids.len())}, schema_overrides={"id": pl.Int64})
    both = both.join(nodes.select(far_device_id="device_id", far_id="id"), on="far_device_id", how="left", maintain_order="left")
    port = pl.struct(
        "port", "speed", "slot", destination_node_id="far_id", destination_port="far_port", destination_slot="far_slot"
    )  # fmt: skip
    ports = both.sort("device_id", "port", "slot", maintain_order=True).group_by("device_id", maintain_order=True).agg(ports=port)
    own = nodes.join(ports, on="device_id", how="left", maintain_order="left").hstack(at[ids].select("rack", "u", "part", "end", "design_id"))
    high = pl.when(pl.col("u").is_null()).then(pl.lit("")).otherwise(pl.format("u{}", pl.col("u").cast(pl.String).str.zfill(2)))
    made = own.select(
        "id",
        "ports",
        common_name="end",
        rack_number="rack",
        rack_elevation=high,
        architecture=pl.when(pl.col("design_id").is_null()).then(pl.lit("switch")).otherwise(pl.lit("server")),
        model="part",
        type=pl.when(pl.col("design_id").is_null()).then(pl.lit("switch")).otherwise(pl.lit("server")),
        vendor=pl.col("part").str.split("/").list.first(),
        location=pl.struct(rack="rack", elevation=high),
    )
    head = {"canu_version": "none", "architecture": "rackwright", "shcd_file": t.input_text("hall")}
    return f'{json.dumps(head)[:-1]}, "topology": {made.write_json()}}}\n'.encode()


def _end(side: str, prefix: str) -> list[pl.Expr]:
    found = {"device_id": pl.col(f"{side}_device_id"), "port": pl.col(f"{side}_number").cast(pl.Int64) + 1, "slot": pl.col(f"{side}_port")}
    return [v.alias(f"{prefix}{k}") for k, v in found.items()]
