"""Bounds against scipy's own interval, a hand calculation, and simulated luck."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from eval.bounds import allowed, allows, between, choose, needed, upper


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_bounds_are_those_of_clopper_and_pearson(counts):
    wrong, answered = counts
    one_sided = binomtest(wrong, answered, alternative="less").proportion_ci(0.95, "exact")
    assert upper(wrong, answered) == pytest.approx(one_sided.high)
    two_sided = binomtest(wrong, answered).proportion_ci(0.95, "exact")
    assert between(wrong, answered) == pytest.approx(two_sided)


def test_without_a_mistake_the_bound_can_be_computed_by_hand():
    assert upper(0, 149) == pytest.approx(1 - 0.05 ** (1 / 149))
    assert upper(0, 148) > 0.02 > upper(0, 149)
    assert upper(0, 0) == 1.0


@pytest.mark.parametrize("wish", [0.02, 0.05, 0.1, 0.3])
def test_what_is_needed_is_just_enough(wish: float):
    least = needed(wish)
    assert allows(0, least, wish) and not any(allows(0, fewer, wish) for fewer in range(least))
    assert allowed(least, wish)[-1] >= 0 and allowed(least - 1, wish)[-1] == -1


def test_a_prediction_is_the_chance_of_the_draw():
    # 200 without a mistake and more than 4 among 200 more: all of 5 fall into the second half of 400
    chance = math.prod((200 - k) / (400 - k) for k in range(5))
    assert chance < 0.05 and allows(0, 200, 0.02)
    assert math.prod((199 - k) / (398 - k) for k in range(4)) > 0.05 and not allows(0, 199, 0.02)


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=60), st.sampled_from([0.1, 0.3, 0.5]))
def test_a_chosen_threshold_keeps_both_bounds_and_takes_equal_values_together(replies, wish):
    values, wrong = [v / 20 for v, _ in replies], [w for _, w in replies]
    threshold = choose(values, wrong, len(replies), wish)
    if threshold is not None:
        given_ = [w for v, w in zip(values, wrong, strict=True) if v >= threshold]
        assert sum(given_) <= allowed(len(given_), wish)[-1]
        assert upper(sum(given_), len(given_)) <= wish
        assert len(given_) >= 0.2 * len(replies)


def test_it_looks_no_further_than_the_first_that_fails():
    values = np.linspace(1, 0, 400)
    late = [False] * 100 + [True] * 60 + [False] * 240  # .15 wrong of all, but not on the way there
    assert choose(values, late, 400, 0.2) is not None
    threshold = choose(values, late, 400, 0.2)
    assert threshold is not None and (values >= threshold).sum() < 130
    assert choose(values, [True] * 400, 400, 0.2) is None
    assert choose([], [], 0, 0.2) is None
