"""The power chain as a network for pandapower: `pandapower.from_json` loads it, `runpp` gives the voltages of our load flow.

Network format 3.0.0, which later releases bring up to date as they load it. Transformers are solved as pi, which the file itself asks for
(`user_pf_options`). What pandapower has no element for is written as what it does to the flow:

- A converter (UPS, rectifier) is a load where it draws and an `ext_grid` at its output. Its losses are those of our load flow.
- DC is three-phase without reactance: voltage pole to pole, resistance out and back. Currents are 1/sqrt(3) of the DC currents; loading is right.
- Alternatives (ties, second inputs, bypasses, generators) are out of service; those without impedance are open switches.
- No-load losses of anything but transformers are shunts.

Reads what `chain` reads, and inputs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from rackwright.export import chain
from rackwright.export.chain import Array, Chain
from rackwright.export.only import Only
from rackwright.schema.tables import Tables

TITLE = "Network for pandapower"
FOR = "pandapower"
NEEDS = "power"
OF = ("hall",)
CHOICES = ()
_FORMAT = "3.0.0"
_DTYPES = {pl.String: "object", pl.Float64: "float64", pl.Boolean: "bool", pl.UInt32: "uint32", pl.Int64: "int64"}
_UNRATED_KA = 99_999.0  # pandapower's own word for a line without a limit


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`pandapower.json`. Raises ChoiceError."""
    chain.needed(t, "pandapower-json", only)
    yield "pandapower.json", partial(network, t)


def network(t: Tables) -> bytes:
    """The network; ids of buses are those of `supply_nodes`, names those of our tables. Raises ChoiceError."""
    c = chain.in_service(t)
    tables = {"bus": _buses(c), "ext_grid": _sources(c), "load": _loads(c), **_ways(c), "shunt": _shunts(c)}
    net: dict[str, object] = {name: _table(rows) for name, rows in tables.items()}
    net |= {"version": _FORMAT, "format_version": _FORMAT, "name": t.input_text("hall"), "f_hz": 50.0, "sn_mva": 1.0}
    net["user_pf_options"] = {"trafo_model": "pi", "init": "flat", "tolerance_mva": 1e-9, "max_iteration": 30}
    return json.dumps({"_module": "pandapower.auxiliary", "_class": "pandapowerNet", "_object": net}, ensure_ascii=False, allow_nan=False).encode()


def _table(rows: pl.DataFrame) -> Mapping[str, object]:
    """A data frame as pandapower writes it: pandas' `split` form as text, with dtypes."""
    data = {"columns": rows.columns, "index": list(range(rows.height)), "data": rows.rows()}
    return {
        "_module": "pandas.core.frame",
        "_class": "DataFrame",
        "_object": json.dumps(data, ensure_ascii=False, allow_nan=False),
        "orient": "split",
        "dtype": {name: _DTYPES[type(dtype)] for name, dtype in rows.schema.items()},
        "is_multiindex": False,
        "is_multicolumn": False,
    }


def _frame(columns: Mapping[str, Any], index: tuple[str, ...]) -> pl.DataFrame:
    """Columns as a frame; those named in `index` are ids of buses."""
    return pl.DataFrame(columns).with_columns(pl.col(name).cast(pl.UInt32) for name in index)


def _buses(c: Chain) -> pl.DataFrame:
    text = pl.lit(None, pl.String)
    return c.nodes.select("name", vn_kv=pl.col("voltage_nominal_v") / 1e3, type=pl.lit("b"), zone=text, in_service=pl.lit(value=True), geo=text)


def _sources(c: Chain) -> pl.DataFrame:
    at = np.flatnonzero(c.is_source)
    ones = np.ones(at.size)
    fixed = {"vm_pu": ones, "va_degree": 0 * ones, "slack_weight": ones, "in_service": ones > 0, "controllable": ones > 0}
    return _frame({"name": c.nodes["name"].gather(at), "bus": at, **fixed}, ("bus",))


def _loads(c: Chain) -> pl.DataFrame:
    """What feeds draw at their nodes, then what converters draw."""
    feeds, inputs = np.flatnonzero(c.load_va), np.flatnonzero(c.input_va)
    power = np.concatenate((c.load_va[feeds], c.input_va[inputs])) / 1e6
    names = pl.concat([c.nodes["name"].gather(feeds), c.branches["name"].gather(inputs)])
    none = np.zeros(power.size)
    shares = {f"const_{kind}_{part}_percent": none for part in "pq" for kind in "zi"}
    columns = {"name": names, "bus": np.concatenate((feeds, c.a[inputs])), "p_mw": power.real, "q_mvar": power.imag, **shares}
    return _frame({**columns, "scaling": none + 1, "in_service": none == 0, "type": ["wye"] * power.size}, ("bus",))


def _ways(c: Chain) -> dict[str, pl.DataFrame]:
    """Branches but converters: transformers where voltages differ, switches where there is no impedance, else lines."""
    ohm = np.hypot(c.number("resistance_ohm"), c.number("reactance_ohm"))
    is_unit = (c.volts[c.a] != c.volts[c.b]) & ~c.is_converter
    is_bare = (ohm == 0) & ~is_unit & ~c.is_converter
    wires = np.flatnonzero(~is_unit & ~is_bare & ~c.is_converter)
    return {"line": _lines(c, wires), "trafo": _transformers(c, np.flatnonzero(is_unit), ohm), "switch": _switches(c, np.flatnonzero(is_bare))}


def _lines(c: Chain, at: Array) -> pl.DataFrame:
    ones = np.ones(at.size)
    rated = c.number("current_rated_a")[at] / 1e3 / np.where(c.is_ac[c.b[at]], 1.0, np.sqrt(3.0))
    columns = {
        "name": c.branches["name"].gather(at), "std_type": c.branches["part"].gather(at), "from_bus": c.a[at], "to_bus": c.b[at], "length_km": ones,
        "r_ohm_per_km": c.number("resistance_ohm")[at], "x_ohm_per_km": c.number("reactance_ohm")[at], "c_nf_per_km": 0 * ones,
        "g_us_per_km": 0 * ones, "max_i_ka": np.where(np.isnan(rated), _UNRATED_KA, rated), "df": ones, "parallel": ones,
        "type": c.branches["kind"].gather(at), "in_service": c.is_closed[at], "geo": pl.repeat(None, at.size, dtype=pl.String, eager=True),
    }  # fmt: skip
    return _frame(columns, ("from_bus", "to_bus", "parallel"))


def _transformers(c: Chain, at: Array, ohm: Array) -> pl.DataFrame:
    ones, low = np.ones(at.size), c.volts[c.b[at]]
    rated = c.number("power_rated_va")[at]
    rated = np.where(np.isnan(rated), 1e6, rated)
    loss = c.number("loss_no_load_w")[at]
    columns = {
        "name": c.branches["name"].gather(at), "std_type": c.branches["part"].gather(at), "hv_bus": c.a[at], "lv_bus": c.b[at],
        "sn_mva": rated / 1e6, "vn_hv_kv": c.volts[c.a[at]] / 1e3, "vn_lv_kv": low / 1e3, "vk_percent": 100 * ohm[at] * rated / low**2,
        "vkr_percent": 100 * c.number("resistance_ohm")[at] * rated / low**2, "pfe_kw": loss / 1e3, "i0_percent": 100 * loss / rated,
        "shift_degree": 0 * ones, "parallel": ones, "df": ones, "in_service": c.is_normal[at], "tap_dependency_table": ones < 0, "oltc": ones < 0,
    }  # fmt: skip
    return _frame(columns, ("hv_bus", "lv_bus", "parallel"))


def _switches(c: Chain, at: Array) -> pl.DataFrame:
    rated = c.number("current_rated_a")[at] / 1e3
    columns = {
        "bus": c.a[at].astype(np.int64), "element": c.b[at].astype(np.int64), "et": ["b"] * at.size, "type": ["CB"] * at.size,
        "closed": c.is_closed[at], "name": c.branches["name"].gather(at), "z_ohm": np.zeros(at.size),
        "in_ka": np.where(np.isnan(rated), _UNRATED_KA, rated),
    }  # fmt: skip
    return pl.DataFrame(columns, schema_overrides={"et": pl.String, "type": pl.String})


def _shunts(c: Chain) -> pl.DataFrame:
    """Half of a no-load loss at either end of what is in service and no transformer."""
    loss = c.number("loss_no_load_w")
    at = np.flatnonzero((loss > 0) & c.is_normal & ~c.is_converter & (c.volts[c.a] == c.volts[c.b]))
    bus, ones = np.concatenate((c.a[at], c.b[at])), np.ones(2 * at.size)
    columns = {
        "bus": bus, "name": c.branches["name"].gather(np.tile(at, 2)), "q_mvar": 0 * ones, "p_mw": np.tile(loss[at], 2) / 2e6,
        "vn_kv": c.volts[bus] / 1e3, "step": ones, "max_step": ones, "step_dependency_table": ones < 0, "in_service": ones > 0,
    }  # fmt: skip
    return _frame(columns, ("bus", "max_step"))
