"""A cited passage as a statement is compared with it: its sentences, its figures, its words and what stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.domain import Chunk, Kind
from rag.figures import Figure, figures
from rag.notation import FigureKind
from rag.synonyms import Synonyms, synonyms
from rag.text import compact, morphemes, normalise, read_row, sentences

_NOT_CONTENT = frozenset(
    {"助詞", "助動詞", "補助記号", "記号", "空白", "接続詞", "連体詞", "感動詞", "接頭辞", "接尾辞", "代名詞", "副詞"}
)
# Words that any summary uses, and those that go with a figure; whether the source has them too says nothing.
_ANY = re.compile(
    "場合|際|時|事|物|者|方|為|旨|通り|又|次|[上下]記|記載|資料|内容|他|等|必要|要る|要する|可能|出来る|御|中|点|よる|因る|依る|基づく|従う"
    "|関する|対する|就く|関係|扱い|最[大長短低高小]|上限|下限|纏める|来庁|越す|来る|人|子|一緒|何時|以[下上内降後]|未満|超える|超|迄"
)
_UNIT_IN_HEAD = re.compile(r"[(（]([^()（）\d]{1,4})[)）]$")
_KANJI = re.compile("[一-龠々]")
_BARE = re.compile(r"[\d０-９][\d０-９,，.]*")
_PARAGRAPH = re.compile(r"(?m)^\s*([0-9０-９]{1,2})[ \t　]")
_ITEM = re.compile(r"(?m)^\s*[(（]([0-9０-９]{1,2})[)）]")


_FIGURE, _LIGHT = 0.5, 0.34  # of a content word; a judgement, with which 90 of 93 honest sentences for tuning stand
_STRANGE = 4  # words in a row


@dataclass(frozen=True, slots=True)
class Word:
    """A content word: its normalised form, and where and how it stands."""

    form: str
    start: int
    surface: str
    light: bool = False
    """Whether it is a verb or the like, which says what is done in words of many kinds, not a noun."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a sentence says something of: the phrase before は, with its content words, of which there is at least one."""

    text: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """``sentences`` are normalised, ``spans`` say where each stands in the chunk's text. ``around`` is title, heading and so on.

    ``paragraphs``: its own 項 and 号 with the spans of the chunk's text that they fill. ``cells``: heads and cells of a row, as they
    are read out, and ``ends`` where each of them begins in what is read out.
    """

    chunk: Chunk
    sentences: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    around: str
    figures: tuple[Figure, ...]
    words: frozenset[str]
    compact: str
    bare: str
    paragraphs: tuple[Figure, ...] = ()
    cells: tuple[tuple[str, str], ...] = ()
    ends: tuple[int, ...] = ()

    def treats(self, topic: Topic) -> bool:
        """Whether any word of the topic stands in the passage, in whatever terms."""
        others = (words for known in synonyms(topic.text) for words, _ in known.others)
        return any(self.has(word) for word in topic.words) or any(self.words.issuperset(words) for words in others)

    def only_names(self, text: str) -> bool:
        """Whether a normalised text is title and headings of the passage, which say nothing."""
        said = compact(text)
        return said in compact(self.around.replace(" / ", "")) and not any(said in compact(s) for s in self.sentences)

    def has(self, word: Word) -> bool:
        """Whether the word stands in the passage; cut differently it may be another word to the dictionary."""
        if word.form in self.words or word.surface in self.compact:
            return True
        kanji = "".join(_KANJI.findall(word.form))
        return kanji in self.words if len(kanji) == 1 and word.light else len(kanji) > 1 and kanji in self.bare

    def other_cells(self, text: str) -> Iterator[str]:
        """What a normalised text says behind the head of one column though only the cell of another has it."""
        told = compact(text)
        heads = [
            (at, n) for n, (head, _) in enumerate(self.cells) if n and head for at in _places(head, told, self.cells)
        ]
        heads.sort()
        for i, (at, n) in enumerate(heads):
            part = told[at : heads[i + 1][0] if i + 1 < len(heads) else len(told)].removeprefix(self.cells[n][0])
            own, others = (
                _marks(self.cells[n][1]),
                [_marks(cell) for m, (_, cell) in enumerate(self.cells) if m not in (0, n)],
            )
            said = _marks(part)
            strange = {mark for other in others for mark in other} & said - own - _marks(self.around + self.cells[0][1])
            if own and strange and not (own - frozenset().union(*others)) & said:
                yield min(strange)


@lru_cache(maxsize=512)
def read(chunk: Chunk) -> Source:
    """Prepare a chunk for comparison."""
    document = chunk.document
    text, row = chunk.text, chunk.kind is Kind.ROW
    spans = ((len(text) - len(text.lstrip()), len(text.rstrip())),) if row else tuple(sentences(text))
    said = (_row(chunk),) if row else tuple(normalise(text[a:b]) for a, b in spans)
    beside = () if row else chunk.columns
    parts = [document.title, *chunk.heading, chunk.question or "", *beside, document.department, document.contact or ""]
    around = " / ".join(normalise(part) for part in parts if part)
    paragraphs = tuple(_numbered(chunk, around))
    found = (*(f for sentence in said for f in figures(sentence)), *figures(around), *paragraphs)
    words = frozenset().union(content_words(around), *(content_words(sentence) for sentence in said))
    whole = compact(" ".join([around, *said]))
    cells = tuple((compact(head), compact(cell)) for head, cell in _cells(chunk)) if row else ()
    bare = "".join(_KANJI.findall(whole))
    return Source(chunk, said, spans, around, found, words, whole, bare, paragraphs, cells, _ends(chunk) if row else ())


@lru_cache(maxsize=4096)
def placed_words(text: str) -> tuple[Word, ...]:
    """The words of a normalised text that say what it is about, in order; figures are no words."""
    covered = [figure.span for figure in figures(text)]
    found, start = [], 0
    for word in morphemes(text):
        light = word.kind[0] in _NOT_CONTENT or word.kind[1] in ("非自立可能", "数詞") or _ANY.fullmatch(word.form)
        if not light and not any(a <= start < b for a, b in covered):
            found.append(Word(word.form, start, word.surface, word.kind[0] != "名詞"))
        start += len(word.surface)
    return tuple(found)


def topics(text: str) -> Iterator[Topic]:
    """The topics of a normalised text: 転出の証明書 in 「郵送だと、転出の証明書は、3日以内に送ります」; not 窓口 in 「窓口では」."""
    start, before = 0, ""
    for word in morphemes(text):
        if word.kind[0] == "補助記号":
            start = word.end
        elif word.form == "は" and word.kind[1] == "係助詞":
            words = tuple(one for one in placed_words(text) if start <= one.start < word.start)
            if words and before in ("名詞", "接尾辞"):
                yield Topic(text[start : word.start], words)
            start = word.end
        before = word.kind[0]


@lru_cache(maxsize=4096)
def content_words(text: str) -> frozenset[str]:
    """The forms of the content words of a normalised text."""
    return frozenset(word.form for word in placed_words(text))


def coverage(text: str, sources: Sequence[Source]) -> float:
    """The share of a normalised text that passages have: its content words, a verb that they have not as a third of one.

    A figure counts as half a word; those that passages lack are judged apart.
    """
    known = {form for term in synonyms(text) for form in term.term if any(_calls(term, source) for source in sources)}
    words = {w.form: (w.light, w.form in known or any(source.has(w) for source in sources)) for w in placed_words(text)}
    if not words:
        return 1.0
    had = sum(has for _, has in words.values()) + _FIGURE * len(figures(text))
    return had / (had + sum(_LIGHT if light else 1.0 for light, has in words.values() if not has))


def strange(text: str, sources: Sequence[Source]) -> str | None:
    """A stretch of a normalised text of which passages have no word: something that was added to what they say."""
    known = {form for term in synonyms(text) for form in term.term if any(_calls(term, source) for source in sources)}
    run: list[Word] = []
    for word in placed_words(text):
        run = [] if word.form in known or any(source.has(word) for source in sources) else [*run, word]
        if len(run) == _STRANGE:
            return text[run[0].start : run[-1].start + len(run[-1].surface)]
    return None


def _calls(term: Synonyms, source: Source) -> bool:
    return any(words and source.words.issuperset(words) for words, _ in term.others)


def _places(head: str, told: str, cells: Sequence[tuple[str, str]]) -> Iterator[int]:
    """Where a head stands in a text, not as a part of a longer one."""
    longer = [other for cell in cells for other in cell if head in other and other != head]
    for match in re.finditer(re.escape(head), told):
        spans = [(m.start(), m.end()) for other in longer for m in re.finditer(re.escape(other), told)]
        if not any(start <= match.start() and match.end() <= end for start, end in spans):
            yield match.start()


def _marks(text: str) -> frozenset[str]:
    """What tells cells apart: their words and the values of their figures."""
    return content_words(text) | {figure.value for figure in figures(text)}


def _cells(chunk: Chunk) -> list[tuple[str, str]]:
    """Heads and cells; a unit that stands in the column's head (「基準額（円）」) is given to the number below it."""
    cells = chunk.text.split("\t")
    if len(chunk.columns) != len(cells):
        return [("", cell) for cell in cells]
    units = [_UNIT_IN_HEAD.search(head) for head in chunk.columns]
    return [
        (head, f"{cell}{unit.group(1)}" if unit and _BARE.fullmatch(cell.strip()) else cell)
        for head, cell, unit in zip(chunk.columns, cells, units, strict=True)
    ]


def _row(chunk: Chunk) -> str:
    """A row read out."""
    cells = _cells(chunk)
    return normalise(read_row(tuple(head for head, _ in cells), "\t".join(cell for _, cell in cells)))


def _ends(chunk: Chunk) -> tuple[int, ...]:
    """Where each cell but the first begins in the row that is read out."""
    cells = _cells(chunk)
    read_out = [
        len(normalise(read_row(tuple(h for h, _ in cells[:n]), "\t".join(c for _, c in cells[:n]))))
        for n in range(1, len(cells))
    ]
    return tuple(sorted(set(read_out)))


def _numbered(chunk: Chunk, around: str) -> list[Figure]:
    """項 and 号 that are only numbered at the start of their line, as parts of the article in which they stand."""
    articles = [f.value for f in figures(f"{around} {chunk.text[:20]}") if f.kind is FigureKind.ARTICLE]
    if not articles or chunk.kind is not Kind.PROSE:
        return []
    article = articles[-1].split("/")[0]
    marks = sorted(
        (m.start(), kind, int(m.group(1)))
        for kind, pattern in (("p", _PARAGRAPH), ("i", _ITEM))
        for m in pattern.finditer(chunk.text)
    )
    marks = [(0, "p", 1), *(mark for mark in marks if mark[0] or mark[1] == "i")] if not _begins(marks) else marks
    paragraph, found = 1, []
    for n, (at, kind, number) in enumerate(marks):
        paragraph = number if kind == "p" else paragraph
        value = f"{article}/{paragraph}/" + (str(number) if kind == "i" else "")
        later = (start for start, other, _ in marks[n + 1 :] if kind == "i" or other == "p")
        found.append(Figure(FigureKind.ARTICLE, value, (at, next(later, len(chunk.text)))))
    return found


def _begins(marks: Sequence[tuple[int, str, int]]) -> bool:
    """Whether the first paragraph is one that has a number."""
    return bool(marks) and marks[0][:2] == (0, "p")
