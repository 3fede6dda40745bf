"""資料: every document with its state, every file that could not be taken in, and what a librarian does with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import streamlit as st

from rag.console import today
from rag.domain import DocumentRecord, Fault, Library, Refusal
from rag.errors import NoEdition
from ui import wording
from ui.identity import viewer
from ui.parts.document import draw_document
from ui.parts.plain import plain
from ui.parts.shelf import draw_add, draw_history, draw_waiting
from ui.shared import assistant, explain, in_japan, settings

_ROWS, _HEIGHT = 10, 387  # more rows than that are scrolled; the height in pixels of ten and a half with their header
# What was chosen in the list comes into view. A constant script of ours.
_SHOW_DOCUMENT = "<script>document.querySelector('.st-key-document').scrollIntoView({block: 'nearest'})</script>"


def draw() -> None:
    """The page."""
    plain(wording.LIBRARY, "title", tag="h1")
    person = viewer(settings())
    try:
        one = assistant()
    except NoEdition as error:
        explain(error)
        if person.librarian:
            draw_add(None)
        return
    library = one.library(person)
    chunks = sum(record.chunks for record in library.documents)
    plain(wording.LIBRARY_SUMMARY.format(documents=len(library.documents), chunks=chunks))
    published = f"{in_japan(library.published):%Y年%-m月%-d日 %H:%M}"
    shown = wording.LIBRARY_EDITION.format(edition=library.edition, published=published)
    plain(shown, "small")
    if person.librarian:
        draw_add(library)
        draw_waiting()
        _draw_wrong(wording.REFUSED, library.refused)  # their names may say what not everybody should know
        _draw_wrong(wording.FAULTS, library.faults)
    chosen = _draw_documents(library)
    if chosen:
        draw_document(one, chosen, library, librarian=person.librarian)
        if st.session_state.get("document-shown") != chosen.document.path:
            st.html(_SHOW_DOCUMENT, unsafe_allow_javascript=True)
    st.session_state["document-shown"] = chosen.document.path if chosen else None
    _draw_warnings(library)
    if person.librarian:
        draw_history()


def state(record: DocumentRecord, library: Library, day: date) -> str:
    """The word for a document's state on a day."""
    document = record.document
    start, end = document.validity.start, document.validity.end
    if start and day < start:
        return wording.STATES["future"]
    if end and end <= day:
        superseded = any(other.document.supersedes == document.path for other in library.documents)
        return wording.STATES["old" if superseded else "expired"]
    return wording.STATES["valid"]


def _draw_wrong(heading: str, found: Sequence[Refusal | Fault]) -> None:
    if found:
        with st.container(border=True):
            plain(heading.format(count=len(found)), "heading", tag="h2")
            for one in found:
                plain(one.path, "strong")
                plain(f"{one.reason}{one.remedy}", "notice", "small")


def _draw_documents(library: Library) -> DocumentRecord | None:
    """The list, filtered; the document whose row is chosen."""
    with st.container(horizontal=True):
        text = st.text_input(wording.FILTER_TEXT, key="library-text", width="stretch")
        departments = sorted({record.document.department for record in library.documents})
        chosen = st.multiselect(wording.DEPARTMENTS, departments, key="library-departments", placeholder="")
        states = st.multiselect(
            wording.FILTER_STATE, list(wording.STATES.values()), key="library-states", placeholder=""
        )
    kept = [
        (record, row)
        for record in library.documents
        if text.lower() in f"{record.document.title} {record.document.path}".lower()
        and (not chosen or record.document.department in chosen)
        and (row := _row(record, library))
        and (not states or row["state"] in states)
    ]
    if not kept:
        plain(wording.NOTHING_SHOWN)
        return None
    plain(wording.DETAILS_HINT, "small")
    # Streamlit keeps the number of a chosen row: in other rows it would mean another document, to be removed perhaps.
    rows_shown = hash(tuple(record.document.path for record, _ in kept))
    event = st.dataframe(
        [row for _, row in kept],
        hide_index=True,
        width="stretch",
        height="content" if len(kept) <= _ROWS else _HEIGHT,  # what is chosen is shown below: not a screen further down
        column_config={
            key: st.column_config.Column(name, width=width) for key, (name, width) in wording.COLUMNS.items()
        },
        key=f"library-table-{rows_shown}",
        on_select="rerun",
        selection_mode="single-row",
    )
    rows = event.selection.rows
    return kept[rows[0]][0] if rows and rows[0] < len(kept) else None


def _draw_warnings(library: Library) -> None:
    doubtful = [record for record in library.documents if record.warnings]
    if doubtful:
        with st.expander(f"{wording.WARNINGS_OF}（{len(doubtful)}件）"):
            for record in doubtful:
                plain(record.document.title, "strong")
                for warning in record.warnings:
                    page = f"{warning.page}頁: " if warning.page else ""
                    plain(f"{page}{warning.message}", "small")


def _row(record: DocumentRecord, library: Library) -> dict[str, Any]:
    document = record.document
    return {
        "state": state(record, library, today()),
        "title": document.title,
        "department": document.department,
        "start": _iso(document.validity.start),
        "end": _iso(document.validity.end),
        "warnings": str(len(record.warnings) or ""),
        "format": wording.FORMATS.get(record.format, record.format),
        "pages": str(record.pages or ""),
        "chunks": record.chunks,
        "sensitivity": int(document.sensitivity),
        "path": document.path,
    }


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
