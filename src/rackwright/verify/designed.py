"""What the tables say was to be wired: every link with both its ends, and the names that its ports and devices go by.

An end of a link is a number: twice the row of the link, one more for its b side; so the other end is `end ^ 1`.

Reads what `ends` reads, part_facts, outside_ports, and racks, devices, ports, cables of a rack package.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from rackwright.schema import ends
from rackwright.schema.links import MANAGEMENT
from rackwright.schema.tables import Tables

_LANES = {"osfp": 8, "osfp1600": 8, "osfp-xd": 16, "qsfp-dd": 8, "sfp28": 1, "sfp56": 1, "rj45": 1}  # as SONiC counts them; QSFP has 4
TABLES = (
    "halls", "hall_racks", "hall_rows", "design_devices", "fabrics", "fabric_switches", "fabric_cables", "fabric_skus", "nic_ports", "switch_ports",
    "part_facts", "outside_ports", "racks", "devices", "ports", "cables",
)  # fmt: skip


@dataclass
class Designed:
    """`links`: label, link, fabric, protocol, leg, and for each side (`a_`, `b_`) dev, port, number, plug, name. `devices` by number (`dev`):
    end (name on labels), device (name in the design), hall, rack, rack_id, u, part, is_switch (of a fabric, so that its port list is ours).
    """

    links: pl.DataFrame
    devices: pl.DataFrame
    tables: Tables

    @cached_property
    def ends(self) -> pl.DataFrame:
        """Every end by its number (`end`, rising): dev, port, number, plug, name, fabric, protocol, leg."""
        common = ["fabric", "protocol", "leg", "speed_gbps", "label"]
        rows = self.links.with_row_index("row").with_columns(pl.col("row").cast(pl.Int32))
        sides = []
        for i, s in enumerate("ab"):
            own = {c: f"{s}_{c}" for c in ("dev", "port", "number", "plug", "name")}
            sides.append(rows.select(end=pl.col("row") * 2 + i, **own, **{c: c for c in common}))
        return pl.concat(sides).sort("end")

    @cached_property
    def aliases(self) -> pl.DataFrame:
        """Other names of ports, each of one port of its device: dev, alias, end."""
        every = self.ends
        parts = [every.select("dev", "end", alias="port", rank=0)]
        alone = every.filter(pl.len().over("dev", "plug") == 1).with_columns(cage=pl.col("plug").str.split(":").list.last())
        parts.append(alone.select("dev", "end", alias="cage", rank=1))
        infiniband = every.filter((pl.col("protocol") == "infiniband") & (pl.col("number") < MANAGEMENT))
        switches = self.devices.filter("is_switch").select("dev")
        parts.append(_numbered(infiniband.join(switches, on="dev", how="semi")).select("dev", "end", "alias", rank=2))
        hosts = infiniband.join(switches, on="dev", how="anti").sort("dev", "number").with_columns(k=pl.int_range(pl.len()).over("dev"))
        for text, first in (("mlx5_{} #1", 0), ("HCA-{} #1", 1), ("{}", 1)):
            parts.append(hosts.select("dev", "end", alias=pl.format(text, pl.col("k") + first), rank=3))
        named = every.with_columns(
            of=pl.col("port").str.extract(r"^(.+)/p\d+$"), n=pl.col("port").str.extract(r"^.+/p(\d+)$").cast(pl.Int64, strict=False)
        )
        parts.append(named.drop_nulls("of").select("dev", "end", alias=pl.format("{} #{}", "of", pl.col("n") + 1), rank=4))
        parts.append(every.select("dev", "end", alias=pl.format("{} #1", "port"), rank=5))
        parts.append(self._sonic().select("dev", "end", "alias", rank=6))
        both = pl.concat(parts, how="vertical_relaxed").unique(["dev", "alias", "end"], keep="first", maintain_order=True)
        both = both.filter(pl.col("rank") == pl.col("rank").min().over("dev", "alias"))
        return both.filter(pl.len().over("dev", "alias") == 1).select("dev", "alias", "end")

    def adapters(self, names: dict[str, str]) -> pl.DataFrame:
        """Aliases by a map from the number of a host's InfiniBand port to its adapter (`hca_mapping`): dev, alias, end."""
        own = self.devices.filter(~pl.col("is_switch")).select("dev")
        hosts = self.ends.filter(pl.col("protocol") == "infiniband").join(own, on="dev", how="semi").sort("dev", "number")
        hosts = hosts.with_columns(key=(pl.int_range(pl.len()).over("dev") + 1).cast(pl.String))
        wanted = pl.DataFrame({"key": list(names), "adapter": list(names.values())}, {"key": pl.String, "adapter": pl.String})
        found = hosts.join(wanted, on="key")
        return pl.concat([found.select("dev", "end", alias=a) for a in (pl.col("adapter"), pl.format("{} #1", "adapter"))]).select(
            "dev", "alias", "end"
        )

    def _sonic(self) -> pl.DataFrame:
        """`EthernetN` as SONiC counts: lanes of all cages before, and of the legs before in the own cage."""
        rows = []
        parts = self.devices.filter("is_switch")["part"].unique().sort()
        facts = self.tables["part_facts"].filter(pl.col("part").is_in(parts.implode()))
        for part in parts:
            text = dict(facts.filter(pl.col("part") == part).select("fact", "text").iter_rows())
            number, first, pattern = int(text.get("cage_first", "1")), 0, text.get("cage_pattern", "")
            for kind, count in (("cage", "cages"), ("uplink", "uplink_cages")):
                lanes = _LANES.get(text.get(f"{kind}_connector", ""), 4)
                for _ in range(int(text.get(count, "0")) if pattern and text.get("protocol") == "ethernet" else 0):
                    rows.append((part, pattern.format(cage=number), first, lanes))
                    number, first = number + 1, first + lanes
        cages = pl.DataFrame(rows, {"part": pl.String, "cage": pl.String, "first": pl.Int64, "lanes": pl.Int64}, orient="row")
        own = self.ends.join(self.devices.filter("is_switch").select("dev", "part"), on="dev")
        leg = pl.col("port").str.extract(r"s(\d+)$").cast(pl.Int64, strict=False)
        own = own.with_columns(leg=leg, cage=pl.when(leg.is_null()).then("port").otherwise(pl.col("port").str.replace(r"s\d+$", "")))
        legs = own.group_by("dev", "cage").agg(legs=pl.col("leg").max() + 1)
        own = own.join(legs, on=["dev", "cage"], how="left").join(cages, on=["part", "cage"])
        broken = pl.col("legs").fill_null(1)
        size = (
            pl.when(broken <= 1).then("lanes").when(broken <= 2).then(pl.col("lanes") // 2).when(broken <= 4).then(pl.col("lanes") // 4).otherwise(1)
        )
        return own.select("dev", "end", alias=pl.format("Ethernet{}", pl.col("first") + pl.col("leg").fill_null(0) * size))

    @cached_property
    def outside(self) -> pl.DataFrame:
        """Ports of switches that lead out of the hall: dev, port."""
        return self.tables["outside_ports"].select(pl.col("device_id").cast(pl.Int32).alias("dev"), port="name")


def _numbered(own: pl.DataFrame) -> pl.DataFrame:
    """`#1` and on, for the ports of InfiniBand switches, as their subnet manager counts them."""
    return own.with_columns(alias=pl.format("#{}", pl.col("number") + 1))


def designed(t: Tables) -> Designed:
    """The links of a hall's or of a rack's package; of a rack the cables with a port at both ends."""
    return _hall(t) if t["fabric_cables"].height else _rack(t)


def _hall(t: Tables) -> Designed:
    at = ends.devices(t)
    speaks = t["part_facts"].filter(pl.col("fact") == "protocol").select("part", protocol="text")
    fabrics = t["fabric_switches"].select("fabric_id", "part").unique().join(speaks, on="part").group_by("fabric_id").agg(pl.col("protocol").min())
    fabrics = t["fabrics"].select("fabric_id", "fabric").join(fabrics, on="fabric_id", how="left")
    made = ends.named(t, at, pl.Series("row", range(t["fabric_cables"].height), dtype=pl.UInt32)).join(
        fabrics, on="fabric_id", how="left", maintain_order="left"
    )
    sides = [
        pl.col(f"{s}_{c}").alias(f"{s}_{n}")
        for s in "ab"
        for c, n in (("device_id", "dev"), ("port", "port"), ("number", "number"), ("plug", "plug"), ("name", "name"))
    ]
    links = made.select("link", "label", "fabric", "protocol", "leg", "speed_gbps", *sides)
    switches = t["fabric_switches"].select(dev=pl.col("device_id").cast(pl.UInt32), is_switch=pl.lit(True))
    devices = (
        at.with_row_index("dev")
        .join(switches, on="dev", how="left", maintain_order="left")
        .with_columns(pl.col("is_switch").fill_null(value=False), pl.col("dev").cast(pl.Int32))
    )
    return Designed(links, devices.select("dev", "end", "device", "hall", "rack", "rack_id", "u", "part", "is_switch"), t)


def _rack(t: Tables) -> Designed:
    racks = t["racks"].select("rack_id", rack="name")
    of = t["devices"].sort("device_id").join(racks, on="rack_id", how="left", maintain_order="left").with_row_index("dev")
    names = {"end": "name", "device": "name", "rack": "rack", "rack_id": "rack_id", "u": "position_u", "part": "part"}
    devices = of.select(pl.col("dev").cast(pl.Int32), **names, hall=pl.lit(None, pl.String), is_switch=pl.lit(value=False))
    numbers = of.select(pl.col("dev").cast(pl.Int32), "device_id", device="name")
    ports = t["ports"].join(numbers, on="device_id").with_columns(port=pl.col("name").str.strip_prefix(pl.concat_str("device", pl.lit("/"))))
    links = t["cables"].drop_nulls(["a_port_id", "b_port_id"])
    for s in "ab":
        own = ports.select(**{f"{s}_port_id": "port_id", f"{s}_dev": "dev", f"{s}_port": "port", f"{s}_number": "index", f"{s}_name": "name"})
        links = links.join(own, on=f"{s}_port_id", how="left", maintain_order="left").with_columns(pl.col(f"{s}_name").alias(f"{s}_plug"))
    sides = [f"{s}_{c}" for s in "ab" for c in ("dev", "port", "number", "plug", "name")]
    links = links.select(
        link="label", label="label", fabric="kind", protocol=pl.lit(None, pl.String), leg=pl.lit(0, pl.UInt8), speed_gbps=pl.lit(None, pl.Float32),
        **{c: c for c in sides},
    )  # fmt: skip
    return Designed(links, devices, t)
