"""The other example racks against published figures. Sources: AMD Helios at Hot Chips 2026 and electronicdesign (72 x 28.8 Tb/s, 216 NICs of
800G, 245 kW, 44 OU); SemiAnalysis 2026-08-25 on the Broadcom-Ethernet custom rack (128 accelerators, 16 trays); RA-11333-001 V11 (DGX H100:
10.2 kW, 1,105 CFM, 130.45 kg, 96 PDUs for 32 racks of four)."""

import polars as pl
import pytest

from rackwright.flow.pipeline import Design, compile_file


@pytest.fixture(scope="module")
def helios(examples) -> Design:
    return compile_file(str(examples / "helios-72.yaml"), as_of="2026-11-22")


@pytest.fixture(scope="module")
def custom(examples) -> Design:
    return compile_file(str(examples / "custom-128.yaml"), as_of="2026-11-22")


@pytest.fixture(scope="module")
def dgx(examples) -> Design:
    return compile_file(str(examples / "dgx-h100-x4.yaml"), as_of="2026-11-22")


def count(design: Design, kind: str) -> int:
    return design.tables["chips"].filter(pl.col("kind") == kind).height


def test_helios_bandwidth(helios: Design) -> None:
    """28.8 Tb/s per accelerator both ways, 259.2 TB/s per rack; switch lanes used stay within 12 x 512."""
    t = helios.tables
    links = t["links"].filter(pl.col("fabric") != "management")
    assert count(helios, "accelerator") == 72
    assert links["speed_gbps"].sum() * 2 / 72 == pytest.approx(28_800)
    assert links["speed_gbps"].sum() * 2 / 8 / 1000 == pytest.approx(259.2)
    chip = t["ports"].select("port_id", "chip_id")
    lanes = links.join(chip, left_on="b_port_id", right_on="port_id").group_by("chip_id").agg(pl.col("lanes").sum())
    assert lanes.height == 12
    assert lanes["lanes"].max() <= 512


def test_helios_counts_and_power(helios: Design) -> None:
    """216 NICs; 245 kW of IT load, the upper published figure, within 1 %."""
    assert count(helios, "nic") == 216
    assert helios.tables["devices"]["power_max_w"].sum() == pytest.approx(245_000, rel=0.01)


def test_helios_mass(helios: Design) -> None:
    """2,600 kg estimated, 7,000 lb (3,175 kg) in the press."""
    assert 2500 <= helios.tables["masses"]["mass_kg"].sum() <= 3200


def test_custom_counts(custom: Design) -> None:
    trays = custom.tables["devices"].filter(pl.col("group") == custom.spec.scale_up.accelerators)
    assert (count(custom, "accelerator"), trays.height) == (128, 16)
    links = custom.tables["links"].filter(pl.col("fabric") != "management")
    chip = custom.tables["ports"].select("port_id", "chip_id")
    reach = links.join(chip, left_on="a_port_id", right_on="port_id").join(chip, left_on="b_port_id", right_on="port_id", suffix="_b")
    assert reach.group_by("chip_id").agg(pl.col("chip_id_b").n_unique())["chip_id_b"].unique().to_list() == [8]


def test_dgx_power_air_and_pdus(dgx: Design) -> None:
    d = dgx.tables["devices"]
    boxes = d.filter(pl.col("part") == "nvidia/dgx-h100")
    assert boxes["power_max_w"].sum() == pytest.approx(40_800)
    assert boxes["mass_kg"].to_list() == [130.45] * 4
    assert d.filter(pl.col("role") == "pdu").height == 96 // 32
    assert d["heat_liquid_w"].sum() == 0
    cfm = boxes["air_flow_m3_s"].sum() / 4.719474432e-4
    rise = dgx.tables.input("cooling.air_rise")
    assert cfm * rise / 4 == pytest.approx(1105 * 16.2, rel=0.1)
