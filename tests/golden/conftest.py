"""`pytest tests/golden --golden-update` rewrites what the golden tests expect."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden-update", action="store_true", help="write what comes out as what is expected")


@pytest.fixture
def is_update(request: pytest.FixtureRequest) -> bool:
    """Whether to rewrite. The option is unknown where pytest was started above this folder."""
    return bool(request.config.getoption("--golden-update", default=False))
