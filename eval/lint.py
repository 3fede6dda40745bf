"""Look over a set before it is used: what no longer stands in the documents, what is asked twice, what is out of balance."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from eval.cases import Case, question_of, said
from eval.values import says
from rag.domain import DocumentInfo
from rag.edition.catalog import Catalog
from rag.text import compact

Severity = Literal["error", "warning"]
_ALIKE = 0.85
"""Cosine of character pairs from which two questions are near-duplicates. The most alike of the 6,670 pairs of our own set have .59."""
_SIGNS = re.compile(r"\W")
_ENOUGH = 20  # below this many cases, shares say nothing
_UNANSWERABLE = (0.1, 0.5)
_ONE_STYLE = 0.6


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend (error) or to consider (warning). ``id``: of the case, "" for the set; ``code`` is stable."""

    id: str
    code: str
    severity: Severity
    message: str
    remedy: str = ""


def lint(cases: Sequence[Case], day: date, catalog: Catalog | None) -> tuple[Finding, ...]:
    """All findings in the order of the set. Without a catalog the sources are not looked up, and a finding says so."""
    spans = _spans(cases, day, catalog) if catalog else _unchecked()
    return (*_ids(cases), *_form(cases), *_alike(cases), *spans, *_balance(cases))


def _ids(cases: Sequence[Case]) -> Iterator[Finding]:
    for id_, count in Counter(case.id for case in cases).items():
        if count > 1:
            yield Finding(
                id_, "duplicate-id", "error", f"同じ番号の問いが{count}個あります。", "番号を変えてください。"
            )


def _form(cases: Sequence[Case]) -> Iterator[Finding]:
    for case in cases:
        if case.answerable and not (case.sources and case.facts):
            message = "答えのある問いに、資料か正答に含む語がありません。"
            yield Finding(case.id, "incomplete", "error", message, "書き足すか、答えのない問いにしてください。")
        if not case.answerable and (case.sources or case.facts):
            message = "答えのない問いに、資料か正答に含む語があります。"
            yield Finding(case.id, "contradictory", "error", message, "消すか、答えのある問いにしてください。")
        for fact in case.facts if case.sources else ():
            if not any(says(source.quote, fact) for source in case.sources):
                message = f"正答に含む語「{fact}」が、どの引用にもありません。"
                yield Finding(case.id, "fact-not-quoted", "warning", message, "引用を広げるか、語を直してください。")


def _alike(cases: Sequence[Case]) -> Iterator[Finding]:
    """Questions that differ in a few characters, asked of the same day after the same questions."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.preprocessing import normalize

    texts = [f" {_SIGNS.sub('', compact(case.question))} " for case in cases]
    if len(texts) < 2:
        return
    grams = normalize(CountVectorizer(analyzer="char", ngram_range=(2, 2)).fit_transform(texts))
    for i in range(len(cases)):
        row = (grams[i + 1 :] @ grams[i].T).tocoo()
        for j in sorted(row.row[row.data >= _ALIKE]):
            one, other = cases[i], cases[i + 1 + int(j)]
            if (one.as_of, one.history, one.department) == (other.as_of, other.history, other.department):
                message = f"「{one.question}」は {other.id}「{other.question}」とほとんど同じです。"
                yield Finding(one.id, "near-duplicate", "warning", message, "一つにするか、問い方を変えてください。")


def _spans(cases: Sequence[Case], day: date, catalog: Catalog) -> Iterator[Finding]:
    documents = {document.path: document for document in catalog.documents}

    @lru_cache(maxsize=256)
    def text(document: DocumentInfo) -> str:
        return "\n".join(map(said, catalog.document_chunks(document.id)))

    for case in cases:
        question = question_of(case, day)
        quoted = [text(documents[path]) for path in case.gold if path in documents]
        for fact in case.facts if quoted else ():
            if not any(says(whole, fact) for whole in quoted):
                message = f"正答に含む語「{fact}」が、根拠のどの資料にもありません。"
                remedy = "資料か語を直してください（計算して答えるものなら、このままで構いません）。"
                yield Finding(case.id, "fact-missing", "warning", message, remedy)
        for source in case.sources:
            document = documents.get(source.path)
            if document is None:
                message = f"資料「{source.path}」が、公開中の版にありません。"
                yield Finding(case.id, "source-missing", "error", message, "資料の場所を確かめてください。")
                continue
            if not document.validity.covers(question.as_of):
                message = f"資料「{source.path}」は {question.as_of} には効力がありません。"
                yield Finding(case.id, "source-not-in-force", "error", message, "時点か資料を改めてください。")
            if not question.viewer.may_see(document):
                message = f"資料「{source.path}」は、{case.department or '課の指定のない職員'}には見えません。"
                yield Finding(case.id, "source-hidden", "error", message, "所管課を確かめてください。")
            if compact(source.quote) not in compact(text(document)):
                message = f"引用「{source.quote}」が、資料「{source.path}」にありません。"
                yield Finding(case.id, "quote-missing", "error", message, "今の資料の文言に改めてください。")


def _unchecked() -> Iterator[Finding]:
    message = "公開された版がないため、引用が資料にあるかは調べていません。"
    yield Finding("", "not-checked", "warning", message, "python -m ingest のあとで、もう一度調べてください。")


def _balance(cases: Sequence[Case]) -> Iterator[Finding]:
    if len(cases) < _ENOUGH:
        message = f"問いが{len(cases)}個しかなく、割合を論じるには足りません（{_ENOUGH}個から）。"
        yield Finding("", "few", "warning", message)
        return
    unanswerable = sum(not case.answerable for case in cases) / len(cases)
    low, high = _UNANSWERABLE
    if not low <= unanswerable <= high:
        message = f"答えのない問いが {unanswerable:.0%} です（{low:.0%} から {high:.0%} が目安）。"
        yield Finding("", "unbalanced-answerable", "warning", message, "誤答も控えも測れる割合にしてください。")
    for style, count in Counter(case.style for case in cases).most_common(1):
        if count / len(cases) > _ONE_STYLE:
            message = f"種別「{style or 'なし'}」が {count / len(cases):.0%} を占めます。"
            yield Finding("", "unbalanced-style", "warning", message, "ほかの問い方も加えてください。")
