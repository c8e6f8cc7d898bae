"""Branches of the power network in the cases the rack must survive."""

from __future__ import annotations

import polars as pl

from rackwright.schema.tables import Tables

READS = ("power_branches", "power_branch_states", "power_cases", "power_case_states")


def worst(t: Tables, kind: str, by: str, over: pl.Expr) -> pl.DataFrame:
    """Branches of `kind` that are `over` a limit of theirs in a required case, each in that with the greatest `by`: branch columns, states, and
    `case` in words.
    """
    found = t.derived(_states).filter((pl.col("kind") == kind) & over)
    if found.is_empty():
        return found
    ordered = found.sort("branch_id", by, "case_id", descending=[False, True, False], nulls_last=True)
    return ordered.unique("branch_id", keep="first", maintain_order=True)


def _states(t: Tables) -> pl.DataFrame:
    """Branches in every required case."""
    cases = t.derived(required).select("case_id", case=words())
    states = t["power_branch_states"].join(cases, on="case_id").with_columns(pl.col("current_a").abs())
    return t["power_branches"].join(states, on="branch_id")


def required(t: Tables) -> pl.DataFrame:
    """Cases the rack must survive, without those that lack capacity: PWR101 names these, and what follows from them is no news."""
    enough = t["power_case_states"].filter(pl.col("capacity_w") >= pl.col("load_w") - 0.5)
    return t["power_cases"].filter("is_required").join(enough, on="case_id", how="semi")


def words() -> pl.Expr:
    """The case as the end of a sentence."""
    normal = pl.lit("in normal operation")
    return pl.when(pl.col("kind") == "normal").then(normal).otherwise(pl.concat_str([pl.lit("with "), pl.col("name")]))
