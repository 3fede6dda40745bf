import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text import compact, is_asked, normalise, question_words, read_row, sentences, tokens

JAPANESE = st.text(alphabet=st.sampled_from("住民票の写し。！？\n 「」（）a1１Ａ⺠⼿​\u3000"), max_size=60)


def test_browser_printed_radicals_become_ideographs():
    assert normalise("住⺠票の写しの⼿数料、町⻑・⻄⻘") == "住民票の写しの手数料、町長・西青"


def test_width_case_and_invisible_characters_do_not_count():
    assert normalise("Ａ４ 様式第１号\u200b\U000e0041") == "A4 様式第1号"


def test_particles_are_dropped_and_forms_unified():
    assert tokens("引越しの手続き") == tokens("引っ越しの手続")
    assert "は" not in tokens("手数料はいくらですか") and "手数" in tokens("手数料はいくらですか")


def test_what_every_question_has_says_nothing_of_its_subject():
    assert question_words("転入届の期限はいつか教えてください") == tokens("転入届 期限")
    assert question_words("いつですか") == tokens("いつ")


@given(st.integers(0, 10**13), st.sampled_from(["{}円", "{}", "予算額は{}円です。", "人口\t{}\t世帯"]))
def test_a_number_is_one_word_with_and_without_separators_of_thousands(number: int, place: str):
    wide = str.maketrans("0123456789,", "０１２３４５６７８９，")
    bare = tokens(place.format(number))
    assert str(number) in bare
    assert tokens(place.format(f"{number:,}")) == bare
    assert tokens(place.format(f"{number:,}".translate(wide))) == bare
    assert question_words(place.format(f"{number:,}")) == question_words(place.format(number))


@given(st.lists(st.integers(0, 99), min_size=2, max_size=5))  # two digits: 1,234 is a number
def test_an_enumeration_is_no_number(numbers: list[int]):
    assert tokens(",".join(map(str, numbers))) == [str(number) for number in numbers]
    assert tokens("12,13日") == ["12", "13", "日"]


def test_a_text_longer_than_one_call_of_the_tokenizer():
    assert tokens("住民票。" * 20_000).count("住民") == 20_000
    assert tokens("住民票" * 20_000).count("住民") >= 19_990  # no place to cut: a word at a cut may be lost


def test_sentences_end_at_a_full_stop_but_not_within_quotation_marks():
    text = "「はい。」と答える。次へ\n(1) 申請書"
    assert [text[a:b] for a, b in sentences(text)] == ["「はい。」と答える。", "次へ", "(1) 申請書"]


@given(JAPANESE)
def test_sentences_lose_nothing_but_white_space(text: str):
    spans = sentences(text)
    assert "".join(text[a:b] for a, b in spans).replace(" ", "").replace("\u3000", "") == "".join(text.split())
    assert all(b <= c for (_, b), (c, _) in itertools.pairwise(spans))


@given(st.text(max_size=80))
def test_normalising_twice_changes_nothing(text: str):
    once = normalise(text)
    assert unicodedata.is_normalized("NFKC", once)
    assert normalise(once) == once
    assert " " not in compact(text)


def test_a_row_is_read_with_its_heads():
    assert read_row(("種別", "", "手数料"), "住民票\t窓口\t400円") == "種別: 住民票、窓口、手数料: 400円"
    assert read_row(("種別",), "a\t\tb") == "a、b"


@pytest.mark.parametrize(
    ("head", "asked"),
    [
        ("住民票の写しの手数料はいくらですか", True), ("券をなくしました。", True), ("引っ越すときは？", True), ("児童手当を受けたい", True),
        ("第3条（手数料の額）", False), ("ごみの出し方", False), ("別表第2 粗大ごみ処理手数料", False), ("", False),
    ],
)  # fmt: skip
def test_a_question_or_a_report_is_told_from_a_title(head: str, asked: bool):
    assert is_asked(head) is asked


def test_old_forms_of_kanji_and_two_spellings_of_one_word_are_one():
    assert tokens("國民健康保險の髙橋") == tokens("国民健康保険の高橋")
    assert tokens("ゴミの5%") == tokens("ごみの5パーセント")
    assert normalise("髙橋") == "髙橋"  # a name is shown as it is written
