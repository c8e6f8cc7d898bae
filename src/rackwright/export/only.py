"""What of a hall a hand-off is made for: rows of racks, racks, devices, fabrics, cables by name. A link is in it where one of its ends is.

Reads halls, hall_racks, fabrics, fabric_cables, and the devices of `ends.devices`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace

import polars as pl

from rackwright.schema import ends
from rackwright.schema.tables import Tables


@dataclass(frozen=True, slots=True)
class Only:
    """Names of each kind; none of a kind: all. Rows are written as racks begin, `H01.AB`; a device is its name, which every rack of a design
    may have, or `RACK-UNIT` as labels write it, which one has; a cable is its label, or what else `cable` takes.
    """

    row: tuple[str, ...] = ()
    rack: tuple[str, ...] = ()
    device: tuple[str, ...] = ()
    fabric: tuple[str, ...] = ()
    cable: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) for f in fields(self))

    def called(self, names: Mapping[str, str]) -> Only:
        """The same choice where devices have other names."""
        if not names:
            return self
        ends = [[(*end.partition(":"),) for end in label.split(DASHES)] for label in self.cable]
        cables = tuple(DASHES.join(f"{names.get(device, device)}{colon}{port}" for device, colon, port in label) for label in ends)
        return replace(self, device=tuple(names.get(d, d) for d in self.device), cable=cables)

    def slug(self) -> str:
        """The choice as the end of a file name: `-H01.AB07-compute`, empty where all is chosen."""
        return "".join(f"-{n}" for f in fields(self) for n in getattr(self, f.name)).replace("/", "_").replace(":", "_")


class UnknownNameError(ValueError):
    """A choice names what the hall has not: `kind` of thing, the `name`, and the `known` ones."""

    def __init__(self, kind: str, name: str, known: list[str]) -> None:
        super().__init__(f"there is no {kind} `{name}`")
        self.kind, self.name, self.known = kind, name, known


def spelled(t: Tables, only: Only) -> Only:
    """The choice with names as the hall writes them, where they differ from one of them in capitals alone."""
    if not only or not t.height("halls"):
        return only
    kinds: dict[str, Callable[[], Iterable[str]]] = {
        "row": lambda: rows_of(t["hall_racks"]["name"]).unique(),
        "rack": lambda: t["hall_racks"]["name"],
        "device": lambda: [*at["device"].unique(), *at["end"]],
        "fabric": lambda: t["fabrics"]["fabric"],
        "cable": lambda: at["end"],
    }
    at = ends.devices(t) if only.device or only.cable else pl.DataFrame()
    made = {}
    for kind, known in kinds.items():
        if names := getattr(only, kind):
            own = _Spelling(known())
            made[kind] = tuple(own.cable(n) if kind == "cable" else own.name(n) for n in names)
    return replace(only, **made)


class _Spelling:
    """Names by what they are without capitals; those that only capitals tell apart are left as they are asked for."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = set(known)
        self._by: dict[str, list[str]] = {}
        for name in self._known:
            self._by.setdefault(name.casefold(), []).append(name)

    def name(self, asked: str) -> str:
        found = self._by.get(asked.casefold(), [])
        return found[0] if asked not in self._known and len(found) == 1 else asked

    def cable(self, asked: str) -> str:
        """A label or an end: the device of each end, `DEVICE:PORT--DEVICE:PORT`."""
        parts = [end.partition(":") for end in asked.split(DASHES)]
        return DASHES.join(f"{self.name(device)}{colon}{port}" for device, colon, port in parts)


DASHES = "--"  # between the two ends of a cable's name


class ChoiceError(ValueError):
    """A hand-off that cannot be made of what was chosen; the message says why and what to choose."""


def rows_of(racks: pl.Series) -> pl.Series:
    """The row of each rack by its name: `H01.AB` of `H01.AB07`."""
    return racks.str.replace(r"\d+$", "").alias("row")


def fabric_ids(t: Tables, only: Only) -> list[int]:
    """Ids of the fabrics chosen. Raises UnknownNameError."""
    ids = dict(t["fabrics"].select("fabric", "fabric_id").iter_rows())
    for name in only.fabric:
        if name not in ids:
            raise UnknownNameError("fabric", name, sorted(ids))
    return [ids[n] for n in only.fabric]


def racks(t: Tables, only: Only) -> pl.DataFrame:
    """`hall_racks` of the rows and racks chosen, with `row_name`. Raises UnknownNameError."""
    found = t["hall_racks"].with_columns(row_name=rows_of(t["hall_racks"]["name"]))
    for kind, names, column in (("row", only.row, "row_name"), ("rack", only.rack, "name")):
        known = set(found[column]) if names else set()
        for name in names:
            if name not in known:
                raise UnknownNameError(kind, name, sorted(known))
    if not (only.row or only.rack):
        return found
    return found.filter(pl.col("row_name").is_in(only.row) | pl.col("name").is_in(only.rack))


def devices(t: Tables, at: pl.DataFrame, only: Only) -> pl.Series:
    """Device ids that rows, racks and devices choose, rising; all of them where none is named. Raises UnknownNameError."""
    numbered = at.with_row_index("device_id").with_columns(pl.col("device_id").cast(pl.Int32))
    wanted = pl.lit(False)
    if only.row or only.rack:
        wanted = wanted | pl.col("rack_id").is_in(racks(t, only)["rack_id"].to_list())
    for name in only.device:
        hit = (pl.col("device") == name) | (pl.col("end") == name)
        if not numbered.select(hit.any()).item():
            raise UnknownNameError("device", name, [*at["device"].unique().sort().to_list(), *at["end"].to_list()])
        wanted = wanted | hit
    chosen = numbered if not (only.row or only.rack or only.device) else numbered.filter(wanted)
    return chosen["device_id"].sort()


def links(t: Tables, at: pl.DataFrame, only: Only) -> pl.Series:
    """Positions in `fabric_cables` of the links chosen, rising; every one where nothing is named. Raises UnknownNameError."""
    wanted = []
    if only.fabric:
        wanted.append(pl.col("fabric_id").is_in(fabric_ids(t, only)))
    if only.row or only.rack or only.device:
        own = devices(t, at, only).implode()
        wanted.append(pl.col("a_device_id").is_in(own) | pl.col("b_device_id").is_in(own))
    if only.cable:
        keys = pl.concat([t["fabric_cables"]["key"].gather(cable(t, at, name)) for name in only.cable]).unique()
        wanted.append(pl.col("key").is_in(keys.implode()))
    if not wanted:
        return pl.select(pl.int_range(t["fabric_cables"].height, dtype=pl.UInt32)).to_series()
    return t["fabric_cables"].select(pl.arg_where(pl.all_horizontal(wanted))).to_series()


def no_cable(only: Only, title: str) -> None:
    """Raises ChoiceError where a cable is chosen for what is made of devices."""
    if only.cable:
        raise ChoiceError(f"{title} are made for rows, racks, devices or fabrics, not for a cable")


def cable(t: Tables, at: pl.DataFrame, name: str) -> pl.Series:
    """Rows of `fabric_cables` (by position, rising) of the cable that `name` means, all its links: its label, one of its links, one of its ends, or
    its key. `at` is from `ends.devices`.

    Raises:
        UnknownNameError: no such cable, with names of the kind that was probably meant: ends, or cables there.
    """
    cables = t["fabric_cables"]
    if name.isdigit() and int(name) < 1 << 64:
        found = cables.select(pl.arg_where(pl.col("key") == pl.lit(int(name), pl.UInt64))).to_series()
        if found.len():
            return found
        raise UnknownNameError("cable", name, [])
    if not is_cable(name) and name not in at["end"]:
        first = ends.named(t, at, cables.select(pl.arg_where(pl.int_range(pl.len()) < 5)).to_series())["label"].to_list()
        raise UnknownNameError("cable", name, first)
    near = _touching(t, at, name)
    named = ends.named(t, at, near)
    wanted = {name, DASHES.join(reversed(name.split(DASHES)))}
    sides = [pl.col(c).is_in([name]) for c in ("a_plug", "b_plug", "a_name", "b_name")]
    is_meant = pl.col("label").is_in(wanted) | pl.col("link").is_in(wanted) if DASHES in name else pl.any_horizontal(sides)
    keys = named.filter(is_meant)["key"].unique()
    if keys.len() != 1:
        known = ["label", "link"] if DASHES in name else ["a_plug", "b_plug", "a_name", "b_name"]
        raise UnknownNameError("cable", name, sorted({x for c in known for x in named[c]}))
    return cables.select(pl.arg_where(pl.col("key") == keys[0])).to_series()


def is_cable(name: str) -> bool:
    """Whether a text can only mean a cable: a label, an end or a key; names of devices and racks have no colon and begin with a letter."""
    return DASHES in name or ":" in name or name.isdigit()


def _touching(t: Tables, at: pl.DataFrame, name: str) -> pl.Series:
    """Links between the devices at the ends that a name tells, or of the one device. Raises UnknownNameError for an end where nothing stands."""
    ids = []
    for end in name.split(DASHES, 1):
        place = end.partition(":")[0]
        found = at.select(pl.arg_where(pl.col("end") == place)).to_series()
        if not found.len():
            raise UnknownNameError("end", place, at["end"].to_list())
        ids.append(found.implode())
    a, b = pl.col("a_device_id"), pl.col("b_device_id")
    one, two = ids[0], ids[-1]
    if len(ids) == 1:
        return t["fabric_cables"].select(pl.arg_where(a.is_in(one) | b.is_in(one))).to_series()
    between = t["fabric_cables"].select(pl.arg_where((a.is_in(one) & b.is_in(two)) | (a.is_in(two) & b.is_in(one)))).to_series()
    if between.len():
        return between
    return t["fabric_cables"].select(pl.arg_where(pl.any_horizontal(x.is_in(i) for x in (a, b) for i in ids))).to_series()
