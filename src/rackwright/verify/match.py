"""Which end of which designed link an observed name means: by the name, then by another name of the port (printed, of the operating system,
described), then by MAC address; and where a host's port names are not known, by the host alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from rackwright.verify.designed import Designed
from rackwright.verify.observed import INFINIBAND, UNKNOWN, Observed

NAME, ALIAS, MAC, DEVICE = "name", "alias", "mac", "device"
_MANAGED = re.compile(r"^MF\d+;(.+):[^:]*/U\d+$")  # as Mellanox switches describe themselves: MF0;NAME:MQM9700/U1


@dataclass(slots=True)
class Matched:
    """`rows`: what was seen, with `near` and `far` (end of a link, -1), `near_dev`, `far_dev` (-1), `how` each was found, and whether its port
    `is_free` (written as ports of that device are, but none of those that the design joins). `states`: end, state told, and where. `told`: device
    and reader of those that told of all their neighbours. `strangers`: names of reporting devices that the design does not have, with their rows.
    """

    rows: pl.DataFrame
    states: pl.DataFrame
    told: pl.DataFrame
    strangers: list[tuple[str, int]]


class Names:
    """Devices by any of their names."""

    def __init__(self, d: Designed, more: pl.DataFrame) -> None:
        known = d.devices
        own = pl.concat([
            known.select("dev", name="end"),
            known.select("dev", name="device"),
            known.select("dev", name=pl.concat_str("rack", pl.lit("/"), "device")),
            known.select("dev", name=pl.concat_str("rack", pl.lit("-"), "device")),
        ])  # fmt: skip
        self._exact: dict[str, int] = dict(_alone(own).iter_rows())
        for device, alias in more.iter_rows():
            if device in self._exact:
                self._exact.setdefault(alias, self._exact[device])
        folded: dict[str, int | None] = {}
        for name, dev in self._exact.items():
            lower = name.casefold()
            folded[lower] = dev if folded.get(lower, dev) == dev else None
        self._folded = {n: d for n, d in folded.items() if d is not None}

    def device(self, name: str) -> int:
        """The device, or -1. A domain after the name and the way receivers write other characters are seen through."""
        found = self._plain(name)
        if found < 0 and (managed := _MANAGED.match(name)):
            found = self._plain(managed[1])
        if found < 0 and "_" in name:
            found = self._plain(readable(name))
        cut = name
        while found < 0 and "." in cut:
            cut = cut.rpartition(".")[0]
            found = self._plain(cut)
        return found

    def _plain(self, name: str) -> int:
        found = self._exact.get(name)
        return self._folded.get(name.casefold(), -1) if found is None else found

    def adapter(self, description: str) -> tuple[int, str]:
        """Device and the rest of what an adapter says of itself: `HOST mlx5_0`, `HOST HCA-1`, `HOST:nic0/p0`."""
        found, rest, head = self.device(description), "", description
        while found < 0 and (cut := max(head.rfind(" "), head.rfind(":"))) > 0:
            head = head[:cut]
            found, rest = self.device(head), description[len(head) + 1 :]
        return found, rest if found >= 0 else ""


def readable(name: str) -> str:
    """A name as it was before `export` wrote it for receivers of few characters (`_2f` is `/`)."""
    plain = name[1:] if re.match(r"x_[0-9a-f]{2}", name) else name
    return re.sub(r"((?:_[0-9a-f]{2})+)", lambda m: bytes.fromhex(m[1].replace("_", "")).decode(errors="replace"), plain)


def _alone(names: pl.DataFrame) -> pl.DataFrame:
    """Names that mean one device: name, dev."""
    return names.drop_nulls().unique().filter(pl.len().over("name") == 1).select("name", "dev")


def matched(d: Designed, seen: Observed) -> Matched:
    """Everything observed, as ends of links."""
    names = Names(d, seen.local.filter(pl.col("port").is_null()).select("device", "alias").drop_nulls())
    every = (
        pl.concat([seen.seen["device"], seen.seen["far_device"], seen.local["device"], seen.whole["device"]]).drop_nulls().unique(maintain_order=True)
    )
    found = [names.adapter(n) for n in every]
    known = pl.DataFrame(
        {"name": every, "dev": [f[0] for f in found], "rest": [f[1] for f in found]}, {"name": pl.String, "dev": pl.Int32, "rest": pl.String}
    )
    local = seen.local.drop_nulls("port").join(known.drop("rest"), left_on="device", right_on="name", how="left", maintain_order="left")
    aliases = _aliases(d, seen, local)
    local = _ports(local.rename({"port": "given"}), "given", "dev", aliases, "end")
    macs = local.filter(pl.col("mac").is_not_null() & (pl.col("end") >= 0)).select("mac", "end").unique()
    macs = macs.filter(pl.len().over("mac") == 1)
    chassis = _chassis(seen, known)
    rows = _sides(seen.seen, known, chassis, aliases, macs, d)
    where = ["state", "file", "line", "at"]
    states = pl.concat([rows.select(*where, end="near"), local.select(*where, "end")]).filter((pl.col("end") >= 0) & (pl.col("state") != UNKNOWN))
    told = seen.whole.join(known, left_on="device", right_on="name").filter(pl.col("dev") >= 0).select("dev", "reader").unique()
    lost = (
        seen.seen.group_by("device", maintain_order=True).len().join(known.filter(pl.col("dev") < 0), left_on="device", right_on="name", how="semi")
    )
    return Matched(rows, states, told, list(lost.iter_rows()))


def _aliases(d: Designed, seen: Observed, local: pl.DataFrame) -> pl.DataFrame:
    """Names of ports in the design and those that devices and lists give: dev, alias, end."""
    base = pl.concat([d.adapters(seen.adapters), d.aliases]).unique(["dev", "alias"], keep="first", maintain_order=True)
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
    """Rows with the end that the port of a device means, -1 where none; readable forms of other characters too."""
    names = aliases.rename({"alias": port, "dev": dev, "end": out})
    made = rows.join(names, on=[dev, port], how="left", maintain_order="left")
    is_lost = made[out].is_null() & made[port].str.contains("_").fill_null(value=False)
    if is_lost.any():
        words = made.filter(is_lost)[port].unique()
        plain = pl.DataFrame({port: words, "plain": [readable(w) for w in words]})
        again = made.join(plain, on=port, how="left", maintain_order="left").join(
            names.rename({port: "plain", out: "again"}), on=[dev, "plain"], how="left", maintain_order="left"
        )
        made = again.with_columns(pl.coalesce(out, "again").alias(out)).drop("plain", "again")
    return made.with_columns(pl.col(out).fill_null(-1))


def _sides(seen: pl.DataFrame, known: pl.DataFrame, chassis: pl.DataFrame, aliases: pl.DataFrame, macs: pl.DataFrame, d: Designed) -> pl.DataFrame:
    rows, forms = seen, _forms(d, aliases)
    by_mac = macs.rename({"end": "by_mac"})
    of = d.ends.select(by_mac="end", mac_dev="dev")
    for side, device, port, alias, mac in (("near", "device", "port", None, "mac"), ("far", "far_device", "far_port", "far_alias", "far_mac")):
        dev = f"{side}_dev"
        rows = rows.join(known.rename({"name": device, "dev": dev}), on=device, how="left", maintain_order="left")
        if side == "far":
            by_chassis = chassis.rename({"mac": "far_chassis", "dev": "by_chassis"})
            rows = rows.join(by_chassis, on="far_chassis", how="left", maintain_order="left")
            rows = rows.with_columns(pl.when(pl.col(dev).fill_null(-1) < 0).then("by_chassis").otherwise(dev).alias(dev)).drop("by_chassis")
        is_adapter = (pl.col("reader") == INFINIBAND) & (pl.col("rest").fill_null("") != "")
        rows = rows.with_columns(
            pl.when(is_adapter).then(pl.concat_str("rest", pl.lit(" "), port)).otherwise(port).alias("word"), pl.col(dev).fill_null(-1)
        )
        rows = _ports(rows, "word", dev, aliases, "one").drop("rest")
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
        rows = rows.with_columns(_form("word")).join(forms.rename({"dev": dev}), on=[dev, "form"], how="left", maintain_order="left")
        rows = rows.with_columns(pl.col("is_form").fill_null(value=False).alias(f"{side}_is_free")).drop("word", "form", "is_form")
    return _by_device(rows, d)


def _form(column: str) -> pl.Expr:
    """A name without its numbers: `swp#s#`."""
    return pl.col(column).str.replace_all(r"\d+", "#").alias("form")


def _forms(d: Designed, aliases: pl.DataFrame) -> pl.DataFrame:
    """How ports of a device are written; a name of such a form that means none of them is a port that is free in the design."""
    cages = d.ends.select("dev", alias=pl.col("plug").str.split(":").list.last())
    every = pl.concat([aliases.select("dev", "alias"), cages]).select("dev", _form("alias")).unique()
    return every.with_columns(is_form=pl.lit(value=True))


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
