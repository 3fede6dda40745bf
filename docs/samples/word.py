"""Writes a manual as a Word document: real heading styles, bordered tables, running header and page numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table
from docx.text.paragraph import Paragraph
from docx.text.run import Run
from markdown_it.tree import SyntaxTreeNode
from source import PAGEBREAK, Manual, SourceError

MINCHO, GOTHIC = "Noto Serif CJK JP", "Noto Sans CJK JP"
WIDTH, MARGIN_SIDE, MARGIN_TOP = Mm(210), Mm(27), Mm(25)
TEXT_WIDTH = WIDTH - 2 * MARGIN_SIDE
NUMBERED = re.compile(r"[第(（0-9０-９①-⑳※【「]")  # such paragraphs start at the margin, all others one character in

# style: font, size, bold, space before, space after (points); chosen so that a page holds 1,000 to 1,200 characters
STYLES = {
    "Normal": (MINCHO, 10.5, False, 0, 3),
    "Title": (GOTHIC, 20, True, 24, 4),
    "Subtitle": (GOTHIC, 10.5, False, 0, 22),
    "Heading 1": (GOTHIC, 14, True, 16, 6),
    "Heading 2": (GOTHIC, 12, True, 11, 4),
    "Heading 3": (GOTHIC, 10.5, True, 8, 2),
    "List Paragraph": (MINCHO, 10.5, False, 0, 2),
    "Header": (GOTHIC, 8.5, False, 0, 0),
    "Footer": (GOTHIC, 9, False, 0, 0),
    "Cell": (GOTHIC, 9, False, 1, 1),
}


def write_docx(manual: Manual, target: Path, day: datetime) -> None:
    word = Document()
    _page(word)
    for name, look in STYLES.items():
        _style(word, name, *look)
    _running_lines(word, manual.title)
    _properties(word, manual, day)
    word.add_paragraph(manual.title, "Title")
    word.add_paragraph(manual.subtitle, "Subtitle")
    for block in manual.blocks():
        try:
            _block(word, block)
        except SourceError as fault:
            line = block.map[0] + 1 if block.map else "?"
            raise SourceError(f"{manual.path}: block at line {line} below the title: {fault}") from None
    word.save(str(target))


def _block(word: WordDocument, block: SyntaxTreeNode) -> None:
    match block.type:
        case "heading":
            _inline(word.add_heading(level=int(block.tag[1]) - 1), block.children[0])
        case "paragraph":
            text = word.add_paragraph()
            _inline(text, block.children[0])
            if not NUMBERED.match(text.text):
                text.paragraph_format.first_line_indent = Pt(10.5)
        case "bullet_list" | "ordered_list":
            _list(word, block, depth=1)
        case "table":
            _table(word, block)
        case "html_block" if block.content.strip() == PAGEBREAK:
            word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        case other:
            raise SourceError(f"{other} is not a block that samples use (README.md lists them)")


def _list(word: WordDocument, block: SyntaxTreeNode, depth: int) -> None:
    """Numbers and bullets are typed text, as in most offices' files; Word's own would be lost to who reads the text."""
    start = int(block.attrs.get("start", 1))
    for number, item in enumerate(block.children, start=start):
        for index, part in enumerate(item.children):
            if part.type.endswith("_list"):
                _list(word, part, depth + 1)
                continue
            text = word.add_paragraph(style="List Paragraph")
            text.paragraph_format.left_indent = Pt(10.5 * (2 * depth))
            if index == 0:
                text.paragraph_format.first_line_indent = Pt(-10.5 * (1 if block.type == "bullet_list" else 1.5))
                text.add_run("・" if block.type == "bullet_list" else f"{number}　")
            _inline(text, part.children[0])


def _table(word: WordDocument, block: SyntaxTreeNode) -> None:
    rows = [row.children for part in block.children for row in part.children]
    table = word.add_table(len(rows), len(rows[0]), "Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            text = table.cell(y, x).paragraphs[0]
            text.style = "Cell"
            _inline(text, cell.children[0] if cell.children else None, bold=y == 0)
            if y == 0:
                _shade(table, x)
        _never_split(table, y)
    for column, width in zip(table.columns, _widths(table), strict=True):
        column.width = width
        for each in column.cells:
            each.width = width
    word.add_paragraph().paragraph_format.space_after = Pt(0)


def _widths(table: Table) -> list[int]:
    """Columns in proportion to their longest cell, long ones damped: they can wrap, short ones must not."""
    longest = [max(len(cell.text) for cell in column.cells) for column in table.columns]
    needs = [2 + min(n, 9) + 1.6 * max(n - 9, 0) ** 0.6 for n in longest]
    return [int(TEXT_WIDTH * need / sum(needs)) for need in needs]


def _inline(text: Paragraph, inline: SyntaxTreeNode | None, bold: bool = False) -> None:
    for content, strong in _pieces(inline, bold):
        run = text.add_run(content)
        run.bold = strong or None


def _pieces(node: SyntaxTreeNode | None, bold: bool) -> Iterator[tuple[str, bool]]:
    for child in node.children if node else ():
        match child.type:
            case "text" | "code_inline":
                yield child.content, bold
            case "strong":
                yield from _pieces(child, True)
            case "em" | "link":
                yield from _pieces(child, bold)
            case "softbreak":
                pass  # Japanese has no space between lines
            case "hardbreak":
                yield "\n", bold
            case "html_inline" if re.fullmatch(r"<br ?/?>", child.content):
                yield "\n", bold
            case other:
                raise SourceError(f"{other} {child.content!r} is not text that samples use")


def _page(word: WordDocument) -> None:
    page = word.sections[0]
    page.page_width, page.page_height = WIDTH, Mm(297)
    page.left_margin = page.right_margin = MARGIN_SIDE
    page.top_margin = page.bottom_margin = MARGIN_TOP
    page.header_distance = page.footer_distance = Mm(12)


def _style(word: WordDocument, name: str, font: str, size: float, bold: bool, before: float, after: float) -> None:
    known = name in [style.name for style in word.styles]
    style = word.styles[name] if known else word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(style, ParagraphStyle)
    style.font.name, style.font.size, style.font.bold = font, Pt(size), bold
    style.font.color.rgb, style.font.italic = RGBColor(0, 0, 0), False
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for key in [key for key in fonts.attrib if key.endswith("Theme")]:
        del fonts.attrib[key]  # the template's theme would win over the names below
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), font)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
    style.paragraph_format.line_spacing = Pt(round(size * 1.75, 1)) if name != "Cell" else Pt(13)
    if name == "Title":
        for border in style.element.findall(f".//{qn('w:pBdr')}"):
            border.getparent().remove(border)


def _running_lines(word: WordDocument, title: str) -> None:
    header = word.sections[0].header.paragraphs[0]
    header.text, header.alignment = title, WD_ALIGN_PARAGRAPH.RIGHT
    footer = word.sections[0].footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    footer.add_run("－ ")
    for kind, code in zip_longest(("begin", None, "end"), (None, "PAGE", None)):
        _field(footer.add_run(), kind, code)
    footer.add_run(" －")


def _field(run: Run, kind: str | None, code: str | None) -> None:
    element = OxmlElement("w:fldChar" if kind else "w:instrText")
    if kind:
        element.set(qn("w:fldCharType"), kind)
    else:
        element.text = code
    run._r.append(element)


def _shade(table: Table, column: int) -> None:
    shade = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", "E7ECF2")):
        shade.set(qn(f"w:{key}"), value)
    table.cell(0, column)._tc.get_or_add_tcPr().append(shade)


def _never_split(table: Table, row: int) -> None:
    """Keep a row on one page, and repeat the header row on each."""
    properties = table.rows[row]._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if row == 0:
        properties.append(OxmlElement("w:tblHeader"))


def _properties(word: WordDocument, manual: Manual, day: datetime) -> None:
    core = word.core_properties
    core.title, core.subject, core.author, core.last_modified_by = manual.title, manual.subtitle, "みらい市", "みらい市"
    core.language, core.comments, core.revision = "ja-JP", "", 1
    core.created = core.modified = day.replace(tzinfo=None)
    fonts = word.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")
    if fonts is not None:
        fonts.set(qn("w:eastAsia"), "ja-JP")
