"""Cases: questions with what a right answer contains, and the grading of a reply. See docs/eval-format.md."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from eval.values import says
from rag.domain import Answer, Chunk, Question, Reply, Sensitivity, Viewer
from rag.errors import UnreadableDocument
from rag.text import compact, read_row

Outcome = Literal["correct", "wrong", "abstained"]
Half = Literal["dev", "test"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the answer stands: a document and words of it, never a chunk."""

    path: str
    quote: str


@dataclass(frozen=True, slots=True)
class Case:
    """A question. ``facts``: all must be in a right answer; alternatives of one fact are separated by ``|``.

    ``history``: what the same person asked before it, oldest first.
    """

    id: str
    question: str
    answerable: bool
    sources: tuple[Source, ...]
    facts: tuple[str, ...]
    as_of: date | None
    department: str | None
    style: str
    history: tuple[str, ...] = ()

    @property
    def half(self) -> Half:
        return half_of(self.id)

    @property
    def gold(self) -> frozenset[str]:
        """The documents that say it."""
        return frozenset(source.path for source in self.sources)


def half_of(id_: str) -> Half:
    """Tuning looks at dev alone. By the hash of the id, so that a case never changes sides."""
    return "test" if hashlib.sha256(id_.encode()).digest()[0] % 2 else "dev"


def read_cases(file: Path) -> tuple[Case, ...]:
    """Read a set (JSON Lines). Raises UnreadableDocument with the line at fault."""
    cases = []
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableDocument(
            f"{file.name} を読めません。", "UTF-8 の JSON Lines として保存し直してください。"
        ) from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                cases.append(_case(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise UnreadableDocument(
                    f"{file.name} の{number}行目を読めません（{error}）。", "評価セットの書き方を確かめてください。"
                ) from error
    return tuple(cases)


def read_set(*paths: Path) -> tuple[Case, ...]:
    """Read sets, each a file or a folder of them. A case that stands in two of them alike counts once.

    Raises UnreadableDocument if there is no case, or if two different ones have the same id.
    """
    files = [file for path in paths for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])]
    cases: dict[str, Case] = {}
    for file in files:
        for case in read_cases(file):
            if cases.setdefault(case.id, case) != case:
                raise UnreadableDocument(
                    f"{file.name}: 番号（id）「{case.id}」の問いが二つあり、内容が違います。",
                    "どちらかの id を変えてください（python -m eval lint で一覧できます）。",
                )
    if not cases:
        named = "、".join(map(str, paths))
        raise UnreadableDocument(f"{named} に問いがありません。", "評価セット（*.jsonl）を指定してください。")
    return tuple(cases.values())


def as_row(case: Case) -> dict[str, Any]:
    """A case as a line of a set holds it."""
    return {**asdict(case), "as_of": case.as_of.isoformat() if case.as_of else None}


def as_lines(cases: Sequence[Case]) -> str:
    """Cases as JSON Lines."""
    return "".join(json.dumps(as_row(case), ensure_ascii=False) + "\n" for case in cases)


def digest(cases: Sequence[Case]) -> str:
    """SHA-256 of the cases in their order."""
    return hashlib.sha256(as_lines(cases).encode()).hexdigest()


def grade(case: Case, reply: Reply) -> Outcome:
    """``graded`` for a reply; one that is no answer (not found, a question back) is an abstention."""
    if not isinstance(reply, Answer):
        return "abstained"
    return graded(case, reply.text, {citation.chunk.document.path for citation in reply.citations})


def graded(case: Case, text: str, cited: Collection[str]) -> Outcome:
    """Right if every fact is in the answer and a right document is cited; an answered unanswerable is wrong."""
    right = case.answerable and all(says(text, fact) for fact in case.facts) and not case.gold.isdisjoint(cited)
    return "correct" if right else "wrong"


def quoted(case: Case, chunk: Chunk) -> bool:
    """Whether a passage holds the words of one of the sources."""
    text = compact(said(chunk))
    return any(source.path == chunk.document.path and compact(source.quote) in text for source in case.sources)


def said(chunk: Chunk) -> str:
    """All that a quotation may come from; a row also as it is read out."""
    row = [read_row(chunk.columns, chunk.text)] if chunk.columns else []
    return "\n".join([*chunk.heading, *chunk.columns, chunk.question or "", chunk.text, *row])


def question_of(case: Case, day: date) -> Question:
    """A case as the staff of its own department would ask it."""
    earlier: dict[str, Any] = {"history": case.history} if "history" in Question.__dataclass_fields__ else {}
    viewer = Viewer("eval", case.department, Sensitivity.CONFIDENTIAL)
    return Question(case.question, case.as_of or day, viewer, **earlier)


def _case(row: dict[str, Any]) -> Case:
    return Case(
        id=_text(row["id"]),
        question=_text(row["question"]),
        answerable=_is_boolean(row["answerable"]),
        sources=tuple(Source(_text(s["path"]), _text(s["quote"])) for s in row["sources"]),
        facts=_texts(row["facts"]),
        as_of=date.fromisoformat(row["as_of"]) if row.get("as_of") else None,
        department=row.get("department"),
        style=row.get("style") or "",
        history=_texts(row.get("history") or []),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"文字列でなければならない所に {json.dumps(value, ensure_ascii=False)} があります")
    return value


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise ValueError("facts と history は文字列の並び（[…]）で書きます")
    return tuple(map(_text, values))


def _is_boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("answerable は true か false で書きます")
    return value
