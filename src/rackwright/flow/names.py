"""Rows by stable names: ids resolved to the names of what they point at, and for each table the columns that tell its rows apart.

Ids are dense and shift when anything is added; names do not. `diff` compares and `explain` finds rows by these names alone.
"""

from __future__ import annotations

import polars as pl

from rackwright.schema.tables import Tables, table_names, table_schema

KEY = "_key"
UNCOMPARED = ("spans", "path_segments")  # numbered by the run, and told by what they belong to
_IGNORED = ("src", "related_src", "line", "finding_id")
# Tables whose key is neither their own `name` nor their schema key with ids resolved.
_KEYS = {
    "address_pools": ("use", "fabric"),
    "assumptions": ("basis", "subject"),
    "bom": ("part", "level", "parent"),
    "bundles": ("fabric", "tier", "part", "a_rack", "b_rack", "number"),
    "cables": ("label",),
    "chips": ("name",),
    "designs": ("design",),
    "fabric_cables": ("key", "leg"),
    "fabric_switches": ("fabric", "tier", "pod", "plane", "rail", "index"),
    "fabrics": ("fabric",),
    "findings": ("code", "subject"),
    "hall_parts": ("fabric", "kind", "part"),
    "network_failures": ("fabric", "plane", "what", "example"),
    "links": ("fabric", "a_port", "b_port"),
    "pairs": ("link", "lane", "direction"),
    "pathways": ("segment",),
    "supply_feeds": ("rack", "feed"),
    "subnets": ("fabric", "plane", "rail", "device", "prefix"),
    "trays": ("level", "side", "a_x_mm", "a_y_mm", "b_x_mm", "b_y_mm"),
    "waivers": ("code", "subject", "until"),
}
_LABELS = {"cables": "label", "designs": "design", "fabrics": "fabric", "pathways": "segment"}
# Ids of the run, which shift when a rack is added; the key of a cable holds its two ends.
_OF_THE_RUN = {"bundles": ("path_id",), "fabric_cables": ("a_device_id", "b_device_id", "path_id", "sku")}


def named_tables() -> tuple[str, ...]:
    """Tables that have rows a person can name."""
    return tuple(n for n in table_names() if n not in UNCOMPARED)


def keys(table: str) -> list[str]:
    """Columns of `named` that tell its rows apart."""
    if table in _KEYS:
        return list(_KEYS[table])
    schema = table_schema(table)
    if any(c.name == "name" for c in schema.columns) and _own_id(table) is not None:
        return ["name"]
    return [_target(c.name, c.ref) for c in schema.columns if c.is_key]


def named(t: Tables, table: str) -> pl.DataFrame:
    """One table with its own id and `src` left out, every other id replaced by a name (`device_id` gives `device`), and `_key`, unique, in front.

    Rows that share a key are numbered in their order: `PWR102 rack`, `PWR102 rack #2`.
    """
    frame = t[table]
    for column, ref in _references(table).items():
        frame = _resolve(frame, column, ref, t)
    frame = frame.drop(set(frame.columns) & _left_out(table))
    parts = [pl.col(k).cast(pl.String).fill_null("") for k in keys(table)]
    frame = frame.select(pl.concat_str(parts, separator=" ").str.strip_chars().alias(KEY), pl.all())
    if frame[KEY].n_unique() == frame.height:
        return frame
    turn = pl.int_range(pl.len()).over(KEY)
    return frame.with_columns(
        pl.when(turn > 0).then(pl.concat_str([pl.col(KEY), pl.lit(" #"), (turn + 1).cast(pl.String)])).otherwise(KEY).alias(KEY)
    )


def references(table: str) -> set[str]:
    """Tables whose rows a table points at by id."""
    return {ref.split(".")[0] for ref in _references(table).values()}


def compared(table: str) -> list[str]:
    """Stored columns of a table that `named` keeps or resolves."""
    return [c.name for c in table_schema(table).columns if c.name not in _left_out(table)]


def keys_as_stored(table: str) -> list[str]:
    """The stored columns behind `keys`."""
    stored = {_target(c, ref): c for c, ref in _references(table).items()}
    return [stored.get(k, k) for k in keys(table)]


def _left_out(table: str) -> set[str]:
    """Columns that `named` drops."""
    own = _own_id(table)
    return {*_IGNORED, *_OF_THE_RUN.get(table, ()), *((own,) if own else ())}


def _references(table: str) -> dict[str, str]:
    """Columns that hold ids of other rows, each with the column it points at (`ports.port_id`)."""
    own = _own_id(table)
    return {c.name: c.ref for c in table_schema(table).columns if c.ref.endswith("_id") and c.name != own}


def _own_id(table: str) -> str | None:
    """The dense id of a table, if it has one."""
    return next((c.name for c in table_schema(table).columns if c.is_key and c.name.endswith("_id") and not c.ref), None)


def _target(column: str, ref: str) -> str:
    return column.removesuffix("_id") if ref.endswith("_id") else column


def _resolve(frame: pl.DataFrame, column: str, ref: str, t: Tables) -> pl.DataFrame:
    """`column` (ids) replaced by the names of the rows of `ref` (`ports.port_id`)."""
    table, id_column = ref.split(".")
    found = names(t, table).select(pl.col(id_column).alias(column), pl.col("_name").alias(_target(column, ref)))
    return frame.join(found, on=column, how="left", maintain_order="left").drop(column)


def names(t: Tables, table: str) -> pl.DataFrame:
    """The id and `_name` of every row of a table that others point at."""
    if table == "links":
        ports = t["ports"].select("port_id", "name")
        rows = t["links"].join(ports.rename({"port_id": "a_port_id", "name": "_a"}), on="a_port_id", how="left", maintain_order="left")
        rows = rows.join(ports.rename({"port_id": "b_port_id", "name": "_b"}), on="b_port_id", how="left", maintain_order="left")
        return rows.select("link_id", pl.concat_str(["fabric", "_a", "_b"], separator=" ").alias("_name"))
    own = _own_id(table)
    assert own is not None, f"{table} is pointed at by id and has none"
    label = _LABELS.get(table, "name")
    parts = pl.concat_str([pl.col(k).cast(pl.String) for k in keys(table)], separator=" ", ignore_nulls=True)
    text = pl.col(label) if label in t[table].columns else parts
    return t[table].select(own, text.alias("_name"))
