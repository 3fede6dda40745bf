"""What is drawn on a page of a PDF: characters and lines with their places, and how places are turned."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

Matrix = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]
"""left, bottom, right, top in points, y upwards, after the page's rotation."""


class Space(IntEnum):
    """What stands before a character: nothing, a gap that pdfium takes for a space, or a space that was typed."""

    NONE = 0
    GAP = 1
    TYPED = 2


@dataclass(frozen=True, slots=True)
class Char:
    """A visible character. ``base`` is its baseline, ``break_`` says that pdfium ends a line before it."""

    text: str
    left: float
    right: float
    base: float
    size: float
    break_: bool
    space: Space
    bold: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal (y, x from, x to) or vertical (x, y from, y to) line."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Page:
    """What is drawn on a page. ``hidden`` says that there was text that nobody sees, ``pictured`` that pictures cover
    most of the page: it is a scan, or looks like one.
    """

    number: int
    box: Box
    chars: tuple[Char, ...]
    horizontal: tuple[Rule, ...]
    vertical: tuple[Rule, ...]
    fills: tuple[Box, ...]
    hidden: bool
    unmapped: int
    pictured: bool = False
    asides: tuple[str, ...] = ()
    """Texts that run across the others: a watermark, a name along the margin."""


def apply(m: Matrix, x: float, y: float) -> tuple[float, float]:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


def turned(m: Matrix, left: float, bottom: float, right: float, top: float) -> Box:
    points = [apply(m, x, y) for x in (left, right) for y in (bottom, top)]
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return min(xs), min(ys), max(xs), max(ys)
