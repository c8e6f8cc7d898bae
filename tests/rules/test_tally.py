"""The tally of links against plain counting, and of links in parts against that of the whole."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from rackwright.rules.tally import Tally, at_servers, at_switches, first_switch, racks_of, summed, tally
from rackwright.schema.parts import Part, Parts
from rackwright.schema.tables import Tables, frame

SWITCHES, SERVERS = 6, 5
TIER, BIT, SMALL = st.sampled_from([0, 0, 1, 1, 2]), st.integers(0, 1), st.integers(0, 3)
LINK = st.tuples(TIER, BIT, BIT, st.integers(-1, 2), st.integers(0, 9), st.integers(0, 5), SMALL, SMALL, st.booleans())


def table(links: list[tuple[int, ...]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Links (tier, fabric, plane, rail, lower, upper, ports, whether it can be laid) between 5 servers and 6 switches; and the switches."""
    rows = []
    for i, (tier, fabric, plane, rail, lower, upper, a_port, b_port, laid) in enumerate(links):
        a = lower % SERVERS if tier == 0 else SERVERS + lower % SWITCHES
        b = SERVERS + upper
        if a == b:
            continue
        rows.append(
            {"link_id": i, "fabric_id": fabric, "tier": tier, "plane": plane, "rail": rail, "a_device_id": a, "a_port": a_port, "b_device_id": b,
             "b_port": b_port, "speed_gbps": 100.0 * (1 + i % 2), "length_stock_mm": 1000 if laid else -1}
        )  # fmt: skip
    switches = [
        {"device_id": SERVERS + s, "name": f"s{s}", "fabric_id": s % 2, "tier": 0, "plane": s // 3, "rack_id": 7 + s // 2} for s in range(SWITCHES)
    ]
    return frame("fabric_cables", rows), frame("fabric_switches", switches)


@given(st.lists(LINK, max_size=40))
@settings(deadline=None)
def test_tally_is_what_counting_gives(links: list[tuple[int, ...]]) -> None:
    cables, switches = table(links)
    c = tally(Tables({"fabric_cables": cables, "fabric_switches": switches}))
    down, up, alien, pairs, laid = Counter[int](), Counter[int](), Counter[int](), Counter[int](), Counter[int]()
    homes, used = defaultdict[tuple[int, int], set[int]](set), Counter[tuple[int, int]]()
    for r in cables.iter_rows(named=True):
        a, b, fits = r["a_device_id"] - SERVERS, r["b_device_id"] - SERVERS, r["length_stock_mm"] >= 0
        ends = [(b, r["b_port"])] if r["tier"] == 0 else [(b, r["b_port"]), (a, r["a_port"])]
        for end, port in ends:
            used[end, port] += 1
            alien[end] += (r["fabric_id"], r["plane"]) != (end % 2, end // 3)
        if r["tier"] == 0:
            down[b] += r["speed_gbps"]
            homes[r["fabric_id"], r["a_device_id"]].add(b)
        elif r["tier"] == 1:
            up[a] += r["speed_gbps"]
            pairs[a * SWITCHES + b] += 1
            laid[a * SWITCHES + b] += fits
    assert c.down_gbps.tolist() == [down[s] for s in range(SWITCHES)]
    assert c.up_gbps.tolist() == [up[s] for s in range(SWITCHES)]
    assert c.alien.tolist() == [alien[s] for s in range(SWITCHES)]
    for s in range(SWITCHES):
        of = [laid[p] for p in pairs if p // SWITCHES == s]
        assert (c.above[s], c.able[s], c.laid[s], c.least[s], c.most[s]) == (
            len(of), sum(n > 0 for n in of), sum(of), min(of, default=0), max(of, default=0)
        )  # fmt: skip
        racks = [7 + p % SWITCHES // 2 for p in pairs if p // SWITCHES == s and laid[p]]
        assert (c.up_rack_low[s], c.up_rack_high[s]) == (min(racks, default=-1), max(racks, default=-1))
        assert c.over[s] == sum(n - 1 for (end, _), n in used.items() if end == s)
    lone = Counter((f, min(v)) for (f, _), v in homes.items() if len(v) == 1)
    near = Counter((f, 7 + min(v) // 2) for (f, _), v in homes.items() if len(v) > 1 and len({leaf // 2 for leaf in v}) == 1)
    for told, counted in ((c.lone, lone), (c.near, near)):
        assert {(f, at): n for f, by in told.items() for at, n in enumerate(by.tolist()) if n} == counted
    hosts = cables.filter(pl.col("tier") == 0)
    assert int(c.hosts.sum()) == hosts.height
    assert int(c.bare.sum()) == hosts.filter(pl.col("length_stock_mm") < 0).height
    ends_of = hosts.select("fabric_id", "a_device_id", "a_port")
    assert sum(c.server_twice.values()) == hosts.height - ends_of.unique().height


@given(st.lists(LINK, max_size=40), st.integers(0, SERVERS))
@settings(deadline=None)
def test_links_in_parts_have_the_tally_of_the_whole(links: list[tuple[int, ...]], host: int) -> None:
    """Parted by server, or by lower switch; ids of the parts are counted from anywhere."""
    cables, switches = table(links)
    is_odd = pl.col("a_device_id") % 2 == 1
    parts = [cables.filter(own) for own in (~is_odd, is_odd)]
    first = first_switch(switches)
    counts = [[count(p, (host, first), racks_of(switches)) for p in parts] for count in (at_switches, at_servers)]
    both = summed(*counts, [host, host], switches)
    whole = tally(Tables({"fabric_cables": cables, "fabric_switches": switches}))
    assert both is not None
    assert same(whole, both)


@given(st.lists(LINK, max_size=40))
@settings(deadline=None)
def test_links_of_a_switch_or_server_in_two_parts_are_counted_together(links: list[tuple[int, ...]]) -> None:
    cables, switches = table(links)
    parts = Parts([Part(p, p.height) for p in (cables[: cables.height // 2], cables[cables.height // 2 :])])
    alone, parted = (tally(Tables({"fabric_cables": c, "fabric_switches": switches})) for c in (cables, parts))
    assert same(alone, parted)


def same(a: Tally, b: Tally) -> bool:
    for name in Tally.__slots__:
        one, other = getattr(a, name), getattr(b, name)
        if isinstance(one, dict):
            assert {k: np.asarray(v).tolist() for k, v in one.items()} == {k: np.asarray(v).tolist() for k, v in other.items()}, name
        else:
            assert np.array_equal(one, other), name
    return True
