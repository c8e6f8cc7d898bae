"""What the fabrics do: answers, loads by tier, and what single losses cost. Reads network_results, network_loads, network_failures, fabrics."""

from __future__ import annotations

import polars as pl

from rackwright.render import hall
from rackwright.render.content import Content, Grid, whole
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "network", "Network under load and loss", 31


def content(t: Tables) -> Content | None:
    """None where nothing was simulated."""
    results = t["network_results"]
    if results.is_empty():
        return None
    names: dict[int, str] = dict(t["fabrics"].select("fabric_id", "fabric").iter_rows())
    lead = [_lead(name, results.filter(pl.col("fabric_id") == fabric)) for fabric, name in names.items()]
    lead.append(
        "Planes that are alike are told once. Shares are of line rate, with every endpoint sending at line rate. Split evenly: every flow over all "
        "its shortest paths, the best that balancing can do. Hashed: every flow on one path by hash, as switches do without adaptive routing."
    )
    return Content(lead, [_answers(results, names), _loads(t["network_loads"], names), _losses(t["network_failures"], names)])


def _lead(name: str, own: pl.DataFrame) -> str:
    """The fabric in one sentence."""
    known = dict(own.sort("plane", descending=True).select("question", "value").iter_rows())

    def share(question: str) -> str:
        return "–" if known.get(question) is None else f"{known[question]:.0%}"

    cut = known.get("unreachable")
    reach = "all endpoints reach each other" if cut == 0 else f"{whole(cut)} endpoints cannot reach the others"
    text = f"`{name}`: {reach}; split evenly, all-to-all gets {share('all_to_all_share')} of line rate, the hard permutation {share('shift_share')}"
    if "hashed_permutation_min" in known:
        low, mean, even = (share(q) for q in ("hashed_permutation_min", "hashed_permutation_mean", "permutation_share"))
        text += f"; the slowest flow of a random permutation gets {low} when hashed to one path ({mean} the mean flow) and {even} when split evenly"
    if "switch_loss" in known:
        text += f"; the loss of one switch cuts off up to {whole(known['switch_loss'])} ports"
        text += f" and leaves {share('switch_loss_share')} of all throughput at worst" if known.get("switch_loss_share") is not None else ""
    return text + "."


def _plane(plane: int, planes: int | None = None) -> str:
    return f"{plane + 1}" if planes in (None, 1) else f"{plane + 1} and {planes - 1} alike"


def _count(value: float) -> str:
    return whole(value) if value == round(value) or value >= 100 else f"{value:.3g}"


def _share(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:.{digits}%}"


def _answers(results: pl.DataFrame, names: dict[int, str]) -> Grid:
    rows = []
    for r in results.iter_rows(named=True):
        is_share = r["unit"] == "1" and not r["question"].startswith("oversubscription")
        value = _share(r["value"]) if is_share else "–" if r["value"] is None else f"{r['value']:,.3g}:1" if r["unit"] == "1" else _count(r["value"])
        unit = "" if r["unit"] == "1" else r["unit"]
        rows.append((names[r["fabric_id"]], _plane(r["plane"], r["planes"]), r["title"], f"{value} {unit}".strip(), r["note"] or ""))
    heads = (("Fabric", "code"), ("Plane", ""), ("Question", "wide"), ("Answer", "num"), ("How", "wide"))
    return Grid("network-answers", "Answers", heads, rows, is_folded=len(rows) > 40, is_searchable=len(rows) > 16)


def _loads(loads: pl.DataFrame, names: dict[int, str]) -> Grid:
    rows = [
        (
            names[r["fabric_id"]],
            _plane(r["plane"]),
            r["traffic"].replace("_", " "),
            hall.tier_name(r["tier"]),
            whole(r["links"]),
            f"{r['load_max_gbps']:,.1f}",
            f"{r['load_mean_gbps']:,.1f}",
            _share(r["utilisation"]),
            f"{r['imbalance']:.3f}",
        )
        for r in loads.iter_rows(named=True)
    ]
    heads = (
        ("Fabric", "code"),
        ("Plane", ""),
        ("Traffic", ""),
        ("Links", ""),
        ("How many", "num"),
        ("Busiest, Gb/s", "num"),
        ("Mean, Gb/s", "num"),
        ("Busiest of its speed", "num"),
        ("Busiest over mean", "num"),
    )
    return Grid("network-loads", "Loads by tier", heads, rows, "Equal split over shortest paths; above 100 % endpoints must slow down.")


def _losses(failures: pl.DataFrame, names: dict[int, str]) -> Grid:
    rows = [
        (
            names[r["fabric_id"]],
            _plane(r["plane"]),
            r["what"],
            whole(r["count"]),
            whole(r["endpoints_lost"]),
            _share(r["share_permutation"], 2),
            _share(r["share_all_to_all"], 2),
            _share(r["share_uplinks"], 2),
            r["example"],
        )
        for r in failures.iter_rows(named=True)
    ]
    heads = (
        ("Fabric", "code"),
        ("Plane", ""),
        ("Lost alone", ""),
        ("Alike", "num"),
        ("Ports cut off", "num"),
        ("Hard permutation: the others keep", "num"),
        ("All-to-all: the others keep", "num"),
        ("Leaf keeps of its links", "num"),
        ("One of them", "wide"),
    )
    note = "What looks alike from everywhere costs alike, so one of each kind is taken out. A dash: too irregular or too large to try."
    return Grid("network-losses", "What one loss costs", heads, rows, note, is_folded=len(rows) > 40, is_searchable=len(rows) > 16)
