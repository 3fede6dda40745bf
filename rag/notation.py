"""How each kind of figure is written, and how what is written becomes its normal form. Read by ``rag.figures``."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from fractions import Fraction

from rag.numerals import NUM, number, plain

Groups = dict[str, str | None]
"""The named groups of a match; ``before`` is the era or the half of the day of the match before it, ``linked`` says it is near."""


class FigureKind(StrEnum):
    """What a figure counts."""

    AMOUNT = "amount"
    DATE = "date"
    FISCAL_YEAR = "fiscal year"
    TIME = "time"
    PERIOD = "period"
    SHARE = "share"
    PHONE = "phone"
    ARTICLE = "article"
    FORM = "form"
    ORDINAL = "ordinal"
    AGE = "age"
    COUNT = "count"
    NUMBER = "number"


_ERA_YEARS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_ERA_YEARS |= {"M": 1867, "T": 1911, "S": 1925, "H": 1988, "R": 2018}
_ERA = "(?P<era>明治|大正|昭和|平成|令和|(?<![A-Za-z])[MTSHR](?=[0-9元]))"
_YEAR = f"(?:{_ERA}|西暦)?(?P<y>{NUM}|元)年"
_MONTH, _DAY = f"(?P<m>{NUM})月", f"(?P<d>{NUM})日"
_PART = "(?P<part>末日?|[上中下]旬)"
_MONTHS = "[かカヵヶケ箇個]月"
_AS_PERIOD = "間|以内|以上|以下|未満|を超え|を経過"
_DASH, _RANGE = "[-‐‑−–—ー]", "[~〜‐−–—ー-]"
_BRANCH = "(?:の(?:[0-9]+|[二三四五六七八九十]+)(?![0-9人年月日円歳回件万千枚通部つ]))"
_ITEM = f"第?(?P<i>{NUM})号(?P<ib>{_BRANCH}*)"
_PARAGRAPH = f"(?P<p>{NUM})項"
_ORDERED = "章|節|編|款|段階|子|回|期|種|類|級|位|順位|学年|週|[月火水木金土日]曜"
_ACTS = "法律|政令|省令|府令|勅令|告示|訓令|条例|規則|規程"
# After 漢数字 only what is not also part of a word, as 一部, 一番, 一本 and 十分 are.
_PLAINLY_COUNTED = (
    "人|名(?!称)|世帯|通(?![り常知信])|枚|件|回|冊|台|頭|匹|棟|つ|[箇かカヵヶケ個]所|倍|種類|親等|個|点|級|階"
)
_COUNTED = (
    f"{_PLAINLY_COUNTED}|本|戸(?!籍)|種(?![別目子類])|項目|丁目|番地?|号|部|口|袋|缶|箱|束|組|学級|校|園|店|社|団体|地区|区分|段階|単位|食|杯"
    "|平方メートル|メートル|センチ(?:メートル)?|キログラム|グラム|リットル|トン|m2|㎡|cm|mm|km|kg|kW|ml|GB|MB|[mglLt](?![A-Za-z])"
)
_SAME_UNIT = {
    "名": "人",
    "メートル": "m",
    "センチメートル": "cm",
    "センチ": "cm",
    "平方メートル": "m2",
    "㎡": "m2",
    "グラム": "g",
}
_SAME_UNIT |= {
    "キログラム": "kg",
    "リットル": "l",
    "L": "l",
    "トン": "t",
    "週間": "週",
    "営業日": "開庁日",
    "才": "歳",
    "種": "種類",
}


def _counted(units: str, starts: str = "") -> str:
    """A number with its unit, also the first of two that share one: 300～500円."""
    return f"{starts}(?P<n>{NUM})(?:(?P<u>{units})|(?={_RANGE}{NUM}(?P<v>{units})))"


def _int(text: str | None) -> int:
    return int(number(text)) if text else 0


def _year(g: Groups) -> int | None:
    """A year without an era is of the era named before it, else of 令和, as offices write it."""
    year = 1 if g["y"] == "元" else _int(g["y"])
    if year >= 1000:
        return year if year < 3000 else None
    g["era"] = era = g.get("era") or g["before"] or "令和"
    return _ERA_YEARS[era] + year if 0 < year < 100 else None


def _date(g: Groups) -> str | None:
    year = _year(g) if g.get("y") else None
    month, day = _int(g.get("m")), _int(g.get("d"))
    if (g.get("y") and year is None) or (g.get("m") and not 1 <= month <= 12) or (g.get("d") and not 1 <= day <= 31):
        return None
    part = (g.get("part") or "").removesuffix("日")
    rest = f"-{month:02}" * bool(month) + f"-{day:02}" * bool(day) + f"-{part}" * bool(part)
    return f"{year or '-'}{rest}"


def _time(g: Groups) -> str | None:
    hour, minute = _int(g["h"]), 30 if g["past"] else _int(g["min"] or g["colon"])
    g["half"] = g["half"] or (g["before"] if g["linked"] and hour < 12 else None)
    if g["h"] == "一" and not g["half"] and not g["min"]:
        return None  # 一時預かり
    hour = hour % 12 + 12 if g["half"] == "午後" else hour
    return f"{hour}:{minute:02}" if hour <= 24 and minute < 60 else None


def _share(g: Groups) -> str:
    if g.get("whole"):
        return str(number(g["n"] or "") / (number(g["whole"] or "") or 1))
    tenths, bu, rin = (Fraction(_int(g.get(name))) for name in ("n", "bu", "rin"))
    return str(tenths / 10 + bu / 100 + rin / 1000)


def _unit(g: Groups) -> str | None:
    n, unit = g["n"] or "", g["u"] or g["v"] or ""
    if n == "十" and unit == "分":
        return None  # 十分に
    if unit.endswith("月"):
        unit = "月"
    unit = "か所" if unit.endswith("所") else unit.removesuffix("間") if unit != "時間" else unit
    return f"{plain(number(n))}{_SAME_UNIT.get(unit, unit)}"


def _article(g: Groups) -> str:
    numbers = (plain(number(g[name] or "")) if g.get(name) else "" for name in ("a", "p", "i"))
    article, paragraph, item = numbers
    return f"{article}{_branch(g.get('ab'))}/{paragraph}/{item}{_branch(g.get('ib'))}"


def _branch(text: str | None) -> str:
    return "".join(f"の{_int(part)}" for part in (text or "").split("の") if part)


def _form(g: Groups) -> str:
    return f"{'別表' if g.get('t') else '様式'}{_int(g['n'])}{_branch(g.get('b'))}"


_K = FigureKind
RULES: tuple[tuple[FigureKind, re.Pattern[str], Callable[[Groups], str | None]], ...] = tuple(
    (kind, re.compile(pattern), read)
    for kind, pattern, read in (
        (
            _K.PHONE,
            rf"(?<![0-9X])\(?(?P<t>0[0-9X]{{1,4}}[)({_DASH[1:-1]}][0-9]{{1,4}}[){_DASH[1:-1]}][0-9]{{3,4}}|0[0-9]{{9,10}})(?![0-9])",
            lambda g: "".join(c for c in g["t"] or "" if c.isalnum()),
        ),
        (_K.PHONE, "内線(?:番号)?[:は]?(?P<t>[0-9]{2,6})", lambda g: f"内線{g['t']}"),
        (_K.ORDINAL, f"(?P<t>{_ACTS})第?(?P<n>{NUM})号", lambda g: f"{g['t']}{_int(g['n'])}"),
        (_K.FORM, f"様式第?(?P<n>{NUM})号?(?P<b>{_BRANCH}*)", _form),
        (_K.FORM, f"第(?P<n>{NUM})号(?P<b>{_BRANCH}*)様式", _form),
        (_K.FORM, f"(?P<t>別表)第?(?P<n>{NUM})(?P<b>{_BRANCH}*)", _form),
        (_K.ARTICLE, f"第?(?P<a>{NUM})条(?![例件約])(?P<ab>{_BRANCH}*)(?:第?{_PARAGRAPH})?(?:{_ITEM})?", _article),
        (_K.ARTICLE, f"第{_PARAGRAPH}(?:{_ITEM})?", _article),
        (_K.ARTICLE, f"(?=第){_ITEM}", _article),
        (_K.FISCAL_YEAR, f"{_YEAR}度(?!間)", lambda g: str(_year(g) or "")),
        (_K.DATE, f"{_YEAR}{_MONTH}{_DAY}", _date),
        (_K.DATE, rf"{_ERA}(?P<y>[0-9]{{1,2}})([./])(?P<m>[0-9]{{1,2}})\3(?P<d>[0-9]{{1,2}})(?![0-9])", _date),
        (_K.DATE, r"(?<![0-9])(?P<y>[12][0-9]{3})([-./])(?P<m>[0-9]{1,2})\2(?P<d>[0-9]{1,2})(?![0-9])", _date),
        (
            _K.PERIOD,
            f"(?P<y>{NUM})年(?P<n>{NUM})(?:{_MONTHS}|月(?={_AS_PERIOD}))",
            lambda g: f"{_int(g['y'])}年{_int(g['n'])}月",
        ),
        (_K.DATE, f"{_YEAR}{_MONTH}(?:{_PART})?", _date),
        (_K.DATE, f"{_MONTH}{_DAY}", _date),
        (_K.DATE, f"{_ERA}(?P<y>{NUM}|元)年", _date),
        (_K.DATE, "(?P<y>(?:19|20)[0-9]{2}|[一二][〇一二三四五六七八九]{3})年", _date),
        (_K.DATE, f"{_MONTH}(?!{_AS_PERIOD})(?:{_PART})?", _date),
        (_K.SHARE, f"(?P<whole>{NUM})分の(?P<n>{NUM})", _share),
        (_K.SHARE, f"(?P<n>{NUM})割(?![合当り])(?:(?P<bu>{NUM})分(?!の))?(?:(?P<rin>{NUM})厘)?", _share),
        (_K.SHARE, _counted("%|パーセント"), lambda g: str(number(g["n"] or "") / 100)),
        (_K.SHARE, "半額|半分", lambda _: "1/2"),
        (
            _K.TIME,
            f"(?P<half>午前|午後)?(?P<h>{NUM})(?:時(?!間)(?:(?P<past>半)|(?P<min>{NUM})分)?|:(?P<colon>[0-9]{{2}})(?![0-9]))",
            _time,
        ),
        (_K.TIME, "正午", lambda _: "12:00"),
        (
            _K.PERIOD,
            f"(?P<h>{NUM})時間(?:(?P<min>{NUM})分|(?P<past>半))",
            lambda g: f"{_int(g['h'])}時間{30 if g['past'] else _int(g['min'])}分",
        ),
        (_K.AMOUNT, _counted("円(?![滑満形])"), _unit),
        (_K.AMOUNT, f"¥(?P<n>{NUM})", lambda g: f"{plain(number(g['n'] or ''))}円"),
        (_K.AMOUNT, "無料|無償", lambda _: "0円"),
        (_K.AGE, _counted("[歳才]"), _unit),
        (_K.ORDINAL, f"第(?P<n>{NUM})(?P<u>{_ORDERED})?", lambda g: f"第{_int(g['n'])}{g['u'] or ''}"),
        (
            _K.PERIOD,
            _counted(f"年|{_MONTHS}|月(?={_AS_PERIOD})|週間?|営業日|開庁日|日(?![本曜])|時間|分(?![のか類別])|秒"),
            _unit,
        ),
        (_K.PERIOD, "半年", lambda _: "6月"),
        (_K.COUNT, _counted(_COUNTED, "(?=[0-9])"), _unit),
        (_K.COUNT, _counted(_PLAINLY_COUNTED, "(?![0-9]|一つ)"), _unit),
        (
            _K.NUMBER,
            rf"(?P<t>(?<![A-Za-z])[A-Za-z]{{1,3}}-?)?(?=[0-9])(?P<n>{NUM})",
            lambda g: f"{(g['t'] or '').strip('-').upper()}{plain(number(g['n'] or ''))}",
        ),
    )
)
"""The order matters: what a rule has read is hidden from those after it. A reader that returns None has read nothing."""
