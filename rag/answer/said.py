"""How much of a question a text says in whatever words: a word itself, a synonym of the dictionary, or a word of like meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.synonyms import Synonyms, synonyms
from rag.text import question_words, tokens

if TYPE_CHECKING:
    from rag.edition import Edition
    from rag.edition.terms import Terms
    from rag.embedding import Embedder, Matrix


def words_in(text: str) -> frozenset[str]:
    """The content words of a text."""
    return frozenset(tokens(text))


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a question against those of some texts: how strongly each says each, in 0..1.

    ``own``: 1 for a word that the question says itself, 0 for one that a follow-up took over.
    """

    words: tuple[str, ...]
    rarity: Matrix
    own: Matrix
    columns: dict[str, int]
    strength: Matrix
    synonyms: tuple[tuple[tuple[int, ...], tuple[tuple[tuple[str, float], ...], float]], ...]
    """For a term of the question its words, and another term (its words with their share of its rarity) with its weight."""
    terms: Terms

    @classmethod
    def of(
        cls,
        question: str,
        texts: Iterable[frozenset[str]],
        edition: Edition,
        embedder: Embedder,
        own: str | None = None,
    ) -> Said:
        """Prepare a question, in normal form, for texts of these words. ``own``: what it says itself, if that is not all."""
        words = tuple(dict.fromkeys(question_words(question)))
        others = tuple(frozenset().union(*texts))
        columns_of = {word: column for column, word in enumerate(others)}
        strength = np.zeros((len(words), len(others)), np.float32)
        floor = embedder.word_floor
        if edition.meanings is not None and floor is not None and words and others:
            cosines = edition.meanings.cosines(edition.meanings.embed(words, embedder), others)
            strength = np.clip((cosines - floor) / (1 - floor), 0, 1)
        for number, word in enumerate(words):
            if word in columns_of:
                strength[number, columns_of[word]] = 1.0
        rarity = np.array([edition.terms.rarity(word) for word in words], np.float32)
        of_its_own = frozenset(words if own is None else question_words(own))
        itself = np.array([word in of_its_own for word in words], np.float32)
        return cls(
            words,
            rarity,
            itself if itself.any() else np.ones_like(itself),
            columns_of,
            strength,
            _alternatives(synonyms(question, edition.dictionary), words, edition.terms),
            edition.terms,
        )

    def strengths(self, text: frozenset[str]) -> Matrix:
        """For every word of the question how strongly a text of these words says it."""
        columns = [self.columns[word] for word in text if word in self.columns]
        best = self.strength[:, columns].max(axis=1, initial=0.0) if columns else np.zeros(len(self.words), np.float32)
        for own, (other, weight) in self.synonyms:
            if share := weight * sum(part for word, part in other if word in text):
                best[list(own)] = np.maximum(best[list(own)], share)
        return best

    def share(self, strengths: Matrix) -> float:
        """The share in 0..1 of the question, weighted by rarity, that is said with these strengths."""
        return _share(self.rarity, strengths)

    def own_share(self, strengths: Matrix) -> float:
        """The same of what the question says itself."""
        return _share(self.rarity * self.own, strengths)

    def share_of(self, text: frozenset[str]) -> float:
        """The share in 0..1 of a text of these words, weighted by rarity, that the question says; 0.5 of no words."""
        if not text:
            return 0.5
        rarity = [self.terms.rarity(word) for word in text]
        said = [
            max(
                float(self.strength[:, self.columns[word]].max(initial=0.0)) if word in self.columns else 0.0,
                *(weight for _, (other, weight) in self.synonyms if any(word == own for own, _ in other)),
                0.0,
            )
            for word in text
        ]
        return sum(r * s for r, s in zip(rarity, said, strict=True)) / max(sum(rarity), 1e-9)


def _share(rarity: Matrix, strengths: Matrix) -> float:
    return min(float((rarity * strengths).sum() / max(float(rarity.sum()), 1e-9)), 1.0)


def _alternatives(
    terms: Sequence[Synonyms], words: Sequence[str], index: Terms
) -> tuple[tuple[tuple[int, ...], tuple[tuple[tuple[str, float], ...], float]], ...]:
    found = []
    for term in terms:
        own = tuple(number for number, word in enumerate(words) if word in term.term)
        for other, weight in term.others:
            rarity = [index.rarity(word) for word in other]
            shares = tuple((word, r / sum(rarity)) for word, r in zip(other, rarity, strict=True))
            if own:
                found.append((own, (shares, weight)))
    return tuple(found)
