"""The build book of a package as one PDF: `render.book` with the labels, bundles and bill that exporters make. See docs/build-book.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import polars as pl

from rackwright.export import bom_xlsx, labels, pull_schedule
from rackwright.export import only as choice
from rackwright.export.only import ChoiceError, Only
from rackwright.flow.identity import mark
from rackwright.flow.manifest import Manifest
from rackwright.render.blocks import Given
from rackwright.schema import ends
from rackwright.schema.tables import Tables

TITLE = "Build book"
FOR = "who builds, checks and signs"
ABOUT = "one PDF to build, check and sign from: drawings, cable schedule, pull plan, test plan, bill of material, labels"
MOST = 6_000  # links of one book: some 500 pages and 2 GB of memory
CHOICES = ("row", "rack", "fabric")


def files_of(t: Tables, only: Only, about: Manifest) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`build-book.pdf`. Raises UnknownNameError, or ChoiceError where there is too much for one book."""
    links = chosen(t, only)
    yield f"build-book{only.slug()}.pdf", partial(_made, t, only, about, links)


def chosen(t: Tables, only: Only) -> pl.Series | None:
    """The links of a hall that a book lists; None for a rack, or a hall without cables."""
    if only.device or only.cable:
        raise ChoiceError(f"a build book is made for rows, racks or fabrics, not for a {'device' if only.device else 'cable'}")
    if not t.height("fabric_cables"):
        return None
    count = t.height("fabric_cables")
    if not only and count > MOST:
        raise ChoiceError(f"a build book of {count:,} links is more than the {MOST:,} of one book; name a row, rack or fabric")
    links = choice.links(t, ends.devices(t), only)
    if links.len() > MOST:
        raise ChoiceError(f"a build book of {links.len():,} links is more than the {MOST:,} of one book; name a row, rack or fabric")
    return links


def _made(t: Tables, only: Only, about: Manifest, links: pl.Series | None) -> bytes:
    from rackwright.render.book import book

    return book(t, given(t, only, about, links))


def given(t: Tables, only: Only, about: Manifest, links: pl.Series | None) -> Given:
    """What the book says besides the tables."""
    said = Given(mark(about, t), _words(only))
    if t["halls"].is_empty():
        return replace(said, labels=labels.in_rack(t)) if labels.loose(t).height else said
    made = pl.DataFrame()
    if links is not None:
        at = ends.devices(t)
        made = labels.labels(t, at, links)
        made = made.with_columns(row=choice.rows_of(made["rack"]))
    bundles = pull_schedule.schedule(t, pull_schedule.bundles(t, only)) if t.height("bundles") else pl.DataFrame()
    return replace(said, labels=made, bundles=bundles, bom=bom_xlsx.hall_lines(t))


def _words(only: Only) -> str:
    """The choice in words: `row H01.AB, rack H01.AC07`; empty for all."""
    kinds = (("row", only.row), ("rack", only.rack), ("fabric", only.fabric))
    return ", ".join(f"{kind} {name}" for kind, names in kinds for name in names)
