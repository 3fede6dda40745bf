"""Ruled tables of a PDF page: the lines make a grid, and every character belongs to the cell it lies in."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise

from ingest.readers import clean, pdf_open
from ingest.readers.pdf_marks import Box, Char, Page, Rule, Space
from ingest.readers.table import Cell, Grid

_NEAR = 2.5
"""Lines nearer than this (points) are one line: Word draws a border as several pieces, Excel as two rectangles."""
_SHORTEST = 4.0
_LEAST_FILLED = 0.25


@dataclass(frozen=True, slots=True)
class Ruled:
    """A table on a page: its place, the x of its column borders, its cells, and the indexes of the characters in it.

    ``marked`` is the number of rows at the top that are bold or stand on a ground of their own, as heads do.
    """

    box: Box
    borders: tuple[float, ...]
    grid: Grid
    chars: frozenset[int]
    marked: int = 0


def find(page: Page) -> list[Ruled]:
    """The ruled tables of a page, from the top; characters of an inner table are not in the outer one."""
    horizontal, vertical = _joined(page.horizontal), _joined(page.vertical)
    taken: set[int] = set()
    found = []
    groups = [*_groups(horizontal, vertical), *pdf_open.groups(page, horizontal, vertical)]
    for rows, columns in sorted(groups, key=_extent):
        table = _table(page, rows, columns, taken)
        if table:
            found.append(table)
            taken |= table.chars
    return sorted(found, key=lambda table: -table.box[3])


def _extent(group: tuple[list[Rule], list[Rule]]) -> float:
    rows, columns = group
    return (max(r.end for r in rows) - min(r.start for r in rows)) * (
        max(c.end for c in columns) - min(c.start for c in columns)
    )


def _joined(rules: tuple[Rule, ...]) -> list[Rule]:
    """Lines that continue each other as one."""
    result: list[Rule] = []
    lanes: dict[int, list[Rule]] = defaultdict(list)
    for rule in sorted(rules, key=lambda rule: (rule.at, rule.start)):
        place = round(rule.at)
        lanes[next((k for k in (place, place - 1, place + 1) if k in lanes), place)].append(rule)
    for lane in lanes.values():
        lane.sort(key=lambda rule: rule.start)
        current = lane[0]
        for rule in lane[1:]:
            if rule.start <= current.end + _NEAR:
                current = Rule(current.at, current.start, max(current.end, rule.end))
            else:
                result.append(current)
                current = rule
        result.append(current)
    return [rule for rule in result if rule.end - rule.start >= _SHORTEST]


def _groups(horizontal: list[Rule], vertical: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Lines that touch each other, directly or through others."""
    rules = horizontal + vertical
    parent = list(range(len(rules)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    ordered = sorted(range(len(vertical)), key=lambda i: vertical[i].at)
    places = [vertical[i].at for i in ordered]
    for h, rule in enumerate(horizontal):
        for k in range(bisect_right(places, rule.start - _NEAR), bisect_right(places, rule.end + _NEAR)):
            other = vertical[ordered[k]]
            if other.start - _NEAR <= rule.at <= other.end + _NEAR:
                parent[root(h)] = root(len(horizontal) + ordered[k])
    groups: dict[int, tuple[list[Rule], list[Rule]]] = defaultdict(lambda: ([], []))
    for index, rule in enumerate(rules):
        groups[root(index)][0 if index < len(horizontal) else 1].append(rule)
    return [group for group in groups.values() if len(group[0]) >= 2 and len(group[1]) >= 1]


def _steps(values: list[float]) -> list[float]:
    """Distinct places, nearer ones taken together."""
    result: list[float] = []
    for value in sorted(values):
        if not result or value - result[-1] > _NEAR:
            result.append(value)
    return result


def _table(page: Page, rows: list[Rule], columns: list[Rule], taken: set[int]) -> Ruled | None:
    """The table that a group of lines draws, or None if it is a frame, a chart or an empty form of boxes."""
    ends = [rule.start for rule in rows] + [rule.end for rule in rows]
    xs = _steps([rule.at for rule in columns] + [min(ends), max(ends)])
    ys = _steps([rule.at for rule in rows])[::-1]
    wide, high = len(xs) - 1, len(ys) - 1
    if wide < 2 or high < 1 or wide * high < 2 or wide * high > 20_000:
        return None
    owner = _cells(xs, ys, rows, columns)
    if not _is_regular(owner):
        return None
    inside = _inside(page.chars, xs, ys, owner, taken)
    cells = {cell for line in owner for cell in line}
    filled = sum(1 for cell in cells if inside.get(cell))
    if len(cells) < 2 or filled < 2 or filled < _LEAST_FILLED * len(cells) or _is_frame(inside, cells):
        return None
    grid = _grid(owner, {cell: _text([page.chars[i] for i in inside[cell]]) for cell in inside})
    chars = frozenset(index for indexes in inside.values() for index in indexes)
    grid, borders = _tidy(grid, xs)
    if not grid or len(grid[0]) < 2:
        return None
    box = (xs[0], ys[-1], xs[-1], ys[0])
    bold = {cell for cell in inside if all(page.chars[i].bold for i in inside[cell])}
    return Ruled(box, borders, grid, chars, _shaded(page, box, xs, ys) or _bold(owner, inside, bold))


def _bold(owner: list[list[int]], inside: dict[int, list[int]], bold: set[int]) -> int:
    """How many rows at the top are all in bold type, if the row after them is not."""

    def is_bold(line: list[int]) -> bool:
        return all(cell in bold for cell in line if cell in inside) and any(cell in inside for cell in line)

    count = 0
    while count < min(3, len(owner) - 1) and is_bold(owner[count]):
        count += 1
    return 0 if count and is_bold(owner[count]) else count


def _shaded(page: Page, box: Box, xs: list[float], ys: list[float]) -> int:
    """How many rows at the top are filled all over, if the row after them is not."""
    width, height = box[2] - box[0], box[3] - box[1]
    fills = [f for f in page.fills if f[3] - f[1] < 0.9 * height or f[2] - f[0] < 0.9 * width]

    def filled(row: int) -> bool:
        y = (ys[row] + ys[row + 1]) / 2
        middles = [(a + b) / 2 for a, b in pairwise(xs)]
        return all(any(f[0] <= x <= f[2] and f[1] <= y <= f[3] for f in fills) for x in middles)

    count = 0
    while count < min(3, len(ys) - 2) and filled(count):
        count += 1
    return 0 if count and filled(count) else count


def _inside(
    chars: tuple[Char, ...], xs: list[float], ys: list[float], owner: list[list[int]], taken: set[int]
) -> dict[int, list[int]]:
    """The characters of every cell. A run that flows over a border without a gap belongs where most of it lies."""
    up = [-y for y in ys]
    result: dict[int, list[int]] = defaultdict(list)
    for run in _runs(chars, taken):
        places = []
        for index in run:
            char = chars[index]
            c = bisect_right(xs, (char.left + char.right) / 2) - 1
            r = bisect_right(up, -(char.base + char.size * 0.3)) - 1
            if 0 <= c < len(xs) - 1 and 0 <= r < len(ys) - 1:
                places.append(owner[r][c])
        if 2 * len(places) > len(run):
            result[max(places, key=places.count)] += run
    return result


def _runs(chars: tuple[Char, ...], taken: set[int]) -> list[list[int]]:
    """Characters that follow each other on a line without a gap."""
    runs: list[list[int]] = []
    for index, char in enumerate(chars):
        if index in taken:
            continue
        before = chars[index - 1] if index else None
        if (
            runs
            and before
            and runs[-1][-1] == index - 1
            and not char.break_
            and abs(before.base - char.base) < 0.2 * char.size
            and -0.3 * char.size < char.left - before.right < 0.15 * char.size
        ):
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _is_regular(owner: list[list[int]]) -> bool:
    """Whether nearly all cells are rectangles; boxes joined by arrows make a grid in which they are not."""
    sizes: Counter[int] = Counter(cell for line in owner for cell in line)
    boxes: dict[int, list[int]] = {}
    for r, line in enumerate(owner):
        for c, cell in enumerate(line):
            box = boxes.setdefault(cell, [r, c, r, c])
            box[:] = min(box[0], r), min(box[1], c), max(box[2], r), max(box[3], c)
    odd = sum(1 for k, b in boxes.items() if sizes[k] != (b[2] - b[0] + 1) * (b[3] - b[1] + 1))
    return odd <= 0.1 * len(boxes)


def _cells(xs: list[float], ys: list[float], rows: list[Rule], columns: list[Rule]) -> list[list[int]]:
    """For every elementary field of the grid the number of the cell that it belongs to; no line between: one cell."""
    wide, high = len(xs) - 1, len(ys) - 1
    parent = list(range(wide * high))

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    by_x, by_y = defaultdict(list), defaultdict(list)
    for rule in columns:
        by_x[_nearest(xs, rule.at)].append(rule)
    for rule in rows:
        by_y[_nearest(ys, rule.at)].append(rule)
    for r in range(high):
        for c in range(wide):
            middle_x, middle_y = (xs[c] + xs[c + 1]) / 2, (ys[r] + ys[r + 1]) / 2
            if c + 1 < wide and not any(v.start <= middle_y <= v.end for v in by_x[c + 1]):
                parent[root(r * wide + c + 1)] = root(r * wide + c)
            if r + 1 < high and not any(h.start <= middle_x <= h.end for h in by_y[r + 1]):
                parent[root((r + 1) * wide + c)] = root(r * wide + c)
    return [[root(r * wide + c) for c in range(wide)] for r in range(high)]


def _nearest(values: list[float], place: float) -> int:
    return min(range(len(values)), key=lambda index: abs(values[index] - place))


def _is_frame(inside: dict[int, list[int]], cells: set[int]) -> bool:
    """Whether nearly all text stands in one big field, as in a box with a decorated edge."""
    sizes = sorted((len(indexes) for indexes in inside.values()), reverse=True)
    return len(cells) > 2 and sizes[0] > 400 and sizes[0] > 0.9 * sum(sizes)


def _text(chars: list[Char]) -> str:
    """The characters of a cell as lines from the top, joined as one."""
    lines: list[list[Char]] = []
    for char in sorted(chars, key=lambda char: -char.base):  # stable: the file's order within a line
        if lines and abs(lines[-1][0].base - char.base) <= 0.5 * min(char.size, lines[-1][0].size):
            lines[-1].append(char)
        else:
            lines.append([char])
    for line in lines:
        if any(after.right < before.left for before, after in itertools.pairwise(line)):
            line.sort(key=lambda char: char.left)
    return clean.one_line("\n".join(line_text(line) for line in lines))


def line_text(chars: list[Char]) -> str:
    """Characters of one line as text, with a space where the gap or pdfium shows one."""
    text = ""
    for index, char in enumerate(chars):
        if index:
            before = chars[index - 1]
            gap = char.left - before.right
            latin = not clean.is_japanese(before.text) and not clean.is_japanese(char.text)
            least = 0.05 if latin or char.space is Space.TYPED else 0.4
            if gap > 0.8 * char.size or (char.space and gap > least * char.size):
                text += " "
        text += char.text
    return text


def _grid(owner: list[list[int]], texts: dict[int, str]) -> Grid:
    places: dict[int, list[int]] = {}
    for r, line in enumerate(owner):
        for c, cell in enumerate(line):
            box = places.setdefault(cell, [r, c, r, c])
            box[0], box[1], box[2], box[3] = min(box[0], r), min(box[1], c), max(box[2], r), max(box[3], c)
    cells = {
        cell: Cell(texts.get(cell, ""), b[0], b[1], b[2] - b[0] + 1, b[3] - b[1] + 1) for cell, b in places.items()
    }
    return tuple(tuple(cells[cell] for cell in line) for line in owner)


def _tidy(grid: Grid, xs: list[float]) -> tuple[Grid, tuple[float, ...]]:
    """Without rows and columns in which no cell begins (doubled lines) or that are narrow and empty."""
    high, wide = len(grid), len(grid[0])
    rows = [r for r in range(high) if any(cell.row == r for cell in grid[r])]
    columns = [
        c
        for c in range(wide)
        if any(grid[r][c].column == c for r in range(high))
        and (xs[c + 1] - xs[c] > 6 or any(grid[r][c].text and grid[r][c].columns == 1 for r in range(high)))
    ]
    kept = [[grid[r][c] for c in columns] for r in rows]
    new: dict[int, Cell] = {}
    for r, row in enumerate(kept):
        for c, cell in enumerate(row):
            old = new.get(id(cell))
            first_r, first_c = (old.row, old.column) if old else (r, c)
            new[id(cell)] = Cell(
                cell.text, first_r, min(first_c, c), r - first_r + 1, max(c - first_c + 1, old.columns if old else 1)
            )
    return tuple(tuple(new[id(cell)] for cell in row) for row in kept), tuple(xs[c] for c in columns)
