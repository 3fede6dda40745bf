"""Retrieval on public test collections in BEIR form, by the product's own path, on an edition that is thrown away."""

from __future__ import annotations

import csv
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np
from ir_measures import RR, P, R, nDCG

from eval.measures import estimate
from ingest.draft import write_edition
from rag.domain import DocumentInfo, Question, Reading, Section
from rag.edition import Edition
from rag.edition.catalog import Meta
from rag.embedding import Embedder
from rag.errors import UnreadableDocument
from rag.ranking import RANKING, Ranking
from rag.retrieval import search

MEASURES = {"nDCG@10": nDCG @ 10, "Recall@10": R @ 10, "P@1": P @ 1, "MRR": RR}
_DEPTH = 10
_WORST = 10
"""Questions that are shown of every style."""
_DAY = date(2026, 4, 1)  # nothing in a test collection has a validity: any day will do


@dataclass(frozen=True, slots=True)
class Collection:
    """A corpus as (id, title, text), queries by id, and judgements {query: {document: gain}}.

    ``styles``: the style of a query, where the file says it.
    """

    documents: tuple[tuple[str, str, str], ...]
    queries: dict[str, str]
    judgements: dict[str, dict[str, int]]
    styles: dict[str, str]


def read_collection(corpus: Path, queries: Path, qrels: Path) -> Collection:
    """Read BEIR files. Queries without a judgement are left out: there is nothing to measure them by."""
    with qrels.open(encoding="utf-8", newline="") as stream:
        judgements: dict[str, dict[str, int]] = {}
        for number, row in enumerate(csv.reader(stream, delimiter="\t"), start=1):
            if number == 1:
                continue
            if len(row) < 3:
                raise _broken(qrels, number, "3列（質問・文書・評点）がありません")
            judgements.setdefault(row[0], {})[row[1]] = int(row[2])
    asked = {str(row["_id"]): row for row in _rows(queries) if str(row["_id"]) in judgements}
    styles = {query: str(row["style"]) for query, row in asked.items() if row.get("style")}
    documents = tuple((str(row["_id"]), str(row.get("title") or ""), str(row["text"])) for row in _rows(corpus))
    return Collection(documents, {q: str(row["text"]) for q, row in asked.items()}, judgements, styles)


def bench(collection: Collection, embedder: Embedder) -> dict[str, Any]:
    """Index the corpus, ask every query, and measure."""
    with tempfile.TemporaryDirectory(prefix="hikitsugi-bench-") as folder:
        begin = time.perf_counter()
        edition = index(Path(folder) / "bench", collection, embedder)
        indexed = time.perf_counter() - begin
        embedder.query("準備")  # loading the model is not part of a question
        ranked: dict[str, list[str]] = {}
        seconds: list[float] = []
        for query, text in collection.queries.items():
            begin = time.perf_counter()
            ranked[query] = rank(edition, embedder, text)
            seconds.append(time.perf_counter() - begin)
        edition.close()
    values = values_of(collection, ranked)
    everything = _figures(values, list(collection.queries))
    by_style: dict[str, list[str]] = {}
    for query, style in collection.styles.items():
        by_style.setdefault(style, []).append(query)
    return {
        "documents": len(collection.documents),
        "queries": len(collection.queries),
        **{name: row["value"] for name, row in everything.items()},
        "intervals": everything,
        "styles": {
            style: {
                "queries": len(queries),
                **_figures(values, queries),
                "worst": _worst(collection, ranked, values["nDCG@10"], queries),
            }
            for style, queries in sorted(by_style.items())
        },
        "seconds": {
            "index": round(indexed, 2),
            "query_p50_ms": round(float(np.percentile(seconds, 50)) * 1000, 2),
            "query_p95_ms": round(float(np.percentile(seconds, 95)) * 1000, 2),
        },
    }


def values_of(collection: Collection, ranked: dict[str, list[str]]) -> dict[str, dict[str, float]]:
    """Every measure of every query; 0 where nothing was found."""
    # The measures order by score and break ties by id; the rank says exactly what a person would see.
    run = [ir_measures.ScoredDoc(q, d, float(-place)) for q, found in ranked.items() for place, d in enumerate(found)]
    qrels = [ir_measures.Qrel(q, d, gain) for q in collection.queries for d, gain in collection.judgements[q].items()]
    values = {name: dict.fromkeys(collection.queries, 0.0) for name in MEASURES}
    names = {measure: name for name, measure in MEASURES.items()}
    for metric in ir_measures.iter_calc(list(MEASURES.values()), qrels, run):
        values[names[metric.measure]][metric.query_id] = float(metric.value)
    return values


def _figures(values: dict[str, dict[str, float]], queries: list[str]) -> dict[str, dict[str, float | None]]:
    """Means over these queries with bootstrap 95 % intervals."""
    return {name: estimate([each[query] for query in queries]) for name, each in values.items()}


def _worst(
    collection: Collection, ranked: dict[str, list[str]], values: dict[str, float], queries: list[str]
) -> list[dict[str, Any]]:
    """The queries that did worst and not perfectly, what was found first, and what should have been."""
    titles = {document: title or text[:60] for document, title, text in collection.documents}
    bad = sorted((query for query in queries if values[query] < 1), key=lambda query: (values[query], query))
    return [
        {
            "query": collection.queries[query],
            "nDCG@10": round(values[query], 3),
            "found": titles[ranked[query][0]] if ranked[query] else None,
            "wanted": titles.get(max(collection.judgements[query].items(), key=lambda item: item[1])[0]),
        }
        for query in bad[:_WORST]
    ]


def rank(edition: Edition, embedder: Embedder, text: str, ranking: Ranking = RANKING) -> list[str]:
    """The best documents for a query: a document stands where its best chunk stands."""
    k, total = 3 * _DEPTH, edition.terms.chunks
    while True:
        hits = search(edition, embedder, Question(text, _DAY), k, ranking)
        documents = list(dict.fromkeys(hit.chunk.document.path for hit in hits))
        if len(documents) >= _DEPTH or len(hits) < k or k >= total:
            return documents[:_DEPTH]
        k *= 4


def index(folder: Path, collection: Collection, embedder: Embedder) -> Edition:
    """The corpus of a collection as an edition in a new ``folder``."""
    meta = Meta(folder.name, "", embedder.fingerprint, embedder.dimensions, "bench")
    documents = (
        (DocumentInfo(id=id_, title=title, path=id_, sha256=id_, department="bench"), Reading("beir", (Section(text),)))
        for id_, title, text in collection.documents
    )
    write_edition(folder, meta, documents, embedder)
    return Edition(folder)


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise _broken(file, number, "JSON として読めません") from error


def _broken(file: Path, line: int, what: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{file.name} の{line}行目: {what}。", "BEIR 形式（JSON Lines と TSV）か確かめてください。"
    )
