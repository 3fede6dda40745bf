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
_SEPARATOR = re.compile(r"\A\"?sep=(.)\"?[ \t]*\n", re.IGNORECASE)
"""The first line with which Excel is told the delimiter; it is not shown."""
_MOST_TITLES, _LONGEST_TITLE = 10, 60
_HEAD_WITHIN = 50
"""Records among which the heads of a FAQ are looked for: a title, a day and instructions may stand above."""
_NOTE = re.compile(r"[※＊*]|[（(]?注")
_END = "\x1e"
"""A record of its own behind the last, unless a quotation mark was never closed."""


def read(path: Path) -> Reading:
    """The rows of a CSV file. Raises UnreadableDocument for bytes that are no Japanese text."""
    decoded = decode(path.read_bytes())
    warnings = list(decoded.warnings)
    if clean.hides(decoded.text):
        warnings.append(clean.hidden_warning())
    found, closed = _records(decoded.text)
    if not found:
        raise guard.no_text("csv")
    if not closed:
        warnings.append(_unclosed())
    above, found = titles(found)
    width = max(len(cells) for _, cells in found)
    if any(len(cells) != len(found[0][1]) for _, cells in found):
        warnings.append(_ragged(found))
    rows = [(number, [*cells, *[""] * (width - len(cells))]) for number, cells in found]
    lines = [clean.one_line(" ".join(filter(None, cells))) for _, cells in above]
    heading = tuple(line for line in lines[:1] if len(line) <= _LONGEST_TITLE and not line.endswith("。"))
    said = [Section(line, heading=heading, row=number) for line, (number, _) in zip(lines, above, strict=True)]
    if faq.question_and_answer(rows[0][1]):
        return Reading("csv", (*said[len(heading) :], *_faq(rows, heading)), tuple(warnings))
    return Reading("csv", (*said[len(heading) :], *_table(rows, heading)), tuple(warnings))


def titles(found: list[tuple[int, list[str]]]) -> tuple[list[tuple[int, list[str]]], list[tuple[int, list[str]]]]:
    """The records above the heads (a title, a day), and the table.

    The heads are those of a FAQ if there are such within the first records, else the first record that has more than
    one text or none in its first column, where a title stands. Where there is neither, all is the table.
    """
    for index, (_, cells) in enumerate(found[:_HEAD_WITHIN]):
        if faq.question_and_answer(cells):
            return found[:index], found[index:]
    for index, (_, cells) in enumerate(found[: _MOST_TITLES + 1]):
        if sum(map(bool, cells)) > 1 or not cells[0]:
            return found[:index], found[index:]
    return [], found


def records(text: str) -> list[tuple[int, list[str]]]:
    """The records that have any text, with their numbers from 1; a newline in quotes stays in its cell."""
    return _records(text)[0]


def _records(text: str) -> tuple[list[tuple[int, list[str]]], bool]:
    """The records, and whether every quotation mark is closed."""
    csv.field_size_limit(10_000_000)
    text = text.lstrip("\ufeff").replace("\x00", "")
    quoted = '"' in text
    if not quoted or "\n" not in text:  # the csv module ends a record at \n only
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    said = _SEPARATOR.match(text.replace("\r\n", "\n", 1))
    first = 1
    if said:
        text, first = text.split("\n", 1)[1], 2
    delimiter = said[1] if said else _delimiter(text)
    try:
        parsed = list(csv.reader(io.StringIO(f"{text}\n{_END}", newline=""), delimiter=delimiter))
        closed = parsed.pop() == [_END] and not (text.count('"') % 2 and _swallows(parsed, text, delimiter))
        found = list(enumerate(parsed if closed else _by_line(text, delimiter), start=first))
    except csv.Error as error:
        raise UnreadableDocument(
            f"CSV の区切りを読み取れません({error})。", "Excel などで開き、CSV に保存し直して置いてください。"
        ) from error
    kept = [(n, [clean.visible(cell) for cell in cells]) for n, cells in found if any(c.strip() for c in cells)]
    return kept, closed


def _swallows(parsed: list[list[str]], text: str, delimiter: str) -> bool:
    """Whether a quotation mark too many has made one record of several lines, which by themselves are of one width."""
    if not any("\n" in cell for cells in parsed for cell in cells):
        return False
    return len({len(cells) for cells in _by_line(text, delimiter) if any(cells)}) == 1


def _by_line(text: str, delimiter: str) -> Iterator[list[str]]:
    """Records of a file with a quotation mark that is never closed (inches, a slip): it must not swallow the rest."""
    for line in text.replace("\r\n", "\n").split("\n"):
        yield line.split(delimiter) if line.count('"') % 2 else next(csv.reader([line], delimiter=delimiter), [])


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


def _faq(rows: list[tuple[int, list[str]]], heading: tuple[str, ...]) -> Iterator[Section]:
    """A section a record of questions and answers."""
    heads = rows[0][1]
    for number, cells in rows[1:]:
        section = faq.entry(heads, cells, Section("", heading=heading, row=number))
        if section.text:
            yield section


def table_cell(cell: str) -> str:
    """A cell on one line, so that tabs and line ends can separate cells and rows."""
    return clean.one_line(cell)


def _table(rows: list[tuple[int, list[str]]], heading: tuple[str, ...]) -> Iterator[Section]:
    used = [c for c in range(len(rows[0][1])) if any(cells[c] for _, cells in rows)]
    grid = table.plain([[table_cell(cells[c]) for c in used] for _, cells in rows])
    numbers = tuple(number for number, _ in rows)
    first = [cell.text for cell in grid[0]]
    end = len(grid)
    while end > 1 and _NOTE.match(grid[end - 1][0].text) and not any(cell.text for cell in grid[end - 1][1:]):
        end -= 1
    head = 1 if end > 1 and (table.years(first) or not any(map(_is_number, first))) else 0
    yield from table.rows(table.Table(grid[:end], head=head, numbers=numbers), heading)
    yield from (Section(row[0].text, heading=heading, row=n) for row, n in zip(grid[end:], numbers[end:], strict=True))


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"[\d０-９,.\-/ ]+", cell))


def _unclosed() -> ReadingWarning:
    return ReadingWarning(
        "open-quote", '閉じていない引用符(")があり、行ごとに区切って読み取りました。引用符の位置を確かめてください。'
    )


def _ragged(records: list[tuple[int, list[str]]]) -> ReadingWarning:
    width = len(records[0][1])
    numbers = [str(number) for number, cells in records if len(cells) != width]
    shown = "、".join(numbers[:5]) + ("ほか" if len(numbers) > 5 else "")
    return ReadingWarning(
        "ragged-rows", f"列の数が 1 行目({width} 列)と違う行があります(行 {shown})。区切りの位置を確かめてください。"
    )
