"""資料: every document with its state, every file that could not be taken in, and what a librarian does with them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import streamlit as st

from rag.console import today
from rag.domain import DocumentRecord, Library
from rag.errors import NoEdition
from ui import wording
from ui.identity import viewer
from ui.parts.document import draw_document
from ui.parts.plain import plain
from ui.parts.shelf import draw_add, draw_history
from ui.shared import assistant, explain, settings


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
    published = datetime.fromisoformat(library.published)
    shown = wording.LIBRARY_EDITION.format(edition=library.edition, published=f"{published:%Y年%-m月%-d日 %H:%M}")
    plain(shown, "small")
    if person.librarian:
        draw_add(library)
        _draw_refused(library)  # their names may say what not everybody should know
    chosen = _draw_documents(library)
    if chosen:
        draw_document(one, chosen, library, librarian=person.librarian)
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


def _draw_refused(library: Library) -> None:
    if library.refused:
        with st.container(border=True, key="refused"):
            plain(wording.REFUSED.format(count=len(library.refused)), "heading", tag="h2")
            for refusal in library.refused:
                plain(refusal.path, "strong")
                plain(f"{refusal.reason}{refusal.remedy}", "notice", "small")


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
        height="content",
        column_config={key: st.column_config.Column(name) for key, name in wording.COLUMNS.items()},
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
        "department": document.department,
        "title": document.title,
        "format": record.format,
        "start": _iso(document.validity.start),
        "end": _iso(document.validity.end),
        "pages": str(record.pages or ""),
        "chunks": record.chunks,
        "sensitivity": int(document.sensitivity),
        "warnings": str(len(record.warnings) or ""),
        "path": document.path,
    }


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
