"""Word documents (docx): the text as it would be printed with all changes accepted, in order, under its headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.readers import clean, drawings, guard
from ingest.readers.blocks import Block, Paragraph, assemble
from ingest.readers.docx_numbering import Numbering
from ingest.readers.table import Cell, Grid, Table, column_heads, head_rows
from rag.domain import Reading, ReadingWarning

if TYPE_CHECKING:
    from docx.document import Document

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_V_TEXTBOX = f"{_W}txbxContent"
_ALTERNATE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_SKIPPED = frozenset(
    f"{_W}{name}"
    for name in ("del", "moveFrom", "instrText", "delText", "fldData", "rPr", "pPr", "sectPr", "proofErr", "rt")
) | {f"{_ALTERNATE}Fallback"}
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_MOST_COLUMNS = 200
"""So many columns of a table may come from spans; Word itself draws 63."""
_LONGEST_NAME = 30
_Nested = tuple[Any, int, int]
"""A table within a cell, with the row and column of that cell."""
_HEADING_NAME = re.compile(r"^(?:heading|見出し)\s*([1-9])$", re.IGNORECASE)
_LIST_MARK = re.compile(r"^[・●○■□◆◇※]|^[（(]?[0-9０-９一-龠ァ-ヶⅠ-Ⅹ①-⑳]{1,3}[)）.．、\s]")


@dataclass(slots=True)
class _Source:
    """What is needed of a document beside its body."""

    document: Document
    levels: dict[str, int]
    contents: frozenset[str]
    hidden_styles: frozenset[str]
    numbering: Numbering
    notes: dict[tuple[str, str], str]
    warnings: list[ReadingWarning] = field(default_factory=list)
    hidden: bool = False
    struck: bool = False
    foreign: bool = False


def read(path: Path) -> Reading:
    """Paragraphs, tables, text boxes and notes of a docx. Raises UnreadableDocument if it is not a Word document."""
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = docx.Document(str(path))
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise guard.broken("docx") from error
    source = _Source(
        document,
        _heading_levels(document),
        _contents_styles(document),
        _hidden_styles(document),
        Numbering.of(document),
        _notes(document),
    )
    blocks = list(_blocks(document.element.body, source))
    if source.hidden:
        source.warnings.append(clean.hidden_warning())
    if source.struck:
        source.warnings.append(clean.struck_warning())
    if source.foreign:
        message = "埋め込まれた別の文書は読み取れませんでした。Word で開き、保存し直して置いてください。"
        source.warnings.append(ReadingWarning("embedded", message))
    if any(rel.reltype.endswith("/comments") and not rel.is_external for rel in document.part.rels.values()):
        source.warnings.append(clean.comment_warning())
    title = next((b.text for b in blocks if isinstance(b, Paragraph) and b.level == 0), None)
    blocks = [Paragraph(b.text, level=None) if isinstance(b, Paragraph) and b.level == 0 else b for b in blocks]
    return Reading("docx", assemble(blocks), tuple(source.warnings), title=title)


def _heading_levels(document: Any) -> dict[str, int]:
    """Style id → heading level, through base styles and outline levels; the Title style has level 0."""
    levels: dict[str, int] = {}
    for style in document.styles.element.iter(f"{_W}style"):
        name = style.find(f"{_W}name")
        words = name.get(f"{_W}val", "") if name is not None else ""
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        if found := _HEADING_NAME.match(words):
            levels[style.get(f"{_W}styleId")] = int(found[1])
        elif words.lower() in ("title", "表題"):
            levels[style.get(f"{_W}styleId")] = 0
        elif outline is not None and int(outline.get(f"{_W}val", "9")) < 9:
            levels[style.get(f"{_W}styleId")] = int(outline.get(f"{_W}val")) + 1
    bases = {s.get(f"{_W}styleId"): _value(s.find(f"{_W}basedOn")) for s in document.styles.element.iter(f"{_W}style")}
    for identifier in bases:
        base, steps = bases[identifier], 0
        while identifier not in levels and base and steps < 10:
            if levels.get(base):
                levels[identifier] = levels[base]
            base, steps = bases.get(base), steps + 1
    return levels


def _contents_styles(document: Any) -> frozenset[str]:
    """Styles of the lines of a table of contents (toc 1, 目次 1), which repeat the headings."""
    return frozenset(
        style.get(f"{_W}styleId")
        for style in document.styles.element.iter(f"{_W}style")
        if re.match(r"^(?:toc|目次)\s*[1-9]$", _value(style.find(f"{_W}name")) or "", re.IGNORECASE)
    )


def _hidden_styles(document: Any) -> frozenset[str]:
    return frozenset(
        style.get(f"{_W}styleId") for style in document.styles.element.iter(f"{_W}style") if _is_vanished(style)
    )


def _value(element: Any) -> str | None:
    return None if element is None else element.get(f"{_W}val")


def _is_vanished(element: Any) -> bool:
    """Whether a run or style is hidden, or white on no shading, or smaller than 1 pt."""
    properties = element.find(f"{_W}rPr")
    if properties is None:
        return False
    vanish = properties.find(f"{_W}vanish")
    if vanish is not None and vanish.get(f"{_W}val", "1") not in ("0", "false", "off"):
        return True
    size = _value(properties.find(f"{_W}sz"))
    return size is not None and size.isdigit() and int(size) < 2


def _is_white(element: Any) -> bool:
    """Whether a run is white and neither it nor anything around it is shaded or drawn."""
    properties = element.find(f"{_W}rPr")
    if properties is None or (_value(properties.find(f"{_W}color")) or "").upper() != "FFFFFF":
        return False
    if properties.find(f"{_W}shd") is not None or properties.find(f"{_W}highlight") is not None:
        return False
    for parent in element.iterancestors():
        if parent.tag == _V_TEXTBOX or parent.tag == f"{_W}tbl":
            return False  # table styles and shapes may be filled
        if parent.tag == f"{_W}p" and parent.find(f"{_W}pPr/{_W}shd") is not None:
            return False
    return True


def _notes(document: Any) -> dict[tuple[str, str], str]:
    """The text of footnotes and endnotes by kind and number."""
    from lxml import etree

    notes: dict[tuple[str, str], str] = {}
    for relation in document.part.rels.values():
        kind = relation.reltype.rsplit("/", 1)[-1]
        if kind not in ("footnotes", "endnotes") or relation.is_external:
            continue
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        for note in etree.fromstring(relation.target_part.blob, parser):
            if note.get(f"{_W}type") in (None, "normal"):
                words = "".join(part.text or "" for part in note.iter(f"{_W}t"))
                notes[kind, str(note.get(f"{_W}id"))] = clean.one_line(words)
    return notes


def _blocks(parent: Any, source: _Source) -> Iterator[Block]:
    """Paragraphs and tables of a body, a text box or content control, in order."""
    for element in parent:
        if element.tag == f"{_W}p":
            yield from _paragraph(element, source)
        elif element.tag == f"{_W}tbl":
            yield from _table(element, source)
        elif element.tag in (
            f"{_W}sdt",
            f"{_W}sdtContent",
            f"{_W}customXml",
            f"{_W}ins",
            f"{_W}moveTo",
            f"{_W}smartTag",
        ):
            yield from _blocks(element, source)
        elif element.tag == f"{_W}altChunk":
            source.foreign = True


def _paragraph(element: Any, source: _Source) -> Iterator[Block]:
    """A paragraph, then the text boxes anchored in it, then its notes; nothing for a line of a table of contents."""
    style = _value(element.find(f"{_W}pPr/{_W}pStyle")) or ""
    if style in source.contents:
        return
    boxes: list[Any] = []
    notes: list[str] = []
    text = "".join(_words(element, source, boxes, notes))
    if clean.hides(text):
        source.hidden = True
    outline = _value(element.find(f"{_W}pPr/{_W}outlineLvl"))
    level = source.levels.get(style)
    if outline is not None and outline.isdigit():
        level = int(outline) + 1 if int(outline) < 9 else None
    lines = [line for line in clean.visible(text).split("\n") if line.strip()]
    label = source.numbering.label(element, style)
    for index, line in enumerate(lines):
        mark = label if index == 0 and not _LIST_MARK.match(line) else ""
        yield Paragraph(mark + line, level=level if len(lines) == 1 and len(line) <= 80 else None)
    if label and not lines and element.getparent().tag == f"{_W}tc":  # a column of automatic numbers
        yield Paragraph(label.strip(" \u3000・"))
    for box in boxes:
        if box is not None:
            yield from _blocks(box, source) if box.tag == _V_TEXTBOX else drawings.blocks(box, source.warnings)
    for note in notes:
        yield Paragraph(note)


def _part(source: _Source, identifier: str) -> Any:
    """The root of a part that a drawing shows; None if there is none."""
    from lxml import etree

    part = source.document.part.related_parts.get(identifier)
    if part is None or not part.blob.lstrip().startswith(b"<"):
        return None
    return etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False, no_network=True))


def _words(element: Any, source: _Source, boxes: list[Any], notes: list[str]) -> Iterator[str]:
    """The text of a paragraph with insertions and without deletions; boxes and notes are collected aside."""
    for child in element:
        tag = child.tag
        if tag in _SKIPPED or not isinstance(tag, str):
            continue
        if tag == _V_TEXTBOX:
            boxes.append(child)
        elif tag == f"{_DRAWING}graphicData":
            boxes += [_part(source, identifier) for identifier in drawings.references(child)]
            yield from _words(child, source, boxes, notes)
        elif tag == f"{_W}r" and _is_struck(child):
            source.struck = source.struck or any((t.text or "").strip() for t in child.iter(f"{_W}t"))
        elif tag == f"{_W}r" and _is_hidden_run(child, source):
            source.hidden = source.hidden or any((t.text or "").strip() for t in child.iter(f"{_W}t"))
        elif tag in (f"{_W}t", _MATH):
            yield child.text or ""
        elif tag == f"{_W}tab":
            yield " "
        elif tag in (f"{_W}br", f"{_W}cr"):
            yield "\n"
        elif tag == f"{_W}noBreakHyphen":
            yield "-"
        elif tag in (f"{_W}footnoteReference", f"{_W}endnoteReference"):
            kind = "footnotes" if "footnote" in tag else "endnotes"
            if note := source.notes.get((kind, child.get(f"{_W}id"))):
                notes.append(f"（注）{note}")
        else:
            yield from _words(child, source, boxes, notes)


def _is_struck(run: Any) -> bool:
    """Whether a run is struck through: what an office takes back by hand (見え消し)."""
    marks = (run.find(f"{_W}rPr/{_W}{name}") for name in ("strike", "dstrike"))
    return any(mark is not None and mark.get(f"{_W}val", "1") not in ("0", "false", "off") for mark in marks)


def _is_hidden_run(run: Any, source: _Source) -> bool:
    style = _value(run.find(f"{_W}rPr/{_W}rStyle"))
    return _is_vanished(run) or style in source.hidden_styles or _is_white(run)


def _table(element: Any, source: _Source) -> Iterator[Block]:
    """A table as a grid; nested tables follow it. A one-cell table is a frame around text."""
    lines = [row for row in _rows_of(element) if row.find(f"{_W}trPr/{_W}del") is None]
    nested: list[_Nested] = []
    if all(sum(1 for _ in _cells_of(row)) == 1 for row in lines):
        for row in lines:
            for cell in _cells_of(row):
                yield from _blocks(cell, source)
        return
    grid = _grid(lines, source, nested)
    heads = 0
    while heads < len(lines) and lines[heads].find(f"{_W}trPr/{_W}tblHeader") is not None:
        heads += 1
    heads = heads or _shaded_rows(lines)
    yield Table(grid, head=heads if 0 < heads < len(lines) else None)
    named = heads if 0 < heads < len(lines) else head_rows(grid)
    for inner, r, c in nested:
        above = column_heads(grid, named)[0] if named else ""
        name = grid[r][0].text if c and r >= named and len(grid[r][0].text) <= _LONGEST_NAME else ""
        for block in _table(inner, source):
            yield _under(block, above, name) if name and isinstance(block, Table) else block


def _under(table: Table, above: str, name: str) -> Table:
    """A table that stands in a row of another, with the name of that row as its first column."""
    head = head_rows(table.grid) if table.head is None else table.head
    if not head:
        above = ""
    grid = tuple(
        (
            Cell(above if r < head else name, r, 0),
            *(Cell(cell.text, cell.row, cell.column + 1, cell.rows, cell.columns) for cell in row),
        )
        for r, row in enumerate(table.grid)
    )
    return Table(grid, head=head)


def _shaded_rows(lines: list[Any]) -> int:
    """1 if every cell of the first row has a ground of its own, and not every one of the second."""

    def shaded(row: Any) -> bool:
        fills = [cell.find(f"{_W}tcPr/{_W}shd") for cell in _cells_of(row)]
        return all(f is not None and f.get(f"{_W}fill", "auto").upper() not in ("AUTO", "FFFFFF") for f in fills)

    merged = any(_value(c.find(f"{_W}tcPr/{_W}vMerge")) == "restart" for c in _cells_of(lines[0]))
    return int(len(lines) > 1 and not merged and shaded(lines[0]) and not shaded(lines[1]))


def _rows_of(element: Any) -> Iterator[Any]:
    for child in element:
        if child.tag == f"{_W}tr":
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml", f"{_W}ins"):
            yield from _rows_of(child)


def _cells_of(row: Any) -> Iterator[Any]:
    for child in row:
        if child.tag == f"{_W}tc":
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml"):
            yield from _cells_of(child)


def _grid(lines: list[Any], source: _Source, nested: list[_Nested]) -> Grid:
    """The cells with gridSpan and vMerge filled."""
    places: list[list[tuple[int, str | None]]] = []  # (index of the cell in ``cells``, its vMerge)
    cells: list[Cell] = []
    for r, row in enumerate(lines):
        before = _value(row.find(f"{_W}trPr/{_W}gridBefore"))
        skipped = min(int(before), _MOST_COLUMNS) if before and before.isdigit() else 0
        line: list[tuple[int, str | None]] = [(-1, None)] * skipped
        for element in _cells_of(row):
            span = _value(element.find(f"{_W}tcPr/{_W}gridSpan")) or ""
            wide = max(1, min(int(span) if span.isdigit() else 1, _MOST_COLUMNS - len(line)))
            merge = element.find(f"{_W}tcPr/{_W}vMerge")
            above = places[r - 1][len(line)][0] if r and len(line) < len(places[r - 1]) else -1
            if merge is not None and _value(merge) in (None, "continue") and above >= 0:
                old = cells[above]
                cells[above] = Cell(old.text, old.row, old.column, r - old.row + 1, old.columns)
                index = above
            else:
                inner: list[Any] = []
                cells.append(Cell(_cell_text(element, source, inner), r, len(line), 1, wide))
                nested += [(table, r, len(line)) for table in inner]
                index = len(cells) - 1
            line += [(index, None)] * wide
        places.append(line)
    width = max(map(len, places), default=0)
    return tuple(
        tuple(cells[line[c][0]] if c < len(line) and line[c][0] >= 0 else Cell("", r, c) for c in range(width))
        for r, line in enumerate(places)
    )


def _cell_text(element: Any, source: _Source, nested: list[Any]) -> str:
    lines = []
    for child in element:
        if child.tag == f"{_W}tbl":
            nested.append(child)
        elif child.tag != f"{_W}tcPr":
            wrapper = [child] if child.tag == f"{_W}p" else child
            lines += [b.text for b in _blocks(wrapper, source) if isinstance(b, Paragraph)]
    return clean.one_line("\n".join(lines))
