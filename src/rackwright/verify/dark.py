"""Devices nearly all of whose links are down or without a neighbour: one fault and one job each, as a device without power is."""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.verify.compare import IS_DOWN, NO_NEIGHBOUR, NOT_KNOWN, SILENT, UNSEEN, Compared
from rackwright.verify.designed import Designed
from rackwright.verify.task import ASK, RESEAT, Job

LEAST = 8  # links of a device
SHARE = 0.9  # of its links that were seen, and more than half of all it has
_TEXT = {
    IS_DOWN: ("are down", "See first that it has power, and that its ports are enabled; then its cables."),
    NO_NEIGHBOUR: ("are up, but have no neighbour", "See first that LLDP runs on it; then its cables."),
    SILENT: ("have no neighbour, and nobody told whether they are up", "See first that it has power, that LLDP runs, and that all was collected."),
}


def dark(d: Designed, c: Compared) -> list[Job]:
    """Jobs with a message of their own, the devices of most links first; a link is in one of them at most."""
    made: list[Job] = []
    status = pl.Series(np.repeat(c.status, 2), dtype=pl.UInt8)
    if not np.isin(c.status, list(_TEXT)).any():
        return made
    ends = d.ends.select("dev", link=pl.col("end") // 2, status=status)
    for code, (what, cure) in _TEXT.items():
        is_so, is_seen = pl.col("status") == code, ~pl.col("status").is_in([UNSEEN, NOT_KNOWN])
        sums = ends.group_by("dev").agg(n=is_so.sum(), seen=is_seen.sum(), of=pl.len(), links=pl.col("link").filter(is_so))
        sums = sums.filter((pl.col("n") >= LEAST) & (pl.col("n") >= SHARE * pl.col("seen")) & (pl.col("n") * 2 > pl.col("of")))
        taken: set[int] = set()
        for dev, n, of, own in sums.sort("n", "dev", descending=[True, False]).select("dev", "n", "of", "links").iter_rows():
            links = sorted({*own} - taken)
            if len(links) < LEAST:
                continue
            taken.update(links)
            name = d.devices["end"][dev]
            message = f"{f'all {of}' if n == of else f'{n} of the {of}'} links of {name} {what}"
            kind = RESEAT if code == IS_DOWN else ASK
            made.append(
                Job(
                    kind,
                    ((name, dev),),
                    f"{message[0].upper()}{message[1:]}. {cure}",
                    links,
                    message=message,
                    subject=(name, "", name, ""),
                    status=code,
                )
            )
    return made
