"""The day that a question speaks of, asked on 1 November 2026, and the days that it asks about."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.dialogue import understand
from rag.temporal import describe, fiscal_year, read_when, wareki, with_day
from rag.text import normalise

ASKED = date(2026, 11, 1)
SPOKEN = [
    ("令和7年度時点では住民票の手数料はいくらですか", "2026-03-31", "住民票の手数料はいくらですか"),
    ("昨年度の住民票の写しの手数料は", "2026-03-31", "住民票の写しの手数料は"),
    ("Ｒ７年度の印鑑証明の手数料", "2026-03-31", "印鑑証明の手数料"),
    ("手数料は昨年度いくらでしたか", "2026-03-31", "手数料はいくらでしたか"),
    ("来年度から手数料はいくらになりますか", "2027-04-01", "手数料はいくらになりますか"),
    ("来年度から何が変わりますか", "2027-04-01", "何が変わりますか"),
    ("来年4月からの子ども医療費助成の対象は", "2027-04-01", "子ども医療費助成の対象は"),
    ("2027年10月以降の保育料は", "2027-10-01", "保育料は"),
    ("来月から児童手当の支給額はどう変わりますか", "2026-12-01", "児童手当の支給額はどう変わりますか"),
    ("先月の手数料は", "2026-10-31", "手数料は"),
    ("去年の10月の保育料", "2025-10-31", "保育料"),
    ("令和7年4月1日現在の証明手数料", "2025-04-01", "証明手数料"),
    ("令和七年四月一日現在の証明手数料", "2025-04-01", "証明手数料"),
    ("2025年3月31日時点で、戸籍の手数料はいくらでしたか", "2025-03-31", "戸籍の手数料はいくらでしたか"),
    ("令和5年に転入した当時の手数料", "2023-12-31", "手数料"),
    ("令和7年度版のマニュアルでは手数料はいくら", "2026-03-31", "マニュアルでは手数料はいくら"),
    ("令和8年3月までの窓口手数料はいくら", "2026-03-31", "窓口手数料はいくら"),
    ("昨年度までの手数料は", "2026-03-31", "手数料は"),
    ("令和8年9月30日以前の子ども医療費の自己負担は", "2026-09-30", "子ども医療費の自己負担は"),
    ("令和7年度中の手数料", "2026-03-31", "手数料"),
    ("前年度の手数料は", "2026-03-31", "手数料は"),
    ("次年度の手数料は", "2027-04-01", "手数料は"),
    ("令和7年度だといくら", "2026-03-31", "いくら"),
    ("昨年度はいくらでしたか", "2026-03-31", "いくらでしたか"),
    ("令和8年3月の時点で木曜の窓口は何時まで", "2026-03-31", "木曜の窓口は何時まで"),
    ("2年前の手数料はいくら", "2024-11-01", "手数料はいくら"),
    ("去年の今ごろの手数料は", "2025-11-01", "手数料は"),
    # within the time that is spoken of
    ("今年度の手数料は", "2026-11-01", "手数料は"),
    ("2025年4月以降の手数料は", "2026-11-01", "手数料は"),
]
MATTER = [
    "令和5年5月に生まれた子の児童手当の額は",
    "令和5年5月の出生の場合の手数料は",
    "平成10年築の家の固定資産税の税率",
    "平成10年の家の固定資産税の税率",
    "昭和56年5月31日以前に建てた家の補助の対象は",
    "4月1日に引っ越した場合の届出の期限",
    "10月1日から手数料は",
    "令和6年分の所得の証明の手数料",
    "令和7年度の課税証明書の手数料はいくら",
    "前年度の所得で保育料は決まりますか",
    "去年の所得が下がった人の保険料",
    "4月1日現在65歳以上の人は対象ですか",
    "令和7年4月1日現在で65歳以上の人は対象ですか",
    "令和8年1月1日現在の所有者に課税される税率は",
    "来月引っ越します。手数料は",
    "来年度から保育園に入れたい。保育料は",
    "令和8年4月から入所する場合の保育料",
    "去年生まれた子の手当は",
    "5年度分の保険料",
    "令和9年度の予算要求の基準は",
    "令和10年度入所の基準は",
    "子どもが令和6年10月に生まれました。手当はいくら",
    "令和5年4月から令和6年3月までの手数料",
    "昨年度と今年度の手数料の違いは",
    "2025年4月31日時点の手数料は",
    "令和9年2月26日までの補助の対象は",
    "2年前に買った軽自動車の税率は",
    "3年前に転入した人の手数料は",
    "前年度の所得による負担割合は",
    "住所が変わる前の手続は",
    "改正戸籍法の手続は",
    "住民票の写しの手数料はいくらですか",
]
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(("question", "day", "rest"), SPOKEN)
def test_the_day_that_is_spoken_of(question: str, day: str, rest: str):
    when, left = read_when(question, ASKED)
    assert when and when.day.isoformat() == day and left == rest
    assert when.first <= when.day and normalise(question).find(when.words) >= 0


@pytest.mark.parametrize("question", MATTER)
def test_a_day_that_is_asked_about_is_left_alone(question: str):
    assert read_when(question, ASKED) == (None, question)


@pytest.mark.parametrize(
    ("question", "side"),
    [
        ("改正前の手数料はいくらですか", "before"),
        ("値上げ前の住民票の手数料は", "before"),
        ("改正される前の手数料は", "before"),
        ("料金が変わる前はいくらでしたか", "before"),
        ("引上げ後の限度額は", "after"),
        ("旧要綱の自己負担", "before"),
        ("新しい要綱の対象", "after"),
    ],
)
def test_an_amendment_is_left_to_the_documents(question: str, side: str):
    when, rest = read_when(question, ASKED)
    assert when and when.amended == side and when.day == ASKED and rest == question


@given(DAYS, st.sampled_from(["時点の", "現在の", "時点で、", "当時の"]), st.sampled_from([wareki, date.isoformat]))
def test_a_day_with_its_year_is_that_day_whenever_it_is_asked(day: date, marker: str, written):
    when, rest = read_when(f"{written(day)}{marker}手数料はいくらですか", ASKED)
    assert when and when.day == day and rest == "手数料はいくらですか"


@given(DAYS, st.integers(2001, 2100))
def test_of_a_fiscal_year_the_day_nearest_to_the_asking_counts(asked: date, year: int):
    when, _ = read_when(f"{year}年度の手数料は", asked)
    assert when and when.first <= when.day <= when.last and fiscal_year(when.day) == year
    assert all(abs(when.day - asked) <= abs(day - asked) for day in (when.first, when.last))
    assert (when.day == asked) == (fiscal_year(asked) == year)


@given(DAYS)
def test_years_are_counted_from_the_day_of_asking(asked: date):
    last, _ = read_when("昨年度の手数料は", asked)
    coming, _ = read_when("来年度から手数料はいくらになりますか", asked)
    assert last and last.day == date(fiscal_year(asked), 3, 31)
    assert coming and coming.day == date(fiscal_year(asked) + 1, 4, 1)


@given(st.dates(date(1926, 12, 25), date(2100, 1, 1)))
def test_a_day_reads_as_it_was_written(day: date):
    text = with_day("手数料は", read_when(f"{wareki(day)}現在の手数料は", ASKED)[0])
    when, rest = read_when(text, ASKED)
    assert when and when.day == day and rest == "手数料は"


@example("去年度の手数料は", date.min)
@example("去年の手数料は", date.min)
@given(
    st.text(
        alphabet=st.sampled_from("令和平成元七79年度月日分の時点現在当時から以降来昨去手数料額は改正前後？、 R2025/"),
        max_size=40,
    ),
    DAYS | st.sampled_from([date.min, date.max]),
)
def test_no_text_breaks_it_and_what_is_left_stood_in_it(text: str, asked: date):
    when, rest = read_when(text, asked)
    left = iter(normalise(text))
    assert rest == text or all(character in left for character in rest)
    assert when is None or when.words in normalise(text)


@given(DAYS)
def test_what_names_no_time_has_no_day(asked: date):
    for question in ("住民票の写しの手数料はいくらですか", "転入届の期限", "10月1日から手数料は"):
        assert read_when(question, asked) == (None, question)


FEE = "住民票の写しの手数料はいくらですか"


@pytest.mark.parametrize(
    ("history", "question", "day", "text"),
    [
        ([FEE], "昨年度は？", "2026-03-31", FEE),
        ([FEE], "じゃあ令和7年度だと？", "2026-03-31", FEE),
        (["令和7年度の住民票の写しの手数料は"], "代理人なら？", "2026-03-31", "住民票の写し 手数料 代理人なら?"),
        ([FEE, "昨年度は？"], "郵送だと？", "2026-03-31", "住民票の写し 手数料 いくら 郵送だと?"),
        ([FEE, "昨年度は？"], "今年度は？", "2026-11-01", FEE),
        ([FEE, "昨年度は？"], "今はいくら？", None, "住民票の写し 今はいくら?"),
        (["令和7年度の住民票の写しの手数料は"], "犬の登録の方法は", None, "犬の登録の方法は"),
        ([], "昨年度は？", None, "昨年度は？"),
    ],
)
def test_a_follow_up_keeps_the_day_as_it_keeps_conditions(history, question: str, day: str | None, text: str):
    found = understand(question, history, ASKED)
    assert found.text == text and (found.when.day.isoformat() if found.when else None) == day


def test_a_day_that_is_fixed_is_changed_by_no_words():
    found = understand("昨年度の手数料は", ["令和5年度の住民票の手数料は"], ASKED, fixed_day=True)
    assert found.when is None and found.day(ASKED) == ASKED and "年度" not in found.text


def test_a_person_is_told_of_the_day_unless_it_is_today():
    assert describe(None, ASKED) is None and describe(read_when("今年度の手数料は", ASKED)[0], ASKED) is None
    said = describe(read_when("昨年度の手数料は", ASKED)[0], ASKED)
    assert said == "令和8年3月31日時点の資料で調べました（質問の「昨年度」による）。"
    assert "見当たらない" in (describe(read_when("改正前の手数料は", ASKED)[0], ASKED) or "")
    assert describe(read_when("改正後の手数料は", ASKED)[0], ASKED) is None
