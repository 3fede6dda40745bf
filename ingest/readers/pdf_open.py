"""Tables with horizontal lines alone: where no text stands above another's gap, a border between columns is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.readers.pdf_marks import Char, Page, Rule

_SAME_END = 4.0
_SHORTEST = 120.0
"""Lines of one table begin and end within 4 points of each other, and are as long as two narrow columns."""
_WORD_GAP, _COLUMN_GAP = 0.8, 1.5
"""In sizes of the type: what parts two texts of a line, and what parts two columns (a number and its item: one)."""
_WIDE = 0.6
"""A text over more than this share of the table's width is prose between two lines."""
_MARKS = re.compile(r"^[\d０-９().（）．、①-⓿・●○■□◆◇※ア-ンa-z]{1,3}$")
_FULL, _LONG = 0.7, 12
"""Columns of prose: most of their lines are of twelve letters or more and reach to the right edge."""


@dataclass(frozen=True, slots=True)
class _Text:
    """Characters of one line without a wide gap."""

    words: str
    left: float
    right: float
    base: float
    size: float


Band = tuple[float, float, list[_Text]]
"""What stands between two lines: the upper y, the lower y, the texts."""


def groups(page: Page, horizontal: list[Rule], vertical: list[Rule]) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """For every such table its horizontal lines, and the vertical ones that it would have."""
    free = [rule for rule in horizontal if rule.end - rule.start >= _SHORTEST and not _touched(rule, vertical)]
    texts = _texts(page.chars) if len(free) > 2 else []
    while free:
        like = [r for r in free if abs(r.start - free[0].start) <= _SAME_END and abs(r.end - free[0].end) <= _SAME_END]
        free = [rule for rule in free if rule not in like]
        left, right = min(rule.start for rule in like), max(rule.end for rule in like)
        places = sorted({rule.at for rule in like}, reverse=True)
        inside = [t for t in texts if left - _SAME_END <= t.left and t.right <= right + _SAME_END]
        bands = [(a, b, [t for t in inside if b < t.base + 0.3 * t.size < a]) for a, b in pairwise(places)]
        for table in _runs(bands, right - left):
            if found := _table(table, left, right):
                yield found


def _touched(rule: Rule, vertical: list[Rule]) -> bool:
    return any(
        rule.start - _SAME_END <= other.at <= rule.end + _SAME_END
        and other.start - _SAME_END <= rule.at <= other.end + _SAME_END
        for other in vertical
    )


def _texts(chars: tuple[Char, ...]) -> list[_Text]:
    found: list[_Text] = []
    for char in chars:
        last = found[-1] if found else None
        if (
            last
            and abs(last.base - char.base) < 0.2 * char.size
            and -0.3 * char.size < char.left - last.right <= (_WORD_GAP * char.size)
        ):
            found[-1] = _Text(last.words + char.text, last.left, char.right, last.base, last.size)
        else:
            found.append(_Text(char.text, char.left, char.right, char.base, char.size))
    return found


def _runs(bands: list[Band], width: float) -> Iterator[list[Band]]:
    """Two bands or more that follow each other, each with text and none with prose."""
    run: list[Band] = []
    for band in bands:
        if band[2] and all(text.right - text.left < _WIDE * width for text in band[2]):
            run.append(band)
            continue
        if len(run) > 1:
            yield run
        run = []
    if len(run) > 1:
        yield run


def _table(bands: list[Band], left: float, right: float) -> tuple[list[Rule], list[Rule]] | None:
    """The lines of a table, its first band being the heads; None where the texts below do not stand in columns."""
    body = [text for _, _, texts in bands[1:] for text in texts]
    gaps = _gaps(body)
    columns = [[t for t in body if a <= t.left < b] for a, b in pairwise([left - _SAME_END, *gaps, right])]
    if not gaps or _is_list(columns[0]) or all(map(_is_prose, columns)) or len({round(t.base) for t in body}) < 2:
        return None
    top, bottom, head = bands[0][0], bands[-1][1], bands[0]
    rows = [band[0] for band in bands] + [bottom]
    if len(bands) <= 3:  # lines around the heads and the whole only
        rows += [y for _, lower, texts in bands[1:] for y in _between([t for t in texts if t.left < gaps[0]], lower)]
    vertical = [Rule(left, bottom, top), Rule(right, bottom, top)]
    for gap in gaps:
        crossed = any(text.left < gap < text.right for text in head[2])
        vertical.append(Rule(gap, bottom, head[1] if crossed else top))
    return [Rule(row, left, right) for row in sorted(rows)], vertical


def _gaps(body: list[_Text]) -> list[float]:
    """The middles of the stretches that no text crosses, between two texts."""
    least = _COLUMN_GAP * median(text.size for text in body) if body else 0.0
    found, reached = [], None
    for text in sorted(body, key=lambda text: text.left):
        if reached is not None and text.left - reached >= least:
            found.append((reached + text.left) / 2)
        reached = max(reached or text.right, text.right)
    return found


def _is_list(first: list[_Text]) -> bool:
    """Whether the first column has marks and numbers of a list alone."""
    return all(_MARKS.match(text.words) for text in first)


def _is_prose(column: list[_Text]) -> bool:
    edge = max((text.right for text in column), default=0.0)
    full = sum(1 for text in column if len(text.words) >= _LONG and text.right > edge - 1.5 * text.size)
    return full >= _FULL * len(column)


def _between(first: list[_Text], lower: float) -> list[float]:
    """Places between the lines that the texts of the first column begin."""
    bases = sorted({round(text.base, 1) for text in first}, reverse=True)
    size = median(text.size for text in first) if first else 0.0
    return [base + 0.95 * size for base in bases[1:] if base > lower]
