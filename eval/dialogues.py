"""Follow-up questions apart: are they answered as if they had been asked whole, and is a change of subject left alone?

No threshold takes part: what a question is taken to mean is measured, not how sure the answer is.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from eval.calibrate import observe
from eval.cases import Case, question_of
from eval.measures import interval
from rag.assistant import Assistant

_SEED = 0


def dialogues(assistant: Assistant, cases: Sequence[Case], day: date) -> dict[str, Any]:
    """Figures for the follow-ups among the answerable cases, and for the others, asked after a question about something else.

    ``followups``: the share answered rightly. ``changes``: the share of other questions that are still looked up as they
    are after one that has nothing to do with them; ``changes_right`` and ``alone_right``: answered rightly then, and alone.
    """
    answerable = [case for case in cases if case.answerable]
    followups = [case for case in answerable if case.history]
    alone = [case for case in answerable if not case.history]
    after = _after_another(alone)
    kept = [not assistant.understood(question_of(case, day)).carried for case in after]
    return {
        "followups": _right(assistant, followups, day),
        "changes": interval(sum(kept), len(kept)),
        "changes_right": _right(assistant, after, day),
        "alone_right": _right(assistant, alone, day),
        "questions": {"followups": len(followups), "changes": len(after)},
    }


def _right(assistant: Assistant, cases: Sequence[Case], day: date) -> dict[str, float | None]:
    found = [observation.outcome == "correct" for observation in observe(assistant, cases, day)]
    return interval(sum(found), len(found))


def _after_another(cases: Sequence[Case]) -> list[Case]:
    """Every case after a question of a case with other sources, drawn with a fixed seed."""
    draw = random.Random(_SEED)  # noqa: S311 - no secret
    found = []
    for case in cases:
        others = [other for other in cases if not other.gold & case.gold]
        if others:
            found.append(replace(case, history=(draw.choice(others).question,)))
    return found
