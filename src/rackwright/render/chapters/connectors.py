"""Connectors and what is tightened: every kind of plug with where it goes, busbar clips and couplings with their ratings, joints with their torque.

A torque that no source gives is left open, with room to write. Reads cables, ports, part_facts, parts, devices, fabric_skus, fabrics,
coolant_branches, hall_racks, design_devices, fabric_switches.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from rackwright.render import hall
from rackwright.render.blocks import Block, Given, Prose, Table
from rackwright.render.content import spoken, whole
from rackwright.render.hall import metres
from rackwright.render.scene import Scene
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "connectors", "Connectors and torque", 70
OF_CHOICE = False
_OPEN = "not known"


def chapter(t: Tables, given: Given, drawn: Sequence[Scene]) -> Sequence[Block] | None:
    """None where nothing is plugged or tightened."""
    tables = [x for x in (_plugs(t), _ports(t), _media(t), _clips(t), _couplings(t), _torques(t)) if x is not None]
    if not tables:
        return None
    lead = "Every connector of the design by kind, from facts of the parts."
    return [Prose([lead]), *tables]


def _facts(t: Tables, *wanted: str) -> dict[tuple[str, str], str]:
    rows = t["part_facts"].filter(pl.col("fact").is_in(wanted)).select("part", "fact", "text")
    return {(p, f): spoken(x) for p, f, x in rows.iter_rows()}


def _plugs(t: Tables) -> Table | None:
    """Cables of a rack by part with the connectors at both ends."""
    if t["cables"].is_empty():
        return None
    facts = _facts(t, "connector_a", "connector_b", "bend_radius_min")
    kinds = t["cables"].group_by("kind", "part").agg(pl.len().alias("n"), pl.col("length_cut_mm").max().alias("longest")).sort("kind", "part")
    rows = [
        (
            k["kind"],
            k["part"],
            *(facts.get((k["part"], f), _OPEN) for f in ("connector_a", "connector_b", "bend_radius_min")),
            whole(k["n"]),
            metres(float(k["longest"])),
        )
        for k in kinds.iter_rows(named=True)
    ]
    heads = (
        ("Use", ""),
        ("Cable", "code main"),
        ("Connector", ""),
        ("Other end", ""),
        ("Bend radius at least", "num"),
        ("Cables", "num"),
        ("Longest", "num"),
    )
    return Table("Cables and their connectors", heads, rows, is_listed=True)


def _ports(t: Tables) -> Table | None:
    """Ports of the devices of a rack by connector and speed."""
    ports = t["ports"].join(t["devices"].select("device_id", "part"), on="device_id", how="left")
    kinds = ports.group_by("kind", "connector", "speed_gbps", "part").len().sort("kind", "connector", "speed_gbps", "part")
    if kinds.is_empty():
        return None
    rows = [
        (k["kind"], k["connector"], k["part"] or "–", f"{k['speed_gbps']:,.0f}" if k["speed_gbps"] else "–", whole(k["len"]))
        for k in kinds.iter_rows(named=True)
    ]
    heads = (("Use", ""), ("Connector", ""), ("On", "code main"), ("Speed, Gb/s", "num"), ("Ports", "num"))
    return Table("Ports by connector", heads, rows, is_listed=True)


def _media(t: Tables) -> Table | None:
    """Of a hall: what is plugged in at both ends of every kind of cable."""
    if t["fabric_skus"].is_empty():
        return None
    names = dict(t["fabrics"].select("fabric_id", "fabric").iter_rows())
    own = ["fabric_id", "tier", "part", "medium", "a_connector", "a_module", "b_connector", "b_module", "bend_radius_mm"]
    kinds = t["fabric_skus"].group_by(own).agg(pl.col("cables").sum()).sort("fabric_id", "tier", "part", "a_connector", "a_module", nulls_last=True)
    rows = [
        (
            names[k["fabric_id"]],
            hall.tier_name(k["tier"]),
            k["part"],
            k["a_connector"],
            k["a_module"] or "on the cable",
            k["b_connector"],
            k["b_module"] or "on the cable",
            _OPEN if k["bend_radius_mm"] is None else f"{k['bend_radius_mm']:,.0f} mm",
            whole(k["cables"]),
        )
        for k in kinds.iter_rows(named=True)
    ]
    heads = (
        ("Fabric", ""),
        ("Joins", ""),
        ("Cable", "code"),
        ("Cage", ""),
        ("Module", "code"),
        ("Cage above", ""),
        ("Module above", "code"),
        ("Bend radius", "num"),
        ("Cables", "num"),
    )
    return Table("What is plugged in where", heads, rows, is_listed=True)


def _counts(t: Tables) -> dict[str, int]:
    """Pieces of every device part: of the rack, or of all racks and switches of a hall."""
    if t["devices"].height:
        return dict(t["devices"].group_by("part").len().iter_rows())
    racks = t["hall_racks"].group_by("design_id").len("racks")
    of_designs = t["design_devices"].join(racks, on="design_id").group_by("part").agg(pl.col("racks").sum().alias("n"))
    switches = t["fabric_switches"].group_by("part").len("n")
    both = pl.concat([of_designs.cast({"n": pl.Int64}), switches.cast({"n": pl.Int64})]).group_by("part").agg(pl.col("n").sum())
    return dict(both.iter_rows())


def _clips(t: Tables) -> Table | None:
    """Busbar connectors with their rating."""
    counts, facts = _counts(t), _facts(t, "clip_current_rated")
    rows = [(part, whole(counts[part]), facts[part, "clip_current_rated"]) for part in sorted(counts) if (part, "clip_current_rated") in facts]
    heads = (("Part", "code main"), ("Pieces", "num"), ("Continuous rating of its clip", "num"))
    return Table("Busbar connectors", heads, rows, is_listed=True) if rows else None


def _couplings(t: Tables) -> Table | None:
    """Quick disconnects of the coolant loop: two at every tray."""
    parts = t["parts"].filter(pl.col("kind") == "coupling")["part"].sort().to_list()
    if not parts:
        return None
    facts = _facts(t, "bore", "pressure_max")
    trays = int((t["coolant_branches"]["kind"] == "tray").sum())
    rows = [
        (p, whole(2 * trays) if len(parts) == 1 and trays else _OPEN, facts.get((p, "bore"), _OPEN), facts.get((p, "pressure_max"), _OPEN))
        for p in parts
    ]
    heads = (("Coupling", "code main"), ("Pieces", "num"), ("Bore", "num"), ("Greatest pressure", "num"))
    return Table("Coolant couplings", heads, rows, "Two at every tray: supply and return.", is_listed=True)


def _torques(t: Tables) -> Table | None:
    """One row a part that is screwed down."""
    counts = _counts(t)
    if not counts:
        return None
    known = t["part_facts"].filter(pl.col("fact") == "torque_fixing").select("part", "text", "source")
    facts = {p: (x.replace("Nm", "N·m"), s) for p, x, s in known.iter_rows()}
    frames = dict(t["racks"].group_by("part").len().iter_rows()) if t["racks"].height else {}
    busbars = dict.fromkeys(t["parts"].filter(pl.col("kind").is_in(["busbar", "manifold"]))["part"].sort().to_list(), 1)
    joints = [*((p, "feet and anchors", n) for p, n in sorted(frames.items())), *((p, "to the frame", n) for p, n in busbars.items() if frames)]
    joints += [(p, "to the rails", n) for p, n in sorted(counts.items())]
    rows = [(p, joint, whole(n), *facts.get(p, ("", "")), "", "") for p, joint, n in joints]
    heads = (
        ("Part", "code"),
        ("Joint", ""),
        ("Pieces", "num"),
        ("Torque", "num"),
        ("Source", "wide main"),
        ("Torque used, N·m", "num"),
        ("Tool and initials", "wide"),
    )
    missing = sum(not r[3] for r in rows)
    note = f"The catalogue knows the torque of {len(rows) - missing} of these {len(rows)} joints. "
    note += "Where it is open take the maker's installation guide, and write value, tool and initials here." if missing else ""
    return Table("Joints and torque", heads, rows, note, is_listed=True)
