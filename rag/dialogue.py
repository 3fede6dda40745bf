"""Follow-up questions: 「その場合の手数料は？」 is completed from what the same person asked before, without a model.

What a follow-up leaves out (its subject, its conditions, or what is asked) is taken over from the questions before it; a condition
gives way to another of its group. So does the day that an earlier question spoke of (昨年度の手数料は？ … 代理人なら？).
Where grammar does not say how a question reads (メスだといくらまで？), its readings are looked up; what they find decides, the signs of
grammar count with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from rag.question_parts import ACCESSORY, ATTRIBUTE, CONDITIONS, PROCEDURES, Parts, take_apart
from rag.spelling import respelled
from rag.temporal import NOW, When, read_when

_MOST = 8  # phrases that are carried at most: what was asked long ago must not drown what is asked now
_SHORT = 12  # characters
# Phrases and characters of a question that says too little without what it points back to; by judgement, as さっき may be another time
# than that of the question before: さっきの防災放送、何て言ってたか聞き取れなくて。電話で聞き直せる番号ありましたよね
_FEW, _FEW_CHARACTERS = 2, 30
# What grammar counts beside the scores of the readings; the proportions are those of a logistic regression over 215 questions of which
# grammar alone does not say whether they go on. With them, of 96 follow-ups of our development dialogues 92 are taken for one and 3 of
# 171 questions after one of another subject (with _GOES_ON .06: 86 and 3, with .14: 93 and 10). ``objectless`` came later and weighs what
# ``more`` does, by judgement.
_GOES_ON = 0.10
_A_PHRASE, _A_CHARACTER, _LONG = 0.016, 0.005, 40  # the more a question says, the better it can do alone
_SIGNS = {"points_back": 0.12, "verbal": 0.11, "more": 0.12, "objectless": 0.12, "states": 0.05, "conditional": 0.07}
_CONNECTED = 0.15
_CONNECTS = re.compile(
    r"(?:あ、|え、|えっと、|あと、)?(?:それ(?:なら|だと|では|じゃ|でも|って|は|が|を|に|も)|そ(?:の|う|ちら|こ)|こ(?:の場合|れ)"
    r"|じゃあ?|では、|でしたら|だったら|だとしたら|(?:と|って)いうことは|となると|すると|でも、)"
)
_CHANGES = re.compile(
    "(?:[全ま]く|全然)?(?:別の|違う|ほかの|他の|その(?:他|ほか)の)(?:話|件|質問|こと)|別件|話[はが]?(?:変|かわ|替)|ところで"
)

_THANKS = re.compile(
    "(?:どうも)?(?:ありがと|有難|すみません|すいません|分かり|わかり|了解|承知|助かり|なるほど|失礼|お世話)"
)


Look = Callable[[str], float]
"""How well the documents settle a reading: the score of its best passage."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What is looked up: the question's own words, with ``carried``, what it takes over from earlier ones, before them."""

    text: str
    carried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Understood:
    """What is looked up for a question, with what was carried from earlier ones, and the day that they speak of, if any."""

    text: str
    carried: tuple[str, ...] = ()
    when: When | None = None

    @property
    def own(self) -> str | None:
        """What a question that takes something over says itself; None if it takes nothing over, or says nothing (昨年度は？)."""
        return self.text.removeprefix(" ".join(self.carried)).strip() or None if self.carried else None

    def day(self, asked: date) -> date:
        """The day whose documents answer it; ``asked`` if it speaks of none."""
        return self.when.day if self.when else asked


def understand(
    question: str, history: Sequence[str], asked: date, fixed_day: bool = False, look: Look | None = None
) -> Understood:
    """A question of the day ``asked`` without the words that say of which day it speaks, completed from the earlier ones.

    ``fixed_day``: no words change the day. They are taken out all the same: they say nothing of the subject.
    ``look``: how the documents settle a reading; without it grammar decides alone.

    >>> understand("昨年度は？", ["住民票の写しの手数料はいくらですか"], date(2026, 11, 1)).when.words
    '昨年度'
    """
    spoken = [read_when(respelled(text), asked) for text in history]
    earlier = [rest for _, rest in spoken if rest]
    when, own = read_when(question, asked)
    if fixed_day:
        found = resolve(own, earlier, look) if own and earlier else Resolved(own or question)
        return Understood(found.text, found.carried)
    if when and not own:  # 昨年度は？
        if not history:
            return Understood(question)
        before = understand(history[-1], history[:-1], asked, look=look).text
        return Understood(before, (before,), when)
    found = resolve(own, earlier, look) if earlier else Resolved(own)
    if found.carried and when is None and not NOW.search(own) and any(before for before, _ in spoken):
        when = understand(history[-1], history[:-1], asked, look=look).when
    return Understood(found.text, found.carried, when)


def resolve(question: str, history: Sequence[str], look: Look | None = None) -> Resolved:
    """Complete a question from the earlier ones of the same person, oldest first; another subject leaves it as it is.

    >>> resolve("その場合の手数料は？", ["住民票の写しを代理人が取るときに必要なもの"]).text
    '住民票の写し 代理人 手数料は?'
    """
    talk: _Talk | None = None
    for text in history:
        talk = _read(text, talk, look).talk
    return _read(question, talk, look).resolved


@dataclass(frozen=True, slots=True)
class _Talk:
    """What is talked of after a question, and how that question was looked up."""

    parts: Parts
    text: str


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way in which a question reads, and what is talked of if it is meant so."""

    resolved: Resolved
    talk: _Talk


def _read(question: str, talk: _Talk | None, look: Look | None) -> _Reading:
    """How a question reads after what was talked of."""
    parts = take_apart(question)
    alone = _Reading(Resolved(question), _Talk(parts, question))
    if talk is None:
        return alone
    if _says_nothing(parts):
        return _Reading(Resolved(question), talk)  # a word of thanks is no change of subject
    goes_on = _goes_on(parts, talk.parts)
    readings = [] if goes_on is False else _going_on(parts, talk.parts)
    if not readings or (look is None and not goes_on):
        return alone
    if look is None:
        return readings[0]
    scores = [look(reading.resolved.text) for reading in readings] if len(readings) > 1 or not goes_on else [0.0]
    best = max(scores)
    connected = _CONNECTED if _CONNECTS.match(question) else 0.0
    if goes_on or best + _lead(parts) + connected > look(parts.own):
        return readings[scores.index(best)]
    return alone


def _says_nothing(parts: Parts) -> bool:
    return not (parts.subject or parts.conditions or parts.points_back) and (
        bool(_THANKS.match(parts.own)) or not (parts.asked or parts.conditional or parts.question or parts.states)
    )


def _lead(parts: Parts) -> float:
    """How much worse a question may be settled as a follow-up than alone and still be one; below 0: how much better it must be."""
    length = min(len(parts.own), _LONG)
    signs = sum(weight for name, weight in _SIGNS.items() if getattr(parts, name))
    return _GOES_ON - _A_PHRASE * len(parts.subject) - _A_CHARACTER * length + signs


def _goes_on(parts: Parts, state: Parts) -> bool | None:
    """Whether a question goes on from the one before it; None if grammar does not say."""
    if _CHANGES.match(parts.own):
        return False
    if parts.points_back and len(parts.subject) <= _FEW and len(parts.own) <= _FEW_CHARACTERS:
        return True
    if parts.asked and any(_is_new(group, state) for group in parts.conditions):
        return False
    if not parts.subject:
        return bool(parts.conditions or parts.asked or parts.conditional or parts.question) or None
    if len(parts.own) <= _SHORT and all(ACCESSORY.fullmatch(phrase) for phrase in parts.subject):
        return True
    if not parts.asked and ((len(parts.subject) == 1 and (parts.conditional or parts.action)) or _is_short(parts)):
        return True
    known = " ".join(state.subject)
    return True if parts.subject != state.subject and all(phrase in known for phrase in parts.subject) else None


def _is_short(parts: Parts) -> bool:
    """Whether a topic is too little for a question: 印鑑証明は？, 缶とびんは？, but not 避難所の開設基準は？"""
    if not parts.subject or any(f"{a}と{b}" not in parts.own for a, b in pairwise(parts.subject)):
        return False
    topic = parts.subject[-1]
    whole = "の" in topic and bool(ATTRIBUTE.fullmatch(topic))
    return parts.topic and not whole and len(topic) <= _SHORT and topic.count("の") <= 1


def _is_new(group: str, state: Parts) -> bool:
    """Whether a group that names what is done (転入) is not what was talked of."""
    if group not in PROCEDURES:
        return False
    return group not in state.conditions and not CONDITIONS[group].search(" ".join(state.subject))


def _going_on(parts: Parts, state: Parts) -> list[_Reading]:
    """The readings of a question that takes something over: the same asked of another subject, if it may be, and more of the same."""
    replaced = [True, False] if _replaces(parts, state) else [False]
    found = [_completed(parts, state, instead) for instead in replaced]
    return [reading for reading in found if reading.resolved.carried]


def _completed(parts: Parts, state: Parts, instead: bool) -> _Reading:
    """The question with its subject (``instead`` of the one before it, or with that), conditions, and what was asked."""
    subject = () if instead else _subject(parts, state)
    conditions = [value for group, value in state.conditions.items() if group not in parts.conditions]
    phrases = dict.fromkeys([*subject, *conditions, *_asked(parts, state)])
    carried = tuple(phrase for phrase in phrases if phrase not in parts.own)[:_MOST]
    text = " ".join([*carried, parts.own])
    after = Parts(
        parts.own,
        tuple(dict.fromkeys([*subject, *parts.subject])),
        {**state.conditions, **parts.conditions},
        parts.asked or _asked(parts, state),
    )
    return _Reading(Resolved(text, carried), _Talk(after, text))


def _asked(parts: Parts, state: Parts) -> tuple[str, ...]:
    """What was asked, if the question says nothing but a condition or a subject for it: 代理人なら？ 印鑑証明は？ うちは三番目の子です"""
    alone = not parts.subject or parts.conditional or _replaces(parts, state)
    return state.asked if not parts.asked and (parts.states or (parts.bare and alone)) else ()


def _subject(parts: Parts, state: Parts) -> tuple[str, ...]:
    """The subject that is kept: 転出届 if 転入届 was and 転出 is talked of."""
    subject = " \n".join(state.subject)
    for group in PROCEDURES:
        if new := parts.conditions.get(group):
            subject = CONDITIONS[group].sub(new, subject)
    return tuple(subject.split(" \n")) if subject else ()


def _replaces(parts: Parts, state: Parts) -> bool:
    """Whether the question may ask the same of another subject: 印鑑証明は？ after the fee of another certificate."""
    if not (parts.subject and parts.bare and state.asked) or parts.asked or parts.points_back or parts.conditional:
        return False
    last = parts.subject[-1]
    return not ATTRIBUTE.fullmatch(last) or any(phrase.endswith(last[-1]) for phrase in state.subject)
