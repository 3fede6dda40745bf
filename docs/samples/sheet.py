"""Writes a ``.sheet.csv`` source as an Excel workbook with merged cells, a header that stays in view, and real numbers."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from source import SourceError

Grid = list[list[str]]
Place = tuple[int, int]
"""Row and column, from 0."""

NUMBER = re.compile(r"-?(?:[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*|0)")  # 0466 is a telephone number, not 466
FONT = "Noto Sans CJK JP"
LINE = Side(style="thin", color="7F7F7F")


def write_xlsx(source: Path, target: Path, day: datetime) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, grid in _sheets(source):
        _fill(book.create_sheet(name), grid, f"{source} #sheet {name}")
    book.properties.title, book.properties.creator = source.name.removesuffix(".sheet.csv"), "みらい市"
    book.properties.created = book.properties.modified = day.replace(tzinfo=None)
    book.save(target)


def _sheets(source: Path) -> list[tuple[str, Grid]]:
    sheets: list[tuple[str, list[str]]] = []
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.startswith("#sheet "):
            sheets.append((line.removeprefix("#sheet ").strip(), []))
        elif line.strip():
            if not sheets:
                raise SourceError(f"{source}: the first line must be `#sheet シート名`")
            sheets[-1][1].append(line)
    if not sheets:
        raise SourceError(f"{source}: no `#sheet シート名` in it")
    return [(name, _rectangle(list(csv.reader(lines)))) for name, lines in sheets]


def _rectangle(rows: Grid) -> Grid:
    width = max((len(row) for row in rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def _fill(sheet: Worksheet, grid: Grid, where: str) -> None:
    owners = _owners(grid, where)
    title = 1 if grid and len(set(owners[0])) == 1 < len(owners[0]) else 0
    header = title + _header_rows(owners, title)
    for y, row in enumerate(grid):
        for x, text in enumerate(row):
            if owners[y][x] == (y, x):
                _write(sheet, y, x, text, heading=y < header, title=y < title)
            if y >= title:
                sheet.cell(y + 1, x + 1).border = Border(LINE, LINE, LINE, LINE)
    _merge(sheet, owners, where)
    for x in range(len(grid[0]) if grid else 0):
        own = [row[x] for y, row in enumerate(grid) if y >= title and row[x] not in ("<", "^")]
        sheet.column_dimensions[get_column_letter(x + 1)].width = min(44, 3 + max(map(_width, own), default=6))
    sheet.freeze_panes = f"A{header + 1}"
    sheet.print_title_rows = f"1:{header}" if header else None
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", "9"  # 9 is A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _owners(grid: Grid, where: str) -> list[list[Place]]:
    """For each cell, the one whose text it shows."""
    owners: list[list[Place]] = []
    for y, row in enumerate(grid):
        owners.append([])
        for x, text in enumerate(row):
            if (text == "^" and y == 0) or (text == "<" and x == 0):
                raise SourceError(f"{where}, row {y + 1}, column {x + 1}: there is no cell to merge `{text}` with")
            owners[y].append(owners[y - 1][x] if text == "^" else owners[y][x - 1] if text == "<" else (y, x))
    return owners


def _header_rows(owners: list[list[Place]], title: int) -> int:
    """The row below the title, and each that hangs on it by a merged cell."""
    rows = 1
    while title + rows < len(owners) and any(title <= y < title + rows for y, _ in owners[title + rows]):
        rows += 1
    return rows


def _write(sheet: Worksheet, y: int, x: int, text: str, heading: bool, title: bool) -> None:
    cell = sheet.cell(y + 1, x + 1)
    number = not heading and NUMBER.fullmatch(text)
    cell.value = int(text.replace(",", "")) if number else text or None
    if number:
        cell.number_format = "#,##0"
    cell.font = Font(name=FONT, size=14 if title else 10, bold=heading)
    cell.alignment = Alignment(
        horizontal="right" if number else "center" if heading and not title else "left",
        vertical="center",
        wrap_text=not title,
    )
    if heading and not title:
        cell.fill = PatternFill("solid", fgColor="E7ECF2")


def _merge(sheet: Worksheet, owners: list[list[Place]], where: str) -> None:
    areas: defaultdict[Place, list[Place]] = defaultdict(list)
    for y, row in enumerate(owners):
        for x, owner in enumerate(row):
            areas[owner].append((y, x))
    for (top, left), cells in areas.items():
        bottom, right = max(y for y, _ in cells), max(x for _, x in cells)
        if len(cells) != (bottom - top + 1) * (right - left + 1):
            raise SourceError(f"{where}, row {top + 1}, column {left + 1}: the cells merged with it form no rectangle")
        if len(cells) > 1:
            sheet.merge_cells(start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)
