"""How sure a reply is, and the word for it: a logistic regression over the evidence, and two thresholds that keep a promise.

``python -m eval calibrate`` makes both from questions with known answers: for a municipality as ``calibration.json`` in the data
folder, for the product as ``confidence.json`` here. A calibration holds only for the model and the chunks it was measured with.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.answer.evidence import FEATURES, VERSION, Evidence
from rag.domain import Confidence, ConfidenceLabel

if TYPE_CHECKING:
    from rag.edition.catalog import Meta

SHIPPED = Path(__file__).with_name("confidence.json")
FILE = "calibration.json"
_AGAIN = "測り直すには、python -m eval calibrate を実行してください。それまでは、製品の標準の基準で答えます。"


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic regression over ``FEATURES``, and the values from which a reply is given, and called stated.

    None: there is no such value; nothing is called stated.
    """

    weights: tuple[float, ...]
    intercept: float
    inferred: float
    stated: float | None

    def value(self, values: tuple[float, ...]) -> float:
        """How likely it is, in 0..1, that a reply with this evidence is right."""
        evidence = zip(self.weights, values, strict=True)
        logit = self.intercept + math.fsum(weight * value for weight, value in evidence)
        return 1 / (1 + math.exp(-max(min(logit, 30.0), -30.0)))

    def label(self, value: float, conditions: bool) -> ConfidenceLabel:
        """What is called stated has a value that is high enough, and names every condition of the question.

        The fee may be another for a 代理人, of whom the passage says nothing.
        """
        if value < self.inferred:
            return "none"
        return "stated" if conditions and self.stated is not None and value >= self.stated else "inferred"


@dataclass(frozen=True, slots=True)
class Rule:
    """The model that decides. ``own``: calibrated in this data folder; ``note``: why such a one is there and not used, for people."""

    model: Model
    own: bool = False
    note: str | None = None


def judge(evidence: Evidence | None, model: Model) -> Confidence:
    """How likely the best passage answers the question, and the word for it. None: nothing was found."""
    if evidence is None:
        return Confidence("none", 0.0)
    value = model.value(evidence.values)
    return Confidence(model.label(value, evidence.conditions), round(value, 4))


def load_rule(data: Path, meta: Meta) -> Rule:
    """The rule of this data folder if it was measured with the model and the recipe of the edition, else the product's."""
    try:
        stored = json.loads((data / FILE).read_text(encoding="utf-8"))
        model = _model(stored)
        measured = {"fingerprint": stored["fingerprint"], "recipe": stored["recipe"], "version": stored["version"]}
    except FileNotFoundError:
        return Rule(shipped())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Rule(shipped(), note=f"誤答率の設定（{data / FILE}）を読めないため、使っていません。{_AGAIN}")
    now = {"fingerprint": meta.fingerprint, "recipe": meta.recipe, "version": VERSION}
    names = {"fingerprint": "埋め込みモデル", "recipe": "資料の読み取り方", "version": "確かさの求め方"}
    different = [names[key] for key in now if measured[key] != now[key]]
    if different:
        why = f"誤答率の設定は、{'・'.join(different)}が今と違うときに測ったものなので、使っていません。"
        return Rule(shipped(), note=f"{why}{_AGAIN}")
    return Rule(model, own=True)


@lru_cache(maxsize=1)
def shipped() -> Model:
    """The model that comes with the program."""
    return _model(json.loads(SHIPPED.read_text(encoding="utf-8")))


def as_json(model: Model) -> dict[str, Any]:
    """What ``load_rule`` and ``shipped`` read of a model."""
    return {
        "weights": dict(zip(FEATURES, model.weights, strict=True)),
        "intercept": model.intercept,
        "inferred": model.inferred,
        "stated": model.stated,
    }


def _model(stored: dict[str, Any]) -> Model:
    weights = tuple(float(stored["weights"][name]) for name in FEATURES)
    stated = stored["stated"]
    model = Model(
        weights, float(stored["intercept"]), float(stored["inferred"]), None if stated is None else float(stated)
    )
    if not all(map(math.isfinite, (*weights, model.intercept, model.inferred, model.stated or 0.0))):
        raise ValueError("not a number")
    return model
