import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.values import canonical, says

KANJI = "〇一二三四五六七八九"


def in_kanji(number: int) -> str:
    """A number below 10**16 as it is read out: 1030 is 千三十."""
    words = ""
    for power, unit in ((12, "兆"), (8, "億"), (4, "万"), (0, "")):
        group = number // 10**power % 10_000
        if not group:
            continue
        for place, name in ((3, "千"), (2, "百"), (1, "十"), (0, "")):
            digit = group // 10**place % 10
            if digit:
                words += (KANJI[digit] if digit > 1 or not name else "") + name
        words += unit
    return words or "〇"


@given(st.integers(0, 10**16 - 1))
def test_a_number_is_the_same_however_it_is_written(number: int):
    forms = {canonical(f"{form}円") for form in (number, f"{number:,}", in_kanji(number))}
    assert forms == {f"{number}円"}
    assert canonical("".join(KANJI[int(digit)] for digit in str(number))) == str(number)


@given(st.integers(1, 99), st.integers(1, 12), st.integers(1, 28))
def test_a_date_is_the_same_however_it_is_written(year: int, month: int, day: int):
    western = 2018 + year
    era = "元" if year == 1 else str(year)
    written = [f"令和{era}年{month}月{day}日", f"令和 {era} 年 {month:02} 月 {day:02} 日", f"R{year}.{month}.{day}"]
    if western < 2100:
        written += [f"{western}-{month:02}-{day:02}", f"{western}/{month}/{day}", f"{western}年{month}月{day}日"]
    assert {canonical(text) for text in written} == {f"{western}年{month}月{day}日"}


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("千", "1000"),
        ("１，０００", "1000"),
        ("令和七年四月一日", "2025年4月1日"),
        ("平成31年度", "2019年度"),
        ("昭和64年1月7日", "1989年1月7日"),
        ("1万7,920円", "17920円"),
        ("2,000万円", "20000000円"),
        ("0.27", "0.27"),
        ("1.5万人", "15000人"),
        ("二分の一", "2分の1"),
        ("3ヶ月と三箇月", "3か月と3か月"),
        ("十分に確かめる", "十分に確かめる"),
        ("二十分と十分の一", "20分と10分の1"),
        ("100 200", "100 200"),
        ("内線 2110", "内線2110"),
        ("第120条の2", "第120条の2"),
    ],
)
def test_forms(text: str, form: str):
    assert canonical(text) == form


@pytest.mark.parametrize(
    ("text", "fact", "said"),
    [
        ("1通四百円です", "400円", True),
        ("1,400円です", "400円", False),
        ("400,000円です", "400", False),
        ("0.275です", "0.27", False),
        ("1.400です", "400", False),
        ("100\n200", "200", True),
        ("100\n200", "100200", False),
        ("令和8年4月1日から", "4月1日", True),
        ("令和8年4月11日から", "4月1日", False),
        ("14月1日", "4月1日", False),
        ("無料です", "0円|無料", True),
        ("無料です", "0円| ", False),
    ],
)
def test_a_fact_is_said_as_a_whole(text: str, fact: str, said: bool):
    assert says(text, fact) is said


@given(st.text(max_size=60))
def test_any_text_says_itself_and_has_one_form(text: str):
    form = canonical(text)
    assert canonical(text) == form
    if form and "|" not in text:
        assert says(text, text)
