"""Headings of a PDF: its outline (bookmarks) where it has one, else lines set larger than the body."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from ingest.readers.pdf_marks import Page
from ingest.readers.pdf_text import Line, joined

_LARGER = 1.12
_LONGEST = 45
_JUNK = re.compile(
    r"^(Microsoft |スライド\s*\d|Slide\s*\d|\d+$|.*\.(docx?|xlsx?|pptx?|pdf|indd|ai)$|Sheet\d|白紙|表紙$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mark:
    """An entry of the outline: its level from 1, and the page it leads to (from 1)."""

    title: str
    level: int
    page: int


def outline(document: Any) -> list[Mark]:
    """The outline of an open pypdfium2 document without entries that name files or slides."""
    marks = []
    for entry in document.get_toc(max_depth=8):
        target = entry.get_dest()
        index = target.get_index() if target else None
        title = re.sub(r"\s+", " ", entry.get_title() or "").strip()
        if index is not None and title and not _JUNK.match(title):
            marks.append(Mark(title, entry.level + 1, index + 1))
        if len(marks) >= 5000:
            break
    return marks


@dataclass(slots=True)
class Levels:
    """Decides which paragraph is a heading; the marks of the outline are used up as their lines come."""

    marks: dict[int, list[Mark]]
    sizes: list[float]
    covers: frozenset[int]
    known: dict[Line, int | None] = field(default_factory=dict)

    @classmethod
    def of(cls, marks: list[Mark], pages: list[list[Line]], drawn: list[Page]) -> Levels:
        """Collect what is known: the outline by page, the body size, and the larger sizes from the largest.

        A page with hardly any text of the body's size is a cover, whose large lines head nothing.
        """
        weights = Counter(round(char.size * 2) / 2 for page in drawn for char in page.chars)
        body = weights.most_common(1)[0][0] if weights else 10.0
        covers = frozenset(
            page.number
            for page in drawn
            if sum(1 for char in page.chars if char.size < body * _LARGER) < 0.4 * len(page.chars)
        )
        used = Counter(round(line.size * 2) / 2 for found in pages for line in found if line.page not in covers)
        texts = {_key(line.text) for found in pages for line in found}
        useful = [mark for mark in marks if _key(mark.title) in texts]
        by_page: dict[int, list[Mark]] = defaultdict(list)
        for mark in useful if len(useful) >= 2 else []:
            by_page[mark.page].append(mark)
        larger = sorted((size for size in used if size >= body * _LARGER), reverse=True)
        return cls(by_page, larger[:6], covers)

    def level(self, paragraph: list[Line]) -> int | None:
        """The level of a paragraph that is a heading, or None."""
        first = paragraph[0]
        if first not in self.known:
            self.known[first] = self._decide(paragraph)
        return self.known[first]

    def _decide(self, paragraph: list[Line]) -> int | None:
        text, line = joined(paragraph), paragraph[0]
        for mark in self.marks.get(line.page, []):
            if _key(mark.title) == _key(text):
                self.marks[line.page].remove(mark)
                return mark.level
        if self.marks or len(paragraph) > 2 or len(text) > _LONGEST or text.endswith(("。", "、", "．")):
            return None
        size = round(line.size * 2) / 2
        if size not in self.sizes or line.page in self.covers or not re.search(r"[^\W\d_]{2}", text):
            return None
        return self.sizes.index(size) + 1


def _key(text: str) -> str:
    return re.sub(r"[\s\u3000.．・…]", "", text)
