"""What the pages share: the settings, the opened assistant, and the boundary behind which no error reaches a person."""

from __future__ import annotations

import logging
from collections.abc import Callable

import streamlit as st

from rag.assistant import Assistant, open_assistant
from rag.config import Settings, load_settings
from rag.embedding import Embedder, open_embedder
from rag.errors import HikitsugiError
from ui import wording
from ui.parts.plain import plain

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
    opened = open_assistant(settings(), embedder())
    opened.warm()
    return opened


def assistant() -> Assistant:
    """The one assistant of this server, at the edition that is published now."""
    opened = _assistant()
    opened.refresh()
    return opened


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
