"""The best hits in the order of a model that reads each of them against the question; their own order where that fails."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.domain import Hit, Kind
from rag.errors import RerankerUnavailable
from rag.local_models import CrossEncoder, within
from rag.text import normalise, read_row

if TYPE_CHECKING:
    from rag.config import RerankerSettings
    from rag.domain import Chunk
    from rag.retrieval import Hits

log = logging.getLogger("hikitsugi.rerank")

_STANDS = "検索した順のまま答えます。"


class Reranker:
    """The reranker of the settings. It never raises on the way of a question: what went wrong is said beside the hits."""

    def __init__(self, settings: RerankerSettings) -> None:
        self._settings = settings
        self._model: CrossEncoder | RerankerUnavailable
        try:
            self._model = CrossEncoder(settings)
        except RerankerUnavailable as absent:
            log.warning("no reranker: %s", absent, exc_info=True)
            self._model = absent

    @property
    def candidates(self) -> int:
        """How many of the best hits are read."""
        return self._settings.candidates

    @property
    def fingerprint(self) -> str:
        """Names model, files and how many hits it reads. Raises RerankerUnavailable."""
        return f"{self._opened().fingerprint}/{self._settings.candidates}"

    def load(self) -> None:
        """Load the model, so that the first question does not wait for it. Raises RerankerUnavailable."""
        self._opened().load()

    def order(self, question: str, hits: Hits) -> tuple[Hits, str | None]:
        """The hits in their new order, or as they were with the reason, for people, why they are."""
        best, rest = hits[: self.candidates], hits[self.candidates :]
        try:
            self.load()  # not part of the time for one question
            if len(best) < 2:
                return hits, None
            scores = self._read(normalise(question), [reading(hit.chunk) for hit in best])
        except TimeoutError:
            return hits, f"並べ替えのモデルが{self._settings.seconds:g}秒以内に終わらなかったため、{_STANDS}"
        except RerankerUnavailable as failure:
            log.warning("the order of retrieval stands: %s", failure, exc_info=True)
            return hits, f"{failure.reason}{_STANDS}"
        ranks = sorted(range(len(best)), key=lambda place: (-scores[place], place))
        return rescored([*(best[place] for place in ranks), *rest], [hit.score for hit in hits]), None

    def _read(self, question: str, passages: Sequence[str]) -> list[float]:
        model, deadline = self._opened(), time.monotonic() + self._settings.seconds
        scores: list[float] = within(
            self._settings.seconds, lambda: model.scores(question, passages, deadline)
        ).tolist()
        return scores

    def _opened(self) -> CrossEncoder:
        if isinstance(self._model, RerankerUnavailable):
            raise self._model
        return self._model


def rescored(ordered: Sequence[Hit], scores: Sequence[float]) -> Hits:
    """The hits in this order with scores that fall along it. ``scores`` are those of the order before, best first.

    How sure a reply is was fitted to scores that say how far words and meaning agree on a passage. So a hit keeps its own
    score; it is lowered where it stands behind one that has less, by the step that was between these two places. What the
    reranker confirms stays exactly as it was, and where it contradicts words and meaning the reply is less sure, never surer.
    """
    found: list[Hit] = []
    share, last = 1.0, 1.0  # what is left of the score that a place had, and the score of the place before
    for hit, had in zip(ordered, scores, strict=True):
        last = min(hit.score, had * share, last)
        share = last / had if had > 0 else share
        found.append(replace(hit, score=last))
    return tuple(found)


def reading(chunk: Chunk) -> str:
    """A passage as the model reads it: title, headings, the question of a FAQ, and the text, a row with its heads."""
    text = read_row(chunk.columns, chunk.text) if chunk.kind is Kind.ROW else chunk.text
    parts = (chunk.document.title, " ".join(chunk.heading), chunk.question or "", text)
    return normalise("\n".join(part for part in parts if part))
