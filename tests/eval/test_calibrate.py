"""Whether a promise is kept on questions that took no part, and what happens where none can be given."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from eval.calibrate import Observation, calibrate, realised
from eval.calibrations import read_observations
from rag.answer import confidence
from rag.answer.evidence import FEATURES
from rag.errors import NotProven


def town(seed: int, size: int) -> list[Observation]:
    """Questions whose evidence says something of whether they are answered rightly; the chance is known."""
    draw = np.random.default_rng(seed)
    evidence = draw.normal(size=(size, len(FEATURES)))
    chance = 1 / (1 + np.exp(-(1.0 + evidence[:, :3] @ np.array([2.5, 1.2, 0.6]))))
    right = draw.random(size) < chance
    return [
        Observation(f"q{n}", True, tuple(row), bool(n % 3), "correct" if ok else "wrong")
        for n, (row, ok) in enumerate(zip(evidence.tolist(), right, strict=True))
    ]


def splits(observations: list[Observation], wish: float, times: int = 100) -> tuple[int, int, list[float]]:
    """How many of random halvings keep the promise on the untouched half, how many promise anything, and the realised rates."""
    kept, rates = 0, []
    draw = np.random.default_rng(7)
    for _ in range(times):
        order = draw.permutation(len(observations))
        halves = [[observations[n] for n in part] for part in np.array_split(order, 2)]
        try:
            model = calibrate(halves[0], wish).model
        except NotProven:  # nothing is promised, nothing stored
            kept += 1
            continue
        rates.append(realised(halves[1], model).given.rate or 0.0)
        kept += rates[-1] <= wish
    return kept, len(rates), rates


@pytest.mark.parametrize(("wish", "size"), [(0.1, 600), (0.2, 400)])
def test_the_promise_is_kept_on_the_untouched_half_in_95_of_100_random_splits(wish, size, record_property):
    kept, promised, rates = 0, 0, []
    for seed in range(20):  # new questions for every five halvings: one set has one luck
        some_kept, some, realised_rates = splits(town(seed, size), wish, times=5)
        kept, promised, rates = kept + some_kept, promised + some, rates + realised_rates
    figures = f"kept {kept} of 100, promised {promised}, realised mean {np.mean(rates):.3f}, highest {max(rates):.3f}"
    record_property("realised", figures)
    print(figures)
    assert promised >= 50, "a promise that is never given is kept cheaply"
    assert kept >= 95


def test_thresholds_belong_to_the_model_and_stated_is_stricter():
    observations = town(1, 600)
    found = calibrate(observations, 0.3, 0.2)
    assert found.stated.chosen is not None and found.given.chosen is not None
    assert found.model.stated is not None and found.model.stated > found.model.inferred
    check = realised(town(2, 600), found.model)
    assert check.stated.answered < check.given.answered
    assert found.given.chosen.upper <= 0.3 and found.stated.chosen.upper <= 0.2
    assert [p.answered for p in found.curve] == sorted({p.answered for p in found.curve})


def test_what_says_nothing_of_the_conditions_is_never_called_stated():
    found = calibrate(town(1, 600), 0.3, 0.25)
    none = [replace(o, conditions=False) for o in town(2, 300)]
    assert realised(none, found.model).stated.answered == 0
    assert realised(none, found.model).given.answered > 0


def test_a_stated_promise_that_cannot_be_proven_is_not_given():
    found = calibrate(town(1, 200), 0.3, 0.001)
    assert found.stated.chosen is None and found.model.stated is None
    assert realised(town(2, 200), found.model).stated.answered == 0


def test_a_set_that_is_too_small_says_how_many_questions_it_takes():
    with pytest.raises(NotProven) as refused:
        calibrate(town(1, 100), 0.02)
    assert "200問" in refused.value.reason and "保存していません" in refused.value.reason
    assert "--max-wrong" in refused.value.remedy
    alike = [replace(o, outcome="correct") for o in town(1, 100)]
    with pytest.raises(NotProven, match="誤答が0問"):
        calibrate(alike, 0.02)


def test_what_was_not_found_is_never_answered():
    nothing = [Observation(f"n{n}", False, None, False, "abstained") for n in range(50)]
    found = calibrate([*town(1, 600), *nothing], 0.3)
    assert realised(nothing, found.model).given.answered == 0
    assert realised(nothing, found.model).given.rate is None
    assert found.questions == 650


@pytest.fixture
def a_large_set(tmp_path):
    """Questions about the town that it answers, many times over, and some that it does not."""
    rows = []
    for n in range(120):
        asked = [
            ("住民票の写しの手数料はいくらですか", "市民課/新.csv", "400円"),
            ("粗大ごみの手数料はいくらですか", "環境課/ごみ.csv", "500円"),
            ("明日の天気を教えてください", None, None),
        ][n % 3]
        question, path, fact = asked
        rows.append({
            "id": f"c{n}", "question": question + "。" * (n % 5), "answerable": bool(path), "facts": [fact] if fact else [],
            "sources": [{"path": path, "quote": fact}] if path else [], "as_of": None, "department": None, "style": "",
        })  # fmt: skip
    file = tmp_path / "large.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return file


def test_the_command_stores_keeps_and_certifies(town_copy, a_large_set, evaluate):
    arguments = ("calibrate", a_large_set, "--as-of", "2026-11-23", "--data", town_copy)
    code, out, err = evaluate(*arguments, "--max-wrong", "0.2", "--json")
    kept = json.loads(out)
    assert (code, err) == (0, "")
    assert kept["realised"]["given"]["wrong"] == 0 and kept["realised"]["given"]["answered"] > 0
    stored = json.loads((town_copy / confidence.FILE).read_text(encoding="utf-8"))
    assert stored["weights"] == kept["weights"] and set(stored["weights"]) == set(FEATURES)
    folder = next((town_copy / "calibrations").iterdir())
    page = (folder / "certificate.html").read_text(encoding="utf-8")
    assert "精度証明書" in page and "20.0%" in page and "<svg" in page and "<script" not in page
    assert len(read_observations(folder)) == 120
    more = a_large_set.with_name("more.jsonl")
    more.write_text(a_large_set.read_text(encoding="utf-8").splitlines()[0], encoding="utf-8")
    options = ("--max-wrong", "0.2", "--store", "none", "--json")
    code, out, _ = evaluate("calibrate", a_large_set, more, *arguments[2:], *options)
    assert code == 0 and json.loads(out)["set"] == "large+more" and json.loads(out)["weights"] == kept["weights"]
    code, out, err = evaluate(*arguments, "--max-wrong", "0.001")
    assert code == 1 and "保存していません" in err
    assert json.loads((town_copy / confidence.FILE).read_text(encoding="utf-8")) == stored


@pytest.fixture
def town_copy(tmp_path, embedder):
    from tests.conftest import build
    from tests.eval.conftest import FILES

    return build(tmp_path / "copy", embedder, FILES).data
