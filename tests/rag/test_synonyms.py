from pathlib import Path

import pytest

from rag.errors import InvalidSettings
from rag.synonyms import FILE, load_dictionary, synonyms


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


@pytest.mark.parametrize("line", ["国保", "甲 = ", "甲 > ", "甲 = 乙 > 丙", "甲 = 乙 @2 = 丙 >"])
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, line: str):
    file = tmp_path / "own.txt"
    file.write_text(f"# よい行\n国保 = 国民健康保険\n{line}\n", encoding="utf-8")
    with pytest.raises(InvalidSettings, match=r"own\.txt:3"):
        load_dictionary(file)
