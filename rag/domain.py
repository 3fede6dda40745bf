"""The shared vocabulary: documents, chunks, questions and replies, as frozen data.

Nothing here imports another room. Two rules of the product are enforced by construction: a ``Citation`` exists only if
its quote stands in its chunk, and an ``Answer`` exists only with citations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from typing import Literal, Self

EVERYONE = "全庁"
"""The audience that stands for every department (公開範囲: 全庁)."""


class Sensitivity(IntEnum):
    """機密性 1 (public), 2 (internal), 3 (confidential)."""

    PUBLIC = 1
    INTERNAL = 2
    CONFIDENTIAL = 3


@dataclass(frozen=True, slots=True)
class Validity:
    """When a document is in force: from ``start`` (施行日) up to, not including, ``end`` (廃止日). None means open."""

    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.start and self.end and self.end <= self.start:
            raise ValueError(f"end {self.end} is not after start {self.start}")

    def covers(self, day: date) -> bool:
        """Whether the document is in force on ``day``."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What is known of a document besides its text. ``path`` is relative to the corpus and uses forward slashes."""

    id: str
    title: str
    path: str
    sha256: str
    department: str
    sensitivity: Sensitivity = Sensitivity.PUBLIC
    audience: frozenset[str] = frozenset({EVERYONE})
    validity: Validity = Validity()
    contact: str | None = None
    supersedes: str | None = None
    source: str | None = None
    licence: str | None = None
    review_by: date | None = None


class Kind(StrEnum):
    """What a passage is made of: running text, one row of a table, or one row of questions and answers."""

    PROSE = "prose"
    ROW = "row"
    FAQ = "faq"


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a document as a reader found it.

    ``heading`` is the path from the outermost heading inwards, ("第3章 休暇", "第12条"). ``page`` counts from 1. A ROW
    has its cells in ``text``, separated by tabs, and as many ``columns`` (heads; "" where there is none). An FAQ has its
    ``question``, the answer as ``text``, and in ``columns`` what else its row says ("担当係：証明係"). ``row`` is the row's
    number in its file or sheet, from 1. ``page_label`` is what the page is called where that is not its number (iii), ``ocr``
    says that the text was recognised in a picture.
    """

    text: str
    page: int | None = None
    heading: tuple[str, ...] = ()
    kind: Kind = Kind.PROSE
    columns: tuple[str, ...] = ()
    question: str | None = None
    row: int | None = None
    page_label: str | None = None
    ocr: bool = False


@dataclass(frozen=True, slots=True)
class ReadingWarning:
    """Something in a file that a librarian should know, though the file was read. ``code`` is stable, for machines."""

    code: str
    message: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a reader found in one file. ``title`` is a suggestion from the text and is never taken unasked."""

    format: str
    sections: tuple[Section, ...]
    warnings: tuple[ReadingWarning, ...] = ()
    pages: int | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """The unit that is found and cited. ``text`` is verbatim from the document, in the form of its ``Section``."""

    id: str
    document: DocumentInfo
    text: str
    page: int | None = None
    heading: tuple[str, ...] = ()
    kind: Kind = Kind.PROSE
    columns: tuple[str, ...] = ()
    question: str | None = None
    row: int | None = None
    page_label: str | None = None
    ocr: bool = False


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is asking, as far as permission goes."""

    user: str = "guest"
    department: str | None = None
    clearance: Sensitivity = Sensitivity.PUBLIC
    librarian: bool = True
    """Whether this person may add, replace and remove documents in the app."""

    def may_see(self, document: DocumentInfo) -> bool:
        """Whether this person may be shown the document: both its 公開範囲 and its 機密性 must allow it."""
        shared = EVERYONE in document.audience or self.department in document.audience
        return shared and document.sensitivity <= self.clearance


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is asked: by whom, for which day, and within which departments (None: all).

    ``history`` are earlier questions of the same person, oldest first: 「代理人なら？」 is completed from them. ``as_of`` is the day of
    asking: 昨年度 is counted from it, and a day of which the text itself speaks (令和7年度の手数料) goes before it, unless ``fixed_day``.
    ``own``: of a text that was completed from earlier questions what it said itself.
    """

    text: str
    as_of: date
    viewer: Viewer = Viewer()
    departments: frozenset[str] | None = None
    history: tuple[str, ...] = ()
    fixed_day: bool = False
    own: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found. ``score`` in 0..1 decides the order; ``words`` and ``meaning`` in 0..1 say why."""

    chunk: Chunk
    score: float
    words: float
    meaning: float


class Found(tuple[Hit, ...]):
    """What a search found, best first. ``notices`` say, for people, in what it fell short of what is configured."""

    notices: tuple[str, ...]

    def __new__(cls, hits: Iterable[Hit] = (), notices: tuple[str, ...] = ()) -> Self:
        found = super().__new__(cls, hits)
        found.notices = notices
        return found


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim quotation. Raises ValueError unless ``chunk.text[span[0]:span[1]] == quote`` and is not empty."""

    chunk: Chunk
    quote: str
    span: tuple[int, int]

    def __post_init__(self) -> None:
        start, end = self.span
        if not self.quote or self.chunk.text[start:end] != self.quote:
            raise ValueError("a citation must quote its chunk word for word")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One statement of an answer, with the numbers (from 1) of the citations that carry it."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Struck:
    """A sentence that a language model wrote and that is not said, because no passage carries it; ``reason`` is for people."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Amendment:
    """Another edition of a cited document says otherwise of it. It never answers: it is shown beside the answer, named as such.

    ``citation`` is the number (from 1) of the citation that is amended, ``day`` that of the change, ``later`` whether ``other`` is the
    edition from then on or the one until then. ``passage`` is what it says; None: it has no such passage.
    """

    citation: int
    day: date
    later: bool
    other: DocumentInfo
    passage: Citation | None


ConfidenceLabel = Literal["stated", "inferred", "none"]


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure the reply is: ``value`` in 0..1, and the word that a person is shown instead of it."""

    label: ConfidenceLabel
    value: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply that stands on documents. Raises ValueError if any sentence lacks a citation.

    ``struck`` is what a language model wrote besides and what was found not to stand in the documents. ``fallback`` says, for
    people, why the documents are quoted although a language model is configured; ``notices``, in what the search fell short.
    ``amendments``: what is or was otherwise near the day asked for.
    """

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    confidence: Confidence
    hits: tuple[Hit, ...] = ()
    mode: Literal["extract", "generate"] = "extract"
    struck: tuple[Struck, ...] = ()
    fallback: str | None = None
    notices: tuple[str, ...] = ()
    amendments: tuple[Amendment, ...] = ()

    def __post_init__(self) -> None:
        known = range(1, len(self.citations) + 1)
        if not self.sentences or not all(s.citations and all(n in known for n in s.citations) for s in self.sentences):
            raise ValueError("every sentence of an answer needs a citation")

    @property
    def text(self) -> str:
        """The answer as one text, a sentence or row a line."""
        return "\n".join(sentence.text for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class NotFound:
    """The documents do not say. ``nearest`` are the passages closest to the question; ``ask`` is whom to ask."""

    nearest: tuple[Hit, ...] = ()
    ask: str | None = None
    confidence: Confidence = field(default=Confidence("none", 0.0))
    notices: tuple[str, ...] = ()
    """In what the search fell short."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A reading of a question: how it is called (転入（市外から市内へ）の場合), and the question that means it alone."""

    label: str
    question: str


@dataclass(frozen=True, slots=True)
class Clarify:
    """The question has readings with different answers; the person chooses one. ``notices``: in what the search fell short."""

    question: str
    choices: tuple[Choice, ...]
    notices: tuple[str, ...] = ()


Reply = Answer | NotFound | Clarify


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that could not be taken in: where it is, why, and what to do."""

    path: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A document that was taken in, though something said of it has no effect. ``code`` is stable, for machines."""

    path: str
    code: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document as an edition holds it: what was read, in how many pages and chunks, with what doubts."""

    document: DocumentInfo
    format: str
    pages: int | None
    chunks: int
    warnings: tuple[ReadingWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class Library:
    """Everything that a published edition holds, and what it had to refuse. ``published`` is ISO 8601 with zone."""

    edition: str
    published: str
    documents: tuple[DocumentRecord, ...]
    refused: tuple[Refusal, ...]
    faults: tuple[Fault, ...] = ()
    """What is wrong with the ``supersedes`` of its documents."""
