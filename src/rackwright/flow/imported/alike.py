"""Groups of things that meet mostly the same: leaves with the same hosts, switches below the same switches. A cable in the wrong place, or one that
nobody wrote down, changes no group.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LIKE = 0.5  # cosine of the numbers of links to each, above which two things are of one group


def groups(things: NDArray[np.int32], met: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Things (sorted, once each) and the number of the group of each. `things`, `met`: one element a link."""
    from scipy.sparse import coo_array, csgraph, diags_array

    rows, at = np.unique(things, return_inverse=True)
    columns, to = np.unique(met, return_inverse=True)
    counts = coo_array((np.ones(len(at)), (at, to)), shape=(len(rows), len(columns))).tocsr()
    size = np.sqrt(counts.multiply(counts).sum(axis=1))
    plain = diags_array(1 / size) @ counts
    like = plain @ plain.T
    like.data[like.data <= _LIKE] = 0
    like.eliminate_zeros()
    return rows, csgraph.connected_components(like, directed=False)[1].astype(np.int32)


def mostly(things: NDArray[np.int32], group: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Things (sorted, once each) and the group that most links of each lead to. `things`, `group`: one element a link."""
    rows, at = np.unique(things, return_inverse=True)
    count = np.zeros((len(rows), int(group.max(initial=0)) + 1), np.int64)
    np.add.at(count, (at, group), 1)
    return rows, count.argmax(axis=1).astype(np.int32)
