"""Fusion, visibility, and the same search through llama-index."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.domain import Sensitivity, Viewer
from rag.edition import Edition, open_edition
from rag.ranking import Ranking
from rag.retrieval import search, search_meaning, search_words
from tests.conftest import asking

PUBLIC = "".join(f"## 第{i}条\n\n手当{i}の額は月額{i}00円とする。\n\n" for i in range(1, 301))
SECRET = "## 第1条\n\n特別手当の額は月額99円とする。\n"


@pytest.fixture
def edition(put, sync, settings) -> Edition:
    put("総務課/手当.md", f"# 手当の規程\n\n{PUBLIC}")
    put("福祉課/内部.md", f"# 内部の規程\n\n{SECRET}")
    put("福祉課/collection.toml", 'sensitivity = 3\naudience = ["福祉課"]\n')
    sync()
    return open_edition(settings.data)


def test_one_visible_passage_among_many_others_is_found(edition: Edition, embedder):
    inside = Viewer("a", "福祉課", Sensitivity.CONFIDENTIAL)
    question = asking("手当の額", viewer=inside, departments=frozenset({"福祉課"}))
    hits = search(edition, embedder, question)
    assert [hit.chunk.text for hit in hits] == ["特別手当の額は月額99円とする。"]
    outside = asking("特別手当の額", departments=frozenset({"福祉課"}))
    assert search(edition, embedder, outside) == ()


def test_scores_fall_and_say_why(edition: Edition, embedder):
    hits = search(edition, embedder, asking("手当250の額はいくらですか"), 10)
    assert len(hits) == 10 and hits[0].chunk.text.startswith("手当250")
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0 <= value <= 1 for hit in hits for value in (hit.score, hit.words, hit.meaning))


def test_a_passage_with_none_of_the_words_gets_no_place_by_words(edition: Edition):
    assert search_words(edition, asking("為替レート")) == ()
    assert search_words(edition, asking("特別手当"), 100)


def test_llama_index_finds_what_the_product_finds(edition: Edition, embedder):
    from rag.retrievers import hybrid_retriever, meaning_retriever, words_retriever

    question = asking("手当250の額はいくらですか")
    for retriever, plain in (
        (words_retriever(edition, question), search_words(edition, question)),
        (meaning_retriever(edition, embedder, question), search_meaning(edition, embedder, question)),
        (hybrid_retriever(edition, embedder, question), search(edition, embedder, question)),
    ):
        nodes = retriever.retrieve(question.text)
        assert [(n.node.node_id, n.score) for n in nodes] == [(h.chunk.id, h.score) for h in plain]
    assert nodes[0].node.metadata["path"] == "総務課/手当.md"


@given(st.floats(0, 1), st.floats(0, 1))
def test_words_are_trusted_more_the_more_of_the_question_they_cover(one: float, other: float):
    low, high = sorted((one, other))
    assert 0 < Ranking().trust(low) <= Ranking().trust(high) < 1


ASKED = "質問,回答\n{}\n".format(
    "\n".join(f"{thing}を受け取ってもらえますか,窓口でお受けします。" for thing in ("書類", "申請書", "届出"))
)
TOLD = "# 避難所の運営\n\n## 報道・ボランティア\n\n物資の寄付は、個人からの小口のものを受け取らない。服や毛布の寄付も断る。\n"


def test_a_statement_is_not_behind_questions_that_only_sound_alike(put, sync, settings, embedder):
    put("防災課/運営.md", TOLD)
    put("市民課/FAQ.csv", ASKED)
    sync()
    found = open_edition(settings.data)
    heads = {chunk.question is not None: found.asking[n] for n, chunk in enumerate(found.catalog.chunks(range(4)))}
    assert heads == {True: True, False: False}
    question = asking("着なくなった服の寄付を受け取ってもらえますか")
    assert search(found, embedder, question)[0].chunk.document.path == "防災課/運営.md"
    alike = Ranking(telling=Ranking().asking, telling_lead=0.0)
    assert search(found, embedder, question, ranking=alike)[0].score <= 1
    first, before = (
        next(hit.meaning for hit in search(found, embedder, question, ranking=r) if "服" in hit.chunk.text)
        for r in (Ranking(), alike)
    )
    assert first > before
