"""Parts of a power chain: what the catalogue offers, and the smallest that carries what it must."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rackwright.catalog.part import Part

KINDS = ("transformer", "substation-transformer", "generator", "transfer-switch", "breaker", "fuse")
LOW_V = 1000.0  # below is low voltage
OVER_V = 1.05  # of a rated voltage: 415 V stands for 400 to 433 V


@dataclass(frozen=True, slots=True)
class SupplyFault(Exception):  # noqa: N818  named as the faults of floors are
    """Something that no chain can be made of: rule, message, spec path below `power` and the cure."""

    code: str
    name: str
    message: str
    path: str
    help: str


@dataclass(frozen=True, slots=True)
class Market:
    """Parts to make a chain of: those the spec names, and by kind what the catalogue offers, the smallest first.

    `fault_a`: what a low-voltage breaker may have to break: a fault at a switchboard behind an endless grid.
    """

    feeder: Part
    busway: Part
    ups: Part | None
    sidecar: Part | None
    dc_busway: Part | None
    dc_whip: Part | None
    dc_shelf: Part | None
    row_ups: Part | None
    offered: Mapping[str, Sequence[Part]]
    fault_a: float = 0.0

    def smallest(self, kind: str, fact_name: str, wanted: float) -> Part | None:
        """The smallest of a kind that has as much of a rating as wanted."""
        return next((p for p in self.offered[kind] if fact(p, fact_name) >= wanted), None)

    def breaker(self, amps: float, volts: float, *, of_transformer: bool = False, waits: bool = False) -> str | None:
        """The smallest breaker for a current and voltage; none where the catalogue has none, which PWR436 tells.

        At low voltage of those that break `fault_a`, or where none does the most, and without an instantaneous part where it
        `waits` for those below it; above it one that trips at once only before a transformer.
        """
        low = volts < LOW_V
        fitting = [
            p for p in self.offered["breaker"] if fact(p, "current_rated") >= amps and (fits(p, volts) if low else fact(p, "voltage") >= volts)
        ]
        if low:
            fitting = [p for p in fitting if not waits or "instantaneous" not in p.facts]
            most = max((fact(p, "breaking_current") for p in fitting), default=0.0)
            fitting = [p for p in fitting if fact(p, "breaking_current") >= min(self.fault_a, most)]
        else:
            fitting = [p for p in fitting if ("relay_instantaneous" in p.facts) == of_transformer]
        sizes = ("current_rated", "voltage") if low else ("voltage", "current_rated")
        return min(fitting, key=lambda p: (*(fact(p, f) for f in sizes), p.name)).name if fitting else None

    def rated(self, name: str | None) -> float:
        """Rated current of a breaker; endless of none."""
        return next((fact(p, "current_rated") for p in self.offered["breaker"] if p.name == name), np.inf)

    def pole_ohm(self, name: str | None) -> float:
        """Resistance of a pole of a breaker."""
        part = next((p for p in self.offered["breaker"] if p.name == name), None)
        return fact(part, "pole_resistance") if part else 0.0

    def fuse(self, amps: float, volts: float) -> str | None:
        """The smallest DC fuse for a current and voltage."""
        fitting = [p for p in self.offered["fuse"] if p.text("utilization") == "aR" and fact(p, "current_rated") >= amps]
        return next((p.name for p in fitting if fact(p, "voltage") >= volts), None)


def fact(part: Part, name: str) -> float:
    """A fact that its kind requires, or 0."""
    return float(part.number(name) or 0.0)


BEHIND = 1.01
"""What a block gives over what its racks take: cables and busways between lose less than a hundredth where they keep the usual voltage drop."""


def least_efficiency(part: Part | None) -> float:
    """The lowest of the points of a converter; 1 without one, or without points."""
    points = [fact(part, f"efficiency_{i}") for i in (25, 50, 75, 100)] if part else []
    return min(points) if points and min(points) > 0 else 1.0


def curve(part: Part) -> dict[str, float | None]:
    """Columns of a converter: its efficiency points, and the window of input voltage that it works in."""
    window = {f"input_{x}": part.number(f"voltage_input_{x}") for x in ("least", "most")}
    return {f"efficiency_{i}": fact(part, f"efficiency_{i}") for i in (25, 50, 75, 100)} | window


def drawn_va(part: Part | None, power_w: float) -> float:
    """VA that a converter draws at worst to give so many W; the same of what is none."""
    factor = fact(part, "power_factor_input") if part is not None and part.kind in ("ups", "sidecar") else 1.0
    return power_w / least_efficiency(part) / (factor or 1.0)


def impedance(part: Part, volts: float) -> dict[str, float]:
    """Series impedance of a transformer at `volts`, and its loss without load."""
    rated, loss = fact(part, "power_rated"), fact(part, "loss_load")
    base, r = volts**2 / rated, loss / rated
    x = np.sqrt(max(fact(part, "impedance") ** 2 - r**2, 0.0))
    return {"resistance_ohm": r * base, "reactance_ohm": float(x * base), "loss_no_load_w": fact(part, "loss_no_load")}


def fits(part: Part, volts: float) -> bool:
    """Whether a low-voltage breaker is one of switchboards, of that voltage."""
    return part.text("trip") == "lsi" and volts <= fact(part, "voltage") * OVER_V < LOW_V * OVER_V
