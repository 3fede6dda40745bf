"""Whether a passage speaks of the case that is asked about: the same 代理人, 郵送, 外国人, and a bound that holds the asked figure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from rag.figures import Figure, figures
from rag.notation import FigureKind
from rag.question_parts import CONDITIONS, take_apart
from rag.text import compact

if TYPE_CHECKING:
    from rag.answer.judge import Passage

_BOUNDED = frozenset({FigureKind.AMOUNT, FigureKind.AGE, FigureKind.SHARE, FigureKind.COUNT, FigureKind.PERIOD})
_BEFORE = 12  # characters before a figure that say what it counts
_VALUE = re.compile(r"(\d+(?:\.\d+)?(?:/\d+)?)(\D*)")
Interval = tuple[Fraction | None, bool, Fraction | None, bool]
"""Lower end and whether it belongs to it, upper end and whether it belongs to it; None: open."""


def meets_conditions(question: str, passage: Passage) -> bool:
    """Whether every condition that the question names (代理人, 郵送, 土曜日 …) stands in the passage or above it."""
    chunk = passage.chunk
    context = [passage.quote, chunk.question or "", *chunk.heading, *chunk.columns, chunk.document.title]
    stands = compact(" ".join(context))
    return all(compact(condition) in stands for condition in take_apart(question).conditions.values())


def agreement(conditions: Mapping[str, str], passage: str, above: str) -> float:
    """How far a passage is about the asked conditions, in -1..1: 1 for each that it names, -1 for each for which it names another.

    ``above`` is what stands over it: it can name the condition, but another condition there is no contradiction.
    """
    if not conditions:
        return 0.0
    return sum(_agrees(group, value, passage, above) for group, value in conditions.items()) / len(conditions)


def _agrees(group: str, value: str, passage: str, above: str) -> int:
    if value in passage:
        return 1
    others = group in CONDITIONS and CONDITIONS[group].search(passage)
    if value in above:
        return 0 if others else 1
    return -1 if others else 0


def holds(question: str, columns: tuple[str, ...], cells: tuple[str, ...]) -> float:
    """Whether the bounds in a row hold the figures of the question: 1, or -1 if one does not, or 0: 40%以上50%未満 holds 43%.

    Where the words before a figure (年金収入は100万円) are those of a column's head, only that column counts.
    """
    pairs = [
        (number, column, _common(before, columns[column]), _contains(interval, value, bound))
        for number, (unit, value, bound, before) in enumerate(_wanted(question))
        for column, cell in enumerate(cells)
        for its_unit, interval in _intervals(cell)
        if its_unit == unit
    ]
    verdicts = [
        verdict
        for number, column, common, verdict in pairs
        if common == max(_common(_wanted(question)[number][3], head) for head in columns)
        and common == max(other[2] for other in pairs if other[1] == column)
    ]
    return 0.0 if not verdicts else 1.0 if all(verdicts) else -1.0


@lru_cache(maxsize=256)
def _wanted(question: str) -> tuple[tuple[str, Fraction, str, str], ...]:
    """The figures of a question: unit, value, bound, and the words before it."""
    found, last = [], 0
    for figure in figures(question):
        if parsed := _parsed(figure):
            found.append((*parsed, figure.bound, question[max(last, figure.span[0] - _BEFORE) : figure.span[0]]))
        last = figure.span[1]
    return tuple(found)


def _common(before: str, head: str) -> int:
    """How many pairs of letters a column's head has in common with the words before a figure."""
    return len({before[n : n + 2] for n in range(len(before) - 1)} & {head[n : n + 2] for n in range(len(head) - 1)})


@lru_cache(maxsize=4096)
def _intervals(text: str) -> tuple[tuple[str, Interval], ...]:
    """The bounds of a text by unit; 40%以上50%未満 is one."""
    found: list[tuple[str, Interval]] = []
    last = 0
    for figure in figures(text):
        parsed = _parsed(figure)
        if not parsed or not figure.bound or figure.bound in "前後":
            continue
        unit, value = parsed
        if figure.bound in "≥>":
            found.append((unit, (value, figure.bound == "≥", None, False)))
        else:
            upper = (value, figure.bound == "≤")
            before = found[-1] if found else None
            if before and before[0] == unit and before[1][2] is None and figure.span[0] - last <= 8:
                found[-1] = (unit, (*before[1][:2], *upper))
            else:
                found.append((unit, (None, False, *upper)))
        last = figure.span[1]
    return tuple(found)


def _parsed(figure: Figure) -> tuple[str, Fraction] | None:
    match = _VALUE.fullmatch(figure.value) if figure.kind in _BOUNDED else None
    return (match[2] or figure.kind.value, Fraction(match[1])) if match else None


def _contains(interval: Interval, value: Fraction, bound: str) -> bool:
    lower, with_lower, upper, with_upper = interval
    if bound in ("<", "≤") and lower is not None and lower >= value:
        return False
    if bound in ("<", "≤") and upper is not None and upper == value:
        return True
    if bound in (">", "≥") and upper is not None and upper <= value:
        return False
    if bound in (">", "≥") and lower is not None and lower == value:
        return True
    above = lower is None or value > lower or (with_lower and value == lower)
    below = upper is None or value < upper or (with_upper and value == upper)
    return above and below
