"""Weights for the evidence, learned from which chunk is right."""

import numpy as np
import pytest

from eval.choose import Choice, as_json, learn, report
from rag.answer.judge import EVIDENCE


@pytest.fixture
def choices() -> list[Choice]:
    """In which the second kind of evidence is right and the others are chance."""
    random = np.random.default_rng(0)
    made = []
    for _ in range(40):
        evidence = random.random((6, len(EVIDENCE)))
        made.append(Choice(evidence, evidence[:, 1] == evidence[:, 1].max()))
    return made


def test_the_evidence_that_tells_right_from_wrong_counts_most(choices: list[Choice]):
    weights = learn(choices)
    assert weights.argmax() == 1 and weights.min() >= 0 and weights.sum() == pytest.approx(1)


def test_what_was_learned_is_reported_on_other_questions(choices: list[Choice]):
    measured = report(choices)
    assert measured["questions"] == 40 and measured["right_first"]["value"] > 0.7
    assert (
        measured["right_first"]["value"] <= measured["right_in_two"]["value"] <= measured["right_among_hits"]["value"]
    )
    assert set(as_json(learn(choices), measured)["weights"]) == set(EVIDENCE)


def test_a_question_without_a_right_chunk_teaches_nothing(choices: list[Choice]):
    lost = Choice(choices[0].evidence, np.zeros(6, bool))
    assert learn([*choices, lost]) == pytest.approx(learn(choices))
    assert report([*choices, lost])["right_among_hits"]["value"] < 1
