"""IEEE 1584-2018 arc flash against the standard's worked examples D.1 and D.2 and against arcflash-calc 0.1.0.

The examples' figures are those that the tests of arcflash-calc (PyPI, MIT) repeat from the standard, to the digits shown there. RECORDED was computed
with that package on 2026-11-22 (8 digits; a random choice of equipment over all configurations, voltages, open, shallow and deep boxes); 3,000 more
cases agreed within 7e-15.
"""

from __future__ import annotations

import csv
from io import StringIO

import numpy as np
import pytest

from rackwright.sim.power.arc_flash import (
    CONFIGURATIONS,
    Equipment,
    arcing_currents,
    dc_arc,
    dc_energy,
    enclosure_factor,
    flash,
    in_range,
    ppe_category,
    worst,
)

pytestmark = pytest.mark.oracle

HEADER = "volts,configuration,gap,distance,height,width,depth,bolted,time,factor,arc,energy,boundary,arc_reduced,energy_reduced,boundary_reduced"
RECORDED = """\
208,VCB,13,455,1143,600,250,25000,0.5,1.257613,12852.967,42.982521,1744.0751,11073.417,37.269469,1595.163
240,VCBB,13,610,356,508,762,25000,0.03,0.9999596,15856.958,2.9037245,450.67795,13621.795,2.4234418,407.81159
400,HCB,25,455,1143,1500,762,25000,2,1.1368779,16641.129,610.04923,4840.6534,14255.953,519.70828,4473.173
415,VOA,25,455,600,600,250,63000,0.08,1,27968.65,13.001781,825.28382,24456.213,11.373533,758.99816
480,HOA,32,455,508,1143,100,45000,0.2,1,21059.446,64.010041,1635.0332,18142.436,54.81592,1512.4696
600,VCB,25,914,1143,1143,250,63000,2,1.3003522,40221.271,219.02011,9706.1779,35514.703,194.42873,9009.0825
690,VCBB,32,455,508,600,762,12000,2,1.0353774,10291.712,265.08242,4101.8555,9246.4362,242.9681,3902.3071
1000,HCB,104,914,762,1143,100,25000,2,1.1104121,18659.524,342.25106,8635.0411,16657.748,321.67329,8352.6866
2400,VOA,32,455,200,1500,762,4000,0.2,1,3420.1792,3.9361467,388.16589,3308.8901,4.3100862,411.90881
2700,HOA,32,455,1500,762,100,4000,0.2,1,3522.0593,12.601814,797.72884,3339.4528,12.895687,809.02796
4160,VCB,152,914,356,762,100,4000,0.08,1.0807136,3501.5241,1.7272721,462.89437,3419.4624,1.6756306,453.88611
6600,VCBB,104,610,1143,600,250,63000,0.5,1.1901364,54824.109,438.28838,8236.3886,53730.919,441.93426,8276.0577
11000,HCB,152,914,508,1500,100,4000,0.03,1.1253584,3582.6495,1.1417825,377.20321,3535.643,1.1214937,373.20882
13800,VOA,32,914,200,600,762,45000,2,1,39151.131,258.32552,11936.358,38503.603,263.1309,12081.869
15000,HOA,32,610,200,356,762,900,0.2,1,842.58251,2.0894595,356.71828,815.30614,1.8646142,332.58554
208,HCB,13,455,1500,508,100,900,0.5,1.0837982,425.81209,2.6517497,332.23071,358.95479,2.2216922,304.4972
240,VOA,13,610,200,200,762,900,0.2,1,381.15634,0.15529151,69.284042,326.9335,0.13326127,62.958428
400,HOA,25,455,762,1143,762,4000,2,1,2053.9772,49.995887,1444.1091,1758.6434,42.542179,1331.5779
415,VCB,13,455,762,1500,762,45000,0.03,1.2016861,29221.558,6.3448098,526.76809,25517.738,5.5729923,485.70105
480,VCBB,25,914,600,356,762,900,0.5,1.0353778,698.85093,0.78766818,328.29499,616.12527,0.67800332,302.1838
600,HCB,13,610,508,1500,762,25000,0.2,1.085522,21518.328,34.976241,1587.0875,18715.953,30.268792,1478.0044
690,VOA,32,914,1500,356,100,4000,0.2,1,2815.1429,0.97716516,326.561,2524.9546,0.79828993,284.65537
1000,HOA,32,610,1500,508,762,25000,0.08,1,17547.595,14.029134,1079.2904,15641.765,14.147586,1082.5579
2400,VCB,32,455,200,600,250,63000,0.08,1.0393492,52400.268,59.727096,2203.2079,49689.624,54.191548,2070.8296
2700,VCBB,32,914,508,1143,100,25000,0.03,1.1420964,22287.666,3.8104454,780.14672,21634.201,3.8669902,786.77164
4160,HCB,104,914,762,1500,762,25000,2,1.129733,21840.056,472.20231,12975.074,21263.15,462.22867,12812.436
6600,VOA,104,455,600,762,100,900,0.5,1,761.72343,3.4069241,345.65958,748.97853,3.507496,352.81403
11000,HOA,104,610,1143,762,762,4000,0.5,1,3555.4039,28.282126,1754.3056,3440.5251,26.200425,1675.5864
13800,VCB,104,455,200,508,250,900,0.2,0.99989955,837.38443,3.4836063,360.36332,827.37142,3.5300509,363.40368
15000,VCBB,152,455,356,1500,100,63000,0.08,1.2342072,58693.932,139.20611,3311.8316,57435.516,140.11524,3324.7444
"""


def one(volts: float, configuration: str, *sizes: float) -> Equipment:
    """A single piece of equipment: gap, distance, height, width, depth in mm."""
    return Equipment(np.array([volts]), np.array([CONFIGURATIONS.index(configuration)]), *(np.array([size]) for size in sizes))


def test_example_d1_medium_voltage() -> None:
    equipment, bolted = one(4160.0, "VCB", 104.0, 914.4, 1143.0, 762.0, 508.0), np.array([15e3])
    assert enclosure_factor(equipment)[0] == pytest.approx(1.284, abs=5e-4)
    full = flash(equipment, bolted, np.array([0.197]), is_reduced=False)
    assert full.arcing_a[0] == pytest.approx(12_979, abs=0.5)
    assert full.energy_j_cm2[0] == pytest.approx(12.152, abs=5e-4)
    assert full.boundary_mm[0] == pytest.approx(1606, abs=0.5)
    reduced = flash(equipment, bolted, np.array([0.223]), is_reduced=True)
    assert reduced.arcing_a[0] == pytest.approx(12_675, abs=0.5)
    assert reduced.energy_j_cm2[0] == pytest.approx(13.343, abs=5e-4)
    assert reduced.boundary_mm[0] == pytest.approx(1704, abs=0.5)
    assert worst(equipment, bolted, np.array([0.197]), np.array([0.223])).energy_j_cm2 == pytest.approx(reduced.energy_j_cm2)


def test_example_d2_low_voltage() -> None:
    equipment, bolted = one(480.0, "VCB", 32.0, 609.6, 610.0, 610.0, 254.0), np.array([45e3])
    assert enclosure_factor(equipment)[0] == pytest.approx(1.085, abs=5e-4)
    full = flash(equipment, bolted, np.array([0.0613]), is_reduced=False)
    assert full.arcing_a[0] == pytest.approx(28_793, abs=0.5)
    assert full.energy_j_cm2[0] == pytest.approx(11.585, abs=5e-4)
    assert full.boundary_mm[0] == pytest.approx(1029, abs=0.5)
    reduced = flash(equipment, bolted, np.array([0.319]), is_reduced=True)
    assert reduced.arcing_a[0] == pytest.approx(25_244, abs=0.5)
    assert reduced.energy_j_cm2[0] == pytest.approx(53.156, abs=5e-4)
    assert reduced.boundary_mm[0] == pytest.approx(2669, abs=0.5)
    # 53.156 J/cm2 is 12.7 cal/cm2: more than category 2 (8), within category 3 (25).
    assert ppe_category(reduced.energy_j_cm2).tolist() == [3]


def test_equals_arcflash_calc() -> None:
    rows = list(csv.DictReader(StringIO(HEADER + "\n" + RECORDED)))
    column = {name: np.array([float(row[name]) for row in rows]) for name in HEADER.split(",") if name != "configuration"}
    kinds = np.array([CONFIGURATIONS.index(row["configuration"]) for row in rows])
    equipment = Equipment(column["volts"], kinds, *(column[name] for name in ("gap", "distance", "height", "width", "depth")))
    assert in_range(equipment, column["bolted"]).all()
    assert enclosure_factor(equipment) == pytest.approx(column["factor"], rel=1e-7)
    for is_reduced, suffix in ((False, ""), (True, "_reduced")):
        got = flash(equipment, column["bolted"], column["time"], is_reduced=is_reduced)
        assert got.arcing_a == pytest.approx(column["arc" + suffix], rel=1e-7)
        assert got.energy_j_cm2 == pytest.approx(column["energy" + suffix], rel=1e-7)
        assert got.boundary_mm == pytest.approx(column["boundary" + suffix], rel=1e-7)


def test_at_the_boundary_the_energy_is_1_2_cal() -> None:
    bolted, time = np.array([30e3]), np.array([0.2])
    box = (32.0, 609.6, 508.0, 508.0, 508.0)
    boundary = float(flash(one(415.0, "VCBB", *box), bolted, time, is_reduced=False).boundary_mm[0])
    there = flash(one(415.0, "VCBB", box[0], boundary, *box[2:]), bolted, time, is_reduced=False)
    assert there.energy_j_cm2[0] == pytest.approx(1.2 * 4.184)


def test_outside_the_model_is_said() -> None:
    box = (25.0, 455.0, 356.0, 305.0, 250.0)
    assert in_range(one(415.0, "VCB", *box), np.array([30e3])).tolist() == [True]
    assert in_range(one(200.0, "VCB", *box), np.array([30e3])).tolist() == [False]
    assert in_range(one(415.0, "VCB", *box), np.array([110e3])).tolist() == [False]
    assert in_range(one(415.0, "VCB", 25.0, 300.0, *box[2:]), np.array([30e3])).tolist() == [False]
    assert in_range(one(415.0, "VCB", 78.0, *box[1:]), np.array([30e3])).tolist() == [False]
    assert in_range(one(415.0, "VCB", 25.0, 455.0, 356.0, 99.0, 250.0), np.array([30e3])).tolist() == [False]
    assert (arcing_currents(one(415.0, "HOA", *box), np.array([30e3]))[1] < 30e3).all()


def test_ppe_category_by_arc_rating() -> None:
    calories = np.array([0.0, 1.2, 1.21, 4.0, 4.1, 8.0, 25.0, 25.1, 40.0, 40.1])
    assert ppe_category(calories * 4.184).tolist() == [0, 0, 1, 1, 2, 2, 3, 4, 4, 5]


def test_dc_arc_takes_what_its_source_can_give() -> None:
    """Behind a resistance V^2 / 4R (matched load); behind a converter's limit and no resistance V I; between them whatever current gives most."""
    volts, ohm = np.full(3, 800.0), np.array([0.08, 0.0, 0.1])
    amps, power = dc_arc(volts, np.array([np.inf, 1787.5, 2000.0]), ohm)
    assert power.tolist() == pytest.approx([800**2 / (4 * 0.08), 800 * 1787.5, (800 - 0.1 * 2000) * 2000])
    assert amps.tolist() == pytest.approx([5000, 1787.5, 2000])
    tried = np.linspace(0, 2000, 20001)
    assert power[2] == pytest.approx(((800 - 0.1 * tried) * tried).max())


def test_dc_energy_is_doans() -> None:
    # Doan (2010), NFPA 70E annex D: 0.01 V (0.5 I_bf) t / D^2 in cal/cm2, its 0.005 rounded from 0.239/(16 pi) = 0.004755.
    got = dc_energy(dc_arc(np.array([800.0]), np.array([10e3]), np.array([0.08]))[1], np.array([0.1]), np.array([455.0]))[0] / 4.184
    assert got == pytest.approx(0.01 * 800 * 5000 * 0.1 / 45.5**2, rel=0.05)
    assert got == pytest.approx(0.239006 / (16 * np.pi) * 800 * 10e3 * 0.1 / 45.5**2, rel=1e-5)
