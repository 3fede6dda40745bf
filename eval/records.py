"""Records: a reply as a run keeps it, whole, so that it can be measured again without being asked again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from eval.cases import Case, quoted
from rag.domain import Answer, Citation, Clarify, Hit, NotFound, Reply
from rag.errors import UnreadableDocument


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation: where it stands, its words, and when its document is in force (``valid_until`` is not included)."""

    path: str
    title: str
    page: int | None
    quote: str
    valid_from: date | None
    valid_until: date | None

    def covers(self, day: date) -> bool:
        """Whether the document is in force on ``day``."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day < self.valid_until
        )


@dataclass(frozen=True, slots=True)
class Record:
    """The reply to one case. ``kind``: answer, not_found, clarify, or invalid (the question was refused).

    ``asked``: the day asked for; ``hits``: the path of each passage that was found, best first, and ``quoted``: whether it holds the
    words that the case names as a source (judged when it was found, since texts of passages are not kept); ``seconds``: wall time;
    ``mode``: generate, if a language model worded the answer.
    """

    id: str
    asked: date
    kind: str
    text: str
    citations: tuple[Cited, ...]
    label: str
    confidence: float
    hits: tuple[str, ...]
    quoted: tuple[bool, ...]
    seconds: float
    edition: str
    mode: str = "extract"

    @property
    def documents(self) -> tuple[str, ...]:
        """The documents that were found: each stands where its best passage stands."""
        return tuple(dict.fromkeys(self.hits))

    @property
    def cited(self) -> frozenset[str]:
        """The documents that are cited."""
        return frozenset(citation.path for citation in self.citations)


def record_of(case: Case, asked: date, reply: Reply, hits: tuple[Hit, ...], seconds: float, edition: str) -> Record:
    """What there is to keep of a reply."""
    id_ = case.id
    rest: dict[str, Any] = {
        "hits": tuple(hit.chunk.document.path for hit in hits), "quoted": tuple(quoted(case, hit.chunk) for hit in hits),
        "seconds": round(seconds, 4), "edition": edition,
    }  # fmt: skip
    match reply:
        case Answer():
            citations, sure = tuple(map(_cited, reply.citations)), reply.confidence
            return Record(id_, asked, "answer", reply.text, citations, sure.label, sure.value, mode=reply.mode, **rest)
        case NotFound():
            return Record(id_, asked, "not_found", "", (), reply.confidence.label, reply.confidence.value, **rest)
        case Clarify():
            text = "\n".join([reply.question, *(choice.label for choice in reply.choices)])
            return Record(id_, asked, "clarify", text, (), "none", 0.0, **rest)


def as_line(record: Record) -> str:
    """A record as one line of JSON."""
    row = asdict(record)
    row["confidence"] = {"label": row.pop("label"), "value": row["confidence"]}
    return json.dumps(row, ensure_ascii=False, default=date.isoformat) + "\n"


def read_records(file: Path) -> tuple[Record, ...]:
    """Read the replies of a run. A last line that a kill cut off is left out: that question was not answered."""
    lines = file.read_text(encoding="utf-8").split("\n")[:-1] if file.exists() else []
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(_record(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnreadableDocument(
                f"{file} の{number}行目を読めません（{error}）。", "測定をやり直してください（python -m eval run）。"
            ) from error
    return tuple(records)


def _cited(citation: Citation) -> Cited:
    document = citation.chunk.document
    start, end = document.validity.start, document.validity.end
    return Cited(document.path, document.title, citation.chunk.page, citation.quote, start, end)


def _record(row: dict[str, Any]) -> Record:
    citations = tuple(
        Cited(**{**c, "valid_from": _day(c["valid_from"]), "valid_until": _day(c["valid_until"])})
        for c in row["citations"]
    )
    return Record(
        **{k: row[k] for k in ("id", "kind", "text", "seconds", "edition")},
        asked=date.fromisoformat(row["asked"]),
        citations=citations,
        label=row["confidence"]["label"],
        confidence=row["confidence"]["value"],
        hits=tuple(row["hits"]),
        quoted=tuple(row["quoted"]),
        mode=row.get("mode", "extract"),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
