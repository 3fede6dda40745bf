"""From a question to the chunks that may answer it: words and meaning, fused; validity and permission in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rag.domain import Hit, Question
from rag.errors import EmbedderMismatch
from rag.synonyms import synonyms
from rag.text import normalise, question_words

if TYPE_CHECKING:
    from rag.edition import Edition
    from rag.edition.catalog import UnitKind
    from rag.embedding import Embedder, Vector

Scores = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]

# Chosen on the development questions of a municipal FAQ set (110 questions) with a set of questions written from their
# text (800) as the guard; nDCG@10 .714 / .902 against .694 / .854 for a fixed weight of .3 on words. Trusting words in
# proportion to how much of the question one passage contains is what keeps both: a fixed weight loses on one of them.
_WORDS_LEAST, _WORDS_MOST = 0.15, 0.60  # weight of words in the fused score …
_COVERAGE_LEAST, _COVERAGE_MOST = 0.30, 0.90  # … between these coverages of the question
_BODY_WEIGHT = 0.5  # meaning = cosine of the head + this times the best cosine among the bodies
_MEANING_FLOOR = -0.2  # what an unrelated passage has
_SAID_WEIGHT = 0.5  # of the share of the question that a passage says in whatever words; .4: -.007, .7: -.008
_NEAR_WORDS = 30  # of like meaning that are looked for; 20 to 40 make no difference
_CANDIDATES = 100  # from each index; 30 to 200 made no difference


Hits = tuple[Hit, ...]
"""What was found, best first."""


def search(edition: Edition, embedder: Embedder, question: Question, k: int = 10) -> Hits:
    """The ``k`` best chunks by words and meaning that this viewer may see and that are in force on the day asked for.

    Raises EmbedderMismatch if the edition was embedded by another model.
    """
    visible = visible_chunks(edition, question)
    words = _by_words(edition, question, visible)
    meaning = _by_meaning(edition, embedder, question, visible)
    said = _said(edition, embedder, question)
    candidates = np.union1d(words.candidates, meaning.candidates)
    words_share = _scaled(words.bm25[candidates], 0.0)
    meaning_share = _scaled(meaning.of(candidates), _MEANING_FLOOR)
    trust = words_weight(words.best_coverage)
    score = trust * words_share + (1 - trust) * meaning_share + _SAID_WEIGHT * said[candidates]
    score /= 1 + _SAID_WEIGHT
    return _best(edition, candidates, score, words_share, meaning_share, k)


def search_words(edition: Edition, question: Question, k: int = 10) -> Hits:
    """The ``k`` best chunks by words alone."""
    words = _by_words(edition, question, visible_chunks(edition, question))
    share = _scaled(words.bm25[words.candidates], 0.0)
    return _best(edition, words.candidates, share, share, np.zeros_like(share), k)


def search_meaning(edition: Edition, embedder: Embedder, question: Question, k: int = 10) -> Hits:
    """The ``k`` best chunks by meaning alone. Raises EmbedderMismatch."""
    meaning = _by_meaning(edition, embedder, question, visible_chunks(edition, question))
    share = _scaled(meaning.of(meaning.candidates), _MEANING_FLOOR)
    return _best(edition, meaning.candidates, share, np.zeros_like(share), share, k)


@dataclass(frozen=True, slots=True)
class _Words:
    """Scores of every chunk by words (0 where it is not visible), and the positions worth a look."""

    bm25: Scores
    coverage: Scores
    candidates: Positions

    @property
    def best_coverage(self) -> float:
        """How much of the question one of the best passages contains."""
        return float(self.coverage[self.candidates[:5]].max(initial=0))


@dataclass(frozen=True, slots=True)
class _Meaning:
    """The nearest visible chunks by their heads and by their bodies."""

    head: Nearest
    body: Nearest

    @property
    def candidates(self) -> Positions:
        return np.union1d(self.head.positions, self.body.positions)

    def of(self, positions: Positions) -> Scores:
        return self.head.of(positions) + np.float32(_BODY_WEIGHT) * self.body.of(positions)


def _by_words(edition: Edition, question: Question, visible: Mask) -> _Words:
    words = edition.terms.score(question_words(question.text))
    bm25 = np.where(visible, words.bm25, np.float32(0))
    return _Words(bm25, np.where(visible, words.coverage, np.float32(0)), _top(bm25, _CANDIDATES))


def _said(edition: Edition, embedder: Embedder, question: Question) -> Scores:
    """How much of the question every chunk says, counting synonyms of the dictionary and words of like meaning."""
    words = list(dict.fromkeys(question_words(question.text)))
    near: dict[str, list[tuple[str, float]]] = {}
    floor = embedder.word_floor
    if floor is not None and edition.meanings is not None:
        nearest = edition.meanings.nearest(embedder.passages(words), floor, _NEAR_WORDS)
        for word, others in zip(words, nearest, strict=True):
            near[word] = [(other, (cosine - floor) / (1 - floor)) for other, cosine in others]
    return edition.terms.said(words, near, synonyms(question.text))


def _by_meaning(edition: Edition, embedder: Embedder, question: Question, visible: Mask) -> _Meaning:
    check_embedder(edition, embedder)
    vector = embedder.query(normalise(question.text))
    return _Meaning(*(nearest_chunks(edition, kind, vector, visible) for kind in ("head", "body")))


def _best(
    edition: Edition, candidates: Positions, score: Scores, words_share: Scores, meaning_share: Scores, k: int
) -> Hits:
    """The ``k`` best candidates."""
    best = np.lexsort((candidates, -score))[:k]
    chunks = edition.catalog.chunks(candidates[best].tolist())
    return tuple(
        Hit(chunk, float(score[i]), float(words_share[i]), float(meaning_share[i]))
        for chunk, i in zip(chunks, best, strict=True)
    )


def check_embedder(edition: Edition, embedder: Embedder) -> None:
    """Refuse to compare vectors of different models."""
    stored = edition.catalog.meta.fingerprint
    if stored != embedder.fingerprint:
        raise EmbedderMismatch(
            f"この版は別の埋め込みモデルで作られています（版: {stored}、設定: {embedder.fingerprint}）。",
            "設定の embedder を戻すか、python -m ingest で作り直してください。",
        )


def visible_chunks(edition: Edition, question: Question) -> Mask:
    """For every chunk position whether it may answer: permission (公開範囲・機密性), validity, chosen departments."""
    allowed = np.array(
        [
            question.viewer.may_see(document)
            and document.validity.covers(question.as_of)
            and (question.departments is None or document.department in question.departments)
            for document in edition.catalog.documents
        ]
        + [False],  # the last is for positions without a chunk, whose document is -1
        bool,
    )
    return np.asarray(allowed[edition.chunk_documents], bool)


@dataclass(frozen=True, slots=True)
class Nearest:
    """Chunks found by meaning. ``floor`` is the cosine of the last unit looked at: what was not found has at most that."""

    positions: Positions
    cosines: Scores
    floor: float

    def of(self, positions: Positions) -> Scores:
        """The cosine for each of these positions, the floor where it was not found."""
        known = dict(zip(self.positions.tolist(), self.cosines.tolist(), strict=True))
        return np.array([known.get(p, self.floor) for p in positions.tolist()], np.float32)


def nearest_chunks(edition: Edition, kind: UnitKind, vector: Vector, visible: Mask) -> Nearest:
    """Visible chunks by the best of their units; looks further until enough are visible or all have been seen."""
    count, total = _CANDIDATES, edition.vectors.count(kind)
    while True:
        units, cosines = edition.vectors.nearest(kind, vector, count)
        stands_for = edition.catalog.unit_positions(kind, units)
        found: dict[int, float] = {}
        for unit, cosine in zip(units, cosines.tolist(), strict=True):
            for position in stands_for.get(unit, ()):
                if visible[position]:
                    found.setdefault(position, cosine)
        if len(found) >= min(_CANDIDATES // 2, int(visible.sum())) or count >= total:
            floor = float(cosines[-1]) if len(cosines) and count < total else _MEANING_FLOOR
            return Nearest(np.array(list(found), np.int64), np.array(list(found.values()), np.float32), floor)
        count *= 4


def words_weight(coverage: float) -> float:
    """How far to trust words over meaning, by the share of the question that one passage contains."""
    share = (coverage - _COVERAGE_LEAST) / (_COVERAGE_MOST - _COVERAGE_LEAST)
    return _WORDS_LEAST + (_WORDS_MOST - _WORDS_LEAST) * min(max(share, 0.0), 1.0)


def _top(scores: Scores, count: int) -> Positions:
    """Positions of the best scores above zero: a chunk that has no word of the question gets no place."""
    count = min(count, len(scores))
    best = np.argpartition(-scores, count - 1)[:count] if count else np.empty(0, np.int64)
    best = best[np.lexsort((best, -scores[best]))]
    return best[scores[best] > 0]


def _scaled(scores: Scores, floor: float) -> Scores:
    """Scores as shares of the best one, 0 at ``floor``."""
    best = float(scores.max(initial=floor)) - floor
    return np.clip((scores - floor) / best, 0, 1) if best > 1e-6 else np.zeros_like(scores)
