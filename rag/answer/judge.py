"""Which passages settle a question: the chunks among the hits, and within a chunk its sentences or its row.

A chunk is chosen by ten kinds of evidence, whose weights were learned from pairs of a right and a wrong chunk of one question
(``python -m eval choose``). Nothing but the question is embedded for it: the vectors of chunks and words are the edition's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.answer.asked import Asked, asked, halves
from rag.answer.conditions import agreement, holds
from rag.answer.references import leads_to_table, referred, table_of, targets
from rag.answer.said import Said, words_in
from rag.domain import Chunk, Hit, Kind, Question
from rag.question_parts import take_apart
from rag.text import compact, items, normalise, read_row, sentences

if TYPE_CHECKING:
    from rag.edition import Edition
    from rag.embedding import Embedder, Matrix, Vector

HITS = 20  # chunks looked into; among the first ten the right one is missing for 4 % more questions
SHORT = 300  # characters: an answer of the section's own FAQ up to this length is one passage
WEIGHTS = Path(__file__).with_name("judge.json")
EVIDENCE = ("score", "near", "said", "meaning", "fits", "letters", "row", "passage", "bounds", "about")
"""What speaks for a chunk, each in 0..1 (bounds in -1..1): how retrieval found it, and how by meaning alone; the share of the
question that it says in whatever words; the cosine of the question and the chunk; the share of what is asked for that it holds; the
share of the question's pairs of letters that it has; whether it is a row, which resembles a question less than a FAQ does; how much
one of its passages says and holds at once; whether the bounds in a row hold the figures asked about; the share of what the chunk is
about (the question of a FAQ, the first cell of a row, else its heading) that the question says."""
# What orders the passages of one chunk and the rows of one table, which the evidence for chunks cannot tell apart: of the 672
# development questions 579 are answered rightly, with .08 for the words 578, with .25 570. Bounds and conditions are by judgement: too few
# questions turn on them.
_OF_WORDS, _OF_BOUNDS, _OF_CONDITIONS = 0.12, 0.10, 0.05
# How far a word of the question is said by what stands above a sentence, and how much the kind asked for counts beside the words. In 776
# right chunks of several sentences the best one is right 595 times; 564 without what stands above; 563 if of a follow-up the words
# that it took over count too; 536 with neither. A logistic regression over pairs of sentences gives the words .73 and the kind .22.
_ABOVE, FITS = 0.8, 0.3
_OF_FITS = _OF_WORDS * FITS
# For a document of the asker's own section, which nearly all development questions ask: with .03 572 of 672 are answered rightly, with
# .05 579, with .08 582. The sets flatter it.
_OWN_SECTION = 0.05
_REFERRED = 40  # chunks looked at of what is referred to, and of the table that the best passage stands in


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one chunk, judged against the question. ``words``, ``meaning`` and ``fits`` in 0..1, ``score`` about 0..1.

    ``parts``: of a passage of several sentences how much each of them says and holds.
    ``rest``: the score for the second of two things that the question asks for; the best passage settles the first.
    ``apart``: the part of ``score`` that tells a passage from the others of its chunk, a row from the others of its table.
    ``place``: of a row of the table that the best passage stands in or leads to, where it stands in the document.
    """

    chunk: Chunk
    span: tuple[int, int]
    words: float
    meaning: float
    fits: float
    score: float
    parts: tuple[float, ...] = ()
    rest: float = 0.0
    apart: float = 0.0
    place: int | None = None

    @property
    def quote(self) -> str:
        return self.chunk.text[self.span[0] : self.span[1]]


def passages(question: Question, hits: Sequence[Hit], edition: Edition, embedder: Embedder) -> tuple[Passage, ...]:
    """Every sentence and row of the best hits, best first."""
    hits = hits[:HITS]
    found = _judged(question, hits, edition, embedder)
    if not found:
        return ()
    if two := halves(normalise(question.text)):
        found = _with_rest(question, two, found, hits, edition, embedder)
    return tuple(_with_companions(question, found, edition, embedder))


def _judged(question: Question, hits: Sequence[Hit], edition: Edition, embedder: Embedder) -> list[Passage]:
    """Every passage of the hits, best first."""
    asked_for = _ask(question, [hit.chunk for hit in hits], edition, embedder)
    weights, found = load_weights(), []
    for hit, of_hit in zip(hits, _evidence(asked_for, hits, edition, embedder), strict=True):
        of_chunk = sum(weight * value for weight, value in zip(weights, of_hit, strict=True))
        of_chunk += _OWN_SECTION * (hit.chunk.document.department == question.viewer.department)
        meaning = of_hit[EVIDENCE.index("meaning")]
        numbers = range(len(_prepare(hit.chunk).spans))
        found += [_passage(asked_for, hit.chunk, number, of_chunk, meaning) for number in numbers]
    return sorted(found, key=lambda passage: -passage.score)


def _with_rest(
    question: Question,
    two: tuple[str, str],
    found: Sequence[Passage],
    hits: Sequence[Hit],
    edition: Edition,
    embedder: Embedder,
) -> list[Passage]:
    """The passages with their scores for that of two things which the best passage settles less."""
    best = found[0].chunk.id
    of_halves = [_judged(replace(question, text=half), hits, edition, embedder) for half in two]
    # The best passage of all settles one half; the other is the one for which its chunk stands further behind.
    behind = [max(p.score for p in judged if p.chunk.id == best) - max(p.score for p in judged) for judged in of_halves]
    other = of_halves[behind.index(min(behind))]
    rest = {(passage.chunk.id, passage.span): passage.score for passage in other}
    return [replace(passage, rest=rest[passage.chunk.id, passage.span]) for passage in found]


def _with_companions(
    question: Question, found: Sequence[Passage], edition: Edition, embedder: Embedder
) -> Sequence[Passage]:
    """All passages, and after them those of what the best chunk refers to or leads to, and of the table it stands in."""
    best = found[0].chunk
    wanted = targets(best, best.text) if best.kind is Kind.PROSE else ()
    leads = best.kind is Kind.ROW or leads_to_table(best)
    if not wanted and not leads:
        return found
    document = edition.catalog.document_chunks(best.document.id)
    table = table_of(best, document) if leads else []
    table = table if len(table) <= _REFERRED else []  # of a longer one not every row is looked at
    known, places = {passage.chunk.id for passage in found}, {chunk.id: number for number, chunk in enumerate(table)}
    meant = [chunk for target in wanted for chunk in referred(target, best, document) if chunk.id not in known]
    rows = [chunk for chunk in table if chunk.id not in known]
    chunks = list({chunk.id: chunk for chunk in [*rows, *meant[:_REFERRED]]}.values())
    asked_for = _ask(question, chunks, edition, embedder)
    others = [_passage(asked_for, chunk, n, 0.0, 0.0) for chunk in chunks for n in range(len(_prepare(chunk).spans))]
    others.sort(key=lambda passage: -passage.score)
    return [replace(passage, place=places.get(passage.chunk.id)) for passage in (*found, *others)]


def evidence(question: Question, hits: Sequence[Hit], edition: Edition, embedder: Embedder) -> list[tuple[float, ...]]:
    """What speaks for the chunk of every hit, in the order of ``EVIDENCE``."""
    return _evidence(_ask(question, [hit.chunk for hit in hits], edition, embedder), hits, edition, embedder)


def _ask(question: Question, chunks: Sequence[Chunk], edition: Edition, embedder: Embedder) -> _Asked:
    text = normalise(question.text)
    own = normalise(question.own) if question.own else None
    said = Said.of(text, [_prepare(chunk).words for chunk in chunks], edition, embedder, own)
    return _Asked(text, said, asked(text), take_apart(text).conditions)


def _evidence(question: _Asked, hits: Sequence[Hit], edition: Edition, embedder: Embedder) -> list[tuple[float, ...]]:
    pairs = _pairs(question.text)
    meaning = _meanings(question.text, [hit.chunk for hit in hits], edition, embedder)
    found: list[tuple[float, ...]] = []
    for hit in hits:
        read = _prepare(hit.chunk)
        above = _ABOVE * question.said.strengths(read.words_above)
        found.append(
            (
                hit.score,
                hit.meaning,
                question.said.share(question.said.strengths(read.words)),
                meaning.get(hit.chunk.id, 0.0),
                question.kinds.fits(read.whole),
                len(pairs & read.pairs) / max(len(pairs), 1),
                float(hit.chunk.kind is Kind.ROW),
                max(
                    (_says_and_holds(question, *one, above) for one in zip(read.words_of, read.readings, strict=True)),
                    default=0.0,
                ),
                _bounds(question, read),
                question.said.share_of(read.about),
            )
        )
    return found


def _meanings(question: str, chunks: Sequence[Chunk], edition: Edition, embedder: Embedder) -> dict[str, float]:
    """The cosine of the question with every chunk, by id; nothing where the vectors are those of another model."""
    if edition.catalog.meta.fingerprint != embedder.fingerprint:
        return {}
    vector, vectors = embedder.query(question), edition.chunk_vectors(chunks)
    return {chunk.id: _cosine(vector, chunk, *vectors[chunk.id]) for chunk in chunks}


@lru_cache(maxsize=1)
def load_weights() -> tuple[float, ...]:
    """The learned weights in the order of ``EVIDENCE``; they add up to 1."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))["weights"]
    return tuple(stored[name] for name in EVIDENCE)


def _passage(question: _Asked, chunk: Chunk, number: int, of_chunk: float, meaning: float) -> Passage:
    """Sentence or row ``number`` of a chunk; ``of_chunk`` is the score of its chunk."""
    read = _prepare(chunk)
    span, reading = read.spans[number], read.readings[number]
    above = _ABOVE * question.said.strengths(read.words_above)
    words, fits = _says(question, read.words_of[number], above), question.kinds.fits(reading)
    apart = _OF_WORDS * words + _OF_FITS * fits
    apart += _OF_CONDITIONS * agreement(question.conditions, reading, read.above)
    apart += _OF_BOUNDS * _bounds(question, read)
    parts = tuple(
        _says(question, words, above) + FITS * question.kinds.fits(part)
        for part, words in zip(read.parts[number], read.words_of_parts[number], strict=True)
    )
    return Passage(chunk, span, words, meaning, fits, of_chunk + apart, parts, apart=apart)


def _says(question: _Asked, words: frozenset[str], above: Matrix) -> float:
    """The share of what the question says itself that a text of these words says; what stands ``above`` it is nearly said already."""
    return question.said.own_share(np.maximum(question.said.strengths(words), above))


def _says_and_holds(question: _Asked, words: frozenset[str], reading: str, above: Matrix) -> float:
    return (_says(question, words, above) + FITS * question.kinds.fits(reading)) / (1 + FITS)


def _bounds(question: _Asked, read: _Prepared) -> float:
    """Whether the bounds of a row hold the figures asked about: -1, 0 or 1; 0 for anything but a row."""
    return holds(question.text, read.columns, read.cells) if read.row and len(read.cells) == len(read.columns) else 0.0


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question in normal form with what is looked for."""

    text: str
    said: Said
    kinds: Asked
    conditions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A chunk as it is compared, in normal form: ``above`` stands over all its passages; ``parts`` are the sentences of each of several."""

    spans: tuple[tuple[int, int], ...]
    readings: tuple[str, ...]
    above: str
    whole: str
    row: bool
    columns: tuple[str, ...]
    cells: tuple[str, ...]
    words: frozenset[str]
    words_above: frozenset[str]
    words_of: tuple[frozenset[str], ...]
    parts: tuple[tuple[str, ...], ...]
    words_of_parts: tuple[tuple[frozenset[str], ...], ...]
    pairs: frozenset[str]
    about: frozenset[str]


@lru_cache(maxsize=2048)
def _prepare(chunk: Chunk) -> _Prepared:
    """Remembered, because the same passages are found again and again: without it half of the time goes here."""
    spans = tuple(_spans(chunk))
    above = normalise(" ".join([chunk.document.title, *chunk.heading, *chunk.columns, chunk.question or ""]))
    row = chunk.kind is Kind.ROW
    whole = normalise(read_row(chunk.columns, chunk.text) if row else chunk.text)
    readings = tuple(whole if row else normalise(chunk.text[start:end]) for start, end in spans)
    parts = tuple(() if row else _parts(chunk.text[start:end]) for start, end in spans)
    of_parts = tuple(tuple(map(words_in, several)) for several in parts)
    of_readings = tuple(
        frozenset[str]().union(*several) if several else words_in(reading)
        for several, reading in zip(of_parts, readings, strict=True)
    )
    return _Prepared(
        spans=spans,
        readings=readings,
        above=above,
        whole=whole,
        row=row,
        columns=tuple(map(normalise, chunk.columns)),
        cells=tuple(map(normalise, chunk.text.split("\t"))),
        words=words_in(above).union(*of_readings),
        words_above=words_in(above),
        words_of=of_readings,
        parts=parts,
        words_of_parts=of_parts,
        pairs=_pairs(f"{above} {whole}"),
        about=words_in(normalise(_about(chunk))),
    )


def _about(chunk: Chunk) -> str:
    """What a chunk is about, in as few words as it has for it."""
    if chunk.kind is Kind.ROW:
        return chunk.text.split("\t")[0]
    return chunk.question or (chunk.heading[-1] if chunk.heading else chunk.document.title)


def _spans(chunk: Chunk) -> list[tuple[int, int]]:
    if chunk.kind is Kind.ROW or (chunk.kind is Kind.FAQ and len(chunk.text) <= SHORT):
        text = chunk.text
        return [(len(text) - len(text.lstrip()), len(text.rstrip()))] if text.strip() else []
    return items(chunk.text)


def _parts(text: str) -> tuple[str, ...]:
    """The sentences of a text in normal form, if there are several."""
    spans = sentences(text)
    return tuple(normalise(text[start:end]) for start, end in spans) if len(spans) > 1 else ()


def _pairs(text: str) -> frozenset[str]:
    letters = compact(text).lower()
    return frozenset(letters[start : start + 2] for start in range(len(letters) - 1))


def _cosine(vector: Vector, chunk: Chunk, head: Vector, bodies: Matrix) -> float:
    """The cosine with the nearest part of the chunk; a part of a FAQ's answer is taken together with its question."""
    parts = bodies + head if chunk.kind is Kind.FAQ else bodies
    lengths = np.maximum(np.linalg.norm(parts, axis=1), 1e-9)
    return float(np.clip((parts @ vector / lengths).max(initial=0.0), 0, 1))
