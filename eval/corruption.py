"""Rules that make one thing of a source sentence wrong: a figure, the citation, a denial, a name.

What they know of figures is their own, because they test the code that compares figures.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.domain import Chunk, Kind
from rag.text import compact

_AMOUNT = re.compile(r"([\d,]*\d)円")
_DATE = re.compile(r"(\d+)(年|月|日)(?!間|以|前|分)")
_NUMBER = re.compile(r"(\d+)(日以内|日前|日間|か月|歳|人|回|枚|通|割|%|％|時間|世帯)")
_ARTICLE = re.compile(r"(第|様式第|別表第)(\d+)(条|項|号)?")
_OFFICE = re.compile(
    "(?<![一-龠ァ-ヴー])(?!担当|主管|所管|関係|各|原課)[一-龠ァ-ヴー]{2,8}(?:課|(?<!関)係|センター|支所)(?=[のにへがは、。])"
)
_BOUNDS = {
    "以内": "以上",
    "以上": "未満",
    "未満": "以上",
    "以下": "以上",
    "を超える": "未満の",
    "まで": "以降",
    "日前": "日後",
}
_FLIPS = (
    ("できません", "できます"),
    ("できない", "できる"),
    ("ありません", "あります"),
    ("必要はない", "必要である"),
    ("対象外", "対象"),
    ("対象となる", "対象とならない"),
    ("不要です", "必要です"),
    ("不要とする", "必要とする"),
    ("要しない", "要する"),
    ("しません", "します"),
    ("しない", "する"),
    ("できます", "できません"),
    ("できる", "できない"),
    ("必要です", "不要です"),
    ("必要となる", "不要となる"),
    ("必要がある", "必要はない"),
    ("を除く", "を含む"),
    ("を含む", "を除く"),
    ("ください。", "ないでください。"),
    ("します。", "しません。"),
    ("する。", "しない。"),
    ("なります。", "なりません。"),
    ("です。", "ではありません。"),
    ("である。", "ではない。"),
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence or a row read out, and the passage in which it stands."""

    text: str
    chunk: Chunk


Corruption = Callable[[random.Random, Statement, Sequence[Statement]], tuple[str, Chunk] | None]
"""Makes a sentence and the passage that it cites from a statement and all statements; None where it does not apply."""


def _all(chunk: Chunk) -> str:
    """Everything that is printed in or around a passage, for making sure that a wrong value is not in it."""
    return compact(" ".join([chunk.document.title, *chunk.heading, *chunk.columns, chunk.question or "", chunk.text]))


def _wrong_number(rng: random.Random, pattern: re.Pattern[str], statement: Statement) -> str | None:
    """One number of the pattern changed to one that the passage does not have with that unit."""
    places = list(pattern.finditer(statement.text))
    if not places:
        return None
    match = rng.choice(places)
    old = match.group(1)
    value = int(old.replace(",", ""))
    new = rng.choice([value + rng.randint(1, 9), value * 10, max(value - rng.randint(1, 3), 1), value + 100])
    said = f"{new:,}" if "," in old else str(new)
    unit = match.group(0)[len(old) :]
    inside = re.sub(",", "", _all(statement.chunk))
    if new == value or re.search(rf"(?<!\d){new}(?!\d)", inside):
        return None
    return statement.text[: match.start()] + said + unit + statement.text[match.end() :]


def _number(pattern: re.Pattern[str]) -> Corruption:
    def corrupt(rng: random.Random, statement: Statement, _: Sequence[Statement]) -> tuple[str, Chunk] | None:
        text = _wrong_number(rng, pattern, statement)
        return (text, statement.chunk) if text else None

    return corrupt


def _article(rng: random.Random, statement: Statement, _: Sequence[Statement]) -> tuple[str, Chunk] | None:
    """An article, paragraph or form that the passage does not name: one changed, or one put before the sentence."""
    number = rng.randint(2, 60)
    match = _ARTICLE.search(statement.text)
    if re.search(rf"(?<!\d){number}(?!\d)", _all(statement.chunk)):
        return None
    if match:
        return statement.text[: match.start(2)] + str(number) + statement.text[match.end(2) :], statement.chunk
    return f"{rng.choice(['規則第', '要綱第', '第'])}{number}条により、{statement.text}", statement.chunk


def _citation(rng: random.Random, statement: Statement, others: Sequence[Statement]) -> tuple[str, Chunk] | None:
    """Cite another passage of the same department that does not have the sentence."""
    other = rng.choice(others).chunk
    same = other.document.department == statement.chunk.document.department
    return (statement.text, other) if same and compact(statement.text) not in _all(other) else None


def _negation(rng: random.Random, statement: Statement, _: Sequence[Statement]) -> tuple[str, Chunk] | None:
    fitting = [(old, new) for old, new in _FLIPS if old in statement.text]
    if not fitting or statement.chunk.kind is Kind.ROW:
        return None
    old, new = fitting[0] if len(fitting) == 1 else rng.choice(fitting[:2])
    at = statement.text.rindex(old)
    return statement.text[:at] + new + statement.text[at + len(old) :], statement.chunk


def _name(rng: random.Random, statement: Statement, others: Sequence[Statement]) -> tuple[str, Chunk] | None:
    names = _OFFICE.findall(statement.text)
    other = _OFFICE.findall(rng.choice(others).text)
    if not names or not other or other[0] in _all(statement.chunk) + statement.chunk.document.department:
        return None
    return statement.text.replace(rng.choice(names), other[0], 1), statement.chunk


def _bound(rng: random.Random, statement: Statement, _: Sequence[Statement]) -> tuple[str, Chunk] | None:
    # After a figure only: 「公開の日まで」 has none.
    places = [m for old in _BOUNDS for m in re.finditer(rf"(?<=\d[日月年円歳人割%]){old}|(?<=\d){old}", statement.text)]
    if not places:
        return None
    match = rng.choice(places)
    return statement.text[: match.start()] + _BOUNDS[match.group()] + statement.text[match.end() :], statement.chunk


def _exchange(rng: random.Random, statement: Statement, _: Sequence[Statement]) -> tuple[str, Chunk] | None:
    """Two amounts or two periods of one sentence in each other's place: every figure stands in the passage."""
    for pattern in (_AMOUNT, _NUMBER):
        places = list(pattern.finditer(statement.text))
        pairs = [(a, b) for a in places for b in places if a.start() < b.start() and a.group(1) != b.group(1)]
        pairs = [(a, b) for a, b in pairs if a.group(0)[len(a.group(1)) :] == b.group(0)[len(b.group(1)) :]]
        if pairs:
            a, b = rng.choice(pairs)
            text = statement.text
            return text[: a.start()] + b.group() + text[a.end() : b.start()] + a.group() + text[
                b.end() :
            ], statement.chunk
    return None


def _addition(rng: random.Random, statement: Statement, others: Sequence[Statement]) -> tuple[str, Chunk] | None:
    """A statement of another department added to the sentence."""
    other = rng.choice(others)
    if other.chunk.document.department == statement.chunk.document.department or statement.chunk.kind is Kind.ROW:
        return None
    return f"{statement.text.rstrip('。')}ほか、{other.text}", statement.chunk


CORRUPTIONS: dict[str, Corruption] = {
    "amount": _number(_AMOUNT),
    "date": _number(_DATE),
    "number": _number(_NUMBER),
    "article": _article,
    "bound": _bound,
    "citation": _citation,
    "negation": _negation,
    "name": _name,
    "exchange": _exchange,
    "addition": _addition,
}
