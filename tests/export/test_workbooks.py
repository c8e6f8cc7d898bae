"""Workbooks reopened with openpyxl and compared with the tables."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from rackwright.export import bom_xlsx, cables_xlsx, cut_sheets
from rackwright.export.marked import marked
from rackwright.export.only import ChoiceError, Only
from rackwright.export.sheets import Book, Sheet, spoken
from rackwright.flow import handoff
from rackwright.flow.hall import compile_hall
from rackwright.flow.package import build
from rackwright.flow.pipeline import compile_file
from rackwright.schema.tables import Tables

INJECTED = ["=1+1", "+A1", "-2+3", "@SUM(A1)", "=cmd|' /C calc'!A0", "https://example.org", "\t=1", "0123", "1e5"]


@pytest.fixture(scope="module", params=["gb200-nvl72", "dgx-h100-x4"])
def tables(request: pytest.FixtureRequest, examples: Path) -> Tables:
    return compile_file(str(examples / f"{request.param}.yaml"), as_of="2026-01-01").tables


def reopened(data: bytes, sheet: str) -> tuple[list[str], list[list[object]]]:
    page = openpyxl.load_workbook(io.BytesIO(data))[sheet]
    rows = [[c.value for c in row] for row in page.iter_rows()]
    return [str(v) for v in rows[0]], rows[1:]


def same(data: bytes, sheet: str, frame: pl.DataFrame) -> None:
    heads, rows = reopened(data, sheet)
    assert heads == frame.columns
    rows = [r for r in rows if any(v is not None for v in r)]
    assert len(rows) == frame.height
    for i, column in enumerate(frame.get_columns()):
        seen = [r[i] for r in rows]
        if column.dtype == pl.Float64:  # a cell holds 16 digits
            seen, expected = [pytest.approx(v, rel=1e-14) if v is not None else None for v in seen], column.to_list()
            assert expected == seen
        else:
            assert seen == column.to_list()


def test_cables_are_those_of_the_tables(tables: Tables):
    data = cables_xlsx.workbook(tables)
    for name, frame in (("Cables", cables_xlsx.cables(tables)), ("Pairs", cables_xlsx.pairs(tables)), ("Lengths", cables_xlsx.lengths(tables))):
        same(data, name, frame)
    heads, rows = reopened(data, "Cables")
    assert [r[0] for r in rows] == tables["cables"].sort("cable_id")["label"].to_list()
    assert sum(int(str(r[heads.index("Cut, mm")])) for r in rows) == tables["cables"]["length_cut_mm"].sum()


def test_ends_say_rack_device_unit_and_port_in_the_order_of_the_label(tables: Tables):
    ports, devices = tables["ports"], {d["name"]: d for d in tables["devices"].iter_rows(named=True)}
    heads, rows = reopened(cables_xlsx.workbook(tables), "Cables")
    for cable, row in zip(tables["cables"].sort("cable_id").iter_rows(named=True), rows, strict=True):
        shown = dict(zip(heads, row, strict=True))
        ends = str(shown["Label"]).split("--")
        assert {ports.row(p, named=True)["name"] for p in (cable["a_port_id"], cable["b_port_id"]) if p is not None} <= set(ends)
        for side, end in zip("AB", ends, strict=True):
            device = devices.get(end.split("/")[0])
            assert device or end.startswith("feed-")
            expected = [tables["racks"]["name"][0], device["name"], device["position_u"], end] if device else [None, end, None, end]
            assert [shown[f"{side} {c}"] for c in ("rack", "device", "unit", "port")] == expected


def test_lengths_add_up(tables: Tables):
    frame = cables_xlsx.lengths(tables)
    assert frame["Cables"].sum() == tables["cables"].height
    assert (frame["Cables"] * frame["Cut, mm"]).sum() == tables["cables"]["length_cut_mm"].cast(pl.Int64).sum()


def test_bill_is_that_of_the_tables(tables: Tables):
    data = bom_xlsx.workbook(tables)
    same(data, "BOM", bom_xlsx.lines(tables))
    bought = tables["bom"].filter(pl.col("level") == 0)
    for sheet in ("By origin", "By kind"):
        heads, rows = reopened(data, sheet)
        assert sum(float(str(r[heads.index("Cost, USD")])) for r in rows) == pytest.approx(bought["cost_usd"].sum())
        assert sum(int(str(r[heads.index("Lines")])) for r in rows) == bought.height


@pytest.mark.parametrize("room", [cables_xlsx, bom_xlsx])
def test_same_tables_give_the_same_bytes(tables: Tables, room: object):
    first = room.workbook(tables)  # type: ignore[attr-defined]
    time.sleep(2.1)  # zip keeps times to two seconds
    assert room.workbook(tables) == first  # type: ignore[attr-defined]


def test_heads_are_frozen_filtered_and_carry_units(tables: Tables):
    book = openpyxl.load_workbook(io.BytesIO(cables_xlsx.workbook(tables)))
    assert book.sheetnames == ["Cables", "Pairs", "Lengths"]
    for page in book:
        assert page.freeze_panes == "A2"
        assert page.auto_filter.ref.startswith("A1:")
        assert page["A1"].font.bold
    assert "Cut, mm" in [c.value for c in book["Cables"][1]]
    assert openpyxl.load_workbook(io.BytesIO(bom_xlsx.workbook(tables))).sheetnames == ["BOM", "By origin", "By kind"]


def test_what_looks_like_a_formula_stays_text():
    frame = pl.DataFrame({"Label": INJECTED, "Number": list(range(len(INJECTED)))})
    data = Book("t", "=1+1").write([Sheet("Cables", frame)])
    page = openpyxl.load_workbook(io.BytesIO(data))["Cables"]
    cells = [page.cell(row, 1) for row in range(2, 2 + len(INJECTED))]
    assert [c.value for c in cells] == INJECTED
    assert {c.data_type for c in cells} == {"s"}
    assert not [c for c in cells if c.hyperlink]
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
        assert not [n for n in parts.namelist() if "vba" in n.lower() or "external" in n.lower()]


def test_control_characters_and_long_texts_do_not_break_the_file():
    frame = pl.DataFrame({"Label": ["a\x00b\x1fc", "x" * 40_000, "機架 𝔘"]})
    page = openpyxl.load_workbook(io.BytesIO(Book("t", "s").write([Sheet("S", frame)])))["S"]
    assert [page.cell(r, 1).value for r in (2, 3, 4)] == ["a b c", "x" * 32_767, "機架 𝔘"]


def test_texts_that_xml_or_excel_would_read_otherwise_come_back():
    """Markup, spaces at the ends, ends of lines, and `_x0041_`, which stands for a letter in a cell unless its `_` is written so (ST_Xstring)."""
    words = ["<a>&amp;</a>", "]]>", " both ends ", "two\nlines", "_x0041_", '"quoted"', "a\tb", "\u2028"]
    data = Book("t", "s").write([Sheet("S", pl.DataFrame({"A": words, "B": words[::-1]}), ["Same", "Same"])])
    heads, rows = reopened(data, "S")
    assert heads == ["Same", "Same"]
    assert [str(r[0]).replace("_x005F", "") for r in rows] == words
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert b"<t>_x005F_x0041_</t>" in parts.read("xl/worksheets/sheet1.xml").replace(b' xml:space="preserve"', b"")


def test_rows_of_many_pieces_stand_in_their_order_with_their_styles():
    frame = pl.DataFrame({"N": range(45_001), "T": [f"r{i}" for i in range(45_001)], "F": [i / 4 for i in range(45_001)]})
    page = openpyxl.load_workbook(io.BytesIO(Book("t", "s").write([Sheet("S", frame)])), read_only=True)["S"]
    assert page.calculate_dimension() == "A1:C45002"
    rows = list(page.iter_rows(min_row=2))
    assert [tuple(c.value for c in r) for r in rows] == frame.rows()
    assert {tuple(c.number_format for c in r) for r in rows} == {("#,##0", "General", "#,##0.00##")}


def test_truth_values_are_words():
    frame = pl.DataFrame({"is_a": [True, None, False]})
    page = openpyxl.load_workbook(io.BytesIO(Book("t", "s").write([Sheet("S", frame)])))["S"]
    assert [c.value for c in page["A"]] == ["is_a", "true", None, "false"]


def test_nothing_known_stays_an_empty_cell():
    frame = pl.DataFrame({"A": [None, 1.5, float("nan")], "B": [None, "x", ""]})
    page = openpyxl.load_workbook(io.BytesIO(Book("t", "s").write([Sheet("S", frame)])))["S"]
    assert [page.cell(r, 1).value for r in (2, 3, 4)] == [None, 1.5, None]
    assert page.cell(2, 2).value is None


def test_an_empty_design_still_gives_workbooks():
    assert openpyxl.load_workbook(io.BytesIO(cables_xlsx.workbook(Tables()))).sheetnames == ["Cables", "Pairs", "Lengths"]
    assert openpyxl.load_workbook(io.BytesIO(bom_xlsx.workbook(Tables()))).sheetnames == ["BOM", "By origin", "By kind"]


def test_the_bill_of_a_hall():
    """Racks as wholes, and of each part of the fabrics as many as stand in `hall_parts`; cables by length add up to the cables."""
    spec = Path(__file__).resolve().parents[2] / "examples" / "halls" / "dual-plane-512.yaml"
    t = compile_hall(str(spec), as_of="2026-01-01").tables
    ((path, make),) = bom_xlsx.files(t)
    assert path == "bom.xlsx"
    assert make() == make()
    book = openpyxl.load_workbook(io.BytesIO(make()))
    sheets = {s.title: [dict(zip([c.value for c in next(s.rows)], [c.value for c in r], strict=True)) for r in s.iter_rows(min_row=2)] for s in book}
    assert list(sheets) == ["BOM", "By fabric", "Cables by length", "By kind"]
    racks = {r["Part"]: r["Quantity"] for r in sheets["BOM"] if r["Kind"] == "rack"}
    assert racks == {"box": 32}
    for kind in ("switch", "cable", "transceiver"):
        wanted = dict(t["hall_parts"].filter(pl.col("kind") == kind).group_by("part").agg(pl.col("quantity").sum()).iter_rows())
        assert {r["Part"]: r["Quantity"] for r in sheets["BOM"] if r["Kind"] == kind} == wanted
        assert {r["Lines"] for r in sheets["By kind"] if r["Kind"] == kind} == {sum(r["Kind"] == kind for r in sheets["By fabric"])}
    assert sum(r["Cables"] for r in sheets["Cables by length"]) == t["fabrics"]["cables"].sum() == t["fabric_cables"]["key"].n_unique()
    assert not {r["Fabric"] for r in sheets["By fabric"]} - {None, *t["fabrics"]["fabric"]}
    total = t["hall_parts"]["cost_usd"].sum() + t["designs"].select(pl.col("cost_usd").fill_null(0).dot(pl.col("racks"))).item()
    assert sum(r["Cost, USD"] or 0 for r in sheets["By fabric"]) == pytest.approx(total, abs=1)


def test_the_cables_of_a_hall_as_a_workbook(monkeypatch):
    spec = Path(__file__).resolve().parents[2] / "examples" / "halls" / "h100-superpod-1su.yaml"
    t = compile_hall(str(spec), as_of="2026-01-01").tables
    assert not list(cables_xlsx.files(t))
    chosen = Only(rack=("H01.AA01",))
    ((path, make),) = cables_xlsx.files_of(t, chosen)
    book = openpyxl.load_workbook(io.BytesIO(make()))
    heads, *rows = [[c.value for c in row] for row in book["Cables"].iter_rows()]
    ((_, made),) = cut_sheets.files_of(t, chosen)
    wanted = pl.read_csv(made())
    assert (path, heads[0]) == ("cables-H01.AA01.xlsx", "Label")
    assert [r[0] for r in rows] == wanted["label"].to_list()
    assert [r[heads.index("Cut, mm")] for r in rows] == wanted["cut_mm"].to_list()
    assert sum(c.value for (c,) in book["Lengths"].iter_rows(min_row=2, min_col=4, max_col=4)) == wanted.height
    monkeypatch.setattr(cables_xlsx, "ROWS", 10)
    with pytest.raises(ChoiceError, match="do not fit into a sheet, which has 10 rows"):
        list(cables_xlsx.files_of(t, chosen))


def test_printed_pages_say_what_they_are_of():
    """Codes of ECMA-376 part 1, 18.3.1.46: `&P` page, `&N` pages, `&D` day of printing, `&A` sheet; `&&` is the letter."""
    book = Book("Cables & modules", "pod & 7")
    plain = openpyxl.load_workbook(io.BytesIO(book.write([Sheet("S", pl.DataFrame({"A": ["x"]}))])))["S"]
    assert (plain.oddFooter.left.text, plain.oddFooter.right.text) == (None, "page &P of &N")
    make = marked("a.xlsx", lambda: book.write([Sheet("S", pl.DataFrame({"A": ["x"]}))]), "revision B · hash 0123456789ab")
    page = openpyxl.load_workbook(io.BytesIO(make()))["S"]
    assert [x.text for x in (page.oddHeader.left, page.oddHeader.center, page.oddHeader.right)] == ["Cables && modules", "&A", "pod && 7"]
    footer = [x.text for x in (page.oddFooter.left, page.oddFooter.center, page.oddFooter.right)]
    assert footer == ["revision B · hash 0123456789ab", "printed &D", "page &P of &N"]


def test_workbooks_of_a_package_have_its_revision_and_hash(examples: Path, tmp_path: Path):
    design = compile_file(str(examples / "dgx-h100-x4.yaml"), as_of="2026-01-01")
    about = build(design, tmp_path / "out", pictures=False)
    made = handoff.files(design.tables, handoff.receivers()["bom-xlsx"], Only(), about)
    for data in ((tmp_path / "out" / "bom.xlsx").read_bytes(), made["bom.xlsx"]()):
        page = openpyxl.load_workbook(io.BytesIO(data))["BOM"]
        assert page.oddFooter.left.text == f"revision draft · hash {about.design_hash[:12]}"


def test_long_texts_are_wrapped_in_columns_that_fit_others():
    texts = ["x" * 250, "short"]
    page = openpyxl.load_workbook(io.BytesIO(Book("t", "s").write([Sheet("S", pl.DataFrame({"A": texts, "B": ["y" * 90, "y"]}))])))["S"]
    assert page.column_dimensions["A"].width >= 100
    assert page.column_dimensions["B"].width >= 90
    assert [page[c].alignment.wrap_text for c in ("A2", "B2")] == [True, None]


def test_heads_in_words_with_units():
    assert spoken(["label", "a_u", "cut_mm", "speed_gbps", "b_more", "phase_a"]) == [
        "Label", "A unit", "Cut, mm", "Speed, Gb/s", "B further ends", "Phase a",
    ]  # fmt: skip
