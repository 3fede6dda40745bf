"""Measures of a run, deterministic: of retrieval (by ir-measures), of what was said, and of what was cited.

Every measure is a number per question, or None where it does not apply (the accuracy of an answer that was not given); a figure is
the mean of those that apply. Documents are what is found and cited: two passages of one document count once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import ir_measures
import numpy as np
import numpy.typing as npt
from ir_measures import RR, Success, nDCG

from eval.cases import Case, Outcome, graded
from eval.records import Record

RESAMPLES = 10_000
SEED = 20250401
_FOUND = {"hit1": Success @ 1, "hit5": Success @ 5, "rr": RR, "ndcg": nDCG @ 10}


@dataclass(frozen=True, slots=True)
class Row:
    """One question, measured. The five of retrieval are None for an unanswerable question: there is nothing to find.

    ``passage_rr``: reciprocal rank of the first passage that holds the words named as a source; the others are of documents.
    ``precision``: share of the cited documents that are right ones; ``recall``: share of the right documents that are cited;
    ``stale``: cited documents that are not in force on the day asked for.
    """

    case: Case
    record: Record
    outcome: Outcome
    hit1: float | None
    hit5: float | None
    rr: float | None
    passage_rr: float | None
    ndcg: float | None
    precision: float | None
    recall: float | None
    stale: int

    @property
    def answered(self) -> bool:
        return self.outcome != "abstained"

    @property
    def right(self) -> bool:
        """Whether the reply is as it should be: a correct answer, or no answer to a question that has none."""
        return self.outcome == "correct" or (not self.case.answerable and not self.answered)

    @property
    def standing(self) -> int:
        """How good the reply is: 0 wrong, 1 abstained though there is an answer, 2 as it should be."""
        return 0 if self.outcome == "wrong" else 2 if self.right else 1


Measure = Callable[[Row], float | None]

MEASURES: dict[str, Measure] = {
    "answer_rate": lambda row: float(row.answered) if row.case.answerable else None,
    "wrong_rate": lambda row: float(row.outcome == "wrong") if row.answered else None,
    "answer_accuracy": lambda row: float(row.outcome == "correct") if row.answered else None,
    "source_hit@1": lambda row: row.hit1,
    "source_hit@5": lambda row: row.hit5,
    "mrr": lambda row: row.rr,
    "passage_mrr": lambda row: row.passage_rr,
    "ndcg@10": lambda row: row.ndcg,
    "citation_precision": lambda row: row.precision,
    "citation_recall": lambda row: row.recall,
    "refusal_precision": lambda row: None if row.answered else float(not row.case.answerable),
    "refusal_recall": lambda row: None if row.case.answerable else float(not row.answered),
}


def measure(cases: Sequence[Case], records: Sequence[Record]) -> tuple[Row, ...]:
    """Measure the replies to these cases; those without a reply are left out (a run that was stopped)."""
    replies = {record.id: record for record in records}
    asked = [case for case in cases if case.id in replies]
    found = _retrieval([case for case in asked if case.answerable], replies)
    return tuple(_row(case, replies[case.id], found.get(case.id, {})) for case in asked)


def outcome(case: Case, record: Record) -> Outcome:
    """How a kept reply is graded; a question back and a refused question count as abstained."""
    return graded(case, record.text, record.cited) if record.kind == "answer" else "abstained"


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """The figures of a run or of a part of it: counts, shares with their intervals, seconds."""
    outcomes = [row.outcome for row in rows]
    seconds = [row.record.seconds for row in rows]
    return {
        "cases": len(rows),
        "answered": sum(row.answered for row in rows),
        "correct": outcomes.count("correct"),
        "wrong": outcomes.count("wrong"),
        "abstained": outcomes.count("abstained"),
        "asked_back": sum(row.record.kind == "clarify" for row in rows),
        **{name: estimate(values(rows, name)) for name in MEASURES},
        "stale_citations": sum(row.stale for row in rows),
        "seconds": {
            name: round(float(np.percentile(seconds, q)), 4) if rows else None for name, q in (("p50", 50), ("p95", 95))
        },
    }


def by_style(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """The same figures for every style of question, in the order of the set."""
    styles = dict.fromkeys(row.case.style or "（なし）" for row in rows)
    return {style: summary([row for row in rows if (row.case.style or "（なし）") == style]) for style in styles}


def risk_coverage(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """(share of all questions that are answered, share of wrong ones among them) for every confidence one could ask for.

    It ends at the product's own threshold: what was not answered there is not known (El-Yaniv and Wiener 2010).
    """
    given = sorted((row for row in rows if row.answered), key=lambda row: -row.record.confidence)
    curve, wrong = [], 0
    for count, row in enumerate(given, start=1):
        wrong += row.outcome == "wrong"
        if count == len(given) or given[count].record.confidence < row.record.confidence:
            curve.append((count / len(rows), wrong / count))
    return curve


def worst(rows: Sequence[Row]) -> list[Row]:
    """What did not go as it should: wrong answers, the surest first; then abstentions, those with the source at hand first."""
    failed = [row for row in rows if not row.right]
    return sorted(failed, key=lambda row: (row.standing, -row.record.confidence if row.answered else -(row.rr or 0.0)))


def values(rows: Sequence[Row], name: str) -> list[float]:
    """A measure of every question to which it applies."""
    return [value for row in rows if (value := MEASURES[name](row)) is not None]


def estimate(numbers: Sequence[float]) -> dict[str, float | None]:
    """The mean of numbers in 0..1 with a 95 % interval: percentile bootstrap over questions, with a fixed seed.

    Where all numbers are equal (0 of n, n of n, a single one) every resample is the same and a bootstrap would claim
    certainty; there it is Wilson's interval (``interval``), which is also right for one number in between.
    """
    if len(set(numbers)) < 2:
        return interval(sum(numbers), len(numbers))
    sample = np.array(numbers)
    means = np.concatenate([sample[chosen].mean(axis=1) for chosen in resamples(len(sample))])
    low, high = np.percentile(means, [2.5, 97.5])
    return {"value": round(float(sample.mean()), 3), "low": round(float(low), 3), "high": round(float(high), 3)}


def resamples(size: int) -> Iterator[npt.NDArray[np.int64]]:
    """``RESAMPLES`` times ``size`` indexes drawn with replacement, in blocks that fit into memory; always the same ones.

    From 2,000 questions there are fewer of them, down to 1,000: the interval is narrow there, and the time would grow.
    """
    draw = np.random.default_rng(SEED)
    times = min(RESAMPLES, max(1_000, 20_000_000 // max(size, 1)))
    block = max(1, min(times, 2_000_000 // max(size, 1)))
    for begin in range(0, times, block):
        yield draw.integers(0, size, (min(block, times - begin), size), np.int64)


def interval(successes: float, trials: int) -> dict[str, float | None]:
    """A share with Wilson's 95 % interval (Wilson 1927)."""
    if trials == 0:
        return {"value": None, "low": None, "high": None}
    z, p = 1.959964, successes / trials
    centre = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * ((p * (1 - p) / trials + z * z / (4 * trials * trials)) ** 0.5)
    return {"value": round(p, 3), "low": round(max(centre - half, 0.0), 3), "high": round(min(centre + half, 1.0), 3)}


def _row(case: Case, record: Record, found: dict[str, float]) -> Row:
    graded_as = outcome(case, record)
    right = len(case.gold & record.cited)
    answered = graded_as != "abstained"
    return Row(
        case=case,
        record=record,
        outcome=graded_as,
        hit1=found.get("hit1"),
        hit5=found.get("hit5"),
        rr=found.get("rr"),
        passage_rr=_reciprocal_rank(record.quoted) if case.answerable else None,
        ndcg=found.get("ndcg"),
        precision=(right / len(record.cited) if record.cited else 0.0) if answered else None,
        recall=right / len(case.gold) if answered and case.answerable and case.gold else None,
        stale=len({cited.path for cited in record.citations if not cited.covers(record.asked)}),
    )


def _reciprocal_rank(good: Sequence[bool]) -> float:
    return 1 / (good.index(True) + 1) if True in good else 0.0


def _retrieval(cases: Sequence[Case], replies: dict[str, Record]) -> dict[str, dict[str, float]]:
    """The measures of retrieval by question. A question for which nothing was found has zeros."""
    qrels = [ir_measures.Qrel(case.id, path, 1) for case in cases for path in case.gold]
    # The measures order by score and break ties by id; the rank says exactly what a person would see.
    run = [
        ir_measures.ScoredDoc(case.id, path, float(-place))
        for case in cases
        for place, path in enumerate(replies[case.id].documents)
    ]
    names = {measure: name for name, measure in _FOUND.items()}
    found = {case.id: dict.fromkeys(_FOUND, 0.0) for case in cases}
    for metric in ir_measures.iter_calc(list(names), qrels, run) if run else ():
        found[metric.query_id][names[metric.measure]] = float(metric.value)
    return found
