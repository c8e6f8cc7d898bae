"""Arc-flash incident energy and boundary: three-phase AC from 208 V to 15 kV by IEEE 1584-2018, and a bound for DC.

The coefficients are those of IEEE 1584-2018 tables 1 to 5 and 7, read (2026-11-22) from the open-source package arcflash-calc 0.1.0 (MIT), whose own
tests repeat the standard's worked examples D.1 and D.2. All functions take arrays (n,), one entry a piece of equipment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rackwright.base.units import J_PER_CAL

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CONFIGURATIONS = ("VCB", "VCBB", "HCB", "VOA", "HOA")
"""Electrodes vertical in a box, vertical ending at a barrier, horizontal in a box, vertical and horizontal in open air."""

BOUNDARY_J_CM2 = 5.0208
LONGEST_S = 2.0
"""After which IEEE 1584 lets a person who can leave be gone: the usual limit on the clearing time, for the caller to apply."""

_LEVELS_KV = (0.6, 2.7, 14.3)
_RANGE_V = (208.0, 15e3)
_ARC = np.array([
    [[-0.04287, 1.035, -0.083], [0.0065, 1.001, -0.024], [0.005795, 1.015, -0.011]],
    [[-0.017432, 0.98, -0.05], [0.002823, 0.995, -0.0125], [0.014827, 1.01, -0.01]],
    [[0.054922, 0.988, -0.11], [0.001011, 1.003, -0.0249], [0.008693, 0.999, -0.02]],
    [[0.043785, 1.04, -0.18], [-0.02395, 1.006, -0.0188], [0.005371, 1.0102, -0.029]],
    [[0.111147, 1.008, -0.24], [0.000435, 1.006, -0.038], [0.000904, 0.999, -0.02]],
])  # fmt: skip
_BOLTED = np.array([
    [[0, 0, -4.783e-09, 1.962e-06, -0.000229, 0.003141, 1.092], *[[-1.557e-12, 4.556e-10, -4.186e-08, 8.346e-07, 5.482e-05, -0.003191, 0.9729]] * 2],
    [[0, 0, -5.767e-09, 2.524e-06, -0.00034, 0.01187, 1.013], *[[0, -9.204e-11, 2.901e-08, -3.262e-06, 0.0001569, -0.004003, 0.9825]] * 2],
    [[0, 0, -5.382e-09, 2.316e-06, -0.000302, 0.0091, 0.9725], [0, 0, 4.859e-10, -1.814e-07, -9.128e-06, -0.0007, 0.9881],
     [0, -5.043e-11, 2.233e-08, -3.046e-06, 0.000116, -0.001145, 0.9839]],
    [[0, 0, -4.783e-09, 1.962e-06, -0.000229, 0.003141, 1.092], *[[-1.557e-12, 4.556e-10, -4.186e-08, 8.346e-07, 5.482e-05, -0.003191, 0.9729]] * 2],
    [[0, 0, -3.895e-09, 1.641e-06, -0.000197, 0.002615, 1.1], *[[0, 0, 7.859e-10, -1.914e-07, -9.128e-06, -0.0007, 0.9981]] * 2],
])  # fmt: skip
"""Polynomial in the bolted current (kA), highest power first: the same numbers in tables 1 and 3 to 5."""

_VARIATION = np.array([
    [0, -1.4269e-06, 8.3137e-05, -0.0019382, 0.022366, -0.12645, 0.30226],
    [1.138e-06, -6.0287e-05, 0.0012758, -0.013778, 0.080217, -0.24066, 0.33524],
    [0, -3.097e-06, 0.00016405, -0.0033609, 0.033308, -0.16182, 0.34627],
    [9.5606e-07, -5.1543e-05, 0.0011161, -0.01242, 0.075125, -0.23584, 0.33696],
    [0, -3.1555e-06, 0.0001682, -0.0034607, 0.034124, -0.1599, 0.34629],
])  # fmt: skip
_ENERGY = np.array([
    [[0.753364, 0.566, 1.752636, 0, -1.598, 0.957], [2.40021, 0.165, 0.354202, 0, -1.569, 0.9778], [3.825917, 0.11, -0.999749, 0, -1.568, 0.99]],
    [[3.068459, 0.26, -0.098107, -0.06, -1.809, 1.19], [3.870592, 0.185, -0.736618, 0, -1.742, 1.09],
     [3.644309, 0.215, -0.585522, 0, -1.677, 1.06]],
    [[4.073745, 0.344, -0.370259, 0, -2.03, 1.036], [3.486391, 0.177, -0.193101, 0.027, -1.723, 1.055],
     [3.044516, 0.125, 0.245106, 0, -1.655, 1.084]],
    [[0.679294, 0.746, 1.222636, 0, -1.598, 0.997], [3.880724, 0.105, -1.906033, 0, -1.515, 1.115], [3.405454, 0.12, -0.93245, 0, -1.534, 0.979]],
    [[3.470417, 0.465, -0.261863, 0, -1.99, 1.04], [3.616266, 0.149, -0.761561, 0, -1.639, 1.078],
     [2.04049, 0.177, 1.005092, -0.05, -1.633, 1.151]],
])  # fmt: skip
"""k1, k2, k3, k11, k12, k13 of tables 3 (600 V), 4 (2,700 V) and 5 (14,300 V)."""

_BOX = np.array([
    [[-0.000302, 0.03441, 0.4325], [-0.0002976, 0.032, 0.479], [-0.0001923, 0.01935, 0.6899]],
    [[0.002222, -0.02556, 0.6222], [-0.002778, 0.1194, -0.2778], [-0.0005556, 0.03722, 0.4778]],
])  # fmt: skip
_BOX_AB = np.array([[4.0, 20.0], [10.0, 24.0], [10.0, 22.0]])
_INCH_PER_MM = 0.03937  # as the standard prints it, not 1/25.4
_PPE_CAL_CM2 = (1.2, 4.0, 8.0, 25.0, 40.0)


@dataclass(frozen=True, slots=True)
class Equipment:
    """n pieces of equipment: voltage between lines, index into CONFIGURATIONS, electrode gap, distance to the worker, enclosure (0 in open air)."""

    voltage_v: Floats
    configuration: Ints
    gap_mm: Floats
    distance_mm: Floats
    height_mm: Floats
    width_mm: Floats
    depth_mm: Floats


@dataclass(frozen=True, slots=True)
class Flash:
    """(n,) arcing current (A), incident energy (J/cm2), boundary (mm) where it falls to 1.2 cal/cm2, of one of the two arcing currents."""

    arcing_a: Floats
    energy_j_cm2: Floats
    boundary_mm: Floats


def in_range(equipment: Equipment, bolted_a: Floats) -> Bools:
    """(n,) whether the model was fitted there; outside, its numbers mean nothing."""
    volts, low = equipment.voltage_v, equipment.voltage_v <= 600
    fits = (volts >= _RANGE_V[0]) & (volts <= _RANGE_V[1]) & (equipment.distance_mm >= 305)
    fits &= np.where(low, (bolted_a >= 500) & (bolted_a <= 106e3), (bolted_a >= 200) & (bolted_a <= 65e3))
    fits &= np.where(low, (equipment.gap_mm >= 6.35) & (equipment.gap_mm <= 76.2), (equipment.gap_mm >= 19.05) & (equipment.gap_mm <= 254))
    return fits & ((equipment.configuration >= 3) | (equipment.width_mm >= 4 * equipment.gap_mm))


def arcing_currents(equipment: Equipment, bolted_a: Floats) -> tuple[Floats, Floats]:
    """(n,) arcing current (A) and the reduced one (A) for which the clearing time must be looked up too (equations 1, 2, 16 to 18, 25)."""
    levels = _level_currents(equipment, bolted_a)
    full = _at_voltage(equipment, bolted_a, levels)
    low = equipment.voltage_v <= 600
    reduced = np.where(low, full * _reduction(equipment), _at_voltage(equipment, bolted_a, levels * _reduction(equipment)[:, None]))
    return full * 1e3, reduced * 1e3


def flash(equipment: Equipment, bolted_a: Floats, time_s: Floats, *, is_reduced: bool) -> Flash:
    """Energy and boundary after `time_s` (n,) of the full or the reduced arcing current (equations 3 to 10, 19 to 24)."""
    arcs = arcing_currents(equipment, bolted_a)[int(is_reduced)]
    levels = _level_currents(equipment, bolted_a)
    low = equipment.voltage_v <= 600
    # Up to 600 V the term k3 keeps the full current at 600 V, reduced or not (equation 6).
    base = levels * np.where(low | (not is_reduced), 1.0, _reduction(equipment))[:, None]
    current = np.where(low[:, None], arcs[:, None] / 1e3, base)
    bolted = bolted_a[:, None] / 1e3
    k1, k2, k3, k11, k12, k13 = np.moveaxis(_ENERGY[equipment.configuration], 2, 0)
    power = _polynomial(_BOLTED[equipment.configuration], bolted) * bolted
    exponent = k1 + k2 * np.log10(equipment.gap_mm)[:, None] + k3 * base / power + k11 * np.log10(bolted) + k13 * np.log10(current)
    exponent += -np.log10(enclosure_factor(equipment))[:, None] + k12 * np.log10(equipment.distance_mm)[:, None]
    energies = 12.552 / 50 * (time_s * 1e3)[:, None] * 10**exponent
    with np.errstate(divide="ignore"):
        boundaries = equipment.distance_mm[:, None] * (BOUNDARY_J_CM2 / energies) ** (1 / k12)
    chosen = np.where(low, energies[:, 0], _between(equipment, energies))
    return Flash(arcs, chosen, np.where(low, boundaries[:, 0], _between(equipment, boundaries)))


def worst(equipment: Equipment, bolted_a: Floats, time_s: Floats, time_reduced_s: Floats) -> Flash:
    """The greater energy of the full arcing current cleared in `time_s` and the reduced one cleared in `time_reduced_s`."""
    full = flash(equipment, bolted_a, time_s, is_reduced=False)
    reduced = flash(equipment, bolted_a, time_reduced_s, is_reduced=True)
    longer = reduced.energy_j_cm2 > full.energy_j_cm2
    return Flash(
        np.where(longer, reduced.arcing_a, full.arcing_a),
        np.where(longer, reduced.energy_j_cm2, full.energy_j_cm2),
        np.where(longer, reduced.boundary_mm, full.boundary_mm),
    )


def enclosure_factor(equipment: Equipment) -> Floats:
    """(n,) correction for the enclosure's size (equations 11 to 15, tables 6 and 7); 1 in open air."""
    boxed = equipment.configuration < len(_BOX_AB)
    config = np.where(boxed, equipment.configuration, 0)
    a, b = _BOX_AB[config].T
    small = (equipment.height_mm < 508) & (equipment.width_mm < 508) & (equipment.depth_mm <= 203.2)
    shallow = small & (equipment.voltage_v < 600)

    def equivalent(size: Floats, *, plain: Bools) -> Floats:
        capped = np.minimum(size, 1244.6)
        grown = (660.4 + (capped - 660.4) * (equipment.voltage_v / 1e3 + a) / b) / 25.4
        inches = np.where(capped <= 660.4, _INCH_PER_MM * capped, np.where(plain, np.where(size > 1244.6, 49.0, _INCH_PER_MM * capped), grown))
        return np.where((size < 508) & ~shallow, 20.0, inches)

    never = np.zeros(len(config), dtype=bool)
    side = (equivalent(equipment.height_mm, plain=config == 0) + equivalent(equipment.width_mm, plain=never)) / 2
    factor = _polynomial(_BOX[shallow.astype(np.int64), config], side)
    return np.where(boxed, np.where(shallow, 1 / factor, factor), 1.0)


def ppe_category(energy_j_cm2: Floats) -> Ints:
    """(n,) least category whose clothing's arc rating holds the energy (4, 8, 25, 40 cal/cm2, NFPA 70E); 0 up to 1.2, 5: no clothing suffices."""
    return np.searchsorted(_PPE_CAL_CM2, energy_j_cm2 / J_PER_CAL * (1 - 1e-12), side="left").astype(np.int64)


def dc_arc(voltage_v: Floats, limit_a: Floats, loop_ohm: Floats) -> tuple[Floats, Floats]:
    """(n,) A and W of the DC arc of greatest power behind a source that holds its voltage up to a limit of current, and the resistance of the loop.

    Without a limit half the bolted current burns at half the voltage, V^2 / 4R: Doan's maximum power (IEEE Trans. Ind. Appl. 46 (6), 2010; NFPA 70E
    annex D). A converter that limits below that holds full voltage up to its limit: V I less what the loop takes, up to four times the V I / 4 that
    one gets by taking its limit for the bolted current of a battery.
    """
    half = np.divide(voltage_v, 2 * loop_ohm, out=np.full(np.shape(voltage_v), np.inf), where=loop_ohm > 0)
    current = np.minimum(limit_a, half)
    return current, (voltage_v - loop_ohm * current) * current


def dc_energy(power_w: Floats, time_s: Floats, distance_mm: Floats) -> Floats:
    """(n,) J/cm2 of an arc of that power in open air, spread over a sphere: P t / (4 pi D^2). In a box it is usual to multiply by 3."""
    return np.asarray(power_w * time_s / (4 * np.pi * (distance_mm / 10) ** 2))


def _polynomial(factors: Floats, x: Floats) -> Floats:
    """Value of polynomials whose factors are on the last axis, highest power first."""
    total = np.zeros(np.broadcast_shapes(factors.shape[:-1], x.shape))
    for k in range(factors.shape[-1]):
        total = total * x + factors[..., k]
    return total


def _reduction(equipment: Equipment) -> Floats:
    return 1 - 0.5 * _polynomial(_VARIATION[equipment.configuration], equipment.voltage_v / 1e3)


def _level_currents(equipment: Equipment, bolted_a: Floats) -> Floats:
    """(n, 3) kA, arcing current at 600, 2,700 and 14,300 V."""
    bolted = bolted_a[:, None] / 1e3
    k1, k2, k3 = np.moveaxis(_ARC[equipment.configuration], 2, 0)
    exponent = k1 + k2 * np.log10(bolted) + k3 * np.log10(equipment.gap_mm)[:, None]
    return np.asarray(10**exponent * _polynomial(_BOLTED[equipment.configuration], bolted))


def _at_voltage(equipment: Equipment, bolted_a: Floats, levels: Floats) -> Floats:
    """(n,) kA at the equipment's own voltage."""
    kv = np.minimum(equipment.voltage_v / 1e3, 0.6)
    bolted = bolted_a / 1e3
    inverse = (0.6 / kv) ** 2 * (levels[:, 0] ** -2 - (0.36 - kv**2) / (0.36 * bolted**2))
    low = 1 / np.sqrt(inverse)
    return np.where(equipment.voltage_v <= 600, low, _between(equipment, levels))


def _between(equipment: Equipment, values: Floats) -> Floats:
    """(n,) from values at 600, 2,700 and 14,300 V by equations 16 to 24."""
    kv = equipment.voltage_v / 1e3
    at_600, at_2700, at_14300 = values.T
    first = (at_2700 - at_600) / 2.1 * (kv - 2.7) + at_2700
    second = (at_14300 - at_2700) / 11.6 * (kv - 14.3) + at_14300
    return np.asarray(np.where(kv <= 2.7, first * (2.7 - kv) / 2.1 + second * (kv - 0.6) / 2.1, second))
