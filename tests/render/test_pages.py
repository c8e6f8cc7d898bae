"""Pages beside the report of a campus: every rack on the page of its hall and nowhere else, links that lead somewhere, nothing hostile."""

from __future__ import annotations

import html
import posixpath
import re
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from rackwright.flow.hall import compile_hall
from rackwright.flow.pipeline import Design, compile_file
from rackwright.render.gallery import scenes
from rackwright.render.mark import Mark
from rackwright.render.pages import pages
from rackwright.render.report import report
from rackwright.render.viewer.files import PAGE

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
MARK = Mark("campus", "B", "0123456789abcdef" * 2, "1")
NASTY = "<script>alert(1)</script>\"'&`\x00" + "é" * 170


@cache
def campus() -> Design:
    """Two halls."""
    return compile_hall(str(EXAMPLES / "halls" / "h100-superpod-1su.yaml"), sets=["halls=2"], as_of="2026-01-01")


@cache
def made() -> dict[str, str]:
    """Path and text of the report and of every page beside it."""
    t = campus().tables
    beside = pages(t, campus().racks, MARK, scenes(t))
    return {"report.html": report(t, MARK, beside=beside), **{p.path: p.make().decode() for p in beside}}


def test_there_is_a_page_for_each_hall_and_each_design():
    assert list(made()) == ["report.html", "report/hall-01.html", "report/hall-02.html", "report/rack-01.html"]
    assert all(MARK.words in text for text in made().values())


def test_links_lead_to_pages_of_the_package():
    for path, text in made().items():
        assert [text.count(f"<{tag}>") + text.count(f"<{tag} ") - text.count(f"</{tag}>") for tag in ("section", "table", "div", "ul")] == [0] * 4
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids))
        for href in re.findall(r'href="([^"]+)"', text):
            file, _, place = html.unescape(href).partition("#")
            if not file:
                assert place in ids
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), file))
            assert target in made() or target == PAGE, href
    for path in list(made())[1:]:
        assert f'href="{path}"' in made()["report.html"]


@pytest.mark.parametrize("hall_id", [0, 1])
def test_a_hall_has_every_rack_of_its_own_with_its_figures(hall_id: int):
    text, racks = made()[f"report/hall-0{hall_id + 1}.html"], campus().tables["hall_racks"]
    rows = re.findall(r'<tr id="r-(\d+)"><th scope="row" class="code">([^<]+)</th>(.*)</tr>', text)
    own = racks.filter(pl.col("hall_id") == hall_id)
    assert {(int(i), name) for i, name, _ in rows} == set(own.select("rack_id", "name").iter_rows())
    power, mass = (dict(own.select("rack_id", column).iter_rows()) for column in ("power_w", "mass_kg"))
    switches = campus().tables["fabric_switches"].group_by("rack_id").len()
    for i, name, rest in rows:
        cells = re.findall(r"<td[^>]*>(.*?)</td>", rest)
        assert float(cells[2]) == pytest.approx(power[int(i)] / 1000, abs=0.051), name
        assert cells[5] == f"{mass[int(i)]:,.0f}", name
        assert f"#rack&amp;rack={i}" in cells[-1]
    counts = [sum(int(n) for n in re.findall(r"(\d+) × ", rest)) for _, _, rest in rows]
    assert sum(counts) == switches.filter(pl.col("rack_id").is_in(own["rack_id"].implode()))["len"].sum()
    assert text.count('class="dev') >= own.height


def test_a_design_has_its_elevation_and_figures():
    text = made()["report/rack-01.html"]
    for name in campus().racks["dgx"]["devices"]["name"]:
        assert name in text
    for label in campus().racks["dgx"]["cables"]["label"]:
        assert label in text
    assert "cables.xlsx" not in text
    assert {"elevations", "figures", "cables", "bom"} <= set(re.findall(r'<section id="([^"]+)"', text))


def test_a_rack_has_no_pages_beside_its_report():
    t = compile_file(str(EXAMPLES / "racks" / "storage-6x8.yaml"), as_of="2026-01-01").tables
    assert pages(t, {}, MARK, {}) == []


def test_hostile_names_stay_text():
    t = campus().tables
    t = t.put(
        {
            name: t[name].with_columns(pl.lit(NASTY).alias(c))
            for name, c in (("hall_racks", "name"), ("designs", "design"), ("fabric_switches", "part"))
        }
    )
    for page in pages(t, {}, MARK, {}):
        text = page.make().decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;` " in text
        assert "\x00" not in text
