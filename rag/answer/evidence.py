"""Evidence for the best passage: what can be known of it without knowing the right answer, and means the same for every question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import fmean

from rag.answer.extract import Passage, meets_conditions, rows_meant
from rag.figures import figures
from rag.retrieval import Hits
from rag.text import normalise

VERSION = 6
"""Raise it when a feature means something else than before: what was calibrated with the old meaning is then not used any more."""

# Of 37 kinds of evidence these separated right from wrong answers best on unseen folds of 386 development questions that have a
# passage, together with one another, and mean the same in a library of one document: AUC .771, all 37 .770, the score of the passage with
# the share of the question's subject that its chunk says, its words and its meaning .740. With the passages chosen as they are now it is
# .834 on 666. A choice among many flatters itself; ``eval calibrate`` says what is reached on questions that took no part.
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
    the next best chunks hold one of its figures. ``place``: 1 / the place of its chunk among the hits, 0 for what is only referred to. Rows
    that are quoted together (``rows_meant``) count as one.
    """

    values: tuple[float, ...]
    conditions: bool


def evidence(question: str, hits: Hits, passages: Sequence[Passage]) -> Evidence:
    """The evidence for the best of ``passages``, of which there must be one. ``question`` is complete."""
    question, best = normalise(question), passages[0]
    chunks = {passage.chunk.id: passage for passage in reversed(passages)}  # the best passage of each
    together = {best.chunk.id, *(row.chunk.id for row in rows_meant(passages))}  # quoted with it, so no rivals
    others = sorted((p for id_, p in chunks.items() if id_ not in together), key=lambda passage: -passage.score)
    leads = [best.score - passage.score for passage in others[:_RIVALS]]
    places = [1 / place for place, hit in enumerate(hits, start=1) if hit.chunk.id in together]
    conditions = meets_conditions(question, best)
    values = {
        "judged": best.score,
        "margin": min(fmean([*leads, *[_USUAL] * (_RIVALS - len(leads))]), _FAR),
        "agreed": _agreed(best, others),
        "place": max(places, default=0.0),
        "conditions": float(conditions),
    }
    return Evidence(tuple(float(values[name]) for name in FEATURES), conditions)


def _agreed(best: Passage, others: Sequence[Passage]) -> float:
    """The share of the next best chunks whose best passage holds one of the figures of ``best``; 0 if it has none."""
    own = _figures(best)
    return fmean([bool(own & _figures(other)) for other in islice(others, _WITNESSES)]) if own and others else 0.0


def _figures(passage: Passage) -> frozenset[tuple[object, str]]:
    return frozenset((figure.kind, figure.value) for figure in figures(normalise(passage.quote)))
