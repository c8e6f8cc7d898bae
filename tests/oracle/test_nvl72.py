"""GB200 NVL72 against what NVIDIA and its partners published. Sources: DGX GB200 user guide, DGX GB200 RA-11338-001 (18 links per GPU, one to
each of 18 chips), NVIDIA DPS device registry (6,667 W a tray), BCM power-shelf manual (8 x 33 kW), HPE QuickSpecs a50009224enw (132 kW = 115
liquid + 17 air), SemiAnalysis (about 2 miles of copper, 5,184 pairs in 4 cartridges)."""

import polars as pl
import pytest

from rackwright.flow.pipeline import Design, compile_file


@pytest.fixture(scope="module")
def nvl72(examples) -> Design:
    return compile_file(str(examples / "gb200-nvl72.yaml"), as_of="2026-11-22")


def test_every_accelerator_reaches_every_switch_chip_exactly_once(nvl72: Design) -> None:
    t = nvl72.tables
    links = t["links"].filter(pl.col("fabric") == "nvlink5")
    chip = t["ports"].select("port_id", "chip_id")
    ends = links.join(chip, left_on="a_port_id", right_on="port_id").join(chip, left_on="b_port_id", right_on="port_id", suffix="_b")
    assert links.height == 72 * 18 == 1296
    assert ends.select("chip_id", "chip_id_b").n_unique() == 1296
    assert ends.group_by("chip_id").len()["len"].unique().to_list() == [18]
    assert ends.group_by("chip_id_b").len()["len"].unique().to_list() == [72]


def test_pairs_and_cartridges(nvl72: Design) -> None:
    cables = nvl72.tables["cables"].filter(pl.col("kind") == "scale-up")
    assert cables["pairs"].sum() == nvl72.tables["pairs"].height == 5184
    assert cables.group_by("assembly").agg(pl.col("pairs").sum())["pairs"].to_list() == [1296] * 4


def test_copper_is_about_two_miles(nvl72: Design) -> None:
    """3,219 m within 15 %: the published figure is "about 2 miles"; connector positions are estimates."""
    assert nvl72.tables["pairs"]["length_cut_mm"].sum() / 1000 == pytest.approx(3219, rel=0.15)


def test_order_is_ten_compute_above_nine_switch_above_eight_compute(nvl72: Design) -> None:
    stack = nvl72.tables["devices"].filter(pl.col("role").is_in(["compute", "switch"])).sort("position_u")["role"].to_list()
    assert stack == ["compute"] * 8 + ["switch"] * 9 + ["compute"] * 10


def test_tray_power(nvl72: Design) -> None:
    trays = nvl72.tables["devices"].filter(pl.col("group") == "compute")
    assert trays.height == 18
    assert trays["power_max_w"].sum() == 18 * 6667 == pytest.approx(120_000, rel=1e-3)


def test_eight_shelves_are_derived(nvl72: Design) -> None:
    t = nvl72.tables
    count = t["inputs"].row(by_predicate=pl.col("path") == "power.shelves", named=True)
    assert (count["value"], count["origin"]) == (8, "derived")
    assert t["power_branches"].filter(pl.col("kind") == "shelf")["power_rated_w"].to_list() == [33_000.0] * 8


def test_heat_split(nvl72: Design) -> None:
    """132 kW at the feeds leave as 115 kW in the coolant and 17 kW in the air, converter losses included; 0.2 kW."""
    d = nvl72.tables["devices"]
    assert d["heat_liquid_w"].sum() / 1000 == pytest.approx(115, abs=0.2)
    assert d["heat_air_w"].sum() / 1000 == pytest.approx(17, abs=0.2)
    normal = nvl72.tables["power_case_states"].row(0, named=True)
    assert normal["input_w"] / 1000 == pytest.approx(132, abs=0.3)


def test_mass(nvl72: Design) -> None:
    """1,360 kg (3,000 lb) within 5 %; single masses are estimates."""
    assert nvl72.tables["masses"]["mass_kg"].sum() == pytest.approx(1360, rel=0.05)


def test_scale_up_bandwidth(nvl72: Design) -> None:
    """1.8 TB/s per accelerator and 130 TB/s per rack, both directions together."""
    links = nvl72.tables["links"].filter(pl.col("fabric") == "nvlink5")
    total = links["speed_gbps"].sum() * 2 / 8 / 1000
    assert total / 72 == pytest.approx(1.8, rel=1e-9)
    assert total == pytest.approx(130, rel=0.01)
