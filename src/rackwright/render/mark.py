"""What every page and drawing of a package says of the design that it shows: name, revision and hash, in the same words everywhere."""

from __future__ import annotations

from dataclasses import dataclass

DIGITS = 12  # of the hash, where it is shown


@dataclass(frozen=True, slots=True)
class Mark:
    """`revision`: its name for people; `hash`: of all that determines the design, empty where it is not known; `version`: Rackwright's own."""

    name: str = ""
    revision: str = "draft"
    hash: str = ""
    version: str = ""

    @property
    def short(self) -> str:
        """The hash as it is shown."""
        return self.hash[:DIGITS] or "unknown"

    @property
    def words(self) -> str:
        """Revision and hash."""
        return f"revision {self.revision} · hash {self.short}"
