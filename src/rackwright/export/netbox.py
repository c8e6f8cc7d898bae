"""NetBox: device types, racks, devices and what they hang on, as its bulk import takes them. `netbox_wiring` has interfaces, cables and feeds.

Names are those on labels. What NetBox cannot hold (longer than its fields, control characters, spaces at either end) is cut and has the beginning of
its SHA-256. Device types have power ports and outlets alone: how a cage is broken out is a thing of each switch, so interfaces are imported for each
device.

Source: netbox/dcim/forms/bulk_import.py (v4.6.8), schema/devicetype.json and components.json of the device type library, read 2026-11-23.

Reads what `ends`, `only`, `port_maps` and `netbox_racks` read, halls, designs, part_facts, parts, inputs; of rack designs racks, devices, ports,
cables, parts, part_facts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from rackwright.export import netbox_racks
from rackwright.export import only as choice
from rackwright.export.only import Only
from rackwright.schema import ends, plugs
from rackwright.schema.tables import Tables

NAME, LONG, SLUG = 64, 100, 100  # most characters of a device or component, of a rack or cable label, of a slug
_CONTROL = r"[\x00-\x1f\x7f-\x9f\u{2028}\u{2029}]"
_TIERS = {0: "leaf", 1: "spine", 2: "core"}
_POWER = {"c14": "iec-60320-c14", "c20": "iec-60320-c20", "saf-d-grid": "saf-d-grid", "terminal": "hardwired", "dc-800v-125a": "dc-terminal"}
_OUTLETS = {"c13": "iec-60320-c13", "c19": "iec-60320-c19"}
_LONG = ("length_cut_mm", "length_stock_mm")
_WIDE = 500.0  # mm between posts from which a frame is of 21 in


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """What of a hall is exported.

    Attributes:
        at: every device, as `ends.devices`.
        names: NetBox name of every device, racks: of its rack; by device id.
        own: ids of the devices chosen, all: those and the far ends of their cables; rising.
        links: ends of the links of all cables chosen, as `ends.named`.
        inner: cables within racks of which an end is chosen, as `netbox_racks.placed`; none where fabrics alone are.
        of_designs: cables of each rack design, as `netbox_racks.cables`.
    """

    t: Tables
    designs: Mapping[str, Tables]
    at: pl.DataFrame
    names: pl.Series
    racks: pl.Series
    own: pl.Series
    all: pl.Series
    links: pl.DataFrame
    inner: pl.DataFrame
    of_designs: pl.DataFrame

    @property
    def site(self) -> str:
        """The one site: the campus."""
        return str(fit(pl.Series([self.t.input_text("hall") or "campus"]), LONG)[0])


def chosen(t: Tables, designs: Mapping[str, Tables], only: Only) -> Chosen:
    """The devices and cables chosen, far ends too, so that the files load without others. Raises UnknownNameError, ChoiceError."""
    choice.no_cable(only, "NetBox files")
    at = ends.devices(t)
    rows = plugs.whole(t, choice.links(t, at, only))
    links = ends.named(t, at, rows)
    touched = pl.concat([links["a_device_id"], links["b_device_id"]]).cast(pl.Int32).unique()
    is_placed = only.row or only.rack or only.device
    own = choice.devices(t, at, only).cast(pl.Int32) if is_placed or not only.fabric else touched.sort()
    of_designs = netbox_racks.cables(t, designs)
    inner = netbox_racks.placed(at, of_designs)
    is_own = pl.any_horizontal(pl.col(f"{s}_device_id").is_in(own.implode()) for s in "ab")
    inner = inner.filter(is_own) if is_placed else inner.clear() if only.fabric else inner
    every = pl.concat([own, touched, inner["a_device_id"], inner["b_device_id"]]).unique().sort()
    return Chosen(t, designs, at, fit(at["end"], NAME), fit(at["rack"], LONG), own, every, links, inner, of_designs)


def fit(names: pl.Series, most: int) -> pl.Series:
    """Names as a field of `most` characters holds them; most stay as they are, and no two become one."""
    clean = names.str.replace_all(_CONTROL, " ").str.strip_chars()
    is_bad = (clean != names) | (names.str.len_chars() > most) | (clean == "")
    if not is_bad.any():
        return names
    both = pl.DataFrame({"old": names.filter(is_bad), "clean": clean.filter(is_bad)}).unique("old", maintain_order=True)
    old = both["old"]
    new = [f"{c[: most - 9].strip()}-{_mark(n)}".lstrip("-") for n, c in both.iter_rows()]
    return names.replace(old, pl.Series(new, dtype=pl.String))


def _mark(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def slugs(names: Iterable[str]) -> dict[str, str]:
    """Lower-case slugs of names; those that would meet, and empty or long ones, have the beginning of the name's SHA-256."""
    every = list(dict.fromkeys(names))
    made = {n: "-".join(filter(None, "".join(c if c.isascii() and c.isalnum() else " " for c in n.lower()).split())) for n in every}
    taken = list(made.values())
    return {n: s if s and len(s) <= SLUG and taken.count(s) == 1 else f"{s[: SLUG - 9]}-{_mark(n)}".lstrip("-") for n, s in made.items()}


def text(rows: pl.DataFrame) -> bytes:
    """Rows as NetBox reads CSV."""
    return rows.with_columns(pl.col(pl.String).replace({"": None})).write_csv(line_terminator="\n").encode()


def makers(c: Chosen) -> dict[str, str]:
    """Manufacturer of each part of a device: as printed on any part of that maker, else as its parts are called."""
    parts = [*c.t["parts"].select("part", "maker").iter_rows()]
    for found in c.designs.values():
        parts += found["parts"].select("part", "maker").iter_rows()
    printed = {part.split("/")[0]: maker for part, maker in parts}
    return {p: printed.get(p.split("/")[0], p.split("/")[0]) for p in c.at["part"].gather(c.all).unique().sort()}


def manufacturers(c: Chosen) -> pl.DataFrame:
    """One row a manufacturer."""
    return pl.DataFrame(list(slugs(sorted(makers(c).values())).items()), {"name": pl.String, "slug": pl.String}, orient="row")


def roles(c: Chosen) -> pl.DataFrame:
    """One row a role of a device."""
    names = slugs(devices(c)["role"].unique().sort())
    return pl.DataFrame([(n, s, "9e9e9e", "false") for n, s in names.items()], ["name", "slug", "color", "vm_role"], orient="row")


def sites(c: Chosen) -> pl.DataFrame:
    """The campus as a site."""
    return pl.DataFrame({"name": [c.site], "slug": [slugs([c.site])[c.site]], "status": ["planned"]})


def locations(c: Chosen) -> pl.DataFrame:
    """One row a hall."""
    names = slugs(fit(c.t["halls"].sort("hall_id")["name"], LONG))
    return pl.DataFrame([(c.site, n, s, "planned") for n, s in names.items()], ["site", "name", "slug", "status"], orient="row")


def racks(c: Chosen) -> pl.DataFrame:
    """One row a rack with its frame: units from the bottom, 21 in where posts stand so far apart, outer sizes, what it may carry."""
    ids = c.at["rack_id"].gather(c.all).unique()
    own = c.t["hall_racks"].filter(pl.col("rack_id").is_in(ids.implode())).sort("rack_id")
    halls = c.t["halls"].select("hall_id", location=fit(c.t["halls"]["name"], LONG))
    rows = own.join(_frames(c), on="design_id", how="left", nulls_equal=True, maintain_order="left").join(halls, on="hall_id", how="left")
    return rows.select(
        pl.lit(c.site).alias("site"),
        "location",
        fit(own["name"], LONG).alias("name"),
        pl.lit("planned").alias("status"),
        "width",
        "u_height",
        pl.lit("false").alias("desc_units"),
        "outer_width",
        "outer_depth",
        pl.when(pl.col("outer_width").is_not_null() | pl.col("outer_depth").is_not_null()).then(pl.lit("mm")).alias("outer_unit"),
        pl.col("weight").round(2),  # of the frame: NetBox adds what the devices weigh
        "max_weight",
        pl.lit("kg").alias("weight_unit"),
        "description",
    )


def _frames(c: Chosen) -> pl.DataFrame:
    """Frame of each rack design, and of racks of switches (design null)."""
    rows = []
    names = dict(c.t["designs"].select("design", "design_id").iter_rows())
    for name, found in c.designs.items():
        if name in names and found["racks"].height:
            rows.append((names[name], _frame(found, str(found["racks"]["part"][0])), int(found["racks"]["height_units"][0]), name))
    frames = c.t["parts"].filter(pl.col("kind") == "frame")["part"]
    if frames.len():
        facts = _frame(c.t, str(frames[0]))
        rows.append((None, facts, int(facts.get("height_units", 48)), "switches"))
    known = []
    for i, facts, units, name in rows:
        sizes = [_whole(facts.get(x)) for x in ("width", "depth", "payload_max")]
        known.append((i, 21 if facts.get("width_it", 0) >= _WIDE else 19, units, *sizes, facts.get("mass"), name))
    numbers = dict.fromkeys(("width", "u_height", "outer_width", "outer_depth", "max_weight"), pl.Int64)
    return pl.DataFrame(known, {"design_id": pl.Int32, **numbers, "weight": pl.Float64, "description": pl.String}, orient="row")


def _frame(t: Tables, part: str) -> dict[str, float]:
    return {f: float(v) for f, v in t["part_facts"].filter(pl.col("part") == part).select("fact", "value").iter_rows() if v is not None}


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def devices(c: Chosen) -> pl.DataFrame:
    """One row a device. A second one at the same units and face (half-width machines) is in the rack without a position, as are those beside the
    units: NetBox has no place for them.
    """
    made = makers(c)
    own = c.at[c.all].with_columns(device_id=c.all)
    stock = c.t["design_devices"].select("design_id", "is_rear", "role", local="device", height="height_u")
    tiers = c.t["fabric_switches"].select(pl.col("device_id").cast(pl.Int32), "tier", index_name="name")
    rows = own.join(stock, on=["design_id", "local"], how="left", maintain_order="left").join(
        tiers, on="device_id", how="left", maintain_order="left"
    )
    switch = pl.col("tier").replace_strict(_TIERS, default="switch", return_dtype=pl.String)
    is_rear = pl.col("is_rear").fill_null(value=False)
    is_first = pl.int_range(pl.len()).over("rack_id", "u", is_rear) == 0
    placed = pl.col("u").is_not_null() & is_first & (pl.col("height").is_null() | (pl.col("height") > 0))
    halls = dict(zip(c.t["halls"]["name"], fit(c.t["halls"]["name"], LONG), strict=True))
    named = pl.when(pl.col("tier").is_null()).then("device").otherwise("index_name")
    return rows.select(
        c.names.gather(c.all).alias("name"),
        pl.when(pl.col("tier").is_null()).then(pl.col("role").fill_null("other")).otherwise(switch).alias("role"),
        pl.col("part").replace_strict(made, return_dtype=pl.String).alias("manufacturer"),
        pl.col("part").replace_strict({p: model(p) for p in made}, return_dtype=pl.String).alias("device_type"),
        pl.lit("planned").alias("status"),
        pl.lit(c.site).alias("site"),
        pl.col("hall").replace_strict(halls, return_dtype=pl.String).alias("location"),
        c.racks.gather(c.all).alias("rack"),
        pl.when(placed).then("u").alias("position"),
        pl.when(placed).then(pl.when(is_rear).then(pl.lit("rear")).otherwise(pl.lit("front"))).alias("face"),
        fit(rows.select(named).to_series(), 200).alias("description"),
    )


def model(part: str) -> str:
    """Model of a part: its name without the maker."""
    return part.partition("/")[2] or part


def device_types(c: Chosen) -> dict[str, bytes]:
    """One YAML document a part, by path."""
    made = makers(c)
    kinds = slugs(made.values())
    names = slugs(f"{kinds[m]} {model(p)}" for p, m in made.items())
    heights, masses, ports = _heights(c), _masses(c), power_ports(c)
    outlets = netbox_racks.outlets(c.designs, c.of_designs)
    codes = dict(c.t["part_facts"].filter(pl.col("fact") == "order_code").select("part", "text").iter_rows())
    shallow = _shallow(c)
    files = {}
    for part, maker in made.items():
        slug = names[f"{kinds[maker]} {model(part)}"]
        lines = [
            ("manufacturer", maker),
            ("model", model(part)),
            ("slug", slug),
            ("part_number", codes.get(part, part)),
            ("u_height", heights.get(part, 1)),
        ]
        lines.append(("is_full_depth", part not in shallow))
        if masses.get(part):
            lines += [("weight", round(masses[part], 2)), ("weight_unit", "kg")]
        document = "---\n" + "".join(f"{k}: {_scalar(v)}\n" for k, v in lines)
        if ports.get(part):
            document += "power-ports:\n" + "".join(f"  - name: {_scalar(n)}\n    type: {k}\n" for n, k in ports[part].items())
        if outlets.get(part):
            fed = f"    power_port: {_scalar(next(iter(ports[part])))}\n" if len(ports.get(part, ())) == 1 else ""
            rows = (f"  - name: {_scalar(n)}\n    type: {_OUTLETS.get(k, 'other')}\n{fed}" for n, k in outlets[part].items())
            document += "power-outlets:\n" + "".join(rows)
        files[f"device-types/{slug}.yaml"] = document.encode()
    return files


def _scalar(value: object) -> str:
    """A value as JSON has it, which YAML reads alike."""
    return json.dumps(fit(pl.Series([value]), 200)[0] if isinstance(value, str) else value, ensure_ascii=False)


def _heights(c: Chosen) -> dict[str, int]:
    stock = dict(c.t["design_devices"].select("part", pl.col("height_u").fill_null(1)).iter_rows())
    switches = c.t["part_facts"].filter(pl.col("fact") == "height_units").select("part", "value").iter_rows()
    return {p: int(v) for p, v in switches if v is not None} | stock


def _masses(c: Chosen) -> dict[str, float]:
    found = {p: float(v) for p, v in c.t["part_facts"].filter(pl.col("fact") == "mass").select("part", "value").iter_rows() if v is not None}
    for design in c.designs.values():
        found |= dict(design["devices"].select("part", "mass_kg").iter_rows())
    return found


def _shallow(c: Chosen) -> set[str]:
    """Parts that somewhere share units with a device on the other face."""
    found: set[str] = set()
    for _, own in c.t["design_devices"].drop_nulls("position_u").group_by("design_id"):
        rows = own.select("part", "position_u", pl.col("height_u").fill_null(1), pl.col("is_rear").fill_null(value=False)).rows()
        front = {u: p for p, at, h, rear in rows if not rear for u in range(at, at + h)}
        for p, at, h, rear in rows:
            if rear:
                met = {front[u] for u in range(at, at + h) if u in front}
                found |= met | ({p} if met else set())
    return found


def whips(c: Chosen) -> pl.DataFrame:
    """Whips of rack designs: design_id, local device, part, feed, port on the device (an inlet that no cord takes, else one more), its connector,
    and the length ordered, else cut.
    """
    names = dict(c.t["designs"].select("design", "design_id").iter_rows())
    rows = []
    for name, design in c.designs.items():
        plug = dict(design["part_facts"].filter(pl.col("fact") == "connector_b").select("part", "text").iter_rows())
        at = {n: (i, p) for i, n, p in design["devices"].select("device_id", "name", "part").iter_rows()}
        counts: dict[str, int] = {}
        taken = set(design["cables"].filter(pl.col("b_end").str.starts_with("feed-").not_())["a_end"])
        inlets: dict[str, list[str]] = {}
        for port in design["ports"].filter(pl.col("kind") == "power").sort("port_id")["name"]:
            if port not in taken:
                inlets.setdefault(port.split("/")[0], []).append(port.partition("/")[2])
        for a, b, part, cut, stock in (
            design["cables"].filter(pl.col("kind") == "power-whip").sort("cable_id").select("a_end", "b_end", "part", *_LONG).iter_rows()
        ):
            device = a.split("/")[0]
            if device in at and b.startswith("feed-") and name in names:
                counts[device] = n = counts.get(device, 0) + 1
                port = inlets[device][n - 1] if n <= len(inlets.get(device, [])) else f"input-{n}"
                rows.append((names[name], *at[device], b.removeprefix("feed-"), port, plug.get(part, ""), cut if stock is None else stock))
    words = dict.fromkeys(("part", "feed", "port", "connector"), pl.String)
    return pl.DataFrame(rows, {"design_id": pl.Int32, "local": pl.Int32, **words, "whip_mm": pl.Float64}, orient="row")


def power_ports(c: Chosen) -> dict[str, dict[str, str]]:
    """Power ports of each part with their types: inlets with a port in a rack design or a cord, those of switches, and one for each whip."""
    made = {part: {n: _POWER.get(k, "other") for n, k in ports.items()} for part, ports in netbox_racks.supplies(c.t).items()}
    for design in c.designs.values():
        devices = design["devices"].select("device_id", "part", device="name")
        ports = design["ports"].filter(pl.col("kind") == "power").join(devices, on="device_id").sort("port_id")
        for part, device, port, connector in ports.select("part", "device", "name", "connector").iter_rows():
            made.setdefault(part, {})[port.removeprefix(f"{device}/")] = _POWER.get(connector, "other")
    for part, port, connector in whips(c).select("part", "port", "connector").iter_rows():
        made.setdefault(part, {})[port] = _POWER.get(connector, "other")
    for part, port in c.of_designs.filter("is_power").select("a_of", "a_port").iter_rows():
        made.setdefault(part, {}).setdefault(port, "other")
    return made
