"""Excel workbooks (xlsx): every visible sheet as tables, each value as it is shown on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.readers import clean, xlsx_parts
from ingest.readers.blocks import Block, Paragraph, assemble
from ingest.readers.table import Cell, Grid
from ingest.readers.xlsx_format import shown
from ingest.readers.xlsx_layout import areas
from ingest.readers.xlsx_unseen import Unseen
from rag.domain import Reading, ReadingWarning, Section

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_MOST_ROWS, _MOST_COLUMNS = 100_000, 500


def read(path: Path) -> Reading:
    """The rows of all visible sheets. Raises whatever openpyxl raises on a damaged file."""
    import warnings as python_warnings

    import openpyxl
    from openpyxl.worksheet.worksheet import Worksheet

    with python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions it does not know
        book = openpyxl.load_workbook(path, data_only=True, rich_text=True)
    warnings: list[ReadingWarning] = [_uncomputed()] if xlsx_parts.has_uncomputed(path) else []
    shapes = xlsx_parts.shapes(path)
    sections: list[Section] = []
    for sheet in book.worksheets:
        if not isinstance(sheet, Worksheet):
            continue
        if sheet.sheet_state != "visible":
            warnings.append(_left_out(f"非表示のシート「{sheet.title}」"))
            continue
        blocks = [Paragraph(sheet.title, level=1, silent=True), *_blocks(sheet, warnings)]
        boxes = [clean.visible(text) for text in shapes.get(sheet.title, ())]
        if any(boxes):
            blocks += [Paragraph("図形内の文字", level=2, silent=True), *(Paragraph(text) for text in boxes if text)]
        sections += assemble(blocks) if len(blocks) > 1 else ()
    return Reading("xlsx", tuple(sections), tuple(warnings))


def _left_out(what: str) -> ReadingWarning:
    return ReadingWarning(
        "hidden-text", f"{what}は取り込みませんでした。必要な内容であれば、表示してから置き直してください。"
    )


def _uncomputed() -> ReadingWarning:
    return ReadingWarning(
        "uncomputed",
        "計算結果が保存されていない数式があり、そのセルは空として取り込みました。Excel で開いて保存し直してください。",
    )


def _blocks(sheet: Worksheet, warnings: list[ReadingWarning]) -> Iterator[Block]:
    """The tables of a sheet, with the lines above them as titles or text."""
    return areas(*_grid(sheet, warnings))


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
    unseen = Unseen(sheet)
    filled = dict(_cells(sheet, bottom, right, unseen))
    if unseen.found:
        places = "、".join(unseen.found[:5]) + ("ほか" if len(unseen.found) > 5 else "")
        warnings.append(_left_out(f"シート「{sheet.title}」の、背景と同じ色や表示形式で見えないセル({places})"))
    if unseen.struck:
        places = "、".join(unseen.struck[:5]) + ("ほか" if len(unseen.struck) > 5 else "")
        warnings.append(clean.struck_warning(f"シート「{sheet.title}」のセル({places})の"))
    if notes := [cell.coordinate for _, cell in sorted(sheet._cells.items()) if cell.comment]:
        places = "、".join(notes[:5]) + ("ほか" if len(notes) > 5 else "")
        warnings.append(clean.comment_warning(f"シート「{sheet.title}」のセル({places})の"))
    hidden_values = sum(1 for (r, c), cell in filled.items() if cell.text and (r in hidden_rows or c in hidden_columns))
    if hidden_values:
        rows = "、".join(map(str, sorted(hidden_rows)[:5])) + ("ほか" if len(hidden_rows) > 5 else "")
        columns = "、".join(_letters(sorted(hidden_columns)[:5])) + ("ほか" if len(hidden_columns) > 5 else "")
        what = "と".join(([f"行 {rows}"] if rows else []) + ([f"列 {columns}"] if columns else []))
        warnings.append(_left_out(f"シート「{sheet.title}」の非表示の{what}"))
    used_rows = sorted({r for (r, _), cell in filled.items() if cell.text})
    used = {c for (_, c), cell in filled.items() if cell.text and c not in hidden_columns}
    gaps = {c - 1 for c in used if c - 1 not in hidden_columns and c > min(used)}  # one empty column for each gap
    used_columns = sorted(used | gaps)
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


def _cells(sheet: Any, bottom: int, right: int, unseen: Unseen) -> Iterator[tuple[tuple[int, int], Cell]]:
    """Every place with a value, and every place that a merged cell covers; nothing in what is ``unseen``."""
    merged = {}
    for area in sheet.merged_cells.ranges:
        if area.size["rows"] * area.size["columns"] <= 100_000:
            merged[area.min_row, area.min_col] = area
    for place, cell in sorted(sheet._cells.items()):  # iter_rows would make a cell for every place up to the last
        if cell.value is None or place[0] > bottom or place[1] > right:
            continue
        area = merged.get(place)
        text = "" if unseen(cell) else shown(unseen.kept(cell), cell.number_format)
        if area is None:
            yield place, Cell(text, place[0], place[1])
            continue
        height, width = area.size["rows"], area.size["columns"]
        spread = Cell(text, place[0], place[1], height, width)
        for r in range(place[0], min(place[0] + height, bottom + 1)):
            for c in range(place[1], min(place[1] + width, right + 1)):
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
