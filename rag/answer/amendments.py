"""What is cited and was otherwise shortly before the day asked for, or will be shortly after it: 改正前 and 改正後.

The other edition of a document never answers. What it says in the corresponding place is found by the words around the figures, and
is announced only where it differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from rag.domain import Amendment, Answer, Chunk, Citation, DocumentInfo, Kind, Question
from rag.temporal import Amended, When, day_before, wareki
from rag.text import compact, normalise, read_row, sentences, tokens

if TYPE_CHECKING:
    from rag.edition.catalog import Catalog

_NEAR = timedelta(days=90)
_ALIKE = 0.6  # of their letters without figures: passages that have less in common are not two forms of one; by judgement, not measured
_SHARED = 0.65  # of the words of two answers: of six of our own FAQ the one whose answer was kept has .78, wrong ones have at most .58
_SAME_HEADING = 0.1  # speaks for a passage as much as this share of its letters
_FIGURES = re.compile(r"[0-9〇一二三四五六七八九十百千万]+")
_SHORT = 300  # characters: an answer of a FAQ up to this length is shown whole


# By whether the other edition is the later one, and whether the change is still to come on the day of asking.
_STATES = {
    (True, True): "まだ施行されていません",
    (True, False): "その日から有効",
    (False, True): "その前日まで有効",
    (False, False): "今は効力がありません",
}


def other_edition(document: DocumentInfo, later: bool, question: Question, catalog: Catalog) -> DocumentInfo | None:
    """The edition that follows this one (``later``) or that it follows, if this viewer may see it and it is not in force as well."""
    for other in catalog.documents:
        newer, older = (other, document) if later else (document, other)
        if newer.supersedes == older.path and newer.validity.start and question.viewer.may_see(other):
            return None if other.validity.covers(question.as_of) else other
    return None


def amended_day(documents: Sequence[DocumentInfo], side: Amended, question: Question, catalog: Catalog) -> date | None:
    """The day before, or the day, of the amendment of the first of these documents that has one on this side of the day of asking."""
    for document in documents:
        if other := other_edition(document, side == "after", question, catalog):
            change = (other if side == "after" else document).validity.start
            return change if side == "after" else day_before(change) if change else None
    return None


def amendments(answer: Answer, question: Question, when: When | None, catalog: Catalog) -> tuple[Amendment, ...]:
    """What other editions say of the cited passages, if the change is near the day ``question.as_of`` or within the time asked for."""
    first, last = (when.first, when.last) if when else (question.as_of, question.as_of)
    found: list[Amendment] = []
    for number, citation in enumerate(answer.citations, start=1):
        document = citation.chunk.document
        for later in (True, False):
            other = other_edition(document, later, question, catalog)
            change = (other if later else document).validity.start if other else None
            if other is None or change is None or not first - _NEAR <= change <= _after(last):
                continue
            chunks = catalog.document_chunks(other.id)
            if _says_the_same(citation, chunks):
                continue
            passage = _corresponding(citation, chunks)
            # That there is none is said only of a coming edition, in which the rule may be gone; what is new was not otherwise before.
            if passage or (later and when is None):
                found.append(Amendment(number, change, later, other, passage))
    return _distinct(found)


def describe(amendment: Amendment, today: date) -> str:
    """An amendment in one line: 「［1］は令和8年12月1日に改正されます。改正後（まだ施行されていません）：…」. ``today``: the day of asking."""
    coming = amendment.day > today
    text = f"［{amendment.citation}］の内容は、{wareki(amendment.day)}に改正され{'ます' if coming else 'ました'}。"
    side = "改正後" if amendment.later else "改正前"
    if amendment.passage is None:
        return f"{text}{side}の資料（{amendment.other.title}）に、これに当たる記載は見当たりません。"
    chunk, quote = amendment.passage.chunk, amendment.passage.quote
    said = read_row(chunk.columns, chunk.text) if chunk.kind is Kind.ROW else " ".join(quote.split())
    state = _STATES[amendment.later, coming]
    return f"{text}{side}（{state}）：「{said}」"


def as_row(amendment: Amendment, today: date) -> dict[str, Any]:
    """An amendment for machines; ``quote`` is None where the other edition has no such passage."""
    passage, validity = amendment.passage, amendment.other.validity
    return {
        "n": amendment.citation,
        "day": amendment.day.isoformat(),
        "edition": "after" if amendment.later else "before",
        "text": describe(amendment, today),
        "document_id": amendment.other.id,
        "title": amendment.other.title,
        "path": amendment.other.path,
        "page": passage.chunk.page if passage else None,
        "heading": list(passage.chunk.heading) if passage else [],
        "quote": passage.quote if passage else None,
        "valid_from": validity.start.isoformat() if validity.start else None,
        "valid_until": validity.end.isoformat() if validity.end else None,
    }


def _after(day: date) -> date:
    return day + _NEAR if day < date.max - _NEAR else date.max


def _distinct(found: Sequence[Amendment]) -> tuple[Amendment, ...]:
    """One for each passage of the other edition, or for each edition that has none."""
    return tuple({(a.other.id, a.passage.chunk.id if a.passage else None): a for a in reversed(found)}.values())[::-1]


def _says_the_same(citation: Citation, chunks: Sequence[Chunk]) -> bool:
    """Whether the other edition has every cited sentence word for word, in whatever form and with whatever spaces."""
    said = [compact(text) for chunk in chunks for text in (chunk.text, read_row(chunk.columns, chunk.text))]
    quoted = [compact(citation.quote[start:end]) for start, end in sentences(citation.quote)]
    return all(any(sentence in text for text in said) for sentence in quoted)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, a row or an answer of a FAQ, with what stands over it."""

    chunk: Chunk
    span: tuple[int, int]
    text: str
    head: str


def _corresponding(citation: Citation, chunks: Sequence[Chunk]) -> Citation | None:
    """What stands in the other edition in place of the first cited sentence that it does not have."""
    said = "\n".join(compact(chunk.text) for chunk in chunks)
    own = next(unit for unit in _units(citation.chunk, citation.span) if compact(unit.text) not in said)
    best, most = None, _ALIKE
    for chunk in chunks:
        for unit in _units(chunk, (0, len(chunk.text))):
            likeness = _likeness(own, unit, most)
            if likeness > most:
                best, most = unit, likeness
    return Citation(best.chunk, best.chunk.text[best.span[0] : best.span[1]], best.span) if best else None


def _units(chunk: Chunk, span: tuple[int, int]) -> Iterator[_Unit]:
    """The sentences of a stretch of a chunk; a row or a short answer is one."""
    whole = chunk.kind is Kind.ROW or (chunk.kind is Kind.FAQ and len(chunk.text) <= _SHORT)
    head = _without_figures(chunk.question or "".join(chunk.heading[-1:]))
    spans = sentences(chunk.text[span[0] : span[1]])
    for start, end in [(spans[0][0], spans[-1][1])] if whole and spans else spans:
        place = (span[0] + start, span[0] + end)
        yield _Unit(chunk, place, chunk.text[place[0] : place[1]], head)


def _likeness(one: _Unit, other: _Unit, least: float) -> float:
    """How likely two units are two forms of one, in 0..1.2; 0 if that is not more than ``least``.

    Two answers of a FAQ are the same if their questions are, however they are worded; rows begin with what they are about.
    """
    extra = _SAME_HEADING if one.head and one.head == other.head else 0.0
    if one.chunk.kind is Kind.ROW and other.chunk.kind is Kind.ROW:
        extra += _SAME_HEADING if compact(one.text.split("\t")[0]) == compact(other.text.split("\t")[0]) else -1.0
    likeness = _ratio(_without_figures(one.text), _without_figures(other.text), least - extra)
    if one.chunk.kind is Kind.FAQ and other.chunk.kind is Kind.FAQ:
        shared = _shared(one, other)
        likeness = max(likeness, _ratio(one.head, other.head, least - extra), shared if shared >= _SHARED else 0.0)
    return likeness + extra


def _ratio(one: str, other: str, least: float) -> float:
    """The share of letters that two texts have in common in the same order; 0 if it is not more than ``least``."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    likely = matcher.real_quick_ratio() > least and matcher.quick_ratio() > least
    return matcher.ratio() if likely else 0.0


def _shared(one: _Unit, other: _Unit) -> float:
    """The share of their words that two answers with their questions have in common (Dice 1945); figures do not count."""
    first, second = (
        frozenset(tokens(_FIGURES.sub(" ", normalise(f"{unit.chunk.question} {unit.text}")))) for unit in (one, other)
    )
    return 2 * len(first & second) / max(len(first) + len(second), 1)


def _without_figures(text: str) -> str:
    return _FIGURES.sub("0", compact(text))
