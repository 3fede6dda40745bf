"""What the pages share: the settings, the opened assistant, and the boundary behind which no error reaches a person."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import streamlit as st

from ingest.progress import Narrator, Progress
from rag.assistant import Assistant, open_assistant
from rag.config import Settings, load_settings
from rag.embedding import Embedder, open_embedder
from rag.errors import EmbedderUnavailable, HikitsugiError
from ui import wording
from ui.parts.plain import label, plain

T = TypeVar("T")
log = logging.getLogger("hikitsugi.ui")


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """The settings of this server; read once."""
    return load_settings()


@st.cache_resource(show_spinner=False)
def embedder() -> Embedder:
    """The model of this server; asking and taking in documents share it."""
    return open_embedder(settings().embedder)


@st.cache_resource(show_spinner=False)
def _assistant() -> Assistant:
    try:
        shared: Embedder | None = embedder()
    except EmbedderUnavailable:
        shared = None  # the assistant does without it, and says so with every reply
    opened = open_assistant(settings(), shared)
    opened.warm()
    return opened


def assistant() -> Assistant:
    """The one assistant of this server, at the edition that is published now."""
    opened = _assistant()
    opened.refresh()
    return opened


def carried_out(act: Callable[[Callable[[Progress], None]], T]) -> Future[T]:
    """Do long work, which says how far it is, with a bar.

    It has a thread of its own: whoever leaves the page or clicks elsewhere does not break it off.
    """
    narrator = Narrator()
    latest: list[Progress] = []
    work = _workers().submit(act, latest.append)
    bar = st.progress(0.0)
    while not work.done():
        if latest:
            progress = latest[-1]
            bar.progress(min(progress.done / max(progress.total, 1), 1.0), text=label(narrator(progress)))
        wait([work], timeout=0.2)
    return work


@st.cache_resource(show_spinner=False)
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(4, thread_name_prefix="work")


def in_japan(moment: str) -> datetime:
    """A stored moment (ISO 8601 with zone) by the clock of Japan, whatever zone the server keeps."""
    return datetime.fromisoformat(moment).astimezone(ZoneInfo("Asia/Tokyo"))


def guarded(draw: Callable[[], None]) -> Callable[[], None]:
    """``draw``, but what goes wrong becomes a message with a remedy; the detail goes to the log."""

    def draw_or_explain() -> None:
        try:
            draw()
        except HikitsugiError as error:
            log.warning("refused: %s", error)
            explain(error)
        except Exception:  # the last boundary before the user
            log.exception("a page failed")
            plain(wording.UNEXPECTED, "notice", "lead")
            plain(wording.UNEXPECTED_REMEDY)

    draw_or_explain.__name__ = draw.__name__
    return draw_or_explain


def explain(error: HikitsugiError) -> None:
    """Say what failed and what to do."""
    plain(error.reason, "notice", "lead")
    if error.remedy:
        plain(error.remedy)
