"""Cases as staff write them, in CSV or Excel with Japanese or English column names, a question a row."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from eval.cases import Case, Source
from eval.values import canonical
from ingest.readers import guard
from ingest.readers.decode import decode
from ingest.readers.xlsx_format import shown
from rag.errors import UnreadableDocument
from rag.text import compact

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

COLUMNS = {
    "id": ("id", "番号", "問番号", "no", "no."),
    "question": ("question", "質問", "質問文", "問い", "問"),
    "facts": ("facts", "正答に含む語", "答えに含む語", "正答", "正解"),
    "path": ("path", "資料", "資料名", "根拠資料", "ファイル"),
    "quote": ("quote", "引用", "引用文", "根拠の文言"),
    "as_of": ("as_of", "時点", "基準日"),
    "department": ("department", "所管課", "担当課", "課"),
    "style": ("style", "種別", "問い方"),
    "answerable": ("answerable", "回答可", "回答可否", "答えの有無"),
    "history": ("history", "前の質問", "これまでの質問", "履歴"),
}
"""What a column may be called."""
_SHARED = frozenset({"path", "as_of", "department", "style", "answerable"})
"""What questions that stand together may share; a question or an answer that is merged over rows is a mistake, and said so."""
_NAMES = {name: key for key, names in COLUMNS.items() for name in names}
_YES = frozenset({"可", "はい", "○", "〇", "◯", "1", "true", "yes", "y", "有", "あり", "ある", "回答可"})
_NO = frozenset({"不可", "いいえ", "×", "✕", "x", "0", "false", "no", "n", "無", "なし", "ない", "回答不可"})
_DATE = re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日(?:[(（].[)）])?(?: ?0?0:00(?::00)?)?(?:現在|時点)?")
"""With the weekday or the midnight that a spreadsheet may show; a span of two days is none."""
_HEAD_WITHIN, _MOST_ROWS, _ERRORS_SHOWN = 10, 100_000, 10

Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Imported:
    """The cases of a file, and the columns and sheets that were not used."""

    cases: tuple[Case, ...]
    unused: tuple[str, ...]


def read_table(file: Path) -> Imported:
    """Read a CSV or Excel file. Raises UnreadableDocument with every row at fault."""
    guard.check_file(file)
    sheets = _excel(file) if file.suffix.lower() in (".xlsx", ".xlsm") else [("", _csv(file))]
    heads = [(name, rows, place) for name, rows in sheets if (place := _head(rows)) is not None]
    if not heads:
        raise UnreadableDocument(
            f"{file.name} に「質問」（question）の列がありません。",
            f"初めの{_HEAD_WITHIN}行のうちに列の名前を書いてください。使える名前: {'、'.join(n[1] for n in COLUMNS.values())}",
        )
    name, rows, place = heads[0]
    cases, unused = _cases(file.name, rows[place], rows[place + 1 :])
    others = [f"シート「{other}」" for other, *_ in sheets if other != name]
    return Imported(cases, (*unused, *others))


def _csv(file: Path) -> list[Row]:
    text = decode(file.read_bytes()).text.lstrip("\ufeff").replace("\x00", "")
    delimiter = "\t" if text.partition("\n")[0].count("\t") > text.partition("\n")[0].count(",") else ","
    csv.field_size_limit(10_000_000)
    try:
        return list(enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1))
    except csv.Error as error:
        raise UnreadableDocument(
            f"{file.name} の区切りを読み取れません（{error}）。", "Excel などで開き、CSV に保存し直してください。"
        ) from error


def _excel(file: Path) -> list[tuple[str, list[Row]]]:
    """The visible sheets, each cell as it is shown."""
    import warnings

    import openpyxl

    guard.check_container(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions it does not know
            book = openpyxl.load_workbook(file, data_only=True)  # merged cells are not known to read_only
            return [
                (sheet.title, _filled(sheet, list(_sheet(sheet.iter_rows(max_row=min(sheet.max_row, _MOST_ROWS))))))
                for sheet in book.worksheets
                if sheet.sheet_state == "visible"
            ]
    except Exception as error:  # openpyxl raises many types on a damaged file
        raise guard.broken("Excel") from error


def _sheet(rows: Iterable[Iterable[object]]) -> Iterator[Row]:
    for number, cells in enumerate(rows, start=1):
        values = [
            "" if (value := getattr(cell, "value", None)) is None else shown(value, getattr(cell, "number_format", None))
            for cell in cells
        ]  # fmt: skip
        yield number, values


def _filled(sheet: Worksheet, rows: list[Row]) -> list[Row]:
    """The rows, with what a cell that is merged over several of them says of each: one 所管課 beside five questions."""
    place = _head(rows)
    if place is None:
        return rows
    shared = {n for n, cell in enumerate(rows[place][1]) if _NAMES.get(_name(cell)) in _SHARED}
    for merged in sheet.merged_cells.ranges:
        column, first = merged.min_col - 1, merged.min_row - 1
        if column in shared and first > place:
            for _, cells in rows[first + 1 : merged.max_row]:
                if any(cell.strip() for cell in cells):
                    cells[column] = rows[first][1][column]
    return rows


def _head(rows: list[Row]) -> int | None:
    """Where the names of the columns are."""
    for place, (_, cells) in enumerate(rows[:_HEAD_WITHIN]):
        if any(_NAMES.get(_name(cell)) == "question" for cell in cells):
            return place
    return None


def _name(cell: str) -> str:
    return re.sub(r"[(（].*$", "", compact(cell)).lower()


def _cases(file: str, head: Row, rows: list[Row]) -> tuple[tuple[Case, ...], tuple[str, ...]]:
    columns: dict[str, int] = {}
    unused = []
    for place, cell in enumerate(head[1]):
        key = _NAMES.get(_name(cell))
        if key in columns:
            raise UnreadableDocument(f"{file} に「{cell}」と同じ意味の列が二つあります。", "一つにしてください。")
        if key:
            columns[key] = place
        elif cell.strip():
            unused.append(f"「{cell.strip()}」の列")
    cases: list[Case] = []
    errors: list[str] = []
    seen: dict[str, int] = {}
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            case = _case({key: cells[place].strip() for key, place in columns.items() if place < len(cells)})
            if case.id in seen:
                raise ValueError(f"番号「{case.id}」が{seen[case.id]}行目と同じです")
            seen[case.id] = number
            cases.append(case)
        except ValueError as error:
            errors.append(f"{number}行目: {error}。")
    if errors or not cases:
        more = f"ほか{len(errors) - _ERRORS_SHOWN}行。" if len(errors) > _ERRORS_SHOWN else ""
        told = "\n".join([*errors[:_ERRORS_SHOWN], *([more] if more else [])]) or "問いが一つもありません。"
        raise UnreadableDocument(f"{file} を取り込めません。\n{told}", "直してから、もう一度取り込んでください。")
    return tuple(cases), tuple(unused)


def _case(cells: dict[str, str]) -> Case:
    """One row. Raises ValueError that says what is wrong with it."""
    question = cells.get("question", "")
    if not question:
        raise ValueError("質問がありません")
    facts, sources = _lines(cells, "facts"), _sources(_lines(cells, "path"), _lines(cells, "quote"))
    answerable = _answerable(cells.get("answerable", ""), bool(sources or facts))
    if answerable and not (sources and facts):
        raise ValueError("答えのある問いには、資料・引用・正答に含む語が要ります")
    if not answerable and (sources or facts):
        raise ValueError("答えのない問い（回答不可）に、資料や正答に含む語が書かれています")
    made_up = "Q-" + hashlib.sha256(f"{question}\n{cells.get('as_of', '')}".encode()).hexdigest()[:8]
    return Case(
        id=cells.get("id") or made_up,
        question=question,
        answerable=answerable,
        sources=sources,
        facts=facts,
        as_of=_day(cells.get("as_of", "")),
        department=cells.get("department") or None,
        style=cells.get("style", ""),
        history=_lines(cells, "history"),
    )


def _lines(cells: dict[str, str], key: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in cells.get(key, "").splitlines() if line.strip())


def _sources(paths: tuple[str, ...], quotes: tuple[str, ...]) -> tuple[Source, ...]:
    """A quotation a line of as many documents, or several quotations of one."""
    if len(paths) == 1:
        paths *= max(1, len(quotes))
    if len(paths) != len(quotes):
        raise ValueError(f"資料が{len(paths)}行、引用が{len(quotes)}行で、数が合いません")
    return tuple(Source(path, quote) for path, quote in zip(paths, quotes, strict=True))


def _answerable(cell: str, otherwise: bool) -> bool:
    word = compact(cell).lower()
    if word and word not in _YES | _NO:
        raise ValueError(f"回答可の「{cell}」は、可か不可で書きます")
    return word in _YES if word else otherwise


def _day(cell: str) -> date | None:
    """A day as offices write it. Raises ValueError for what is none."""
    if not cell:
        return None
    found = _DATE.fullmatch(canonical(cell))
    try:
        return date(*map(int, found.groups())) if found else date.fromisoformat(cell)
    except ValueError as error:
        raise ValueError(f"時点「{cell}」は日付として読めません（例: 2026-04-01、令和8年4月1日）") from error
