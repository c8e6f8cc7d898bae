from __future__ import annotations

from pathlib import Path

import pytest

from rackwright.base.findings import DesignError
from rackwright.spec.python import load, rack, section

PROGRAM = """from rackwright.spec.python import rack, section

COUNT = 2
design = rack(
    "small",
    frame="nvidia/mgx-48u",
    trays={
        "mgmt": section(
            part="nvidia/sn2201-dc",
            count=COUNT,
        ),
    },
    power=section(shelf="ocp/hpr-33kw", busbar="ocp/mgx-busbar-1400a"),
)
"""


def faults(text: str, folder: Path) -> list[tuple[str, int, str]]:
    path = folder / "design.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DesignError) as caught:
        load(path, str(path)).document()
    assert {f.span.file for f in caught.value.findings} == {str(path)}
    return [(f.code, f.span.line, f.message) for f in caught.value.findings]


def test_values_of_python_read_as_in_yaml():
    document = rack(
        "small", frame="a/b", braced=False, trays={"x": section(part="a/c", count=3, at=[1, "3..4"])},
        scale_up=section(fabric="f", from_="x", to="x", cable="a/d"),
        power=section(feeds=("A",), shelf=None),
    ).document()  # fmt: skip
    spec = document.spec
    assert (spec.braced, spec.trays["x"].count, spec.trays["x"].at, spec.power.feeds, spec.power.shelf) == (False, 3, [1, 3, 4], ["A"], None)
    assert spec.scale_up is not None
    assert spec.scale_up.accelerators == "x"


def test_each_section_remembers_its_line(tmp_path: Path):
    (tmp_path / "design.py").write_text(PROGRAM, encoding="utf-8")
    document = load(tmp_path / "design.py", "design.py").document()
    assert [document.span(p).line for p in ("frame", "trays.mgmt.count", "power.shelf")] == [4, 8, 13]


def test_changes_do_not_stay():
    design = rack("small", frame="a/b", trays={"x": section(part="a/c")}, variants={"two": {"trays.x.count": 2}})
    assert design.document(sets=["trays.x.count=7", "floor.rating=900 kg/m2"]).spec.trays["x"].count == 7
    assert design.document(variant="two").spec.trays["x"].count == 2
    assert design.document().spec.trays["x"].count == 1
    assert design.document().spec.floor.rating == 2000


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "message"),
    [
        ("count=COUNT", "cuont=COUNT", "SPC101", 8, "`cuont` is not known in `trays.mgmt`"),
        ("COUNT = 2", "COUNT = 2.5", "SPC102", 8, "`count`: a whole number is wanted here, not `2.5`"),
        ("COUNT = 2", "COUNT = 1 / 0", "SPC001", 3, "the program fails: ZeroDivisionError: division by zero"),
        ("COUNT = 2", "COUNT = = 2", "SPC001", 3, "the program fails: SyntaxError: invalid syntax (design.py, line 3)"),
        ("COUNT = 2", "COUNT = 2; raise SystemExit(5)", "SPC001", 3, "the program fails: SystemExit: 5"),
        ("COUNT = 2", "COUNT = []; COUNT.append(COUNT)", "SPC001", 4, None),
        ("design = rack(", "print(", "SPC001", 4, None),
        ("design = ", "", "SPC001", 1, "the program defines 0 racks, one is wanted"),
        ("COUNT = 2", 'COUNT = 2; other = rack("b", frame="a/b", trays={})', "SPC001", 1, "the program defines 2 racks, one is wanted"),
        ('"small"', '"Small"', "SPC102", 4, "`rack`: `Small` is not a name; write `small`"),
        ('frame="nvidia/mgx-48u",', "", "SPC103", 4, "`frame` is missing in a rack spec"),
    ],
)  # fmt: skip
def test_mistakes(old: str, new: str, code: str, line: int, message: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert old in PROGRAM
    ((found, at, said), *_) = faults(PROGRAM.replace(old, new, 1), tmp_path)
    assert (found, at) == (code, line)
    assert message is None or said == message
