"""NetBox: `export.netbox` and `export.netbox_wiring` over the tables of a hall and of its rack designs, numbered in the order of their import."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import polars as pl

from rackwright.export import netbox, netbox_wiring
from rackwright.export.only import Only
from rackwright.flow.manifest import Manifest
from rackwright.schema.tables import Tables

TITLE = "NetBox: bulk import and REST payloads"
FOR = "NetBox 4.6"
NEEDS = "hall-racks"
OF = ("hall",)
CHOICES = ("row", "rack", "device", "fabric")
DESIGNS = True
TABLES = {
    "1-manufacturers": netbox.manufacturers,
    "2-device-roles": netbox.roles,
    "4-sites": netbox.sites,
    "5-locations": netbox.locations,
    "6-racks": netbox.racks,
    "7-devices": netbox.devices,
    "8-interfaces": netbox_wiring.interfaces,
}
POWER = {"9-power-panels": netbox_wiring.panels, "10-power-feeds": netbox_wiring.feeds}


def files_of(t: Tables, only: Only, about: Manifest | None, designs: Mapping[str, Tables]) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`netbox/N-WHAT.csv` in order of import, `3-device-types/`, and cables of several links as JSON. Raises UnknownNameError, ChoiceError."""
    if not t.height("hall_racks"):
        return
    chosen = netbox.chosen(t, designs, only)
    for name, make in (TABLES | (POWER if t["supply_feeds"].height else {})).items():
        yield f"netbox/{name}.csv", partial(_csv, make, chosen)
    for path, data in netbox.device_types(chosen).items():
        yield f"netbox/3-{path}", partial(bytes, data)
    yield "netbox/11-cables.csv", partial(_csv, netbox_wiring.cables, chosen)
    yield "netbox/12-cables.json", partial(netbox_wiring.breakouts, chosen)
    if chosen.inner.height:
        yield "netbox/13-rack-cables.csv", partial(_csv, netbox_wiring.in_racks, chosen)


def _csv(make: Callable[[netbox.Chosen], pl.DataFrame], chosen: netbox.Chosen) -> bytes:
    return netbox.text(make(chosen))
