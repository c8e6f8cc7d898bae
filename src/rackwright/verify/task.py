"""A job: one thing that a technician does, with all the plugs that it touches."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

LONGEST = 120
EXCHANGE, ROTATE, MOVE, CROSSED, RESEAT, ASK, REMOVE = "exchange", "rotate", "move", "crossed", "reseat", "ask", "remove"


@dataclass(slots=True)
class Job:
    """One job: `kind`, the `plugs` to be touched (name and device number), what is to be done, the links it mends (rows), whether both ends were seen
    (`is_sure`), and the row of an unexpected connection (`strange`, -1). A job with a `message` is one finding in place of those of its links, with
    the id of `subject` (start device and port, end device and port); `status` is that of its links where they are not wrong.
    """

    kind: str
    plugs: tuple[tuple[str, int], ...]
    text: str
    links: list[int] = field(default_factory=list)
    is_sure: bool = True
    strange: int = -1
    message: str = ""
    subject: tuple[str, str, str, str] = ("", "", "", "")
    status: int = -1


def stable_id(device: str, port: str, far_device: str, far_port: str) -> str:
    """Twelve digits of the SHA-256 of start device, start port, end device and end port, whichever end is named first."""
    one, two = f"{device}\x1f{port}", f"{far_device}\x1f{far_port}"
    whole = f"{one}\x1f{two}" if (device, port) <= (far_device, far_port) else f"{two}\x1f{one}"
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def together(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([*([", ".join(words[:-1])] if len(words) > 1 else []), *words[-1:]])


def plain(text: str) -> str:
    """A name from outside as one line of printable characters, cut where it is long."""
    made = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return made if len(made) <= LONGEST else f"{made[: LONGEST - 1]}…"
