"""Which end of which designed link an observed name means: by the name, then by another name of the port (printed, of the operating system,
described), then by MAC address, then as most machines of the part call it; and where a host's port names are not known, by the host alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from rackwright.verify.designed import Designed
from rackwright.verify.names import Names, readable
from rackwright.verify.observed import INFINIBAND, LIST, SHEET, UNKNOWN, Observed

NAME, ALIAS, MAC, ALIKE, DEVICE = "name", "alias", "mac", "alike", "device"
LEAST_ALIKE = 4  # machines of one part that call a port alike
ODD = 20  # at most one machine of so many calls it otherwise, or one at all
_ADAPTER = r"(?i)^(?:mlx5_(?<zero>\d+)|hca-?(?<one>\d+)|(?<bare>\d+)$)"


@dataclass(slots=True)
class Matched:
    """`rows`: what was seen, with `near` and `far` (end of a link, -1), `near_dev`, `far_dev` (-1), `how` each was found, and whether its port
    `is_free` (written as ports of that device are, but none of those that the design joins). `states`: end, state told, and where. `told`: device
    and reader of those that told of all their neighbours. `strangers`: names of reporting devices that the design does not have, with their rows,
    `places` where each is first met (file, line, column, at). `names` has what is wrong with lists of names. `counted`: hosts that number their
    InfiniBand adapters beyond how many they have, so by another map than the usual one, and whose ports are known by the host alone: dev, a name,
    how many.
    """

    rows: pl.DataFrame
    states: pl.DataFrame
    told: pl.DataFrame
    strangers: list[tuple[str, int]]
    places: dict[str, list[Any]]
    names: Names
    counted: list[tuple[int, str, int]]


def matched(d: Designed, seen: Observed) -> Matched:
    """Everything observed, as ends of links."""
    names = Names(d, seen)
    every = (
        pl.concat([seen.seen["device"], seen.seen["far_device"], seen.local["device"], seen.whole["device"]]).drop_nulls().unique(maintain_order=True)
    )
    found = [names.adapter(n) for n in every]
    known = pl.DataFrame(
        {"name": every, "dev": [f[0] for f in found], "rest": [f[1] for f in found]}, {"name": pl.String, "dev": pl.Int32, "rest": pl.String}
    )
    local = seen.local.drop_nulls("port").join(known.drop("rest"), left_on="device", right_on="name", how="left", maintain_order="left")
    counted = _counted(d, seen, known)
    aliases = _aliases(d, seen, local, counted.select("dev"))
    local = _ports(local.rename({"port": "given"}), "given", "dev", aliases, "end")
    macs = local.filter(pl.col("mac").is_not_null() & (pl.col("end") >= 0)).select("mac", "end").unique()
    macs = macs.filter(pl.len().over("mac") == 1)
    chassis = _chassis(seen, known)
    rows = _sides(seen.seen, known, chassis, aliases, macs, d)
    where = ["state", "file", "line", "column", "at"]
    states = pl.concat([rows.select(*where, end="near"), local.select(*where, "end")]).filter((pl.col("end") >= 0) & (pl.col("state") != UNKNOWN))
    told = seen.whole.join(known, left_on="device", right_on="name").filter(pl.col("dev") >= 0).select("dev", "reader").unique()
    spot = ("file", "line", "column", "at")
    met = pl.concat([seen.seen.select("device", *spot), seen.local.drop_nulls("port").select("device", *spot)])
    lost = met.group_by("device", maintain_order=True).agg(pl.len(), pl.col(spot).first())
    lost = lost.join(known.filter(pl.col("dev") < 0), left_on="device", right_on="name", how="semi")
    places = {name: where for name, _, *where in lost.select("device", "len", *spot).iter_rows()}
    alone = pl.concat([rows.filter(pl.col(f"{s}_how") == DEVICE)[f"{s}_dev"] for s in ("near", "far")]).unique()
    counted = counted.filter(pl.col("dev").is_in(alone.implode()))
    return Matched(rows, states, told, list(lost.select("device", "len").iter_rows()), places, names, list(counted.iter_rows()))


def _counted(d: Designed, seen: Observed, known: pl.DataFrame) -> pl.DataFrame:
    """Hosts that number adapters beyond those they have, where no map is given: dev, name, of."""
    size = d.hosts.select("dev", "of").unique()
    if seen.adapters or size.is_empty():
        return pl.DataFrame(schema={"dev": pl.Int32, "name": pl.String, "of": pl.UInt32})
    sides = (("device", "port"), ("far_device", "far_port"))
    met = pl.concat([seen.seen.select(name=device, port=port) for device, port in sides]).drop_nulls().unique(maintain_order=True)
    own = met.join(known.with_columns(size_of="dev"), on="name").join(size, on="dev")
    own = own.with_columns(word=pl.when(pl.col("rest") != "").then("rest").otherwise("port")).filter(~pl.col("word").str.starts_with("#"))
    parts = own.with_columns(n=pl.col("word").str.extract_groups(_ADAPTER))
    number = [pl.col("n").struct.field(f).cast(pl.Int64, strict=False) for f in ("zero", "one", "bare")]
    beyond = parts.filter(pl.coalesce(number[0] + 1, number[1], number[2]) > pl.col("of"))
    return beyond.unique("dev", keep="first", maintain_order=True).select("dev", "word", "of")


def _aliases(d: Designed, seen: Observed, local: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """Names of ports in the design and those that devices and lists give: dev, alias, end."""
    own = d.adapters(seen.adapters, counted)
    base = pl.concat([own, d.aliases] if seen.adapters else [d.aliases, own]).unique(["dev", "alias"], keep="first", maintain_order=True)
    given = local.filter(pl.col("alias").is_not_null() & (pl.col("dev") >= 0)).select("dev", "port", "alias")
    one = given.join(base.rename({"alias": "port"}), on=["dev", "port"]).select("dev", "alias", "end")  # the list's own words first
    two = given.join(base, on=["dev", "alias"]).select("dev", pl.col("port").alias("alias"), "end")
    more = pl.concat([one, two]).unique().filter(pl.len().over("dev", "alias") == 1)
    return pl.concat([base, more.join(base, on=["dev", "alias"], how="anti")])


def _chassis(seen: Observed, known: pl.DataFrame) -> pl.DataFrame:
    """Devices by a MAC address of theirs: mac, dev."""
    own = seen.local.drop_nulls("mac").select("device", "mac")
    named = seen.seen.drop_nulls(["far_chassis", "far_device"]).select(device="far_device", mac="far_chassis")
    made = pl.concat([own, named]).join(known, left_on="device", right_on="name").filter(pl.col("dev") >= 0).select("mac", "dev").unique()
    return made.filter(pl.len().over("mac") == 1)


def _ports(rows: pl.DataFrame, port: str, dev: str, aliases: pl.DataFrame, out: str) -> pl.DataFrame:
    """Rows with the end that the port of a device means, -1 where none; in any case, and readable forms of other characters, too."""
    names = aliases.rename({"alias": port, "dev": dev, "end": out})
    made = rows.join(names, on=[dev, port], how="left", maintain_order="left")
    is_lost = made[out].is_null() & made[port].is_not_null() & (made[dev] >= 0).fill_null(value=False)
    if is_lost.any():
        lost = made.filter(is_lost).select(dev, port).unique()
        words = lost[port].unique()
        plain = pl.DataFrame({port: words, "plain": [readable(w).lower() for w in words]}, {port: pl.String, "plain": pl.String})
        folded = names.join(lost.select(dev).unique(), on=dev, how="semi").select(dev, pl.col(port).str.to_lowercase().alias("plain"), again=out)
        folded = folded.unique().filter(pl.len().over(dev, "plain") == 1)
        again = made.join(plain, on=port, how="left", maintain_order="left").join(folded, on=[dev, "plain"], how="left", maintain_order="left")
        made = again.with_columns(pl.coalesce(out, "again").alias(out)).drop("plain", "again")
    return made.with_columns(pl.col(out).fill_null(-1))


def _sides(seen: pl.DataFrame, known: pl.DataFrame, chassis: pl.DataFrame, aliases: pl.DataFrame, macs: pl.DataFrame, d: Designed) -> pl.DataFrame:
    rows, forms = seen, _forms(d, aliases)
    by_mac = macs.rename({"end": "by_mac"})
    of = d.ends.select(by_mac="end", mac_dev="dev")
    for side, device, port, alias, mac in (("near", "device", "port", None, "mac"), ("far", "far_device", "far_port", "far_alias", "far_mac")):
        dev, word = f"{side}_dev", f"{side}_word"
        rows = rows.join(known.rename({"name": device, "dev": dev}), on=device, how="left", maintain_order="left")
        if side == "far":
            by_chassis = chassis.rename({"mac": "far_chassis", "dev": "by_chassis"})
            rows = rows.join(by_chassis, on="far_chassis", how="left", maintain_order="left")
            rows = rows.with_columns(pl.when(pl.col(dev).fill_null(-1) < 0).then("by_chassis").otherwise(dev).alias(dev)).drop("by_chassis")
        is_adapter = (pl.col("reader") == INFINIBAND) & (pl.col("rest").fill_null("") != "")
        rows = rows.with_columns(
            pl.when(is_adapter).then(pl.concat_str("rest", pl.lit(" "), port)).otherwise(port).alias(word), pl.col(dev).fill_null(-1)
        )
        rows = _ports(rows, word, dev, aliases, "one").drop("rest")
        rows = _ports(rows, alias, dev, aliases, "two") if alias else rows.with_columns(two=pl.lit(-1, pl.Int32))
        rows = rows.join(by_mac.rename({"mac": mac}), on=mac, how="left", maintain_order="left").join(
            of, on="by_mac", how="left", maintain_order="left"
        )
        # a MAC counts where it is of the device named, or none is
        mac_end = pl.when((pl.col(dev) < 0) | (pl.col("mac_dev") == pl.col(dev))).then("by_mac").fill_null(-1)
        one, two = pl.col("one"), pl.col("two")
        end = pl.when(one >= 0).then(one).when(two >= 0).then(two).otherwise(mac_end)
        how = pl.when(one >= 0).then(pl.lit(NAME)).when(two >= 0).then(pl.lit(ALIAS)).when(mac_end >= 0).then(pl.lit(MAC))
        rows = rows.with_columns(end.cast(pl.Int32).alias(side), how.alias(f"{side}_how"))
        rows = rows.with_columns(pl.when((pl.col(side) >= 0) & (pl.col(dev) < 0)).then("mac_dev").otherwise(dev).alias(dev)).drop(
            "one", "two", "by_mac", "mac_dev"
        )
        rows = rows.with_columns(_form(word)).join(forms.rename({"dev": dev}), on=[dev, "form"], how="left", maintain_order="left")
        rows = rows.with_columns(pl.col("is_form").fill_null(value=False).alias(f"{side}_is_free")).drop("form", "is_form")
    return _by_device(_alike(_spread(rows, d), d), d).drop("near_word", "far_word")


def _spread(rows: pl.DataFrame, d: Designed) -> pl.DataFrame:
    """Rows of cables by their plugs, as labels name them, as one row for each of their links.

    A sheet of cables names plugs, any other list ports; so there only what is no port is a plug. Where no link of the design has an end in either
    plug, ends of the same leg meet, as they do when plugs are exchanged.
    """
    rows = rows.with_row_index("id")
    cages = d.cages.with_columns(rank=pl.int_range(pl.len()).over("dev", "alias"))
    sides = []
    for side in ("near", "far"):
        lost = rows.filter(((pl.col(side) < 0) & pl.col("reader").is_in([LIST, SHEET])) | (pl.col("reader") == SHEET))
        met = lost.select("id", dev=f"{side}_dev", alias=f"{side}_word").join(cages, on=["dev", "alias"])
        sides.append(met.select("id", end="end", key=pl.when(pl.col("leg") > 0).then(pl.col("leg").cast(pl.Int64) - 1).otherwise("rank")))
    chosen = pl.concat([s["id"] for s in sides]).unique().implode()
    if chosen[0].is_empty():
        return rows.drop("id")
    legs = d.ends.select("end", "leg")
    for i, side in enumerate(("near", "far")):
        alone = rows.filter(pl.col("id").is_in(chosen) & ~pl.col("id").is_in(sides[i]["id"].unique().implode())).select("id", end=side)
        alone = alone.join(legs, on="end", how="left").with_columns(key=(pl.col("leg").cast(pl.Int64) - 1).clip(0).fill_null(0))
        sides[i] = pl.concat([sides[i], alone.select("id", "end", "key")])
    near, far = sides
    pairs = near.join(far.rename({"end": "other"}), on="id")
    right = pairs.filter((pl.col("end") >= 0) & (pl.col("end").xor(1) == pl.col("other")))
    rest = pairs.join(right, on="id", how="anti")
    lone = rest.filter((pl.col("end") < 0) | (pl.col("other") < 0))
    both = rest.join(lone, on="id", how="anti").with_columns(apart=(pl.col("key") - pl.col("key_right")).abs())
    both = both.filter((pl.col("apart") == 0) | (pl.col("apart").min().over("id") > 0))
    both = both.sort("id", "apart", "end", "other").unique(["id", "end"], keep="first", maintain_order=True)
    both = both.unique(["id", "other"], keep="first", maintain_order=True)
    made = pl.concat([right.select("id", "end", "other"), lone.select("id", "end", "other"), both.select("id", "end", "other")])
    wide = rows.join(made, on="id", how="left", maintain_order="left")
    spread = pl.col("end").is_not_null()
    wide = wide.with_columns(
        *(pl.when(spread).then(c).otherwise(side).cast(pl.Int32).alias(side) for side, c in (("near", "end"), ("far", "other"))),
        *(pl.when(spread).then(pl.lit(NAME)).otherwise(f"{side}_how").alias(f"{side}_how") for side in ("near", "far")),
    )
    return wide.drop("id", "end", "other")


def _form(column: str) -> pl.Expr:
    """A name without its numbers: `swp#s#`."""
    return pl.col(column).str.replace_all(r"\d+", "#").alias("form")


def _forms(d: Designed, aliases: pl.DataFrame) -> pl.DataFrame:
    """How ports of a device are written; a name of such a form that means none of them is a port that is free in the design."""
    cages = d.ends.select("dev", alias=pl.col("plug").str.split(":").list.last())
    every = pl.concat([aliases.select("dev", "alias"), cages]).select("dev", _form("alias")).unique()
    return every.with_columns(is_form=pl.lit(value=True))


def _alike(rows: pl.DataFrame, d: Designed) -> pl.DataFrame:
    """Ports by names that mean nothing here, but the same port on nearly all machines of one part: so two plugs exchanged on one of them are seen."""
    ends, parts = d.ends.select("end", "dev", "port"), d.devices.select("dev", "part")
    votes = []
    for side, other in (("near", "far"), ("far", "near")):
        lost = rows.filter((pl.col(side) < 0) & (pl.col(other) >= 0) & ~pl.col(f"{side}_is_free"))
        lost = lost.select(end=pl.col(other).xor(1), here=f"{side}_dev", word=f"{side}_word").drop_nulls().join(ends, on="end")
        votes.append(lost.filter(pl.col("dev") == pl.col("here")).join(parts, on="dev").select("part", "word", "port", "dev"))
    told = pl.concat(votes).unique().group_by("part", "word", "port").len("n")
    odd = pl.col("n").sum().over("part", "word") - pl.col("n")
    usual = told.filter((pl.col("n") >= LEAST_ALIKE) & (odd <= pl.max_horizontal(pl.lit(1), pl.col("n") // ODD)))
    usual = usual.filter((pl.len().over("part", "word") == 1) & (pl.len().over("part", "port") == 1))
    if usual.is_empty():
        return rows
    meant = usual.join(parts, on="part").join(ends, on=["dev", "port"]).select("dev", "word", alike="end")
    for side in ("near", "far"):
        rows = rows.join(meant, left_on=[f"{side}_dev", f"{side}_word"], right_on=["dev", "word"], how="left", maintain_order="left")
        fits = (pl.col(side) < 0) & pl.col("alike").is_not_null() & ~pl.col(f"{side}_is_free")
        end, how = pl.when(fits).then("alike").otherwise(side), pl.when(fits).then(pl.lit(ALIKE)).otherwise(f"{side}_how")
        rows = rows.with_columns(end.alias(side), how.alias(f"{side}_how")).drop("alike")
    return rows


def _by_device(rows: pl.DataFrame, d: Designed) -> pl.DataFrame:
    """One end is known and the other a port of the very device that it should go to, by a name that means none of its ports: taken for the right
    one, unless that port is seen by its name elsewhere.
    """
    of, claimed = d.ends.select("end", "dev"), pl.concat([rows["near"], rows["far"]]).unique()
    for side, other in (("near", "far"), ("far", "near")):
        wanted = pl.when((pl.col(side) < 0) & (pl.col(other) >= 0)).then(pl.col(other).xor(1)).alias("wanted")
        rows = rows.with_columns(wanted).join(of.rename({"end": "wanted", "dev": "wanted_dev"}), on="wanted", how="left", maintain_order="left")
        fits = (pl.col("wanted_dev") == pl.col(f"{side}_dev")) & ~pl.col(f"{side}_is_free") & ~pl.col("wanted").is_in(claimed.implode())
        fits = fits.fill_null(value=False)
        rows = rows.with_columns(
            pl.when(fits).then("wanted").otherwise(side).alias(side), pl.when(fits).then(pl.lit(DEVICE)).otherwise(f"{side}_how").alias(f"{side}_how")
        ).drop("wanted", "wanted_dev")
    return rows
