from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.figures import Figure, carries, figures
from rag.notation import FigureKind
from rag.numerals import number

WIDE = str.maketrans("0123456789,.", "０１２３４５６７８９，．")
FROM_1989 = st.dates(date(1989, 1, 8), date(2040, 12, 31))


def kanji(n: int) -> str:
    """A whole number below 100,000,000 in 漢数字, written for the tests: 12345 → 一万二千三百四十五."""
    high, low = divmod(n, 10_000)
    if high:
        return kanji(high) + "万" + (kanji(low) if low else "")
    said = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, n = divmod(n, unit)
        if digit:
            said += ("" if digit == 1 and name else "〇一二三四五六七八九"[digit]) + name
    return said


def era(day: date) -> tuple[str, str, int]:
    """平成 ends on 30 April 2019."""
    return ("平成", "H", day.year - 1988) if day < date(2019, 5, 1) else ("令和", "R", day.year - 2018)


def only(text: str) -> Figure:
    found = figures(text)
    assert len(found) == 1, (text, found)
    return found[0]


def values(text: str) -> list[str]:
    return [figure.value for figure in figures(text)]


@given(st.integers(1, 99_999_999), st.sampled_from(["円", "人", "世帯", "枚"]))
def test_a_number_is_the_same_in_every_notation(n: int, unit: str):
    written = {f"{n}{unit}", f"{n:,}{unit}", f"{n:,}{unit}".translate(WIDE), f"{kanji(n)}{unit}", f"金 {n} {unit}"}
    assert {only(text).value for text in written} == {f"{n}{unit}"}


@given(st.integers(1, 9999), st.integers(1, 9))
def test_digits_before_a_kanji_unit(high: int, low: int):
    assert only(f"{high}万{low}千円").value == only(f"{high * 10_000 + low * 1000:,}円").value
    assert number(f"{high}億{low}万") == high * 10**8 + low * 10**4


@given(FROM_1989)
def test_a_date_is_the_same_in_every_notation(day: date):
    name, letter, year = era(day)
    written = [
        f"{name}{year}年{day.month}月{day.day}日",
        f"{name}{kanji(year)}年{kanji(day.month)}月{kanji(day.day)}日",
        f"{name} {year} 年 {day.month} 月 {day.day} 日",
        f"{letter}{year}.{day.month}.{day.day}",
        f"{letter}{year}年{day.month}月{day.day}日".translate(WIDE),
        f"{day.year}年{day.month}月{day.day}日",
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
    ]
    if year == 1:
        written.append(f"{name}元年{day.month}月{day.day}日")
    assert {only(text).value for text in written} == {day.isoformat()}


@given(FROM_1989, FROM_1989)
def test_a_date_carries_its_parts_and_no_other_date(day: date, other: date):
    whole = only(f"{day.year}年{day.month}月{day.day}日")
    for part in (f"{day.month}月{day.day}日", f"{day.year}年{day.month}月", f"{day.month}月", f"{day.year}年"):
        assert carries(whole, only(part)) and not (len(part) < 10 and carries(only(part), whole))
    assert carries(whole, only(other.isoformat())) == (day == other)


@given(st.integers(0, 11), st.integers(1, 59))
def test_a_time_of_the_afternoon(hour: int, minute: int):
    assert (
        values(f"午後{hour}時{minute}分、{hour + 12}時{minute}分、{hour + 12}:{minute:02}")
        == [f"{hour + 12}:{minute:02}"] * 3
    )


@given(st.integers(1, 9))
def test_shares(tenths: int):
    assert (
        len(
            set(
                values(
                    f"{tenths}割、{tenths * 10}%、{tenths * 10}パーセント、100分の{tenths * 10}、十分の{kanji(tenths)}"
                )
            )
        )
        == 1
    )


@given(st.integers(1, 300), st.integers(2, 9), st.integers(1, 9), st.integers(1, 9))
def test_articles(article: int, branch: int, paragraph: int, item: int):
    digits = only(f"第{article}条の{branch}第{paragraph}項第{item}号")
    assert digits.value == only(f"第{kanji(article)}条の{kanji(branch)}第{kanji(paragraph)}項第{kanji(item)}号").value
    assert carries(digits, only(f"{article}条の{branch}")) and not carries(digits, only(f"第{article}条"))
    assert only(f"様式第{item}号").value == only(f"第{kanji(item)}号様式").value


@given(st.integers(1, 24))
def test_months_of_a_period_in_every_spelling(n: int):
    spellings = [f"{n}{unit}" for unit in ("か月", "ヶ月", "カ月", "箇月", "ヵ月", "か月間")] + [f"{kanji(n)}箇月"]
    assert {(only(text).kind, only(text).value) for text in spellings} == {(FigureKind.PERIOD, f"{n}月")}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("14日", "2週間"),
        ("3日以内", "3開庁日以内"),
        ("18歳以上", "18歳未満"),
        ("18歳以上", "18歳を超える"),
        ("14日前", "14日後"),
        ("令和7年", "令和7年度"),
        ("1年6か月", "1年"),
        ("2通", "2人"),
    ],
)
def test_what_means_different_things_stays_apart(one: str, other: str):
    assert not carries(only(one), only(other)) and not carries(only(other), only(one))


def test_words_that_only_look_like_figures():
    assert not figures("十分に、一部の場合、一時預かり、一般、第三者ではなく関係、同一の千代田") or values(
        "第三者"
    ) == ["第3"]
    assert values("①400円") == ["400円"]


def test_what_follows_an_era_or_an_afternoon_belongs_to_it():
    assert values("平成30年4月1日から31年3月31日まで") == ["2018-04-01", "2019-03-31"]
    assert values("午前8時30分から午後5時15分、午後1時から4時まで") == ["8:30", "17:15", "13:00", "16:00"]


def test_the_first_of_two_that_share_a_unit():
    assert values("300～500円、3～5日") == ["300円", "500円", "3日", "5日"]


def test_endless_numbers_are_no_trouble():
    for text in (
        "9" * 4_000 + "円",
        "一" * 4_000 + "円",
        "1," * 2_000,
        "千9" * 2_000 + "円",
        "第" * 1_000 + "1条" * 1_000,
    ):
        assert all(figure.value for figure in figures(text))


def test_law_numbers_telephones_and_forms():
    assert values("昭和25年法律第144号") == ["1950", "法律144"]
    assert values("電話 0XX-555-4101（内線２１１０）") == ["0XX5554101", "内線2110"]
    assert values("別表第1、様式第3号の2、A4判") == ["別表1", "様式3の2", "A4"]


def test_legal_texts_count_months_without_ka():
    assert [(f.kind, f.value) for f in figures("3月以内に、4月以降")] == [
        (FigureKind.PERIOD, "3月"),
        (FigureKind.DATE, "--04"),
    ]


@given(st.text(alphabet="0123456789０１２,.一二十百万円年月日時分割条項号第の令和R元～-：/ \n\t歳人A①㎡", max_size=40))
def test_any_text_is_read_and_spans_stand_in_it(text: str):
    found = figures(text)
    ends = [0, *(figure.span[1] for figure in found)]
    for figure, before in zip(found, ends, strict=False):
        start, end = figure.span
        assert before <= start < end <= len(text) and figure.value


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("14日を過ぎてから", ">"),
        ("14日より後に", ">"),
        ("3人より少ない", "<"),
        ("14日過ぎないうちに", ""),
        ("14日に", ""),
    ],
)
def test_bounds_in_everyday_words(text: str, bound: str):
    assert [figure.bound for figure in figures(text)] == [bound]
