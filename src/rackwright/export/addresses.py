"""Address plan for whoever configures switches and hosts: switches, subnets, and where a fabric is not too large every link and NIC port.

Reads halls, hall_racks, design_devices, fabrics, fabric_switches, fabric_cables, nic_ports, switch_ports, switch_addresses, subnets,
address_pools, inputs.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export import only as choice
from rackwright.export.only import Only
from rackwright.schema.ends import devices, named
from rackwright.schema.links import HOST, TORUS
from rackwright.schema.tables import Tables

TITLE = "Addresses"
FOR = "network team, IP address management"
NEEDS = "addresses"
OF = ("hall",)
WHOLE = 200_000  # cables up to which a fabric's links and NIC ports are listed in the package


def files(t: Tables) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`addresses/switches.csv`, `addresses/subnets.csv`, and for fabrics of at most `WHOLE` cables `links-FABRIC.csv` and `hosts-FABRIC.csv`."""
    if t["address_pools"].is_empty():
        return
    yield "addresses/switches.csv", partial(_csv, switches, t)
    if not t["subnets"].is_empty():
        yield "addresses/subnets.csv", partial(_csv, subnets, t)
    size = dict(t["fabrics"].select("fabric_id", "cables").iter_rows())
    name = dict(t["fabrics"].select("fabric_id", "fabric").iter_rows())
    for use, make in (("links", links), ("hosts", hosts)):
        for fabric in t["address_pools"].filter((pl.col("use") == use) & (pl.col("used") > 0))["fabric_id"]:
            if size[fabric] <= WHOLE:
                yield f"addresses/{use}-{name[fabric]}.csv", partial(_csv, make, t, fabric)


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Links and NIC ports with an end in the rows, racks and devices chosen, of the fabrics chosen. Raises UnknownNameError."""
    if t["address_pools"].is_empty():
        return
    chosen = choice.links(t, devices(t), only)
    of = t["fabric_cables"]["fabric_id"].gather(chosen)
    name = dict(t["fabrics"].select("fabric_id", "fabric").iter_rows())
    for use, make in (("links", links), ("hosts", hosts)):
        for fabric in t["address_pools"].filter((pl.col("use") == use) & (pl.col("used") > 0))["fabric_id"]:
            rows = chosen.filter(of == fabric)
            yield f"addresses/{use}-{name[fabric]}{only.slug()}.csv", partial(_csv, make, t, fabric, rows)


def _csv(make: Callable[..., pl.DataFrame], *wanted: object) -> bytes:
    return make(*wanted).write_csv(line_terminator="\n").encode()


def _rows(t: Tables, is_wanted: pl.Expr, chosen: pl.Series | None) -> pl.Series:
    """Positions in `fabric_cables` of the links wanted, of the chosen ones where some are."""
    if chosen is None:
        return t["fabric_cables"].select(pl.arg_where(is_wanted)).to_series()
    return chosen.filter(t["fabric_cables"][chosen].select(is_wanted).to_series())


def switches(t: Tables) -> pl.DataFrame:
    """Switches with rack, AS number and loopback."""
    racks = t["hall_racks"].select("rack_id", rack="name")
    rows = t["fabric_switches"].join(t["fabrics"].select("fabric_id", "fabric"), on="fabric_id").join(racks, on="rack_id", how="left")
    rows = rows.join(t["switch_addresses"].drop("pod"), on="device_id").sort("device_id")
    return rows.select("fabric", "name", "part", "rack", "position_u", "number", "asn", "loopback")


def subnets(t: Tables) -> pl.DataFrame:
    """Subnets of NIC ports with the leaf that routes them."""
    rows = t["subnets"].join(t["fabrics"].select("fabric_id", "fabric"), on="fabric_id")
    rows = rows.join(t["fabric_switches"].select("device_id", leaf="name"), on="device_id", how="left").sort("subnet_id")
    return rows.select("fabric", "plane", "rail", "leaf", "prefix", "gateway", "ports", "ports_max")


def links(t: Tables, fabric_id: int, chosen: pl.Series | None = None) -> pl.DataFrame:
    """Both ends of every link between switches of a fabric with address and AS number; the lower end has the even address (RFC 3021)."""
    wanted = (pl.col("fabric_id") == fabric_id) & (pl.col("tier") > HOST) & (pl.col("tier") < TORUS)
    rows = _rows(t, wanted, chosen)
    made = named(t, devices(t), rows).select("label", "a_device", "a_port", "b_device", "b_port").hstack(link_addresses(t, fabric_id, rows))
    return made.select("label", *(f"{s}_{c}" for s in "ab" for c in ("device", "port", "address", "asn")))


def link_addresses(t: Tables, fabric_id: int, rows: pl.Series) -> pl.DataFrame:
    """Address (with its length) and AS number of both ends of links between switches of a fabric, by position in `fabric_cables`."""
    cables = t["fabric_cables"][rows].select("tier", "speed_gbps", "a_port", "a_device_id", "b_device_id")
    part = t["fabric_switches"].select(a_device_id="device_id", part="part")
    ports = t["switch_ports"].filter((pl.col("fabric_id") == fabric_id) & (pl.col("side") == "a"))
    last = ports.group_by("tier", "part", "speed_gbps").agg(last=pl.col("port").max())
    known = t["switch_addresses"].select("device_id", "number", "asn")
    cables = cables.join(part, on="a_device_id", how="left", maintain_order="left").join(
        last, on=["tier", "part", "speed_gbps"], how="left", maintain_order="left"
    )
    for side in "ab":
        cables = cables.join(known.rename(lambda c, s=side: f"{s}_{c}"), on=f"{side}_device_id", how="left", maintain_order="left")  # type: ignore[misc]
    pool, stride = _pool(t, fabric_id, "links")
    first = (cables["a_number"] * stride + 2 * (cables["last"] - cables["a_port"])).to_list()
    text = _texts(pool, first, pool.max_prefixlen - 1), _texts(pool, [n + 1 for n in first], pool.max_prefixlen - 1)
    a, b = (pl.Series(f"{s}_address", x, dtype=pl.String) for s, x in zip("ab", text, strict=True))
    return pl.DataFrame([a, cables["a_asn"], b, cables["b_asn"]])


def hosts(t: Tables, fabric_id: int, chosen: pl.Series | None = None) -> pl.DataFrame:
    """Every NIC port of a fabric with its address and gateway: the port of its leaf counts, so a server keeps its address while it keeps its port."""
    rows = _rows(t, (pl.col("fabric_id") == fabric_id) & (pl.col("tier") == HOST), chosen)
    cables = t["fabric_cables"][rows].select("plane", "rail", "b_port", device_id="b_device_id")
    own = t["subnets"].filter(pl.col("fabric_id") == fabric_id)
    is_routed = own["device_id"].null_count() == 0
    by = ["device_id"] if is_routed else ["plane", "rail"]
    cables = cables.join(own.select(*by, "prefix", "gateway"), on=by, how="left", maintain_order="left")
    if is_routed:
        offset = cables["b_port"].cast(pl.Int64) + 2
    else:
        seen = t["switch_ports"].filter((pl.col("fabric_id") == fabric_id) & (pl.col("side") == "b") & (pl.col("tier") == HOST))
        number = cables.join(t["switch_addresses"].select("device_id", "number"), on="device_id", how="left", maintain_order="left")["number"]
        slot = t["address_pools"].filter((pl.col("fabric_id") == fabric_id) & (pl.col("use") == "hosts"))["slot"][0]
        room = t["inputs"].filter(pl.col("path") == "addressing.room.fabric")["value"][0]
        ports = seen.select(pl.col("port").max() + 1).item()
        offset = (number - slot * int(room)) * ports + cables["b_port"] + 1
    nets = {p: ipaddress.ip_network(p) for p in own["prefix"]}
    text = [f"{nets[p][n]}/{nets[p].prefixlen}" for p, n in zip(cables["prefix"].to_list(), offset.to_list(), strict=True)]
    names = named(t, devices(t), rows).select("a_rack", "a_u", "a_device", "a_port", "b_device", "b_port")
    made = names.rename({"a_rack": "rack", "a_u": "u", "a_device": "device", "a_port": "port", "b_device": "leaf", "b_port": "leaf_port"})
    return made.with_columns(address=pl.Series(text, dtype=pl.String), gateway=cables["gateway"])


def _pool(t: Tables, fabric_id: int, use: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, int]:
    row = t["address_pools"].filter((pl.col("fabric_id") == fabric_id) & (pl.col("use") == use)).row(0, named=True)
    return ipaddress.ip_network(row["pool"]), row["stride"]


def _texts(pool: ipaddress.IPv4Network | ipaddress.IPv6Network, number: list[int], length: int) -> list[str]:
    return [f"{pool[n]}/{length}" for n in number]
