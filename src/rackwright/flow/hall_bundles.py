"""Table `bundles` of a hall in its waves: a wave whose cables are as they were is taken over."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.build.hall.bundles import Groups, Kinds, SharedBundleError, grouped, ordered, stands, waves
from rackwright.build.hall.ground import Ground
from rackwright.flow.cabling import Made
from rackwright.flow.memory import Memory
from rackwright.schema.parts import Ask, Part, Parts
from rackwright.schema.tables import empty, frame
from rackwright.spec.pulling import Pulling

At: TypeAlias = tuple[int, int]
Where: TypeAlias = tuple[NDArray[np.int32], NDArray[np.int32]]
PULLING_S = Ask("pulling", (), float, lambda t: None, lambda rows, first, context: float(rows["duration_s"].sum()))


def bundle_parts(cabled: Mapping[At, Made], kinds: Kinds, cables: Parts, ground: Ground, racks: pl.DataFrame, rule: Pulling, memory: Memory) -> Parts:
    """Bundles of all cells; made of all cables at once where those of two cells share one, or a cable's legs may be in several."""
    rule = memory.step("pulling", lambda rule: rule, rule)  # one object as long as it says the same
    where = memory.step("racks of waves", lambda *_: stands(racks), ground.site.positions, ground.site.at, ground.site.pod)
    own = {at: cell.told.bundles for at, cell in cabled.items() if cell.told}
    made = None if any(cell.leg for cell in cabled.values()) else _waves(own, kinds, where, rule, memory)
    if made is None:
        made = _waves({(-1, -1): grouped(cables.whole(), kinds, ground.rack_of)}, kinds, where, rule, memory)
    return Parts(made or [Part(empty("bundles").drop("bundle_id"), 0)], partial(frame, "bundles"), "bundle_id")


def _waves(parts: Mapping[At, Groups], kinds: Kinds, where: Where, rule: Pulling, memory: Memory) -> list[Part] | None:
    """A part for each wave; None where links of two parts share a bundle."""
    cut = memory.each("waves of cells", parts, lambda new: {at: waves(groups, where) for at, groups in new.items()}, where)
    pieces = dict[int, list[Groups]]()
    for own in cut.values():
        for code, piece in own.items():
            pieces.setdefault(code, []).append(piece)
    numbered = {n: pieces[code] for n, code in enumerate(sorted(pieces))}
    try:
        rows = memory.each("waves", numbered, lambda new: ordered(new, kinds, where, rule), kinds, where, rule)
    except SharedBundleError:
        return None
    return list(memory.each("parts of waves", rows, lambda new: {n: Part(own, own.height) for n, own in new.items()}).values())
