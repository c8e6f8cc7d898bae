"""Power: every case of loss with its verdict. Reads power_cases, power_case_states, power_branches, power_branch_states."""

from __future__ import annotations

import polars as pl

from rackwright.render.content import Content, Grid, show
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "power", "Power", 38
_HEADS = (
    ("Case", ""),
    ("Must survive", ""),
    ("Load", "num"),
    ("Left in service", "num"),
    ("From the feeds", "num"),
    ("Loss", "num"),
    ("Lowest voltage", "num"),
    ("Greatest loading", "num"),
    ("Ride-through", "num"),
    ("Verdict", ""),
)


def content(t: Tables) -> Content | None:
    """None where no load flow ran."""
    cases = t["power_cases"].join(t["power_case_states"], on="case_id", how="inner").sort("case_id")
    if cases.is_empty():
        return None
    rows, marks = [], []
    for c in cases.iter_rows(named=True):
        holds = _holds(c)
        marks.append("ok" if holds else "bad" if c["is_required"] else "dim")
        verdict = "holds" if holds else "fails"
        rows.append(
            (
                c["name"],
                "yes" if c["is_required"] else "no",
                show(c["load_w"], "W"),
                show(c["capacity_w"], "W"),
                show(c["input_w"], "W"),
                show(c["loss_w"], "W"),
                show(c["voltage_min_v"], "V"),
                show(c["loading_max"], "1"),
                show(c["ride_through_s"], "s"),
                verdict,
            )
        )
    required = cases.filter("is_required")
    kept = sum(_holds(c) for c in required.iter_rows(named=True))
    lead = [
        f"{kept} of the {required.height} cases the spec asks the rack to survive hold: everything is fed and no shelf, PDU or power supply "
        "is loaded above its rating."
    ]
    worst = required.filter(pl.col("loading_max").is_not_null()).sort("loading_max", descending=True)
    if worst.height:
        lead.append(f"The hardest is “{worst['name'][0]}” at {show(worst['loading_max'][0], '1')} of rating.")
        if not t["power_branches"].filter((pl.col("kind") == "cord") & pl.col("power_rated_w").is_not_null()).is_empty():
            lead.append("The supplies of a box count as 100 % loaded when only as many are left as its maker asks for.")
    return Content(lead, [Grid("cases", "Cases of loss", _HEADS, rows, marks=marks)])


def _holds(case: dict[str, object]) -> bool:
    """Solved, nothing dark, nothing above its rating (to rounding)."""
    loading = case["loading_max"]
    return bool(case["is_solved"]) and float(str(case["load_dark_w"])) < 0.5 and (loading is None or float(str(loading)) <= 1 + 1e-9)
