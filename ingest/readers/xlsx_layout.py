"""Where on a sheet the tables are: blocks between empty rows and columns, titles above, notes below, groups of heads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ingest.readers.blocks import Block, Paragraph
from ingest.readers.table import Cell, Grid, Table, column_heads, head_rows

_LONGEST_TITLE = 60
_LONGEST_NAME, _DEEPEST_HEAD, _SPARSE, _DENSE = 30, 4, 0.8, 0.8


def areas(grid: Grid, numbers: tuple[int, ...]) -> Iterator[Block]:
    """Blocks of rows between empty rows, and in these the tables that stand side by side."""
    bounds: list[tuple[int, int]] = []
    start = 0
    for index in range(len(grid) + 1):
        if index < len(grid) and any(cell.text for cell in grid[index]):
            continue
        if index > start:
            bounds.append((start, index))
        start = index + 1
    for number, (first, end) in enumerate(bounds):
        if end - first == 1 and _is_title(grid[first]) and number + 1 < len(bounds):
            yield Paragraph(_only_text(grid[first]), level=2)
            continue
        note = _note_beside(grid[first:end])
        if note:
            left, right, text = note
            rest = tuple((*row[:left], *row[right:]) for row in grid[first:end])
            yield from areas(rest, numbers[first:end])
            yield Paragraph(text)
            continue
        beside = _side_by_side(grid[first:end])
        for left, right in beside if len(beside) > 1 else ():
            yield from areas(tuple(row[left:right] for row in grid[first:end]), numbers[first:end])
        if len(beside) < 2:
            yield from _part(grid[first:end], numbers[first:end])


def _note_beside(grid: Grid) -> tuple[int, int, str] | None:
    """The columns and the text of one cell that is merged over several rows beside a table and parted from it."""
    used = [any(row[c].text for row in grid) for c in range(len(grid[0]))]
    starts = [c for c, here in enumerate(used) if here and (c == 0 or not used[c - 1])]
    for left, right in zip(starts, [*starts[1:], len(used)], strict=True) if len(starts) > 1 else ():
        cells = {(cell.row, cell.column): cell for row in grid for cell in row[left:right] if cell.text}
        only = next(iter(cells.values()))
        if len(cells) == 1 and only.rows > 1:
            return left, right, only.text
    return None


def _side_by_side(grid: Grid) -> list[tuple[int, int]]:
    """The columns of each table in a block of rows, where empty columns part them; none if it is one table.

    Each has heads of its own: a form may leave columns free between its labels and its values. And none goes by the rows
    of the first, as the groups of columns of a comparison do.
    """
    body = grid[next((i for i, row in enumerate(grid) if not _is_line(row)), 0) :]
    used = [any(row[c].text for row in body) for c in range(len(grid[0]))]
    starts = [c for c, here in enumerate(used) if here and (c == 0 or not used[c - 1])]
    if len(starts) < 2:
        return []
    found = list(zip(starts, [*starts[1:], len(used)], strict=True))
    parts = [_Beside.of(body, *columns) for columns in found]
    first = parts[0]
    return found if all(part.heads and (part is first or part.stands_alone(first)) for part in parts) else []


@dataclass(frozen=True, slots=True)
class _Beside:
    """What may be one of several tables beside each other: its heads, which rows have text, what names its rows."""

    heads: tuple[str, ...]
    titled: bool
    rows: tuple[int, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, body: Grid, left: int, right: int) -> _Beside:
        rows = [i for i, row in enumerate(body) if any(cell.text for cell in row[left:right])]
        lines = [body[i][left:right] for i in rows]
        start = next((i for i, row in enumerate(lines) if not _is_line(row)), len(lines))
        table = _rebased(_narrowed(tuple(lines[start:]))) if start < len(lines) else ()
        depth = (head_rows(table) or 2 * bool(_rows_above_head(table))) if table and len(table[0]) > 1 else 0
        heads = column_heads(table, depth) if depth else ()
        return cls(heads, start > 0, tuple(rows), tuple(row[0].text for row in table[depth:]))

    def stands_alone(self, first: _Beside) -> bool:
        """Whether the rows of this one are not those of the first: the same table goes on, or both have titles, or it
        ends earlier and every one of its rows has a name of its own.
        """
        named = len(set(self.names)) == len(self.names) and not any(not n or _has_digits(n) for n in self.names)
        whole = len(self.rows) == self.rows[-1] - self.rows[0] + 1
        shorter = self.rows[-1] < first.rows[-1] and whole and named
        return self.heads == first.heads or (self.titled and first.titled) or shorter


def _part(grid: Grid, numbers: tuple[int, ...]) -> Iterator[Block]:
    """One block of rows: lines of a single cell at the top are titles or notes, the rest is a table."""
    top = 0
    while top < len(grid) and _is_line(grid[top]):
        has_table = any(not _is_line(row) for row in grid[top:])
        title = has_table and top == 0 and _is_title(grid[top])
        yield Paragraph(_only_text(grid[top]), level=3 if title else None)
        top += 1
    if top == len(grid):
        return
    end = len(grid)
    while end > top and _is_line(grid[end - 1]) and not _in_merge(grid[end - 1]):
        end -= 1
    body = _narrowed(grid[top:end])
    above = 0 if head_rows(_rebased(body)) else _rows_above_head(body)
    for row in body[: max(0, above - 1)]:
        yield Paragraph("\u3000".join(dict.fromkeys(cell.text for cell in row if cell.text)))
    skipped = max(0, above - 1)
    cells = _rebased(_spread(body[skipped:]) if above else body)
    yield Table(cells, head=2 if above else None, numbers=numbers[top + skipped : end])
    for row in grid[end:]:
        yield Paragraph(_only_text(row))


def _only_text(row: tuple[Cell, ...]) -> str:
    return next(cell.text for cell in row if cell.text)


def _is_title(row: tuple[Cell, ...]) -> bool:
    """Whether a row is one short text that names what follows, and no note."""
    text = _only_text(row)
    is_note = text.endswith("。") or text.startswith(("※", "注", "（注"))
    return _is_line(row) and len(text) <= _LONGEST_TITLE and not is_note


def _rows_above_head(grid: Grid) -> int:
    """How many sparse rows (groups of columns, dates of the edition) stand above the row that names every column."""
    wide = len(grid[0])

    def share(row: tuple[Cell, ...]) -> float:
        return sum(1 for cell in row if cell.text and len(cell.text) <= _LONGEST_NAME and cell.rows == 1) / wide

    for index in range(1, min(_DEEPEST_HEAD, len(grid) - 1)):
        sparse = all(0 < share(row) < _SPARSE for row in grid[:index])
        if wide > 3 and sparse and share(grid[index]) >= _DENSE and not any(_has_digits(c.text) for c in grid[index]):
            return index
    return 0


def _has_digits(text: str) -> bool:
    return text.replace(",", "").replace(".", "").isdigit()


def _spread(grid: Grid) -> Grid:
    """The first row with the name of each group written over all its columns."""
    names: list[Cell] = []
    for cell in grid[0]:
        last = names[-1].text if names else ""
        names.append(Cell(cell.text or last, cell.row, cell.column))
    return (tuple(names), *grid[1:])


def _is_line(row: tuple[Cell, ...]) -> bool:
    """Whether a row has one text only: a single cell, or one merged over several."""
    return len({(cell.row, cell.column) for cell in row if cell.text}) == 1 and bool(
        next(cell for cell in row if cell.text).rows == 1
    )


def _in_merge(row: tuple[Cell, ...]) -> bool:
    return any(cell.rows > 1 for cell in row)


def _narrowed(grid: Grid) -> Grid:
    """Without the columns that are empty in this block."""
    used = [c for c in range(len(grid[0])) if any(row[c].text for row in grid)]
    return tuple(tuple(row[c] for c in used) for row in grid)


def _rebased(grid: Grid) -> Grid:
    """Cells with places and spans counted within this block (hidden rows and columns do not count)."""
    first: dict[tuple[int, int, str], list[int]] = {}
    for r, row in enumerate(grid):
        for c, cell in enumerate(row):
            key = (cell.row, cell.column, cell.text)
            box = first.setdefault(key, [r, c, r, c])
            box[2], box[3] = max(box[2], r), max(box[3], c)
    new = {key: Cell(key[2], b[0], b[1], b[2] - b[0] + 1, b[3] - b[1] + 1) for key, b in first.items()}
    return tuple(
        tuple(new[cell.row, cell.column, cell.text] if cell.text else Cell("", r, c) for c, cell in enumerate(row))
        for r, row in enumerate(grid)
    )
