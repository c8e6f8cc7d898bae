"""Labels, port maps, schedules and cut sheets of a choice: the same names everywhere, every link at both its ends, nothing by id."""

from __future__ import annotations

import io
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from rackwright.export import cut_sheets, faceplates, label_sheets, labels, only, port_maps, pull_schedule, pulls
from rackwright.export.only import ChoiceError, Only, UnknownNameError
from rackwright.flow.hall import compile_hall
from rackwright.flow.pipeline import compile_file
from rackwright.schema import ends
from rackwright.schema.tables import Tables

SPEC = Path(__file__).resolve().parents[2] / "examples" / "halls" / "h100-superpod-1su.yaml"


@cache
def hall(*sets: str) -> Tables:
    return compile_hall(str(SPEC), sets=list(sets), as_of="2026-01-01").tables


def all_rows(t: Tables) -> pl.Series:
    return only.links(t, ends.devices(t), Only())


def label_frame(t: Tables, chosen: Only | None = None) -> pl.DataFrame:
    at = ends.devices(t)
    return labels.labels(t, at, only.links(t, at, chosen or Only()))


def csv(files: dict[str, object]) -> pl.DataFrame:
    ((_, make),) = files.items()
    return pl.read_csv(io.BytesIO(make()))  # type: ignore[operator]


def cut_sheet(t: Tables, chosen: Only | None = None) -> pl.DataFrame:
    return csv(dict(cut_sheets.files_of(t, chosen or Only())))


def test_ends_say_what_cut_sheets_say():
    t = hall()
    sheet, named = cut_sheet(t), ends.named(t, ends.devices(t), all_rows(t))
    assert sheet["label"].to_list() == named["label"].to_list()
    for column in ("a_rack", "a_u", "a_device", "a_port", "b_rack", "b_u", "b_device", "b_port"):
        assert sheet[column].to_list() == named[column].to_list()


@cache
def example(name: str) -> Tables:
    return compile_hall(str(SPEC.with_name(f"{name}.yaml")), as_of="2026-01-01").tables


@pytest.mark.parametrize("name", ["h100-superpod-1su", "dual-plane-512", "gb200-superpod-2su"])
def test_a_cable_is_one_thing_of_one_name_everywhere(name: str):
    """As many cables by key as in fabrics, bundles, menus, labels, cut sheets and port maps, and one name each; every plug has a label."""
    t = example(name)
    frame, sheet = label_frame(t), cut_sheet(t)
    cables = t["fabric_cables"]["key"].n_unique()
    assert cables == t["fabrics"]["cables"].sum() == t["bundles"]["cables"].sum() == t["fabric_skus"]["cables"].sum()
    assert cables == sheet.height == sheet["label"].n_unique() == frame["label"].n_unique()
    mapped = port_maps.ports(t, ends.devices(t), Only()).drop_nulls("cable")
    assert set(sheet["label"]) == set(frame["label"]) == set(mapped["cable"])
    assert (frame["qr"] == frame["label"]).all()
    assert frame["near"].is_unique().all()
    unit = {s: pl.col(f"{s}_u").cast(pl.String).str.zfill(2).fill_null(pl.col(f"{s}_device")) for s in "ab"}
    first = [pl.concat_str(f"{s}_rack", pl.lit("-"), unit[s], pl.lit(":"), f"{s}_port") for s in "ab"]
    more = [pl.col(f"{s}_more").cast(pl.String).str.split(" + ").fill_null([]) for s in "ab"]
    plugs = sheet.select("label", near=pl.concat_list(*(pl.concat_list(f, m) for f, m in zip(first, more, strict=True)))).explode("near")
    assert plugs.sort("near").equals(frame.select("label", "near").sort("near"))
    longest = t["fabric_cables"].group_by("key").agg(pl.col("length_cut_mm").max())["length_cut_mm"]
    assert sorted(sheet["cut_mm"]) == sorted(longest)


def test_a_cable_of_one_link_is_named_by_its_two_ends():
    t = hall()
    for (label,), pair in label_frame(t).group_by(["label"]):
        assert pair["end"].sort().to_list() == ["a", "b"]
        assert set(pair["near"]) == set(pair["far"]) == set(str(label).split("--"))


def splitter(t: Tables) -> dict[str, str]:
    """A row of the cut sheets: two ports of a server in one cage of a switch."""
    return cut_sheet(t).filter(pl.col("a_more").is_not_null() & ~pl.col("a_more").str.contains("+", literal=True)).row(0, named=True)


def test_a_splitter_is_one_row_with_all_its_plugs():
    """The trunk goes by its cage, the legs by their ports, which count from s0 on a Cumulus switch."""
    t = example("dual-plane-512")
    row = splitter(t)
    assert row["b_more"] is None
    assert re.fullmatch(r"swp\d+", row["b_port"])
    own = label_frame(t, Only(cable=(row["label"],)))
    assert own["label"].unique().to_list() == [row["label"]]
    far = dict(own.select("near", "far").iter_rows())
    one, trunk = sorted(row["label"].split("--"), key=lambda end: end.endswith(f":{row['b_port']}"))
    assert far == {one: f"{trunk}s0", row["a_more"]: f"{trunk}s1", trunk: f"{one} + {row['a_more']}"}


def test_a_trunk_is_one_row_with_a_plug_for_every_jumper():
    t = hall("fabrics.compute.cabling=trunks")
    sheet, frame = cut_sheet(t), label_frame(t)
    assert sheet.height == t["fabrics"]["cables"].sum() == frame["label"].n_unique()
    assert set(sheet["label"]) == set(frame["label"])
    assert frame["near"].is_unique().all()
    assert frame.height == 2 * t["fabric_cables"].height
    ends_of = sheet.select(2 + pl.col("a_more").str.count_matches(":").fill_null(0) + pl.col("b_more").str.count_matches(":").fill_null(0))
    assert ends_of.sum().item() == frame.height


def test_a_cable_is_found_by_any_name_it_has():
    t = example("dual-plane-512")
    at, row = ends.devices(t), splitter(t)
    label = row["label"]
    rows = only.cable(t, at, label).to_list()
    assert len(rows) == 2
    key = str(t["fabric_cables"]["key"][rows[0]])
    one, trunk = sorted(label.split("--"), key=lambda end: end.endswith(f":{row['b_port']}"))
    for name in (label, "--".join(reversed(label.split("--"))), f"{row['a_more']}--{trunk}s1", key, trunk, f"{trunk}s1", one, row["a_more"]):
        assert only.is_cable(name)
        assert only.cable(t, at, name).to_list() == rows, name
    stand = trunk.partition(":")[0]
    for wrong, kind, near in ((f"{one}--{trunk}x", "cable", label), (f"{stand}:swp99", "cable", trunk), ("H01.AA00-38:swp6", "end", stand)):
        with pytest.raises(UnknownNameError) as fault:
            only.cable(t, at, wrong)
        assert fault.value.kind == kind
        assert near in fault.value.known
    with pytest.raises(UnknownNameError):
        only.cable(t, at, "12")
    assert not any(only.is_cable(name) for name in ("storage-leaf-1", "H01.AA03", "H01.AA03/dgx-02", "H01.AA04-39"))


def test_labels_come_in_the_order_of_pulling():
    t = hall()
    frame = label_frame(t)
    assert frame["bundle"].null_count() == 0
    assert frame["bundle"].is_sorted()
    held = frame.unique("label").group_by("bundle").len().sort("bundle")
    assert held["len"].to_list() == t["bundles"].sort("bundle_id")["cables"].to_list()


def test_every_cable_is_in_a_bundle_of_its_racks_path_and_part():
    t = hall("halls=2")
    at = ends.devices(t)
    cables = t["fabric_cables"].with_columns(bundle_id=pulls.bundle_of(t, at, all_rows(t))).drop_nulls("bundle_id")
    both = cables.join(t["bundles"], on="bundle_id", suffix="_bundle", maintain_order="left")
    for side in "ab":
        assert (at["rack_id"].gather(both[f"{side}_device_id"]) == both[f"{side}_rack_id"]).all()
    assert (both["path_id"] == both["path_id_bundle"]).all()
    sums = cables.group_by("bundle_id").agg(pl.len().cast(pl.Int32), pl.col("length_cut_mm").max(), pl.col("length_cut_mm").sum().alias("sum"))
    sums, bundles = sums.sort("bundle_id"), t["bundles"].sort("bundle_id")
    assert sums["len"].to_list() == bundles["cables"].to_list()
    assert sums["length_cut_mm"].to_list() == bundles["length_cut_max_mm"].to_list()
    assert sums["sum"].to_list() == bundles["length_cut_mm"].to_list()


def inserted(t: Tables) -> Tables:
    """The hall with one rack more at a free place, first of all by id: every other rack and device has a new number."""
    racks, devices = t["hall_racks"], t["design_devices"].filter(pl.col("design_id") == 0).height
    new = racks.head(1).with_columns(name=pl.lit("H01.ZZ01"), row=pl.lit(675, pl.Int32))
    up = {"a_rack_id": 1, "b_rack_id": 1, "rack_id": 1, "a_device_id": devices, "b_device_id": devices, "device_id": devices}
    made = {"hall_racks": pl.concat([new, racks.with_columns(pl.col("rack_id") + 1)])}
    for name in ("fabric_switches", "fabric_cables", "bundles"):
        made[name] = t[name].with_columns(pl.col(c) + n for c, n in up.items() if c in t[name].columns)
    return t.put(made)


def test_a_rack_more_renames_nothing():
    t = hall()
    more = inserted(t)
    assert label_frame(more).equals(label_frame(t))
    assert cut_sheet(more).equals(cut_sheet(t))
    at, other = ends.devices(t), ends.devices(more)
    assert other.height == at.height + t["design_devices"].filter(pl.col("design_id") == 0).height
    for name, make in port_maps.files_of(t, Only(row=("H01.AA",))):
        assert dict(port_maps.files_of(more, Only(row=("H01.AA",))))[name]() == make()


def split_hall() -> Tables:
    """The first eight links of server ports as cables of several links: a splitter from a, one from b, a shuffle of 2 x 2."""
    t = hall()
    cables = t["fabric_cables"].filter(pl.col("tier") == 0).head(8)
    a, b = cables["a_device_id"].to_list(), cables["b_device_id"].to_list()
    port_a, port_b = [0, 0, 0, 1, 2, 2, 3, 3], [0, 1, 2, 3, 4, 6, 5, 7]
    device_a = [a[0]] * 8
    device_b = [b[0], b[1], b[2], b[2], b[3], b[4], b[3], b[4]]
    names = pl.DataFrame({"port": [0, 1, 2, 3], "name": ["x0/1", "x1/1", "x2/1", "x3/1"]}, schema_overrides={"port": pl.Int32})
    nic = t["nic_ports"].drop("name").join(names, on="port", how="left").with_columns(pl.col("name").fill_null("other"))
    nic = nic.with_columns(plug=pl.col("name").str.split("/").list.first())
    changed = cables.with_columns(
        a_device_id=pl.Series(device_a, dtype=pl.Int32),
        b_device_id=pl.Series(device_b, dtype=pl.Int32),
        a_port=pl.Series(port_a, dtype=pl.Int32),
        b_port=pl.Series(port_b, dtype=pl.Int32),
        key=pl.Series([1, 1, 2, 2, 3, 3, 3, 3], dtype=pl.UInt64),
        leg=pl.Series([1, 2, 1, 2, 1, 2, 3, 4], dtype=pl.UInt8),
        link_id=pl.int_range(8, dtype=pl.Int32),
    )
    return t.put({"fabric_cables": changed, "nic_ports": nic.select(t["nic_ports"].columns)})


def test_labels_of_splitters_and_shuffles():
    """A plug where links meet is named by its cage, a leg by its port, and every plug has a label."""
    t = split_hall()
    at = ends.devices(t)
    links = ends.named(t, at, pl.Series(range(8))).with_columns(
        fabric=pl.lit("f"), part=pl.lit("p"), medium=pl.lit("m"), bundle=1, cable=pl.col("key")
    )
    made = labels._plugs(links)
    own = {n: made.filter(pl.col("cable") == n) for n in (1, 2, 3)}
    server, leaf = links["a_name"][0].split(":")[0], [f"{e}:" for e in links["b_name"].str.split(":").list.first()]
    assert own[1].select("near", "far").rows() == [
        (f"{server}:x0", f"{leaf[0]}1/1 + {leaf[1]}1/2"),
        (f"{leaf[0]}1/1", f"{server}:x0/1"),
        (f"{leaf[1]}1/2", f"{server}:x0/1"),
    ]
    assert own[2].select("near", "far").rows() == [
        (f"{server}:x0/1", f"{leaf[2]}2/1"),
        (f"{server}:x1/1", f"{leaf[2]}2/2"),
        (f"{leaf[2]}2", f"{server}:x0/1 + {server}:x1/1"),
    ]
    assert own[3].height == 4
    assert {(r["near"], len(r["far"].split(" + "))) for r in own[3].iter_rows(named=True)} == {
        (f"{server}:x2", 2), (f"{server}:x3", 2), (f"{leaf[4]}3", 2), (f"{leaf[5]}4", 2),
    }  # fmt: skip
    assert set(own[3]["port"]) == {"x2", "x3", "3", "4"}
    assert all(n["label"].n_unique() == 1 for n in own.values())
    assert len({n["label"][0] for n in own.values()}) == 3
    sheet = cut_sheet(t)
    assert set(sheet["label"]) == set(made["label"])
    assert [(r["a_more"] or "").count(":") + (r["b_more"] or "").count(":") for r in sheet.iter_rows(named=True)] == [1, 1, 2]


def test_a_port_map_has_every_link_at_both_ends_and_every_other_port_as_free():
    t = hall("racks.dgx.count=7")  # a rack less than the leaves have ports for
    at = ends.devices(t)
    ports = port_maps.ports(t, at, Only())
    used, free = ports.filter(pl.col("state") == "used"), ports.filter(pl.col("state") == "free")
    assert free.height
    assert used.height == 2 * t["fabric_cables"].height
    assert used.group_by("cable").len()["len"].unique().to_list() == [2]
    switches = t["fabric_switches"]
    for device in switches["device_id"]:
        own = ports.filter(pl.col("device_id") == device)
        assert sorted(own["port"]) == sorted(f"{cage}/{leg}" for cage in range(1, 33) for leg in (1, 2))  # 64 ports in 32 cages, as printed
    unit = pl.col("u").cast(pl.String).str.zfill(2)
    near = used.select("cable", here=pl.concat_str(pl.col("rack"), pl.lit("-"), unit, pl.lit(":"), pl.col("port")))
    far = used.select("cable", here="far")
    assert near.sort("cable", "here").equals(far.sort("cable", "here"))
    files = dict(port_maps.files(t))
    assert sum(csv({p: m}).height for p, m in files.items()) == ports.height
    rows = ports["rack"].str.replace(r"\d+$", "").unique()
    assert set(files) == {f"port-maps/{row}.csv" for row in rows}


def test_a_choice_takes_links_with_an_end_there():
    t = hall()
    at, cables = ends.devices(t), t["fabric_cables"]
    spine = t["fabric_switches"].filter(pl.col("name") == "compute-spine-1")["device_id"][0]
    rows = only.links(t, at, Only(device=("compute-spine-1",)))
    assert rows.to_list() == cables.select(pl.arg_where(pl.col("b_device_id") == spine)).to_series().to_list()
    assert only.links(t, at, Only(fabric=("compute",))).len() == cables.height
    both = [set(only.links(t, at, Only(row=(r,)))) for r in ("H01.AA", "H01.AB")]
    assert both[0] | both[1] == set(range(cables.height))
    assert 0 < len(both[1]) < cables.height
    assert set(only.links(t, at, Only(row=("H01.AA", "H01.AB")))) == both[0] | both[1]
    rack = label_frame(t, Only(rack=("H01.AB01",)))
    assert rack.height == 2 * 4 * 8
    assert all("H01.AB01-" in label for label in rack["label"])


@pytest.mark.parametrize(
    ("chosen", "kind"),
    [
        (Only(row=("H01.AC",)), "row"),
        (Only(rack=("H01.AA99",)), "rack"),
        (Only(device=("nobody",)), "device"),
        (Only(fabric=("storage",)), "fabric"),
    ],
)
def test_names_that_are_not_there(chosen: Only, kind: str):
    t = hall()
    with pytest.raises(UnknownNameError) as fault:
        only.links(t, ends.devices(t), chosen)
    assert fault.value.kind == kind
    assert fault.value.known


def test_too_much_for_one_file_says_how_much(monkeypatch):
    t = hall()
    for room, made in ((labels, "labels"), (label_sheets, "label sheets"), (port_maps, "port maps")):
        monkeypatch.setattr(room, "MOST", 100)
        with pytest.raises(ChoiceError, match=rf"{made} of {t['fabric_cables'].height} links are more than the 100"):
            list(room.files_of(t, Only()))
        assert list(room.files_of(t, Only(rack=("H01.AB01",))))


def test_pull_schedule_adds_up():
    t = hall()
    files = dict(pull_schedule.files(t))
    made = csv({"": files["pull-schedule.csv"]})
    assert made["Bundle"].to_list() == t["bundles"].sort("bundle_id")["bundle_id"].to_list()
    assert made["Cables"].sum() == t["bundles"]["cables"].sum()
    assert made["Crew so far, h"][-1] == pytest.approx(t["bundles"]["duration_s"].sum() / 3600, abs=0.01)
    assert made["Wave"].unique(maintain_order=True).to_list() == ["H01 trunks", "H01 pod 1"]
    book = openpyxl.load_workbook(io.BytesIO(files["pull-schedule.xlsx"]()))
    assert book.sheetnames == ["Bundles", "Waves", "Assumptions"]
    waves = [[c.value for c in row] for row in book["Waves"].iter_rows()]
    assert sum(int(str(r[1])) for r in waves[1:]) == t["bundles"].height
    assert {r[2].value for r in book["Assumptions"].iter_rows(min_row=2)} == {"estimate"}
    given = hall("pulling.crew=4")
    assert dict(pull_schedule.assumptions(given).select("Input", "From").iter_rows())["pulling.crew"] == "given"


def test_a_faceplate_shows_every_port():
    t = hall("racks.dgx.count=7")
    files = dict(faceplates.files(t))
    assert sorted(files) == sorted(f"faceplates/{n}.svg" for n in t["fabric_switches"]["name"])
    text = files["faceplates/compute-leaf-u1-r0-1.svg"]().decode()
    assert "compute-leaf-u1-r0-1" in text
    tips = re.findall(r"<g><title>([^<]*)</title>", text)
    assert len(tips) == 64
    own = port_maps.ports(t, ends.devices(t), Only(device=("compute-leaf-u1-r0-1",)))
    far = own.filter((pl.col("state") == "used") & (pl.col("device") == "compute-leaf-u1-r0-1"))
    assert sum("is free" in x for x in tips) == 64 - far.height
    for port, end in far.select("port", "far").iter_rows():
        assert any(x.startswith(f"{port} → {end} ") for x in tips)


def test_no_plug_and_no_port_is_named_twice():
    """Four fabrics on the same servers, breakout legs, management ports of switches: a place has one plug."""
    t = compile_hall(str(SPEC.with_name("dual-plane-512.yaml")), as_of="2026-01-01").tables
    frame, ports = label_frame(t), port_maps.ports(t, ends.devices(t), Only())
    assert frame["near"].is_unique().all()
    assert ports.select("rack", "u", "device", "port").is_unique().all()
    managed = ports.filter((pl.col("port") == "mgmt") & pl.col("device").str.starts_with("backend"))
    assert managed.height == t["fabric_switches"].filter(pl.col("name").str.starts_with("backend")).height
    assert managed["cage"].null_count() == managed.height
    text = dict(faceplates.files(t))["faceplates/backend-leaf-u1-p1-r0-1.svg"]().decode()
    assert text.count('class="cage"') == 64
    assert "128 ports used, 0 free, and mgmt for management" in text
    assert f"mgmt → {managed.filter(pl.col('device') == 'backend-leaf-u1-p1-r0-1')['far'][0]}" in text


def test_cages_of_uplinks_stand_beside_the_others():
    """SN2201: 24 columns of two RJ45, and right of them two columns of two QSFP28; names and cages of the port map as printed."""
    t = example("dual-plane-512")
    text = dict(faceplates.files(t))["faceplates/oob-leaf-1.svg"]().decode()
    placed = re.findall(r'<rect class="cage" x="([\d.]+)" y="([\d.]+)"[^>]*/><text[^>]*>([^<]*)<', text)
    where = {name: (float(x), float(y)) for x, y, name in placed}
    assert len(where) == 52
    rows, columns = sorted({y for _, y in where.values()}), sorted({x for x, _ in where.values()})
    assert (len(rows), len(columns)) == (2, 26)
    assert {n for n, (x, _) in where.items() if x in columns[24:]} == {"swp49", "swp50", "swp51", "swp52"}
    assert (where["swp1"], where["swp2"], where["swp51"]) == ((columns[0], rows[0]), (columns[0], rows[1]), (columns[25], rows[0]))
    steps = [b - a for a, b in pairwise(columns)]
    assert steps[23] > steps[0] == steps[22] == steps[24]
    own = port_maps.ports(t, ends.devices(t), Only(device=("oob-leaf-1",)))
    assert own["cage"].to_list() == own["port"].to_list() == [f"swp{i}" for i in range(1, 53)]
    legs = port_maps.ports(t, ends.devices(t), Only(device=("backend-leaf-u1-p1-r0-1",))).drop_nulls("cage")
    assert legs.select("port", "cage").rows()[:3] == [("swp1s0", "swp1"), ("swp1s1", "swp1"), ("swp2s0", "swp2")]


def test_what_is_made_of_devices_is_not_made_for_a_cable():
    t = hall()
    for room in (faceplates, port_maps, pull_schedule):
        with pytest.raises(ChoiceError, match="not for a cable"):
            list(room.files_of(t, Only(cable=("H01.AA01-03:nic0/p0",))))


def test_a_rack_has_labels_and_a_port_map(examples: Path):
    t = compile_file(str(examples / "dgx-h100-x4.yaml"), as_of="2026-01-01").tables
    made = csv(dict(labels.files(t)))
    loose = t["cables"].filter(pl.col("assembly").is_null())
    assert made.height == 2 * loose.height
    assert set(made["label"]) == set(loose["label"])
    ports = csv(dict(port_maps.files(t)))
    assert ports.height >= t["ports"].height
    both = loose.select(pl.col("a_port_id").is_not_null().sum() + pl.col("b_port_id").is_not_null().sum()).item()
    assert ports.filter(pl.col("state") == "used").height == both
    for room in (cut_sheets, pull_schedule, faceplates):
        assert not list(room.files(t))
        assert not list(room.files_of(t, Only()))
