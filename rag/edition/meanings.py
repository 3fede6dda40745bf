"""What the words of an edition mean: a vector for every word of its word index, to find words of like meaning.

A question about 赤ちゃん is then also about 乳児, without a dictionary. The vectors are kept in a byte a dimension: cosines
are off by less than .01, and 60,000 words take 30 MB. Derived like the postings: only words that are new are embedded.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.edition.terms import WORDS

if TYPE_CHECKING:
    from rag.embedding import Embedder, Matrix, Vector

FILE = "meanings.npy"
_SCALE = 127
_ROWS = 8_192  # compared at once: 16 MB of floats


def write_meanings(terms: Path, embedder: Embedder, donors: Iterable[Path]) -> None:
    """Embed the words of the index in ``terms`` that none of the ``donors``, indexes by the same model, has."""
    words: list[str] = json.loads((terms / WORDS).read_text(encoding="utf-8"))
    matrix = np.zeros((len(words), embedder.dimensions), np.int8)
    wanted = {word: number for number, word in enumerate(words) if _has_meaning(word)}
    for donor in donors:
        if wanted and (donor / FILE).is_file():
            given = json.loads((donor / WORDS).read_text(encoding="utf-8"))
            if words[: len(given)] == given:  # what this index was derived from: its rows as they are
                matrix[: len(given)] = np.load(donor / FILE, mmap_mode="r")
                wanted = {word: number for word, number in wanted.items() if number >= len(given)}
                continue
            rows = [(row, wanted.pop(word)) for row, word in enumerate(given) if word in wanted]
            if rows:
                theirs, ours = map(list, zip(*rows, strict=True))
                matrix[ours] = np.load(donor / FILE, mmap_mode="r")[theirs]
    new = list(wanted.values())
    if new:
        matrix[new] = np.rint(embedder.passages([words[number] for number in new]) * _SCALE).astype(np.int8)
    np.save(terms / FILE, matrix)


class Meanings:
    """The vectors of an edition's words, memory-mapped. Safe to use from several threads."""

    def __init__(self, terms: Path) -> None:
        self._words: list[str] = json.loads((terms / WORDS).read_text(encoding="utf-8"))
        self._matrix = np.load(terms / FILE, mmap_mode="r")

    @property
    def complete(self) -> bool:
        """Whether there is a vector for every word."""
        return len(self._words) == len(self._matrix)

    def vectors(self, words: Iterable[str]) -> dict[str, Vector]:
        """The vectors of those of the words that the edition has."""
        known = [word for word in dict.fromkeys(words) if word in self._numbers]
        rows = self._matrix[[self._numbers[word] for word in known]].astype(np.float32) / _SCALE
        return dict(zip(known, rows, strict=True))

    def embed(self, words: Sequence[str], embedder: Embedder) -> Matrix:
        """The vectors of the words of a question; only those that the edition does not have are embedded."""
        known = self.vectors(words)
        new = [word for word in dict.fromkeys(words) if word not in known]
        known |= dict(zip(new, embedder.passages(new) if new else (), strict=True))
        return np.array([known[word] for word in words], np.float32).reshape(-1, embedder.dimensions)

    def cosines(self, vectors: Matrix, words: Sequence[str]) -> Matrix:
        """The cosine of every row of ``vectors`` with every word; 0 with one that the edition does not have."""
        found = np.zeros((len(vectors), len(words)), np.float32)
        known = [column for column, word in enumerate(words) if word in self._numbers]
        rows = self._matrix[[self._numbers[words[column]] for column in known]].astype(np.float32)
        found[:, known] = vectors @ (rows.T / _SCALE)
        return found

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self._words)}

    def nearest(self, vectors: Matrix, floor: float, most: int) -> list[list[tuple[str, float]]]:
        """For every row of ``vectors`` up to ``most`` words with a cosine above ``floor``, best first."""
        if not len(self._words):
            return [[] for _ in vectors]
        wanted = np.ascontiguousarray(vectors.T) / _SCALE
        cosines = np.concatenate(
            [
                self._matrix[start : start + _ROWS].astype(np.float32) @ wanted
                for start in range(0, len(self._words), _ROWS)
            ]
        )
        return [self._best(cosines[:, row], floor, most) for row in range(len(vectors))]

    def _best(self, cosines: Matrix, floor: float, most: int) -> list[tuple[str, float]]:
        near = np.flatnonzero(cosines > floor)
        near = near[np.argsort(-cosines[near], kind="stable")[:most]]
        return [(self._words[number], float(cosines[number])) for number in near]


def _has_meaning(word: Sequence[str]) -> bool:
    """Whether it is a word at all: numbers and codes are near to all other numbers."""
    return any(unicodedata.category(letter) == "Lo" for letter in word)
