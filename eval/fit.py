"""Fit the confidence of a reply on the dev half of a set and report the other half.

What is fitted is the probability that the extractive answer is *correct*, not that the question has an answer: a right
passage quoted wrongly must lower it too. The two thresholds are the lowest ones that keep the share of wrong answers among
those given, on cross-fitted predictions of the dev half, below what was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from eval.cases import Case, Outcome, grade, question_of
from eval.measures import interval
from rag.answer import extract
from rag.answer.confidence import FEATURES, Model, features
from rag.assistant import Assistant
from rag.domain import Confidence

_FOLDS = 5
_STRENGTH = 0.1  # inverse of the L2 penalty on standardised features; 1.0 is worse on unseen folds by .002 of AUC
_CERTAIN = Confidence("stated", 1.0)


@dataclass(frozen=True, slots=True)
class Observation:
    """A case, the evidence for its best passage (None: nothing was found), and how the answer would be graded."""

    case: Case
    evidence: tuple[float, ...] | None
    outcome: Outcome
    hit_at_1: bool
    hit_at_5: bool


def observe(assistant: Assistant, cases: Sequence[Case], day: date) -> tuple[Observation, ...]:
    """Answer every case without any threshold and look at the evidence."""
    return tuple(_observe(assistant, case, day) for case in cases)


def fit(observations: Sequence[Observation], most_wrong: float, most_wrong_stated: float) -> Model:
    """Fit weights and thresholds. ``most_wrong``: share of wrong ones among the answers given."""
    seen = [o for o in observations if o.evidence is not None]
    x = np.array([o.evidence for o in seen])
    y = np.array([o.outcome == "correct" for o in seen])
    mean, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-6)
    regression = LogisticRegression(C=_STRENGTH, class_weight=None, max_iter=1000)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    unseen = cross_val_predict(regression, (x - mean) / scale, y, cv=folds, method="predict_proba")[:, 1]
    regression.fit((x - mean) / scale, y)
    weights = regression.coef_[0] / scale
    return Model(
        weights=tuple(map(float, weights)),
        intercept=float(regression.intercept_[0] - (weights * mean).sum()),
        inferred=_threshold(unseen, y, most_wrong),
        stated=_threshold(unseen, y, most_wrong_stated),
    )


def report(observations: Sequence[Observation], model: Model) -> dict[str, Any]:
    """How the model does on these cases."""
    values = np.array([_value(o, model) for o in observations])
    answered = values >= model.inferred
    correct = np.array([o.outcome == "correct" for o in observations])
    answerable = np.array([o.case.answerable for o in observations])
    given = int(answered.sum())
    right = int((answered & correct).sum())
    return {
        "cases": len(observations),
        "answered": given,
        "correct": right,
        "wrong": given - right,
        "abstained": len(observations) - given,
        "answer_rate": interval(int((answered & answerable).sum()), int(answerable.sum())),
        "answer_accuracy": interval(right, given),
        "refusal_recall": interval(int((~answered & ~answerable).sum()), int((~answerable).sum())),
        "source_hit@1": interval(sum(o.hit_at_1 for o in observations), int(answerable.sum())),
        "source_hit@5": interval(sum(o.hit_at_5 for o in observations), int(answerable.sum())),
        "correct_without_threshold": interval(int(correct.sum()), int(answerable.sum())),
        "auc": round(float(roc_auc_score(correct, values)), 3),
    }


def as_json(model: Model, provenance: dict[str, Any]) -> dict[str, Any]:
    """What ``confidence.json`` holds."""
    return {
        "weights": {name: round(weight, 5) for name, weight in zip(FEATURES, model.weights, strict=True)},
        "intercept": round(model.intercept, 5),
        "inferred": round(model.inferred, 5),
        "stated": round(model.stated, 5),
        "measured": provenance,
    }


def _observe(assistant: Assistant, case: Case, day: date) -> Observation:
    question = question_of(case, day)
    hits = assistant.search(question)
    passages = assistant.passages(question, hits)
    gold = {source.path for source in case.sources}
    paths = [hit.chunk.document.path for hit in hits]
    found = bool(gold & set(paths[:1])), bool(gold & set(paths[:5]))
    if not passages:
        return Observation(case, None, "abstained", *found)
    outcome = grade(case, extract.compose(passages, hits, _CERTAIN))
    return Observation(case, features(hits, passages), outcome, *found)


def _value(observation: Observation, model: Model) -> float:
    if observation.evidence is None:
        return 0.0
    return float(1 / (1 + np.exp(-(np.dot(model.weights, observation.evidence) + model.intercept))))


def _threshold(values: npt.NDArray[np.float64], correct: npt.NDArray[np.bool_], most_wrong: float) -> float:
    """The lowest value above which at most this share is wrong; just above all values if there is none."""
    for threshold in np.unique(values):
        given = values >= threshold
        if (~correct[given]).mean() <= most_wrong:
            return float(threshold)
    return float(values.max()) + 1e-6
