"""The case that is asked about: conditions named, and bounds that hold a figure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.conditions import agreement, holds

INCOME = ("前年の合計所得金額", "減少の割合が2分の1以下")
PENSION = ("利用者負担段階", "年金収入等の状況", "預貯金等の額")


def test_the_row_of_the_asked_condition_comes_before_one_of_another():
    asked = {"way": "郵送"}
    same, none, other = (agreement(asked, text, "手数料") for text in ("郵送: 500円", "手数料: 400円", "窓口: 400円"))
    assert same > none > other


def test_a_heading_can_name_the_condition_but_not_contradict_it():
    assert agreement({"way": "郵送"}, "手数料は500円", "2 郵送の場合") == 1
    assert agreement({"way": "郵送"}, "手数料は500円", "1 窓口の場合") == 0


@pytest.mark.parametrize(
    ("question", "cells", "verdict"),
    [
        ("去年の合計所得は350万円です", ("300万円を超え400万円以下", "40%"), 1),
        ("去年の合計所得は350万円です", ("200万円を超え300万円以下", "60%"), -1),
        ("去年の合計所得は300万円です", ("300万円を超え400万円以下", "40%"), -1),
        ("去年の合計所得は300万円です", ("200万円を超え300万円以下", "60%"), 1),
        ("去年の合計所得は350万円、今年は150万円です", ("300万円を超え400万円以下", "40%"), 1),
        ("所得が去年より減りました", ("300万円を超え400万円以下", "40%"), 0),
    ],
)
def test_a_bound_holds_a_figure(question: str, cells: tuple[str, ...], verdict: float):
    assert holds(question, INCOME, cells) == verdict


def test_only_the_column_that_the_figure_is_of_counts():
    question = "年金収入等は年100万円です。預貯金はいくらまでですか"
    assert holds(question, PENSION, ("第3段階①", "基準の額を超え120万円以下", "550万円以下")) == 1
    assert holds(question, PENSION, ("第3段階②", "120万円を超える", "500万円以下")) == -1
    assert holds(question, PENSION, ("第1段階", "生活保護受給者", "1,000万円以下")) == 0


@given(st.integers(1, 200), st.integers(1, 200))
def test_neighbouring_bounds_share_no_figure(value: int, limit: int):
    rows = [(f"{limit}万円以下", ""), (f"{limit}万円を超える", "")]
    found = sorted(holds(f"所得は{value}万円です", ("所得", "率"), row) for row in rows)
    assert found == [-1, 1]
