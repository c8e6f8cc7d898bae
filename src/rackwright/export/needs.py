"""What receivers are made of: whether a package has it, and the words for it. A receiver names its need as `NEEDS`.

Reads fabric_cables, cables, ports, halls, hall_racks, devices, bom, bundles, address_pools, supply_feeds, and what `net.speaking` reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rackwright.export import net
from rackwright.schema.tables import Tables


@dataclass(frozen=True, slots=True)
class Need:
    """`words`: what the files are made of; `has`: whether a package has any; `names_devices`: whether such files have names of devices."""

    words: str
    has: Callable[[Tables], bool]
    names_devices: bool = True


def _any(*names: str) -> Callable[[Tables], bool]:
    return lambda t: any(t.height(name) for name in names)


def _speaks(protocol: str) -> Callable[[Tables], bool]:
    return lambda t: t.height("fabric_cables") > 0 and bool(net.speaking(t, protocol))


def _loose(t: Tables) -> bool:
    return t.height("fabric_cables") > 0 or t["cables"]["assembly"].null_count() > 0


def _power_cables(t: Tables) -> bool:
    return t.height("cables") > 0 and bool((t["cables"]["medium"] == "power").any())


def _racks(t: Tables) -> bool:
    return t.height("halls") > 0 or bool(t["devices"]["z_mm"].is_not_null().any())


def _routed(t: Tables) -> bool:
    return t.height("address_pools") > 0 and _speaks("ethernet")(t)


NEEDS = {
    "addresses": Need("an address plan (`addressing:` in the spec of a hall)", _any("address_pools")),
    "bill": Need("a bill of material", _any("bom", "hall_racks"), names_devices=False),
    "bundles": Need("bundles of cables over trays", _any("bundles"), names_devices=False),
    "cables": Need("cables", _any("cables", "fabric_cables")),
    "ethernet": Need("switches that speak Ethernet", _speaks("ethernet")),
    "hall-racks": Need("racks of a hall", _any("hall_racks")),
    "infiniband": Need("switches that speak InfiniBand", _speaks("infiniband")),
    "links": Need("links between the racks of a hall", _any("fabric_cables")),
    "loose": Need("loose cables", _loose),
    "routed": Need(
        "switches that speak Ethernet, with an address plan (`addressing:` in the spec)",
        lambda t: t.height("address_pools") > 0 and _speaks("ethernet")(t),
    ),
    "ports": Need("ports", _any("fabric_cables", "ports")),
    "power": Need("a power chain (`power:` in the spec of a hall)", _any("supply_feeds"), names_devices=False),
    "power-cables": Need("power cables of a rack", _power_cables, names_devices=False),
    "racks": Need(
        "racks with devices in their places", lambda t: t.height("halls") > 0 or bool(t["devices"]["z_mm"].is_not_null().any()), names_devices=False
    ),
}
