"""CI must fail when a test against an outside truth did not run. Real pytest runs make the files that `tools/outcome.py` reads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "outcome.py"
SKIPPED = "import pytest\ndef test_a(): pass\n@pytest.mark.skip(reason='x')\ndef test_b(): pass"
PYTEST = "-m pytest -q -p no:cacheprovider --import-mode=importlib --junitxml=out/all.xml --rootdir=. tests"
CASES = {
    "all ran": ("def test_a(): pass", 0, "2 passed, 0 failed, 0 skipped"),
    "one skipped": (SKIPPED, 1, "oracle test skipped: tests.oracle.test_it.test_b"),
    "none there": ("", 1, "no oracle test ran"),
    "one failed": ("def test_a(): assert 1 == 2", 1, "test failed: tests.oracle.test_it.test_a"),
}


@pytest.mark.parametrize("case", CASES)
def test_outcome(case: str, tmp_path: Path):
    body, code, line = CASES[case]
    for folder, text in (("oracle", body), ("base", "def test_other(): pass")):
        (tmp_path / "tests" / folder).mkdir(parents=True)
        (tmp_path / "tests" / folder / "test_it.py").write_text(text + "\n")
    subprocess.run([sys.executable, *PYTEST.split()], cwd=tmp_path, capture_output=True, check=False)
    done = subprocess.run([sys.executable, str(TOOL), "out"], cwd=tmp_path, capture_output=True, check=False, text=True)
    assert done.returncode == code
    assert line in done.stdout.splitlines()
