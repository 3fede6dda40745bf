"""Cases: questions with what a right answer contains, and the grading of a reply. See the README beside the sets."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from rag.domain import Answer, Reply
from rag.errors import UnreadableDocument
from rag.text import compact

Outcome = Literal["correct", "wrong", "abstained"]
Half = Literal["dev", "test"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the answer stands: a document and words of it, never a chunk."""

    path: str
    quote: str


@dataclass(frozen=True, slots=True)
class Case:
    """A question. ``facts``: all must be in a right answer; alternatives of one fact are separated by ``|``."""

    id: str
    question: str
    answerable: bool
    sources: tuple[Source, ...]
    facts: tuple[str, ...]
    as_of: date | None
    department: str | None
    style: str

    @property
    def half(self) -> Half:
        return half_of(self.id)


def half_of(id_: str) -> Half:
    """Tuning looks at dev alone. By the hash of the id, so that a case never changes sides."""
    return "test" if hashlib.sha256(id_.encode()).digest()[0] % 2 else "dev"


def read_cases(file: Path) -> tuple[Case, ...]:
    """Read a set (JSON Lines). Raises UnreadableDocument with the line at fault."""
    cases = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                cases.append(_case(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                raise UnreadableDocument(
                    f"{file.name} の{number}行目を読めません（{error}）。", "評価セットの書き方を確かめてください。"
                ) from error
    return tuple(cases)


def grade(case: Case, reply: Reply) -> Outcome:
    """Right if every fact is in the answer and a right document is cited; an answered unanswerable is wrong."""
    if not isinstance(reply, Answer):
        return "abstained"
    text = compact(reply.text)
    said = all(any(compact(alternative) in text for alternative in fact.split("|")) for fact in case.facts)
    cited = {citation.chunk.document.path for citation in reply.citations} & {source.path for source in case.sources}
    return "correct" if case.answerable and said and cited else "wrong"


def _case(row: dict[str, Any]) -> Case:
    return Case(
        id=row["id"],
        question=row["question"],
        answerable=row["answerable"],
        sources=tuple(Source(s["path"], s["quote"]) for s in row["sources"]),
        facts=tuple(row["facts"]),
        as_of=date.fromisoformat(row["as_of"]) if row.get("as_of") else None,
        department=row.get("department"),
        style=row.get("style") or "",
    )
