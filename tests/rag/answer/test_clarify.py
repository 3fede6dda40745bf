"""Asking back which case is meant, on a small guide to moving house."""

from dataclasses import replace

import pytest

from rag.answer.clarify import DIMENSIONS, clarify, of_case
from rag.answer.judge import Passage
from rag.assistant import Assistant, open_assistant
from rag.domain import Answer, Chunk, Clarify, DocumentInfo, Kind
from tests.conftest import asking, build

GUIDE = """届出,必要なもの,期間
転入届,本人確認書類と転出証明書,14日以内
転居届,本人確認書類と在留カード等,14日以内
転出届,本人確認書類と印鑑登録証,30日前から
"""
DOCUMENT = DocumentInfo("d", "手引き", "市民課/手引き.csv", "0" * 64, "市民課")


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, embedder) -> Assistant:
    files = {"市民課/異動の届出.csv": GUIDE, "環境課/分別.csv": "品目,出し方\n乾電池,有害ごみ\n新聞,資源\n"}
    return open_assistant(build(tmp_path_factory.mktemp("clarify"), embedder, files))


def row(name: str, says: str, score: float, document: DocumentInfo = DOCUMENT, **values: float) -> Passage:
    text = f"{name}\t{says}"
    chunk = Chunk(f"{name}{document.id}", document, text, kind=Kind.ROW, columns=("届出", "期間"))
    return Passage(chunk, (0, len(text)), **{"words": 0.8, "meaning": 0.8, "fits": 1.0, **values}, score=score)


def test_a_question_with_two_readings_is_asked_back_and_every_choice_is_answered(one: Assistant):
    question = asking("届出に必要なものは何ですか")
    reply = one.ask(question)
    assert isinstance(reply, Clarify)
    assert [choice.label for choice in reply.choices] == [
        "転入（市外から市内へ）の場合",
        "転居（市内から市内へ）の場合",
        "転出（市内から市外へ）の場合",
    ]
    for choice, said in zip(reply.choices, ("転出証明書", "在留カード", "印鑑登録証"), strict=True):
        answer = one.ask(replace(question, text=choice.question))
        assert isinstance(answer, Answer) and said in answer.sentences[0].text


@pytest.mark.parametrize(
    "question",
    ["転入届に必要なもの", "転居したときの届出に必要なもの", "引っ越しの届出に必要なもの", "乾電池の出し方"],
)
def test_a_question_that_says_which_case_it_means_is_not_asked_back(one: Assistant, question: str):
    assert not isinstance(one.ask(asking(question)), Clarify)


def test_a_choice_keeps_the_day_of_a_follow_up(one: Assistant):
    reply = one.ask(replace(asking("昨年度は？"), history=("届出に必要なものは何ですか",)))
    assert isinstance(reply, Clarify)
    assert all("令和8年3月31日時点で、" in choice.question for choice in reply.choices)


QUESTION = "届出の期間は何日ですか"


def test_the_rivals_are_close_and_say_otherwise():
    best = row("転入届", "14日以内", 0.90)
    other = row("転出届", "30日前から", 0.88)
    asked = clarify(QUESTION, QUESTION, [best, other])
    assert asked and [choice.question for choice in asked.choices] == [
        f"転入届の場合、{QUESTION}",
        f"転出届の場合、{QUESTION}",
    ]
    elsewhere = replace(DOCUMENT, id="e")
    for rival in (
        row("転出届", "14日以内", 0.88),  # the same
        row("転出届", "30日前から", 0.80),  # not close
        row("転出届", "30日前から", 0.88, fits=0.0),  # not what is asked for
        row("転出届", "30日前から", 0.88, words=0.5),  # about less of the question
        row("転出届", "30日前から", 0.88, elsewhere),  # of another document
        row("世帯変更届", "30日前から", 0.88),  # no case
        row("転入届・転出届", "30日前から", 0.88),  # both cases
    ):
        assert clarify(QUESTION, QUESTION, [best, rival]) is None
    assert clarify(QUESTION, QUESTION, [best]) is None and clarify(QUESTION, QUESTION, []) is None


def test_the_other_rows_of_the_table_can_be_chosen_too():
    best, other = row("転入届", "14日以内", 0.90), row("転出届", "30日前から", 0.88)
    change, far = row("世帯変更届", "14日以内", 0.80), row("転籍届", "いつでも", 0.60)
    asked = clarify(QUESTION, QUESTION, [best, other, change, far])
    assert asked and [choice.label for choice in asked.choices][2:] == ["世帯変更届の場合"]
    assert asked.choices[2].question == f"世帯変更届の場合、{QUESTION}"
    rows = [row(f"届出{number}", "7日", 0.85) for number in range(9)]
    many = clarify(QUESTION, QUESTION, [best, other, *rows])
    assert many and len(many.choices) == 6
    long = clarify(QUESTION, QUESTION, [row("転入届（国外からの転入の場合）", "14日以内", 0.90), other])
    assert long and long.choices[0].question.startswith("転入の場合、")


def test_the_passage_of_the_named_case_comes_first():
    entry, leaving = row("転入届", "転出証明書を添えて14日以内", 0.95), row("転出届", "30日前から", 0.85)
    change = row("世帯変更届", "14日以内", 0.80)
    found = [entry, leaving, change]
    assert of_case("転出届の期間は", found) == (leaving, change)
    assert of_case("転入届の期間は", found) == (entry, change)
    assert of_case("届出の期間は", found) == of_case("転入届と転出届の期間は", found) == tuple(found)
    far = row("転出届", "30日前から", 0.60)
    assert of_case("転出届の期間は", [entry, far]) == (entry, far)
    assert of_case("転出届の期間は", []) == ()


def test_cases_exclude_each_other():
    for dimension in DIMENSIONS:
        for case in dimension.cases:
            assert [other.name for other in dimension.cases if other.names.search(case.name)] == [case.name]
            assert dimension.named.search(f"{case.name}の場合、手数料は")
