"""Texts of a PDF page that run across the others, and pages of vertical text (縦書き), laid as lines from the left."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from ingest.readers import clean
from ingest.readers.pdf_marks import Char, Matrix, Page, Rule, Space, turned

_LEFT: Matrix = (0.0, 1.0, -1.0, 0.0, 0.0, 0.0)
_VERTICAL_PAIRS = 8
_ASKEW = 10
_LAID = 0.1
"""The width (points) that a letter of a turned text is given in its cell: all of them stay within it."""
_STRIPS = 64
"""Into so many strips a page is cut to find the lines around a turned text."""


def direction(degrees: float) -> int:
    """A direction in whole degrees from 0 to 359; a text that was scanned askew runs along the page.

    >>> direction(-0.8), direction(451), direction(45)
    (0, 90, 45)
    """
    nearest = round(degrees / 90) * 90
    return int((nearest if abs(degrees - nearest) <= _ASKEW else round(degrees)) % 360)


def parted(page: Page, tilts: list[int]) -> Page:
    """The page with its texts in other directions laid along it where they are in a cell, and apart where they are not."""
    runs: list[list[int]] = []
    for index, (char, tilt) in enumerate(zip(page.chars, tilts, strict=True)):
        if not tilt:
            continue
        last = page.chars[runs[-1][-1]] if runs and runs[-1][-1] == index - 1 else None
        if last and abs(last.left - char.left) + abs(last.base - char.base) < 2.5 * char.size:
            runs[-1].append(index)
        else:
            runs.append([index])
    left, bottom, right, top = page.box
    beside, over = _by_strip(page.vertical, bottom, top), _by_strip(page.horizontal, left, right)
    laid: dict[int, Char] = {}
    asides: list[str] = []
    for run in runs:
        chars = [page.chars[index] for index in run]
        x = sum(map(_middle, chars)) / len(chars)
        y = sum(char.base for char in chars) / len(chars)
        near = beside[_strip(y, bottom, top)], over[_strip(x, left, right)]
        if _in_a_cell(*near, x, y):
            at = x
            for index, char in zip(run, chars, strict=True):
                at += _LAID * char.size if char.space is Space.TYPED else 0  # as wide as a space must be to be one
                laid[index] = replace(char, left=at, right=at + _LAID, base=y, space=_typed(char))
                at += _LAID
        else:
            asides.append(clean.one_line("".join(" " * (c.space is Space.TYPED) + c.text for c in chars)))
    kept = tuple(laid.get(i, char) for i, char in enumerate(page.chars) if not tilts[i] or i in laid)
    return replace(page, chars=kept, asides=tuple(asides))


def _by_strip(rules: tuple[Rule, ...], low: float, high: float) -> list[list[Rule]]:
    """The lines that cross each strip of a page: a plan has ten thousands of lines, and thousands of turned texts."""
    strips: list[list[Rule]] = [[] for _ in range(_STRIPS)]
    for rule in rules:
        for index in range(_strip(rule.start, low, high), _strip(rule.end, low, high) + 1):
            strips[index].append(rule)
    return strips


def _strip(at: float, low: float, high: float) -> int:
    """In which strip a place is, those beyond the page being in the first or the last."""
    return int(max(0.0, min(_STRIPS - 1.0, _STRIPS * (at - low) / max(1.0, high - low))))


def _in_a_cell(vertical: list[Rule], horizontal: list[Rule], x: float, y: float) -> bool:
    """Whether there are drawn lines on all four sides of a place."""
    return (
        any(rule.at < x and rule.start <= y <= rule.end for rule in vertical)
        and any(rule.at > x and rule.start <= y <= rule.end for rule in vertical)
        and any(rule.at < y and rule.start <= x <= rule.end for rule in horizontal)
        and any(rule.at > y and rule.start <= x <= rule.end for rule in horizontal)
    )


def _typed(char: Char) -> Space:
    """The space before a character that was moved: a gap that was seen is no more."""
    return Space.NONE if char.space is Space.GAP else char.space


def is_vertical(chars: tuple[Char, ...]) -> bool:
    """Whether most characters stand below the one before: 縦書き."""
    below = beside = 0
    for before, char in pairwise(chars):
        size = max(before.size, char.size)
        aside, down = abs(_middle(char) - _middle(before)), before.base - char.base
        below += aside < 0.5 * size and 0.3 * size < down < 2 * size
        beside += abs(down) < 0.3 * size and aside < 2 * size
    return below >= _VERTICAL_PAIRS and below > 2 * beside


def _columns(chars: tuple[Char, ...]) -> list[list[Char]]:
    """The columns of vertical text in reading order: tier (段) by tier from the top, each from the right."""
    columns: list[list[Char]] = []
    for char in chars:
        last = columns[-1][-1] if columns else None
        if last and abs(_middle(char) - _middle(last)) < 0.5 * last.size and 0 < last.base - char.base < 2 * last.size:
            columns[-1].append(char)
        else:
            columns.append([char])
    tiers: list[list[list[Char]]] = []
    bottom = 0.0
    for column in sorted(columns, key=lambda column: -column[0].base):
        if not tiers or column[0].base + column[0].size <= bottom:
            tiers.append([])
            bottom = column[-1].base
        tiers[-1].append(column)
        bottom = min(bottom, column[-1].base)
    return [column for tier in tiers for column in sorted(tier, key=lambda column: -_middle(column[0]))]


def _middle(char: Char) -> float:
    return (char.left + char.right) / 2


def laid_down(page: Page) -> Page:
    """A page of vertical text turned a quarter to the left, so that its columns are lines from the top."""
    chars = tuple(
        replace(
            char,
            left=-char.base - char.size,
            right=-char.base,
            base=_middle(char) - char.size / 2,
            space=_typed(char),
        )
        for column in _columns(page.chars)
        for char in column
    )
    return replace(
        page,
        box=turned(_LEFT, *page.box),
        chars=chars,
        horizontal=tuple(Rule(rule.at, -rule.end, -rule.start) for rule in page.vertical),
        vertical=tuple(Rule(-rule.at, rule.start, rule.end) for rule in page.horizontal),
        fills=tuple(turned(_LEFT, *fill) for fill in page.fills),
    )
