"""A link does not fit the port at one of its ends.

What: A link is faster than the port of a device or switch at one end, or than its cable and modules drive; or the plug or module at an end is of
    another connector than the cage there.
Why: The plug cannot be pushed in, or the link does not come up at the speed that everything else counts on.
Fix: Build the hall again from its spec, or take a medium and ports of that speed and connector where the tables were edited or taken over.
Source: Speeds and connectors of the parts, as `nic_ports`, `switch_ports` and `fabric_skus` give them.
Limits: Links without a medium have their speed judged alone. Shapes of modules (flat or finned top) are not judged, nor adapters between connectors.
    A port that nobody named is passed over; in racks speed-mismatch (NET104) judges.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK, Array
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "NET311",
    "link-ends-differ",
    "error",
    "{value} links of fabric `{subject}` do not fit: {text}",
    label="fabric here",
    help="take ports and a medium of one speed and connector; `rackwright build` chooses them so",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2}  # error: NET311
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2}
"""
FILES = {"rack.yaml": RACK}
_READ = ("tier", "speed_gbps", "sku", "a_device_id", "a_port", "b_device_id", "b_port")
_FACTS = ("owner", "speed_port_gbps", "connector")


def plant(t: Tables) -> Tables:
    """Servers have ports of half the speed, and cables to the leaves end in another plug there."""
    nic = t["nic_ports"].with_columns(pl.col("speed_port_gbps") / 2)
    plug = pl.when(pl.col("tier") == 0).then(pl.lit("qsfp-dd")).otherwise("b_connector")
    return t.put({"nic_ports": nic, "fabric_skus": t["fabric_skus"].with_columns(b_connector=plug)})


@stage(
    reads=("fabrics", "fabric_cables", "fabric_skus", "fabric_switches", "hall_racks", "design_devices", "nic_ports", "switch_ports"),
    writes=("findings",),
)
def check(t: Tables) -> pl.DataFrame:
    """Every kind of link (tier, speed, medium, sort of port at both ends) of each fabric against its ends, with how many there are."""
    found = [row for row in _kinds(t) if row["text"]]
    known = pl.DataFrame(found, schema={"fabric_id": pl.Int32, "links": pl.Int64, "text": pl.String})
    known = known.join(t["fabrics"].select("fabric_id", "fabric", "src"), on="fabric_id", maintain_order="left")
    return rows(known, subject=pl.col("fabric"), value=pl.col("links"), limit=0, src=pl.col("src"), text=pl.col("text"))


def _kinds(t: Tables) -> Iterator[dict[str, Any]]:
    """Kinds of links with `text`: what does not fit, empty where all does. One pass over the links of each fabric."""
    fabric = t["fabric_cables"]["fabric_id"].to_numpy()
    heads = np.flatnonzero(np.r_[True, fabric[1:] != fabric[:-1]]) if fabric.size else np.zeros(0, np.int64)
    devices = _Devices(t)
    for start, end in pairwise([*heads.tolist(), fabric.size]):
        which = int(fabric[start])
        c = {name: t["fabric_cables"][name][start:end].to_numpy() for name in _READ}
        facts = pl.DataFrame({"owner": "", "speed_port_gbps": 0.0, "connector": ""}).clear()
        facts, a = devices.sorts(which, "a", c, facts)
        facts, b = devices.sorts(which, "b", c, facts)
        speed, gbps = np.unique(c["speed_gbps"], return_inverse=True) if c["speed_gbps"].min() < c["speed_gbps"].max() else (c["speed_gbps"][:1], 0)
        size, skus = facts.height + 1, int(c["sku"].max(initial=-1)) + 2
        code = (((c["tier"].astype(np.int64) * len(speed) + gbps) * skus + c["sku"] + 1) * size + a + 1) * size + b + 1
        count = np.bincount(code)
        media = {m["sku"]: m for m in t["fabric_skus"].filter(pl.col("fabric_id") == which).iter_rows(named=True)}
        ends = [None, *facts.iter_rows(named=True)]
        for kind in np.flatnonzero(count).tolist():
            rest, at_b = divmod(kind, size)
            rest, at_a = divmod(rest, size)
            rest, sku = divmod(rest, skus)
            text = _misfit(float(speed[rest % len(speed)]), media.get(sku - 1), ends[at_a], ends[at_b])
            yield {"fabric_id": which, "links": int(count[kind]), "text": text}


def _misfit(gbps: float, medium: dict[str, Any] | None, a: dict[str, Any] | None, b: dict[str, Any] | None) -> str:
    """What does not fit at the ends of a kind of link, in words."""
    found = [f"{gbps:g} Gb/s on ports of `{end['owner']}` that carry {end['speed_port_gbps']:g} Gb/s" for end in (a, b) if end and _over(gbps, end)]
    if medium is None:
        return "; ".join(found)
    if gbps > medium["speed_gbps"] * (1 + 1e-6):
        found.append(f"{gbps:g} Gb/s over `{medium['part']}`, which drives {medium['speed_gbps']:g} Gb/s")
    for side, end in (("a", a), ("b", b)):
        if end and medium[f"{side}_connector"] != end["connector"]:
            plug = medium[f"{side}_module"] or medium["part"]
            found.append(f"`{plug}` ({medium[f'{side}_connector']}) does not go into `{end['owner']}` ({end['connector']})")
    return "; ".join(found)


def _over(gbps: float, end: dict[str, Any]) -> bool:
    return bool(gbps > end["speed_port_gbps"] * (1 + 1e-6))


class _Devices:
    """Which sort of port an end of a link is: ports of one part, speed and connector are of one sort."""

    def __init__(self, t: Tables) -> None:
        racks = t["hall_racks"].sort("rack_id").select(pl.col("design_id").fill_null(-1)).to_series().to_numpy()
        own = t["design_devices"].group_by("design_id").agg(pl.len()).rows()
        sizes = np.zeros(max([-1, *(d for d, _ in own)]) + 2, np.int64)
        for design, size in own:
            sizes[design] = size
        per = sizes[racks]
        self.design = np.repeat(racks, per)
        self.local = np.arange(per.sum()) - np.repeat(np.cumsum(per) - per, per)
        switches = t["fabric_switches"].sort("device_id")
        self.parts = switches["part"].unique().sort().to_list()
        code = switches["part"].replace_strict(self.parts, list(range(len(self.parts))), return_dtype=pl.Int64).to_numpy()
        self.part = np.concatenate((np.full(len(self.local), -1, np.int64), code))
        self.first = len(self.local)
        names = t["design_devices"].select("design_id", "device", owner="part")
        self.nic = t["nic_ports"].join(names, on=["design_id", "device"], how="left", maintain_order="left")
        self.switch = t["switch_ports"].with_columns(owner=pl.col("part"))

    def sorts(self, fabric: int, side: str, c: dict[str, Array], facts: pl.DataFrame) -> tuple[pl.DataFrame, Array]:
        """The sorts known by now with those at a side of a fabric's links (an index into them for each link, -1 for a port not known)."""
        device, port = c[f"{side}_device_id"], c[f"{side}_port"]
        nic, switch = (own.filter(pl.col("fabric_id") == fabric) for own in (self.nic, self.switch.filter(pl.col("side") == side)))
        facts = pl.concat([facts, *(x.select(pl.col(n).cast(facts.schema[n]) for n in _FACTS) for x in (nic, switch))]).unique(maintain_order=True)
        kinds = {row: i for i, row in enumerate(facts.rows())}
        made = np.full(len(device), -1, np.int64)
        on_rack = device < self.first
        at = np.minimum(device, max(self.first - 1, 0))
        for (design,), rows_ in nic.group_by(["design_id"], maintain_order=True):
            own = np.flatnonzero(on_rack & (self.design[at] == design))
            _give(made, own, self.local[device[own]], port[own], rows_["device"].to_numpy(), rows_, kinds)
        for (part, tier, gbps), rows_ in switch.group_by(["part", "tier", "speed_gbps"], maintain_order=True):
            is_own = ~on_rack & (c["tier"] == tier) & (c["speed_gbps"] == np.float32(gbps)) & (self.part[device] == self._place(str(part)))
            own = np.flatnonzero(is_own)
            _give(made, own, np.zeros(len(own), np.int64), port[own], np.zeros(rows_.height, np.int64), rows_, kinds)
        return facts, made

    def _place(self, part: str) -> int:
        return self.parts.index(part) if part in self.parts else -2


def _give(made: Array, own: Array, device: Array, port: Array, known: Array, rows_: pl.DataFrame, kinds: dict[tuple[Any, ...], int]) -> None:
    """Write the sort of each port of the links `own`, which are on these devices and ports."""
    if not own.size:
        return
    number = rows_["port"].to_numpy().astype(np.int64)
    wide, tall = max(int(number.max()), int(port.max())) + 1, max(int(known.max()), int(device.max())) + 1
    sort = np.full(wide * tall, -1, np.int64)
    row = rows_.select("owner", pl.col("speed_port_gbps").cast(pl.Float64), "connector").rows()
    sort[known * wide + number] = [kinds[r] for r in row]
    made[own] = sort[device * wide + port]
