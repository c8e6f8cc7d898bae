"""Each fabric as a compact diagram: its tiers, what joins them, pods and planes. Reads fabrics, fabric_switches, fabric_cables,
switch_ports, halls, inputs.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import polars as pl

from rackwright.render.charts import heading
from rackwright.render.content import text_input
from rackwright.render.scene import Canvas, Scene, fit
from rackwright.schema.served import SERVED, Served
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "fabric_topology", "Fabrics, tier by tier", "fabrics", 0
_WIDTH, _EDGE, _GAP, _LABEL = 940.0, 12.0, 28.0, 165.0
_STEP, _BOX, _MOST = 62.0, 14.0, 8  # from tier to tier; side of a switch; switches shown of a tier in a pod
_TIERS = ("leaf", "spine", "core")
_CIRCUITS = "circuit switch"
_PLURAL = {"leaf": "leaves", "spine": "spines", "core": "cores", _CIRCUITS: "circuit switches"}


@dataclass(frozen=True, slots=True)
class _Tier:
    """One row of the picture: what it is called, how many there are in a plane (and in a pod of it), their part, and the links to the tier below."""

    name: str
    count: int
    in_pod: int
    part: str
    links: str

    @property
    def said(self) -> str:
        """`8 leaves`, without the number."""
        return self.name if self.count == 1 else _PLURAL[self.name]


def draw(t: Tables) -> Scene | None:
    """A panel a fabric, two beside each other. None without fabrics."""
    fabrics = t["fabrics"].filter(pl.col("leaves") > 0).sort("fabric_id").to_dicts()
    if not fabrics:
        return None
    canvas, served = Canvas(), _served(t)
    width = (_WIDTH - 2 * _EDGE - _GAP) / 2 if len(fabrics) > 1 else _WIDTH * 0.62
    sheet = _WIDTH if len(fabrics) > 1 else width + 2 * _EDGE
    top, row = 0.0, 0.0
    about = []
    for i, f in enumerate(fabrics):
        tiers, pods, rails = _tiers(t, f)
        if i % 2 == 0:
            top += row
            row = 0.0
        left = _EDGE + (i % 2) * (width + _GAP)
        each = served.get(int(f["fabric_id"]), "")
        row = max(row, _panel(canvas, f, tiers, (pods, rails), each, left, top, width))
        planes = f" in each of {f['planes']} planes" if f["planes"] > 1 else ""
        about.append(f"{f['fabric']}: " + ", ".join(f"{x.count:,} {x.said}" for x in tiers) + planes + (f"; {each}" if each else ""))
    return Scene(NAME, TITLE, "; ".join(about), sheet, top + row + 6, "px", 1.0, canvas.frame(), (("hall", text_input(t, "hall")),))


def _served(t: Tables) -> dict[int, str]:
    """How many links to endpoints end at each leaf, counted on the cables, in words: the fewest and the most where leaves differ."""
    told = t.asked("fabric_cables", SERVED)
    hosts = pl.DataFrame({f.name: np.concatenate([getattr(part, f.name) for part in told]) for f in fields(Served)})
    hosts = hosts.group_by("fabric_id", "switch").agg(pl.col("links").sum())
    found = hosts.group_by("fabric_id").agg(least=pl.col("links").min(), most=pl.col("links").max(), leaves=pl.len())
    tori = set(t["fabrics"].filter(pl.col("topology") == "torus")["fabric_id"].to_list())
    made = {}
    for fabric, least, most, leaves in found.iter_rows():
        name, count = _CIRCUITS if fabric in tori else "leaf", f"{least:,}" if least == most else f"{least:,} to {most:,}"
        made[int(fabric)] = f"{count} {'link' if most == 1 else 'links'} to {'each ' if leaves > 1 else 'the '}{name}"
    return made


def _tiers(t: Tables, fabric: dict[str, object]) -> tuple[list[_Tier], int, int]:
    """Tiers from the leaves up, pods that have spines of their own (1: none has), and rails that have leaves of their own (1: none has)."""
    own = t["fabric_switches"].filter((pl.col("fabric_id") == fabric["fabric_id"]) & (pl.col("plane") == 0))
    speeds = t["switch_ports"].filter(pl.col("fabric_id") == fabric["fabric_id"]).group_by("tier").agg(pl.col("speed_gbps").unique().sort())
    speed = {tier: ", ".join(f"{s:g}" for s in found) for tier, found in speeds.iter_rows()}
    spines = own.filter((pl.col("tier") == 1) & (pl.col("pod") >= 0))
    pods = max(1, spines["pod"].n_unique()) if spines.height else 1
    made = []
    for tier, name in enumerate((_CIRCUITS,) if fabric["topology"] == "torus" else _TIERS):
        here = own.filter(pl.col("tier") == tier)
        if here.is_empty():
            continue
        count = int(str(fabric[("links_host", "links_spine", "links_core")[tier]])) // int(str(fabric["planes"]))
        links = f"{count:,} links" + (f" of {speed[tier]} Gb/s" if tier in speed else "")
        split = pods if tier < 2 else 1
        part = str(here["part"].mode().sort()[0])
        made.append(_Tier(name, here.height, -(-here.height // split), part, links))
    return made, pods, max(1, own.filter((pl.col("tier") == 0) & (pl.col("rail") >= 0))["rail"].n_unique())


def _panel(
    canvas: Canvas, fabric: dict[str, object], tiers: list[_Tier], groups: tuple[int, int], each: str, left: float, top: float, width: float
) -> float:  # fmt: skip
    """One fabric; the height it takes."""
    planes, (pods, rails) = int(str(fabric["planes"])), groups
    counts = ((planes, "planes, one drawn"), (pods, "pods"), (rails, "groups of rails"))
    note = " · ".join([str(fabric["topology"]), *(f"{n} {word}" for n, word in counts if n > 1)])
    heading(canvas, left, top + 16, width, str(fabric["fabric"]), note, 12)
    ref = f"fabrics:{fabric['fabric']}"
    base = top + 62 + _STEP * len(tiers)
    x, room = left + _LABEL, width - _LABEL
    shown = min(pods, 2)
    # the lines first: layers are painted in the order they appear
    _endpoints(canvas, fabric, each, before=_first(tiers, x, room, shown), left=left, y=base)
    before: list[list[float]] = []
    for i, tier in enumerate(tiers):
        y = base - _STEP * (i + 1) + 12
        clusters = 1 if tier.name == "core" else shown
        at = [_places(x + c * room / clusters, room / clusters, tier.in_pod) for c in range(clusters)]
        below = before if len(before) == len(at) else [[p for b in before for p in b]] * len(at)
        for here, under in zip(at, below, strict=False):
            for a in here:
                for b in under:
                    canvas.line("links", a, y + _BOX / 2, b, y + _STEP - _BOX / 2, "grid")
        for c, here in enumerate(at):
            _row(canvas, tier, here, y, planes, f"{ref}-{tier.name}-{c}")
            if tier.in_pod > _MOST:
                canvas.text("names", (here[_MOST // 2 - 1] + here[_MOST // 2]) / 2, y, "…", 12, "t soft", "middle")
        if clusters < pods and tier.name != "core":
            canvas.text("names", x + room / 2, y, "…", 14, "t strong", "middle")
        _label(canvas, tier, left, y)
        before = at
    return base - top + 26


def _first(tiers: list[_Tier], x: float, room: float, shown: int) -> list[float]:
    """Where the leaves stand."""
    return [p for c in range(shown) for p in _places(x + c * room / shown, room / shown, tiers[0].in_pod)]


def _places(x: float, room: float, count: int) -> list[float]:
    """Middles of at most _MOST switches over `room`; an ellipsis has its place between the halves."""
    n = min(count, _MOST)
    step = min(40.0, (room - 26) / max(n, 1))
    wide = step * (n - 1) + (10 if count > _MOST else 0)
    start = x + (room - wide) / 2
    return [start + k * step + (10 if count > _MOST and k >= n // 2 else 0) for k in range(n)]


def _row(canvas: Canvas, tier: _Tier, places: list[float], y: float, planes: int, ref: str) -> None:
    """Switches of one tier (of one pod); further planes show as edges behind."""
    for k, p in enumerate(places):
        if planes > 1:
            canvas.rect("behind", p - _BOX / 2 + 3, y - _BOX / 2 - 3, _BOX, _BOX, "frame")
        title = f"{tier.name}, {tier.part}"
        canvas.rect("switches", p - _BOX / 2, y - _BOX / 2, _BOX, _BOX, "mark switch", title, f"{ref}-{k}")


def _label(canvas: Canvas, tier: _Tier, left: float, y: float) -> None:
    canvas.text("names", left, y - 7, fit(f"{tier.count:,} {tier.said}", _LABEL - 6, 11, True), 11, "t strong")
    canvas.text("names", left, y + 6, fit(tier.part, _LABEL - 6, 9.5), 9.5, "t soft")
    canvas.text("names", left, y + _STEP / 2 + 1, fit(tier.links, _LABEL - 4, 9.5), 9.5, "t soft")


def _endpoints(canvas: Canvas, fabric: dict[str, object], each: str, before: list[float], left: float, y: float) -> None:
    """A short comb under each leaf, and how many endpoints there are."""
    planes = int(str(fabric["planes"]))
    count = int(str(fabric["endpoints"])) // planes
    for p in before:
        for k in (-1, 0, 1):
            canvas.line("links", p, y - _STEP + 12 + _BOX / 2, p + 5 * k, y, "grid")
    canvas.text("names", left, y + 2, fit(f"{count:,} endpoint{'s' * (count != 1)}", _LABEL - 6, 11, True), 11, "t strong")
    if before:
        canvas.text("names", (before[0] + before[-1]) / 2, y + 10, each, 9.5, "t soft", "middle")
