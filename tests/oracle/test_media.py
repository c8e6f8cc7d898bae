"""Optical budgets and the cable bill of a published design."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from rackwright.build.media import End, Need, Plant, channel_loss_db
from rackwright.build.menu import make_menu
from rackwright.catalog.loader import Catalog

pytestmark = pytest.mark.oracle

CATALOG = Catalog()
PARTS = [p for p in map(CATALOG.part, CATALOG.names()) if p.kind in ("cable", "transceiver")]
OM4 = CATALOG.part("cable/mfp7e10").number("attenuation_per_km") or 0.0
OS2 = CATALOG.part("cable/mfp7e30").number("attenuation_per_km") or 0.0


@pytest.mark.parametrize(
    ("pmd", "metres", "per_km", "connections_db", "budget_db"),
    [
        ("400GBASE-SR8 OM3", 70, OM4, 1.5, 1.8), ("400GBASE-SR8 OM4", 100, OM4, 1.5, 1.9),
        ("400GBASE-SR4.2 OM3", 70, OM4, 1.5, 1.7), ("400GBASE-SR4.2 OM4", 100, OM4, 1.5, 1.8), ("400GBASE-SR4.2 OM5", 150, OM4, 1.5, 2.0),
        ("800GBASE-DR8 OS2", 500, OS2, 2.75, 3.0),
    ],
)  # fmt: skip
def test_published_budgets(pmd, metres, per_km, connections_db, budget_db):
    """Budgets printed by TIA's Fiber Optics Tech Consortium (hardware notes, section 6) are connections plus fibre at full reach: with our
    attenuation of cabled fibre and the 1.5 dB (multimode) or printed 2.75 dB (DR8) for connections. Tolerance 0.06 dB: they round to 0.1.
    """
    assert channel_loss_db(1000 * metres, per_km, Plant(1, connections_db)) == pytest.approx(budget_db, abs=0.06)


def test_dgx_h100_superpod_bill():
    """RA-11333 V11, tables 7 and 8: 127 DGX H100, 32 leaf, 16 spine; 2,040 NDR fibres (980-9I570-00N030), 1,536 switch modules
    (980-9I510-00NS00), 508 system modules (980-9I51A-00NS00). Exact.

    Wired here as the design says: rail r of the 32 nodes of an SU goes to leaf r of the SU (ports 0 to 31; one node less in SU 3), every
    leaf has 32 uplinks, two to each of 16 spines; two ports share a cage. Routes of 25.5 m throughout, which 30 m cables serve.
    """
    su, node, rail = (v.ravel() for v in np.meshgrid(np.arange(4), np.arange(32), np.arange(8), indexing="ij"))
    there = 32 * su + node < 127
    su, node, rail = su[there], node[there], rail[there]
    dgx_cage = (32 * su + node) * 4 + rail // 2
    down_cage = (8 * su + rail) * 32 + node // 2
    leaf, up = (v.ravel() for v in np.meshgrid(np.arange(32), np.arange(32), indexing="ij"))
    up_cage = leaf * 32 + 16 + up // 2
    spine_cage = 32 * 32 + (up // 2) * 32 + (2 * leaf + up % 2) // 2

    switch, dgx = End("osfp", "finned", 2), End("osfp", "flat", 2)
    fibres, held = 0, dict[int, str]()
    for need, ends in ((Need(400, switch, dgx), (down_cage, 10_000 + dgx_cage)), (Need(400, switch, switch), (up_cage, spine_cage))):
        menu = make_menu(need, PARTS, media=("fibre",))
        sku = menu.choose(np.full(len(ends[0]), 25_500, np.int32)).tolist()
        assert {menu.skus[i].part for i in sku} == {"cable/mfp7e10"}
        assert {menu.skus[i].stock_mm for i in sku} == {30_000}
        fibres += sum(menu.skus[i].pieces for i in sku)
        for i, a, b in zip(sku, *(e.tolist() for e in ends), strict=True):
            for cage, module in ((a, menu.skus[i].a_module), (b, menu.skus[i].b_module)):
                assert held.setdefault(cage, module) == module
    codes = Counter(CATALOG.part(name).text("order_code") for name in held.values())
    assert fibres == 2_040
    assert codes == {"980-9I510-00NS00": 1_536, "980-9I51A-00NS00": 508}
    assert CATALOG.part("cable/mfp7e10").text("order_code") == "980-9I570-00N030"
