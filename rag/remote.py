"""Embeddings from an OpenAI-compatible endpoint, through llama-index. Every answer of the endpoint is checked.

What may leave this machine: documents up to ``max_sensitivity`` (ingestion refuses the others), and questions in which
personal data is masked. An endpoint on this machine gets everything.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.callbacks import CallbackManager
from pydantic import PrivateAttr

from rag.domain import Sensitivity
from rag.errors import EmbedderUnavailable
from rag.local_models import prompts
from rag.privacy import mask

if TYPE_CHECKING:
    from rag.config import EmbedderSettings
    from rag.embedding import Matrix, Vector

log = logging.getLogger("hikitsugi.remote")

_PAUSE = 0.5  # seconds before the one retry
_REST = 30.0  # seconds in which questions do not ask an endpoint again that has just failed: nobody waits for it twice
_PROBE = "準備"
_REMEDY = "サーバと設定の [embedder] を確かめて、もう一度行ってください。公開中の資料はそのまま使えます。"

Ask = Callable[[list[str]], list[list[float]]]


class EndpointEmbedding(BaseEmbedding):
    """``/v1/embeddings`` as llama-index sees it, which makes the batches."""

    _ask: Ask = PrivateAttr()

    def __init__(self, settings: EmbedderSettings) -> None:
        super().__init__(
            model_name=settings.model, embed_batch_size=settings.batch_size, callback_manager=CallbackManager()
        )
        self._ask = _Client(settings)

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._ask(texts)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._ask([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._ask([query])[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


class RemoteEmbedder:
    """A llama-index embedding as an Embedder. Raises EmbedderUnavailable for whatever goes wrong."""

    word_floor = None  # and so no word of a question is sent by itself

    def __init__(self, settings: EmbedderSettings, embedding: BaseEmbedding | None = None) -> None:
        self._settings = settings
        self._embedding = embedding or EndpointEmbedding(settings)
        self._query_prompt, self._passage_prompt = prompts(settings)
        self._local = on_this_machine(settings.base_url or "")
        self._length: int | None = None
        self._lock = threading.Lock()
        self._last: tuple[str, Vector] | None = None
        self._failed: tuple[float, EmbedderUnavailable] | None = None

    @property
    def max_sensitivity(self) -> Sensitivity:
        return Sensitivity.CONFIDENTIAL if self._local else self._settings.max_sensitivity

    @property
    def fingerprint(self) -> str:
        """Model, prompts and dimensions; an endpoint does not say more of its model. Asks it once."""
        how = hashlib.sha256("\0".join((self._query_prompt, self._passage_prompt)).encode()).hexdigest()[:8]
        return f"{self._settings.model}@endpoint-{how}-{self.dimensions}"

    @property
    def dimensions(self) -> int:
        if self._length is None:
            self.query(_PROBE)
        assert self._length
        return self._length

    def passages(self, texts: Sequence[str]) -> Matrix:
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        prompted = [self._passage_prompt + (text or " ") for text in texts]
        return self._checked(lambda: self._embedding.get_text_embedding_batch(prompted), len(texts))

    def query(self, text: str) -> Vector:
        """Without personal data if the endpoint is elsewhere. The last question is remembered: it is needed twice."""
        asked = text if self._local else mask(text).text
        last, failed = self._last, self._failed
        if last and last[0] == asked:
            return last[1]
        if failed and time.monotonic() < failed[0] + _REST:
            raise failed[1]
        try:
            prompted = self._query_prompt + asked
            vector: Vector = self._checked(lambda: [self._embedding.get_query_embedding(prompted)], 1)[0]
        except EmbedderUnavailable as failure:
            self._failed = (time.monotonic(), failure)
            raise
        self._last, self._failed = (asked, vector), None
        return vector

    def _checked(self, ask: Callable[[], Sequence[Sequence[float]]], expected: int) -> Matrix:
        """What the endpoint answers as vectors of unit length."""
        try:
            matrix = np.asarray(ask(), np.float32)
        except EmbedderUnavailable:
            raise
        except (
            Exception
        ) as error:  # rows of different length, no numbers: llama-index and numpy each have their own words
            raise self._unusable("応答を読み取れません") from error
        if matrix.ndim != 2 or len(matrix) != expected:
            raise self._unusable("応答の数や形が、送った文と合いません")
        with self._lock:
            wanted = self._length or self._settings.dimensions or matrix.shape[1]
            if matrix.shape[1] != wanted:
                raise self._unusable(f"ベクトルの次元が違います（{wanted:,}のはずが{matrix.shape[1]:,}）")
            self._length = wanted
        lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not lengths.all():
            raise self._unusable("ベクトルに数でない値があるか、すべて0です")
        unit: Matrix = matrix / lengths
        return unit

    def _unusable(self, what: str) -> EmbedderUnavailable:
        return _failure(self._settings, what)


class _Client:
    """Posts texts and reads vectors: no redirects, one retry, never longer than ``timeout`` for an answer."""

    def __init__(self, settings: EmbedderSettings) -> None:
        self._settings = settings
        key = os.environ.get(settings.api_key_env or "")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._url = f"{(settings.base_url or '').rstrip('/')}/embeddings"

    def __call__(self, texts: list[str]) -> list[list[float]]:
        try:
            return self._post(texts)
        except (httpx.TransportError, httpx.HTTPStatusError) as error:
            if not _passes(error):
                raise self._explained(error) from error
            log.info("asking the endpoint once more: %r", error)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise self._explained(error) from error
        time.sleep(_PAUSE)
        try:
            return self._post(texts)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise self._explained(error) from error

    def _post(self, texts: list[str]) -> list[list[float]]:
        settings, deadline = self._settings, time.monotonic() + self._settings.timeout
        body: dict[str, Any] = {"model": settings.model, "input": texts, "encoding_format": "float"}
        if settings.dimensions:
            body["dimensions"] = settings.dimensions
        # A proxy of the environment must not be put before an endpoint on this machine.
        elsewhere = not on_this_machine(self._url)
        with (
            httpx.Client(timeout=settings.timeout, trust_env=elsewhere) as client,
            client.stream("POST", self._url, json=body, headers=self._headers) as response,
        ):
            if not response.is_success:
                raise httpx.HTTPStatusError(str(response.status_code), request=response.request, response=response)
            received = bytearray()
            for piece in response.iter_bytes():
                received += piece
                if time.monotonic() > deadline:  # a server that drips
                    raise httpx.ReadTimeout("the answer was not whole in time")
        return _rows(bytes(received), len(texts))

    def _explained(self, error: Exception) -> EmbedderUnavailable:
        match error:
            case httpx.TimeoutException():
                what = f"{self._settings.timeout:g}秒以内に応えませんでした"
            case httpx.HTTPStatusError(response=httpx.Response(status_code=429)):
                what = "混み合っています（429）"
            case httpx.HTTPStatusError(response=httpx.Response(status_code=401 | 403 as code)):
                what = f"接続を認めませんでした（{code}）"
            case httpx.HTTPStatusError():
                what = f"エラーを返しました（{error.response.status_code}）"
            case httpx.TransportError() | httpx.InvalidURL():
                what = "接続できないか、途中で切れました"
            case _:
                what = "応答を読み取れません"
        return _failure(self._settings, what)


def _rows(received: bytes, count: int) -> list[list[float]]:
    """The vectors of an answer in the order of the texts. Raises ValueError."""
    try:
        rows = {int(row["index"]): row["embedding"] for row in json.loads(received)["data"]}
        return [rows[place] for place in range(count)]
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _passes(error: Exception) -> bool:
    """Whether trying once more may help: no connection, too many requests, or an error within the server."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code == 429 or error.response.status_code >= 500
    return not isinstance(error, httpx.TimeoutException)


def _failure(settings: EmbedderSettings, what: str) -> EmbedderUnavailable:
    where = (settings.base_url or "").split("://")[-1].split("/")[0].rpartition("@")[2]  # never with a password
    return EmbedderUnavailable(f"埋め込みのサーバ（{where}）: {what}。", _REMEDY)


def on_this_machine(url: str) -> bool:
    """Whether the address is this machine's own, by how it is written: no name is looked up."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
