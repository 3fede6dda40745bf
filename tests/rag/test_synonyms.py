import os
from pathlib import Path

import pytest

from rag.edition import open_edition
from rag.errors import InvalidSettings
from rag.retrieval import search
from rag.synonyms import FILE, load_dictionary, reworded, synonyms
from tests.conftest import asking


def others(question: str) -> set[str]:
    return {"".join(words) for term in synonyms(question) for words, _ in term.others}


def test_the_dictionary_is_read_whole():
    terms = load_dictionary(FILE)
    assert len(terms) > 2000
    assert all(0 < weight <= 1 for known in terms.values() for weight in known.values())
    assert all(term not in known for term, known in terms.items())


def test_what_is_the_same_is_found_from_both_sides_and_what_may_be_meant_from_one():
    terms = load_dictionary(FILE)
    assert "国民健康保険" in terms["国保"] and "国保" in terms["国民健康保険"]
    assert "紛失" in terms["なくした"] and "なくした" not in terms["紛失"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("転入", "転出"), ("児童手当", "児童扶養手当"), ("罹災証明書", "被災証明書"), ("印鑑登録", "印鑑登録の廃止")],
)
def test_what_is_alike_but_different_stays_apart(one: str, other: str):
    terms = load_dictionary(FILE)
    assert other not in terms.get(one, {}) and one not in terms.get(other, {})


def test_terms_are_found_in_any_inflection():
    assert "再交付" in others("予診票をなくしちゃったんですけど")
    assert "再交付" in others("手帳をなくしました")


def test_the_longest_term_counts_alone():
    found = synonyms("限度額適用認定証がほしい")
    assert [term.term for term in found] == [term.term for term in synonyms("限度額適用認定証")]


def test_a_denied_verb_is_another_verb():
    assert "可燃ごみ" not in others("燃えないごみの日") and "不燃ごみ" not in others("燃えるごみの日")


def test_a_question_without_known_terms_has_none():
    assert synonyms("") == () and synonyms("xyz 123") == ()


def test_a_question_is_reworded_in_the_words_that_stand_best_for_its_terms(tmp_path: Path):
    assert reworded("赤ちゃんの服はＡで") == "乳児の服はaで"
    assert reworded("天気は") == "天気は"
    own = tmp_path / "own.txt"
    own.write_text("みらパス = 未来市民証\n", encoding="utf-8")
    assert reworded("みらパスと赤ちゃんとみらパス", own) == "未来市民証と乳児と未来市民証"


@pytest.mark.parametrize("line", ["国保", "甲 = ", "甲 > ", "甲 = 乙 > 丙", "甲 = 乙 @2 = 丙 >"])
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, line: str):
    file = tmp_path / "own.txt"
    file.write_text(f"# よい行\n国保 = 国民健康保険\n{line}\n", encoding="utf-8")
    with pytest.raises(InvalidSettings, match=r"own\.txt:3"):
        load_dictionary(file)


def test_a_municipality_adds_its_own_and_changes_count_at_once(tmp_path: Path):
    own = tmp_path / "dictionary.txt"
    assert not synonyms("みらパスの更新", own)
    own.write_text("みらパス = 未来市民証\n国保 > 国民年金 @0.2\n", encoding="utf-8-sig")
    found = {"".join(words): weight for term in synonyms("みらパスの更新", own) for words, weight in term.others}
    assert found == {"未来市民証": 0.7}
    assert {"国民健康保険", "国民年金"} <= {
        "".join(words) for term in synonyms("国保", own) for words, _ in term.others
    }
    own.write_text("みらパス\n", encoding="utf-8")
    os.utime(own, ns=(1, 1))
    with pytest.raises(InvalidSettings, match=r"dictionary\.txt:1"):
        synonyms("みらパスの更新", own)
    own.unlink()
    assert not synonyms("みらパスの更新", own)


def test_the_product_asks_the_own_dictionary(put, sync, settings, embedder):
    put(
        "市民課/証.csv",
        "質問,回答\n未来市民証の更新はどこでしますか,市民課の窓口で更新します。\n"
        + "".join(f"手続{n}の窓口はどこですか,{n}番窓口です。\n" for n in range(30)),
    )
    sync()
    edition = open_edition(settings.data)
    before = next(
        h.score
        for h in search(edition, embedder, asking("みらパスの更新の窓口"), 40)
        if "未来" in (h.chunk.question or "")
    )
    edition.dictionary.write_text("みらパス = 未来市民証 @1.0\n", encoding="utf-8")
    after = search(edition, embedder, asking("みらパスの更新の窓口"), 40)
    assert "未来市民証" in (after[0].chunk.question or "") and after[0].score > before


@pytest.mark.parametrize("question", ["川西に住む方", "二人がけの椅子", "アパートの大家", "夫婦の年金"])
def test_a_part_of_a_word_is_no_term(question: str):
    """川 is a river, がけ a cliff, パート a job and 夫 a husband, each in the dictionary, and none of them is spoken of."""
    assert all(term in load_dictionary(FILE) for term in ("がけ", "パート", "夫"))
    words = {word for term in synonyms(question) for word in term.term}
    assert not words & {"川", "がけ", "パート", "夫"}
    assert reworded(question).startswith(question[:2])


def test_what_is_said_in_full_is_not_said_twice():
    assert reworded("住民票の写しの手数料") == "住民票の写しの手数料"


def test_the_word_of_the_documents_is_not_replaced_by_another():
    """支払い may mean 支出, but documents that say 支払い say so."""
    assert reworded("住民税の支払い") != "住民税の支払い"
    known = {("支払い",): 5, ("支出",): 5}
    assert reworded("住民税の支払い", frequency=lambda words: known.get(tuple(words), 0)) == "住民税の支払い"
    known[("支出",)] = 6
    assert reworded("住民税の支払い", frequency=lambda words: known.get(tuple(words), 0)) == "住民税の支出"


@pytest.mark.parametrize("question", ["病院で診てもらったとき", "証明してもらうのは", "まだ受け付けてもらえるか"])
def test_a_verb_that_helps_another_is_no_term(question: str):
    assert "支給" in others("手当はもらえますか")
    assert "支給" not in others(question)


@pytest.mark.parametrize(
    ("question", "other"),
    [("２０２６年４月の手数料", "令和8年"), ("R8年度の納期", "2026年度"), ("平成三十年の改正", "2018年")],
)
def test_a_year_is_the_same_in_the_other_calendar(question: str, other: str):
    found = {"".join(words) for term in synonyms(question) for words, _ in term.others}
    assert other in found
