"""Compare two runs, question by question: what got better, what got worse, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from eval.measures import MEASURES, Measure, Row, interval, resamples, summary


@dataclass(frozen=True, slots=True)
class Pair:
    """One question in two runs."""

    before: Row
    after: Row

    @property
    def change(self) -> int:
        """Above 0 if it got better: wrong, then abstained where there is an answer, then right."""
        return self.after.standing - self.before.standing


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two runs have in common, and what not. ``changed``: ids whose question or expected answer is another now."""

    pairs: tuple[Pair, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def better(self) -> tuple[Pair, ...]:
        return tuple(pair for pair in self.pairs if pair.change > 0)

    @property
    def worse(self) -> tuple[Pair, ...]:
        return tuple(pair for pair in self.pairs if pair.change < 0)


def compare(before: Sequence[Row], after: Sequence[Row]) -> Comparison:
    """Pair the questions of two runs. Only those that are the same in both are compared."""
    old, new = ({row.case.id: row for row in rows} for rows in (before, after))
    shared = [id_ for id_ in old if id_ in new]
    same = [id_ for id_ in shared if old[id_].case == new[id_].case]
    return Comparison(
        pairs=tuple(Pair(old[id_], new[id_]) for id_ in same),
        only_before=tuple(id_ for id_ in old if id_ not in new),
        only_after=tuple(id_ for id_ in new if id_ not in old),
        changed=tuple(id_ for id_ in shared if id_ not in same),
    )


def mcnemar(pairs: Sequence[Pair]) -> dict[str, float]:
    """McNemar's test in its exact form (binomial, two-sided) on whether a reply is as it should be (McNemar 1947)."""
    gained = sum(pair.after.right and not pair.before.right for pair in pairs)
    lost = sum(pair.before.right and not pair.after.right for pair in pairs)
    p = float(binomtest(gained, gained + lost, 0.5).pvalue) if gained + lost else 1.0
    return {"gained": gained, "lost": lost, "p": round(p, 4)}


def differences(pairs: Sequence[Pair]) -> dict[str, dict[str, float | None]]:
    """Every measure before and after, and the difference with its 95 % interval: percentile bootstrap over pairs."""
    return {name: _difference(pairs, measure) for name, measure in MEASURES.items()}


def result(comparison: Comparison) -> dict[str, Any]:
    """A comparison as ``--json`` prints it."""
    return {
        "cases": len(comparison.pairs),
        "before": summary([pair.before for pair in comparison.pairs]),
        "after": summary([pair.after for pair in comparison.pairs]),
        "differences": differences(comparison.pairs),
        "mcnemar": mcnemar(comparison.pairs),
        **{name: [_named(pair) for pair in getattr(comparison, name)] for name in ("better", "worse")},
        **{name: list(getattr(comparison, name)) for name in ("only_before", "only_after", "changed")},
    }


def _named(pair: Pair) -> dict[str, str]:
    case = pair.after.case
    return {"id": case.id, "question": case.question, "before": pair.before.outcome, "after": pair.after.outcome}


def _difference(pairs: Sequence[Pair], measure: Measure) -> dict[str, float | None]:
    """Where no question changed, every resample says 0; there the bounds are what Wilson allows for 0 changes of n."""
    old, new = _numbers(measure(pair.before) for pair in pairs), _numbers(measure(pair.after) for pair in pairs)
    before, after = _means(old[None, :])[0], _means(new[None, :])[0]
    figures = {"before": before, "after": after, "difference": after - before, "low": np.nan, "high": np.nan}
    if np.array_equal(old, new, equal_nan=True):
        bound = interval(0, int(np.count_nonzero(~np.isnan(old))))["high"]
        figures |= {"low": -bound, "high": bound} if bound is not None else {}
    elif not np.isnan(figures["difference"]):
        drawn = [_means(new[chosen]) - _means(old[chosen]) for chosen in resamples(len(pairs))]
        figures["low"], figures["high"] = np.nanpercentile(np.concatenate(drawn), [2.5, 97.5])
    return {name: None if np.isnan(value) else round(float(value), 3) for name, value in figures.items()}


def _means(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The mean of each row over the questions to which the measure applies; nan where there is none."""
    sums, counts = np.nansum(rows, axis=1), np.count_nonzero(~np.isnan(rows), axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _numbers(values: Iterable[float | None]) -> npt.NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], np.float64)
