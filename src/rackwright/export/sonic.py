"""`config_db.json` of SONiC for every Ethernet switch: ports with lanes, breakouts, neighbours, and with an address plan loopback, links and BGP.

A port is `Ethernet` and its first lane, as NVIDIA's and most port maps of SONiC count: lanes go on from cage to cage. Its alias is the port as
printed, so LLDP tells the name that stands on labels. `hwsku`, `platform` and `mac` are the switch's own and not in the file: `config load` adds to
what is there. A neighbour has the `hwsku` that SONiC knows for its hardware, where it knows one.

A neighbour stands under the local port, as in running switches; under its name, as in the wiki of SONiC, a second cable to it would be lost. It has
`local_port` too, which readers of that form want.

Source: YANG models of sonic-buildimage (port, device_neighbor, device_neighbor_metadata, device_metadata, bgp-neighbor, vlan, mgmt_interface), its
bgpcfgd, and port_config.ini of SN5600, read 2026-11-23.

Reads what `net` and `peerings` read, and fabric_cables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial

import polars as pl

from rackwright.export import addresses, net, peerings
from rackwright.export.only import Only
from rackwright.schema import ends
from rackwright.schema.links import HOST, MANAGEMENT
from rackwright.schema.tables import Tables

TITLE = "SONiC configuration of switches"
FOR = "SONiC, by `config load`"
NEEDS = "ethernet"
OF = ("hall",)
CHOICES = ("row", "rack", "device", "fabric")
VLAN = 1000  # of the hosts of a leaf; it does not leave the switch
_TYPES = ["ToRRouter", "LeafRouter", "SpineRouter"]  # by tier, as SONiC counts tiers from the hosts
_LAST_PORT = 2 * MANAGEMENT - 1  # management ports count down from it


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`sonic/SWITCH/config_db.json`. Raises UnknownNameError, ChoiceError."""
    if t["fabric_cables"].is_empty():
        return
    own = net.switches(t, only, "SONiC configurations").join(t["switch_addresses"].drop("pod"), on="device_id", how="left", maintain_order="left")
    own = own.with_columns(net.safe(own["host"]).alias("name"))
    made = cache(lambda: configurations(t, own))
    for row, host in enumerate(own["name"]):
        yield f"sonic/{host}/config_db.json", partial(_text, made, row)


def _text(made: Callable[[], pl.Series], row: int) -> bytes:
    return str(made()[row]).encode()


def configurations(t: Tables, own: pl.DataFrame) -> pl.Series:
    """The file of each switch of `own`, in its order."""
    near = net.seen(net.of_rows(t, ends.devices(t), net.touching(t, own["device_id"])))
    ports = net.ports(t, own, near).with_columns(_name())
    parts = [*_ports(own, ports), *_neighbours(t, own, ports)]
    if t.height("address_pools"):
        parts += [*_routed(t, own, ports), *_hosts(t, own, ports), *_management(t, own)]
    every = pl.concat(parts).unique(["device_id", "table", "key"], keep="first", maintain_order=True)
    entry = pl.concat_str(pl.lit("        "), net.quoted(pl.col("key")), pl.lit(": "), "value")
    tables = every.group_by("device_id", "table", maintain_order=True).agg(entry.str.join(",\n").alias("rows"))
    block = pl.concat_str(pl.lit('    "'), "table", pl.lit('": {\n'), "rows", pl.lit("\n    }"))
    whole = tables.sort("device_id", "table").group_by("device_id", maintain_order=True).agg(block.str.join(",\n").alias("text"))
    whole = whole.with_columns(pl.concat_str(pl.lit("{\n"), "text", pl.lit("\n}\n")).alias("text"))
    return own.select("device_id").join(whole, on="device_id", how="left", maintain_order="left")["text"]


def _name() -> pl.Expr:
    return pl.format("Ethernet{}", "lane_first").alias("name")


def _rows(frame: pl.DataFrame, table: str, key: pl.Expr, **fields: pl.Expr) -> pl.DataFrame:
    """Entries of a table of the configuration: device_id, table, key and their fields as one JSON object of texts."""
    value = pl.struct([f.cast(pl.String).alias(n) for n, f in fields.items()]).struct.json_encode() if fields else pl.lit("{}")
    return frame.select("device_id", table=pl.lit(table), key=key, value=value)


def _ports(own: pl.DataFrame, ports: pl.DataFrame) -> Iterator[pl.DataFrame]:
    kind = pl.col("tier").replace_strict(list(range(len(_TYPES))), _TYPES, default=_TYPES[-1])
    known, is_six = own.filter(pl.col("asn").is_not_null()), pl.col("loopback").str.contains(":", literal=True)
    told = {"bgp_asn": pl.col("asn"), "hostname": pl.col("name"), "type": kind}
    # without an IPv4 loopback bgpcfgd starts no session before it is told an identifier
    yield _rows(known.filter(is_six), "DEVICE_METADATA", pl.lit("localhost"), bgp_router_id=peerings.identifier(), **told)
    yield _rows(known.filter(~is_six.fill_null(value=False)), "DEVICE_METADATA", pl.lit("localhost"), **told)
    yield _rows(own.filter(pl.col("asn").is_null()), "DEVICE_METADATA", pl.lit("localhost"), hostname=pl.col("name"), type=kind)
    is_used = pl.col("far_host").is_not_null()
    lanes = pl.int_ranges("lane_first", pl.col("lane_first") + pl.col("lanes")).cast(pl.List(pl.String)).list.join(",")
    slow = pl.col("speed_gbps") / pl.col("lanes") < 25  # no RS-FEC under 25 Gb/s a lane (IEEE 802.3 clauses 91, 108, 119)
    far = pl.concat_str("far_host", pl.lit(":"), "far_port").str.strip_suffix(":").fill_null("")
    yield _rows(
        ports, "PORT", pl.col("name"),
        admin_status=pl.when(is_used).then(pl.lit("up")).otherwise(pl.lit("down")),
        alias=pl.col("port").str.slice(0, 128),
        autoneg=pl.when(slow & (pl.col("lanes") == 1)).then(pl.lit("on")).otherwise(pl.lit("off")),
        description=net.one_line(far).str.slice(0, 255),
        fec=pl.when(slow).then(pl.lit("none")).otherwise(pl.lit("rs")),
        index=pl.col("cage") + 1,
        lanes=lanes,
        mtu=pl.lit(9100),
        speed=(pl.col("speed_gbps") * 1000).cast(pl.Int64),
    )  # fmt: skip
    first = ports.unique(["device_id", "cage"], keep="first", maintain_order=True)
    mode = pl.format("{}x{}G", "legs", pl.col("speed_gbps").cast(pl.Int64))
    yield _rows(first, "BREAKOUT_CFG", pl.format("Ethernet{}", "cage_first"), brkout_mode=mode)


def _neighbours(t: Tables, own: pl.DataFrame, ports: pl.DataFrame) -> Iterator[pl.DataFrame]:
    led = ports.filter(pl.col("far_device_id").is_not_null())
    led = led.with_columns(net.safe(led["far_host"]).alias("far_name"))
    yield _rows(led, "DEVICE_NEIGHBOR", pl.col("name"), local_port=pl.col("name"), name=pl.col("far_name"), port=pl.col("far_port").str.slice(0, 255))
    tiers = t["fabric_switches"].select(far_device_id="device_id", far_tier="tier")
    loops = t["switch_addresses"].select(far_device_id="device_id", loopback="loopback")
    led = led.join(tiers, on="far_device_id", how="left").join(loops, on="far_device_id", how="left")
    kind = pl.col("far_tier").replace_strict(list(range(len(_TYPES))), _TYPES, default=_TYPES[-1])
    led = led.join(t["part_facts"].filter(pl.col("fact") == "hwsku").select(far_part="part", hwsku="text"), on="far_part", how="left")
    led = led.with_columns(
        type=pl.when(pl.col("far_tier").is_null()).then(pl.lit("Server")).otherwise(kind),
        loop=pl.when(pl.col("loopback").str.contains(":", literal=True)).then(pl.lit("lo_addr_v6")).otherwise(pl.lit("lo_addr")),
    )
    for (loop, has_sku), rows in led.group_by(
        pl.when(pl.col("loopback").is_not_null()).then("loop"), pl.col("hwsku").is_not_null(), maintain_order=True
    ):
        fields = {str(loop): pl.col("loopback")} if loop else {}
        fields |= {"hwsku": pl.col("hwsku")} if has_sku else {}
        yield _rows(rows, "DEVICE_NEIGHBOR_METADATA", pl.col("far_name"), **fields, type=pl.col("type"))


def _routed(t: Tables, own: pl.DataFrame, ports: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Loopback, addresses of links and BGP sessions, with the AS number that each neighbour must have."""
    looped = own.filter(pl.col("loopback").is_not_null())
    length = pl.when(pl.col("loopback").str.contains(":", literal=True)).then(pl.lit("/128")).otherwise(pl.lit("/32"))
    yield _rows(looped, "LOOPBACK_INTERFACE", pl.lit("Loopback0"))
    yield _rows(looped, "LOOPBACK_INTERFACE", pl.concat_str(pl.lit("Loopback0|"), "loopback", length))
    near = peerings.sessions(t, own).join(ports.select("device_id", "port", "name"), on=["device_id", "port"], how="left", maintain_order="left")
    near = near.with_columns(net.safe(near["far_host"]).alias("far_name"))
    is_bare = pl.col("address").is_null()
    bare, given = near.filter(is_bare), near.filter(~is_bare)
    yield _rows(bare, "INTERFACE", pl.col("name"), ipv6_use_link_local_only=pl.lit("enable"))
    yield _rows(given, "INTERFACE", pl.col("name"))
    yield _rows(given, "INTERFACE", pl.concat_str("name", pl.lit("|"), "address"))
    plain = {s: pl.col(c).str.split("/").list.first() for s, c in (("far", "far_address"), ("near", "address"))}
    told = {"asn": pl.col("far_asn"), "name": pl.col("far_name"), "holdtime": pl.lit(9), "keepalive": pl.lit(3)}
    yield _rows(given, "BGP_NEIGHBOR", plain["far"], local_addr=plain["near"], **told)
    yield _rows(bare, "BGP_NEIGHBOR", pl.col("name"), **told)


def _hosts(t: Tables, own: pl.DataFrame, ports: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The subnet of the hosts of each leaf: a VLAN that has the gateway, and every port that leads to a host in it."""
    led = own.join(peerings.subnets(t), on="device_id", maintain_order="left")
    yield _rows(led, "VLAN", pl.lit(f"Vlan{VLAN}"), vlanid=pl.lit(VLAN))
    yield _rows(led, "VLAN_INTERFACE", pl.lit(f"Vlan{VLAN}"))
    yield _rows(led, "VLAN_INTERFACE", pl.concat_str(pl.lit(f"Vlan{VLAN}|"), "gate"))
    below = ports.filter((pl.col("tier") == HOST) & ~pl.col("is_up")).join(led.select("device_id"), on="device_id", how="semi", maintain_order="left")
    yield _rows(below, "VLAN_MEMBER", pl.concat_str(pl.lit(f"Vlan{VLAN}|"), "name"), tagging_mode=pl.lit("untagged"))


def _management(t: Tables, own: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Addresses of management ports, which are hosts of another fabric."""
    cables = t["fabric_cables"]
    is_own = pl.col("a_device_id").is_in(own["device_id"].implode()) & (pl.col("a_port") >= MANAGEMENT) & (pl.col("tier") == HOST)
    rows = cables.select(pl.arg_where(is_own)).to_series()
    of = cables["fabric_id"].gather(rows)
    for fabric in of.unique().sort():
        if peerings.pool(t, fabric, "hosts") is None:
            continue
        led = rows.filter(of == fabric)
        told = addresses.hosts(t, fabric, led).select("address", "gateway").with_columns(cables["a_device_id"].gather(led).alias("device_id"))
        told = told.with_columns((_LAST_PORT - cables["a_port"].gather(led)).alias("number"))
        port = pl.concat_str(pl.lit("eth"), "number")
        yield _rows(told, "MGMT_PORT", port, admin_status=pl.lit("up"), alias=port)
        key = pl.concat_str(port, pl.lit("|"), "address")
        yield _rows(told.filter(pl.col("gateway").is_not_null()), "MGMT_INTERFACE", key, gwaddr=pl.col("gateway"))
        yield _rows(told.filter(pl.col("gateway").is_null()), "MGMT_INTERFACE", key)
