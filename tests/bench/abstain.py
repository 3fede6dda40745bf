"""How well the confidence of a reply separates questions that a collection answers from those it does not.

``python -m tests.bench.abstain COLLECTION``: a folder in BEIR form whose queries without an answer have the style 対象外 and a
``subtype``, far or near. Prints the area under the ROC curve for the score of the best hit and for the confidence.
"""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from eval.bench import index, read_collection
from eval.measures import resamples
from rag.answer import confidence, extract
from rag.answer.evidence import evidence
from rag.config import BUILT_IN
from rag.domain import Question
from rag.edition import Edition
from rag.embedding import Embedder, open_embedder
from rag.retrieval import search

_DAY = date(2026, 4, 1)
_RESAMPLES = 1_000


def main(folder: Path) -> None:
    """Ask every query and print the areas, with 95 % intervals from a bootstrap over the queries."""
    (queries,) = folder.glob("queries*.jsonl")
    (qrels,) = folder.glob("qrels*.tsv")
    collection = read_collection(folder / "corpus.jsonl", queries, qrels)
    rows = [json.loads(line) for line in queries.read_text(encoding="utf-8").splitlines()]
    embedder = open_embedder(BUILT_IN)
    with tempfile.TemporaryDirectory() as scratch:
        edition = index(Path(scratch) / "bench", collection, embedder)
        scores = {row["_id"]: _scores(edition, embedder, row["text"]) for row in rows}
        edition.close()
    answered = [scores[id_] for id_ in collection.queries]
    for subtype in sorted({row["subtype"] for row in rows if row.get("subtype")}):
        others = [scores[row["_id"]] for row in rows if row.get("subtype") == subtype]
        for number, name in enumerate(("score of the best hit", "confidence")):
            values = np.array([found[number] for found in (*answered, *others)])
            right = np.array([True] * len(answered) + [False] * len(others))
            value, low, high = _area(right, values)
            print(
                f"{subtype:5s} {name:22s} AUC {value:.3f} ({low:.3f}–{high:.3f}), {len(answered)} against {len(others)}"
            )


def _scores(edition: Edition, embedder: Embedder, text: str) -> tuple[float, float]:
    question = Question(text, _DAY)
    hits = search(edition, embedder, question)
    passages = extract.passages(question, hits, edition, embedder)
    if not passages:
        return 0.0, 0.0
    found = evidence(text, hits, passages)
    return hits[0].score, confidence.judge(found, confidence.shipped()).value


def _area(right: np.ndarray, values: np.ndarray) -> tuple[float, float, float]:
    drawn = []
    for block in resamples(len(values)):
        for chosen in block[: _RESAMPLES - len(drawn)]:
            if 0 < right[chosen].sum() < len(chosen):
                drawn.append(roc_auc_score(right[chosen], values[chosen]))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(roc_auc_score(right, values)), float(low), float(high)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
