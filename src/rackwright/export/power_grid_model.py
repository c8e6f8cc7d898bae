"""The power chain as input of power-grid-model: `json_deserialize` reads it, `calculate_power_flow` gives the voltages of our load flow.

Serialisation format 1.0, rows as lists under the attributes named once. What is no component there is written as what it does to the flow:

- A converter (UPS, rectifier) is a load where it draws and a source at its output. Its losses are those of our load flow.
- DC is three-phase without reactance: voltage pole to pole, resistance out and back. Currents are 1/sqrt(3) of the DC currents; loading is right.
  Sources of DC have an `rx_ratio` of 1e6: with the one that power-grid-model takes unless told otherwise voltages would be volts off.
- Branches without impedance are links. Alternatives (ties, second inputs, bypasses, generators) are open at both ends.
- No-load losses of anything but transformers are shunts.

The second file says what each id is: ids count on through nodes, branches, inputs of converters, loads, sources and shunts.

Reads what `chain` reads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from rackwright.export import cells, chain
from rackwright.export.chain import Array, Chain
from rackwright.export.only import Only
from rackwright.schema.tables import Tables

TITLE = "Input for power-grid-model"
FOR = "power-grid-model"
NEEDS = "power"
OF = ("hall",)
CHOICES = ()
_STIFF_VA = 1e20  # short-circuit power of a source that holds its voltage: ours has its impedance in a branch
_RX_AC, _RX_DC = 0.1, 1e6
_UNRATED_A = 1e9
_PLAIN = ("winding_from", "winding_to", "clock", "tap_side", "tap_pos", "tap_min", "tap_max")  # of a transformer: star-star, no taps
_WHOLE = ("id", "node", "from_node", "to_node", "status", "from_status", "to_status", "type", *_PLAIN)


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`power-grid-model.json` and `power-grid-model-ids.csv`. Raises ChoiceError."""
    chain.needed(t, "power-grid-model", only)
    yield "power-grid-model.json", partial(network, t)
    yield "power-grid-model-ids.csv", partial(names, t)


def network(t: Tables) -> bytes:
    """The input data set. Raises ChoiceError."""
    made = {name: rows for name, rows in _components(chain.in_service(t)).items() if rows.height}
    data = {
        "version": "1.0", "type": "input", "is_batch": False,
        "attributes": {name: [x for x in rows.columns if x != "name"] for name, rows in made.items()},
        "data": {name: rows.drop("name").rows() for name, rows in made.items()},
    }  # fmt: skip
    return json.dumps(data, allow_nan=False).encode()


def names(t: Tables) -> bytes:
    """What every id is: component and name in our tables. Raises ChoiceError."""
    found = [rows.select("id", pl.lit(name).alias("component"), "name") for name, rows in _components(chain.in_service(t)).items() if rows.height]
    return cells.csv(pl.concat(found).sort("id"))


def _components(c: Chain) -> dict[str, pl.DataFrame]:
    n, m = c.nodes.height, c.branches.height
    loads, converters, sources = np.flatnonzero(c.load_va), np.flatnonzero(c.input_va), np.flatnonzero(c.is_source)
    drawn = np.concatenate((c.input_va[converters], c.load_va[loads]))
    from_id = n + 2 * m
    return {
        "node": c.nodes.select(pl.col("node_id").alias("id"), "name", u_rated="voltage_nominal_v"),
        **_ways(c, n),
        "sym_load": _frame({
            "id": np.concatenate((n + m + converters, from_id + loads)),
            "name": pl.concat([c.branches["name"].gather(converters), c.nodes["name"].gather(loads)]),
            "node": np.concatenate((c.a[converters], loads)), "status": np.ones(drawn.size), "type": np.zeros(drawn.size),
            "p_specified": drawn.real, "q_specified": drawn.imag,
        }),
        "source": _frame({
            "id": from_id + n + sources, "name": c.nodes["name"].gather(sources), "node": sources, "status": np.ones(sources.size),
            "u_ref": np.ones(sources.size), "sk": np.full(sources.size, _STIFF_VA), "rx_ratio": np.where(c.is_ac[sources], _RX_AC, _RX_DC),
        }),
        "shunt": _shunts(c, from_id + 2 * n),
    }  # fmt: skip


def _frame(columns: Mapping[str, Any]) -> pl.DataFrame:
    """Columns as a frame; ids, nodes, states and choices are whole numbers."""
    return pl.DataFrame(columns).with_columns(pl.col(x).cast(pl.Int32) for x in _WHOLE if x in columns)


def _ways(c: Chain, first: int) -> dict[str, pl.DataFrame]:
    """Branches but converters in service: transformers where voltages differ, links where there is no impedance, else lines."""
    r, x = c.number("resistance_ohm"), c.number("reactance_ohm")
    is_unit = (c.volts[c.a] != c.volts[c.b]) & ~c.is_converter
    is_bare = (np.hypot(r, x) == 0) & ~is_unit & ~c.is_converter
    wires = np.flatnonzero(~is_unit & ~is_bare & ~c.is_converter)
    rated = c.number("current_rated_a")[wires] / np.where(c.is_ac[c.b[wires]], 1.0, np.sqrt(3.0))
    lines = {"r1": r[wires], "x1": x[wires], "c1": np.zeros(wires.size), "tan1": np.zeros(wires.size)}
    return {
        "line": _frame(_ends(c, wires, first) | lines | {"i_n": np.where(np.isnan(rated), _UNRATED_A, rated)}),
        "transformer": _transformers(c, np.flatnonzero(is_unit), first),
        "link": _frame(_ends(c, np.flatnonzero(is_bare), first)),
    }


def _ends(c: Chain, at: Array, first: int) -> dict[str, Any]:
    status = c.is_closed[at]
    ends = {"from_node": c.a[at], "to_node": c.b[at], "from_status": status, "to_status": status}
    return {"id": first + at, "name": c.branches["name"].gather(at), **ends}


def _transformers(c: Chain, at: Array, first: int) -> pl.DataFrame:
    r, x = c.number("resistance_ohm")[at], c.number("reactance_ohm")[at]
    rated, loss = c.number("power_rated_va")[at], c.number("loss_no_load_w")[at]
    rated = np.where(np.isnan(rated), 1e6, rated)
    share = rated / c.volts[c.b[at]] ** 2
    none = dict.fromkeys((*_PLAIN, "tap_size"), np.zeros(at.size))
    size = {"u1": c.volts[c.a[at]], "u2": c.volts[c.b[at]], "sn": rated, "uk": np.hypot(r, x) * share, "pk": r * share * rated}
    return _frame(_ends(c, at, first) | size | {"i0": loss / rated, "p0": loss} | none)


def _shunts(c: Chain, first: int) -> pl.DataFrame:
    """Half of a no-load loss at either end of what is in service and no transformer."""
    loss = c.number("loss_no_load_w")
    at = np.flatnonzero((loss > 0) & c.is_normal & ~c.is_converter & (c.volts[c.a] == c.volts[c.b]))
    node, ones = np.concatenate((c.a[at], c.b[at])), np.ones(2 * at.size)
    admittance = {"g1": np.tile(loss[at] / 2, 2) / c.volts[node] ** 2, "b1": 0 * ones}
    names = c.branches["name"].gather(np.tile(at, 2))
    return _frame({"id": first + np.arange(2 * at.size), "name": names, "node": node, "status": ones, **admittance})
