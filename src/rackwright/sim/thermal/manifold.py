"""The rack manifold at its design flow: flow, velocity and drop of every branch, pressure and temperature of every node.

The inlet gets the loop's design flow; how it spreads over the trays is solved. Static head is left out: the loop is closed.
Liquid properties are those at the mean temperature throughout, and tees cost nothing beyond `loss_coefficient`.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.schema.tables import Tables, empty, frame


@stage(reads=("coolant_branches", "coolant_loops", "coolant_nodes"), writes=("coolant_branch_states", "coolant_node_states"))
def run(t: Tables) -> dict[str, pl.DataFrame]:
    """One row per coolant branch and per coolant node; empty for a rack without liquid."""
    nodes, branches = [empty("coolant_node_states")], [empty("coolant_branch_states")]
    for loop in t["coolant_loops"].iter_rows(named=True):
        mine = pl.col("loop_id") == loop["loop_id"]
        made = _loop(loop, t["coolant_nodes"].filter(mine), t["coolant_branches"].filter(mine))
        nodes.append(made[0])
        branches.append(made[1])
    return {"coolant_node_states": pl.concat(nodes), "coolant_branch_states": pl.concat(branches)}


def _loop(loop: dict[str, float], nodes: pl.DataFrame, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    from rackwright.sim.thermal import network  # noqa: PLC0415  `fluids` takes 0.13 s to import, and an air-cooled rack needs none of it

    liquid = network.Liquid(loop["density_kg_m3"], loop["viscosity_pa_s"])
    ids = nodes["node_id"].to_numpy()
    order = np.argsort(ids)

    def column(name: str, factor: float = 1.0) -> network.Vector:
        return rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() * factor

    design = column("flow_design_kg_s")
    branches = network.Branches(
        a=order[np.searchsorted(ids, rows["a_node_id"].to_numpy(), sorter=order)],
        b=order[np.searchsorted(ids, rows["b_node_id"].to_numpy(), sorter=order)],
        bore_m=column("bore_mm", 1e-3),
        length_m=column("length_mm", 1e-3),
        roughness_m=column("roughness_um", 1e-6),
        loss=column("loss_coefficient"),
        quadratic=np.nan_to_num(column("drop_design_pa") / design**2),
    )
    inlet, outlet = (int((nodes["kind"] == kind).arg_max() or 0) for kind in ("inlet", "outlet"))
    supply = np.zeros(nodes.height)
    supply[inlet], supply[outlet] = loop["flow_kg_s"], -loop["flow_kg_s"]
    pressure, flow = network.solve(branches, supply, outlet, liquid)
    degc = network.temperatures(branches, flow, column("heat_w"), inlet, loop["supply_degc"], loop["cp_j_kgk"], nodes.height)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = pl.DataFrame(
            {
                "branch_id": rows["branch_id"],
                "flow_kg_s": flow,
                "flow_l_min": flow / liquid.density * 60_000,
                "flow_ratio": flow / (design * loop["flow_kg_s"] / np.nansum(design)),
                "velocity_m_s": flow / (liquid.density * branches.area_m2),
                "reynolds": network.reynolds_numbers(branches, flow, liquid),
                "drop_pa": pressure[branches.a] - pressure[branches.b],
                "rise_k": np.where(column("heat_w") > 0, column("heat_w") / (loop["cp_j_kgk"] * np.abs(flow)), 0.0),
            }
        ).with_columns(pl.col("flow_ratio", "velocity_m_s", "reynolds").fill_nan(None))
    solved = pl.DataFrame({"node_id": nodes["node_id"], "pressure_pa": pressure, "temperature_degc": degc})
    return frame("coolant_node_states", solved), frame("coolant_branch_states", found)
