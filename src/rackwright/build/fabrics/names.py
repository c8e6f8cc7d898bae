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
        known = [_port(model, cage, leg, each) for cage in range(model.cages + model.uplink_cages) for leg in range(each)]
        own = legs == each
        out[own] = np.array(known, dtype=object)[port[own]]
    return out.astype(str)


def plug_names(model: SwitchModel, port: Array, legs: Array) -> Array:
    """Names of the cages that ports are in, as printed on what is plugged in where several of its links meet; an array of strings."""
    return np.array([cage_name(model, cage) for cage in (port // np.maximum(legs, 1)).tolist()], dtype=str)


def cage_name(model: SwitchModel, cage: int) -> str:
    """Name of a cage by its number from 0."""
    return model.cage_name.format(cage=model.first_cage + cage)


def _port(model: SwitchModel, cage: int, leg: int, legs: int) -> str:
    if legs == 1:
        return cage_name(model, cage)
    ports = min(model.breakouts)
    if model.split_name and 1 < ports < legs:
        port, split = divmod(leg, legs // ports)
        return model.split_name.format(cage=model.first_cage + cage, leg=model.first_leg + port, split=model.first_leg + split)
    return model.port_name.format(cage=model.first_cage + cage, leg=model.first_leg + leg)
