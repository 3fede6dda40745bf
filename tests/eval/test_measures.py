import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from eval.cases import grade
from eval.measures import MEASURES, by_style, estimate, interval, measure, resamples, summary, values
from rag.domain import Choice, Clarify
from tests.eval.conftest import a_case, a_record

CASES = [a_case("1", "A"), a_case("2", "A", "B"), a_case("3", "C"), a_case("4", "D"), a_case("5"), a_case("6")]
RECORDS = [
    a_record("1", "400円です", "A", "AABC", seconds=0.1, quoted=(False, True, True, False)),  # correct, first hit
    a_record(
        "2", "四百円", "CB", "CBA", seconds=0.2, quoted=(True, False, False)
    ),  # correct; one of two cited is right, one of two right is cited
    a_record("3", "300円", "C", "ABDEFC", seconds=0.3),  # wrong amount; the source is sixth
    a_record("4", hits="ABC", seconds=0.4),  # abstained; not found at all
    a_record("5", "400円", "A", "A", seconds=0.5),  # an unanswerable one answered
    a_record("6", hits="A", seconds=1.5),  # an unanswerable one refused
]
BY_HAND = {
    "answer_rate": 3 / 4,
    "wrong_rate": 2 / 4,
    "answer_accuracy": 2 / 4,
    "source_hit@1": 1 / 4,
    "source_hit@5": 2 / 4,
    "mrr": (1 + 1 / 2 + 1 / 6 + 0) / 4,
    "passage_mrr": (1 / 2 + 1 + 0 + 0) / 4,
    "ndcg@10": (1 + (1 / math.log2(3) + 1 / 2) / (1 + 1 / math.log2(3)) + 1 / math.log2(7) + 0) / 4,
    "citation_precision": (1 + 1 / 2 + 1 + 0) / 4,
    "citation_recall": (1 + 1 / 2 + 1) / 3,
    "refusal_precision": 1 / 2,
    "refusal_recall": 1 / 2,
}


def figures(records=RECORDS):
    return summary(measure(CASES, records))


def test_figures_agree_with_those_computed_by_hand():
    result = figures()
    assert {name: result[name]["value"] for name in MEASURES} == pytest.approx(BY_HAND, abs=5e-4)
    counts = {name: result[name] for name in ("cases", "answered", "correct", "wrong", "abstained", "stale_citations")}
    assert counts == {"cases": 6, "answered": 4, "correct": 2, "wrong": 2, "abstained": 2, "stale_citations": 0}
    assert result["seconds"] == {"p50": 0.35, "p95": 1.25}


def changed(number: int, **parts):
    return [replace(record, **parts) if record.id == str(number) else record for record in RECORDS]


def moved(records) -> set[str]:
    """The figures that are not as they were."""
    before, after = figures(), figures(records)
    return {name for name in before if before[name] != after[name]}


def test_shuffled_hits_move_the_measures_of_retrieval_alone():
    assert moved(changed(1, hits=tuple("CBAA"))) == {"source_hit@1", "mrr", "ndcg@10"}


def test_a_shuffle_within_a_document_moves_the_rank_of_the_passage_alone():
    assert moved(changed(1, quoted=(False, False, True, True))) == {"passage_mrr"}


def test_a_dropped_citation_moves_recall_or_turns_the_answer_wrong():
    only_the_right_one = changed(2, citations=RECORDS[1].citations[1:])
    assert moved(only_the_right_one) == {"citation_precision"}
    only_the_other = changed(2, citations=RECORDS[1].citations[:1])
    expected = {"correct", "wrong", "wrong_rate", "answer_accuracy", "citation_precision", "citation_recall"}
    assert moved(only_the_other) == expected


def test_a_wrong_amount_turns_the_answer_wrong():
    assert moved(changed(1, text="1,400円です")) == {"correct", "wrong", "wrong_rate", "answer_accuracy"}


def test_a_document_that_is_not_in_force_is_a_stale_citation():
    ended = a_record(
        "1", "400円です", "A", "AABC", until=date(2026, 11, 23), quoted=RECORDS[0].quoted
    )  # asked for that very day
    assert moved([ended, *RECORDS[1:]]) == {"stale_citations"}
    assert figures([ended, *RECORDS[1:]])["stale_citations"] == 1
    still = a_record("1", "400円です", "A", "AABC", until=date(2026, 11, 24), quoted=RECORDS[0].quoted)
    assert not moved([still, *RECORDS[1:]])


def test_a_question_back_is_an_abstention():
    assert grade(CASES[0], Clarify("どの証明書ですか", (Choice("住民票", "住民票の手数料は"),))) == "abstained"
    asked_back = a_record("1", "400円", "A", "AABC", kind="clarify")
    rows = measure(CASES[:1], [asked_back])
    assert rows[0].outcome == "abstained" and summary(rows)["asked_back"] == 1


def test_what_was_not_asked_is_not_measured():
    assert figures(RECORDS[:2])["cases"] == 2
    empty = summary(())
    assert empty["cases"] == 0 and empty["answer_rate"] == {"value": None, "low": None, "high": None}


def test_styles_are_parts_of_the_whole():
    cases = [replace(case, style="口語" if case.answerable else "") for case in CASES]
    styles = by_style(measure(cases, RECORDS))
    assert list(styles) == ["口語", "（なし）"] and sum(part["cases"] for part in styles.values()) == 6
    assert styles["（なし）"]["wrong"] == 1 and styles["（なし）"]["source_hit@1"]["value"] is None


def test_intervals():
    # Wilson 1927 for 0/10 and 10/10, as any table has them
    assert estimate([0.0] * 10) == {"value": 0.0, "low": 0.0, "high": 0.278}
    assert estimate([1.0] * 10) == {"value": 1.0, "low": 0.722, "high": 1.0}
    assert estimate([0.5]) == interval(0.5, 1) and estimate([0.5])["low"] < 0.1 < 0.9 < estimate([0.5])["high"]
    half = estimate([0.0, 1.0] * 50)
    # the standard error of a half of a hundred is .05
    assert half["value"] == 0.5 and half["low"] == pytest.approx(0.402, abs=0.011)
    assert half == estimate([0.0, 1.0] * 50), "the same numbers give the same interval"


def test_resamples_are_complete_and_fit_into_memory():
    blocks = [block.shape for block in resamples(30_000)]
    assert sum(times for times, _ in blocks) == 1_000 and max(times * size for times, size in blocks) <= 2_000_000
    drawn = np.concatenate(list(resamples(3)))
    assert drawn.shape == (10_000, 3) and set(drawn.ravel()) == {0, 1, 2}


def test_a_measure_applies_to_some_questions_only():
    rows = measure(CASES, RECORDS)
    assert len(values(rows, "answer_rate")) == 4 and len(values(rows, "refusal_recall")) == 2
    assert [row.right for row in rows] == [True, True, False, False, False, True]
