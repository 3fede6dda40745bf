"""Look over a corpus before it is published: what is wrong, what was forgotten, what its text suggests.

Nothing that is found in a text is taken over: a date in a document may be of anything. It is shown to the librarian.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Literal

from ingest.days import DAY, from_parts
from ingest.metadata import COLLECTION
from ingest.plan import Scan, scan
from ingest.progress import Progress
from ingest.readers.isolation import read_many
from rag.domain import EVERYONE, DocumentInfo, Reading
from rag.errors import InvalidSettings
from rag.succession import faults

Severity = Literal["error", "warning", "suggestion"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend or to consider. ``code`` is stable, for machines."""

    path: str
    code: str
    severity: Severity
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class LintReport:
    """All findings, by path."""

    findings: tuple[Finding, ...]
    files: int

    @property
    def errors(self) -> int:
        """How many must be mended."""
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def warnings(self) -> int:
        """How many should be looked at."""
        return sum(finding.severity == "warning" for finding in self.findings)


def lint(corpus: Path, day: date, progress: Callable[[Progress], None] = lambda _: None) -> LintReport:
    """Read every file of the corpus and look at what is known of it. Raises InvalidSettings if there is no corpus."""
    if not corpus.is_dir():
        raise InvalidSettings(f"資料フォルダ「{corpus}」がありません。", "フォルダの場所を確かめてください。")
    found = scan(corpus)
    findings = [Finding(r.refusal.path, "metadata", "error", r.refusal.reason, r.refusal.remedy) for r in found.refused]
    findings += _metadata(found, corpus, day)
    paths = {source.file: document for document, source in found.documents}
    for done, (file, reading) in enumerate(read_many(list(paths)), start=1):
        document = paths[file]
        progress(Progress("読み取り", done, len(paths), document.path))
        if isinstance(reading, Reading):
            findings += _text(document, reading)
        else:
            findings.append(Finding(document.path, "refused", "error", reading.reason, reading.remedy))
    return LintReport(tuple(sorted(findings, key=lambda f: (f.path, f.severity, f.code))), len(paths))


def _metadata(found: Scan, corpus: Path, day: date) -> Iterator[Finding]:
    documents = {document.path: document for document, _ in found.documents}
    known = {EVERYONE} | {document.department for document in documents.values()}
    places: dict[str, list[str]] = {}
    for path, document in documents.items():
        places.setdefault(document.sha256, []).append(path)
    for folder in sorted({str(PurePosixPath(path).parent) for path in documents}):
        if not (corpus / folder / COLLECTION).is_file():
            message = f"{COLLECTION} がありません。所管課の連絡先や公開範囲が分かりません。"
            yield Finding(
                f"{folder}/{COLLECTION}", "no-collection", "warning", message, "フォルダに一つ置いてください。"
            )
    for wrong in faults(documents.values(), {r.refusal.path for r in found.refused}):
        yield Finding(wrong.path, wrong.code, "error", wrong.reason, wrong.remedy)
    for path, document in documents.items():
        same = [other for other in places[document.sha256] if other != path]
        if same:
            message = f"同じ内容のファイルがあります（{'、'.join(same)}）。"
            yield Finding(path, "duplicate", "warning", message, "一つだけ残してください。")
        if document.review_by and document.review_by < day:
            message = f"見直し期限（{document.review_by:%Y年%m月%d日}）を過ぎています。"
            yield Finding(path, "review-overdue", "warning", message, "内容を確かめ、期限を改めてください。")
        if document.validity.end and document.validity.end <= day:
            message = f"{document.validity.end:%Y年%m月%d日}に効力を失っています。今の質問の答えには使われません。"
            yield Finding(path, "expired", "suggestion", message)
        unknown = sorted(document.audience - known)
        if unknown:
            message = f"公開範囲の「{'、'.join(unknown)}」は、資料フォルダのどの課の名前とも違います。"
            yield Finding(path, "audience-unknown", "warning", message, "課の名前を確かめてください。")


def _text(document: DocumentInfo, reading: Reading) -> Iterator[Finding]:
    for warning in reading.warnings:
        yield Finding(document.path, warning.code, "warning", warning.message)
    named = document.title != PurePosixPath(document.path).stem
    if reading.title and not named and reading.title != document.title:
        message = f"題名は「{reading.title}」かもしれません（本文の見出し）。"
        yield Finding(document.path, "title", "suggestion", message, "そうなら title に書いてください。")
    if document.validity.start is None:
        suggested = suggest_start(section.text for section in reading.sections)
        if suggested:
            day, phrase = suggested
            message = f"施行日は {day.isoformat()} かもしれません（本文「{phrase}」）。"
            yield Finding(document.path, "valid-from", "suggestion", message, "そうなら valid_from に書いてください。")


_START = re.compile(
    rf"{DAY}(?:から(?:施行|適用|実施)|\s*(?:施行|適用開始))|施行(?:期)?日\s*[:：]?\s*{DAY.replace('(?P<', '(?P<b_')}"
)


def suggest_start(texts: Iterable[str]) -> tuple[date, str] | None:
    """The latest day on which a text says that it takes force, with the words that say so.

    >>> suggest_start(["この規程は、令和八年四月一日から施行する。"])
    (datetime.date(2026, 4, 1), '令和八年四月一日から施行')
    """
    found = []
    for text in texts:
        for match in _START.finditer(unicodedata.normalize("NFKC", text)):
            parts = {name.removeprefix("b_"): value for name, value in match.groupdict().items() if value}
            day = from_parts(parts)
            if day:
                found.append((day, match[0]))
    return max(found, default=None)
