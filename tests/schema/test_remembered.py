"""What was derived from tables is taken over where all that it looked at is the same, whatever way it looked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from rackwright.schema.parts import Ask, Part, Parts
from rackwright.schema.remembered import Remembered
from rackwright.schema.tables import Tables, frame

INPUTS = [
    {"path": "hall", "value": None, "text": "h", "unit": "", "origin": "written", "description": "", "src": 0},
    {"path": "power.crest", "value": 1.5, "text": "1.5", "unit": "", "origin": "written", "description": "", "src": 1},
    {"path": "powerful", "value": 2.0, "text": "2", "unit": "", "origin": "written", "description": "", "src": 2},
]
SUM = Ask("sum", (), int, lambda t: None, lambda rows, first, context: int(rows["x"].sum()))


def tables(
    crest: float = 1.5, racks: int = 4, mass: float = 10.0, links: tuple[int, ...] = (1, 2), fact: float = 7.0
) -> dict[str, pl.DataFrame | Parts]:
    inputs = [dict(r, value=crest) if r["path"] == "power.crest" else r for r in INPUTS]
    return {
        "inputs": frame("inputs", inputs),
        "designs": pl.DataFrame({"design_id": [0, 1], "racks": [racks, 2], "mass_kg": [mass, 3.0]}),
        "fabric_cables": Parts([PARTS.setdefault(n, Part(pl.DataFrame({"x": [n]}), 1)) for n in links]),
        "part_facts": frame("part_facts", [{"part": "p", "fact": "mass", "value": fact, "unit": "kg"}]),
    }


PARTS: dict[int, Part] = {}
LOOKS: dict[str, tuple[Callable[[Tables], Any], dict[str, Any], dict[str, Any]]] = {
    # how it looks, what concerns it, what does not
    "a table": (lambda t: t["designs"]["racks"].sum(), {"racks": 5}, {"crest": 2.0}),
    "columns": (lambda t: t.columns("designs", "racks").sum().item(), {"racks": 5}, {"mass": 11.0}),
    "an input": (lambda t: t.input("power.crest"), {"crest": 2.0}, {"racks": 5}),
    "whether there is an input": (lambda t: t.asks("power.crest"), {}, {"crest": 2.0}),
    "inputs below": (lambda t: t.inputs_of("power")["value"].to_list(), {"crest": 2.0}, {"racks": 5}),
    "answers": (lambda t: sum(t.asked("fabric_cables", SUM)), {"links": (1, 3)}, {"mass": 11.0}),
    "parts": (lambda t: len(t.parts("fabric_cables").each), {"links": (1,)}, {"mass": 11.0}),
    "height": (lambda t: t.height("fabric_cables"), {"links": (1,)}, {"links": (1, 3)}),
    "a fact": (lambda t: t.fact("p", "mass"), {"fact": 8.0}, {"mass": 11.0}),
    "facts": (lambda t: t.facts("mass")["mass"].to_list(), {"fact": 8.0}, {"mass": 11.0}),
    "what there is": (lambda t: sorted(t), {}, {"mass": 11.0}),
    "further derived": (lambda t: t.derived(halved), {"racks": 6}, {"racks": 5}),
    "tables put over": (lambda t: t.put({"designs": t["designs"].head(1)})["designs"].height, {"mass": 11.0}, {}),
}


def halved(t: Tables) -> int:
    return int(t["designs"]["racks"][0]) // 2


@pytest.mark.parametrize("name", LOOKS)
def test_it_is_made_again_only_where_what_it_saw_changed(name: str) -> None:
    look, concerns, other = LOOKS[name]
    calls = []

    def make(t: Tables) -> Any:
        calls.append(look(t))
        return calls[-1]

    first = Remembered(tables())
    assert first.derived(make) == first.derived(make) == look(Tables(tables()))
    assert len(calls) == 1
    after = Remembered(tables(**other), first)
    assert after.derived(make) == look(Tables(tables(**other)))
    assert len(calls) == 1 + (name == "tables put over")
    if concerns:
        last = Remembered(tables(**concerns), after)
        assert last.derived(make) == look(Tables(tables(**concerns)))
        assert len(calls) == 2 + (name == "tables put over")


def test_a_result_that_comes_out_the_same_concerns_nobody() -> None:
    calls = []

    def low(t: Tables) -> np.ndarray[Any, Any]:
        return np.minimum(t["designs"]["racks"].to_numpy(), 3)

    def high(t: Tables) -> int:
        calls.append(1)
        return int(t.derived(low).sum())

    first = Remembered(tables(racks=4))
    second = Remembered(tables(racks=5), first)
    assert first.derived(high) == second.derived(high) == 5
    assert len(calls) == 1
    third = Remembered(tables(racks=1), second)
    assert third.derived(high) == 3
    assert len(calls) == 2


def test_tables_that_say_the_same_are_the_same() -> None:
    first = Remembered(tables())
    second = Remembered(tables(racks=5), first)
    assert second["inputs"] is first["inputs"]
    assert second.parts("fabric_cables") is first.parts("fabric_cables")
    assert second["designs"] is not first["designs"]
    put = [t.put({"inputs": t["inputs"].head(1)}) for t in (first, second)]
    assert put[0]["inputs"] is put[1]["inputs"]
    assert put[0]["designs"] is first["designs"]
