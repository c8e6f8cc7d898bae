"""Menus of media: what fits, what is cheapest, and modules counted by cage."""

from __future__ import annotations

import numpy as np
import pytest

from rackwright.build.media import UNREACHED, End, Need, Plant, channel_loss_db, count_modules, loss_reach_mm, make_menu, module_ids
from rackwright.catalog.loader import Catalog
from rackwright.catalog.part import Fact, Part

CATALOG = Catalog()
PARTS = [p for p in map(CATALOG.part, CATALOG.names()) if p.kind in ("cable", "transceiver")]
SWITCH, SWITCH_TWIN, DGX = End("osfp", "finned"), End("osfp", "finned", 2), End("osfp", "flat", 2)
ISL = Need(400, SWITCH_TWIN, SWITCH_TWIN, links=2)


def made_up(name: str, kind: str = "cable", **facts) -> Part:
    def fact(key, value) -> Fact:
        number = float(value) if isinstance(value, int | float) else None
        return Fact(key, number, str(value), "", None, None, "test", "2026-01-01", "user", "")

    return Part(name, kind, name, "test", {k: fact(k, v) for k, v in facts.items()}, (), (), "test")


def plugged(name: str, lengths: str, price: float, per_m: float = 0.0, watts: float = 0.0, **more) -> Part:
    facts = {"medium": "dac", "speed": 400, "connector_a": "osfp", "connector_b": "osfp", "lengths": lengths, "price": price, "price_per_m": per_m}
    return made_up(name, **facts | {"power_end": watts, "reach_max": 1e6} | more)


ONE = Need(400, End("osfp"), End("osfp"))


def test_choice_equals_trying_every_sku():
    """Brute force over a shuffled catalogue: for each length the cheapest sku that is long enough, the shorter, lower named on a tie."""
    menu = make_menu(ISL, PARTS, usd_per_w=10.0)
    other = make_menu(ISL, PARTS[::-1], usd_per_w=10.0)
    assert menu.skus == other.skus
    lengths = np.concatenate([menu.upto_mm, menu.upto_mm + 1, menu.upto_mm - 1, np.arange(-2, 60_000, 977)]).astype(np.int32)
    sku = menu.choose(lengths)
    assert sku.dtype == np.int16
    for length, chosen in zip(lengths.tolist(), sku.tolist(), strict=True):
        fits = [(s.cost_cents + 1000 * s.power_w, s.stock_mm, s.part, i) for i, s in enumerate(menu.skus) if s.stock_mm >= length >= 0]
        assert chosen == (min(fits)[3] if fits else UNREACHED)
    assert menu.reach_mm == 2_000_000
    assert make_menu(Need(123, SWITCH, SWITCH), PARTS).choose(lengths).tolist() == [UNREACHED] * len(lengths)


def test_media_in_the_order_a_planner_expects():
    """Copper, then active copper, then multimode, then single mode, then FR4, as lengths grow between two switches."""
    menu = make_menu(ISL, PARTS)
    skus = [menu.skus[i] for i in menu.choose(np.array([1_500, 6_000, 30_000, 90_000, 400_000, 1_200_000], np.int32))]
    assert [s.medium for s in skus] == ["dac", "aec", "fibre", "fibre", "fibre", "fibre"]
    modules = [s.a_module.removeprefix("nvidia/") for s in skus]
    assert modules == ["", "", "mma4z00-ns", "mms4x00-ns", "mms4x00-nm", "mms4x50-nm"]
    assert [s.stock_mm for s in skus] == [1500, 6000, 30_000, 100_000, 500_000, 1_500_000]
    assert all(s.loss_db <= s.budget_db for s in skus)


def test_watts_sway_the_choice_and_stay_out_of_the_price():
    parts = [plugged("t/cool", "5", 300, watts=1), plugged("t/warm", "5", 200, watts=10)]
    for usd, name in ((0.0, "t/warm"), (5.0, "t/warm"), (6.0, "t/cool")):  # 18 W more: 100 USD is 5.6 a watt
        menu = make_menu(ONE, parts, usd_per_w=usd)
        sku = menu.choose(np.array([1000], np.int32))[0]
        assert menu.skus[sku].part == name
        assert menu.cost_cents[sku] == (30_000 if name == "t/cool" else 20_000)


def test_a_long_one_may_be_cheaper_than_a_short_one():
    menu = make_menu(ONE, [plugged("t/a", "1 2", 500), plugged("t/b", "4", 80, 10)])
    assert [(menu.skus[i].part, menu.skus[i].stock_mm) for i in menu.choose(np.array([900, 2000, 3999, 4000], np.int32))] == [("t/b", 4000)] * 4


def test_cut_to_order_goes_in_steps_to_its_reach():
    part = plugged("t/cut", "1", 10)
    cut = Part(
        part.name,
        part.kind,
        "",
        "",
        {k: f for k, f in part.facts.items() if k != "lengths"} | made_up("t", cut_step=700, reach_max=2500).facts,
        (),
        (),
        "",
    )
    assert make_menu(ONE, [cut]).upto_mm.tolist() == [700, 1400, 2100]


def test_a_plug_fills_its_cage():
    """A 400G active cable takes a twin cage whole: it serves a cage of one link and not one where two links meet."""
    alone = make_menu(Need(400, SWITCH, End("osfp", "flat")), PARTS)
    assert "cable/aoc-400g" in {s.part for s in alone.skus}
    twin = make_menu(Need(400, SWITCH_TWIN, DGX), PARTS)
    assert {s.medium for s in twin.skus} == {"fibre"}
    assert {(s.a_module, s.a_modules, s.b_modules) for s in twin.skus} >= {("nvidia/mma4z00-ns", 0.5, 0.5)}


def test_modules_fit_the_shape_of_the_cage():
    shapes = {(s.a_module, s.b_module) for s in make_menu(Need(400, SWITCH_TWIN, DGX), PARTS).skus}
    assert shapes == {
        ("nvidia/mma4z00-ns", "nvidia/mma4z00-ns-flt"),
        ("nvidia/mms4x00-ns", "nvidia/mms4x00-ns-flt"),
        ("nvidia/mms4x00-nm", "nvidia/mms4x00-ns-flt"),
    }


def test_splitters():
    menu = make_menu(Need(400, SWITCH_TWIN, End("qsfp112"), links=2, b_cages=2), PARTS)
    short, long = (menu.skus[i] for i in menu.choose(np.array([2_000, 20_000], np.int32)))
    assert (short.part, short.pieces) == ("cable/mcp7y10", 1)
    assert (long.pieces, long.a_module, long.a_modules, long.b_module, long.b_modules) == (2, "nvidia/mma4z00-ns", 1.0, "nvidia/mma1z00-ns400", 2.0)
    assert long.power_w == 15 + 2 * 9
    assert long.area_mm2_100 == 2 * round(100 * np.pi / 4 * 9)
    assert "cable/mcp7y10" not in {s.part for s in make_menu(Need(400, End("qsfp112"), SWITCH_TWIN), PARTS).skus}


def test_a_link_of_two_engines():
    """800G over 2 x DR4: one whole module at each end and two fibres."""
    sku = make_menu(Need(800, SWITCH, SWITCH), PARTS, media=("fibre",))
    far = sku.skus[int(sku.choose(np.array([90_000], np.int32))[0])]
    assert (far.pieces, far.a_modules, far.power_w) == (2, 1.0, 34.0)
    assert not make_menu(Need(800, SWITCH_TWIN, SWITCH_TWIN), PARTS).skus


def test_trunks_shorten_the_reach():
    """SR4 with 1.7 dB: 2 pairs of 0.5 dB leave 0.7 dB, enough for its 50 m; 4 leave none."""
    need = Need(400, SWITCH_TWIN, SWITCH_TWIN)
    for pairs, reach in ((0, 50_000), (2, 50_000), (4, 0)):
        assert make_menu(need, [p for p in PARTS if "mma4z00" in p.name or p.kind == "cable"], Plant(pairs, 0.5)).reach_mm == reach
    long = make_menu(need, PARTS, Plant(6, 0.5))
    assert {s.loss_db for s in long.skus if s.a_module == "nvidia/mms4x00-ns"} == set()  # 3.0 dB of pairs, and the fibre on top
    assert long.reach_mm == 2_000_000


def test_trunk_cost_is_counted_for_every_fibre():
    plain, dear = (make_menu(ISL, PARTS, Plant(cost_usd=usd), media=("fibre",)) for usd in (0.0, 40.0))
    assert set((dear.cost_cents - plain.cost_cents).tolist()) == {8000}


def test_loss_and_reach_are_inverse():
    plant = Plant(2, 0.35)
    for budget, per_km in ((1.9, 3.5), (3.0, 0.5), (4.0, 0.5)):
        reach = loss_reach_mm(budget, per_km, plant)
        assert channel_loss_db(reach, per_km, plant) <= budget + 1e-9
        assert channel_loss_db(reach + 1, per_km, plant) > budget
    assert loss_reach_mm(0.6, 3.5, plant) == -1
    assert loss_reach_mm(0.7, 3.5, plant) == 0


def test_modules_by_cage():
    """Cage 0: both ports; 1: one port; 2: plugged; 3: two sorts; 4: a module beside a plugged cable; 5: empty."""
    cage = np.array([0, 0, 1, 2, 3, 3, 4, 4])
    module = np.array([0, 0, 0, -1, 0, 1, 1, -1], np.int16)
    counts, clash = count_modules(cage, module, 2)
    assert clash.tolist() == [3, 4]
    assert counts.sum() == 4
    assert counts[0] >= 2
    with_none = count_modules(np.array([], np.int64), np.array([], np.int16), 2)
    assert [v.tolist() for v in with_none] == [[0, 0], []]


def test_module_ids_of_skus():
    menu = make_menu(Need(400, SWITCH_TWIN, DGX), PARTS)
    names = ["nvidia/mms4x00-ns"]
    a, b = module_ids(menu, names)
    assert [names[i] for i in a] == [s.a_module for s in menu.skus]
    assert [names[i] for i in b] == [s.b_module for s in menu.skus]
    copper = make_menu(ISL, PARTS, media=("dac",))
    assert set(module_ids(copper, names)[0].tolist()) == {-1}


@pytest.mark.parametrize("part", [p for p in PARTS if p.kind == "transceiver"], ids=lambda p: p.name)
def test_shipped_modules_reach_what_they_say(part):
    """Some fibre of the catalogue takes every module to itself within its budget, for at least 50 m."""
    end = End(part.text("connector"), part.text("shape"), int(part.number("links") or 1))
    speed = (part.number("speed") or 0) / (part.number("links") or 1)
    menu = make_menu(Need(speed, end, end), [p for p in PARTS if p.kind == "cable"] + [part])
    assert menu.reach_mm >= 50_000
