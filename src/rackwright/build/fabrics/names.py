"""Port names as the vendor prints them, from port numbers."""

from __future__ import annotations

import numpy as np

from rackwright.build.fabrics.fabric import Array, SwitchModel


def port_names(model: SwitchModel, port: Array, legs: Array) -> Array:
    """Names of ports of one switch model, an array of strings.

    Args:
        model: gives the patterns.
        port: port numbers (cage * legs + leg), int.
        legs: legs of the cage each port is in, int, same length.
    """
    out = np.empty(len(port), dtype=object)
    for each in np.unique(legs).tolist():  # one pass per way of breaking a cage out
        pattern = model.cage_name if each == 1 else model.port_name
        known = [
            pattern.format(cage=model.first_cage + cage, leg=model.first_leg + leg)
            for cage in range(model.cages + model.uplink_cages)
            for leg in range(each)
        ]  # fmt: skip
        own = legs == each
        out[own] = np.array(known, dtype=object)[port[own]]
    return out.astype(str)
