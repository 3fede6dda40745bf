"""``python -m tests.bench.recall``: what the vector graph loses against exact search, and what filters cost.

    recall      recall@10 of the graph against comparing every vector, for questions and for the units themselves
    filters     a search with 1 %, 10 % and 50 % of the documents visible, as a ratio to one with all of them

100,000 units with vectors of the built-in model: sentences of ``corpora/`` joined by twos, since so many of our own do not
exist. Prints; asserts nothing.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np

from eval.cases import read_set
from ingest import chunking
from rag.config import PROJECT, load_settings
from rag.domain import Question, Viewer
from rag.edition import Edition, open_edition
from rag.edition.vectors import Vectors
from rag.embedding import BuiltInEmbedder, Matrix
from rag.retrieval import search
from rag.text import normalise

_K = 10


def sentences(edition: Edition) -> list[str]:
    """Every text of the edition that is embedded."""
    catalog = edition.catalog
    chunks = [chunk for document in catalog.documents for chunk in catalog.document_chunks(document.id)]
    return sorted({text for chunk in chunks for text in chunking.body_texts(chunk)})


def recall(vectors: Vectors, matrix: Matrix, asked: Matrix) -> tuple[float, float]:
    """Mean share of the ``_K`` truly nearest that the graph finds among its hundred; median milliseconds of a query."""
    shares, seconds = [], []
    for vector in asked:
        cosines = matrix @ vector
        nearest = cosines[np.argpartition(-cosines, _K)[:_K]].min()
        begin = time.perf_counter()
        _, found = vectors.nearest("body", vector, 100)
        seconds.append(time.perf_counter() - begin)
        shares.append(float((found >= nearest - 1e-5).sum().clip(max=_K) / _K))
    return float(np.mean(shares)), float(np.median(seconds)) * 1000


def graph(edition: Edition, count: int, folder: Path) -> None:
    texts, chance = sentences(edition), random.Random(0)
    joined = sorted({f"{a[:60]}{b[:60]}" for a, b in (chance.choices(texts, k=2) for _ in range(2 * count))})
    units = (texts + chance.sample(joined, count))[:count]
    embedder = BuiltInEmbedder()
    begin = time.perf_counter()
    matrix = np.concatenate([embedder.passages(units[at : at + 256]) for at in range(0, count, 256)])
    embedded = time.perf_counter() - begin
    vectors = Vectors(folder)
    vectors.add("body", [f"u{number}" for number in range(count)], matrix)
    vectors.close()
    vectors = Vectors(folder)
    print(f"{count:,} units, embedded in {embedded:.0f} s, graph in {time.perf_counter() - begin - embedded:.0f} s")
    questions = [normalise(case.question) for case in read_set(PROJECT / "eval" / "sets" / "mirai.jsonl")]
    for name, asked in (
        ("questions", np.stack([embedder.query(question) for question in questions])),
        ("units", matrix[np.random.default_rng(0).choice(count, 500, replace=False)]),
    ):
        share, milliseconds = recall(vectors, matrix, asked)
        print(f"  recall@{_K} of {len(asked)} {name:10s} {share:.4f}, {milliseconds:.1f} ms a query")
    strays = vectors.unreachable("body", [f"u{n}" for n in range(count)], matrix)
    print(f"  units that do not find themselves {len(strays)} of {count:,}: these are kept beside the graph")
    vectors.close()


def filters(edition: Edition) -> None:
    embedder = BuiltInEmbedder()
    cases = [case.question for case in read_set(PROJECT / "eval" / "sets" / "mirai.jsonl")[:60]]
    departments = sorted({document.department for document in edition.catalog.documents})
    seconds = {}
    for visible in (None, *range(1, len(departments) + 1, 3)):
        chosen = frozenset(departments[:visible]) if visible else None
        for warm in (False, True):
            begin = time.perf_counter()
            for text in cases:
                search(edition, embedder, Question(text, date(2026, 11, 1), Viewer(), chosen))
            if warm:
                seconds[visible] = time.perf_counter() - begin
    for visible, took in seconds.items():
        name = f"{visible} of {len(departments)} departments" if visible else "all departments"
        print(f"  {name:24s} {took / len(cases) * 1000:6.1f} ms = {took / seconds[None]:.2f} x without a filter")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=100_000)
    arguments = parser.parse_args()
    edition = open_edition(load_settings().data)
    with tempfile.TemporaryDirectory(prefix="hikitsugi-recall-") as name:
        graph(edition, arguments.units, Path(name))
    filters(edition)


if __name__ == "__main__":
    main()
