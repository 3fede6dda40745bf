"""Calibrations as they are kept: what was observed, what was promised, and the setting that ``rag ask`` obeys.

``<data>/calibrations/<time>-<set>/`` holds ``observations.jsonl`` (from which every figure can be computed again without asking again),
``calibration.json`` and ``certificate.html``; the one that is in force is a copy in ``<data>/calibration.json``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from eval.bounds import CONFIDENCE
from eval.calibrate import Calibration, Counts, Observation, Promise, Realised
from eval.foreign import write
from rag.answer import confidence, evidence
from rag.errors import NotProven, UnreadableDocument

OBSERVATIONS, CERTIFICATE = "observations.jsonl", "certificate.html"


@dataclass(frozen=True, slots=True)
class About:
    """What was measured with what. ``half``: the one it was fitted on; ``day``: for questions that name none; ``made``: ISO 8601."""

    set: str
    set_sha256: str
    half: str
    day: str
    edition: str
    fingerprint: str
    recipe: str
    made: str


def content(about: About, found: Calibration, check: Realised) -> dict[str, Any]:
    """Everything but the curve, as ``--json`` prints it and as it is stored."""
    return {
        **confidence.as_json(found.model),
        "version": evidence.VERSION,
        **asdict(about),
        "confidence_level": CONFIDENCE,
        "fitted": {
            "questions": found.questions,
            "auc": round(found.auc, 3),
            "answer_at_most": found.coverage,
            "given": _promise(found.given, found.questions),
            "stated": _promise(found.stated, found.questions),
        },
        "realised": {
            "questions": check.given.questions,
            "auc": None if check.auc is None else round(check.auc, 3),
            "answerable": check.answerable,
            "answerable_answered": check.answerable_answered,
            "given": _counts(check.given),
            "stated": _counts(check.stated),
        },
    }


def keep(data: Path, name: str, observations: Sequence[Observation], kept: dict[str, Any], page: str) -> Path:
    """A new folder with all of a calibration."""
    stamp = datetime.now(ZoneInfo("Asia/Tokyo")).strftime("%Y%m%d-%H%M%S-%f")
    folder = data / "calibrations" / f"{stamp}-{name}"
    lines = "".join(json.dumps(asdict(o), ensure_ascii=False) + "\n" for o in observations)
    write(folder, {OBSERVATIONS: [lines], confidence.FILE: [_text(kept)], CERTIFICATE: [page]})
    return folder


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A calibration as it was kept in ``folder``; ``kept`` is what its file holds."""

    folder: Path
    kept: dict[str, Any]


def conclude(
    data: Path, about: About, observations: Sequence[Observation], found: Calibration, check: Realised, wish: float,
    into: Path | None,
) -> Calibrated:  # fmt: skip
    """Keep a calibration with its certificate, and put it into force at ``into``, if given.

    Raises NotProven, with nothing put into force, if the half that took no part speaks against the wish.
    """
    from eval.html import certificate

    kept = content(about, found, check)
    folder = keep(data, about.set, observations, kept, certificate(kept, found))
    low, _ = check.given.interval
    if low > wish:
        raise NotProven(
            f"確かめに使った半分では、回答{check.given.answered}のうち{check.given.wrong}が誤りで、約束の{wish:.1%}を偶然では説明できないほど超えました。",
            f"使うようにはしていません。記録: {folder}",
        )
    if into:
        store(into, kept)
    return Calibrated(folder, kept)


def store(file: Path, kept: dict[str, Any]) -> None:
    """Put a calibration into force, in one step: whoever reads meanwhile finds the old one or the new one, whole."""
    draft = file.with_suffix(".new")
    draft.write_text(_text(kept), encoding="utf-8")
    draft.replace(file)


def read_observations(folder: Path) -> tuple[Observation, ...]:
    """What a kept calibration was made from. Raises UnreadableDocument."""
    try:
        rows = [json.loads(line) for line in (folder / OBSERVATIONS).read_text(encoding="utf-8").splitlines()]
        return tuple(Observation(**row | {"evidence": row["evidence"] and tuple(row["evidence"])}) for row in rows)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UnreadableDocument(
            f"{folder} から測定の記録を読めません。", "python -m eval calibrate で測り直してください。"
        ) from error


def _promise(promise: Promise, questions: int) -> dict[str, Any]:
    point = promise.chosen
    if point is None:
        return {"max_wrong": promise.wish, "answered": 0, "wrong": 0, "upper": None, "answer_rate": 0.0}
    rate = round(point.answered / questions, 4)
    counts = {"answered": point.answered, "wrong": point.wrong, "upper": round(point.upper, 4), "answer_rate": rate}
    return {"max_wrong": promise.wish, **counts}


def _counts(counts: Counts) -> dict[str, Any]:
    low, high = counts.interval
    return {
        "answered": counts.answered,
        "correct": counts.answered - counts.wrong,
        "wrong": counts.wrong,
        "answer_rate": round(counts.answered / counts.questions, 4) if counts.questions else None,
        "wrong_rate": {
            "value": None if counts.rate is None else round(counts.rate, 4), "low": round(low, 4), "high": round(high, 4)
        },
    }  # fmt: skip


def _text(kept: dict[str, Any]) -> str:
    return json.dumps(kept, ensure_ascii=False, indent=1) + "\n"
