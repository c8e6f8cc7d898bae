"""What tests in a browser share: Debian's Chromium, and packages built once for all of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from rackwright.cli.main import main

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update"]
PACKAGES = {
    "hall": ("halls/h100-superpod-1su.yaml",),
    "less": ("halls/h100-superpod-1su.yaml", "--set", "racks.dgx.count=7"),
    "campus": ("halls/h100-superpod-1su.yaml", "--set", "halls=2"),
    "split": ("halls/h100-superpod-3su.yaml",),
    "rack": ("racks/gb200-nvl72.yaml",),
    "air": ("racks/dgx-h100-x4.yaml",),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; one a module, as another program of Playwright may not run beside it."""
    program = shutil.which("chromium")
    assert program, "run `make peers`, which installs chromium"
    with sync_playwright() as peer:
        made = peer.chromium.launch(executable_path=program, args=FLAGS)
        yield made
        made.close()


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """`hall`: one unit; `less`: with a rack less; `campus`: two halls; `split`: three units with splitters and four rack designs; `rack`: one of
    liquid-cooled trays on a busbar; `air`: one on AC.
    """
    folder = tmp_path_factory.mktemp("packages")
    for name, (spec, *rest) in PACKAGES.items():
        assert main(["build", str(EXAMPLES / spec), *rest, "-o", str(folder / name)]) in (0, 1)
    return {name: folder / name for name in PACKAGES}
