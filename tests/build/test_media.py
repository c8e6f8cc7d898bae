"""Menus of media: what fits, what is cheapest, and modules counted by cage."""

from __future__ import annotations

import numpy as np
import pytest

from rackwright.build.media import End, Need, Plant, channel_loss_db, loss_reach_mm
from rackwright.build.menu import UNREACHED, make_menu, per_link
from rackwright.catalog.loader import Catalog
from rackwright.catalog.part import Fact, Part

CATALOG = Catalog()
PARTS = CATALOG.of_kinds("cable", "transceiver", "panel")
SWITCH, SWITCH_TWIN, DGX = End("osfp", "finned", 1, "infiniband"), End("osfp", "finned", 2, "infiniband"), End("osfp", "flat", 2)
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


@pytest.mark.parametrize(("cage_gbps", "reaches"), [(0, True), (800, True), (400, False)])
def test_a_cage_takes_no_module_that_is_faster(cage_gbps: float, reaches: bool):
    """A twin module of 2 x 400G drives one link of a cage of 800G; a cage of 400G cannot drive both of its engines."""
    switch = End("osfp", "finned", 1, "infiniband", cage_gbps)
    menu = make_menu(Need(400, switch, End("osfp", "flat", 1)), [p for p in PARTS if p.kind == "transceiver" or p.text("medium") == "fibre"])
    assert bool(menu.skus) == reaches
    assert all("mma4z00-ns400" not in s.a_module for s in menu.skus)


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


def test_loss_and_reach_are_inverse():
    plant = Plant(2, 0.35)
    for budget, per_km in ((1.9, 3.5), (3.0, 0.5), (4.0, 0.5)):
        reach = loss_reach_mm(budget, per_km, plant)
        assert channel_loss_db(reach, per_km, plant) <= budget + 1e-9
        assert channel_loss_db(reach + 1, per_km, plant) > budget
    assert loss_reach_mm(0.6, 3.5, plant) == -1
    assert loss_reach_mm(0.7, 3.5, plant) == 0


def test_two_links_between_the_same_cages_take_one_cable():
    """2 x 400G from one cage to one cage: a twin cable, or two fibres of their own; which of them is a matter of length."""
    menu = make_menu(ISL, PARTS)
    short, long = (menu.skus[i] for i in menu.choose(np.array([2_000, 30_000], np.int32)))
    assert (short.part, short.pieces, short.links, short.a_plug, short.b_plug) == ("cable/mcp4y10", 1, 2, 2, 2)
    assert (long.pieces, long.links, long.a_modules, long.b_modules) == (2, 1, 1.0, 1.0)
    assert {menu.skus[i].links for i in menu.apart.choose(np.array([2_000, 30_000], np.int32))} == {1}
    assert set(menu.stairs.choose(np.array([-1, 2_000_001], np.int32)).tolist()) == {UNREACHED}


@pytest.mark.parametrize("trunk_at_a", [True, False])
def test_four_links_of_200g_over_splitters(trunk_at_a: bool):
    """Each 400G connector of a twin module takes a 1:2 splitter to two modules at half speed (MFP7E20): two cables for the four links."""
    switch, nic = End("osfp", "finned", 4), End("qsfp112")
    need = Need(200, switch, nic, links=4, b_cages=4) if trunk_at_a else Need(200, nic, switch, links=4, a_cages=4)
    menu = make_menu(need, PARTS, media=("fibre",))
    sku = menu.skus[int(menu.choose(np.array([20_000], np.int32))[0])]
    assert (sku.part, sku.pieces, sku.links) == ("cable/mfp7e20", 2, 2)
    assert (sku.a_plug, sku.b_plug) == ((2, 1) if trunk_at_a else (1, 2))
    assert (sku.a_modules, sku.b_modules) == ((1.0, 4.0) if trunk_at_a else (4.0, 1.0))
    copper = make_menu(need, PARTS, media=("dac",))
    assert {(s.part, s.links) for s in copper.skus} == {("cable/mcp7y40", 4)}


@pytest.mark.parametrize("legs", [4, 8])
def test_both_ends_broken_out_want_a_shuffle(legs: int):
    """Eight NICs of eight legs to eight switch cages of eight legs: 64 links, one shuffle; no splitter fits, since both plugs carry eight."""
    need = Need(800 / legs, End("osfp", "flat", legs), End("osfp", "finned", legs), links=legs * legs, a_cages=legs, b_cages=legs)
    menu = make_menu(need, PARTS)
    sku = menu.skus[int(menu.choose(np.array([30_000], np.int32))[0])]
    assert (sku.part, sku.pieces, sku.links, sku.a_plug, sku.b_plug) == (f"cable/shuffle-{legs}x{legs}-mpo16-os2", 1, legs * legs, legs, legs)
    assert (sku.a_modules, sku.b_modules) == (legs, legs)
    uneven = Need(800 / legs, End("osfp", "flat", legs), End("osfp", "finned", legs))
    assert not [s for s in make_menu(uneven, PARTS).skus if s.links > 1]


def test_a_fan_out_keeps_to_one_cage():
    """One cage of eight legs to eight single cages: a 1:8 fan-out; to four cages with two legs each there is none on offer."""
    one = Need(100, End("osfp", "finned", 8), End("qsfp28"), links=8, b_cages=8)
    assert {(s.part, s.links) for s in make_menu(one, PARTS).skus} == {("cable/mpo16-8xlc-os2", 8)}
    two = Need(100, End("osfp", "finned", 8), End("osfp", "flat", 2), links=8, b_cages=4)
    assert not make_menu(two, PARTS).skus


def test_modules_of_another_protocol_stay_out():
    def modules(protocol: str) -> set[str]:
        end = End("osfp", "finned", 2, protocol)
        return {s.a_module for s in make_menu(Need(400, end, end, links=2), PARTS).skus if s.a_module}

    assert "generic/osfp-800g-dr8" in modules("ethernet")
    assert "generic/osfp-800g-dr8" not in modules("infiniband")


def test_channels_over_trunks():
    """Two pairs of 0.35 dB and 56 m of OM4 at 3.5 dB/km are 0.896 dB of 1.7; five pairs are 1.75, and leave no multimode at all. The trunk itself
    may be as long as the module reaches, less both jumpers of 3 m.
    """
    need = Need(400, SWITCH_TWIN, DGX)
    menu = make_menu(need, PARTS, trunks=2)
    multimode = [s for s in menu.skus if "om4" in s.part]
    assert {s.medium for s in menu.skus} == {"trunk"}
    assert max(s.stock_mm for s in multimode) == 44_000
    longest = max(multimode, key=lambda s: s.stock_mm)
    assert longest.loss_db == pytest.approx(2 * 0.35 + 50 * 3.5e-3)
    assert (longest.ports, longest.panels, longest.jumper) == (12, 2, "cable/mfp7e10")
    assert not [s for s in make_menu(need, PARTS, trunks=5).skus if "om4" in s.part]
    assert make_menu(need, PARTS, trunks=5).reach_mm == 94_000
    assert not make_menu(need, PARTS, trunks=9).skus
    assert not make_menu(need, PARTS, trunks=2, media=("aoc",)).skus


def test_what_one_link_costs():
    menu, each = make_menu(ISL, PARTS), per_link(make_menu(ISL, PARTS), 2)
    assert (each.cost_cents * 2 - menu.cost_cents).min() >= 0
    assert (each.cost_cents * 2 - menu.cost_cents).max() <= 1


@pytest.mark.parametrize("part", [p for p in PARTS if p.kind == "transceiver"], ids=lambda p: p.name)
def test_shipped_modules_reach_what_they_say(part):
    """Some fibre of the catalogue takes every module to itself within its budget, for at least 50 m."""
    end = End(part.text("connector"), part.text("shape"), int(part.number("links") or 1))
    speed = (part.number("speed") or 0) / (part.number("links") or 1)
    cages = Need(speed, end, end, links=end.ports)
    menu = make_menu(cages, [p for p in PARTS if p.kind == "cable"] + [part])
    assert menu.reach_mm >= 50_000
