"""The gate: thirty fixed questions that must not go worse than when their baseline was written.

``sets/gate.jsonl`` is taken from the half for tuning of ``sets/mirai.jsonl`` by ``pick``; ``baseline.json`` records what became of
every question.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

from eval.cases import Case, as_lines
from eval.measures import Row
from rag.errors import InvalidSettings

SET = Path(__file__).with_name("sets") / "gate.jsonl"
BASELINE = Path(__file__).with_name("baseline.json")
CHANCE = 0.05
ANSWERABLE, UNANSWERABLE = 21, 9

Kept = dict[str, Any]
"""What is kept of a question: ``outcome``, ``right``, ``hit@1`` and ``passage_rr`` (None for an unanswerable one), ``stale``."""

_KEPT = ("outcome", "right", "hit@1", "passage_rr", "stale")

CHECKS: dict[str, Callable[[Kept], float]] = {
    "right": lambda kept: float(kept["right"]),
    "not_wrong": lambda kept: float(kept["outcome"] != "wrong"),
    "source_hit@1": lambda kept: float(kept["hit@1"] or 0.0),
    "passage_mrr": lambda kept: float(kept["passage_rr"] or 0.0),
}
"""What must not go down, question by question."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """How every question of the gate fared, on which day (for those that name none), and by which model."""

    set_sha256: str
    day: date
    fingerprint: str
    questions: dict[str, Kept]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: the questions that were lost and won, how likely chance alone loses as many, and whether it is passed."""

    lost: tuple[str, ...]
    won: tuple[str, ...]
    p: float
    passed: bool


def pick(cases: Sequence[Case], correct: Collection[str], versions: Collection[str]) -> tuple[Case, ...]:
    """The questions of the gate, from the half for tuning: 21 that have an answer and 9 that have none.

    Those that are answered correctly (``correct``: ids) come first, since what is not there cannot be lost; then those that name a
    day or whose document replaced another or was replaced (``versions``: paths); then by the hash of the id.
    """

    def key(case: Case) -> tuple[bool, bool, str]:
        dated = case.as_of is not None or not case.gold.isdisjoint(versions)
        return case.id not in correct, not dated, hashlib.sha256(case.id.encode()).hexdigest()

    order = sorted((case for case in cases if case.half == "dev"), key=key)
    some = [case for case in order if case.answerable][:ANSWERABLE]
    none = [case for case in order if not case.answerable][:UNANSWERABLE]
    return tuple(sorted([*some, *none], key=lambda case: case.id))


def judge(before: Baseline, rows: Sequence[Row]) -> dict[str, Check]:
    """Compare with the baseline, question by question.

    A check fails on a loss that chance does not explain: among the questions that changed, so many were lost that a fair coin loses
    as many in less than one of twenty cases (exact one-sided binomial test, McNemar 1947): 5 lost for none won, 7 for 1, 9 for 2.
    It is made of right replies, of replies that are not wrong, of documents in the first place, and (a sign test) of the rank of
    the passage that says it. A citation of a document that is not in force is never chance: one more than before fails.
    """
    now = {row.case.id: keep(row) for row in rows}
    checks = {name: _check(before.questions, now, good) for name, good in CHECKS.items()}
    stale = tuple(id_ for id_ in now if now[id_]["stale"] > before.questions[id_]["stale"])
    return {**checks, "not_stale": Check(stale, (), 0.0 if stale else 1.0, not stale)}


def result(before: Baseline, rows: Sequence[Row]) -> dict[str, Any]:
    """The verdict as ``--json`` prints it: every check, and the questions that were lost by any."""
    checks = judge(before, rows)
    lost = {id_ for check in checks.values() for id_ in check.lost}
    named = [
        {
            "id": row.case.id, "question": row.case.question, "before": before.questions[row.case.id]["outcome"], "after": row.outcome,
            "checks": [name for name, check in checks.items() if row.case.id in check.lost],
        }
        for row in rows
        if row.case.id in lost
    ]  # fmt: skip
    passed = all(check.passed for check in checks.values())
    return {"passed": passed, "cases": len(rows), "checks": {n: asdict(c) for n, c in checks.items()}, "lost": named}


def keep(row: Row) -> Kept:
    """What the baseline keeps of a question."""
    hit = None if row.hit1 is None else row.hit1 == 1.0
    rank = None if row.passage_rr is None else round(row.passage_rr, 4)
    return {"outcome": row.outcome, "right": row.right, "hit@1": hit, "passage_rr": rank, "stale": row.stale}


def baseline(cases: Sequence[Case], rows: Sequence[Row], day: date, fingerprint: str) -> Baseline:
    """The baseline that these replies make."""
    return Baseline(_digest(cases), day, fingerprint, {row.case.id: keep(row) for row in rows})


def read_baseline(file: Path) -> Baseline:
    """Raises InvalidSettings where there is none."""
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        questions = {id_: {key: kept[key] for key in _KEPT} for id_, kept in stored["questions"].items()}
        return Baseline(stored["set_sha256"], date.fromisoformat(stored["day"]), stored["fingerprint"], questions)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidSettings(
            f"基準 {file} を読めません。", "--write を付けて実行すると、今の結果が基準になります。"
        ) from error


def check_set(before: Baseline, cases: Sequence[Case]) -> None:
    """Raises InvalidSettings if the baseline is of other questions."""
    if before.set_sha256 != _digest(cases) or before.questions.keys() != {case.id for case in cases}:
        raise InvalidSettings(
            "基準は、別の内容の評価セットのものです。", "--write を付けて実行し、基準を作り直してください。"
        )


def as_json(before: Baseline) -> str:
    """What ``baseline.json`` holds, a question a line."""
    rows = (f"  {json.dumps(id_, ensure_ascii=False)}: {json.dumps(kept)}" for id_, kept in before.questions.items())
    head = json.dumps(
        {"set_sha256": before.set_sha256, "day": before.day.isoformat(), "fingerprint": before.fingerprint}
    )
    return f'{head[:-1]}, "questions": {{\n' + ",\n".join(rows) + "\n}}\n"


def _check(before: dict[str, Kept], now: dict[str, Kept], value: Callable[[Kept], float]) -> Check:
    lost = tuple(id_ for id_ in now if value(now[id_]) < value(before[id_]))
    won = tuple(id_ for id_ in now if value(now[id_]) > value(before[id_]))
    changed = len(lost) + len(won)
    p = float(binomtest(len(lost), changed, 0.5, alternative="greater").pvalue) if changed else 1.0
    return Check(lost, won, round(p, 4), p >= CHANCE)


def _digest(cases: Sequence[Case]) -> str:
    return hashlib.sha256(as_lines(cases).encode()).hexdigest()
