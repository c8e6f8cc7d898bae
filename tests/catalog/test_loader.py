"""The shipped catalogue, user folders, and facts of the user's own."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rackwright.base.findings import DesignError
from rackwright.catalog.facts import FactError, numbers
from rackwright.catalog.loader import Catalog, apply_overrides
from rackwright.catalog.part import Part
from rackwright.schema.kinds import kind_names, kind_schema

CATALOG = Catalog()
NAMES = CATALOG.names()
OWN = """part: nvidia/gb200-gpu
kind: accelerator
title: Mine
maker: Me
sources:
  lab: {title: Our lab, date: 2026-05-01, confidence: user}
facts:
  power_max: {value: 1 kW, from: lab}
"""


@pytest.fixture(params=NAMES)
def part(request: pytest.FixtureRequest) -> Part:
    return CATALOG.part(str(request.param))


def test_every_kind_has_a_part() -> None:
    assert {CATALOG.part(n).kind for n in NAMES} == set(kind_names())


def test_shipped_part_loads_with_its_required_facts(part: Part) -> None:
    required = {s.fact for s in kind_schema(part.kind).values() if s.is_required}
    assert required <= set(part.facts)
    assert part.title
    assert part.maker
    assert part.file == f"rackwright/catalog/parts/{part.name}.yaml"


def test_supplies_of_switches_are_its_power_ports() -> None:
    """Halls have facts of their switches and no ports of the catalogue."""
    switches = [CATALOG.part(n) for n in NAMES if CATALOG.part(n).kind == "switch"]
    for switch in switches:
        inlets = [(g.name, g.count, g.connector) for g in switch.ports if g.kind == "power"]
        many = switch.number("psu_count")
        assert inlets == ([("psu", many, switch.text("psu_connector"))] if many else []), switch.name
    assert {s.name for s in switches if s.text("hwsku")} == {"nvidia/sn2201", "nvidia/sn4600c", "nvidia/sn5600"}


def test_every_fact_says_where_it_is_from(part: Part) -> None:
    for fact in part.facts.values():
        assert fact.source, fact
        assert date.fromisoformat(fact.date) <= datetime.now(tz=UTC).date(), fact
        assert fact.confidence in ("read", "secondary", "estimated"), fact
        assert (fact.low or fact.value or 0) <= (fact.value or 0) <= (fact.high or fact.value or 0), fact


def test_ranges_and_derivations_are_explained(part: Part) -> None:
    """An estimate or a range without a word of why is no use to the person who has to replace it."""
    assert [f.name for f in part.facts.values() if not f.note and f.low is not None and f.confidence == "estimated"] == []


def test_shipped_prices_are_marked_as_estimates(part: Part) -> None:
    assert {f.confidence for f in part.facts.values() if f.name.startswith("price")} <= {"estimated"}


def test_contents_exist_and_carry_no_mass_twice(part: Part) -> None:
    """Mass of a part includes its contents, so contents never weigh more than the whole."""
    inside = sum(c.count * (CATALOG.part(c.part).number("mass") or 0) for c in part.contains)
    assert inside <= (part.number("mass") or 0) or not part.contains


def test_contents_of_trays_fit_their_power(part: Part) -> None:
    """Accelerators, NICs, DPUs and switch chips of a device draw less than the device; CPUs share a superchip's budget and are left out."""
    parts = [(c.count, CATALOG.part(c.part)) for c in part.contains]
    inside = sum(n * (p.number("power_max") or 0) for n, p in parts if p.kind in ("accelerator", "nic", "dpu", "switch-chip"))
    whole = part.number("power_max")
    assert whole is None or inside <= whole


def test_parts_are_read_one_by_one(tmp_path: Path) -> None:
    """A broken neighbour does not matter until someone asks for it."""
    (tmp_path / "me").mkdir()
    (tmp_path / "me" / "broken.yaml").write_text("part: [", encoding="utf-8")
    catalog = Catalog([tmp_path])
    assert catalog.part("nvidia/gb200-gpu").maker == "NVIDIA"
    assert "me/broken" in catalog.names()
    with pytest.raises(DesignError, match="BOM001"):
        catalog.part("me/broken")


def test_own_parts_win_over_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "nvidia").mkdir()
    (tmp_path / "nvidia" / "gb200-gpu.yaml").write_text(OWN, encoding="utf-8")
    mine = Catalog([tmp_path]).part("nvidia/gb200-gpu")
    assert (mine.title, mine.number("power_max"), mine.facts["power_max"].confidence) == ("Mine", 1000.0, "user")
    assert mine.file == f"{tmp_path}/nvidia/gb200-gpu.yaml"
    assert CATALOG.part("nvidia/gb200-gpu").number("power_max") == 1200


@pytest.mark.parametrize("name", ["nvidia/no-such", "nvidia", "../loader", "nvidia/../nvidia/gb200-gpu", "/etc/passwd", "nvidia/GB200-gpu", ""])
def test_unknown_names_are_key_errors(name: str) -> None:
    with pytest.raises(KeyError):
        CATALOG.part(name)


def test_close_names() -> None:
    assert CATALOG.close("nvidia/gb200-compute-try")[0] == "nvidia/gb200-compute-tray"
    assert CATALOG.close("nvidia/hpr-33kw")[0] == "ocp/hpr-33kw"
    assert CATALOG.close("zzzzzzzz") == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DesignError) as caught:
        Catalog([tmp_path / "gone"])
    assert caught.value.findings[0].message == f"there is no folder `{tmp_path / 'gone'}` to take parts from"


def test_overrides_are_the_users() -> None:
    shelf = CATALOG.part("ocp/hpr-33kw")
    mine = apply_overrides(shelf, {"mass": "66 lb", "origin_country": "US", "psu_count": "5"}, "rack.yaml:9:5")
    fact = mine.facts["mass"]
    assert fact.value == pytest.approx(29.937, abs=1e-3)
    assert (fact.text, fact.unit, fact.low, fact.high, fact.source, fact.confidence) == ("66 lb", "kg", None, None, "your spec", "user")
    assert fact.note == "set at rack.yaml:9:5; the catalogue says 30 kg"
    assert mine.text("origin_country") == "US"
    assert mine.number("psu_count") == 5
    assert shelf.number("mass") == 30


@pytest.mark.parametrize(
    ("fact", "text", "message"),
    [
        ("mas", "3 kg", "`mas` is not a fact of a power-shelf; did you mean `mass`?"),
        ("colour", "red", "`colour` is not a fact of a power-shelf"),
        ("mass", "3", "`3` has no unit"),
        ("mass", "3 W", "`3 W` is in `W`, but "),
        ("mass", "-3 kg", "`-3 kg` is below 0 kg, the least `mass` may be"),
        ("efficiency", "120 %", "`120 %` is above 100 %, the most `efficiency` may be"),
        ("psu_count", "2.5", "a whole number is wanted for `psu_count`, not `2.5`"),
        ("origin_country", " ", "`origin_country` is empty"),
    ],
)
def test_overrides_that_do_not_fit(fact: str, text: str, message: str) -> None:
    with pytest.raises(FactError) as caught:
        apply_overrides(CATALOG.part("ocp/hpr-33kw"), {fact: text}, "rack.yaml:9:5")
    assert str(caught.value).startswith(message)
    assert caught.value.fact == fact


def test_coolant_rows_are_physical() -> None:
    for name in ("coolant/pg25", "coolant/apg25", "coolant/water"):
        rows = {k: numbers(CATALOG.part(name).text(k)) for k in ("temperature", "density", "cp", "viscosity")}
        assert rows["temperature"] == [float(t) for t in range(10, 71, 5)]
        assert rows["density"] == sorted(rows["density"], reverse=True)
        assert rows["viscosity"] == sorted(rows["viscosity"], reverse=True)
