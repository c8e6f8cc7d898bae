"""Configuration of FRR for every Ethernet switch of an address plan: BGP on each link between switches (RFC 7938), loopback, the subnet of its hosts.

A folder for each switch with `frr.conf` and, for ifupdown2, `interfaces`. Ports that lead to hosts are in a bridge `hosts`, which has the gateway
of the subnet. A neighbour is expected with the AS number of the plan, on its own /31 (or by its link-local address where links are unnumbered), so
a session between ends that the plan does not join stays down or shows another host name. Interfaces are named by `net.safe`; that is how the maker
prints them for Linux switches.

Where the system has the host name of the folder, neighbours show by that name.

Reads what `net` and `peerings` read.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from functools import cache, partial

import polars as pl

from rackwright.export import net, peerings
from rackwright.export.only import ChoiceError, Only
from rackwright.schema import ends
from rackwright.schema.links import HOST, MANAGEMENT
from rackwright.schema.tables import Tables

TITLE = "FRR configuration of switches"
FOR = "FRRouting on Linux switches"
NEEDS = "routed"
OF = ("hall",)
CHOICES = ("row", "rack", "device", "fabric")
BRIDGE = "hosts"
# FRR 8.4 keeps an unused next-hop group for 180 s and takes it up again as it was, after the kernel dropped from it a port that went down
_GROUPS = "zebra nexthop-group keep 1"
MOST = 256  # paths that Debian's FRR is built for (--enable-multipath)


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`frr/SWITCH/frr.conf` and `frr/SWITCH/interfaces`. Raises UnknownNameError, ChoiceError."""
    own = planned(t, only, "FRR configurations", "frr")
    carried = pl.concat([_families(t, f) for f in own["fabric_id"].unique().sort()]) if own.height else own
    made = cache(lambda: configurations(t, own, carried))
    for row, host in enumerate(net.safe(own["host"])):
        for name in ("frr.conf", "interfaces"):
            yield f"frr/{host}/{name}", partial(_text, made, name, row)


def _text(made: Callable[[], pl.DataFrame], column: str, row: int) -> bytes:
    return str(made()[column][row]).encode()


def planned(t: Tables, only: Only, title: str, receiver: str) -> pl.DataFrame:
    """Switches chosen (see `net.switches`) with asn, loopback and number of the address plan. Raises ChoiceError where there is none."""
    if t["fabric_cables"].is_empty():
        return pl.DataFrame(schema={"host": pl.String})
    own = net.switches(t, only, title)
    if own.height and t["address_pools"].is_empty():
        raise ChoiceError(f"`{receiver}` is made of an address plan, and this hall has none; give it `addressing:` and build again")
    return own.join(t["switch_addresses"].drop("pod"), on="device_id", maintain_order="left")


def configurations(t: Tables, own: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """(switches,) `frr.conf` and `interfaces` of the switches of `planned`, in their order; `carried` is what sessions of each fabric carry."""
    near = peerings.sessions(t, own)
    port = net.safe(near["port"], net.INTERFACE).alias("if")
    near = near.with_columns(port, peer=pl.coalesce(pl.col("far_address").str.replace(r"/.*", ""), port))
    made = own.with_columns(net.safe(own["host"]).alias("name"))
    for more in (_lines(near), _members(t, own), peerings.subnets(t)):
        made = made.join(more, on="device_id", how="left", maintain_order="left")
    made = made.with_columns(pl.col(pl.String).fill_null("")).join(carried, on="fabric_id", how="left", maintain_order="left")
    return made.select(_conf().alias("frr.conf"), _interfaces().alias("interfaces"))


def _members(t: Tables, own: pl.DataFrame) -> pl.DataFrame:
    """Ports of each leaf that lead to hosts, as one text (`bridge`) and as stanzas of ifupdown2 (`ports`)."""
    at = ends.devices(t)
    rows = net.of_rows(t, at, net.touching(t, own["device_id"])).filter((pl.col("tier") == HOST) & (pl.col("b_number") < MANAGEMENT))
    rows = rows.select("b_port", "b_number", device_id="b_device_id").sort("device_id", "b_number")
    rows = rows.join(own.select("device_id"), on="device_id", how="semi", maintain_order="left")
    rows = rows.with_columns(net.safe(rows["b_port"], net.INTERFACE).alias("if"))
    stanza = pl.format("auto {}\niface {}\n\n", "if", "if")
    return rows.group_by("device_id", maintain_order=True).agg(bridge=pl.col("if").str.join(" "), ports=stanza.str.join())


def _lines(near: pl.DataFrame) -> pl.DataFrame:
    """Blocks of each switch: `interface` stanzas, `neighbor` lines, stanzas of ifupdown2, and how many paths it may use."""
    far = net.one_line(pl.format("{}:{} cable {}", "far_host", "far_port", "label"))
    is_v6 = pl.col("address").str.contains(":", literal=True)
    address = (
        pl.when(pl.col("address").is_null())
        .then(pl.lit(" ipv6 nd ra-interval 1\n"))
        .otherwise(pl.format(" {} address {}\n", pl.when(is_v6).then(pl.lit("ipv6")).otherwise(pl.lit("ip")), "address"))
    )
    is_bare = pl.col("far_address").is_null()
    how = pl.when(is_bare).then(pl.lit("interface ")).otherwise(pl.lit(""))
    begin = pl.format(" neighbor {} {}remote-as {}\n", "peer", how, "far_asn")
    session = pl.concat_str(begin, pl.format(" neighbor {} peer-group fabric\n neighbor {} description {}\n", "peer", "peer", far))
    return near.group_by("device_id", maintain_order=True).agg(
        interface=pl.concat_str(pl.format("interface {}\n description {}\n", "if", far), address, pl.lit("exit\n!\n")).str.join(),
        neighbor=session.str.join(),
        stanza=pl.format("auto {}\niface {}\n\n", "if", "if").str.join(),
        paths=pl.len().clip(1, MOST).cast(pl.String),
    )


def _families(t: Tables, fabric: int) -> pl.DataFrame:
    """What the sessions of a fabric carry: `is_v4`, `is_v6` and whether they run over IPv6 (`over_v6`). Raises ChoiceError where they cannot."""
    links = peerings.pool(t, fabric, "links")
    versions = {ipaddress.ip_network(p).version for p in (peerings.pool(t, fabric, u) for u in ("loopbacks", "hosts")) if p}
    over_v6 = links is None or ipaddress.ip_network(links).version == 6
    if 6 in versions and not over_v6:
        name = t["fabrics"].filter(pl.col("fabric_id") == fabric)["fabric"][0]
        text = f"links of fabric `{name}` have IPv4 addresses, over which FRR carries no IPv6 prefixes"
        raise ChoiceError(f"{text}; write `addressing.links: unnumbered` or an IPv6 pool and build again")
    told = {"fabric_id": [fabric], "is_v4": [4 in versions], "is_v6": [6 in versions], "over_v6": [over_v6]}
    return pl.DataFrame(told, schema_overrides={"fabric_id": pl.Int32})


def _conf() -> pl.Expr:
    """`frr.conf` of a switch."""
    is_six = pl.col("loopback").str.contains(":", literal=True)
    version = pl.when(is_six).then(pl.lit("ipv6")).otherwise(pl.lit("ip"))
    length = pl.when(is_six).then(pl.lit("/128")).otherwise(pl.lit("/32"))
    router = pl.when(is_six).then(peerings.identifier()).otherwise("loopback")
    gate = pl.when(pl.col("gate").str.contains(":", literal=True)).then(pl.lit("ipv6")).otherwise(pl.lit("ip"))
    hosts = pl.format(f"interface {BRIDGE}\n {{}} address {{}}\nexit\n!\n", gate, "gate")
    has_peers = pl.col("neighbor") != ""
    group = pl.concat_str(
        pl.lit(
            " neighbor fabric peer-group\n neighbor fabric advertisement-interval 0\n neighbor fabric timers 3 9\n neighbor fabric timers connect 5\n"
        ),
        pl.when("over_v6").then(pl.lit(" neighbor fabric capability extended-nexthop\n")).otherwise(pl.lit("")),
        "neighbor",
    )
    return pl.concat_str(
        pl.format("frr defaults datacenter\nhostname {}\nservice integrated-vtysh-config\nip forwarding\n", "name"),
        pl.lit(f"ipv6 forwarding\n{_GROUPS}\n!\n"),
        pl.format("interface lo\n {} address {}{}\nexit\n!\n", version, "loopback", length),
        "interface",
        pl.when(pl.col("gate") != "").then(hosts).otherwise(pl.lit("")),
        pl.format("router bgp {}\n bgp router-id {}\n bgp bestpath as-path multipath-relax\n no bgp ebgp-requires-policy\n", "asn", router),
        pl.lit(" no bgp default ipv4-unicast\n"),
        pl.when(has_peers).then(group).otherwise(pl.lit("")),
        *(_family(v, has_peers) for v in (4, 6)),
        pl.lit("exit\n!\nline vty\n!\n"),
    )


def _family(version: int, has_peers: pl.Expr) -> pl.Expr:
    """One address family of BGP with what a switch tells of itself."""
    own = []
    for column, whole in (("loopback", "/32" if version == 4 else "/128"), ("prefix", "")):
        is_own = (pl.col(column) != "") & (pl.col(column).str.contains(":", literal=True) == (version == 6))
        own.append(pl.when(is_own).then(pl.format(f"  network {{}}{whole}\n", column)).otherwise(pl.lit("")))
    active = pl.when(has_peers).then(pl.format("  neighbor fabric activate\n  maximum-paths {}\n", "paths")).otherwise(pl.lit(""))
    text = pl.concat_str(pl.lit(f" !\n address-family ipv{version} unicast\n"), *own, active, pl.lit(" exit-address-family\n"))
    return pl.when(f"is_v{version}").then(text).otherwise(pl.lit(""))


def _interfaces() -> pl.Expr:
    """`interfaces` of ifupdown2: ports up, and the bridge of those that lead to hosts. Addresses are FRR's."""
    bridge = pl.format(f"auto {BRIDGE}\niface {BRIDGE}\n    bridge-ports {{}}\n", "bridge")
    has_hosts = pl.col("bridge") != ""
    return pl.concat_str(
        pl.format("# {}: addresses are in frr.conf\nauto lo\niface lo inet loopback\n\n", net.one_line(pl.col("host"))),
        "stanza",
        pl.when(has_hosts).then(pl.concat_str("ports", bridge)).otherwise(pl.lit("")),
    )
