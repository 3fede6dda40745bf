"""Figures in Japanese administrative text as values that can be compared: 千二百円 is 1,200円, 令和7年4月1日 is 2025-04-01.

A figure is read the same way in a source and in what is said of it, so that a notation which is not known here makes a
comparison stricter, never looser. What means different things to an office stays apart: 14日 is not 2週間, 3日 not 3開庁日.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.notation import RULES, FigureKind, Groups
from rag.numerals import fold

Bound = Literal["", "≤", "<", "≥", ">", "前", "後"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. ``value`` is its normal form, ``span`` where it stands, ``bound`` what limits it (14日以内: ≤).

    ``further``: what else limits it, before it (最長9か月: ≤) or behind its bound or a bracket (2日前（土日を除く）まで: ≤).

    Normal forms: amount 1200円; date 2025-04-01, 2025-04, 2025, --04-01, --04 (as ISO 8601 and XML Schema write them); fiscal
    year 2025; time 17:15; period 1年6月, 14日, 2週, 7時間45分; share as a fraction 1/5; phone 0123456789, 内線2110; article
    12の2/3/1 (条/項/号); form 様式3, 別表1; ordinal 第2章; age 18歳; count 3人; number 12.4.
    """

    kind: FigureKind
    value: str
    span: tuple[int, int]
    bound: Bound = ""
    further: Bound = ""

    @property
    def side(self) -> Bound:
        """Whether it is counted back (前) or on (後) from something."""
        return self.bound if self.bound in _SIDES else ""

    @property
    def limit(self) -> Bound:
        """The bound that is none of these."""
        return self.further if self.side or not self.bound else self.bound


_SIDES = ("前", "後")
_BOUNDS: tuple[tuple[Bound, str], ...] = (
    ("≤", "以内|以下|以前|まで|迄|の?範囲内|[をが](?:限度|上限)|を超えない"),
    ("<", "未満|に満たない|に達しない|より(?:少な|低|短|前)"),
    ("≥", "以上|以降|以後|から"),
    (">", "を?超(?!え?な)|より(?:多|高|長|後|あと)|を?(?:過ぎ|すぎ)(?!な|ず)"),
    ("前", "前"),
    ("後", "後"),
)
_BOUND = re.compile("(?:間|分|の日)?(?:" + "|".join(f"({words})" for _, words in _BOUNDS) + ")")
_BRACKET = re.compile(r"\([^()]{1,40}\)")
_RANGE = re.compile(r"[~〜](?=[0-9〇一二三四五六七八九十百])")
_BEFORE: tuple[tuple[Bound, re.Pattern[str]], ...] = (
    ("≤", re.compile("(?:上限額?|限度額?|最大|最高|最長|多くとも|遅くとも)(?:でも?|として|[はがを:])?$")),
    ("≥", re.compile("(?:下限額?|最低|最短|少なくとも|早くとも)(?:でも?|として|[はがを:])?$")),
)


@lru_cache(maxsize=4096)
def figures(text: str) -> tuple[Figure, ...]:
    """All figures of ``text`` in the order in which they stand. A number that is part of another figure is not repeated.

    >>> [(f.kind.value, f.value, f.bound) for f in figures("手数料は千二百円、届出は１４日以内")]
    [('amount', '1200円', ''), ('period', '14日', '≤')]
    """
    folded = fold(text)
    rest = folded.text
    found: list[tuple[int, int, FigureKind, str]] = []
    for kind, pattern, read in RULES:
        new = []
        previous: Groups = {}
        last = 0
        for match in pattern.finditer(rest):
            groups = match.groupdict() | {"before": previous.get("era") or previous.get("half")}
            groups["linked"] = "yes" if match.start() - last <= len("から") else None
            if value := read(groups):
                new.append((*match.span(), kind, value))
            previous, last = groups, match.end()
        found += new
        rest = _hide(rest, [(start, end) for start, end, *_ in new])
    return tuple(
        Figure(kind, value, folded.span(start, end), *_limits(folded.text, start, end))
        for start, end, kind, value in sorted(found)
    )


def carries(source: Figure, claim: Figure) -> bool:
    """Whether ``source`` says what ``claim`` says: the same value, or one of which the claim is a part; no other bound.

    「4月1日」 is carried by 「令和7年4月1日」 and 「第12条」 by 「第12条第3項」, not the other way round. A bound that the claim
    leaves out is not missed here.
    """
    if not agree(source, claim):
        return False
    match (source.kind, claim.kind):
        case (FigureKind.DATE, FigureKind.DATE):
            return _names(source.value, claim.value)
        case (FigureKind.DATE, FigureKind.PERIOD):  # 「4月10日」, and later in the text 「10日」
            _, _, day = _parts(source.value)[1].partition("-")
            return day.isdecimal() and claim.value == f"{int(day)}日"
        case (FigureKind.ARTICLE, FigureKind.ARTICLE):
            return all(c in ("", s) for s, c in zip(source.value.split("/"), claim.value.split("/"), strict=True))
        case (FigureKind.COUNT | FigureKind.ORDINAL, FigureKind.NUMBER):
            return "".join(c for c in source.value if c in "0123456789.") == claim.value
    return source.kind is claim.kind and source.value == claim.value


def agree(one: Figure, other: Figure) -> bool:
    """Whether the limits of two figures are the same as far as both have any: 2日前 and 2日前まで, not 2日前から and 2日前まで."""
    if not (one.bound or one.further) or not (other.bound or other.further):
        return True
    return one.side == other.side and (not one.limit or not other.limit or one.limit == other.limit)


def _hide(text: str, spans: list[tuple[int, int]]) -> str:
    pieces, at = [], 0
    for start, end in spans:
        pieces += [text[at:start], "\0" * (end - start)]
        at = end
    return "".join([*pieces, text[at:]])


def _names(whole: str, part: str) -> bool:
    """Whether a date names what ``part`` names: 2025-04-01 names 2025-04, 2025, --04-01 and --04."""
    year, rest = _parts(whole)
    asked_year, asked = _parts(part)
    return asked_year in ("", year) and (asked in ("", rest) or rest.startswith(f"{asked}-"))


def _parts(value: str) -> tuple[str, str]:
    """Year ("" if it is not said) and the rest of a date in its normal form."""
    year, _, rest = ("", "", value[2:]) if value.startswith("--") else value.partition("-")
    return year, rest


def _limits(text: str, start: int, end: int) -> tuple[Bound, Bound]:
    """``bound`` and ``further`` of the figure that stands there."""
    bound, end = _bound(text, end)
    further: Bound = ""
    if bound in ("", *_SIDES):
        bracket = _BRACKET.match(text, end)
        further, _ = _bound(text, bracket.end() if bracket else end)
        if further in _SIDES:
            further = ""
        if not further:
            further = "≥" if _RANGE.match(text, end) else _stated_before(text[max(0, start - 8) : start])
    return bound, further


def _bound(text: str, end: int) -> tuple[Bound, int]:
    """The bound that stands at ``end``, and where it ends."""
    match = _BOUND.match(text, end)
    if not match:
        return "", end
    return next(bound for (bound, _), words in zip(_BOUNDS, match.groups(), strict=True) if words), match.end()


def _stated_before(text: str) -> Bound:
    return next((bound for bound, pattern in _BEFORE if pattern.search(text)), "")
