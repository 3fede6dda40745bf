"""PowerPoint slides (pptx): a slide is a page, its title the heading, its tables rows."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.readers import clean, guard
from ingest.readers.blocks import Block, Paragraph, assemble
from ingest.readers.table import Table, plain
from rag.domain import Reading

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_SLIDE = re.compile(r"ppt/slides/slide(\d+)\.xml")


def read(path: Path) -> Reading:
    """The text of all slides, by the number in their file name. Raises UnreadableDocument for a damaged file."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    blocks: list[Block] = []
    try:
        with zipfile.ZipFile(path) as archive:
            slides = sorted((int(found[1]), n) for n in archive.namelist() if (found := _SLIDE.fullmatch(n)))
            for number, name in slides:
                shapes = etree.fromstring(archive.read(name), parser).iter(f"{_P}sp", f"{_A}tbl")
                blocks += [block for shape in shapes for block in _shape(shape, number)]
    except (zipfile.BadZipFile, etree.XMLSyntaxError, KeyError) as error:
        raise guard.broken("pptx") from error
    return Reading("pptx", assemble(blocks), pages=len(slides))


def _shape(shape: Any, page: int) -> Iterator[Block]:
    """The paragraphs of a text shape, or a table."""
    if shape.tag == f"{_A}tbl":
        lines = [[_words(cell) for cell in row.iter(f"{_A}tc")] for row in shape.iter(f"{_A}tr")]
        yield Table(plain(lines), page)
        return
    kind = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
    is_title = kind is not None and kind.get("type") in ("title", "ctrTitle")
    for paragraph in shape.iter(f"{_A}p"):
        yield Paragraph(_words(paragraph), page, level=1 if is_title else None)


def _words(element: Any) -> str:
    return clean.one_line("".join(part.text or "" for part in element.iter(f"{_A}t")))
