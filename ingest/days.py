"""Days as they are written in Japanese documents: 令和8年4月1日, 令和八年四月一日, 2026/4/1."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}
_NUMBER = "[0-9元〇一二三四五六七八九十百]{1,4}"
DAY = rf"(?:(?P<era>令和|平成|昭和)(?P<year>{_NUMBER})年|(?P<western>[0-9]{{4}})年)(?P<month>{_NUMBER})月(?P<day>{_NUMBER})日"
"""A pattern for text in NFKC; ``from_parts`` takes its groups."""
_WRITTEN = re.compile(
    rf"{DAY}|(?P<w>[0-9]{{4}})(?P<mark>[-/.])(?P<m>[0-9]{{1,2}})(?P=mark)(?P<d>[0-9]{{1,2}})(?: 0?0:00(?::00)?)?"
)


def read_day(text: str) -> date | None:
    """The day that a text is, and nothing else; None if it is none.

    >>> read_day("令和８年４月１日"), read_day("2026/4/1"), read_day("来年")
    (datetime.date(2026, 4, 1), datetime.date(2026, 4, 1), None)
    """
    found = _WRITTEN.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if not found:
        return None
    parts = {name: value for name, value in found.groupdict().items() if value}
    if "w" in parts:
        parts = {"western": parts["w"], "month": parts["m"], "day": parts["d"]}
    return from_parts(parts)


def from_parts(parts: Mapping[str, str]) -> date | None:
    """The day of a match of ``DAY``; None if there is no such day, as 令和8年13月."""
    year = int(parts["western"]) if "western" in parts else _ERAS[parts["era"]] + _number(parts["year"])
    try:
        return date(year, _number(parts["month"]), _number(parts["day"]))
    except ValueError:
        return None


def _number(text: str) -> int:
    """A number below a thousand in digits, 漢数字 or 元.

    >>> [_number(text) for text in ("元", "31", "三十一", "二〇", "十")]
    [1, 31, 31, 20, 10]
    """
    if text == "元":
        return 1
    if text.isdecimal():
        return int(text)
    digits = {character: value for value, character in enumerate("〇一二三四五六七八九")}
    if not any(c in "十百" for c in text):
        return int("".join(str(digits.get(c, 0)) for c in text))
    total = current = 0
    for character in text:
        if character in "十百":
            total += (current or 1) * (10 if character == "十" else 100)
            current = 0
        else:
            current = digits.get(character, 0)
    return total + current
