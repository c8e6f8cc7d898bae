"""Every finding that `verify` and `import` make is explained, under the name that it has there."""

from __future__ import annotations

import re
from pathlib import Path

from rackwright.verify import kinds, tell, unjudged

ROOT = Path(kinds.__file__).resolve().parents[1]


def test_every_code_is_explained_under_its_name():
    told = {k.code: k.name for k in kinds.KINDS}
    assert len(told) == len(kinds.KINDS)
    assert {c: n for c, n in told.items() if c.startswith("VER")} == tell.NAMES | unjudged.NAMES
    used = {c for p in (ROOT / "flow/imported").glob("*.py") for c in re.findall(r'"(IMP\d{3})"', p.read_text(encoding="utf-8"))}
    assert used == {c for c in told if c.startswith("IMP")}
    for path in (ROOT / "flow/imported").glob("*.py"):
        for code, name in re.findall(r'"(IMP\d{3})", "([a-z-]+)"', path.read_text(encoding="utf-8")):
            assert told[code] == name


def test_kinds_are_found_by_code_in_any_case_and_by_name():
    assert kinds.find("ver202") is kinds.find("incorrect-cabling") is not None
    assert kinds.find("VER299") is None
