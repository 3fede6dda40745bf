import math
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.edition.terms import Terms, TokenisedChunk, write_terms


def chunks(*rows: tuple[list[str], list[str]]) -> list[TokenisedChunk]:
    return [TokenisedChunk(position, head, body) for position, (head, body) in enumerate(rows)]


@pytest.fixture
def terms(tmp_path: Path) -> Terms:
    write_terms(tmp_path / "terms", chunks((["手数"], ["住民", "票"]), (["住民"], ["印鑑"]), ([], ["ごみ", "収集"])))
    return Terms(tmp_path / "terms")


def test_every_chunk_has_a_score_and_only_matching_ones_a_positive_one(terms: Terms):
    scores = terms.score(["住民"])
    assert scores.bm25.shape == scores.coverage.shape == (3,)
    assert list(scores.bm25 > 0) == [True, True, False]


def test_coverage_is_the_share_of_the_question_weighted_by_rarity(terms: Terms):
    coverage = terms.score(["住民", "票", "為替"]).coverage
    total = terms.rarity("住民") + terms.rarity("票") + terms.rarity("為替")
    assert coverage[0] == pytest.approx((terms.rarity("住民") + terms.rarity("票")) / total)
    assert coverage[2] == 0
    assert terms.rarity("為替") > terms.rarity("票") > terms.rarity("住民")


def test_unknown_words_and_no_words_score_nothing(terms: Terms):
    assert not terms.score(["為替"]).bm25.any()
    assert not terms.score([]).bm25.any()


def test_an_edition_without_words_can_be_opened(tmp_path: Path):
    write_terms(tmp_path / "empty", [])
    write_terms(tmp_path / "blank", chunks(([], [])))
    assert Terms(tmp_path / "empty").score(["住民"]).bm25.shape == (0,)
    assert list(Terms(tmp_path / "blank").score(["住民"]).bm25) == [0]


ROW = st.tuples(*[st.lists(st.sampled_from("住民票印鑑登録税"), max_size=8)] * 2)
CORPUS = st.dictionaries(st.integers(0, 15), ROW, max_size=10)


@given(CORPUS, CORPUS, st.sets(st.integers(0, 15)), st.lists(st.sampled_from("住民票印鑑無"), min_size=1, max_size=4))
def test_a_derived_index_scores_like_one_built_at_once(before, added, removed, question):
    removed &= set(before)
    added = {position: row for position, row in added.items() if position not in before or position in removed}
    after = {p: row for p, row in before.items() if p not in removed} | added
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_terms(folder / "a", [TokenisedChunk(p, *row) for p, row in before.items()])
        write_terms(folder / "b", [TokenisedChunk(p, *row) for p, row in added.items()], folder / "a", removed)
        write_terms(folder / "c", [TokenisedChunk(p, *row) for p, row in after.items()])
        derived, whole = Terms(folder / "b"), Terms(folder / "c")
        assert derived.chunks == whole.chunks == len(after)
        one, other = derived.score(question), whole.score(question)
        for position, (head, body) in after.items():
            assert one.bm25[position] == pytest.approx(other.bm25[position], abs=1e-5)
            assert one.coverage[position] == pytest.approx(other.coverage[position], abs=1e-5)
            expected = sum(
                lucene(w, [r[i] for r in after.values()], row) for w in question for i, row in enumerate((head, body))
            )
            assert one.bm25[position] == pytest.approx(expected, abs=1e-4)


def lucene(word: str, rows: list[list[str]], row: list[str]) -> float:
    """BM25 of one word in one field, spelled out."""
    frequency = sum(word in other for other in rows)
    average = sum(map(len, rows)) / len(rows) or 1
    idf = math.log(1 + (len(rows) - frequency + 0.5) / (frequency + 0.5))
    count = row.count(word)
    return idf * count / (count + 1.5 * (0.25 + 0.75 * len(row) / average))
