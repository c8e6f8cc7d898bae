"""The example racks as text: they are specs, and every part they and their variants name exists."""

from __future__ import annotations

from pathlib import Path

import pytest

from rackwright.base.tree import parse
from rackwright.catalog.loader import Catalog
from rackwright.spec.rack import RackSpec

RACKS = sorted((Path(__file__).parents[2] / "examples" / "racks").glob("*.yaml"))


def parts_in(value: object) -> set[str]:
    """Every text that looks like a part: `maker/model`."""
    if isinstance(value, dict):
        return {p for k, v in value.items() for p in parts_in(v) | parts_in(k)}
    if isinstance(value, list):
        return {p for v in value for p in parts_in(v)}
    return {str(value)} if "/" in str(value) and " " not in str(value) else set()


@pytest.mark.parametrize("path", RACKS, ids=lambda p: p.stem)
def test_example(path: Path) -> None:
    plain = parse(path.read_text(encoding="utf-8"), path.name)[0].plain()
    spec = RackSpec.model_validate(plain)
    assert spec.rack == path.stem
    assert spec.about
    named = parts_in(plain)
    assert spec.frame in named
    assert named <= set(Catalog().names())


def test_all_are_there() -> None:
    assert [p.stem for p in RACKS] == ["custom-128", "dgx-h100-x4", "gb200-nvl72", "helios-72", "storage-6x8", "superpod-managers", "torus-64"]
