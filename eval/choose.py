"""Learn how much each kind of evidence for a chunk counts, from the dev half of a set: which of two chunks settles a question.

A logistic regression over the differences between a right and a wrong chunk of one question, without intercept, every
question counting the same (RankNet's loss with a linear score, Burges et al., ICML 2005). Weights are not negative, since
every kind of evidence speaks for a chunk, and add up to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from eval.cases import Case, question_of, quoted, said
from eval.measures import interval
from eval.values import says
from rag.answer.judge import EVIDENCE, HITS
from rag.assistant import Assistant
from rag.domain import Chunk

_FOLDS = 10
_STRENGTH = 1.0  # inverse of the L2 penalty; .1 is worse on unseen folds by .02
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """The evidence for every chunk that was found for a question, a row each, and which of them settle it."""

    evidence: _Floats
    right: npt.NDArray[np.bool_]


def observe(assistant: Assistant, cases: Sequence[Case], day: date) -> list[Choice]:
    """The choices that the answerable ones of these cases leave."""
    choices = []
    for case in cases:
        if case.answerable:
            question = question_of(case, day)
            hits = assistant.search(question, HITS)
            evidence = np.array(assistant.choices(question, hits), float).reshape(-1, len(EVIDENCE))
            choices.append(Choice(evidence, np.array([_settles(case, hit.chunk) for hit in hits], bool)))
    return choices


def learn(choices: Sequence[Choice]) -> _Floats:
    """Weights in the order of ``EVIDENCE``."""
    pairs, shares = [], []
    for choice in choices:
        differences = (choice.evidence[choice.right][:, None] - choice.evidence[~choice.right][None]).reshape(
            -1, len(EVIDENCE)
        )
        pairs.append(differences)
        shares.append(np.full(len(differences), 1 / max(len(differences), 1)))
    x, share = np.concatenate(pairs), np.concatenate(shares)
    scale = np.maximum(x.std(axis=0), 1e-6)
    regression = LogisticRegression(C=_STRENGTH, fit_intercept=False, max_iter=1000)
    mirrored = np.concatenate([x, -x]) / scale
    regression.fit(mirrored, np.repeat([True, False], len(x)), sample_weight=np.tile(share, 2))
    weights = np.maximum(regression.coef_[0] / scale, 0)
    result: _Floats = weights / weights.sum()
    return result


def report(choices: Sequence[Choice]) -> dict[str, Any]:
    """How often the first chunk, and one of the first two, is right, with weights learned from other questions."""
    first = second = 0
    for train, test in KFold(_FOLDS, shuffle=True, random_state=0).split(np.arange(len(choices))):
        weights = learn([choices[i] for i in train])
        for choice in (choices[i] for i in test):
            order = np.argsort(-(choice.evidence @ weights), kind="stable")
            first += bool(choice.right[order[:1]].any())
            second += bool(choice.right[order[:2]].any())
    return {
        "questions": len(choices),
        "right_among_hits": interval(sum(bool(choice.right.any()) for choice in choices), len(choices)),
        "right_first": interval(first, len(choices)),
        "right_in_two": interval(second, len(choices)),
    }


def as_json(weights: _Floats, provenance: dict[str, Any]) -> dict[str, Any]:
    """What ``judge.json`` holds."""
    return {
        "weights": {name: round(float(weight), 4) for name, weight in zip(EVIDENCE, weights, strict=True)},
        "measured": provenance,
    }


def _settles(case: Case, chunk: Chunk) -> bool:
    text = said(chunk)
    return quoted(case, chunk) or (chunk.document.path in case.gold and all(says(text, fact) for fact in case.facts))
