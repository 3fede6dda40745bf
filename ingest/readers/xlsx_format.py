"""A value of a spreadsheet as it is shown: dates by their format with 和暦, thousands separators, percentages."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import NamedTuple


class _Era(NamedTuple):
    """A 元号: its first day, and its names for the formats g, gg and ggg."""

    start: date
    names: tuple[str, str, str]


_ERAS = (
    _Era(date(2019, 5, 1), ("R", "令", "令和")),
    _Era(date(1989, 1, 8), ("H", "平", "平成")),
    _Era(date(1926, 12, 25), ("S", "昭", "昭和")),
    _Era(date(1912, 7, 30), ("T", "大", "大正")),
    _Era(date(1868, 1, 25), ("M", "明", "明治")),
)
_WEEKDAYS = "月火水木金土日"
_ENGLISH = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TOKENS = re.compile(
    r'"([^"]*)"|\\(.)|_.|\*.|(\[[hms]+\])|(\[[^\]]*\])|(AM/PM|am/pm|上午/下午)|(g{1,3}|e{1,2}|y{1,4}|a{3,4}|d{1,4}|m{1,5}|h{1,2}|s{1,2}(?:\.0+)?)|(.)',
    re.DOTALL,
)


_MASK = re.compile(r"[0#?][^0#?.,%]+[0#?]")
"""Characters between the places of digits: 000-0000, 0000年00月."""
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)\]")
_HOLDS = {"<=": le, ">=": ge, "<>": ne, "<": lt, ">": gt, "=": eq}


def shown(value: object, number_format: str | None) -> str:
    """``value`` as a person sees it in the cell.

    >>> shown(1234567, "#,##0"), shown(0.308, "0.0%"), shown(date(2026, 4, 1), 'ggge"年"m"月"d"日"')
    ('1,234,567', '30.8%', '令和8年4月1日')
    """
    form = _section(number_format or "General", value)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return _date(value, form)
    if isinstance(value, date):
        return _date(datetime(value.year, value.month, value.day), form)
    if isinstance(value, time):
        return _date(datetime(1900, 1, 1, value.hour, value.minute, value.second), form)
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds() // 60)
        return f"{minutes // 60}:{minutes % 60:02d}"
    if isinstance(value, int | float):
        return _date(_day(value), form) if _is_day(value, form) else _number(value, form)
    return _text(str(value), number_format or "")


def _text(value: str, form: str) -> str:
    """A text by its format: @"様", "〒"@."""
    parts: list[str] = re.findall(r'(?:"[^"]*"|\\.|[^;"\\])+', form)
    part = parts[3] if len(parts) > 3 else next((part for part in parts if "@" in part), "@")
    pieces = re.findall(r'"([^"]*)"|\\(.)|(_.|\*.|\[[^\]]*\])|(@)|(.)', part)
    if not any(at for *_, at, _ in pieces):
        return value
    written = "".join(
        value if at else quoted or escaped or ("" if skipped else other)
        for quoted, escaped, skipped, at, other in pieces
    )
    return value if written.strip() == value.strip() else written


def _is_day(value: float, form: str) -> bool:
    """Whether a number is a day whose format openpyxl does not know for one: of an era or a weekday alone."""
    codes = re.sub(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|General', "", form)
    return 1 <= value < 2_958_466 and bool(re.search(r"ggg?|\be{1,2}\b(?![+-])|aaa", codes))


def _day(value: float) -> datetime:
    return datetime(1899, 12, 30) + timedelta(days=value)


def _section(form: str, value: object) -> str:
    """The part of ``positive;negative;zero`` that applies."""
    parts: list[str] = re.findall(r'(?:"[^"]*"|\\.|[^;"\\])+', form) or ["General"]
    if isinstance(value, int | float) and not isinstance(value, bool) and _CONDITION.search(form):
        for part in parts:
            asked = _CONDITION.search(part)
            if not asked or _HOLDS[asked[1]](value, float(asked[2])):
                return part
    if isinstance(value, int | float) and not isinstance(value, bool) and len(parts) > 1:
        if value < 0:
            return parts[1]
        if value == 0 and len(parts) > 2:
            return parts[2]
    return parts[0]


def _date(value: datetime, form: str) -> str:
    if form in ("General", "@") or form.lower() == "mm-dd-yy":
        clock = f" {value.hour}:{value.minute:02d}" if (value.hour or value.minute) and value.year > 1900 else ""
        return (
            f"{value.hour}:{value.minute:02d}"
            if value.year <= 1900
            else f"{value.year}/{value.month}/{value.day}{clock}"
        )
    if form.lower().startswith("[$-f800]"):
        return f"{value.year}年{value.month}月{value.day}日"
    text, clock_before = "", False
    tokens = list(_TOKENS.finditer(form))
    half = any(token[5] for token in tokens)
    for index, token in enumerate(tokens):
        quoted, escaped, elapsed, bracket, noon, code, other = token.groups()
        if code or elapsed:
            letters = (code or elapsed[1:-1]).lower()
            following = next((t[6] or "" for t in tokens[index + 1 :] if t[6]), "").lower()
            minute = letters[0] == "m" and len(letters) <= 2 and (clock_before or following.startswith("s"))
            text += _part(value, letters, minute, half)
            clock_before = letters[0] == "h" or (clock_before and letters[0] not in "ydeg")
        elif noon:
            text += "午前" if value.hour < 12 else "午後"
        elif not bracket:
            text += quoted or escaped or other or ""
    return text.replace("@", "").strip()


def _part(value: datetime, code: str, minute: bool, half: bool) -> str:
    """One code of a date format."""
    first, size = code[0], len(code)
    era = next((e for e in _ERAS if value.date() >= e.start), None)
    match first:
        case "g":
            return era.names[size - 1] if era else ""
        case "e":
            year = value.year - era.start.year + 1 if era else value.year
            return f"{year:02d}" if size == 2 else str(year)
        case "y":
            return f"{value.year % 100:02d}" if size <= 2 else str(value.year)
        case "a":
            return _WEEKDAYS[value.weekday()] + ("曜日" if size == 4 else "")
        case "d" if size >= 3:
            return _ENGLISH[value.weekday()][: 3 if size == 3 else None]
        case "d":
            return f"{value.day:02d}" if size == 2 else str(value.day)
        case "m" if minute:
            return f"{value.minute:02d}" if size == 2 else str(value.minute)
        case "m":
            return f"{value.month:02d}" if size == 2 else str(value.month)
        case "h":
            hour = (value.hour % 12 or 12) if half else value.hour
            return f"{hour:02d}" if size == 2 else str(hour)
        case _:
            return f"{value.second:02d}" if code.startswith("ss") else str(value.second)


def _number(value: float, form: str) -> str:
    """A number by its format; General shows at most the 11 digits that Excel shows, and never an exponent."""
    words = re.sub(r'"([^"]*)"|\\(.)|_.|\*.|\[[^\]]*\]', lambda f: f[1] or f[2] or "", form)
    digits = re.search(r"[#0?][#0?,.]*", words)
    if words != "General" and "General" in words:
        return words.replace("General", plain(value)).strip()
    if form in ("General", "@") or not digits or "/" in form or "E+" in form:
        return plain(value)
    if _MASK.search(words) and value >= 0:
        return _masked(value, words)
    pattern = digits[0]
    scale = len(pattern) - len(pattern.rstrip(","))
    body = pattern.rstrip(",")
    whole, _, decimals = body.partition(".")
    number = Decimal(repr(value)) * (100 if "%" in words else 1) / (1000**scale)
    least = decimals.count("0")
    rounded = number.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    text = f"{abs(rounded):,f}" if "," in whole else f"{abs(rounded):f}"
    if len(decimals) > least and "." in text:
        head, tail = text.split(".")
        tail = tail[:least] + tail[least:].rstrip("0")
        text = f"{head}.{tail}" if tail else head
    zeros = whole.replace(",", "").count("0")
    integer, dot, rest = text.partition(".")
    text = integer.rjust(zeros, "0") + dot + rest if len(integer.replace(",", "")) < zeros else text
    before, after = words[: digits.start()], words[digits.end() :]
    negative = value < 0 and rounded != 0 and not re.search(r"[-△▲(]", before)
    return f"{'-' if negative else ''}{before}{text}{after}".strip()


def _masked(value: float, words: str) -> str:
    """A number whose digits are written into places, the first of which takes all that are left: 123-4567."""
    digits = list(f"{Decimal(repr(value)).quantize(Decimal(1), ROUND_HALF_UP):f}".lstrip("0"))
    first = next(index for index, character in enumerate(words) if character in "0#?")
    text = ""
    for index in range(len(words) - 1, -1, -1):
        if words[index] not in "0#?":
            text = words[index] + text if index < first or digits or "0" in words[first:index] else text
        elif index == first:
            text = ("".join(digits) or ("0" if words[index] == "0" else "")) + text
        else:
            text = (digits.pop() if digits else "0" if words[index] == "0" else "") + text
    return text.strip()


def plain(value: float) -> str:
    """A number without a format: no exponent, no rounding noise.

    >>> plain(23279743112), plain(0.1 + 0.2), plain(99.0)
    ('23279743112', '0.3', '99')
    """
    if isinstance(value, int):
        return str(value)
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    text = f"{Decimal(f'{value:.15g}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
