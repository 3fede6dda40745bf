"""SmartArt and charts of Word and PowerPoint: their words and figures stand in parts of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest.readers import clean
from ingest.readers.blocks import Block, Paragraph
from ingest.readers.table import Table, plain

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_D = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MOST_POINTS = 1000


def references(drawing: Any) -> Iterator[str]:
    """The ids of the parts that a drawing shows, in order."""
    for element in drawing.iter(f"{_D}relIds", f"{_C}chart"):
        identifier = element.get(f"{_R}dm") or element.get(f"{_R}id")
        if identifier:
            yield identifier


def blocks(root: Any, page: int | None = None) -> Iterator[Block]:
    """What a part says: the points of a diagram, or the title and the values of a chart as rows."""
    if root.tag == f"{_D}dataModel":
        for point in root.iter(f"{_D}pt"):
            for paragraph in point.iter(f"{_A}p"):
                yield from _words(paragraph, page)
        return
    for title in root.iterfind(f"{_C}chart/{_C}title"):
        for paragraph in title.iter(f"{_A}p"):
            yield from _words(paragraph, page)
    series = list(root.iter(f"{_C}ser"))
    names = [clean.one_line("".join(v.text or "" for v in one.iterfind(f"{_C}tx//{_C}v"))) for one in series]
    places = [_values(one, f"{_C}cat") or _values(one, f"{_C}xVal") for one in series]
    values = [_values(one, f"{_C}val") or _values(one, f"{_C}yVal") for one in series]
    categories = next(filter(None, places), {})
    rows = [[text, *(one.get(index, "") for one in values)] for index, text in sorted(categories.items())]
    if rows and any(names):
        yield Table(plain([["", *names], *rows]), page, head=1)
    elif rows:
        yield Table(plain(rows), page, head=0)


def _words(paragraph: Any, page: int | None) -> Iterator[Paragraph]:
    text = clean.one_line("".join(run.text or "" for run in paragraph.iter(f"{_A}t")))
    if text:
        yield Paragraph(text, page)


def _values(series: Any, name: str) -> dict[int, str]:
    """The values that a chart remembers of its sheet, by their places."""
    found: dict[int, str] = {}
    for points in series.iterfind(f"{name}//{_C}pt"):
        value = points.find(f"{_C}v")
        if value is not None and (points.get("idx") or "").isdigit() and len(found) < _MOST_POINTS:
            found[int(points.get("idx"))] = clean.one_line(value.text or "")
    return found
