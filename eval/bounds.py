"""Bounds on a share of wrong answers from few questions, and the choice of a threshold that does not break them.

Two bounds have to hold, both exact for every size of a set: Clopper and Pearson's (1934) on the share itself, and the prediction limit
on what *as many further answers* will show (Thatcher 1964; the hypergeometric distribution), since a promise is checked on a sample
that has its own luck. The second is the stricter one.

Looking for the best threshold and believing the bound found there would break it, since luck would be chosen along; thresholds are
tested instead in an order that is fixed beforehand, from strict to lenient, up to the first that fails (fixed-sequence testing:
Angelopoulos, Bates, Candès, Jordan and Lei, "Learn then Test", 2021, section 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
_LEAST_COVERAGE = 0.2
"""Where the sequence begins, as a share of the questions: a stricter threshold is of little use, and a single early mistake there ends
it. Over ten simulated sets of 150 to 2,000 questions .20 answers 40 % of them on average, .15 answers 39 %,
.10 and 0 answer 36 %."""


def upper(wrong: int, answered: int, confidence: float = CONFIDENCE) -> float:
    """The highest share of wrong answers that is compatible with ``wrong`` of ``answered``; 1 if none was answered.

    >>> round(upper(0, 149), 4), round(upper(1, 18), 4), upper(0, 0)
    (0.0199, 0.2377, 1.0)
    """
    return 1.0 if wrong >= answered else float(stats.beta.ppf(confidence, wrong + 1, answered - wrong))


def between(wrong: int, answered: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Clopper and Pearson's interval around ``wrong`` of ``answered``; 0 and 1 if none was answered."""
    half = (1 + confidence) / 2
    low = 0.0 if not wrong else float(stats.beta.ppf(1 - half, wrong, answered - wrong + 1))
    return low, upper(wrong, answered, half)


def allows(wrong: int, answered: int, wish: float, confidence: float = CONFIDENCE) -> bool:
    """Whether ``wrong`` of ``answered`` prove that the share is at most ``wish``, and that as many further answers will show it.

    If they showed more, they and these together would have more than ``most + wrong`` wrong ones: so few of them among these must be
    improbable.
    """
    if upper(wrong, answered, confidence) > wish:
        return False
    most = int(wish * answered + 1e-9)
    return bool(stats.hypergeom.cdf(wrong, 2 * answered, wrong + most + 1, answered) <= 1 - confidence)


def needed(wish: float, wrong: int = 0) -> int:
    """How many answers it takes to prove ``wish`` with ``wrong`` of them wrong. ``wish`` in 0..1 without the ends.

    >>> needed(0.02), needed(0.05), needed(0.02, wrong=1)
    (200, 80, 300)
    """
    high = wrong + 1
    while not allows(wrong, high, wish):
        high *= 2
    # Beyond what is needed the second bound comes and goes by one answer (a share of whole answers): the first that is enough.
    return next(count for count in range(high // 2, high + 1) if allows(wrong, count, wish))


@lru_cache(maxsize=64)
def allowed(most: int, wish: float) -> tuple[int, ...]:
    """For 0 … ``most`` answers how many may be wrong; -1 where not even none may. It never falls: more answers prove more."""
    counts, wrong = [-1], -1
    for answered in range(1, most + 1):
        while allows(wrong + 1, answered, wish):
            wrong += 1
        counts.append(wrong)
    return tuple(counts)


def choose(
    values: Sequence[float], wrong: Sequence[bool], questions: int, wish: float, coverage: float = 1.0
) -> float | None:
    """The lowest threshold at or above which the share of wrong answers is at most ``wish``, with ``CONFIDENCE``.

    ``values`` and ``wrong``: of every reply that could be given; ``questions``: of how many questions. None where no threshold
    can be proven. What is tested depends on the values and on the wish, never on what was wrong: the strictest threshold
    that could pass, and then one for every wrong answer more that may be among them. ``coverage``: the share of the questions at
    which to stop in any case; it must not depend on what was wrong either.
    """
    order = np.argsort(-np.asarray(values, float), kind="stable")
    sure, errors = np.asarray(values, float)[order], np.cumsum(np.asarray(wrong, bool)[order])
    may = allowed(len(sure), wish)
    chosen, tested = None, -1
    for count in range(
        max(1, int(np.ceil(_LEAST_COVERAGE * questions))), min(len(sure), int(coverage * questions)) + 1
    ):
        tie = count < len(sure) and sure[count] == sure[count - 1]
        if tie or may[count] <= tested:
            continue
        if errors[count - 1] > may[count]:
            break
        chosen, tested = float(sure[count - 1]), int(may[count])
    return chosen
