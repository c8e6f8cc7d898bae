"""Names of ports, ends and cables from integers, whole columns at a time.

An end is `HALL.ROWPLACE-U:PORT`, as TIA-606 writes cabinet, unit and port: `H03.AB07-12:E1/17/2`. A cable's name is its two ends, the
smaller first, so nothing but the ends can change it. Ends are fixed-width bytes (`S`) with the port last: numpy drops the padding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

U64: TypeAlias = NDArray[np.uint64]
Bytes: TypeAlias = NDArray[np.bytes_]
CableEnd: TypeAlias = tuple[NDArray[np.int32], NDArray[np.int32]]  # device and port of each cable end

_FIELD = re.compile(r"\{(port|cage|leg)(?:([+-])(\d+))?\}")
_CHUNK = 1 << 16
_LETTERS = 26
_COLON, _DASHES = np.array([b":"]), np.array([b"--"])


@dataclass(frozen=True, slots=True)
class PortNames:
    """How a vendor prints the ports of one switch part.

    In `pattern`, `{cage}` is the cage from 0, `{leg}` the port in its cage from 0, `{port}` the port from 0; each may carry an offset.
    `whole` is the pattern where a cage is not broken out (`legs` 1). 64 ports on 32 twin cages: `E1/{cage+1}/{leg+1}`; Cumulus:
    `swp{cage+1}s{leg}`, whole `swp{cage+1}`.
    """

    pattern: str
    whole: str = ""

    def names(self, cages: int, legs: int = 1) -> list[str]:
        """Names of cages * legs ports, leg by leg of each cage.

        Raises:
            ValueError: a brace the pattern does not know, or two ports of one name.
        """
        pattern = self.whole or self.pattern if legs == 1 else self.pattern
        if re.search(r"[{}]", _FIELD.sub("", pattern)):
            raise ValueError(f"port name `{pattern}`: between braces stand `port`, `cage` or `leg`, each with + or - a number if need be")
        made = [
            _FIELD.sub(lambda m, v={"port": p, "cage": p // legs, "leg": p % legs}: str(v[m[1]] + int(f"{m[2] or '+'}{m[3] or 0}")), pattern)  # type: ignore[misc]
            for p in range(cages * legs)
        ]
        if len(set(made)) < len(made):
            raise ValueError(f"port name `{pattern}` gives two ports one name; {legs} legs a cage want `{{leg}}` or `{{port}}` in it")
        return made


def row_letters(row: int) -> str:
    """Row 0 is AA, 1 AB, 26 BA, 676 AAA: two letters at least, as on a floor grid, so that a row more changes no name."""
    width = 2
    while row >= _LETTERS**width:
        row -= _LETTERS**width
        width += 1
    return "".join(chr(65 + row // _LETTERS**i % _LETTERS) for i in reversed(range(width)))


def rack_names(hall: NDArray[np.int16], row: NDArray[np.int16], place: NDArray[np.int16]) -> Bytes:
    """`H03.AB07` of each rack: hall and place count from 1 and have at least two digits. One string a rack, so plain Python will do."""
    letters = [row_letters(r) for r in range(int(row.max()) + 1 if len(row) else 0)]
    named = [f"H{h + 1:02d}.{letters[r]}{p + 1:02d}" for h, r, p in zip(hall.tolist(), row.tolist(), place.tolist(), strict=True)]
    return np.array(named, "S") if named else np.array([], "S1")


def device_names(racks: Bytes, rack: NDArray[np.int32], unit: NDArray[np.int16]) -> Bytes:
    """`H03.AB07-12` of each device: its rack and its lowest unit, two digits."""
    units = np.array([f"-{u:02d}" for u in range(100)], "S")
    return _joined([(racks, rack), (units, unit)])


def end_names(devices: Bytes, device: NDArray[np.int32], ports: Bytes, port: NDArray[np.int32]) -> Bytes:
    """`H03.AB07-12:E1/17/2` of each cable end: `device` counts in `devices`, `port` in `ports`, the port names of every part in use."""
    return _joined([(devices, device), (_COLON, None), (ports, port)])


def cable_names(a: CableEnd, b: CableEnd, devices: Bytes, ports: Bytes, swap: NDArray[np.bool_]) -> Bytes:
    """`END--END` of each cable, ends as in `end_names`; `swap` is true where b comes first (`b_key < a_key`, so that names follow keys)."""
    device, port = (np.where(swap, y, x) for x, y in zip(a, b, strict=True))
    other, into = (np.where(swap, x, y) for x, y in zip(a, b, strict=True))
    return _joined([(devices, device), (_COLON, None), (ports, port), (_DASHES, None), (devices, other), (_COLON, None), (ports, into)])


def cable_key(a_end: U64, b_end: U64) -> U64:
    """A stable 64-bit key of each cable from the keys of its ends (`end_key`), the same both ways round."""
    low, high = np.minimum(a_end, b_end), np.maximum(a_end, b_end)
    return mixed(mixed(low) + high)


def end_key(rack_key: U64, unit: NDArray[np.integer], port: NDArray[np.integer], slot: int | NDArray[np.integer] = 0) -> U64:
    """A key of each cable end: rack key (`rack_keys`), lowest unit (below 2**8), slot in it (below 2**4) and port of the device (below 2**14)."""
    return _packed((rack_key, 26), (unit, 18), (np.asarray(slot), 14), (port, 0))


def rack_keys(hall: NDArray[np.int16], row: NDArray[np.int16], place: NDArray[np.int16]) -> U64:
    """A key of each rack from where it stands, 38 bits: hall below 2**10, row and place below 2**14."""
    return _packed((hall, 28), (row, 14), (place, 0))


def _packed(*fields: tuple[NDArray[np.integer], int]) -> U64:
    """Fields side by side in 64 bits, each with its shift."""
    parts = [value.astype(np.uint64) for value, _ in fields]
    key: U64 = np.zeros(np.broadcast_shapes(*(p.shape for p in parts)), np.uint64)
    for part, (_, shift) in zip(parts, fields, strict=True):
        part <<= np.uint64(shift)
        key |= part
    return key


def mixed(x: U64) -> U64:
    """The finaliser of splitmix64 (Steele, Lea, Flood 2014): every bit of x reaches every bit of the result."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = x ^ (x >> np.uint64(shift))
        x *= np.uint64(factor)
    return np.asarray(x ^ (x >> np.uint64(31)), np.uint64)


def _joined(parts: list[tuple[Bytes, NDArray[np.signedinteger] | None]]) -> Bytes:
    """Text of each row, `table[index]` of every part (`table[0]` where there is no index) with nothing between them.

    Rows whose parts have the same lengths are written together, each part over the padding of the one before.
    """
    n = next(len(i) for _, i in parts if i is not None)
    widths = [t.dtype.itemsize for t, _ in parts]
    out = np.zeros(n, f"S{sum(widths)}")
    lengths = [np.char.str_len(t) for t, _ in parts]
    ragged = [p for p in range(len(parts) - 1) if len(lengths[p]) and lengths[p].min() < lengths[p].max()]
    fixed = [int(x.max()) if len(x) else 0 for x in lengths]
    for k in range(0, n, _CHUNK):
        part = slice(k, min(k + _CHUNK, n))
        rows = [None if i is None else i[part] for _, i in parts]
        code = np.zeros(part.stop - k, np.int64)
        for p in ragged:
            code = code * (widths[p] + 1) + lengths[p][rows[p]]
        kinds = np.flatnonzero(np.bincount(code)) if ragged else np.zeros(1, np.int64)
        for kind in kinds:
            size, left = list(fixed), int(kind)
            for p in reversed(ragged):
                left, size[p] = divmod(left, widths[p] + 1)
            at = np.flatnonzero(code == kind) if len(kinds) > 1 else None
            text = _laid(parts, rows, size, widths, at, part.stop - k)
            if at is None:
                out[part] = text
            else:
                out[k + at] = text
    return out


def _laid(
    parts: list[tuple[Bytes, NDArray[np.signedinteger] | None]],
    rows: list[NDArray[np.signedinteger] | None],
    size: list[int],
    widths: list[int],
    at: NDArray[np.int64] | None,
    n: int,
) -> Bytes:
    """Rows (`at`, or all n) whose part p has `size[p]` letters. Fields overlap: padding of one is written over by the next."""
    starts = [sum(size[:p]) for p in range(len(parts))]
    fields = np.dtype(
        {
            "names": [f"f{p}" for p in range(len(parts))],
            "formats": [f"S{w}" for w in widths],
            "offsets": starts,
            "itemsize": sum(widths),
        }
    )
    text = np.zeros(n if at is None else len(at), fields)
    for p, ((table, _), index) in enumerate(zip(parts, rows, strict=True)):
        if index is None:
            text[f"f{p}"] = table[0]
        else:
            text[f"f{p}"] = table[index if at is None else index[at]]
    return text.view(f"S{fields.itemsize}")
