"""The hash of a design: it follows from all that determines the design, and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from rackwright.base.findings import DesignError
from rackwright.flow.identity import design_hash, mark
from rackwright.flow.manifest import Manifest
from rackwright.flow.pipeline import Design, compile_text
from rackwright.schema.tables import Tables

SPEC = (Path(__file__).resolve().parents[2] / "examples" / "racks" / "storage-6x8.yaml").read_text(encoding="utf-8")
ABOUT = Manifest("storage-6x8", "", (), {"rackwright": "1", "schema": "a"}, "00", ())


@pytest.fixture(scope="module", name="design")
def _design() -> Design:
    return compile_text(SPEC + "\nrevision: B.2\n")


def changed(t: Tables, table: str, column: str, value: object) -> Tables:
    rows = t[table].with_row_index("n").with_columns(pl.when(pl.col("n") == 0).then(pl.lit(value)).otherwise(column).alias(column)).drop("n")
    return t.put({table: rows})


def test_it_follows_from_all_that_determines_the_design(design: Design):
    t = design.tables
    made = [
        design_hash(d, about)
        for d, about in (
            (design, ABOUT),
            (design, replace(ABOUT, variant="v")),
            (design, replace(ABOUT, sets=("a=1",))),
            (design, replace(ABOUT, versions={"rackwright": "2", "schema": "a"})),
            (design, replace(ABOUT, spec_sha256="01")),
            (replace(design, document=replace(design.document, spec=design.spec.model_copy(update={"braced": False}))), ABOUT),
            (replace(design, tables=changed(t, "part_facts", "value", 1.5)), ABOUT),
            (replace(design, tables=changed(t, "inputs", "text", "other")), ABOUT),
            (replace(design, racks={"a": t}), ABOUT),
            (replace(design, racks={"b": t}), ABOUT),
            (replace(design, racks={"a": changed(t, "part_facts", "value", 1.5)}), ABOUT),
        )
    ]
    assert len(set(made)) == len(made)
    assert all(len(h) == 32 for h in made)


def test_it_follows_from_nothing_else(design: Design):
    t = design.tables
    moved = t.put({"inputs": t["inputs"].with_columns(src=pl.lit(0, pl.Int32))})
    again = compile_text(SPEC + "\nrevision: B.2\n", file="elsewhere/name.yaml", as_of="2031-01-01")
    assert design_hash(design, ABOUT) == design_hash(replace(design, tables=moved), ABOUT) == design_hash(again, ABOUT)


def test_words_are_of_the_spec_and_the_variant(design: Design):
    about = replace(ABOUT, design_hash=design_hash(design, ABOUT))
    assert mark(about, design.tables).words == f"revision B.2 · hash {about.design_hash[:12]}"
    assert mark(replace(about, variant="cold"), design.tables).revision == "B.2, variant cold"
    assert mark(about, Tables({})).revision == "draft"


@pytest.mark.parametrize("revision", ["a b", "x" * 17, '"<b>"', "''"])
def test_a_revision_is_short_and_plain(revision: str):
    with pytest.raises(DesignError, match="revision"):
        compile_text(SPEC + f"\nrevision: {revision}\n")
