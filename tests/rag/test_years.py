"""Years in both calendars; numbers that are none stay numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.years import years


def others(text: str) -> list[tuple[str, ...]]:
    return [year.others for year in years(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("令和八年4月と2018年度", [("2026年",), ("平成30年度",)]),
        ("r7とh30.4.1", [("2025年", "令和7年"), ("2018年", "平成30年")]),
        ("令7年度", [("2025年度", "令和7年度")]),
        ("2026/4/1", [("令和8年",)]),
        ("2019年", [("令和元年", "平成31年")]),
        ("令和元年", [("2019年",)]),
        ("二〇二五年", [("令和7年",)]),
    ],
)
def test_a_year_has_its_other_names(text: str, expected: list[tuple[str, ...]]):
    assert others(text) == expected


@pytest.mark.parametrize("text", ["2000円", "m2とs1", "定員2025人", "昭和90年", "r8%", "内線2026", "A4", "12026年"])
def test_what_is_no_year_has_none(text: str):
    assert others(text.lower()) == []


@given(st.integers(1990, 2098))
def test_there_and_back(year: int):
    (names,) = others(f"{year}年度")
    assert all((f"{year}年度",) in others(name) for name in names)
