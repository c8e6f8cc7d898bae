"""Where a power chain stands and passes: electrical rooms of its blocks, trenches of medium-voltage cables, risers of feeders to the rows.

Read off the chain itself: a node that has a `room` (of its path, its block or the generators) stands in it, and so does every branch into it and
a tie that ends in it; medium-voltage cables pass the trenches of their path, feeders from a block to a busway the risers of that block's path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from rackwright.build.hall.supply_parts import SupplyFault
from rackwright.build.hall.supply_rows import Book
from rackwright.schema.tables import frame
from rackwright.spec.supply import Supply

GENERATORS, RESERVE = "G", "R"
MEDIUM_V = 1000.0  # is above


def check(wish: Supply, paths: Sequence[str]) -> None:
    """Ways of paths that this redundancy has.

    Raises:
        SupplyFault: SPC108, at the one that it does not have.
    """
    known = [*paths, *([RESERVE] if wish.redundancy in ("block", "catcher") else [])]
    for field, names in (("rooms", [*known, GENERATORS]), ("trenches", known), ("risers", known)):
        for path in getattr(wish, field):
            if path not in names:
                has = ", ".join(f"`{p}`" for p in names)
                text = f"`{field}` names path `{path}`, and `{wish.redundancy}` has {has}"
                raise SupplyFault("SPC108", "contradiction", text, f"{field}.{path}", f"one of {has}")


def stand(wish: Supply, book: Book) -> pl.DataFrame:
    """Table supply_places; its rooms, trenches and risers become components of the book."""
    nodes, branches = book.nodes.gathered(), book.branches.gathered()
    at = nodes.select("node_id", "room", "path", "hall_id", high=pl.col("voltage_nominal_v") > MEDIUM_V)
    ends = branches.select("kind", "component_id", "a_node_id", "b_node_id")
    ends = ends.join(at, left_on="a_node_id", right_on="node_id", maintain_order="left")
    ends = ends.join(at, left_on="b_node_id", right_on="node_id", suffix="_b", maintain_order="left")
    own = book.components.gathered().filter(pl.col("node_id").is_not_null()).select("node_id", "component_id").join(at, on="node_id")
    kind, room, room_b = pl.col("kind"), pl.col("room"), pl.col("room_b")
    cable = (
        kind.is_in(["line", "tie"])
        & pl.col("high")
        & pl.col("high_b")
        & (room.fill_null("") != GENERATORS)
        & (room.is_not_null() | room_b.is_not_null())
    )
    _in_b = [pl.col("component_id"), room_b.alias("room"), pl.col("path_b").alias("path"), pl.col("hall_id_b").alias("hall_id")]
    is_set = kind == "generator"
    in_b = ends.filter(room_b.is_not_null() & ~cable).with_columns(
        room_b=pl.when(is_set & (GENERATORS in wish.rooms)).then(pl.lit(GENERATORS)).otherwise(room_b)
    )
    in_a = ends.filter(room.is_not_null() & ~cable & (kind == "tie"))
    parts = [own.select("component_id", "room", "path", "hall_id"), in_b.select(_in_b), in_a.select("component_id", "room", "path", "hall_id")]
    standing = pl.concat(parts, how="vertical_relaxed").drop_nulls(["room", "hall_id"])
    named = _named(
        standing.with_columns(path=pl.when(room == GENERATORS).then(room).otherwise("path")), {k: [v] for k, v in wish.rooms.items()}, "room"
    )
    ways = {"path": pl.coalesce("path_b", "path"), "hall_id": pl.coalesce("hall_id_b", "hall_id"), "room": pl.coalesce("room_b", "room")}
    trench = ends.filter(cable).select("component_id", **ways)
    riser = ends.filter((kind == "breaker") & room.is_not_null() & room_b.is_null()).select("component_id", "path", "hall_id", "room")
    found = [named, _named(trench, wish.trenches, "trench"), _named(riser, wish.risers, "riser")]
    return _table(book, pl.concat(found).unique(maintain_order=True))


def _named(members: pl.DataFrame, given: Mapping[str, Sequence[str]], kind: str) -> pl.DataFrame:
    """kind, name and component_id: of each way of a path that has names these, else one called by the room or path."""
    own = [(p, name) for p, names in given.items() for name in names]
    names = pl.DataFrame(own, schema={"path": pl.String, "given": pl.String}, orient="row")
    called = members.join(names, on="path", how="left", maintain_order="left").with_columns(name=pl.coalesce("given", "room", "path"))
    hall = pl.format("H{} ", (pl.col("hall_id") + 1).cast(pl.String).str.zfill(2))
    is_one = pl.col("name").str.starts_with("/")
    name = pl.when(is_one).then(pl.format(kind + " {}", pl.col("name").str.strip_prefix("/"))).otherwise(pl.format("{}" + kind + " {}", hall, "name"))
    return called.select(kind=pl.lit(kind), name=name, component_id=pl.col("component_id").cast(pl.Int64))


def _table(book: Book, found: pl.DataFrame) -> pl.DataFrame:
    """Components of the places, and what is in each; tap-off units with their whips."""
    places = found.select("kind", "name").unique(maintain_order=True)
    ids = np.empty(places.height, np.int64)
    for kind in places["kind"].unique(maintain_order=True).to_list():
        own = (places["kind"] == kind).to_numpy()
        ids[own] = book.component(kind, places["name"].filter(pl.Series(own)))
    rows = found.join(places.with_columns(place_id=pl.Series(ids)), on=["kind", "name"], maintain_order="left").select("place_id", "component_id")
    taps = [pl.DataFrame({"place_id": taps, "component_id": whips.astype(np.int64)}) for taps, whips in book.within]
    made = pl.concat([rows, *taps], how="vertical_relaxed").with_columns(src=pl.lit(book.src))
    return frame("supply_places", made.sort("place_id", "component_id"))
