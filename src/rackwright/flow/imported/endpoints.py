"""Which ports of hosts and switches a network joins, as selectors of a spec (`GROUP.ALIAS`, `GROUP.ALIAS/PORT`, `fabrics.NAME`), link by link."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from rackwright.build.hall.template import named_ports
from rackwright.flow.imported.nets import Net
from rackwright.flow.imported.racks import LEG, Standing
from rackwright.flow.imported.seen import MANAGEMENT
from rackwright.schema.tables import Tables

_FIRST = {"scale-out": 0, "frontend": 1, "management": 2}  # where a network's hosts have as many ports of several kinds
_RARE = 0.25  # of the devices that could have a port here
_JOINED = {"link": pl.UInt32, "leaf": pl.Int32, "selector": pl.String, "speed_gbps": pl.Float64}


def joined(net: Net, others: Mapping[str, Net], st: Standing, designs: Mapping[str, Tables], taken: Collection[str]) -> pl.DataFrame:
    """Links of endpoints that a selector was found for: link, leaf, selector, speed_gbps (0: not known). `others` are networks by the name of their
    fabric; `taken` are selectors of these, which ports of foreign names are not.
    """
    rows = net.hosts.filter(~pl.col("is_managed")).join(st.hosts, on="dev")
    made = [pl.DataFrame(schema=_JOINED)]
    for name, t in designs.items():
        here = rows.filter(pl.col("design") == name)
        if here.is_empty():
            continue
        offered = _offered(t)
        ports = pl.concat([_named(here.filter("is_named"), offered), _counted(here.filter(~pl.col("is_named")), offered, net.planes, taken)])
        made.append(_usual(here.join(ports, on=["device", "port"]), st.hosts.filter(pl.col("design") == name)))
    return pl.concat(made + _guests(net, others))


def _usual(found: pl.DataFrame, every: pl.DataFrame) -> pl.DataFrame:
    """Without selectors that hardly any of the devices has which could have it: cables in the wrong place."""
    hosts = every.group_by("device").len("hosts")
    per = found.group_by("selector", "device").agg(pl.col("dev").n_unique()).join(hosts, on="device")
    usual = per.group_by("selector").agg(share=pl.col("dev").sum() / pl.col("hosts").sum()).filter(pl.col("share") > _RARE)
    return found.join(usual, on="selector", how="semi").select(list(_JOINED))


def _offered(t: Tables) -> pl.DataFrame:
    """Network ports of a design: device, own (name in the device), group, alias, chip_port (`p0` of a chip with several), kind, speed_gbps."""
    own = pl.col("name").str.split("/").list.slice(1).list.join("/")
    return t.derived(named_ports).select(
        pl.col("device_id").cast(pl.Int64).alias("device"), "group", "alias", "kind", pl.col("speed_gbps").cast(pl.Float64),
        own=own, chip_port=pl.col("name").str.extract(r"/(p\d+)$"),
    )  # fmt: skip


def _named(here: pl.DataFrame, offered: pl.DataFrame) -> pl.DataFrame:
    """Ports that have the design's names, or are branches of such a port: device, port, selector, speed_gbps."""
    used = here.select("device", "port").unique()
    whole = used.with_columns(own="port").join(offered, on=["device", "own"])
    leg = (
        used.join(whole, on=["device", "port"], how="anti").with_columns(own=pl.col("port").str.replace(LEG, "")).join(offered, on=["device", "own"])
    )
    both = pl.concat([whole, leg])
    # all ports of an alias, or one of each of its chips
    every = offered.group_by("group", "alias").agg(all=pl.col("chip_port").n_unique())
    both = both.join(every, on=["group", "alias"]).with_columns(some=pl.col("chip_port").n_unique().over("group", "alias") < pl.col("all"))
    plain = pl.concat_str("group", pl.lit("."), "alias")
    text = pl.when("some").then(pl.concat_str(plain, pl.lit("/"), "chip_port")).otherwise(plain)
    return both.select("device", "port", "speed_gbps", selector=text).select("device", "port", "selector", "speed_gbps")


def _counted(here: pl.DataFrame, offered: pl.DataFrame, planes: int, taken: Collection[str]) -> pl.DataFrame:
    """Ports of other names: those of a device that are as many as a host has of this network, or as many in each of its planes."""
    wide = {"device": pl.Int64, "selector": pl.String, "speed_gbps": pl.Float64}
    found: list[tuple[int, str, float]] = []
    many = here.group_by("dev", "device").len().group_by("device").agg(pl.col("len").mode().max()).sort("device")
    for device, count in many.iter_rows():
        own = offered.filter(pl.col("device") == device)
        best: list[tuple[tuple[int, ...], str, float]] = []
        for (group, alias, kind), ports in own.group_by(["group", "alias", "kind"], maintain_order=True):
            speed, rank = float(ports["speed_gbps"].max()), _FIRST.get(str(kind), 3)  # type: ignore[arg-type]
            sizes = [("", ports.height), *ports.drop_nulls("chip_port").group_by("chip_port", maintain_order=True).len().iter_rows()]
            for port, size in sizes:
                text = f"{group}.{alias}/{port}" if port else f"{group}.{alias}"
                if size in (count, count / planes) and (not port or size < ports.height) and not _clashes(text, taken):
                    best.append(((port != "", rank, len(best)), text, speed))
        if best:
            found.append((device, *min(best)[1:]))
    known = pl.DataFrame(found, wide, orient="row")
    return here.select("device", "port").unique().join(known, on="device").select("device", "port", "selector", "speed_gbps")


def _clashes(text: str, taken: Collection[str]) -> bool:
    alias, _, port = text.partition("/")
    return text in taken or alias in taken or (not port and any(t.startswith(f"{alias}/") for t in taken))


def _guests(net: Net, others: Mapping[str, Net]) -> list[pl.DataFrame]:
    """Links of switches of other networks: their management ports, and uplinks of those that end here."""
    guests = net.hosts.filter("is_managed")
    if guests.is_empty():
        return []
    own = {name: guests.join(o.switches.select("dev"), on="dev", how="semi") for name, o in others.items()}
    plain = pl.col("port").str.contains(MANAGEMENT)
    few = {name: _RARE * o.switches.height for name, o in others.items()}
    managed = {name: rows.filter(plain) for name, rows in own.items() if rows.filter(plain)["dev"].n_unique() > few[name]}
    free = {name for name, o in others.items() if not o.hosts["is_managed"].any()}
    word = "fabrics.*" if managed.keys() >= free else ""
    made = [rows.with_columns(selector=pl.lit(word or f"fabrics.{name}")) for name, rows in managed.items()]
    ending = {name: rows.filter(~plain) for name, rows in own.items() if rows.filter(~plain)["dev"].n_unique() > few[name]}
    made += [rows.with_columns(selector=pl.lit(f"fabrics.{name}/uplink")) for name, rows in ending.items()]
    return [rows.with_columns(speed_gbps=pl.lit(0.0)).select(list(_JOINED)).cast(_JOINED) for rows in made]  # type: ignore[arg-type]


def classes(found: pl.DataFrame) -> list[list[str]]:
    """Selectors that share leaves, those with most links first; each list in the order of the file."""
    order = found.group_by("selector", maintain_order=True).agg(pl.len(), pl.col("leaf").unique())
    groups: list[tuple[int, list[str], set[int]]] = []
    for selector, size, leaves in order.iter_rows():
        mine = (size, [selector], set(leaves))
        for other in [g for g in groups if g[2] & mine[2]]:
            groups.remove(other)
            mine = (mine[0] + other[0], other[1] + mine[1], mine[2] | other[2])
        groups.append(mine)
    return [names for _, names, _ in sorted(groups, key=lambda g: -g[0])]
