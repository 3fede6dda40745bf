"""Workbooks made with openpyxl: titles, heads, merged cells, what is hidden, values as shown."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from ingest.readers import read
from ingest.readers.xlsx_format import shown
from rag.domain import Kind, Reading
from rag.errors import UnreadableDocument


def saved(book: Any, tmp_path: Path) -> Reading:
    book.save(tmp_path / "a.xlsx")
    return read(tmp_path / "a.xlsx")


def sheet(rows: list[list[Any]]) -> Any:
    book = openpyxl.Workbook()
    book.active.title = "手数料"
    for row in rows:
        book.active.append(row)
    return book


def test_a_title_and_a_table(tmp_path: Path) -> None:
    book = sheet([["証明手数料一覧"], [], ["区分", "金額", "備考"], ["住民票", 300, "窓口"], ["戸籍", 1450, None]])
    book.active["B5"].number_format = '#,##0"円"'
    sections = saved(book, tmp_path).sections
    rows = [s for s in sections if s.kind is Kind.ROW]
    assert [(s.text, s.row) for s in rows] == [("住民票\t300\t窓口", 4), ("戸籍\t1,450円\t", 5)]
    assert rows[0].heading == ("手数料", "証明手数料一覧")
    assert rows[0].columns == ("区分", "金額", "備考")


def test_two_levels_of_heads_and_merged_cells(tmp_path: Path) -> None:
    book = sheet(
        [["区分", "手数料", None], [None, "窓口", "郵送"], ["証明書", "300円", "350円"], [None, "400円", "450円"]]
    )
    for area in ("A1:A2", "B1:C1", "A3:A4"):
        book.active.merge_cells(area)
    rows = saved(book, tmp_path).sections
    assert rows[0].columns == ("区分", "手数料／窓口", "手数料／郵送")
    assert [s.text for s in rows] == ["証明書\t300円\t350円", "証明書\t400円\t450円"]


def test_what_is_hidden_is_left_out_and_named(tmp_path: Path) -> None:
    book = sheet([["区分", "金額", "内部単価"], ["A", "1円", "秘1"], ["B", "2円", "秘2"], ["C", "3円", "秘3"]])
    book.active.column_dimensions["C"].hidden = True
    book.active.row_dimensions[3].hidden = True
    other = book.create_sheet("内部用")
    other["A1"] = "秘密"
    other.sheet_state = "hidden"
    reading = saved(book, tmp_path)
    assert [s.text for s in reading.sections] == ["A\t1円", "C\t3円"]
    assert [w.code for w in reading.warnings] == ["hidden-text", "hidden-text"]
    assert "行 3と列 C" in reading.warnings[0].message
    assert "内部用" in reading.warnings[1].message


def test_an_empty_workbook_has_no_text(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="文字情報がありません"):
        saved(openpyxl.Workbook(), tmp_path)


def test_several_tables_on_a_sheet(tmp_path: Path) -> None:
    book = sheet(
        [
            ["表1"],
            ["品目", "区分", "備考"],
            ["びん", "資源", "洗う"],
            [],
            ["表2"],
            ["地区", "曜日", "備考"],
            ["東", "月", "-"],
        ]
    )
    rows = [s for s in saved(book, tmp_path).sections if s.kind is Kind.ROW]
    assert [(s.heading[-1], s.columns[0], s.text) for s in rows] == [
        ("表1", "品目", "びん\t資源\t洗う"),
        ("表2", "地区", "東\t月\t-"),
    ]


@pytest.mark.parametrize(
    "value, form, words",
    [
        (1234567, "#,##0", "1,234,567"),
        (-1500, "#,##0;△#,##0", "△1,500"),
        (-1500, "#,##0", "-1,500"),
        (0.308, "0.0%", "30.8%"),
        (0.5, "0%", "50%"),
        (99.25, "0.0", "99.3"),
        (7, "000", "007"),
        (300, '#,##0"円"', "300円"),
        (300, "¥#,##0", "¥300"),
        (1500000, "#,##0,", "1,500"),
        (23279743112, "General", "23279743112"),
        (2.3279743112e10, "General", "23279743112"),
        (0.1 + 0.2, "General", "0.3"),
        (True, "General", "TRUE"),
        ("文字", "@", "文字"),
        (datetime(2026, 4, 1), 'ggge"年"m"月"d"日"', "令和8年4月1日"),
        (datetime(2019, 4, 30), "[$-411]ge.m.d", "H31.4.30"),
        (date(2019, 5, 1), '[$-ja-JP-x-gannen]ggge"年"m"月"d"日";@', "令和1年5月1日"),
        (datetime(2026, 4, 1), "yyyy/m/d", "2026/4/1"),
        (datetime(2026, 4, 1), 'm"月"d"日"(aaa)', "4月1日(水)"),
        (datetime(2026, 4, 1, 9, 5), "yyyy/mm/dd hh:mm", "2026/04/01 09:05"),
        (time(8, 30), "h:mm", "8:30"),
        (datetime(2026, 4, 1), "mm-dd-yy", "2026/4/1"),
    ],
)
def test_values_as_they_are_shown(value: object, form: str, words: str) -> None:
    assert shown(value, form) == words


def beside(right: list[list[Any]]) -> Any:
    """A table of three rows, and another one beside it with a column free between them."""
    left = [
        ["種類", "窓口", "担当"],
        ["住民票", 300, "市民課"],
        ["印鑑証明", 350, "市民課"],
        ["課税証明", 400, "税務課"],
    ]
    return sheet([[*row, None, *(right[i] if i < len(right) else [])] for i, row in enumerate(left)])


def test_tables_side_by_side_are_read_one_by_one(tmp_path: Path) -> None:
    book = beside([["区分", "件数"], ["窓口", 1200], ["郵送", 34]])
    rows = [(s.text, s.columns, s.row) for s in saved(book, tmp_path).sections]
    assert rows[0] == ("住民票\t300\t市民課", ("種類", "窓口", "担当"), 2)
    assert rows[3:] == [("窓口\t1200", ("区分", "件数"), 2), ("郵送\t34", ("区分", "件数"), 3)]


def test_groups_of_columns_with_the_rows_of_the_first_stay_one_table(tmp_path: Path) -> None:
    book = beside([["令和6年度", "令和7年度"], ["10件", "12件"], [None, None], ["7件", "9件"]])
    sections = saved(book, tmp_path).sections
    assert sections[2].text.split("\t") == ["課税証明", "400", "税務課", "7件", "9件"]
    assert {len(section.columns) for section in sections} == {5}


def test_what_is_drawn_so_that_nobody_sees_it_is_left_out_and_named(tmp_path: Path) -> None:
    book = sheet([["区分", "金額", "備考"], ["A", "1円", "白い字"], ["B", "2円", "出ない"], ["C", "3円", "青地に白"]])
    white, ground = Font(color="FFFFFFFF"), PatternFill("solid", fgColor="FF0000FF")
    book.active["C2"].font = book.active["C4"].font = white
    book.active["C4"].fill = ground
    book.active["C3"].number_format = ";;;"
    book.active["A2"].comment = Comment("内部のメモ", "担当")
    reading = saved(book, tmp_path)
    assert [s.text for s in reading.sections] == ["A\t1円\t", "B\t2円\t", "C\t3円\t青地に白"]
    named = " ".join(w.message for w in reading.warnings if w.code == "hidden-text")
    assert "(C2、C3)" in named
    assert "セル(A2)のコメント" in named


def test_a_formula_without_a_stored_result_is_named(tmp_path: Path) -> None:
    book = sheet([["区分", "金額", "備考"], ["A", 1, "x"], ["計", "=SUM(B2:B2)", "y"]])
    assert [w.code for w in saved(book, tmp_path).warnings] == ["uncomputed"]


def test_text_in_shapes_is_read(make: ModuleType, tmp_path: Path) -> None:
    sheet([["区分", "金額", "備考"], ["A", "1円", "x"]]).save(tmp_path / "plain.xlsx")
    with zipfile.ZipFile(tmp_path / "plain.xlsx") as plain:
        members = {name: plain.read(name) for name in plain.namelist()}
    space = "http://schemas.openxmlformats.org/"
    members["xl/worksheets/_rels/sheet1.xml.rels"] = (
        f'<Relationships xmlns="{space}package/2006/relationships"><Relationship Id="r1" '
        f'Type="{space}officeDocument/2006/relationships/drawing" Target="../drawings/drawing1.xml"/></Relationships>'
    ).encode()
    members["xl/drawings/drawing1.xml"] = (
        f'<x:wsDr xmlns:x="{space}drawingml/2006/spreadsheetDrawing" xmlns:a="{space}drawingml/2006/main"><x:sp>'
        "<x:txBody><a:p><a:r><a:t>締切は</a:t></a:r><a:r><a:t>6月30日です。</a:t></a:r></a:p></x:txBody></x:sp></x:wsDr>"
    ).encode()
    sections = read(make.archive(tmp_path / "a.xlsx", members)).sections
    assert (sections[-1].text, sections[-1].heading) == ("締切は6月30日です。", ("手数料", "図形内の文字"))


def test_a_cell_in_the_last_corner_costs_nothing(tmp_path: Path) -> None:
    book = sheet([["区分", "金額", "備考"], ["A", "1円", "x"]])
    book.active["XFD1048576"] = "端"
    reading = saved(book, tmp_path)
    assert [s.text for s in reading.sections] == ["A\t1円\tx"]
    assert [w.code for w in reading.warnings] == ["truncated"]


def test_a_form_on_squared_paper_says_everything_once(tmp_path: Path) -> None:
    book = sheet([])
    for area, words in {
        "B2:E3": "申請者",
        "F2:H2": "住所",
        "I2:T2": "中央1-1",
        "F3:H3": "氏名",
        "I3:T3": "山田",
    }.items():
        book.active[area.split(":")[0]] = words
        book.active.merge_cells(area)
    assert [s.text for s in saved(book, tmp_path).sections] == ["申請者\t住所\t中央1-1", "申請者\t氏名\t山田"]


def test_a_note_beside_a_table_is_no_part_of_its_rows(tmp_path: Path) -> None:
    book = sheet([["年度", "令和6年度", "令和7年度"], ["人口", 990, 980], ["世帯", 401, 402]])
    book.active["E1"] = "4月1日現在の住民基本台帳による。"
    book.active.merge_cells("E1:F3")
    *rows, note = saved(book, tmp_path).sections
    assert [(s.columns, s.text) for s in rows] == [
        (("年度", "令和6年度", "令和7年度"), "人口\t990\t980"),
        (("年度", "令和6年度", "令和7年度"), "世帯\t401\t402"),
    ]
    assert (note.kind, note.text) == (Kind.PROSE, "4月1日現在の住民基本台帳による。")


def test_struck_cells_are_left_out_and_named(tmp_path: Path) -> None:
    book = sheet([["区分", "金額", "備考"], ["住民票", "300円", "旧"], ["戸籍", "450円", ""]])
    book.active["C2"].font = Font(strike=True)
    reading = saved(book, tmp_path)
    assert "旧" not in "".join(s.text for s in reading.sections)
    assert [(w.code, "C2" in w.message) for w in reading.warnings] == [("struck-text", True)]


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (1234567, r"000\-0000", "123-4567"),
        (123, r"[<=999]000;[<=9999]000\-00;000\-0000", "123"),
        (9012345678, r"[<=99999999]####\-####;\(00\)\ ####\-####", "(90) 1234-5678"),
        (20260401, '0000"年"00"月"00"日"', "2026年04月01日"),
        (46113, '[$-411]gggee"年度"', "令和08年度"),
        (46113, "(aaa)", "(水)"),
        (46113, "0.00E+00", "46113"),
        (300, 'General"円"', "300円"),
        ("みらい太郎", '@"様"', "みらい太郎様"),
        ("1234567", '"〒"@', "〒1234567"),
        ("なし", '_ * #,##0_ ;_ * \\-#,##0_ ;_ * "-"_ ;_ @_ ', "なし"),
        (-500, "#,##0_);(#,##0)", "(500)"),
    ],
)
def test_digits_in_places_eras_alone_and_texts(value: object, form: str, text: str) -> None:
    assert shown(value, form) == text


def test_struck_text_within_a_cell_is_left_out_and_named(tmp_path: Path) -> None:
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    book = openpyxl.Workbook()
    book.active.append(["証明", "手数料"])
    book.active.append(
        ["住民票", CellRichText(TextBlock(InlineFont(strike=True), "300円"), TextBlock(InlineFont(b=True), "400円"))]
    )
    book.active.append(["戸籍謄本", CellRichText("450円", TextBlock(InlineFont(b=True), "（1通）"))])
    book.save(tmp_path / "a.xlsx")
    reading = read(tmp_path / "a.xlsx")
    assert [s.text for s in reading.sections[1:]] == ["住民票\t400円", "戸籍謄本\t450円（1通）"]
    assert [w.code for w in reading.warnings] == ["struck-text"] and "(B2)" in reading.warnings[0].message
