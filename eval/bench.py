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

from ingest.draft import write_edition
from rag.domain import DocumentInfo, Question, Reading, Section
from rag.edition import Edition
from rag.edition.catalog import Meta
from rag.embedding import Embedder
from rag.errors import UnreadableDocument
from rag.retrieval import search

MEASURES = {"nDCG@10": nDCG @ 10, "Recall@10": R @ 10, "P@1": P @ 1, "MRR": RR}
_DEPTH = 10
_DAY = date(2026, 4, 1)  # nothing in a test collection has a validity: any day will do


@dataclass(frozen=True, slots=True)
class Collection:
    """A corpus as (id, title, text), queries by id, and judgements {query: {document: gain}}."""

    documents: tuple[tuple[str, str, str], ...]
    queries: dict[str, str]
    judgements: dict[str, dict[str, int]]


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
    texts = {str(row["_id"]): str(row["text"]) for row in _rows(queries)}
    documents = tuple((str(row["_id"]), str(row.get("title") or ""), str(row["text"])) for row in _rows(corpus))
    return Collection(documents, {q: text for q, text in texts.items() if q in judgements}, judgements)


def bench(collection: Collection, embedder: Embedder) -> dict[str, Any]:
    """Index the corpus, ask every query, and measure."""
    with tempfile.TemporaryDirectory(prefix="hikitsugi-bench-") as folder:
        begin = time.perf_counter()
        edition = _edition(Path(folder) / "bench", collection, embedder)
        indexed = time.perf_counter() - begin
        embedder.query("準備")  # loading the model is not part of a question
        run: list[ir_measures.ScoredDoc] = []
        seconds: list[float] = []
        for query, text in collection.queries.items():
            begin = time.perf_counter()
            ranked = rank(edition, embedder, text)
            seconds.append(time.perf_counter() - begin)
            # The measures order by score and break ties by id; the rank says exactly what a person would see.
            run += [ir_measures.ScoredDoc(query, document, float(-place)) for place, document in enumerate(ranked)]
        edition.close()
    qrels = [ir_measures.Qrel(q, d, gain) for q, row in collection.judgements.items() for d, gain in row.items()]
    asked = [qrel for qrel in qrels if qrel.query_id in collection.queries]
    values = ir_measures.calc_aggregate(list(MEASURES.values()), asked, run)
    return {
        "documents": len(collection.documents),
        "queries": len(collection.queries),
        **{name: round(float(values[measure]), 4) for name, measure in MEASURES.items()},
        "seconds": {
            "index": round(indexed, 2),
            "query_p50_ms": round(float(np.percentile(seconds, 50)) * 1000, 2),
            "query_p95_ms": round(float(np.percentile(seconds, 95)) * 1000, 2),
        },
    }


def rank(edition: Edition, embedder: Embedder, text: str) -> list[str]:
    """The best documents for a query: a document stands where its best chunk stands."""
    k, total = 3 * _DEPTH, edition.terms.chunks
    while True:
        hits = search(edition, embedder, Question(text, _DAY), k).hits
        documents = list(dict.fromkeys(hit.chunk.document.path for hit in hits))
        if len(documents) >= _DEPTH or len(hits) < k or k >= total:
            return documents[:_DEPTH]
        k *= 4


def _edition(folder: Path, collection: Collection, embedder: Embedder) -> Edition:
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
