"""CSV and TSV of any Japanese encoding: a FAQ where the columns say so, rows of a table otherwise."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from ingest.readers import clean, faq, guard, table
from ingest.readers.decode import decode
from rag.domain import Reading, ReadingWarning, Section
from rag.errors import UnreadableDocument

_DELIMITERS = ",\t;"
_SAMPLE_ROWS = 50


def read(path: Path) -> Reading:
    """The rows of a CSV file. Raises UnreadableDocument for bytes that are no Japanese text."""
    decoded = decode(path.read_bytes())
    warnings = list(decoded.warnings)
    if clean.hides(decoded.text):
        warnings.append(clean.hidden_warning())
    found = records(decoded.text)
    if not found:
        raise guard.no_text("csv")
    width = max(len(cells) for _, cells in found)
    if any(len(cells) != len(found[0][1]) for _, cells in found):
        warnings.append(_ragged(found))
    rows = [(number, [*cells, *[""] * (width - len(cells))]) for number, cells in found]
    sections = tuple(_faq(rows) if faq.question_and_answer(rows[0][1]) else _table(rows))
    return Reading("csv", sections, tuple(warnings))


def records(text: str) -> list[tuple[int, list[str]]]:
    """The records that have any text, with their numbers from 1; a newline in quotes stays in its cell."""
    csv.field_size_limit(10_000_000)
    text = text.lstrip("\ufeff").replace("\x00", "")
    quoted = '"' in text
    if not quoted or "\n" not in text:  # the csv module ends a record at \n only
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    delimiter = _delimiter(text)
    try:
        found = list(enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1))
    except csv.Error as error:
        raise UnreadableDocument(
            f"CSV の区切りを読み取れません({error})。", "Excel などで開き、CSV に保存し直して置いてください。"
        ) from error
    return [(n, [clean.visible(cell) for cell in cells]) for n, cells in found if any(c.strip() for c in cells)]


def _delimiter(text: str) -> str:
    """The delimiter that gives the most columns that most of the first rows agree on."""

    def agreement(delimiter: str) -> tuple[float, int]:
        widths = []
        for cells in csv.reader(io.StringIO(text[:100_000], newline=""), delimiter=delimiter):
            widths += [len(cells)] if any(cells) else []
            if len(widths) == _SAMPLE_ROWS:
                break
        common = max(set(widths), key=widths.count, default=0)
        return (widths.count(common) / len(widths) if common > 1 else 0.0), common

    return max(_DELIMITERS, key=agreement)


def _faq(rows: list[tuple[int, list[str]]]) -> Iterator[Section]:
    """A section a record of questions and answers."""
    heads = rows[0][1]
    for number, cells in rows[1:]:
        section = faq.entry(heads, cells, Section("", row=number))
        if section.text:
            yield section


def table_cell(cell: str) -> str:
    """A cell on one line, so that tabs and line ends can separate cells and rows."""
    return clean.one_line(cell)


def _table(rows: list[tuple[int, list[str]]]) -> Iterator[Section]:
    grid = table.plain([[table_cell(cell) for cell in cells] for _, cells in rows])
    numbers = tuple(number for number, _ in rows)
    head = 1 if len(rows) > 1 and not any(_is_number(cell) for cell in rows[0][1]) else 0
    return table.rows(table.Table(grid, head=head, numbers=numbers), ())


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"[\d０-９,.\-/ ]+", cell))


def _ragged(records: list[tuple[int, list[str]]]) -> ReadingWarning:
    width = len(records[0][1])
    numbers = [str(number) for number, cells in records if len(cells) != width]
    shown = "、".join(numbers[:5]) + ("ほか" if len(numbers) > 5 else "")
    return ReadingWarning(
        "ragged-rows", f"列の数が 1 行目({width} 列)と違う行があります(行 {shown})。区切りの位置を確かめてください。"
    )
