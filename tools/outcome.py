"""Add up the JUnit files of the test runs, and fail where an oracle test was skipped or none ran."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

ORACLE = "tests.oracle."


def read(folder: Path) -> list[tuple[str, str]]:
    """(test, outcome) of every case in `folder/*.xml`; outcome is passed, failed or skipped."""
    rows = []
    for file in sorted(folder.glob("*.xml")):
        for case in ET.parse(file).getroot().iter("testcase"):
            bad = case.find("failure") is not None or case.find("error") is not None
            outcome = "failed" if bad else "skipped" if case.find("skipped") is not None else "passed"
            rows.append((f"{case.get('classname', '')}.{case.get('name', '')}", outcome))
    return rows


def faults(rows: list[tuple[str, str]]) -> list[str]:
    """What is wrong with the outcome as a whole, one line each."""
    oracle = [(name, outcome) for name, outcome in rows if name.startswith(ORACLE)]
    found = [f"oracle test skipped: {name}" for name, outcome in oracle if outcome == "skipped"]
    found += [f"test failed: {name}" for name, outcome in rows if outcome == "failed"]
    if not any(outcome == "passed" for _, outcome in oracle):
        found.append("no oracle test ran")
    return found


def main(argv: list[str]) -> int:
    """Print faults and the closing count; exit 1 where there are faults."""
    rows = read(Path(argv[0]))
    count = Counter(outcome for _, outcome in rows)
    found = faults(rows)
    for line in found:
        print(line)
    print(f"oracle tests run: {sum(name.startswith(ORACLE) for name, _ in rows)}")
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
