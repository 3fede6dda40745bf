"""An answer worded for another reader by a language model: the buttons, the draft, and what was not confirmed."""

from __future__ import annotations

import re

import streamlit as st

from rag.answer.draft import NO_DRAFT, Draft, as_text
from rag.assistant import Assistant
from rag.domain import Answer, Question
from ui import wording
from ui.parts.citation import place
from ui.parts.plain import label, plain
from ui.parts.progress import progress
from ui.parts.reply import Opens


def draw_drafts(one: Assistant, question: Question, answer: Answer, key: str, opens: Opens) -> None:
    """The drafts that can be made of this answer, and the one that was made last. Nothing without a language model."""
    prompts = one.drafts()
    if not prompts:
        return
    plain(wording.DRAFTS, "subheading", tag="h2")
    plain(wording.DRAFTS_NOTE, "small")
    with st.container(horizontal=True, key=f"{key}-drafts"):
        for prompt in prompts:
            about = label(f"{prompt.purpose}（作成: {prompt.author}）")
            st.button(
                label(prompt.called),
                key=f"{key}-draft-{prompt.name}",
                help=about,
                on_click=_choose,
                args=(prompt.name,),
            )
    made: dict[str, Draft] = st.session_state.setdefault("drafts", {})
    chosen = st.session_state.pop("draft-asked", None)
    for prompt in prompts:
        if prompt.name == chosen:
            waiting = st.empty()
            made[key] = one.draft(question, answer, prompt, progress(waiting, wording.WRITING))
            waiting.empty()
    if key in made:
        with st.container(border=True, key=f"{key}-drafted"):
            _draw(made[key], key, opens)


def _draw(draft: Draft, key: str, opens: Opens) -> None:
    plain(draft.prompt.called, "subheading", tag="h3")
    if draft.failure:
        plain(f"{draft.failure}{NO_DRAFT}", "notice")
    if draft.answer:
        plain(wording.DRAFTED, "small")
        text = as_text(draft)
        st.code(text, language=None, wrap_lines=True)
        with st.container(horizontal=True, key=f"{key}-draft-sources"):
            for n, citation in enumerate(draft.answer.citations, start=1):
                where = label(f"{citation.chunk.document.title} {place(citation.chunk, citation.span)}")
                opened = (citation.chunk, citation.span)
                st.button(f"［{n}］", key=f"{key}-draft-cite-{n}", help=where, on_click=opens, args=opened)
            st.download_button(
                wording.SAVE_DRAFT,
                data=text.encode("utf-8-sig"),  # older editors of Windows know UTF-8 by this mark alone
                file_name=re.sub(r"\W", "_", draft.prompt.called) + ".txt",
                mime="application/octet-stream",
                key=f"{key}-draft-save",
                on_click="ignore",
            )
    if draft.struck:
        with st.expander(wording.STRUCK_DRAFT.format(count=len(draft.struck))):
            for struck in draft.struck:
                plain(f"{struck.text}　――　{struck.reason}", "small")


def _choose(name: str) -> None:
    st.session_state["draft-asked"] = name
