"""Which passages settle a question, on a real edition of a few documents."""

from dataclasses import replace

import numpy as np
import pytest

from rag.answer.judge import EVIDENCE, load_weights
from rag.answer.said import Said, words_in
from rag.assistant import Assistant, open_assistant
from rag.domain import Answer
from rag.edition import open_edition
from tests.conftest import asking, build

FAQ = """質問,回答
補助金の実績報告はいつまでですか。,完了の日から30日以内です。
補助金は前払いでもらえますか。,額が確定した後に支払います。
"""
GUIDE = """# 補助金の手引き

## 概算払

補助金は、事業が終わった後に支払うのが原則です。実施に支障があるときは、決定額の10分の8以内で概算払を受けられます。
"""
RULE = """# 減免取扱要綱

第4条（減免）

第4条 所得が減った者の所得割額は、別表第2により減免する。

別表第2（第4条関係）減免の割合

| 前年の合計所得金額 | 減免の割合 |
|---|---|
| 300万円以下 | 60% |
| 300万円を超え400万円以下 | 40% |
"""


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, embedder) -> Assistant:
    files = {"財政課/FAQ.csv": FAQ, "財政課/手引き.md": GUIDE, "税務課/要綱.md": RULE}
    return open_assistant(build(tmp_path_factory.mktemp("judge"), embedder, files))


def test_weights_belong_to_the_evidence_and_add_up():
    assert len(load_weights()) == len(EVIDENCE)
    assert sum(load_weights()) == pytest.approx(1, abs=1e-3) and min(load_weights()) >= 0


def test_evidence_lies_between_0_and_1(one: Assistant):
    question = asking("補助金の実績報告の期限はいつですか")
    evidence = np.array(one.choices(question, one.search(question)))
    assert evidence.shape[1] == len(EVIDENCE) and evidence.min() >= 0 and evidence.max() <= 1 + 1e-6


def test_the_row_that_holds_the_asked_figure_comes_before_its_neighbours(one: Assistant):
    question = asking("前年の合計所得金額が350万円のとき、減免の割合は何%ですか")
    rows = [p.quote for p in one.passages(question, one.search(question)) if "\t" in p.quote]
    assert rows[0].endswith("40%")


def test_the_sentence_beside_the_one_that_resembles_the_question_is_quoted_too(one: Assistant):
    reply = one.ask(asking("補助金を事業が終わる前の概算払で受けられるのは決定額のどれくらいまでですか"))
    assert isinstance(reply, Answer) and "10分の8以内" in reply.text


def test_a_chunk_is_looked_up_with_its_vectors(one: Assistant):
    edition = open_edition(one._settings.data)
    hits = one.search(asking("補助金"))
    vectors = edition.chunk_vectors([hit.chunk for hit in hits])
    assert set(vectors) == {hit.chunk.id for hit in hits}
    for head, bodies in vectors.values():
        assert np.linalg.norm(head) == pytest.approx(1, abs=1e-3) and len(bodies) >= 1
        assert np.linalg.norm(bodies, axis=1) == pytest.approx(1, abs=1e-3)
    assert edition.chunk_vectors([]) == {}


def test_a_text_says_a_word_itself_fully_and_a_like_one_less(one: Assistant, embedder):
    edition = open_edition(one._settings.data)
    texts = [words_in("補助金を支払う"), words_in("所得が減る"), words_in("")]
    said = Said.of("補助金は", texts, edition, embedder)
    same, other, nothing = (said.share(said.strengths(text)) for text in texts)
    assert same == pytest.approx(1, abs=1e-6) and nothing == 0 <= other < same


def test_what_a_follow_up_says_itself_is_weighed_apart(one: Assistant, embedder):
    edition = open_edition(one._settings.data)
    texts = [words_in("補助金を支払う"), words_in("旅費を支払う")]
    said = Said.of("補助金 旅費は", texts, edition, embedder, own="旅費は")
    first, second = (said.strengths(text) for text in texts)
    assert said.own_share(second) == pytest.approx(1, abs=1e-6)
    assert said.own_share(first) < 0.9
    assert said.share(first) < 1
    whole = Said.of("補助金 旅費は", texts, edition, embedder)
    assert whole.own_share(first) == whole.share(first) == said.share(first)


def test_of_a_follow_up_the_sentence_is_best_that_says_what_it_asks_itself(one: Assistant):
    question = asking("補助金の概算払の決定額 事業の原則")
    best = {
        own: one.passages(replace(question, own=own), one.search(question))[0].quote for own in ("決定額", "事業の原則")
    }
    assert "10分の8" in best["決定額"] and "原則" in best["事業の原則"]
