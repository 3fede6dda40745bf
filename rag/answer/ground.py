"""Whether the cited passages say what a sentence says: figures, names, denials and words, without any model.

A sentence that fails any check is struck, with the reason. What passes is not proven: its figures and names stand in the
passage, its words are the passage's, and it does not deny what the passage affirms. ``python -m eval ground`` measures it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.answer import contrast
from rag.answer.polarity import contradicts, said
from rag.answer.source import Source, content_words, coverage, placed_words, read, strange, topics
from rag.domain import Chunk, Citation, Kind, Struck
from rag.figures import Figure, agree, carries, figures
from rag.notation import FigureKind
from rag.text import compact, morphemes, normalise

COVERAGE = 0.7
"""The least share of a sentence's content words that its passages must have.

Of statements added to a sentence (``python -m eval ground --seed 1``) .65 and .7 both catch 50 of 50, and of our own honest sentences
for tuning (``tests/rag/answer/sentences.yaml``) they strike 1 and 3 of 93. The stricter one stands: a sentence that is struck costs less
than one that is wrong.
"""
_NAMED = 0.75  # of the words of a column's head: 交付手数料 does not name コンビニ交付
_ALIKE = 0.6  # of words before two figures: then they are said of the same
_NEAR = 0.8  # sentences of a passage with at least this share of the best overlap are near a statement
_SUFFIXES = (
    "課(?![税題金])|係(?![数争員])|室(?![内外温])|センター|支所|出張所|事務所|公民館|図書館|体育館|会館|保健所|保育所|保育園|幼稚園"
    "|小学校|中学校|病院|診療所|警察署|消防署|税務署|委員会|協議会|連合会"
)
_NAME = re.compile(f"[一-龠々ァ-ヴー]{{1,12}}?(?:{_SUFFIXES})|公民館|図書館|体育館|保健所|警察署|消防署|税務署")
_LAW = re.compile(
    "[一-龠々ァ-ヴー]{2,20}(?:(?<![方手用文作工療違適合寸司立])法(?![人定的])|条例|規則|要綱|要領|規程|施行令)"
)
_NO_NAME = re.compile("(?:関係|[賦日放]課|(?:担当|所管|主管|各|他の?|当該|同|原|当|本|貴)(?:課|係|室|センター|窓口))$")
_OWN = re.compile("^(?:本市|当市|同市|市内|市立|市町村|市|町|村|県|本|当|同|各)(?=..)")
_COUNTABLE = frozenset({FigureKind.AMOUNT, FigureKind.COUNT, FigureKind.PERIOD, FigureKind.AGE})
_PLACED = _COUNTABLE | {FigureKind.DATE, FigureKind.TIME, FigureKind.SHARE, FigureKind.PHONE, FigureKind.FORM}
PROVISO = ("ただし", "但し")
"""How a sentence begins that restricts the one before it."""
_LABEL = re.compile(
    "(?:ご|お)?(?:窓口|担当|問い?合わ?せ先?|連絡先|申込先|提出先|期限|費用|料金|持ち物|手続き?|対象|方法|理由|答え|結論)"
)
_NOT_SO = re.compile(
    r"^(?:ただし|但し)、?(?P<of>.{2,60}?)(?:は|に(?:つい|あっ)ては|ときは|場合は)、?この限りで(?:は)?ない"
)
_START = re.compile("日の?(?P<next>翌日)?(?:から|より|を)(?:起算して|数えて)?[^0-9、。]{0,4}$")
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
    covered = coverage(statement.text, sources)
    reason = next(_faults(statement, sources, covered, least), None)
    return Struck(sentence, reason) if reason else _supported(sentence, statement, sources, covered)


def _faults(statement: _Statement, sources: Sequence[Source], covered: float, least: float) -> Iterator[str]:
    """Why the statement cannot stand, the plainest reason first."""
    near = {source: [source.sentences[at] for at in _near(statement, source)] for source in sources}
    for figure in statement.figures:
        if not any(_has_figure(source, figure, near[source]) for source in sources):
            yield f"「{_shown(statement.text, figure)}」は、根拠の箇所にありません。"
    for name in _names(statement.text):
        if not any(_has_name(source, name) for source in sources):
            yield f"「{name}」は、根拠の箇所にありません。"
    if _says_nothing(statement, sources):
        yield "何かについて、資料にあることを述べていません。"
    for topic in topics(statement.text):
        named = _LABEL.fullmatch(topic.text) or figures(
            topic.text
        )  # 「窓口は」 says of anything; a figure is judged as one
        if not named and not any(source.treats(topic) for source in sources):
            yield f"「{topic.text}」についての記載は、根拠の箇所にありません。"
    for word in (
        *contrast.replaced(statement.text, sources),
        *contrast.compounds(statement.text, sources),
        *contrast.sides(statement.text, sources),
    ):
        yield f"「{word}」は、根拠の箇所にありません。"
    if covered < least:
        yield f"根拠の箇所にない言葉が多く含まれています（一致する言葉は{covered:.0%}）。"
    if added := strange(statement.text, sources):
        yield f"「{added}」についての記載は、根拠の箇所にありません。"
    prose = [sentence for source in sources if source.chunk.kind is not Kind.ROW for sentence in near[source]]
    rows = [sentence for source in sources if source.chunk.kind is Kind.ROW for sentence in near[source]]
    if denied := contradicts(statement.text, prose, rows):
        yield f"「{denied}」を打ち消すかどうかが、根拠の箇所と一致しません。"
    if _ignores_exception(statement, sources):
        yield "根拠の箇所では、この場合は例外とされています。"
    for figure in statement.figures:
        if figure.kind in _PLACED and _exchanged(statement, figure, sources):
            yield f"「{_shown(statement.text, figure)}」は、根拠の箇所では別の事柄についての記載です。"
        if _from_another_day(statement, figure, sources):
            yield f"「{_shown(statement.text, figure)}」を数え始める日が、根拠の箇所と一致しません。"
    for figure in statement.figures:
        if figure.kind is FigureKind.ARTICLE and not any(
            _in_paragraph(source, figure, near[source]) for source in sources
        ):
            yield f"「{_shown(statement.text, figure)}」は、この内容の箇所の番号ではありません。"
    for word in (
        *contrast.exchanged(statement.text, sources),
        *(w for s in sources for w in s.other_cells(statement.text)),
    ):
        yield f"「{word}」は、根拠の箇所では別の事柄についての記載です。"


def _says_nothing(statement: _Statement, sources: Sequence[Source]) -> bool:
    """Whether a sentence of hardly a word of the passages has none behind its last は: 「手数料は、そのとおりです」."""
    ends = [word.end for word in morphemes(statement.text) if word.form == "は" and word.kind[0] == "助詞"]
    rest = statement.text[ends[-1] :].lstrip("、") if ends else ""
    if re.match("(?:はい|いいえ)", rest):
        return True
    if figures(rest) or sum(any(source.has(w) for source in sources) for w in placed_words(statement.text)) > 1:
        return False
    words = {one.word for one in said(rest)}
    theirs = {one.word for source in sources for text in source.sentences for one in said(text)}
    found = any(source.has(word) for source in sources for word in placed_words(rest))
    return bool(words) and not words & theirs and not found


def _has_figure(source: Source, claim: Figure, near: Sequence[str]) -> bool:
    """Whether the passage has the figure, with the bound that it has where the passage speaks of the same thing."""
    unbound = replace(claim, bound="", further="")
    beside = [f for sentence in near for f in figures(sentence) if carries(f, unbound)]
    same = beside or [figure for figure in source.figures if carries(figure, unbound)]
    limited = [figure for figure in same if figure.bound or figure.further]
    if limited:
        return any(agree(figure, claim) for figure in limited)
    if same:  # 「4月1日から」 and 「30日以内」 may be said of 4月1日施行 and of 期限 30日; 「30日以上」 may not
        return claim.limit in ("", "≤") or claim.kind not in _COUNTABLE | {FigureKind.SHARE, FigureKind.NUMBER}
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
    """Whether another figure of the passages stands nearer to the words beside this one: the wrong column, the other case.

    Where the last clauses before both say the same, all that stands before each decides.
    """
    about, last = _beside(statement.text, claim, ()), _beside(statement.text, claim, _marks(statement.text))
    right, wrong = [(0.0, 0.0, 0.0)], [(0.0, 0.0, 0.0)]
    for source in sources:
        for sentence in source.sentences:
            for figure in (one for one in figures(sentence) if one.kind is claim.kind):
                beside, whole = (
                    _beside(sentence, figure, source.ends or _marks(sentence)),
                    _beside(sentence, figure, ()),
                )
                shared = len(about & beside) / max(len(beside), 1)
                alike = 0.0 if source.ends else _likeness(about, whole)  # a cell is bounded anyway
                if carries(figure, claim):
                    right.append((shared, _likeness(last, beside), alike))
                elif shared >= _NAMED or not source.ends:
                    wrong.append((shared, _likeness(last, beside), alike))
    best, other = max(right), max(wrong)
    return other[:2] > best[:2] or (other[:2] == best[:2] and other[2] > max(best[2], _ALIKE))


def _marks(text: str) -> tuple[int, ...]:
    return tuple(at for at, character in enumerate(text) if character in "、。:")


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(len(one | other), 1)


def _in_paragraph(source: Source, claim: Figure, near: Sequence[str]) -> bool:
    """Whether what is said stands in the 項 or 号 that is named, if that is one of the passage's own."""
    article, paragraph, item = claim.value.split("/")
    own = [place for place in source.paragraphs if carries(place, claim)]
    if not own or not article or not (paragraph or item):
        return any(carries(figure, claim) for figure in source.figures)
    spans = [span for said, span in zip(source.sentences, source.spans, strict=True) if said in near]
    return not spans or any(place.span[0] < end and start < place.span[1] for place in own for start, end in spans)


def _ignores_exception(statement: _Statement, sources: Sequence[Source]) -> bool:
    """Whether what 「ただし、…は、この限りでない」 takes out is said to be as what stands before it."""
    if statement.text.startswith(PROVISO) or _RESTRICTED.search(statement.text) or "この限り" in statement.text:
        return False
    ours = said(statement.text)
    for source in sources:
        for before, text in pairwise(source.sentences):
            exception, theirs = _NOT_SO.search(text), said(before)
            words = content_words(exception["of"]) if exception else frozenset()
            if words and words <= statement.words and ours and theirs and ours[-1].denied == theirs[-1].denied:
                return True
    return False


def _from_another_day(statement: _Statement, claim: Figure, sources: Sequence[Source]) -> bool:
    """Whether a period is counted from a day of which the passages say the next (起算日): 「した日から」 for 「した日の翌日から」."""
    if claim.kind is not FigureKind.PERIOD:
        return False
    ours = _START.search(statement.text[: claim.span[0]])
    if not ours or ours["next"]:
        return False
    same = [(text, f) for source in sources for text in source.sentences for f in figures(text) if carries(f, claim)]
    theirs = [_START.search(text[: figure.span[0]]) for text, figure in same]
    return any(theirs) and all(match is not None and match["next"] for match in theirs)


def _beside(text: str, figure: Figure, ends: Sequence[int]) -> frozenset[str]:
    """What stands before a figure: words and figures of other kinds, back to one of its own kind.

    With ``ends``, only back to the last of these places that leaves anything: in a row the head of its own column.
    """
    before = [f for f in figures(text) if f.kind is figure.kind and f.span[1] <= figure.span[0]]
    start = before[-1].span[1] if before else 0
    words = [(word.start, word.form) for word in placed_words(text) if start <= word.start < figure.span[0]]
    others = [
        (f.span[0], f.value) for f in figures(text) if f.kind is not figure.kind and start <= f.span[0] < figure.span[0]
    ]
    for mark in (at for at in reversed(ends) if start < at < figure.span[0]):
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
