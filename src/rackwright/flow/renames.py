"""What was only called differently in the second of two designs, and that design with the first one's names.

A device that one design lacks and a device that the other lacks are the same when they stand in the same rack at the same unit on the same
side and are the same part (failing that, the same kind of part). When a whole group went that way it is one rename of the group.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from rackwright.schema.tables import Tables

_PLACE = ("rack", "position_u", "is_rear", "height_u")
_WHOLE = {"devices": ("group",), "findings": ("subject",), "assumptions": ("subject",), "masses": ("item",)}
_GROUP_INPUT = r"^(placement\.|scale_up\.(from|to)$|management\.switches$|trays\.[^.]+\.within$)"


@dataclass(frozen=True, slots=True)
class Rename:
    """`old` in A is `new` in B; `count` devices. A rename of a whole group has `is_group` and the group's names."""

    old: str
    new: str
    count: int
    is_group: bool

    def __str__(self) -> str:
        star = "-*" if self.is_group else ""
        return f"{self.old}{star} -> {self.new}{star}"


def renames(a: Tables, b: Tables) -> list[Rename]:
    """Renames from `a` to `b`: whole groups first, then single devices by name."""
    pairs = _matched(a, b)
    if pairs.is_empty():
        return []
    found: list[Rename] = []
    for (old, new), rows in pairs.group_by(["group", "group_b"], maintain_order=True):
        whole = rows.height == _size(a, str(old)) == _size(b, str(new))
        suffix = rows["name"].str.strip_prefix(str(old)) == rows["name_b"].str.strip_prefix(str(new))
        if whole and old != new and suffix.all():
            found.append(Rename(str(old), str(new), rows.height, True))
        else:
            found += [Rename(o, n, 1, False) for o, n in rows.select("name", "name_b").iter_rows()]
    return sorted(found, key=lambda r: (not r.is_group, r.old))


def _size(t: Tables, group: str) -> int:
    return t["devices"].filter(pl.col("group") == group).height


def _matched(a: Tables, b: Tables) -> pl.DataFrame:
    """Devices of `a` without a namesake in `b` beside those of `b` they became: name, group, name_b, group_b."""
    lost, new = _unmatched(a, b), _unmatched(b, a)
    pieces = []
    for same in ("part", "kind"):
        on = [*_PLACE, same, "_turn"]
        pair = _turned(lost, on).join(_turned(new, on), on=on, suffix="_b", nulls_equal=True, maintain_order="left")
        pieces.append(pair.select("name", "group", "name_b", "group_b"))
        lost, new = lost.filter(~pl.col("name").is_in(pair["name"].implode())), new.filter(~pl.col("name").is_in(pair["name_b"].implode()))
    return pl.concat(pieces)


def _unmatched(here: Tables, there: Tables) -> pl.DataFrame:
    racks = here["racks"].select("rack_id", pl.int_range(pl.len()).alias("rack"))
    rows = here["devices"].join(there["devices"].select("name"), on="name", how="anti", maintain_order="left")
    return rows.join(racks, on="rack_id", how="left", maintain_order="left")


def _turned(rows: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """With `_turn`, the number of a device among those that nothing else tells apart (vertical PDUs take no unit)."""
    return rows.with_columns(pl.int_range(pl.len()).over(on[:-1]).alias("_turn"))


def renamed(b: Tables, changes: list[Rename]) -> Tables:
    """`b` as if it had never been renamed: every name that depends on a renamed device or group is what `a` calls it."""
    if not changes:
        return b
    made = {}
    for table in b:
        frame = b[table]
        if table not in ("spans", "parts", "part_facts", "part_contents"):
            texts = [c for c, kind in frame.schema.items() if kind == pl.String and c not in ("part", "parent")]
            frame = frame.with_columns([_back(table, c, changes).alias(c) for c in texts])
        made[table] = frame
    return b.put({**made, "cables": _sorted_ends(made["cables"]) if "cables" in made else b["cables"]})


def _back(table: str, column: str, changes: list[Rename]) -> pl.Expr:
    """The expression that turns B's names in one text column into A's."""
    text = pl.col(column)
    for change in changes:
        old, new = change.old.replace("$", "$$"), re.escape(change.new)
        if change.is_group:
            text = text.str.replace_all(rf"(^|--|[^a-z0-9-]){new}-(\d+)\b", f"${{1}}{old}-${{2}}")
            text = text.str.replace_all(rf"\btrays\.{new}($|[^a-z0-9-])", f"trays.{old}${{1}}")
            text = text.str.replace_all(f"`{change.new}`", f"`{change.old}`", literal=True)
            if column in _WHOLE.get(table, ()):
                text = text.str.replace_all(rf"(^| ){new}($| )", f"${{1}}{old}${{2}}")
            elif table == "inputs" and column == "text":
                token = text.str.replace_all(rf"(^|[^a-z0-9-]){new}($|[^a-z0-9-])", f"${{1}}{old}${{2}}")
                text = pl.when(pl.col("path").str.contains(_GROUP_INPUT)).then(token).otherwise(text)
        else:
            text = text.str.replace_all(rf"(^|--|[^a-z0-9-]){new}\b", f"${{1}}{old}")
    return text


def _sorted_ends(cables: pl.DataFrame) -> pl.DataFrame:
    """Labels name the smaller end first; a rename may have turned them."""
    ends = pl.col("label").str.split("--")
    return cables.with_columns(label=pl.when(ends.list.len() == 2).then(ends.list.sort().list.join("--")).otherwise("label"))
