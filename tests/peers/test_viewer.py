"""The viewer as a person meets it: Debian's Chromium clicks, types and reads, from a file and from the server; nothing is said on the console."""

from __future__ import annotations

import csv
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from rackwright.cli.main import main
from rackwright.flow import store
from rackwright.flow.changes import changes
from rackwright.flow.diff import diff
from rackwright.flow.viewing import Server, open_server
from rackwright.render.viewer import files
from rackwright.schema.tables import Tables
from rackwright.sim.power import supply_study

HOSTILE = [
    "</script><script>document.title='hit'</script>",
    '"><img src=x onerror=alert(1)>',
    "'`${1}`\\",
    "é漢字🙂\u202egnp",
    "n" * 200,
    "a\nb",
    "{{7*7}}",
]

pytestmark = pytest.mark.peers


@cache
def tables(folder: Path) -> Tables:
    return store.read(folder).tables


@contextmanager
def shown(browser: Browser, address: str, *, is_ready: bool = True, **context: object) -> Iterator[Page]:
    """A page of the viewer; fails where its console complains."""
    said: list[str] = []
    place = browser.new_context(viewport={"width": 1440, "height": 900}, **context)
    page = place.new_page()
    page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: said.append(str(e)))
    page.goto(address)
    if is_ready:
        page.wait_for_selector("body[data-ready]")
    yield page
    place.close()
    if is_ready:
        assert said == []


def at(folder: Path, state: str = "") -> str:
    return (folder / "viewer" / "index.html").as_uri() + state


@contextmanager
def served(folder: Path, against: Path | None = None) -> Iterator[Server]:
    told = None
    if against:
        before, after = store.read_two(against, folder)
        told = changes(diff(before.tables, after.tables), before.tables, against.name)
    server = open_server(folder, 0, told)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("is_served", [False, True])
def test_plan_shows_every_rack_of_the_table_where_it_stands(browser, packages, is_served):
    t = tables(packages["hall"])
    with served(packages["hall"]) as server, shown(browser, server.url if is_served else at(packages["hall"])) as page:
        racks = page.locator(".plan .rack")
        expect(racks).to_have_count(t["hall_racks"].height)
        boxes = {int(str(r.get_attribute("data-rack"))): r.bounding_box() for r in racks.all()}
        one, two = (boxes[i] for i in (0, 6))
        assert one
        assert two
        x = t["hall_racks"].sort("rack_id")["x_mm"]
        wide = t["hall_racks"]["width_mm"][0]
        assert abs(two["x"] - one["x"]) / one["width"] == pytest.approx(abs(x[6] - x[0]) / wide, rel=0.02)
        assert page.locator(".plan .tray").count() == t["trays"].height
        assert page.locator("#findings .finding").count() == t["findings"].height


def test_campus_leads_to_hall_to_rack_and_back(browser, packages):
    t = tables(packages["campus"])
    with shown(browser, at(packages["campus"])) as page:
        expect(page.locator(".plan .hall")).to_have_count(2)
        shapes = [str(p.get_attribute("d")) for p in page.locator(".cells path").all()]
        assert sum(d.count("M") for d in shapes) == t["hall_racks"].height
        page.locator(".plan .hall").nth(1).click()
        own = t["hall_racks"].filter(pl.col("hall_id") == 1)
        expect(page.locator(".plan .rack")).to_have_count(own.height)
        page.locator(f'.rack[data-rack="{own["rack_id"][0]}"]').click()
        expect(page.locator("#details h2")).to_have_text(own["name"][0])
        page.get_by_role("button", name="Front and rear").click()
        expect(page.locator('[data-face="front"]')).to_be_visible()
        page.go_back()
        expect(page.locator(".plan .rack").first).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        expect(page.locator(".plan .hall")).to_have_count(2)


@pytest.mark.parametrize("name", ["hall", "split"])
def test_lengths_that_the_page_finds_are_those_of_the_table(browser, packages, name):
    script = """async () => { const found = []; for (let i = 0; i < RW.index.cells.chunk.length; i++) { const t = await RW.links.cell(i);
      for (let r = 0; r < t.rows; r++) { const l = RW.links.link(t, r); found.push([l.route, l.cut, l.stock]); } } return found; }"""
    wanted = tables(packages[name])["fabric_cables"].select("length_route_mm", "length_cut_mm", "length_stock_mm")
    with shown(browser, at(packages[name])) as page:
        assert page.evaluate(script) == [list(row) for row in wanted.iter_rows()]


@pytest.mark.parametrize("name", ["hall", "split", "campus"])
def test_every_cable_has_the_name_on_its_label(browser, packages, name):
    script = """async () => { await RW.names.ports(); const found = new Set();
      for (let i = 0; i < RW.index.cells.chunk.length; i++) { const t = await RW.links.cell(i);
        for (let r = 0; r < t.rows; r++) found.add(RW.links.cableOf(RW.links.link(t, r)).label); } return Array.from(found); }"""
    with (packages[name] / "labels.csv").open(encoding="utf-8", newline="") as file:
        wanted = {row["label"] for row in csv.DictReader(file)}
    with shown(browser, at(packages[name])) as page:
        assert set(page.evaluate(script)) == wanted


def test_a_port_leads_to_its_cable_its_way_and_its_far_end(browser, packages):
    t = tables(packages["hall"])
    with shown(browser, at(packages["hall"])) as page:
        page.locator('.rack[data-rack="0"]').click()
        page.locator("#details .names .link", has_text="dgx-01").click()
        page.locator("#details .ports .link", has_text=re.compile("^nic0/p0$")).click()
        label = "H01.AA01-03:nic0/p0--H01.AA04-03:1/1"
        expect(page.locator("#details h2")).to_have_text(label)
        row = t["fabric_cables"].row(0, named=True)
        part = t["fabric_skus"].filter(pl.col("sku") == row["sku"])["part"][0]
        details = page.locator("#details").inner_text()
        for wanted in (part, "H01.AA04", "compute-leaf-u1-r0-1", f"{row['length_cut_mm']:,}\u00a0mm", f"{row['length_route_mm']:,}\u00a0mm"):
            assert wanted in details
        assert "taken" in page.locator(".why .taken").inner_text()
        way = page.locator(".route .way").get_attribute("d")
        assert way is not None
        assert way.count("L") >= 3
        ends = [e.bounding_box() for e in page.locator(".route .end").all()]
        for rack, box in zip((0, 8), ends, strict=True):
            own = page.locator(f'.rack[data-rack="{rack}"]').bounding_box()
            assert own
            assert box
            assert own["x"] < box["x"] + box["width"] / 2 < own["x"] + own["width"]
        address = page.url
    with shown(browser, address) as page:
        expect(page.locator("#details h2")).to_have_text(label)
        expect(page.locator(".route .way")).to_be_attached()


def test_why_a_part_was_taken_is_what_explain_says(browser, packages, capsys):
    label = "H01.AA01-03:nic0/p0--H01.AA04-03:1/1"
    assert main(["explain", str(packages["hall"]), label]) == 0
    told = capsys.readouterr().out
    with shown(browser, at(packages["hall"], f"#hall&cable={label}")) as page:
        page.wait_for_selector(".why .taken")
        for offer in page.locator(".why li b").all_inner_texts():
            assert offer in told


def test_a_breakout_is_followed_through_every_leg(browser, packages):
    cables = tables(packages["split"])["fabric_cables"]
    legs = cables.filter(pl.col("leg") > 0).group_by("key").agg(pl.len(), pl.col("link_id").min()).sort("link_id")
    with shown(browser, at(packages["split"])) as page:
        found = page.evaluate(
            """async (id) => {
              await RW.names.ports();
              const c = RW.index.cells, i = c.link_first.findIndex((f, n) => id >= f && id < f + c.links[n]), t = await RW.links.cell(i);
              const cable = RW.links.cableOf(RW.links.link(t, id - c.link_first[i]));
              RW.select.cable(cable.label);
              return cable.label;
            }""",
            int(legs["link_id"][0]),
        )
        expect(page.locator("#details h2")).to_have_text(found)
        expect(page.locator(".trace.legs li:not(.plugs)")).to_have_count(int(legs["len"][0]))


def test_search_finds_every_kind_of_name(browser, packages):
    with shown(browser, at(packages["hall"])) as page:
        for text, kind, head in [
            ("H01.AB01", "rack", "H01.AB01"),
            ("compute-spine-2", "switch", "compute-spine-2"),
            ("H01.AA02-11", "device", "dgx-02"),
            ("H01.AA01-03:nic3/p0", "cable", "H01.AA01-03:nic3/p0--"),
            ("nvidia/qm9700", "part", "nvidia/qm9700"),
            ("compute", "fabric", "compute"),
            ("tray 1", "tray", "row tray 1"),
        ]:
            page.keyboard.press("/")
            page.locator("#search").fill(text)
            page.locator("#results li", has=page.locator(".kind", has_text=kind)).first.click()
            expect(page.locator("#details h2")).to_contain_text(head)
        page.locator("#search").fill("no such name")
        expect(page.locator("#results")).to_contain_text("Nothing is called")
        page.locator("#search").fill("H01.AA0")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator("#details .kicker")).to_have_text("rack")


def test_findings_lead_to_their_place(browser, packages):
    with shown(browser, at(packages["hall"])) as page:
        page.locator("#findings .finding button", has_text="RED304").click()
        expect(page.locator("#details h2")).to_have_text("H01.AA04")
        expect(page.locator(".picked .ring")).to_have_count(1)
        assert "finding=" in page.url


@pytest.mark.parametrize("colour", ["design", "kw", "coolant", "findings", "unit", "case"])
def test_colours_and_their_legend_count_the_racks(browser, packages, colour):
    with shown(browser, at(packages["hall"])) as page:
        page.locator("#colour").select_option(colour)
        expect(page.locator("#legend ul").first).to_be_visible()
        page.wait_for_function("(c) => RW.state.colour === c", arg=colour)
        assert sum(int(n.replace(",", "")) for n in page.locator("#legend b").all_inner_texts()) == 9
        fills = {page.evaluate("(e) => getComputedStyle(e).fill", r.element_handle()) for r in page.locator(".rack").all()}
        assert len(fills) == page.locator("#legend b").count()


def test_outages_leave_the_racks_dark_that_the_simulation_leaves_dark(browser, packages):
    t = tables(packages["hall"])
    told = supply_study.run(t)["supply_outages"].sort("component_id")
    pairs = told.filter(pl.col("next_id").is_not_null()).select("component_id", "next_id", "racks_dark_next")
    with shown(browser, at(packages["hall"])) as page:
        page.evaluate("RW.power.load()")
        dark = "(all) => all.map((out) => RW.power.dark(out).dark.size)"
        assert page.evaluate(dark, [[c] for c in told["component_id"]]) == told["racks_dark"].to_list()
        assert page.evaluate(dark, [list(r[:2]) for r in pairs.iter_rows()]) == pairs["racks_dark_next"].to_list()
        assert pairs["racks_dark_next"].max() == 9
        first, second = pairs.row(0)[:2]
        page.evaluate("(c) => RW.go({colour: 'case', case: c})", f"{first},{second}")
        expect(page.locator(".rack.k-dark")).to_have_count(pairs["racks_dark_next"][0])


def test_the_loss_of_a_switch_is_shown_where_links_end(browser, packages):
    t = tables(packages["hall"])
    first = t["fabric_switches"]["device_id"].min()
    ends = t["fabric_cables"].filter((pl.col("b_device_id") == first) | (pl.col("a_device_id") == first))
    address = at(packages["hall"], f"#hall&colour=case&case=switch%20{first}")
    with shown(browser, address) as page:
        lost = page.evaluate("Array.from(RW.failure.found().lost)")
        assert sum(n for _, n in lost) == ends.height
        assert len(lost) == 9
        expect(page.locator(".rack.k-dark")).to_have_count(1)
        expect(page.locator(".rack.k-none")).to_have_count(0)
        page.evaluate("(id) => RW.select.device(id)", first)
        page.get_by_role("button", name="Rack H01.AA04", exact=True).click()
        page.get_by_role("button", name="If it fails").click()
        page.wait_for_function("() => RW.state.case === 'rack 8'")
        assert page.evaluate("RW.failure.found().links") == t["fabric_cables"].filter(pl.col("a_device_id") < first).height


def test_rack_faces_hold_every_device_and_a_port_can_be_chosen(browser, packages):
    t = tables(packages["rack"])
    with shown(browser, at(packages["rack"])) as page:
        front = t["devices"].filter(~pl.col("is_rear") & (pl.col("height_u") > 0))
        for name in front["name"]:
            expect(
                page.locator('[data-face="front"] .dev:not(.behind)').filter(has=page.locator("title", has_text=re.compile(f"^{name} "))).first
            ).to_be_attached()
        page.locator('[data-face="front"] .dev', has=page.locator("title", has_text=re.compile("^compute-07 "))).first.click()
        expect(page.locator("#details h2")).to_have_text("compute-07")
        cables = t["cables"].filter(pl.col("a_end").str.starts_with("compute-07/") | pl.col("b_end").str.starts_with("compute-07/"))
        expect(page.locator("#details .block h3").last).to_have_text(f"{cables.height} cables")
        page.locator("#details .ports .link").first.click()
        expect(page.locator("#details .kicker")).to_have_text("cable")
        port = page.locator('[data-face="front"] .port.management').first
        port.click()
        expect(page.locator("#details .kicker")).to_have_text("cable")


def test_a_diff_is_shown_in_place(browser, packages):
    with served(packages["less"], packages["hall"]) as server, shown(browser, server.url) as page:
        expect(page.locator("#changes h3")).to_contain_text("hall")
        expect(page.locator('.gone [data-gone="H01.AB01"]')).to_be_attached()
        assert page.locator(".rack.k-changed").count() == 1
        page.get_by_role("button", name="Before").click()
        expect(page.locator(".gone.filled")).to_be_attached()
        expect(page.locator("#changes")).to_contain_text("0 new, 1 gone, 1 changed")
    with served(packages["hall"], packages["less"]) as server, shown(browser, server.url) as page:
        expect(page.locator(".rack.k-new")).to_have_count(1)
        page.get_by_role("button", name="Before").click()
        expect(page.locator(".rack.k-new")).to_have_count(0)
        page.locator("#changes .link", has_text="H01.AB01").first.click()
        expect(page.locator("#details h2")).to_have_text("H01.AB01")
        expect(page.locator("#details")).to_contain_text("new rack")


def test_one_line_diagram_is_the_drawing_of_the_package(browser, packages):
    with shown(browser, at(packages["hall"], "#line")) as page:
        image = page.locator("svg.sheet image")
        expect(image).to_be_visible()
        assert image.get_attribute("href") == "../drawings/supply_one_line.svg"


def test_keyboard_alone_reaches_a_rack_and_moves_the_plan(browser, packages):
    with shown(browser, at(packages["hall"])) as page:
        page.locator(".plan").focus()
        before = page.locator(".plan").get_attribute("viewBox")
        page.keyboard.press("+")
        page.keyboard.press("ArrowRight")
        assert page.locator(".plan").get_attribute("viewBox") != before
        page.keyboard.press("0")
        assert page.locator(".plan").get_attribute("viewBox") == before
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(page.locator("#details .kicker")).to_have_text("rack")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "state"), [("hall", ""), ("hall", "#rack&rack=8&device=64"), ("campus", ""), ("rack", "#rack&device=3"), ("hall", "#line")]
)
def test_axe_finds_no_serious_fault(browser, packages, name, state, scheme):
    with shown(browser, at(packages[name], state), color_scheme=scheme) as page:
        page.wait_for_selector("#details:not([aria-busy])")
        found = Axe().run(page, options={"preload": False}).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")] == []


def test_prints_with_its_legend_and_without_its_tools(browser, packages):
    with shown(browser, at(packages["hall"])) as page:
        page.emulate_media(media="print")
        assert page.locator(".plan").is_visible()
        assert page.locator("#legend").is_visible()
        assert not page.locator("#search").is_visible()
        assert len(page.pdf()) > 10_000


def renamed(t: Tables) -> Tables:
    """The same hall with names that want to be more than text."""

    def odd(frame: pl.DataFrame, column: str) -> pl.DataFrame:
        names = [HOSTILE[i % len(HOSTILE)] + str(i) for i in range(frame.height)]
        return frame.with_columns(pl.Series(column, names))

    made = {
        name: odd(t[name], column)
        for name, column in [("halls", "name"), ("hall_racks", "name"), ("fabrics", "fabric"), ("fabric_switches", "name"), ("designs", "design")]
    }
    made["design_devices"] = odd(t["design_devices"], "name")
    made["findings"] = odd(odd(t["findings"], "message"), "subject").with_columns(severity=pl.lit("error"), help=pl.lit(HOSTILE[0]))
    made["nic_ports"] = odd(t["nic_ports"], "name")
    made["fabric_skus"] = t["fabric_skus"].with_columns(part=pl.lit(HOSTILE[1]))
    return t.put(made)


def written(folder: Path, t: Tables, name: str = "x") -> Path:
    """A viewer of these tables alone."""
    about = {"name": name, "variant": "", "version": "0", "words": "revision draft · hash 000000000000"}
    for path, data in files.files(t, {}, about, []):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data if isinstance(data, bytes) else data())
    return folder


def test_hostile_names_are_shown_as_they_are(browser, packages, tmp_path):
    t = renamed(tables(packages["hall"]))
    with shown(browser, at(written(tmp_path, t, HOSTILE[0]))) as page:
        for i in range(7):
            page.evaluate("(i) => RW.select.rack(i)", i)
            expect(page.locator("#details h2")).to_have_text(" ".join(t["hall_racks"].sort("rack_id")["name"][i].split()))
        page.evaluate("RW.select.device(RW.index.switch_first)")
        page.wait_for_selector("#details .ports .link")
        page.locator("#details .ports .link").first.click()
        page.wait_for_selector("#details .why")
        page.locator("#search").fill("img src")
        page.wait_for_selector("#results li")
        assert page.evaluate("document.querySelectorAll('img, iframe, #details script, #side script').length") == 0
        assert "hit" not in page.title() or "document.title" in page.title()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("file", "change", "told"),
    [
        ("racks.js", lambda p: p.write_bytes(p.read_bytes()[:-60] + b'");\n'), "the data “racks” is damaged"),
        ("halls.js", lambda p: p.unlink(), "viewer/data/halls.js cannot be read"),
        ("trays.js", lambda p: p.write_bytes(p.read_bytes()[:200]), "viewer/data/trays.js is damaged"),
        ("index.js", lambda p: changed(p, '"format":1', '"format":99'), "format 99, newer than this page reads"),
        ("index.js", lambda p: p.unlink(), "viewer/data/index.js cannot be read"),
    ],
)
def test_a_damaged_or_newer_package_is_refused_in_words(browser, packages, tmp_path, file, change, told):
    shutil.copytree(packages["hall"] / "viewer", tmp_path / "viewer")
    change(tmp_path / "viewer" / "data" / file)
    with shown(browser, at(tmp_path), is_ready=False) as page:
        expect(page.get_by_role("alert")).to_contain_text(told)


def test_a_missing_chunk_of_cables_is_told_where_it_is_wanted(browser, packages, tmp_path):
    shutil.copytree(packages["hall"] / "viewer", tmp_path / "viewer")
    (tmp_path / "viewer" / "data" / "cables-0-0.js").unlink()
    with shown(browser, at(tmp_path, "#hall&rack=8&device=64"), is_ready=False) as page:
        expect(page.locator("#details [role=alert]")).to_contain_text("cables-0-0.js cannot be read")
        expect(page.locator(".plan .rack")).to_have_count(9)


def test_a_design_without_racks_says_so(browser, packages, tmp_path):
    t = tables(packages["hall"])
    empty = t.put({name: t[name].clear() for name in ("hall_racks", "fabric_switches", "fabric_cells", "fabric_cables", "findings")})
    with shown(browser, at(written(tmp_path, empty)), is_ready=False) as page:
        expect(page.get_by_role("alert")).to_contain_text("This design has no racks")


@pytest.mark.parametrize(
    "state",
    [
        "#hall&hall=99&rack=-7",
        "#nonsense&x=%E0%A4%A",
        "#rack&rack=1e9",
        "#hall&cable=%3Cimg%3E",
        "#hall&device=99999999",
        "#hall&tray=99999",
        "#hall&part=nothing",
    ],
)
def test_an_address_that_names_nothing_is_survived(browser, packages, state):
    with shown(browser, at(packages["hall"], state)) as page:
        expect(page.locator("#details")).not_to_be_empty()
        assert page.locator("#stage svg").count() == 1
