"""Whether the cited passages say what a sentence says: figures, names, denials and words, without any model.

A sentence that fails any check is struck, with the reason. What passes is not proven: its figures and names stand in the
passage, its words are the passage's, and it does not deny what the passage affirms. ``python -m eval ground`` measures it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.answer.polarity import contradicts
from rag.answer.source import Source, content_words, placed_words, read, topics
from rag.domain import Chunk, Citation, Kind, Struck
from rag.figures import Figure, carries, figures
from rag.notation import FigureKind
from rag.text import compact, normalise

COVERAGE = 0.7
"""The least share of a sentence's content words that its passages must have.

Measured with ``python -m eval ground --seed 1``: of statements added to a sentence .6, .7, .8 catch 47, 48, 50 of 50, of wrong
citations all; of rewritten sentences they strike 0, 0.4, 0.4 %, and .9 strikes 3 %. Everyday wording is rewritten more freely
than by those rules, so that .8 would be too much.
"""
_NEAR = 0.8  # sentences of a passage with at least this share of the best overlap are near a statement
_SUFFIXES = (
    "課(?![税題金])|係(?![数争員])|室(?![内外温])|センター|支所|出張所|事務所|公民館|図書館|体育館|会館|保健所|保育所|保育園|幼稚園"
    "|小学校|中学校|病院|診療所|警察署|消防署|税務署|委員会|協議会|連合会"
)
_NAME = re.compile(f"[一-龠々ァ-ヴー]{{1,12}}?(?:{_SUFFIXES})")
_LAW = re.compile(
    "[一-龠々ァ-ヴー]{2,20}(?:(?<![方手用文作工療違適合寸司立])法(?![人定的])|条例|規則|要綱|要領|規程|施行令)"
)
_NO_NAME = re.compile("(?:関係|[賦日放]課|(?:担当|所管|主管|各|他の?|当該|同|原|当|本|貴)(?:課|係|室|センター|窓口))$")
_OWN = re.compile("^(?:本市|当市|同市|市内|市立|市町村|市|町|村|県|本|当|同|各)(?=..)")
_COUNTABLE = frozenset({FigureKind.AMOUNT, FigureKind.COUNT, FigureKind.PERIOD, FigureKind.AGE})
_PLACED = _COUNTABLE | {FigureKind.DATE, FigureKind.TIME, FigureKind.SHARE, FigureKind.PHONE}
PROVISO = ("ただし", "但し")
"""How a sentence begins that restricts the one before it."""
_RESTRICTED = re.compile("除[くきい]|に限[るりっら]|以外")


@dataclass(frozen=True, slots=True)
class Supported:
    """A sentence that its passages carry. ``coverage`` in 0..1 is the share of its words that they have.

    ``proviso`` is the 「ただし」 that restricts the source sentence and is missing from this one; ``warnings`` are for people.
    """

    text: str
    citations: tuple[Citation, ...]
    coverage: float
    proviso: Citation | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Statement:
    """A sentence under examination."""

    text: str
    words: frozenset[str]
    figures: tuple[Figure, ...]

    @classmethod
    def of(cls, text: str) -> _Statement:
        return cls(text, content_words(text), figures(text))


def check(sentence: str, cited: Sequence[Chunk], least: float = COVERAGE) -> Supported | Struck:
    """Hold one sentence, without its citation marks, against the passages that it cites.

    ``least``: the share of its words that they must have; all the rest is judged alike.
    """
    statement = _Statement.of(normalise(sentence))
    sources = [read(chunk) for chunk in cited]
    if not sources:
        return Struck(sentence, "根拠となる箇所が示されていません。")
    if not statement.words and not statement.figures:
        return Struck(sentence, "資料と照らし合わせることのできる内容がありません。")
    words = {word.form: any(source.has(word) for source in sources) for word in placed_words(statement.text)}
    coverage = sum(words.values()) / len(words) if words else 1.0
    reason = next(_faults(statement, sources, coverage, least), None)
    return Struck(sentence, reason) if reason else _supported(sentence, statement, sources, coverage)


def _faults(statement: _Statement, sources: Sequence[Source], coverage: float, least: float) -> Iterator[str]:
    """Why the statement cannot stand, the plainest reason first."""
    near = {source: [source.sentences[at] for at in _near(statement, source)] for source in sources}
    for figure in statement.figures:
        if not any(_has_figure(source, figure, near[source]) for source in sources):
            yield f"「{_shown(statement.text, figure)}」は、根拠の箇所にありません。"
    for name in _names(statement.text):
        if not any(_has_name(source, name) for source in sources):
            yield f"「{name}」は、根拠の箇所にありません。"
    for topic in topics(statement.text):
        if not any(source.treats(topic) for source in sources):
            yield f"「{topic.text}」についての記載は、根拠の箇所にありません。"
    if coverage < least:
        yield f"根拠の箇所にない言葉が多く含まれています（一致する言葉は{coverage:.0%}）。"
    prose = [sentence for source in sources if source.chunk.kind is not Kind.ROW for sentence in near[source]]
    rows = [sentence for source in sources if source.chunk.kind is Kind.ROW for sentence in near[source]]
    if word := contradicts(statement.text, prose, rows):
        yield f"「{word}」を打ち消すかどうかが、根拠の箇所と一致しません。"
    for figure in statement.figures:
        if figure.kind in _PLACED and _exchanged(statement, figure, sources):
            yield f"「{_shown(statement.text, figure)}」は、根拠の箇所では別の事柄についての記載です。"


def _has_figure(source: Source, claim: Figure, near: Sequence[str]) -> bool:
    """Whether the passage has the figure, with the bound that it has where the passage speaks of the same thing."""
    unbound = replace(claim, bound="")
    beside = [f for sentence in near for f in figures(sentence) if carries(f, unbound)]
    same = beside or [figure for figure in source.figures if carries(figure, unbound)]
    bounds = {figure.bound for figure in same} - {""}
    if same:
        return not claim.bound or not bounds or claim.bound in bounds
    # A table says what a number counts in the head of its column, in words of its own.
    if source.chunk.kind is not Kind.ROW or claim.kind not in _COUNTABLE | {FigureKind.NUMBER}:
        return False
    kinds = _COUNTABLE if claim.kind is FigureKind.NUMBER else {FigureKind.NUMBER}
    return any(f.kind in kinds and _digits(f) == _digits(claim) for f in source.figures)


def _digits(figure: Figure) -> str:
    return "".join(character for character in figure.value if character in "0123456789.")


def _names(text: str) -> Iterator[str]:
    """Names of offices, facilities and regulations, without the words that stand for any of them (担当課)."""
    for pattern in (_NAME, _LAW):
        for match in pattern.finditer(text):
            if not _NO_NAME.search(match.group()):
                yield match.group()


def _has_name(source: Source, name: str) -> bool:
    name = compact(name)
    return name in source.compact or _OWN.sub("", name) in source.compact


def _exchanged(statement: _Statement, claim: Figure, sources: Sequence[Source]) -> bool:
    """Whether another figure of the passages stands nearer to the words beside this one: the wrong column, the other case."""
    about = _beside(statement.text, claim, "")
    right, wrong = [0.0], [0.0]
    for source in sources:
        for sentence in source.sentences:
            for figure in figures(sentence):
                if figure.kind is claim.kind:
                    beside = _beside(sentence, figure, "、。:")
                    shared = len(about & beside) / max(len(beside), 1)
                    (right if carries(figure, claim) else wrong).append(shared)
    return max(wrong) > max(right)


def _beside(text: str, figure: Figure, ends: str) -> frozenset[str]:
    """What stands before a figure: words and figures of other kinds, back to one of its own kind.

    With ``ends``, only back to the last of these marks that leaves anything: in a row the head of its own column.
    """
    before = [f for f in figures(text) if f.kind is figure.kind and f.span[1] <= figure.span[0]]
    start = before[-1].span[1] if before else 0
    words = [(word.start, word.form) for word in placed_words(text) if start <= word.start < figure.span[0]]
    others = [
        (f.span[0], f.value) for f in figures(text) if f.kind is not figure.kind and start <= f.span[0] < figure.span[0]
    ]
    for mark in (at for at in range(figure.span[0] - 1, start, -1) if text[at] in ends):
        if any(at > mark for at, _ in words):
            return frozenset(what for at, what in words + others if at > mark)
    if not words and not others and before:  # 「10分の7以上: 60%」
        return frozenset({before[-1].value})
    return frozenset(what for _, what in words + others)


def _near(statement: _Statement, source: Source) -> list[int]:
    """The sentences of a passage that a statement may be about, nearest first."""
    scores = []
    for sentence in source.sentences:
        words = content_words(sentence)
        shared = len(statement.words & words)
        own = figures(sentence)
        told = sum(any(carries(figure, claim) for figure in own) for claim in statement.figures)
        scores.append(
            shared / max(len(statement.words), 1)
            + 0.2 * told / max(len(statement.figures), 1)
            + 0.1 * shared / max(len(words), 1)
        )
    best = max(scores, default=0.0)
    return [at for at in sorted(range(len(scores)), key=lambda i: -scores[i]) if scores[at] >= _NEAR * best > 0]


def _supported(sentence: str, statement: _Statement, sources: Sequence[Source], coverage: float) -> Supported | Struck:
    citations, proviso, warnings = [], None, []
    for source in sources:
        near = _near(statement, source)
        if not near or source.only_names(statement.text):
            continue
        citations.append(_quote(source, statement, near[0]))
        following = near[0] + 1
        restricts = following < len(source.sentences) and source.sentences[following].startswith(PROVISO)
        if restricts and not statement.text.startswith(PROVISO) and following not in near:
            proviso = _cite(source, following, following)
            warnings.append("根拠の箇所では、この後に「ただし」で始まる例外が続いています。")
        elif _RESTRICTED.search(source.sentences[near[0]]) and not _RESTRICTED.search(statement.text):
            warnings.append("根拠の箇所には「除く」「限る」などの条件が付いています。")
    if not citations:
        return Struck(sentence, "題名や見出しの言葉だけで、本文に根拠がありません。")
    return Supported(sentence, tuple(citations), coverage, proviso, tuple(warnings))


def _quote(source: Source, statement: _Statement, nearest: int) -> Citation:
    """The nearest sentence, widened to those beside it that hold the figures which it lacks."""
    first = last = nearest
    for claim in statement.figures:
        holding = [i for i, text in enumerate(source.sentences) if any(carries(f, claim) for f in figures(text))]
        if holding and not first <= min(holding, key=lambda i: abs(i - nearest)) <= last:
            other = min(holding, key=lambda i: abs(i - nearest))
            first, last = min(first, other), max(last, other)
    return _cite(source, first, last)


def _cite(source: Source, first: int, last: int) -> Citation:
    start, end = source.spans[first][0], source.spans[last][1]
    return Citation(source.chunk, source.chunk.text[start:end], (start, end))


def _shown(text: str, figure: Figure) -> str:
    return text[figure.span[0] : figure.span[1]]
