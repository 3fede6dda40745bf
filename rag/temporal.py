"""The day that a question speaks of: 令和7年度の手数料, 2027年4月から, 昨年度, 改正前.

Most days in questions are not that day but what is asked about (令和5年に生まれた子, 令和6年分の所得, 4月1日に引っ越した), and to search the
documents of such a day would be a wrong answer. So a day counts only with a word that makes it one (時点, 現在, 当時), or where it stands
beside something that is set for a time (手数料, 基準, 要綱 …) with no verb between them, and never if it names no year.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import Literal

from rag.figures import figures
from rag.notation import FigureKind
from rag.text import morphemes, normalise

Amended = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class When:
    """What a question says of the day whose documents answer it.

    ``first`` and ``last`` (included) are the days it speaks of, ``day`` the one of them that is nearest to the day of asking: of a past
    fiscal year its last (what changed during it has changed), of a coming one its first. ``words`` is what says so. ``amended``: the
    day is that before or of an amendment, which only the documents know; until they are asked it is the day of asking.
    """

    day: date
    first: date
    last: date
    words: str
    amended: Amended | None = None


@dataclass(frozen=True, slots=True)
class _Time:
    """A stretch of a text that names a year, a fiscal year, a month or a day."""

    start: int
    end: int
    first: date
    last: date


_POINT = re.compile("(?:の?(?:時点|現在|当時)|に?[^、。?0-9]{0,12}た当時|(?<=度)版)(?:で(?![もしあ]))?")
_IN = re.compile("中?(?:から|以降|以後|より)?(?:では|で(?=、)|には|における|の|は|に|も|、)*")
_UNTIL = re.compile("(?:まで|以前)(?:では|で(?=、)|には|における|の|は|に|、)*")
_ONWARDS = re.compile("から|以降|以後|より")
_UNTIL_ITSELF = re.compile("まで|以前")
_ALONE = re.compile(
    "(?:では?|は|なら(?:ば)?|だと|ですと|の場合(?:は|には)?|からは?|の(?:時点|とき|時)(?:では|は))*[?。]*"
)
_ALONE_WITH = re.compile("(?:では?|は|なら(?:ば)?|だと|ですと)(?=(?:いくら|何円|どう))")
_OPENING = re.compile("(?:それでは|それじゃあ?|それなら|じゃあ?|では|ちなみに|なら)?[、 ]*")
# What is set for a time, so that a time beside it is that for which it is set.
_SET = (
    "手数料|料金|使用料|利用料|保育料|保険料率?|給食費|費用|値段|単価|日当|宿泊費|旅費|税率|料率|金額|月額|年額|限度額|上限額?|負担(?:額|割合|金)|窓口負担|自己負担"
    "|手当|助成|補助|支給額?|給付|基準|制度|規則|規程|条例|要綱|要領|手引き?|マニュアル|取扱い?|取り扱い|ルール|対象|要件|所得制限|必要書類|必要なもの|運用"
    "|免税点|額(?=[はがをも])"
)
_SET_FOR = re.compile(_SET)
_SET_BEFORE = re.compile(f"(?:{_SET})[^、。?はがを]{{0,6}}(?:は|が|って)[、 ]*$")
_ASKED_BESIDE = re.compile(
    "[、 ]*(?:いくら|何|どう|どの|どれ|変わ|改正|改定|上が|下が|値上|値下|でし|だっ|同じ|[?。]|$)"
)
_CHANGES = re.compile("[、 ]*(?:何が|どう|どこが|どのように)?(?:変わ|改正|改定)")
_CHANGING = frozenset({"変わる", "上がる", "下がる", "始まる", "改まる", "改める", "見直す"})
# Beside these a year is the year of income, of a house or of a child, not that of the documents.
_MATTER = re.compile(
    "所得(?!制限)|課税|納税|税額|税証明|申告|評価|決算|予算|収入|源泉|年末調整|出生|婚姻|離婚|死亡|購入|取得|建築|入所|入園|入学|採用|退職|生まれ"
    "|卒業|領収|明細|通知|滞納|未納|還付|納期|納付書|(?:家屋?|建物|住宅|車|土地|子|人|方|者)の"
)
# 「4月1日現在65歳以上」: the day on which a person has to be something.
_REFERENCE = re.compile("歳|才|年齢|住所|住民登録|所有|在住|在籍|在学|居住|住ん|世帯|人口|加入|生まれ|[かヶケ]月児")
_YEAR_IS_NAMED = re.compile("令和|平成|昭和|[RHSrhs]|[0-9]{4}")
_FISCAL = {
    "一昨年度": -2,
    "おととし度": -2,
    "昨年度": -1,
    "去年度": -1,
    "再来年度": 2,
    "来年度": 1,
    "前年度": -1,
    "次年度": 1,
    "今年度": 0,
    "本年度": 0,
}
_YEARS = {"一昨年": -2, "おととし": -2, "昨年": -1, "去年": -1, "再来年": 2, "来年": 1, "今年": 0, "本年": 0}
_MONTHS = {"先々月": -2, "先月": -1, "再来月": 2, "来月": 1, "今月": 0}
_RELATIVE = re.compile("|".join([*_FISCAL, *_YEARS, *_MONTHS]))
_AGO = re.compile(
    "(?P<years>[1-9]|[一二三])年前|(?P<year>一昨年|おととし|昨年|去年)の(?:今ごろ|今頃|今の時期|同じ時期)"
)
_NUMBERS = {"一": 1, "二": 2, "三": 3, **{str(number): number for number in range(1, 10)}}
_MONTH_BESIDE = re.compile("の?(1[0-2]|[1-9])月(?:([1-9]|[12][0-9]|3[01])日)?")
_AMENDED = re.compile(
    "(?:改[正定]|[値引]き?[上下]げ|見直し)(?:する|した|され(?:る|た))?以?(?P<side>前|後)"
    "|(?:手数料|料金|額|制度|基準|規則|要綱|税率)が(?:変わ|上が|下が)[るっ]た?(?P<other>前|後)|(?P<old>旧(?=規程|基準|料金|手数料|要綱|要領))"
    "|(?P<new>新しい(?=制度|規程|規則|要綱|要領|基準|料金|手数料|税率|マニュアル|手引き))"
)
NOW = re.compile("今(?!年|月|度|後|まで)|現在|現行|本日|最新")
"""What takes back a day that was spoken of before: 今はいくら？"""
_ERAS = (("令和", date(2019, 5, 1)), ("平成", date(1989, 1, 8)), ("昭和", date(1926, 12, 25)))


def read_when(question: str, asked: date) -> tuple[When | None, str]:
    """The day that a question of the day ``asked`` speaks of, and the question without the words that say so.

    None, and the question as it is, if it speaks of no day, or of several. Of a time that ``asked`` is within the day is ``asked``, and
    以降 is within what it begins: 2025年4月以降の手数料, asked in 2026, is that of today.

    >>> when, rest = read_when("昨年度の住民票の写しの手数料は", date(2026, 11, 1))
    >>> when.day.isoformat(), rest
    ('2026-03-31', '住民票の写しの手数料は')
    >>> read_when("令和5年5月に生まれた子の手当はいくら", date(2026, 11, 1))[0]
    """
    text = normalise(question)
    times = list(_times(text, asked))
    points = [(time, end) for time in times if (end := _end_of_point(text, time))]
    spoken = points or [(time, end) for time in times if (end := _end_beside(text, time, asked))]
    if not spoken and (match := _AMENDED.search(text)):
        side: Amended = "before" if match["old"] or "前" in (match["side"], match["other"]) else "after"
        return When(asked, asked, asked, match.group(), side), question
    if len(spoken) != 1 or (len(times) > 1 and not points):
        return None, question
    time, end = spoken[0]
    last = date.max if not points and _ONWARDS.match(text, time.end) else time.last
    day = min(max(asked, time.first), last)
    onwards = _ONWARDS.match(text, time.end)
    said = onwards or (_UNTIL_ITSELF.match(text, time.end) if not points else None)
    words = text[time.start : said.end() if said else time.end]
    rest = text[: time.start] + text[end:]
    return When(day, time.first, time.last, words), "" if _OPENING.fullmatch(rest) else rest


def _end_of_point(text: str, time: _Time) -> int | None:
    """Where 令和7年4月1日現在の ends, unless it is the day on which somebody has to be something."""
    match = _POINT.match(text, time.end)
    if not match or _REFERENCE.search(text[match.end() : match.end() + 15]):
        return None
    return _particles(text, match.end())


def _end_beside(text: str, time: _Time, asked: date) -> int | None:
    """Where a time ends, with its particles, that stands beside what is set for it; None if it does not."""
    until = _UNTIL.match(text, time.end) if time.last < asked else None  # what is still to come is a deadline
    end = until.end() if until else _particles(text, time.end)
    if _OPENING.fullmatch(text, 0, time.start):
        if _ALONE.fullmatch(text, time.end):
            return len(text)  # 昨年度は？
        if alone := _ALONE_WITH.match(text, time.end):
            return alone.end()  # 昨年度はいくらでしたか
    onwards = _ONWARDS.match(text, time.end)
    if end == time.end and not text[:end].endswith(("は", "が", "って", "、")):
        beside = _SET_BEFORE.search(text[: time.start]) and _ASKED_BESIDE.match(text, end)
        return end if beside else None
    if _MATTER.search(text[: time.start]):
        return None
    if (onwards and _CHANGES.match(text, end)) or (
        _SET_BEFORE.search(text[: time.start]) and _ASKED_BESIDE.match(text, end)
    ):
        return end
    return end if _is_set_next(text[end:]) else None


def _is_set_next(text: str) -> bool:
    """Whether a text begins with something that is set for a time: nouns, of which none is a matter of its own."""
    clause = re.split("[。?、]", text, maxsplit=1)[0]
    match = _SET_FOR.search(clause)
    if not match:
        return False
    phrase = clause[: match.end()] + re.split("[はがをも]|って", clause[match.end() :], maxsplit=1)[0]
    verbs = {word.normal for word in morphemes(clause[: match.start()]) if word.kind[0] == "動詞"}
    return not _MATTER.search(phrase) and verbs <= _CHANGING


def _particles(text: str, start: int) -> int:
    match = _IN.match(text, start)
    return match.end() if match else start


def _times(text: str, asked: date) -> Iterator[_Time]:
    """Every time that names its year, or is counted from the day of asking."""
    for match in _RELATIVE.finditer(text):
        word, end = match.group(), match.end()
        if word in _FISCAL:
            days = _fiscal_year(fiscal_year(asked) + _FISCAL[word])
        elif word in _MONTHS:
            months = asked.year * 12 + asked.month - 1 + _MONTHS[word]
            days = _calendar(months // 12, months % 12 + 1)
        else:
            month = _MONTH_BESIDE.match(text, end)
            end = month.end() if month else end
            days = _calendar(
                asked.year + _YEARS[word], *(int(part) for part in (month.groups() if month else ()) if part)
            )
        if days and not _AGO.match(text, match.start()):
            yield _Time(match.start(), end, *days)
    for match in _AGO.finditer(text):
        if day := _years_before(asked, _NUMBERS[match["years"]] if match["years"] else -_YEARS[match["year"]]):
            yield _Time(match.start(), match.end(), day, day)
    for figure in figures(text):
        start, end = figure.span
        if figure.kind not in (FigureKind.DATE, FigureKind.FISCAL_YEAR) or not _YEAR_IS_NAMED.match(text, start):
            continue
        numbers = [int(part) for part in figure.value.split("-") if part.isdecimal()]  # 3月末: the month
        days = _fiscal_year(numbers[0]) if figure.kind is FigureKind.FISCAL_YEAR else _calendar(*numbers)
        if days:
            yield _Time(start, end, *days)


def fiscal_year(day: date) -> int:
    """The fiscal year (April to March) of a day."""
    return day.year if day.month >= 4 else day.year - 1


def _fiscal_year(year: int) -> tuple[date, date] | None:
    return (date(year, 4, 1), date(year + 1, 3, 31)) if MINYEAR <= year < MAXYEAR else None


def _years_before(day: date, years: int) -> date | None:
    """The same day some years before, of 29 February the 28th; None if there is no such year."""
    if day.year - years < MINYEAR:
        return None
    return date(day.year - years, day.month, min(day.day, monthrange(day.year - years, day.month)[1]))


def _calendar(year: int, month: int = 0, day: int = 0) -> tuple[date, date] | None:
    """The first and the last day of a year, a month or a day; None if there is no such day."""
    last = monthrange(year, month or 12)[1] if MINYEAR <= year <= MAXYEAR else 0
    if day > last or not last:
        return None
    return date(year, month or 1, day or 1), date(year, month or 12, day or last)


def wareki(day: date) -> str:
    """A day as an office writes it.

    >>> wareki(date(2026, 12, 1)), wareki(date(2019, 5, 1))
    ('令和8年12月1日', '令和元年5月1日')
    """
    for era, start in _ERAS:
        if day >= start:
            year = day.year - start.year + 1
            return f"{era}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    return f"{day.year}年{day.month}月{day.day}日"


def with_day(question: str, when: When | None) -> str:
    """A question without words for a day, with those that say which one is meant."""
    return f"{wareki(when.day)}時点で、{question}" if when else question


def describe(when: When | None, asked: date) -> str | None:
    """What a person is told of the day, in one line; None if it is the day of asking anyway."""
    if when and when.day != asked:
        return f"{wareki(when.day)}時点の資料で調べました（質問の「{when.words}」による）。"
    if when and when.amended == "before":
        return f"「{when.words}」に当たる資料は見当たらないため、{wareki(asked)}時点の資料で調べました。"
    return None


def day_before(day: date) -> date:
    return day - timedelta(days=1)
