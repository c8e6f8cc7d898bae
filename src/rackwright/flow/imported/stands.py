"""The tables of the hall as it stands: those of the plan, with racks, switches and links where the files have them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from rackwright.build.hall.standing import READS
from rackwright.flow import cells
from rackwright.flow.imported.matched import Onto, Plan
from rackwright.flow.imported.places import Floor
from rackwright.flow.imported.racks import Standing
from rackwright.flow.imported.seen import Seen, natural
from rackwright.schema.tables import Tables, frame, table_schema


def as_built(plan: Plan, laid: Sequence[Onto], st: Standing, s: Seen, floor: Floor, racks: pl.DataFrame) -> tuple[Tables, bool]:
    """What a hall spec grows from, and whether switches stand where the files have them. `racks`: rack (observed), rack_id."""
    t = plan.tables
    made = {name: t[name] for name in READS}
    made["hall_racks"] = _compute_racks(t["hall_racks"], st, floor, racks)
    switches = pl.concat([o.devices for o in laid]).unique("dev", keep="first").join(s.devices.filter("is_switch"), on="dev")
    told = _switch_racks(made["hall_racks"], t["fabric_switches"], switches, st, floor)
    if told is not None:
        made["hall_racks"], made["fabric_switches"] = told
    made["fabric_cables"] = _links(t["fabric_cables"], laid)
    made["fabric_cells"] = _cells(made["fabric_cables"], t)
    typed = {name: frame(name, rows.cast({c: d for c, d in table_schema(name).dtypes().items() if c in rows.columns})) for name, rows in made.items()}
    return Tables(typed), told is not None


def _cells(links: pl.DataFrame, t: Tables) -> pl.DataFrame:
    """A file for each fabric, with its links of all units."""
    names = dict(t["fabrics"].select("fabric_id", "fabric").iter_rows())
    own = links.group_by("fabric_id", maintain_order=True).agg(link_first=pl.col("link_id").first(), links=pl.len())
    files = [cells.file_name(names[f], 0) for f in own["fabric_id"]]
    first = int(t["fabric_switches"]["device_id"].min())  # type: ignore[arg-type]
    return own.with_columns(pl.Series("file", files, dtype=pl.String), cell=pl.lit(0), host_device_first=pl.lit(0), switch_device_first=pl.lit(first))


def _compute_racks(racks: pl.DataFrame, st: Standing, floor: Floor, at: pl.DataFrame) -> pl.DataFrame:
    """Racks of hosts with the row and place that their names tell."""
    if not floor.is_told:
        return racks
    told = st.racks.join(floor.at.select("name", r="row", p="place"), on="name").join(at, on="rack").select("rack_id", "name", "r", "p")
    made = racks.join(told, on="rack_id", how="left", maintain_order="left", suffix="_told")
    new = {
        "name": pl.coalesce("name_told", "name"),
        "row": pl.coalesce("r", "row").cast(pl.Int32),
        "position": pl.coalesce("p", "position").cast(pl.Int32),
    }
    return made.with_columns(**new).select(racks.columns)


def _switch_racks(
    racks: pl.DataFrame, planned: pl.DataFrame, switches: pl.DataFrame, st: Standing, floor: Floor
) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """Racks and switches with the switches where they stand; None where not every one has a rack and unit, or one stands among hosts."""
    hosts = st.racks["name"].drop_nulls()
    here = switches.join(floor.at.rename({"name": "rack"}), on="rack", how="left").with_columns(nature=natural("rack"))
    known = here["rack"].null_count() == 0 and here["u"].null_count() == 0 and here["place"].null_count() == 0
    if not floor.is_told or not known or here["rack"].is_in(hosts.implode()).any() or here.height != planned.height:
        return None
    own = here.select("rack", "hall", "row", "place", "nature").unique("rack").sort("hall", "nature")
    own = own.with_row_index("rack_id", offset=racks["design_id"].count())
    like = racks.filter(pl.col("design_id").is_null()).head(1)
    fresh = pl.concat([like] * own.height).with_columns(
        rack_id=own["rack_id"].cast(pl.Int32), name=own["rack"], hall_id=own["hall"].cast(pl.Int32), row=own["row"].cast(pl.Int32),
        position=own["place"].cast(pl.Int32),
    )  # fmt: skip
    to = here.join(own.select("rack", "rack_id"), on="rack").select("u", device_id="id", rack=pl.col("rack_id").cast(pl.Int32))
    moved = planned.join(to, on="device_id", how="left", maintain_order="left")
    moved = moved.with_columns(rack_id=pl.col("rack"), position_u=pl.col("u").cast(planned["position_u"].dtype)).select(planned.columns)
    return pl.concat([racks.filter(pl.col("design_id").is_not_null()), fresh]), moved


def _links(planned: pl.DataFrame, laid: Sequence[Onto]) -> pl.DataFrame:
    """Observed links whose ends are known, as rows of `fabric_cables`."""
    made = []
    for o in laid:
        rows = o.links.drop_nulls(["a", "a_port", "b", "b_port"]).unique(["a", "a_port"], keep="first").unique(["b", "b_port"], keep="first")
        usual = (
            planned.filter(pl.col("fabric_id") == o.fabric_id)
            .group_by("tier")
            .agg(pl.col("speed_gbps").mode().max(), is_alone=pl.len() == pl.col("key").n_unique())
        )
        rows = rows.join(usual, on="tier").sort("link")
        key = pl.when("is_alone").then(pl.col("link").cast(pl.UInt64)).otherwise(pl.struct("a", "b").hash())
        made.append(
            rows.select(
                "tier", "speed_gbps", fabric_id=pl.lit(o.fabric_id), a_device_id="a", a_port="a_port", b_device_id="b", b_port="b_port", key=key
            )
        )
    every = pl.concat(made).sort("fabric_id", "tier", "a_device_id", "a_port").with_row_index("link_id")
    zeros = {c: pl.lit(0) for c in ("plane", "rail", "leg", "sku", "path_id", "length_route_mm", "length_cut_mm", "length_stock_mm")}
    return every.with_columns(**zeros).select(planned.columns).cast(planned.schema)
