"""Cables of a hall as lines of CSV, one a cable, a few hundred thousand a second and thread: text of every device, port and medium once, then rows
of bytes.

A row is laid out in fields of fixed width, each a gather from a table of texts padded with NUL, and the padding is dropped from all rows at
once. It says what `ends.named` says; NumPy lets other threads run meanwhile.

Reads halls, hall_racks, design_devices, fabric_switches, fabric_cables, fabric_skus, nic_ports, switch_ports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.export import plugs
from rackwright.schema.links import MANAGEMENT
from rackwright.schema.tables import Tables

Array: TypeAlias = NDArray[Any]
Field: TypeAlias = tuple[Array, Array | None]  # texts, and which of them stands in each row (None: the first in all)
CHUNK = 1 << 13  # rows that stay in cache together
_THOUSANDS = 10_000
_SPECIAL = '[",\r\n]'


def padded(texts: Sequence[str] | pl.Series) -> Array:
    """Texts as fixed-width bytes (UTF-8), shape (n,); one empty text of none."""
    made = pl.Series(texts, dtype=pl.String)
    wide = int(made.str.len_bytes().max() or 0)  # type: ignore[arg-type]
    if not wide:
        return np.zeros(max(len(made), 1), "S1")
    if made.str.contains(r"[^\x00-\x7f]").any():  # Polars pads by letters, and here they are not bytes
        return np.array([x.encode() for x in made], "S")
    return np.frombuffer(made.str.pad_end(wide, "\0").str.join("").item().encode(), f"S{wide}")


def quoted(column: str) -> pl.Expr:
    """A value as CSV writes it, with quotes where it needs them; nothing for null."""
    text = pl.col(column).cast(pl.String).fill_null("")
    return (
        pl.when(text.str.contains(_SPECIAL))
        .then(pl.concat_str(pl.lit('"'), text.str.replace_all('"', '""', literal=True), pl.lit('"')))
        .otherwise(text)
    )


def joined(fields: Sequence[Field], n: int) -> list[Array]:
    """N rows of the texts of all fields with nothing between them, in pieces. No text holds NUL."""
    tables = [texts.view(f"V{texts.dtype.itemsize}") for texts, _ in fields]  # NumPy moves plain bytes faster than texts
    widths, names = [x.dtype.itemsize for x in tables], [f"f{i}" for i in range(len(fields))]
    row = np.dtype({"names": names, "formats": [x.dtype for x in tables], "offsets": np.cumsum([0, *widths[:-1]]).tolist(), "itemsize": sum(widths)})
    whole, made = np.empty(min(CHUNK, n), row), []
    for k in range(0, n, CHUNK):
        out = whole[: min(CHUNK, n - k)]
        for name, texts, (_, index) in zip(names, tables, fields, strict=True):
            out[name] = texts[0] if index is None else np.take(texts, index[k : k + CHUNK])
        flat = out.view(np.uint8)
        made.append(flat[flat != 0])
    return made


def numbers(values: Array, after: str) -> list[Field]:
    """Whole numbers below 10**8 in decimal with a text after them; nothing but that text for negative ones."""
    high, low = np.divmod(np.maximum(values, 0).astype(np.int32), _THOUSANDS)
    low[high > 0] += _THOUSANDS
    low[values < 0] = 2 * _THOUSANDS
    return [(padded(["", *map(str, range(1, int(high.max()) + 1))]), high), (_digits(after), low)]


@cache
def _digits(after: str) -> Array:
    """The last four digits of a number: alone, after others, and of no number."""
    texts = [*(str(i) for i in range(_THOUSANDS)), *(f"{i:04d}" for i in range(_THOUSANDS)), ""]
    return padded([x + after for x in texts])


@dataclass(frozen=True, slots=True, eq=False)
class Devices:
    """Texts by device id: `near` and `far` as a label begins and goes on, `cells` of the row with the commas around them; `order` of places,
    `design` (-1: a switch), `local` id in it, and `part` (a place in a list).
    """

    near: Array
    far: Array
    cells: Array
    order: Array
    design: Array
    local: Array
    part: Array


class Lines:
    """What lines of any cables of a hall are made of."""

    def __init__(self, t: Tables, at: pl.DataFrame) -> None:
        """`at` is every device of the campus, from `devices`."""
        self.ends = at["end"]
        self.parts = at["part"].unique().sort().to_list()
        code = at["part"].replace_strict(self.parts, list(range(len(self.parts))), return_dtype=pl.Int32)
        cells = at.select(pl.concat_str(pl.lit(","), *(pl.concat_str(quoted(c), pl.lit(",")) for c in ("hall", "rack", "u", "device")))).to_series()
        numbered = at.select(pl.col("order"), pl.col("design_id", "local").fill_null(-1))
        design, local = (numbered[c].to_numpy() for c in ("design_id", "local"))
        ends = pl.col("end").str.replace_all('"', '""', literal=True)
        self.quote = '"' if any(x.str.contains(_SPECIAL).any() for x in (at["end"], t["nic_ports"]["name"], t["switch_ports"]["name"])) else ""
        near, far = (padded(at.select(pl.concat_str(pl.lit(x), ends, pl.lit(":"))).to_series()) for x in (self.quote, "--"))
        self.devices = Devices(near, far, padded(cells), numbered["order"].to_numpy(), design, local, code.to_numpy())
        self._ports(t)
        self._media(t)

    def _ports(self, t: Tables) -> None:
        """Names of ports in one list: numbers first, for ports that nobody named; then those of switches, and of endpoints."""
        names, columns = list[str](), ("fabric_id", "tier", "side", "part", "speed_gbps")
        first = 2 * MANAGEMENT  # as many numbers come before
        self._plug: list[Array] = []
        self._ports_of: list[Array] = []
        self.on_switch: dict[tuple[int, str], list[tuple[int, int, float, Array]]] = {}
        for key, rows in t["switch_ports"].group_by(columns, maintain_order=True):
            fabric, tier, side, part, speed = key
            if part in self.parts:
                self.on_switch.setdefault((fabric, side), []).append((tier, self.parts.index(part), speed, _places(rows, "port", first + len(names))))
                self._named(names, rows, "plug")
        self.on_nic: dict[int, dict[int, tuple[Array, int]]] = {}
        for (fabric, design), rows in t["nic_ports"].group_by(["fabric_id", "design_id"], maintain_order=True):
            wide = int(rows["port"].max()) + 1  # type: ignore[arg-type]
            flat = rows.select(at=pl.col("device").cast(pl.Int64) * wide + pl.col("port"))
            self.on_nic.setdefault(fabric, {})[design] = (_places(flat, "at", first + len(names)), wide)
            self._named(names, rows, "device", "plug")
        self.plug = np.concatenate([np.arange(first), *self._plug])
        self.plug_ports = np.concatenate([np.ones(first, np.int64), *self._ports_of])
        numbers, named = pl.int_range(first, eager=True).cast(pl.String), pl.DataFrame({"name": names}, schema={"name": pl.String})
        self.names = pl.concat([numbers, named["name"]])
        self.port_cells = padded(pl.concat([numbers, named.select(quoted("name")).to_series()]))
        self.ports = padded(self.names.str.replace_all('"', '""', literal=True)) if self.quote else self.port_cells

    def _named(self, names: list[str], rows: pl.DataFrame, *cage: str) -> None:
        """Names of ports added to the list, and after them those of their cages (alike in `cage`); `plug` of a port is the place of its cage's name,
        `plug_ports` how many ports that has.
        """
        n, first = rows.height, 2 * MANAGEMENT + len(names)
        names += [*rows["name"], *rows["plug"]]
        same = pl.DataFrame({"name": rows["plug"], "at": np.arange(n)}).select(pl.col("at").first().over("name"))["at"].to_numpy()
        self._plug += [first + n + same, first + n + np.arange(n)]
        self._ports_of += [rows.select(pl.len().over(cage).cast(pl.Int64)).to_series().to_numpy()] * 2

    def _media(self, t: Tables) -> None:
        """Texts of the media of each fabric, by sku; the last one is of cables that have none."""
        self.media: dict[int, Array] = {}
        trunks = t["fabric_skus"].filter(pl.col("medium") == "trunk").group_by("fabric_id").agg("sku")
        self.trunks: dict[int, list[int]] = dict(trunks.iter_rows())
        cells = pl.concat_str(*(pl.concat_str(pl.lit(","), quoted(c)) for c in ("part", "medium", "a_module", "b_module")), pl.lit(","))
        for (fabric,), rows in t["fabric_skus"].group_by(["fabric_id"], maintain_order=True):
            texts = [",,,,,"] * (int(rows["sku"].max()) + 2)  # type: ignore[arg-type]
            for sku, text in rows.select("sku", cells).iter_rows():
                texts[sku] = text
            self.media[fabric] = padded(texts)

    def port(self, rows: dict[str, Array], fabric: int, side: str) -> Array:
        """Place in the list of port names, for one end of each cable."""
        device, number = rows[f"{side}_device_id"], rows[f"{side}_port"].astype(np.int64)
        made, part, design = number.copy(), self.devices.part[device], self.devices.design[device]
        for tier, code, speed, names in self.on_switch.get((fabric, side), []):
            is_meant = (design < 0) & (part == code) & (rows["tier"] == tier) & (rows["speed_gbps"] == np.float32(speed))
            own = np.flatnonzero(is_meant & (number < len(names)))
            made[own] = np.where(names[number[own]] >= 0, names[number[own]], number[own])
        for which, (names, wide) in self.on_nic.get(fabric, {}).items():
            own = np.flatnonzero((design == which) & (number < wide))
            at = self.devices.local[device[own]] * np.int64(wide) + number[own]
            own, at = own[at < len(names)], at[at < len(names)]
            made[own] = np.where(names[at] >= 0, names[at], number[own])
        return made

    def csv(self, cables: pl.DataFrame) -> list[Array]:
        """Lines of some cables, in their order, in pieces."""
        fabric = cables["fabric_id"].to_numpy()
        heads = np.flatnonzero(np.r_[True, fabric[1:] != fabric[:-1], True]) if len(fabric) else np.empty(0, np.int64)
        runs = zip(heads[:-1].tolist(), heads[1:].tolist(), strict=True)
        return [piece for begin, end in runs for piece in self._of_fabric(int(fabric[begin]), cables.slice(begin, end - begin))]

    def _of_fabric(self, fabric: int, cables: pl.DataFrame) -> list[Array]:
        rows, d = {c: cables[c].to_numpy() for c in READ}, self.devices
        a, b = rows["a_device_id"], rows["b_device_id"]
        p, q = (self.port(rows, fabric, side) for side in "ab")
        one, two = d.order[a], d.order[b]
        later = (two < one) | ((two == one) & (rows["b_port"] < rows["a_port"]))
        links = _Links(a, p, b, q, later, rows["sku"], rows["length_cut_mm"], rows["length_stock_mm"])
        more: list[Field] = [(padded([",\n"]), None)]
        if rows["leg"].max(initial=0):
            links, more = self._together(links, rows["key"], rows["leg"], self.trunks.get(fabric, []))
        a, p, b, q, later = links.a, links.p, links.b, links.q, links.later
        first, into, second, out = np.where(later, b, a), np.where(later, q, p), np.where(later, a, b), np.where(later, p, q)
        label: list[Field] = [(d.near, first), (self.ports, into), (d.far, second), (self.ports, out)]
        label += [(padded([self.quote]), None)] if self.quote else []
        ends = [(d.cells, a), (self.port_cells, p), (d.cells, b), (self.port_cells, q)]
        media = self.media.get(fabric, padded([",,,,,"]))
        known = (links.sku >= 0) & (links.sku < len(media))
        medium = (media, np.where(known, links.sku, len(media) - 1))
        lengths = [*numbers(links.cut, ","), *numbers(links.stock, ",")]
        return joined([*label, *ends, medium, *lengths, *more], len(a))

    def _together(self, links: _Links, key: Array, leg: Array, trunks: list[int]) -> tuple[_Links, list[Field]]:
        """One row a cable where its first link stands, with its longest leg, and the texts of the plugs that are in no column. Links of menu lines
        `trunks` have a jumper each.
        """
        at = np.flatnonzero(leg)
        is_apart = np.isin(links.sku[at], trunks)
        several = {"key": key[at], "leg": leg[at], "link_id": at, "cut": links.cut[at]}
        for s, device, port in (("a", links.a[at], links.p[at]), ("b", links.b[at], links.q[at])):
            place = device.astype(np.int64) * len(self.plug)
            several |= {
                f"{s}_name": place + port,
                f"{s}_cage_name": place + np.where(is_apart, port, self.plug[port]),
                f"{s}_cage_ports": self.plug_ports[port],
            }
        found = plugs.plugged(pl.DataFrame(several)).sort("leg", "link_id")
        every = found.group_by("key", maintain_order=True).agg(
            pl.col("link_id").first(), pl.col("link_id").min().alias("row"), pl.col("cut").max(),
            *(pl.col(f"{s}_plug").first() for s in "ab"), *(plugs.others(s).alias(f"{s}_more") for s in "ab"),
        ).sort("row")  # fmt: skip
        head, row = every["link_id"].to_numpy(), every["row"].to_numpy()
        kept = np.sort(np.concatenate([np.flatnonzero(leg == 0), row]))
        source = kept.copy()
        own = np.searchsorted(kept, row)
        source[own] = head
        made = links.pick(source)
        made.cut[own] = every["cut"].to_numpy()
        for side, port in (("a", made.p), ("b", made.q)):
            port[own] = every[f"{side}_plug"].to_numpy() % len(self.plug)
        index = np.zeros(len(kept), np.int64)
        index[own] = 1 + np.arange(len(own))
        more = every.select(pl.concat_str(*(pl.concat_str(self._texts(every[f"{s}_more"]), pl.lit(e)) for s, e in (("a", ","), ("b", "\n")))))
        return made, [(padded([",\n", *more.to_series()]), index)]

    def _texts(self, places: pl.Series) -> pl.Series:
        """Lists of plugs as names with ` + ` between them, as CSV writes them."""
        made = pl.DataFrame({"": pl.repeat("", places.len(), eager=True)})
        for i in range(int(places.list.len().max() or 0)):  # type: ignore[arg-type]
            place = places.list.get(i, null_on_oob=True)
            end, port = self.ends.gather(place // len(self.plug)), self.names.gather(place % len(self.plug))
            made = made.with_columns(pl.concat_str(end, pl.lit(":"), port).alias(str(i)))
        names = pl.concat_str(pl.exclude(""), separator=" + ", ignore_nulls=True) if made.width > 1 else pl.col("")
        return made.select(names.alias("name")).select(quoted("name")).to_series()


@dataclass(frozen=True, slots=True, eq=False)
class _Links:
    """Ends (device, and place in the list of port names), whether b comes first, media and lengths of links, equal-length arrays."""

    a: Array
    p: Array
    b: Array
    q: Array
    later: Array
    sku: Array
    cut: Array
    stock: Array

    def pick(self, rows: Array) -> _Links:
        return _Links(*(getattr(self, n)[rows] for n in _Links.__slots__))


READ = ("tier", "speed_gbps", "sku", "a_device_id", "a_port", "b_device_id", "b_port", "length_cut_mm", "length_stock_mm", "key", "leg")


def _places(rows: pl.DataFrame, column: str, first: int) -> Array:
    """Place in the list of names (from `first`) by the number in a column; -1 for a number that is not there."""
    at = rows[column].to_numpy()
    made = np.full(int(at.max()) + 1, -1, np.int64)
    made[at] = first + np.arange(len(at))
    return made
