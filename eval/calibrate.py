"""The dial of wrong answers: how sure a reply must be so that a promised share of wrong ones among those given is kept.

What is fitted is the probability that the extractive answer is *correct*, not that the question has an answer: a right passage quoted
wrongly must lower it too. What is promised is the share of wrong replies **among those given**, since that is what a clerk meets;
answering a question that has no answer is wrong. Every value that a threshold is chosen by comes from a model that has not seen its
question (cross-fitting), and the other half of the set, which takes no part, says whether the promise is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from eval.bounds import CONFIDENCE, between, choose, needed, upper
from eval.cases import Case, Half, Outcome, grade, half_of, question_of
from rag.answer import extract
from rag.answer.confidence import Model
from rag.assistant import Assistant
from rag.domain import Confidence
from rag.errors import InvalidQuestion, NotProven

_FOLDS = 5
_STRENGTH = 0.1  # inverse of the L2 penalty on standardised features; 1.0 is worse on unseen folds by .002 of AUC
_STATED = 0.75
"""Of the replies that are given at most this share is called stated; by judgement."""
_CERTAIN = Confidence("stated", 1.0)
_WISHES = [percent / 100 for percent in range(1, 51)]


@dataclass(frozen=True, slots=True)
class Observation:
    """A question, the evidence for its best passage (None: nothing was found), and how a reply would be graded."""

    id: str
    answerable: bool
    evidence: tuple[float, ...] | None
    conditions: bool
    outcome: Outcome

    @property
    def half(self) -> Half:
        return half_of(self.id)


@dataclass(frozen=True, slots=True)
class Point:
    """What would happen with a threshold: how many are answered, how many of them wrongly; ``upper``: the bound on that share."""

    threshold: float
    answered: int
    wrong: int
    upper: float


@dataclass(frozen=True, slots=True)
class Promise:
    """The share of wrong ones that was wished for, and the threshold that keeps it; None: none could be proven to."""

    wish: float
    chosen: Point | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """A model with what it promises of all replies and of those that are called stated, and the curve it was chosen from.

    Counts are of cross-fitted values. ``coverage``: the share of questions that was to be answered at most.
    """

    model: Model
    questions: int
    given: Promise
    stated: Promise
    curve: tuple[Point, ...]
    auc: float
    coverage: float = 1.0


@dataclass(frozen=True, slots=True)
class Counts:
    """What replies were like: ``answered`` of ``questions``, ``wrong`` of those; ``low`` and ``high``: the exact 95 % interval."""

    questions: int
    answered: int
    wrong: int

    @property
    def interval(self) -> tuple[float, float]:
        return between(self.wrong, self.answered)

    @property
    def rate(self) -> float | None:
        """The share of wrong ones among those given."""
        return self.wrong / self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class Realised:
    """How a model does on questions that took no part: all replies, those called stated, and refusals by kind of question."""

    given: Counts
    stated: Counts
    answerable: int
    answerable_answered: int
    auc: float | None


def observe(assistant: Assistant, cases: Sequence[Case], day: date) -> Iterator[Observation]:
    """Answer every case without any threshold and look at the evidence."""
    assistant.warm()
    for case in cases:
        question = question_of(case, day)
        try:
            hits = assistant.search(question)
        except InvalidQuestion:  # the assistant refuses it whatever the threshold
            yield Observation(case.id, case.answerable, None, False, "abstained")
            continue
        passages = assistant.passages(question, hits)
        found = assistant.evidence(question, hits, passages)
        if found is None:
            yield Observation(case.id, case.answerable, None, False, "abstained")
        else:
            answer = extract.compose(passages, hits, _CERTAIN)
            outcome = grade(case, answer)
            if not extract.holds_what_is_asked(assistant.understood(question).text, answer):
                yield Observation(case.id, case.answerable, None, False, "abstained")
            else:
                yield Observation(case.id, case.answerable, found.values, found.conditions, outcome)


def calibrate(
    observations: Sequence[Observation], wish: float, wish_stated: float | None = None, coverage: float = 1.0
) -> Calibration:
    """Fit the model and choose its thresholds. ``wish_stated``: for what is called stated; half of ``wish`` if it is not given.
    ``coverage``: the share of questions that are answered at most, however good the answers are.

    Raises NotProven if the questions are too few, or too often answered wrongly, to prove ``wish``. If they are for ``wish_stated``
    alone, nothing is called stated.
    """
    seen = [o for o in observations if o.evidence is not None]
    fitted, values = _fit(seen)
    wrong = np.array([o.outcome != "correct" for o in seen])
    met = np.array([o.conditions for o in seen])
    size = len(observations)
    given = _promise(values, wrong, size, wish, coverage)
    if given.chosen is None:
        raise _not_proven(wish, len(seen), size, _lowest(values, wrong, size, coverage))
    # The label is for the surer part of what is answered, however good the rest may be.
    most = _STATED * given.chosen.answered / size
    stated = _promise(values[met], wrong[met], size, wish / 2 if wish_stated is None else wish_stated, most)
    model = Model(
        fitted.weights, fitted.intercept, given.chosen.threshold, stated.chosen.threshold if stated.chosen else None
    )
    return Calibration(model, size, given, stated, _curve(values, wrong), _auc(~wrong, values) or 0.5, coverage)


def lowest(observations: Sequence[Observation]) -> float | None:
    """The lowest wish, in whole percent, that these questions prove; None: none up to a half. Raises NotProven if there is no model."""
    seen = [o for o in observations if o.evidence is not None]
    _, values = _fit(seen)
    found = _lowest(values, np.array([o.outcome != "correct" for o in seen]), len(observations), 1.0)
    return found.wish if found else None


def realised(observations: Sequence[Observation], model: Model) -> Realised:
    """How ``model`` does on these questions."""
    values = [model.value(o.evidence) if o.evidence is not None else 0.0 for o in observations]
    labels = [
        model.label(value, o.conditions) if o.evidence is not None else "none"
        for o, value in zip(observations, values, strict=True)
    ]
    given = [o for o, label in zip(observations, labels, strict=True) if label != "none"]
    stated = [o for o, label in zip(observations, labels, strict=True) if label == "stated"]
    return Realised(
        given=_counts(given, len(observations)),
        stated=_counts(stated, len(observations)),
        answerable=sum(o.answerable for o in observations),
        answerable_answered=sum(o.answerable for o in given),
        auc=_auc([o.outcome == "correct" for o in observations], values),
    )


def _fit(seen: Sequence[Observation]) -> tuple[Model, npt.NDArray[np.float64]]:
    """The model of all questions, without thresholds, and for every question its value by models that have not seen it."""
    y = np.array([o.outcome == "correct" for o in seen], bool)
    folds = min(_FOLDS, int(y.sum()), int((~y).sum()))
    if folds < 2:
        raise NotProven(
            f"評価セットの調整に使う半分で、答えられた問いのうち正答が{int(y.sum())}問、誤答が{int((~y).sum())}問しかなく、確かさの求め方を決められません。",
            "正答と誤答が、どちらも2問以上（なるべく20問以上）になるように、問いを増やしてください。答えのない問いも入れてください。",
        )
    x = np.array([o.evidence for o in seen])
    mean, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-6)
    regression = LogisticRegression(C=_STRENGTH, solver="newton-cholesky")  # the fastest for few features
    split = StratifiedKFold(folds, shuffle=True, random_state=0)
    unseen = cross_val_predict(regression, (x - mean) / scale, y, cv=split, method="predict_proba")[:, 1]
    regression.fit((x - mean) / scale, y)
    weights = regression.coef_[0] / scale
    model = Model(tuple(map(float, weights)), float(regression.intercept_[0] - (weights * mean).sum()), 0.0, None)
    return model, unseen


def _promise(
    values: npt.NDArray[np.float64], wrong: npt.NDArray[np.bool_], questions: int, wish: float, coverage: float = 1.0
) -> Promise:
    threshold = choose(values.tolist(), wrong.tolist(), questions, wish, coverage)
    return Promise(wish, None if threshold is None else _point(values, wrong, threshold))


def _lowest(
    values: npt.NDArray[np.float64], wrong: npt.NDArray[np.bool_], questions: int, coverage: float
) -> Promise | None:
    promises = (_promise(values, wrong, questions, wish, coverage) for wish in _WISHES)
    return next((promise for promise in promises if promise.chosen), None)


def _point(values: npt.NDArray[np.float64], wrong: npt.NDArray[np.bool_], threshold: float) -> Point:
    given = values >= threshold
    answered, errors = int(given.sum()), int((given & wrong).sum())
    return Point(threshold, answered, errors, upper(errors, answered))


def _curve(values: npt.NDArray[np.float64], wrong: npt.NDArray[np.bool_]) -> tuple[Point, ...]:
    """Every threshold there is, from strict to lenient."""
    order = np.argsort(-values, kind="stable")
    last = np.flatnonzero(np.append(np.diff(values[order]) != 0, True))  # of replies with equal values
    errors = np.cumsum(wrong[order])[last]
    bounds = stats.beta.ppf(CONFIDENCE, errors + 1, np.maximum(last + 1 - errors, 1e-12))
    return tuple(
        Point(float(values[order][n]), int(n + 1), int(bad), float(bound))
        for n, bad, bound in zip(last, errors, bounds, strict=True)
    )


def _counts(given: Sequence[Observation], questions: int) -> Counts:
    return Counts(questions, len(given), sum(o.outcome != "correct" for o in given))


def _auc(
    right: Sequence[bool] | npt.NDArray[np.bool_], values: Sequence[float] | npt.NDArray[np.float64]
) -> float | None:
    """How well the value separates right from wrong; None where all are one of the two."""
    return float(roc_auc_score(right, values)) if len(set(map(bool, right))) == 2 else None


def _not_proven(wish: float, seen: int, questions: int, lowest: Promise | None) -> NotProven:
    least = needed(wish)
    reason = f"この評価セットでは、誤答率を{wish:.1%}以下にできると示せません（95%の確かさ）。" + (
        f"誤りが一つもない場合でも{least:,}問の回答が必要ですが、調整に使う半分で回答できるのは{seen:,}問です。"
        if seen < least
        else "どの境を選んでも、確かなものから順に見た回答に誤りが多すぎます。"
    )
    if lowest is None or lowest.chosen is None:
        return NotProven(
            f"{reason}何も保存していません。", "評価セットの問いを増やすか、資料を整えてから、もう一度測ってください。"
        )
    share = lowest.chosen.answered / questions
    return NotProven(
        f"{reason}何も保存していません。",
        f"この評価セットで示せる最も低い誤答率の目安は{lowest.wish:.0%}です（問いの{share:.0%}に回答）。--max-wrong をそれ以上にするか、"
        f"問いを増やしてください（{wish:.1%}には、調整に使う半分で、誤りなしで{least:,}問、誤り1問なら{needed(wish, 1):,}問の回答が必要です）。",
    )
