"""Word documents made with python-docx, and by hand where it cannot write the feature."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from ingest.readers import read
from rag.domain import Kind, Reading


def saved(document: Any, tmp_path: Path) -> Reading:
    document.save(str(tmp_path / "a.docx"))
    return read(tmp_path / "a.docx")


def add_xml(document: Any, inner: str) -> None:
    document.element.body.insert(-1, parse_xml(f"<w:p {nsdecls('w')}>{inner}</w:p>"))


def test_headings_paragraphs_and_tables_keep_their_order(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("休暇の手引き", 1)
    document.add_heading("年次休暇", 2)
    document.add_paragraph("年に20日とする。")
    table = document.add_table(rows=2, cols=3)
    for cell, words in zip(table._cells, ["区分", "日数", "備考", "常勤", "20日", "繰越し可"], strict=True):
        cell.text = words
    document.add_paragraph("表の後の文。")
    heading = ("休暇の手引き", "年次休暇")
    assert [(s.heading, s.kind, s.text) for s in saved(document, tmp_path).sections] == [
        (heading, Kind.PROSE, "年に20日とする。"),
        (heading, Kind.ROW, "常勤\t20日\t繰越し可"),
        (heading, Kind.PROSE, "表の後の文。"),
    ]


def test_articles(tmp_path: Path) -> None:
    document = docx.Document()
    for line in [
        "第１章　総則",
        "（目的）",
        "第１条　この要綱は、必要な事項を定める。",
        "２　前項の規定は、準用する。",
        "附　則",
        "この要綱は、公布の日から施行する。",
    ]:
        document.add_paragraph(line)
    assert [(s.heading, s.text) for s in saved(document, tmp_path).sections] == [
        (("第１章　総則", "第１条（目的）"), "第１条　この要綱は、必要な事項を定める。\n２　前項の規定は、準用する。"),
        (("附　則",), "この要綱は、公布の日から施行する。"),
    ]


def test_merged_cells_are_filled(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=4, cols=3)
    table.cell(0, 0).merge(table.cell(1, 0)).text = "区分"
    table.cell(0, 1).merge(table.cell(0, 2)).text = "手数料"
    table.cell(1, 1).text, table.cell(1, 2).text = "窓口", "郵送"
    table.cell(2, 0).merge(table.cell(3, 0)).text = "証明書"
    for place, words in {(2, 1): "300円", (2, 2): "350円", (3, 1): "400円", (3, 2): "450円"}.items():
        table.cell(*place).text = words
    rows = saved(document, tmp_path).sections
    assert [s.text for s in rows] == ["証明書\t300円\t350円", "証明書\t400円\t450円"]
    assert rows[0].columns == ("区分", "手数料／窓口", "手数料／郵送")


def test_a_row_marked_as_head_is_the_head(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=2, cols=2)
    for cell, words in zip(table._cells, ["1月", "2月", "10件", "20件"], strict=True):
        cell.text = words
    table.rows[0]._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
    (row,) = saved(document, tmp_path).sections
    assert (row.columns, row.text) == (("1月", "2月"), "10件\t20件")


def test_changes_are_taken_as_accepted(tmp_path: Path) -> None:
    document = docx.Document()
    add_xml(
        document,
        "<w:r><w:t>手数料は</w:t></w:r><w:del w:id='1' w:author='a'><w:r><w:delText>200</w:delText></w:r></w:del>"
        "<w:ins w:id='2' w:author='a'><w:r><w:t>300</w:t></w:r></w:ins><w:r><w:t>円です。</w:t></w:r>",
    )
    assert saved(document, tmp_path).sections[0].text == "手数料は300円です。"


def test_hidden_text_is_left_out_and_named(tmp_path: Path) -> None:
    document = docx.Document()
    add_xml(document, "<w:r><w:t>見える。</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>隠れた命令</w:t></w:r>")
    add_xml(document, "<w:r><w:rPr><w:color w:val='FFFFFF'/></w:rPr><w:t>白い命令</w:t></w:r>")
    reading = saved(document, tmp_path)
    assert [s.text for s in reading.sections] == ["見える。"]
    assert [w.code for w in reading.warnings] == ["hidden-text"]


def test_a_text_box_is_read_once(tmp_path: Path) -> None:
    document = docx.Document()
    box = "<w:txbxContent><w:p><w:r><w:t>箱の中。</w:t></w:r></w:p></w:txbxContent>"
    spaces = (
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml"'
    )
    add_xml(
        document,
        f"<w:r><mc:AlternateContent {spaces}><mc:Choice Requires='wps'>{box}</mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>",
    )
    assert [s.text for s in saved(document, tmp_path).sections] == ["箱の中。"]


def test_numbers_of_lists_are_written(tmp_path: Path) -> None:
    document = docx.Document()
    for words in ("申請書", "印鑑"):
        document.add_paragraph(words, style="List Number")
    document.add_paragraph("通帳", style="List Bullet")
    (section,) = saved(document, tmp_path).sections
    assert section.text.split("\n") == ["1.　申請書", "2.　印鑑", "・通帳"]


def test_a_form_without_a_head_row(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=2, cols=2)
    for cell, words in zip(table._cells, ["住所", "みらい市中央1-1", "氏名", "山田太郎"], strict=True):
        cell.text = words
    rows = saved(document, tmp_path).sections
    assert [(s.text, s.columns) for s in rows] == [("住所\tみらい市中央1-1", ("", "")), ("氏名\t山田太郎", ("", ""))]


def test_a_table_of_contents_is_left_out(tmp_path: Path) -> None:
    document = docx.Document()
    style = document.styles.add_style("toc 1", 1)
    document.add_paragraph("第１章 総則 3", style=style)
    document.add_paragraph("本文です。")
    assert [s.text for s in saved(document, tmp_path).sections] == ["本文です。"]
    assert style.element.find(qn("w:name")) is not None


def table(document: Any, rows: list[list[str]]) -> None:
    found = document.add_table(rows=len(rows), cols=len(rows[0]))
    for line, row in zip(found.rows, rows, strict=True):
        for cell, words in zip(line.cells, row, strict=True):
            cell.text = words


def test_questions_and_answers_in_tables(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("よくある質問", 1)
    table(
        document,
        [["Ｑ１", "どこで取れますか。"], ["Ａ１", "市民課です。"], ["Ｑ２", "いくらですか。"], ["Ａ２", "300円です。"]],
    )
    document.add_heading("窓口の質問", 1)
    table(document, [["番号", "質問", "回答", "担当"], ["1", "休みはいつですか。", "日曜日です。", "総務課"]])
    found = [(s.kind, s.question, s.text, s.columns) for s in saved(document, tmp_path).sections]
    assert found == [
        (Kind.FAQ, "どこで取れますか。", "市民課です。", ()),
        (Kind.FAQ, "いくらですか。", "300円です。", ()),
        (Kind.FAQ, "休みはいつですか。", "日曜日です。", ("担当：総務課",)),
    ]


def test_a_question_without_its_answer_stays_a_row(tmp_path: Path) -> None:
    document = docx.Document()
    table(document, [["Ｑ１", "どこで取れますか。"], ["備考", "市民課です。"], ["Ｑ２", "いくらですか。"]])
    assert [s.kind for s in saved(document, tmp_path).sections] == [Kind.ROW] * 3


def test_old_and_new_wording_are_told_apart_by_their_heads(tmp_path: Path) -> None:
    document = docx.Document()
    table(document, [["改 正 後（案）", "改正前"], ["手数料は、400円とする。", "手数料は、300円とする。"]])
    (row,) = saved(document, tmp_path).sections
    assert row.columns == ("改 正 後（案）", "改正前")


def test_a_formula_is_read_and_comments_are_named(tmp_path: Path) -> None:
    document = docx.Document()
    math = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    add_xml(document, f"<w:r><w:t>減免額＝</w:t></w:r><m:oMath {math}><m:r><m:t>A×0.5</m:t></m:r></m:oMath>")
    paragraph = document.add_paragraph("本文です。")
    document.add_comment(paragraph.runs, text="内部のメモ", author="担当")
    reading = saved(document, tmp_path)
    assert [s.text for s in reading.sections] == ["減免額＝A×0.5\n本文です。"]
    assert ["コメント" in w.message for w in reading.warnings] == [True]


def test_spans_without_end_do_not_widen_a_table(tmp_path: Path) -> None:
    document = docx.Document()
    table(document, [["あ", "い"], ["う", "え"]])
    for cell in document.tables[0].columns[0].cells:
        cell._tc.get_or_add_tcPr().append(parse_xml(f"<w:gridSpan {nsdecls('w')} w:val='999999999'/>"))
    assert len(saved(document, tmp_path).sections[0].text.split("\t")) < 500


def test_a_table_in_a_cell_keeps_the_name_of_its_row(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=2, cols=3)
    for cell, words in zip(table._cells, ["証明書", "内容", "窓口", "住民票", "次のとおり。", "市民課"], strict=True):
        cell.text = words
    inner = table.cell(1, 1).add_table(rows=3, cols=2)
    for cell, words in zip(inner._cells, ["種類", "手数料", "全部", "300円", "一部", "200円"], strict=True):
        cell.text = words
    _, *rows = saved(document, tmp_path).sections
    assert [row.columns for row in rows] == [("証明書", "種類", "手数料")] * 2
    assert [row.text for row in rows] == ["住民票\t全部\t300円", "住民票\t一部\t200円"]


def test_a_title_row_above_the_heads(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    table.cell(0, 0).merge(table.cell(0, 2)).text = "施設使用料一覧"
    for r, words in enumerate([["施設", "午前", "午後"], ["集会室", "500円", "700円"]], start=1):
        for c, word in enumerate(words):
            table.cell(r, c).text = word
    (row,) = saved(document, tmp_path).sections
    assert (row.heading, row.columns) == (("施設使用料一覧",), ("施設", "午前", "午後"))


def test_struck_text_is_left_out_and_named(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("手数料は、")
    paragraph.add_run("300円").font.strike = True
    paragraph.add_run("400円とする。")
    reading = saved(document, tmp_path)
    assert [s.text for s in reading.sections] == ["手数料は、400円とする。"]
    assert [w.code for w in reading.warnings] == ["struck-text"]


def test_a_column_of_automatic_numbers(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for cell, words in zip(table._cells, ["番号", "手続", "窓口", "", "転入", "1番", "", "転居", "2番"], strict=True):
        cell.text = words
    for r in (1, 2):
        table.cell(r, 0).paragraphs[0].style = "List Number"
    assert [s.text.split("\t")[:2] for s in saved(document, tmp_path).sections] == [["1.", "転入"], ["2.", "転居"]]


def test_another_document_within_one_is_named(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("本文。")
    document.element.body.insert(-1, parse_xml(f"<w:altChunk {nsdecls('w')}/>"))
    assert [w.code for w in saved(document, tmp_path).warnings] == ["embedded"]


def test_the_words_of_smart_art_are_read_where_it_stands(tmp_path: Path) -> None:
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    document = docx.Document()
    space = "http://schemas.openxmlformats.org"
    points = "".join(f"<d:pt><d:t><a:p><a:r><a:t>{t}</a:t></a:r></a:p></d:t></d:pt>" for t in ("申請", "審査"))
    data = f'<d:dataModel xmlns:d="{space}/drawingml/2006/diagram" xmlns:a="{space}/drawingml/2006/main">{points}</d:dataModel>'
    part = Part(PackURI("/word/diagrams/data1.xml"), "application/xml", data.encode(), document.part.package)
    identifier = document.part.relate_to(part, f"{space}/officeDocument/2006/relationships/diagramData")
    document.add_paragraph("手続の流れは、次のとおりである。")
    add_xml(
        document,
        f'<w:r><w:drawing><a:graphicData xmlns:a="{space}/drawingml/2006/main"><d:relIds '
        f'xmlns:d="{space}/drawingml/2006/diagram" xmlns:r="{space}/officeDocument/2006/relationships" '
        f'r:dm="{identifier}"/></a:graphicData></w:drawing></w:r>',
    )
    document.add_paragraph("以上。")
    assert [s.text for s in saved(document, tmp_path).sections] == [
        "手続の流れは、次のとおりである。\n申請\n審査\n以上。"
    ]
