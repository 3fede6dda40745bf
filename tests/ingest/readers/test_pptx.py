"""Slides."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from ingest.readers import read
from rag.domain import Reading

SLIDE = """<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><p:cSld><p:spTree>
<p:sp><p:nvSpPr><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr>
<p:txBody><a:p><a:r><a:t>申請の流れ</a:t></a:r></a:p></p:txBody></p:sp>
<p:sp><p:txBody><a:p><a:r><a:t>窓口で</a:t></a:r><a:r><a:t>受け付けます。</a:t></a:r></a:p></p:txBody></p:sp>
</p:spTree></p:cSld></p:sld>"""


def test_a_slide_is_a_page(make: ModuleType, tmp_path: Path) -> None:
    path = make.archive(
        tmp_path / "a.pptx", {"ppt/slides/slide1.xml": SLIDE.encode(), "ppt/slides/slide2.xml": SLIDE.encode()}
    )
    sections = read(path).sections
    assert [(s.page, s.heading, s.text) for s in sections] == [
        (1, ("申請の流れ",), "窓口で受け付けます。"),
        (2, ("申請の流れ",), "窓口で受け付けます。"),
    ]


def test_slides_in_the_order_of_the_presentation_without_what_is_hidden(make: ModuleType, tmp_path: Path) -> None:
    space = "http://schemas.openxmlformats.org"
    names = {1: "後", 2: "秘", 3: "先"}
    slides = {
        f"ppt/slides/slide{n}.xml": SLIDE.replace("申請の流れ", name).replace(
            "<p:sld ", f"<p:sld show='{int(n != 2)}' "
        )
        for n, name in names.items()
    }
    notes = (
        f"<p:notes xmlns:p='{space}/presentationml/2006/main' xmlns:a='{space}/drawingml/2006/main'><p:sp><p:nvSpPr>"
    )
    members = {
        **slides,
        "ppt/presentation.xml": f"<p:presentation xmlns:p='{space}/presentationml/2006/main' "
        f"xmlns:r='{space}/officeDocument/2006/relationships'><p:sldIdLst>"
        + "".join(f"<p:sldId r:id='r{n}'/>" for n in (3, 2, 1))
        + "</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": f"<Relationships xmlns='{space}/package/2006/relationships'>"
        + "".join(f"<Relationship Id='r{n}' Target='slides/slide{n}.xml'/>" for n in names)
        + "</Relationships>",
        "ppt/notesSlides/notesSlide1.xml": f"{notes}<p:nvPr><p:ph type='body'/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r>"
        "<a:t>内緒の話</a:t></a:r></a:p></p:txBody></p:sp></p:notes>",
    }
    reading = read(make.archive(tmp_path / "a.pptx", {name: text.encode() for name, text in members.items()}))
    assert [(s.page, s.heading) for s in reading.sections] == [(1, ("先",)), (3, ("後",))]
    assert ["非表示のスライド(2枚目)" in w.message or "発表者ノート(1枚分)" in w.message for w in reading.warnings] == [
        True,
        True,
    ]


def test_merged_cells_of_a_table_are_filled(make: ModuleType, tmp_path: Path) -> None:
    def cell(words: str, extra: str = "") -> str:
        return f"<a:tc {extra}><a:txBody><a:p><a:r><a:t>{words}</a:t></a:r></a:p></a:txBody></a:tc>"

    rows = [
        cell("区分") + cell("料金") + cell("備考"),
        cell("証明", "rowSpan='2'") + cell("300円") + cell("窓口"),
        cell("", "vMerge='1'") + cell("200円") + cell("郵送"),
    ]
    table = "<a:tbl>" + "".join(f"<a:tr>{row}</a:tr>" for row in rows) + "</a:tbl></p:spTree>"
    slide = SLIDE.replace("</p:spTree>", table)
    sections = read(make.archive(tmp_path / "a.pptx", {"ppt/slides/slide1.xml": slide.encode()})).sections
    assert [s.text for s in sections if s.columns] == ["証明\t300円\t窓口", "証明\t200円\t郵送"]


def test_smart_art_charts_and_a_title_drawn_last(make: ModuleType, tmp_path: Path) -> None:
    space = "http://schemas.openxmlformats.org"
    uses = f"xmlns:r='{space}/officeDocument/2006/relationships'"
    title, shape = SLIDE[SLIDE.index("<p:sp>") : SLIDE.index("</p:spTree>")].split("\n<p:sp><p:txBody>")
    frame = (
        f"<p:graphicFrame><a:graphic><a:graphicData><d:relIds xmlns:d='{space}/drawingml/2006/diagram' {uses} r:dm='r1'/>"
        f"</a:graphicData></a:graphic></p:graphicFrame><p:graphicFrame><a:graphic><a:graphicData><c:chart "
        f"xmlns:c='{space}/drawingml/2006/chart' {uses} r:id='r2'/></a:graphicData></a:graphic></p:graphicFrame>"
    )
    hidden = "<p:grpSp><p:nvGrpSpPr><p:cNvPr hidden='1'/></p:nvGrpSpPr><p:sp><p:txBody>" + shape.replace("窓口", "秘密")
    slide = SLIDE[: SLIDE.index("<p:sp>")] + frame + hidden + "</p:grpSp>" + title + "</p:spTree></p:cSld></p:sld>"
    points = "".join(f"<d:pt><d:t><a:p><a:r><a:t>{t}</a:t></a:r></a:p></d:t></d:pt>" for t in ("申請", "審査"))
    series = "<c:ser><c:tx><c:v>件数</c:v></c:tx><c:cat><c:pt idx='0'><c:v>令和6年度</c:v></c:pt><c:pt idx='1'><c:v>令和7年度</c:v>"
    series += (
        "</c:pt></c:cat><c:val><c:pt idx='0'><c:v>120</c:v></c:pt><c:pt idx='1'><c:v>135</c:v></c:pt></c:val></c:ser>"
    )
    members = {
        "ppt/slides/slide1.xml": slide,
        "ppt/slides/_rels/slide1.xml.rels": f"<Relationships xmlns='{space}/package/2006/relationships'>"
        "<Relationship Id='r1' Target='../diagrams/data1.xml'/><Relationship Id='r2' Target='../charts/chart1.xml'/>"
        "</Relationships>",
        "ppt/diagrams/data1.xml": f"<d:dataModel xmlns:d='{space}/drawingml/2006/diagram' "
        f"xmlns:a='{space}/drawingml/2006/main'>{points}</d:dataModel>",
        "ppt/charts/chart1.xml": f"<c:chartSpace xmlns:c='{space}/drawingml/2006/chart'><c:chart>{series}</c:chart></c:chartSpace>",
    }
    reading = read(make.archive(tmp_path / "a.pptx", {name: text.encode() for name, text in members.items()}))
    sections = reading.sections
    assert [(w.code, w.page) for w in reading.warnings] == [("hidden-text", 1)]
    assert [(s.heading, s.columns, s.text) for s in sections] == [
        (("申請の流れ",), (), "申請\n審査"),
        (("申請の流れ",), ("", "件数"), "令和6年度\t120"),
        (("申請の流れ",), ("", "件数"), "令和7年度\t135"),
    ]


def test_struck_text_is_left_out_and_named(make: ModuleType, tmp_path: Path) -> None:
    runs = (
        "<a:r><a:rPr strike='sngStrike'/><a:t>電話で</a:t></a:r><a:r><a:rPr strike='noStrike'/><a:t>窓口で</a:t></a:r>"
    )
    slide = SLIDE.replace("<a:r><a:t>窓口で</a:t></a:r>", runs)
    reading = read(make.archive(tmp_path / "a.pptx", {"ppt/slides/slide1.xml": slide.encode()}))
    assert [s.text for s in reading.sections] == ["窓口で受け付けます。"]
    assert [w.code for w in reading.warnings] == ["struck-text"] and "1枚目の取り消し線" in reading.warnings[0].message


def chart(make: ModuleType, path: Path, series: str) -> Reading:
    """A slide with a chart of one series 件数."""
    space = "http://schemas.openxmlformats.org"
    frame = (
        f"<p:graphicFrame><a:graphic><a:graphicData><c:chart xmlns:c='{space}/drawingml/2006/chart' "
        f"xmlns:r='{space}/officeDocument/2006/relationships' r:id='r1'/></a:graphicData></a:graphic></p:graphicFrame>"
    )
    relation = "<Relationship Id='r1' Target='../charts/chart1.xml'/>"
    members = {
        "ppt/slides/slide1.xml": SLIDE[: SLIDE.index("<p:sp>")] + frame + "</p:spTree></p:cSld></p:sld>",
        "ppt/slides/_rels/slide1.xml.rels": f"<Relationships xmlns='{space}/package/2006/relationships'>{relation}"
        "</Relationships>",
        "ppt/charts/chart1.xml": f"<c:chartSpace xmlns:c='{space}/drawingml/2006/chart'><c:ser><c:tx><c:v>件数</c:v></c:tx>"
        f"{series}</c:ser></c:chartSpace>",
    }
    return read(make.archive(path / "a.pptx", {name: text.encode() for name, text in members.items()}))


def points(*values: object) -> str:
    return "".join(f"<c:pt idx='{n}'><c:v>{value}</c:v></c:pt>" for n, value in enumerate(values))


def test_values_of_a_chart_are_read_as_they_are_shown(make: ModuleType, tmp_path: Path) -> None:
    days = f"<c:cat><c:numCache><c:formatCode>yyyy/m/d</c:formatCode>{points(46113, 46143)}</c:numCache></c:cat>"
    shares = f"<c:val><c:numCache><c:formatCode>0.0%</c:formatCode>{points(0.308, 0.25)}</c:numCache></c:val>"
    sections = chart(make, tmp_path, days + shares).sections
    assert [s.text for s in sections] == ["2026/4/1\t30.8%", "2026/5/1\t25.0%"]


def test_categories_of_a_chart_in_levels_or_none(make: ModuleType, tmp_path: Path) -> None:
    values = f"<c:val>{points(12, 15)}</c:val>"
    levels = f"<c:cat><c:lvl>{points('4月', '5月')}</c:lvl><c:lvl>{points('令和8年度')}</c:lvl></c:cat>"
    assert [s.text for s in chart(make, tmp_path, levels + values).sections] == ["4月\t12", "5月\t15"]
    assert [s.text for s in chart(make, tmp_path, values).sections] == ["1\t12", "2\t15"]


def test_a_chart_of_too_many_values_says_so(make: ModuleType, tmp_path: Path) -> None:
    assert not chart(make, tmp_path, f"<c:val>{points(*range(1000))}</c:val>").warnings
    reading = chart(make, tmp_path, f"<c:val>{points(*range(1001))}</c:val>")
    assert len(reading.sections) == 1000
    assert [(w.code, w.page) for w in reading.warnings] == [("truncated", 1)]
