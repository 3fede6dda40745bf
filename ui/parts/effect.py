"""What a new edition does to the answers, question by question."""

from __future__ import annotations

from ingest.effect import Effect
from ui import wording
from ui.parts.plain import plain, table

_SHOWN = 20


def draw_effect(effect: Effect) -> None:
    """The questions whose answer changes, those that get worse first."""
    if not effect.changed:
        plain(wording.NO_REPLY_CHANGES.format(cases=effect.cases), "small")
        return
    rows = [
        [wording.BETTER[reply.better], reply.question, reply.before, reply.after]
        for reply in sorted(effect.changed, key=lambda reply: reply.better)
    ]
    plain(wording.REPLIES_CHANGE.format(cases=effect.cases, count=len(rows)), "small")
    table(wording.EFFECT_COLUMNS, rows[:_SHOWN])
    if len(rows) > _SHOWN:
        plain(wording.MORE_REPLIES.format(count=len(rows) - _SHOWN), "small")
