"""Evidence for the best passage: what can be known of it without knowing the right answer, and means the same for every question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import fmean
from typing import TYPE_CHECKING

from rag.answer.extract import Passage, meets_conditions
from rag.domain import Chunk
from rag.figures import figures
from rag.retrieval import Hits
from rag.text import normalise, question_words

if TYPE_CHECKING:
    from rag.edition import Edition
    from rag.embedding import Embedder

VERSION = 4
"""Raise it when a feature means something else than before: what was calibrated with the old meaning is then not used any more."""

# Of 37 kinds of evidence these separate right from wrong answers best on unseen folds of the 386 development questions that have a
# passage, together with one another: AUC .780, and of the surest fifth 88 % are right. The score of the passage, the share of the
# question's subject that its chunk says, its words and its meaning: .740 and 79 %. All 37: .770. A choice among many flatters itself;
# ``eval calibrate`` says what is reached on questions that took no part.
FEATURES = ("judged", "margin", "agreed", "place", "conditions", "rarest", "head")
_RIVALS = 3  # the next best chunks, whose mean the best one is held against
_WITNESSES = 5  # the next best chunks, which may hold the same figure
_FAR = 0.3  # the margin where there is nothing else


@dataclass(frozen=True, slots=True)
class Evidence:
    """``values`` in the order of ``FEATURES``; ``conditions``: whether the passage says every condition that the question names.

    ``judged``: the score of the passage (``judge``). ``margin``: how far it stands above the next best chunks. ``agreed``: how many of
    the next best chunks hold one of its figures. ``place``: 1 / the place of its chunk among the hits, 0 for what is only referred to.
    ``rarest``: how rare the rarest word of the question is; 1 where the documents do not have it. ``head``: the cosine of the question and the head of the chunk.
    """

    values: tuple[float, ...]
    conditions: bool


def evidence(question: str, hits: Hits, passages: Sequence[Passage], edition: Edition, embedder: Embedder) -> Evidence:
    """The evidence for the best of ``passages``, of which there must be one. ``question`` is complete."""
    question, best = normalise(question), passages[0]
    chunks = {passage.chunk.id: passage for passage in reversed(passages)}  # the best passage of each
    others = sorted((p for id_, p in chunks.items() if id_ != best.chunk.id), key=lambda passage: -passage.score)
    rivals = [passage.score for passage in others[:_RIVALS]]
    places = [hit.chunk.id for hit in hits]
    conditions = meets_conditions(question, best)
    values = {
        "judged": best.score,
        "margin": best.score - fmean(rivals) if rivals else _FAR,
        "agreed": _agreed(best, others),
        "place": 1 / (1 + places.index(best.chunk.id)) if best.chunk.id in places else 0.0,
        "conditions": float(conditions),
        "rarest": _rarest(question, edition),
        "head": _head(question, best.chunk, edition, embedder),
    }
    return Evidence(tuple(float(values[name]) for name in FEATURES), conditions)


def _rarest(question: str, edition: Edition) -> float:
    unknown = edition.terms.rarity("")  # no word is empty
    return max((edition.terms.rarity(word) for word in question_words(question)), default=0.0) / unknown


def _agreed(best: Passage, others: Sequence[Passage]) -> float:
    """The share of the next best chunks whose best passage holds one of the figures of ``best``; 0 if it has none."""
    own = _figures(best)
    return fmean([bool(own & _figures(other)) for other in islice(others, _WITNESSES)]) if own and others else 0.0


def _figures(passage: Passage) -> frozenset[tuple[object, str]]:
    return frozenset((figure.kind, figure.value) for figure in figures(normalise(passage.quote)))


def _head(question: str, chunk: Chunk, edition: Edition, embedder: Embedder) -> float:
    """The cosine of the question and the head of a chunk; 0 where the vectors are those of another model."""
    if edition.catalog.meta.fingerprint != embedder.fingerprint:
        return 0.0
    head, _ = edition.chunk_vectors([chunk])[chunk.id]
    return float(head @ embedder.query(question))
