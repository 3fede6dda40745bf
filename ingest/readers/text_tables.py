"""Tables in plain text: cells parted by tabs, by drawn lines (│), or by spaces so that columns stand below each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ingest.readers import clean
from ingest.readers.table import Table, certain_heads, plain

_CORNERS = frozenset("┌┬┐├┼┤└┴┘─━┏┳┓┣╋┫┗┻┛═╔╦╗╠╬╣╚╩╝+")
_LINES = _CORNERS | frozenset(" \t\u3000│┃║|-┠┨┝┥╂┿┷┯")
"""What a drawn border is made of: nothing but lines, and a corner or a horizontal line among them."""
_DRAWN = re.compile(r"^\s*[│┃║|](.*)[│┃║|]\s*$")
_PARTING = re.compile("[│┃║|]")
_GAP = re.compile(r"[ \u3000]{2,}")
_ITEM = re.compile(r"^[ \u3000]*(?:[・●○■□◆◇※①-⑳\-*]|[（(]?[0-9０-９]{1,2}[.．)）])")
_COUNTED = re.compile(r"[・●○■□◆◇※①-⑳\-*]?|[（(]?[0-9０-９]{1,3}[.．)）]?")
_LEADER = re.compile(r"[.．・…‥]{3,}")
_LEAST_LINES, _LEAST_CELLS = 3, 3
"""Columns of spaces are a table from three lines with three cells on: with fewer, words stand so by chance or for looks."""
_LONGEST = 500
_SLACK = 1
"""Columns of a terminal by which cells of one column may begin apart."""


def find(lines: list[str], width: Callable[[str], int]) -> Iterator[tuple[int, int, Table]]:
    """The tables of a text: from which line, up to which (not included), what. ``width``: columns of a terminal."""
    start = 0
    while start < len(lines):
        end, rows = _drawn(lines, start) if _is_border(lines[start]) else _tabbed(lines, start)
        if not rows and not _is_border(lines[start]):
            listed = end  # a list with tabs is gone through once, not anew from each of its lines
            end, rows = _spaced(lines, start, width)
            end = end if rows else max(end, listed)
        end = max(end, start + 1)
        if rows:
            yield start, end, Table(plain([[clean.one_line(cell) for cell in row] for row in rows]))
        start = end


def _is_border(line: str) -> bool:
    return not _CORNERS.isdisjoint(line) and _LINES.issuperset(line.rstrip("\r"))


def _drawn(lines: list[str], start: int) -> tuple[int, list[list[str]]]:
    """Lines between drawn borders. What stands between two borders is one row, if borders part every row."""
    bands: list[list[list[str]]] = [[]]
    end = start
    while end < len(lines):
        if _is_border(lines[end]):
            bands.append([])
        elif row := _DRAWN.match(lines[end]):
            bands[-1].append([cell.strip(" \u3000") for cell in _PARTING.split(row[1])])
        else:
            break
        end += 1
    bands = [band for band in bands if band]
    widths = {len(row) for band in bands for row in band}
    if len(widths) != 1 or widths == {1}:
        return end, []
    if len(bands) <= 2:  # a border below the heads and none between the rows
        return end, [row for band in bands for row in band]
    return end, [["\n".join(filter(None, cells)) for cells in zip(*band, strict=True)] for band in bands]


def _tabbed(lines: list[str], start: int) -> tuple[int, list[list[str]]]:
    """Two lines or more with as many tabs, none before the first text: cells of a spreadsheet, unless they are a list."""
    count = lines[start].count("\t")
    end = start
    while count and end < len(lines) and lines[end].count("\t") == count and lines[end].split("\t", 1)[0].strip():
        end += 1
    rows = [line.split("\t") for line in lines[start:end]]
    listed = count == 1 and all(_COUNTED.fullmatch(row[0].strip()) for row in rows)
    return end, rows if len(rows) > 1 and not listed else []


def _spaced(lines: list[str], start: int, width: Callable[[str], int]) -> tuple[int, list[list[str]]]:
    """Three lines or more of three cells or more that begin below each other, parted by two spaces or more, below heads
    that are certain.
    """
    first = _cells(lines[start], width)
    rows, end = [], start
    while len(first) >= _LEAST_CELLS and end < len(lines):
        cells = _cells(lines[end], width)
        if len(cells) != len(first) or any(abs(a - b) > _SLACK for (a, _), (b, _) in zip(cells, first, strict=True)):
            break
        rows.append([text for _, text in cells])
        end += 1
    if len(rows) < _LEAST_LINES:
        return start + 1, []
    return end, rows if certain_heads(plain(rows)) else []


def _cells(line: str, width: Callable[[str], int]) -> list[tuple[int, str]]:
    """The texts of a line between wide gaps, with the columns at which they begin; none for an item or a line of dots."""
    body = line.rstrip()
    if not body.strip() or len(body) > _LONGEST or _ITEM.match(body) or _LEADER.search(body) or "\t" in body:
        return []
    cells, place = [], 0
    for gap in [*_GAP.finditer(body), None]:
        text = body[place : gap.start() if gap else len(body)]
        if text.strip():
            cells.append((width(body[:place] + "x") - 1, text.strip()))
        place = gap.end() if gap else place
    return cells
