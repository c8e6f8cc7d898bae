"""Which rack of which design every host is in, and as which device of it.

A host is a device of its rack's design by its name there or by its unit, else the next of those that have its ports. Hosts whose rack nobody tells
fill racks in natural order of their names; that is told as assumed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from rackwright.build.hall.template import named_ports
from rackwright.flow.imported.nets import Net
from rackwright.flow.imported.seen import Seen, joined, natural, refused
from rackwright.schema.tables import Tables

LEG = r"/\d+$"  # branch of a port that is broken out
_AND, _HOST, _NEXT = "\x1d", "\x1e", "\x1f"  # between names of ports, hosts, and what is said of a host


@dataclass(frozen=True, slots=True)
class Bay:
    """A device of a rack design: its number there, name, part, lowest unit, names of its network ports, and whether it is a switch."""

    device: int
    name: str
    part: str
    u: int | None
    ports: frozenset[str]
    is_switch: bool

    def has(self, names: frozenset[str]) -> bool:
        """Whether it has ports of all those names, or broken-out ports that these are branches of."""
        return all(n in self.ports or n.rpartition("/")[0] in self.ports for n in names)

    def could(self, names: frozenset[str]) -> bool:
        """Whether it has as many ports as those names, branches of one port counted once."""
        return len(self.ports) >= len({re.sub(LEG, "", n) for n in names})


@dataclass(slots=True)
class Standing:
    """`racks`: rack (number), name as observed (null: assumed), design; once placed also pod, hall, row, place. `hosts`: dev, rack, design, device,
    is_named (its ports have the names of the design). `left` are hosts that are in no design, `assumed` whether places were not told, `elsewhere`
    hosts that stand in another unit than their design has.
    """

    racks: pl.DataFrame
    hosts: pl.DataFrame
    left: list[str] = field(default_factory=list)
    assumed: bool = False
    elsewhere: list[str] = field(default_factory=list)


def bays(t: Tables) -> list[Bay]:
    """Devices of a design that have network ports, from the bottom up."""
    ports = t.derived(named_ports).with_columns(own=pl.col("name").str.split("/").list.slice(1).list.join("/"))
    own = ports.group_by("device_id").agg("own")
    rows = t["devices"].join(own, on="device_id").sort("position_u", "device_id", nulls_last=True)
    columns = rows.select("device_id", "name", "part", "position_u", "own", "kind")
    return [Bay(device, name, part, u, frozenset(names), kind == "switch") for device, name, part, u, names, kind in columns.iter_rows()]


def standing(s: Seen, nets: Sequence[Net], designs: Mapping[str, Tables]) -> Standing:
    """Every host of the networks in a rack. Raises DesignError where no host fits a design."""
    own = pl.concat([n.hosts.filter(~pl.col("is_managed")).select("dev", "port") for n in nets])
    ports = own.group_by("dev").agg(names=pl.col("port").unique().sort().str.join(_AND))
    hosts = ports.join(s.devices, on="dev").with_columns(nature=natural("name")).sort("rack", "u", "nature", nulls_last=True)
    offered = {name: bays(t) for name, t in designs.items()}
    racked, made = hosts.drop_nulls("rack"), []
    if racked.height:
        made.append(_told(racked, offered))
    loose = hosts.filter(pl.col("rack").is_null())
    if loose.height:
        made.append(_filled(loose.sort("nature"), offered))
    rows = pl.concat(made, how="vertical_relaxed")
    left = rows.filter(pl.col("design").is_null())["name"].to_list()
    rows = rows.drop_nulls("design")
    if rows.is_empty():
        kinds = joined(sorted({f"{d}: {len(b)} devices" for d, b in offered.items()}))
        raise refused(
            s.files[0], f"no host ({joined(left)}) has ports that a design given has ({kinds})", "give the design of its racks with --design"
        )
    racks = _placed(rows.select("where", "rack", "design").unique("where", maintain_order=True))
    numbers = racks.select("where", number="rack")
    hosts_u = hosts.select("dev", "u")
    hosts = rows.join(numbers, on="where").select("dev", rack="number", design="design", device="device", is_named="is_named")
    return Standing(racks.drop("where"), hosts.sort("rack", "device"), left, bool(loose.height), _elsewhere(rows.join(hosts_u, on="dev"), offered))


def _elsewhere(rows: pl.DataFrame, offered: Mapping[str, list[Bay]]) -> list[str]:
    """Hosts whose unit (`u`) is not that of their device in the design."""
    bays = [(d, b.device, b.u) for d, own in offered.items() for b in own]
    units = pl.DataFrame(bays, {"design": pl.String, "device": pl.Int64, "unit": pl.Int64}, orient="row")
    strange = rows.join(units, on=["design", "device"], maintain_order="left").filter(pl.col("u") != pl.col("unit"))
    return strange.select(pl.format("{} at U{} and not U{}", "name", "u", "unit")).to_series().to_list()


def _told(hosts: pl.DataFrame, offered: Mapping[str, list[Bay]]) -> pl.DataFrame:
    """Hosts of racks that are told; racks that are filled alike are asked about once."""
    said = pl.concat_str(
        pl.col("own").fill_null(""), pl.col("u").cast(pl.String).fill_null(""), pl.col("part").fill_null(""), "names", separator=_NEXT
    )
    rows = hosts.with_columns(said=said).with_columns(turn=pl.int_range(pl.len()).over("rack"))
    shapes = rows.group_by("rack", maintain_order=True).agg(shape=pl.col("said").str.join(_HOST))
    answers = []
    for shape in shapes["shape"].unique(maintain_order=True):
        wanted = [tuple(text.split(_NEXT)) for text in shape.split(_HOST)]
        design, found = _best(wanted, offered)
        answers += [(shape, i, design if device is not None else None, device, named) for i, (device, named) in enumerate(found)]
    told = pl.DataFrame(
        answers, {"shape": pl.String, "turn": pl.Int64, "design": pl.String, "device": pl.Int64, "is_named": pl.Boolean}, orient="row"
    )
    made = rows.join(shapes, on="rack", maintain_order="left").join(told, on=["shape", "turn"], how="left", maintain_order="left")
    return made.select("dev", "name", "rack", "design", "device", "is_named", where="rack")


def _best(wanted: list[tuple[str, ...]], offered: Mapping[str, list[Bay]]) -> tuple[str, list[tuple[int | None, bool]]]:
    """The design that has a device for most of the hosts of a rack, and of those with the fewest left; and the devices."""
    tried = {name: _assigned(wanted, own) for name, own in offered.items()}
    best = min(tried, key=lambda n: (sum(d is None for d, _ in tried[n]), -sum(named for _, named in tried[n]), len(offered[n])))
    return best, tried[best]


def _assigned(wanted: list[tuple[str, ...]], own: list[Bay]) -> list[tuple[int | None, bool]]:
    """Device of a design for each host (name in the rack, unit, part, ports), and whether its ports have the design's names."""
    free = {b.device: b for b in own}
    found: list[tuple[int | None, bool]] = [(None, False)] * len(wanted)
    names = [frozenset(w[3].split(_AND)) for w in wanted]

    def take(i: int, bay: Bay | None) -> None:
        if bay is not None:
            found[i] = (bay.device, bay.has(names[i]))
            del free[bay.device]

    def fits(i: int, bay: Bay) -> bool:
        part = wanted[i][2] or parts[i]
        return bay.part == part if part else bay.has(names[i])

    parts = [_alike(n, own) for n in names]
    for i, (own_name, u, part, _) in enumerate(wanted):
        at = next((b for b in free.values() if own_name == b.name or (u and b.u == int(u))), None)
        take(i, at if at and (fits(i, at) or (not part and not at.is_switch and at.could(names[i]))) else None)
    for i in range(len(wanted)):
        if found[i][0] is None:
            take(i, next((b for b in free.values() if fits(i, b)), None))
    return found


def _alike(names: frozenset[str], own: list[Bay]) -> str:
    """The part that has most of the names, and of these the fewest ports that are enough, for a host of which some ports have names of another
    system; empty where the design has them all.
    """
    if any(b.has(names) for b in own):
        return ""
    return min(((-len(b.ports & names), len(b.ports), b.part) for b in own if b.could(names) and not b.is_switch), default=(0, 0, "-"))[2]


def _filled(hosts: pl.DataFrame, offered: Mapping[str, list[Bay]]) -> pl.DataFrame:
    """Hosts whose rack nobody tells: those of a kind fill racks of the design that has most devices of it."""
    answers = []
    for part, names in hosts.select("part", "names").unique(maintain_order=True).iter_rows():
        wanted = frozenset(str(names).split(_AND))
        kinds = {d: part or _alike(wanted, own) or next(b.part for b in own if b.has(wanted)) for d, own in offered.items()}
        room = {d: sum(b.part == kinds[d] for b in own) for d, own in offered.items()}
        best = max(room, key=lambda d: (any(b.part == kinds[d] and b.has(wanted) for b in offered[d]), room[d]))
        has = any(b.part == kinds[best] and b.has(wanted) for b in offered[best])
        answers.append((part, names, best if room[best] else None, kinds[best], has))
    wide = {"part": pl.String, "names": pl.String, "design": pl.String, "kind": pl.String, "is_named": pl.Boolean}
    rows = hosts.join(pl.DataFrame(answers, wide, orient="row"), on=["part", "names"], nulls_equal=True, maintain_order="left")
    rows = rows.with_columns(turn=pl.int_range(pl.len()).over("design", "kind"))
    places = [(d, b.part, b.device) for d, own in offered.items() for b in own]
    bays = pl.DataFrame(places, {"design": pl.String, "kind": pl.String, "device": pl.Int64}, orient="row")
    bays = bays.with_columns(slot=pl.int_range(pl.len()).over("design", "kind"), each=pl.len().over("design", "kind").cast(pl.Int64))
    each = bays.select("design", "kind", "each").unique()
    rows = rows.join(each, on=["design", "kind"], how="left", maintain_order="left").with_columns(slot=pl.col("turn") % pl.col("each"))
    rows = rows.join(bays.drop("each"), on=["design", "kind", "slot"], how="left", maintain_order="left")
    where = pl.when(pl.col("design").is_null()).then("name").otherwise(pl.format("{}\x1f{}", "design", pl.col("turn") // pl.col("each")))
    return rows.select("dev", "name", "rack", "design", "device", "is_named", where=where)


def _placed(racks: pl.DataFrame) -> pl.DataFrame:
    """Racks numbered in natural order of their names."""
    made = racks.rename({"rack": "name"}).with_columns(nature=natural("name")).sort("nature", maintain_order=True, nulls_last=True)
    return made.with_row_index("rack").select(pl.col("rack").cast(pl.Int32), "name", "design", "where")
