"""Sections to chunks, and chunks to the units that are embedded.

A row of questions and answers is one chunk, a row of a table is one chunk with its column heads, and running text is cut
at sentence ends into 400 to 800 characters that never cross a heading or a page.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from rag.domain import Chunk, DocumentInfo, Kind, Section
from rag.edition.catalog import IndexedChunk
from rag.text import normalise, read_row, sentences, tokens
from rag.text import searched as normal_words

LEAST, MOST = 400, 800  # characters of a chunk of running text
UNIT = 120
"""Characters of a group of sentences that is embedded as one: a mean of token features blurs over more."""


def split(document: DocumentInfo, sections: Iterable[Section]) -> tuple[Chunk, ...]:
    """The chunks of a document in the order of its text."""
    parts = [part for section in _joined(sections) for part in _parts(section)]
    seen: dict[str, int] = {}
    return tuple(_chunk(document, part, seen) for part in parts)


@dataclass(frozen=True, slots=True)
class Units:
    """The texts to be embedded for a chunk, by id."""

    head: dict[str, str]
    body: dict[str, str]


def index(chunk: Chunk) -> tuple[IndexedChunk, Units]:
    """A chunk with its tokens and unit ids, and the text of each of its units."""
    head = head_text(chunk)
    units = Units({unit_id(head): head}, {unit_id(text): text for text in body_texts(chunk)})
    head_tokens = _words(head if chunk.question is None else " ".join([head, *chunk.heading]))
    return IndexedChunk(chunk, head_tokens, _words(_body(chunk)), unit_id(head), tuple(units.body)), units


def _words(text: str) -> tuple[str, ...]:
    """The tokens of a text, each word once in memory: those of 100,000 chunks take hundreds of megabytes otherwise."""
    return tuple(map(sys.intern, tokens(text)))


def redescribe(chunks: Iterable[Chunk], document: DocumentInfo) -> tuple[Chunk, ...]:
    """The same passages, in the same order, of a document that moved or whose title changed."""
    seen: dict[str, int] = {}
    return tuple(_chunk(document, chunk, seen) for chunk in chunks)


def head_text(chunk: Chunk) -> str:
    """What a chunk is about: its question, or the title and the headings above it, or else how it begins."""
    return (
        normalise(chunk.question or " ".join([chunk.document.title, *chunk.heading])) or normalise(_body(chunk))[:UNIT]
    )


def body_texts(chunk: Chunk) -> list[str]:
    """The text in groups of sentences of about ``UNIT`` characters; a row is one group with its column heads."""
    body = _body(chunk)
    if chunk.kind is Kind.ROW:
        return [normalise(body)[: 3 * UNIT]]
    groups: list[str] = []
    for start, end in sentences(body):
        sentence = normalise(body[start:end])
        if groups and len(groups[-1]) + len(sentence) <= UNIT:
            groups[-1] += sentence
        else:
            groups.append(sentence)
    return [group for group in groups if group] or [head_text(chunk)]


def unit_id(text: str) -> str:
    """The name of a unit: equal texts are one unit."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def searched(section: Section) -> str:
    """What is said in a section as the word index takes it: cells with their column heads, 1,234円 as 1234円."""
    return normal_words(_body(section))


def _body(chunk: Chunk | Section) -> str:
    if chunk.kind is not Kind.ROW:
        return "\n".join([chunk.text, *chunk.columns])
    return read_row(chunk.columns, chunk.text)


def _joined(sections: Iterable[Section]) -> Iterator[Section]:
    """Neighbouring running text under one heading on one page as one section."""
    for (kind, _, _, _), group in groupby(sections, key=lambda s: (s.kind, s.page, s.heading, s.ocr)):
        first, *others = group
        if kind is Kind.PROSE:
            yield replace(first, text="\n".join([first.text, *(section.text for section in others)]))
        else:
            yield from (first, *others)


def _parts(section: Section) -> Iterator[Section]:
    """A section as it is, or running text in parts of at most ``MOST`` characters, none without need under ``LEAST``."""
    if section.kind is not Kind.PROSE or len(section.text) <= MOST:
        if section.text.strip():
            yield section
        return
    start = previous = 0
    for begin, end in _pieces(section.text):
        if end - start > MOST and previous > start:
            yield _cut(section, start, previous)
            start = begin
        previous = end
    if previous - start < LEAST // 2 and start > 0:
        start = _start_of_tail(section.text, start, previous)
    yield _cut(section, start, previous)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, and those that are longer than a chunk in equal cuts: nothing is dropped because it has no 。"""
    for start, end in sentences(text):
        for cut in range(start, end, MOST):
            yield cut, min(cut + MOST, end)


def _start_of_tail(text: str, start: int, end: int) -> int:
    """Let a short last part begin earlier, at a sentence, so that it can be understood: parts may overlap."""
    begins = [begin for begin, _ in _pieces(text) if end - begin <= LEAST and begin <= start]
    return min(begins, default=start)


def _cut(section: Section, start: int, end: int) -> Section:
    return replace(section, text=section.text[start:end])


def _chunk(document: DocumentInfo, part: Section | Chunk, seen: dict[str, int]) -> Chunk:
    """A chunk whose id depends on its document and its text alone, so that what did not change keeps its id."""
    key = "\x1f".join([document.id, part.question or "", *part.heading, *part.columns, part.text])
    count = seen[key] = seen.get(key, 0) + 1
    id_ = hashlib.sha256(f"{key}\x1f{count}".encode()).hexdigest()[:24]
    return Chunk(
        id_, document, part.text, part.page, part.heading, part.kind, part.columns, part.question, part.row,
        part.page_label, part.ocr,
    )  # fmt: skip
