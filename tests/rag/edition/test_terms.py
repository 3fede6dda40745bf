from pathlib import Path

import pytest

from rag.edition.terms import Terms, write_terms


@pytest.fixture
def terms(tmp_path: Path) -> Terms:
    write_terms(tmp_path / "terms", [(["手数"], ["住民", "票"]), (["住民"], ["印鑑"]), ([], ["ごみ", "収集"])])
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
    write_terms(tmp_path / "blank", [([], [])])
    assert Terms(tmp_path / "empty").score(["住民"]).bm25.shape == (0,)
    assert list(Terms(tmp_path / "blank").score(["住民"]).bm25) == [0]
