"""Evidence for the best passage: what can be known of it without knowing the right answer, and means the same for every question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import fmean

from rag.answer.extract import Passage, meets_conditions
from rag.figures import figures
from rag.retrieval import Hits
from rag.text import normalise

VERSION = 5
"""Raise it when a feature means something else than before: what was calibrated with the old meaning is then not used any more."""

# Of 37 kinds of evidence these separate right from wrong answers best on unseen folds of the 386 development questions that have a
# passage, together with one another, and mean the same in a library of one document: AUC .771, and of the surest fifth 87 % are right.
# The score of the passage with the share of the question's subject that its chunk says, its words and its meaning: .740 and 79 %. All
# 37: .770. A choice among many flatters itself; ``eval calibrate`` says what is reached on questions that took no part.
FEATURES = ("judged", "margin", "agreed", "place", "conditions")
_RIVALS = 3  # the next best chunks, whose mean the best one is held against
# What a rival that is not there counts as: in a library of few documents all others are far, which says nothing. The median of the
# development questions is .07, and one in thirty has a larger margin than the second, above which it is not looked at.
_USUAL, _FAR = 0.1, 0.3
_WITNESSES = 5  # the next best chunks, which may hold the same figure


@dataclass(frozen=True, slots=True)
class Evidence:
    """``values`` in the order of ``FEATURES``; ``conditions``: whether the passage says every condition that the question names.

    ``judged``: the score of the passage (``judge``). ``margin``: how far it stands above the next best chunks. ``agreed``: how many of
    the next best chunks hold one of its figures. ``place``: 1 / the place of its chunk among the hits, 0 for what is only referred to.
    """

    values: tuple[float, ...]
    conditions: bool


def evidence(question: str, hits: Hits, passages: Sequence[Passage]) -> Evidence:
    """The evidence for the best of ``passages``, of which there must be one. ``question`` is complete."""
    question, best = normalise(question), passages[0]
    chunks = {passage.chunk.id: passage for passage in reversed(passages)}  # the best passage of each
    others = sorted((p for id_, p in chunks.items() if id_ != best.chunk.id), key=lambda passage: -passage.score)
    leads = [best.score - passage.score for passage in others[:_RIVALS]]
    places = [hit.chunk.id for hit in hits]
    conditions = meets_conditions(question, best)
    values = {
        "judged": best.score,
        "margin": min(fmean([*leads, *[_USUAL] * (_RIVALS - len(leads))]), _FAR),
        "agreed": _agreed(best, others),
        "place": 1 / (1 + places.index(best.chunk.id)) if best.chunk.id in places else 0.0,
        "conditions": float(conditions),
    }
    return Evidence(tuple(float(values[name]) for name in FEATURES), conditions)


def _agreed(best: Passage, others: Sequence[Passage]) -> float:
    """The share of the next best chunks whose best passage holds one of the figures of ``best``; 0 if it has none."""
    own = _figures(best)
    return fmean([bool(own & _figures(other)) for other in islice(others, _WITNESSES)]) if own and others else 0.0


def _figures(passage: Passage) -> frozenset[tuple[object, str]]:
    return frozenset((figure.kind, figure.value) for figure in figures(normalise(passage.quote)))
