"""What failures do, singly and in pairs, and how often racks are dark."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.sim.power.supply_halls import LV, Builder, hall

from rackwright.sim.power import supply_flow
from rackwright.sim.power.availability import out_of_service, sets_as_one, simulate, unavailability
from rackwright.sim.power.supply import forest
from rackwright.sim.power.supply_carry import held, told
from rackwright.sim.power.supply_outages import pairs, singles, sweep
from rackwright.sim.power.supply_paths import paths
from rackwright.sim.power.supply_reach import sweep_near


def test_the_worst_of_each_branch_is_found_in_its_case() -> None:
    s = hall(2, 2).supply
    found = sweep(s, singles(s))
    t = forest(s)
    f = supply_flow.figures(s, t)
    states = supply_flow.states(s, t, f, supply_flow.flow(s, t, f, singles(s)))
    loading = np.fmax(states.loading_s, states.loading_i)
    rated = ~np.isnan(loading).all(axis=1)
    assert found.branch_loading[rated] == pytest.approx(np.nanmax(loading[rated], axis=1), rel=1e-9)
    assert loading[rated, found.branch_case[rated]] == pytest.approx(found.branch_loading[rated], rel=1e-9)
    assert found.loading == pytest.approx(np.nanmax(loading, axis=0), rel=1e-9)
    assert loading[found.branch, np.arange(len(found.branch))] == pytest.approx(found.loading, rel=1e-9)
    assert np.array_equal(found.over, (np.nan_to_num(loading) > 1 + 1e-9).sum(axis=0))
    assert (found.collapsed == -1).all()
    assert (found.voltage < 1).all()


@pytest.mark.parametrize("tie", [True, False])
def test_a_sweep_where_cases_reach_is_the_sweep_of_the_whole(tie: bool) -> None:
    """Blocks of a campus: verdicts alike, loadings to 1e-6, branches that no case reaches to the shift of voltage that is let pass (1e-3)."""
    s = hall(3, 4, tie=tie, blocks=8).supply
    out = singles(s)
    out = np.concatenate((np.column_stack((out, np.full(len(out), -1))), np.random.default_rng(1).integers(0, s.component_count, (40, 2))))
    whole, near = sweep(s, out), sweep_near(s, out)
    for name in ("racks_dark", "load_dark_w", "over", "collapsed", "dark_case", "dark_rack", "carried_by", "is_carried"):
        assert np.array_equal(getattr(near, name), getattr(whole, name)), name
    other = np.flatnonzero(near.branch != whole.branch)  # of branches loaded alike to 1e-8 either may be told
    t = forest(s)
    f = supply_flow.figures(s, t)
    states = supply_flow.states(s, t, f, supply_flow.flow(s, t, f, out[other]))
    assert np.fmax(states.loading_s, states.loading_i)[near.branch[other], np.arange(other.size)] == pytest.approx(whole.loading[other], rel=1e-8)
    for name in ("loading", "voltage", "transfer_s"):
        assert getattr(near, name) == pytest.approx(getattr(whole, name), abs=1e-6, nan_ok=True), name
    for name in ("branch_loading", "branch_loading_s", "branch_loading_i"):
        assert getattr(near, name) == pytest.approx(getattr(whole, name), rel=1e-3, nan_ok=True), name


def test_who_goes_dark() -> None:
    """One rack on one whip, one on two: the whip lost takes the first alone, with its load."""
    b = Builder()
    grid, board = b.node(LV, source=True), b.node(LV)
    line = b.branch(grid, board)
    ends = [b.node(LV) for _ in range(3)]
    whips = [b.branch(board, x, current_rated_a=20.0) for x in ends]
    b.rack(1e4, ends[0])
    b.rack(2e4, ends[1], ends[2])
    s = b.build()
    found = sweep(s, singles(s))
    assert found.racks_dark.tolist() == [2, 1, 0, 0]
    assert found.load_dark_w.tolist() == [3e4, 1e4, 0, 0]
    assert list(zip(found.dark_case.tolist(), found.dark_rack.tolist(), strict=True)) == [(line, 0), (line, 1), (whips[0], 0)]
    assert found.over.tolist() == [0, 0, 1, 1]
    assert np.isnan(found.loading[line])
    assert found.branch[whips[2]] == 2
    assert found.loading[whips[2]] == pytest.approx(2e4 / (np.sqrt(3) * LV) / 20, rel=1e-9)


def test_a_collapsed_case_is_reported_not_raised() -> None:
    b = Builder()
    grid = b.node(LV, source=True)
    ends = [b.node(LV), b.node(LV)]
    lines = [b.branch(grid, x, resistance_ohm=0.5, current_rated_a=100.0) for x in ends]
    b.rack(0.6 * LV**2, *ends)
    found = sweep(b.build(), np.array([[-1], [lines[0]]]))
    assert found.collapsed.tolist() == [-1, ends[1]]
    assert np.isnan(found.loading[1])
    assert np.isnan(found.voltage[1])
    assert found.racks_dark.tolist() == found.racks_low.tolist() == [0, 1]
    assert np.isnan(found.low_s[0])
    assert found.low_s[1] == 0


@pytest.mark.parametrize("seed", range(4))
def test_pairs_equal_every_pair_tried_with_alternatives(seed: int) -> None:
    """Random supplies with ties, second inputs and k of n feeds: the products against the transfer logic, exactly."""
    random = np.random.default_rng(seed)
    b = Builder()
    boards = [b.node(LV, source=True), b.node(LV, source=True, fails=True)]
    for _ in range(8):
        boards.append(b.node(LV, fails=bool(random.random() < 0.5)))
        b.branch(boards[random.integers(0, len(boards) - 1)], boards[-1])
    for _ in range(5):
        one, two = random.choice(np.arange(2, 10), 2, replace=False)
        b.branch(boards[one], boards[two], rank=int(random.integers(1, 3)))
    for board in boards[2::3]:  # three modules in parallel, two of them when one is out, and a bypass
        out = b.node(LV, fails=True)
        b.branch(board, out)
        b.branch(board, out, b.nodes[out][-1], rank=1)
        b.branch(board, out, rank=2)
        boards.append(out)
    for _ in range(12):
        feeds = random.choice(boards[2:], random.integers(1, 4), replace=False)
        b.rack(1e3, *feeds.tolist(), needed=int(random.integers(1, feeds.size + 1)))
    s = b.build()
    k = s.component_count
    found = pairs(s, paths(s))
    cases = sweep(s, np.array([(i, j) for i in range(k) for j in range(k)]))
    tried = (cases.racks_dark - cases.racks_low).reshape(k, k)  # who is connected; the voltage of some collapses
    assert np.array_equal(np.array([found.lost_with(i) for i in range(k)]), tried)


def test_simulated_unavailability_agrees_with_the_exact_one() -> None:
    """Seeded; each rack within 4 standard errors and the mean of all racks within 3, rates raised so that much happens."""
    s = hall(2, 2).supply
    random = np.random.default_rng(1)
    rates, repair = random.uniform(0.5, 2.0, s.component_count), random.uniform(50.0, 200.0, s.component_count)
    p = paths(s)
    exact = unavailability(p, out_of_service(rates, repair))
    found = simulate(p, rates, repair, years=200.0, histories=30, seed=2)
    assert (found.standard_error > 0).all()
    assert (np.abs(found.unavailability - exact) < 4 * found.standard_error).all()
    # Racks share components, so the mean's error is not smaller than the least of theirs.
    assert abs(found.unavailability.mean() - exact.mean()) < 3 * found.standard_error.mean()
    assert (found.standard_error < 0.2 * exact).all()
    assert (found.interruptions_per_year > 0).all()


def test_interruptions_of_one_component_in_closed_form() -> None:
    """One part in series: 1 / (8760 / rate + repair) breaks an hour of calendar, within 4 standard errors of a count."""
    b = Builder()
    grid, end = b.node(LV, source=True), b.node(LV)
    b.branch(grid, end)
    b.rack(1e3, end)
    found = simulate(paths(b.build()), np.array([4.0]), np.array([400.0]), years=100.0, histories=20, seed=3)
    expected = 8760 / (8760 / 4 + 400)
    assert found.interruptions_per_year[0] == pytest.approx(expected, abs=4 * np.sqrt(expected / 2000))


def test_a_rack_without_a_way_is_always_dark_and_one_that_cannot_fail_never() -> None:
    b = Builder()
    grid, end = b.node(LV, source=True), b.node(LV)
    b.branch(grid, end, -1)
    b.rack(1e3, end)
    b.rack(1e3, b.node(LV))
    b.branch(grid, b.node(LV))
    p = paths(b.build())
    assert unavailability(p, np.array([0.1])).tolist() == [0.0, 1.0]
    found = simulate(p, np.array([2.0]), np.array([10.0]), years=5.0, histories=3, seed=1)
    assert found.unavailability.tolist() == [0.0, 1.0]


def test_ways_beyond_a_word_count_as_those_within() -> None:
    """70 ways in parallel behind one: only that one alone leaves the rack dark, and a way more than all the others makes no difference."""
    b = Builder()
    grid, mid, end = b.node(LV, source=True), b.node(LV), b.node(LV)
    first = b.branch(grid, mid)
    both = [b.branch(mid, end, rank=min(i, 1)) for i in range(70)]
    b.rack(1e3, end)
    s = b.build()
    p = paths(s)
    assert p.classes[0].feeds.shape == (1, 2)
    assert np.flatnonzero(pairs(s, p).alone.toarray()[:, 0]).tolist() == [first]
    mask = p.mask[0][np.isin(p.component[0], both)]
    assert not p.classes[0].is_dark(np.bitwise_or.reduce(mask[:-1], axis=0))
    assert p.classes[0].is_dark(np.bitwise_or.reduce(mask, axis=0))
    assert np.isnan(unavailability(p, np.full(s.component_count, 0.1))).all()  # 2 ** 70 sets
    found = simulate(p, np.where(np.arange(s.component_count) == first, 2.0, 0.5), np.full(s.component_count, 10.0), 500.0, 8, seed=1)
    assert found.unavailability[0] == pytest.approx(20 / 8780, rel=0.1)  # that of the first


def test_modules_in_parallel_are_one_way() -> None:
    """Twelve stages of a set with one to spare and its bypass: 3 ** 12 ways by branches, and none fails alone."""
    b = Builder()
    above = b.node(LV, source=True)
    for _ in range(12):
        below = b.node(LV, fails=True)
        b.branch(above, below)
        b.branch(above, below, b.nodes[below][-1], rank=1)
        b.branch(above, below, rank=2)
        above = below
    b.rack(1e3, above)
    s = b.build()
    dark = sweep(s, singles(s)).racks_dark
    found = paths(s)
    stands = np.zeros(s.component_count, np.int64)
    stands[found.component[0]] = 1
    assert np.array_equal(stands, dark)
    assert np.array_equal(dark, np.isin(np.arange(s.component_count), s.node_component))


def test_small_figures_keep_their_digits() -> None:
    """U = 1e-12 from two of 1e-6 in parallel: nothing is lost to 1 - (1 - u)."""
    b = Builder()
    grid, ends = b.node(LV, source=True), [b.node(LV), b.node(LV)]
    for x in ends:
        b.branch(grid, x)
    b.rack(1e3, *ends)
    assert unavailability(paths(b.build()), np.full(2, 1e-6))[0] == pytest.approx(1e-12, rel=1e-9)


def waiting(store_s: float = 0.0, rack_s: float = 0.0, wait_s: float = 10.0, load_w: float = 1e5) -> Builder:
    """A grid, a store behind it, and a generator that takes a while: one rack on one feed. Components: grid line, generator line, store, whip."""
    b = Builder()
    grid, spare, board, behind, end = b.node(LV, source=True), b.node(LV, source=True), b.node(LV), b.node(LV), b.node(LV)
    b.branch(grid, board)
    b.branch(spare, board, rank=1, transfer_s=wait_s)
    store = {"is_converter": True, "power_rated_va": 1e5, "store_s": store_s, "store_kind": 1} if store_s else {}
    b.branch(board, behind, **store)
    b.branch(behind, end)
    b.rack(load_w, end, store_s=rack_s)
    return b


@pytest.mark.parametrize(
    ("store_s", "rack_s", "carry_s", "by", "lives"),
    [
        (0.0, 0.0, 0.02, "power supplies", False),
        (30.0, 0.0, 30.0, "UPS", True),
        (0.0, 90.0, 90.0, "BBU", True),
        (0.0, 5.0, 5.0, "BBU", False),
        (6.0, 5.0, 11.0, "UPS + BBU", True),
        (4.0, 5.0, 9.0, "UPS + BBU", False),
    ],
)
def test_who_carries_a_rack_until_the_generator_does(store_s: float, rack_s: float, carry_s: float, by: str, lives: bool) -> None:
    """10 s until the generator: the UPS first, then the rack's own batteries, each for its time and no longer."""
    found = sweep(waiting(store_s, rack_s).build(), np.array([[0]]))
    assert found.racks_dark.tolist() == [0]
    assert found.transfer_s.tolist() == [10.0]
    assert found.carry_s[0] == pytest.approx(carry_s, rel=1e-12)
    assert told(int(found.carried_by[0])) == by
    assert bool(found.is_carried[0]) is lives


@pytest.mark.parametrize(("load_w", "carry_s"), [(1e5, 30.0), (4e4, 75.0), (1.2e5, 25.0)])
def test_a_store_lasts_by_its_load(load_w: float, carry_s: float) -> None:
    """30 s at 100 kW are 3 MJ: 75 s at 40 kW, and less than at its rating where it carries more."""
    found = sweep(waiting(30.0, load_w=load_w).build(), np.array([[0]]))
    assert found.carry_s[0] == pytest.approx(carry_s, rel=1e-9)


def test_the_loss_of_the_converter_is_drawn_from_the_store_too() -> None:
    """A UPS of 100 kVA with 90 % at its rating and 80 % at a quarter: 30 s of 111.1 kW last 106.7 s at 31.25 kW, not four times as long."""
    s = waiting(30.0, load_w=2.5e4).build()
    curve = np.where(s.is_converter[:, None], [0.8, 0.85, 0.88, 0.9], np.nan)
    found = sweep(replace(s, efficiency=curve), np.array([[0]]))
    assert found.carry_s[0] == pytest.approx(30 * (100 / 0.9) / (25 / 0.8), rel=1e-6)


def test_a_store_counts_at_its_rating_where_a_feed_stops() -> None:
    """Two racks on a store of 5 s at half its rating: 10 s, as long as the generator takes. With a feed beside it that stops until then, 5 s."""
    for stops in (False, True):
        b = waiting(5.0, load_w=5e4)
        if stops:
            other, end = b.node(LV), b.node(LV)
            b.branch(0, other, component=0)
            b.branch(1, other, rank=1, transfer_s=10.0)
            b.branch(other, end)
            b.rack(1e3, end)
        s = b.build()
        t = forest(s)
        f = supply_flow.figures(s, t)
        states = supply_flow.states(s, t, f, supply_flow.flow(s, t, f, np.array([[0]])))
        assert held(s, states)[2, 0] == pytest.approx(10.0, rel=1e-9)
        found = sweep(s, np.array([[0]]))
        assert found.carry_s[0] == pytest.approx(0.02 if stops else 10.0, rel=1e-9)


def test_a_rack_whose_other_feed_lives_needs_no_battery() -> None:
    """Two feeds of which it needs one: the one that waits is not carried, and the rack lives all the same; of two that it needs it does not."""
    for needed, lives in ((1, True), (2, False)):
        b = waiting()
        other, end = b.node(LV, source=True), b.node(LV)
        b.branch(other, end)
        b.rack(1e4, 4, end, needed=needed)
        b.racks, b.feeds = b.racks[1:], [(0, n) for _, n in b.feeds[1:]]
        found = sweep(b.build(), np.array([[0]]))
        assert bool(found.is_carried[0]) is lives
        assert found.carry_s[0] == pytest.approx(0.02)


def test_a_room_out_is_all_in_it_out() -> None:
    """Two paths of a board and line each: a room with both boards leaves the rack dark, one with a board and its line does not."""
    b = Builder()
    grid, boards, ends = b.node(LV, source=True), [b.node(LV, fails=True) for _ in range(2)], [b.node(LV), b.node(LV)]
    lines = [b.branch(grid, x) for x in boards]
    for x, y in zip(boards, ends, strict=True):
        b.branch(x, y)
    b.rack(1e4, *ends)
    own = [b.nodes[x][-1] for x in boards]
    rooms = [b.place(*own), b.place(own[0], lines[0])]
    s = b.build()
    for found in (sweep(s, singles(s)), sweep_near(s, singles(s))):
        assert found.racks_dark[rooms].tolist() == [1, 0]
        assert found.racks_dark.sum() == 1
    assert found.loading.size == s.component_count


def test_sets_with_one_to_spare_in_closed_form_and_drawn() -> None:
    """Of n modules, each out a share u of the time, more than one is out 1 - (1-u)^n - n u (1-u)^(n-1); by histories within 4 standard errors, and as
    often as n (n-1) rate u (1-u)^(n-2) in service."""
    modules, spare = np.array([3, 5, 1]), np.array([1, 1, 0])
    rate, repair = np.array([3.0, 2.0, 1.0]), np.array([300.0, 200.0, 100.0])
    u = out_of_service(rate, repair)
    often, long = sets_as_one(rate, repair, modules, spare)
    exact = np.where(spare > 0, 1 - (1 - u) ** modules - modules * u * (1 - u) ** (modules - 1), u)
    assert out_of_service(often, long) == pytest.approx(exact, rel=1e-9)
    breaks = (modules * (modules - 1.0) * rate * u * (1 - u) ** (modules - 1))[:2]
    assert (often * (1 - exact))[:2] == pytest.approx(breaks, rel=1e-9)
    b = Builder()
    grid = b.node(LV, source=True)
    for _ in range(3):
        end = b.node(LV)
        b.branch(grid, end)
        b.rack(1e3, end)
    seen = simulate(paths(b.build()), rate, repair, years=400.0, histories=40, seed=5, modules=modules, spare=spare)
    assert (np.abs(seen.unavailability - exact) < 4 * seen.standard_error).all()
    assert (seen.standard_error < 0.1 * exact).all()
    assert seen.interruptions_per_year[:2] == pytest.approx(breaks, rel=0.05)
