"""The pages of the app. ``streamlit run ui/app.py``."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import streamlit as st

from rag.errors import HikitsugiError
from ui import wording
from ui.identity import viewer
from ui.screens import ask, library
from ui.shared import guarded, settings

st.set_page_config(page_title=wording.PRODUCT, page_icon="📖", layout="wide", initial_sidebar_state="collapsed")
st.html(Path(__file__).with_name("style.css"))
# Streamlit's page and its controls are in English; a screen reader would read them so. This script is ours and constant.
st.html(f"<script>{Path(__file__).with_name('japanese.js').read_text('utf-8')}</script>", unsafe_allow_javascript=True)


def _evaluation() -> None:
    from ui.screens import evaluation  # matplotlib and scikit-learn: a second or two that asking does not need

    evaluation.draw()


librarian = False
pages = [
    st.Page(guarded(ask.draw), title=wording.ASK, url_path="ask", default=True),
    st.Page(guarded(library.draw), title=wording.LIBRARY, url_path="library"),
]
with suppress(HikitsugiError):  # every page says what is wrong with the settings
    librarian = viewer(settings()).librarian
if librarian:  # the questions of a set are asked with the rights of every section
    pages.append(st.Page(guarded(_evaluation), title=wording.EVALUATION, url_path="evaluation"))
st.navigation(pages, position="top").run()
