"""`rackwright import` as a user meets it: what is printed, exit codes, and that what it writes is built and verified by the lines it prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from rackwright.cli.main import main

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SPEC, RACK = EXAMPLES / "halls" / "h100-superpod-1su.yaml", EXAMPLES / "racks" / "dgx-h100-x4.yaml"


@pytest.fixture(name="p2p", scope="module")
def _p2p(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("import")
    assert main(["build", str(SPEC), "-o", str(folder / "hall"), "--no-pictures", "--set", "racks.dgx.count=2", "--set", "unit=2"]) == 0
    assert main(["export", str(folder / "hall"), "p2p", "-o", str(folder / "p2p.xlsx")]) == 0
    return folder / "p2p.xlsx"


def test_the_lines_it_prints_work(p2p: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["import", str(p2p), "-o", "mine", "--design", f"dgx={RACK}", "--name", "Plant 7"]) == 0
    shown = capsys.readouterr()
    assert "compute  rail-optimized" in shown.out
    lines = [line.split() for line in shown.err.splitlines() if line.startswith("  rackwright ")]
    assert [line[1] for line in lines] == ["build", "verify"]
    assert "hall: plant-7" in Path("mine/hall.yaml").read_text()
    assert main([*lines[0][1:], "--no-pictures"]) == 0
    assert main(lines[1][1:]) == 0
    assert main(["import", str(p2p), "-o", "mine", "--design", f"dgx={RACK}"]) == 2
    assert "writes over nothing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--design", "dgx"], "`--design dgx` wants a name, `=` and a value"),
        (["--design", "dgx=none.yaml"], "there is no rack spec `none.yaml`"),
        (["--design", f"dgx={RACK}", "--switch", "compute=nvidia/qm97"], "there is no part `nvidia/qm97`"),
        (["--design", f"dgx={RACK}@none"], "variant"),
        (["--design", f"dgx={SPEC}"], "rack"),
    ],
)
def test_bad_options(arguments: list[str], told: str, p2p: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(p2p), "-o", str(tmp_path / "mine"), *arguments]) == 2
    shown = capsys.readouterr()
    assert told in shown.out + shown.err
    assert "bug in rackwright" not in shown.err
    assert not list(tmp_path.iterdir())
