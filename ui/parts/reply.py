"""Draw a reply, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import groupby

import streamlit as st

from rag.answer.amendments import describe
from rag.domain import Answer, Chunk, Clarify, Hit, NotFound, Reply
from ui import wording
from ui.parts.citation import in_force, place
from ui.parts.plain import framed, label, plain

Opens = Callable[[Chunk, tuple[int, int]], None]
"""Called when a person wants to see a passage where it stands."""


def draw_reply(reply: Reply, key: str, today: date, opens: Opens, asks: Callable[[str], None]) -> None:
    """Draw the reply. ``key`` makes the buttons of one turn different from those of another; ``today``: the day of asking."""
    match reply:
        case Answer():
            _draw_answer(reply, key, today, opens)
        case NotFound():
            _draw_label("none")
            plain(wording.NOT_FOUND, "lead")
            plain(wording.ask_department(reply.ask))
            if reply.nearest:  # the first of the passages that were found, which stand below
                plain(wording.NEAREST, "small")
        case Clarify():
            plain(wording.ASKED_BACK)
            plain(reply.question, "lead")
            for number, choice in enumerate(reply.choices):
                st.button(label(choice.label), key=f"{key}-choice-{number}", on_click=asks, args=(choice.question,))


def draw_notices(reply: Reply) -> None:
    """In what the search fell short of what is configured."""
    for notice in reply.notices:
        plain(notice, "small")


def draw_sources(hits: tuple[Hit, ...], key: str, opens: Opens) -> None:
    """The passages that were found, best first, each with a button that opens it."""
    for rank, hit in enumerate(hits, start=1):
        chunk = hit.chunk
        with st.container(border=True, key=f"{key}-source-{rank}"):
            plain(f"{rank}　{chunk.document.title}", "strong")
            about = [chunk.document.department, place(chunk), in_force(chunk.document)]
            plain("／".join(part for part in about if part), "small")
            plain(_excerpt(chunk), "small")
            span = (0, len(chunk.text))
            st.button(wording.OPEN, key=f"{key}-open-{rank}", on_click=opens, args=(chunk, span), type="tertiary")


def draw_why(hits: tuple[Hit, ...]) -> None:
    """Words and meaning of every hit as bars."""
    with st.expander(wording.WHY):
        plain(wording.WHY_TEXT, "small")
        rows = []
        for hit in hits:
            words, meaning = (
                f'<span class="hk-bar-track"><span class="hk-bar" style="width:{share:.0%}"></span></span>'
                for share in (hit.words, hit.meaning)
            )
            title = framed(f"{hit.chunk.document.title}　{place(hit.chunk)}", "small", tag="div")
            rows.append(f"<tr><td>{title}</td><td>{words}</td><td>{meaning}</td></tr>")
        head = f"<tr><th>{wording.SOURCES}</th><th>{wording.WORDS}</th><th>{wording.MEANING}</th></tr>"
        st.html(f'<div class="hk-scroll"><table class="hk-table"><thead>{head}</thead>{"".join(rows)}</table></div>')


def _draw_answer(answer: Answer, key: str, today: date, opens: Opens) -> None:
    _draw_label(answer.confidence.label)
    if answer.mode == "generate":
        plain(wording.GENERATED, "small")
    if answer.fallback:
        plain(answer.fallback, "notice", "small")
    for number, (cited, said) in enumerate(groupby(answer.sentences, key=lambda sentence: sentence.citations)):
        text = "\n".join(sentence.text for sentence in said)
        with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key}-said-{number}"):
            st.html(framed(text, "answer", tag="div"), width="stretch")
            for n in cited:
                citation = answer.citations[n - 1]
                about = label(f"{citation.chunk.document.title} {place(citation.chunk, citation.span)}")
                opened = (citation.chunk, citation.span)
                st.button(f"［{n}］", key=f"{key}-cite-{number}-{n}", help=about, on_click=opens, args=opened)
    _draw_amendments(answer, key, today, opens)
    plain(wording.EVIDENCE, "subheading", tag="h2")
    for n, citation in enumerate(answer.citations, start=1):
        document = citation.chunk.document
        facts = [
            f"［{n}］{document.title}",
            place(citation.chunk, citation.span),
            document.department,
            in_force(document),
        ]
        plain("　".join(part for part in facts if part), "small")
    if answer.struck:
        with st.expander(wording.STRUCK):
            for struck in answer.struck:
                plain(f"{struck.text}　――　{struck.reason}", "small")
    with st.expander(wording.COPY):
        st.code(with_sources(answer), language=None, wrap_lines=True)


def _draw_amendments(answer: Answer, key: str, today: date, opens: Opens) -> None:
    """What other editions of the sources say, apart from the answer and named as what it is."""
    for number, amendment in enumerate(answer.amendments):
        with st.container(border=True, key=f"{key}-amendment-{number}"):
            plain(describe(amendment, today), "notice")
            other, passage = amendment.other, amendment.passage
            where = place(passage.chunk, passage.span) if passage else ""
            plain("　".join(part for part in (other.title, where, other.department, in_force(other)) if part), "small")
            if passage:
                opened = (passage.chunk, passage.span)
                text = wording.OPEN_LATER if amendment.later else wording.OPEN_EARLIER
                st.button(text, key=f"{key}-amended-{number}", on_click=opens, args=opened, type="tertiary")


def with_sources(answer: Answer) -> str:
    """The answer as it may be pasted into a letter: with its sources and the note that a machine helped."""
    said = [f"{s.text}{''.join(f'［{n}］' for n in s.citations)}" for s in answer.sentences]
    sources = [
        f"［{n}］{c.chunk.document.title}　{place(c.chunk, c.span)}（{c.chunk.document.department}）"
        for n, c in enumerate(answer.citations, start=1)
    ]
    return "\n".join([*said, "", *sources, wording.COPY_NOTE])


def _draw_label(name: str) -> None:
    shape, text = wording.LABELS[name]
    advice = wording.LABEL_ADVICE.get(name, "")
    st.html(f'<div><span class="hk-label">{shape} {text}</span> <span class="hk-small">{advice}</span></div>')


def _excerpt(chunk: Chunk, most: int = 90) -> str:
    text = " ".join((chunk.question or chunk.text).split())
    return text if len(text) <= most else text[:most] + "…"
