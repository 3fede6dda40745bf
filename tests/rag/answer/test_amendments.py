"""What is amended near the day asked for, on editions of a FAQ, a rule and a table with the ones before them."""

from dataclasses import replace
from datetime import date

import pytest

from rag.answer.amendments import as_row, describe
from rag.assistant import Assistant, open_assistant
from rag.domain import Answer, NotFound, Reply, Viewer
from tests.conftest import asking, build

OLD_FAQ = """質問,回答
住民票の写しの手数料はいくらですか,住民票の写しは1通300円です。本人確認書類をお持ちください。
印鑑登録証明書の手数料はいくらですか,印鑑登録証明書は1通300円です。
"""
NEW_FAQ = """質問,回答
住民票の写しの手数料はいくらですか,住民票の写しは1通400円です。本人確認書類をお持ちください。
印鑑登録証明書の手数料はいくらですか,印鑑登録証明書は1通300円です。
"""
RULE = """# 旅費規程

第1条 この規程は、職員の旅費について定める。

第12条 宿泊費は、1夜につき{}円を上限とする。

第13条 日当は、1日につき1,500円とする。
{}"""
GONE = "\n第14条 赴任した職員には、着後手当として60,000円を支給する。\n"
TABLE = "品目,手数料,備考\nたんす,{}円,2人で運ぶ\n自転車,300円,鍵を外す\nふとん,{}円,3枚まで\n"
COLLECTION = """
[[document]]
file = "新{0}"
valid_from = {1}
supersedes = "旧{0}"
"""


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, embedder) -> Assistant:
    files = {
        "市民課/旧FAQ.csv": OLD_FAQ,
        "市民課/新FAQ.csv": NEW_FAQ,
        "市民課/collection.toml": COLLECTION.format("FAQ.csv", "2026-12-01"),
        "総務課/旧規程.md": RULE.format("10,900", GONE),
        "総務課/新規程.md": RULE.format("12,000", ""),
        "総務課/collection.toml": COLLECTION.format("規程.md", "2026-10-01"),
        "環境課/旧表.csv": TABLE.format("500", "200"),
        "環境課/新表.csv": TABLE.format("800", "200"),
        "環境課/collection.toml": COLLECTION.format("表.csv", "2026-04-01"),
    }
    return open_assistant(build(tmp_path_factory.mktemp("amended"), embedder, files))


def answered(reply: Reply) -> Answer:
    assert isinstance(reply, Answer)
    return reply


def test_what_will_be_amended_soon_is_announced_and_does_not_answer(one: Assistant):
    day = date(2026, 11, 1)
    answer = answered(one.ask(asking("住民票の写しの手数料はいくらですか", day)))
    assert "300円" in answer.text and "400円" not in answer.text
    (found,) = answer.amendments
    assert found.later and found.day == date(2026, 12, 1) and found.passage and "400円" in found.passage.quote
    assert not found.other.validity.covers(day)
    assert all(citation.chunk.document.validity.covers(day) for citation in answer.citations)
    assert describe(found, day) == (
        "［1］の内容は、令和8年12月1日に改正されます。改正後（まだ施行されていません）：「住民票の写しは1通400円です。本人確認書類をお持ちください。」"
    )
    row = as_row(found, day)
    assert row["edition"] == "after" and row["day"] == "2026-12-01" and "400円" in row["quote"]


def test_what_was_amended_lately_is_told(one: Assistant):
    day = date(2026, 11, 1)
    answer = answered(one.ask(asking("出張の宿泊費の上限は1夜いくらですか", day)))
    (found,) = answer.amendments
    assert "12,000円" in answer.text and not found.later and found.passage and "10,900円" in found.passage.quote
    assert "改正されました。改正前（今は効力がありません）" in describe(found, day)


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("印鑑登録証明書の手数料はいくらですか", "2026-11-01"),  # the same in both
        ("日当は1日いくらですか", "2026-11-01"),
        ("住民票の写しの手数料はいくらですか", "2026-08-01"),  # too long before
        ("住民票の写しの手数料はいくらですか", "2027-06-01"),  # too long after
        ("たんすの手数料はいくらですか", "2026-11-01"),
    ],
)
def test_what_is_the_same_or_far_off_is_not_mentioned(one: Assistant, question: str, day: str):
    assert answered(one.ask(asking(question, date.fromisoformat(day)))).amendments == ()


def test_a_row_is_compared_with_the_row_of_the_same_thing(one: Assistant):
    day = date(2026, 3, 1)
    (found,) = answered(one.ask(asking("たんすの手数料はいくらですか", day))).amendments
    assert found.passage and found.passage.quote == "たんす\t800円\t2人で運ぶ"
    assert "手数料: 800円" in describe(found, day)
    assert answered(one.ask(asking("ふとんの手数料はいくらですか", day))).amendments == ()


def test_a_rule_that_will_be_gone_is_announced_without_a_passage(one: Assistant):
    day = date(2026, 9, 15)
    (found,) = answered(one.ask(asking("赴任した職員の着後手当はいくらですか", day))).amendments
    assert found.passage is None and "これに当たる記載は見当たりません" in describe(found, day)
    assert as_row(found, day)["quote"] is None


def test_a_year_that_is_spoken_of_tells_of_the_changes_within_it(one: Assistant):
    asked = asking("昨年度のたんすの手数料はいくらですか", date(2026, 11, 1))
    answer = answered(one.ask(asked))
    (found,) = answer.amendments
    assert "500円" in answer.text and found.later and "800円" in describe(found, asked.as_of)
    assert "まだ施行されていません" not in describe(found, asked.as_of)


def test_before_and_after_an_amendment_is_the_documents_own_day(one: Assistant):
    before = asking("改正前の旅費規程で宿泊費は1夜につきいくらまでですか", date(2026, 11, 1))
    assert one.understood(before).day(before.as_of) == date(2026, 9, 30)
    assert "10,900円" in answered(one.ask(before)).text
    after = replace(before, text="改正後の住民票の写しの手数料はいくらですか")
    assert one.understood(after).day(after.as_of) == date(2026, 12, 1)
    assert "400円" in answered(one.ask(after)).text
    none = replace(before, text="改正前の規程にある火星の重力はいくらですか", departments=frozenset({"防災課"}))
    assert one.understood(none).day(none.as_of) == none.as_of


def test_the_words_for_a_day_can_be_overruled(one: Assistant):
    asked = asking("昨年度のたんすの手数料はいくらですか", date(2026, 11, 1))
    reply = one.ask(replace(asked, fixed_day=True))
    assert isinstance(reply, NotFound) or "800円" in answered(reply).text


def test_nobody_hears_of_an_edition_that_they_may_not_see(tmp_path, embedder):
    restricted = COLLECTION.format("FAQ.csv", "2026-12-01") + 'audience = ["市民課"]\n'
    files = {"市民課/旧FAQ.csv": OLD_FAQ, "市民課/新FAQ.csv": NEW_FAQ, "市民課/collection.toml": restricted}
    one = open_assistant(build(tmp_path, embedder, files))
    question = asking("住民票の写しの手数料はいくらですか", date(2026, 11, 1))
    assert answered(one.ask(question)).amendments == ()
    own = replace(question, viewer=Viewer("u", "市民課"))
    assert len(answered(one.ask(own)).amendments) == 1
