"""One document of the library: what is known of it, what was read, the original, what changed against its predecessor."""

from __future__ import annotations

import streamlit as st

from ingest.compare import Change, compare, paragraphs
from rag.assistant import Assistant
from rag.domain import DocumentInfo, DocumentRecord, Library
from ui import wording
from ui.parts.citation import in_force
from ui.parts.plain import plain
from ui.parts.shelf import draw_remove, draw_sections

_SHOWN = 60
_DIFFERENCES = 100


def draw_document(assistant: Assistant, record: DocumentRecord, library: Library, *, librarian: bool) -> None:
    """Draw the panel of one document."""
    document = record.document
    with st.container(border=True, key="document"):
        plain(document.title, "heading", tag="h2")
        contact = f"担当: {document.contact}" if document.contact else ""
        facts = (document.department, in_force(document), contact, document.path)
        plain("／".join(fact for fact in facts if fact), "small")
        same = [r.document.path for r in library.documents if r.document.sha256 == document.sha256 and r != record]
        if same:
            plain(wording.SAME_FILES.format(paths="、".join(same)), "notice", "small")
        for warning in record.warnings:
            page = f"{warning.page}頁: " if warning.page else ""
            plain(f"{page}{warning.message}", "notice", "small")
        with st.container(horizontal=True):
            original = assistant.original(document)
            if original.is_file():
                st.download_button(
                    wording.ORIGINAL,
                    data=original.read_bytes,
                    file_name=document.path.rsplit("/", 1)[-1],
                    mime="application/octet-stream",
                    key=f"library-original-{document.id}",
                    on_click="ignore",
                )
            if librarian:
                draw_remove(document.path)
        if document.supersedes:
            _draw_difference(assistant, document, library)
        chunks = assistant.chunks(document)
        with st.expander(wording.PREVIEW.format(count=len(chunks))):
            draw_sections(chunks[:_SHOWN])
            if len(chunks) > _SHOWN:
                first = st.number_input(wording.FROM_PLACE, 1, len(chunks), 1 + _SHOWN, _SHOWN, key="library-from")
                draw_sections(chunks[int(first) - 1 : int(first) - 1 + _SHOWN])


def _draw_difference(assistant: Assistant, document: DocumentInfo, library: Library) -> None:
    plain(wording.EARLIER.format(path=document.supersedes), "small")
    earlier = next((r.document for r in library.documents if r.document.path == document.supersedes), None)
    if earlier is None:
        plain(wording.NO_EARLIER, "small")
        return
    with st.expander(wording.DIFFERENCE):
        changes = compare(paragraphs(assistant.chunks(earlier)), paragraphs(assistant.chunks(document)))
        different = [change for change in changes if change.kind != "same"]
        plain(wording.DIFFERENCES.format(different=len(different), same=len(changes) - len(different)), "small")
        for change in different[:_DIFFERENCES]:
            _draw_change(change)
        if len(different) > _DIFFERENCES:
            plain(wording.MORE_DIFFERENCES.format(count=len(different) - _DIFFERENCES), "small")


def _draw_change(change: Change) -> None:
    either = change.new or change.old
    assert either
    place = "　".join([*either.heading, *([f"{either.page}頁"] if either.page else [])])
    if place:
        plain(place, "small", "strong")
    for name, paragraph, spans in zip((wording.OLD, wording.NEW), (change.old, change.new), change.spans, strict=True):
        if paragraph:
            marks = [(start + len(name), end + len(name)) for start, end in spans]
            plain(name + paragraph.text, "answer", marks=marks)
