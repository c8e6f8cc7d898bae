"""One file per message format. The file's name is the format's; `render(findings, sources)` gives the text to print."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence

from rackwright.base.findings import Finding
from rackwright.cli.sources import Sources


def format_names() -> list[str]:
    """Every message format there is."""
    return sorted(info.name for info in pkgutil.iter_modules(__path__))


def render(name: str, findings: Sequence[Finding], sources: Sources) -> str:
    """Findings in the format of that name, with a newline at the end unless empty."""
    return str(importlib.import_module(f"{__name__}.{name}").render(findings, sources))
