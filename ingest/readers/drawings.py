"""SmartArt and charts of Word and PowerPoint: their words and figures stand in parts of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ingest.readers import clean
from ingest.readers.blocks import Block, Paragraph
from ingest.readers.table import Table, plain
from ingest.readers.xlsx_format import shown
from rag.domain import ReadingWarning

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_D = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MOST_POINTS = 1000
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[Ee][-+]?\d{1,2})?")
_LAST_DAY = 2_958_466
"""The number of the day after 9999-12-31."""


def references(drawing: Any) -> Iterator[str]:
    """The ids of the parts that a drawing shows, in order."""
    for element in drawing.iter(f"{_D}relIds", f"{_C}chart"):
        identifier = element.get(f"{_R}dm") or element.get(f"{_R}id")
        if identifier:
            yield identifier


def blocks(root: Any, warnings: list[ReadingWarning], page: int | None = None) -> Iterator[Block]:
    """What a part says: the points of a diagram, or the title and the values of a chart as rows.

    ``warnings`` is given one if a chart has more values than are read.
    """
    if root.tag == f"{_D}dataModel":
        for point in root.iter(f"{_D}pt"):
            for paragraph in point.iter(f"{_A}p"):
                yield from _words(paragraph, page)
        return
    if _is_cut(root):
        warnings.append(_cut(page))
    for title in root.iterfind(f"{_C}chart/{_C}title"):
        for paragraph in title.iter(f"{_A}p"):
            yield from _words(paragraph, page)
    series = list(root.iter(f"{_C}ser"))
    names = [clean.one_line("".join(v.text or "" for v in one.iterfind(f"{_C}tx//{_C}v"))) for one in series]
    places = [_values(one, f"{_C}cat") or _values(one, f"{_C}xVal") for one in series]
    values = [_values(one, f"{_C}val") or _values(one, f"{_C}yVal") for one in series]
    counted = {index: str(index + 1) for one in values for index in one}
    categories = next(filter(None, places), counted)
    rows = [[text, *(one.get(index, "") for one in values)] for index, text in sorted(categories.items())]
    if rows and any(names):
        yield Table(plain([["", *names], *rows]), page, head=1)
    elif rows:
        yield Table(plain(rows), page, head=0)


def _words(paragraph: Any, page: int | None) -> Iterator[Paragraph]:
    text = clean.one_line("".join(run.text or "" for run in paragraph.iter(f"{_A}t")))
    if text:
        yield Paragraph(text, page)


def _is_cut(root: Any) -> bool:
    places = (point.get("idx") or "" for point in root.iter(f"{_C}pt"))
    return any(place.isdigit() and int(place) >= _MOST_POINTS for place in places)


def _cut(page: int | None) -> ReadingWarning:
    message = (
        f"{f'{page}枚目の' if page else ''}グラフの値が多いため、系列ごとに初めの {_MOST_POINTS:,} 個までを取り込みました。"
        "すべてが必要であれば、値を Excel か CSV の表にして置いてください。"
    )
    return ReadingWarning("truncated", message, page)


def _values(series: Any, name: str) -> dict[int, str]:
    """The values that a chart remembers of its sheet as they are shown, by their places; of categories in several
    levels the innermost, which come first.
    """
    found: dict[int, str] = {}
    for source in series.iterfind(name):
        level = source.find(f".//{_C}lvl")
        form = source.findtext(f".//{_C}formatCode")
        for point in (source if level is None else level).iter(f"{_C}pt"):
            value, place = point.find(f"{_C}v"), point.get("idx") or ""
            if value is not None and place.isdigit() and int(place) < _MOST_POINTS:
                found[int(place)] = clean.one_line(_shown(value.text or "", point.get("formatCode") or form))
    return found


def _shown(value: str, form: str | None) -> str:
    """A value by its format; one without a format, or that is no number, as it is."""
    if not form or not _NUMBER.fullmatch(value.strip()):
        return value
    from openpyxl.styles.numbers import is_date_format
    from openpyxl.utils.datetime import from_excel

    number = float(value)
    if is_date_format(form) and 0 <= number < _LAST_DAY:
        return shown(from_excel(number), form)
    return shown(number, form)
