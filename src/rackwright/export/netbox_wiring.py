"""NetBox: interfaces, cables, power panels and feeds of what `netbox.chosen` chose.

A cable of one link is a row of the bulk import; one of several links (twin, splitter, shuffle, or a feed of several inlets) is an object for the REST
API, as CSV takes one termination a side (netbox issue 18645). NetBox knows terminations by `object_id`, which nobody knows before they are imported:
device (or power panel) and name stand beside it.

Reads what `netbox` reads, and supply_feeds, supply_nodes, supply_branches.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.export import net, netbox_racks, port_maps
from rackwright.export.netbox import LONG, NAME, Chosen, fit, whips
from rackwright.schema.links import MANAGEMENT
from rackwright.schema.tables import Tables

_ETHERNET = {  # connector: types by the greatest speed in Gb/s that each has
    "rj45": {1: "1000base-t", 10: "10gbase-t"},
    "sfp28": {25: "25gbase-x-sfp28"},
    "sfp56": {50: "50gbase-x-sfp56"},
    "qsfp28": {100: "100gbase-x-qsfp28"},
    "qsfp56": {200: "200gbase-x-qsfp56"},
    "qsfp112": {400: "400gbase-x-qsfp112"},
    "qsfp-dd": {400: "400gbase-x-qsfpdd", 800: "800gbase-x-qsfpdd"},
    "osfp": {400: "400gbase-x-osfp", 800: "800gbase-x-osfp"},
    "osfp1600": {1600: "1.6tbase-x-osfp1600"},
}
_INFINIBAND = {100: "infiniband-edr", 200: "infiniband-hdr", 400: "infiniband-ndr", 800: "infiniband-xdr"}
_MEDIA = {"dac": "dac-passive", "acc": "dac-active", "aec": "dac-active", "aoc": "aoc", "cat6": "cat6", "power": "power", "twinax": "dac-passive"}
_FIBRES = {"om3": "mmf-om3", "om4": "mmf-om4", "om5": "mmf-om5", "os1": "smf-os1", "os2": "smf-os2"}
_TRUNKS = (2, 4)  # how many connectors of one position profiles know: `trunk-Nc1p`
_WORDS = ("description", "comments")
_CM = pl.when(pl.col("mm") >= 0).then(pl.col("mm") / 10)


def interface_type(connector: str | None, speed: float | None, is_infiniband: bool) -> str:
    """Type of an interface by its cage and its speed in Gb/s (null: whatever the cage carries); `other` where NetBox has none."""
    kinds = _INFINIBAND if is_infiniband else _ETHERNET.get(connector or "", {})
    fits = [k for k in sorted(kinds) if speed is not None and speed <= k]
    return kinds[fits[0]] if fits else kinds[max(kinds)] if kinds and speed is None else "other"


def interfaces(c: Chosen) -> pl.DataFrame:
    """One row a port, device by device: free ones of the devices chosen too. Speed in kb/s is that of the link."""
    # A free port is of the speed of those beside it where its connector does not say which: InfiniBand's generations, copper
    beside = pl.when(pl.col("is_infiniband") | (pl.col("connector") == "rj45")).then(pl.col("speed_gbps").max().over("part", "connector"))
    every = _ports(c)
    every = every.with_columns(kind_gbps=pl.coalesce("kind_gbps", "speed_gbps", beside))
    kinds = every.select("connector", "kind_gbps", "is_infiniband").unique()
    kinds = kinds.with_columns(type=pl.Series([interface_type(*r) for r in kinds.iter_rows()], dtype=pl.String))
    rows = every.join(kinds, on=["connector", "kind_gbps", "is_infiniband"], how="left", nulls_equal=True, maintain_order="left")
    word = {True: "true", False: "false"}
    managing = (pl.col("number") >= MANAGEMENT).fill_null(value=False) | pl.col("is_managing").fill_null(value=False)
    goes = pl.when(pl.col("state") == "outside").then(pl.format("leads to {}", "far")).otherwise(pl.lit(""))
    return rows.select(
        c.names.gather(rows["device_id"]).alias("device"),
        fit(rows["port"], NAME).alias("name"),
        "type",
        (pl.col("speed_gbps").cast(pl.Float64) * 1e6).round().cast(pl.Int64).alias("speed"),
        pl.lit("true").alias("enabled"),
        managing.replace_strict(word, return_dtype=pl.String).alias("mgmt_only"),
        fit(rows.select(goes.alias("d")).to_series().replace("", "-"), 200).replace("-", "").alias("description"),
    )


def _ports(c: Chosen) -> pl.DataFrame:
    """Ports device by device: device_id, number, port, speed_gbps, kind_gbps, state, far, connector, is_infiniband, is_managing; those that no fabric
    uses last.
    """
    keys = ["device_id", "number", "port", "speed_gbps", "fabric_id"]
    seen = [c.links.select(*(pl.col(f"{s}_{k}").alias(k) for k in keys[:3]), *keys[3:], far=pl.lit("")) for s in "ab"]
    fabrics = dict(c.t["fabrics"].select("fabric", "fabric_id").iter_rows())
    mapped = port_maps.ports_of(c.t, c.at, net.touching(c.t, c.own), c.own)
    mapped = mapped.with_columns(fabric_id=pl.col("fabric").replace_strict(fabrics, return_dtype=pl.Int32))
    used = [s.select(*keys, pl.lit("used").alias("state"), "far") for s in seen]
    both = pl.concat([mapped.select(*keys, "state", "far"), *used], how="vertical_relaxed")
    both = both.unique(["device_id", "port"], keep="first", maintain_order=True).with_columns(pl.col("device_id").cast(pl.Int32))
    where = c.at.with_row_index("device_id").select(pl.col("device_id").cast(pl.Int32), "part", "design_id", "local")
    nics = c.t["nic_ports"].select("design_id", local="device", port="name", on_nic="connector").unique(["design_id", "local", "port"])
    cages = c.t["switch_ports"].select("part", port="name", on_switch="connector").unique(["part", "port"])
    beyond = c.t["outside_ports"].select(pl.col("device_id").cast(pl.Int32), port="name", beyond="connector").unique(["device_id", "port"])
    rows = both.join(where, on="device_id", how="left").join(nics, on=["design_id", "local", "port"], how="left")
    rows = rows.join(cages, on=["part", "port"], how="left").join(beyond, on=["device_id", "port"], how="left")
    rows = rows.with_columns(
        connector=pl.coalesce("on_nic", "on_switch", "beyond"),
        is_infiniband=~pl.col("fabric_id").is_in(net.ethernet(c.t)),
    )
    inner = netbox_racks.ports(c.t, c.designs)
    of_port = ["design_id", "local", "port"]
    rows = rows.join(inner.select(*of_port, "is_managing").unique(of_port), on=of_port, how="left", maintain_order="left")
    parts = [rows.sort("device_id", "number", "port"), _inner(c, where, inner, rows.select("device_id", "port"))]
    return pl.concat(parts, how="diagonal_relaxed").sort("device_id", maintain_order=True)


def _inner(c: Chosen, where: pl.DataFrame, inner: pl.DataFrame, used: pl.DataFrame) -> pl.DataFrame:
    """Ports of devices of rack designs that are no port of a fabric, `used` (device_id, port), nor a cage of such ports."""
    rows = where.filter(pl.col("device_id").is_in(c.all.implode())).join(inner, on=["design_id", "local"], maintain_order="left")
    cages = c.t["nic_ports"].select("design_id", local="device", port="plug").unique()
    rows = rows.join(used, on=["device_id", "port"], how="anti").join(cages, on=["design_id", "local", "port"], how="anti")
    return rows.sort("device_id", "port_id").select(
        "device_id",
        "port",
        "part",
        "connector",
        "is_managing",
        is_infiniband=pl.lit(value=False),
        kind_gbps="speed_gbps",
        speed_gbps=pl.when("is_joined").then("speed_gbps"),
        state=pl.lit("used"),
        far=pl.lit(""),
    )


def _cable_types(t: Tables) -> dict[str, str]:
    """NetBox type of each cable part of the fabrics."""
    fibre = dict(t["part_facts"].filter(pl.col("fact") == "fibre").select("part", "text").iter_rows())
    return {p: _MEDIA.get(m) or _FIBRES.get(fibre.get(p, ""), "") for p, m in t["fabric_skus"].select("part", "medium").unique().iter_rows()}


def _cables(c: Chosen) -> pl.DataFrame:
    """Links by cable and leg with what NetBox knows of the cable; its length is the one ordered, else the one cut."""
    skus = c.t["fabric_skus"].select("fabric_id", "sku", "part")
    rows = c.links.join(skus, on=["fabric_id", "sku"], how="left", maintain_order="left")
    long = pl.when(pl.col("length_stock_mm") >= 0).then("length_stock_mm").otherwise("length_cut_mm")
    kinds = _cable_types(c.t)
    rows = rows.with_columns(mm=long, links=pl.len().over("key"), type=pl.col("part").replace_strict(kinds, default="", return_dtype=pl.String))
    rows = rows.with_columns(length=_CM, description=pl.col("part").fill_null(""), full=pl.col("label"), label=fit(rows["label"], LONG))
    rows = rows.with_columns(
        unit=pl.when(pl.col("length").is_not_null()).then(pl.lit("cm")).otherwise(pl.lit("")),
        comments=pl.when(pl.col("full") != pl.col("label"))
        .then(pl.col("full").str.replace_all(r"[\x00-\x1f]", " ").str.strip_chars())
        .otherwise(pl.lit("")),
    )
    for s in "ab":
        rows = rows.with_columns(c.names.gather(rows[f"{s}_device_id"]).alias(f"{s}_at"), fit(rows[f"{s}_port"], NAME).alias(f"{s}_name"))
    return rows


def cables(c: Chosen) -> pl.DataFrame:
    """One row a cable of one link, and a whip from each feed that has one inlet."""
    rows = _cables(c).filter(pl.col("links") == 1)
    sides = [
        x
        for s in "ab"
        for x in (
            pl.lit(c.site).alias(f"side_{s}_site"),
            pl.col(f"{s}_at").alias(f"side_{s}_device"),
            pl.lit("").alias(f"side_{s}_power_panel"),
            pl.lit("dcim.interface").alias(f"side_{s}_type"),
            pl.col(f"{s}_name").alias(f"side_{s}_name"),
        )
    ]
    made = rows.select(
        *sides, "type", pl.lit("planned").alias("status"), "label", "length", pl.col("unit").alias("length_unit"), "description", "comments"
    )
    fed = feed_ends(c).filter(pl.col("inlets") == 1).with_columns(length=_CM)
    fed = fed.select(
        pl.lit(c.site).alias("side_a_site"),
        pl.lit("").alias("side_a_device"),
        pl.col("panel").alias("side_a_power_panel"),
        pl.lit("dcim.powerfeed").alias("side_a_type"),
        pl.col("name").alias("side_a_name"),
        pl.lit(c.site).alias("side_b_site"),
        pl.col("device").alias("side_b_device"),
        pl.lit("").alias("side_b_power_panel"),
        pl.lit("dcim.powerport").alias("side_b_type"),
        pl.col("port").alias("side_b_name"),
        pl.lit("power").alias("type"),
        pl.lit("planned").alias("status"),
        fit(fed["whip"], LONG).alias("label"),
        "length",
        pl.when(pl.col("length").is_not_null()).then(pl.lit("cm")).otherwise(pl.lit("")).alias("length_unit"),
        pl.lit("").alias("description"),
        pl.lit("").alias("comments"),
    )
    return pl.concat([made, fed], how="vertical_relaxed")


def in_racks(c: Chosen) -> pl.DataFrame:
    """One row a cable within a rack, as `cables`; its label in the rack design stands under comments."""
    rows = c.inner.with_columns(length=_CM, **{f"{s}_at": c.at["end"].gather(c.inner[f"{s}_device_id"]) for s in "ab"})
    # the outlet that a cord takes is ours to choose and stands on no label
    ends = {s: pl.format("{}:{}", f"{s}_at", f"{s}_port") for s in "ab"} | {"o": pl.col("b_at")}
    other = pl.when("is_power").then(ends["o"]).otherwise(ends["b"])
    label = pl.when("is_a_first").then(pl.format("{}--{}", ends["a"], other)).otherwise(pl.format("{}--{}", other, ends["a"]))
    rows = rows.with_columns(label=label)
    kinds = {"a": ("dcim.powerport", "dcim.interface"), "b": ("dcim.poweroutlet", "dcim.interface")}
    sides = [
        x
        for s in "ab"
        for x in (
            pl.lit(c.site).alias(f"side_{s}_site"),
            c.names.gather(rows[f"{s}_device_id"]).alias(f"side_{s}_device"),
            pl.lit("").alias(f"side_{s}_power_panel"),
            pl.when("is_power").then(pl.lit(kinds[s][0])).otherwise(pl.lit(kinds[s][1])).alias(f"side_{s}_type"),
            fit(rows[f"{s}_port"], NAME).alias(f"side_{s}_name"),
        )
    ]
    return rows.select(
        *sides,
        pl.col("medium").replace_strict(_MEDIA, default="", return_dtype=pl.String).alias("type"),
        pl.lit("planned").alias("status"),
        fit(rows["label"], LONG).alias("label"),
        "length",
        pl.when(pl.col("length").is_not_null()).then(pl.lit("cm")).otherwise(pl.lit("")).alias("length_unit"),
        pl.col("part").alias("description"),
        fit(c.inner["label"], LONG).alias("comments"),
    )


def breakouts(c: Chosen) -> bytes:
    """Cables of several links as a JSON list of objects for `POST /api/dcim/cables/`, terminations of both sides in the order of the legs."""
    rows = _cables(c).filter(pl.col("links") > 1).sort("key", "leg", "link_id", maintain_order=True)
    nothing = pl.lit(None, pl.String)
    ends = [
        pl.struct(
            object_type=pl.lit("dcim.interface"),
            object_id=pl.lit(None, pl.Int64),
            device=f"{s}_at",
            power_panel=nothing,
            name=f"{s}_name",
        ).alias(f"{s}_terminations")
        for s in "ab"
    ]
    told = [pl.col(x).first() for x in ("label", "type", "length", "unit", "description", "comments")]
    made = rows.group_by("key", maintain_order=True).agg(*told, *ends, links=pl.len())
    whipped = feed_ends(c).filter(pl.col("inlets") > 1).with_columns(length=_CM)
    port = pl.struct(
        object_type=pl.lit("dcim.powerport"), object_id=pl.lit(None, pl.Int64), device="device", power_panel=pl.lit(None, pl.String), name="port"
    )
    feed = pl.struct(
        object_type=pl.lit("dcim.powerfeed"), object_id=pl.lit(None, pl.Int64), device=pl.lit(None, pl.String), power_panel="panel", name="name"
    )
    whole = whipped.group_by("panel", "name", maintain_order=True).agg(
        label=pl.col("whip").first(),
        type=pl.lit("power").first(),
        length=pl.col("length").first(),
        unit=pl.when(pl.col("length").is_not_null()).then(pl.lit("cm")).otherwise(pl.lit("")).first(),
        description=pl.lit("").first(),
        comments=pl.lit("").first(),
        a_terminations=feed.head(1),
        b_terminations=port,
        links=pl.lit(0, pl.UInt32).first(),
    )
    both = pl.concat([made.drop("key"), whole.drop("panel", "name").select(made.drop("key").columns)], how="vertical_relaxed")
    profile = pl.when(pl.col("links").is_in(_TRUNKS)).then(pl.format("trunk-{}c1p", "links")).otherwise(pl.lit(""))
    both = both.with_columns(label=fit(both["label"], LONG), profile=profile, status=pl.lit("planned"), length_unit="unit")
    both = both.select("label", "type", "status", "profile", "length", "length_unit", "description", "comments", "a_terminations", "b_terminations")
    return both.write_json().encode()


def panels(c: Chosen) -> pl.DataFrame:
    """One row a panel that feeds racks: a busway, board or UPS output."""
    made = feeds_of(c)
    return made.select(pl.lit(c.site).alias("site"), "location", pl.col("panel").alias("name")).unique(maintain_order=True)


def feeds(c: Chosen) -> pl.DataFrame:
    """One row a feed of a rack with the rating of its breaker."""
    return feeds_of(c).select(
        pl.lit(c.site).alias("site"),
        pl.col("panel").alias("power_panel"),
        "location",
        "rack",
        "name",
        pl.lit("planned").alias("status"),
        pl.when(pl.col("path") == pl.col("path").min().over("rack")).then(pl.lit("primary")).otherwise(pl.lit("redundant")).alias("type"),
        pl.when("is_ac").then(pl.lit("ac")).otherwise(pl.lit("dc")).alias("supply"),
        pl.when("is_ac").then(pl.lit("three-phase")).otherwise(pl.lit("single-phase")).alias("phase"),
        pl.col("voltage_nominal_v").round().cast(pl.Int64).alias("voltage"),
        pl.col("amps").round().cast(pl.Int64).alias("amperage"),
    )


def feeds_of(c: Chosen) -> pl.DataFrame:
    """Feeds of the racks of all devices: rack_id, feed, panel, location, rack, name, whip, its length `mm` and rating `amps`, path,
    voltage_nominal_v, is_ac.
    """
    racks = c.at[c.all].select("rack_id", "hall", rack=c.racks.gather(c.all)).unique("rack_id", maintain_order=True)
    own = c.t["supply_feeds"].join(racks, on="rack_id").sort("feed_id")
    nodes, into = c.t["supply_nodes"].sort("node_id"), c.t["supply_branches"].filter(pl.col("rank") == 0)
    parent = np.full(nodes.height, -1, np.int64)
    parent[into["b_node_id"].to_numpy()] = into["a_node_id"].to_numpy()
    is_panel = nodes["kind"].is_in(["busway", "board", "ups", "bus"]).to_numpy()
    panel = own["node_id"].to_numpy().astype(np.int64)
    while len(panel) and not (done := is_panel[panel] | (parent[panel] < 0)).all():
        panel = np.where(done, panel, parent[panel])
    named = nodes["name"].str.strip_suffix(" head").gather(panel)
    whip = (
        into.filter(pl.col("kind") == "whip")
        .select(node_id="b_node_id", whip="name", mm="length_mm", amps=pl.coalesce("breaker_a", "current_rated_a"))
        .unique("node_id", keep="first")
    )
    rows = own.with_columns(panel=fit(named, LONG)).join(whip, on="node_id", how="left", maintain_order="left")
    rows = rows.join(nodes.select("node_id", "voltage_nominal_v", "is_ac", node="name"), on="node_id", how="left", maintain_order="left")
    halls = dict(zip(c.t["halls"]["name"], fit(c.t["halls"]["name"], LONG), strict=True))
    return rows.select(
        "rack_id", "feed", "panel", pl.col("hall").replace_strict(halls, return_dtype=pl.String).alias("location"), "rack",
        fit(rows["node"], LONG).alias("name"), pl.coalesce("whip", "node").alias("whip"), "mm", "amps", "path", "voltage_nominal_v", "is_ac",
    )  # fmt: skip


def feed_ends(c: Chosen) -> pl.DataFrame:
    """Feeds with each inlet they go to: columns of `feeds_of`, `device`, `port`, and how many `inlets` the feed has."""
    designs = c.t["hall_racks"].select("rack_id", "design_id")
    ids = c.at.with_row_index("device_id").select("device_id", "rack_id", "local").with_columns(device=c.names)
    rows = feeds_of(c).join(designs, on="rack_id").join(whips(c).drop("part", "connector"), on=["design_id", "feed"], maintain_order="left")
    rows = rows.join(ids, on=["rack_id", "local"], how="inner", maintain_order="left")
    rows = rows.filter(pl.col("device_id").is_in(c.all.implode()))
    return rows.with_columns(inlets=pl.len().over("rack_id", "feed"), mm=pl.coalesce("mm", "whip_mm"))
