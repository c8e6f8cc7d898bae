"""Switches in their racks: whatever their heights, inside the frame and apart; and floors that have room for them as the messages say."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from rackwright.base.findings import DesignError, Finding
from rackwright.flow.compile import compile_text
from rackwright.rules.halls import RACK
from rackwright.schema.tables import Tables

HALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 5, places: 12, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 16}
unit: 8
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2, uplinks: 8}
  store: {topology: node-local, ports: [dgx.net], switch: nvidia/sn5600, homing: 2, tiers: 2}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("stand")
    (made / "rack.yaml").write_text(RACK, encoding="utf-8")
    return made


def built(folder: Path, text: str, **change: str) -> Tables:
    return compile_text(text, folder=folder, sets=[f"{path}={value}" for path, value in change.items()]).tables


def refused(folder: Path, text: str, sets: list[str]) -> Finding:
    with pytest.raises(DesignError) as caught:
        compile_text(text, folder=folder, sets=sets)
    (found,) = caught.value.findings
    return found


@pytest.mark.parametrize("units", [42, 13])
@pytest.mark.parametrize("tall", [3, 6, 7])
def test_switches_of_any_height_stand_inside_their_frame_and_apart(folder: Path, tall: int, units: int) -> None:
    """Heights by override; the SN5600 beside them have 2 units. Units 3 to 3 + units - 1 may be filled, each by one switch."""
    t = built(folder, HALL + f"network: {{units: {units}}}\noverrides: {{nvidia/qm9700: {{height_units: {tall}}}}}\n")
    height = pl.when(pl.col("part") == "nvidia/qm9700").then(tall).otherwise(2)
    taken = t["fabric_switches"].with_columns(unit=pl.int_ranges(pl.col("position_u"), pl.col("position_u") + height)).explode("unit")
    assert taken.select("rack_id", "unit").is_unique().all()
    assert taken["unit"].min() == 3
    assert taken["unit"].max() <= 3 + units - 1  # type: ignore[operator]


def test_few_units_are_filled_one_by_one(folder: Path) -> None:
    t = built(folder, HALL + "network: {units: 2}\n")
    assert t["fabric_switches"]["position_u"].max() <= 4  # type: ignore[operator]


def test_a_switch_that_no_rack_holds(folder: Path) -> None:
    found = refused(folder, HALL + "network: {units: 4}\noverrides: {nvidia/qm9700: {height_units: 6}}\n", [])
    assert (found.code, found.span.line) == ("MEC405", 8)
    assert "6 units tall, and switches may fill 4 of a switch rack: 2 too few" in found.message
    compile_text(HALL + "network: {units: 6}\noverrides: {nvidia/qm9700: {height_units: 6}}\n", folder=folder)


@pytest.mark.parametrize("network", ["start", "end", "middle", "rows"])
@pytest.mark.parametrize("kept", [0, 20])
def test_the_places_for_switches_that_the_message_gives_are_the_fewest(folder: Path, network: str, kept: int) -> None:
    sets = [f"floor.network={network}", "network.units=8", "floor.places=20", "floor.rows=4"]
    found = refused(folder, HALL, [*sets, f"floor.network_racks={kept}"])
    assert found.code == "MEC401"
    enough = int(found.help.split("`")[1].split()[1])
    compile_text(HALL, folder=folder, sets=[*sets, f"floor.network_racks={enough}"])
    assert refused(folder, HALL, [*sets, f"floor.network_racks={enough - 1}"]).code == "MEC401"


RAMP = "floor.keep_out=[{x: 3 m, y: 2 m, width: 2 m, depth: 1 m, because: ramp}]"


@pytest.mark.parametrize("sets", [["racks.dgx.count=60"], ["floor.network_racks=0"], ["floor.network_racks=12", RAMP]])
def test_the_sums_of_the_message_add_up(folder: Path, sets: list[str]) -> None:
    """Places less those taken and kept are the free ones; those short are the wanted less those there are."""
    wants, places = refused(folder, HALL, sets).message.split(": ")
    first, *less = [int(piece.split()[0]) for piece in places.split(", less ")]
    for want in wants.split("; "):
        wanted, there, short = [int(word) for word in want.split() if word.isdigit()]
        assert short == wanted - there > 0
        assert there == (first - sum(less) if "free" in want else 0)
