"""Ports that lead out of the hall: cages kept free on every switch of a tier, and which port of which switch goes where.

They take the last cages of a switch, the first wish the very last, so that one more wish moves none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from rackwright.build.fabrics.fabric import Problem, SwitchModel
from rackwright.build.fabrics.names import plug_names, port_names
from rackwright.build.fabrics.plan import Plan
from rackwright.build.media import End, Need, seats
from rackwright.catalog.part import Part
from rackwright.spec.fabric import Fabric, Outside

TIERS = {"leaf": 0, "spine": 1, "core": 2}
_EPS = 1e-6  # Gb/s


class Room(NamedTuple):
    """What one wish takes of a switch: cages, ports of a cage, and their speed."""

    cages: int
    legs: int
    speed_gbps: float


class Exit(NamedTuple):
    """One port that leads outside: switch by ordinal in its fabric, number and name of port and cage, and `module_share` of a module."""

    to: str
    switch: int
    port: int
    name: str
    cage: int
    plug: str
    connector: str
    speed_gbps: float
    module: str
    module_share: float


def room(name: str, to: str, wish: Outside, model: SwitchModel) -> Room | Problem:
    """Cages that a wish takes of each switch."""
    gbps, breakouts = (model.uplink_gbps, (1,)) if model.uplink_cages else (model.cage_gbps, model.breakouts)
    speed = wish.speed or gbps / min(breakouts)
    able = [b for b in breakouts if gbps / b >= speed - _EPS]
    if not able:
        most = gbps / min(breakouts)
        text = f"ports to `{to}` run at {speed:g} Gb/s, those of `{model.part}` at {most:g} Gb/s at most"
        return Problem(name, text, speed, most, "Gb/s", f"`speed: {most:g} Gb/s`", field=f"outside.{to}.speed")
    legs = max(able) if wish.breakout is None else wish.breakout
    if legs not in able:
        text = f"a cage of `{model.part}` gives {' or '.join(map(str, able))} ports of {speed:g} Gb/s to `{to}`, not {legs}"
        return Problem(name, text, legs, max(able), "", f"`breakout: {min(able, key=lambda b: abs(b - legs))}`", field=f"outside.{to}.breakout")
    return Room(-(-wish.ports // legs), legs, speed)


def models(name: str, wish: Fabric, full: list[SwitchModel]) -> list[SwitchModel] | Problem:
    """Switches by tier as the planner may use them: without the cages that lead outside."""
    made = list(full)
    for to, each in wish.outside.items():
        tier = TIERS[each.at]
        taken, model = room(name, to, each, full[tier]), made[tier]
        if isinstance(taken, Problem):
            return taken
        field = "uplink_cages" if model.uplink_cages else "cages"
        there = getattr(model, field)
        if taken.cages >= there:
            text = f"ports to `{to}` take {taken.cages} of the {there} {field.replace('_', ' ')} of `{model.part}` and leave none for the fabric"
            return Problem(
                name,
                text,
                taken.cages,
                there - 1,
                "",
                f"`ports: {(there - 1) * taken.legs}`" if there > 1 else "another switch",
                field=f"outside.{to}.ports",
            )
        made[tier] = replace(model, cages=there - taken.cages) if field == "cages" else replace(model, uplink_cages=there - taken.cages)
    return made


def fault(name: str, wish: Fabric, plan: Plan) -> Problem | None:
    """The first wish that a plan has no switches for."""
    for to, each in wish.outside.items():
        there, wanted = plan.count(TIERS[each.at]), each.switches or 1
        if there < wanted:
            many = "s are" if wanted > 1 else " is"
            text = f"{wanted:,} {each.at}{many} to lead to `{to}`, and the fabric has {f'{there:,}' if there else 'none'}"
            change, field = f"`switches: {there}`", "switches"
            if not there:
                count = {at: plan.count(tier) for at, tier in TIERS.items()}
                best = max(count, key=lambda at: (min(count[at], wanted), TIERS[at]))
                change, field = f"`at: {best}`" + (f" and `switches: {count[best]}`" if count[best] < wanted else ""), "at"
            return Problem(name, text, wanted, there, "", change, field=f"outside.{to}.{field}")
    return None


def misfit(to: str, wish: Outside, switch: Part, model: SwitchModel, module: Part) -> str:
    """Why a module does not go into the cages of the ports to `to`; empty where it does."""
    if module.kind != "transceiver":
        return f"`{module.name}` is a {module.kind}, and a module is wanted in the ports to `{to}`"
    taken = room("", to, wish, model)
    if isinstance(taken, Problem):
        return ""  # told by the planner
    connector = _connector(switch, model)
    gbps = model.uplink_gbps if model.uplink_cages else model.cage_gbps
    end = End(connector, "finned" if connector.startswith("osfp") else "", taken.legs, switch.text("protocol"), gbps)
    if seats(end, Need(taken.speed_gbps, end, end), [module]):
        return ""
    shape = module.text("connector") + (f" {module.text('shape')}" if module.text("shape") else "")
    what = f"{taken.legs} x {taken.speed_gbps:g} Gb/s" if taken.legs > 1 else f"{taken.speed_gbps:g} Gb/s"
    return f"`{module.name}` ({shape}) does not drive {what} from a cage of `{switch.name}` ({connector}), as ports to `{to}` want"


def _connector(switch: Part, model: SwitchModel) -> str:
    return switch.text("uplink_connector") if model.uplink_cages else switch.text("cage_connector")


def exits(name: str, wish: Fabric, plan: Plan, parts: tuple[Part, ...], full: list[SwitchModel]) -> Iterator[Exit]:
    """Every port of a planned fabric that leads outside, wish by wish and switch by switch."""
    left = [m.cages + m.uplink_cages for m in full]
    for to, each in wish.outside.items():
        tier = TIERS[each.at]
        taken, model = room(name, to, each, full[tier]), full[tier]
        assert isinstance(taken, Room), "the planner has told it"
        left[tier] -= taken.cages
        port = left[tier] * taken.legs + np.arange(each.ports)
        legs = np.full(each.ports, taken.legs)
        names, plugs = port_names(model, port, legs).tolist(), plug_names(model, port, legs).tolist()
        share = [1 / min(taken.legs, each.ports - i // taken.legs * taken.legs) for i in range(each.ports)]
        for switch in np.flatnonzero(plan.switches.tier == tier)[: each.switches].tolist():
            for i, number in enumerate(port.tolist()):
                where = (number // taken.legs, plugs[i], _connector(parts[tier], model), taken.speed_gbps)
                yield Exit(to, switch, number, names[i], *where, each.module or "", share[i])
