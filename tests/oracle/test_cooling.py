"""Coolant and air against figures and libraries we did not write. Each test names its source and tolerance.

The reference manifold is case "Manifold" of the project's reference notes (power.md), where pandapipes 0.16 (Colebrook) gave 35,744.4 Pa for the
same network. Here it runs through the build pass, the tables and the simulation that every rack goes through: a frame with 19 units of 89 mm puts
18 couplings 89 mm apart, the first 89 mm above the foot of the manifold and the last 89 mm below its head.
"""

from __future__ import annotations

import math

import polars as pl
import psychrolib
import pytest
from CoolProp.CoolProp import PropsSI
from fluids.friction import Colebrook

from rackwright.base import air
from rackwright.build.cool import cool, properties
from rackwright.schema.check import violations
from rackwright.schema.tables import Tables, frame
from rackwright.sim.thermal import air as air_sim
from rackwright.sim.thermal import manifold
from rackwright.spec.rack import RackSpec

TRAYS, PITCH_MM = 18, 89.0
FLUID = "INCOMP::MPG[0.25]"


def coolprop(what: str, degc: float, fluid: str = FLUID) -> float:
    return float(PropsSI(what, "T", degc + 273.15, "P", 2e5, fluid))


def rows(fluid: str, degc: tuple[float, ...]) -> dict[str, str]:
    """Property rows of a coolant part, written as a part file writes them, from CoolProp."""
    return {
        "temperature": " ".join(f"{t:g}" for t in degc),
        "density": " ".join(f"{coolprop('D', t, fluid):.8g}" for t in degc),
        "cp": " ".join(f"{coolprop('C', t, fluid):.8g}" for t in degc),
        "viscosity": " ".join(f"{1000 * coolprop('V', t, fluid):.8g}" for t in degc),
    }


def rack(
    heat_w: float, piping: str = "direct", supply: str = "35 degC", rise: str = "10 K", fluid: str = FLUID, **changes: float
) -> tuple[RackSpec, Tables]:
    """A rack of 18 fully liquid-cooled trays on the reference manifold, as the passes before `cool` would hand it over."""
    spec = RackSpec.model_validate(
        {
            "rack": "oracle",
            "frame": "test/frame",
            "trays": {"compute": {"part": "test/tray", "count": f"{TRAYS}"}},
            "cooling": {"manifold": "test/manifold", "coolant": "test/coolant", "supply": supply, "rise": rise, "piping": piping},
        }
    )
    numbers = {
        ("test/tray", "liquid_fraction"): changes.get("liquid_fraction", 1.0),
        ("test/tray", "coolant_drop_design"): changes.get("drop", 35_000.0),
        ("test/manifold", "bore"): 45.0,
        ("test/manifold", "roughness"): 0.0015,
        ("test/manifold", "hose_bore"): 31.8,
        ("test/manifold", "hose_length"): 3000.0,
        ("test/manifold", "hose_bends"): 2.0,
        ("test/manifold", "hose_roughness"): 0.001,
    }
    origin = {"source": "test", "source_date": "2026-01-01", "confidence": "read"}
    facts = [{"part": p, "fact": f, "value": v, "text": f"{v}", **origin} for (p, f), v in numbers.items()]
    facts += [{"part": "test/coolant", "fact": f, "text": text, **origin} for f, text in rows(fluid, (10, 20, 30, 40, 50, 60)).items()]
    names = {"test/frame": "frame", "test/tray": "compute-tray", "test/manifold": "manifold", "test/coolant": "coolant"}
    paths = {"cooling.room": 27.0, "cooling.humidity": 0.4, "cooling.coolant": None, "cooling.manifold": None, "cooling.supply": spec.cooling.supply}
    t = Tables(
        {
            "spans": frame("spans", [{"src": 0, "file": "rack.yaml", "line": 1, "column": 1, "end_line": 1, "end_column": 2, "path": ""}]),
            "inputs": frame(
                "inputs", [{"path": p, "value": v, "text": "", "origin": "default", "description": "", "src": 0} for p, v in paths.items()]
            ),
            "parts": frame("parts", [{"part": p, "kind": k, "title": p, "maker": "test", "src": 0} for p, k in names.items()]),
            "part_facts": frame("part_facts", facts),
            "racks": frame(
                "racks",
                [
                    {
                        "rack_id": 0,
                        "name": "oracle",
                        "part": "test/frame",
                        "height_units": TRAYS + 1,
                        "unit_mm": PITCH_MM,
                        "base_mm": 100.0,
                        "src": 0,
                    },
                ],
            ),
            "devices": frame(
                "devices",
                [
                    {
                        "device_id": i,
                        "name": f"compute-{i + 1:02d}",
                        "group": "compute",
                        "rack_id": 0,
                        "part": "test/tray",
                        "kind": "compute-tray",
                        "role": "compute",
                        "height_u": 1,
                        "is_rear": False,
                        "is_derived": False,
                        "z_mm": 100 + PITCH_MM * (i + 0.5),
                        "width_mm": 500.0,
                        "depth_mm": 800.0,
                        "height_mm": PITCH_MM,
                        "mass_kg": 30.0,
                        "power_max_w": heat_w / TRAYS,
                        "heat_liquid_w": 0.0,
                        "heat_air_w": 0.0,
                        "air_flow_m3_s": 0.0,
                        "src": 0,
                    }
                    for i in range(TRAYS)
                ],
            ),
        }
    )
    return spec, t


def solved(spec: RackSpec, t: Tables) -> Tables:
    t = t.put(cool(spec, t))
    t = t.put(manifold.run(t) | air_sim.run(t))
    assert violations(t) == []
    return t


def trays(t: Tables) -> pl.DataFrame:
    return t["coolant_branches"].join(t["coolant_branch_states"], on="branch_id").filter(pl.col("kind") == "tray")


def manifold_drop(t: Tables) -> float:
    """Pressure from the foot of the supply riser to the end of the return riser: all but the hoses."""
    hoses = t["coolant_branches"].filter(pl.col("kind") == "hose")
    pressure = dict(t["coolant_node_states"].select("node_id", "pressure_pa").iter_rows())
    return float(pressure[hoses["b_node_id"][0]] - pressure[hoses["a_node_id"][1]])


@pytest.mark.oracle
def test_flow_of_120_kw_in_pg25_at_10_k() -> None:
    """power.md section 4: 3.0237 kg/s = 179.64 L/min at 40 degC mean, CoolProp properties; to the digits printed."""
    loop = solved(*rack(120e3))["coolant_loops"].row(0, named=True)
    assert loop["flow_kg_s"] == pytest.approx(3.0237, abs=5e-5)
    assert loop["flow_l_min"] == pytest.approx(179.64, abs=5e-3)
    assert loop["flow_l_min"] / 120 == pytest.approx(1.497, abs=5e-4)


@pytest.mark.oracle
@pytest.mark.parametrize("degc", [33.0, 36.5, 40.0, 44.0, 47.3])
def test_pg25_between_its_rows_against_coolprop(degc: float) -> None:
    """CoolProp 8 MPG[0.25] (mass basis), live; rows 10 K apart: density and cp to 0.01 %, viscosity to 1 % between rows, exact on them."""
    _, t = rack(120e3)
    found = properties(t, "test/coolant", degc)
    assert found.density == pytest.approx(coolprop("D", degc), rel=1e-4)
    assert found.cp == pytest.approx(coolprop("C", degc), rel=1e-4)
    assert found.viscosity == pytest.approx(coolprop("V", degc), rel=1e-7 if degc == 40 else 1e-2)


@pytest.mark.oracle
def test_pg25_by_volume_is_another_fluid() -> None:
    """Trap 10 of power.md: 25 % by volume (CoolProp APG, live) is 0.45 % denser at 40 degC than 25 % by mass; ours is that by mass to 0.01 %."""
    _, t = rack(120e3)
    found = properties(t, "test/coolant", 40.0).density
    assert found == pytest.approx(coolprop("D", 40.0), rel=1e-4)
    assert coolprop("D", 40.0, "INCOMP::APG[0.25]") / found - 1 == pytest.approx(0.0045, abs=2e-4)


@pytest.mark.oracle
def test_manifold_with_direct_return() -> None:
    """power.md: 35,744.5 Pa, tray flow 0.99655..1.00858 of the mean, rise 9.915..10.035 K; to the digits printed (pandapipes: 0.1 Pa)."""
    t = solved(*rack(120e3))
    states = trays(t)
    assert manifold_drop(t) == pytest.approx(35_744.5, abs=0.1)
    assert states["flow_ratio"].min() == pytest.approx(0.99655, abs=6e-6)
    assert states["flow_ratio"].max() == pytest.approx(1.00858, abs=6e-6)
    assert states["rise_k"].min() == pytest.approx(9.915, abs=5e-4)
    assert states["rise_k"].max() == pytest.approx(10.035, abs=5e-4)
    inlet = t["coolant_branches"].join(t["coolant_branch_states"], on="branch_id").filter(pl.col("kind") == "supply-riser").row(0, named=True)
    assert inlet["velocity_m_s"] == pytest.approx(1.883, abs=5e-4)
    assert inlet["reynolds"] == pytest.approx(63_232, abs=1)


@pytest.mark.oracle
def test_manifold_with_reverse_return() -> None:
    """power.md: 35,745.5 Pa, 0.99847..1.00258; to the digits printed."""
    t = solved(*rack(120e3, piping="reverse"))
    states = trays(t)
    assert manifold_drop(t) == pytest.approx(35_745.5, abs=0.1)
    assert states["flow_ratio"].min() == pytest.approx(0.99847, abs=6e-6)
    assert states["flow_ratio"].max() == pytest.approx(1.00258, abs=6e-6)


@pytest.mark.oracle
def test_hose_with_two_bends() -> None:
    """power.md: 31.8 mm, 3 m, 1 um: 3.770 m/s, Re 89,479, f 0.01857, wall 12.573 kPa, two bends of five diameters 3.670 kPa; to the digits printed.

    f is also checked against the implicit Colebrook equation as `fluids` solves it, to 1e-6.
    """
    t = solved(*rack(120e3))
    loop = t["coolant_loops"].row(0, named=True)
    hose = t["coolant_branches"].join(t["coolant_branch_states"], on="branch_id").filter(pl.col("name") == "hose-supply").row(0, named=True)
    assert hose["velocity_m_s"] == pytest.approx(3.770, abs=5e-4)
    assert hose["reynolds"] == pytest.approx(89_479, abs=1)
    head = loop["density_kg_m3"] * hose["velocity_m_s"] ** 2 / 2
    bends = hose["loss_coefficient"] * head
    assert bends == pytest.approx(3670, abs=0.6)
    assert hose["drop_pa"] - bends == pytest.approx(12_573, abs=0.6)
    friction = (hose["drop_pa"] - bends) / head * hose["bore_mm"] / hose["length_mm"]
    assert friction == pytest.approx(0.01857, abs=5e-6)
    assert friction == pytest.approx(Colebrook(hose["reynolds"], hose["roughness_um"] / hose["bore_mm"] * 1e-3), rel=1e-6)


@pytest.mark.oracle
def test_helios_heat_at_385_litres_a_minute_is_9_1_k() -> None:
    """hardware.md 3.1 (press of AMD Helios): 245 kW, 385 L/min, all heat in the liquid. That is 9.1 K with water at 20 degC (to the digits
    printed); the source does not name the fluid. Water at 40 degC rises 9.2 K and PG25 9.5 K, which is what a rack of ours would see.
    """
    for fluid, supply, rise in (("Water", "15.4 degC", 9.1), ("Water", "35.4 degC", 9.2), (FLUID, "35.4 degC", 9.5)):
        loop = solved(*rack(245e3, supply=supply, rise="9.1 K", fluid=fluid))["coolant_loops"].row(0, named=True)
        assert loop["rise_k"] * loop["flow_l_min"] / 385 == pytest.approx(rise, abs=0.05)


@pytest.mark.oracle
def test_air_of_18_kw_at_12_k() -> None:
    """power.md: inlet 27 degC, 40 % RH: 1.2652 m3/s (2,681 CFM); and psychrolib's enthalpies and specific volume, to 0.02 %."""
    air_flow = solved(*rack(120e3, liquid_fraction=0.85))["air_states"].row(0, named=True)
    assert air_flow["heat_w"] == pytest.approx(18_000)
    assert air_flow["flow_m3_s"] == pytest.approx(1.2652, abs=2e-4)
    assert air_flow["flow_m3_s"] / 4.719474432e-4 == pytest.approx(2681, abs=1)
    assert air_flow["rise_k"] == pytest.approx(12)
    psychrolib.SetUnitSystem(psychrolib.SI)
    ratio = psychrolib.GetHumRatioFromRelHum(27, 0.4, air.PRESSURE_PA)
    rise = psychrolib.GetMoistAirEnthalpy(39, ratio) - psychrolib.GetMoistAirEnthalpy(27, ratio)
    assert air_flow["flow_m3_s"] == pytest.approx(18_000 / rise * psychrolib.GetMoistAirVolume(27, ratio, air.PRESSURE_PA), rel=2e-4)


@pytest.mark.oracle
def test_air_rise_is_that_of_the_devices_and_not_of_a_given_air_flow() -> None:
    """Trap 11 of power.md (OpenBSE 62): twice the heat in air takes twice the air at the same rise, and not the same air at 24 K. Exact."""
    little, much = (solved(*rack(120e3, liquid_fraction=x))["air_states"].row(0, named=True) for x in (0.85, 0.70))
    assert (little["rise_k"], much["rise_k"]) == (pytest.approx(12), pytest.approx(12))
    assert much["flow_m3_s"] / little["flow_m3_s"] == pytest.approx(much["heat_w"] / little["heat_w"], rel=1e-9) == pytest.approx(2)


@pytest.mark.oracle
@pytest.mark.parametrize(("degc", "humidity"), [(27, 0.4), (18, 0.6), (22, 0.5), (35, 0.2), (40, 0.8)])
def test_dew_point_against_psychrolib(degc: float, humidity: float) -> None:
    """psychrolib 2.5 (ASHRAE formulation) to 0.05 K; power.md prints 12.26 degC for 27 degC and 40 % RH."""
    psychrolib.SetUnitSystem(psychrolib.SI)
    assert air.dew_point_degc(degc, humidity) == pytest.approx(psychrolib.GetTDewPointFromRelHum(degc, humidity), abs=0.05)
    if (degc, humidity) == (27, 0.4):
        assert solved(*rack(120e3))["air_states"]["dew_point_degc"][0] == pytest.approx(12.26, abs=0.01)


@pytest.mark.oracle
def test_a_pipe_in_laminar_flow_drops_what_poiseuille_says() -> None:
    """Hagen and Poiseuille: 128 mu L Q / (pi d^4), exact."""
    spec, t = rack(1200.0)
    t = solved(spec, t)
    loop = t["coolant_loops"].row(0, named=True)
    riser = t["coolant_branches"].join(t["coolant_branch_states"], on="branch_id").filter(pl.col("kind") == "supply-riser").row(0, named=True)
    assert riser["reynolds"] < 2000
    volume = riser["flow_kg_s"] / loop["density_kg_m3"]
    exact = 128 * loop["viscosity_pa_s"] * riser["length_mm"] * 1e-3 * volume / (math.pi * (riser["bore_mm"] * 1e-3) ** 4)
    assert riser["drop_pa"] == pytest.approx(exact, rel=1e-6)
