"""Which design and revision a workbook says that it is of: the words that stand on every page and drawing of the package."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

WORDS: ContextVar[str] = ContextVar("words", default="")


def marked(path: str, make: Callable[[], bytes], words: str) -> Callable[[], bytes]:
    """What makes a file, so that it knows the words while it does; only workbooks ask."""
    if not path.endswith(".xlsx"):
        return make

    def told() -> bytes:
        token = WORDS.set(words)
        try:
            return make()
        finally:
            WORDS.reset(token)

    return told
