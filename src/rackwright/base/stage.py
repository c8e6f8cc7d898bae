"""A stage of the pipeline: a pure function of tables that declares what it reads and writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])


def stage(reads: tuple[str, ...], writes: tuple[str, ...]) -> Callable[[F], F]:
    """Declare the tables a stage reads and writes; `flow` gives it only those and a test catches anything else."""

    def mark(function: F) -> F:
        function.reads = reads  # type: ignore[attr-defined]
        function.writes = writes  # type: ignore[attr-defined]
        return function

    return mark
