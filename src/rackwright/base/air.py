"""Moist air at sea-level pressure: dew point and heat capacity, as the cool pass and the thermal simulation both need them.

Saturation pressure is the Magnus form with the constants of Alduchov and Eskridge (1996), within 0.4 % of the ASHRAE
formulation over 0 to 60 degC; perfect gases otherwise. Altitude is not modelled.
"""

from __future__ import annotations

import math

PRESSURE_PA = 101_325.0
_A, _B_DEGC, _C_PA = 17.625, 243.04, 610.94
_R_DRY_J_KGK, _R_RATIO = 287.055, 0.621945
_CP_DRY_J_KGK, _CP_VAPOUR_J_KGK = 1006.0, 1860.0


def dew_point_degc(temperature_degc: float, humidity: float) -> float:
    """Dew point of air at `temperature_degc` and relative `humidity` (0..1); perfectly dry air gives the formula's limit, -243 degC."""
    if humidity <= 0:
        return -_B_DEGC
    gamma = math.log(humidity) + _A * temperature_degc / (_B_DEGC + temperature_degc)
    return _B_DEGC * gamma / (_A - gamma)


def heat_capacity_j_m3k(temperature_degc: float, humidity: float) -> float:
    """Heat one cubic metre of moist air takes up per kelvin at constant pressure, its volume taken at `temperature_degc`."""
    vapour = humidity * _C_PA * math.exp(_A * temperature_degc / (_B_DEGC + temperature_degc))
    ratio = _R_RATIO * vapour / (PRESSURE_PA - vapour)
    density_dry = (PRESSURE_PA - vapour) / (_R_DRY_J_KGK * (temperature_degc + 273.15))
    return density_dry * (_CP_DRY_J_KGK + ratio * _CP_VAPOUR_J_KGK)
