"""The word index of an edition: BM25 over head and body as separate fields. The only module that knows bm25s.

Scores are dense (one per chunk), so that a chunk that only the vector index found still gets its true word score.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bm25s
import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]

_FIELDS = ("head", "body")


@dataclass(frozen=True, slots=True)
class WordScores:
    """``bm25``: sum over the fields, unbounded. ``coverage``: share in 0..1 of the question's words, weighted by rarity,
    that the chunk contains. Both have one value per chunk position.
    """

    bm25: Scores
    coverage: Scores


def write_terms(folder: Path, tokens: Iterable[tuple[list[str], list[str]]]) -> None:
    """Build the index of (head tokens, body tokens) in the order of chunk positions."""
    folder.mkdir(parents=True)
    columns: tuple[list[list[str]], list[list[str]]] = ([], [])
    document_frequency: Counter[str] = Counter()
    for head, body in tokens:
        columns[0].append(head)
        columns[1].append(body)
        document_frequency.update({*head, *body})
    for name, column in zip(_FIELDS, columns, strict=True):
        if any(column):
            index = bm25s.BM25()
            index.index(column, show_progress=False)
            index.save(folder / name)
    content = {"chunks": len(columns[0]), "document_frequency": document_frequency}
    (folder / "words.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


class Terms:
    """A published word index, memory-mapped. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        content = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        self.chunks: int = content["chunks"]
        self._document_frequency: dict[str, int] = content["document_frequency"]
        self._fields: list[Any] = [
            bm25s.BM25.load(folder / name, mmap=True) for name in _FIELDS if (folder / name).is_dir()
        ]

    def rarity(self, word: str) -> float:
        """Inverse document frequency of a word (Lucene's form of BM25's); a word that occurs nowhere is the rarest."""
        frequency = self._document_frequency.get(word, 0)
        return float(np.log(1 + (self.chunks - frequency + 0.5) / (frequency + 0.5)))

    def score(self, words: Sequence[str]) -> WordScores:
        """Score every chunk against the words of a question."""
        bm25 = np.zeros(self.chunks, np.float32)
        for field in self._fields:
            known = [word for word in words if word in field.vocab_dict]
            if known:
                bm25 += field.get_scores(known)
        return WordScores(bm25, self._coverage(words))

    def _coverage(self, words: Sequence[str]) -> Scores:
        covered = np.zeros(self.chunks, np.float32)
        rarities = {word: self.rarity(word) for word in words}
        for word, rarity in rarities.items():
            present = np.unique(
                np.concatenate([_chunks_with(field, word) for field in self._fields] or [np.empty(0, int)])
            )
            covered[present] += rarity
        return covered / max(sum(rarities.values()), 1e-9)


def _chunks_with(index: Any, word: str) -> npt.NDArray[np.int32]:
    """Positions of the chunks that contain ``word`` in this field: a column of the index's sparse score matrix."""
    token = index.vocab_dict.get(word)
    if token is None:
        return np.empty(0, np.int32)
    start, end = index.scores["indptr"][token : token + 2]
    return np.asarray(index.scores["indices"][start:end], np.int32)
