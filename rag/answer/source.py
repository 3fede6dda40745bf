"""A cited passage as a statement is compared with it: its sentences, its figures, its words and what stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.domain import Chunk, Kind
from rag.figures import Figure, figures
from rag.notation import FigureKind
from rag.synonyms import synonyms
from rag.text import compact, morphemes, normalise, read_row, sentences

_NOT_CONTENT = frozenset(
    {"助詞", "助動詞", "補助記号", "記号", "空白", "接続詞", "連体詞", "感動詞", "接頭辞", "接尾辞", "代名詞"}
)
# Words that any summary uses, and those that go with a figure; whether the source has them too says nothing.
_ANY = re.compile(
    "場合|際|時|事|物|者|方|為|旨|通り|又|次|[上下]記|記載|資料|内容|他|等|必要|要る|要する|可能|出来る|御|中|点|よる|因る|依る|基づく|従う"
    "|関する|対する|就く|以[下上内降後]|未満|超える|超|迄"
)
_UNIT_IN_HEAD = re.compile(r"[(（]([^()（）\d]{1,4})[)）]$")
_BARE = re.compile(r"[\d０-９][\d０-９,，.]*")
_PARAGRAPH = re.compile(r"(?m)^\s*([0-9０-９]{1,2})[ \t　]")
_ITEM = re.compile(r"(?m)^\s*[(（]([0-9０-９]{1,2})[)）]")


@dataclass(frozen=True, slots=True)
class Word:
    """A content word: its normalised form, and where and how it stands."""

    form: str
    start: int
    surface: str


@dataclass(frozen=True, slots=True)
class Topic:
    """What a sentence says something of: the phrase before は, with its content words, of which there is at least one."""

    text: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """``sentences`` are normalised, ``spans`` say where each stands in the chunk's text. ``around`` is title, heading and so on."""

    chunk: Chunk
    sentences: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    around: str
    figures: tuple[Figure, ...]
    words: frozenset[str]
    compact: str

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
        return word.form in self.words or word.surface in self.compact


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
    found = (*(f for sentence in said for f in figures(sentence)), *figures(around), *_numbered(chunk, around))
    words = frozenset().union(content_words(around), *(content_words(sentence) for sentence in said))
    return Source(chunk, said, spans, around, found, words, compact(" ".join([around, *said])))


@lru_cache(maxsize=4096)
def placed_words(text: str) -> tuple[Word, ...]:
    """The words of a normalised text that say what it is about, in order; figures are no words."""
    covered = [figure.span for figure in figures(text)]
    found, start = [], 0
    for word in morphemes(text):
        light = word.kind[0] in _NOT_CONTENT or word.kind[1] in ("非自立可能", "数詞") or _ANY.fullmatch(word.form)
        if not light and not any(a <= start < b for a, b in covered):
            found.append(Word(word.form, start, word.surface))
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


def _row(chunk: Chunk) -> str:
    """A row read out; a unit that stands in the column's head (「基準額（円）」) is given to the number below it."""
    cells = chunk.text.split("\t")
    if len(chunk.columns) == len(cells):
        units = [_UNIT_IN_HEAD.search(head) for head in chunk.columns]
        cells = [
            f"{cell}{unit.group(1)}" if unit and _BARE.fullmatch(cell.strip()) else cell
            for cell, unit in zip(cells, units, strict=True)
        ]
    return normalise(read_row(chunk.columns, "\t".join(cells)))


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
    paragraph, found = 1, [Figure(FigureKind.ARTICLE, f"{article}/1/", (0, 1))]
    for at, kind, n in marks:
        paragraph = n if kind == "p" else paragraph
        value = f"{article}/{paragraph}/" + (str(n) if kind == "i" else "")
        found.append(Figure(FigureKind.ARTICLE, value, (at, at + 1)))
    return found
