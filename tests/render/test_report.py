"""The report: everything of the tables, nothing from outside, nothing hostile, small and deterministic."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import polars as pl
import pytest

from rackwright.render.content import money, show, spoken
from rackwright.render.gallery import drawings
from rackwright.render.mark import Mark
from rackwright.render.report import report, sections
from rackwright.schema.tables import Tables

NASTY = "<script>alert(1)</script>\"'&`" + "é" * 170
VOID = {"meta", "link", "input", "br", "hr", "img"}


class Page(HTMLParser):
    """Tags, ids, attributes and texts of a page; balance of its tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(a, v or "") for a, v in attrs]
        self.ids += [v or "" for a, v in attrs if a == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(a, v or "") for a, v in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_page_is_balanced_with_unique_ids_and_live_links(tables: Tables):
    page = Page(report(tables, Mark(version="1.2.3")))
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    targets = [v[1:] for a, v in page.attributes if a == "href"]
    assert targets
    assert set(targets) <= set(page.ids)
    assert set((" ".join(v for a, v in page.attributes if a == "aria-labelledby")).split()) <= set(page.ids)
    assert "1.2.3" in page.text


def test_page_fetches_nothing(tables: Tables):
    text = report(tables)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg\")|@import|url\((?!#)|\bsrc=|<link|<img|<iframe|fetch\(|XMLHttp", text)
    assert "default-src 'none'" in text


def test_page_is_small_and_the_same_every_time(tables: Tables):
    first = report(tables, Mark("x", "B", "1" * 32, "1"))
    assert first == report(tables, Mark("x", "B", "1" * 32, "1"))
    assert len(first.encode()) < 2_500_000


def test_page_holds_figures_findings_inputs_and_prices(tables: Tables):
    text = Page(report(tables)).text
    shown = {"summary": "title", "inputs": "path", "bom": "part", "devices": "name", "assumptions": "subject", "power_cases": "name"}
    for table, column in shown.items():
        missing = [v for v in tables[table][column] if v not in text]
        assert not missing, f"{table}: {missing[:3]}"
    for message in tables["findings"]["message"]:
        assert message.replace("`", "") in text.replace("`", "")


def test_loose_cables_stand_row_by_row_and_scale_up_adds_up(nvl72: Tables):
    text = report(nvl72)
    loose = nvl72["cables"].filter(pl.col("kind") != "scale-up")
    assert all(label in text for label in loose["label"])
    body = text.split('id="t-scale-up-cables"')[1].split("</table>")[0]
    rows = re.findall(r"<tr>(?:<td[^>]*>([^<]*)</td>)(?:<td[^>]*>([^<]*)</td>)(?:<td[^>]*>([^<]*)</td>)<td[^>]*>([\d,]+)</td>", body)
    assert len(rows) == 4 * 18 * 9
    assert sum(int(r[3].replace(",", "")) for r in rows) == 1296


def test_air_rack_says_what_it_has_not(air: Tables):
    text = report(air)
    assert "no scale-up fabric" in text
    assert "Busbar along the height" not in text
    assert "Coolant along the height" not in text


SPOILT = {
    "racks": ["name"],
    "devices": ["name", "group", "part"],
    "chips": ["name"],
    "findings": ["message", "help"],
    "inputs": ["text", "path"],
    "bom": ["description"],
    "cables": ["label", "assembly"],
    "spans": ["file"],
    "assumptions": ["statement"],
    "summary": ["title", "text"],
    "power_cases": ["name"],
    "masses": ["item"],
}


def test_hostile_names_are_escaped(nvl72: Tables):
    spoilt = nvl72.put({name: nvl72[name].with_columns(pl.col(c) + pl.lit(NASTY) for c in columns) for name, columns in SPOILT.items()})
    page = Page(report(spoilt))
    assert page.tags.count("script") == 1
    assert page.open == []
    assert not [a for a, _ in page.attributes if a.startswith("on")]
    assert "<script>alert(1)</script>" in page.text


def test_no_design_still_gives_a_page():
    page = Page(report(Tables()))
    assert "found nothing wrong" in page.text


def test_sections_come_in_order_and_every_drawing_has_one():
    assert [s.name for s in sections()] == [
        "figures", "findings", "elevations", "floor", "fabrics", "scale-up", "network", "placement", "power", "supply", "trays", "pulls", "cooling",
        "mass", "cables", "bom", "assumptions", "inputs",
    ]  # fmt: skip
    assert {d.section for d in drawings()} <= {s.name for s in sections()}


def test_a_failed_case_is_called_one(nvl72: Tables):
    states = nvl72["power_case_states"].with_columns(loading_max=pl.when(pl.col("case_id") == 1).then(1.2).otherwise("loading_max"))
    text = report(nvl72.put({"power_case_states": states}))
    assert text.count('class="m-bad"') == 1
    assert "11 of the 12 cases" in text


SAID = [("2,500 kg/m2", "2,500 kg/m²"), ("40 degC", "40 °C"), ("1.19 m3/s", "1.19 m³/s"), ("not given", "not given"), ("12 kg", "12 kg")]


@pytest.mark.parametrize(("text", "said"), SAID)
def test_units_are_written_as_people_do(text: str, said: str):
    assert spoken(text) == said


def test_numbers():
    assert show(128662.0, "W") == "128.7 kW"
    assert show(None, "W") == "–"
    assert [money(v) for v in (None, 4.9, 12.0, 3301836.4)] == ["–", "4.90", "12", "3,301,836"]
