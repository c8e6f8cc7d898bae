"""Redfish: cables as `Cable` resources and racks and devices as `Chassis` with their placement, in two collections with their members in full.

Upstream is the upper end of a cable, downstream the lower one. Ids of chassis are made by `net.safe`, that of a cable is its stable key.

Source: field names of DMTF Cable v1.2.1 and Resource (Placement) as published on docs.rs, read 2026-11-23.

Reads what `ends` and `only` read, fabrics, fabric_skus, parts, part_facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export import net
from rackwright.export import only as choice
from rackwright.export.only import Only
from rackwright.schema import ends, plugs
from rackwright.schema.tables import Tables

TITLE = "Redfish cables and chassis"
FOR = "DCIM tools that read Redfish"
NEEDS = "links"
OF = ("hall",)
ROOT = "/redfish/v1"
_CONNECTORS = {"osfp": "OSFP", "qsfp": "QSFP", "sfp": "SFP", "rj45": "RJ45"}  # by how the name of a cage begins
_OPEN_MM = 46.2  # between the pitch of a U and of an OU


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`redfish/Cables.json` and `redfish/Chassis.json` of the cables chosen and what they join. Raises UnknownNameError."""
    if not t.height("fabric_cables"):
        return
    at = ends.devices(t)
    links = ends.named(t, at, plugs.whole(t, choice.links(t, at, only)))
    yield "redfish/Cables.json", lambda: _collection("Cable", cables(t, at, links))
    own = pl.concat([links["a_device_id"], links["b_device_id"]]).unique().sort()
    yield "redfish/Chassis.json", partial(_chassis, t, at, own if only else None)


def _chassis(t: Tables, at: pl.DataFrame, own: pl.Series | None) -> bytes:
    return _collection("Chassis", *chassis(t, at, pl.Series(range(at.height), dtype=pl.UInt32) if own is None else own))


def _collection(kind: str, *members: pl.DataFrame) -> bytes:
    path, count = "Chassis" if kind == "Chassis" else "Cables", sum(m.height for m in members)
    head = f'{{"@odata.type":"#{kind}Collection.{kind}Collection","@odata.id":"{ROOT}/{path}","Name":"{path}","Members@odata.count":{count},'
    every = ",".join(m.write_json()[1:-1] for m in members if m.height)
    return f'{head}"Members":[{every}]}}\n'.encode()


def cables(t: Tables, at: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """One resource a cable: its plugs, connectors, the length ordered (else cut) and the chassis at each end. `links` is from `ends.named`."""
    skus = t["fabric_skus"].select("fabric_id", "sku", "part", "medium", "a_connector", "b_connector")
    makers = t["parts"].select("part", "maker").unique("part")
    rows = links.join(skus, on=["fabric_id", "sku"], how="left", maintain_order="left").join(makers, on="part", how="left", maintain_order="left")
    ids = net.safe(at["end"])
    for s in "ab":
        rows = rows.with_columns(pl.concat_str(pl.lit(f"{ROOT}/Chassis/"), ids.gather(rows[f"{s}_device_id"])).alias(f"{s}_at"))
    rows = rows.with_columns(is_ethernet=pl.col("fabric_id").is_in(net.ethernet(t)))
    first = ("label", "maker", "part", "medium", "is_ethernet", "length_stock_mm", "length_cut_mm", "a_connector", "b_connector")
    both = [x for s in "ab" for c in ("plug", "at") for x in [pl.col(f"{s}_{c}").unique(maintain_order=True)]]
    rows = rows.sort("leg", maintain_order=True).group_by("key", maintain_order=True).agg(*(pl.col(c).first() for c in first), *both)
    long = pl.when(pl.col("length_stock_mm") >= 0).then("length_stock_mm").otherwise("length_cut_mm")
    key = pl.col("key").cast(pl.String)
    up, down = ("b", "a")
    return rows.select(
        pl.lit("#Cable.v1_2_1.Cable").alias("@odata.type"),
        pl.concat_str(pl.lit(f"{ROOT}/Cables/"), key).alias("@odata.id"),
        Id=key,
        Name="label",
        UserLabel="label",
        CableClass=pl.when("is_ethernet").then(pl.lit("Network")).otherwise(pl.lit("Fabric")),
        CableType="medium",
        LengthMeters=pl.when(long >= 0).then(long / 1000),
        Manufacturer="maker",
        PartNumber="part",
        UpstreamName=pl.col(f"{up}_plug").list.join(" "),
        UpstreamConnectorTypes=pl.concat_list(_connector(f"{up}_connector")),
        DownstreamName=pl.col(f"{down}_plug").list.join(" "),
        DownstreamConnectorTypes=pl.concat_list(_connector(f"{down}_connector")),
        Links=pl.struct(UpstreamChassis=_references(f"{up}_at"), DownstreamChassis=_references(f"{down}_at")),
    )


def _references(column: str) -> pl.Expr:
    return pl.col(column).list.eval(pl.struct(pl.element().alias("@odata.id")))


def _connector(column: str) -> pl.Expr:
    made = pl.lit("Proprietary")
    for begin, kind in _CONNECTORS.items():
        made = pl.when(pl.col(column).str.starts_with(begin)).then(pl.lit(kind)).otherwise(made)
    return made


def chassis(t: Tables, at: pl.DataFrame, own: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Racks and devices (`own`, ids), a resource each. A device is contained by its rack and placed by its lowest unit; a rack is contained by
    nothing, and has no reference, as none may be null.
    """
    ids, racks = net.safe(at["end"]).gather(own), net.safe(at["rack"]).gather(own)
    rows = at[own].with_columns(id=ids, rack_at=pl.concat_str(pl.lit(f"{ROOT}/Chassis/"), racks), rack_key=racks)
    rows = rows.join(_units(t), on="design_id", how="left", maintain_order="left")
    unit = pl.when(pl.col("u").is_not_null()).then(pl.col("unit").fill_null("EIA_310"))
    each = rows.unique("rack_id", maintain_order=True)
    none = pl.lit(None, pl.String)
    frames = each.select(*_resource("rack_key", "rack", "Rack", none, pl.lit(None, pl.Int32), none))
    within = pl.struct(ContainedBy=pl.struct(pl.col("rack_at").alias("@odata.id")))
    return frames, rows.select(*_resource("id", "end", "RackMount", pl.col("part"), pl.col("u"), unit), Links=within)


def _resource(key: str, name: str, kind: str, model: pl.Expr, u: pl.Expr, unit: pl.Expr) -> list[pl.Expr]:
    place = pl.struct(Row=pl.col("rack").str.replace(r"\d+$", ""), Rack="rack", RackOffset=u, RackOffsetUnits=unit)
    return [
        pl.lit("#Chassis.v1_25_0.Chassis").alias("@odata.type"),
        pl.concat_str(pl.lit(f"{ROOT}/Chassis/"), key).alias("@odata.id"),
        pl.col(key).alias("Id"),
        pl.col(name).alias("Name"),
        pl.lit(kind).alias("ChassisType"),
        model.alias("Model"),
        pl.struct(Placement=place).alias("Location"),
    ]


def _units(t: Tables) -> pl.DataFrame:
    """Units of each rack design by the distance of its devices."""
    u, z = pl.col("position_u"), pl.col("z_mm")
    own = t["design_devices"].filter(u.is_not_null() & z.is_not_null() & ~pl.col("is_rear").fill_null(value=False))
    far = own.group_by("design_id").agg(mm=(z.sort_by(u).last() - z.sort_by(u).first()) / (u.max() - u.min()))
    return far.select("design_id", unit=pl.when(pl.col("mm") > _OPEN_MM).then(pl.lit("OpenU")).otherwise(pl.lit("EIA_310")))
