"""What a hall needs of a rack design: its devices and the ports a fabric takes, as arrays that every rack of the design repeats."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.build.fabrics.fabric import RAILLESS
from rackwright.build.route import CHANNEL_INSET_MM
from rackwright.schema.tables import Tables

I32: TypeAlias = NDArray[np.int32]

RAILED = ["scale-out", "scale-up"]  # ports of other kinds take any rail where they share a fabric with these


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """Ports of one rack design that one fabric joins, equal-length arrays sorted by server (from the bottom up), rail, subport.

    `server` counts servers with such ports (those of each endpoint class apart), `device` is the device id in the design, `unit` stands for it
    in keys of cables, `run_mm` is the way from connector to riser (index as in `floor.RISERS`), `z_mm` the connector's height, `cage_ports` how
    many ports share its cage, `cage` a dense cage number in the rack, `kind` the endpoint class (0: the fabric's own ports), `taken` whether a
    cable inside the rack ends there.
    """

    server: I32
    device: I32
    unit: I32
    rail: I32
    port: I32
    speed_gbps: NDArray[np.float32]
    z_mm: I32
    run_mm: I32
    riser: I32
    cage: I32
    cage_ports: I32
    kind: I32
    taken: NDArray[np.bool_]
    connector: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.server)

    @property
    def servers(self) -> int:
        """Servers of one rack."""
        return int(self.server[-1]) + 1 if len(self) else 0


def selectors(t: Tables) -> list[str]:
    """Every `GROUP.ALIAS` that a design offers, see `PortGroup.alias`."""
    rows = t.derived(named_ports)
    return sorted(set((rows["group"] + "." + rows["alias"]).to_list()))


def named_ports(t: Tables) -> pl.DataFrame:
    """Network ports of a design with the group and alias a selector names them by."""
    chips = t["chips"].select("chip_id", chip="name", rail="index")
    rows = t["ports"].filter(pl.col("kind") != "power").join(chips, on="chip_id", how="left", maintain_order="left")
    return rows.join(t["devices"].select("device_id", "group", device="name", dz="z_mm", wide="width_mm"), on="device_id", maintain_order="left")


def named_by(wanted: list[str]) -> pl.Expr:
    """Whether any of the selectors names a row of `named_ports`: `GROUP.ALIAS`, or `GROUP.ALIAS/PORT` for one port of each such chip."""
    hit = pl.lit(False)
    for text in wanted:
        group, _, own = text.partition(".")
        alias, _, port = own.partition("/")
        one = (pl.col("alias") == alias) & (pl.lit(group == "*") | (pl.col("group") == group))
        hit = hit | (one & pl.col("name").str.ends_with(f"/{port}") if port else one)
    return hit


def chosen(t: Tables, wanted: list[list[str]]) -> pl.DataFrame:
    """Rows of `named_ports` that any selector names, in the order of a template. `wanted`: selectors of each endpoint class, the fabric's own
    first; `class` is the last one that names a port.
    """
    rows = t.derived(named_ports).filter(pl.col("z_mm").is_not_null())
    which = pl.lit(-1, pl.Int32)
    for i, selectors in enumerate(wanted):
        which = pl.when(named_by(selectors)).then(i).otherwise(which)
    rows = rows.with_columns(which.alias("class")).filter(pl.col("class") >= 0)
    return rows.sort("dz", "device_id", "class", "kind", "rail", "index", "port_id", nulls_last=True)


def has_rails(t: Tables, wanted: list[list[str]]) -> bool:
    """Whether any of the ports is on a rail: it belongs to an accelerator."""
    return bool(chosen(t, wanted)["kind"].is_in(RAILED).any())


def template(t: Tables, wanted: list[list[str]], railed: bool = True) -> Template:
    """The ports that any of the selectors names, see `chosen`. Empty where none does.

    In a fabric with rails (`railed`) only ports of accelerators have one, others take any; in one without, a port's rail is its number.
    """
    rows = chosen(t, wanted)
    rack = t["racks"].row(0, named=True)
    width = t.fact(rack["part"], "width") or 600.0
    rows = rows.with_columns(
        server=pl.struct("device_id", "class").rle_id().cast(pl.Int32),
        taken=pl.col("port_id").is_in(t.derived(_cabled).implode()),
        port=pl.int_range(pl.len(), dtype=pl.Int32).over("device_id"),
        rail=pl.when(pl.col("kind").is_in(RAILED) | pl.lit(not railed))
        .then(pl.int_range(pl.len(), dtype=pl.Int32).over("device_id", "class"))
        .otherwise(RAILLESS),
        cage=pl.struct("device_id", "kind", "alias", "block").rle_id().cast(pl.Int32),
        cage_ports=pl.len().over("device_id", "kind", "alias", "block").cast(pl.Int32),
        left=(pl.col("x_mm") - CHANNEL_INSET_MM).abs(),
        right=(pl.col("x_mm") - (width - CHANNEL_INSET_MM)).abs(),
    )
    riser = pl.when("is_rear").then(2).otherwise(0) + (pl.col("right") < pl.col("left")).cast(pl.Int32)
    made = rows.select(
        "server",
        "port",
        "rail",
        "cage",
        "cage_ports",
        device=pl.col("device_id"),
        unit=pl.col("device_id") % 256,
        kind=pl.col("class"),
        taken="taken",
        speed=pl.col("speed_gbps").cast(pl.Float32),
        z=pl.col("z_mm").round().cast(pl.Int32),
        run=pl.min_horizontal("left", "right").ceil().cast(pl.Int32),
        riser=riser.cast(pl.Int32),
        connector="connector",
    )
    c = {name: made[name].to_numpy() for name in made.columns if name != "connector"}
    return Template(
        c["server"],
        c["device"],
        c["unit"],
        c["rail"],
        c["port"],
        c["speed"],
        c["z"],
        c["run"],
        c["riser"],
        c["cage"],
        c["cage_ports"],
        c["kind"],
        c["taken"],
        tuple(made["connector"].to_list()),
    )


def ports_of(t: Tables, selector: str) -> tuple[int, int]:
    """How many ports a selector names, and how many of these are cabled inside the rack."""
    own = chosen(t, [[selector]])["port_id"]
    return len(own), int(own.is_in(t.derived(_cabled).implode()).sum())


def _cabled(t: Tables) -> pl.Series:
    """Ports that are cabled inside the rack."""
    return pl.concat([t["links"]["a_port_id"], t["links"]["b_port_id"]])


def meant(t: Tables, text: str) -> list[str]:
    """Selectors of a design close to one that names nothing."""
    return difflib.get_close_matches(text, selectors(t), 3, 0.5)
