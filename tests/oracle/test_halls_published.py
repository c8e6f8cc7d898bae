"""Example halls compiled whole against published counts.

Sources: RA-11333-001 V11 (DGX H100 SuperPOD) tables 3, 4, 7 and 8; RA-11338-001 V01 (DGX GB200 SuperPOD), its table of switches. All counts are
exact. The formulas of fat trees (k ports: k * k / 2 ends, k leaves and k / 2 spines in two tiers) are textbook.
"""

from functools import cache
from pathlib import Path

import polars as pl
import pytest

from rackwright.flow.hall import compile_hall
from rackwright.flow.pipeline import Design

HALLS = Path(__file__).resolve().parents[2] / "examples" / "halls"

pytestmark = pytest.mark.oracle


@cache
def hall(name: str, *sets: str) -> Design:
    return compile_hall(str(HALLS / f"{name}.yaml"), as_of="2026-01-01", sets=sets)


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
        ("gb200-superpod-2su", ()),
        ("gb200-superpod-2su", ("racks.gpu.count=32", "floor.rows=8")),
        ("dual-plane-512", ()),
    ],
)
def test_every_cable_is_routed_and_found_a_medium(name: str, sets: tuple[str, ...]) -> None:
    rows = hall(name, *sets).tables["fabrics"]
    assert rows["unreached"].to_list() == rows["unrouted"].to_list() == [0] * rows.height


def test_127_systems_and_the_links_of_ufm() -> None:
    """Tables 3 and 4: 32 leaves, 16 spines, 1,020 cables with the 4 of UFM, 1,024 from leaf to spine."""
    made = hall("h100-superpod-4su")
    assert counts(made, "compute") == (32, 16, 0, 127 * 8 + 4, 1024, 0)
    assert made.tables["summary"].row(by_predicate=pl.col("key") == "accelerators", named=True)["value"] == 1016


def test_cables_and_modules_of_the_bill() -> None:
    """Table 8: 1,536 modules in switches, half-used cages counted whole; 508 in systems; 2,040 fibres, and those of UFM.

    UFM: the bill has 4 single modules and 2 cables, split for half the speed; here its 4 links run at full speed from 2 twin-port modules.
    """
    made = hall("h100-superpod-4su")
    assert quantity(made, "compute", "transceiver") == {"nvidia/mma4z00-ns": 1536, "nvidia/mma4z00-ns-flt": 508 + 2}
    assert sum(quantity(made, "compute", "cable").values()) == 2040 + 4


def test_management_of_127_systems() -> None:
    """Table 8: a patch cord a system. The bill's other 190 cords reach switches, PDUs and servers that are no endpoints here; 2 reach UFM."""
    made = hall("h100-superpod-4su")
    assert quantity(made, "oob", "cable")["cable/cat6"] == 127 + 2


@pytest.mark.parametrize(("units", "switches"), [(2, (64, 48, 18)), (4, (128, 96, 36))])
def test_gb200_units_have_the_published_switches(units: int, switches: tuple[int, int, int]) -> None:
    """Leaves, spines and cores of 2 and 4 units of 576; a link of every accelerator's port on each tier."""
    made = hall("gb200-superpod-2su", f"racks.gpu.count={8 * units}", f"floor.rows={2 * units}")
    ends = 576 * units
    assert counts(made, "compute") == (*switches, ends, ends, ends)


def test_gb200_leaf_has_three_links_to_each_of_six_spines() -> None:
    """18 ports down, 18 up, 3 to each spine of the rail; a spine has 24 down and 24 up."""
    c = hall("gb200-superpod-2su").tables["fabric_cables"]
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
