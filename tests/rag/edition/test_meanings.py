from pathlib import Path

import numpy as np
import pytest

from rag.edition.meanings import Meanings, write_meanings
from rag.edition.terms import Terms, TokenisedChunk, write_terms
from rag.embedding import BuiltInEmbedder
from rag.synonyms import Synonyms

WORDS = ["赤ちゃん", "乳児", "道路", "12", "工事"]


class Counting(BuiltInEmbedder):
    """The real model, which remembers what it was asked to embed."""

    def __init__(self) -> None:
        super().__init__()
        self.embedded: list[str] = []

    def passages(self, texts):
        self.embedded += texts
        return super().passages(texts)


@pytest.fixture(scope="module")
def model() -> Counting:
    return Counting()


def index(folder: Path, words: list[str], before: Path | None = None, first: int = 0) -> Path:
    write_terms(folder, [TokenisedChunk(first + n, [], [word]) for n, word in enumerate(words)], before)
    return folder


def test_words_of_like_meaning_are_near_and_numbers_are_near_to_nothing(tmp_path: Path, model: Counting):
    terms = index(tmp_path / "terms", WORDS)
    write_meanings(terms, model, [])
    (near,) = Meanings(terms).nearest(model.passages(["赤ん坊"]), 0.3, 2)
    assert {word for word, _ in near} == {"赤ちゃん", "乳児"}
    assert "12" not in {word for row in Meanings(terms).nearest(model.passages(["13"]), -1.0, 4) for word, _ in row}
    exact = float(model.passages(["赤ん坊"])[0] @ model.passages(["乳児"])[0])
    assert dict(near)["乳児"] == pytest.approx(exact, abs=0.01)


def test_only_new_words_are_embedded(tmp_path: Path, model: Counting):
    first = index(tmp_path / "a", WORDS)
    write_meanings(first, model, [])
    second = index(tmp_path / "b", ["乳児", "納税"], first, len(WORDS))
    model.embedded.clear()
    write_meanings(second, model, [tmp_path / "missing", first])
    assert model.embedded == ["納税"]
    whole = index(tmp_path / "c", [*WORDS, "納税"])
    write_meanings(whole, model, [])
    assert (np.load(second / "meanings.npy") == np.load(whole / "meanings.npy")).all()


def test_an_empty_index_has_no_meanings(tmp_path: Path, model: Counting):
    terms = index(tmp_path / "terms", [])
    write_meanings(terms, model, [])
    assert Meanings(terms).nearest(model.passages(["税"]), 0.0, 5) == [[]]


def test_what_a_chunk_says_in_other_words_counts_less_than_the_word_itself(tmp_path: Path):
    terms = Terms(index(tmp_path / "terms", ["紛失", "再交付", "無くす", "税"]))
    known = Synonyms(("無くす",), ((("紛失",), 0.5),))
    said = terms.said(["無くす"], {"無くす": [("再交付", 0.25)]}, [known])
    assert said.tolist() == [0.5, 0.25, 1.0, 0.0]
    assert terms.said(["無くす"], {}, []).tolist() == [0, 0, 1, 0]
    assert terms.said([], {}, [known]).tolist() == [0, 0, 0, 0]
    half = terms.said(["無くす", "税"], {}, [Synonyms(("無くす",), ((("紛失", "再交付"), 1.0),))])
    assert half.tolist() == [0.25, 0.25, 0.5, 0.5]
