"""The word index of an edition: BM25 over head and body as separate fields, as memory-mapped postings.

Scores are dense (one per chunk position), so that a chunk that only the vector index found still gets its true word
score. An index is derived from the one before it: postings of removed chunks are dropped and new ones merged in, all in
numpy, so that adding one document to 100,000 chunks takes tenths of a second. Libraries that score when they build
(bm25s) or merge segments later (tantivy) offer either dense scores or updates, not both.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from rag.synonyms import Synonyms

Scores = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int32]

_FIELDS = ("head", "body")
WORDS = "words.json"
# Okapi BM25 in Lucene's form (Kamphuis et al., ECIR 2020), with the parameters of most libraries.
_K1, _B = 1.5, 0.75
_NO_CHUNK = -1
_REMEMBERED = 50_000  # words


@dataclass(frozen=True, slots=True)
class WordScores:
    """``bm25``: sum over the fields, unbounded. ``coverage``: share in 0..1 of the question's words, weighted by rarity,
    that the chunk contains. Both have one value per chunk position.
    """

    bm25: Scores
    coverage: Scores


@dataclass(frozen=True, slots=True)
class TokenisedChunk:
    """The words of a chunk, by field."""

    position: int
    head: Sequence[str]
    body: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Field:
    """Postings: word w stands ``counts[i]`` times in ``positions[i]`` for i from ``starts[w]`` up to ``starts[w + 1]``.

    ``lengths``: number of words at each position, -1 where no chunk is.
    """

    starts: npt.NDArray[np.int64]
    positions: Positions
    counts: npt.NDArray[np.int32]
    lengths: Positions

    @classmethod
    def load(cls, folder: Path, name: str) -> _Field:
        return cls(*(np.load(folder / f"{name}-{part}.npy", mmap_mode="r") for part in cls.__slots__))

    def save(self, folder: Path, name: str) -> None:
        for part in self.__slots__:
            np.save(folder / f"{name}-{part}.npy", getattr(self, part))


def write_terms(
    folder: Path, chunks: Iterable[TokenisedChunk], before: Path | None = None, removed: Iterable[int] = ()
) -> None:
    """Write the index of ``before`` (None: an empty one) without the positions ``removed`` and with ``chunks``."""
    folder.mkdir(parents=True)
    words: list[str] = json.loads((before / WORDS).read_text(encoding="utf-8")) if before else []
    numbers = {word: number for number, word in enumerate(words)}
    gone = np.fromiter(removed, np.int64)
    added = {name: _Gathered() for name in _FIELDS}
    for chunk in chunks:
        for name in _FIELDS:
            added[name].note(chunk.position, getattr(chunk, name), numbers)
    for name in _FIELDS:
        _merged(_Field.load(before, name) if before else None, gone, added[name], len(numbers)).save(folder, name)
    (folder / WORDS).write_text(json.dumps(list(numbers), ensure_ascii=False), encoding="utf-8")


class _Gathered:
    """Postings of one field in the order in which chunks come: four bytes a number, since a library has millions."""

    def __init__(self) -> None:
        self.words, self.positions, self.counts = array("i"), array("i"), array("i")
        self.chunks, self.lengths = array("i"), array("i")

    def note(self, position: int, words: Sequence[str], numbers: dict[str, int]) -> None:
        """Add a chunk. ``numbers`` gets the words that are new."""
        row = Counter(words)
        self.words.extend(numbers.setdefault(word, len(numbers)) for word in row)
        self.positions.extend(repeat(position, len(row)))
        self.counts.extend(row.values())
        self.chunks.append(position)
        self.lengths.append(len(words))


def _merged(old: _Field | None, gone: npt.NDArray[np.int64], new: _Gathered, vocabulary: int) -> _Field:
    words, positions, counts = (np.asarray(part, np.int32) for part in (new.words, new.positions, new.counts))
    order = np.lexsort((positions, words))
    words, positions, counts = words[order], positions[order], counts[order]
    lengths = np.full(max(max(new.chunks, default=-1) + 1, len(old.lengths) if old else 0), _NO_CHUNK, np.int32)
    if old:
        lengths[: len(old.lengths)] = old.lengths
        lengths[gone] = _NO_CHUNK
        stays = lengths[old.positions] != _NO_CHUNK
        old_words = np.repeat(np.arange(len(old.starts) - 1, dtype=np.int32), np.diff(old.starts))[stays]
        order = np.argsort(np.concatenate([old_words, words]), kind="stable")  # merges two sorted runs: linear
        words = np.concatenate([old_words, words])[order]
        positions = np.concatenate([old.positions[stays], positions])[order]
        counts = np.concatenate([old.counts[stays], counts])[order]
    lengths[np.asarray(new.chunks, np.int32)] = new.lengths
    lengths = lengths[: np.flatnonzero(lengths != _NO_CHUNK).max(initial=-1) + 1]
    starts = np.zeros(vocabulary + 1, np.int64)
    np.cumsum(np.bincount(words, minlength=vocabulary), out=starts[1:])
    return _Field(starts, positions, counts, lengths)


class Terms:
    """A published word index, memory-mapped. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        words = json.loads((folder / WORDS).read_text(encoding="utf-8"))
        self._numbers: dict[str, int] = {word: number for number, word in enumerate(words)}
        self._fields = [_Field.load(folder, name) for name in _FIELDS]
        self.size = len(self._fields[0].lengths)
        """One more than the greatest position."""
        self.rarity = lru_cache(maxsize=_REMEMBERED)(self._rarity)  # the same words are asked for with every question

    @cached_property
    def chunks(self) -> int:
        """How many chunks there are."""
        return int((self._fields[0].lengths != _NO_CHUNK).sum())

    @cached_property
    def _norms(self) -> list[Scores]:
        """For every field and position the part of BM25's denominator that depends on the length of the chunk."""
        norms = []
        for field in self._fields:
            lengths = np.maximum(field.lengths, 0)
            average = lengths.sum() / max(self.chunks, 1) or 1.0
            norms.append((_K1 * (1 - _B + _B * lengths / average)).astype(np.float32))
        return norms

    def _rarity(self, word: str) -> float:
        """Inverse document frequency of a word (Lucene's form of BM25's); a word that occurs nowhere is the rarest."""
        return self._idf(int(self._with(word).sum()))

    def frequency(self, words: Sequence[str]) -> int:
        """How many chunks have all of these words; none has no words."""
        return int(np.logical_and.reduce([self._with(word) for word in words]).sum()) if words else 0

    def score(self, words: Sequence[str]) -> WordScores:
        """Score every chunk against the words of a question."""
        bm25 = np.zeros(self.size, np.float32)
        for field, norms in zip(self._fields, self._norms, strict=True):
            for word in words:
                at, counts = self._postings(field, word)
                bm25[at] += self._idf(len(at)) * counts / (counts + norms[at])
        covered = np.zeros(self.size, np.float32)
        total = 0.0
        for word in dict.fromkeys(words):
            present = self._with(word)
            rarity = self._idf(int(present.sum()))
            covered[present] += rarity
            total += rarity
        return WordScores(bm25, covered / max(total, 1e-9))

    def said(
        self, words: Sequence[str], near: Mapping[str, Sequence[tuple[str, float]]], synonyms: Sequence[Synonyms]
    ) -> Scores:
        """For every position the share in 0..1 of the question, weighted by rarity, that the chunk says in whatever words.

        ``near``: for a word others of like meaning and how much each counts; ``synonyms``: the same for whole terms.
        """
        rarity = {word: self.rarity(word) for word in dict.fromkeys(words)}
        said = self._weighted(rarity, near)
        others: dict[tuple[str, ...], list[tuple[tuple[str, ...], float]]] = {}
        for term in synonyms:
            others.setdefault(tuple(word for word in term.term if word in rarity), []).extend(term.others)
        for own, alternatives in others.items():
            if own and alternatives:
                weights = {word: rarity[word] for word in own}
                best = np.max([weight * self._share(other) for other, weight in alternatives], axis=0)
                said += np.maximum(best * sum(weights.values()) - self._weighted(weights, near), 0)
        return np.asarray(np.minimum(said / max(sum(rarity.values()), 1e-9), 1), np.float32)

    def _weighted(self, rarity: Mapping[str, float], near: Mapping[str, Sequence[tuple[str, float]]]) -> Scores:
        """The sum of the words' strengths times their rarity. One word after the other: a question may have hundreds."""
        total = np.zeros(self.size, np.float32)
        for word, weight in rarity.items():
            total += np.float32(weight) * self._strength(word, near.get(word, ()))
        return total

    def _strength(self, word: str, near: Sequence[tuple[str, float]]) -> Scores:
        """How much of a word's meaning every chunk has: 1 with the word itself, less with the nearest of the others."""
        strength = np.zeros(self.size, np.float32)
        for other, counts in [*reversed(near), (word, 1.0)]:  # the best comes last and stays
            for field in self._fields:
                strength[self._postings(field, other)[0]] = counts
        return strength

    def _share(self, words: Sequence[str]) -> Scores:
        """The share of these words, weighted by rarity, that every chunk has."""
        rarity = [self.rarity(word) for word in words]
        return np.asarray(sum(r * self._with(word) for r, word in zip(rarity, words, strict=True)) / sum(rarity))

    def _idf(self, frequency: int) -> float:
        return float(np.log(1 + (self.chunks - frequency + 0.5) / (frequency + 0.5)))

    def _with(self, word: str) -> npt.NDArray[np.bool_]:
        """Which positions have the word in any field."""
        present = np.zeros(self.size, bool)
        for field in self._fields:
            present[self._postings(field, word)[0]] = True
        return present

    def _postings(self, field: _Field, word: str) -> tuple[Any, Any]:
        number = self._numbers.get(word)
        if number is None:
            return field.positions[:0], field.counts[:0]
        start, end = field.starts[number : number + 2]
        return field.positions[start:end], field.counts[start:end]
