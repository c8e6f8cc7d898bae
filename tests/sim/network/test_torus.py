"""Tori from compiled halls: what is lost with a switch, a server, a cable; and from bare neighbours: what is no torus, what is alike."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from rackwright.schema.tables import Tables
from rackwright.sim.network import ecmp, study, torus_loads, torus_study, traffic
from rackwright.sim.network.planes import Failed
from rackwright.sim.network.torus import SIDES, Torus, coordinates, torus


@pytest.fixture(scope="module")
def made(tori: Tables) -> dict[str, pl.DataFrame]:
    return study.run(tori)


def answer(made: dict[str, pl.DataFrame], question: str) -> float:
    return float(made["network_results"].filter(pl.col("question") == question)["value"][0])


def test_circuits_make_the_torus(tori: Tables):
    t = torus(tori, 0)
    assert (t.sizes, t.gbps, t.line_gbps) == ((4, 4, 8), 400, 2400)
    assert tori["fabric_circuits"].height == 96
    assert np.count_nonzero(t.switch >= 0) == 192
    assert t.left is t.whole


def test_every_cable_switch_and_accelerator_is_in_one_row(made: dict[str, pl.DataFrame]):
    counts = dict(made["network_failures"].group_by("what").agg(pl.col("count").sum()).iter_rows())
    assert counts == {"accelerator": 128, "server": 32, "block": 2, "circuit switch": 48, "cable": 288, "circuit cable": 192}
    lost = dict(made["network_failures"].group_by("what").agg(pl.col("endpoints_lost").max()).iter_rows())
    assert lost == {"accelerator": 1, "server": 4, "block": 64, "circuit switch": 0, "cable": 0, "circuit cable": 0}
    assert answer(made, "bridges") == answer(made, "unreachable") == 0


def test_a_lost_circuit_switch_opens_its_rings(tori: Tables, made: dict[str, pl.DataFrame]):
    """One of the 16 of z: the ring through its blocks is two lines, whose ends reach each other the other way or round about."""
    switch = int(tori["fabric_switches"]["device_id"].max())  # type: ignore[arg-type]
    left = study.run(tori, Failed(frozenset([switch])))
    assert answer(left, "unreachable") == 0
    assert (answer(left, "ring_x_share"), answer(left, "ring_y_share")) == (1, 1)
    assert 0 < answer(left, "ring_z_share") < 1
    assert answer(left, "all_to_all_share") < answer(made, "all_to_all_share")
    worst = made["network_failures"].filter(pl.col("what") == "circuit switch")["share_all_to_all"].min()
    assert answer(left, "all_to_all_share") >= answer(made, "all_to_all_share") * float(worst) - 1e-12  # type: ignore[arg-type]


def test_without_any_circuit_blocks_are_apart(tori: Tables):
    left = study.run(tori, Failed(frozenset(tori["fabric_switches"]["device_id"].to_list())))
    assert answer(left, "unreachable") == 64
    assert left["network_results"].filter(pl.col("question") == "bisection_gbps")["value"].is_null().all()


def test_a_server_out_of_service_asks_for_nothing(tori: Tables):
    left = torus(tori, 0, Failed(frozenset([int(tori["design_devices"].filter(pl.col("name") == "tray-03")["device"][0])]))).left
    assert int(left.alive.sum()) == 124
    assert torus_study.cut_off(left)[1:] == (0, 1)


def test_a_cable_is_a_link_or_half_a_circuit(tori: Tables):
    """Either end of a circuit, or the one cable of a fixed link: two ends are without a neighbour."""
    whole = torus(tori, 0)
    for side, node in ((0, 0), (1, 0), (4, 100)):
        left = torus(tori, 0, Failed(rows=frozenset([int(whole.row[side, node])]))).left
        assert np.argwhere((left.near < 0) & (whole.whole.near >= 0)).shape[0] == 2
        assert left.near[side, node] == -1


def test_a_circuit_that_is_not_there_makes_no_torus(tori: Tables):
    """Without one circuit the sizes are not known, the rest is searched; a circuit between two + faces is refused."""
    t = tori.put({"fabric_circuits": tori["fabric_circuits"][1:]})
    some = torus(t, 0)
    assert some.sizes is None
    assert int((some.whole.near >= 0).sum()) == 128 * SIDES - 2
    told = study.run(t)
    assert answer(told, "unreachable") == 0
    assert 0 < answer(told, "all_to_all_share") < 1
    assert told["network_failures"].is_empty()
    crossed = tori["fabric_circuits"].with_columns(b_port=pl.when(pl.int_range(pl.len()) == 0).then(2).otherwise("b_port").cast(pl.Int32))
    with pytest.raises(ValueError, match="joins side 0 to side 0"):
        torus(tori.put({"fabric_circuits": crossed}), 0)


def test_a_twisted_torus_is_not_taken_for_a_straight_one():
    """4 x 4 whose rows end one further: every accelerator has its four neighbours, but a column closes in another row."""
    n, near = 16, np.full((SIDES, 16), -1, np.int32)
    at = np.arange(n)
    x, y = at % 4, at // 4
    near[0] = (x + 1) % 4 + (y + (x == 3)) % 4 * 4
    near[2] = x + (y + 1) % 4 * 4
    from_straight = near.copy()
    from_straight[0] = (x + 1) % 4 + y * 4
    assert coordinates(near)[0] is None
    assert coordinates(from_straight)[0] == (4, 4, 1)


@pytest.mark.parametrize("lost", [[], [5], [5, 40, 41]])
def test_searches_are_the_kernel_of_all_fabrics(tori: Tables, lost: list[int]):
    """Loads of every link, both ways, of all-to-all and the hard permutation; some circuits and accelerators lost."""
    t: Torus = torus(tori, 0)
    ends = np.zeros(t.whole.near.shape, np.bool_)
    ends[4, lost] = True
    left = t.whole.without(ends, np.array(lost[1:], np.int64))
    judged = torus_study.Judged(t)
    found = torus_loads.searched(left, 1 / (left.n - 1), (judged.opposite,)).load * t.line_gbps
    g = left.graph(t.gbps, t.line_gbps)
    home = np.flatnonzero(left.alive)
    pairs = np.searchsorted(home, judged.opposite[home])
    real = left.alive[judged.opposite[home]]
    asked = traffic.flows(g, np.flatnonzero(real), pairs[real])
    source, target = np.nonzero(~np.eye(home.size, dtype=bool))
    everyone = traffic.flows(g, source, target, np.full(source.size, t.line_gbps / (left.n - 1)))
    plus, low = np.nonzero(left.near[::2] >= 0)
    high = left.near[2 * plus, low]
    for k, wanted in enumerate((everyone, asked)):
        loads = ecmp.link_loads(g, wanted)
        assert found[k, 2 * plus, low] == pytest.approx(loads.forward)
        assert found[k, 2 * plus + 1, high] == pytest.approx(loads.backward)


def test_what_is_alike_costs_alike(tori: Tables):
    """Members of a class of circuit switches, one after the other: the same share of all-to-all."""
    judged = torus_study.Judged(torus(tori, 0))
    t = judged.torus
    for loss in [x for x in torus_study.losses(judged) if x.what == "circuit switch"]:
        axis = int(np.nonzero(loss.ends)[0][0]) // 2
        like = [s for s in np.unique(t.switch[t.switch >= 0]) if t.sizes and t.sizes[int(np.nonzero(t.switch == s)[0][0]) // 2] == t.sizes[axis]]
        assert len(like) == loss.count
        shares = [judged.share(judged.search(t.whole.without(t.switch == s)).load[0]) for s in (like[0], like[-1], like[len(like) // 2])]
        assert shares == pytest.approx([shares[0]] * 3)
