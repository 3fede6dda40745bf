"""Numbers and dates as Japanese offices write them, in one form: for comparing what was said with what was expected.

What is compared is never shown. 千, 1,000 and 1000 become 1000; 令和7年4月1日, R7.4.1 and 2025-04-01 become 2025年4月1日.
"""

from __future__ import annotations

import re
from decimal import Decimal

from rag.text import normalise

_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "億": 10**8, "兆": 10**12}
_ARABIC = r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+(?:\.[0-9]+)?"
_PART = re.compile(rf"(?P<arabic>{_ARABIC})|(?P<kanji>[〇一二三四五六七八九]+)|(?P<unit>[十百千万億兆])")
# 十分 is an adverb unless a number stands before it or 「の」 after it (二十分, 十分の一).
_NUMERAL = re.compile(
    rf"(?!十分(?!の))(?:(?:{_ARABIC}|[〇一二三四五六七八九]+)?[十百千万億兆])+(?:{_ARABIC}|[〇一二三四五六七八九]+)?"
    rf"|{_ARABIC}|[〇一二三四五六七八九]+"
)
_GAP = re.compile(r"(?<![0-9〇一二三四五六七八九十百千万億兆]) | (?![0-9〇一二三四五六七八九十百千万億兆])")
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867, "R": 2018, "H": 1988, "S": 1925}
_ERA_YEAR = re.compile(r"(令和|平成|昭和|大正|明治)(元|[0-9]{1,2})(?=年)")
_ERA_DOTS = re.compile(r"(?<![A-Za-z])([RHS])([0-9]{1,2})[./]([0-9]{1,2})[./]([0-9]{1,2})(?![0-9])")
_WESTERN = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?![0-9])")
_MONTHS = re.compile(r"(?<=[0-9])[ヶケヵカ箇](?=月)")  # 3か月, however it is spelt
_MONTH = re.compile(r"(?<![0-9])0*([0-9]{1,2})月(?:0*([0-9]{1,2})日)?")


def canonical(text: str) -> str:
    """``text`` without spaces (but between numbers), its width, numbers and dates in one form.

    >>> [canonical(text) for text in ("千円", "1，000 円", "一万七千九百二十", "1.5万人")]
    ['1000円', '1000円', '17920', '15000人']
    >>> {canonical(text) for text in ("令和7年4月1日", "令和七年四月一日", "R7.4.1", "2025-04-01", "2025年04月01日")}
    {'2025年4月1日'}
    """
    text = _NUMERAL.sub(_arabic, _GAP.sub("", normalise(text)))
    text = _MONTHS.sub("か", text)
    text = _ERA_YEAR.sub(lambda m: str(_ERAS[m[1]] + (1 if m[2] == "元" else int(m[2]))), text)
    text = _ERA_DOTS.sub(lambda m: f"{_ERAS[m[1]] + int(m[2])}年{int(m[3])}月{int(m[4])}日", text)
    text = _WESTERN.sub(lambda m: f"{m[1]}年{int(m[3])}月{int(m[4])}日", text)
    return _MONTH.sub(lambda m: f"{int(m[1])}月" + (f"{int(m[2])}日" if m[2] else ""), text)


def says(text: str, fact: str) -> bool:
    """Whether ``text`` says ``fact`` or one of its alternatives (``|``). A number counts as a whole: 400円 is not in 1,400円.

    >>> says("手数料は一通につき四百円です", "400円|400 JPY"), says("1,400円", "400円"), says("令和七年四月一日から", "4月1日")
    (True, False, True)
    """
    said = canonical(text)
    return any(_whole(canonical(alternative)).search(said) for alternative in fact.split("|") if alternative.strip())


def _whole(words: str) -> re.Pattern[str]:
    before = r"(?<![0-9])(?<![0-9]\.)" if words[:1].isdigit() else ""
    after = r"(?!\.?[0-9])" if words[-1:].isdigit() else ""
    return re.compile(before + re.escape(words) + after)


def _arabic(match: re.Match[str]) -> str:
    """A numeral in digits. Without 十百千万 it stays as it is written, but for kanji and commas."""
    parts = list(_PART.finditer(match[0]))
    if not any(part["unit"] for part in parts):
        return "".join(_plain(part) for part in parts)
    total, section, current = Decimal(0), Decimal(0), None
    for part in parts:
        if not part["unit"]:
            current = Decimal(_plain(part))
        elif part["unit"] in _SMALL:
            section += (1 if current is None else current) * _SMALL[part["unit"]]
            current = None
        else:
            section += current or 0
            total += (section or 1) * _LARGE[part["unit"]]
            section, current = Decimal(0), None
    value = total + section + (current or 0)
    return f"{value:f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def _plain(part: re.Match[str]) -> str:
    return part["arabic"].replace(",", "") if part["arabic"] else "".join(str(_DIGITS[c]) for c in part["kanji"])
