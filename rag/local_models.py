"""Models of sentence-transformers that are already on this machine: bi-encoders and cross-encoders. Nothing is downloaded.

The only module that knows sentence-transformers. A model is a folder, or a name in the local cache of the hub. What is broken
makes the library raise anything; here that becomes ModelUnavailable with what the person can do.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rag.domain import Sensitivity
from rag.errors import EmbedderUnavailable, ModelUnavailable, RerankerUnavailable

if TYPE_CHECKING:
    from rag.config import EmbedderSettings, RerankerSettings
    from rag.embedding import Matrix, Vector

T = TypeVar("T")

_WHOLE_FILE = 1 << 20  # weights of many gigabytes are told apart by their first and last megabyte
_CONFIG = "config_sentence_transformers.json"

# Retrieval models are trained with prompts; without them they lose several points. Where a model's own files say nothing,
# (query, passage) by the family that its name tells. The instruct models of e5 want an instruction that only its user knows.
_FAMILIES: tuple[tuple[re.Pattern[str], tuple[str, str]], ...] = (
    (re.compile(r"\bruri-v3\b"), ("検索クエリ: ", "検索文書: ")),
    (re.compile(r"\bruri\b"), ("クエリ: ", "文章: ")),
    (re.compile(r"\be5\b(?!.*\binstruct\b)"), ("query: ", "passage: ")),
)


class BiEncoder:
    """Any SentenceTransformer as an Embedder. Raises EmbedderUnavailable if it is not here, and when it turns out broken."""

    word_floor = None
    max_sensitivity = Sensitivity.CONFIDENTIAL

    def __init__(self, settings: EmbedderSettings) -> None:
        self._settings = settings
        self._folder = _model_folder(settings.model, _embedder_unavailable)
        self.prompts = prompts(settings, self._folder)
        how = [*self.prompts, str(settings.max_length), str(settings.dimensions)]
        self.fingerprint = f"{Path(settings.model).name}@{_identity(self._folder, how)}"
        self._loaded = _Loaded(self._load, settings.model, _embedder_unavailable)

    @property
    def dimensions(self) -> int:
        return int(self._loaded().get_embedding_dimension())

    def passages(self, texts: Sequence[str]) -> Matrix:
        return self._checked("encode_document", texts, self.prompts[1])

    def query(self, text: str) -> Vector:
        """Raises EmbedderUnavailable if it takes longer than ``timeout``; loading the model is not part of that."""
        self._loaded()
        try:
            vector: Vector = within(
                self._settings.timeout, lambda: self._checked("encode_query", [text], self.prompts[0])
            )[0]
        except TimeoutError as error:
            reason = f"埋め込みモデル「{self._settings.model}」が{self._settings.timeout:g}秒以内に終わりませんでした。"
            raise EmbedderUnavailable(reason, "設定 [embedder] の timeout を延ばしてください。") from error
        return vector

    def _checked(self, method: str, texts: Sequence[str], prompt: str) -> Matrix:
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        # The prompt is given, even if empty, so that none of the model's defaults is put in its place.
        encode = partial(getattr(self._loaded(), method), list(texts), prompt=prompt, show_progress_bar=False)
        how = {"batch_size": self._settings.batch_size, "normalize_embeddings": True}
        vectors: Matrix = np.asarray(self._loaded.run(partial(encode, **how)), np.float32)
        if not np.isfinite(vectors).all():
            raise _embedder_unavailable(self._settings.model)
        return vectors

    def _load(self) -> Any:
        from sentence_transformers import SentenceTransformer

        _quietly()
        model = SentenceTransformer(
            str(self._folder), device="cpu", local_files_only=True, truncate_dim=self._settings.dimensions
        )
        if self._settings.max_length:
            model.max_seq_length = self._settings.max_length
        return model


class CrossEncoder:
    """A model that reads two texts together and says how well they fit. Raises RerankerUnavailable as BiEncoder does."""

    def __init__(self, settings: RerankerSettings) -> None:
        self._settings = settings
        self._folder = _model_folder(settings.model, _reranker_unavailable)
        self.fingerprint = f"{Path(settings.model).name}@{_identity(self._folder, [str(settings.max_length)])}"
        self._loaded = _Loaded(self._load, settings.model, _reranker_unavailable)

    def load(self) -> None:
        """Takes seconds."""
        self._loaded()

    def scores(self, question: str, passages: Sequence[str], deadline: float) -> Vector:
        """How well each passage fits, in whatever unit the model has. Raises TimeoutError after ``deadline`` (monotonic)."""
        found: list[Vector] = []
        model, size = self._loaded(), self._settings.batch_size
        for start in range(0, len(passages), size):
            if time.monotonic() > deadline:
                raise TimeoutError
            pairs = [(question, passage) for passage in passages[start : start + size]]
            predict = partial(model.predict, pairs, batch_size=size, show_progress_bar=False)
            found.append(np.asarray(self._loaded.run(predict), np.float32))
        scores: Vector = np.concatenate(found) if found else np.zeros(0, np.float32)
        if scores.shape != (len(passages),) or not np.isfinite(scores).all():
            raise RerankerUnavailable(
                f"並べ替えのモデル「{self._settings.model}」が、質問と箇所の組に一つの点を付けません。",
                "質問と箇所の近さを点にするモデル（クロスエンコーダ）か確かめてください。",
            )
        return scores

    def _load(self) -> Any:
        from sentence_transformers import CrossEncoder as Model

        _quietly()
        length = {"max_length": self._settings.max_length} if self._settings.max_length else {}
        return Model(str(self._folder), device="cpu", local_files_only=True, **length)


def _quietly() -> None:
    """No progress bars among the messages of the command line."""
    import_module("transformers.utils.logging").disable_progress_bar()


class _Loaded:
    """A model that is loaded at its first use, used by one thread at a time, and not tried again once it failed to load."""

    def __init__(self, load: Callable[[], Any], name: str, unavailable: Callable[[str], ModelUnavailable]) -> None:
        self._load = load
        self._unavailable = partial(unavailable, name)
        self._lock = threading.Lock()
        self._model: Any = None
        self._cause: Exception | None = None

    def __call__(self) -> Any:
        with self._lock:
            if self._cause:
                raise self._unavailable() from self._cause
            if self._model is None:
                try:
                    self._model = self._load()
                except Exception as error:
                    self._cause = error
                    raise self._unavailable() from error
            return self._model

    def run(self, work: Callable[[], T]) -> T:
        with self._lock:
            try:
                return work()
            except Exception as error:
                raise self._unavailable() from error


def within(seconds: float, work: Callable[[], T]) -> T:
    """What ``work`` returns or raises, in so many seconds; raises TimeoutError after them. Late work ends by itself, unheard."""
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except Exception as error:  # noqa: BLE001 – it is raised again in the thread that waits
            done.set_exception(error)

    threading.Thread(target=run, daemon=True, name="within").start()
    return done.result(timeout=seconds)


def prompts(settings: EmbedderSettings, folder: Path | None = None) -> tuple[str, str]:
    """What is put before a question and before a passage: settings, then the model's own files, then its family."""
    own = _own_prompts(folder) if folder else {}
    cached = (
        [part for part in folder.parts if part.startswith("models--")] if folder else []
    )  # as the hub's cache names it
    name = " ".join([*cached, Path(settings.model).name]).lower().replace("_", "-")
    query, passage = next((pair for family, pair in _FAMILIES if family.search(name)), ("", ""))
    if any(own.values()):
        query = own.get("query", "")
        passage = next((own[key] for key in ("document", "passage", "corpus") if key in own), "")
    return (
        query if settings.query_prompt is None else settings.query_prompt,
        passage if settings.passage_prompt is None else settings.passage_prompt,
    )


def _own_prompts(folder: Path) -> dict[str, str]:
    try:
        stored = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))["prompts"]
        return {str(key): str(text) for key, text in stored.items() if text is not None}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # what is wrong with the file is found when the model is loaded


def _model_folder(name: str, unavailable: Callable[[str], ModelUnavailable]) -> Path:
    """The folder of the model's files. Never asks a hub."""
    if Path(name).is_dir():
        return Path(name).resolve()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, HfHubHTTPError) as error:
        raise unavailable(name) from error


def _embedder_unavailable(name: str) -> EmbedderUnavailable:
    return EmbedderUnavailable(
        f"埋め込みモデル「{name}」を読み込めません。",
        "モデルのフォルダの場所を確かめるか、設定の embedder を built-in に戻してください。",
    )


def _reranker_unavailable(name: str) -> RerankerUnavailable:
    return RerankerUnavailable(
        f"並べ替えのモデル「{name}」を読み込めません。",
        "モデルのフォルダの場所を確かめるか、設定から [reranker] を消してください。",
    )


def _identity(folder: Path, how: Sequence[str]) -> str:
    """Identifies the model and how it is used: names and sizes of its files, their ends, and the whole of the small ones."""
    digest = hashlib.sha256("\0".join(how).encode())
    for file in sorted(p for p in folder.rglob("*") if p.is_file()):
        size = file.stat().st_size
        digest.update(f"{file.relative_to(folder).as_posix()}\0{size}\0".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(_WHOLE_FILE))
            stream.seek(max(size - _WHOLE_FILE, 0))
            digest.update(stream.read())
    return digest.hexdigest()[:12]
