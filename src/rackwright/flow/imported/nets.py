"""Which links are one network, and what it looks like: tiers of its switches, planes, and how hosts are dealt to leaves.

A sheet of a workbook is a network. In lists without sheets it is the switches that are joined by links; single switches beside one another that take
one port each of the same hosts are the rails of one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.flow.imported.alike import groups, mostly
from rackwright.flow.imported.seen import MANAGEMENT, Seen, form, natural

_TIERS = 4
_TWO = 1.5  # ports of a host on a switch that more than one is
_FEW = 0.015  # of the links of switches that are alike, which join them to none
_RARE = 0.1  # of the devices of a kind, that have a port which none should have
_SHARE = 0.2  # of the links of a switch, or of switches that are alike, that lead down
_MOST = 0.9  # of the hosts that are tied to each plane


@dataclass(frozen=True, slots=True)
class Net:
    """One network.

    Attributes:
        name: that of its sheet, or one made of how its hosts' ports are called.
        switches: dev, tier (0: leaf), plane; by tier, plane and natural order of names.
        hosts: links of endpoints to leaves: link, dev, port, leaf, leaf_port, is_managed (the endpoint is a switch of another network).
        trunks: links between switches, the lower tier first: link, tier, low, low_port, high, high_port (of one tier: tier -1).
    """

    name: str
    switches: pl.DataFrame
    hosts: pl.DataFrame
    trunks: pl.DataFrame

    @property
    def planes(self) -> int:
        """Planes: parts that are not joined by switches, each of which takes as many ports of every host."""
        return int(self.switches["plane"].max() or 0) + 1  # type: ignore[arg-type]

    def count(self, tier: int) -> int:
        """Switches of a tier in one plane."""
        return self.switches.filter((pl.col("tier") == tier) & (pl.col("plane") == 0)).height

    def switch_count(self) -> int:
        """All switches."""
        return self.switches.height


def nets(s: Seen) -> tuple[list[Net], pl.DataFrame]:
    """Networks with switches, those with more links first; and the links that are of none (between hosts, or two networks): link, file, line."""
    ends = _ends(s)
    ends = _guests(_cut(ends, s.devices.select("dev", "part")))
    rows = ends.filter(~(pl.col("low_end") & pl.col("high_end")))
    made = [net for name, own in _networks(rows) if (net := _net(name, own)) is not None]
    known = pl.concat([s.links.select("link").clear(), *(f.select("link") for n in made for f in (n.hosts, n.trunks))])
    lost = s.links.join(known, on="link", how="anti").select("link", "file", "line")
    ending = [n.hosts.filter(pl.col("is_managed") & ~pl.col("port").str.contains(MANAGEMENT)).select("dev") for n in made]
    tied = pl.concat([rows.select(dev="low").clear(), *ending])

    def order(net: Net) -> tuple[bool, bool, int, str]:
        """Those that manage others after these, and those that end in others after both."""
        ends = net.switches.join(tied, on="dev", how="semi").height > 0
        return ends, bool(net.hosts["is_managed"].any()), -net.hosts.height - net.trunks.height, net.name

    return sorted(made, key=order), lost


def in_planes(found: Sequence[Net], ports: Collection[str]) -> list[Net]:
    """Networks of lists without sheets that are planes of one: their hosts' ports are branches (`nic0/p0/1`, `mlx5_0/2`) of the same ports. `ports`
    are those of the designs by their names, which are no branches.
    """
    made: list[Net] = []
    for net in found:
        names = net.hosts.filter(~pl.col("is_managed")).group_by("port").len().filter(pl.col("len") > _RARE * pl.col("len").max())["port"].sort()
        whole = names.str.replace(r"/\d+$", "").unique().sort()
        is_branch = names.len() > 0 and not names.is_in(list(ports)).any() and not whole.equals(names)
        like = next((i for i, other in enumerate(made) if is_branch and _alike(net, other, whole)), None)
        if like is None:
            made.append(net)
        else:
            made[like] = _over(made[like], net)
    return made


def _alike(one: Net, two: Net, whole: pl.Series) -> bool:
    """Whether two networks have the same tiers, mostly the same hosts, and branches of the ports `whole` of these."""
    hosts = [set(n.hosts["dev"]) for n in (one, two)]
    names = two.hosts.group_by("port").len().filter(pl.col("len") > _RARE * pl.col("len").max())["port"].str.replace(r"/\d+$", "").unique().sort()
    tiers = all(one.count(t) == two.count(t) for t in range(_TIERS))
    return tiers and len(hosts[0] & hosts[1]) > _MOST * max(map(len, hosts)) and whole.equals(names)


def _over(one: Net, two: Net) -> Net:
    """Both as planes of one."""
    more = two.switches.with_columns(plane=pl.col("plane") + one.planes)
    switches = pl.concat([one.switches, more]).sort("tier", "plane", "dev")
    name = min(one.name, two.name, key=lambda n: (len(n), n))
    return Net(name, switches, pl.concat([one.hosts, two.hosts]), pl.concat([one.trunks, two.trunks]))


def _ends(s: Seen) -> pl.DataFrame:
    """Links with `low` and `high` end: an endpoint (a host, or the management port of a switch) comes first; `low_end`, `high_end` say who is one."""
    switch = s.devices.select("dev", "is_switch")
    rows = s.links
    for side in "ab":
        rows = rows.join(switch.rename({"dev": side, "is_switch": f"{side}_switch"}), on=side, maintain_order="left")
    named = {side: pl.col(f"{side}_port").str.contains(MANAGEMENT) for side in "ab"}
    both = pl.col("a_switch") & pl.col("b_switch")
    ends = {
        "a": ~pl.col("a_switch") | (both & named["a"] & ~named["b"]),
        "b": ~pl.col("b_switch") | (both & named["b"] & ~named["a"]),
    }
    rows = rows.with_columns(a_end=ends["a"], b_end=ends["b"])
    turn = pl.col("b_end") & ~pl.col("a_end")
    return rows.select(
        "link", "file", "line", "sheet",
        *(pl.when(turn).then(f"{q}{c}").otherwise(f"{p}{c}").alias(f"{n}{c}") for p, q, n in (("a", "b", "low"), ("b", "a", "high"))
          for c in ("", "_port", "_switch", "_end")),
    )  # fmt: skip


def _cut(rows: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """In lists without sheets: a link between leaves of two networks, so that the one with fewer of them ends in the other. They are switches with
    hosts, of different parts; where these are not told, most of their hosts' ports are called otherwise.
    """
    hosts = rows.filter("low_end").select(dev="high", form=form("low_port"))
    every = pl.concat([rows.select(dev="low"), rows.select(dev="high")]).group_by("dev").len("all")
    usual = (
        hosts.group_by("dev").agg(pl.len(), pl.col("form").mode().sort().first()).join(every, on="dev").filter(pl.col("len") > _SHARE * pl.col("all"))
    )
    usual = usual.join(parts, on="dev", how="left")
    usual = usual.select("dev", sort=pl.coalesce("part", "form"), known=pl.col("part").is_not_null())
    for s in ("low", "high"):
        rows = rows.join(usual.select(pl.all().name.prefix(f"{s}_")).rename({f"{s}_dev": s}), on=s, how="left", maintain_order="left")
    apart = (pl.col("low_known") == pl.col("high_known")) & (pl.col("low_sort") != pl.col("high_sort"))
    apart = (apart & (pl.col("sheet") == "") & ~pl.col("low_end") & ~pl.col("high_end")).fill_null(value=False)
    many = {s: pl.len().over(s, apart) for s in ("low", "high")}
    low = apart & (many["low"] <= many["high"])
    drop = [f"{s}_{c}" for s in ("low", "high") for c in ("sort", "known")]
    rows = rows.with_columns(low_end=pl.col("low_end") | low, high_end=pl.col("high_end") | (apart & ~low)).drop(drop)
    return _turned(rows)


def _turned(rows: pl.DataFrame) -> pl.DataFrame:
    """Endpoints first."""
    turn = pl.col("high_end") & ~pl.col("low_end")
    return rows.select(
        "link", "file", "line", "sheet",
        *(pl.when(turn).then(f"{q}{c}").otherwise(f"{p}{c}").alias(f"{p}{c}") for p, q in (("low", "high"), ("high", "low"))
          for c in ("", "_port", "_switch", "_end")),
    )  # fmt: skip


def _guests(rows: pl.DataFrame) -> pl.DataFrame:
    """A switch is of the sheet with most of its links; in others it is an endpoint, as with its management port, or with uplinks that end there."""
    ends = pl.concat([rows.filter(pl.col(f"{s}_switch")).select("sheet", dev=s) for s in ("low", "high")])
    home = ends.group_by("dev", "sheet").len().sort("len", "sheet", descending=[True, False]).unique("dev", keep="first").select("dev", home="sheet")
    for s in ("low", "high"):
        rows = rows.join(home.rename({"dev": s, "home": f"{s}_home"}), on=s, how="left", maintain_order="left")
    away = {s: pl.col(f"{s}_home").is_not_null() & (pl.col(f"{s}_home") != pl.col("sheet")) for s in ("low", "high")}
    rows = rows.with_columns(low_end=pl.col("low_end") | (away["low"] & ~away["high"]), high_end=pl.col("high_end") | (away["high"] & ~away["low"]))
    return _turned(rows)


def _networks(rows: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    """Name and links of each network."""
    made = [(name, rows.filter(pl.col("sheet") == name)) for name in rows["sheet"].unique(maintain_order=True) if name]
    flat = rows.filter(pl.col("sheet") == "")
    if flat.is_empty():
        return made
    flat = flat.with_columns(part=_components(flat)).filter(pl.col("part") >= 0)
    hosts = flat.filter("low_end").sort("low", "low_port").group_by("part", maintain_order=True)
    shown = hosts.agg(forms=form("low_port").mode().sort().first(), switches=pl.col("high").n_unique(), each=pl.len() / pl.col("low").n_unique())
    # rails of one network: single switches that take one port of mostly the same hosts each, under names of one form
    single = shown.filter((pl.col("switches") == 1) & (pl.col("each") < _TWO)).select("part")
    own = flat.filter("low_end").join(single, on="part", how="semi")
    parts, group = groups(own["part"].to_numpy(), own["low"].to_numpy()) if own.height else (np.zeros(0, np.int32), np.zeros(0, np.int32))
    of = pl.DataFrame({"part": parts, "group": group}, {"part": flat["part"].dtype, "group": pl.Int32})
    shown = shown.join(of, on="part", how="left", maintain_order="left")
    key = pl.when(pl.col("group").is_null()).then(pl.format("{}", "part")).otherwise(pl.format("{}|{}", "group", "forms"))
    shown = shown.with_columns(net=key.rank("dense"))
    flat = flat.join(shown.select("part", "net"), on="part", how="inner", maintain_order="left")
    taken: dict[str, int] = {}
    for _, own in flat.group_by("net", maintain_order=True):
        name = _called(own)
        taken[name] = taken.get(name, 0) + 1
        made.append((name if taken[name] == 1 else f"{name}-{taken[name]}", own))
    return made


def _called(own: pl.DataFrame) -> str:
    """A name for a network of a list without sheets: how most of its hosts' ports are called, without numbers."""
    hosts = own.filter(pl.col("low_end") & ~pl.col("low_switch"))
    managed = own.filter("low_end", "low_switch")["low_port"].str.contains(MANAGEMENT).sum()
    if managed > _RARE * hosts.height:
        return "management"
    text = hosts["low_port"].str.extract(r"^([A-Za-z][A-Za-z_]*)").drop_nulls().str.strip_chars_end("_-").str.to_lowercase()
    return str(text.value_counts(sort=True)[text.name][0]).replace("_", "-") if text.len() else "fabric"


def _components(rows: pl.DataFrame) -> pl.Series:
    """Number of the network that each link is in: switches that more than a few links join, and switches that end in the same network. -1: a link
    between two networks.
    """
    from scipy.sparse import coo_array, csgraph

    trunks = rows.filter(~pl.col("low_end"))
    size = int(rows.select(pl.max_horizontal("low", "high").max()).item()) + 1
    a, b = trunks["low"].to_numpy(), trunks["high"].to_numpy()
    group = np.arange(size)  # of switches that are tied to mostly the same ones
    if len(a):
        switches, found = groups(np.r_[a, b], np.r_[b, a])
        group[switches] = switches[np.unique(found, return_index=True)[1]][found]
    every = np.r_[group[a], group[b], group[rows.filter("low_end")["high"].to_numpy()]]
    pairs = pl.concat([pl.DataFrame({"a": group[x], "b": group[y]}) for x, y in ((a, b), (b, a))]).group_by("a", "b").len()
    links = pl.DataFrame({"a": every}).group_by("a").len("links")
    pairs = pairs.join(links, on="a").with_columns(is_much=pl.col("len") >= _RARE * pl.col("len").median().over("a"))
    both = pairs.filter(pl.col("is_much") & (pl.col("len") > _FEW * pl.col("links")))
    joined = coo_array((np.ones(both.height, np.int8), (both["a"].to_numpy(), both["b"].to_numpy())), shape=(size, size))
    count, part = csgraph.connected_components(joined, directed=False)
    part = part[group]
    tied = rows.filter(pl.col("low_end") & pl.col("low_switch") & ~pl.col("low_port").str.contains(MANAGEMENT))
    of = pl.DataFrame({"dev": tied["low"], "own": part[tied["low"].to_numpy()], "upper": part[tied["high"].to_numpy()]})
    size_of = np.bincount(part[np.unique(np.r_[a, b, rows["high"].to_numpy()])], minlength=count)
    of = of.group_by("own", "upper").agg(pl.len(), pl.col("dev").n_unique()).sort("len", "upper").unique("own", keep="last", maintain_order=True)
    of = of.filter(2 * pl.col("dev") >= pl.Series(size_of[of["own"].to_numpy()]))  # every leaf of such a network ends in the other
    together = np.arange(count)
    together[of["own"].to_numpy()] = of.select(pl.col("own").min().over("upper"))["own"].to_numpy()
    made = together[part[rows["high"].to_numpy()]]
    made[(part[rows["low"].to_numpy()] != part[rows["high"].to_numpy()]) & ~rows["low_end"].to_numpy()] = -1
    return pl.Series("part", made)


def _net(name: str, rows: pl.DataFrame) -> Net | None:
    hosts = rows.filter("low_end").select("link", dev="low", port="low_port", leaf="high", leaf_port="high_port", is_managed="low_switch")
    if hosts.is_empty():
        return None
    trunks = rows.filter(~pl.col("low_end")).select("link", "low", "low_port", "high", "high_port")
    devs = np.unique(np.concatenate([hosts["leaf"].to_numpy(), trunks["low"].to_numpy(), trunks["high"].to_numpy()]))
    tier = _tiers(devs, hosts, trunks)
    trunks = _upwards(trunks, pl.DataFrame({"dev": devs, "tier": tier}))
    plane = _planes(devs, tier, hosts, trunks)
    switches = pl.DataFrame({"dev": devs, "tier": tier, "plane": plane}).sort("tier", "plane", "dev")  # dev is in natural order
    return Net(name, switches, hosts, trunks)


def _upwards(trunks: pl.DataFrame, at: pl.DataFrame) -> pl.DataFrame:
    """Links between switches as `Net.trunks` has them. `at`: dev, tier."""
    for s in ("low", "high"):
        trunks = trunks.join(at.rename({"dev": s, "tier": f"{s}_tier"}), on=s, maintain_order="left")
    turn = pl.col("low_tier") > pl.col("high_tier")
    level = pl.when(pl.col("low_tier") == pl.col("high_tier")).then(-1).otherwise(pl.min_horizontal("low_tier", "high_tier") + 1)
    return trunks.select(
        "link", tier=level,
        **{f"{n}{c}": pl.when(turn).then(f"{q}{c}").otherwise(f"{p}{c}") for p, q, n in (("low", "high", "low"), ("high", "low", "high"))
           for c in ("", "_port")},
    )  # fmt: skip


def _tiers(devs: NDArray[np.int32], hosts: pl.DataFrame, trunks: pl.DataFrame) -> NDArray[np.int32]:
    """How many links each switch is away from the leaves. A switch with hosts is a leaf, unless these are a few beside its other links."""
    tier = np.full(len(devs), -1, np.int32)
    per_leaf = hosts.group_by("leaf").len()
    every = pl.concat([hosts.select(dev="leaf"), *(trunks.select(dev=c) for c in ("low", "high"))]).group_by("dev").len("all")
    of = per_leaf.join(every, left_on="leaf", right_on="dev")
    leaves = of.filter((pl.col("len") > _SHARE * pl.col("all")) | (2 * pl.col("len") >= per_leaf["len"].median()))["leaf"].to_numpy()
    tier[np.searchsorted(devs, leaves)] = 0
    a, b = (np.searchsorted(devs, trunks[c].to_numpy()) for c in ("low", "high"))
    one, two = np.r_[a, b], np.r_[b, a]
    total = np.maximum(np.bincount(two, minlength=len(devs)), 1)
    for level in range(1, _TIERS):  # a few cables in the wrong place make no switch a spine
        below = np.bincount(two[tier[one] == level - 1], minlength=len(devs))
        tier[(tier < 0) & (below / total > _SHARE)] = level
    tier[tier < 0] = 0
    return tier


def _planes(devs: NDArray[np.int32], tier: NDArray[np.int32], hosts: pl.DataFrame, trunks: pl.DataFrame) -> NDArray[np.int32]:
    """Plane of each switch: parts of the network that take as many ports of most hosts. Zero where there is one."""
    none = np.zeros(len(devs), np.int32)
    if not tier.any():
        return none
    part = np.arange(len(devs), dtype=np.int32)
    for t in range(1, int(tier.max()) + 1):  # leaves below mostly the same spines, then those sets below mostly the same cores
        own = trunks.filter(pl.col("tier") == t)
        low, high = (np.searchsorted(devs, own[c].to_numpy()).astype(np.int32) for c in ("low", "high"))
        merged, group = groups(part[low], high)
        to = np.arange(len(devs), dtype=np.int32)
        to[merged] = merged[np.unique(group, return_index=True)[1]][group].astype(np.int32)
        part[tier < t] = to[part[tier < t]]
        above, owner = mostly(high, part[low])
        part[above] = owner.astype(np.int32)
    number = np.unique(part, return_inverse=True)[1]
    count = int(number.max()) + 1
    sizes = np.stack([np.bincount(number, weights=tier == t, minlength=count) for t in range(_TIERS)], axis=1)
    at = pl.DataFrame({"leaf": devs, "part": number})
    per = hosts.join(at, on="leaf").group_by("dev", "part").len()
    whole = per.group_by("dev").agg(parts=pl.len())["parts"]
    usual = per.group_by("part").agg(pl.col("len").mode().max())["len"]
    if count == 1 or not (sizes == sizes[0]).all() or usual.n_unique() != 1 or (whole == count).sum() < _MOST * len(whole):
        return none
    first = np.full(count, len(devs))
    np.minimum.at(first, number, np.arange(len(devs)))
    return np.asarray(np.argsort(np.argsort(first))[number], np.int32)


def ranked(ports: pl.DataFrame, by: str) -> pl.DataFrame:
    """Rank of each port name among those of a kind of device (column `by`), in natural order: by, port, rank. Names that few have are left out."""
    names = ports.group_by(by, "port").len().filter(pl.col("len") > _RARE * pl.col("len").max().over(by))
    return names.drop("len").with_columns(rank=natural("port").rank("ordinal").over(by).cast(pl.Int32) - 1)
