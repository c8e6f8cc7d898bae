"""Tables of a hall's power in short form, for the report."""

from __future__ import annotations

from typing import Any

import polars as pl

from rackwright.base.units import J_PER_CAL
from rackwright.render.chain import amount, percent, with_states
from rackwright.render.content import Grid, money, show, whole
from rackwright.schema.supply import of_chain
from rackwright.schema.tables import Tables

WORST = 25


def grids(t: Tables) -> list[Grid]:
    """All of them; those whose tables are empty have no rows."""
    return [_chain(t), _outages(t), _faults(t), _devices(t), _pairs(t), _arcs(t), _downtime(t), _parts(t)]


def about(t: Tables, row: dict[str, Any]) -> str:
    """Names of the component, branch and node that a row is about."""
    found = []
    for table, key in (("supply_components", "component_id"), ("supply_branches", "branch_id"), ("supply_nodes", "node_id")):
        if row.get(key) is not None:
            names = t[table].filter(pl.col(key) == row[key])["name"]
            found += [str(names[0])] if names.len() else []
    return ", ".join(dict.fromkeys(found))


def _chain(t: Tables) -> Grid:
    """Branches by kind."""
    by = (
        with_states(t)
        .group_by("kind", maintain_order=True)
        .agg(pl.len(), pl.col("loss_w").sum(), pl.col("loading").max(), pl.col("loading_worst").max())
    )
    rows = [(k, whole(n), show(w, "W"), percent(a), percent(b)) for k, n, w, a, b in by.iter_rows()]
    heads = (("Branches", ""), ("Number", "num"), ("Loss", "num"), ("Greatest loading", "num"), ("With one out", "num"))
    lost = float(by["loss_w"].sum())
    total = ("All", whole(float(by["len"].sum())), show(lost, "W"), "", "")
    return Grid("supply-chain", "The chain by kind", heads, rows, total=total)


def _outages(t: Tables) -> Grid:
    """Single outages, worst first."""
    names = t["supply_branches"].select("branch_id", where="name")
    found = (
        t["supply_outages"]
        .join(t["supply_components"].select("component_id", "name", "kind"), on="component_id")
        .join(names, on="branch_id", how="left")
    )
    order = [pl.col("load_dark_w"), pl.col("branches_over"), pl.col("loading_worst").fill_null(float("inf")), pl.col("component_id")]
    found = found.sort(order, descending=[True, True, True, False])
    rows, marks = [], []
    for r in found.head(WORST).iter_rows(named=True):
        carried = "–" if not r["transfer_s"] else f"{r['transfer_s']:g} s" + ("" if r["is_carried"] else ", not ridden through")
        loading = "collapsed" if r["collapsed_id"] is not None else percent(r["loading_worst"])
        rows.append((r["name"], r["kind"], whole(r["racks_dark"]), show(r["load_dark_w"], "W"), whole(r["branches_over"]), loading,
                     r["where"] or "–", percent(r["voltage_share"]), carried, whole(r["racks_dark_next"])))  # fmt: skip
        marks.append("bad" if r["racks_dark"] or r["branches_over"] or r["collapsed_id"] is not None else "")
    heads = (("Out", ""), ("Kind", ""), ("Racks dark", "num"), ("Load dark", "num"), ("Over rating", "num"), ("Worst loading", "num"), ("Where", ""),
             ("Lowest voltage", "num"), ("Transfer", "num"), ("Dark with one more", "num"))  # fmt: skip
    many = f"{min(WORST, found.height)} of {found.height:,}, worst first; all are in the table `supply_outages`."
    return Grid("supply-outages", "Single outages", heads, rows, many, marks=marks)


def _faults(t: Tables) -> Grid:
    """Fault currents by kind of node and voltage."""
    by = (
        t["supply_nodes"]
        .join(t["fault_levels"], on="node_id")
        .group_by("kind", "voltage_nominal_v", "is_ac", maintain_order=True)
        .agg(pl.len(), *(pl.col(f"current_{c}_a").max() for c in ("max", "peak", "thermal")), pl.col("current_min_a").min())
    )
    rows = [
        (k, amount(v, "V") + ("" if ac else " DC"), whole(n), *("–" if x is None else f"{x / 1000:,.2f}" for x in (top, peak, heat, low)))
        for k, v, ac, n, top, peak, heat, low in by.iter_rows()
    ]
    heads = (
        ("At", ""),
        ("Voltage", "num"),
        ("Number", "num"),
        ("Greatest, kA", "num"),
        ("Peak, kA", "num"),
        ("Thermal 1 s, kA", "num"),
        ("Least, kA", "num"),
    )
    return Grid(
        "supply-faults", "Fault currents", heads, rows, "Three-phase after IEC 60909; DC where told. Of each kind the greatest and the least."
    )


def _devices(t: Tables) -> Grid:
    """Breakers and fuses, those with the same part and settings together."""
    known = ["part", "kind", "current_rated_a", "long_pickup_a", "short_pickup_a", "short_time_s", "instant_pickup_a", "interrupting_a"]
    by = (
        t["supply_devices"]
        .group_by(known, maintain_order=True)
        .agg(
            pl.len(),
            pl.col("name").first(),
            pl.col("fault_max_a").max(),
            pl.col("fault_min_a").min(),
            weak=(~pl.col("is_interrupting")).sum(),
            blind=pl.col("trip_s").null_count(),
            slow=pl.col("trip_s").max(),
        )
    )
    rows, marks = [], []
    for r in by.iter_rows(named=True):
        told = [f"{amount(r[c], 'A')}" if r[c] is not None else "–" for c in ("current_rated_a", "long_pickup_a", "short_pickup_a")]
        if r["short_time_s"] is not None:
            told[2] += f", {r['short_time_s']:g} s"
        told += [amount(r[c], "A") if r[c] is not None else "–" for c in ("instant_pickup_a", "interrupting_a", "fault_max_a", "fault_min_a")]
        slow = f"{r['blind']} never" if r["blind"] else "–" if r["slow"] is None else f"{r['slow']:.3g} s"
        verdict = f"{r['weak']} too weak" if r["weak"] else f"{r['blind']} may not trip" if r["blind"] else "holds"
        rows.append((r["name"], str(r["part"] or r["kind"]), whole(r["len"]), *told, slow, verdict))
        marks.append("ok" if verdict == "holds" else "bad")
    figures = ("Rated", "Long pickup", "Short pickup", "Instantaneous", "Breaks", "Greatest fault", "Least fault", "Clears it in")
    heads = (("First of them", ""), ("Part", "code"), ("Number", "num"), *((name, "num") for name in figures), ("Verdict", ""))
    return Grid("supply-devices", "Breakers and fuses", heads, rows, marks=marks, is_folded=len(rows) > WORST)


def _pairs(t: Tables) -> Grid:
    """Selectivity of each device with the next above, by their parts."""
    device = t["supply_devices"].select("device_id", "name", part=pl.coalesce("part", "kind"))
    pairs = t["supply_device_pairs"].join(device.rename({"device_id": "a_device_id", "name": "above", "part": "a_part"}), on="a_device_id")
    pairs = pairs.join(device.rename({"device_id": "b_device_id", "name": "below", "part": "b_part"}), on="b_device_id")
    by = pairs.group_by("a_part", "b_part", "is_normal", maintain_order=True).agg(
        pl.len(), pl.col("is_selective").sum(), pl.col("limit_a").min(), pl.col("fault_a").max(), pl.col("above").first(), pl.col("below").first()
    )
    rows = [
        (
            r["above"],
            r["below"],
            "" if r["is_normal"] else "alternative",
            f"{r['is_selective']:,} of {r['len']:,}",
            amount(r["limit_a"], "A"),
            amount(r["fault_a"], "A"),
        )
        for r in by.iter_rows(named=True)
    ]
    marks = ["" if r["is_selective"] == r["len"] else "dim" for r in by.iter_rows(named=True)]
    heads = (("Above", ""), ("Below", ""), ("Way", ""), ("Selective", "num"), ("Up to", "num"), ("Greatest fault", "num"))
    note = "First pair of each two parts. Above the limit the upper device may open first or with the lower one."
    return Grid("supply-pairs", "Selectivity", heads, rows, note, marks=marks)


def _arcs(t: Tables) -> Grid:
    """Arc flash by kind of node: the worst of each."""
    found = t["arc_flashes"].join(t["supply_nodes"].select("node_id", "name", "kind", "voltage_nominal_v"), on="node_id")
    found = found.sort("energy_j_cm2", "node_id", descending=[True, False], nulls_last=True)
    by = found.group_by("kind", "voltage_nominal_v", maintain_order=True).agg(pl.len(), pl.all().exclude("kind", "voltage_nominal_v").first())
    rows = [
        (
            r["name"],
            r["kind"],
            amount(r["voltage_nominal_v"], "V"),
            whole(r["len"]),
            "–" if r["arcing_a"] is None else amount(r["arcing_a"], "A"),
            "–" if r["clearing_s"] is None else f"{r['clearing_s']:.3g} s" + (" (capped)" if r["is_capped"] else ""),
            "–" if r["energy_j_cm2"] is None else f"{r['energy_j_cm2'] / J_PER_CAL:.2g} cal/cm²",
            "–" if r["boundary_mm"] is None else f"{r['boundary_mm'] / 1000:.2f} m",
            "–" if r["category"] is None else "none suffices" if r["category"] == 5 else str(r["category"]),
        )
        for r in by.iter_rows(named=True)
    ]
    heads = (("Worst of them", ""), ("Kind", ""), ("Voltage", "num"), ("Number", "num"), ("Arcing", "num"), ("Burns", "num"), ("Energy", "num"),
             ("Boundary", "num"), ("Clothing category", "num"))  # fmt: skip
    return Grid("supply-arcs", "Arc flash", heads, rows, "IEEE 1584 at the working distance of each; the worst place of each kind.")


def _downtime(t: Tables) -> Grid:
    """Availability by subject, in closed form where there is one, and Monte Carlo."""
    rows, is_exact = [], t["supply_availabilities"]["is_exact"].all()
    for r in t["supply_availabilities"].iter_rows(named=True):
        simulated = "–"
        if r["unavailability_simulated"] is not None:
            minutes = 525_600 * r["unavailability_simulated"]
            simulated = f"{minutes:.3g} ± {525_600 * (r['unavailability_error'] or 0):.2g} min"
        shares = (f"{100 * (1 - r['unavailability']):.7g} %", f"{r['minutes_per_year']:.3g} min", simulated)
        worst = (f"{525_600 * r['unavailability_worst']:.3g} min", f"{r['interruptions_per_year']:.3g}")
        rows.append((r["name"], r["subject"], whole(r["racks"]), *shares, *worst))
    heads = (("Racks of", ""), ("Subject", ""), ("Racks", "num"), ("Availability", "num"),
             ("Dark a year", "num"), ("Monte Carlo", "num"), ("Worst rack", "num"),
             ("Interruptions a year", "num"))  # fmt: skip
    return Grid(
        "supply-downtime",
        "Downtime",
        heads,
        rows,
        "Of a rack, mean, from failure and repair rates: in closed form, and by Monte Carlo with its standard error."
        if is_exact
        else "Of a rack, mean, from failure and repair rates: by Monte Carlo alone; too many ways to a rack for a closed form.",
    )


def _parts(t: Tables) -> Grid:
    """What the chain is made of, and what is known to cost what."""
    own = t["hall_parts"].filter(of_chain()).sort("kind", "part")
    rows = [
        (kind, part, whole(n), money(each), money(usd), told or "not known")
        for kind, part, n, each, usd, told in own.select("kind", "part", "quantity", "unit_cost_usd", "cost_usd", "price_confidence").iter_rows()
    ]
    heads = (("Kind", ""), ("Part", "code"), ("Pieces", "num"), ("Each, USD", "num"), ("Cost, USD", "num"), ("Price is", ""))
    note = "Busways in sections of 3,048 mm; each of a cable without its length, its cost with it. AC whips are in the racks' designs."
    return Grid("supply-parts", "What the chain is made of", heads, rows, note)
