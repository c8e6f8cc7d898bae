"""The floor of a hall spec as a campus: halls side by side, ducts between them."""

from __future__ import annotations

from rackwright.build.floor import Campus, Duct, FloorPlan, Hall, KeepOut
from rackwright.build.pathways import tray_capacity
from rackwright.spec.hall import HallSpec


def floor_plan(spec: HallSpec, network_racks: int) -> FloorPlan:
    """The floor of one hall with room for so many switch racks."""
    f = spec.floor
    per = f.network_racks
    if per is None:
        per = -(-network_racks // (f.places if f.network == "rows" else f.rows))
    return FloorPlan(
        rows=f.rows,
        racks=f.places,
        pitch_mm=int(f.pitch),
        depth_mm=int(f.depth),
        cold_mm=int(f.cold),
        hot_mm=int(f.hot),
        margin_x_mm=int(f.margin),
        margin_y_mm=int(f.margin),
        network=f.network if per else "none",
        network_count=min(per, f.rows if f.network == "rows" else f.places),
        keep_outs=tuple(KeepOut(int(k.x), int(k.y), int(k.width), int(k.depth), k.full_height, k.because) for k in f.keep_out),
    )


def campus(spec: HallSpec, network_racks: int) -> Campus:
    """Equal halls side by side along x, each joined to the next by a duct."""
    plan = floor_plan(spec, network_racks)
    width, _ = plan.size()
    p = spec.pathways
    duct = tray_capacity(int(p.width), int(p.depth), round(100 * p.fill_max))
    halls = tuple(Hall(plan, x_mm=i * (width + int(spec.gap))) for i in range(spec.halls))
    return Campus(halls, tuple(Duct(i, i + 1, duct * max(p.cross_trays, 1)) for i in range(spec.halls - 1)))
