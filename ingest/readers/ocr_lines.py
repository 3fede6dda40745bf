"""The lines in Tesseract's table of words: it parts Japanese anywhere, so the gaps between words decide about spaces."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.readers import clean

_WORD = "5"
"""The level of a row that is a word."""
_WIDE_GAP = 1.05
"""From this gap on, in heights of the line, there was a space between Japanese characters: 第１条　発注者は."""
_NUMBER_GAP = 1.35
"""The same beside a digit: a full-width one leaves much white around it."""
_ARTICLE, _ARTICLE_GAP = re.compile("第[0-9一二三四五六七八九十百]+条"), 0.55
"""After the number of an article a space is the rule, and its heading depends on it. Where there was one, 0.71 to 1.5 were
measured in print of 10.5 pt at 200 and 300 dpi; letters that follow each other are .1 to .4 apart.
"""
_NARROWEST = 0.8
"""So wide, in heights of the line, is a Japanese letter of a word at least; the boxes of words are often too narrow."""
_TOUCHING = 0.2
_COLUMN_LETTERS, _COLUMN_LINES, _SAME_PLACE = 10, 5, 1.5
"""Two columns that were read across: so many lines have a gap at one place, with so many letters on either side."""
_OPENING, _CLOSING = "「『（(【〔", "、。，．,.」』）)】〕・"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; ``block`` is the number that Tesseract gives to what stands together, ``confidence`` 0 to 100."""

    block: int
    text: str
    confidence: float
    gap: float | None
    """Where a wide gap parts the line into two texts, in heights of the type from the left of the page."""


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    left: int
    top: int
    right: int
    bottom: int
    confidence: float


def lines(table: str) -> list[Line]:
    """The lines in a table (TSV): level, page, block, paragraph, line, word, four of place, confidence, text."""
    words: dict[tuple[int, int, int], list[_Word]] = {}
    for row in table.split("\n"):
        cells = row.rstrip("\r").split("\t")
        if len(cells) != 12 or cells[0] != _WORD:
            continue
        try:
            block, paragraph, line, left, top, width, height = map(int, (*cells[2:5], *cells[6:10]))
            word = _Word(clean.one_line(cells[11]), left, top, left + width, top + height, float(cells[10]))
        except ValueError:
            continue
        if word.text:
            words.setdefault((block, paragraph, line), []).append(word)
    return [_line(place[0], line) for place, line in words.items()]


def letters(found: list[Line]) -> int:
    """How many letters lines have."""
    return sum(len(line.text) for line in found)


def mean_confidence(found: list[Line]) -> float:
    """The mean confidence of a page by character, 0 for an empty page."""
    return sum(line.confidence * len(line.text) for line in found) / max(1, letters(found))


def run_across_columns(found: list[Line]) -> bool:
    """Whether the lines run across two columns of text."""
    gaps = [line.gap for line in found if line.gap is not None]
    together = max((sum(abs(gap - other) <= _SAME_PLACE for other in gaps) for gap in gaps), default=0)
    return together >= max(_COLUMN_LINES, len(found) / 3)


def _line(block: int, words: list[_Word]) -> Line:
    """The words of a line as text. Their median extent across the line stands for the size of the type."""
    across = max(word.right for word in words) - min(word.left for word in words)
    down = max(word.bottom for word in words) - min(word.top for word in words)
    flat = across >= down
    size = max(1, median(word.bottom - word.top if flat else word.right - word.left for word in words))
    written = sum(len(word.text) for word in words)
    text, parted = words[0].text, None
    for before, word in pairwise(words):
        gap = (word.left - _end(before, size) if flat else word.top - before.bottom) / size
        if gap >= _WIDE_GAP and _COLUMN_LETTERS <= len(text) <= written - _COLUMN_LETTERS:
            parted = word.left / size
        article = gap >= _ARTICLE_GAP and _ARTICLE.fullmatch(text)
        text += ("\u3000" if article else _space(before.text, word.text, gap)) + word.text
    return Line(block, text, sum(word.confidence * len(word.text) for word in words) / written, parted)


def _end(word: _Word, size: float) -> float:
    """Where a word of a horizontal line ends: for several Japanese letters not before they would fit."""
    full = len(word.text) > 1 and all(clean.is_japanese(letter) for letter in word.text)
    return max(word.right, word.left + _NARROWEST * size * len(word.text)) if full else word.right


def _space(before: str, after: str, gap: float) -> str:
    """What stands between two words; ``gap`` in heights of the line.

    >>> _space("条", "発注", 1.2), _space("業", "務", 0.5), _space("of", "data", 0.3), _space("1", "2", 0.6)
    ('\\u3000', '', ' ', '')
    """
    if before[-1] in _CLOSING or after[0] in _CLOSING or before[-1] in _OPENING or after[0] in _OPENING:
        latin = before[-1] in ",.)" and after[0].isascii() and after[0].isalnum() and before[0].isascii()
        return " " if latin else ""
    if clean.is_japanese(before[-1]) or clean.is_japanese(after[0]):
        wide = _NUMBER_GAP if before[-1].isdigit() or after[0].isdigit() else _WIDE_GAP
        return "\u3000" if gap >= wide else ""
    if before[-1].isdigit() and after[0].isdigit():
        single = len(before) == len(after) == 1  # full-width digits: １ ２
        return "" if gap < (_WIDE_GAP if single else _TOUCHING) else " "
    return " "
