"""What the files say, in one shape: devices, which of them are switches, and every link once with both its ends.

Who is a switch: a part that was named, else the role that a file gives, else how ports are written. A way of writing that stands at both ends of
links is that of switches; of two ways that meet, that of the devices with more links each. Where that tells none, names do.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rackwright.base.findings import DesignError, Finding
from rackwright.base.spans import Span
from rackwright.catalog.loader import Catalog
from rackwright.flow.imported import inner
from rackwright.schema.tables import Tables
from rackwright.verify import reading
from rackwright.verify.observed import Fault, Observed
from rackwright.verify.reading.lists import NOTHING

MANAGEMENT = r"(?i)^((eth|ma|em|fxp)\d+|(mgmt|management|bmc|oob|ipmi)[-_/ ]?\d*([-/.]\d+)?)$"  # how a switch's own management port is called
_SWITCH, _HOST = r"(?i)switch|leaf|spine|core|\btor\b|router|aggregation", r"(?i)host|server|compute|storage|pdu|power|node|gpu|ups|manager"
_ADAPTER = r"(?i)^(mlx|nic|hca|en[ospx]\d*|eth#|ib#|ib$|bmc|ipmi|idrac|ilo|net#|dpu|roce|rdma|hsn|bond|pxe)"  # how ports of hosts are called
_SAME = 0.02  # of the links of a way of writing that have it at both ends
_MOST = 0.5  # of the ports of a device
_LABEL = r"^(.+\d)-(\d{2})$"  # rack and unit, as on labels of ours
_DEVICE = r"^(H\d+\.[A-Z]+\d+)-(.+)$"


@dataclass(frozen=True, slots=True)
class Seen:
    """`devices`: dev (from 0, in natural order of names), name, is_switch, part (null: not named), rack, u, own (name in its rack, where ours).
    `links`: link, file, line, sheet, and for both ends device and port (a, a_port, b, b_port). `findings` are what of the files was left out.
    """

    observed: Observed
    devices: pl.DataFrame
    links: pl.DataFrame
    findings: list[Finding]

    @property
    def files(self) -> list[str]:
        """Names of the files."""
        return self.observed.files


def refused(file: str, message: str, help: str, line: int = 1) -> DesignError:
    """The error that ends an import: IMP101."""
    return DesignError([Finding("IMP101", "not-importable", "error", message, Span(file, line, 1, line, 1), help=help)])


def natural(column: str) -> pl.Expr:
    """A key that sorts names as people do: numbers in them by value (below 10^9); names that differ have keys that differ."""
    padded = pl.col(column).str.replace_all(r"\d+", "000000000$0").str.replace_all(r"\d*(\d{9})", "$1")
    return pl.concat_str(padded, pl.lit("\t"), column)


def form(column: str) -> pl.Expr:
    """A name without its numbers: `swp#s#`."""
    return pl.col(column).str.replace_all(r"\d+", "#")


def seen(files: Sequence[str], parts: Mapping[str, str], catalog: Catalog, designs: Collection[Tables]) -> Seen:
    """Devices and links of the files, but those inside racks that `designs` have. `parts`: part by pattern of device names (`*` and `?`). Raises
    DesignError.
    """
    observed, own = inner.without(reading.read(files), designs)
    findings = _unread(observed.faults, observed.files)
    first = observed.files[0] if observed.files else ", ".join(files)
    if own:
        text = f"{own:,} links inside racks are those of the rack designs, and no network's"
        findings.append(Finding("IMP103", "left-out", "info", text, Span(first, 1, 1, 1, 1)))
    rows = observed.seen.filter(pl.col("far_device").is_not_null()).with_columns(pl.col("at").str.replace(r"^\[.*$", "").alias("sheet"))
    whole = rows.drop_nulls(["port", "far_port"]).filter(pl.col("device") != pl.col("far_device"))
    if whole.is_empty():
        if findings:
            raise DesignError(findings)
        raise refused(first, "names no link with a device and a port at both its ends", "give a P2P workbook, cables of NetBox, or a CSV of links")
    if (lost := rows.height - whole.height) > 0:
        findings.append(noted(first, f"{lost:,} rows name no port at one end, or one device at both, and are left out", "complete them"))
    links, twice = _once(whole)
    findings += [
        noted(observed.files[f], f"port `{port}` of `{device}` is in two links; that of line {line} counts", "correct the list", again)
        for f, device, port, line, again in twice.head(20).iter_rows()
    ]
    devices = _devices(links, observed.devices, parts, catalog)
    if not devices["is_switch"].any() or devices["is_switch"].all():
        kind = "a switch" if not devices["is_switch"].any() else "a host"
        message = f"no device of {devices.height:,} looks like {kind}: no role is given, and ports of all of them are written alike"
        raise refused(first, message, "name the switches' part, such as --part 'leaf*=nvidia/qm9700'")
    return Seen(observed, devices, _numbered(links, devices), findings)


def _unread(faults: Sequence[Fault], files: Sequence[str]) -> list[Finding]:
    """Faults of files as findings: IMP102; files of a folder that say nothing of links or devices are told together."""
    nothing = [f for f in faults if f.message.startswith(NOTHING)]
    rest = [f for f in faults if not f.message.startswith(NOTHING)]
    made = [Finding("IMP102", "not-read", "error", f.message, Span(f.file, f.line, f.column, f.line, f.column), help=f.help) for f in rest]
    if nothing and len(nothing) < len(files):
        names = joined(Path(f.file).name for f in nothing)
        text = f"{len(nothing)} files say nothing of links or devices: {names}"
        made.append(Finding("IMP103", "left-out", "info", text, Span(nothing[0].file, 1, 1, 1, 1)))
    return made


def noted(file: str, message: str, help: str, line: int = 1) -> Finding:
    """A warning that something of the files is left out: IMP103."""
    return Finding("IMP103", "left-out", "warning", message, Span(file, line, 1, line, 1), help=help)


def _once(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Every pair of ends once, the lesser end first; and ports that are in several of them: file, device, port, line of the first and of the next."""
    near, far = pl.struct("device", "port"), pl.struct(device="far_device", port="far_port")
    is_less = (pl.col("device") < pl.col("far_device")) | ((pl.col("device") == pl.col("far_device")) & (pl.col("port") <= pl.col("far_port")))
    rows = rows.select("file", "line", "sheet", one=pl.when(is_less).then(near).otherwise(far), two=pl.when(is_less).then(far).otherwise(near))
    rows = rows.unique(["one", "two"], keep="first", maintain_order=True).with_row_index("row")
    ends = pl.concat([rows.select("row", "file", "line", end=c) for c in ("one", "two")]).sort("row")
    ends = ends.with_columns(first=pl.col("line").first().over("end"), turn=pl.int_range(pl.len()).over("end"))
    again = ends.filter(pl.col("turn") > 0)
    kept = rows.filter(~pl.col("row").is_in(again["row"].implode()))
    links = kept.select(
        "file", "line", "sheet",
        a_device=pl.col("one").struct.field("device"), a_port=pl.col("one").struct.field("port"),
        b_device=pl.col("two").struct.field("device"), b_port=pl.col("two").struct.field("port"),
    )  # fmt: skip
    return links, again.unnest("end").select("file", "device", "port", "first", "line")


def _devices(links: pl.DataFrame, told: pl.DataFrame, parts: Mapping[str, str], catalog: Catalog) -> pl.DataFrame:
    """Every device that a link names, in natural order."""
    ends = pl.concat([links.select(name=f"{s}_device", port=f"{s}_port") for s in "ab"])
    facts = told.group_by("device", maintain_order=True).agg(pl.col("role", "rack", "u", "maker", "model").drop_nulls().first())
    made = ends.select("name").unique().join(facts.rename({"device": "name"}), on="name", how="left").sort(natural("name"))
    ours, label = pl.col("name").str.extract_groups(_DEVICE), pl.col("name").str.extract_groups(_LABEL)
    is_ours = pl.col("name").str.contains(_DEVICE)
    made = made.with_columns(
        rack=pl.coalesce("rack", pl.when(is_ours).then(ours.struct.field("1"))),
        u=pl.coalesce("u", pl.when(is_ours).then(label.struct.field("2"))).cast(pl.Float64, strict=False).cast(pl.Int32, strict=False),
        own=pl.when(is_ours).then(ours.struct.field("2")),
        part=_parts(made, parts, catalog),
    )
    made = made.with_columns(u=pl.when(pl.col("u") > 0).then("u"))
    known = made.select("name", kind=_kinds(made["part"], catalog)).with_columns(
        named=pl.when(pl.col("kind") == "switch").then(True).when(pl.col("kind").is_not_null()).then(False)
    )
    told_role = pl.when(pl.col("role").str.contains(_SWITCH)).then(True).when(pl.col("role").str.contains(_HOST)).then(False)
    made = made.join(known.select("name", "named"), on="name").with_columns(is_switch=pl.coalesce("named", told_role))
    made = made.join(_by_form(links), on="name", how="left", maintain_order="left")
    made = made.with_columns(pl.coalesce("is_switch", "looks", pl.lit(value=False)).alias("is_switch"))
    if not made["is_switch"].any():
        made = made.with_columns(is_switch=pl.col("name").str.contains(_SWITCH))
    return made.with_row_index("dev").select(pl.col("dev").cast(pl.Int32), "name", "is_switch", "part", "rack", "u", "own")


def _parts(devices: pl.DataFrame, parts: Mapping[str, str], catalog: Catalog) -> pl.Series:
    """Part of each device: the one named for it, else that of its maker and model where the catalogue has it."""
    by_model = {}
    for maker, model in devices.select("maker", "model").unique().iter_rows():
        if model:
            wanted = {_plain(f"{maker or ''}/{model}"), _plain(model)}
            found = [n for n in catalog.names() if {_plain(n), _plain(n.partition("/")[2])} & wanted]
            by_model[maker, model] = found[0] if found else None
    made = [by_model.get(key) for key in devices.select("maker", "model").iter_rows()]
    at = {name: i for i, name in enumerate(devices["name"])}
    for pattern, part in parts.items():
        hit = fnmatch.filter(at, pattern)
        if not hit:
            raise refused(
                "command line", f"no device has a name like `{pattern}`", "`--part` wants a pattern of device names, such as 'leaf*=nvidia/qm9700'"
            )
        for name in hit:
            made[at[name]] = part
    return pl.Series("part", made, dtype=pl.String)


def _plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum() or c == "/")


def _kinds(parts: pl.Series, catalog: Catalog) -> pl.Series:
    kinds = {p: catalog.part(p).kind for p in parts.drop_nulls().unique()}
    return parts.replace_strict(kinds, default=None, return_dtype=pl.String)


def _by_form(links: pl.DataFrame) -> pl.DataFrame:
    """Devices by how most of their ports are written: name, looks (like a switch)."""
    rows = links.select("a_device", "b_device", a_form=form("a_port"), b_form=form("b_port"), a_own="a_port", b_own="b_port")
    rows = rows.filter(~pl.col("a_own").str.contains(MANAGEMENT) & ~pl.col("b_own").str.contains(MANAGEMENT))
    turned = rows.select(a_device="b_device", b_device="a_device", a_form="b_form", b_form="a_form")
    ways = pl.concat([rows.select(turned.columns), turned])
    meets = ways.group_by("a_form", "b_form").agg(pl.len(), each=pl.len() / pl.col("a_device").n_unique())
    meets = meets.with_columns(share=pl.col("len") / pl.col("len").sum().over("a_form"), host=pl.col("a_form").str.contains(_ADAPTER))
    both = set(meets.filter((pl.col("a_form") == pl.col("b_form")) & (pl.col("share") > _SAME) & ~pl.col("host"))["a_form"])
    most = meets.filter(pl.col("a_form") != pl.col("b_form")).sort("len", "b_form").unique("a_form", keep="last")
    pairs = most.join(meets, left_on=["a_form", "b_form"], right_on=["b_form", "a_form"])
    clear = pl.col("host") != pl.col("host_right")
    switches = both | set(pairs.filter(pl.when(clear).then("host_right").otherwise(pl.col("each") > pl.col("each_right")))["a_form"])
    switches -= set(pairs.filter(pl.col("b_form").is_in(both) & ~pl.col("a_form").is_in(both))["a_form"])
    ends = pl.concat([rows.select(name=f"{s}_device", form=f"{s}_form") for s in "ab"])
    return ends.group_by("name").agg(looks=pl.col("form").is_in(switches).mean() > _MOST)


def _numbered(links: pl.DataFrame, devices: pl.DataFrame) -> pl.DataFrame:
    numbers = devices.select("dev", "name")
    made = links
    for s in "ab":
        made = made.join(numbers.rename({"dev": s}), left_on=f"{s}_device", right_on="name", maintain_order="left")
    return made.with_row_index("link").select("link", "file", "line", "sheet", "a", "a_port", "b", "b_port")


def joined(names: Iterable[str], most: int = 5) -> str:
    """The first few names in words."""
    every = list(names)
    return ", ".join(f"`{n}`" for n in every[:most]) + (f" and {len(every) - most:,} more" if len(every) > most else "")
