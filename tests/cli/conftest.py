"""The command line in process: `cli(...)` gives exit code, stdout and stderr; `spec` is the starter, `package` what it builds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from rackwright.cli.commands.new import starter
from rackwright.cli.main import main


class Ran(NamedTuple):
    """What one command line did."""

    code: int
    out: str
    err: str


@pytest.fixture(name="cli")
def _cli(capsys) -> Callable[..., Ran]:
    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        code = main([str(a) for a in arguments])
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture(name="spec")
def _spec(tmp_path, monkeypatch) -> str:
    """A file `rack.yaml` in the working folder."""
    monkeypatch.chdir(tmp_path)
    Path("rack.yaml").write_text(starter("rack"))
    return "rack.yaml"


@pytest.fixture(name="built", scope="session")
def _built(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    (folder / "rack.yaml").write_text(starter("rack"))
    assert main(["build", str(folder / "rack.yaml"), "-o", str(folder / "out")]) == 0
    return folder / "out"


@pytest.fixture(name="package")
def _package(built) -> Path:
    """A package nobody changes."""
    return built
