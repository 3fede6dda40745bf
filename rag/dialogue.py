"""Follow-up questions: 「その場合の手数料は？」 is completed from what the same person asked before, without a model.

What a follow-up leaves out (its subject, its conditions, or what is asked) is taken over from the questions before it; a condition
gives way to another of its group. So does the day that an earlier question spoke of (昨年度の手数料は？ … 代理人なら？).
Where grammar does not say whether a question goes on (メスだといくらまで？) both readings are given; what they find decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rag.question_parts import ATTRIBUTE, CONDITIONS, PROCEDURES, Parts, take_apart
from rag.temporal import NOW, When, read_when

_MOST = 8  # phrases that are carried at most: what was asked long ago must not drown what is asked now
_SHORT = 12  # characters
_CHANGES = re.compile("別の(?:話|件|質問|こと)|別件|話は?(?:変|かわ|替)|ところで")


@dataclass(frozen=True, slots=True)
class Resolved:
    """What is looked up: the question's own words, with ``carried``, what it takes over from earlier ones, before them.

    ``possible``: how it reads if it goes on from the earlier ones, where nothing in its words says so.
    """

    text: str
    carried: tuple[str, ...] = ()
    possible: Resolved | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """What is looked up for a question, with what was carried from earlier ones, and the day that they speak of, if any.

    ``possible``: the other reading of a question of which grammar does not say whether it goes on from the earlier ones.
    """

    text: str
    carried: tuple[str, ...] = ()
    when: When | None = None
    possible: Understood | None = None

    def day(self, asked: date) -> date:
        """The day whose documents answer it; ``asked`` if it speaks of none."""
        return self.when.day if self.when else asked


def understand(question: str, history: Sequence[str], asked: date, fixed_day: bool = False) -> Understood:
    """A question of the day ``asked`` without the words that say of which day it speaks, completed from the earlier ones.

    ``fixed_day``: no words change the day. They are taken out all the same: they say nothing of the subject.

    >>> understand("昨年度は？", ["住民票の写しの手数料はいくらですか"], date(2026, 11, 1)).when.words
    '昨年度'
    """
    spoken = [read_when(text, asked) for text in history]
    earlier = [rest for _, rest in spoken if rest]
    when, own = read_when(question, asked)
    if fixed_day:
        found = resolve(own, earlier) if own and earlier else Resolved(own or question)
        return _understood(found, None)
    if when and not own:  # 昨年度は？
        if not history:
            return Understood(question)
        before = understand(history[-1], history[:-1], asked).text
        return Understood(before, (before,), when)
    found = resolve(own, earlier) if earlier else Resolved(own)
    carried_day = when
    if when is None and not NOW.search(own) and any(before for before, _ in spoken):
        carried_day = understand(history[-1], history[:-1], asked).when
    return _understood(found, when, carried_day)


def _understood(found: Resolved, when: When | None, carried_day: When | None = None) -> Understood:
    """``carried_day``: of which a question speaks that goes on from an earlier one."""
    if found.carried:
        return Understood(found.text, found.carried, carried_day)
    going_on = found.possible
    possible = Understood(going_on.text, going_on.carried, carried_day) if going_on else None
    return Understood(found.text, (), when, possible)


def resolve(question: str, history: Sequence[str]) -> Resolved:
    """Complete a question from the earlier ones of the same person, oldest first; another subject leaves it as it is.

    >>> resolve("その場合の手数料は？", ["住民票の写しを代理人が取るときに必要なもの"]).text
    '住民票の写し 代理人 手数料は?'
    """
    state: Parts | None = None
    for earlier in history:
        parts = take_apart(earlier)
        if state and _follows(parts, state):
            state = _continue(state, parts)
        elif parts.subject or parts.conditions or not state:  # a word of thanks is no change of subject
            state = parts
    parts = take_apart(question)
    carried = _carried(parts, state) if state else ()
    if not state or not carried:
        return Resolved(question)
    completed = Resolved(" ".join([*carried, parts.own]), carried)
    if _follows(parts, state):
        return completed
    return Resolved(question, possible=None if _CHANGES.match(parts.own) else completed)


def _follows(parts: Parts, state: Parts) -> bool:
    """Whether a question goes on from the one before it."""
    if parts.points_back:
        return True
    if parts.asked and any(_is_new(group, state) for group in parts.conditions):
        return False
    if not parts.subject:
        return bool(parts.conditions or parts.asked or parts.conditional or parts.question)
    if len(parts.subject) == 1 and not parts.asked and (parts.conditional or parts.action or _is_short(parts)):
        return True
    known = " ".join(state.subject)
    return parts.subject != state.subject and all(phrase in known for phrase in parts.subject)


def _is_short(parts: Parts) -> bool:
    """Whether a topic is too little for a question: 印鑑証明は？, 保育料は？, but not 避難所の開設基準は？"""
    topic = parts.subject[-1]
    whole = "の" in topic and bool(ATTRIBUTE.fullmatch(topic))
    return parts.topic and not whole and len(topic) <= _SHORT and topic.count("の") <= 1


def _is_new(group: str, state: Parts) -> bool:
    """Whether a group that names what is done (転入) is not what was talked of."""
    if group not in PROCEDURES:
        return False
    return group not in state.conditions and not CONDITIONS[group].search(" ".join(state.subject))


def _continue(state: Parts, parts: Parts) -> Parts:
    """What is talked of after a follow-up."""
    subject = tuple(dict.fromkeys([*_subject(parts, state), *parts.subject]))
    return Parts(parts.own, subject, {**state.conditions, **parts.conditions}, parts.asked or _asked(parts, state))


def _carried(parts: Parts, state: Parts) -> tuple[str, ...]:
    """What the question takes over: subject, conditions, and what was asked."""
    conditions = [value for group, value in state.conditions.items() if group not in parts.conditions]
    phrases = dict.fromkeys([*_subject(parts, state), *conditions, *_asked(parts, state)])
    return tuple(phrase for phrase in phrases if phrase not in parts.own)[:_MOST]


def _asked(parts: Parts, state: Parts) -> tuple[str, ...]:
    """What was asked, if the question says nothing but a condition or a subject for it: 代理人なら？ 印鑑証明は？"""
    alone = not parts.subject or parts.conditional or _replaces(parts, state)
    return state.asked if parts.bare and not parts.asked and alone else ()


def _subject(parts: Parts, state: Parts) -> tuple[str, ...]:
    """The subject that is kept: none if the question has one in its place, 転出届 if 転入届 was and 転出 is talked of."""
    if _replaces(parts, state):
        return ()
    subject = " \n".join(state.subject)
    for group in PROCEDURES:
        if new := parts.conditions.get(group):
            subject = CONDITIONS[group].sub(new, subject)
    return tuple(subject.split(" \n")) if subject else ()


def _replaces(parts: Parts, state: Parts) -> bool:
    """Whether the question asks the same of another subject: 印鑑証明は？ after the fee of another certificate."""
    if not (parts.subject and parts.bare and state.asked) or parts.asked or parts.points_back or parts.conditional:
        return False
    last = parts.subject[-1]
    return not ATTRIBUTE.fullmatch(last) or any(phrase.endswith(last[-1]) for phrase in state.subject)
