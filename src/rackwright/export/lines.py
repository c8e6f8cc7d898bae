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

from rackwright.export.cells import guarded
from rackwright.schema import plugs
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
    """A value as CSV for spreadsheets has it (see `cells`), with quotes where it needs them; nothing for null."""
    text = guarded(pl.col(column).cast(pl.String).fill_null(""))
    return (
        pl.when(text.str.contains(_SPECIAL))
        .then(pl.concat_str(pl.lit('"'), text.str.replace_all('"', '""', literal=True), pl.lit('"')))
        .otherwise(text)
    )


def _or_none(texts: Array) -> Array:
    """Texts and an empty one after them."""
    return np.append(texts, np.zeros(1, texts.dtype))


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
    return [(_leading(int(high.max()).bit_length()), high), (_digits(after), low)]


@cache
def _leading(bits: int) -> Array:
    """Numbers below 2**bits, nothing for 0."""
    return padded(["", *map(str, range(1, 1 << bits))])


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
        self.more = np.array(["", " + "], "S"), *(_or_none(x) for x in (padded(at.select(ends + ":").to_series()), self.ports))
        self.special = [x.str.contains(_SPECIAL).to_numpy() for x in (at["end"], self.names)]
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
        more: list[Field] = [(np.array([",\n"], "S"), None)]
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
        at = at[np.lexsort((leg[at], key[at]))]
        is_head = np.r_[True, key[at][1:] != key[at][:-1]]
        heads, cable, is_apart = np.flatnonzero(is_head), np.cumsum(is_head) - 1, np.isin(links.sku[at], trunks)
        row = np.minimum.reduceat(at, heads)
        kept = np.sort(np.concatenate([np.flatnonzero(leg == 0), row]))
        own, source = np.searchsorted(kept, row), kept.copy()
        source[own] = at[heads]
        made = links.pick(source)
        made.cut[own] = np.maximum.reduceat(links.cut[at], heads)
        more: list[Field] = []
        for device, port, into, after in ((links.a, links.p, made.p, ","), (links.b, links.q, made.q, "\n")):
            name = device[at].astype(np.int64) * len(self.plug) + port[at]
            cage = name if is_apart.all() else np.where(is_apart, name, name - port[at] + self.plug[port[at]])
            plug = plugs.numbered(cable, name, cage, self.plug_ports[port[at]])
            into[own] = plug[heads] % len(self.plug)
            more += [*self._others(plug, is_head, own, len(kept)), (np.array([after], "S"), None)]
        return made, more

    def _others(self, plug: Array, is_head: Array, own: Array, n: int) -> list[Field]:
        """Plugs at one side but the first of each cable, with ` + ` between them, as CSV writes them, in `n` rows. Cables begin at `is_head` and
        stand in the rows `own`.
        """
        cable = np.cumsum(is_head) - 1
        other = np.flatnonzero(plugs.is_first(cable, plug) & ~is_head)
        row, (device, port) = own[cable[other]], np.divmod(plug[other], len(self.plug))
        turn = np.arange(len(other)) - np.searchsorted(cable[other], cable[other])
        made: list[Field] = []
        for i in range(int(turn.max(initial=-1)) + 1):
            index = [np.full(n, fill) for fill in (0, len(self.devices.near), len(self.port_cells))]
            for into, value in zip(index, (int(i > 0), device[turn == i], port[turn == i]), strict=True):
                into[row[turn == i]] = value
            made += list(zip(self.more, index, strict=True))
        if self.quote and made:
            is_quoted = np.zeros(n, np.int64)
            is_quoted[row[self.special[0][device] | self.special[1][port]]] = 1
            made = [mark := (np.array(["", '"'], "S"), is_quoted), *made, mark]
        return made


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
