"""Devices by any of their names: those of labels and of the design, those that lists give, and where a sheet says they stand."""

from __future__ import annotations

import re

import polars as pl

from rackwright.verify.designed import Designed
from rackwright.verify.observed import Observed

_MANAGED = re.compile(r"^MF\d+;(.+):[^:]*/U\d+$")  # as Mellanox switches describe themselves: MF0;NAME:MQM9700/U1


class Names:
    """`unknown` and `double` are rows of lists that give a name to a device that is not there, or one name to two: file, line, device, alias."""

    def __init__(self, d: Designed, seen: Observed) -> None:
        known = d.devices
        own = pl.concat([
            known.select("dev", name="end"),
            known.select("dev", name="device"),
            known.select("dev", name=pl.concat_str("rack", pl.lit("/"), "device")),
            known.select("dev", name=pl.concat_str("rack", pl.lit("-"), "device")),
        ])  # fmt: skip
        self._exact: dict[str, int] = dict(_alone(own).iter_rows())
        self._folded = _folded(self._exact)
        self.unknown: list[tuple[int, int, str, str]] = []
        self.double: list[tuple[int, int, str, str]] = []
        self._listed(seen.local.filter(pl.col("port").is_null()).select("file", "line", "device", "alias").drop_nulls())
        self._folded = _folded(self._exact)
        self._places = self._standing(seen.devices.select("device", "rack", "u").drop_nulls("rack").unique())

    def _listed(self, rows: pl.DataFrame) -> None:
        """Names that lists give, which outweigh our own."""
        given: dict[str, int] = {}
        for file, line, device, alias in rows.iter_rows():
            found = self._plain(device)
            if found < 0:
                self.unknown.append((file, line, device, alias))
            elif given.setdefault(alias, found) != found:
                self.double.append((file, line, device, alias))
        twice = {alias for *_, alias in self.double}
        self._exact |= {alias: dev for alias, dev in given.items() if alias not in twice}

    def _standing(self, rows: pl.DataFrame) -> dict[str, int]:
        """Devices by where a list says that they stand, of names that say nothing themselves and stand in one place."""
        found: dict[str, int] = {}
        for name, rack, u in rows.iter_rows():
            unit = re.search(r"\d+", u or "")
            own = self._plain(f"{rack}/{name.removeprefix(f'{rack}/')}")
            at = self._plain(f"{rack}-{int(unit[0]):02d}") if own < 0 and unit else own
            if found.setdefault(name, at) != at:
                found[name] = -1
        return found

    def device(self, name: str) -> int:
        """The device, or -1. A domain after the name and the way receivers write other characters are seen through."""
        found = self._plain(name)
        if found < 0 and (managed := _MANAGED.match(name)):
            found = self._plain(managed[1])
        if found < 0 and "_" in name:
            found = self._plain(readable(name))
        cut = name
        while found < 0 and "." in cut:
            cut = cut.rpartition(".")[0]
            found = self._plain(cut)
        return found if found >= 0 else self._places.get(name, -1)

    def _plain(self, name: str) -> int:
        found = self._exact.get(name)
        return self._folded.get(name.casefold(), -1) if found is None else found

    def adapter(self, description: str) -> tuple[int, str]:
        """Device and the rest of what an adapter says of itself: `HOST mlx5_0`, `HOST HCA-1`, `HOST:nic0/p0`."""
        found, rest, head = self.device(description), "", description
        while found < 0 and (cut := max(head.rfind(" "), head.rfind(":"))) > 0:
            head = head[:cut]
            found, rest = self.device(head), description[len(head) + 1 :]
        return found, rest if found >= 0 else ""


def readable(name: str) -> str:
    """A name as it was before `export` wrote it for receivers of few characters (`_2f` is `/`)."""
    plain = name[1:] if re.match(r"x_[0-9a-f]{2}", name) else name
    return re.sub(r"((?:_[0-9a-f]{2})+)", lambda m: bytes.fromhex(m[1].replace("_", "")).decode(errors="replace"), plain)


def _alone(names: pl.DataFrame) -> pl.DataFrame:
    """Names that mean one device: name, dev."""
    return names.drop_nulls().unique().filter(pl.len().over("name") == 1).select("name", "dev")


def _folded(exact: dict[str, int]) -> dict[str, int]:
    """Names in any case that still mean one device."""
    folded: dict[str, int] = {}
    for name, dev in exact.items():
        lower = name.casefold()
        folded[lower] = dev if folded.get(lower, dev) == dev else -1
    return {n: d for n, d in folded.items() if d >= 0}
