"""The viewer's data against the tables they are made from, read back as a browser reads them."""

from __future__ import annotations

import base64
import json
import re
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from rackwright.flow.hall import compile_hall
from rackwright.flow.pipeline import compile_file
from rackwright.render.viewer import files, findings, hall, network, pack, supply
from rackwright.schema.tables import Tables

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
HALLS = ("h100-superpod-1su", "dual-plane-512", "h100-superpod-3su")  # one rail-optimized; splitters and planes; management and storage fabrics
ABOUT = {"name": "x", "variant": "", "version": "0", "words": "revision draft · hash 000000000000"}


@cache
def compiled(name: str) -> tuple[Tables, dict[str, Tables]]:
    design = compile_hall(str(EXAMPLES / "halls" / f"{name}.yaml"), as_of="2026-01-01")
    return design.tables, dict(design.racks)


@cache
def racked(name: str = "gb200-nvl72") -> Tables:
    return compile_file(str(EXAMPLES / "racks" / f"{name}.yaml"), as_of="2026-01-01").tables


def read(script: bytes) -> dict[str, Any]:
    """Head and columns of a chunk, decoded from the script alone."""
    call = re.fullmatch(r'RW\.put\(("(?:[^"\\]|\\.)*"),(.*),"([A-Za-z0-9+/=]*)"\);\n', script.decode("ascii"))
    assert call
    head = json.loads(call[2])
    made, at = dict(head), 0
    if "columns" not in head:
        return made
    data = zlib.decompress(base64.b64decode(call[3]))
    for name, kind, size in head["columns"]:
        part = data[at : at + size]
        made[name] = json.loads(part) if kind == "s" else np.frombuffer(part, f"<{kind}")
        assert len(made[name]) == head["rows"]
        at += size + -size % 8
    return made


def same(column: Any, wanted: pl.Series) -> bool:
    """Whether a decoded column says what a column of a table says: -1, NaN and "" where it is empty."""
    if wanted.dtype == pl.String:
        return list(column) == wanted.fill_null("").to_list()
    if wanted.dtype.is_float():
        return bool(np.array_equal(column, wanted.fill_null(float("nan")).to_numpy(), equal_nan=True))
    return bool(np.array_equal(np.asarray(column, np.int64), wanted.cast(pl.Int64).fill_null(-1).to_numpy()))


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (pl.Series([0, 255]), "u1"),
        (pl.Series([-1, 127]), "i1"),
        (pl.Series([0, 256]), "u2"),
        (pl.Series([-40_000, 1]), "i4"),
        (pl.Series([0, 1 << 32]), "f8"),
        (pl.Series([7, None]), "i1"),
        (pl.Series([True, False]), "u1"),
        (pl.Series([1.5, None]), "f8"),
        (pl.Series([1.5, 2.5], dtype=pl.Float32), "f4"),
        (pl.Series(["a", None]), "s"),
        (pl.Series([], dtype=pl.Int32), "u1"),
    ],
)
def test_columns_come_back_in_the_smallest_type(column, kind):
    made = read(pack.script("x", pack.Chunk(pl.DataFrame({"c": column}))))
    assert made["columns"][0][1] == kind
    assert same(made["c"], column)


def test_hostile_texts_stay_inside_their_strings():
    texts = ["</script><script>alert(1)</script>", 'a"b\\c', "\u2028\u2029", "é漢字🙂", "x" * 200, "a\nb\tc", "`${1}`"]
    script = pack.script('n"\\', pack.Chunk(pl.DataFrame({"c": texts}), {"frame": {"name": texts[0] + texts[2]}}))
    assert script.isascii()
    made = read(script)
    assert made["c"] == texts
    assert made["frame"]["name"] == texts[0] + texts[2]


def test_empty_values_beside_negative_ones_are_refused():
    with pytest.raises(ValueError, match="`c` has empty values"):
        pack.script("x", pack.Chunk(pl.DataFrame({"c": [-3, None]})))


SORTED = {
    "halls": ("halls", ["hall_id"]),
    "rows": ("hall_rows", ["hall_id", "row"]),
    "racks": ("hall_racks", ["rack_id"]),
    "trays": ("trays", ["tray_id"]),
    "designs": ("designs", ["design_id"]),
    "design_devices": ("design_devices", ["design_id", "device"]),
}


@pytest.mark.parametrize("name", HALLS)
@pytest.mark.parametrize("table", SORTED)
def test_floor_equals_the_tables(name, table):
    t, _ = compiled(name)
    made = read(pack.script(table, hall.chunks(t)[table]()))
    source, order = SORTED[table]
    wanted = t[source].sort(order)
    assert made["rows"] == wanted.height
    for column in made["columns"]:
        if column[0] in wanted.columns:
            assert same(made[column[0]], wanted[column[0]]), column


@pytest.mark.parametrize("name", HALLS)
def test_devices_are_counted_as_the_cables_count_them(name):
    t, _ = compiled(name)
    racks = hall.racks(t)
    own = racks.filter(pl.col("device_first").is_not_null())
    assert hall.switch_first(t) == t["fabric_switches"]["device_id"].min()
    hosts = t["fabric_cables"].filter(pl.col("a_device_id") < hall.switch_first(t))["a_device_id"]
    at = np.searchsorted(own["device_first"].to_numpy(), hosts.to_numpy(), "right") - 1
    local = hosts.to_numpy() - own["device_first"].to_numpy()[at]
    wired = set(zip(own["design_id"].to_numpy()[at].tolist(), local.tolist(), strict=True))
    assert wired <= set(t["nic_ports"].select("design_id", "device").rows())


@pytest.mark.parametrize("name", HALLS)
def test_cables_equal_the_table_cell_by_cell(name):
    t, _ = compiled(name)
    cables, first, seen = t["fabric_cables"], hall.switch_first(t), 0
    made = files.cell_chunks(t)
    for cell in network.cells(t).iter_rows(named=True):
        chunk = read(pack.script("x", made[cell["chunk"]]()))
        rows = cables.slice(cell["link_first"], cell["links"])
        for side in ("a_device_id", "b_device_id"):
            local = chunk[side].astype(np.int64)
            ids = np.where(local >= network.SWITCH // 2, local - network.SWITCH + first, local + cell["host_device_first"])
            assert same(ids, rows[side])
        for column in set(rows.columns) & {c[0] for c in chunk["columns"]} - {"a_device_id", "b_device_id"}:
            assert same(chunk[column], rows[column]), column
        if not rows["leg"].max():
            assert "cable" not in chunk
            seen += rows.height
            continue
        legs = rows.with_columns(cable=pl.Series(chunk["cable"])).filter(pl.col("leg") > 0)
        assert legs.group_by("key").agg(pl.col("cable").n_unique())["cable"].unique().to_list() in ([], [1])
        assert legs["cable"].n_unique() == legs["key"].n_unique()
        seen += rows.height
    assert seen == cables.height


def test_paths_hold_the_trays_of_every_route():
    t, _ = compiled("h100-superpod-3su")
    paths, steps = (read(pack.script("x", network.chunks(t)[n]())) for n in ("paths", "path_steps"))
    wanted = t["path_segments"].sort("path_id", "step")
    for i, path in enumerate(paths["path_id"].tolist()):
        own = wanted.filter(pl.col("path_id") == path)
        begin, count = int(paths["first"][i]), int(paths["count"][i])
        assert steps["tray_id"][begin : begin + count].tolist() == own["tray_id"].to_list()
        assert steps["is_reverse"][begin : begin + count].astype(bool).tolist() == own["is_reverse"].to_list()
    assert len(paths["path_id"]) == wanted["path_id"].n_unique()


def test_a_rack_of_its_own_has_devices_ports_and_cables():
    t = racked()
    made = {name: read(pack.script(name, make())) for name, make in files.chunks(t, {}).items()}
    assert {"design-0", "design-0-ports", "design-0-cables", "findings"} == set(made)
    assert same(made["design-0"]["z_mm"], t["devices"].sort("device_id")["z_mm"])
    assert same(made["design-0-ports"]["name"], t["ports"].sort("port_id")["name"])
    assert same(made["design-0-cables"]["label"], t["cables"].sort("cable_id")["label"])
    frame = made["design-0"]["frame"]
    assert (frame["units"], frame["unit"]) == (t["racks"]["height_units"][0], "U")
    assert frame["height_mm"] >= frame["base_mm"] + frame["units"] * frame["unit_mm"]
    assert set(made["design-0"]["over"]) == {"busbar", "manifold"}


def test_findings_know_their_place():
    t, _ = compiled("h100-superpod-1su")
    made = findings.findings(t)
    assert made.height == t["findings"].height
    single = made.filter(pl.col("code") == "RED304").row(0, named=True)
    assert t["hall_racks"].filter(pl.col("rack_id") == single["rack_id"])["name"].item() == "H01.AA04"
    feeder = made.filter(pl.col("code") == "PWR421").row(0, named=True)
    assert (feeder["kind"], feeder["hall_id"]) == ("node", 0)


@pytest.mark.parametrize(
    ("subject", "message", "wanted"),
    [
        ("H01.AA04", "", ("rack", 8, 8, 0)),
        ("H01.AA04-03", "", ("device", -1, 8, 0)),
        ("H01.AA01-03:nic0/p0--H01.AA04-03:1/1", "", ("cable", -1, 0, 0)),
        ("compute-spine-1", "", ("device", 72, 8, 0)),
        ("row tray 2", "", ("tray", 2, -1, 0)),
        ("tray 99", "", ("", -1, -1, -1)),
        ("compute", "as in H01.AA02, the worst", ("rack", 1, 1, 0)),
        ("H01", "", ("hall", 0, -1, 0)),
        ("<b>`H01.AA04`", "", ("", -1, -1, -1)),
        ("", "`H01.AA04` and `H01.AA01`", ("rack", 8, 8, 0)),
        ("x" * 200, "`" * 9, ("", -1, -1, -1)),
    ],
)
def test_subjects_are_read_as_places(subject, message, wanted):
    t, _ = compiled("h100-superpod-1su")
    assert findings._Places(t).of(subject, message) == wanted


def test_the_power_chain_is_whole():
    t, _ = compiled("h100-superpod-1su")
    made = {name: read(pack.script(name, make())) for name, make in supply.chunks(t).items()}
    assert same(made["supply_branches"]["b_node_id"], t["supply_branches"].sort("branch_id")["b_node_id"])
    assert same(made["supply_feeds"]["node_id"], t["supply_feeds"].sort("feed_id")["node_id"])
    assert same(made["supply_components"]["name"], t["supply_components"].sort("component_id")["name"])
    loading = t["supply_branch_states"].select(pl.max_horizontal("loading_power", "loading_current").max()).item()
    assert np.nanmax(made["supply_branches"]["loading"]) == pytest.approx(loading)


@pytest.mark.parametrize("name", HALLS)
def test_every_chunk_of_the_index_is_a_file(name):
    t, designs = compiled(name)
    made = dict(files.files(t, designs, ABOUT, ["floor_plan"]))
    index = read(bytes(made[files.data_path("index")]))
    assert {files.data_path(c) for c in index["chunks"]} | {files.data_path(c) for c in ("index", "live")} == {
        p for p in made if p.startswith("viewer/data/")
    }
    assert set(index["cells"]["chunk"]) <= set(index["chunks"])
    assert (index["kind"], index["racks"], index["links"]) == ("hall", t["hall_racks"].height, t["fabric_cables"].height)
    assert [d["name"] for d in index["drawings"]] == ["floor_plan"]
    assert all(index["has_inside"].values())


def test_same_design_same_bytes():
    t, designs = compiled("h100-superpod-1su")
    one, two = ({p: d if isinstance(d, bytes) else d() for p, d in files.files(t, designs, ABOUT, [])} for _ in range(2))
    assert one == two


def test_the_page_asks_for_its_own_files_and_runs_no_inline_script():
    app = files.app(is_hall=True)
    page = app["index.html"].decode()
    asked = set(re.findall(r'(?:src|href)="([^"#.][^"]*)"', page))
    assert asked <= set(app)
    scripts = {name for name in app if name.endswith(".js")} - {name for name in app if name.startswith(("three", "hall3d"))}
    assert scripts == {name for name in asked if name.endswith(".js")}
    assert not re.search(r"<script(?![^>]*src=)|<style|\son[a-z]+=|style=", page)
    assert "default-src 'none'" in page


@pytest.mark.parametrize("name", sorted(n for n in files.app(is_hall=True) if n.endswith(".js") and n != "three.js"))
def test_scripts_are_strict_small_and_set_texts_as_texts(name):
    text = files.app(is_hall=True)[name].decode()
    assert text.startswith('"use strict";')
    assert text.count("\n") <= 400
    for way_in in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "fetch(",
        "XMLHttpRequest",
        "http://",
        "https://",
    ):
        assert way_in not in text.replace("http://www.w3.org/2000/svg", ""), way_in
