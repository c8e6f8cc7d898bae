"""Two fabrics take the same ports.

What: A selector of one fabric, or of one of its classes, names ports that a selector of another names too.
Why: A port takes one cable; the second fabric would be ordered and could not be plugged in.
Fix: Take the ports out of one of the two.
Source: One plug fits one cage.
Limits: Ports of switches, and those of one fabric, are dealt out once by construction; a property test holds that.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "NET305",
    "port-used-twice",
    "error",
    "fabric `{subject}` takes ports `{ports}`, which fabric `{other}` takes as well",
    label="ports here",
    help="take them out of one of the two fabrics",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
  storage: {topology: rail-optimized, ports: ["*.nic"], switch: nvidia/qm9700}  # error: NET305
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
  manage: {topology: tree, ports: ["*.bmc"], switch: nvidia/sn2201}
"""
FILES = {"rack.yaml": RACK}


@stage(reads=("inputs",), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Pairs of selectors of different fabrics with one alias and one group, or `*` on either side; `nic` covers `nic/p0`."""
    asked = [
        (path.split(".")[1], src, ports, _parted(ports))
        for path, text, src in t.inputs_of("fabrics").select("path", "text", "src").iter_rows()
        if text is not None and path.endswith(".ports") and path.count(".") in (2, 4)
        for ports in text.split(", ")
    ]
    same = [
        {"fabric": fabric, "src": src, "ports": ports, "other": other, "src_other": there}
        for n, (fabric, src, ports, own) in enumerate(asked)
        for other, there, _, theirs in asked[:n]
        if fabric != other and _meet(own, theirs)
    ]
    if not same:
        return nothing()
    return rows(
        pl.DataFrame(same),
        subject=pl.col("fabric"),
        value=2,
        limit=1,
        src=pl.col("src"),
        related_src=pl.col("src_other"),
        related_note="and here",
        ports=pl.col("ports"),
        other=pl.col("other"),
    )


def _parted(ports: str) -> tuple[str, str, str | None]:
    """Group, alias and port (None: all of them) of a selector."""
    group, _, rest = ports.partition(".")
    alias, *port = rest.split("/")
    return group, alias, port[-1] if port else None


def _meet(one: tuple[str, str, str | None], two: tuple[str, str, str | None]) -> bool:
    groups, aliases, ports = zip(one, two, strict=True)
    # the switches of a fabric (`fabrics.NAME`) are no rack's ports, so a `*` for groups does not mean them
    are_managed = "fabrics" in groups
    if groups[0] != groups[1] and (are_managed or "*" not in groups):
        return False
    if aliases[0] != aliases[1] and not (are_managed and "*" in aliases):
        return False
    # `fabrics.NAME` are management ports and `fabrics.NAME/uplink` others
    return ports[0] == ports[1] or (not are_managed and None in ports)
