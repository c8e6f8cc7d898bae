"""What a network looks like as a fabric of a spec: the topologies that its links may be of, the likeliest first, with the numbers that show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import polars as pl

from rackwright.catalog.part import Part
from rackwright.flow.imported import ports
from rackwright.flow.imported.nets import Net
from rackwright.flow.imported.racks import Standing
from rackwright.flow.imported.units import units

Wish = dict[str, Any]
_THIN = 4  # uplinks of a leaf of a tree, at most


@dataclass(frozen=True, slots=True)
class Measured:
    """Of most hosts and leaves of a plane: ports of a host (`each`), leaves it is tied to (`homes`), uplinks of a leaf and switches they go to
    (`parents`), links between leaves of a pair (`peers`), links of hosts to a leaf (`down`); switches by tier; whether a leaf serves one rack
    (`in_rack`), and spines a rail (`by_rail`).
    """

    each: int
    homes: int
    uplinks: int
    parents: int
    peers: int
    down: int
    tiers: tuple[int, ...]
    in_rack: bool
    by_rail: bool

    @property
    def has_rails(self) -> bool:
        """Whether ports of a host go to leaves of their own, more than two."""
        return self.homes > 2 and self.each % self.homes == 0


def measured(net: Net, st: Standing, own: pl.DataFrame | None = None) -> Measured:
    """What most of its hosts and leaves have; of the leaves of some endpoints where their links (`own`: link) are given."""
    hosts = net.hosts if own is None else net.hosts.join(own.select("link"), on="link", how="semi")
    hosts = hosts.join(net.switches.select("plane", leaf="dev"), on="leaf").filter(pl.col("plane") == 0)
    per = hosts.filter(~pl.col("is_managed")).group_by("dev").agg(each=pl.len(), homes=pl.col("leaf").n_unique())
    leaves = hosts.select(low="leaf").unique()
    up = net.trunks.filter(pl.col("tier") == 1).join(leaves, on="low", how="semi").group_by("low").agg(up=pl.len(), parents=pl.col("high").n_unique())
    side = net.trunks.filter(pl.col("tier") == -1).group_by("low", "high").len()
    side = side.clear() if 4 * side.height < leaves.height else side  # a few are cables in the wrong place
    tiers = (leaves.height, *(n for n in (net.count(t) for t in range(1, 4)) if n))
    each, homes = _mode(per["each"]), _mode(per["homes"])
    at = units(net, st) if st.hosts.join(hosts, on="dev", how="semi").height else None
    return Measured(
        each,
        homes,
        _mode(up["up"]),
        _mode(up["parents"]),
        _mode(side["len"]),
        _mode(hosts.group_by("leaf").len()["len"]),
        tiers,
        bool(at and at.in_rack),
        bool(at and at.by_rail and homes > 2),
    )


def _mode(values: pl.Series) -> int:
    return int(values.mode().max()) if values.len() else 0  # type: ignore[arg-type]


def candidates(m: Measured) -> list[Wish]:
    """Topologies that the network may be of, as wishes of a fabric."""
    up = len(m.tiers) > 1
    rails: Wish = {"topology": "rail-optimized" if up else "rail-only"}
    if m.each > m.homes:
        rails["rails_per_leaf"] = m.each // m.homes
    if m.in_rack:
        rails["leaf_scope"] = "rack"
    if m.by_rail:
        rails["spine_scope"] = "rail"
    local: Wish = {"topology": "node-local"}
    if m.homes > 1:
        local["homing"] = m.homes
    if m.peers and m.homes > 1:
        local["peer_links"] = m.peers
    tree: Wish = {"topology": "tree"}
    if m.parents > 1:
        tree["redundancy"] = m.parents
    scopes: list[Wish] = [{"leaf_scope": "rack"}] * m.in_rack + [{}, {"leaf_scope": "all"}]
    ratio = Fraction(m.down, max(m.uplinks, 1))
    over: Wish = {"oversubscription": f"{ratio.numerator}:{ratio.denominator}"} if up and ratio > 1 else {}
    made: list[Wish] = [{"topology": "leaf-mesh", "uplinks": m.peers * (m.tiers[0] - 1)}] if m.peers and not up and m.tiers[0] > 2 else []
    if m.tiers == (2,) and m.homes == m.each == 2:
        made.append({"topology": "collapsed-core", **({"peer_links": m.peers} if m.peers else {})})
    if m.has_rails:
        made += [rails, {**rails, **over}]
    elif m.each > 1:
        made += [{**local, **more, **scope} for more in ({}, over) for scope in scopes] + [rails] * (m.homes == 2)
    else:  # a port each: a few uplinks are those of a tree
        kinds = (tree, local) if m.uplinks <= _THIN else (local, tree)
        made += [{**one, **scope} for one in kinds for scope in scopes]
    return made


def closer(wish: Wish, m: Measured, counts: Sequence[int], uplinks: int, units: int) -> Wish:
    """The same with the numbers written out that its plan has otherwise: `counts` of switches by tier, `uplinks` of a leaf, scalable `units`."""
    is_clos = wish["topology"] in ("rail-optimized", "node-local")
    if is_clos and sum(n > 0 for n in counts) != len(m.tiers):
        return wish | {"tiers": len(m.tiers)}
    made = dict(wish)
    if uplinks != m.uplinks and m.uplinks and wish["topology"] != "rail-only":
        made["uplinks"] = m.uplinks
    if counts[0] != m.tiers[0] and wish["topology"] != "rail-only" and wish.get("leaf_scope") != "rack":
        groups = m.homes if wish["topology"] == "rail-optimized" else 1
        each = units * groups if wish.get("leaf_scope") != "all" and wish["topology"] != "leaf-mesh" else groups
        made["leaves"] = -(-m.tiers[0] // max(each, 1))
    if is_clos and not m.by_rail:
        sets = units if len(m.tiers) > 2 else 1
        spines = -(-m.tiers[1] // sets) if len(m.tiers) > 1 else 0
        if spines and counts[1] != m.tiers[1]:
            made["spines"] = spines
        if len(m.tiers) > 2 and counts[2] != m.tiers[2] and m.tiers[2] % spines == 0:
            made["cores"] = m.tiers[2] // spines  # of a spine position
    return made


def speeds(net: Net, part: Part, own: pl.DataFrame) -> Wish:
    """Speeds that cages show which are broken out otherwise than the links of endpoints (`own`: link, speed_gbps) alone would have it."""
    made: Wish = {}
    cage, breakouts = part.number("cage_speed") or 0.0, [int(b) for b in part.text("breakouts").split()] or [1]
    host = float(own["speed_gbps"].max() or 0.0)  # type: ignore[arg-type]
    if not host or not cage:
        return made
    if host > cage:
        made["speed"], host = f"{cage:g} Gb/s", cage
    usual = max((b for b in breakouts if cage / b >= host - 1e-6), default=1)
    down = _legs(net.hosts.join(own.select("link"), on="link", how="semi")["leaf_port"], part)
    if down and down < usual and down in breakouts:
        made["breakout"] = down
    leaves = net.hosts.join(own.select("link"), on="link", how="semi").select(low="leaf").unique()
    if not part.number("uplink_cages"):
        up = _legs(net.trunks.filter(pl.col("tier") == 1).join(leaves, on="low", how="semi")["low_port"], part)
        if up and up < usual and up in breakouts:
            made["uplink_speed"] = f"{cage / up:g} Gb/s"
    return made


def _legs(names: pl.Series, part: Part) -> int:
    """Branches of a cage that those port names show; 0 where they are not the part's."""
    found = ports.own(names.unique().to_list(), part)
    return max((leg for _, leg in found.values()), default=-1) + 1


def of_class(net: Net, own: pl.DataFrame, part: Part, top_gbps: float) -> Wish:
    """Leaves, oversubscription and breakout of endpoints with leaves of their own (`own`: link, leaf, speed_gbps); uplinks run at `top_gbps`."""
    leaves = own["leaf"].unique()
    up = net.trunks.filter((pl.col("tier") == 1) & pl.col("low").is_in(leaves.implode())).group_by("low").len()["len"]
    speed = speeds(net, part, own)
    down = own.group_by("leaf").agg(pl.col("speed_gbps").sum())["speed_gbps"].max()
    made: Wish = {"leaves": leaves.len()}
    if up.len() and down:
        gbps = min(top_gbps, part.number("cage_speed") or 0.0)
        ratio = Fraction(float(down) / (int(up.mode().max()) * gbps)).limit_denominator(100)  # type: ignore[arg-type]
        made["oversubscription"] = f"{ratio.numerator}:{ratio.denominator}"
    return made | {k: v for k, v in speed.items() if k == "breakout"}
