"""NetBox: what rack designs have inside: their cables, the ports that no fabric uses, power ports and outlets.

Cables that come in one piece (cartridges of a backplane) are no cables for NetBox, nor are their ports: nobody plugs them. Cords end at a PDU and
not at an outlet of it, so outlets are counted by connector in the order of the cords.

Reads part_facts; of rack designs devices, ports, cables, part_facts.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from rackwright.schema.tables import Tables

_OUTLETS = {"outlets_c13": "c13", "outlets_c19": "c19"}  # facts of a PDU: how many it has of a connector
_WORDS: dict[str, type[pl.DataType]] = dict.fromkeys(("a_port", "b_port", "a_of", "b_of", "label", "part", "medium", "connector"), pl.String)
_CABLE: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(("design_id", "cable_id", "a", "b", "mm"), pl.Int32),
    **dict.fromkeys(("is_power", "is_a_first"), pl.Boolean),
}
_PORT: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(("design_id", "local", "port_id"), pl.Int32),
    **dict.fromkeys(("port", "connector"), pl.String),
    "speed_gbps": pl.Float64,
    **dict.fromkeys(("is_managing", "is_joined"), pl.Boolean),
}


def cables(t: Tables, designs: Mapping[str, Tables]) -> pl.DataFrame:
    """Loose cables between devices of each rack design: design_id, cable_id, of both sides the local device (`a`), its part (`a_of`) and port
    (`a_port`), is_power, its label there, part, medium, mm (ordered, else cut), `connector` of its outlet (power alone), is_a_first (in the label).
    """
    made = [pl.DataFrame(schema=_CABLE | _WORDS)]
    for i, own in _own(t, designs):
        devices = own["devices"].select(pl.col("device_id").cast(pl.Int32), "name", "part")
        rows = own["cables"].filter(pl.col("assembly").is_null()).sort("cable_id")
        for s in "ab":
            held = devices.select(pl.col("device_id").alias(s), pl.col("part").alias(f"{s}_of"), of="name")
            end = pl.col(f"{s}_end").str.split_exact("/", 1)
            rows = rows.with_columns(of=end.struct[0]).join(held, on="of", how="inner", maintain_order="left")
            inner = pl.col(f"{s}_end").str.strip_prefix(pl.concat_str("of", pl.lit("/")))
            rows = rows.with_columns(pl.when(pl.col(f"{s}_port_id").is_not_null()).then(inner).alias(f"{s}_port"))
        plugs = own["part_facts"].filter(pl.col("fact") == "connector_b").select("part", connector="text")
        rows = rows.join(plugs, on="part", how="left", maintain_order="left").with_columns(is_power=pl.col("medium") == "power")
        made.append(_numbered(rows.with_columns(design_id=pl.lit(i, pl.Int32))))
    return pl.concat(made, how="diagonal_relaxed")


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Cords with an inlet and an outlet where the design names none."""
    connector = pl.col("connector").fill_null("outlet").str.to_uppercase()
    is_out, is_in = (pl.col(f"{s}_port").is_null() & pl.col("is_power") for s in "ba")
    rows = rows.with_columns(
        b_port=pl.when(is_out).then(pl.format("{}-{}", connector, is_out.cum_sum().over("b", "connector"))).otherwise("b_port"),
        a_port=pl.when(is_in).then(pl.format("inlet-{}", is_in.cum_sum().over("a"))).otherwise("a_port"),
    )
    rows = rows.with_columns(
        mm=pl.coalesce("length_stock_mm", "length_cut_mm"), is_a_first=pl.col("label").str.starts_with(pl.concat_str("a_end", pl.lit("--")))
    )
    return rows.filter(pl.col("a_port").is_not_null() & pl.col("b_port").is_not_null()).select(*_CABLE, *_WORDS)


def placed(at: pl.DataFrame, of_designs: pl.DataFrame) -> pl.DataFrame:
    """Cables of designs in every rack of theirs: with rack_id, a_device_id, b_device_id. `at` is from `ends.devices`."""
    where = at.with_row_index("device_id").select(pl.col("device_id").cast(pl.Int32), "rack_id", "design_id", "local").drop_nulls()
    where = where.with_columns(pl.col("design_id", "local").cast(pl.Int32))
    rows = where.rename({"device_id": "a_device_id", "local": "a"}).join(of_designs, on=["design_id", "a"], maintain_order="left")
    there = where.select("rack_id", b="local", b_device_id="device_id")
    return rows.join(there, on=["rack_id", "b"], maintain_order="left").sort("rack_id", "cable_id")


def ports(t: Tables, designs: Mapping[str, Tables]) -> pl.DataFrame:
    """Ports of devices of rack designs that are no power ports: design_id, local, port_id, port, speed_gbps, connector, is_managing, is_joined (has a
    cable in the rack). Of scale-up ports those with a loose cable.
    """
    made = [pl.DataFrame(schema=_PORT)]
    for i, own in _own(t, designs):
        loose = own["cables"].filter(pl.col("assembly").is_null())
        joined = pl.concat([loose["a_port_id"], loose["b_port_id"]]).drop_nulls().unique()
        rows = own["ports"].filter(pl.col("kind") != "power").join(own["devices"].select("device_id", device="name"), on="device_id")
        rows = rows.with_columns(is_joined=pl.col("port_id").is_in(joined.implode()))
        rows = rows.filter((pl.col("kind") != "scale-up") | pl.col("is_joined")).sort("port_id")
        made.append(
            rows.select(
                design_id=pl.lit(i, pl.Int32),
                local=pl.col("device_id").cast(pl.Int32),
                port_id="port_id",
                port=pl.col("name").str.strip_prefix(pl.concat_str("device", pl.lit("/"))),
                speed_gbps="speed_gbps",
                connector="connector",
                is_managing=pl.col("kind") == "management",
                is_joined="is_joined",
            )
        )
    return pl.concat(made, how="diagonal_relaxed")


def supplies(t: Tables) -> dict[str, dict[str, str]]:
    """Inlets of switches of fabrics, which stand in no rack design: by part, name and connector (empty: not known)."""
    facts = t["part_facts"].filter(pl.col("fact").is_in(["psu_count", "psu_connector"])).select("part", "fact", "value", "text")
    switches = set(t["fabric_switches"]["part"].unique())
    connector = {p: text for p, f, _, text in facts.iter_rows() if f == "psu_connector"}
    return {
        p: {f"psu{n}": connector.get(p, "") for n in range(int(many))} for p, f, many, _ in facts.iter_rows() if f == "psu_count" and p in switches
    }


def outlets(designs: Mapping[str, Tables], of_designs: pl.DataFrame) -> dict[str, dict[str, str]]:
    """Outlets by part: name and connector, as many as the part has of each, and those that cords take beyond."""
    made: dict[str, dict[str, str]] = {}
    for own in designs.values():
        facts = own["part_facts"].filter(pl.col("fact").is_in(list(_OUTLETS))).sort("part", "fact")
        for part, fact, many in facts.select("part", "fact", "value").iter_rows():
            kind = _OUTLETS[fact]
            made.setdefault(part, {}).update({f"{kind.upper()}-{n + 1}": kind for n in range(int(many))})
    used = of_designs.filter("is_power").select("b_of", "b_port", "connector").unique(maintain_order=True)
    for part, port, connector in used.iter_rows():
        made.setdefault(part, {}).setdefault(port, connector or "")
    return made


def _own(t: Tables, designs: Mapping[str, Tables]) -> list[tuple[int, Tables]]:
    """Designs that the hall has, with their ids."""
    ids = dict(t["designs"].select("design", "design_id").iter_rows())
    return [(ids[name], own) for name, own in designs.items() if name in ids]
