"""A language model as a second judge of kept replies: reported beside the deterministic measures, never instead of them.

Whoever wants to know what its verdicts are worth compares them with labels given by hand.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import cohen_kappa_score

from eval.measures import Row, estimate, interval, resamples
from rag.answer.model import LanguageModel
from rag.errors import LanguageModelFailed, UnreadableDocument
from rag.privacy import mask
from rag.text import normalise

PROMPT = Path(__file__).with_name("templates") / "judge.md"
_KAPPAS = 1_000  # resamples: a kappa takes a thousand times as long as a mean
_VERDICTS = {"正": True, "誤": False}
_MARKS = str.maketrans("<>", "＜＞")  # with these in another form, nothing that is judged can end the mark around it

MaySend = Callable[[str], bool]
"""Whether words of the document at this path may be sent to the model."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the model says of the reply to a case. None: it was not asked, failed, or said something else; ``reason`` says which."""

    id: str
    right: bool | None
    reason: str = ""


def judge(rows: Iterable[Row], model: LanguageModel, may_send: MaySend, timeout: float) -> Iterator[Verdict]:
    """A verdict on every answered reply to an answerable question; ``timeout`` in seconds for each.

    Personal data is masked. Where an expected or cited document must not be sent, the model is not asked.
    """
    system = PROMPT.read_text(encoding="utf-8").strip()
    for row in rows:
        if not row.answered or not row.case.answerable:
            continue
        if not all(map(may_send, row.case.gold | row.record.cited)):
            yield Verdict(row.case.id, None, "送れない資料による答え")
            continue
        try:
            said = "".join(model.stream(system, _shown(row), time.monotonic() + timeout))
        except LanguageModelFailed as failure:
            yield Verdict(row.case.id, None, str(failure))
            continue
        right = _VERDICTS.get(normalise(said).strip("「」。. "))
        yield Verdict(row.case.id, right, "" if right is not None else "正か誤のどちらでもない応答")


def read_labels(file: Path) -> dict[str, bool]:
    """Labels given by hand, ``{"id", "right"}`` a line. Raises UnreadableDocument with the line at fault."""
    labels = {}
    for number, line in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if line.strip():
            try:
                row = json.loads(line)
                labels[str(row["id"])] = _boolean(row["right"])
            except (ValueError, KeyError, TypeError) as error:
                raise UnreadableDocument(
                    f"{file.name} の{number}行目を読めません。",
                    '{"id": "A-001", "right": true} のように、1行に一つずつ書いてください。',
                ) from error
    return labels


def result(
    rows: Sequence[Row], verdicts: Sequence[Verdict], labels: Mapping[str, bool] | None = None
) -> dict[str, Any]:
    """The share that the model calls right, and its agreement with the measures and with labels by hand.

    Agreement: the share of equal verdicts and Cohen's kappa (1960), each with a 95 % interval.
    """
    judged = {verdict.id: verdict.right for verdict in verdicts if verdict.right is not None}
    measured = {row.case.id: row.outcome == "correct" for row in rows}
    return {
        "judged": len(judged),
        "unjudged": len(verdicts) - len(judged),
        "right": interval(sum(judged.values()), len(judged)),
        "agreement_with_measures": _agreement(judged, measured),
        "agreement_with_labels": None if labels is None else _agreement(judged, labels),
    }


def _agreement(judged: Mapping[str, bool], others: Mapping[str, bool]) -> dict[str, Any]:
    ids = sorted(judged.keys() & others.keys())
    one, other = (np.array([labels[id_] for id_ in ids], bool) for labels in (judged, others))
    return {
        "questions": len(ids),
        "share": estimate((one == other).astype(float).tolist()),
        "kappa": _kappa(one, other),
    }


def _kappa(one: Any, other: Any) -> dict[str, float | None]:
    """Cohen's kappa with a percentile bootstrap over questions; None where one of the two says the same of all."""

    def value(a: Any, b: Any) -> float:
        return float(cohen_kappa_score(a, b)) if len({*a.tolist()}) > 1 and len({*b.tolist()}) > 1 else float("nan")

    if not len(one) or np.isnan(value(one, other)):
        return {"value": None, "low": None, "high": None}
    samples = islice(chain.from_iterable(resamples(len(one))), _KAPPAS)
    drawn = [value(one[chosen], other[chosen]) for chosen in samples]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return {name: round(float(x), 3) for name, x in (("value", value(one, other)), ("low", low), ("high", high))}


def _shown(row: Row) -> str:
    parts = {
        "質問": row.case.question,
        "正答の語": "\n".join(row.case.facts),
        "根拠": "\n".join(source.quote for source in row.case.sources),
        "回答": row.record.text,
    }
    return "\n".join(f"<{name}>\n{mask(text).text.translate(_MARKS)}\n</{name}>" for name, text in parts.items())


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value
