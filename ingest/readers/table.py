"""A table of any format as rows with column heads: spans filled, heads of two levels joined, bands as headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from ingest.readers import clean
from rag.domain import Kind, Section

HEAD_JOINT = "／"
_LONGEST_HEAD = 30
_MOST_HEAD_ROWS = 3
_NUMERIC = re.compile(r"^[\s\d０-９,，.．%％()（）△▲+\-－:：/／年月日円人件時分~～]+$")
_HEAD_WORDS = re.compile(
    r"^(項目|内容|区分|名称|備考|番号|[Nn][Oo][.．]?|種類|種別|品目|金額|手数料|料金|対象|担当|担当課|窓口|電話|電話番号|住所|所在地|場所|期間|"
    r"期限|時間|日時|方法|必要書類|書類|提出先|条件|要件|説明|質問|回答|年度|年月日|日付|件名|概要|氏名|単位|数量|単価|税率|摘要|事由|期別|納期|納期限|様式|様式番号|用途|"
    r"改正(前|後|案|部分)|現行|新旧?|旧|変更(前|後)|見直し(前|後)|[QＱ]|[AＡ]|問い?|答え?|ご質問|ご回答|手続|手続き|届出|支給額|月額|年額|割合|基準|所得|世帯|分類|科目|曜日|地区|学校|施設名?|.*(名|額|率|先|日|者|数|課|欄|料|書類|番号|区分|内容|項目|対象|例))$"
)
_TO_BE_FILLED = re.compile(r"年\s+月\s+日")
"""A date of a form that nobody has filled in: 令和　年　月　日."""
_YEAR = re.compile(r"^(?:19|20)\d\d$")
_END_OF_SENTENCE = ("。", "．", "！", "？")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell, and where it begins and how far it reaches in the grid (counted from 0)."""

    text: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1


Grid = tuple[tuple[Cell, ...], ...]
"""Rows of equal length; a merged cell stands at every place that it covers."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table between paragraphs. ``head`` is the number of rows that are column heads; None means to be guessed.

    ``columns`` are heads that are known from elsewhere (a table that continues from another page). ``first_row`` is the
    number of the first grid row in its sheet (from 1), or None where rows have no number.
    """

    grid: Grid
    page: int | None = None
    head: int | None = None
    columns: tuple[str, ...] = ()
    first_row: int | None = None
    numbers: tuple[int, ...] = ()


def plain(cells: list[list[str]]) -> Grid:
    """A grid without merged cells; short rows are filled up with empty cells."""
    width = max(map(len, cells), default=0)
    return tuple(tuple(Cell(row[c] if c < len(row) else "", r, c) for c in range(width)) for r, row in enumerate(cells))


def rows(table: Table, heading: tuple[str, ...]) -> Iterator[Section]:
    """A ROW section for every row that is not a column head; a row that is one merged cell becomes a heading."""
    grid, known = _condensed(table.grid, table.columns)
    if not grid or not grid[0]:
        return
    width = len(grid[0])
    if width == 1:
        yield from (Section(row[0].text, table.page, heading) for row in grid if row[0].text)
        return
    head = (0 if known else head_rows(grid)) if table.head is None else table.head
    columns = column_heads(grid, head) if head else known or ("",) * width
    band: tuple[str, ...] = ()
    if head == len(grid):
        head, columns = 0, ("",) * width
    for row in grid[:head]:
        if _is_band(row) and row[0].text and _is_title(row[0].text):
            band = (*band, row[0].text)
        elif _is_band(row) and row[0].text:
            yield Section(row[0].text, table.page, heading)
    for index, row in enumerate(grid[head:], start=head):
        if not any(cell.text for cell in row):
            continue
        if _is_band(row):
            if _is_title(row[0].text):
                band = (row[0].text,)
                if not _has_rows(grid, index + 1):
                    yield Section(row[0].text, table.page, heading)
            else:
                yield Section(row[0].text, table.page, (*heading, *band))
            continue
        number = table.numbers[index] if table.numbers else None
        if any(columns):
            texts, named = [cell.text for cell in row], columns
        else:  # without heads, a cell that reaches over several columns says nothing more in each
            texts = [cell.text for c, cell in enumerate(row) if not c or not _same(row[c - 1], cell)]
            named = ("",) * len(texts)
        yield Section("\t".join(texts), table.page, (*heading, *band), Kind.ROW, named, row=number)


def _same(one: Cell, other: Cell) -> bool:
    """Whether two places belong to one merged cell."""
    return one.columns > 1 and (one.row, one.column, one.text) == (other.row, other.column, other.text)


def _condensed(grid: Grid, columns: tuple[str, ...]) -> tuple[Grid, tuple[str, ...]]:
    """Without the columns that are the one before in every row: forms on squared paper are merged of narrow columns."""
    width = len(grid[0]) if grid else 0
    kept = [
        c
        for c in range(width)
        if not c
        or not all(_same(row[c - 1], row[c]) or not (row[c - 1].text or row[c].text) for row in grid)
        or (columns and columns[c - 1] != columns[c])
    ]
    if len(kept) == width:
        return grid, columns
    place = {c: index for index, c in enumerate(kept)}

    @cache
    def extent(column: int, columns: int) -> tuple[int, int]:
        covered = [place[c] for c in range(column, column + columns) if c in place]
        return (covered[0], len(covered)) if covered else (column, columns)

    def moved(cell: Cell) -> Cell:
        column, columns = extent(cell.column, cell.columns)
        return Cell(cell.text, cell.row, column, cell.rows, columns)

    narrow = tuple(tuple(moved(row[c]) for c in kept) for row in grid)
    return narrow, tuple(columns[c] for c in kept) if columns else ()


def _has_rows(grid: Grid, start: int) -> bool:
    return start < len(grid) and any(c.text for c in grid[start]) and not _is_band(grid[start])


def _is_band(row: tuple[Cell, ...]) -> bool:
    """Whether one merged cell covers the whole row."""
    return row[0].columns == len(row) and row[0].rows == 1


def _is_title(text: str) -> bool:
    return len(text) <= _LONGEST_HEAD and not text.endswith(_END_OF_SENTENCE)


def head_rows(grid: Grid) -> int:
    """How many rows at the top are column heads: none, one, or as many as a merged head reaches down."""
    start = next((i for i, row in enumerate(grid) if not _is_band(row)), None)
    if start is None or start >= len(grid) - 1:
        return 0
    if start > 0:  # a title within the table, or the first of several bands: then what follows it may be a row
        below = tuple(tuple(replace(cell, row=cell.row - start) for cell in row) for row in grid[start:])
        count = head_rows(below)
        return start + count if count and _surely_heads(below, count) else 0
    first = grid[0]
    depth = min(_MOST_HEAD_ROWS, max(cell.rows for cell in first))
    split = any(cell.columns > 1 for cell in first)
    reaching = sum(1 for cell in first if cell.rows == depth)
    deep = depth > 1 and (split or 2 * reaching >= len(first))
    count = depth if deep else 2 if split and _two_levels(grid) else 1
    if not _split_ok(grid, count) or count >= len(grid):
        return 0
    texts = [cell.text for cell in first]
    if not (all(_like_head(text) for text in texts if text) or years(texts)) or sum(map(bool, texts)) < max(
        2, len(texts) * 0.6
    ):
        return 0
    named = [text for text in texts if text]
    if len(texts) == 2 or (len(set(named)) < len(named) and not split):
        return count if all(_HEAD_WORDS.match(_bare(t)) for t in texts if t) else 0
    return count


def years(texts: Sequence[str]) -> bool:
    """Whether heads are a name and the years of its columns: 年度, 2024, 2025, 2026."""
    numbers = [text for text in texts[1:] if text]
    return (
        len(numbers) > 1
        and not texts[0].isdigit()
        and all(map(_YEAR.match, numbers))
        and len(set(numbers)) == len(numbers)
    )


def certain_heads(grid: Grid) -> int:
    """How many rows at the top are column heads by their words, which the rows below do not have; 0 in doubt."""
    count = head_rows(grid)
    below = [cell.text for row in grid[count:] for cell in row if cell.text]
    return count if count and _named(cell.text for cell in grid[0]) and not _named(below) else 0


def _named(texts: Iterable[str]) -> bool:
    """Whether at least half of some texts have the usual words of heads."""
    said = [bool(_HEAD_WORDS.match(_bare(text))) for text in texts if text]
    return 2 * sum(said) >= max(1, len(said))


def _surely_heads(grid: Grid, count: int) -> bool:
    """Whether the first rows have the usual words of heads, or a name stands above a column of figures."""
    if _named(cell.text for cell in grid[0]):
        return True
    for c, head in enumerate(grid[0]):
        body = [row[c].text for row in grid[count:] if row[c].text]
        figures = sum(any(letter.isdigit() for letter in text) for text in body)
        if body and 2 * figures >= len(body) and head.text and not any(letter.isdigit() for letter in head.text):
            return True
    return False


def _bare(text: str) -> str:
    """A head without spaces and without what is added in brackets: 改 正 後（案）."""
    return re.sub(r"(?<=.)[（(][^（）()]*[）)]$", "", re.sub(r"\s", "", text))


def _two_levels(grid: Grid) -> bool:
    """Whether the second row names parts of the merged heads of the first."""
    second = grid[1]
    below = [c.text for c, above in zip(second, grid[0], strict=True) if above.columns > 1]
    return len(grid) > 2 and bool(below) and all(_like_head(text) for text in below if text) and any(below)


def _split_ok(grid: Grid, count: int) -> bool:
    """Whether no cell reaches from the heads into the rows."""
    return all(cell.row + cell.rows <= count for row in grid[:count] for cell in row)


def _like_head(text: str) -> bool:
    return (
        len(text) <= _LONGEST_HEAD
        and not text.endswith(_END_OF_SENTENCE)
        and not _TO_BE_FILLED.search(text)
        and not (
            _NUMERIC.match(text) and any(ch.isdigit() for ch in text) and not text.endswith(("年", "年度", "月", "日"))
        )
    )


def mended(upper: Grid, lower: Grid) -> tuple[Grid, Grid]:
    """Two parts of a table with a page break between them, where the break went through a row or a merged cell.

    A first row with little in it and nothing at the left is the rest of the row before; if only its first cells are
    empty, a merged cell goes on.
    """
    last, first = upper[-1], lower[0]
    filled = [bool(cell.text) for cell in first]
    if filled[0] or not any(filled) or len(last) != len(first):
        return upper, lower
    is_rest = sum(filled) == 1 or sum(filled) <= len(filled) - 2
    if is_rest and all(above.text for above, cell in zip(last, first, strict=True) if cell.text):
        joined = tuple(
            replace(above, text=clean.join(above.text, cell.text)) for above, cell in zip(last, first, strict=True)
        )
        return (*upper[:-1], joined), lower[1:]
    leading = filled.index(True)
    below = tuple(
        tuple(
            replace(cell, text=last[c].text) if c < leading and cell is first[c] else cell for c, cell in enumerate(row)
        )
        for row in lower
    )
    return upper, below


def column_heads(grid: Grid, count: int) -> tuple[str, ...]:
    """The heads of the columns; those of several levels joined from the outermost, without repeating one."""
    heads = []
    named = [row for row in grid[:count] if not _is_band(row)] or grid[:count]
    for column in range(len(grid[0])):
        parts = [row[column].text for row in named]
        heads.append(HEAD_JOINT.join(dict.fromkeys(part for part in parts if part)))
    return tuple(heads)
