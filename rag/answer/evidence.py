"""Evidence for the best passage: what can be known of it without knowing the right answer, and means the same for every question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from rag.answer.extract import Passage, meets_conditions
from rag.answer.judge import words_of
from rag.retrieval import Hits
from rag.text import normalise, question_words

if TYPE_CHECKING:
    from rag.edition.terms import Terms

VERSION = 5
"""Raise it when a feature means something else than before: what was calibrated with the old meaning is then not used any more."""

# Of some 60 kinds of evidence these separate right from wrong answers best on unseen folds of the 395 development questions that have
# a passage, together with one another, and mean the same in a library of one document: AUC .788, and of the surest fifth 92 % are
# right. With how many of the next chunks hold the same figure and whether the passage names every condition, instead of what is
# missing and the words: .768 and 86 %. All of them: .790 and 89 %. A choice among many flatters itself; ``eval calibrate`` says what is
# reached on questions that took no part.
FEATURES = ("judged", "margin", "place", "words", "missing")
_RIVALS = 3  # the next best chunks, whose mean the best one is held against
# What a rival that is not there counts as: in a library of few documents all others are far, which says nothing. The median of the
# development questions is .07, and one in thirty has a larger margin than the second, above which it is not looked at.
_USUAL, _FAR = 0.1, 0.3


@dataclass(frozen=True, slots=True)
class Evidence:
    """``values`` in the order of ``FEATURES``; ``conditions``: whether the passage says every condition that the question names.

    ``judged``: the score of the passage (``judge``). ``margin``: how far it stands above the next best chunks. ``place``: 1 / the
    place of its chunk among the hits, 0 for what is only referred to. ``words``: the share of the question that the passage says.
    ``missing``: how rare the rarest word of the question is that none of the found chunks has; 1 for one that is nowhere in the edition.
    """

    values: tuple[float, ...]
    conditions: bool


def evidence(question: str, hits: Hits, passages: Sequence[Passage], terms: Terms) -> Evidence:
    """The evidence for the best of ``passages``, of which there must be one. ``question`` is complete; ``terms`` are the edition's."""
    question, best = normalise(question), passages[0]
    chunks = {passage.chunk.id: passage for passage in reversed(passages)}  # the best passage of each
    others = sorted((p for id_, p in chunks.items() if id_ != best.chunk.id), key=lambda passage: -passage.score)
    leads = [best.score - passage.score for passage in others[:_RIVALS]]
    places = [hit.chunk.id for hit in hits]
    values = {
        "judged": best.score,
        "margin": min(fmean([*leads, *[_USUAL] * (_RIVALS - len(leads))]), _FAR),
        "place": 1 / (1 + places.index(best.chunk.id)) if best.chunk.id in places else 0.0,
        "words": best.words,
        "missing": _missing(question, hits, terms),
    }
    return Evidence(tuple(float(values[name]) for name in FEATURES), meets_conditions(question, best))


def _missing(question: str, hits: Hits, terms: Terms) -> float:
    found = frozenset[str]().union(*(words_of(hit.chunk) for hit in hits))
    rarity = [terms.rarity(word) for word in question_words(question) if word not in found]
    return max(rarity, default=0.0) / terms.rarity("")
