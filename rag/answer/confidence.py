"""How sure a reply is, from evidence that means the same for every question; the figures come from a measurement.

``confidence.json`` is written by ``python -m eval fit`` and says on which questions it was fitted and how it did on others.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.domain import Confidence, ConfidenceLabel

if TYPE_CHECKING:
    from rag.answer.extract import Passage
    from rag.retrieval import Evidence, Found

MODEL = Path(__file__).with_name("confidence.json")
# Of the evidence at hand these three separate right from wrong best on unseen folds of 70 questions (AUC .75); the cosine of
# the head, the kind of thing asked for and the margin to the next document added nothing to them.
FEATURES = ("coverage", "body", "passage_words")


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic regression over ``FEATURES`` and the two values from which a reply is inferred, and stated."""

    weights: tuple[float, ...]
    intercept: float
    inferred: float
    stated: float


def features(found: Found, passages: Sequence[Passage]) -> tuple[float, ...]:
    """The evidence for the best passage, in the order of ``FEATURES``."""
    best = passages[0]
    evidence: Evidence = next(
        e for hit, e in zip(found.hits, found.evidence, strict=True) if hit.chunk.id == best.chunk.id
    )
    return (evidence.coverage, evidence.body, best.words)


def judge(found: Found, passages: Sequence[Passage], model: Model | None = None) -> Confidence:
    """How likely the best passage answers the question, and the word for it."""
    if not passages:
        return Confidence("none", 0.0)
    model = model or load_model()
    evidence = zip(model.weights, features(found, passages), strict=True)
    logit = model.intercept + math.fsum(weight * value for weight, value in evidence)
    value = 1 / (1 + math.exp(-max(min(logit, 30.0), -30.0)))
    label: ConfidenceLabel = "stated" if value >= model.stated else "inferred" if value >= model.inferred else "none"
    return Confidence(label, round(value, 4))


@lru_cache(maxsize=1)
def load_model() -> Model:
    """The fitted model that ships with the program."""
    stored = json.loads(MODEL.read_text(encoding="utf-8"))
    return Model(
        tuple(stored["weights"][name] for name in FEATURES), stored["intercept"], stored["inferred"], stored["stated"]
    )
