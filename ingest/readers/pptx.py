"""PowerPoint slides (pptx): a slide is a page, its title the heading, its tables rows."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.readers import clean, drawings, guard
from ingest.readers.blocks import Block, Paragraph, assemble
from ingest.readers.table import Cell, Grid, Table
from rag.domain import Reading, ReadingWarning

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_PRESENTATION, _RELATIONS = "ppt/presentation.xml", "ppt/_rels/presentation.xml.rels"
_SLIDE = re.compile(r"ppt/slides/slide(\d+)\.xml")
_MOST_SPAN = 200


def read(path: Path) -> Reading:
    """The text of all slides that are shown, in their order. Raises UnreadableDocument for a damaged file.

    Hidden slides and shapes, struck text, speaker's notes and comments are left out and named.
    """
    from lxml import etree

    blocks: list[Block] = []
    warnings: list[ReadingWarning] = []
    try:
        with zipfile.ZipFile(path) as archive:
            slides = _slides(archive)
            for number, name in enumerate(slides, start=1):
                slide = _parsed(archive, name)
                if slide.get("show") in ("0", "false"):
                    warnings.append(_left_out(f"非表示のスライド({number}枚目)", number))
                    continue
                targets = _targets(archive, name)
                hidden = False
                for shape in sorted(slide.iter(f"{_P}sp", f"{_A}tbl", f"{_A}graphicData"), key=_after_the_title):
                    drawn = shape.tag == f"{_A}graphicData"
                    said = warnings if (shown := not _is_hidden(shape)) else []
                    found = list(_drawn(archive, shape, targets, number, said) if drawn else _shape(shape, number))
                    blocks += found if shown else []
                    hidden = hidden or (not shown and (bool(found) if drawn else bool(_words(shape))))
                if any(map(_is_struck, slide.iter(f"{_A}t"))):
                    warnings.append(clean.struck_warning(f"{number}枚目の"))
                if hidden or any(clean.hides(text) for text in slide.itertext()):
                    warnings.append(clean.hidden_warning(f"{number}枚目に、", number))
            members = archive.namelist()
            if notes := [name for name in members if name.startswith("ppt/notesSlides/notes") and _said(archive, name)]:
                warnings.append(_left_out(f"発表者ノート({len(notes)}枚分)"))
            if any(re.match(r"ppt/comments/.*\.xml$", name) for name in members):
                warnings.append(clean.comment_warning())
    except (zipfile.BadZipFile, etree.XMLSyntaxError, KeyError) as error:
        raise guard.broken("pptx") from error
    return Reading("pptx", assemble(blocks), tuple(warnings), pages=len(slides))


def _left_out(what: str, page: int | None = None) -> ReadingWarning:
    message = f"{what}は取り込みませんでした。必要な内容であれば、スライドに表示してから置き直してください。"
    return ReadingWarning("hidden-text", message, page)


def _parsed(archive: zipfile.ZipFile, name: str) -> Any:
    from lxml import etree

    return etree.fromstring(archive.read(name), etree.XMLParser(resolve_entities=False, no_network=True))


def _slides(archive: zipfile.ZipFile) -> list[str]:
    """The members with the slides, in the order of the presentation; by their numbers where that is not known."""
    members = set(archive.namelist())
    numbered = sorted((int(found[1]), name) for name in members if (found := _SLIDE.fullmatch(name)))
    if _PRESENTATION not in members or _RELATIONS not in members:
        return [name for _, name in numbered]
    targets = {relation.get("Id"): relation.get("Target", "") for relation in _parsed(archive, _RELATIONS)}
    listed = [targets.get(slide.get(f"{_R}id"), "") for slide in _parsed(archive, _PRESENTATION).iter(f"{_P}sldId")]
    names = [posixpath.normpath(posixpath.join("/ppt", target)).lstrip("/") for target in listed]
    return [name for name in names if name in members] or [name for _, name in numbered]


def _said(archive: zipfile.ZipFile, name: str) -> bool:
    """Whether a page of notes says more than its number."""
    return any(
        shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph[@type='body']") is not None and _words(shape)
        for shape in _parsed(archive, name).iter(f"{_P}sp")
    )


def _targets(archive: zipfile.ZipFile, name: str) -> dict[str, str]:
    """The members that a slide refers to, by their ids."""
    folder, file = posixpath.split(name)
    relations = f"{folder}/_rels/{file}.rels"
    if relations not in archive.namelist():
        return {}
    return {
        relation.get("Id", ""): posixpath.normpath(posixpath.join(f"/{folder}", relation.get("Target", ""))).lstrip("/")
        for relation in _parsed(archive, relations)
        if relation.get("TargetMode") != "External"
    }


def _drawn(
    archive: zipfile.ZipFile, frame: Any, targets: dict[str, str], page: int, warnings: list[ReadingWarning]
) -> Iterator[Block]:
    """SmartArt and charts; a table within the frame is a shape of its own."""
    for identifier in drawings.references(frame):
        if targets.get(identifier) in archive.namelist():
            yield from drawings.blocks(_parsed(archive, targets[identifier]), warnings, page)


def _is_hidden(shape: Any) -> bool:
    """Whether a shape, its frame or a group around it is hidden."""
    around = (shape, *shape.iterancestors(f"{_P}graphicFrame", f"{_P}grpSp"))
    drawn = (named for one in around for named in one.iterfind(f"*/{_P}cNvPr"))
    return any(named.get("hidden") in ("1", "true") and named.getparent().getparent() in around for named in drawn)


def _after_the_title(shape: Any) -> bool:
    """False for the title, which may have been drawn last and still heads the slide."""
    kind = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
    return kind is None or kind.get("type") not in ("title", "ctrTitle")


def _shape(shape: Any, page: int) -> Iterator[Block]:
    """The paragraphs of a text shape, or a table."""
    if shape.tag == f"{_A}tbl":
        yield Table(_grid(shape), page)
        return
    kind = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
    if kind is not None and kind.get("type") in ("sldNum", "ftr", "dt"):
        return
    is_title = kind is not None and kind.get("type") in ("title", "ctrTitle")
    for paragraph in shape.iter(f"{_A}p"):
        yield Paragraph(_words(paragraph), page, level=1 if is_title else None)


def _grid(table: Any) -> Grid:
    """The cells of a table with merged ones filled."""
    lines = [[cell for cell in row if cell.tag == f"{_A}tc"] for row in table if row.tag == f"{_A}tr"]
    width = max(map(len, lines), default=0)
    taken: dict[tuple[int, int], Cell] = {}
    for r, line in enumerate(lines):
        for c, cell in enumerate(line):
            if (r, c) in taken:
                continue
            down, right = min(_span(cell, "rowSpan"), len(lines) - r), min(_span(cell, "gridSpan"), width - c)
            merged = Cell(_words(cell), r, c, down, right)
            taken |= {(y, x): merged for y in range(r, r + down) for x in range(c, c + right)}
    return tuple(tuple(taken.get((r, c), Cell("", r, c)) for c in range(width)) for r in range(len(lines)))


def _span(cell: Any, name: str) -> int:
    value = cell.get(name, "1")
    return max(1, min(_MOST_SPAN, int(value))) if value.isdigit() else 1


def _words(element: Any) -> str:
    """The text of a cell, or of a paragraph, in which a line end is one within a sentence."""
    paragraphs = [element] if element.tag == f"{_A}p" else element.iter(f"{_A}p")
    lines = (
        "".join(
            "\n" if p.tag == f"{_A}br" else p.text or ""
            for p in q.iter(f"{_A}t", f"{_A}br")
            if p.tag == f"{_A}br" or not _is_struck(p)
        )
        for q in paragraphs
    )
    return clean.one_line("\n".join(lines))


def _is_struck(text: Any) -> bool:
    """Whether the text of a run is struck through."""
    style = text.getparent().find(f"{_A}rPr")
    return bool(text.text) and style is not None and style.get("strike", "noStrike") != "noStrike"
