"""The pages of the app. ``streamlit run ui/app.py``."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui import wording
from ui.screens import ask, library
from ui.shared import guarded

st.set_page_config(page_title=wording.PRODUCT, page_icon="📖", layout="wide", initial_sidebar_state="collapsed")
st.html(Path(__file__).with_name("style.css"))
# Streamlit's page says that it is in English; a screen reader would read it so. This script is ours and constant.
st.html("<script>document.documentElement.lang = 'ja'</script>", unsafe_allow_javascript=True)
st.navigation(
    [
        st.Page(guarded(ask.draw), title=wording.ASK, url_path="ask", default=True),
        st.Page(guarded(library.draw), title=wording.LIBRARY, url_path="library"),
    ],
    position="top",
).run()
