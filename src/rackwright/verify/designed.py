"""What the tables say was to be wired: every link with both its ends, and the names that its ports and devices go by.

An end of a link is a number: twice the row of the link, one more for its b side; so the other end is `end ^ 1`.

Reads what `ends` reads, part_facts, outside_ports, and racks, devices, ports, cables of a rack package.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from rackwright.schema import ends, lanes
from rackwright.schema.links import MANAGEMENT
from rackwright.schema.tables import Tables

TABLES = (
    "halls", "hall_racks", "hall_rows", "design_devices", "fabrics", "fabric_switches", "fabric_cables", "fabric_skus", "nic_ports", "switch_ports",
    "part_facts", "outside_ports", "racks", "devices", "ports", "cables",
)  # fmt: skip


@dataclass
class Designed:
    """`links`: label, link, fabric_id, fabric, protocol, leg, speed_gbps, is_optical (its plugs hold optics), and for each side (`a_`, `b_`) dev,
    port, number, cage, plug, cage_name, name. `devices` by number (`dev`): end (name on labels), device (name in the design), hall, rack, rack_id,
    u, part, is_switch (of a fabric, so that its port list is ours).
    """

    links: pl.DataFrame
    devices: pl.DataFrame
    tables: Tables

    @cached_property
    def ends(self) -> pl.DataFrame:
        """Every end by its number (`end`, rising) with the columns of its side and of its link."""
        common = ["fabric_id", "fabric", "protocol", "leg", "speed_gbps", "label"]
        rows = self.links.with_row_index("row").with_columns(pl.col("row").cast(pl.Int32))
        sides = []
        for i, s in enumerate("ab"):
            own = {c: f"{s}_{c}" for c in ("dev", "port", "number", "cage", "plug", "cage_name", "name")}
            sides.append(rows.select(end=pl.col("row") * 2 + i, **own, **{c: c for c in common}))
        return pl.concat(sides).sort("end")

    @cached_property
    def aliases(self) -> pl.DataFrame:
        """Other names of ports, each of one port of its device: dev, alias, end. Those of adapters are apart (`adapters`)."""
        every = self.ends
        parts = [every.select("dev", "end", alias="port", rank=0)]
        alone = every.filter(pl.len().over("dev", "plug") == 1).with_columns(cage=_word("plug"))
        switches = self.devices.filter("is_switch").select("dev", "part")
        infiniband = every.filter((pl.col("protocol") == "infiniband") & (pl.col("number") < MANAGEMENT)).join(switches, on="dev")
        # on an InfiniBand switch a plain number counts ports, as its subnet manager does, and no cages
        counted = alone.filter(pl.col("cage").str.contains(r"^\d+$")).join(infiniband.select("end"), on="end", how="semi")
        parts.append(alone.join(counted.select("end"), on="end", how="anti").select("dev", "end", alias="cage", rank=1))
        parts += [part.select("dev", "end", "alias", rank=2) for part in self._numbered(infiniband)]
        named = every.with_columns(
            of=pl.col("port").str.extract(r"^(.+)/p\d+$"), n=pl.col("port").str.extract(r"^.+/p(\d+)$").cast(pl.Int64, strict=False)
        )
        parts.append(named.drop_nulls("of").select("dev", "end", alias=pl.format("{} #{}", "of", pl.col("n") + 1), rank=4))
        parts.append(every.select("dev", "end", alias=pl.format("{} #1", "port"), rank=5))
        parts.append(self._sonic().select("dev", "end", "alias", rank=6))
        both = pl.concat(parts, how="vertical_relaxed").unique(["dev", "alias", "end"], keep="first", maintain_order=True)
        both = both.filter(pl.col("rank") == pl.col("rank").min().over("dev", "alias"))
        return both.filter(pl.len().over("dev", "alias") == 1).select("dev", "alias", "end")

    @cached_property
    def cages(self) -> pl.DataFrame:
        """Names of plugs and cages where several links meet: dev, alias, and each of their ends with its leg, in that order."""
        every = self.ends
        both = pl.concat([every.select("dev", "end", "leg", alias=_word(c)) for c in ("plug", "cage_name")]).unique()
        return both.filter(pl.len().over("dev", "alias") > 1).sort("dev", "alias", "leg", "end").select("dev", "alias", "end", "leg")

    @cached_property
    def hosts(self) -> pl.DataFrame:
        """Ends at InfiniBand adapters of hosts, counted from 1 fabric by fabric on each: dev, end, k, of (how many it has)."""
        own = self.devices.filter(~pl.col("is_switch")).select("dev")
        found = self.ends.filter((pl.col("protocol") == "infiniband") & (pl.col("number") < MANAGEMENT)).join(own, on="dev", how="semi")
        found = found.sort("dev", "fabric_id", "number").with_columns(k=pl.int_range(pl.len()).over("dev") + 1)
        return found.select("dev", "end", "k", of=pl.len().over("dev"))

    def adapters(self, names: dict[str, str], other: pl.DataFrame) -> pl.DataFrame:
        """Aliases of hosts' InfiniBand ports by their adapters: dev, alias, end. `names` is a map from the number of a port to its adapter
        (`hca_mapping`); without one they are `mlx5_0` and `HCA-1` and on, but on devices of `other` (dev), which count otherwise.
        """
        if names:
            wanted = pl.DataFrame({"key": list(names), "adapter": list(names.values())}, {"key": pl.String, "adapter": pl.String})
            found = [self.hosts.with_columns(key=pl.col("k").cast(pl.String)).join(wanted, on="key")]
        else:
            hosts = self.hosts.join(other, on="dev", how="anti")
            found = [hosts.with_columns(adapter=pl.format(text, pl.col("k") + first)) for text, first in (("mlx5_{}", -1), ("HCA-{}", 0))]
        shapes = [pl.col("adapter"), *(pl.format(f"{{}}{port}", "adapter") for port in (" #1", "/1", "/P1", " P1", ":1"))]
        own = [one.select("dev", "end", alias=shape) for one in found for shape in shapes]
        numbers = self.hosts.join(other, on="dev", how="anti").select("dev", "end", alias=pl.col("k").cast(pl.String))
        return pl.concat([*own, numbers]).unique(["dev", "alias"], keep="first", maintain_order=True).select("dev", "alias", "end")

    def _numbered(self, own: pl.DataFrame) -> list[pl.DataFrame]:
        """Ends at InfiniBand switches by the number of the port, as subnet managers (`#1`), NVIDIA's point-to-point file (`1`) and its topology
        file (`P1`) have it, and by cage and port there, as NVOS (`sw1p1`) and MLNX-OS (`IB1/1/1`) call them: dev, end, alias.

        Source: NVIDIA UFM Cable Validation Tool 1.4 and 1.5, "P2P File" and "Topo File"; NVIDIA MLNX-OS, "InfiniBand Interface".
        """
        keys = ["part", "speed_gbps", "cage"]
        first = self.tables["switch_ports"].filter(pl.col("port") < MANAGEMENT).group_by(keys).agg(first=pl.col("port").min())
        own = own.join(first, on=keys, how="left", maintain_order="left").with_columns(n=pl.col("number") + 1)
        is_split = pl.col("port").str.contains(r"/\d+/\d+$|p\d+s\d+$").any().over("dev")  # then a cage has more ports than those of its connector
        own = own.with_columns(c=pl.when(~is_split).then(pl.col("cage") + 1), p=pl.col("number") - pl.col("first") + 1)
        shapes = [pl.format(s, "n") for s in ("#{}", "{}", "P{}")] + [pl.format(s, "c", "p") for s in ("sw{}p{}", "IB1/{}/{}", "1/{}/{}")]
        return [own.select("dev", "end", alias=shape).drop_nulls("alias") for shape in shapes]

    def _sonic(self) -> pl.DataFrame:
        """`EthernetN` as SONiC counts: by the first lane of each port."""
        switches = self.devices.filter("is_switch").select("dev", "part")
        own = self.ends.filter(pl.col("protocol") == "ethernet").join(switches, on="dev")
        placed = lanes.placed(self.tables, own.select("dev", "end", "part", "fabric_id", "speed_gbps", "port", "number", "cage"))
        return placed.select("dev", "end", alias=pl.format("Ethernet{}", "lane_first"))

    @cached_property
    def printed(self) -> pl.DataFrame:
        """What ports and cages are called on devices of a part, as far as the design knows: part, name."""
        of = self.tables["design_devices"].select("design_id", "device", "part")
        adapters = self.tables["nic_ports"].join(of, on=["design_id", "device"])
        both = [frame.select("part", name=c) for frame in (self.tables["switch_ports"], adapters) for c in ("name", "plug")]
        joined = self.ends.join(self.devices.select("dev", "part"), on="dev").select("part", name="port")
        return pl.concat([*both, joined]).drop_nulls().unique(maintain_order=True)

    @cached_property
    def outside(self) -> pl.DataFrame:
        """Ports of switches that lead out of the hall: dev, port."""
        return self.tables["outside_ports"].select(pl.col("device_id").cast(pl.Int32).alias("dev"), port="name")


def _word(column: str) -> pl.Expr:
    """The port, plug or cage of its full name."""
    return pl.col(column).str.split(":").list.last()


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
    media = t["fabric_skus"].select("fabric_id", "sku", is_optical=pl.col("medium").is_in(["fibre", "trunk"])).unique(["fabric_id", "sku"])
    made = made.join(media, on=["fabric_id", "sku"], how="left", maintain_order="left").with_columns(pl.col("is_optical").fill_null(value=False))
    sides = [
        pl.col(f"{s}_{c}").alias(f"{s}_{n}")
        for s in "ab"
        for c, n in (("device_id", "dev"), *((c, c) for c in ("port", "number", "cage", "plug", "cage_name", "name")))
    ]
    links = made.select("link", "label", "fabric_id", "fabric", "protocol", "leg", "speed_gbps", "is_optical", *sides)
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
        links = links.join(own, on=f"{s}_port_id", how="left", maintain_order="left").with_columns(
            *(pl.col(f"{s}_name").alias(f"{s}_{c}") for c in ("plug", "cage_name")), pl.lit(None, pl.Int32).alias(f"{s}_cage")
        )
    sides = [f"{s}_{c}" for s in "ab" for c in ("dev", "port", "number", "cage", "plug", "cage_name", "name")]
    links = links.select(
        link="label", label="label", fabric="kind", protocol=pl.lit(None, pl.String), leg=pl.lit(0, pl.UInt8), fabric_id=pl.lit(None, pl.Int32),
        speed_gbps=pl.lit(None, pl.Float32), is_optical=pl.col("medium") == "fibre",
        **{c: c for c in sides},
    )  # fmt: skip
    return Designed(links, devices, t)
