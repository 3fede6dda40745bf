"""Two runs, question by question."""

from __future__ import annotations

import streamlit as st

from eval.compare import Comparison, differences, mcnemar
from eval.show import NAMES, OUTCOMES
from ui import wording
from ui.parts.plain import plain, table

_SHOWN = 20
_CHANCE = 0.05
_LONGEST = 160


def draw_comparison(before: str, after: str, found: Comparison) -> None:
    """What became of the questions that two runs have in common; ``before`` and ``after`` name them."""
    plain(wording.COMPARISON, "heading", tag="h2")
    plain(wording.COMPARED_RUNS.format(before=before, after=after), "small")
    plain(wording.COMPARED.format(cases=len(found.pairs), better=len(found.better), worse=len(found.worse)), "lead")
    if not (found.better or found.worse):
        if found.pairs:
            plain(wording.NO_CHANGE)
        return
    plain(wording.CHANCE if mcnemar(found.pairs)["p"] >= _CHANCE else wording.NO_CHANCE)
    with st.expander(wording.MORE_FIGURES_COMPARED):
        _draw_differences(found)
    for name, pairs in ((wording.GOT_WORSE, found.worse), (wording.GOT_BETTER, found.better)):
        if not pairs:
            continue
        plain(name, "subheading", tag="h3")
        rows = []
        for pair in pairs[:_SHOWN]:
            told = (f"{OUTCOMES[row.outcome]}　{short(row.record.text)}" for row in (pair.before, pair.after))
            rows.append([pair.after.case.question, *told])
        table(wording.CHANGE_COLUMNS, rows)
        if len(pairs) > _SHOWN:
            plain(wording.MORE_WORST.format(count=len(pairs) - _SHOWN), "small")


def short(text: str) -> str:
    """A reply on a line of a table."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def percent(value: float | None) -> str:
    """「62.3%」"""
    return "―" if value is None else f"{value:.1%}"


def _draw_differences(found: Comparison) -> None:
    """Every measure before and after, and the difference in percentage points with its interval."""
    figures = differences(found.pairs)
    rows = [
        [label, percent(figures[name]["before"]), percent(figures[name]["after"]), _points(figures[name])]
        for name, label in NAMES.items()
    ]
    table(wording.DIFFERENCE_COLUMNS, rows)
    plain(wording.DIFFERENCE_NOTE, "small")


def _points(row: dict[str, float | None]) -> str:
    """「+1.2（-0.8〜+3.2）」"""
    if row["difference"] is None or row["low"] is None or row["high"] is None:
        return "―"
    return f"{100 * row['difference']:+.1f}（{100 * row['low']:+.1f}〜{100 * row['high']:+.1f}）"
