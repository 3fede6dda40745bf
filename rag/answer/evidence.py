"""Evidence for the best passage: what can be known of it without knowing the right answer, and means the same for every question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.answer.extract import Passage, meets_conditions
from rag.domain import Chunk
from rag.question_parts import take_apart
from rag.retrieval import Hits
from rag.synonyms import synonyms
from rag.text import normalise, tokens

if TYPE_CHECKING:
    from rag.edition import Edition
    from rag.embedding import Embedder

VERSION = 3
"""Raise it when a feature means something else than before: what was calibrated with the old meaning is then not used any more."""

# Of twenty kinds of evidence these separate right from wrong answers best on unseen folds of the 212 development questions of our
# own set, together with one another: AUC .763 (how the judge scored the passage, how far retrieval put its chunk above the others
# and the subject alone: .732; the judge's score alone .737). A choice among many flatters itself; ``eval calibrate`` says what is
# reached on questions that took no part.
FEATURES = ("judged", "subject", "first", "meaning", "words")
_UNKNOWN = 0.5  # a question without a subject says nothing of whether it is met
_NEAR_WORDS = 30  # as in retrieval


@dataclass(frozen=True, slots=True)
class Evidence:
    """``values`` in the order of ``FEATURES``; ``conditions``: whether the passage says every condition that the question names.

    ``judged``: the score of the passage (``judge``). ``subject``: the share of the question's subject, weighted by rarity, that the
    chunk says in whatever words. ``first``: whether retrieval put its chunk first, too. ``meaning``: the cosine of question and chunk.
    ``words``: the share of the question that the passage itself says in whatever words. The last two are part of ``judged``, too,
    and are fitted with weights below zero: a passage on the same matter that settles something else has much of both.
    """

    values: tuple[float, ...]
    conditions: bool


def evidence(question: str, hits: Hits, passages: Sequence[Passage], edition: Edition, embedder: Embedder) -> Evidence:
    """The evidence for the best of ``passages``, of which there must be one. ``question`` is complete."""
    best = passages[0]
    values = {
        "judged": best.score,
        "subject": _subject(normalise(question), best.chunk, edition, embedder),
        "first": float(bool(hits) and hits[0].chunk.id == best.chunk.id),  # what is only referred to was not found
        "meaning": best.meaning,
        "words": best.words,
    }
    return Evidence(tuple(values[name] for name in FEATURES), meets_conditions(question, best))


def _subject(question: str, chunk: Chunk, edition: Edition, embedder: Embedder) -> float:
    """The share in 0..1 of the question's subject, weighted by rarity, that a chunk says: itself, by the dictionary, or nearly."""
    subject = list(dict.fromkeys(word for part in take_apart(question).subject for word in tokens(part)))
    if not subject:
        return _UNKNOWN
    says = set(
        tokens(" ".join([chunk.text, chunk.question or "", *chunk.heading, *chunk.columns, chunk.document.title]))
    )
    strength = dict.fromkeys(subject, 0.0) | _nearly(subject, says, edition, embedder)
    for known in synonyms(question, edition.dictionary):
        best = max((weight for other, weight in known.others if says.issuperset(other)), default=0.0)
        strength |= {word: max(strength[word], best) for word in known.term if word in strength}
    rarity = {word: edition.terms.rarity(word) for word in subject}
    said = sum(weight * (1.0 if word in says else strength[word]) for word, weight in rarity.items())
    return float(said / max(sum(rarity.values()), 1e-9))


def _nearly(words: list[str], says: set[str], edition: Edition, embedder: Embedder) -> dict[str, float]:
    """For every word how near the nearest one of like meaning is that is said, from 0 (at the model's floor) to 1."""
    floor = embedder.word_floor
    if floor is None or edition.meanings is None:
        return {}
    nearest = edition.meanings.nearest(embedder.passages(words), floor, _NEAR_WORDS)
    return {
        word: max(((cosine - floor) / (1 - floor) for other, cosine in others if other in says), default=0.0)
        for word, others in zip(words, nearest, strict=True)
    }
