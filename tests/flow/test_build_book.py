"""The build book: what its pages say against the tables, page by page; the same bytes twice; hostile names; the command line."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path

import polars as pl
import pypdf
import pytest

from rackwright.cli.main import main
from rackwright.export import labels as label_rows
from rackwright.export import only as choice
from rackwright.export.only import ChoiceError, Only, UnknownNameError
from rackwright.flow import handoff, store
from rackwright.flow.composed import build_book
from rackwright.render import book
from rackwright.render.chapters import labels
from rackwright.schema import ends
from rackwright.schema.tables import Tables

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SPECS = {
    "rack": (EXAMPLES / "racks" / "gb200-nvl72.yaml",),
    "hall": (EXAMPLES / "halls" / "h100-superpod-1su.yaml", "--set", "racks.dgx.count=2", "--set", "unit=2"),
}


@pytest.fixture(scope="module", name="packages")
def _packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    found = {name: tmp_path_factory.mktemp("book") / name for name in SPECS}
    for name, words in SPECS.items():
        assert main(["build", *map(str, words), "-o", str(found[name])]) == 0
    return found


@cache
def opened(folder: Path) -> store.Package:
    return store.read(folder)


@cache
def made(folder: Path, only: Only = Only()) -> bytes:  # noqa: B008
    package = opened(folder)
    ((_, make),) = handoff.files(package.tables, handoff.receivers()["build-book"], only, package.manifest).items()
    return make()


@cache
def texts(folder: Path, only: Only = Only()) -> tuple[str, ...]:  # noqa: B008
    return tuple(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(made(folder, only))).pages)


def squeezed(text: str) -> str:
    """Text without spaces and breaks: long names are broken over lines."""
    return re.sub(r"\s+", "", text)


def whole(folder: Path, only: Only = Only()) -> str:  # noqa: B008
    return squeezed("".join(texts(folder, only)))


def test_every_cable_and_part_of_a_rack_is_in_it(packages):
    t, said = opened(packages["rack"]).tables, whole(packages["rack"])
    assert [x for x in t["cables"]["label"] if squeezed(x) not in said] == []
    assert [x for x in t["bom"]["part"] if x not in said] == []
    assert [x for x in t["devices"]["name"] if x not in said] == []
    assert [x for x in t["findings"]["message"] if squeezed(x) not in said] == []
    assert [x for x in t["waivers"]["because"] if squeezed(x) not in said] == []
    assert [x for x in t["assumptions"]["statement"] if squeezed(x.replace("`", "")) not in said] == []


def test_every_cable_and_part_of_a_hall_is_in_it(packages):
    t, said = opened(packages["hall"]).tables, whole(packages["hall"])
    at = ends.devices(t)
    every = label_rows.labels(t, at, choice.links(t, at, Only()))
    assert every["label"].n_unique() == t["fabric_cables"].height
    assert [x for x in every["label"].unique() if squeezed(x) not in said] == []
    assert [x for x in t["hall_parts"]["part"] if x not in said] == []
    assert [x for x in t["hall_racks"]["name"] if x not in said] == []
    assert [x for x in t["fabric_switches"]["name"] if x not in said] == []
    for label in every.filter(end="a").head(40).iter_rows(named=True):
        assert squeezed(f"{label['label']}{label['device']} {label['port']}") in said
    for pages in (texts(packages["hall"]),):
        sheets = [p for p in pages if "print at 100 %" in p]
        assert len(sheets) == -(-every.height // 21)
        near = squeezed("".join(sheets))
        assert [x for x in every["near"] if squeezed(x) not in near] == []


@pytest.mark.parametrize("name", SPECS)
def test_no_page_is_blank_and_each_says_where_it_stands(packages, name):
    pages = texts(packages[name])
    assert len(pages) > {"rack": 50, "hall": 20}[name]
    identity = opened(packages[name]).manifest.design_hash
    assert squeezed(pages[0]).count(identity) == 1
    for number, text in enumerate(pages, 1):
        assert f"page {number} of {len(pages)}" in text
        assert identity[:12] in text, number
        assert opened(packages[name]).manifest.design in text, number
        furniture = re.sub(r"revision draft.*|page \d+ of \d+", "", text)
        assert len(squeezed(furniture)) > 60, number


@pytest.mark.parametrize("name", SPECS)
def test_the_outline_leads_to_chapters_and_rows(packages, name):
    reader = pypdf.PdfReader(io.BytesIO(made(packages[name])))
    pages = texts(packages[name])
    titles = []
    for mark in reader.outline:
        for one in mark if isinstance(mark, list) else [mark]:
            title = re.sub(r"^[\d.]+ ", "", str(one.title))
            titles.append(title)
            if not isinstance(mark, list):
                assert squeezed(title) in squeezed(pages[reader.get_destination_page_number(one)])
    wanted = ["Findings and waivers", "Assumptions and estimates", "Elevations", "Cable schedule", "Connectors and torque", "Test plan"]
    wanted += ["Bill of material", "Cable labels"] + (["Floor and racks", "Pull plan", "Row H01.AA"] if name == "hall" else [])
    assert [w for w in wanted if w not in titles] == []
    assert str(reader.metadata.title).startswith(opened(packages[name]).manifest.design)
    assert reader.metadata.creation_date is None


def test_text_stays_on_the_page(packages):
    reader = pypdf.PdfReader(io.BytesIO(made(packages["hall"])))
    for page in reader.pages:
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        spots: list[tuple[float, float]] = []

        def seen(text: str, cm: list[float], tm: list[float], *_: object, spots=spots) -> None:
            if text.strip():
                spots.append((cm[0] * tm[4] + cm[2] * tm[5] + cm[4], cm[1] * tm[4] + cm[3] * tm[5] + cm[5]))

        page.extract_text(visitor_text=seen)
        assert spots
        assert all(0 < x < width and 0 < y < height for x, y in spots)


def test_the_same_package_gives_the_same_bytes(packages, tmp_path):
    out = tmp_path / "again.pdf"
    wanted = [sys.executable, "-m", "rackwright", "export", str(packages["rack"]), "build-book", "-o", str(out)]
    ran = subprocess.run(wanted, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": "7"})
    assert ran.stdout == ""
    assert f"wrote {out}" in ran.stderr
    assert out.read_bytes() == made(packages["rack"])
    assert b"CreationDate" not in out.read_bytes()


HOSTILE = [
    '#panic("no")', "$ x $ *bold* _it_ `raw", "<script>alert(1)</script>", "= Heading", '"]#[', "\\u{202e}", "a" * 200, "@ref #import 'x'", "é ß Ω Ж",
    "] #read('/etc/passwd')",
]  # fmt: skip


def test_hostile_names_are_text(packages):
    package = opened(packages["rack"])
    t, n = package.tables, len(HOSTILE)
    devices = t["devices"].with_columns(name=pl.concat_str(pl.lit(""), pl.Series([HOSTILE[i % n] + f" {i}" for i in range(t["devices"].height)])))
    cables = t["cables"].with_columns(label=pl.Series([f"{HOSTILE[i % n]}--{i}" for i in range(t["cables"].height)]))
    racks = t["racks"].with_columns(name=pl.lit(HOSTILE[0] + HOSTILE[6] + "\u202e"))
    inputs = t["inputs"].with_columns(text=pl.when(pl.col("path") == "about").then(pl.lit("".join(HOSTILE) + "名前")).otherwise("text"))
    cut = cables.filter(pl.col("assembly").is_null() | (pl.col("cable_id") % 40 == 0))
    t = t.put({"devices": devices, "cables": cut, "racks": racks, "inputs": inputs})
    links = build_book.chosen(t, Only())
    pdf = book.book(t, build_book.given(t, Only(), package.manifest, links))
    said = squeezed("".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(pdf)).pages))
    assert [x for x in HOSTILE if squeezed(x) not in said] == []
    assert [x for x in cut["label"] if squeezed(x) not in said] == []
    assert "\u202e" not in said
    assert "[U+540DU+524D]" in said


def test_the_book_of_a_row_or_rack(packages):
    t = opened(packages["hall"]).tables
    at = ends.devices(t)
    only = Only(rack=("H01.AA01",))
    said = whole(packages["hall"], only)
    every = label_rows.labels(t, at, choice.links(t, at, Only()))
    own = label_rows.labels(t, at, choice.links(t, at, only))
    assert [x for x in own["label"].unique() if squeezed(x) not in said] == []
    assert not any(squeezed(x) in said for x in set(every["label"]) - set(own["label"]))
    assert "rackH01.AA01" in said
    assert "Billofmaterial" not in said
    assert "Figuresofthewholehall" in said
    with pytest.raises(UnknownNameError, match=r"H01\.ZZ"):
        made(packages["hall"], Only(row=("H01.ZZ",)))
    with pytest.raises(ChoiceError, match="not for a device"):
        made(packages["hall"], Only(device=("x",)))


def test_too_many_links_are_refused(packages, monkeypatch):
    monkeypatch.setattr(build_book, "MOST", 100)
    t = opened(packages["hall"]).tables
    for only in (Only(), Only(row=("H01.AA",))):
        with pytest.raises(ChoiceError, match=r"a build book of 1\d\d links is more than the 100 of one book; name a row, rack or fabric"):
            build_book.chosen(t, only)


def test_a_design_without_cables_or_racks_has_a_book(packages):
    about = opened(packages["hall"]).manifest
    t = Tables({})
    pages = book.pages(t, build_book.given(t, Only(), about, None))
    assert [c["title"] for c in pages["chapters"]] == ["Findings and waivers"]
    reader = pypdf.PdfReader(io.BytesIO(book.typeset(pages)))
    assert "No rule found anything wrong" in reader.pages[2].extract_text()


@pytest.mark.parametrize("name", SPECS)
def test_every_page_and_drawing_of_a_package_says_the_same_hash(packages, name):
    folder, about = packages[name], opened(packages[name]).manifest
    words = f"revision draft · hash {about.design_hash[:12]}"
    assert re.fullmatch(r"revision draft · hash [0-9a-f]{12}", words)
    svgs = sorted((folder / "drawings").glob("*.svg"))
    assert len(svgs) > 3
    for svg in svgs:
        said = [e.text for e in ET.parse(svg).getroot().iter("{http://www.w3.org/2000/svg}text")]
        assert ["revision", "draft", "hash", about.design_hash[:12]] == said[said.index("revision") : said.index("hash") + 2], svg.name
        assert about.design in said
    pages = [f.path for f in about.files if f.path.endswith(".html") and not f.path.startswith("viewer/")]
    assert "report.html" in pages
    for path in pages:
        assert f'<p class="mark">{words}</p>' in (folder / path).read_text(encoding="utf-8"), path
    index = (folder / "viewer" / "data" / "index.js").read_text(encoding="utf-8")
    assert json.loads(re.fullmatch(r'RW\.put\("index",(.*),""\);\n', index, re.DOTALL)[1])["words"] == words
    assert all(words in p for p in texts(folder)[2:])


def test_a_torque_of_your_own_stands_in_its_table(packages):
    t = opened(packages["rack"]).tables
    facts = t["part_facts"].filter((pl.col("part") == "nvidia/gb200-compute-tray") & (pl.col("fact") == "mass"))
    own = facts.with_columns(
        fact=pl.lit("torque_fixing"), value=pl.lit(1.4), text=pl.lit("1.4 Nm"), unit=pl.lit("Nm"), source=pl.lit("our drawing 7")
    )
    chapter = next(c for c in book.chapters() if c.name == "connectors")
    given = build_book.given(t, Only(), opened(packages["rack"]).manifest, None)
    rows = {}
    for name, tables in (("before", t), ("after", t.put({"part_facts": pl.concat([t["part_facts"], own])}))):
        joints = next(b for b in chapter.blocks(tables, given, ()) or () if getattr(b, "title", "") == "Joints and torque")
        rows[name] = {r[0]: r[3:5] for r in joints.rows}
    assert set(rows["before"].values()) == {("", "")}
    assert rows["after"].pop("nvidia/gb200-compute-tray") == ("1.4 N·m", "our drawing 7")
    assert set(rows["after"].values()) == {("", "")}


def test_the_plan_tests_what_the_tables_solve(packages):
    t = opened(packages["rack"]).tables
    chapter = next(c for c in book.chapters() if c.name == "tests")
    blocks = chapter.blocks(t, build_book.given(t, Only(), opened(packages["rack"]).manifest, None), ()) or ()
    rows = [r for b in blocks for r in getattr(b, "rows", ())]
    assert [int(r[0]) for r in rows] == list(range(1, len(rows) + 1))
    trays = t["coolant_branches"].filter(pl.col("kind") == "tray").join(t["coolant_branch_states"], on="branch_id")
    flows = [r for r in rows if r[1] == "Flow, pressure drop, rise"]
    assert len(flows) == trays.height
    names = dict(t["devices"].select("device_id", "name").iter_rows())
    by_tray = {names[d]: (f, h) for d, f, h in trays.select("device_id", "flow_l_min", "heat_w").iter_rows()}
    for row in flows:
        flow, heat = by_tray[row[2]]
        assert float(row[3].split()[0]) == pytest.approx(flow, rel=1e-3, abs=0.005)
        assert float(row[4].removeprefix("≥ ").split()[0]) == pytest.approx(
            1.13 * heat / 1000, rel=1e-3, abs=0.005
        )  # least flow of both trays, L/min per kW
        assert flow > 1.13 * heat / 1000
    required = t["power_cases"].filter(pl.col("is_required") & (pl.col("kind") != "normal"))["name"]
    assert [r[1] for r in rows if r[1].startswith("Switch off")] == [f"Switch off: {n}" for n in required]
    assert [r[3].partition(" at ")[0] for r in rows if r[1] == "Links up, at speed" and "nvlink" in r[2]] == ["1,296"]
    insulation = {r[2].split(" (")[0]: (r[1][-9:], r[4]) for r in rows if r[1].startswith("Insulation")}
    assert insulation["every circuit of 415 V AC"] == (" 500 V DC", "≥ 1.0 MΩ")
    assert [v for k, v in insulation.items() if k.endswith("DC")] == [(" 250 V DC", "≥ 0.5 MΩ")]


@pytest.mark.parametrize("name", labels.STOCKS)
def test_labels_lie_on_the_stock(name):
    stock = labels.STOCKS[name]
    made = labels.Stickers("Sheets", stock, [{"near": f"n{i}", "far": f"f{i}", "qr": f"q{i // 2}", "about": ""} for i in range(150)]).to_json(180.0)
    each = stock["columns"] * stock["rows"]
    assert [len(s) for s in made["sheets"]] == [each] * (150 // each) + ([150 % each] if 150 % each else [])
    assert len(made["codes"]) == 75
    right = stock["left"] + (stock["columns"] - 1) * stock["pitch_x"] + stock["w"]
    bottom = stock["top"] + (stock["rows"] - 1) * stock["pitch_y"] + stock["h"]
    assert abs(210 - right - stock["left"]) < 1.0
    assert abs(297 - bottom - stock["top"]) < 1.0
    assert stock["code"] + 2 * stock["pad"] <= stock["h"]
