"""Drafts with a scripted model: what is sent, what is checked, what is handed over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import prompt
from rag.answer.draft import NOTE, Draft, as_text, draft
from rag.config import LlmSettings
from rag.domain import Amendment, Answer, Chunk, Citation, Confidence, DocumentInfo, Sensitivity, Sentence, Validity
from rag.errors import LanguageModelFailed
from tests.conftest import asking

MANUAL = DocumentInfo(
    "d", "証明書交付事務マニュアル", "市民課/m.md", "0", "市民課", validity=Validity(date(2026, 4, 1))
)
FEE = Chunk(
    "fee", MANUAL, "住民票の写しの手数料は、窓口では1通400円とする。ただし、年金の請求に使うものは無料とする。", page=4
)
MOVE = Chunk("move", MANUAL, "転入届は、新しい住所に住み始めた日から14日以内に提出しなければならない。")
SECRET = Chunk(
    "s", replace(MANUAL, id="s", sensitivity=Sensitivity.INTERNAL), "窓口の暗証番号は、毎月1日に係長が変える。"
)
DAY = date(2026, 11, 1)
LLM = LlmSettings(base_url="http://127.0.0.1:1/v1", model="scripted")


def answer(*chunks: Chunk) -> Answer:
    citations = tuple(Citation(chunk, chunk.text, (0, len(chunk.text))) for chunk in chunks)
    sentences = tuple(Sentence(chunk.text, (n,)) for n, chunk in enumerate(chunks, start=1))
    return Answer(sentences, citations, Confidence("stated", 0.9))


class Scripted:
    """A model that says one thing, or fails, and remembers what it was sent."""

    def __init__(self, reply: str | Exception) -> None:
        self.reply = reply
        self.sent = ""

    def stream(self, system: str, user: str, deadline: float) -> Iterator[str]:
        self.sent = f"{system}\n{user}"
        if isinstance(self.reply, Exception):
            raise self.reply
        yield self.reply


def drafted(name: str, said: str | Exception, *chunks: Chunk, question: str = "手数料はいくらですか") -> Draft:
    return draft(asking(question, DAY), DAY, answer(*(chunks or (FEE, MOVE))), prompt.load(name), Scripted(said), LLM)


def test_easy_japanese_may_use_other_words_but_no_other_facts():
    plain = "住民票の写しのお金は、1通400円です[1]。転入届は、住み始めた日から14日以内に市役所へ出してください[2]。"
    made = drafted("easy", plain)
    assert made.answer and made.failure is None and made.struck == ()
    assert "お金は、1通400円" in as_text(made) and "ただし、年金の請求に使うものは無料とする。" in as_text(made)


@pytest.mark.parametrize(
    "wrong",
    [
        "住民票の写しのお金は、1通300円です[1]。",
        "転入届は、住み始めた日から14日以内に税務課へ出してください[2]。",
        "転入届は、住み始めた日から14日以内に出さなくてもいいです[2]。",
        "転入届は、住み始めた日から14日を過ぎてから出してください[2]。",
        "ただし、年金の請求に使うものは無料です[1]。",
        "花火大会は雨の日にはありません[1]。",
        "パスポートは、新しい住所に住み始めた日から14日以内に提出してください[2]。",
        "住民票の写しの手数料は、窓口では令和8年から1通400円です[1]。",
    ],
)
@pytest.mark.parametrize("name", ["easy", "points", "reply"])
def test_what_the_documents_do_not_say_is_struck_and_not_handed_over(name: str, wrong: str):
    right = "転入届は、新しい住所に住み始めた日から14日以内に提出してください[2]。"
    made = drafted(name, wrong + right)
    assert [struck.text for struck in made.struck] == [wrong.replace("[1]", "").replace("[2]", "")]
    assert made.struck[0].text not in as_text(made) and "14日以内に提出" in as_text(made)


def test_points_are_three_with_their_exceptions_beside_them():
    made = drafted(
        "points",
        "窓口では1通400円です[1]\n転入届は14日以内に提出します[2]\n手数料は1通400円です[1]\n写しは400円です[1]\n",
    )
    points = as_text(made).split("\n\n")[0].split("\n")
    assert len(points) == 3 and all(point.startswith("・") for point in points)
    assert points[0].startswith("・窓口では1通400円です［1］ただし、年金の請求に使うものは無料とする。")


def test_a_reply_to_an_inquiry_has_our_frame_and_no_personal_data():
    made = drafted("reply", "窓口では1通400円です[1]。", question="氏名：山田太郎の手数料はいくらですか")
    text = as_text(made)
    assert text.startswith(
        "「氏名：〔氏名〕の手数料はいくらですか」について、次のとおり回答します。\n\n窓口では1通400円です。［1］"
    )
    assert "［1］証明書交付事務マニュアル 4頁（市民課、2026年4月1日施行）" in text
    assert "根拠（2026年11月1日時点の資料）" in text and text.endswith(NOTE)


def test_what_is_sent_is_masked_and_not_too_sensitive():
    model = Scripted("窓口では1通400円です[1]。")
    made = draft(asking("氏名：山田太郎の手数料は", DAY), DAY, answer(SECRET, FEE), prompt.load("reply"), model, LLM)
    assert made.answer and "山田" not in model.sent
    assert "暗証番号" not in model.sent and "1通400円とする" in model.sent
    alone = draft(asking("手数料は", DAY), DAY, answer(SECRET), prompt.load("reply"), model, LLM)
    assert alone.answer is None and "機密性" in (alone.failure or "")


def test_what_the_documents_give_as_public_is_not_masked():
    mayor = Chunk("m", MANUAL, "証明書は、みらい市長 山田太郎が、中央1丁目2番3号の本庁舎で発行する。")
    model = Scripted("証明書は、本庁舎で発行します[1]。")
    draft(asking("証明書はだれが発行しますか", DAY), DAY, answer(mayor), prompt.load("reply"), model, LLM)
    assert model.sent.count("山田太郎が、中央1丁目2番3号の本庁舎") == 2  # as a passage and as the answer


def test_amendments_of_what_a_draft_cites_are_told_under_its_sources():
    later = replace(MANUAL, id="n", title="改正後のマニュアル", validity=Validity(date(2026, 12, 1)))
    new = Chunk("n", later, "住民票の写しの手数料は、窓口では1通500円とする。")
    made = drafted("reply", "窓口では1通400円です[1]。")
    told = Amendment(1, date(2026, 12, 1), True, later, Citation(new, new.text, (0, len(new.text))))
    assert made.answer and made.answer.amendments == ()  # those of the answer count the citations of the answer
    text = as_text(replace(made, answer=replace(made.answer, amendments=(told,))))
    assert "［1］の内容は、令和8年12月1日に改正されます。" in text and "1通500円" in text


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (LanguageModelFailed("言語モデルに接続できません。"), "接続できません"),
        ("", "空でした"),
        ("The fee is 400 yen. [1]", "日本語ではありません"),
        ("資料に記載なし", "見つけられません"),
        ("手数料は1通900円です[1]。", "確かめられません"),
        (prompt.load("reply").text, "指示文"),
    ],
)
def test_every_failure_is_a_labelled_message(said: str | Exception, reason: str):
    made = drafted("reply", said)
    assert made.answer is None and reason in (made.failure or "")


@given(st.text(alphabet="=+-@＝＋ \t\n山1", min_size=1, max_size=12))
def test_no_line_is_a_formula(question: str):
    hostile = replace(FEE, document=replace(MANUAL, title="=cmd|'/c calc'!A1\n+1"))
    made = replace(drafted("reply", "窓口では1通400円です[1]。", hostile), question=question)
    for name in ("reply", "easy"):
        lines = as_text(replace(made, prompt=prompt.load(name))).split("\n")
        assert not any(line.lstrip(" \t　").startswith(tuple("=+-@＝＋－＠")) for line in lines)
    assert as_text(
        replace(made, answer=replace(made.answer, sentences=(Sentence("=1+1", (1,)),)), prompt=prompt.load("easy"))
    ).startswith("'=1+1")
