"""Ethernet links of a hall as switches and hosts see them: host names, printed ports, cages and legs; and names for receivers that take few
characters.

A host is named as its end on labels, `H01.AB07-12`, a port as its maker prints it. InfiniBand has no part in this: it has a subnet manager.

Reads what `ends` and `only` read, fabric_switches, part_facts, outside_ports.
"""

from __future__ import annotations

import hashlib
import re

import polars as pl

from rackwright.export import only as choice
from rackwright.export.only import ChoiceError, Only
from rackwright.schema import ends, lanes
from rackwright.schema.tables import Tables

HOST_NAME, INTERFACE, OBJECT = 60, 15, 63  # most characters of a host, of a Linux interface (IFNAMSIZ less one), of a Kubernetes object
MOST = 500_000  # links of one call: what takes some 15 s and 4 GB
_PLAIN = re.compile(r"(?!.*_[0-9a-f]{2})[A-Za-z0-9][A-Za-z0-9._-]*", re.DOTALL)
_UNPRINTED = [chr(c) for c in (*range(0x7F, 0xA0), 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF)]


def ethernet(t: Tables) -> list[int]:
    """Fabrics all whose switches speak Ethernet, by id."""
    return speaking(t, "ethernet")


def speaking(t: Tables, wanted: str) -> list[int]:
    """Fabrics all whose switches speak a protocol, by id."""
    speaks = t["part_facts"].filter(pl.col("fact") == "protocol").select("part", protocol="text")
    found = t["fabric_switches"].select("fabric_id", "part").unique().join(speaks, on="part", how="left")
    is_own = found.group_by("fabric_id").agg((pl.col("protocol") == wanted).fill_null(value=False).all())
    return is_own.filter(pl.col("protocol"))["fabric_id"].sort().to_list()


def links(t: Tables, only: Only, title: str) -> pl.DataFrame:
    """Ethernet links chosen, in the order of `fabric_cables`, as `of_rows` has them. Raises UnknownNameError, or ChoiceError for too many."""
    at = ends.devices(t)
    rows = choice.links(t, at, only)
    _few(rows, title)
    return of_rows(t, at, rows)


def _few(rows: pl.Series, title: str) -> None:
    if rows.len() > MOST:
        raise ChoiceError(f"{title} of {rows.len():,} links are more than the {MOST:,} of one call; name a row, rack, device or fabric")


def of_rows(t: Tables, at: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """Those rows of `fabric_cables` (by position) that are Ethernet: position `row`, fabric_id, tier, plane, leg, speed_gbps, the `label` of the
    cable, its cut length (null where none is known), and for each side device_id, host, port, number of the port, cage (null: no switch of the
    fabric) and part. `at` is from `ends.devices`.
    """
    of = t["fabric_cables"]["fabric_id"].gather(rows)
    rows = rows.filter(of.is_in(ethernet(t)))
    named = ends.named(t, at, rows)
    sides = [pl.col(f"{s}_{c}") for s in "ab" for c in ("device_id", "port", "number", "cage")]
    length = pl.when(pl.col("length_cut_mm") >= 0).then("length_cut_mm").alias("cut_mm")
    made = named.select("fabric_id", "tier", "plane", "leg", "speed_gbps", "label", length, *sides)
    for s in "ab":
        own = at[named[f"{s}_device_id"]]
        made = made.with_columns(own["end"].alias(f"{s}_host"), own["part"].alias(f"{s}_part"))
    return made.with_columns(row=rows)


def switches(t: Tables, only: Only, title: str) -> pl.DataFrame:
    """Ethernet switches of the rows, racks, devices and fabrics chosen: `fabric_switches` with host and rack, by device id.

    Raises:
        UnknownNameError, ChoiceError: names the hall has not, a cable, or switches of too many links.
    """
    choice.no_cable(only, title)
    at = ends.devices(t)
    wanted = choice.devices(t, at, only)
    own = t["fabric_switches"].filter(pl.col("fabric_id").is_in(ethernet(t)) & pl.col("device_id").is_in(wanted.implode())).sort("device_id")
    if only.fabric:
        own = own.filter(pl.col("fabric_id").is_in(choice.fabric_ids(t, only)))
    _few(touching(t, own["device_id"]), title)
    found = at[own["device_id"]]
    return own.with_columns(found["end"].alias("host"), found["rack"])


def touching(t: Tables, devices: pl.Series) -> pl.Series:
    """Positions in `fabric_cables` of all links of some devices, rising."""
    own = devices.implode()
    return t["fabric_cables"].select(pl.arg_where(pl.col("a_device_id").is_in(own) | pl.col("b_device_id").is_in(own))).to_series()


def seen(made: pl.DataFrame) -> pl.DataFrame:
    """Every link from either end: columns of the near end without prefix, of the far one with `far_`; `is_up` where the near end is the lower."""
    kept = [c for c in made.columns if c[:2] not in ("a_", "b_")]
    own = [c[2:] for c in made.columns if c.startswith("a_")]
    both = [
        made.select(
            *kept, *(pl.col(f"{near}_{c}").alias(c) for c in own), *(pl.col(f"{far}_{c}").alias(f"far_{c}") for c in own), is_up=pl.lit(near == "a")
        )
        for near, far in ("ab", "ba")
    ]
    return pl.concat(both)


def ports(t: Tables, own: pl.DataFrame, near: pl.DataFrame) -> pl.DataFrame:
    """Ports of switches `own` that lead somewhere, from the links `near` (as `seen`) and `outside_ports`, by device and first lane, with what
    `lanes.placed` says of each; and with `far_host` null the legs left over of cages in use, and every cage with nothing in it, whole (port as the
    cage is printed).
    """
    beyond = (
        t["outside_ports"]
        .join(own.select("device_id", "host", "part"), on="device_id")
        .select("fabric_id", "device_id", "host", "part", "speed_gbps", "cage", number="port", port="name", far_host="leads_to", far_port=pl.lit(""))
    )
    led = near.join(own.select("device_id"), on="device_id", how="semi")
    used = lanes.placed(t, pl.concat([led, beyond], how="diagonal_relaxed"))
    cage = ["fabric_id", "part", "speed_gbps", "cage"]
    names = t["switch_ports"].filter((pl.col("side") == "b") | ends.is_fabric_port("a")).select(*cage, number="port", port="name").unique()
    over = used.filter(pl.col("legs") > 1).select(*cage, "device_id", "host").unique().join(names, on=cage)
    over = lanes.placed(t, over.join(used, on=["device_id", "cage", "number"], how="anti"))
    every = lanes.cages(t, own["part"]).with_columns(speed_gbps="cage_gbps", lanes="cage_lanes", lane_first="cage_first")
    free = own.select("fabric_id", "device_id", "host", "part").join(every, on="part").join(used, on=["device_id", "cage"], how="anti")
    free = free.with_columns(leg_at=pl.lit(0, pl.Int64), legs=pl.lit(1, pl.Int64))
    return pl.concat([used, over, free], how="diagonal_relaxed").sort("device_id", "lane_first")


def safe(names: pl.Series, most: int = HOST_NAME) -> pl.Series:
    """Names of letters, digits, `.`, `-` and `_` that begin with a letter or digit and have at most `most` characters; most names stay as they are.

    Every other byte is written `_` and two hexadecimal digits, after an `x` where a name would begin with it; what is longer still is cut and has
    the beginning of its SHA-256. So no two names become one, and those that are not cut can be read back.
    """
    every = names.unique().drop_nulls()
    return names.replace_strict(every, pl.Series([_safe(n, most) for n in every], dtype=pl.String), default=None, return_dtype=pl.String)


def _safe(name: str, most: int) -> str:
    made = name
    if not _PLAIN.fullmatch(name):
        made = "".join(c if c.isascii() and (c.isalnum() or c in ".-") else "".join(f"_{b:02x}" for b in c.encode()) for c in name)
        if not made[:1].isalnum() or made.startswith("x_"):
            made = f"x_{ord(made[0]):02x}{made[1:]}" if made and made[0] != "_" else f"x{made}"
    return made if len(made) <= most else f"{made[: most - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def objects(names: pl.Series) -> pl.Series:
    """Names of Kubernetes objects (RFC 1123: lower case, digits, `.`, `-`; at most 63 characters): lower case, other characters as `-`. Names that
    would meet, and what would be too long, have the beginning of their SHA-256.
    """
    every = names.unique().drop_nulls()
    made = every.str.to_lowercase().str.replace_all(r"[^a-z0-9.-]", "-").str.replace_all(r"^[.-]+|[.-]+$", "").str.replace_all(r"\.-|-\.|\.\.", "-")
    is_bad = made.is_duplicated() | (made.str.len_bytes() > OBJECT) | (made == "")
    mark = pl.Series([hashlib.sha256(n.encode()).hexdigest()[:8] for n in every], dtype=pl.String)
    cut = made.str.slice(0, OBJECT - 9).str.strip_chars_end(".-") + "-" + mark
    plain = pl.select(pl.when(is_bad).then(cut.str.strip_chars_start("-")).otherwise(made)).to_series()
    return names.replace_strict(every, plain, default=None, return_dtype=pl.String)


def quoted(text: pl.Expr) -> pl.Expr:
    """Text in double quotes as JSON has it, which YAML reads alike."""
    made = pl.struct(text.alias("v")).struct.json_encode().str.strip_prefix('{"v":').str.strip_suffix("}")
    return made.str.replace_many(_UNPRINTED, [f"\\u{ord(c):04x}" for c in _UNPRINTED])


def one_line(text: pl.Expr) -> pl.Expr:
    """Text without anything that ends a line or steers a terminal; such characters become spaces."""
    return text.str.replace_all(r"[\x00-\x1f\x7f-\x9f\u{2028}\u{2029}]", " ")
