"""Example halls compiled whole against published counts.

Sources: RA-11333-001 V11 (DGX H100 SuperPOD) tables 3, 4, 7 and 8; Jouppi et al., ISCA 2023 (torus);
RA-11338-001 V01 (DGX GB200 SuperPOD), its table of switches. All counts are
exact. The formulas of fat trees (k ports: k * k / 2 ends, k leaves and k / 2 spines in two tiers) are textbook.
"""

from functools import cache
from pathlib import Path

import polars as pl
import pytest

from rackwright.export import cut_sheets
from rackwright.flow.hall import compile_hall
from rackwright.flow.pipeline import Design
from rackwright.rules.net import endpoint_unreachable
from rackwright.schema.links import HOST, PEER, TORUS
from rackwright.sim.network.connectivity import reach
from rackwright.sim.network.planes import Failed, planes

HALLS = Path(__file__).resolve().parents[2] / "examples" / "halls"

pytestmark = pytest.mark.oracle


@cache
def hall(name: str, *sets: str) -> Design:
    """An example, `NAME` or `NAME@VARIANT`."""
    file, _, variant = name.partition("@")
    return compile_hall(str(HALLS / f"{file}.yaml"), as_of="2026-01-01", variant=variant or None, sets=sets)


def fabric(made: Design, name: str) -> dict[str, int]:
    return made.tables["fabrics"].row(by_predicate=pl.col("fabric") == name, named=True)


def counts(made: Design, name: str) -> tuple[int, ...]:
    """Leaves, spines, cores; links from ends to leaves, leaves to spines, spines to cores."""
    row = fabric(made, name)
    return tuple(row[c] for c in ("leaves", "spines", "cores", "links_host", "links_spine", "links_core"))


def quantity(made: Design, name: str, kind: str) -> dict[str, float]:
    rows = made.tables["hall_parts"].filter((pl.col("kind") == kind) & (pl.col("fabric_id") == fabric(made, name)["fabric_id"]))
    return dict(rows.select("part", "quantity").iter_rows())


@pytest.mark.parametrize(
    ("name", "sets"),
    [
        ("h100-superpod-4su", ()),
        ("h100-superpod-3su", ()),
        ("torus-4096", ()),
        ("gb200-superpod-2su", ()),
        ("gb200-superpod-2su@four-units", ()),
        ("dual-plane-512", ()),
    ],
)
def test_every_cable_is_routed_and_found_a_medium(name: str, sets: tuple[str, ...]) -> None:
    made = hall(name, *sets)
    rows = made.tables["fabrics"]
    assert rows["unreached"].to_list() == rows["unrouted"].to_list() == [0] * rows.height
    assert [f.message for f in made.findings if f.severity != "info"] == []


ONE_UNIT = (
    "racks.dgx.count=7", "racks.managers.unit=1", "floor.rows=3", "fabrics.oob.leaves=2", "fabrics.in-band.oversubscription=18:1",
)  # fmt: skip
TABLE_4 = [
    ("h100-superpod-4su", ONE_UNIT, (8, 4, 0, 252, 256, 0)),
    ("h100-superpod-3su", (), (24, 16, 0, 764, 768, 0)),
    ("h100-superpod-4su", (), (32, 16, 0, 1020, 1024, 0)),
]


@pytest.mark.parametrize(("name", "sets", "row"), TABLE_4, ids=["1su", "3su", "4su"])
def test_units_of_the_superpod(name: str, sets: tuple[str, ...], row: tuple[int, ...]) -> None:
    """Table 4: leaves, spines, cables with the 4 of UFM, cables from leaf to spine, of 1, 3 and 4 units that give up a system for UFM."""
    made = hall(name, *sets)
    assert counts(made, "compute") == row
    assert made.tables["summary"].row(by_predicate=pl.col("key") == "accelerators", named=True)["value"] == row[3] - 4
    assert made.tables["fabrics"]["unreached"].sum() == 0


def test_switches_of_the_bill() -> None:
    """Table 7: 48 QM9700 for compute, 16 for storage, 8 SN4600C, 8 SN2201, whose uplinks end in the in-band network."""
    made = hall("h100-superpod-4su")
    assert quantity(made, "compute", "switch") == {"nvidia/qm9700": 48}
    assert quantity(made, "storage", "switch") == {"nvidia/qm9700": 16}
    assert quantity(made, "in-band", "switch") == {"nvidia/sn4600c": 8}
    assert quantity(made, "oob", "switch") == {"nvidia/sn2201": 8}


def test_power_of_the_racks() -> None:
    """A rack of four systems: 40.8 kW (H100 data centre design guide), and nothing more for modules; ours has the cords' loss, under 0.1 %.

    Racks of switches take what the device table gives: 1.72 kW each of 64 QM9700, 466 W of 8 SN4600C, 98 W of 8 SN2201, and what is plugged into
    the latter two: modules of 100G are no part of their figures.
    """
    made = hall("h100-superpod-4su")
    racks = made.tables["hall_racks"]
    systems = racks.filter(pl.col("design_id") == 0)
    assert systems.height == 31
    assert systems["power_w"].to_list() == pytest.approx([40_800] * 31, rel=1e-3)
    assert systems["power_modules_w"].max() == 0
    of_switches = racks.filter(pl.col("design_id").is_null())
    own = (of_switches["power_w"] - of_switches["power_modules_w"]).sum()
    assert own == pytest.approx(64 * 1720 + 8 * 466 + 8 * 98)
    assert 0 < of_switches["power_modules_w"].sum() < 0.02 * own
    assert of_switches["mass_kg"].sum() > 64 * 14.8 + 2 * 8


def test_compute_cables_and_modules_of_the_bill() -> None:
    """Table 8: 1,536 modules in switches, half-used cages counted whole; 508 in systems; 2,040 fibres, and those of UFM.

    UFM: the bill has 4 single modules and 2 cables, split for half the speed; here its 4 links run at full speed from 2 twin-port modules.
    """
    made = hall("h100-superpod-4su")
    assert quantity(made, "compute", "transceiver") == {"nvidia/mma4z00-ns": 1536, "nvidia/mma4z00-ns-flt": 508 + 2}
    assert sum(quantity(made, "compute", "cable").values()) == 2040 + 4


def test_storage_cables_and_modules_of_the_bill() -> None:
    """Table 8: 494 NDR cables, 48 splitters of 2 x 200G, 369 modules in switches, 254 in systems.

    The counts close with 8 leaves of 24 uplinks for the systems (4:3) and 4 leaves of 12 for the storage (1:1): 254 + 192 + 48 = 494, and
    (254 + 2 x 240 + 4 of UFM) / 2 = 369. Our 4 links to UFM are NDR cables more; the 4 HDR modules of the bill have no place here.
    """
    made = hall("h100-superpod-4su")
    assert counts(made, "storage") == (8 + 4, 4, 0, 254 + 4 + 96, 192 + 48, 0)
    assert quantity(made, "storage", "transceiver") == {"nvidia/mma1z00-ns400": 254, "nvidia/mma4z00-ns": 369, "nvidia/mma4z00-ns-flt": 2}
    assert quantity(made, "storage", "cable") == {"cable/mfp7e10": 494 + 4, "cable/mfa7u10": 48}


def test_in_band_cables_of_the_bill() -> None:
    """Table 8: 254 optical cables of 200G to systems, 8 and 8 to head nodes and file servers, 24 from leaf to core, 6 between the leaves of a pair,
    16 uplinks of the out-of-band leaves.

    The 24 are optical in the bill; ours stand near enough for copper. The bill's 4 uplinks lead out of the hall, each from a CWDM4 module of ours.
    """
    made = hall("h100-superpod-4su")
    assert counts(made, "in-band") == (6, 2, 0, 254 + 16 + 16, 24, 0)
    tables = made.tables["fabric_cables"].filter(pl.col("fabric_id") == fabric(made, "in-band")["fabric_id"])
    assert tables.filter(pl.col("tier") == PEER).height == 6
    assert quantity(made, "in-band", "cable")["cable/aoc-200g-at-100g"] == 254
    assert quantity(made, "in-band", "transceiver") == {"generic/qsfp28-100g-cwdm4": 4}
    assert made.tables["outside_ports"]["leads_to"].to_list() == ["customer"] * 4


def test_out_of_band_cords_of_the_bill() -> None:
    """Table 8 has 317 cords: 127 systems, 64 + 8 switches, 8 managers, 108 PDUs, 2 between UFM appliances. Ours are 309: the 127, 72 and 8, and 102
    PDUs: 96 of the systems' racks as there, and 2 in each of three further racks, where the bill has 12 in those of switches and managers.
    """
    made = hall("h100-superpod-4su")
    cords = made.tables["fabric_cables"].filter((pl.col("fabric_id") == fabric(made, "oob")["fabric_id"]) & (pl.col("tier") == 0))
    switches = made.tables["fabric_switches"]["device_id"]
    of_switches = cords.filter(pl.col("a_device_id") >= switches.min())
    assert of_switches["a_device_id"].n_unique() == of_switches.height == 48 + 16 + 8
    assert cords.height == 127 + 72 + 8 + 96 + 2 * 3
    assert counts(made, "oob") == (8, 0, 0, 127 + 72 + 8 + 96 + 2 * 3, 0, 0)


def test_out_of_band_uplinks_end_in_the_in_band_network() -> None:
    """Two of each of 8 SN2201, from the first two of the 4 cages it has for uplinks that are last, `swp51` and `swp52`, to both leaves of a pair."""
    made = hall("h100-superpod-4su")
    sheet = pl.read_csv(dict(cut_sheets.files(made.tables))["cut-sheets/in-band.csv"]())
    up = sheet.filter(pl.col("a_device").str.starts_with("oob-leaf"))
    assert up.height == 16
    assert set(up["a_port"]) == {"swp51", "swp52"}
    assert up.group_by("a_device").agg(pl.col("b_device").n_unique())["b_device"].to_list() == [2] * 8
    stand = made.tables["fabric_switches"].join(made.tables["hall_racks"].select("rack_id", rack="name"), on="rack_id")
    both = up.join(stand.select(a_device="name", place="rack", unit="position_u"), on="a_device")
    assert both.filter((pl.col("a_rack") != pl.col("place")) | (pl.col("a_u") != pl.col("unit"))).is_empty()
    assert not [f for f in made.findings if f.code in ("NET302", "NET303", "NET304")]


def test_out_of_band_ports_reach_each_other_through_the_in_band_network() -> None:
    """Without its uplinks every leaf is an island: 39 ports, the most on one of them, are the largest part and the rest cannot reach it."""
    made = hall("h100-superpod-4su")
    t, oob = made.tables, fabric(made, "oob")["fabric_id"]
    (whole,) = planes(t, oob)
    assert (whole.graph.n, whole.graph.m) == (8 + 8, 16 + 24 + 6)
    assert not reach(whole.graph).unreachable.any()
    c = t["fabric_cables"]
    first = t["fabric_switches"]["device_id"].min()
    up = c.filter((pl.col("tier") == HOST) & (pl.col("a_device_id") >= first) & (pl.col("fabric_id") != oob))
    cut = up["link_id"].to_list()
    (apart,) = planes(t, oob, Failed(rows=frozenset(cut)))
    assert reach(apart.graph).unreachable.sum() == 309 - 39
    lost = t.put({"fabric_cables": c.filter(~pl.col("link_id").is_in(cut))})
    found = endpoint_unreachable.check(lost).row(0, named=True)
    assert (found["subject"], found["value"], found["limit"]) == ("oob", 309 - 39, 309)


def test_each_managed_switch_stands_where_its_cord_ends() -> None:
    """The cut sheet names rack, unit and port of both ends; a switch's management port is `mgmt`."""
    made = hall("h100-superpod-4su")
    sheet = dict(cut_sheets.files(made.tables))["cut-sheets/oob.csv"]()
    rows = pl.read_csv(sheet).filter(pl.col("a_port") == "mgmt")
    assert rows.height == 72
    racks = made.tables["hall_racks"].select("rack_id", rack="name")
    stand = made.tables["fabric_switches"].join(racks, on="rack_id").select(a_device="name", place="rack", unit="position_u")
    both = rows.join(stand, on="a_device")
    assert both.height == 72
    assert both.filter((pl.col("a_rack") != pl.col("place")) | (pl.col("a_u") != pl.col("unit"))).is_empty()


@pytest.mark.parametrize("name", ["h100-superpod-4su", "torus-4096", "dual-plane-512"])
def test_no_two_cables_have_one_key(name: str) -> None:
    """Links of one cable share its key, and a cable is of one fabric and tier; links apart have keys apart, and each its own leg."""
    cables = hall(name).tables["fabric_cables"]
    assert cables.group_by("key").agg(pl.struct("fabric_id", "tier").n_unique().alias("n"))["n"].max() == 1
    assert not cables.select("key", "leg").is_duplicated().any()
    oob = cables.filter(pl.col("fabric_id") == fabric(hall(name), "oob")["fabric_id"])
    assert oob["key"].n_unique() == oob.height


def test_torus_of_64_blocks() -> None:
    """Jouppi et al., ISCA 2023: 4,096 accelerators, 48 circuit switches with 128 ports in use, 96 optical links a block; inside it 3 x 48 of copper,
    which never leave their rack.
    """
    made = hall("torus-4096")
    cables = made.tables["fabric_cables"].filter(pl.col("fabric_id") == fabric(made, "ici")["fabric_id"])
    light, copper = cables.filter(pl.col("tier") == HOST), cables.filter(pl.col("tier") == TORUS)
    assert quantity(made, "ici", "switch") == {"generic/ocs-136": 48}
    assert (light.height, copper.height) == (64 * 96, 64 * 3 * 48)
    assert light.group_by("b_device_id").len()["len"].unique().to_list() == [128]
    assert set(copper["path_id"]) == {-1}
    assert copper["length_cut_mm"].max() < 3000
    ends = pl.concat([cables.select(d="a_device_id", p="a_port"), copper.select(d="b_device_id", p="b_port")])
    assert ends.height == ends.unique().height == 4096 * 6
    assert quantity(made, "ici", "transceiver") == {"generic/qsfp112-400g-fr4": 64 * 96}


@pytest.mark.parametrize(
    ("name", "units", "switches"), [("gb200-superpod-2su", 2, (64, 48, 18)), ("gb200-superpod-2su@four-units", 4, (128, 96, 36))]
)
def test_gb200_units_have_the_published_switches(name: str, units: int, switches: tuple[int, int, int]) -> None:
    """Leaves, spines and cores of 2 and 4 units of 576; a link of every accelerator's port on each tier."""
    ends = 576 * units
    assert counts(hall(name), "compute") == (*switches, ends, ends, ends)


def test_gb200_leaf_has_three_links_to_each_of_six_spines() -> None:
    """18 ports down, 18 up, 3 to each spine of the rail; a spine has 24 down and 24 up."""
    c = hall("gb200-superpod-2su").tables["fabric_cables"].filter(pl.col("fabric_id") == 0)
    pairs = c.filter(pl.col("tier") == 1).group_by("a_device_id", "b_device_id").len()
    assert set(pairs["len"]) == {3}
    assert set(pairs.group_by("a_device_id").len()["len"]) == {6}
    assert set(c.filter(pl.col("tier") == 2).group_by("a_device_id").len()["len"]) == {24}
    assert c.filter(pl.col("tier") == 1).group_by("b_device_id").agg(pl.col("rail").n_unique())["rail"].unique().to_list() == [1]


def test_two_planes_never_meet() -> None:
    """64 boxes of 8 ports: in each plane 8 leaves of 64 ports down and 64 up, and 4 spines of 128 ports; no switch is on both."""
    made = hall("dual-plane-512")
    assert counts(made, "backend") == (2 * 8, 2 * 4, 0, 2 * 512, 2 * 512, 0)
    c = made.tables["fabric_cables"].filter(pl.col("fabric_id") == fabric(made, "backend")["fabric_id"])
    ends = pl.concat([c.filter(pl.col("tier") > 0).select(d="a_device_id", p="plane"), c.select(d="b_device_id", p="plane")])
    assert ends.group_by("d").agg(pl.col("p").n_unique())["p"].unique().to_list() == [1]


def test_dual_homed_servers_have_two_leaves() -> None:
    made = hall("dual-plane-512")
    own = fabric(made, "frontend")["fabric_id"]
    c = made.tables["fabric_cables"].filter((pl.col("fabric_id") == own) & (pl.col("tier") == 0))
    assert set(c.group_by("a_device_id").agg(pl.col("b_device_id").n_unique())["b_device_id"]) == {2}


def test_eight_planes_of_two_tiers() -> None:
    """k = 512 ports: k leaves, k / 2 spines and k * k / 2 = 131,072 ends in each plane; 1,820 racks of 72 are 32 ends short of them."""
    k, ends = 512, 1820 * 72
    assert k * k // 2 - ends == 32
    made = hall("eight-plane")
    assert counts(made, "backend") == (8 * k, 8 * k // 2, 0, 8 * ends, 8 * k * k // 2, 0)
    assert fabric(made, "backend")["unreached"] == 0


def test_eight_planes_are_shuffles() -> None:
    """Both ends of every link are broken out over eight others, so eight cages and eight cages are one shuffle of 64 links.

    By hand: the 8,190 NICs of a rail and hall are dealt to 32 leaves of 32 cages down, 255 or 256 each, which take all 32 cages: 4 halls x 4 rails
    x 32 leaves x 32 cages of a plane are 16,384 shuffles, each with the cage of the same place in all eight planes. Up: 512 leaves x 256 links x
    8 planes / 64 = 16,384. One module in each NIC, and in all 64 cages of 4,096 leaves and 2,048 spines.
    """
    made = hall("eight-plane")
    assert quantity(made, "backend", "cable") == {"cable/shuffle-8x8-mpo16-os2": 16_384 + 16_384}
    assert fabric(made, "backend")["cables"] == 32_768
    assert quantity(made, "backend", "transceiver") == {
        "generic/osfp-800g-dr8-flt": 1820 * 72,
        "generic/osfp-800g-dr8": 64 * (4_096 + 2_048),
    }


def test_two_planes_are_fibres_of_their_own() -> None:
    """A NIC port and a leaf cage of two 400G legs have a connector for each: 1,024 fibres to the leaves. Between leaf and spine both links of a cage
    run to one cage, so near ones share a twin copper cable, and every such cable saves a fibre and two of the 24 x 64 modules of the switches.
    """
    made = hall("dual-plane-512", "network.spread=1")
    twin = sum(n for part, n in quantity(made, "backend", "cable").items() if part != "cable/mfp7e10")
    assert 0 < twin < 512
    assert quantity(made, "backend", "cable")["cable/mfp7e10"] == 2_048 - 2 * twin
    assert quantity(made, "backend", "transceiver") == {"nvidia/mma4z00-ns": 24 * 64 - 2 * twin, "nvidia/mma4z00-ns-flt": 512}


def test_the_campus_has_one_module_a_cage() -> None:
    """1,008 NICs of a rail and unit go to 16 leaves, 63 each in each of two planes, so the last cage of 32 down and of 32 up is half used; spines and
    cores are full. A module in all 64 cages of 16,384 leaves, 16,128 spines and 8,064 cores, and one in each NIC.
    """
    made = hall("campus-1gw")
    links = 16_384 * 63
    assert counts(made, "backend") == (16_384, 16_128, 8_064, links, links, links)
    assert fabric(made, "backend")["cables"] == 3 * links
    assert fabric(made, "backend")["cages_mixed"] == 0
    assert sum(quantity(made, "backend", "transceiver").values()) == links // 2 + 64 * (16_384 + 16_128 + 8_064)
