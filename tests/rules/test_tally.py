"""The tally of links against plain counting, and sums of tallies against the tally of the whole."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from rackwright.rules.tally import Tally, counted
from rackwright.schema.tables import frame

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
    switches = [{"device_id": SERVERS + s, "name": f"s{s}", "fabric_id": s % 2, "tier": 0, "plane": s // 3, "rack_id": 0} for s in range(SWITCHES)]
    return frame("fabric_cables", rows), frame("fabric_switches", switches)


@given(st.lists(LINK, max_size=40))
@settings(deadline=None)
def test_tally_is_what_counting_gives(links: list[tuple[int, ...]]) -> None:
    cables, switches = table(links)
    c = counted(cables, switches)
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
    assert dict(zip(c.pair.tolist(), zip(c.links.tolist(), c.laid.tolist(), strict=True), strict=True)) == {
        p: (pairs[p], laid[p]) for p in sorted(pairs)
    }
    assert {(s, p): int(c.used[s, p]) for s, p in np.argwhere(c.used).tolist()} == dict(used)
    told = {(f, int(s)): (int(lo), int(hi)) for f in c.server for s, lo, hi in zip(c.server[f], c.low[f], c.high[f], strict=True)}
    assert told == {k: (min(v), max(v)) for k, v in homes.items()}
    hosts = cables.filter(pl.col("tier") == 0)
    assert int(c.hosts.sum()) == hosts.height
    assert int(c.bare.sum()) == hosts.filter(pl.col("length_stock_mm") < 0).height
    ends_of = hosts.select("fabric_id", "a_device_id", "a_port")
    assert sum(c.server_twice.values()) == hosts.height - ends_of.unique().height


@given(st.lists(LINK, max_size=40))
@settings(deadline=None)
def test_tallies_add_up(links: list[tuple[int, ...]]) -> None:
    """Links parted by server, or by lower switch: the sum of both tallies is the tally of all."""
    cables, switches = table(links)
    parted = pl.col("a_device_id") % 2 == 0
    whole, both = counted(cables, switches), counted(cables.filter(parted), switches).plus(counted(cables.filter(~parted), switches))
    for name in Tally.__slots__:
        one, other = getattr(whole, name), getattr(both, name)
        if isinstance(one, dict):
            assert {k: np.asarray(v).tolist() for k, v in one.items()} == {k: np.asarray(v).tolist() for k, v in other.items()}, name
        else:
            assert np.array_equal(one, other), name
