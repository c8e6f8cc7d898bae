"""Heat into coolant and air, and the rack manifold that carries the coolant. Flow follows from heat and temperature rise; nobody types it.

Reads devices, part_facts, power_nodes, racks, inputs and spans; writes the heat and air columns of devices, coolant_loops,
coolant_nodes and coolant_branches. Hoses attach where unit 1 begins; with reverse return the return hose attaches above the last unit.

    direct    inlet = hose = foot -+- tray -+          reverse    inlet = hose = foot -+- tray -+
                                   |        |                                          |        |
                                   +- tray -+                                          +- tray -+
                                            |                                                   |
              outlet = hose = foot ---------+                                  head = hose = outlet
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.base import air
from rackwright.base.findings import DesignError, Finding
from rackwright.base.spans import Span
from rackwright.base.stage import stage
from rackwright.base.units import figure
from rackwright.schema.tables import Tables, empty, frame
from rackwright.spec.rack import RackSpec

DROP_DESIGN_PA, RISE_DESIGN_K = 35_000.0, 10.0  # of a tray whose maker says nothing: estimates, which `bill` lists among the assumptions


@dataclass(frozen=True, slots=True)
class Coolant:
    """Properties at one temperature: kg/m3, J/(kg K), Pa s."""

    density: float
    cp: float
    viscosity: float


@stage(
    reads=("devices", "inputs", "part_facts", "power_nodes", "racks", "spans"),
    writes=("coolant_branches", "coolant_loops", "coolant_nodes", "devices"),
)
def cool(spec: RackSpec, t: Tables) -> dict[str, pl.DataFrame]:
    """Heat of every device, and one coolant loop if any placed device gives heat to it.

    Raises:
        DesignError: SPC120, the mean coolant temperature is outside the coolant's property rows.
    """
    devices = heat(spec, t)
    trays = devices.filter((pl.col("heat_liquid_w") > 0) & pl.col("z_mm").is_not_null())
    made = {
        "devices": devices,
        "coolant_loops": empty("coolant_loops"),
        "coolant_nodes": empty("coolant_nodes"),
        "coolant_branches": empty("coolant_branches"),
    }
    if trays.is_empty() or spec.cooling.manifold is None:
        return made
    coolant = properties(t, spec.cooling.coolant, spec.cooling.supply + spec.cooling.rise / 2)
    watts = float(trays["heat_liquid_w"].sum())
    flow = watts / (coolant.cp * spec.cooling.rise)
    made["coolant_loops"] = frame(
        "coolant_loops",
        [
            {
                "loop_id": 0,
                "name": "rack",
                "part": spec.cooling.coolant,
                "supply_degc": spec.cooling.supply,
                "rise_k": spec.cooling.rise,
                "density_kg_m3": coolant.density,
                "cp_j_kgk": coolant.cp,
                "viscosity_pa_s": coolant.viscosity,
                "heat_w": watts,
                "flow_kg_s": flow,
                "flow_l_min": flow / coolant.density * 60_000,
                "is_reverse_return": spec.cooling.piping == "reverse",
                "src": t.input_src("cooling.coolant"),
            }
        ],
    )
    return made | manifold(spec, t, trays, coolant, flow)


def heat(spec: RackSpec, t: Tables) -> pl.DataFrame:
    """Devices with heat_liquid_w, heat_air_w and air_flow_m3_s at power_max_w.

    The conversion loss of the power shelves, load x (1 / efficiency - 1), goes into the air, shared equally: at this pass no load
    flow has said which shelf carries what. Loss in busbar, clips and cords is left out.
    """
    devices, nodes = t["devices"], t["power_nodes"]
    load = float(nodes.filter(~pl.col("is_ac"))["load_w"].sum())
    shelves = int((devices["kind"] == "power-shelf").sum())
    efficiency, fraction = t.fact_of(devices["part"], "efficiency"), t.fact_of(devices["part"], "liquid_fraction").fill_null(0.0)
    loss = pl.when(pl.col("kind") == "power-shelf").then(load / max(shelves, 1) * (1 / efficiency - 1)).otherwise(0.0)
    heat_air, capacity = pl.col("power_max_w") * (1 - fraction) + loss, air.heat_capacity_j_m3k(spec.cooling.room, spec.cooling.humidity)
    return devices.with_columns(
        heat_liquid_w=pl.col("power_max_w") * fraction, heat_air_w=heat_air, air_flow_m3_s=heat_air / (capacity * spec.cooling.air_rise)
    )


def properties(t: Tables, part: str, degc: float) -> Coolant:
    """Properties of a coolant part at `degc`, between the rows of its text facts: straight lines, for viscosity of its logarithm.

    Raises:
        DesignError: SPC120, `degc` is outside the rows.
    """
    facts = dict(t["part_facts"].filter(pl.col("part") == part).select("fact", "text").iter_rows())
    rows = {name: np.array(facts[name].replace(",", " ").split(), dtype=np.float64) for name in ("temperature", "density", "cp", "viscosity")}
    known = rows["temperature"]
    if not known.min() <= degc <= known.max():
        low, high = float(known.min()), float(known.max())
        message = f"coolant is {figure(degc)} degC in the mean, but `{part}` has properties from {figure(low)} to {figure(high)} degC only"
        help = f"change `supply` or `rise`, or give `{part}` more property rows"
        raise DesignError(
            [
                Finding(
                    "SPC120",
                    "coolant-outside-its-data",
                    "error",
                    message,
                    _span(t, "cooling.supply"),
                    help=help,
                    value=degc,
                    limit=high if degc > high else low,
                    unit="degC",
                )
            ]
        )
    order = np.argsort(known)

    def at(values: NDArray[np.float64]) -> float:
        return float(np.interp(degc, known[order], values[order]))

    return Coolant(at(rows["density"]), at(rows["cp"]), float(np.exp(at(np.log(rows["viscosity"])))) * 1e-3)


def _span(t: Tables, path: str) -> Span:
    row = t["spans"].filter(pl.col("src") == t.input_src(path)).row(0, named=True)
    return Span(row["file"], row["line"], row["column"], row["end_line"], row["end_column"])


def manifold(spec: RackSpec, t: Tables, trays: pl.DataFrame, coolant: Coolant, flow: float) -> dict[str, pl.DataFrame]:
    """Nodes and branches between the two hose ends; tray couplings stand at half the tray's height."""
    part, rack = str(spec.cooling.manifold), t["racks"].row(0, named=True)
    src, is_reverse = t.input_src("cooling.manifold"), spec.cooling.piping == "reverse"
    trays = trays.with_columns(coupling_mm=pl.col("z_mm") + pl.col("height_mm") / 2).sort("coupling_mm", "device_id")
    foot = float(rack["base_mm"])
    top = foot + rack["height_units"] * rack["unit_mm"]
    z, ids, n = trays["coupling_mm"].to_numpy(), trays["device_id"].to_list(), trays.height
    # rows: inlet, foot, n supply, n return, end of the return riser, outlet
    end = top if is_reverse else foot
    heights = np.concatenate([[foot, foot], z, z, [end, end]])
    kinds = ["inlet"] + ["supply"] * (n + 1) + ["return"] * (n + 1) + ["outlet"]
    names = ["inlet", *(f"{k}@{h:.0f}" for k, h in zip(kinds[1:-1], heights[1:-1])), "outlet"]
    nodes = frame(
        "coolant_nodes",
        {
            "node_id": np.arange(2 * n + 4),
            "loop_id": np.zeros(2 * n + 4, dtype=np.int32),
            "name": names,
            "kind": kinds,
            "device_id": [None, None, *ids, *ids, None, None],
            "z_mm": heights,
        },
    )
    supply, back = np.arange(1, n + 2), np.arange(n + 2, 2 * n + 2)
    last = 2 * n + 2
    upward = np.append(back, last) if is_reverse else np.concatenate([[last], back])
    riser = {"bore_mm": t.fact(part, "bore"), "roughness_um": 1000 * (t.fact(part, "roughness") or 0.0), "src": src}
    hose = {
        "bore_mm": t.fact(part, "hose_bore"),
        "roughness_um": 1000 * (t.fact(part, "hose_roughness") or 0.0),
        "src": src,
        "length_mm": t.fact(part, "hose_length"),
        "loss_coefficient": hose_loss(t, part, flow, coolant),
        "kind": "hose",
    }
    rows: list[dict[str, object]] = [{"name": "hose-supply", "a_node_id": 0, "b_node_id": 1, **hose}]
    for kind, path, is_down in (("supply-riser", supply, False), ("return-riser", upward, not is_reverse)):
        for low, high in zip(path[:-1].tolist(), path[1:].tolist()):
            a, b = (high, low) if is_down else (low, high)
            rows.append(
                {
                    "name": f"{kind}@{heights[low]:.0f}",
                    "kind": kind,
                    "a_node_id": a,
                    "b_node_id": b,
                    "length_mm": heights[high] - heights[low],
                    "loss_coefficient": 0.0,
                    **riser,
                }
            )
    rows += tray_branches(spec, t, trays, coolant, supply[1:], back)
    rows.append({"name": "hose-return", "a_node_id": last, "b_node_id": last + 1, **hose})
    branches = frame("coolant_branches", [{"branch_id": i, "loop_id": 0, "heat_w": 0.0, **row} for i, row in enumerate(rows)])
    return {"coolant_nodes": nodes, "coolant_branches": branches}


def tray_branches(
    spec: RackSpec, t: Tables, trays: pl.DataFrame, coolant: Coolant, supply: NDArray[np.int64], back: NDArray[np.int64]
) -> list[dict[str, object]]:
    """One branch per tray: its design flow, and its drop at that flow, brought there from the maker's by the square of the flow."""
    drop, rise = (t.fact_of(trays["part"], f"coolant_{fact}_design") for fact in ("drop", "rise"))
    made = trays.select(
        "name",
        "device_id",
        "src",
        kind=pl.lit("tray"),
        heat_w="heat_liquid_w",
        loss_coefficient=pl.lit(0.0),
        a_node_id=pl.Series(supply),
        b_node_id=pl.Series(back),
        drop_design_pa=drop.fill_null(DROP_DESIGN_PA) * (rise.fill_null(RISE_DESIGN_K) / spec.cooling.rise) ** 2,
        flow_design_kg_s=pl.col("heat_liquid_w") / (coolant.cp * spec.cooling.rise),
    )
    return list(made.iter_rows(named=True))


def hose_loss(t: Tables, part: str, flow: float, coolant: Coolant) -> float:
    """Loss coefficient K of the bends of one hose (90 degrees, radius 5 bores; Rennels, from `fluids`) at the loop's design flow."""
    from fluids.fittings import bend_rounded  # noqa: PLC0415  `fluids` takes 0.13 s to import, and an air-cooled rack needs none of it

    bore = (t.fact(part, "hose_bore") or 0.0) * 1e-3
    reynolds = 4 * flow / (np.pi * bore * coolant.viscosity)
    bend = bend_rounded(bore, 90, bend_diameters=5, Re=reynolds, roughness=(t.fact(part, "hose_roughness") or 0.0) * 1e-3)
    return float(bend) * (t.fact(part, "hose_bends") or 0.0)
