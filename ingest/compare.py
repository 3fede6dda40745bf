"""新旧対照: what changed between two editions of a document, paragraph by paragraph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from rag.domain import Chunk, Kind, Section
from rag.text import compact

_MOST_PAIRS = 40_000
"""Two documents that have nothing in common are not compared paragraph with paragraph: it would take hours."""
_MOST_CHARACTERS = 25_000_000
_ALIKE = 0.5
"""Paragraphs that share at least this part of their characters are one paragraph that was changed."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of text or a row of a table, with the headings above it and its page."""

    text: str
    heading: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One paragraph of either side, or of both. ``spans``: the stretches of ``old`` and of ``new`` that differ."""

    kind: Literal["same", "changed", "removed", "added"]
    old: Paragraph | None
    new: Paragraph | None
    spans: tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]] = ((), ())


def paragraphs(sections: Iterable[Section | Chunk]) -> tuple[Paragraph, ...]:
    """The paragraphs and rows of a document in order; a question stands before its answer."""
    found = []
    for section in sections:
        if section.kind is Kind.ROW:
            lines = [section.text.replace("\t", " ｜ ")]
        else:
            lines = [*([f"問　{section.question}"] if section.question else []), *section.text.split("\n")]
        found += [Paragraph(line.strip(), section.heading, section.page) for line in lines if line.strip()]
    return tuple(found)


def compare(old: Sequence[Paragraph], new: Sequence[Paragraph]) -> tuple[Change, ...]:
    """Every paragraph of both, in order. Spaces, width and the form of characters count as no difference."""
    matcher = SequenceMatcher(None, [compact(p.text) for p in old], [compact(p.text) for p in new], autojunk=False)
    changes: list[Change] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            changes += [Change("same", one, other) for one, other in zip(old[a:b], new[c:d], strict=True)]
        else:
            changes += _paired(old[a:b], new[c:d])
    return tuple(changes)


def _paired(old: Sequence[Paragraph], new: Sequence[Paragraph]) -> Iterator[Change]:
    """Paragraphs that took each other's place: the alike ones as changed, in order, the others as removed or added."""
    if len(old) * len(new) > _MOST_PAIRS:
        yield from (Change("removed", paragraph, None) for paragraph in old)
        yield from (Change("added", None, paragraph) for paragraph in new)
        return
    position = 0
    for paragraph in old:
        alike = [_likeness(paragraph, other) for other in new[position:]]
        best = max(range(len(alike)), key=alike.__getitem__, default=None)
        if best is None or alike[best] < _ALIKE:
            yield Change("removed", paragraph, None)
            continue
        yield from (Change("added", None, other) for other in new[position : position + best])
        other = new[position + best]
        yield Change("changed", paragraph, other, _spans(paragraph.text, other.text))
        position += best + 1
    yield from (Change("added", None, other) for other in new[position:])


def _likeness(one: Paragraph, other: Paragraph) -> float:
    if len(one.text) * len(other.text) > _MOST_CHARACTERS:
        return 0.0
    matcher = SequenceMatcher(None, one.text, other.text, autojunk=False)
    likely = matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE
    return matcher.ratio() if likely else 0.0


def _spans(old: str, new: str) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    if len(old) * len(new) > _MOST_CHARACTERS:
        return ((0, len(old)),), ((0, len(new)),)
    codes = [code for code in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if code[0] != "equal"]
    return tuple((a, b) for _, a, b, _, _ in codes if b > a), tuple((c, d) for _, _, _, c, d in codes if d > c)
