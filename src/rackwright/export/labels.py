"""Cable labels for label printers: one row a label, one at each plug of a cable (two, but for splitters and shuffles).

A cable is named by its two ends, as TIA-606 names a link: `H01.AA05-03:1/1--H01.AB07-12:nic0/p0` is rack, lowest unit and port of each, the
smaller place first. The label at an end says near end and far end; `qr` is the name, the same at both. In the order of pulling; cables to meet-me
rooms come last.

Reads what `ends`, `only` and `pulls` read, outside_ports, and cables, devices, racks of a rack package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export import only as choice
from rackwright.export import pulls
from rackwright.export.only import DASHES, ChoiceError, Only
from rackwright.schema import ends, plugs
from rackwright.schema.tables import Tables

TITLE = "Cable labels for label printers"
FOR = "label printers by their CSV"
NEEDS = "loose"
ABOUT = "one row a label with near end, far end and the text of its QR code, in the order of pulling"
WHOLE = 20_000  # links of a hall up to which `build` writes labels; more are asked for by row, rack, device or fabric
MOST = 500_000  # links of one file


def files(t: Tables) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`labels.csv` of a rack with loose cables, or of a hall that is not too large."""
    if 0 < t.height("fabric_cables") <= WHOLE or loose(t).height:
        yield from files_of(t, Only())


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The labels of the cables chosen. Raises UnknownNameError."""
    if not t.height("fabric_cables"):
        if loose(t).height:
            yield "labels.csv", lambda: in_rack(t).write_csv(line_terminator="\n").encode()
        return
    at = ends.devices(t)
    rows = choice.links(t, at, only)
    if rows.len() > MOST:
        raise ChoiceError(f"labels of {rows.len():,} links are more than the {MOST:,} of one file; name a row, rack, device or fabric")
    yield f"labels{only.slug()}.csv", partial(_hall, t, at, rows, only)


def _hall(t: Tables, at: pl.DataFrame, rows: pl.Series, only: Only) -> bytes:
    return pl.concat([labels(t, at, rows), led(t, at, only)]).write_csv(line_terminator="\n").encode()


def labels(t: Tables, at: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """Labels of the cables of those links, by bundle, cable and end: label, end, near, far, qr, where it is stuck, and what the cable is."""
    rows = plugs.whole(t, rows)
    media = t["fabric_skus"].select("fabric_id", "sku", "part", "medium")
    links = (
        ends.named(t, at, rows)
        .with_columns(bundle=pulls.bundle_of(t, at, rows), fabric=_fabric(t))
        .with_columns(pl.col("bundle").max().over("key"), cable=pl.col("link_id").min().over("key"))
        .join(media, on=["fabric_id", "sku"], how="left", maintain_order="left")
    )
    made = [_two(links.filter(pl.col("leg") == 0)), _plugs(links.filter(pl.col("leg") > 0))]
    return pl.concat(made).sort("bundle", "cable", "end", nulls_last=True, maintain_order=True).drop("cable")


_KEPT = {
    "fabric": "fabric",
    "part": "part",
    "medium": "medium",
    "length_cut_mm": "cut_mm",
    "length_stock_mm": "stock_mm",
    "bundle": "bundle",
    "cable": "cable",
}


def _fabric(t: Tables) -> pl.Expr:
    names = t["fabrics"].sort("fabric_id")["fabric"]
    return pl.col("fabric_id").replace_strict(list(range(names.len())), names, return_dtype=pl.String)


def _row(side: str, near: pl.Expr, far: pl.Expr, name: pl.Expr) -> list[pl.Expr]:
    return [
        name.alias("label"),
        pl.lit(side).alias("end"),
        near.alias("near"),
        far.alias("far"),
        name.alias("qr"),
        *(pl.col(f"{side}_{c}").alias(c) for c in ("hall", "rack", "u", "device", "port")),
        *(pl.col(c).alias(n) for c, n in _KEPT.items()),
    ]


def _two(links: pl.DataFrame) -> pl.DataFrame:
    """A label at each end of cables that carry one link."""
    a, b, name = pl.col("a_name"), pl.col("b_name"), pl.col("label")
    return pl.concat([links.select(_row("a", a, b, name)), links.select(_row("b", b, a, name))])


def _plugs(links: pl.DataFrame) -> pl.DataFrame:
    """A label at each plug of cables that carry several links. At a plug of one link the far end is that of the link, else the plugs over there."""
    links = links.sort("key", "leg", "link_id")
    made = []
    for near, far in ("ab", "ba"):
        own = ["key", f"{near}_plug"]
        beyond = pl.col(f"{far}_plug").unique(maintain_order=True).implode().list.join(" + ").over(own)
        one = pl.when(pl.len().over(own) > 1).then(beyond).otherwise(f"{far}_name")
        port = pl.col(f"{near}_plug").str.splitn(":", 2).struct.field("field_1").alias(f"{near}_port")
        each = links.with_columns(port, pl.col("length_cut_mm").max().over(own), beyond=one).unique(own, keep="first", maintain_order=True)
        made.append(each.select(_row(near, pl.col(f"{near}_plug"), pl.col("beyond"), pl.col("label"))))
    return pl.concat(made)


def led(t: Tables, at: pl.DataFrame, only: Only) -> pl.DataFrame:
    """Labels as of `labels`, in no bundle, of the cables from ports chosen to meet-me rooms: at the port, and at the panel, which is in no rack."""
    own = t["outside_ports"].drop_nulls("cable") if not only.cable else t["outside_ports"].clear()
    if only.row or only.rack or only.device:
        own = own.filter(pl.col("device_id").is_in(choice.devices(t, at, only).implode()))
    if only.fabric:
        own = own.filter(pl.col("fabric_id").is_in(choice.fabric_ids(t, only)))
    places = at.with_row_index("device_id").with_columns(pl.col("device_id").cast(pl.Int32)).select("device_id", "hall", "rack", "u", "device")
    none, near, far, name = pl.lit(None, pl.String), pl.col("near"), pl.col("room"), pl.col("label")
    own = own.join(places, on="device_id", how="left", maintain_order="left").select(
        "label", "room", "length_cut_mm", "length_stock_mm",
        *(pl.col(c).alias(f"a_{c}") for c in ("hall", "rack", "u", "device")), a_port="name",
        b_hall=none, b_rack=none, b_u=pl.lit(None, pl.Int32), b_device="room", b_port=none,
        near=name.str.split(DASHES).list.first(), fabric=_fabric(t), part="cable", medium=pl.lit("fibre"),
        bundle=pl.lit(None, pl.Int32), cable=pl.lit(0),
    )  # fmt: skip
    return pl.concat([own.select(_row("a", near, far, name)), own.select(_row("b", far, near, name))]).sort("label", "end").drop("cable")


def loose(t: Tables) -> pl.DataFrame:
    """Cables of a rack that are handled one by one, not inside a cartridge."""
    return t["cables"].filter(pl.col("assembly").is_null())


def in_rack(t: Tables) -> pl.DataFrame:
    """Labels of the loose cables of a rack package; ends are `RACK-UNIT` and the port."""
    racks = t["racks"].select("rack_id", rack="name")
    where = t["devices"].join(racks, on="rack_id", how="left").select("rack", device="name", u="position_u")
    cables = loose(t).sort("cable_id")
    made = []
    for near, far in ("ab", "ba"):
        own = cables.with_columns(device=pl.col(f"{near}_end").str.split("/").list.first()).join(
            where, on="device", how="left", maintain_order="left"
        )
        made.append(
            own.select(
                "label",
                pl.lit(near).alias("end"),
                pl.col(f"{near}_end").alias("near"),
                pl.col(f"{far}_end").alias("far"),
                pl.col("label").alias("qr"),
                "rack",
                "u",
                "device",
                pl.col(f"{near}_end").alias("port"),
                pl.col("kind").alias("use"),
                "part",
                "medium",
                pl.col("length_cut_mm").alias("cut_mm"),
                pl.col("length_stock_mm").alias("stock_mm"),
                "cable_id",
            )
        )
    return pl.concat(made).sort("cable_id", "end").drop("cable_id")
