"""Hedgehog Open Network Fabric wiring: switches, servers and connections of each Ethernet fabric, for `hhfab`.

One file for each fabric and plane, as each is a Hedgehog fabric of its own. Ports are `E1/CAGE` and `E1/CAGE/LEG`, both from 1, as switch profiles
name them; a profile is called as maker and model (`nvidia-sn5610`). Names of objects are made by `net.objects`; names as on labels stand in
annotations, with the label of the cable and its cut length. There are no addresses and AS numbers in it: `hhfab` gives its own, and refuses wiring
that has some of them.

It knows two tiers. Links to a third one, and management networks, are left out.

Source: api/wiring/v1beta1 of githedgehog/fabric (connection, switch, server types; object names), hydration in githedgehog/fabricator, read
2026-11-23.

Reads what `net` reads, and fabrics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export import net
from rackwright.export import only as choice
from rackwright.export.only import ChoiceError, Only
from rackwright.schema import ends
from rackwright.schema.links import GLOBAL, HOST, LEAF_SPINE, MANAGEMENT, MESH, PEER
from rackwright.schema.tables import Tables

TITLE = "Hedgehog wiring"
FOR = "hhfab of Hedgehog Open Network Fabric"
NEEDS = "ethernet"
OF = ("hall",)
CHOICES = ("row", "rack", "device", "fabric")
API = "wiring.githedgehog.com/v1beta1"
OURS = "rackwright"  # prefix of annotations
VLANS = "apiVersion: {api}\nkind: VLANNamespace\nmetadata: {{name: default}}\nspec: {{ranges: [{{from: 1000, to: 2999}}]}}\n"
_FLAT = (PEER, MESH, GLOBAL)


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`hedgehog/FABRIC.yaml`, or `FABRIC-pN.yaml` for each plane. Raises UnknownNameError, ChoiceError."""
    if t["fabric_cables"].is_empty():
        return
    choice.no_cable(only, "Hedgehog wirings")
    is_tree = pl.col("fabric_id").is_in(t["fabrics"].filter(pl.col("topology") == "tree")["fabric_id"].implode())
    every = net.links(t, only, "Hedgehog wirings").filter(pl.col("b_number") < MANAGEMENT)
    if every.height and every.select(is_tree.all()).item() and only.fabric:
        raise ChoiceError("a tree is a management network, of which Hedgehog has its own; name a fabric of leaves and spines")
    names = {row[0]: row[1:] for row in t["fabrics"].select("fabric_id", "fabric", "planes").iter_rows()}
    for (fabric, plane), own in every.filter(~is_tree).group_by(["fabric_id", "plane"], maintain_order=True):
        name, planes = names[fabric]
        yield f"hedgehog/{name}{f'-p{int(str(plane)) + 1}' if planes > 1 else ''}.yaml", partial(wiring, t, own)


def wiring(t: Tables, links: pl.DataFrame) -> bytes:
    """Objects of the links of one plane of a fabric; a comment says how many it has no object for."""
    is_known = (pl.col("tier") == HOST) | (pl.col("tier") == LEAF_SPINE) | pl.col("tier").is_in(_FLAT)
    left, links = links.height, links.filter(is_known)
    left -= links.height
    head = f"# {left:,} links to a third tier are not in it: Hedgehog knows leaves and spines\n" if left else ""
    near = net.seen(links)
    own = t["fabric_switches"].filter(pl.col("device_id").is_in(near["device_id"].implode()) & (pl.col("fabric_id") == links["fabric_id"][0]))
    own = own.sort("device_id")
    own = own.with_columns(ends.devices(t)[own["device_id"]]["end"].alias("host"))
    ports = net.ports(t, own, near).filter(pl.col("far_host").is_not_null())
    every = near["host"].unique()
    names = dict(zip(every, net.objects(every), strict=True))
    rows = links
    for side in "ab":
        rows = _named(rows, side, ports, names)
    return head.encode() + "---\n".join([VLANS.format(api=API), *_switches(own, ports, names), *_servers(rows), *_connections(rows)]).encode()


def _named(rows: pl.DataFrame, side: str, ports: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    """Links with the object at one side (`name`), its port as Hedgehog writes it (`at`), and whether it is a server (`is_host`)."""
    cage = pl.format("E1/{}", pl.col("cage") + 1)
    profiled = pl.when(pl.col("legs") > 1).then(pl.concat_str(cage, pl.lit("/"), pl.col("leg_at") + 1)).otherwise(cage)
    known = ports.select(pl.col("device_id").alias(f"{side}_device_id"), pl.col("port").alias(f"{side}_port"), of=profiled)
    rows = rows.join(known, on=[f"{side}_device_id", f"{side}_port"], how="left", maintain_order="left")
    rows = rows.with_columns(pl.col(f"{side}_host").replace_strict(names).alias(f"{side}_name"), pl.col("of").is_null().alias(f"{side}_is_host"))
    at = pl.concat_str(f"{side}_name", pl.lit("/"), pl.coalesce("of", net.one_line(pl.col(f"{side}_port"))))
    return rows.with_columns(at.alias(f"{side}_at")).drop("of")


def _head(kind: str, name: pl.Expr, notes: dict[str, pl.Expr]) -> pl.Expr:
    """The object up to its `spec`, with annotations."""
    told = [pl.concat_str(pl.lit(f"    {OURS}/{key}: "), net.quoted(net.one_line(text)), pl.lit("\n")) for key, text in notes.items()]
    begin = pl.concat_str(pl.lit(f"apiVersion: {API}\nkind: {kind}\nmetadata:\n  name: "), net.quoted(name), pl.lit("\n  annotations:\n"))
    return pl.concat_str(begin, *told, pl.lit("spec:\n"))


def _switches(switches: pl.DataFrame, ports: pl.DataFrame, names: dict[str, str]) -> list[str]:
    """Switches with their profile and how each cage is broken out."""
    first = ports.unique(["device_id", "cage"], keep="first", maintain_order=True)
    speed = pl.col("speed_gbps").cast(pl.Int64)
    line = pl.concat_str(pl.lit("    "), net.quoted(pl.format("E1/{}", pl.col("cage") + 1)), pl.format(": {}x{}G\n", "legs", speed))
    # a cage is whole and as fast as it can be unless told; profiles have no breakouts for cages of one lane
    is_set = (pl.col("legs") > 1) | ((pl.col("speed_gbps") < pl.col("cage_gbps")) & (pl.col("cage_lanes") > 1))
    split = first.filter(is_set).group_by("device_id", maintain_order=True).agg(line.str.join().alias("split"))
    own = switches.join(split, on="device_id", how="left", maintain_order="left").with_columns(object=pl.col("host").replace_strict(names))
    role = pl.when(pl.col("tier") == 0).then(pl.lit("server-leaf")).otherwise(pl.lit("spine"))
    profile = pl.col("part").str.replace("/", "-", literal=True)
    spec = pl.concat_str(
        pl.lit("  role: "), role, pl.lit("\n  description: "), net.quoted(pl.col("name")), pl.lit("\n  profile: "), profile, pl.lit("\n")
    )
    cages = pl.when(pl.col("split").is_null()).then(pl.lit("")).otherwise(pl.concat_str(pl.lit("  portBreakouts:\n"), "split"))
    return own.select(pl.concat_str(_head("Switch", pl.col("object"), {"name": pl.col("host")}), spec, cages)).to_series().to_list()


def _servers(rows: pl.DataFrame) -> list[str]:
    own = rows.filter(pl.col("a_is_host")).unique("a_device_id", keep="first", maintain_order=True)
    spec = pl.concat_str(pl.lit("  description: "), net.quoted(pl.col("a_part")), pl.lit("\n"))
    return own.select(pl.concat_str(_head("Server", pl.col("a_name"), {"name": pl.col("a_host")}), spec)).to_series().to_list()


def _connections(rows: pl.DataFrame) -> list[str]:
    """One connection for each link to a server, one for each pair of switches."""
    sides = [net.quoted(pl.col(f"{s}_at")) for s in "ab"]
    length = pl.col("cut_mm").cast(pl.String).fill_null("")
    led = rows.filter(pl.col("a_is_host"))
    named = (led["a_name"] + "--unbundled--" + led["b_at"]).alias("object")
    led = led.with_columns(net.objects(named))
    notes = {"cable": pl.col("label"), "cut-mm": length, "port": pl.col("a_port"), "switch-port": pl.col("b_port")}
    link = pl.concat_str(
        pl.lit("  unbundled:\n    link:\n      server: {port: "), sides[0], pl.lit("}\n      switch: {port: "), sides[1], pl.lit("}\n")
    )
    made = led.select(pl.concat_str(_head("Connection", pl.col("object"), notes), link)).to_series().to_list()
    for kind, one, two, is_kind in (
        ("fabric", "leaf", "spine", pl.col("tier") == LEAF_SPINE),
        ("mesh", "leaf1", "leaf2", pl.col("tier").is_in(_FLAT)),
    ):
        both = rows.filter(~pl.col("a_is_host") & is_kind)
        line = pl.concat_str(pl.lit(f"    - {one}: {{port: "), sides[0], pl.lit(f"}}\n      {two}: {{port: "), sides[1], pl.lit("}\n"))
        once = pl.col("label").is_first_distinct()
        pairs = both.group_by("a_name", "b_name", maintain_order=True).agg(
            links=line.str.join(), label=pl.col("label").filter(once).str.join(" "), cut=length.filter(once).str.join(" ")
        )
        pairs = pairs.with_columns(net.objects((pairs["b_name"] + f"--{kind}--" + pairs["a_name"]).alias("object")))
        told = {"cables": pl.col("label"), "cut-mm": pl.col("cut")}
        made += (
            pairs.select(pl.concat_str(_head("Connection", pl.col("object"), told), pl.lit(f"  {kind}:\n    links:\n"), "links"))
            .to_series()
            .to_list()
        )
    return made
