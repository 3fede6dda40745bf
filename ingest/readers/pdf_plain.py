"""Tables without any drawn line: texts that stand below each other under heads that are certain.

This is told with more caution than a ruled table: prose in columns, tables of contents and legends of charts must not
become rows. What is not certain stays text.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.readers import clean
from ingest.readers.pdf_marks import Char, Page, Space
from ingest.readers.pdf_tables import Ruled, line_text
from ingest.readers.table import certain_heads, plain

_WORD_GAP, _COLUMN_GAP = 0.8, 1.4
"""In sizes of the type: what parts two texts of a line, and what parts two columns."""
_LEAST_ROWS, _MOST_STARTS = 3, 4
_PITCH = 2.6
"""Lines of one table follow each other within so many sizes of the type."""
_ALIGNED = 0.7
"""Texts of a column begin, end or have their middles within so many sizes of each other."""
_FULL, _LONG = 0.7, 12
"""Most lines of running text are of twelve letters or more and reach to the right edge of their column."""
_LONGEST = 40
"""A longer text in a line is prose."""


@dataclass(frozen=True, slots=True)
class _Text:
    """Characters of one line without a wide gap: those with the indexes ``first`` to ``last`` on the page."""

    first: int
    last: int
    left: float
    right: float
    base: float
    size: float


_Line = list[_Text]


def find(page: Page, tables: list[Ruled]) -> list[Ruled]:
    """The tables without lines among the characters that are in no other table."""
    taken = frozenset[int]().union(*(table.chars for table in tables))
    lines = _lines(page.chars, taken)
    found, start = [], 0
    while start < len(lines):
        end = start
        while end < len(lines) and len(lines[end]) > 1 and (end == start or _follows(lines[end - 1], lines[end])):
            end += 1
        if end - start >= _LEAST_ROWS and (table := _first_table(page, lines[start:end])):
            found.append(table)
        start = max(end, start + 1)
    return found


def _lines(chars: tuple[Char, ...], taken: frozenset[int]) -> list[_Line]:
    """The texts of the page by lines, from the top."""
    texts: list[_Text] = []
    for index, char in enumerate(chars):
        if index in taken:
            continue
        last = texts[-1] if texts else None
        near = last and index - 1 == last.last and abs(last.base - char.base) < 0.2 * char.size
        typed = char.space is Space.TYPED and char.left - (last.right if last else 0) < _COLUMN_GAP * char.size
        if (
            last
            and near
            and -0.3 * char.size < char.left - last.right
            and (typed or char.left - last.right <= _WORD_GAP * char.size)
        ):
            texts[-1] = _Text(last.first, index, last.left, char.right, last.base, max(last.size, char.size))
        else:
            texts.append(_Text(index, index, char.left, char.right, char.base, char.size))
    lines: list[_Line] = []
    for text in sorted(texts, key=lambda text: (-text.base, text.left)):
        if lines and abs(lines[-1][0].base - text.base) < 0.3 * text.size:
            lines[-1].append(text)
        else:
            lines.append([text])
    return [sorted(line, key=lambda text: text.left) for line in lines]


def _follows(before: _Line, line: _Line) -> bool:
    size = max(before[0].size, line[0].size)
    return before[0].base - line[0].base < _PITCH * size and abs(before[0].size - line[0].size) < 0.25 * size


def _first_table(page: Page, lines: list[_Line]) -> Ruled | None:
    """The table that these lines make, or that they make without some of the first ones."""
    for start in range(min(_MOST_STARTS, len(lines) - _LEAST_ROWS + 1)):
        if table := _table(page, lines[start:]):
            return table
    return None


def _table(page: Page, lines: list[_Line]) -> Ruled | None:
    """The table with its heads in the first of the lines; None if it is not certain."""
    texts = [text for line in lines for text in line]
    edges = _edges(texts)
    if len(edges) < 3:
        return None
    rows = [[[t for t in line if a <= t.left < b] for a, b in pairwise(edges)] for line in lines]
    if not all(row[0] for row in rows) or not all(rows[0]) or any(sum(map(bool, r)) < max(2, len(r) - 1) for r in rows):
        return None
    columns = [[row[c] for row in rows[1:] if row[c]] for c in range(len(rows[0]))]
    if not all(map(_aligned, columns)) or any(map(_is_prose, columns)):
        return None
    grid = plain([[_written(page.chars, cell) for cell in row] for row in rows])
    if any(len(cell.text) > _LONGEST for row in grid for cell in row) or certain_heads(grid) != 1:
        return None
    chars = frozenset(index for text in texts for index in range(text.first, text.last + 1))
    box = (
        min(t.left for t in texts),
        min(t.base for t in texts) - 0.2 * texts[0].size,
        max(t.right for t in texts),
        max(t.base + 0.8 * t.size for t in texts),
    )
    return Ruled(box, tuple(edges), grid, chars, 1)


def _edges(texts: list[_Text]) -> list[float]:
    """The borders of the columns: the outer ones, and the middles of the stretches that no text crosses."""
    least = _COLUMN_GAP * median(text.size for text in texts)
    reached = min(text.left for text in texts)
    edges = [reached - 1]
    for text in sorted(texts, key=lambda text: text.left):
        if text.left - reached >= least:
            edges.append((reached + text.left) / 2)
        reached = max(reached, text.right)
    return [*edges, reached + 1]


def _aligned(cells: list[_Line]) -> bool:
    """Whether the texts of a column begin, end or have their middles at one place, each being one text."""
    if not cells or any(len(cell) > 1 for cell in cells):
        return False
    slack = _ALIGNED * median(cell[0].size for cell in cells)
    places = (
        [cell[0].left for cell in cells],
        [cell[0].right for cell in cells],
        [(cell[0].left + cell[0].right) / 2 for cell in cells],
    )
    return any(max(place) - min(place) <= slack for place in places)


def _is_prose(cells: list[_Line]) -> bool:
    """Whether a column is running text: most of its lines are long and full."""
    edge = max(cell[0].right for cell in cells)
    full = [c for c in cells if c[0].last - c[0].first + 1 >= _LONG and c[0].right > edge - 1.5 * c[0].size]
    return len(cells) > 1 and len(full) >= _FULL * len(cells)


def _written(chars: tuple[Char, ...], cell: _Line) -> str:
    return clean.one_line("".join(line_text(list(chars[text.first : text.last + 1])) for text in cell))
