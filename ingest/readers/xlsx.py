"""Excel workbooks (xlsx): every visible sheet as tables, each value as it is shown on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.readers import clean
from ingest.readers.blocks import Block, Paragraph, assemble
from ingest.readers.table import Cell, Grid, Table, head_rows
from ingest.readers.xlsx_format import shown
from rag.domain import Reading, ReadingWarning, Section

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_MOST_ROWS, _MOST_COLUMNS = 100_000, 500
_LONGEST_TITLE = 60
_LONGEST_NAME, _DEEPEST_HEAD, _SPARSE, _DENSE = 30, 4, 0.8, 0.8


def read(path: Path) -> Reading:
    """The rows of all visible sheets. Raises whatever openpyxl raises on a damaged file."""
    import warnings as python_warnings

    import openpyxl
    from openpyxl.worksheet.worksheet import Worksheet

    with python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions it does not know
        book = openpyxl.load_workbook(path, data_only=True)
    warnings: list[ReadingWarning] = []
    sections: list[Section] = []
    for sheet in book.worksheets:
        if not isinstance(sheet, Worksheet):
            continue
        if sheet.sheet_state != "visible":
            warnings.append(_left_out(f"非表示のシート「{sheet.title}」"))
            continue
        blocks = [Paragraph(sheet.title, level=1, silent=True), *_blocks(sheet, warnings)]
        sections += assemble(blocks) if len(blocks) > 1 else ()
    return Reading("xlsx", tuple(sections), tuple(warnings))


def _left_out(what: str) -> ReadingWarning:
    return ReadingWarning(
        "hidden-text", f"{what}は取り込みませんでした。必要な内容であれば、表示してから置き直してください。"
    )


def _blocks(sheet: Worksheet, warnings: list[ReadingWarning]) -> Iterator[Block]:
    """The tables of a sheet: blocks of rows between empty rows, with the lines above them as titles or text."""
    grid, numbers = _grid(sheet, warnings)
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
        else:
            yield from _part(grid[first:end], numbers[first:end])


def _grid(sheet: Worksheet, warnings: list[ReadingWarning]) -> tuple[Grid, tuple[int, ...]]:
    """The visible cells with merged ones filled, and the sheet's row numbers."""
    bottom, right = min(sheet.max_row, _MOST_ROWS), min(sheet.max_column, _MOST_COLUMNS)
    if (bottom, right) != (sheet.max_row, sheet.max_column):
        warnings.append(
            ReadingWarning(
                "truncated", f"シート「{sheet.title}」が大きすぎるため、{bottom:,} 行 {right} 列までを取り込みました。"
            )
        )
    hidden_rows = {n for n, d in sheet.row_dimensions.items() if d.hidden and n <= bottom}
    hidden_columns = _hidden_columns(sheet, right)
    filled = dict(_cells(sheet, bottom, right))
    hidden_values = sum(1 for (r, c), cell in filled.items() if cell.text and (r in hidden_rows or c in hidden_columns))
    if hidden_values:
        rows = "、".join(map(str, sorted(hidden_rows)[:5])) + ("ほか" if len(hidden_rows) > 5 else "")
        columns = "、".join(_letters(sorted(hidden_columns)[:5])) + ("ほか" if len(hidden_columns) > 5 else "")
        what = "と".join(([f"行 {rows}"] if rows else []) + ([f"列 {columns}"] if columns else []))
        warnings.append(_left_out(f"シート「{sheet.title}」の非表示の{what}"))
    used_rows = sorted({r for (r, _), cell in filled.items() if cell.text})
    used_columns = sorted({c for (_, c), cell in filled.items() if cell.text and c not in hidden_columns})
    if not used_rows or not used_columns:
        return (), ()
    numbers = [r for r in range(used_rows[0], used_rows[-1] + 1) if r not in hidden_rows]
    grid = tuple(tuple(filled.get((r, c)) or Cell("", r, c) for c in used_columns) for r in numbers)
    if any(clean.hides(cell.text) for row in grid for cell in row):
        warnings.append(clean.hidden_warning(f"シート「{sheet.title}」に"))
    return tuple(tuple(_clean(cell) for cell in row) for row in grid), tuple(numbers)


def _clean(cell: Cell) -> Cell:
    if not cell.text:
        return cell
    return Cell(clean.one_line(cell.text), cell.row, cell.column, cell.rows, cell.columns)


def _cells(sheet: Any, bottom: int, right: int) -> Iterator[tuple[tuple[int, int], Cell]]:
    """Every place with a value, and every place that a merged cell covers."""
    merged = {}
    for area in sheet.merged_cells.ranges:
        if area.size["rows"] * area.size["columns"] <= 100_000:
            merged[area.min_row, area.min_col] = area
    for row in sheet.iter_rows(max_row=bottom, max_col=right):
        for cell in row:
            if cell.value is None:
                continue
            area = merged.get((cell.row, cell.column))
            text = shown(cell.value, cell.number_format)
            if area is None:
                yield (cell.row, cell.column), Cell(text, cell.row, cell.column)
                continue
            height, width = area.size["rows"], area.size["columns"]
            spread = Cell(text, cell.row, cell.column, height, width)
            for r in range(cell.row, cell.row + height):
                for c in range(cell.column, cell.column + width):
                    yield (r, c), spread


def _hidden_columns(sheet: Worksheet, right: int) -> frozenset[int]:
    hidden: set[int] = set()
    for dimension in sheet.column_dimensions.values():
        if dimension.hidden:
            hidden.update(range(dimension.min or 1, min(dimension.max or dimension.min or 1, right) + 1))
    return frozenset(hidden)


def _letters(columns: list[int]) -> list[str]:
    from openpyxl.utils import get_column_letter

    return [get_column_letter(column) for column in columns]


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
