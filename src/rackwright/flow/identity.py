"""Which design a package holds: one hash of all that determines it, and the words for it that stand on every page and drawing.

No hash of results: it is known before anything is drawn, so that drawings can carry it, and costs milliseconds on the largest campus.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from rackwright.flow.fingerprint import Fingerprint
from rackwright.flow.manifest import Manifest
from rackwright.flow.pipeline import Design
from rackwright.render.content import text_input
from rackwright.render.mark import Mark
from rackwright.schema.tables import Tables

_DECIDING = ("inputs", "part_facts")  # what a spec and the parts it names come to, defaults, overrides and a standing package included


def design_hash(design: Design, about: Manifest) -> str:
    """Hash of the spec as written and as read, of variant, `--set` changes and versions, and of what the design and its rack designs are made from:
    inputs and facts of parts. 32 hex digits.
    """
    made = Fingerprint(about.spec_sha256, about.variant, list(about.sets), sorted(about.versions.items()), design.spec)
    made.add([(name, _deciding(t)) for name, t in sorted({"": design.tables, **design.racks}.items())])
    return made.hex()


def _deciding(t: Tables) -> Mapping[str, pl.DataFrame]:
    """Without the places where things were written, which change nothing."""
    return {name: t[name].drop("src", strict=False) for name in _DECIDING}


def mark(about: Manifest, t: Tables) -> Mark:
    """What pages and drawings say; a design that its spec gives no revision is a draft."""
    revision = text_input(t, "revision") or "draft"
    return Mark(
        about.design, f"{revision}, variant {about.variant}" if about.variant else revision, about.design_hash, about.versions.get("rackwright", "?")
    )
