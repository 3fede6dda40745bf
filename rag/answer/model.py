"""A language model behind an OpenAI-compatible endpoint. The only module that knows llama-index's client and its libraries.

The model gets text and gives text: no tools, no functions, no redirects to another host, no proxy before an endpoint on this
machine, no more than a bounded number of bytes.
"""

from __future__ import annotations

import importlib
import logging
import os
import queue
import ssl
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from rag.errors import LanguageModelFailed

if TYPE_CHECKING:
    import httpx

    from rag.config import LlmSettings

log = logging.getLogger("hikitsugi.model")

_PAUSE = 0.5  # seconds before the one retry
_ATTEMPTS = 2
_CUT = "言語モデルの応答が途中で切れました。"
_LONG = "言語モデルの応答が長すぎました。"
_MOST_BYTES = 8_000_000  # of an answer as it is sent: 512 tokens, each in an event of its own, are a twentieth of that


class LanguageModel(Protocol):
    """Whatever continues two messages with text."""

    def stream(self, system: str, user: str, deadline: float) -> Iterator[str]:
        """The answer in pieces, whole by ``deadline`` (``time.monotonic``). Raises LanguageModelFailed."""
        ...


class Endpoint:
    """The model that ``[llm]`` names. Nothing is sent before ``stream`` is called."""

    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings

    def load(self) -> None:
        """Import the client, which takes seconds that the first question need not wait for."""
        for name in ("llama_index.llms.openai_like", "openai.resources.chat.completions", "rag.remote"):
            importlib.import_module(name)

    def stream(self, system: str, user: str, deadline: float) -> Iterator[str]:
        """The answer in pieces. A server that drips is left at the deadline: the reading thread ends by itself."""
        pieces: queue.Queue[str | Exception | None] = queue.Queue()
        left = threading.Event()
        threading.Thread(target=self._read, args=(system, user, deadline, pieces, left), daemon=True).start()
        try:
            while True:
                try:
                    piece = pieces.get(timeout=max(deadline - time.monotonic(), 0))
                except queue.Empty:
                    raise LanguageModelFailed(self._late()) from None
                if piece is None:
                    return
                if isinstance(piece, Exception):
                    raise LanguageModelFailed(self._explain(piece)) from piece
                yield piece
        finally:
            left.set()

    def _read(
        self,
        system: str,
        user: str,
        deadline: float,
        pieces: queue.Queue[str | Exception | None],
        left: threading.Event,
    ) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            begun = False
            try:
                for piece in self._request(system, user, deadline):
                    if left.is_set():
                        return
                    begun = begun or bool(piece)
                    pieces.put(piece)
                pieces.put(None)
                return
            except Exception as error:  # noqa: BLE001 – what a foreign server sends makes its client raise anything
                log.info("attempt %d failed: %r", attempt, error)
                if begun or attempt == _ATTEMPTS or not _passes(error) or deadline - time.monotonic() < 2 * _PAUSE:
                    pieces.put(error)
                    return
                left.wait(_PAUSE)

    def _request(self, system: str, user: str, deadline: float) -> Iterator[str]:
        import openai
        from llama_index.core.base.llms.types import ChatMessage, MessageRole
        from llama_index.llms.openai_like import OpenAILike

        from rag.remote import on_this_machine

        settings = self._settings
        # Each read waits at most until the deadline; OpenAILike alone would retry by itself and follow redirects.
        remaining = max(deadline - time.monotonic(), 0.1)
        elsewhere = not on_this_machine(settings.base_url)
        hooks = {"response": [_bounded]}
        with openai.DefaultHttpxClient(
            timeout=remaining, follow_redirects=False, trust_env=elsewhere, event_hooks=hooks
        ) as client:
            model = OpenAILike(
                model=settings.model,
                api_base=settings.base_url,
                api_key=os.environ.get(settings.api_key_env or "", "") or "none",
                is_chat_model=True,
                context_window=settings.context_window,
                max_tokens=settings.answer_tokens,
                temperature=0.0,
                timeout=remaining,
                max_retries=0,
                http_client=client,
            )
            messages = [
                ChatMessage(role=MessageRole.SYSTEM, content=system),
                ChatMessage(role=MessageRole.USER, content=user),
            ]
            finish = None
            for response in model.stream_chat(messages):
                finish = _finish(response.raw) or finish
                yield response.delta or ""
        if finish != "stop":
            raise LanguageModelFailed(_CUT)

    def _explain(self, error: Exception) -> str:
        import httpx
        import openai

        match error:
            case LanguageModelFailed():
                return error.reason
            case openai.APITimeoutError() | httpx.TimeoutException():
                return self._late()
            case openai.RateLimitError():
                return "言語モデルが混み合っていて、今は答えられません（429）。"
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                return f"言語モデルへの接続が認められませんでした（{error.status_code}）。"
            case openai.APIStatusError():
                return f"言語モデルがエラーを返しました（{error.status_code}）。"
            case openai.APIConnectionError() if _is_tls(error):
                return "言語モデルのサーバと暗号化した通信（TLS）を始められません。証明書を確かめられないか、https ではないサーバです。"
            case openai.APIConnectionError():
                return "言語モデルに接続できません。"
            case httpx.TransportError():
                return _CUT
        return "言語モデルの応答を読み取れません。"

    def _late(self) -> str:
        return f"言語モデルが{self._settings.timeout:g}秒以内に答え終わりませんでした。"


def _passes(error: Exception) -> bool:
    """Whether trying once more may help: no connection, too many requests, or an error within the server."""
    import openai

    if isinstance(error, openai.APITimeoutError) or _is_tls(error):
        return False
    return isinstance(error, openai.APIConnectionError | openai.RateLimitError | openai.InternalServerError)


def _finish(raw: Any) -> str | None:
    """Why the server ended the answer, if this piece says so."""
    choices = getattr(raw, "choices", None)
    return choices[0].finish_reason if choices else None


def _is_tls(error: BaseException) -> bool:
    """Whether a connection was refused by ourselves, or no one could speak TLS there."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _bounded(response: httpx.Response) -> None:
    """Let no more of an answer in than ``_MOST_BYTES``: the client keeps a line until it ends, and one need not end."""
    import httpx

    class Bounded(httpx.SyncByteStream):
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        def __iter__(self) -> Iterator[bytes]:
            length = 0
            for piece in self._stream:
                length += len(piece)
                if length > _MOST_BYTES:
                    raise LanguageModelFailed(_LONG)
                yield piece

        def close(self) -> None:
            self._stream.close()

    response.stream = Bounded(response.stream)
