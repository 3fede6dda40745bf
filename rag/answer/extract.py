"""The extractive writer: the sentences or rows that settle the question, word for word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.domain import Answer, Chunk, Citation, Hit, Kind, Question, Sentence
from rag.question_parts import take_apart
from rag.text import compact, normalise, question_words, read_row, sentences, tokens

if TYPE_CHECKING:
    from rag.domain import Confidence
    from rag.edition.terms import Terms
    from rag.embedding import Embedder

_HITS = 5  # passages looked into
_SENTENCES = 4  # at most in one answer
_SHORT = 300  # characters: an answer of the section's own FAQ up to this length is quoted whole
_CLOSE = 0.90  # a second passage is quoted if its score is at least this share of the best
_MEANING_CHARS = 200

# What a question asks for, and what a passage that holds such a thing looks like.
_ASKS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (
        re.compile("いくら|幾ら|料金|手数料|金額|費用|何円|単価|限度額|値段|額は"),
        re.compile(r"[\d０-９][\d,，．.]*\s*[万千億]?円|無料|無償"),
    ),
    (
        re.compile("いつ|期限|期日|何日|何時|締切|締め切り|までに|期間|何か月|何年|何歳"),
        re.compile(r"[\d０-９]+\s*(日|時|月|年|か月|箇月|歳|週)|翌日|当日|末日"),
    ),
    (re.compile("何%|何％|何パーセント|割合|税率|率は|何割"), re.compile(r"[\d０-９.]+\s*(%|％|パーセント|割|分の)")),
    (re.compile("どこ|窓口|場所|どの課|何課|宛先|電話|連絡先"), re.compile("窓口|課|係|出張所|センター|内線|電話")),
    (re.compile("必要なもの|持ち物|持参|書類|何が要|何がい|何を持"), re.compile("書|証|カード|印|写し")),
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one chunk, judged against the question. ``words``, ``meaning`` and ``fits`` in 0..1."""

    chunk: Chunk
    span: tuple[int, int]
    words: float
    meaning: float
    fits: float
    score: float

    @property
    def quote(self) -> str:
        return self.chunk.text[self.span[0] : self.span[1]]


def passages(question: Question, hits: Sequence[Hit], terms: Terms, embedder: Embedder) -> tuple[Passage, ...]:
    """Every sentence and row of the best hits, best first."""
    hits = hits[:_HITS]
    units = [(hit, span) for hit in hits for span in _spans(hit.chunk)]
    if not units:
        return ()
    text = normalise(question.text)
    asked = {word: terms.rarity(word) for word in question_words(text)}
    vector = embedder.query(text)
    readings = [_read(hit.chunk, span) for hit, span in units]
    cosines = embedder.passages([reading[:_MEANING_CHARS] for reading in readings]) @ vector
    judged = [
        _judge(text, asked, hit, span, reading, float(np.clip(cosine, 0, 1)))
        for (hit, span), reading, cosine in zip(units, readings, cosines, strict=True)
    ]
    return tuple(sorted(judged, key=lambda passage: -passage.score))


def compose(found: Sequence[Passage], hits: tuple[Hit, ...], confidence: Confidence) -> Answer:
    """An answer of one to four quoted sentences or rows. ``found`` must not be empty."""
    best = found[0]
    citations = [_cite(best)]
    others = (p for p in found[1:] if p.score >= _CLOSE * best.score and p.fits >= best.fits and p.words >= best.words)
    for other in others:
        if len(citations) < 2 and all(_adds(other, citation) for citation in citations):
            citations.append(_cite(other))
    said: list[Sentence] = []
    for number, citation in enumerate(citations, start=1):
        room = _SENTENCES - len(said) if number > 1 else _SENTENCES
        said += [Sentence(text, (number,)) for text in _statements(citation)[:room]]
    carried = {n for sentence in said for n in sentence.citations}
    kept = tuple(c for n, c in enumerate(citations, start=1) if n in carried)
    return Answer(tuple(said), kept, confidence, hits)


def fits(question: str, passage: str) -> float:
    """1.0 if the passage holds the kind of thing asked for (an amount, a date, a place …), 0.5 if nothing such is asked."""
    asked = [looks for asks, looks in _ASKS if asks.search(question)]
    return sum(bool(looks.search(passage)) for looks in asked) / len(asked) if asked else 0.5


def meets_conditions(question: str, passage: Passage) -> bool:
    """Whether every condition that the question names (代理人, 郵送, 土曜日 …) stands in the passage or above it."""
    chunk = passage.chunk
    context = [passage.quote, chunk.question or "", *chunk.heading, *chunk.columns, chunk.document.title]
    stands = compact(" ".join(context))
    return all(compact(condition) in stands for condition in take_apart(question).conditions.values())


def _spans(chunk: Chunk) -> list[tuple[int, int]]:
    if chunk.kind is Kind.ROW or (chunk.kind is Kind.FAQ and len(chunk.text) <= _SHORT):
        text = chunk.text
        return [(len(text) - len(text.lstrip()), len(text.rstrip()))] if text.strip() else []
    return sentences(chunk.text)


def _read(chunk: Chunk, span: tuple[int, int]) -> str:
    """A passage as it is compared: a row with its heads, an answer with its question."""
    text = chunk.text[span[0] : span[1]]
    if chunk.kind is Kind.ROW:
        return normalise(read_row(chunk.columns, chunk.text))
    return normalise(f"{chunk.question} {text}" if chunk.question else text)


def _judge(
    question: str, asked: dict[str, float], hit: Hit, span: tuple[int, int], reading: str, meaning: float
) -> Passage:
    own = set(tokens(reading))
    context = set(tokens(" ".join([hit.chunk.document.title, *hit.chunk.heading])))
    rarity = max(sum(asked.values()), 1e-9)
    words = sum(r if w in own else r / 2 if w in context else 0.0 for w, r in asked.items()) / rarity
    fit = fits(question, hit.chunk.text[span[0] : span[1]])
    score = 0.5 * hit.score + 0.4 * words + 0.4 * meaning + 0.2 * fit
    return Passage(hit.chunk, span, words, meaning, fit, score)


def _cite(passage: Passage) -> Citation:
    """Quote a passage; a sentence takes the exception that follows it along, since 「ただし」 restricts it."""
    start, end = passage.span
    if passage.chunk.kind is Kind.PROSE:
        following = [span for span in sentences(passage.chunk.text) if span[0] >= end]
        for begin, stop in following[: _SENTENCES - 2]:
            if not passage.chunk.text[begin:stop].startswith(("ただし", "但し", "なお", "この場合")):
                break
            end = stop
    return Citation(passage.chunk, passage.chunk.text[start:end], (start, end))


def _adds(passage: Passage, citation: Citation) -> bool:
    """Whether a passage says something that the citation does not already say."""
    if (
        passage.chunk.id == citation.chunk.id
        and passage.span[0] < citation.span[1]
        and citation.span[0] < passage.span[1]
    ):
        return False
    return normalise(passage.quote) not in normalise(citation.quote)


def _statements(citation: Citation) -> list[str]:
    if citation.chunk.kind is Kind.ROW:
        return [read_row(citation.chunk.columns, citation.quote)]
    return [citation.quote[start:end] for start, end in sentences(citation.quote)]
