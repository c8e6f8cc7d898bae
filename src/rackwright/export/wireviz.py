"""WireViz: power whips, cords and pigtails of a rack as harnesses, conductor by conductor.

Pins are conductors with their names, not cavities of a connector, which nobody here knows. What a cable has at its supply and at its device is what
its part has. Designators are `X1`, `W1`, as names on labels may hold what WireViz reads as a range or a template.

Source: docs/syntax.md of wireviz, read 2026-11-23.

Reads cables, part_facts, racks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export.only import Only
from rackwright.schema.tables import Tables

TITLE = "WireViz harnesses of power whips and cords"
FOR = "WireViz"
NEEDS = "power-cables"
OF = ("rack",)
CHOICES = ()
CONDUCTORS = {2: ("+", "-"), 3: ("L", "N", "PE"), 4: ("L1", "L2", "L3", "PE"), 5: ("L1", "L2", "L3", "N", "PE")}


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`power.wireviz.yml` of a rack with any power cable."""
    own = t["cables"].filter(pl.col("medium") == "power")
    if own.height:
        yield "power.wireviz.yml", partial(harnesses, t, own.sort("cable_id"))


def conductors(connector: str) -> tuple[str, ...]:
    """Names of the conductors behind a connector at the supply: by its wires (`iec60309-60a-5w`), three of an IEC 60320 one, two of DC."""
    wires = re.search(r"(\d)w$", connector)
    return CONDUCTORS[int(wires[1]) if wires and int(wires[1]) in CONDUCTORS else 3 if re.fullmatch(r"c\d\d", connector) else 2]


def harnesses(t: Tables, cables: pl.DataFrame) -> bytes:
    """The document of some cables of a rack: two connectors and a cable for each."""
    facts = {(p, f): x for p, f, x in t["part_facts"].select("part", "fact", "text").iter_rows()}
    parts: dict[str, list[str]] = {"connectors": [], "cables": [], "connections": []}
    columns = ("label", "part", "a_end", "b_end", "length_cut_mm", "length_stock_mm")
    for i, (label, part, device, supply, cut, stock) in enumerate(cables.select(columns).iter_rows(), 1):
        plugs = [facts.get((part, f"connector_{s}"), "terminal") for s in "ab"]
        pins = conductors(plugs[0])
        for n, name, plug in ((2 * i - 1, supply, plugs[0]), (2 * i, device, plugs[1])):
            parts["connectors"].append(_item(f"X{n}", {"type": plug, "pincount": len(pins), "pinlabels": list(pins), "notes": name}))
        rating = facts.get((part, "current_rated"), "")
        about = {"type": part, "wirecount": len(pins), "wirelabels": list(pins), "length": f"{(cut if stock is None else stock) / 1000:g} m"}
        parts["cables"].append(_item(f"W{i}", {**about, "notes": f"{label} {rating}".strip()}))
        every = f"[1-{len(pins)}]"
        parts["connections"].append(f"  - [{{X{2 * i - 1}: {every}}}, {{W{i}: {every}}}, {{X{2 * i}: {every}}}]\n")
    head = f"metadata:\n  title: {json.dumps(t['racks']['name'][0])}\n" if t["racks"].height else ""
    return (head + "".join(f"{key}:\n{''.join(lines)}" for key, lines in parts.items())).encode()


def _item(key: str, values: dict[str, object]) -> str:
    """A line of YAML with the values as JSON has them."""
    return f"  {key}: {json.dumps(values, ensure_ascii=True)}\n"
