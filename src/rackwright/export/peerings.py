"""Sessions between the switches of an address plan, from either end, and what each leaf routes for its hosts.

Reads what `addresses` and `net` read.
"""

from __future__ import annotations

import polars as pl

from rackwright.export import addresses, net
from rackwright.schema import ends
from rackwright.schema.links import HOST, TORUS
from rackwright.schema.tables import Tables

_COLUMNS = {f"{s}_{c}": dtype for s in "ab" for c, dtype in (("address", pl.String), ("asn", pl.Int64))}


def sessions(t: Tables, own: pl.DataFrame) -> pl.DataFrame:
    """Links between switches seen from those of `own` (see `net.seen`), by device and port number, with `asn` and `address` of the near end and of
    the far one (`far_`). Addresses are with length, null where links are unnumbered.
    """
    at = ends.devices(t)
    made = net.of_rows(t, at, net.touching(t, own["device_id"])).filter((pl.col("tier") > HOST) & (pl.col("tier") < TORUS))
    parts = [made.clear().with_columns(pl.lit(None, dtype).alias(c) for c, dtype in _COLUMNS.items())]
    for fabric in made["fabric_id"].unique().sort():
        rows = made.filter(pl.col("fabric_id") == fabric)
        parts.append(rows.hstack(_bare(t, rows) if pool(t, fabric, "links") is None else addresses.link_addresses(t, fabric, rows["row"])))
    both = net.seen(pl.concat(parts, how="diagonal"))
    return both.join(own.select("device_id"), on="device_id", how="semi").sort("device_id", "number", maintain_order=True)


def _bare(t: Tables, rows: pl.DataFrame) -> pl.DataFrame:
    """AS numbers alone."""
    known = t["switch_addresses"].select("device_id", "asn")
    both = [
        rows.select(device_id=f"{s}_device_id").join(known, on="device_id", how="left", maintain_order="left")["asn"].alias(f"{s}_asn") for s in "ab"
    ]
    return pl.DataFrame(both).with_columns(pl.lit(None, pl.String).alias(f"{s}_address") for s in "ab")


def identifier() -> pl.Expr:
    """BGP identifier of a switch that has no IPv4 address, by its `number` in the plan."""
    number = pl.col("number") + 1  # they are not zero (RFC 6286)
    return pl.format("{}.{}.{}.{}", number // 2**24, number // 2**16 % 256, number // 256 % 256, number % 256)


def pool(t: Tables, fabric: int, use: str) -> str | None:
    """The prefix that a fabric has addresses of for a use; None without one."""
    found = t["address_pools"].filter((pl.col("fabric_id") == fabric) & (pl.col("use") == use))["pool"]
    return str(found[0]) if found.len() else None


def subnets(t: Tables) -> pl.DataFrame:
    """Prefix of the hosts of each leaf by device_id, and its gateway with length (`gate`)."""
    length = pl.col("prefix").str.split("/").list.last()
    return t["subnets"].drop_nulls("device_id").select("device_id", "prefix", gate=pl.concat_str("gateway", pl.lit("/"), length))
