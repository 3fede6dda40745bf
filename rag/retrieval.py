"""From a question to the chunks that may answer it: words and meaning, fused; validity and permission in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rag.domain import Hit, Question
from rag.errors import EmbedderMismatch
from rag.ranking import RANKING, Ranking
from rag.spelling import respelled
from rag.synonyms import reworded, synonyms
from rag.text import normalise

if TYPE_CHECKING:
    from rag.edition import Edition
    from rag.edition.catalog import UnitKind
    from rag.embedding import Embedder, Vector

Scores = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]


_MEANING_FLOOR = -0.2  # what an unrelated passage has
_CANDIDATES = 100  # from each index; 30 to 200 made no difference
# Below this share of visible chunks, and up to this number of them, they are compared one by one (tests/bench/recall.py).
_FEW, _FEW_CHUNKS = 0.5, 20_000


Hits = tuple[Hit, ...]
"""What was found, best first."""


def search(edition: Edition, embedder: Embedder, question: Question, k: int = 10, ranking: Ranking = RANKING) -> Hits:
    """The ``k`` best chunks by words and meaning that this viewer may see and that are in force on the day asked for.

    Raises EmbedderMismatch if the edition was embedded by another model.
    """
    visible, asked = visible_chunks(edition, question), _asked(edition, question, ranking)
    words = _by_words(edition, asked, visible, ranking)
    meaning = _by_meaning(edition, embedder, asked, visible, ranking)
    said = _said(edition, embedder, asked, ranking)
    candidates = np.union1d(words.candidates, meaning.candidates)
    words_share = _scaled(words.bm25[candidates], 0.0)
    meaning_share = _scaled(meaning.of(candidates), _MEANING_FLOOR)
    trust = ranking.trust(words.best_coverage)
    score = trust * words_share + (1 - trust) * meaning_share + ranking.said * said[candidates]
    score /= 1 + ranking.said
    return _best(edition, candidates, score, words_share, meaning_share, k)


def search_without_meaning(edition: Edition, question: Question, k: int = 10) -> Hits:
    """The ``k`` best chunks while no model answers, scored as ``search`` does where nothing is near in meaning.

    What is not known does not count: these scores are never above those of ``search``, and the reply is no surer.
    """
    asked = _asked(edition, question, RANKING)
    words = _by_words(edition, asked, visible_chunks(edition, question), RANKING)
    share = _scaled(words.bm25[words.candidates], 0.0)
    said = _said(edition, None, asked, RANKING)
    score = RANKING.trust(words.best_coverage) * share + RANKING.said * said[words.candidates]
    score /= 1 + RANKING.said
    return _best(edition, words.candidates, score, share, np.zeros_like(share), k)


def search_words(edition: Edition, question: Question, k: int = 10) -> Hits:
    """The ``k`` best chunks by words alone."""
    words = _by_words(edition, _asked(edition, question, RANKING), visible_chunks(edition, question), RANKING)
    share = _scaled(words.bm25[words.candidates], 0.0)
    return _best(edition, words.candidates, share, share, np.zeros_like(share), k)


def search_meaning(edition: Edition, embedder: Embedder, question: Question, k: int = 10) -> Hits:
    """The ``k`` best chunks by meaning alone. Raises EmbedderMismatch."""
    asked = _asked(edition, question, RANKING)
    meaning = _by_meaning(edition, embedder, asked, visible_chunks(edition, question), RANKING)
    share = _scaled(meaning.of(meaning.candidates), _MEANING_FLOOR)
    return _best(edition, meaning.candidates, share, np.zeros_like(share), share, k)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it is looked up: its text, the words that count, and the text in the dictionary's words, if other."""

    text: str
    words: list[str]
    reworded: str | None


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
    """The nearest visible chunks by their heads and by their bodies, and which chunks have a question for a head."""

    head: Nearest
    body: Nearest
    asking: Mask
    ranking: Ranking

    @property
    def candidates(self) -> Positions:
        return np.union1d(self.head.positions, self.body.positions)

    def of(self, positions: Positions) -> Scores:
        heads, bodies, asking = self.head.of(positions), self.body.of(positions), self.asking[positions]
        asked, told = (
            np.float32(h) * heads + np.float32(b) * bodies for h, b in (self.ranking.asking, self.ranking.telling)
        )
        return np.where(asking, asked, told + np.float32(self.ranking.telling_lead))


def _asked(edition: Edition, question: Question, ranking: Ranking) -> _Asked:
    text = respelled(question.text) if ranking.spelling else normalise(question.text)
    other = reworded(text, edition.dictionary, edition.terms.frequency)
    return _Asked(text, ranking.words_of(text), other if other != text.lower() else None)


def _by_words(edition: Edition, asked: _Asked, visible: Mask, ranking: Ranking) -> _Words:
    words = edition.terms.score(asked.words)
    bm25 = words.bm25
    if asked.reworded is not None and ranking.reworded_words:
        other = edition.terms.score(ranking.words_of(asked.reworded)).bm25
        bm25 = bm25 + np.float32(ranking.reworded_words) * other
    bm25 = np.where(visible, bm25, np.float32(0))
    return _Words(bm25, np.where(visible, words.coverage, np.float32(0)), _top(bm25, _CANDIDATES))


def _said(edition: Edition, embedder: Embedder | None, asked: _Asked, ranking: Ranking) -> Scores:
    """How much of the question every chunk says, counting synonyms of the dictionary and words of like meaning."""
    if not ranking.said:
        return np.zeros(edition.terms.size, np.float32)
    words = list(dict.fromkeys(asked.words))
    near: dict[str, list[tuple[str, float]]] = {}
    floor = embedder.word_floor if embedder else None
    if embedder and floor is not None and edition.meanings is not None and ranking.near_words:
        nearest = edition.meanings.nearest(edition.meanings.embed(words, embedder), floor, ranking.near_words)
        for word, others in zip(words, nearest, strict=True):
            near[word] = [(other, (cosine - floor) / (1 - floor)) for other, cosine in others]
    return edition.terms.said(words, near, synonyms(asked.text, edition.dictionary) if ranking.dictionary else ())


def _by_meaning(edition: Edition, embedder: Embedder, asked: _Asked, visible: Mask, ranking: Ranking) -> _Meaning:
    check_embedder(edition, embedder)
    vector = embedder.query(asked.text)
    if asked.reworded is not None and ranking.reworded_meaning:
        vector = vector + np.float32(ranking.reworded_meaning) * embedder.query(asked.reworded)
        vector /= np.linalg.norm(vector)
    head, body = (nearest_chunks(edition, kind, vector, visible) for kind in ("head", "body"))
    return _Meaning(head, body, edition.asking, ranking)


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
    """Visible chunks by the best of their units: few are compared one by one, among many the graph is asked."""
    share, total = float(visible.mean()) if len(visible) else 0.0, edition.vectors.count(kind)
    if share < _FEW and visible.sum() <= _FEW_CHUNKS:
        positions, cosines = edition.subsets.of(kind, visible).nearest(vector, _CANDIDATES)
        floor = float(cosines[-1]) if len(positions) == _CANDIDATES else _MEANING_FLOOR
        return Nearest(positions, cosines, floor)
    count = min(round(_CANDIDATES / share), total)
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
