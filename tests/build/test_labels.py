"""Names of ports, ends and cables, and the keys they follow."""

from __future__ import annotations

import numpy as np
import pytest

from rackwright.build.labels import PortNames, cable_key, cable_names, device_names, end_key, end_names, rack_keys, rack_names, row_letters


def i16(*values: int):
    return np.array(values, np.int16)


def i32(*values: int):
    return np.array(values, np.int32)


@pytest.mark.parametrize(
    ("names", "cages", "legs", "expected"),
    [
        (PortNames("E1/{cage+1}/{leg+1}"), 2, 2, ["E1/1/1", "E1/1/2", "E1/2/1", "E1/2/2"]),
        (PortNames("swp{cage+1}s{leg}", "swp{cage+1}"), 2, 2, ["swp1s0", "swp1s1", "swp2s0", "swp2s1"]),
        (PortNames("swp{cage+1}s{leg}", "swp{cage+1}"), 2, 1, ["swp1", "swp2"]),
        (PortNames("{cage+1}/{leg+1}"), 1, 4, ["1/1", "1/2", "1/3", "1/4"]),
        (PortNames("Ethernet{port}"), 3, 1, ["Ethernet0", "Ethernet1", "Ethernet2"]),
        (PortNames("p{port-1}"), 1, 2, ["p-1", "p0"]),
    ],
)  # fmt: skip
def test_port_names(names, cages, legs, expected):
    assert names.names(cages, legs) == expected


@pytest.mark.parametrize(("pattern", "message"), [("swp{cage}", "two ports one name"), ("p{slot}", "between braces"), ("p{port+}", "between braces")])
def test_port_patterns_that_name_nothing(pattern, message):
    with pytest.raises(ValueError, match=message):
        PortNames(pattern).names(2, 2)


def test_row_letters_are_unique_and_never_change():
    letters = [row_letters(r) for r in range(2000)]
    assert [letters[r] for r in (0, 1, 25, 26, 675, 676, 701, 702)] == ["AA", "AB", "AZ", "BA", "ZZ", "AAA", "AAZ", "ABA"]
    assert len(set(letters)) == 2000


def some(n: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    racks = rack_names(i16(0, 0, 2, 120), i16(0, 1, 27, 700), i16(0, 6, 11, 104))
    rack, unit = rng.integers(0, 4, 40).astype(np.int32), rng.integers(1, 50, 40).astype(np.int16)
    devices = device_names(racks, rack, unit)
    ports = np.array([*PortNames("E1/{cage+1}/{leg+1}").names(32, 2), "bmc"], "S")
    device, port = rng.integers(0, 40, (2, n)).astype(np.int32), rng.integers(0, 65, (2, n)).astype(np.int32)
    return racks, rack, unit, devices, ports, device, port


def test_names_equal_plain_formatting():
    """Rows of many lengths (hall 121, row AAY, port bmc), over more than one chunk."""
    n = 70_000
    racks, rack, unit, devices, ports, device, port = some(n)
    assert racks.tolist() == [b"H01.AA01", b"H01.AB07", b"H03.BB12", b"H121.AAY105"]
    plain = [f"{racks[r].decode()}-{u:02d}" for r, u in zip(rack, unit, strict=True)]
    assert [d.decode() for d in devices] == plain
    ends = [[f"{plain[d]}:{ports[p].decode()}" for d, p in zip(device[i], port[i], strict=True)] for i in (0, 1)]
    made = [end_names(devices, device[i], ports, port[i]) for i in (0, 1)]
    assert [[v.decode() for v in column.tolist()] for column in made] == ends
    swap = np.array(ends[1]) < np.array(ends[0])
    named = cable_names((device[0], port[0]), (device[1], port[1]), devices, ports, swap)
    assert [v.decode() for v in named.tolist()] == [f"{min(a, b)}--{max(a, b)}" for a, b in zip(*ends, strict=True)]


def test_an_empty_hall_has_no_names():
    none = np.array([], np.int32)
    assert len(rack_names(none.astype(np.int16), none.astype(np.int16), none.astype(np.int16))) == 0
    assert len(end_names(np.array([b"x"]), none, np.array([b"p"]), none)) == 0


def test_a_name_depends_on_the_two_ends_alone():
    """A rack more between two others changes no name and no key of theirs, though every rack behind it has a new id."""
    before, after = (i16(0, 0), i16(0, 3), i16(4, 6)), (i16(0, 0, 0), i16(0, 1, 3), i16(4, 5, 6))
    names = [rack_names(*f) for f in (before, after)]
    keys = [rack_keys(*f) for f in (before, after)]
    assert names[1][[0, 2]].tolist() == names[0].tolist()
    cable = [cable_key(end_key(k[[i]], i16(12), i16(3)), end_key(k[[j]], i16(20), i16(7))) for k, (i, j) in zip(keys, ((0, 1), (0, 2)), strict=True)]
    assert cable[0] == cable[1]


def test_keys_are_the_same_both_ways_and_do_not_collide():
    hall, row, place = (v.ravel().astype(np.int16) for v in np.meshgrid(np.arange(4), np.arange(20), np.arange(20)))
    keys = rack_keys(hall, row, place)
    assert len(np.unique(keys)) == 1600
    rng = np.random.default_rng(0)
    n = 300_000
    rack, unit, port, slot = (rng.integers(0, top, (2, n)) for top in (1600, 50, 200, 4))
    a, b = (end_key(keys[rack[i]], unit[i], port[i], slot[i]) for i in (0, 1))
    assert np.array_equal(cable_key(a, b), cable_key(b, a))
    ends = np.sort(np.stack([a, b], 1), axis=1)
    assert len(np.unique(cable_key(a, b))) == len(np.unique(ends, axis=0))
    share = np.bincount((cable_key(a, b) % np.uint64(6)).astype(np.int64)) / n
    assert np.abs(share - 1 / 6).max() < 0.005  # 7 standard deviations of a fair die
