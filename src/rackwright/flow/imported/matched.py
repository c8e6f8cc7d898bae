"""What was observed laid onto a planned hall: which planned device each host and switch is, which number each port has, and how many links agree.

Hosts are given by their racks. A leaf is the planned leaf to which most of its hosts' ports should go; a switch above that to which most uplinks of
its switches below should go. Where switches are alike, they are taken in their order.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rackwright.catalog.loader import Catalog
from rackwright.flow.imported import ports
from rackwright.flow.imported.nets import Net, ranked
from rackwright.flow.imported.racks import Standing
from rackwright.flow.imported.seen import natural
from rackwright.schema import ends
from rackwright.schema.links import THIRD
from rackwright.schema.tables import Tables

_OURS = 0.5  # of a kind's links, that have names of the design
_EVEN = 1e-3  # weight of the same place in the order, which decides between switches that are alike


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled hall: `links` (rows of `fabric_cables` with printed ports `a_name`, `b_name`), `devices` by id (rack_id, local, part, end)."""

    tables: Tables
    links: pl.DataFrame
    devices: pl.DataFrame

    @classmethod
    def of(cls, t: Tables) -> Plan:
        """Of its tables."""
        at = ends.devices(t).with_row_index("id").with_columns(pl.col("id").cast(pl.Int32))
        named = ends.named(t, at.drop("id"), pl.Series("row", range(t.height("fabric_cables")), dtype=pl.UInt32))
        return cls(t, t["fabric_cables"].with_columns(a_name=named["a_port"], b_name=named["b_port"]), at)


@dataclass(frozen=True, slots=True)
class Onto:
    """One network on its plan.

    Attributes:
        fabric_id: the fabric in the plan.
        devices: dev, id (planned device) of its switches and endpoints.
        links: link, tier (of the plan), a, a_port, b, b_port (planned device id and port number; null where unknown), is_right (the plan has a
            link of the same ends, for links between switches one between the same two).
        names: id, observed, port (printed in the plan) of ends whose names differ.
        right: links that agree with the plan, and `planned`: links of the plan.
    """

    fabric_id: int
    devices: pl.DataFrame
    links: pl.DataFrame
    names: pl.DataFrame
    right: int
    planned: int

    def counts(self, plan: Plan, leaves: pl.Series) -> tuple[list[int], int]:
        """Planned switches of a plane by tier, and uplinks of most leaves; leaves that other observed ones than `leaves` (dev) are do not count."""
        own = plan.tables["fabric_switches"].filter((pl.col("fabric_id") == self.fabric_id) & (pl.col("plane") == 0))
        others = self.devices.filter(~pl.col("dev").is_in(leaves.unique().implode()))["id"]
        own = own.filter((pl.col("tier") > 0) | ~pl.col("device_id").is_in(others.implode()))
        up = plan.links.filter((pl.col("fabric_id") == self.fabric_id) & (pl.col("tier") == 1))
        each = up.join(own, left_on="a_device_id", right_on="device_id", how="semi").group_by("a_device_id").len()["len"]
        return [own.filter(pl.col("tier") == t).height for t in range(4)], int(each.mode().max()) if each.len() else 0  # type: ignore[arg-type]


def onto(net: Net, fabric: str, plan: Plan, hosts: pl.DataFrame, known: pl.DataFrame, catalog: Catalog) -> Onto:
    """Lays a network onto fabric `fabric` of the plan. `hosts` and `known` (switches of networks laid before): dev, id."""
    fabric_id = int(plan.tables["fabrics"].filter(pl.col("fabric") == fabric)["fabric_id"][0])
    mine = plan.links.filter(pl.col("fabric_id") == fabric_id)
    own = plan.tables["fabric_switches"].filter(pl.col("fabric_id") == fabric_id)
    order = own.sort("plane", "tier", "pod", "rail", "index").select(id="device_id", tier="tier", plane="plane")
    at = pl.concat([hosts, known]).unique("dev", keep="first")
    down = _host_ends(net, at, mine.filter(pl.col("tier") == 0), plan)
    votes = down.drop_nulls("leaf_id").group_by("leaf", "leaf_id").len("weight").rename({"leaf": "dev", "leaf_id": "id"})
    found = _elected(votes, _tier(net, order, 0))
    for tier in range(1, int(net.switches["tier"].max()) + 1):  # type: ignore[arg-type]
        found = pl.concat([found, _elected(_above(net, tier, found, mine), _tier(net, order, tier))])
    devices = pl.concat([found, at.join(net.hosts.select("dev").unique(), on="dev", how="semi")]).unique("dev", keep="first")
    numbers = _switch_ports(net, found, own, plan, catalog)
    up = _trunk_ends(net, found, mine)
    below = down.select("link", tier=pl.lit(0, pl.UInt8), a_dev="dev", a="id", a_port="number", b_dev="leaf", b_name="leaf_port", leaf_id="leaf_id")
    below = below.join(found.rename({"dev": "b_dev", "id": "b"}), on="b_dev", how="left", maintain_order="left")
    below = below.with_columns(is_right=(pl.col("b") == pl.col("leaf_id")).fill_null(value=False), side=pl.lit("b"))
    below = _numbered(below, numbers, "b").select("link", "tier", "a", "a_port", "b", "b_port", "is_right")
    up = _numbered(_numbered(up.with_columns(side=pl.lit("a")), numbers, "a").with_columns(side=pl.lit("b")), numbers, "b")
    links = pl.concat([below, up.select(below.columns)], how="vertical_relaxed")
    return Onto(fabric_id, devices, links, _names(net, down, numbers, found), int(links["is_right"].sum()), mine.height)


def _tier(net: Net, order: pl.DataFrame, tier: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Observed switches of a tier (dev), and planned ones (id), each in its order."""
    return net.switches.filter(pl.col("tier") == tier).sort("plane", "dev").select("dev"), order.filter(pl.col("tier") == tier).select("id")


def _host_ends(net: Net, at: pl.DataFrame, planned: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Links of endpoints with their planned device (`id`), port (`name`, `number`) and leaf (`leaf_id`); null where there is none."""
    part = plan.devices.select("id", kind=pl.coalesce("part", pl.lit("")))
    rows = net.hosts.join(at, on="dev", how="left", maintain_order="left").join(part, on="id", how="left", maintain_order="left")
    theirs = planned.select(id="a_device_id", port="a_name", number="a_port", leaf_id="b_device_id").join(part, on="id", maintain_order="left")
    named = rows.select("kind", "port").drop_nulls()
    same = theirs.select("kind", "port").unique()
    mine = ranked(named, "kind")
    ours = (
        named.join(same.with_columns(ours=True), on=["kind", "port"], how="left").group_by("kind").agg(pl.col("ours").fill_null(value=False).mean())
    )
    strange = ours.filter(pl.col("ours") < _OURS).select("kind")  # its names are of another system
    by_rank = mine.join(strange, on="kind", how="semi").join(ranked(same, "kind").rename({"port": "name"}), on=["kind", "rank"])
    by_name = same.join(strange, on="kind", how="anti").with_columns(name="port")
    to = pl.concat([by_name, by_rank.select("kind", "port", "name")])
    rows = rows.join(to, on=["kind", "port"], how="left", maintain_order="left")
    return rows.join(theirs.drop("kind").rename({"port": "name"}), on=["id", "name"], how="left", maintain_order="left")


def _elected(votes: pl.DataFrame, tier: tuple[pl.DataFrame, pl.DataFrame]) -> pl.DataFrame:
    """Planned switch of each observed one: pairs that prefer each other, round by round; those that nobody votes for in their order."""
    devs, ids = tier
    even = pl.concat([devs.head(ids.height), ids.head(devs.height)], how="horizontal").with_columns(weight=pl.lit(_EVEN))
    every = pl.concat([votes.cast({"dev": pl.Int32, "id": pl.Int32, "weight": pl.Float64}), even.cast({"dev": pl.Int32, "id": pl.Int32})])
    every = every.group_by("dev", "id").agg(pl.col("weight").sum()).join(devs, on="dev", how="semi").join(ids, on="id", how="semi")
    made = []
    while every.height:
        order = every.sort("weight", "dev", "id", descending=[True, False, False])
        both = order.unique("dev", keep="first").join(order.unique("id", keep="first"), on=["dev", "id"], how="semi").select("dev", "id")
        made.append(both)
        every = every.join(both, on="dev", how="anti").join(both, on="id", how="anti")
    found = pl.concat(made) if made else pl.DataFrame(schema={"dev": pl.Int32, "id": pl.Int32})
    left, free = devs.join(found, on="dev", how="anti"), ids.join(found, on="id", how="anti")
    rest = pl.concat([left.head(free.height), free.head(left.height)], how="horizontal")
    return pl.concat([found, rest.cast({"dev": pl.Int32, "id": pl.Int32})])


def _above(net: Net, tier: int, found: pl.DataFrame, mine: pl.DataFrame) -> pl.DataFrame:
    """Votes for switches of a tier: the n-th uplink of a switch below goes to the n-th that its plan has."""
    own = net.trunks.filter(pl.col("tier") == tier).join(found.rename({"dev": "low"}), on="low")
    own = own.with_columns(rank=natural("low_port").rank("ordinal").over("low"))
    theirs = mine.filter(pl.col("tier") == tier).select("a_device_id", "b_device_id", rank=pl.col("a_port").rank("ordinal").over("a_device_id"))
    both = own.join(theirs, left_on=["id", "rank"], right_on=["a_device_id", "rank"])
    return both.group_by("high", "b_device_id").len("weight").rename({"high": "dev", "b_device_id": "id"})


def _trunk_ends(net: Net, found: pl.DataFrame, mine: pl.DataFrame) -> pl.DataFrame:
    """Links between switches by their planned devices, and whether the plan has as many between the two."""
    rows = net.trunks.select("link", "tier", a_dev="low", a_name="low_port", b_dev="high", b_name="high_port")
    for s in "ab":
        rows = rows.join(found.rename({"dev": f"{s}_dev", "id": s}), on=f"{s}_dev", how="left", maintain_order="left")
    sideways = mine.filter(pl.col("tier") > THIRD)["tier"].min()
    rows = rows.with_columns(tier=pl.when(pl.col("tier") < 0).then(pl.lit(sideways, pl.Int32)).otherwise("tier").cast(pl.UInt8))
    pair = (pl.min_horizontal("a", "b").alias("one"), pl.max_horizontal("a", "b").alias("two"))
    there = mine.filter(pl.col("tier") > 0).select(a="a_device_id", b="b_device_id").group_by(*pair).len("there")
    rows = rows.with_columns(*pair).join(there, on=["one", "two"], how="left", maintain_order="left")
    turn = pl.int_range(pl.len()).over("one", "two")
    return rows.with_columns(is_right=((turn < pl.col("there")) & pl.col("one").is_not_null()).fill_null(value=False)).drop("one", "two", "there")


def _switch_ports(net: Net, found: pl.DataFrame, own: pl.DataFrame, plan: Plan, catalog: Catalog) -> pl.DataFrame:
    """Number of each observed port name: part, tier (of the link), side, observed, number, port (as planned)."""
    named = [
        net.hosts.select(dev="leaf", observed="leaf_port"),
        *(net.trunks.select(dev=c, observed=f"{c}_port") for c in ("low", "high")),
    ]
    parts = own.select(id="device_id", part="part")
    seen = pl.concat(named).unique().join(found, on="dev").join(parts, on="id").select("part", "observed").unique()
    listed = plan.tables["switch_ports"].join(own.select("fabric_id").unique(), on="fabric_id", how="semi")
    made = []
    for part in seen["part"].unique().sort():
        names = seen.filter(pl.col("part") == part)["observed"].sort().to_list()
        here = listed.filter((pl.col("part") == part) & pl.col("cage").is_not_null())
        for (tier, side), rows in here.group_by(["tier", "side"], maintain_order=True):
            rows = rows.sort("speed_gbps", descending=True).unique("port", keep="first", maintain_order=True).sort("port")
            rows = rows.with_columns(leg=pl.int_range(pl.len()).over("cage"))
            legs = int(rows.group_by("cage").len()["len"].mode().max())  # type: ignore[arg-type]
            at = ports.places(names, catalog.part(part), legs)
            where = pl.DataFrame([(n, c, g) for n, (c, g) in at.items()], {"observed": pl.String, "cage": pl.Int32, "leg": pl.Int64}, orient="row")
            both = where.join(rows.select("cage", "leg", number="port", port="name"), on=["cage", "leg"])
            made.append(both.select("observed", "number", "port", part=pl.lit(part), tier=pl.lit(tier, pl.UInt8), side=pl.lit(side)))
    wide = {"observed": pl.String, "number": pl.Int32, "port": pl.String, "part": pl.String, "tier": pl.UInt8, "side": pl.String}
    every = pl.concat(made).select(list(wide)) if made else pl.DataFrame(schema=wide)
    return parts.join(every, on="part").drop("part")


def _numbered(rows: pl.DataFrame, numbers: pl.DataFrame, side: str) -> pl.DataFrame:
    """Adds the number of the port at that side."""
    own = numbers.select(**{side: "id", f"{side}_name": "observed", "tier": "tier", "side": "side", f"{side}_port": "number"})
    return rows.join(own, on=[side, f"{side}_name", "tier", "side"], how="left", maintain_order="left").drop("side")


def _names(net: Net, down: pl.DataFrame, numbers: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Ends that are called otherwise in the plan: id, observed, port."""
    hosts = down.select("id", observed="port", port="name")
    used = [(net.hosts, "leaf", 0, "b")] + [
        (net.trunks.filter(pl.col("tier") == t), c, t, s) for t in net.trunks["tier"].unique() for c, s in (("low", "a"), ("high", "b"))
    ]
    made = [hosts]
    for rows, column, tier, side in used:
        ends_of = rows.select(dev=column, observed=f"{column}_port").join(found, on="dev")
        listed = numbers.filter((pl.col("side") == side) & ((pl.col("tier") == tier) if tier >= 0 else (pl.col("tier") > THIRD)))
        made.append(ends_of.join(listed, on=["id", "observed"]).select("id", "observed", "port"))
    return pl.concat(made).drop_nulls().filter(pl.col("observed") != pl.col("port")).unique(maintain_order=True)


def hosts_onto(st: Standing, plan: Plan) -> pl.DataFrame:
    """Planned device of every host: dev, id. Racks of a hall, design and unit are taken in their order."""
    racks = plan.tables["hall_racks"].drop_nulls("design_id").join(plan.tables["designs"].select("design_id", "design"), on="design_id")
    theirs = racks.sort("rack_id").select("rack_id", "hall_id", "design", pod=pl.col("pod").rank("dense").over("hall_id").cast(pl.Int64) - 1)
    theirs = theirs.with_columns(turn=pl.int_range(pl.len()).over("hall_id", "design"))
    mine = st.racks.sort("hall", "pod", "row", "place", "rack").with_columns(turn=pl.int_range(pl.len()).over("hall", "design"))
    both = mine.join(theirs, left_on=["hall", "design", "turn"], right_on=["hall_id", "design", "turn"])
    at = st.hosts.join(both.select("rack", "rack_id"), on="rack").select("dev", "rack_id", local=pl.col("device").cast(pl.Int32))
    known = plan.devices.select("id", "rack_id", pl.col("local").cast(pl.Int32))
    return at.join(known, on=["rack_id", "local"]).select("dev", "id")
