"""Years in the other calendar: 令和8年, R8 and 2026年 are one year, and a document has it in one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from rag.numerals import NUM, number

_BEFORE_FIRST = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
_LAST = {"令和": 2099, "平成": 2019, "昭和": 1989, "大正": 1926, "明治": 1912}
_LETTERS = {"r": "令和", "h": "平成", "s": "昭和", "t": "大正", "m": "明治", "令": "令和", "平": "平成", "昭": "昭和"}
# R8 and H30 stand for a year by themselves; S, T and M are also sizes and codes (S56年, but no M2).
_YEAR = re.compile(
    rf"(?P<era>令和|平成|昭和|大正|明治) ?(?P<count>元|{NUM}) ?(?P<unit>年度?)"
    r"|(?<![0-9a-z])(?P<letter>[rhstm])(?P<short>[0-9]{1,2})(?P<kind>年度?)"
    r"|(?<![0-9a-z])(?P<bare>[rh])(?P<digits>[0-9]{1,2})(?![0-9a-z,%])"
    r"|(?<![一-龠])(?P<first>[令平昭])(?P<two>[0-9]{1,2})(?P<what>年度?)"
    r"|(?<![0-9.,])(?P<western>1[89][0-9]{2}|20[0-9]{2}|二〇[〇一二三四五六七八九]{2})(?: ?(?P<which>年度?)|(?=[/.][0-9]{1,2}[/.]))"
)


class Year(NamedTuple):
    """A year where it is written, and how it is written otherwise."""

    start: int
    end: int
    others: tuple[str, ...]


def years(text: str) -> Iterator[Year]:
    """The years in a text in normal form and lower case.

    >>> [year.others for year in years("令和八年の2018年度とr7")]
    [('2026年',), ('平成30年度',), ('2025年', '令和7年')]
    """
    for match in _YEAR.finditer(text):
        found = match.groupdict()
        unit = found["unit"] or found["kind"] or found["what"] or found["which"] or "年"
        if found["western"]:
            others = tuple(f"{name}{unit}" for name in _in_eras(int(number(found["western"]))))
        else:
            era = found["era"] or _LETTERS[found["letter"] or found["bare"] or found["first"]]
            count = found["count"] or found["short"] or found["digits"] or found["two"]
            year = _BEFORE_FIRST[era] + (Fraction(1) if count == "元" else number(count))
            if year.denominator != 1 or not _BEFORE_FIRST[era] < year <= _LAST[era]:
                continue
            others = (f"{year}{unit}", *((f"{era}{year - _BEFORE_FIRST[era]}{unit}",) if not found["era"] else ()))
        if others:
            yield Year(match.start(), match.end(), others)


def _in_eras(year: int) -> Iterator[str]:
    """令和元 and 平成31 for 2019: a year in which an era ended is written in both."""
    for era, before in _BEFORE_FIRST.items():
        if before < year <= _LAST[era]:
            yield f"{era}{'元' if year == before + 1 else year - before}"
