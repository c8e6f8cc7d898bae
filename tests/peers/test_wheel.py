"""A wheel installed on its own, away from this source tree, has all its data: it shows help, checks and builds an example."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "examples" / "racks" / "gb200-nvl72.yaml"

pytestmark = pytest.mark.peers


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT), cwd=folder)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("rackwright-*.whl"))


def test_wheel_holds_every_data_file(wheel: Path):
    source = ROOT / "src"
    data = {p.relative_to(source).as_posix() for p in (source / "rackwright").rglob("*") if p.is_file() and p.suffix != ".pyc"}
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    assert data - held == set()
    assert any(name.endswith("licenses/LICENSE") for name in held)


def test_installed_wheel_builds_a_rack(wheel: Path, tmp_path: Path):
    assert run(sys.executable, "-m", "venv", str(tmp_path / "venv"), cwd=tmp_path).returncode == 0
    bin = tmp_path / "venv" / "bin"
    done = run(str(bin / "python"), "-m", "pip", "install", "-q", "-r", str(ROOT / "requirements.lock"), str(wheel), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = run(str(bin / "rackwright"), "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "Usage: rackwright" in done.stdout
    spec = tmp_path / "rack.yaml"
    spec.write_bytes(SPEC.read_bytes())
    done = run(str(bin / "rackwright"), "build", "rack.yaml", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert {"report.html", "cables.xlsx", "bom.xlsx"} <= {f["path"] for f in manifest["files"]}
